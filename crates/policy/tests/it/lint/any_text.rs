//! Any text is linted, and the validator agrees.

use policy::lint::{Code, Finding, LintKind, lint};
use policy::{Leniency, PolicyKind};
use proptest::prelude::*;

use super::document;

/// Everything the validator refuses is an error here, in its words.
fn agrees_with_the_validator(text: &str, kind: LintKind) {
    let (policy_kind, leniency) = match kind {
        LintKind::Identity => (PolicyKind::Identity, Leniency::Storage),
        LintKind::Trust => (PolicyKind::RoleTrust, Leniency::Storage),
        LintKind::Resource => (PolicyKind::Resource, Leniency::Storage),
        LintKind::Session => (PolicyKind::Session, Leniency::Session),
        LintKind::ServiceControl => (PolicyKind::ServiceControl, Leniency::Storage),
        LintKind::ResourceControl => (PolicyKind::ResourceControl, Leniency::Storage),
        LintKind::Endpoint => (PolicyKind::Endpoint, Leniency::Storage),
    };
    let refusal = policy::Document::parse(text, policy_kind, leniency).err();
    let found = lint(text, kind);
    let is_refusal = |found: &&Finding| found.code == Code::MalformedPolicyDocument;
    match (refusal, found.iter().find(is_refusal)) {
        (None, None) => {}
        (Some(fault), Some(found)) => assert_eq!(found.text, fault.message()),
        (Some(_), None) => {
            let is_json = found
                .iter()
                .any(|found| found.code == Code::JsonSyntaxError);
            assert!(is_json, "{text}: {found:#?}");
        }
        (None, Some(found)) => panic!("{text}: {found:#?}"),
    }
    for found in &found {
        assert!(text.get(found.bytes.clone()).is_some(), "{found:#?}");
        assert!(found.span.start.line >= 1, "{found:#?}");
    }
}

const KINDS: [LintKind; 7] = [
    LintKind::Identity,
    LintKind::Trust,
    LintKind::Resource,
    LintKind::Session,
    LintKind::ServiceControl,
    LintKind::ResourceControl,
    LintKind::Endpoint,
];

/// Pieces that policies are made of, put together at random.
fn piece() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"Version\":\"2012-10-17\"",
        "\"Statement\":",
        "\"Effect\":\"Allow\"",
        "\"Effect\":\"Deny\"",
        "\"Action\":",
        "\"NotAction\":",
        "\"Resource\":",
        "\"NotResource\":",
        "\"Principal\":",
        "\"NotPrincipal\":",
        "\"Condition\":",
        "\"StringEquals\":",
        "\"ForAllValues:StringLike\":",
        "\"IpAddress\":",
        "\"aws:SourceIp\":",
        "\"a.b/c:sub\":",
        "\"AWS\":",
        "\"Federated\":",
        "\"*\"",
        "\"sts:AssumeRole\"",
        "\"10.0.0.0/33\"",
        "\"${aws:username}*\"",
        "\"${\"",
        "\"é\"",
        "\"arn:aws:s3:::b\"",
        "7",
        "null",
        "true",
        "\"\\u00e9\\\"\"",
        " ",
        "\n",
        "\"Sid\":\"\"",
        "[]",
        "{}",
        "\"arn:aws:iam::111122223333:oidc-provider/https://a.b/c/\"",
    ])
    .prop_map(str::to_owned)
}

/// A statement of random elements.
fn statement() -> impl Strategy<Value = String> {
    let value = || {
        prop::sample::select(vec![
            "\"*\"",
            "[]",
            "{}",
            "7",
            "null",
            "\"sts:AssumeRoleWithWebIdentity\"",
            "\"Allow\"",
            "\"Deny\"",
            "[\"s3:*\",\"s3:Get*\",\"secretsmanager:GetSecretValue\"]",
            "\"arn:aws:secretsmanager:::secret:a\"",
            "[\"arn:aws:s3:eu-west-1:1:${aws:username}*\",\"arn:aws:*:::x\"]",
            "[\"s3:GetObject\",\"nope:x\",\"s3:Nope\",\"*:x\",\"dynamodb:GetItem\"]",
            "{\"StringNotLike\":{\"s3:prefix\":\"*\",\"dynamodb:Attributes\":[\"a\",1]}}",
            "{\"NumericLessThan\":{\"aws:ResourceTag/x\":[1,2],\"nope:x\":3,\"aws:VpceOrgID\":4}}",
            "{\"AWS\":\"*\"}",
            "{\"Federated\":[\"arn:aws:iam::111122223333:oidc-provider/a.b/c\",7]}",
            "{\"StringEquals\":{\"a.b/c:sub\":[\"*\",1,null]}}",
            "{\"Bool\":{\"x\":true}}",
            "{\"Null\":7}",
            "{\"IpAddress\":{\"aws:SourceIp\":[\"::1/3\",\"300.1.1.1\",\"10.0.0.1/0\"]}}",
            "{\"ForAllValues:StringLikeIfExists\":{\"aws:TagKeys\":\"${aws:PrincipalTag/é, 'x'}?\"}}",
        ])
    };
    let name = prop::sample::select(vec![
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
        "X",
    ]);
    prop::collection::btree_map(name, value(), 0..7).prop_map(|members| {
        let members: Vec<String> = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", members.join(", "))
    })
}

proptest! {
    #[test]
    fn any_text_is_linted(text in ".{0,80}") {
        for kind in KINDS {
            agrees_with_the_validator(&text, kind);
        }
    }

    #[test]
    fn any_pieces_are_linted(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        for kind in KINDS {
            agrees_with_the_validator(&text, kind);
        }
    }

    #[test]
    fn any_statements_are_linted(statements in prop::collection::vec(statement(), 0..4)) {
        let text = document(&statements.join(",\n"));
        let _ = LintKind::detect(&text);
        for kind in KINDS {
            agrees_with_the_validator(&text, kind);
        }
    }
}
