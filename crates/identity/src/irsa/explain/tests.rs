//! Explain and LookupAudit, over the wire and over planted records.

use std::sync::Arc;

use audit::{
    Entry, MfaAuthenticated, Minted, Outcome, Record, SessionAttributes, SessionContext,
    SessionIssuer, SessionIssuerKind, Side, SourceAddress, TokenFacts, UserIdentity,
    WebIdFederationData,
};
use base::{Region, RequestId};
use engine::testing::{ACCOUNT, REGION, Stage};
use policy::{
    Attached, Caller, CallerKind, Context, Document, Layers, Leniency, PolicyKind, Request,
    ResourceGate, ResourcePolicy,
};
use serde_json::{Value as Json, json};
use sigv4::Credentials;

const OTHER: &str = "210987654321";
const ADMIN: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["*","irsa:*"],"Resource":"*"}]}"#;
const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;

async fn stage() -> Stage {
    Stage::new(crate::irsa::register).await
}

async fn explained(stage: &Stage, by: &Credentials, input: Json) -> Vec<Json> {
    let answer = stage.json(by, "irsa.Explain", input).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["Calls"].as_array().unwrap().clone()
}

async fn last_refusal(stage: &Stage, by: &Credentials) -> Option<Json> {
    let input = json!({ "DeniedOnly": true, "MaxResults": 1 });
    explained(stage, by, input).await.into_iter().next()
}

fn story(call: &Json) -> Json {
    serde_json::from_str(call["Explanation"].as_str().unwrap()).unwrap()
}

fn names(calls: &[Json]) -> Vec<&str> {
    calls
        .iter()
        .map(|call| call["EventName"].as_str().unwrap())
        .collect()
}

/// What a planted record is about.
struct Planted<'a> {
    account: &'a str,
    region: &'a str,
    name: &'a str,
    identity: UserIdentity,
    side: Side,
    error: Option<&'a str>,
}

impl Planted<'_> {
    fn new(name: &str) -> Planted<'_> {
        Planted {
            account: ACCOUNT,
            region: REGION,
            name,
            identity: web_identity("demo", "app"),
            side: Side::of(Outcome::Allowed),
            error: None,
        }
    }

    /// Appends the record; its request id.
    async fn into(self, stage: &Stage) -> String {
        let call = audit::Call {
            user_identity: self.identity,
            event_source: "sts.amazonaws.com".to_owned(),
            event_name: self.name.to_owned(),
            aws_region: self.region.parse::<Region>().unwrap(),
            source_ip_address: SourceAddress::Socket([127, 0, 0, 1].into()),
            user_agent: String::new(),
            request_id: RequestId::draw(&*stage.entropy),
            read_only: true,
            recipient_account_id: self.account.parse().unwrap(),
        };
        let mut record = Record::of_call(call, stage.server().clock.now(), &*stage.entropy);
        record.error_code = self.error.map(str::to_owned);
        let id = record.request_id.to_string();
        let mut unit = stage.unit().await;
        audit::append(unit.work(), &Entry::new(record, self.side));
        stage.commit(unit).await;
        stage.clock.advance_millis(1_000);
        id
    }
}

fn web_identity(namespace: &str, account: &str) -> UserIdentity {
    UserIdentity::web_identity(
        &format!("arn:aws:iam::{ACCOUNT}:oidc-provider/a.example"),
        "sts.amazonaws.com",
        &format!("system:serviceaccount:{namespace}:{account}"),
    )
}

fn token(namespace: &str, account: &str, pod: &str) -> TokenFacts {
    TokenFacts {
        issuer: "https://a.example".to_owned(),
        subject: format!("system:serviceaccount:{namespace}:{account}"),
        namespace: Some(namespace.to_owned()),
        service_account: Some(account.to_owned()),
        pod_name: Some(pod.to_owned()),
        pod_uid: Some(format!("uid-of-{pod}")),
        node_name: Some("node-1".to_owned()),
        node_uid: None,
        token_id: Some("jti-1".to_owned()),
    }
}

