//! A flood of worthless tokens (attack A9): it is answered, leaves nothing behind, and does not
//! slow anybody down who has a key.

use std::time::{Duration, Instant};

use engine::testing::{ACCOUNT, Stage};
use serde_json::{Value as Json, json};
use sigv4::Credentials;

use super::chain_tests::{assume, stage, token};

const FLOOD: usize = 100_000;
/// One good call among so many worthless ones.
const EVERY: usize = 200;

async fn recorded(stage: &Stage, by: &Credentials) -> usize {
    let attribute =
        json!([{ "AttributeKey": "EventName", "AttributeValue": "AssumeRoleWithWebIdentity" }]);
    let input = json!({ "LookupAttributes": attribute });
    let answer = stage.json(by, "cloudtrail.LookupEvents", input).await;
    answer.json()["Events"].as_array().map_or(0, Vec::len)
}

async fn timed(stage: &Stage, by: &Credentials) -> Duration {
    let started = Instant::now();
    let answer = stage.query(by, "sts", "GetCallerIdentity", &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    started.elapsed()
}

fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() * 99 / 100]
}

/// Worthless in every way that a stranger can afford.
fn worthless(good: &str, number: usize) -> String {
    let (head, signature) = good.rsplit_once('.').unwrap();
    match number % 50 {
        0 => format!("{head}.{}", "A".repeat(signature.len())),
        1 => "x".repeat(20_000),
        2 => format!("{good}.{number}"),
        _ => format!("garbage.{number}.x"),
    }
}

#[tokio::test]
async fn worthless_tokens_leave_nothing_and_slow_nobody() {
    let (stage, admin) = stage().await;
    let good = token(&stage, &admin, "demo", "app").await;
    assert_eq!(assume(&stage, ACCOUNT, &good).await.status, 200);
    let before = recorded(&stage, &admin).await;

    let mut calm = Vec::new();
    for _ in 0..FLOOD / EVERY {
        calm.push(timed(&stage, &admin).await);
    }
    let mut flooded = Vec::new();
    for number in 0..FLOOD {
        let answer = assume(&stage, ACCOUNT, &worthless(&good, number)).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        if number % EVERY == 0 {
            flooded.push(timed(&stage, &admin).await);
        }
    }

    assert_eq!(recorded(&stage, &admin).await, before, "no new records");
    assert!(
        stage.server().ring_of_failures.len() <= 1_000,
        "bounded per source"
    );
    let (calm, flooded) = (p99(calm), p99(flooded));
    // WHY: other work on the machine may hit either half; a fixed allowance covers it.
    let allowed = 5 * calm + Duration::from_millis(50);
    assert!(
        flooded < allowed,
        "p99 {calm:?} in calm, {flooded:?} in the flood"
    );
    let ring = stage
        .json(&admin, "irsa.Explain", json!({ "MaxResults": 1 }))
        .await;
    assert_ne!(ring.json()["Calls"], Json::Null, "{}", ring.text);
}
