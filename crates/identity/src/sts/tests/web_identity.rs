//! AssumeRoleWithWebIdentity: the good call, and the table of bad ones.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{Algorithm, FetchFault, SigningKey};
use serde_json::{Value as Json, json};

use super::world::{ISSUER, OTHER_ACCOUNT, ROLE, World, check_refused, minted, trust_of};

const NOT_VALIDATED: &str = "The web identity token provided could not be validated. \
    See the AssumeRoleWithWebIdentity documentation for requirements.";
const NO_KEY: &str = "Couldn't retrieve verification key from your identity provider,  please \
    reference AssumeRoleWithWebIdentity documentation for requirements";
const NOT_A_JWT: &str = "The ID Token provided is not a valid JWT. \
    (You may see this error if you sent an Access Token)";
const BAD_TIME: &str = "Invalid timestamp in token claims.";
const AMBIGUOUS: &str =
    "Token audience contains more than one audience while authorized party is not present";
const BAD_TAGS: &str = "principal_tags passed in claim is not in correct format.";
const REFUSED: &str = "Not authorized to perform sts:AssumeRoleWithWebIdentity";

#[tokio::test]
async fn a_pod_gets_credentials_that_work() {
    let world = World::new().await;
    // With the newline that editors put at the end of files.
    let answer = world
        .web(&format!("{}\n", world.token(&json!({}))), &[])
        .await;
    let session = minted(&answer);
    for (tag, value) in [
        ("Audience", "sts.amazonaws.com"),
        (
            "Provider",
            "arn:aws:iam::123456789012:oidc-provider/oidc.example/id/ABC",
        ),
        (
            "SubjectFromWebIdentityToken",
            "system:serviceaccount:demo:app",
        ),
        ("Arn", "arn:aws:sts::123456789012:assumed-role/app/s-1"),
        ("Expiration", "2026-11-21T13:00:00Z"),
    ] {
        assert_eq!(answer.xml(tag), Some(value), "{}", answer.text);
    }
    let token = session.session_token.as_ref().unwrap().expose();
    assert!(token.len() < 500, "{} characters", token.len());
    assert_eq!(session.secret_access_key.expose().len(), 40);
    assert_eq!(
        answer.xml("SessionTokenSize"),
        Some(token.len().to_string().as_str())
    );
    let percent = token.len().div_ceil(4_096 / 100);
    let size: usize = answer.xml("PackedPolicySize").unwrap().parse().unwrap();
    assert!(size > 0 && size <= percent, "{size}");

    assert_eq!(
        world.who(&session).await,
        "arn:aws:sts::123456789012:assumed-role/app/s-1"
    );
    let answer = world.sts(&session, "GetCallerIdentity", &[]).await;
    let id = answer.xml("UserId").unwrap();
    assert!(id.starts_with("AROA") && id.ends_with(":s-1"), "{id}");
    assert_eq!(world.network.fetches(), 0, "the keys are our own");
}

/// THREATS R5: EKS bearer tokens, which hold a session token, must stay below 4,096 bytes.
#[tokio::test]
async fn tokens_of_real_names_are_short() {
    let world = World::new().await;
    let issuer =
        "https://oidc.eks.ap-southeast-2.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E";
    let subject = "system:serviceaccount:external-secrets:external-secrets";
    world.issuers.add(issuer, "123456789012", &world.key);
    world
        .provider("123456789012", issuer, &["sts.amazonaws.com"])
        .await;
    world
        .role(
            "123456789012",
            "app",
            &trust_of(issuer, "123456789012", subject),
        )
        .await;
    let token = world.token(&json!({"iss": issuer, "sub": subject}));
    let more = [("RoleSessionName", "botocore-session-1795262400")];
    let session = minted(&world.web(&token, &more).await);
    let length = session.session_token.unwrap().expose().len();
    assert!(length < 500, "{length} characters");
}

/// The claim's name is what follows the last colon.
#[tokio::test]
async fn issuers_with_a_port_work() {
    let world = World::new().await;
    let issuer = "https://oidc.example:8443/id/x";
    let subject = "system:serviceaccount:demo:app";
    world.issuers.add(issuer, "123456789012", &world.key);
    world
        .provider("123456789012", issuer, &["sts.amazonaws.com"])
        .await;
    world
        .role(
            "123456789012",
            "app",
            &trust_of(issuer, "123456789012", subject),
        )
        .await;
    minted(&world.web(&world.token(&json!({"iss": issuer})), &[]).await);
    let other = world.token(&json!({"iss": issuer, "sub": "system:serviceaccount:demo:other"}));
    check_refused(
        &world.web(&other, &[]).await,
        (403, "AccessDenied", REFUSED),
        "other",
    );
}

