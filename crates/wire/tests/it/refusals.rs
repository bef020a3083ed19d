//! Inputs that cannot be read.

use crate::request::Request;

fn check(request: &Request, expected: (&str, &str)) {
    let (code, status, text) = request.read().unwrap_err();
    assert_eq!(
        (code.as_str(), status, text.as_str()),
        (expected.0, 400, expected.1)
    );
}

fn role(rest: &str) -> Request {
    Request::form(&format!(
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/app&RoleSessionName=ab&{rest}"
    ))
}

#[test]
fn forms_that_cannot_be_read() {
    let malformed = "MalformedQueryString";
    let input = "MalformedInput";
    for (form, expected) in [
        (
            "RoleArn=x",
            (malformed, "The parameter RoleArn is there more than once"),
        ),
        (
            "Role%41rn=x",
            (malformed, "The parameter RoleArn is there more than once"),
        ),
        (
            "Tags.member.1.Key=a&Tags.member.1.Key=b",
            (
                malformed,
                "The parameter Tags.member.1.Key is there more than once",
            ),
        ),
        ("X=%4", (malformed, "Incomplete trailing escape % sequence")),
        (
            "DurationSeconds=1h",
            (
                input,
                "The parameter DurationSeconds cannot be read: it is not a 32-bit integer",
            ),
        ),
        (
            "DurationSeconds=99999999999",
            (
                input,
                "The parameter DurationSeconds cannot be read: it is not a 32-bit integer",
            ),
        ),
        (
            "Tags=x",
            (input, "The parameter Tags cannot be read: it is not a list"),
        ),
        (
            "Tags.member.1=x",
            (
                input,
                "The parameter Tags.member.1 cannot be read: it is not Tag",
            ),
        ),
    ] {
        check(&role(form), expected);
    }
    check(
        &role("Policy=a").with_query("Policy=b"),
        (malformed, "The parameter Policy is there more than once"),
    );
}

#[test]
fn names_of_any_depth_are_passed_over() {
    let deep = format!("{}=1", "a.".repeat(100_000));
    assert!(role(&deep).read().is_ok());
}

#[test]
fn json_that_cannot_be_read() {
    let deep = format!(
        r#"{{"SecretId":"a","X":{}{}}}"#,
        "[".repeat(64),
        "]".repeat(64)
    );
    for (body, text) in [
        ("[]", "Start of structure or map expected"),
        ("{", ""),
        ("\u{feff}{}", ""),
        (
            r#"{"SecretId":1}"#,
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            r#"{"SecretId":true}"#,
            "TRUE_VALUE can not be converted to a String",
        ),
        (
            r#"{"SecretId":{}}"#,
            "Start of structure or map found where not expected.",
        ),
        (
            r#"{"SecretId":[]}"#,
            "Start of list found where not expected",
        ),
        (
            r#"{"SecretId":"a","VersionStages":"x"}"#,
            "Expected list or null",
        ),
        (
            r#"{"SecretId":"a","VersionStages":{}}"#,
            "Start of structure or map found where not expected.",
        ),
        (
            r#"{"SecretId":"a","SecretBinary":"%"}"#,
            "Invalid Base64 encoding",
        ),
        (r#"{"SecretId":1e400}"#, ""),
        (&deep, "The document nests deeper than 64 levels"),
    ] {
        let request = Request::json("secretsmanager.PutSecretValue", body);
        check(&request, ("SerializationException", text));
    }
    for (target, body, text) in [
        (
            "CloudTrail_20131101.LookupEvents",
            r#"{"MaxResults":"20"}"#,
            "STRING_VALUE can not be converted to an Integer",
        ),
        (
            "CloudTrail_20131101.LookupEvents",
            r#"{"MaxResults":3000000000}"#,
            "NUMBER_VALUE can not be converted to an Integer",
        ),
        (
            "CloudTrail_20131101.LookupEvents",
            r#"{"StartTime":"yesterday"}"#,
            "STRING_VALUE can not be converted to milliseconds since epoch",
        ),
        (
            "secretsmanager.GetRandomPassword",
            r#"{"PasswordLength":2.5}"#,
            "DECIMAL_VALUE can not be converted to a Long",
        ),
        (
            "secretsmanager.GetRandomPassword",
            r#"{"IncludeSpace":"true"}"#,
            "STRING_VALUE can not be converted to a Boolean",
        ),
    ] {
        check(
            &Request::json(target, body),
            ("SerializationException", text),
        );
    }
}

#[test]
fn json_that_is_read_all_the_same() {
    let shallow = format!(r#"{{"X":{}{}}}"#, "[".repeat(63), "]".repeat(63));
    for body in [
        "",
        "{}",
        r#"{"PasswordLength":null}"#,
        r#"{"PasswordLength":20.0}"#,
        &shallow,
    ] {
        let request = Request::json("secretsmanager.GetRandomPassword", body);
        assert!(request.read().is_ok(), "{body}");
    }
}

#[test]
fn rest_requests_that_cannot_be_read() {
    let serialization = "SerializationException";
    check(
        &Request::get("/clusters", "maxResults=x"),
        (
            serialization,
            "The parameter maxResults cannot be read: it is not a 32-bit integer",
        ),
    );
    check(
        &Request::get("/clusters", "maxResults=1&maxResults=2"),
        (serialization, "maxResults is there more than once"),
    );
    check(
        &Request::get("/clusters/%4", ""),
        (serialization, "Incomplete trailing escape % sequence"),
    );
}