fn session(key: &str, role: &str) -> UserIdentity {
    UserIdentity::AssumedRole {
        principal_id: "AROAEXAMPLEEXAMPLE123:s".to_owned(),
        arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/s"),
        account_id: ACCOUNT.parse().unwrap(),
        access_key_id: key.to_owned(),
        session_context: Box::new(SessionContext {
            session_issuer: Some(SessionIssuer {
                kind: SessionIssuerKind::Role,
                principal_id: "AROAEXAMPLEEXAMPLE123".to_owned(),
                arn: format!("arn:aws:iam::{ACCOUNT}:role/{role}"),
                account_id: ACCOUNT.parse().unwrap(),
                user_name: role.to_owned(),
            }),
            web_id_federation_data: WebIdFederationData::default(),
            attributes: SessionAttributes {
                creation_date: "2026-11-21T12:00:00Z".parse().unwrap(),
                mfa_authenticated: MfaAuthenticated::No,
            },
            source_identity: None,
        }),
        invoked_by: None,
    }
}

/// A pod opens a session and uses it; another pod of the same ServiceAccount and a stranger too.
async fn plant_sessions(stage: &Stage) {
    for (pod, account, key) in [
        ("app-0", "app", "ASIAEXAMPLEAPP000000"),
        ("app-1", "app", "ASIAEXAMPLEAPP000001"),
        ("other-0", "other", "ASIAEXAMPLEOTHER0000"),
    ] {
        let mut opening = Planted::new("AssumeRoleWithWebIdentity");
        opening.identity = web_identity("demo", account);
        opening.side.token = Some(token("demo", account, pod));
        opening.side.minted = Some(Minted {
            access_key_id: key.to_owned(),
            session_id: format!("session-{pod}"),
        });
        opening.into(stage).await;
        let name = format!("Call-{pod}");
        let mut later = Planted::new(&name);
        later.identity = session(key, account);
        later.side.session_id = Some(format!("session-{pod}"));
        later.into(stage).await;
    }
    let mut refused = Planted::new("Refused-app-1");
    refused.identity = session("ASIAEXAMPLEAPP000001", "app");
    refused.side.outcome = Outcome::Denied;
    refused.error = Some("AccessDenied");
    refused.into(stage).await;
}

#[tokio::test]
async fn a_refusal_is_explained_and_so_is_a_success() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    assert_eq!(last_refusal(&stage, &admin).await, None);
    let bob = stage.user("bob", NOTHING);
    stage
        .json(&bob, "irsa.GetIssuer", json!({ "Name": "demo" }))
        .await;
    stage.clock.advance_millis(1_000);
    let call = last_refusal(&stage, &admin).await.unwrap();
    assert_eq!(
        (&call["EventName"], &call["Outcome"]),
        (&json!("GetIssuer"), &json!("denied"))
    );
    assert_eq!(
        call["CallerArn"],
        format!("arn:aws:iam::{ACCOUNT}:user/bob")
    );
    assert_eq!(
        (&call["ErrorCode"], &call["SourceIp"]),
        (&json!("AccessDenied"), &json!("127.0.0.1"))
    );
    let told = story(&call);
    assert_eq!(told["outcome"], "denied");
    assert_eq!(told["refused"]["action"], "irsa:GetIssuer");
    assert_eq!(told["refused"]["verdict"], "ImplicitDeny");
    assert!(
        !told["refused"]["layers"].as_array().unwrap().is_empty(),
        "{told}"
    );

    let by_id = explained(&stage, &admin, json!({ "RequestId": call["RequestId"] })).await;
    assert_eq!(by_id, std::slice::from_ref(&call));
    assert_eq!(call.get("EncodedMessage"), None, "only when asked for");
    stage.json(&admin, "irsa.ListIssuers", json!({})).await;
    let all = explained(&stage, &admin, json!({})).await;
    let listed = all
        .iter()
        .find(|call| call["EventName"] == "ListIssuers")
        .unwrap();
    assert_eq!(listed["Outcome"], "allowed");
    let granted = &story(listed)["granted"][0];
    assert_eq!(
        (&granted["action"], &granted["policy"]),
        (&json!("irsa:ListIssuers"), &json!("inline"))
    );
}

