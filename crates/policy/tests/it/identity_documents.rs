//! Validation of identity and session policies: AWS's texts, the first fault first.

use policy::{Document, Leniency, PolicyKind};

const SYNTAX: &str = "Syntax errors in policy.";
const VERSION: &str = "Policy document must be version 2012-10-17 or greater.";
const LEGACY: &str = "The policy failed legacy parsing";
const SID: &str = "Statement IDs (SID) in a single policy must be unique.";
const ACTIONS: &str = "Policy statement must contain actions.";
const VENDOR: &str = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
const COLON: &str = "Actions/Condition can contain only one colon.";
const RESOURCE_VENDOR: &str = "Resource vendor must be fully qualified and cannot contain regexes.";
const RESOURCES: &str = "Policy statement must contain resources.";
const PRINCIPAL: &str = "Policy document should not specify a principal.";
const IAM_PATH: &str = "IAM resource path must either be \"*\", root, or start with user/, \
    federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, \
    sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.";

/// `ok` or AWS's text.
fn verdict(text: &str, kind: PolicyKind, leniency: Leniency) -> String {
    match Document::parse(text, kind, leniency) {
        Ok(_) => "ok".to_owned(),
        Err(fault) => {
            assert_eq!(
                (fault.code(), fault.status()),
                ("MalformedPolicyDocument", 400)
            );
            fault.message().to_owned()
        }
    }
}

fn check(text: &str, expected: &str) {
    let verdict = verdict(text, PolicyKind::Identity, Leniency::Storage);
    assert_eq!(verdict, expected, "{text}");
}

/// A statement in a document of 2012.
fn check_statement(statement: &str, expected: &str) {
    check(
        &format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#),
        expected,
    );
}