#[tokio::test]
async fn the_longest_subject_still_fits_a_bearer_token() {
    let world = World::new().await;
    let subject = format!(
        "system:serviceaccount:{}:{}",
        "n".repeat(63),
        "s".repeat(169)
    );
    assert_eq!(subject.len(), 255);
    world
        .role(
            "123456789012",
            "app",
            &trust_of(ISSUER, "123456789012", &subject),
        )
        .await;
    let name = "n".repeat(64);
    let token = world.token(&json!({"sub": subject}));
    let session = minted(&world.web(&token, &[("RoleSessionName", &name)]).await);
    assert!(session.session_token.unwrap().expose().len() < 2_500);
}

#[tokio::test]
async fn bad_claims() {
    let world = World::new().await;
    let now = world.now();
    let ahead = now + 301;
    let nowhere = "https://nowhere.example";
    let in_future = format!("Token issued in the future: {ahead}");
    let not_yet = format!(
        "Token not yet valid: current date/time {} must be after or equal to \
         the not-before date/time {ahead}",
        now + 300
    );
    let no_provider = format!("No OpenIDConnect provider found in your account for {nowhere}");
    for (changes, text) in [
        (json!({"iat": ahead}), in_future.as_str()),
        (json!({"nbf": ahead}), &not_yet),
        (json!({"iss": nowhere}), &no_provider),
        (json!({"aud": "other"}), NOT_VALIDATED),
        (json!({"aud": ["sts.amazonaws.com", "other"]}), AMBIGUOUS),
        (json!({"aud": []}), "Claim is not allowed to be empty: aud"),
        (json!({"azp": "other"}), NOT_VALIDATED),
        (json!({"iss": null}), "Missing a required claim: iss"),
        (json!({"sub": null}), "Missing a required claim: sub"),
        (json!({"aud": null}), "Missing a required claim: aud"),
        (json!({"iat": null}), "Missing a required claim: iat"),
        (json!({"exp": null}), "Missing a required claim: exp"),
        (json!({"sub": "short"}), NOT_VALIDATED),
        (json!({"exp": 1.5}), BAD_TIME),
        (json!({"exp": "1"}), BAD_TIME),
        (json!({"exp": -1}), BAD_TIME),
        (json!({"iat": []}), BAD_TIME),
    ] {
        let answer = world.web(&world.token(&changes), &[]).await;
        check_refused(&answer, invalid(text), &changes.to_string());
    }
    let over = world.token(&json!({"iat": now - 4_000, "nbf": now - 4_000, "exp": now - 300}));
    let end = now - 300;
    let text = format!(
        "Token expired: current date/time {} must be before the expiration date/time {end}",
        now - 300
    );
    let expected = (400, "ExpiredTokenException", text.as_str());
    check_refused(&world.web(&over, &[]).await, expected, "expired");
    assert_eq!(world.network.fetches(), 0);
}

#[tokio::test]
async fn bad_signatures() {
    let world = World::new().await;
    let kid = world.key.kid();
    let foreign = SigningKey::generate(Algorithm::ES256).unwrap();
    let claims = world.claims(&json!({}));
    let other = world.claims(&json!({"sub": "system:serviceaccount:kube-system:app"}));
    let good = world.token(&json!({}));
    let with = |header: Json| with_header(&good, &header);
    for (what, token, text) in [
        ("another key", foreign.sign(&claims).unwrap(), NO_KEY),
        ("tampered", with_payload(&good, &other), NOT_VALIDATED),
        ("unsigned", with(json!({"alg": "none", "kid": kid})), ""),
        ("HS256", with(json!({"alg": "HS256", "kid": kid})), ""),
        (
            "RS256 for an EC key",
            with(json!({"alg": "RS256", "kid": kid})),
            NO_KEY,
        ),
        (
            "crit",
            with(json!({"alg": "ES256", "kid": kid, "crit": ["x"]})),
            NOT_A_JWT,
        ),
        (
            "unknown kid",
            with(json!({"alg": "ES256", "kid": "../../k"})),
            NO_KEY,
        ),
        ("not a token", "a.b.c".to_owned(), NOT_A_JWT),
        ("two parts", "abcd.efgh".to_owned(), NOT_A_JWT),
    ] {
        check_refused(&world.web(&token, &[]).await, invalid(text), what);
    }
    assert_eq!(world.network.fetches(), 0);
}

fn invalid(text: &str) -> (u16, &'static str, &str) {
    (400, "InvalidIdentityToken", text)
}