/// THREATS R45: the message of a refusal is decoded for its account alone.
#[tokio::test]
async fn a_refusal_is_told_as_an_encoded_message() {
    let stage = Stage::new(|registry| {
        crate::irsa::register(registry);
        crate::sts::register(registry);
    })
    .await;
    let admin = stage.user("admin", ADMIN);
    let bob = stage.user("bob", NOTHING);
    let asked = json!({ "Name": "demo" });
    stage.json(&bob, "irsa.GetIssuer", asked).await;
    stage.clock.advance_millis(1_000);
    let asked = json!({ "DeniedOnly": true, "IncludeEncodedMessage": true });
    let calls = explained(&stage, &admin, asked).await;
    let encoded = calls[0]["EncodedMessage"].as_str().unwrap().to_owned();
    let by_id = json!({ "RequestId": calls[0]["RequestId"], "IncludeEncodedMessage": true });
    let by_id = explained(&stage, &admin, by_id).await;
    assert!(by_id[0]["EncodedMessage"].is_string());

    let input = [("EncodedMessage", encoded.as_str())];
    let decode = "DecodeAuthorizationMessage";
    let answer = stage.query(&admin, "sts", decode, &input).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    for told in ["irsa:GetIssuer", "user/bob", "explicitDeny"] {
        assert!(answer.text.contains(told), "{told}: {}", answer.text);
    }
    let eve = stage.user_of(OTHER, "eve", ADMIN);
    let answer = stage.query(&eve, "sts", decode, &input).await;
    let refused = Some("InvalidAuthorizationMessageException");
    assert_eq!(answer.code().as_deref(), refused, "{}", answer.text);

    stage.json(&admin, "irsa.ListIssuers", json!({})).await;
    stage.clock.advance_millis(1_000);
    let all = explained(&stage, &admin, json!({ "IncludeEncodedMessage": true })).await;
    let allowed = all.iter().filter(|call| call["Outcome"] == "allowed");
    assert!(allowed.clone().count() > 0);
    assert!(
        allowed
            .into_iter()
            .all(|call| call.get("EncodedMessage").is_none())
    );
}

/// Attack A25 and THREATS R44: what is another account's is not there.
#[tokio::test]
async fn other_accounts_and_strangers_are_not_explained_to_a_tenant() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    let eve = stage.user_of(OTHER, "eve", ADMIN);
    let bob = stage.user("bob", NOTHING);
    stage
        .json(&bob, "irsa.GetIssuer", json!({ "Name": "demo" }))
        .await;
    let mut forged = bob.clone();
    forged.secret_access_key = base::Secret::new("wrong".to_owned());
    stage.clock.advance_millis(1_000);
    stage.json(&forged, "irsa.ListIssuers", json!({})).await;
    stage.clock.advance_millis(1_000);

    let seen = explained(&stage, &admin, json!({ "DeniedOnly": true })).await;
    assert_eq!(names(&seen), ["ListIssuers", "GetIssuer"]);
    let early = story(&seen[0]);
    assert_eq!(
        (&seen[0]["Outcome"], &early["outcome"]),
        (&json!("failed"), &json!("failed"))
    );
    assert_eq!(early["details"]["claimedAccessKeyId"], bob.access_key_id);
    assert!(early["internal"].is_string(), "{early}");

    assert_eq!(last_refusal(&stage, &eve).await, None);
    for call in &seen {
        let asked = json!({ "RequestId": call["RequestId"] });
        assert_eq!(explained(&stage, &admin, asked.clone()).await.len(), 1);
        assert_eq!(
            explained(&stage, &eve, asked).await,
            Vec::<Json>::new(),
            "{call}"
        );
    }
    let role = format!("arn:aws:iam::{ACCOUNT}:role/app");
    assert!(
        explained(&stage, &eve, json!({ "RoleArn": role }))
            .await
            .is_empty()
    );
    let records = stage.json(&eve, "irsa.LookupAudit", json!({})).await;
    assert!(
        !records
            .text
            .contains(&format!("arn:aws:iam::{ACCOUNT}:user")),
        "{}",
        records.text
    );
    for operation in ["irsa.Explain", "irsa.LookupAudit"] {
        let answer = stage.json(&bob, operation, json!({})).await;
        assert_eq!(
            answer.code().as_deref(),
            Some("AccessDeniedException"),
            "{operation}"
        );
        let star = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let answer = stage
            .json(&stage.user("star", star), operation, json!({}))
            .await;
        assert_eq!(
            answer.code().as_deref(),
            Some("AccessDeniedException"),
            "{operation}"
        );
    }
}

