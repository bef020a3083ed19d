//! A stage with an administrator, and calls with what is expected of them.

use engine::testing::{Response, Stage};
use serde_json::{Value as Json, json};
use sigv4::Credentials;

pub(crate) const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
/// Allows nothing that these tests ask for.
pub(crate) const ALLOW_NOTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]}"#;
/// Where the stage's clock stands at first: 2026-11-21T12:00:00Z.
pub(crate) const NOON: i64 = 1_795_262_400;
pub(crate) const DAY: i64 = 86_400;

pub(crate) struct Scene {
    pub(crate) stage: Stage,
    pub(crate) admin: Credentials,
}

/// What a call must answer.
pub(crate) enum Expected {
    /// Success with at least these members.
    Answer(Json),
    /// Success without these members.
    Without(&'static [&'static str]),
    /// This code and text, status 400.
    Refusal(&'static str, String),
    /// This code and something like this text.
    RefusalLike(&'static str, &'static str),
}

pub(crate) fn answer(members: Json) -> Expected {
    Expected::Answer(members)
}

pub(crate) fn refusal(code: &'static str, text: impl Into<String>) -> Expected {
    Expected::Refusal(code, text.into())
}

pub(crate) fn no_secret() -> Expected {
    refusal(
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    )
}

pub(crate) fn marked_for_deletion() -> Expected {
    refusal(
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion.",
    )
}

/// A ClientRequestToken.
pub(crate) fn token(number: u32) -> String {
    format!("00000000-0000-0000-0000-{number:012}")
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let stage = Stage::new(secrets::register).await;
        let admin = stage.user("admin", ALLOW_ALL);
        Self { stage, admin }
    }

    /// A scene with one secret of that name and the value `v1` under `token(1)`; its ARN.
    pub(crate) async fn with_secret(name: &str) -> (Self, String) {
        let scene = Self::new().await;
        let arn = scene.create(name).await;
        (scene, arn)
    }

    pub(crate) async fn create(&self, name: &str) -> String {
        let input = json!({"Name": name, "SecretString": "v1", "ClientRequestToken": token(1)});
        let answer = self
            .check("CreateSecret", input, answer(json!({"Name": name})))
            .await;
        text(&answer, "ARN")
    }

    pub(crate) async fn call(&self, operation: &str, input: Json) -> Response {
        self.call_as(&self.admin, operation, input).await
    }

    pub(crate) async fn call_as(&self, by: &Credentials, operation: &str, input: Json) -> Response {
        self.stage
            .json(by, &format!("secretsmanager.{operation}"), input)
            .await
    }

    /// Calls as the administrator, and holds the answer to what is expected.
    pub(crate) async fn check(&self, operation: &str, input: Json, expected: Expected) -> Json {
        let what = summary(operation, &input);
        let response = self.call(operation, input).await;
        hold(&what, &response, &expected);
        response.json()
    }

    pub(crate) async fn check_as(
        &self,
        by: &Credentials,
        operation: &str,
        input: Json,
        expected: Expected,
    ) {
        let what = summary(operation, &input);
        hold(&what, &self.call_as(by, operation, input).await, &expected);
    }

    /// One call after the other.
    pub(crate) async fn script(&self, steps: Vec<(&str, Json, Expected)>) {
        for (operation, input, expected) in steps {
            self.check(operation, input, expected).await;
        }
    }

    pub(crate) fn pass_days(&self, days: i64) {
        self.stage.clock.advance_millis(days * DAY * 1_000);
    }
}

/// The call, short enough to read.
fn summary(operation: &str, input: &Json) -> String {
    format!("{operation} {input}").chars().take(300).collect()
}

fn hold(what: &str, response: &Response, expected: &Expected) {
    let body = response.json();
    // Errors that the service's model does not know are spelled in lower case.
    let message = body.get("Message").or_else(|| body.get("message"));
    let message = message.and_then(Json::as_str).unwrap_or_default();
    let code = response.code();
    match expected {
        Expected::Answer(members) => {
            assert_eq!(response.status, 200, "{what}: {}", response.text);
            for (name, wanted) in members.as_object().unwrap() {
                let got = body.get(name);
                let same = got == Some(wanted)
                    || wanted.is_i64() && got.and_then(Json::as_f64) == wanted.as_f64();
                assert!(same, "{what}: {name} is not {wanted} in {}", response.text);
            }
        }
        Expected::Without(names) => {
            assert_eq!(response.status, 200, "{what}: {}", response.text);
            for name in *names {
                assert_eq!(body.get(name), None, "{what}: {}", response.text);
            }
        }
        Expected::Refusal(wanted, text) => {
            let got = (response.status, code.as_deref(), message);
            assert_eq!(got, (400, Some(*wanted), text.as_str()), "{what}");
        }
        Expected::RefusalLike(wanted, part) => {
            assert_eq!(
                (response.status, code.as_deref()),
                (400, Some(*wanted)),
                "{what}: {message}"
            );
            assert!(message.contains(part), "{what}: {message}");
        }
    }
}

/// A member that is a text.
pub(crate) fn text(answer: &Json, member: &str) -> String {
    answer[member]
        .as_str()
        .unwrap_or_else(|| panic!("{member} in {answer}"))
        .to_owned()
}
