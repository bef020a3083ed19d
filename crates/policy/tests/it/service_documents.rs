//! Policies of the resources of S3, SQS, KMS and Secrets Manager, and their words.

use std::sync::Arc;

use policy::{
    Attached, Context, Document, Layers, PolicyKind, Request, ResourceGate, ResourcePolicy,
    ResourceService, ResourceTarget, check_key_lockout,
};

use crate::fixture::{OTHER, OWN, account, identity, session, user};

const BUCKET: &str = "arn:aws:s3:::bucket";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:queue";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main-AbCdEf";

fn told(service: ResourceService, text: &str) -> Result<(), (&'static str, String)> {
    let arn = match service {
        ResourceService::S3 => BUCKET,
        ResourceService::Sqs => QUEUE,
        ResourceService::Kms => KEY,
        ResourceService::SecretsManager => SECRET,
    };
    match Document::parse_for(text, &ResourceTarget { service, arn }) {
        Ok(document) => {
            assert_eq!(document.kind(), PolicyKind::Resource);
            assert!(Document::load(text, PolicyKind::Resource).is_ok(), "{text}");
            Ok(())
        }
        Err(fault) => {
            assert_eq!(fault.status(), 400);
            Err((fault.code(), fault.message().to_owned()))
        }
    }
}

fn check(service: ResourceService, text: &str, expected: &str) {
    let message = match told(service, text) {
        Ok(()) => "ok".to_owned(),
        Err((code, message)) => {
            let expected_code = match service {
                ResourceService::S3 => "MalformedPolicy",
                ResourceService::Sqs => "InvalidAttributeValue",
                ResourceService::Kms | ResourceService::SecretsManager => {
                    "MalformedPolicyDocumentException"
                }
            };
            assert_eq!(code, expected_code, "{text}");
            message
        }
    };
    assert_eq!(message, expected, "{text}");
}

fn document(members: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{members}}}]}}"#)
}

