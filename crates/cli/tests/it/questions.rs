//! `irsa can-i`, `who-can` and `what-can`: what is asked, what is said, and the exit status.

use serde_json::{Value, json};

use crate::fake_server::FakeServer;
use crate::run::{Ran, irsa_at, ran};

const ALLOWED: &str = r#"{"Verdict":"allowed","Steps":[{"Verdict":"allowed","Action":"s3:GetObject",
    "Resource":"arn:aws:s3:::b/k","CallerArn":"arn:aws:sts::123456789012:assumed-role/app/*",
    "Layer":"Identity","Statement":{"Layer":"Identity","Policy":"read","Index":1,"Sid":"Get"}}]}"#;
const CONDITIONAL: &str = r#"{"Verdict":"conditional","Steps":[{"Verdict":"conditional",
    "Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k","MissingKeys":["aws:SourceIp","aws:x"],
    "Ways":[{"Statements":[{"Layer":"Identity","Policy":"read","Index":0,"Conditions":[
        {"Operator":"IpAddress","Key":"aws:SourceIp","Values":["10.0.0.0/8"]}]}]}],
    "Unless":[{"Layer":"Boundary","Policy":"b","Index":2,"Conditions":[
        {"Operator":"Null","Key":"aws:x","Values":["true"]}]}]}]}"#;
const DENIED: &str = r#"{"Verdict":"denied","Steps":[{"Verdict":"denied","Action":"s3:GetObject",
    "Resource":"arn:aws:s3:::b/k","Layer":"Boundary"}]}"#;
const REFUSED: &str = r#"{"__type":"AccessDeniedException","Message":"User: x is not authorized"}"#;

const ASK: [&str; 3] = ["can-i", "s3:GetObject", "arn:aws:s3:::b/k"];

fn asked(answer: &'static str, more: &[&str]) -> (Ran, Vec<Value>) {
    let server = FakeServer::start(move |_, asked| match asked.operation().as_str() {
        "GetCallerIdentity" => (200, crate::fake_server::CALLER_IDENTITY.to_owned()),
        _ => (200, answer.to_owned()),
    });
    let ran = ran(&mut irsa_at(&server, &[&ASK[..], more].concat()));
    let bodies = server.asked();
    let bodies = bodies
        .iter()
        .filter_map(|one| serde_json::from_str(&one.body).ok());
    (ran, bodies.collect())
}

#[test]
fn yes_is_zero_and_all_else_is_not() {
    for (answer, code, told) in [
        (
            ALLOWED,
            0,
            &[
                "✓ yes",
                "the identity policy read statement 2 (Get) allows it",
                "whatever its name",
            ][..],
        ),
        (
            CONDITIONAL,
            1,
            &[
                "· it depends",
                "allowed if  the identity policy read statement 1 applies:",
                "aws:SourceIp IpAddress 10.0.0.0/8",
                "unless      the permissions boundary b statement 3 applies, which denies:",
                "aws:x is absent",
                "not given   aws:SourceIp, aws:x",
            ],
        ),
        (DENIED, 1, &["✗ no", "no permissions boundary allows it"]),
    ] {
        let (ran, _) = asked(answer, &[]);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        for told in told {
            assert!(ran.stdout.contains(told), "{told}: {}", ran.stdout);
        }
        let (ran, _) = asked(answer, &["-o", "json"]);
        let value: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((ran.code, &value["Steps"].is_array()), (Some(code), &true));
    }
}

#[test]
fn what_is_asked() {
    let plain = json!({ "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/k",
        "IncludeExplanation": true });
    let with = |more: Value| {
        let mut whole = plain.clone();
        for (name, value) in more.as_object().unwrap() {
            whole[name] = value.clone();
        }
        whole
    };
    for (more, expected) in [
        (&[][..], plain.clone()),
        (
            &["--as", "role/app"],
            with(json!({ "PrincipalArn": "arn:aws:iam::123456789012:role/app" })),
        ),
        (
            &["--as", "arn:aws:iam::1:user/x"],
            with(json!({ "PrincipalArn": "arn:aws:iam::1:user/x" })),
        ),
        (
            &["--service-account", "demo/app", "--role", "app"],
            with(json!({ "ServiceAccount": "demo/app",
                "RoleArn": "arn:aws:iam::123456789012:role/app" })),
        ),
        (
            &["--context", "a:b=1", "--context", "a:b=2=3"],
            with(json!({ "Context": [{ "Key": "a:b", "Values": ["1", "2=3"] }] })),
        ),
    ] {
        let (ran, bodies) = asked(ALLOWED, more);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(bodies, [expected], "{more:?}");
    }
}