/// Attack A21: a refusal across accounts tells the caller nothing of the other side.
#[tokio::test]
async fn the_other_side_of_a_refusal_stays_hidden() {
    let stage = stage().await;
    let eve = stage.user_of(OTHER, "eve", ADMIN);
    let resource = format!("arn:aws:iam::{ACCOUNT}:role/app");
    let mut planted = Planted::new("AssumeRole");
    planted.account = OTHER;
    planted.error = Some("AccessDenied");
    planted.side.outcome = Outcome::Denied;
    planted.side.explanation = Some(json!({ "refused": cross_account(&resource) }));
    planted.side.internal = Some("the role has an external id".to_owned());
    planted.into(&stage).await;

    let call = last_refusal(&stage, &eve).await.unwrap();
    let text = call.to_string();
    for hidden in [
        "the-external-id",
        "sts:ExternalId",
        "theirStatement",
        "external id",
    ] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    let told = story(&call);
    assert!(
        !told["refused"]["layers"].as_array().unwrap().is_empty(),
        "own layers are shown: {told}"
    );
}

fn cross_account(resource: &str) -> Json {
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"theirStatement","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{OTHER}:root"}},"Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"sts:ExternalId":"the-external-id"}}}}}}]}}"#
    );
    let parse = |text: &str, kind| Document::parse(text, kind, Leniency::Storage).unwrap();
    let trust = Attached {
        name: "trust".to_owned(),
        arn: None,
        document: Some(Arc::new(parse(&trust, PolicyKind::RoleTrust))),
    };
    let own = Attached {
        name: "inline".to_owned(),
        arn: None,
        document: Some(Arc::new(parse(ADMIN, PolicyKind::Identity))),
    };
    let caller = Caller {
        kind: CallerKind::User,
        account: Some(OTHER.parse().unwrap()),
        arn: format!("arn:aws:iam::{OTHER}:user/eve"),
        principal_arn: Some(format!("arn:aws:iam::{OTHER}:user/eve")),
        unique_id: None,
    };
    let request = Request {
        caller: &caller,
        action: "sts:AssumeRole",
        resource,
        resource_account: ACCOUNT.parse().unwrap(),
        context: &Context::new(),
    };
    let resource = ResourcePolicy {
        attached: trust,
        gate: ResourceGate::Trust,
    };
    let layers = Layers {
        identity: vec![own],
        resource: Some(resource),
        ..Layers::default()
    };
    serde_json::to_value(policy::explain(&request, &layers)).unwrap()
}

/// The operator's words go along with a verified token, else to the management account only.
#[tokio::test]
async fn internal_words_have_their_readers() {
    let stage = stage().await;
    for (account, verified, shown) in [
        (OTHER, true, true),
        (OTHER, false, false),
        (ACCOUNT, true, true),
        (ACCOUNT, false, true),
    ] {
        let reader = stage.user_of(account, "reader", ADMIN);
        let mut planted = Planted::new("AssumeRoleWithWebIdentity");
        planted.account = account;
        planted.error = Some("InvalidIdentityToken");
        planted.side.outcome = Outcome::Failed;
        planted.side.internal = Some("the audience is not registered".to_owned());
        planted.side.token = verified.then(|| token("demo", "app", "app-0"));
        let id = planted.into(&stage).await;
        let call = last_refusal(&stage, &reader).await.unwrap();
        assert_eq!(
            call["RequestId"], id,
            "a token that was not taken is a refusal"
        );
        let told = story(&call);
        assert_eq!(
            told.get("internal").is_some(),
            shown,
            "{account} {verified}"
        );
        assert_eq!(told["token"]["pod_name"].is_string(), verified, "{told}");
    }
}