#[tokio::test]
async fn roles_that_cannot_be_had() {
    let world = World::new().await;
    let nobody = trust_of(ISSUER, "123456789012", "nobody");
    world.role("123456789012", "other", &nobody).await;
    let good = world.token(&json!({}));
    for role in ["none", "App", "other", "path/app"] {
        let role = format!("arn:aws:iam::123456789012:role/{role}");
        let answer = world.web_to(&role, &good, &[]).await;
        check_refused(&answer, (403, "AccessDenied", REFUSED), &role);
    }
    for role in [
        "arn:aws:iam::123456789012:user/app",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::1234:role/app-of-nobody",
        "arn:aws:sts::123456789012:role/app",
        "role-without-an-arn-form",
    ] {
        let text = format!("{role} is invalid");
        let answer = world.web_to(role, &good, &[]).await;
        check_refused(&answer, (400, "ValidationError", &text), role);
    }
}

#[tokio::test]
async fn bad_parameters() {
    let world = World::new().await;
    let good = world.token(&json!({}));
    let long = "x".repeat(20_001);
    let foreign = "arn:aws:iam::999999999999:policy/p";
    let blank = "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy \
                 constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*";
    let too_long =
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    let policy = "PolicyArns.member.1.arn";
    for (name, value, code, text) in [
        ("RoleSessionName", "a b", "ValidationError", blank),
        ("RoleSessionName", "a", "ValidationError", ""),
        ("DurationSeconds", "899", "ValidationError", ""),
        ("DurationSeconds", "43201", "ValidationError", ""),
        ("DurationSeconds", "7201", "ValidationError", too_long),
        ("WebIdentityToken", &long, "ValidationError", ""),
        ("Policy", "{}", "MalformedPolicyDocument", ""),
        (
            policy,
            foreign,
            "ValidationError",
            &format!("{foreign} is invalid"),
        ),
        (
            policy,
            "arn:aws:iam::123456789012:role/app",
            "ValidationError",
            "",
        ),
    ] {
        let answer = world.web(&good, &[(name, value)]).await;
        check_refused(&answer, (400, code, text), name);
    }
    let eleven: Vec<_> = (1..=11)
        .map(|n| format!("PolicyArns.member.{n}.arn"))
        .collect();
    let arns: Vec<_> = eleven
        .iter()
        .map(|name| (name.as_str(), "arn:aws:iam::123456789012:policy/p"))
        .collect();
    check_refused(
        &world.web(&good, &arns).await,
        (400, "ValidationError", ""),
        "11 policies",
    );
}

#[tokio::test]
async fn durations() {
    let world = World::new().await;
    for (asked, ends) in [
        (None, "2026-11-21T13:00:00Z"),
        (Some("900"), "2026-11-21T12:15:00Z"),
        (Some("7200"), "2026-11-21T14:00:00Z"),
    ] {
        let more: Vec<_> = asked
            .map(|asked| ("DurationSeconds", asked))
            .into_iter()
            .collect();
        let answer = world.web(&world.token(&json!({})), &more).await;
        assert_eq!(answer.xml("Expiration"), Some(ends), "{}", answer.text);
    }
}

#[tokio::test]
async fn foreign_issuers_are_fetched() {
    let world = World::new().await;
    let (good, down, blocked, untrusted) = (
        "https://good.example",
        "https://down.example",
        "https://blocked.example",
        "https://untrusted.example",
    );
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    world.network.publish(good, &key);
    world.network.fail(down, FetchFault::Transport);
    world.network.fail(blocked, FetchFault::Blocked);
    world.network.fail(untrusted, FetchFault::Untrusted);
    for issuer in [good, down, blocked, untrusted] {
        world
            .provider("123456789012", issuer, &["sts.amazonaws.com"])
            .await;
    }
    let trust = trust_of(good, "123456789012", "system:serviceaccount:demo:app");
    world.role("123456789012", "app", &trust).await;
    let token = |issuer: &str| key.sign(&world.claims(&json!({"iss": issuer}))).unwrap();

    minted(&world.web(&token(good), &[]).await);
    minted(&world.web(&token(good), &[]).await);
    assert_eq!(world.network.fetches(), 2, "discovery and keys, once");
    check_refused(
        &world.web(&token(down), &[]).await,
        (400, "IDPCommunicationError", ""),
        down,
    );
    let expected = (400, "InvalidIdentityToken", NO_KEY);
    for issuer in [blocked, untrusted] {
        check_refused(&world.web(&token(issuer), &[]).await, expected, issuer);
    }
}

