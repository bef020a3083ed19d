//! Clusters, over the wire.

use engine::testing::{ACCOUNT, REGION, Stage};
use engine::{Arrival, Transport};
use serde_json::{Value as Json, json};
use sigv4::Credentials;

const OTHER: &str = "210987654321";
const ADMIN: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["*","irsa:*"],"Resource":"*"}]}"#;

async fn stage() -> Stage {
    Stage::new(|registry| {
        super::register(registry);
        crate::irsa::register(registry);
    })
    .await
}

async fn get(stage: &Stage, by: &Credentials, path: &str, query: &str) -> (u16, Json) {
    let host = "127.0.0.1:4566";
    let signer = sigv4::Signer {
        credentials: by,
        region: REGION,
        service: "eks",
        now: stage.server().clock.now(),
    };
    let request = sigv4::Outgoing {
        method: "GET",
        host,
        path,
        query,
        body: &[],
        path_style: sigv4::PathStyle::Standard,
    };
    let mut headers = Vec::new();
    sigv4::sign(&signer, &request, &mut headers).unwrap();
    headers.push(("host".to_owned(), host.to_owned()));
    let answer = stage
        .engine
        .handle(Arrival {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers
                .into_iter()
                .map(|(name, value)| (name, value.into_bytes()))
                .collect(),
            body: Vec::new().into(),
            ip: [127, 0, 0, 1].into(),
            transport: Transport::Plain,
        })
        .await;
    (
        answer.status,
        serde_json::from_slice(&answer.body).unwrap_or_default(),
    )
}

#[tokio::test]
async fn issuers_are_clusters() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    for name in ["demo", "prod", "test"] {
        let input = json!({ "Name": name, "KeyAlgorithm": "ES256" });
        let answer = stage.json(&admin, "irsa.CreateIssuer", input).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let (status, answer) = get(&stage, &admin, "/clusters/demo", "").await;
    assert_eq!(status, 200, "{answer}");
    let cluster = answer["cluster"].as_object().unwrap();
    assert_eq!(
        cluster["arn"],
        format!("arn:aws:eks:{REGION}:{ACCOUNT}:cluster/demo")
    );
    assert_eq!(
        cluster["identity"]["oidc"]["issuer"],
        "http://127.0.0.1:4566/id/demo"
    );
    assert_eq!(
        (&cluster["name"], &cluster["status"]),
        (&json!("demo"), &json!("ACTIVE"))
    );
    assert!(cluster["createdAt"].is_number());
    let unknown = [
        "version",
        "endpoint",
        "certificateAuthority",
        "resourcesVpcConfig",
    ];
    assert!(
        unknown.iter().all(|member| !cluster.contains_key(*member)),
        "{answer}"
    );

    let (status, answer) = get(&stage, &admin, "/clusters/nobody", "").await;
    assert_eq!(
        (status, &answer["message"]),
        (404, &json!("No cluster found for name: nobody."))
    );

    let (_, first) = get(&stage, &admin, "/clusters", "maxResults=2").await;
    assert_eq!(first["clusters"], json!(["demo", "prod"]));
    let token = first["nextToken"].as_str().unwrap();
    let (_, second) = get(
        &stage,
        &admin,
        "/clusters",
        &format!("maxResults=2&nextToken={token}"),
    )
    .await;
    assert_eq!(
        (&second["clusters"], second.get("nextToken")),
        (&json!(["test"]), None)
    );
    let (status, bad) = get(&stage, &admin, "/clusters", "nextToken=x").await;
    assert_eq!(status, 400, "{bad}");
}

#[tokio::test]
async fn registered_clusters_are_clusters_with_their_api_server() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    for name in ["demo", "zoo"] {
        let input = json!({ "Name": name, "KeyAlgorithm": "ES256" });
        stage.json(&admin, "irsa.CreateIssuer", input).await;
    }
    for (name, issuer) in [
        ("demo", "http://127.0.0.1:4566/id/demo"),
        ("Kubeadm", "https://kubernetes.default.svc.cluster.local"),
    ] {
        let input = json!({ "Name": name, "IssuerUrl": issuer, "Version": "1.36",
            "Endpoint": "https://10.0.0.1:6443" });
        let answer = stage.json(&admin, "irsa.RegisterCluster", input).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let (status, answer) = get(&stage, &admin, "/clusters/Kubeadm", "").await;
    assert_eq!(status, 200, "{answer}");
    let cluster = &answer["cluster"];
    for (member, value) in [
        ("endpoint", "https://10.0.0.1:6443"),
        ("status", "ACTIVE"),
        ("version", "1.36"),
    ] {
        assert_eq!(cluster[member], value);
    }
    assert_eq!(
        cluster["identity"]["oidc"]["issuer"],
        "https://kubernetes.default.svc.cluster.local"
    );
    let mut seen = Vec::new();
    let mut query = "maxResults=1".to_owned();
    loop {
        let (_, page) = get(&stage, &admin, "/clusters", &query).await;
        let names = page["clusters"].as_array().unwrap().iter();
        seen.extend(names.map(|name| name.as_str().unwrap().to_owned()));
        match page["nextToken"].as_str() {
            Some(token) => query = format!("maxResults=1&nextToken={token}"),
            None => break,
        }
    }
    assert_eq!(seen, ["Kubeadm", "demo", "zoo"]);
}

#[tokio::test]
async fn clusters_of_others_are_not_there() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    let input = json!({ "Name": "demo", "KeyAlgorithm": "ES256" });
    stage.json(&admin, "irsa.CreateIssuer", input).await;
    let eve = stage.user_of(OTHER, "eve", ADMIN);
    assert_eq!(get(&stage, &eve, "/clusters/demo", "").await.0, 404);
    assert_eq!(
        get(&stage, &eve, "/clusters", "").await.1,
        json!({ "clusters": [] })
    );
    let nobody = stage.user("nobody", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#);
    for path in ["/clusters/demo", "/clusters/missing", "/clusters"] {
        let (status, answer) = get(&stage, &nobody, path, "").await;
        assert_eq!(status, 403, "{path} {answer}");
    }
}
