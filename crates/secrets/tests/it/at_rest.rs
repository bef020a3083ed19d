//! What lies in the store: no value in clear, and none that opens elsewhere.

use base::AccountId;
use engine::testing::{ACCOUNT, REGION};
use serde_json::json;
use store::{Key, KeyRange, Order, RecordRange, Stream};

use crate::scene::{ALLOW_NOTHING, Scene, answer, token};

const CANARY: &str = "canary-3b1f9c";

fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

/// Every row of the store: its key as text, and its bytes.
pub(crate) async fn rows(scene: &Scene) -> Vec<(String, Vec<u8>)> {
    let snapshot = scene.stage.server().store.snapshot().await.unwrap();
    let first_account = "000000000000".parse().unwrap();
    let installation = KeyRange::between(
        &Key::installation("").build(),
        &Key::account(first_account, "", "").build(),
    );
    let mut rows = Vec::new();
    for range in [installation, KeyRange::account(account())] {
        let found = snapshot
            .range(&range, Order::Oldest, 100_000)
            .await
            .unwrap();
        rows.extend(
            found
                .into_iter()
                .map(|(key, bytes)| (key.to_string(), bytes)),
        );
    }
    rows
}

/// Keys of the rows that Secrets Manager wrote.
pub(crate) async fn rows_of_secrets(scene: &Scene) -> Vec<String> {
    let keys = rows(scene).await.into_iter().map(|(key, _)| key);
    keys.filter(|key| key.split('/').any(|part| part.starts_with("secret")))
        .collect()
}

/// Every audit record, as its bytes and as what they say.
pub(crate) async fn records(scene: &Scene) -> Vec<(Vec<u8>, audit::Entry)> {
    let stream = Stream::new(Key::account(account(), REGION, "audit"));
    let store = &scene.stage.server().store;
    let found = store
        .read_stream(&stream, RecordRange::ALL, Order::Oldest, 10_000)
        .await
        .unwrap();
    found
        .into_iter()
        .map(|(_, bytes)| {
            let entry = audit::Entry::decode(&bytes).unwrap();
            (bytes, entry)
        })
        .collect()
}

/// In clear, and as base64 of every alignment would show it.
fn spellings() -> Vec<Vec<u8>> {
    let hex = "63616e6172792d336231663963";
    // base64 of the canary with 0, 1 and 2 bytes before it, without its first and last quartet.
    let base64 = ["Y2FuYXJ5LTNiMWY5", "YW5hcnktM2IxZjlj", "bmFyeS0zYjFmOW"];
    let mut spellings: Vec<_> = base64.iter().map(|text| text.as_bytes().to_vec()).collect();
    spellings.extend([CANARY.as_bytes().to_vec(), hex.as_bytes().to_vec()]);
    spellings
}