/// Members that replace or join those of a plain Allow.
fn check_allow(members: &str, expected: &str) {
    check_statement(&format!(r#"{{"Effect":"Allow",{members}}}"#), expected);
}

fn check_condition(block: &str, expected: &str) {
    let plain = r#""Action":"s3:ListBucket","Resource":"arn:aws:s3:::b""#;
    check_allow(&format!(r#"{plain},"Condition":{block}"#), expected);
}

fn check_resource(resource: &str, expected: &str) {
    check_allow(
        &format!(r#""Action":"s3:ListBucket","Resource":{resource}"#),
        expected,
    );
    check_allow(
        &format!(r#""Action":"s3:ListBucket","NotResource":{resource}"#),
        expected,
    );
}

const PLAIN: &str = r#"{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"}"#;

#[test]
fn structure() {
    let version = r#""Version":"2012-10-17""#;
    for (text, expected) in [
        ("This is not a json document".to_owned(), SYNTAX),
        (String::new(), SYNTAX),
        ("[]".to_owned(), SYNTAX),
        (format!(r#"{{"Statement":{PLAIN}}}"#), VERSION),
        (
            format!(r#"{{"Version":"2008-10-17","Statement":{PLAIN}}}"#),
            VERSION,
        ),
        (
            format!(r#"{{"Version":"2013-10-17","Statement":{PLAIN}}}"#),
            SYNTAX,
        ),
        (format!(r#"{{"Version":2012,"Statement":{PLAIN}}}"#), SYNTAX),
        (format!("{{{version}}}"), SYNTAX),
        (format!(r#"{{{version},"Statement":["x"]}}"#), SYNTAX),
        (format!(r#"{{{version},"Statement":[]}}"#), SYNTAX),
        (
            format!(r#"{{{version},"Statement":{PLAIN},"Extra field":"x"}}"#),
            SYNTAX,
        ),
        (
            format!(r#"{{{version},"Id":["x"],"Statement":{PLAIN}}}"#),
            SYNTAX,
        ),
        (
            format!(r#"{{{version},"Id":{{}},"Statement":{PLAIN}}}"#),
            SYNTAX,
        ),
        (
            format!(r#"{{{version},"Id":"x","Statement":{PLAIN}}}"#),
            "ok",
        ),
        (
            format!(r#"{{{version},"Statement":[{PLAIN},{PLAIN}]}}"#),
            "ok",
        ),
        (
            format!(r#"{{{version},{version},"Statement":{PLAIN}}}"#),
            SYNTAX,
        ),
        (format!(r#"{{{version},"Statement":{PLAIN}}} x"#), SYNTAX),
        (
            format!("\u{feff}{{{version},\"Statement\":{PLAIN}}}"),
            SYNTAX,
        ),
        (
            format!("{{{version},\"Id\":\"\u{3b1}\",\"Statement\":{PLAIN}}}"),
            SYNTAX,
        ),
        (
            format!("{{{version},\"Id\":\"\u{e9}\",\"Statement\":{PLAIN}}}"),
            "ok",
        ),
        (
            format!("{{{version},\"Id\":\"\\u03b1\",\"Statement\":{PLAIN}}}"),
            "ok",
        ),
        (
            format!("{{{version},\"Id\":\"\\ud801\",\"Statement\":{PLAIN}}}"),
            SYNTAX,
        ),
        ("[".repeat(100_000), SYNTAX),
    ] {
        check(&text, expected);
    }
}

#[test]
fn elements() {
    let resource = r#""Resource":"arn:aws:s3:::b""#;
    let action = r#""Action":"s3:ListBucket""#;
    for (members, expected) in [
        (format!(r#"{action},{resource},"Extra field":"x""#), SYNTAX),
        (format!(r#"{action},{resource},"Sid":{{}}"#), SYNTAX),
        (format!(r#"{action},{resource},"Sid":[]"#), SYNTAX),
        (
            format!(r#""NotAction":"s3:x",{resource},"NotResource":[]"#),
            SYNTAX,
        ),
        (format!(r#"{action},{resource},"NotResource":"*""#), SYNTAX),
        (format!(r#""Action":[[]],{resource}"#), SYNTAX),
        (format!(r#""Action":{{}},{resource}"#), SYNTAX),
        (
            format!(r#""Action":[],"NotAction":"s3:x",{resource}"#),
            SYNTAX,
        ),
        (
            format!(r#""Action":"iam:x","NotAction":"s3:x",{resource}"#),
            SYNTAX,
        ),
        (
            format!(r#"{action},"Resource":{{"a":"arn:aws:s3:::b"}}"#),
            SYNTAX,
        ),
        (format!(r#"{action},"Resource":["adfdf",{{}}]"#), SYNTAX),
        (action.to_owned(), RESOURCES),
        (format!(r#"{action},"Resource":[]"#), RESOURCES),
        (resource.to_owned(), ACTIONS),
        (r#""Sid":"x""#.to_owned(), ACTIONS),
        (format!(r#""Action":[],{resource}"#), ACTIONS),
        (format!(r#"{action},{resource},"Principal":"*""#), PRINCIPAL),
        (
            format!(r#"{action},{resource},"NotPrincipal":{{"AWS":"*"}}"#),
            PRINCIPAL,
        ),
        (format!(r#""NotAction":"s3:x",{resource}"#), "ok"),
        (r#""NotAction":"s3:x","NotResource":"*""#.to_owned(), "ok"),
        (format!(r#"{action},{resource},"Condition":{{}}"#), "ok"),
    ] {
        check_allow(&members, expected);
    }
    check_statement(r#"{"Action":"s3:x","Resource":"*"}"#, SYNTAX);
    check_statement(
        r#"{"Effect":"invalid","Action":"s3:x","Resource":"*"}"#,
        SYNTAX,
    );
    check_statement(
        r#"{"Effect":["Allow"],"Action":"s3:x","Resource":"*"}"#,
        SYNTAX,
    );
    check_statement(
        r#"{"Effect":"denY","Action":"s3:x","Resource":"*"}"#,
        LEGACY,
    );
    check_statement(&format!(r#"[{{"Effect":"Deny"}},{PLAIN}]"#), ACTIONS);
}

#[test]
fn sids() {
    let named =
        |sid: &str| format!(r#"{{"Sid":"{sid}","Effect":"Allow","Action":"s3:x","Resource":"*"}}"#);
    let pair = |one: &str, other: &str| format!("[{},{}]", named(one), named(other));
    let alphanumeric = "Statement IDs (SID) must be alpha-numeric. Check that your input \
                        satisfies the regular expression [0-9A-Za-z]*";
    for (statements, expected) in [
        (pair("a", "a"), SID),
        (pair("a", "A"), "ok"),
        (pair("", ""), "ok"),
        (named("Read1"), "ok"),
        (named("Read 1"), alphanumeric),
        (named("read-1"), alphanumeric),
        (
            format!(r#"[{},{{"Sid":"a","Effect":"Allow"}}]"#, named("a")),
            SID,
        ),
    ] {
        check_statement(&statements, expected);
    }
}

#[test]
fn actions() {
    for (members, expected) in [
        (r#""Action":"invalid""#, VENDOR),
        (r#""NotAction":"""#, VENDOR),
        (r#""Action":["s3:x","invalid"]"#, VENDOR),
        (r#""Action":"a a:ListBucket""#, "Vendor a a is not valid"),
        (r#""Action":"s*:ListBucket""#, "Vendor s* is not valid"),
        (r#""Action":"s3:List:Bucket""#, COLON),
        (r#""Action":"*""#, "ok"),
        (r#""Action":"*:*""#, "ok"),
        (r#""Action":"iam: asdf safdsf af ""#, "ok"),
        (r#""Action":"fsx:ListBucket""#, "ok"),
        (r#""Action":"aaaaaadsfdsafsadfsadfaaaaa:ListBucket""#, "ok"),
        (r#""Action":"s3-s:ListBucket""#, "ok"),
        (r#""Action":"s3.s:ListBucket""#, "ok"),
    ] {
        check_allow(
            &format!(r#"{members},"Resource":"arn:aws:s3:::b""#),
            expected,
        );
    }
    // Without resources the action is told first; a bad resource is told before the action.
    check_allow(r#""Action":"invalid""#, VENDOR);
    check_allow(
        r#""Action":"s:3:ListBucket","Resource":"sdfsadf""#,
        r#"Resource sdfsadf must be in ARN format or "*"."#,
    );
}

#[test]
fn resources() {
    for (resource, expected) in [
        (
            r#""invalid resource""#,
            r#"Resource invalid resource must be in ARN format or "*"."#,
        ),
        (r#""""#, r#"Resource  must be in ARN format or "*"."#),
        (
            r#"["adf"]"#,
            r#"Resource adf must be in ARN format or "*"."#,
        ),
        (
            r#""a:bsdfd""#,
            r#"Partition "bsdfd" is not valid for resource "arn:bsdfd:*:*:*:*"."#,
        ),
        (
            r#""a:b:cad""#,
            r#"Partition "b" is not valid for resource "arn:b:cad:*:*:*"."#,
        ),
        (
            r#""a:b:c:d:e:f:g:h""#,
            r#"Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h"."#,
        ),
        (
            r#""aws:s3:::b""#,
            r#"Partition "s3" is not valid for resource "arn:s3:::b:*"."#,
        ),
        (
            r#"["arn:error:s3:::b","arn:error:s3::b"]"#,
            r#"Partition "error" is not valid for resource "arn:error:s3:::b"."#,
        ),
        (r#""arn:aws""#, RESOURCE_VENDOR),
        (r#""arn:aws:*:::b""#, RESOURCE_VENDOR),
        (r#""arn:aws:iam:::b""#, IAM_PATH),
        (r#""arn:aws:iam::111122223333:root""#, "ok"),
        (r#""arn:aws:rds:region:*:*""#, "ok"),
        (
            r#"["arn:aws:ec2:*:*:volume/*","arn:aws:ec2:region:account-id:instance/*"]"#,
            "ok",
        ),
        (r#""arn:aws:dynamodb:*:*:table/MyTable""#, "ok"),
        (r#""arn:aws:cloudwatch:us-east-1::b""#, "ok"),
        (r#""arn:aws:invalid-service:::b""#, "ok"),
        (
            r#"["arn:aws:s3:us-west-2:123456789012:accesspoint/a",
                "arn:aws:s3:us-west-2:123456789012:accesspoint/a/object/*"]"#,
            "ok",
        ),
        (
            r#"["arn:aws:s3:::b/${cognito-identity.amazonaws.com:sub}",
                "arn:aws:s3:::b/${cognito-identity.amazonaws.com:sub}/*"]"#,
            "ok",
        ),
        (
            r#""arn:aws:iam:us-east-1::b""#,
            "IAM resource arn:aws:iam:us-east-1::b cannot contain region information.",
        ),
        (
            r#""arn:aws:s3:us-east-1::b""#,
            "Resource arn:aws:s3:us-east-1::b can not contain region information.",
        ),
        (r#""arn:aws:s3:us-east-1:111122223333:accesspoint/a""#, "ok"),
        (r#""arn:aws:s3::b""#, LEGACY),
        (r#""arn:aws::::b""#, LEGACY),
        (r#""arn:aws::fdsasf""#, LEGACY),
        (r#""arn:aws:fdsasf""#, "ok"),
        (r#""*""#, "ok"),
        (r#"["arn:aws:s3:::b","*"]"#, "ok"),
        (r#""arn:*:s3:::b""#, "ok"),
        (r#""arn:aws-cn:s3:::b""#, "ok"),
        (r#""arn:aws:iam::111122223333:*""#, "ok"),
        (r#""arn:aws:iam:::user/b""#, "ok"),
        (r#""arn:aws:iam::*:user/${aws:username}""#, "ok"),
        (r#""arn:aws:s33:::b""#, "ok"),
        (r#""arn:aws:ec2:us-east-1::b""#, "ok"),
        (r#""arn:aws:invalid-service:us-east-1::b""#, "ok"),
        (
            r#""arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}/*""#,
            "ok",
        ),
    ] {
        check_resource(resource, expected);
    }
}

/// The older parser speaks before everything but structure and version.
#[test]
fn order() {
    for (members, expected) in [
        (r#""Resource":"arn:aws:s3::b""#, LEGACY),
        (r#""Condition":{"DateGreaterThan":{"a":"sdfdsf"}}"#, LEGACY),
        (r#""Condition":{"DateGreaterThan":{"a":{}}}"#, SYNTAX),
        (
            r#""Action":"s3:x","Resource":"arn:error:s3:::b",
               "Condition":{"DateGreaterThan":{"a":"sdfdsf"}}"#,
            LEGACY,
        ),
    ] {
        check_allow(members, expected);
    }
    check_statement(
        r#"{"Effect":"allow","Resource":"arn:aws:s3:us-east-1::b"}"#,
        LEGACY,
    );
    let twice = |version: &str, effect: &str| {
        format!(
            r#"{{{version}"Statement":[
                {{"Sid":"a","Effect":"{effect}","Action":"s3:x","Resource":"*"}},
                {{"Sid":"a","Effect":"Allow"}}]}}"#
        )
    };
    let version = r#""Version":"2012-10-17","#;
    for (version, effect, expected) in [
        (version, "Allow", SID),
        (version, "aLLow", LEGACY),
        ("", "Allow", VERSION),
        ("", "aLLow", VERSION),
    ] {
        check(&twice(version, effect), expected);
    }
    check_statement(
        &format!(
            "[{},{}]",
            PLAIN.replace("s3:", "s3s:"),
            PLAIN.replace("s3:L", "s:3s:L")
        ),
        COLON,
    );
    check(
        r#"{"Statement":{"Effect":"Allow","Action":"s3:x","Resource":"*",
            "Condition":{"DateGreaterThan":{"a":"sdfdsf"}}}}"#,
        VERSION,
    );
    check(
        r#"{"Statement":{"Effect":"denY","Action":"s3:x","Resource":"*"}}"#,
        VERSION,
    );
}

#[test]
fn conditions() {
    for (block, expected) in [
        ("[]", SYNTAX),
        (r#""a""#, SYNTAX),
        (r#"{"a":"b"}"#, SYNTAX),
        (r#"{"DateGreaterThan":"b"}"#, SYNTAX),
        (r#"{"DateGreaterThan":[]}"#, SYNTAX),
        (r#"{"DateGreaterThan":{"a":{}}}"#, SYNTAX),
        (r#"{"StringEquals":{"a":null}}"#, SYNTAX),
        (r#"{"StringEquals":{"a":[["b"]]}}"#, SYNTAX),
        (r#"{"x":{"a":"1"}}"#, SYNTAX),
        (r#"{"ForAnyValue::StringEqualsIfExists":{"a":"b"}}"#, SYNTAX),
        (
            r#"[{"ForAllValues:StringEquals":{"aws:TagKeys":"b"}}]"#,
            SYNTAX,
        ),
        (r#"{"BinaryEquals":{"a":"no-binary"}}"#, SYNTAX),
        (r#"{"NullIfExists":{"a":"true"}}"#, SYNTAX),
        (r#"{"ForAnyValue:Null":{"a":"true"}}"#, "ok"),
        (r#"{"DateGreaterThan":{}}"#, "ok"),
        (r#"{"DateGreaterThan":{"a":[]}}"#, "ok"),
        (r#"{"a":{}}"#, "ok"),
        (r#"{"x":{},"y":{}}"#, "ok"),
        (r#"{"StringEqualsIfExists":{"a":"b"}}"#, "ok"),
        (r#"{"ForAnyValue:StringEqualsIfExists":{"a":"b"}}"#, "ok"),
        (r#"{"Bool":{"a":false}}"#, "ok"),
        (r#"{"Bool":{"a":"yes"}}"#, "ok"),
        (r#"{"Null":{"a":"yes"}}"#, "ok"),
        (r#"{"NumericEquals":{"a":[1,1.5,"01"]}}"#, "ok"),
    ] {
        check_condition(block, expected);
    }
}

/// Storage refuses what an operator cannot compare; sessions take it, but for base64.
#[test]
fn literals() {
    let rows = [
        ("NumericEquals", "NaN", false),
        ("NumericEquals", "no-number", false),
        ("NumericEquals", "1.", true),
        ("NumericEquals", "-1.5e3", true),
        ("DateLessThan", "not-a-date", false),
        ("DateLessThan", "234-13", false),
        ("DateLessThan", "2016-12-13t2:00:00.593194+1", false),
        ("DateLessThan", "2016-12-13t2:00:00.1999999999+10:59", false),
        ("DateLessThan", "9223372036854775808", false),
        ("DateLessThan", "9223372036854775807", true),
        ("DateLessThan", "01T", true),
        ("DateLessThan", "-292275054", true),
        ("DateLessThan", "-292275055", false),
        ("DateLessThan", "2019-07-01T13:20:15Z", true),
        ("DateLessThan", "2016-12-13T21:20:37.593194+00:00", true),
        ("DateLessThan", "2016-12-13t2:00:00.593194+23", true),
        ("IpAddress", "not-an-ip", false),
        ("IpAddress", "10.0.0.0/33", false),
        ("IpAddress", "10.0.0.1/8", true),
        ("IpAddress", "2001:db8::5/64", false),
        ("IpAddress", "2001:db8::/64", true),
        ("IpAddress", "::ffff:192.0.2.0/120", false),
        ("ArnLike", "not-an-arn", false),
        ("ArnLike", "arn:aws:s3:::*", true),
        ("ArnLike", "${aws:PrincipalArn}", true),
        ("BinaryEquals", "YQ==", true),
    ];
    for (operator, literal, storable) in rows {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*",
                "Resource":"*","Condition":{{"{operator}":{{"a":"{literal}"}}}}}}}}"#
        );
        check(&text, if storable { "ok" } else { LEGACY });
        let session = verdict(&text, PolicyKind::Session, Leniency::Session);
        assert_eq!(session, "ok", "{text}");
    }
    let binary = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*",
        "Condition":{"BinaryEquals":{"a":"no-binary"}}}}"#;
    assert_eq!(
        verdict(binary, PolicyKind::Session, Leniency::Session),
        SYNTAX
    );
}

/// One character more than the quota is refused, white space aside where AWS counts none.
#[test]
fn sizes() {
    use policy::{Holder, ResourceService, check_size};
    let rows = [
        (Holder::Managed, 6_144, true, "LimitExceeded", 409),
        (Holder::User, 2_048, true, "LimitExceeded", 409),
        (Holder::Group, 5_120, true, "LimitExceeded", 409),
        (Holder::Role, 10_240, true, "LimitExceeded", 409),
        (Holder::Trust, 2_048, true, "LimitExceeded", 409),
        (Holder::Session, 2_048, false, "ValidationError", 400),
        (
            Holder::ServiceControl,
            5_120,
            true,
            "ConstraintViolationException",
            400,
        ),
        (
            Holder::ResourceControl,
            5_120,
            true,
            "ConstraintViolationException",
            400,
        ),
        (
            Holder::Endpoint,
            20_480,
            false,
            "InvalidPolicyDocument",
            400,
        ),
        (
            Holder::Resource(ResourceService::Kms),
            32_768,
            false,
            "LimitExceededException",
            400,
        ),
    ];
    for (holder, max, counts_no_blanks, code, status) in rows {
        let largest = "x".repeat(max);
        assert_eq!(check_size(&largest, holder), Ok(()), "{holder:?}");
        let blank = check_size(&format!("{largest} "), holder);
        assert_eq!(blank.is_ok(), counts_no_blanks, "{holder:?}");
        let fault = check_size(&format!("{largest}x"), holder).unwrap_err();
        let told = (fault.code(), fault.status());
        assert_eq!(told, (code, status), "{holder:?}");
    }
}
