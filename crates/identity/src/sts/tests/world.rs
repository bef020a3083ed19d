//! An installation with its administrator, a cluster issuer, and a role that trusts it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base::{AccountId, Fault, IdKind, ManualClock, Secret, UniqueId};
use engine::testing::{ACCOUNT, Response, Stage};
use engine::{Ports, Published, Publisher, Server, View};
use jose::{
    Algorithm, Fetch, FetchFault, FetchRequest, Fetched, JwkSet, SigningKey, jwks_document,
};
use serde_json::{Value as Json, json};
use sigv4::Credentials;

use crate::iam::administrator::{self, Place};
use crate::iam::rows::{
    PolicySet, ProviderRow, ProviderTrust, RoleIdRow, RoleRow, Scheme, provider_key, role_id_key,
    role_key,
};
use crate::sts::{
    IdentityPorts, LocalIssuers, NotReviewed, ReviewPlace, Reviewed, ReviewedAt, ShownCredential,
    TokenReviewer, WebIdentities,
};

pub(super) const OTHER_ACCOUNT: &str = "999999999999";
pub(super) const ISSUER: &str = "https://oidc.example/id/ABC";
pub(super) const ROLE: &str = "arn:aws:iam::123456789012:role/app";
pub(super) const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const START: &str = "2026-11-21T12:00:00Z";

pub(super) struct World {
    pub(super) stage: Stage,
    pub(super) admin: Credentials,
    pub(super) key: SigningKey,
    pub(super) issuers: Arc<Issuers>,
    pub(super) network: Arc<Network>,
    pub(super) reviewer: Arc<Reviewer>,
}

/// Issuers of this installation: by URL, the owner and the keys.
#[derive(Default)]
pub(super) struct Issuers(Mutex<HashMap<String, (AccountId, Arc<JwkSet>)>>);

/// The internet: documents by URL, and how often it was asked.
#[derive(Default)]
pub(super) struct Network {
    pages: Mutex<HashMap<String, Result<Vec<u8>, FetchFault>>>,
    pub(super) fetches: AtomicUsize,
    /// What its servers are believed by; the roots when nothing is said.
    pub(super) trust: Mutex<Option<jose::Trust>>,
}

/// API servers: what they say of every token, and what they were asked.
#[derive(Default)]
pub(super) struct Reviewer {
    pub(super) says: Mutex<Option<Result<Reviewed, NotReviewed>>>,
    pub(super) asked: Mutex<Vec<Json>>,
}

struct NoDocuments;

impl World {
    /// With the provider of [`ISSUER`] and [`ROLE`], which trusts `demo/app`.
    pub(super) async fn new() -> Self {
        let (issuers, network) = (Arc::new(Issuers::default()), Arc::new(Network::default()));
        let clock = Arc::new(ManualClock::at(START.parse().unwrap()));
        let reviewer = Arc::new(Reviewer::default());
        let web_identity = WebIdentities::new(issuers.clone(), network.clone(), clock)
            .reviewed_by(reviewer.clone());
        let ports = Ports {
            identities: Arc::new(IdentityPorts::default()),
            web_identity: Arc::new(web_identity),
            publisher: Arc::new(NoDocuments),
        };
        let mut key = None;
        let stage = Stage::with_ports(ports, crate::register, |founding, entropy| {
            let place = Place {
                account: ACCOUNT.parse().unwrap(),
                partition: base::Partition::Aws,
                seal: &founding.seal,
                now: START.parse().unwrap(),
                entropy,
            };
            key = Some(administrator::create(&mut founding.unit, place, None)?);
            Ok(())
        })
        .await;
        let admin = key.unwrap();
        let admin = credentials(
            admin.access_key_id.as_str(),
            admin.secret_access_key.expose(),
        );
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let world = Self {
            stage,
            admin,
            key,
            issuers,
            network,
            reviewer,
        };
        world.issuers.add(ISSUER, ACCOUNT, &world.key);
        world
            .provider(ACCOUNT, ISSUER, &["sts.amazonaws.com"])
            .await;
        world
            .role(
                ACCOUNT,
                "app",
                &trust_of(ISSUER, ACCOUNT, "system:serviceaccount:demo:app"),
            )
            .await;
        world
    }