#[tokio::test]
async fn a_value_is_nowhere_in_clear() {
    let scene = Scene::new().await;
    let bystander = scene.stage.user("bystander", ALLOW_NOTHING);
    let create = json!({"Name": "s", "SecretString": CANARY, "ClientRequestToken": token(1)});
    scene
        .check("CreateSecret", create.clone(), answer(json!({})))
        .await;
    let put = json!({"SecretId": "s", "SecretBinary": "Y2FuYXJ5LTNiMWY5Yw==", "ClientRequestToken": token(2)});
    scene
        .check("PutSecretValue", put.clone(), answer(json!({})))
        .await;
    let update = json!({"SecretId": "s", "SecretString": CANARY, "ClientRequestToken": token(3)});
    scene.check("UpdateSecret", update, answer(json!({}))).await;
    for version in [1, 2, 3] {
        let get = json!({"SecretId": "s", "VersionId": token(version)});
        scene.check("GetSecretValue", get, answer(json!({}))).await;
    }
    // Refused and failed calls are recorded too.
    let mut refusals = Vec::new();
    for (by, operation, input) in [
        (&bystander, "CreateSecret", create.clone()),
        (&bystander, "PutSecretValue", put),
        (
            &scene.admin,
            "CreateSecret",
            json!({"Name": "bad name", "SecretString": CANARY}),
        ),
        (
            &scene.admin,
            "PutSecretValue",
            json!({"SecretId": "s", "SecretString": CANARY, "ClientRequestToken": token(2)}),
        ),
        (
            &scene.admin,
            "CreateSecret",
            json!({"Name": "t", "SecretString": CANARY.repeat(10_000)}),
        ),
    ] {
        let response = scene.call_as(by, operation, input).await;
        assert_eq!(response.status, 400, "{}", response.text);
        refusals.push(response.text);
    }

    let mut bytes: Vec<Vec<u8>> = rows(&scene)
        .await
        .into_iter()
        .map(|(_, bytes)| bytes)
        .collect();
    let records = records(&scene).await;
    assert!(records.len() >= 11, "{}", records.len());
    for (raw, entry) in records {
        bytes.push(raw);
        bytes.push(format!("{entry:?}").into_bytes());
        bytes.push(serde_json::to_vec(entry.record()).unwrap());
        bytes.push(serde_json::to_vec(entry.side()).unwrap());
    }
    bytes.extend(refusals.into_iter().map(String::into_bytes));
    for spelling in spellings() {
        for haystack in &bytes {
            let hit = haystack
                .windows(spelling.len())
                .any(|window| window == spelling);
            assert!(!hit, "{}", String::from_utf8_lossy(haystack));
        }
    }
}

#[tokio::test]
async fn an_envelope_names_how_it_was_sealed() {
    let (scene, _) = Scene::with_secret("s").await;
    let rows = rows(&scene).await;
    let values: Vec<_> = rows
        .iter()
        .filter(|(key, _)| key.contains("/secret-value/"))
        .collect();
    let [(_, bytes)] = values.as_slice() else {
        panic!("{values:?}")
    };
    let text = String::from_utf8_lossy(bytes);
    assert!(text.contains(r#""sealed_by":"installation""#), "{text}");
    assert!(text.contains(r#""envelope":""#), "{text}");
}

/// A row that was moved does not pass its mark, and an envelope that was moved with a fresh mark
/// does not open.
#[tokio::test]
async fn a_value_opens_in_its_own_place_only() {
    let (scene, mine) = Scene::with_secret("mine").await;
    let theirs = scene.create("theirs").await;
    let version = token(1);
    let key = |arn: &str| {
        Key::account(account(), REGION, "secret-value")
            .text(arn)
            .text(&version)
            .build()
    };
    let store = &scene.stage.server().store;
    let sealed = store
        .snapshot()
        .await
        .unwrap()
        .get(&key(&mine))
        .await
        .unwrap()
        .unwrap();

    let mut unit = scene.stage.unit().await;
    unit.work().put(key(&theirs), sealed);
    scene.stage.commit(unit).await;
    let response = scene
        .call("GetSecretValue", json!({"SecretId": "theirs"}))
        .await;
    assert_eq!(
        (response.status, response.code().as_deref()),
        (500, Some("InternalFailure"))
    );

    let mut unit = scene.stage.unit().await;
    let envelope: Moved = unit.row(&key(&mine)).await.unwrap().unwrap();
    unit.put(&key(&theirs), &envelope).unwrap();
    scene.stage.commit(unit).await;
    let response = scene
        .call("GetSecretValue", json!({"SecretId": "theirs"}))
        .await;
    assert_eq!(
        (response.status, response.code().as_deref()),
        (500, Some("InternalFailure"))
    );
    assert!(!response.text.contains("v1"), "{}", response.text);
}

/// A sealed value as whoever holds the key of rows could rewrite it.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Moved(serde_json::Value);

impl engine::Row for Moved {
    const TABLE: &'static str = "secret-value";
}