#[tokio::test]
async fn filters_narrow_what_is_explained() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    plant_sessions(&stage).await;
    let calls = |input: Json| explained(&stage, &admin, input);
    let role = format!("arn:aws:iam::{ACCOUNT}:role/app");
    assert_eq!(
        names(&calls(json!({ "RoleArn": role })).await),
        ["Refused-app-1", "Call-app-1", "Call-app-0"]
    );
    assert_eq!(
        names(&calls(json!({ "ServiceAccount": "demo/other" })).await),
        ["Call-other-0", "AssumeRoleWithWebIdentity"]
    );
    let refused = json!({ "ServiceAccount": "demo/app", "DeniedOnly": true });
    assert_eq!(names(&calls(refused).await), ["Refused-app-1"]);
    let key = json!({ "AccessKeyId": "ASIAEXAMPLEAPP000000" });
    assert_eq!(names(&calls(key).await), ["Call-app-0"]);
    let start = stage.server().clock.now().as_second() - 1;
    let late = json!({ "StartTime": start, "DeniedOnly": true });
    assert_eq!(names(&calls(late).await), ["Refused-app-1"]);
}

#[tokio::test]
async fn records_and_early_failures_come_in_one_order() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    let bob = stage.user("bob", NOTHING);
    let mut forged = bob.clone();
    forged.secret_access_key = base::Secret::new("wrong".to_owned());
    let mut expected = Vec::new();
    for number in 0..9 {
        let (by, operation) = match number % 3 {
            0 => (&bob, "GetIssuer"),
            1 => (&forged, "ListIssuers"),
            _ => (&forged, "DeleteIssuer"),
        };
        let answer = stage
            .json(by, &format!("irsa.{operation}"), json!({ "Name": "demo" }))
            .await;
        assert_ne!(answer.status, 200);
        expected.insert(0, operation.to_owned());
        stage.clock.advance_millis(1_000);
    }
    for size in [1, 2, 4, 50] {
        let mut seen = Vec::new();
        let mut input = json!({ "DeniedOnly": true, "MaxResults": size });
        loop {
            let answer = stage.json(&admin, "irsa.Explain", input.clone()).await;
            let answer = answer.json();
            let page = answer["Calls"].as_array().unwrap().clone();
            assert!(page.len() <= size);
            seen.extend(names(&page).into_iter().map(str::to_owned));
            match answer.get("NextToken") {
                Some(next) => input["NextToken"] = next.clone(),
                None => break,
            }
        }
        assert_eq!(seen, expected, "pages of {size}");
    }
    let stolen = json!({ "DeniedOnly": true, "NextToken": "x" });
    let answer = stage.json(&admin, "irsa.Explain", stolen).await;
    assert_eq!(answer.code().as_deref(), Some("ValidationException"));
}

#[tokio::test]
async fn a_folded_call_is_found_by_its_account() {
    let stage = stage().await;
    let eve = stage.user_of(
        OTHER,
        "eve",
        r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"irsa:Explain","Resource":"*"}]}"#,
    );
    let admin = stage.user("admin", ADMIN);
    for _ in 0..70 {
        stage
            .json(&eve, "irsa.GetIssuer", json!({ "Name": "demo" }))
            .await;
    }
    let ring = stage.server().ring_of_failures.newest(100, |_| true);
    assert_eq!(ring.len(), 10);
    let asked = json!({ "RequestId": ring[0].request_id.as_str() });
    let call = explained(&stage, &eve, asked.clone())
        .await
        .into_iter()
        .next()
        .unwrap();
    assert_eq!(
        (&call["Outcome"], &call["EventName"]),
        (&json!("denied"), &json!("GetIssuer"))
    );
    assert_eq!(story(&call)["outcome"], "denied");
    assert!(story(&call)["refused"].is_object());
    assert!(
        explained(&stage, &admin, asked).await.is_empty(),
        "another account's"
    );
}