    /// Two days later: the ring's next key seals, and the first one is gone.
    pub(super) async fn turn_ring(&self) {
        let server = self.stage.server();
        for hours in [25, 1, 47] {
            let (store, now) = (&*server.store, server.clock.now());
            let turned =
                server
                    .ring
                    .rotate(store, &server.rows, &server.seal, now, &*server.entropy);
            turned.await.unwrap();
            self.stage.clock.advance_millis(hours * 3_600_000);
        }
    }

    /// Plants a provider.
    pub(super) async fn provider(&self, account: &str, url: &str, client_ids: &[&str]) {
        let normalised = jose::normalise_issuer(url);
        let row = ProviderRow {
            arn: format!("arn:aws:iam::{account}:oidc-provider/{normalised}"),
            url: normalised.clone(),
            scheme: Scheme::Https,
            client_ids: client_ids.iter().map(|id| (*id).to_owned()).collect(),
            thumbprints: Vec::new(),
            created_at: START.parse().unwrap(),
            tags: Vec::new(),
            trust: ProviderTrust::default(),
        };
        let mut unit = self.stage.unit().await;
        unit.put(&provider_key(account.parse().unwrap(), &normalised), &row)
            .unwrap();
        self.stage.commit(unit).await;
    }

    /// Plants a role that may do everything.
    pub(super) async fn role(&self, account: &str, name: &str, trust: &str) -> RoleRow {
        let owner: AccountId = account.parse().unwrap();
        let mut policies = PolicySet::default();
        policies.put_inline("all", ALLOW);
        let row = RoleRow {
            name: name.to_owned(),
            path: "/".to_owned(),
            id: UniqueId::draw(IdKind::Role, owner, &*self.stage.entropy),
            arn: format!("arn:aws:iam::{account}:role/{name}"),
            created_at: START.parse().unwrap(),
            description: None,
            max_session_duration_secs: 7_200,
            trust: trust.into(),
            policies,
            tags: Vec::new(),
            session_epoch: 0,
        };
        self.put_role(&row).await;
        row
    }

    /// Writes a role's rows.
    pub(super) async fn put_role(&self, row: &RoleRow) {
        let account = row.arn.parse::<base::Arn>().unwrap().account_id().unwrap();
        let mut unit = self.stage.unit().await;
        unit.put(&role_key(account, &row.name), row).unwrap();
        let index = RoleIdRow {
            name: row.name.clone(),
        };
        unit.put(&role_id_key(account, &row.id), &index).unwrap();
        self.stage.commit(unit).await;
    }

