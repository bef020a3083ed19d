//! For tests of services: a whole engine on an in-memory store with a manual clock, driven by
//! signed requests.
#![expect(
    clippy::missing_panics_doc,
    reason = "a test that cannot go on fails here"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use base::{
    AccessKeyId, AccountId, Clock, Entropy, Fault, IdKind, ManualClock, Region, Secret,
    SeededEntropy, UniqueId,
};
use policy::{Leniency, PolicyKind};
use serde_json::Value as Json;
use sigv4::Credentials;
use store::{Durability, MemoryStore};

use crate::call::Transport;
use crate::installation::{Founding, Installation};
use crate::ports::{
    Grants, Identities, KeyHolder, Published, Publisher, SessionCheck, WebIdentity,
    WebIdentityRefusal,
};
use crate::principal::{Principal, UserPrincipal, WebIdentityPrincipal};
use crate::rooms::arrive::Arrival;
use crate::seal::RootKey;
use crate::server::{Mode, Ports, Regions, Server, Settings};
use crate::unit::{Unit, View};
use crate::{Engine, PolicyText, Registry, StoredPolicy};

/// The management account of every stage.
pub const ACCOUNT: &str = "123456789012";
/// The home region of every stage.
pub const REGION: &str = "eu-west-1";

/// An engine and what steers it.
pub struct Stage {
    /// The engine under test.
    pub engine: Engine,
    /// Its clock; stands at 2026-11-21T12:00:00Z at first.
    pub clock: Arc<ManualClock>,
    /// Its entropy.
    pub entropy: Arc<dyn Entropy>,
    users: Arc<Users>,
}

/// An answer, decoded as far as a test wants to look.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub text: String,
}

impl Response {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or(Json::Null)
    }

    /// The text between the first `<tag>` and the next `</tag>`.
    pub fn xml(&self, tag: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0)
    }

    /// AWS's error code, whatever the protocol.
    pub fn code(&self) -> Option<String> {
        let json = self.json();
        let code = json.get("__type").and_then(Json::as_str).map(str::to_owned);
        code.or_else(|| self.xml("Code").map(str::to_owned))
    }
}

impl Stage {
    /// A stage whose callers are made up by [`user`](Self::user).
    pub async fn new(register: impl FnOnce(&mut Registry)) -> Self {
        let users = Arc::new(Users::default());
        let ports = Ports {
            identities: users.clone(),
            web_identity: users.clone(),
            publisher: users.clone(),
        };
        Self::build(ports, users, register, |_, _| Ok(())).await
    }

    /// A stage with the real ports; `found` writes the first rows in the founding transaction.
    pub async fn with_ports(
        ports: Ports,
        register: impl FnOnce(&mut Registry),
        found: impl FnOnce(&mut Founding, &dyn Entropy) -> Result<(), Fault>,
    ) -> Self {
        Self::build(ports, Arc::default(), register, found).await
    }