/// A1: a planted provider in another account does not get at this account's keys: they are
/// fetched there like any foreign ones.
#[tokio::test]
async fn a_local_issuer_serves_its_own_account_only() {
    let world = World::new().await;
    world
        .provider(OTHER_ACCOUNT, ISSUER, &["sts.amazonaws.com"])
        .await;
    let trust = trust_of(ISSUER, OTHER_ACCOUNT, "system:serviceaccount:demo:app");
    world.role(OTHER_ACCOUNT, "app", &trust).await;
    let role = "arn:aws:iam::999999999999:role/app";
    let answer = world.web_to(role, &world.token(&json!({})), &[]).await;
    check_refused(
        &answer,
        (400, "InvalidIdentityToken", NO_KEY),
        "not published",
    );
    assert_eq!(world.network.fetches(), 1);
}

#[tokio::test]
async fn azp_decides_the_audience() {
    let world = World::new().await;
    let token = world.token(&json!({"aud": ["a", "b"], "azp": "sts.amazonaws.com"}));
    let answer = world.web(&token, &[]).await;
    assert_eq!(
        answer.xml("Audience"),
        Some("sts.amazonaws.com"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn tags_and_source_identity_of_the_token() {
    let world = World::new().await;
    let claim = json!({
        "principal_tags": {"Team": ["blue"], "Env": ["prod"]},
        "transitive_tag_keys": ["team"],
    });
    let changes = json!({
        "https://aws.amazon.com/tags": claim,
        "https://aws.amazon.com/source_identity": "ann",
        "https://aws.amazon.com/roles": [ROLE],
    });
    let answer = world.web(&world.token(&changes), &[]).await;
    assert_eq!(answer.xml("SourceIdentity"), Some("ann"), "{}", answer.text);

    let only_assume = trust_of(ISSUER, "123456789012", "system:serviceaccount:demo:app")
        .replace(r#","sts:TagSession","sts:SetSourceIdentity""#, "");
    world.role("123456789012", "app", &only_assume).await;
    minted(&world.web(&world.token(&json!({})), &[]).await);
    for changes in [
        json!({"https://aws.amazon.com/tags": changes["https://aws.amazon.com/tags"]}),
        json!({"https://aws.amazon.com/source_identity": "ann"}),
    ] {
        let answer = world.web(&world.token(&changes), &[]).await;
        check_refused(
            &answer,
            (403, "AccessDenied", REFUSED),
            &changes.to_string(),
        );
    }
}

#[tokio::test]
async fn claims_that_ask_for_too_much() {
    let world = World::new().await;
    let tags = |tags: Json| json!({"https://aws.amazon.com/tags": {"principal_tags": tags}});
    let flat = "https://aws.amazon.com/tags/principal_tags";
    for (changes, text) in [
        (tags(json!({"a": "not in an array"})), BAD_TAGS),
        (tags(json!({"a": ["1", "2"]})), BAD_TAGS),
        (tags(json!("x")), BAD_TAGS),
        (tags(json!({"a": ["1"], "A": ["2"]})), NOT_VALIDATED),
        (tags(json!({"aws:x": ["1"]})), NOT_VALIDATED),
        (tags(json!({"": ["1"]})), NOT_VALIDATED),
        (tags(json!({"a": ["v".repeat(257)]})), NOT_VALIDATED),
        (tags(json!({"k".repeat(129): ["1"]})), NOT_VALIDATED),
        (
            json!({"https://aws.amazon.com/tags": {
                "principal_tags": {"a": ["1"]}, "transitive_tag_keys": ["b"],
            }}),
            NOT_VALIDATED,
        ),
        (json!({format!("{flat}/a"): ["1"]}), NOT_VALIDATED),
        (
            json!({format!("{flat}/a"): "1", format!("{flat}/A"): "2"}),
            NOT_VALIDATED,
        ),
        (json!({format!("{flat}/aws:a"): "1"}), NOT_VALIDATED),
        (
            json!({"https://aws.amazon.com/tags/transitive_tag_keys": ["a"]}),
            NOT_VALIDATED,
        ),
        (
            json!({"https://aws.amazon.com/source_identity": "a b"}),
            NOT_VALIDATED,
        ),
        (
            json!({"https://aws.amazon.com/source_identity": 5}),
            NOT_VALIDATED,
        ),
    ] {
        let answer = world.web(&world.token(&changes), &[]).await;
        let expected = (400, "InvalidIdentityToken", text);
        check_refused(&answer, expected, &changes.to_string());
    }
}

fn with_header(token: &str, header: &Json) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

fn with_payload(token: &str, claims: &Json) -> String {
    let parts: Vec<_> = token.split('.').collect();
    format!(
        "{}.{}.{}",
        parts[0],
        URL_SAFE_NO_PAD.encode(claims.to_string()),
        parts[2]
    )
}