    /// Seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.stage.server().clock.now().as_second()
    }

    /// The claims of `demo/app`'s token, changed by `changes`; null removes.
    pub(super) fn claims(&self, changes: &Json) -> Json {
        let mut claims = json!({
            "iss": ISSUER,
            "sub": "system:serviceaccount:demo:app",
            "aud": ["sts.amazonaws.com"],
            "iat": self.now(),
            "nbf": self.now(),
            "exp": self.now() + 3_600,
            "jti": "token-1",
            "kubernetes.io": {
                "namespace": "demo",
                "node": {"name": "node-1", "uid": "node-uid"},
                "pod": {"name": "app-0", "uid": "pod-uid"},
                "serviceaccount": {"name": "app", "uid": "sa-uid"},
            },
        });
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        claims
    }

    /// A token of the cluster.
    pub(super) fn token(&self, changes: &Json) -> String {
        self.key.sign(&self.claims(changes)).unwrap()
    }

    /// AssumeRoleWithWebIdentity for [`ROLE`], with more parameters.
    pub(super) async fn web(&self, token: &str, more: &[(&str, &str)]) -> Response {
        self.web_to(ROLE, token, more).await
    }

    pub(super) async fn web_to(&self, role: &str, token: &str, more: &[(&str, &str)]) -> Response {
        let mut form = vec![
            ("RoleArn", role),
            ("RoleSessionName", "s-1"),
            ("WebIdentityToken", token),
        ];
        form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        form.extend_from_slice(more);
        self.stage
            .unsigned("sts", "AssumeRoleWithWebIdentity", &form)
            .await
    }

    /// The credentials of a fresh session of [`ROLE`].
    pub(super) async fn session(&self) -> Credentials {
        minted(&self.web(&self.token(&json!({})), &[]).await)
    }

    pub(super) async fn sts(
        &self,
        by: &Credentials,
        action: &str,
        form: &[(&str, &str)],
    ) -> Response {
        self.stage.query(by, "sts", action, form).await
    }

    /// AssumeRole, with more parameters.
    pub(super) async fn assume(
        &self,
        by: &Credentials,
        role: &str,
        more: &[(&str, &str)],
    ) -> Response {
        let mut form = vec![("RoleArn", role), ("RoleSessionName", "s-2")];
        form.extend_from_slice(more);
        self.sts(by, "AssumeRole", &form).await
    }

    /// A user of the account with one inline policy; its key.
    pub(super) async fn user(&self, name: &str, policy: &str) -> Credentials {
        for (action, form) in [
            ("CreateUser", vec![("UserName", name)]),
            (
                "PutUserPolicy",
                vec![
                    ("UserName", name),
                    ("PolicyName", "p"),
                    ("PolicyDocument", policy),
                ],
            ),
        ] {
            let answer = self.stage.query(&self.admin, "iam", action, &form).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
        }
        let form = [("UserName", name)];
        let answer = self
            .stage
            .query(&self.admin, "iam", "CreateAccessKey", &form)
            .await;
        credentials(
            answer.xml("AccessKeyId").unwrap(),
            answer.xml("SecretAccessKey").unwrap(),
        )
    }

    /// Who that is, or the code of the refusal.
    pub(super) async fn who(&self, by: &Credentials) -> String {
        let answer = self.sts(by, "GetCallerIdentity", &[]).await;
        match answer.xml("Arn") {
            Some(arn) => arn.to_owned(),
            None => format!("{} {}", answer.status, answer.code().unwrap()),
        }
    }
}

pub(super) fn credentials(id: &str, secret: &str) -> Credentials {
    Credentials {
        access_key_id: id.to_owned(),
        secret_access_key: Secret::new(secret.to_owned()),
        session_token: None,
    }
}

/// The credentials in an answer.
pub(super) fn minted(answer: &Response) -> Credentials {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut minted = credentials(
        answer.xml("AccessKeyId").unwrap(),
        answer.xml("SecretAccessKey").unwrap(),
    );
    minted.session_token = Some(Secret::new(answer.xml("SessionToken").unwrap().to_owned()));
    minted
}

/// Status and code must be these, and the text, unless it is empty.
pub(super) fn check_refused(answer: &Response, expected: (u16, &str, &str), what: &str) {
    let found = (answer.status, answer.code().unwrap_or_default());
    assert_eq!(
        found,
        (expected.0, expected.1.to_owned()),
        "{what}: {}",
        answer.text
    );
    if !expected.2.is_empty() {
        assert_eq!(answer.xml("Message"), Some(expected.2), "{what}");
    }
}

/// A trust policy for one subject of an issuer, with tags and source identity allowed.
pub(super) fn trust_of(issuer: &str, account: &str, subject: &str) -> String {
    let url = jose::normalise_issuer(issuer);
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": format!("arn:aws:iam::{account}:oidc-provider/{url}")},
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"],
        "Condition": {"StringEquals": {
            format!("{url}:sub"): subject,
            format!("{url}:aud"): "sts.amazonaws.com",
        }},
    }]})
    .to_string()
}

