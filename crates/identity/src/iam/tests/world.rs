//! An installation with its administrator, and callers that hold real keys.

use std::sync::Arc;

use async_trait::async_trait;
use base::{AccessKeyId, Fault, Secret};
use engine::testing::{ACCOUNT, Response, Stage};
use engine::{
    Grants, Identities, KeyHolder, Ports, Principal, Published, Publisher, Server, SessionCheck,
    View, WebIdentity, WebIdentityPrincipal, WebIdentityRefusal,
};
use sigv4::Credentials;

use crate::iam::administrator::{self, Place};
use crate::iam::grants;

/// Allows everything.
pub(super) const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
/// Trusts the account.
pub(super) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]}"#;

pub(super) struct World {
    pub(super) stage: Stage,
    pub(super) admin: Credentials,
}

/// One call and what must come of it.
pub(super) struct Step {
    pub(super) action: &'static str,
    pub(super) form: Vec<(&'static str, String)>,
    pub(super) expected: Expected,
}

pub(super) enum Expected {
    /// 200, and these pieces of text in the body.
    Shows(Vec<String>),
    /// 200, and this is not in the body.
    Lacks(&'static str),
    /// Status, code, text.
    Refused(u16, &'static str, String),
}

/// A call that succeeds and shows these pieces.
pub(super) fn shows(action: &'static str, form: &[(&'static str, &str)], pieces: &[&str]) -> Step {
    let pieces = pieces.iter().map(|piece| (*piece).to_owned()).collect();
    step(action, form, Expected::Shows(pieces))
}

/// A call that succeeds and does not show this.
pub(super) fn lacks(
    action: &'static str,
    form: &[(&'static str, &str)],
    piece: &'static str,
) -> Step {
    step(action, form, Expected::Lacks(piece))
}

/// A call that is refused.
pub(super) fn refused(
    action: &'static str,
    form: &[(&'static str, &str)],
    status: u16,
    code: &'static str,
    text: &str,
) -> Step {
    step(
        action,
        form,
        Expected::Refused(status, code, text.to_owned()),
    )
}

fn step(action: &'static str, form: &[(&'static str, &str)], expected: Expected) -> Step {
    let form = form
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    Step {
        action,
        form,
        expected,
    }
}

impl World {
    pub(super) async fn new() -> Self {
        let real = Arc::new(IamOnly);
        let ports = Ports {
            identities: real.clone(),
            web_identity: real.clone(),
            publisher: real,
        };
        let mut key = None;
        let stage = Stage::with_ports(ports, crate::iam::register, |founding, entropy| {
            let place = Place {
                account: ACCOUNT.parse().unwrap(),
                partition: base::Partition::Aws,
                seal: &founding.seal,
                now: "2026-11-21T12:00:00Z".parse().unwrap(),
                entropy,
            };
            key = Some(administrator::create(&mut founding.unit, place, None)?);
            Ok(())
        })
        .await;
        let key = key.unwrap();
        let admin = credentials(key.access_key_id.as_str(), key.secret_access_key.expose());
        Self { stage, admin }
    }

    pub(super) async fn call(&self, action: &str, form: &[(&str, &str)]) -> Response {
        self.stage.query(&self.admin, "iam", action, form).await
    }

    /// Runs the steps in order, each by the administrator.
    pub(super) async fn check(&self, steps: Vec<Step>) {
        for step in steps {
            self.check_as(&self.admin, step).await;
        }
    }

    pub(super) async fn check_as(&self, by: &Credentials, step: Step) {
        let form: Vec<_> = step
            .form
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let answer = self.stage.query(by, "iam", step.action, &form).await;
        let what = format!("{} {:?}\n{}", step.action, step.form, answer.text);
        match step.expected {
            Expected::Shows(pieces) => {
                assert_eq!(answer.status, 200, "{what}");
                for piece in pieces {
                    assert!(answer.text.contains(&piece), "no {piece} in {what}");
                }
            }
            Expected::Lacks(piece) => {
                assert_eq!(answer.status, 200, "{what}");
                assert!(!answer.text.contains(piece), "{piece} in {what}");
            }
            Expected::Refused(status, code, text) => {
                let message = answer.xml("Message").map(unescaped);
                assert_eq!(
                    (answer.status, answer.code().as_deref(), message.as_deref()),
                    (status, Some(code), Some(text.as_str())),
                    "{what}"
                );
            }
        }
    }

    /// A user with one inline policy, and its key.
    pub(super) async fn user(&self, name: &str, policy: &str) -> Credentials {
        self.call("CreateUser", &[("UserName", name)]).await;
        let form = [
            ("UserName", name),
            ("PolicyName", "p"),
            ("PolicyDocument", policy),
        ];
        assert_eq!(self.call("PutUserPolicy", &form).await.status, 200);
        self.key(name).await
    }

    /// A new key of a user.
    pub(super) async fn key(&self, name: &str) -> Credentials {
        let answer = self.call("CreateAccessKey", &[("UserName", name)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let secret = answer.xml("SecretAccessKey").unwrap();
        assert_eq!(secret.len(), 40);
        credentials(answer.xml("AccessKeyId").unwrap(), secret)
    }
}

pub(super) fn credentials(id: &str, secret: &str) -> Credentials {
    Credentials {
        access_key_id: id.to_owned(),
        secret_access_key: Secret::new(secret.to_owned()),
        session_token: None,
    }
}

fn unescaped(text: &str) -> String {
    [
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (entity, plain)| {
        text.replace(entity, plain)
    })
}

/// IAM's own answers to the rooms; no sessions.
struct IamOnly;

#[async_trait]
impl Identities for IamOnly {
    async fn key_holder(
        &self,
        server: &Server,
        view: &mut View<'_>,
        id: &AccessKeyId,
    ) -> Result<Option<KeyHolder>, Fault> {
        grants::key_holder(server, view, id).await
    }

    async fn session(
        &self,
        _: &Server,
        _: &mut View<'_>,
        _: &AccessKeyId,
        _: &str,
    ) -> Result<SessionCheck, Fault> {
        Ok(SessionCheck::Invalid)
    }

    async fn grants(
        &self,
        server: &Server,
        view: &mut View<'_>,
        principal: &Principal,
    ) -> Result<Option<Grants>, Fault> {
        match principal {
            Principal::User(user) => {
                grants::user_grants(server, view, user.account, &user.unique_id).await
            }
            _ => Ok(None),
        }
    }
}

#[async_trait]
impl Publisher for IamOnly {
    async fn document(&self, _: &Server, _: &str) -> Result<Option<Published>, Fault> {
        Ok(None)
    }
}

#[async_trait]
impl WebIdentity for IamOnly {
    async fn verify(
        &self,
        _: &Server,
        _: &str,
        _: &str,
    ) -> Result<WebIdentityPrincipal, Box<WebIdentityRefusal>> {
        let fault = Fault::bad_request("InvalidIdentityToken", "not here");
        Err(Box::new(WebIdentityRefusal {
            fault,
            verified: None,
        }))
    }
}
