//! The whole chain with this service's issuers: token, session, later calls, trail, explanation.

use std::sync::Arc;

use async_trait::async_trait;
use base::ManualClock;
use engine::Ports;
use engine::testing::{ACCOUNT, REGION, Response, Stage};
use jose::{Fetch, FetchFault, FetchRequest, Fetched};
use serde_json::{Value as Json, json};
use sigv4::Credentials;

use super::issuers::{
    ClaimedUrlRow, IssuerDocuments, IssuerRow, StoredIssuers, Whose, issuer_key, url_key,
};
use crate::iam::administrator::{self, Place};
use crate::iam::rows::{
    PolicySet, ProviderRow, ProviderTrust, RoleIdRow, RoleRow, Scheme, provider_key, role_id_key,
    role_key,
};
use crate::sts::{IdentityPorts, WebIdentities};

const OTHER: &str = "210987654321";
const URL: &str = "127.0.0.1:4566/id/demo";
const START: &str = "2026-11-21T12:00:00Z";
const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["*","irsa:*"],"Resource":"*"}]}"#;

/// There is no internet.
struct NoNetwork;

#[async_trait]
impl Fetch for NoNetwork {
    async fn fetch(&self, _: FetchRequest<'_>) -> Result<Fetched, FetchFault> {
        Err(FetchFault::Blocked)
    }
}

/// The administrator of an installation with the issuer `demo`.
pub(super) async fn stage() -> (Stage, Credentials) {
    let clock = Arc::new(ManualClock::at(START.parse().unwrap()));
    let issuers = Arc::new(StoredIssuers::default());
    let ports = Ports {
        identities: Arc::new(IdentityPorts::default()),
        web_identity: Arc::new(WebIdentities::new(issuers, Arc::new(NoNetwork), clock)),
        publisher: Arc::new(IssuerDocuments),
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
    let key = key.unwrap();
    let admin = Credentials {
        access_key_id: key.access_key_id.to_string(),
        secret_access_key: key.secret_access_key,
        session_token: None,
    };
    let input = json!({ "Name": "demo", "KeyAlgorithm": "ES256" });
    let answer = stage.json(&admin, "irsa.CreateIssuer", input).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    for account in [ACCOUNT, OTHER] {
        plant_provider(&stage, account).await;
        plant_role(&stage, account).await;
    }
    (stage, admin)
}

async fn plant_provider(stage: &Stage, account: &str) {
    let row = ProviderRow {
        arn: format!("arn:aws:iam::{account}:oidc-provider/{URL}"),
        url: URL.to_owned(),
        scheme: Scheme::Http,
        client_ids: vec!["sts.amazonaws.com".to_owned()],
        thumbprints: Vec::new(),
        created_at: START.parse().unwrap(),
        tags: Vec::new(),
        trust: ProviderTrust::default(),
    };
    let mut unit = stage.unit().await;
    unit.put(&provider_key(account.parse().unwrap(), URL), &row)
        .unwrap();
    stage.commit(unit).await;
}

async fn plant_role(stage: &Stage, account: &str) {
    let owner = account.parse().unwrap();
    let mut policies = PolicySet::default();
    policies.put_inline("all", ALLOW);
    let row = RoleRow {
        name: "app".to_owned(),
        path: "/".to_owned(),
        id: base::UniqueId::draw(base::IdKind::Role, owner, &*stage.entropy),
        arn: format!("arn:aws:iam::{account}:role/app"),
        created_at: START.parse().unwrap(),
        description: None,
        max_session_duration_secs: 3_600,
        trust: json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": format!("arn:aws:iam::{account}:oidc-provider/{URL}") },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": {
                format!("{URL}:sub"): "system:serviceaccount:demo:app",
                format!("{URL}:aud"): "sts.amazonaws.com",
            } },
        }] })
        .to_string()
        .into(),
        policies,
        tags: Vec::new(),
        session_epoch: 0,
    };
    let mut unit = stage.unit().await;
    unit.put(&role_key(owner, "app"), &row).unwrap();
    unit.put(
        &role_id_key(owner, &row.id),
        &RoleIdRow {
            name: "app".to_owned(),
        },
    )
    .unwrap();
    stage.commit(unit).await;
}