    #[expect(clippy::expect_used, reason = "a test that cannot start fails here")]
    async fn build(
        ports: Ports,
        users: Arc<Users>,
        register: impl FnOnce(&mut Registry),
        found: impl FnOnce(&mut Founding, &dyn Entropy) -> Result<(), Fault>,
    ) -> Self {
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(42));
        let start = "2026-11-21T12:00:00Z".parse().expect("a timestamp");
        let clock = Arc::new(ManualClock::at(start));
        let store = Arc::new(MemoryStore::new());
        let root = RootKey::draw(&*entropy);
        let account = ACCOUNT.parse().expect("an account");
        let region: Region = REGION.parse().expect("a region");
        let mut founding = Founding::begin(
            &*store,
            &root,
            account,
            region.clone(),
            clock.now(),
            &*entropy,
        )
        .await
        .expect("a fresh store");
        found(&mut founding, &*entropy).expect("the first rows");
        founding.commit(&*store).await.expect("a fresh store");
        let installation = Installation::open(&*store, &root)
            .await
            .expect("the store just founded");
        let settings = Settings {
            management_account: account,
            home_region: region,
            regions: Regions::OfPartition,
            public_url: "http://127.0.0.1:4566".to_owned(),
            mode: Mode::Standard,
            audit_sync: Durability::Disk,
            audit_retention: std::time::Duration::from_hours(90 * 24),
            version: "test",
        };
        let server = Server::new(
            installation,
            store,
            clock.clone(),
            entropy.clone(),
            ports,
            settings,
        );
        let mut registry = Registry::default();
        register(&mut registry);
        Self {
            engine: Engine::new(Arc::new(server), registry),
            clock,
            entropy,
            users,
        }
    }

    /// What the rooms share.
    pub fn server(&self) -> &Arc<Server> {
        self.engine.server()
    }

    /// A user of the management account with one inline policy; its key.
    pub fn user(&self, name: &str, policy: &str) -> Credentials {
        self.user_of(ACCOUNT, name, policy)
    }

    /// A user of any account with one inline policy; its key.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn user_of(&self, account: &str, name: &str, policy: &str) -> Credentials {
        let account: AccountId = account.parse().expect("an account id");
        let access_key_id = AccessKeyId::draw(IdKind::LongTermKey, account, &*self.entropy);
        let secret = format!("secret-of-{name}");
        let principal = UserPrincipal {
            account,
            arn: format!("arn:aws:iam::{account}:user/{name}"),
            name: name.to_owned(),
            unique_id: UniqueId::draw(IdKind::User, account, &*self.entropy),
            access_key_id: access_key_id.clone(),
            tags: Vec::new(),
        };
        let user = User {
            principal,
            secret: secret.clone(),
            policy: policy.to_owned(),
        };
        self.users.lock().insert(access_key_id.to_string(), user);
        Credentials {
            access_key_id: access_key_id.to_string(),
            secret_access_key: Secret::new(secret),
            session_token: None,
        }
    }

    /// A signed JSON 1.1 call; `operation` as in `secretsmanager.GetSecretValue`.
    pub async fn json(&self, by: &Credentials, operation: &str, input: Json) -> Response {
        self.json_in(by, REGION, operation, input).await
    }

    /// As [`json`](Self::json), in another region.
    pub async fn json_in(
        &self,
        by: &Credentials,
        region: &str,
        operation: &str,
        input: Json,
    ) -> Response {
        let (service, name) = operation.split_once('.').unwrap_or((operation, ""));
        let prefix = shapes::services()
            .iter()
            .find(|known| known.name == service)
            .and_then(|known| known.target_prefixes.first())
            .copied()
            .unwrap_or(service);
        let headers = vec![
            (
                "content-type".to_owned(),
                "application/x-amz-json-1.1".to_owned(),
            ),
            ("x-amz-target".to_owned(), format!("{prefix}.{name}")),
        ];
        self.signed(by, region, service, headers, input.to_string().into_bytes())
            .await
    }

    /// A signed query call; `form` without Action and Version.
    pub async fn query(
        &self,
        by: &Credentials,
        service: &str,
        action: &str,
        form: &[(&str, &str)],
    ) -> Response {
        let body = query_body(service, action, form);
        let content_type = "application/x-www-form-urlencoded; charset=utf-8".to_owned();
        let headers = vec![("content-type".to_owned(), content_type)];
        self.signed(by, REGION, service, headers, body.into_bytes())
            .await
    }

    /// An unsigned query call.
    pub async fn unsigned(&self, service: &str, action: &str, form: &[(&str, &str)]) -> Response {
        let body = query_body(service, action, form).into_bytes();
        self.send(vec![("host".to_owned(), "127.0.0.1:4566".to_owned())], body)
            .await
    }

    async fn signed(
        &self,
        by: &Credentials,
        region: &str,
        service: &str,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Response {
        let mut headers = headers;
        headers.insert(0, ("host".to_owned(), "127.0.0.1:4566".to_owned()));
        sign(&mut headers, &body, by, (region, service), self.clock.now());
        self.send(headers, body).await
    }

    /// A request as it stands.
    pub async fn send(&self, headers: Vec<(String, String)>, body: Vec<u8>) -> Response {
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name, value.into_bytes()))
            .collect();
        let arrival = Arrival {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            headers,
            body: body.into(),
            ip: [127, 0, 0, 1].into(),
            transport: Transport::Plain,
        };
        let answer = self.engine.handle(arrival).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        Response {
            status: answer.status,
            text,
        }
    }

    /// A unit of work on the newest snapshot, for tests that plant or look at rows.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub async fn unit(&self) -> Unit {
        self.server().unit().await.expect("the in-memory store")
    }

    /// Commits a unit of work.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub async fn commit(&self, unit: Unit) {
        let work = unit.into_work();
        self.server()
            .store
            .commit(work, Durability::Disk)
            .await
            .expect("no conflict in a test");
    }
}

/// Signs as an SDK would.
#[expect(clippy::expect_used, reason = "for tests")]
pub fn sign(
    headers: &mut Vec<(String, String)>,
    body: &[u8],
    by: &Credentials,
    (region, service): (&str, &str),
    now: base::Timestamp,
) {
    let signer = sigv4::Signer {
        credentials: by,
        region,
        service,
        now,
    };
    let request = sigv4::Outgoing {
        method: "POST",
        host: "127.0.0.1:4566",
        path: "/",
        query: "",
        body,
        path_style: sigv4::PathStyle::Standard,
    };
    headers.retain(|(name, _)| name != "host");
    sigv4::sign(&signer, &request, headers).expect("a URL that can be read");
    headers.push(("host".to_owned(), "127.0.0.1:4566".to_owned()));
}

fn query_body(service: &str, action: &str, form: &[(&str, &str)]) -> String {
    let version = shapes::services()
        .iter()
        .find(|known| known.name == service)
        .map_or("", |known| known.api_version);
    let mut body = format!("Action={action}&Version={version}");
    for (name, value) in form {
        body.push('&');
        body.push_str(name);
        body.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                body.push(char::from(byte));
            } else {
                let _ = write!(body, "%{byte:02X}");
            }
        }
    }
    body
}