/// `irsa explain` and `irsa audit --denied` count the same calls as refusals.
#[tokio::test]
async fn explanation_and_trail_agree_on_what_a_refusal_is() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    let named = |name, identity, outcome| {
        let mut planted = Planted::new(name);
        planted.identity = identity;
        planted.side.outcome = outcome;
        planted
    };
    let web = || web_identity("demo", "app");
    let role = || session("ASIAEXAMPLEAPP000001", "app");
    for planted in [
        named("AssumeRoleWithWebIdentity", web(), Outcome::Allowed),
        named("DeniedByPolicy", web(), Outcome::Denied),
        named("TokenNotTaken", web(), Outcome::Failed),
        named("Broken", role(), Outcome::Failed),
        named("Refused", role(), Outcome::Denied),
    ] {
        planted.into(&stage).await;
    }
    let asked = json!({ "DeniedOnly": true });
    let expected = ["Refused", "TokenNotTaken", "DeniedByPolicy"];
    assert_eq!(
        names(&explained(&stage, &admin, asked.clone()).await),
        expected
    );
    let answer = stage.json(&admin, "irsa.LookupAudit", asked).await.json();
    assert_eq!(names(answer["Records"].as_array().unwrap()), expected);
}

#[expect(clippy::too_many_lines, reason = "one table")]
#[tokio::test]
async fn a_pod_and_its_sessions_are_found_in_the_trail() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    plant_sessions(&stage).await;
    for (input, expected) in [
        (
            json!({ "PodName": "app-0" }),
            vec!["Call-app-0", "AssumeRoleWithWebIdentity"],
        ),
        (
            json!({ "PodName": "app-1" }),
            vec!["Refused-app-1", "Call-app-1", "AssumeRoleWithWebIdentity"],
        ),
        (json!({ "PodName": "nobody" }), vec![]),
        (
            json!({ "ServiceAccount": "demo/other" }),
            vec!["Call-other-0", "AssumeRoleWithWebIdentity"],
        ),
        (
            json!({ "ServiceAccount": "demo/app", "DeniedOnly": true }),
            vec!["Refused-app-1"],
        ),
        (
            json!({ "ServiceAccount": "demo/app", "EventName": "Call-app-1" }),
            vec!["Call-app-1"],
        ),
        (json!({ "ServiceAccount": "prod/app" }), vec![]),
        (
            json!({ "AccessKeyId": "ASIAEXAMPLEAPP000001" }),
            vec!["Refused-app-1", "Call-app-1"],
        ),
        (
            json!({ "EventName": "AssumeRoleWithWebIdentity", "MaxResults": 1 }),
            vec!["AssumeRoleWithWebIdentity"],
        ),
    ] {
        let answer = stage.json(&admin, "irsa.LookupAudit", input.clone()).await;
        assert_eq!(answer.status, 200, "{input}: {}", answer.text);
        let records = answer.json()["Records"].as_array().unwrap().clone();
        assert_eq!(names(&records), expected, "{input}");
    }
    let answer = stage
        .json(&admin, "irsa.LookupAudit", json!({ "PodName": "app-0" }))
        .await
        .json();
    let opening = &answer["Records"][1];
    for (name, value) in [
        ("ServiceAccount", "demo/app"),
        ("PodName", "app-0"),
        ("PodUid", "uid-of-app-0"),
        ("NodeName", "node-1"),
        ("TokenId", "jti-1"),
        ("SessionId", "session-app-0"),
    ] {
        assert_eq!(opening[name], value, "{name}");
    }
    let later = &answer["Records"][0];
    for name in [
        "ServiceAccount",
        "PodName",
        "PodUid",
        "NodeName",
        "TokenId",
        "SessionId",
    ] {
        assert_eq!(later[name], opening[name], "{name}");
    }
    let by_key = json!({ "AccessKeyId": "ASIAEXAMPLEOTHER0000" });
    let answer = stage.json(&admin, "irsa.LookupAudit", by_key).await.json();
    assert_eq!(answer["Records"][0]["PodName"], "other-0", "{answer}");
    let event: Json = serde_json::from_str(opening["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert_eq!(event["userIdentity"]["type"], "WebIdentityUser");
    for input in [
        json!({ "PodName": "app-0", "ServiceAccount": "demo/app" }),
        json!({ "StartTime": 2, "EndTime": 1 }),
        json!({ "NextToken": "x" }),
    ] {
        let answer = stage.json(&admin, "irsa.LookupAudit", input.clone()).await;
        assert_eq!(
            answer.code().as_deref(),
            Some("ValidationException"),
            "{input}"
        );
    }
}
