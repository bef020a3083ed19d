//! Calls to record.

use audit::{
    Call, Entry, MfaAuthenticated, Minted, Outcome, Record, Resource, ResourceName,
    SessionAttributes, SessionContext, SessionIssuer, SessionIssuerKind, Side, SourceAddress,
    TokenFacts, Trail, UserIdentity, WebIdFederationData,
};
use base::{AccountId, Entropy, Region, RequestId, SeededEntropy, Timestamp};
use store::{Durability, MemoryStore, Store, Work};

pub(crate) const PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/irsa.example/id/demo";
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/app";

pub(crate) fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

pub(crate) fn region(name: &str) -> Region {
    name.parse().unwrap()
}

pub(crate) fn trail(name: &str) -> Trail {
    Trail {
        account: account(),
        region: region(name),
    }
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn user(name: &str, key: &str) -> UserIdentity {
    UserIdentity::IamUser {
        principal_id: "AIDACKCEVSQ6C2EXAMPLE".to_owned(),
        arn: format!("arn:aws:iam::111122223333:user/{name}"),
        account_id: account(),
        access_key_id: key.to_owned(),
        user_name: name.to_owned(),
        invoked_by: None,
    }
}

pub(crate) fn session(name: &str, key: &str) -> UserIdentity {
    session_since(name, key, time("2024-07-09T15:41:37Z"))
}

pub(crate) fn session_since(name: &str, key: &str, opened: Timestamp) -> UserIdentity {
    UserIdentity::AssumedRole {
        principal_id: format!("AROAIDPPEZS35WEXAMPLE:{name}"),
        arn: format!("arn:aws:sts::111122223333:assumed-role/app/{name}"),
        account_id: account(),
        access_key_id: key.to_owned(),
        session_context: Box::new(SessionContext {
            session_issuer: Some(SessionIssuer {
                kind: SessionIssuerKind::Role,
                principal_id: "AROAIDPPEZS35WEXAMPLE".to_owned(),
                arn: ROLE.to_owned(),
                account_id: account(),
                user_name: "app".to_owned(),
            }),
            web_id_federation_data: WebIdFederationData::of_provider(PROVIDER),
            attributes: SessionAttributes {
                creation_date: opened,
                mfa_authenticated: MfaAuthenticated::No,
            },
            source_identity: None,
        }),
        invoked_by: None,
    }
}

pub(crate) fn call(
    identity: UserIdentity,
    source: &str,
    name: &str,
    entropy: &dyn Entropy,
) -> Call {
    Call {
        user_identity: identity,
        event_source: format!("{source}.amazonaws.com"),
        event_name: name.to_owned(),
        aws_region: region("eu-west-1"),
        source_ip_address: SourceAddress::Socket("192.0.2.7".parse().unwrap()),
        user_agent: "Boto3/1.34".to_owned(),
        request_id: RequestId::draw(entropy),
        read_only: true,
        recipient_account_id: account(),
    }
}

/// A web identity call of `demo/<service account>` in `demo/<pod>` that opened a session.
pub(crate) fn web_identity_call(
    service_account: &str,
    pod: &str,
    key: &str,
    at: Timestamp,
    entropy: &dyn Entropy,
) -> Entry {
    let subject = format!("system:serviceaccount:demo:{service_account}");
    let identity = UserIdentity::web_identity(PROVIDER, "sts.amazonaws.com", &subject);
    let call = call(identity, "sts", "AssumeRoleWithWebIdentity", entropy);
    let mut record = Record::of_call(call, at, entropy);
    record.resources.push(Resource {
        account_id: Some(account()),
        kind: "AWS::IAM::Role".to_owned(),
        arn: ROLE.to_owned(),
    });
    let side = Side {
        token: Some(TokenFacts {
            issuer: "https://irsa.example/id/demo".to_owned(),
            subject,
            namespace: Some("demo".to_owned()),
            service_account: Some(service_account.to_owned()),
            pod_name: Some(pod.to_owned()),
            ..TokenFacts::default()
        }),
        minted: Some(Minted {
            access_key_id: key.to_owned(),
            session_id: format!("session of {key}"),
        }),
        ..Side::of(Outcome::Allowed)
    };
    Entry::new(record, side)
}

/// A GetSecretValue by a session.
pub(crate) fn session_call(
    key: &str,
    outcome: Outcome,
    at: Timestamp,
    entropy: &dyn Entropy,
) -> Entry {
    let call = call(
        session("s", key),
        "secretsmanager",
        "GetSecretValue",
        entropy,
    );
    let record = Record::of_call(call, at, entropy);
    let side = Side {
        resources: vec![ResourceName {
            kind: "AWS::SecretsManager::Secret".to_owned(),
            name: "demo/secret".to_owned(),
        }],
        ..Side::of(outcome)
    };
    Entry::new(record, side)
}

/// An AssumeRole by a session that opened another.
pub(crate) fn role_chaining(
    key: &str,
    opened: &str,
    at: Timestamp,
    entropy: &dyn Entropy,
) -> Entry {
    let call = call(session("s", key), "sts", "AssumeRole", entropy);
    let side = Side {
        minted: Some(Minted {
            access_key_id: opened.to_owned(),
            session_id: format!("session of {opened}"),
        }),
        ..Side::of(Outcome::Allowed)
    };
    Entry::new(Record::of_call(call, at, entropy), side)
}

/// A store with records.
pub(crate) struct Bench {
    pub(crate) store: MemoryStore,
    pub(crate) entropy: SeededEntropy,
}

impl Bench {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            store: MemoryStore::new(),
            entropy: SeededEntropy::new(seed),
        }
    }

    pub(crate) async fn append(&self, entries: &[Entry]) {
        let mut work = Work::on(self.store.snapshot().await.unwrap());
        for entry in entries {
            audit::append(&mut work, entry);
        }
        self.store.commit(work, Durability::Written).await.unwrap();
    }
}