#[derive(Default)]
struct Users(Mutex<HashMap<String, User>>);

#[derive(Clone)]
struct User {
    principal: UserPrincipal,
    secret: String,
    policy: String,
}

impl Users {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, User>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Identities for Users {
    async fn key_holder(
        &self,
        _: &Server,
        _: &mut View<'_>,
        access_key_id: &AccessKeyId,
    ) -> Result<Option<KeyHolder>, Fault> {
        let user = self.lock().get(access_key_id.as_str()).cloned();
        Ok(user.map(|user| KeyHolder {
            principal: Principal::User(user.principal),
            secret: Secret::new(user.secret),
        }))
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
        _: &mut View<'_>,
        principal: &Principal,
    ) -> Result<Option<Grants>, Fault> {
        let Some(id) = principal.access_key_id() else {
            return Ok(None);
        };
        let Some(user) = self.lock().get(id.as_str()).cloned() else {
            return Ok(None);
        };
        let inline = StoredPolicy {
            name: "inline",
            arn: None,
            text: Some(&PolicyText::from(user.policy.as_str())),
            kind: PolicyKind::Identity,
            leniency: Leniency::Storage,
        };
        Ok(Some(Grants {
            identity: server.policies.prepared(&[inline]),
            ..Grants::default()
        }))
    }
}

#[async_trait]
impl Publisher for Users {
    async fn document(&self, _: &Server, _: &str) -> Result<Option<Published>, Fault> {
        Ok(None)
    }
}

#[async_trait]
impl WebIdentity for Users {
    async fn verify(
        &self,
        _: &Server,
        _: &str,
        _: &str,
    ) -> Result<WebIdentityPrincipal, Box<WebIdentityRefusal>> {
        let fault = Fault::bad_request("InvalidIdentityToken", "no provider on this stage");
        Err(Box::new(WebIdentityRefusal {
            fault,
            verified: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Access, Call, Operation, Permitted};

    struct WhoAmI;

    impl Operation for WhoAmI {
        type Input = shapes::sts::GetCallerIdentityInput;
        type Output = shapes::sts::GetCallerIdentityOutput;
        type Facts = ();

        fn shape(&self) -> &'static shapes::Operation {
            &shapes::sts::GET_CALLER_IDENTITY
        }

        async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
            Ok(())
        }

        fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
            Access::one(crate::Check::new(
                "sts:GetCallerIdentity",
                "*",
                call.account,
            ))
        }

        async fn perform(
            &self,
            _: &Self::Input,
            (): &(),
            call: &Permitted<'_>,
            _: &mut Unit,
        ) -> Result<Self::Output, Fault> {
            let arn = Some(call.principal.arn());
            Ok(shapes::sts::GetCallerIdentityOutput {
                arn,
                ..Default::default()
            })
        }
    }

    const ALLOW: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    const DENY: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

    #[tokio::test]
    async fn a_signed_call_walks_all_rooms() {
        let stage = Stage::new(|registry| registry.add(WhoAmI)).await;
        let alice = stage.user("alice", ALLOW);
        let answer = stage.query(&alice, "sts", "GetCallerIdentity", &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(
            answer.xml("Arn"),
            Some("arn:aws:iam::123456789012:user/alice")
        );

        let bob = stage.user("bob", DENY);
        let answer = stage.query(&bob, "sts", "GetCallerIdentity", &[]).await;
        assert_eq!(
            (answer.status, answer.code().as_deref()),
            (403, Some("AccessDenied"))
        );
        assert_eq!(
            answer.xml("Message"),
            Some(
                "User: arn:aws:iam::123456789012:user/bob is not authorized to perform: \
                 sts:GetCallerIdentity with an explicit deny in an identity-based policy"
            )
        );

        let mut wrong = alice.clone();
        wrong.secret_access_key = Secret::new("other".to_owned());
        let answer = stage.query(&wrong, "sts", "GetCallerIdentity", &[]).await;
        assert_eq!(
            (answer.status, answer.code().as_deref()),
            (403, Some("SignatureDoesNotMatch"))
        );

        stage.clock.advance_millis(16 * 60_000);
        let nobody = Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: Secret::new("x".to_owned()),
            session_token: None,
        };
        let answer = stage.query(&nobody, "sts", "GetCallerIdentity", &[]).await;
        assert_eq!(
            (answer.status, answer.code().as_deref()),
            (403, Some("InvalidClientTokenId"))
        );
        let answer = stage.unsigned("sts", "GetCallerIdentity", &[]).await;
        assert_eq!(
            (answer.status, answer.code().as_deref()),
            (403, Some("MissingAuthenticationToken"))
        );
        assert_eq!(stage.server().ring_of_failures.len(), 3);
    }
}
