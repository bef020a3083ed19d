//! Documents of organizations and of VPC endpoints. What AWS answered about resource control
//! policies is replayed in `recorded`.

use policy::{Document, Leniency, PolicyKind};

fn accepts(kind: PolicyKind, text: &str) -> bool {
    let fault = match Document::parse(text, kind, Leniency::Storage) {
        Ok(document) => {
            assert!(Document::load(text, kind).is_ok(), "{text}");
            assert_eq!(document.kind(), kind);
            return true;
        }
        Err(fault) => fault,
    };
    let told = match kind {
        PolicyKind::Endpoint => (
            "InvalidPolicyDocument",
            "The specified policy document is not a valid JSON policy document.",
        ),
        _ => (
            "MalformedPolicyDocumentException",
            "The provided policy document does not meet the requirements of the specified policy type.",
        ),
    };
    assert_eq!((fault.code(), fault.message()), told);
    assert_eq!(fault.status(), 400);
    false
}

fn statement(kind: PolicyKind, members: &str) -> bool {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{{members}}}]}}"#);
    accepts(kind, &text)
}

#[test]
fn service_control() {
    let kind = PolicyKind::ServiceControl;
    for (members, expected) in [
        (r#""Effect":"Allow","Action":"*","Resource":"*""#, true),
        (
            r#""Effect":"Deny","NotAction":["iam:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
            true,
        ),
        // The whole language since September 2025.
        (
            r#""Effect":"Allow","NotAction":"iam:*","Resource":"*""#,
            true,
        ),
        (
            r#""Effect":"Allow","Action":"s3:*Object","Resource":"arn:aws:s3:::a/*""#,
            true,
        ),
        (
            r#""Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#,
            true,
        ),
        (
            r#""Effect":"Deny","Action":"s3:Get*","NotResource":"arn:aws:s3:::a/*""#,
            true,
        ),
        (
            r#""Effect":"Deny","Principal":"*","Action":"s3:Get*","Resource":"*""#,
            false,
        ),
        (
            r#""Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:Get*","Resource":"*""#,
            false,
        ),
        (
            r#""Effect":"deny","Action":"s3:Get*","Resource":"*""#,
            false,
        ),
        (r#""Effect":"Deny","Action":"Get*","Resource":"*""#, false),
        (
            r#""Effect":"Deny","Action":"s3:Get*","Resource":"bucket""#,
            false,
        ),
        (r#""Effect":"Deny","Action":"s3:Get*""#, false),
        (r#""Effect":"Deny","Resource":"*""#, false),
        (r#""Effect":"Deny","Action":[],"Resource":"*""#, false),
        (r#""Effect":"Deny","Action":"s3:Get*","Resource":[]"#, false),
        (
            r#""Effect":"Deny","Action":"s3:Get*","NotAction":"s3:Put*","Resource":"*""#,
            false,
        ),
        (
            r#""Sid":"a b","Effect":"Deny","Action":"s3:Get*","Resource":"*""#,
            false,
        ),
        (
            r#""Effect":"Deny","Action":"s3:Get*","Resource":"*","Condition":{"NumericEquals":{"a:b":"x"}}"#,
            false,
        ),
        (
            r#""Effect":"Deny","Action":"s3:Get*","Resource":"*","Condition":{"Like":{"a:b":"x"}}"#,
            false,
        ),
    ] {
        assert_eq!(statement(kind, members), expected, "{members}");
    }
    assert!(!accepts(kind, "{"));
    assert!(!accepts(kind, r#"{"Version":"2012-10-17","Statement":[]}"#));
}

#[test]
fn resource_control() {
    let kind = PolicyKind::ResourceControl;
    let with = |members: &str| {
        statement(
            kind,
            &format!(r#""Effect":"Deny","Principal":"*",{members}"#),
        )
    };
    for (members, expected) in [
        (r#""Action":"secretsmanager:*","Resource":"*""#, true),
        (
            r#""Action":["s3:*","KMS:Decrypt"],"NotResource":"arn:aws:s3:::a/*""#,
            true,
        ),
        (r#""Action":["s3:*","*"],"Resource":"*""#, false),
        (r#""Action":"*:GetObject","Resource":"*""#, false),
        (
            r#""Action":["s3:*","ec2:RunInstances"],"Resource":"*""#,
            false,
        ),
        (r#""Action":[],"Resource":"*""#, false),
        (r#""Action":"s3:*","Resource":"arn:aws:s3:::*""#, true),
        // Short ARNs are for the callers' side.
        (r#""Action":"s3:*","Resource":"arn:aws:s3""#, false),
        (r#""Action":"s3:*","Resource":"arn:aws:sqs:*""#, false),
        (r#""Action":"s3:*""#, false),
    ] {
        assert_eq!(with(members), expected, "{members}");
    }
}

/// AWS attaches it by itself; nobody could write it.
#[test]
fn the_resource_control_policy_of_aws_is_readable() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    assert!(!accepts(PolicyKind::ResourceControl, text));
    assert!(Document::load(text, PolicyKind::ResourceControl).is_ok());
}

#[test]
fn endpoints() {
    let kind = PolicyKind::Endpoint;
    for (members, expected) in [
        (
            r#""Effect":"Allow","Principal":"*","Action":"*","Resource":"*""#,
            true,
        ),
        (
            r#""Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:*","Resource":"*""#,
            true,
        ),
        (
            r#""Effect":"Allow","Principal":{"AWS":["111122223333"]},"NotAction":"s3:*","NotResource":"*""#,
            true,
        ),
        (
            r#""Sid":"Access to a bucket","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::a/*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a"}}"#,
            true,
        ),
        (r#""Effect":"Allow","Action":"*","Resource":"*""#, false),
        (
            r#""Effect":"Allow","Principal":{},"Action":"*","Resource":"*""#,
            false,
        ),
        (
            r#""Effect":"Allow","Principal":"ann","Action":"*","Resource":"*""#,
            false,
        ),
        (
            r#""Effect":"Allow","Principal":"*","NotPrincipal":"*","Action":"*","Resource":"*""#,
            false,
        ),
        (r#""Effect":"Allow","Principal":"*","Resource":"*""#, false),
        (r#""Effect":"Allow","Principal":"*","Action":"*""#, false),
        (
            r#""Effect":"ALLOW","Principal":"*","Action":"*","Resource":"*""#,
            false,
        ),
        (
            r#""Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"DateEquals":{"a:b":"x"}}"#,
            false,
        ),
    ] {
        assert_eq!(statement(kind, members), expected, "{members}");
    }
    // As the API reference has it.
    let unversioned =
        r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    assert!(accepts(kind, unversioned));
}

#[test]
fn bytes_that_are_no_text() {
    let text =
        br#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let kinds = [
        (PolicyKind::Identity, "Syntax errors in policy."),
        (PolicyKind::Session, "Syntax errors in policy."),
        (PolicyKind::RoleTrust, "Syntax error in policy."),
    ];
    assert!(Document::parse_bytes(text, PolicyKind::Identity, Leniency::Storage).is_ok());
    for (kind, expected) in kinds {
        for bad in [&b"\xff\xfe"[..], b"{\"Version\":\"\xc3\"}", b"\xed\xa0\x80"] {
            let fault = Document::parse_bytes(bad, kind, Leniency::Storage).unwrap_err();
            assert_eq!(fault.message(), expected);
        }
    }
}