#[test]
fn whoever_may_not_see_statements_still_learns_of_itself() {
    let server = FakeServer::start(|_, asked| {
        if asked.body.contains("IncludeExplanation") {
            (400, REFUSED.to_owned())
        } else {
            (200, DENIED.to_owned())
        }
    });
    let about_itself = ran(&mut irsa_at(&server, &ASK));
    assert_eq!(about_itself.code, Some(1), "{about_itself:?}");
    assert!(about_itself.stderr.contains("without irsa:CheckAccess"));
    let about_others = [&ASK[..], &["--as", "arn:aws:iam::1:user/x"]].concat();
    let about_others = ran(&mut irsa_at(&server, &about_others));
    assert_eq!(about_others.code, Some(3), "{about_others:?}");
}

#[test]
fn arguments_that_make_no_sense() {
    let server = FakeServer::with(&[]);
    for (arguments, told) in [
        (&["can-i"][..], "ACTION"),
        (&["can-i", "a:b", "*", "--context", "x"], "KEY=VALUE"),
        (&["can-i", "a:b", "*", "--role", "x"], "--service-account"),
        (
            &["can-i", "a:b", "*", "--as", "x", "--service-account", "a/b"],
            "cannot be used with",
        ),
        (
            &["can-i", "a:b", "*", "--service-account", "a"],
            "NAMESPACE/NAME",
        ),
        (&["what-can", "nobody"], "names no principal"),
        (
            &["what-can", "user/x", "--role", "y"],
            "goes with a ServiceAccount",
        ),
    ] {
        let ran = ran(&mut irsa_at(&server, arguments));
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
}

#[test]
fn a_tree_of_who_can_with_every_page() {
    let server = FakeServer::start(|_, asked| {
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        let access = json!({ "Verdict": "allowed", "Action": "a:b", "Resource": "*",
            "Layer": "Identity", "Statement": { "Layer": "Identity", "Policy": "p", "Index": 0 } });
        let trusted = json!({ "Verdict": "allowed", "Action": "x", "Resource": "r", "Layer": "Trust",
            "Statement": { "Layer": "Trust", "Policy": "trust policy", "Index": 0 } });
        let entrant = json!({ "Kind": "service-account", "ServiceAccount": "demo/app",
            "PrincipalArn": "arn:aws:iam::1:oidc-provider/i.example/x", "Access": trusted });
        let from = json!({ "Kind": "role", "PrincipalArn": "arn:r1", "Access": trusted });
        let answer = match body.get("NextToken") {
            None => json!({ "Principals": [{ "PrincipalArn": "arn:r1", "Access": access }],
                "Entrances": [{ "RoleArn": "arn:r1", "Entrants": [entrant, from] }],
                "NextToken": "t" }),
            Some(_) => json!({ "Principals": [{ "PrincipalArn": "arn:u2", "Access": access }] }),
        };
        (200, answer.to_string())
    });
    let ran = ran(&mut irsa_at(&server, &["who-can", "a:b", "*"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        ran.stdout,
        "\
a:b on *
✓ arn:r1
    the identity policy p statement 1 allows it
  ✓ ← ServiceAccount demo/app of i.example/x
      the trust policy statement 1 allows it
  ✓ ← arn:r1
      the trust policy statement 1 allows it
      ↑ as above
✓ arn:u2
    the identity policy p statement 1 allows it
"
    );
}

#[test]
fn grants_with_their_limits() {
    let server = FakeServer::with(&[(
        "ListAccessOfPrincipal",
        200,
        r#"{"Principals":[{"PrincipalArn":"arn:r","Grants":[{"Service":"s3","Verdict":"conditional",
        "ActionCount":4,"Grant":{"Layer":"Identity","Policy":"p","Index":0,"Actions":["s3:Get*"],
        "Resources":["*"],"Conditions":[{"Operator":"Bool","Key":"aws:SecureTransport","Values":["true"]}]},
        "Within":[{"Layer":"Boundary","Statements":[{"Layer":"Boundary","Policy":"b","Index":0,
        "Actions":["iam:*"],"ActionsExcepted":true,"Resources":["*"]}]}],
        "Except":[{"Layer":"Identity","Policy":"d","Index":1,"Actions":["s3:GetObject"],
        "Resources":["arn:aws:s3:::x"]}]}]}]}"#,
    )]);
    let ran = ran(&mut irsa_at(
        &server,
        &["what-can", "arn:aws:iam::1:role/r"],
    ));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        ran.stdout,
        "\
arn:r
  s3
    · s3:Get* (4 actions)  it depends
        on everything
        by the identity policy p statement 1
        if aws:SecureTransport Bool true
        only within all but iam:* on everything
          by the permissions boundary b statement 1
        but not s3:GetObject on arn:aws:s3:::x
          by the identity policy d statement 2
"
    );
}
