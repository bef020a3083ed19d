//! An installation with its administrator, and callers that hold real keys.

use std::sync::Arc;

use async_trait::async_trait;
use base::{AccessKeyId, Fault, Secret};
use engine::testing::{ACCOUNT, Response, Stage};
use engine::{
    Grants, Identities, KeyHolder, Ports, Principal, Published, Publisher, Server, SessionCheck,
    SessionPrincipal, View, WebIdentity, WebIdentityPrincipal, WebIdentityRefusal,
};
use sigv4::Credentials;

use crate::iam::administrator::{self, Place};
use crate::iam::grants;

/// Allows everything.
pub(super) const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
/// Trusts the account.
pub(super) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]}"#;

/// Another account.
pub(super) const STRANGERS: &str = "210987654321";

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

    /// A session of the role as it is now.
    pub(super) async fn session(&self, role: &str) -> Credentials {
        let answer = self.call("GetRole", &[("RoleName", role)]).await;
        let token = format!(
            "{} {}",
            answer.xml("Arn").unwrap(),
            answer.xml("RoleId").unwrap()
        );
        Credentials {
            session_token: Some(token.into()),
            ..credentials("ASIAIOSFODNN7EXAMPLE", SESSION_SECRET)
        }
    }

    /// The administrator of another account.
    pub(super) async fn stranger(&self) -> Credentials {
        let server = self.stage.server();
        let place = Place {
            account: STRANGERS.parse().unwrap(),
            partition: base::Partition::Aws,
            seal: &server.seal,
            now: server.clock.now(),
            entropy: &*self.stage.entropy,
        };
        let mut unit = self.stage.unit().await;
        let key = administrator::create(&mut unit, place, None).unwrap();
        self.stage.commit(unit).await;
        credentials(key.access_key_id.as_str(), key.secret_access_key.expose())
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

const SESSION_SECRET: &str = "of-every-session";

/// IAM's own answers to the rooms; its sessions are whoever says so.
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

    /// A token is the role's ARN and id; whoever has it is a session.
    async fn session(
        &self,
        server: &Server,
        _: &mut View<'_>,
        access_key_id: &AccessKeyId,
        token: &str,
    ) -> Result<SessionCheck, Fault> {
        let Some((role_arn, role_id)) = token.split_once(' ') else {
            return Ok(SessionCheck::Invalid);
        };
        let principal = SessionPrincipal {
            account: role_arn.split(':').nth(4).unwrap().parse().unwrap(),
            role_arn: role_arn.to_owned(),
            role_name: role_arn.rsplit('/').next().unwrap().to_owned(),
            role_id: role_id.parse().unwrap(),
            session_name: "test".to_owned(),
            access_key_id: access_key_id.clone(),
            session_id: "0".repeat(32),
            issued_at: server.clock.now(),
            expires_at: server.clock.now(),
            chain_depth: 0,
            source_identity: None,
            tags: Vec::new(),
            transitive_tag_keys: Vec::new(),
            federation: None,
            session_policy: None,
        };
        Ok(SessionCheck::Live(Box::new(KeyHolder {
            principal: Principal::Session(Box::new(principal)),
            secret: Secret::new(SESSION_SECRET.to_owned()),
        })))
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
            Principal::Session(session) => {
                grants::role_grants(server, view, session.account, &session.role_id).await
            }
            Principal::Root(_) | Principal::WebIdentity(_) | Principal::Anonymous => Ok(None),
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
