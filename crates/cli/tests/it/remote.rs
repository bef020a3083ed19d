//! Commands that ask the server.

use serde_json::{Value, json};

use crate::fake_server::FakeServer;
use crate::run::{irsa, irsa_at, ran};

const ISSUER: &str = r#"{"Issuer":{"Name":"demo","Url":"http://s/id/demo","KeyAlgorithm":"RS256",
    "Status":"ACTIVE","CreatedAt":1795255200.0,"KeyIds":["k1"]}}"#;
const DENIED: &str = r#"{"__type":"AccessDeniedException","Message":"User: x is not authorized"}"#;

#[test]
fn calls_are_signed_for_service_and_region() {
    let server = FakeServer::with(&[("GetServerInfo", 200, r#"{"Version":"1","Dev":true}"#)]);
    let ran = ran(irsa_at(&server, &["whoami"])
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_SESSION_TOKEN", "session"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for told in [
        server.url().as_str(),
        "123456789012",
        "arn:aws:iam::123456789012:user/admin",
        "eu-west-1",
    ] {
        assert!(ran.stdout.contains(told), "{told}: {ran:?}");
    }
    for (asked, service) in server.asked().iter().zip(["sts", "irsa"]) {
        let authorization = asked.header("authorization");
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/"));
        let scope = format!("/eu-west-1/{service}/aws4_request");
        assert!(authorization.contains(&scope), "{authorization}");
        assert_eq!(asked.header("x-amz-security-token"), "session");
        assert_eq!(asked.header("host"), server.url().replace("http://", ""));
        assert_eq!(asked.line, "POST / HTTP/1.1");
    }
}

#[test]
fn whoami_works_where_the_server_says_nothing_of_itself() {
    let server = FakeServer::with(&[("GetServerInfo", 403, DENIED)]);
    let ran = ran(&mut irsa_at(&server, &["whoami", "-o", "json"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(value["AccountId"], "123456789012");
}

#[test]
fn refusals_end_with_the_status_that_names_them() {
    for (answers, code, told) in [
        (
            &[("ListIssuers", 403, DENIED)][..],
            3,
            "help: irsa explain req-1",
        ),
        (
            &[(
                "ListIssuers",
                403,
                r#"{"__type":"x#UnrecognizedClientException","message":"m"}"#,
            )],
            4,
            "UnrecognizedClientException: m",
        ),
        (
            &[(
                "ListIssuers",
                400,
                r#"{"__type":"IssuerNotFoundException","message":"m"}"#,
            )],
            5,
            "request id: req-1",
        ),
        (&[("ListIssuers", 500, "<html>")], 1, "HTTP status 500"),
        (
            &[("ListIssuers", 200, "<html>")],
            1,
            "does not answer like an irsa server",
        ),
    ] {
        let server = FakeServer::with(answers);
        let ran = ran(&mut irsa_at(&server, &["issuer", "list"]));
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(ran.stderr.contains(told), "{told}: {ran:?}");
        assert_eq!(ran.stdout, "");
    }
    let server = FakeServer::with(&[("ListIssuers", 403, DENIED)]);
    let ran = ran(&mut irsa_at(
        &server,
        &["issuer", "list", "--error-format", "json"],
    ));
    let error: Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(
        (&error["Code"], &error["RequestId"], &error["ExitCode"]),
        (&json!("AccessDeniedException"), &json!("req-1"), &json!(3))
    );
}

#[test]
fn an_issuer_is_made_and_registered() {
    let server = FakeServer::start(|_, asked| match asked.operation().as_str() {
        "CreateIssuer" => (200, ISSUER.to_owned()),
        "CreateOpenIDConnectProvider" => (
            200,
            "<CreateOpenIDConnectProviderResponse><CreateOpenIDConnectProviderResult>\
             <OpenIDConnectProviderArn>arn:p</OpenIDConnectProviderArn>\
             </CreateOpenIDConnectProviderResult></CreateOpenIDConnectProviderResponse>"
                .to_owned(),
        ),
        _ => (200, crate::fake_server::CALLER_IDENTITY.to_owned()),
    });
    let arguments = ["issuer", "create", "demo", "--register", "-o", "json"];
    let ran = ran(irsa_at(&server, &arguments).env("AWS_REGION", "eu-west-1"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let target = format!(
        "target: {}, account 123456789012, region eu-west-1",
        server.url()
    );
    assert_eq!(ran.stderr.trim(), target);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(value["ProviderArn"], "arn:p");
    assert_eq!(value["CreatedAt"], "2026-11-21T10:00:00Z");
    let asked = server.asked();
    assert_eq!(
        server.operations(),
        [
            "GetCallerIdentity",
            "CreateIssuer",
            "CreateOpenIDConnectProvider"
        ]
    );
    assert_eq!(asked[1].body, r#"{"Name":"demo","KeyAlgorithm":"RS256"}"#);
    assert_eq!(
        asked[2].body,
        "Action=CreateOpenIDConnectProvider&Version=2010-05-08&Url=http%3A%2F%2Fs%2Fid%2Fdemo\
         &ClientIDList.member.1=sts.amazonaws.com"
    );
    // IAM is signed for the global region.
    assert!(asked[2].header("authorization").contains("/us-east-1/iam/"));
}

#[test]
fn an_issuer_is_deleted_only_when_that_is_meant() {
    const ANSWERS: &[(&str, u16, &str)] = &[
        ("GetIssuer", 200, ISSUER),
        (
            "ListIssuerDependents",
            200,
            r#"{"ProviderArns":["arn:p"],"RoleArns":["arn:r"]}"#,
        ),
        ("DeleteIssuer", 200, "{}"),
    ];
    for (arguments, code, deleted) in [
        (&["issuer", "delete", "demo"][..], 1, false),
        (&["issuer", "delete", "demo", "--yes"], 0, true),
    ] {
        let server = FakeServer::with(ANSWERS);
        let ran = ran(&mut irsa_at(&server, arguments));
        assert_eq!(ran.code, Some(code), "{ran:?}");
        for told in [
            "provider depends on http://s/id/demo: arn:p",
            "role depends on",
            "account 123456789012",
        ] {
            assert!(ran.stderr.contains(told), "{told}: {ran:?}");
        }
        let asked = server.operations().contains(&"DeleteIssuer".to_owned());
        assert_eq!(asked, deleted);
    }
}

#[test]
fn a_token_goes_to_stdout_or_to_a_private_file() {
    use std::os::unix::fs::PermissionsExt;
    const ANSWERS: &[(&str, u16, &str)] = &[(
        "CreateToken",
        200,
        r#"{"Token":"a.b.c","ExpiresAt":1795255200,"Subject":"system:serviceaccount:demo:app"}"#,
    )];
    let create = [
        "token",
        "create",
        "--issuer",
        "i",
        "--service-account",
        "demo/app",
    ];
    let server = FakeServer::with(ANSWERS);
    let shown = ran(&mut irsa_at(&server, &create));
    assert_eq!((shown.code, shown.stdout.as_str()), (Some(0), "a.b.c\n"));
    assert_eq!(
        server.asked()[1].body,
        r#"{"Issuer":"i","Namespace":"demo","ServiceAccount":"app","Audiences":["sts.amazonaws.com"],"DurationSeconds":3600}"#
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    let file = path.to_str().unwrap();
    let shown = ran(&mut irsa_at(
        &server,
        &[&create[..], &["--output-file", file]].concat(),
    ));
    assert_eq!((shown.code, shown.stdout.as_str()), (Some(0), ""));
    assert!(!shown.stderr.contains("a.b.c"), "{shown:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "a.b.c");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn web_identity_variables_are_credentials_too() {
    let session = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
        <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
        <SessionToken>st</SessionToken></Credentials></AssumeRoleWithWebIdentityResult>\
        </AssumeRoleWithWebIdentityResponse>";
    let server = FakeServer::start(move |_, asked| match asked.operation().as_str() {
        "AssumeRoleWithWebIdentity" => (200, session.to_owned()),
        "GetServerInfo" => (200, "{}".to_owned()),
        _ => (200, crate::fake_server::CALLER_IDENTITY.to_owned()),
    });
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(&path, "a.b.c\n").unwrap();
    let ran = ran(irsa(&["whoami"])
        .env("AWS_ENDPOINT_URL", server.url())
        .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app")
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", &path));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let asked = server.asked();
    assert_eq!(asked[0].header("authorization"), "");
    assert!(
        asked[0].body.contains("&WebIdentityToken=a.b.c"),
        "{}",
        asked[0].body
    );
    assert!(asked[1].header("authorization").contains("ASIAEXAMPLE"));
    assert_eq!(asked[1].header("x-amz-security-token"), "st");
}

#[test]
fn explain_and_audit_ask_for_what_is_wanted() {
    const ANSWERS: &[(&str, u16, &str)] = &[
        (
            "Explain",
            200,
            r#"{"Calls":[{"RequestId":"r-1","EventTime":1795255200,"Outcome":"failed",
                "EventSource":"sts.amazonaws.com","EventName":"X","ErrorCode":"C",
                "Explanation":"{\"claimedAccessKeyId\":\"AKIA\"}"}]}"#,
        ),
        (
            "LookupAudit",
            200,
            r#"{"Records":[{"EventName":"X","CloudTrailEvent":"{\"a\":1}"}]}"#,
        ),
    ];
    for (arguments, body, told) in [
        (
            &["explain"][..],
            r#"{"IncludeEncodedMessage":true,"DeniedOnly":true,"MaxResults":1}"#,
            "claimedAccessKeyId: AKIA",
        ),
        (
            &["explain", "r-1"],
            r#"{"IncludeEncodedMessage":true,"RequestId":"r-1"}"#,
            "r-1",
        ),
        (
            &[
                "explain",
                "--role",
                "app",
                "--service-account",
                "demo/app",
                "--access-key",
                "K",
            ],
            r#"{"IncludeEncodedMessage":true,"DeniedOnly":true,"MaxResults":1,"ServiceAccount":"demo/app","AccessKeyId":"K","RoleArn":"arn:aws:iam::123456789012:role/app"}"#,
            "sts:X",
        ),
        (
            &["explain", "--since", "2026-11-21T10:00:00Z", "-o", "json"],
            r#"{"DeniedOnly":true,"MaxResults":100,"StartTime":1795255200}"#,
            "\"claimedAccessKeyId\": \"AKIA\"",
        ),
        (
            &[
                "audit",
                "--denied",
                "--pod",
                "p",
                "--event-name",
                "X",
                "--limit",
                "3",
            ],
            r#"{"EventName":"X","PodName":"p","DeniedOnly":true,"MaxResults":3}"#,
            "✓ ok",
        ),
        (
            &["audit", "-o", "yaml"],
            r#"{"MaxResults":50}"#,
            "      a: 1",
        ),
    ] {
        let server = FakeServer::with(ANSWERS);
        let ran = ran(&mut irsa_at(&server, arguments));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stdout.contains(told), "{told}: {ran:?}");
        assert_eq!(server.asked().last().unwrap().body, body, "{arguments:?}");
    }
    let server = FakeServer::with(&[("Explain", 200, r#"{"Calls":[]}"#)]);
    let none = ran(&mut irsa_at(&server, &["explain", "r-9"]));
    assert_eq!(none.code, Some(5), "{none:?}");
    let none = ran(&mut irsa_at(&server, &["explain"]));
    assert_eq!((none.code, none.stdout.as_str()), (Some(0), ""));
}