pub(super) async fn token(stage: &Stage, by: &Credentials, issuer: &str, account: &str) -> String {
    let input = json!({
        "Issuer": issuer, "Namespace": "demo", "ServiceAccount": account,
        "PodName": format!("{account}-0"), "NodeName": "node-1",
    });
    let answer = stage.json(by, "irsa.CreateToken", input).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["Token"].as_str().unwrap().to_owned()
}

pub(super) async fn assume(stage: &Stage, account: &str, token: &str) -> Response {
    let role = format!("arn:aws:iam::{account}:role/app");
    let form = [
        ("RoleArn", role.as_str()),
        ("RoleSessionName", "s-1"),
        ("WebIdentityToken", token),
    ];
    stage
        .unsigned("sts", "AssumeRoleWithWebIdentity", &form)
        .await
}

pub(super) fn minted(answer: &Response) -> Credentials {
    let text = |tag: &str| {
        answer
            .xml(tag)
            .unwrap_or_else(|| panic!("{}", answer.text))
            .to_owned()
    };
    Credentials {
        access_key_id: text("AccessKeyId"),
        secret_access_key: base::Secret::new(text("SecretAccessKey")),
        session_token: Some(base::Secret::new(text("SessionToken"))),
    }
}

fn names(answer: &Response, list: &str) -> Vec<String> {
    let answer = answer.json();
    let found = answer[list]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"));
    found
        .iter()
        .map(|call| call["EventName"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn from_the_issuer_to_the_trail_and_back_to_the_pod() {
    let (stage, admin) = stage().await;
    let answer = assume(&stage, ACCOUNT, &token(&stage, &admin, "demo", "app").await).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let session = minted(&answer);
    stage.clock.advance_millis(1_000);
    assert_eq!(
        stage
            .query(&session, "sts", "GetCallerIdentity", &[])
            .await
            .status,
        200
    );
    stage.clock.advance_millis(1_000);

    for subject in [
        json!({ "PodName": "app-0" }),
        json!({ "ServiceAccount": "demo/app" }),
    ] {
        let answer = stage.json(&admin, "irsa.LookupAudit", subject).await;
        assert_eq!(
            names(&answer, "Records"),
            ["GetCallerIdentity", "AssumeRoleWithWebIdentity"]
        );
        let answer = answer.json();
        let (later, opening) = (&answer["Records"][0], &answer["Records"][1]);
        assert_eq!(opening["PodName"], "app-0");
        assert_eq!(opening["NodeName"], "node-1");
        for name in ["ServiceAccount", "PodName", "PodUid", "NodeName", "TokenId"] {
            assert!(opening[name].is_string(), "{name}: {opening}");
            assert_eq!(later[name], opening[name], "{name}");
        }
        assert_eq!(later["AccessKeyId"], session.access_key_id);
        assert_eq!(later["SessionId"], opening["SessionId"]);
    }

    let input = json!({ "Name": "demo" });
    let dependents = stage
        .json(&admin, "irsa.ListIssuerDependents", input)
        .await
        .json();
    let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{URL}");
    assert_eq!(dependents["ProviderArns"], json!([provider]));
    assert_eq!(
        dependents["RoleArns"],
        json!([format!("arn:aws:iam::{ACCOUNT}:role/app")])
    );
}

/// A genuine token whose call fails is a refusal, found by role and in the trail.
#[tokio::test]
async fn a_session_that_would_be_too_long_is_told_as_a_refusal() {
    let (stage, admin) = stage().await;
    let token = token(&stage, &admin, "demo", "app").await;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/app");
    let form = [
        ("RoleArn", role.as_str()),
        ("RoleSessionName", "s-1"),
        ("WebIdentityToken", token.as_str()),
        ("DurationSeconds", "43200"),
    ];
    let refused = stage
        .unsigned("sts", "AssumeRoleWithWebIdentity", &form)
        .await;
    assert_eq!(refused.code().as_deref(), Some("ValidationError"));
    stage.clock.advance_millis(1_000);

    let by_role = json!({ "DeniedOnly": true, "RoleArn": role });
    let explained = stage.json(&admin, "irsa.Explain", by_role).await;
    assert_eq!(names(&explained, "Calls"), ["AssumeRoleWithWebIdentity"]);
    let denied = json!({ "DeniedOnly": true, "PodName": "app-0" });
    let listed = stage.json(&admin, "irsa.LookupAudit", denied).await;
    assert_eq!(names(&listed, "Records"), ["AssumeRoleWithWebIdentity"]);
}

#[tokio::test]
async fn the_wrong_service_account_is_refused_and_explained() {
    let (stage, admin) = stage().await;
    let refused = assume(
        &stage,
        ACCOUNT,
        &token(&stage, &admin, "demo", "other").await,
    )
    .await;
    assert_eq!(
        (refused.status, refused.code().as_deref()),
        (403, Some("AccessDenied"))
    );
    stage.clock.advance_millis(1_000);
    let role = format!("arn:aws:iam::{ACCOUNT}:role/app");
    for filter in [
        json!({}),
        json!({ "ServiceAccount": "demo/other" }),
        json!({ "RoleArn": role }),
    ] {
        let mut input = json!({ "DeniedOnly": true, "MaxResults": 1 });
        for (name, value) in filter.as_object().unwrap() {
            input[name] = value.clone();
        }
        let answer = stage.json(&admin, "irsa.Explain", input).await.json();
        let call = &answer["Calls"][0];
        assert_eq!(
            call["EventName"], "AssumeRoleWithWebIdentity",
            "{filter} {answer}"
        );
        let story: Json = serde_json::from_str(call["Explanation"].as_str().unwrap()).unwrap();
        assert_eq!(story["token"]["pod_name"], "other-0");
        let text = story["refused"].to_string();
        for told in [
            "system:serviceaccount:demo:app",
            "system:serviceaccount:demo:other",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
    }
}

/// Attack A1 and A6: keys of an issuer speak for its own account only.
#[tokio::test]
async fn an_issuer_of_another_account_proves_nothing() {
    let (stage, admin) = stage().await;
    let theirs = assume(&stage, OTHER, &token(&stage, &admin, "demo", "app").await).await;
    assert_eq!(theirs.status, 400, "{}", theirs.text);
    assert_ne!(
        theirs.code().as_deref(),
        Some("AccessDenied"),
        "{}",
        theirs.text
    );

    // Rows planted past the API: the tenant's issuer bears the URL that the role trusts.
    let eve = plant_issuer_at_our_url(&stage).await;
    let forged = eve.sign(&stage);
    let answer = assume(&stage, ACCOUNT, &forged).await;
    assert_eq!(
        (answer.status, answer.code().as_deref()),
        (400, Some("InvalidIdentityToken")),
        "{}",
        answer.text
    );
}

struct Eve {
    key: jose::SigningKey,
}

impl Eve {
    fn sign(&self, stage: &Stage) -> String {
        let claims = jose::ServiceAccountClaims {
            issuer: format!("http://{URL}"),
            namespace: "demo".to_owned(),
            service_account: "app".to_owned(),
            uid: String::new(),
            audiences: vec!["sts.amazonaws.com".to_owned()],
            pod: None,
            node: None,
            issued_at: stage.server().clock.now().as_second(),
            duration_secs: 600,
            jti: "1".to_owned(),
        };
        self.key.sign(&claims.to_json()).unwrap()
    }
}

async fn plant_issuer_at_our_url(stage: &Stage) -> Eve {
    let key = jose::SigningKey::generate(jose::Algorithm::ES256).unwrap();
    let (account, region) = (ACCOUNT.parse().unwrap(), REGION.parse().unwrap());
    let other = OTHER.parse().unwrap();
    let mut unit = stage.unit().await;
    let mut row: IssuerRow = unit
        .row(&issuer_key(account, &region, "demo"))
        .await
        .unwrap()
        .unwrap();
    let first = row.keys.first_mut().unwrap();
    (first.kid, first.public_jwk) = (key.kid().to_owned(), key.public_jwk());
    unit.put(&issuer_key(other, &region, "demo"), &row).unwrap();
    let whose = Whose {
        account: other,
        region,
        issuer: Some("demo".to_owned()),
    };
    unit.put(&url_key(URL), &ClaimedUrlRow { whose }).unwrap();
    stage.commit(unit).await;
    Eve { key }
}