/// A trust policy that leaves it to the accounts.
pub(super) fn trust_accounts(accounts: &[&str], actions: &[&str]) -> String {
    let roots: Vec<_> = accounts
        .iter()
        .map(|account| format!("arn:aws:iam::{account}:root"))
        .collect();
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": roots}, "Action": actions,
    }]})
    .to_string()
}

impl Issuers {
    pub(super) fn add(&self, url: &str, owner: &str, key: &SigningKey) {
        let set = JwkSet::parse(jwks_document([key]).as_bytes())
            .unwrap()
            .of_issuer(url);
        let row = (owner.parse().unwrap(), Arc::new(set));
        self.0.lock().unwrap().insert(url.to_owned(), row);
    }
}

#[async_trait]
impl LocalIssuers for Issuers {
    async fn key_set(
        &self,
        _: &Server,
        _: &mut View<'_>,
        account: AccountId,
        issuer_url: &str,
    ) -> Result<Option<Arc<JwkSet>>, Fault> {
        let known = self.0.lock().unwrap();
        let keys = known.get(issuer_url).filter(|(owner, _)| *owner == account);
        Ok(keys.map(|(_, keys)| Arc::clone(keys)))
    }
}

impl Network {
    /// Serves an issuer's two documents.
    pub(super) fn publish(&self, issuer: &str, key: &SigningKey) {
        let keys = format!("{issuer}/jwks");
        let discovery = jose::discovery_document(issuer, &keys, &[key.algorithm()]);
        let page = format!("{issuer}/.well-known/openid-configuration");
        let mut pages = self.pages.lock().unwrap();
        pages.insert(page, Ok(discovery.into_bytes()));
        pages.insert(keys, Ok(jwks_document([key]).into_bytes()));
    }

    /// Fails for an issuer.
    pub(super) fn fail(&self, issuer: &str, fault: FetchFault) {
        let page = format!("{issuer}/.well-known/openid-configuration");
        self.pages.lock().unwrap().insert(page, Err(fault));
    }

    pub(super) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Fetch for Network {
    async fn fetch(&self, request: FetchRequest<'_>) -> Result<Fetched, FetchFault> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let pages = self.pages.lock().unwrap();
        let page = pages
            .get(request.url)
            .cloned()
            .unwrap_or(Err(FetchFault::Status(404)));
        page.map(|body| Fetched {
            body,
            max_age: None,
            trust: self.trust.lock().unwrap().unwrap_or_default(),
        })
    }
}

#[async_trait]
impl TokenReviewer for Reviewer {
    async fn review(
        &self,
        at: &ReviewedAt,
        token: &str,
        audiences: &[String],
    ) -> Result<Reviewed, NotReviewed> {
        let (server, shown) = match &at.place {
            ReviewPlace::OwnPod => ("own pod", String::new()),
            ReviewPlace::ApiServer {
                server, credential, ..
            } => match credential {
                ShownCredential::BearerToken(token) => (server.as_str(), token.expose().clone()),
                ShownCredential::ClientCertificate { certificate, .. } => {
                    (server.as_str(), certificate.clone())
                }
            },
        };
        let asked = json!({ "server": server, "shown": shown, "token": token,
            "audiences": audiences });
        self.asked.lock().unwrap().push(asked);
        // Whoever else asks meanwhile has time to.
        tokio::task::yield_now().await;
        let says = self.says.lock().unwrap().clone();
        says.unwrap_or_else(|| Err(NotReviewed("nothing is said".to_owned())))
    }
}

#[async_trait]
impl Publisher for NoDocuments {
    async fn document(&self, _: &Server, _: &str) -> Result<Option<Published>, Fault> {
        Ok(None)
    }
}