#[test]
fn buckets_documents() {
    let s3 = ResourceService::S3;
    let fine = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}"#;
    let twice = fine.replacen('{', r#"{"Sid":"a b","#, 1);
    for (text, expected) in [
        (format!(r#"{{"Statement":{fine}}}"#), "ok"),
        (
            format!(r#"{{"Version":"2008-10-17","Id":"a b","Statement":[{fine}]}}"#),
            "ok",
        ),
        (
            format!(r#" {{"Statement":{fine}}}"#),
            "Policies must be valid JSON and the first byte must be '{'",
        ),
        (
            format!("[{fine}]"),
            "Policies must be valid JSON and the first byte must be '{'",
        ),
        (
            String::new(),
            "Policies must be valid JSON and the first byte must be '{'",
        ),
        ("{".to_owned(), "This policy contains invalid Json"),
        ("{}".to_owned(), "Missing required field Statement"),
        (
            r#"{"Statement":[]}"#.to_owned(),
            "Could not parse the policy: Statement is empty!",
        ),
        (
            r#"{"Statement":["a"]}"#.to_owned(),
            "Invalid policy syntax.",
        ),
        (r#"{"Statement":null}"#.to_owned(), "Invalid policy syntax."),
        (
            format!(r#"{{"Version":"2012-10-18","Statement":{fine}}}"#),
            "The policy must contain a valid version string",
        ),
        (
            format!(r#"{{"Version":1,"Statement":{fine}}}"#),
            "The policy must contain a valid version string",
        ),
        (
            format!(r#"{{"Comment":"a","Statement":{fine}}}"#),
            "Unknown field Comment",
        ),
        (
            format!(r#"{{"Id":7,"Statement":{fine}}}"#),
            "Invalid policy syntax.",
        ),
        (
            format!(r#"{{"Statement":{fine},"Statement":{fine}}}"#),
            "Invalid policy syntax.",
        ),
        (
            format!(r#"{{"Statement":[{twice},{twice}]}}"#),
            "The Statement Ids in the policy are not unique",
        ),
        (format!(r#"{{"Statement":[{twice}]}}"#), "ok"),
    ] {
        check(s3, &text, expected);
    }
}

#[test]
fn buckets_statements() {
    let s3 = ResourceService::S3;
    let with = |rest: &str| document(&format!(r#""Effect":"Allow","Principal":"*",{rest}"#));
    let about = |actions: &str, resources: &str| {
        with(&format!(r#""Action":{actions},"Resource":{resources}"#))
    };
    let by = |principal: &str| {
        document(&format!(
            r#""Effect":"Deny",{principal}"Action":"s3:*","Resource":"arn:aws:s3:::bucket/*""#
        ))
    };
    let when = |condition: &str| {
        with(&format!(
            r#""Action":"s3:ListBucket","Resource":"arn:aws:s3:::bucket","Condition":{condition}"#
        ))
    };
    let (bucket, objects) = (r#""arn:aws:s3:::bucket""#, r#""arn:aws:s3:::bucket/*""#);
    for (text, expected) in [
        (document(r#""Effect":"Maybe""#), "Invalid effect: Maybe"),
        (
            document(r#""Principal":"*""#),
            "Missing required field Effect",
        ),
        (
            document(r#""Effect":"Allow""#),
            "Missing required field Principal",
        ),
        (
            document(r#""Effect":"Allow","Colour":"red""#),
            "Unknown field Colour",
        ),
        (
            document(r#""Effect":"Allow","Sid":7"#),
            "Invalid policy syntax.",
        ),
        (by(""), "Missing required field Principal"),
        (by(r#""Principal":"ann","#), "Invalid principal in policy"),
        (by(r#""Principal":{},"#), "Invalid principal in policy"),
        (
            by(r#""Principal":{"AWS":[]},"#),
            "Invalid principal in policy",
        ),
        (
            by(r#""Principal":{"AWS":"ann"},"#),
            "Invalid principal in policy",
        ),
        (
            by(r#""Principal":{"AWS":["*","111122223333","arn:aws:iam::111122223333:role/a"]},"#),
            "ok",
        ),
        (
            by(
                r#""Principal":{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"},"#,
            ),
            "ok",
        ),
        (
            by(
                r#""Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},"#,
            ),
            "ok",
        ),
        (
            by(r#""Principal":{"CanonicalUser":"79a5"},"#),
            "Invalid principal in policy",
        ),
        (
            by(r#""Principal":{"Service":"cloudfront.amazonaws.com"},"#),
            "ok",
        ),
        (
            by(r#""Principal":{"Servant":"cloudfront.amazonaws.com"},"#),
            "Invalid principal in policy",
        ),
        (by(r#""NotPrincipal":{"AWS":"111122223333"},"#), "ok"),
        (
            by(r#""Principal":"*","NotPrincipal":"*","#),
            "Invalid policy syntax.",
        ),
        (
            by(r#""NotPrincipal":{"AWS":"111122223333"},"#).replace("Deny", "Allow"),
            "Allow with NotPrincipal is not allowed.",
        ),
        (with(r#""Resource":"*""#), "Missing required field Action"),
        (about("[]", bucket), "Missing required field Action"),
        (
            about(r#""s3:Nothing""#, bucket),
            "Policy has invalid action",
        ),
        (
            about(r#""sqs:SendMessage""#, bucket),
            "Policy has invalid action",
        ),
        (about(r#""GetObject""#, bucket), "Policy has invalid action"),
        (
            about(r#"["s3:GetObject",7]"#, bucket),
            "Invalid policy syntax.",
        ),
        (
            with(r#""Action":"s3:*""#),
            "Missing required field Resource",
        ),
        (about(r#""s3:*""#, "[]"), "Missing required field Resource"),
        (about(r#""s3:*""#, r#""*""#), "Policy has invalid resource"),
        (
            about(r#""s3:*""#, r#""bucket""#),
            "Policy has invalid resource",
        ),
        (
            about(r#""s3:*""#, r#""arn:aws:s3:::bucket2/*""#),
            "Policy has invalid resource",
        ),
        (about(r#""s3:*""#, r#""arn:aws:s3:::b*t/*""#), "ok"),
        (
            about(r#""s3:*""#, r#""arn:aws:s3:::bucket/${aws:username}/*""#),
            "ok",
        ),
        (about(r#""S3:getobject""#, objects), "ok"),
        (
            about(r#""s3:GetObject""#, bucket),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            about(r#""s3:ListBucket""#, objects),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            about(
                r#"["s3:ListBucket","s3:GetObject"]"#,
                &format!("[{bucket},{objects}]"),
            ),
            "ok",
        ),
        (
            about(r#"["s3:ListBucket","s3:GetObject"]"#, objects),
            "Action does not apply to any resource(s) in statement",
        ),
        (about(r#""*""#, bucket), "ok"),
        (when("{}"), "ok"),
        (when(r#"{"StringLike":{"s3:prefix":"a/*"}}"#), "ok"),
        (
            when(r#"{"StringSimilar":{"s3:prefix":"a/*"}}"#),
            "Invalid Condition type : StringSimilar",
        ),
        (
            when(r#"{"StringLike":{"s3:nothing":"a/*"}}"#),
            "Policy has an invalid condition key",
        ),
        (
            when(r#"{"StringLike":{"s3:x-amz-acl":"a/*"}}"#),
            "Conditions do not apply to combination of actions and resources in statement",
        ),
        (when(r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#), "ok"),
        (
            when(r#"{"IpAddress":{"aws:SourceIp":"10.0.0/8"}}"#),
            "Invalid IP address in Conditions",
        ),
        (
            when(r#"{"NumericEquals":{"s3:max-keys":"ten"}}"#),
            "Invalid policy syntax.",
        ),
        (
            when(r#"{"StringLike":{"s3:prefix":null}}"#),
            "Invalid policy syntax.",
        ),
        (
            when(r#"{"StringLike":"s3:prefix"}"#),
            "Invalid policy syntax.",
        ),
        (when(r#""StringLike""#), "Invalid policy syntax."),
    ] {
        check(s3, &text, expected);
    }
}

#[test]
fn sizes() {
    let sized = |service: ResourceService, blanks: usize, letters: usize| {
        let (action, resource) = match service {
            ResourceService::S3 => ("s3:*", format!("{BUCKET}/{}", "a".repeat(letters))),
            ResourceService::Sqs => ("sqs:*", "*".to_owned()),
            ResourceService::Kms | ResourceService::SecretsManager => ("*", "*".to_owned()),
        };
        let id = "i".repeat(if service == ResourceService::S3 {
            0
        } else {
            letters
        });
        format!(
            r#"{{"Id":"{id}",{}"Statement":{{"Effect":"Allow","Principal":"*","Action":"{action}","Resource":"{resource}"}}}}"#,
            " ".repeat(blanks)
        )
    };
    let fit = |service: ResourceService, blanks: usize| {
        service.max_size() - service.size(&sized(service, blanks, 0))
    };
    let s3 = ResourceService::S3;
    let text = sized(s3, 50_000, fit(s3, 50_000));
    check(s3, &text, "ok");
    check(
        s3,
        &sized(s3, 0, fit(s3, 0) + 1),
        "Normalized policy document exceeds the maximum allowed size of 20480 bytes",
    );
    // A quote behind a backslash ends nothing.
    assert_eq!(
        s3.size(r#"{"a\"b c" : "d\\" }"#),
        r#"{"a\"b c":"d\\"}"#.len()
    );
    for (service, expected) in [
        (
            ResourceService::Sqs,
            "Invalid value for the parameter Policy.",
        ),
        (
            ResourceService::SecretsManager,
            "This resource policy contains a syntax error.",
        ),
    ] {
        check(service, &sized(service, 9, fit(service, 9)), "ok");
        check(service, &sized(service, 9, fit(service, 9) + 1), expected);
    }
    let kms = ResourceService::Kms;
    check(kms, &sized(kms, 0, fit(kms, 0)), "ok");
    let fault = told(kms, &sized(kms, 0, fit(kms, 0) + 1)).unwrap_err();
    assert_eq!(fault.0, "LimitExceededException");
}

#[test]
fn queues() {
    let sqs = ResourceService::Sqs;
    let no = "Invalid value for the parameter Policy.";
    let with = |principal: &str, action: &str, resource: &str| {
        document(&format!(
            r#""Sid":"__owner statement","Effect":"Allow","Principal":{principal},"Action":{action},"Resource":{resource}"#
        ))
    };
    let own = format!("{QUEUE:?}");
    let (anyone, send) = (r#""*""#, r#""sqs:SendMessage""#);
    for (text, expected) in [
        (with(anyone, send, &own), "ok"),
        (with(r#"{"Service":"sns.amazonaws.com"}"#, send, &own), "ok"),
        (
            with(
                r#"{"AWS":["arn:aws:iam::111122223333:root"]}"#,
                r#""SQS:*""#,
                &own,
            ),
            "ok",
        ),
        (with(anyone, r#""*""#, &own), "ok"),
        (with(anyone, send, r#""*""#), "ok"),
        (
            with(anyone, send, r#""arn:aws:sqs:*:111122223333:q*""#),
            "ok",
        ),
        (
            with(
                anyone,
                send,
                r#""arn:aws:sqs:eu-west-1:111122223333:other""#,
            ),
            no,
        ),
        (
            with(anyone, r#"["sqs:SendMessage","sqs:ListQueues"]"#, &own),
            no,
        ),
        (with(anyone, r#""sqs:CreateQueue""#, &own), no),
        (with(anyone, r#""sqs:Nothing""#, &own), no),
        (with(anyone, r#""sns:Publish""#, &own), no),
        (with(r#"{"AWS":"nobody"}"#, send, &own), no),
        (with(r#"{"AWS":[]}"#, send, &own), no),
        ("{}".to_owned(), no),
        ("none".to_owned(), no),
        (r#"{"Statement":[]}"#.to_owned(), no),
        (document(r#""Effect":"Allow""#), no),
    ] {
        check(sqs, &text, expected);
    }
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":{own}}}"#
    );
    let many = |count: usize| {
        format!(
            r#"{{"Statement":[{}]}}"#,
            vec![statement.as_str(); count].join(",")
        )
    };
    check(sqs, &many(20), "ok");
    check(sqs, &many(21), no);
    let principals = |count: usize| {
        let ids = (0..count).map(|number| format!("\"{number:012}\""));
        let ids = ids.collect::<Vec<_>>().join(",");
        with(&format!(r#"{{"AWS":[{ids}]}}"#), send, &own)
    };
    check(sqs, &principals(50), "ok");
    check(sqs, &principals(51), no);
    let actions = |count: usize| with(anyone, &format!("[{}]", vec![send; count].join(",")), &own);
    check(sqs, &actions(7), "ok");
    check(sqs, &actions(8), no);
    let conditions = |count: usize| {
        let keys = (0..count).map(|number| format!(r#""aws:RequestTag/{number}":"a""#));
        let keys = keys.collect::<Vec<_>>().join(",");
        let condition = format!(r#","Condition":{{"StringEquals":{{{keys}}}}}}}"#);
        let statement = format!("{}{condition}", statement.trim_end_matches('}'));
        format!(r#"{{"Statement":{statement}}}"#)
    };
    check(sqs, &conditions(10), "ok");
    check(sqs, &conditions(11), no);
}

#[test]
fn keys() {
    let kms = ResourceService::Kms;
    let with = |rest: &str| {
        document(&format!(
            r#""Sid":"Enable IAM User Permissions","Effect":"Allow",{rest}"Action":"kms:*","Resource":"*""#
        ))
    };
    let bad = "Policy contains a statement with one or more invalid principals.";
    for (text, expected) in [
        (
            with(r#""Principal":{"AWS":"arn:aws:iam::111122223333:root"},"#),
            "ok",
        ),
        (with(r#""Principal":"*","#), "ok"),
        (with(""), "Policy contains a statement with no principal."),
        (
            with(r#""Principal":{"AWS":"arn:aws:iam::111122223333:role"},"#),
            bad,
        ),
        (
            with(r#""Principal":{"AWS":["AROAEXAMPLEROLE000001","x"]},"#),
            bad,
        ),
        (with(r#""Principal":{"Service":"x"},"#), bad),
        (with(r#""Principal":{},"#), bad),
        (
            with(
                r#""Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},"#,
            ),
            bad,
        ),
        (with(r#""Principal":"*","Principle":"*","#), ""),
        (with(r#""NotPrincipal":{"AWS":"111122223333"},"#), ""),
        (with(r#""Principal":"*","#).replace("kms:*", "kms"), ""),
        (
            with(r#""Principal":"*","#).replace(r#""Resource":"*""#, r#""Resource":"key""#),
            "",
        ),
        ("{".to_owned(), ""),
        ("{}".to_owned(), ""),
    ] {
        check(kms, &text, expected);
    }
}

#[test]
fn secrets() {
    let service = ResourceService::SecretsManager;
    let syntax = "This resource policy contains a syntax error.";
    let unsupported = "This resource policy contains an unsupported principal.";
    let with = |effect: &str, rest: &str| {
        document(&format!(
            r#""Effect":"{effect}",{rest}"Action":"secretsmanager:*","Resource":"*""#
        ))
    };
    for (text, expected) in [
        (
            with("Allow", r#""Principal":{"AWS":"111122223333"},"#),
            "ok",
        ),
        (with("Allow", r#""Principal":"*","#), "ok"),
        (
            with("Deny", r#""NotPrincipal":{"AWS":"111122223333"},"#),
            "ok",
        ),
        (with("AllowSomething", r#""Principal":"*","#), syntax),
        (with("Allow", ""), syntax),
        (with("Allow", r#""Principal":{"AWS":"ann"},"#), unsupported),
        (
            with("Allow", r#""Principal":{"Wizard":"ann"},"#),
            unsupported,
        ),
        (
            with(
                "Allow",
                r#""Principal":{"AWS":"111122223333","Service":["invalid"]},"#,
            ),
            "This resource policy contains an invalid service principal.",
        ),
        ("{".to_owned(), syntax),
        ("{}".to_owned(), syntax),
        ("[]".to_owned(), syntax),
    ] {
        check(service, &text, expected);
    }
}

/// Whoever sets a key's policy can set it again: by the policy, or by the account that it names.
#[test]
fn locked_out_of_a_key() {
    let root = format!(r#""Principal":{{"AWS":"arn:aws:iam::{OWN}:root"}}"#);
    let role = format!(r#""Principal":{{"AWS":"arn:aws:iam::{OWN}:role/path/app"}}"#);
    let may = r#"{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#;
    let may_use = r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}"#;
    for (principal, action, own, expected) in [
        (&root, "kms:*", may, true),
        (&root, "kms:*", may_use, false),
        (&root, "kms:Decrypt", may, false),
        (&role, "kms:*", may_use, true),
        (&role, "kms:PutKeyPolicy", may_use, true),
        (&role, "kms:Decrypt", may, false),
    ] {
        let text = document(&format!(
            r#""Effect":"Allow",{principal},"Action":"{action}","Resource":"*""#
        ));
        let target = ResourceTarget {
            service: ResourceService::Kms,
            arn: KEY,
        };
        let parsed = Document::parse_for(&text, &target).unwrap();
        let layers = Layers {
            identity: identity(own),
            resource: Some(ResourcePolicy {
                attached: Attached {
                    name: "default".to_owned(),
                    arn: None,
                    document: Some(Arc::new(parsed)),
                },
                gate: ResourceGate::Trust,
            }),
            ..Layers::default()
        };
        let caller = session(OWN);
        let context = Context::new();
        let request = Request {
            caller: &caller,
            action: "kms:CreateKey",
            resource: KEY,
            resource_account: account(OWN),
            context: &context,
        };
        let told = check_key_lockout(&request, &layers);
        assert_eq!(told.is_ok(), expected, "{principal} {action} {own}");
        if let Err(fault) = told {
            assert_eq!(fault.code(), "MalformedPolicyDocumentException");
            assert_eq!(
                fault.message(),
                "The new key policy will not allow you to update the key policy in the future."
            );
        }
        let other = user(OTHER);
        let request = Request {
            caller: &other,
            ..request
        };
        assert!(check_key_lockout(&request, &layers).is_err());
    }
}
