//! Our own paths, which cannot collide with AWS's: matched as raw bytes, by GET and HEAD
//! (THREATS R16).

use wire::Outgoing;

use crate::Engine;

/// How an own path was answered.
pub(crate) async fn answer(engine: &Engine, method: &str, path: &str) -> Option<Outgoing> {
    let known = path.starts_with("/-/") || path.starts_with("/id/");
    if !known {
        return None;
    }
    if method != "GET" && method != "HEAD" {
        return Some(text(405, "only GET and HEAD are served here\n"));
    }
    let mut answer = match path {
        "/-/healthz" => text(200, "ok\n"),
        "/-/readyz" => readiness(engine).await,
        "/-/metrics" => metrics(engine).await,
        _ => document(engine, path).await,
    };
    if method == "HEAD" {
        answer.body.clear();
    }
    Some(answer)
}

/// Ready: the store answers.
async fn readiness(engine: &Engine) -> Outgoing {
    match engine.server().store.snapshot().await {
        Ok(_) => text(200, "ok\n"),
        Err(_) => text(503, "the store does not answer\n"),
    }
}

async fn metrics(engine: &Engine) -> Outgoing {
    let server = engine.server();
    // What cannot be read now stays as it was last seen.
    if let Ok(since) = server.publisher.oldest_signing_key(server).await {
        engine.metrics().oldest_signing_key(since);
    }
    Outgoing {
        status: 200,
        headers: vec![(
            "content-type",
            "text/plain; version=0.0.4; charset=utf-8".to_owned(),
        )],
        body: engine.metrics().encode().into_bytes(),
    }
}

async fn document(engine: &Engine, path: &str) -> Outgoing {
    match engine
        .server()
        .publisher
        .document(engine.server(), path)
        .await
    {
        Ok(Some(published)) => Outgoing {
            status: 200,
            headers: vec![
                ("content-type", published.content_type.to_owned()),
                (
                    "cache-control",
                    format!("public, max-age={}", published.max_age_secs),
                ),
            ],
            body: published.body,
        },
        Ok(None) => text(404, "there is no such issuer here\n"),
        Err(fault) => {
            tracing::error!(path, %fault, internal = fault.internal_message(), "a document failed");
            text(503, "try again\n")
        }
    }
}

fn text(status: u16, body: &'static str) -> Outgoing {
    Outgoing {
        status,
        headers: vec![("content-type", "text/plain; charset=utf-8".to_owned())],
        body: body.as_bytes().to_vec(),
    }
}
