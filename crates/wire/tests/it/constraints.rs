//! Constraints of the models, refused in AWS's words.

use crate::request::Request;

fn check(request: &Request, code: &str, text: &str) {
    let (found_code, status, found) = request.read().unwrap_err();
    assert_eq!(
        (found_code.as_str(), status, found.as_str()),
        (code, 400, text)
    );
}

fn role(rest: &str) -> Request {
    Request::form(&format!("Action=AssumeRole&Version=2011-06-15&{rest}"))
}

const ARN: &str = "RoleArn=arn:aws:iam::123456789012:role/app";

#[test]
fn sts_tells_every_violation() {
    let pattern = r"failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*";
    for (form, text) in [
        (
            format!("{ARN}&RoleSessionName=a%20b"),
            format!("1 validation error detected: Value 'a b' at 'roleSessionName' {pattern}"),
        ),
        (
            String::new(),
            "2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member \
             must not be null; Value null at 'roleSessionName' failed to satisfy constraint: Member must \
             not be null"
                .to_owned(),
        ),
        (
            format!("{ARN}&RoleSessionName=%21"),
            format!(
                "2 validation errors detected: Value '!' at 'roleSessionName' {pattern}; Value '!' at \
                 'roleSessionName' failed to satisfy constraint: Member must have length greater than or \
                 equal to 2"
            ),
        ),
        (
            format!("{ARN}&RoleSessionName=ab&DurationSeconds=899"),
            "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: \
             Member must have value greater than or equal to 900"
                .to_owned(),
        ),
        (
            format!("{ARN}&RoleSessionName=ab&DurationSeconds=43201"),
            "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy \
             constraint: Member must have value less than or equal to 43200"
                .to_owned(),
        ),
        (
            format!("{ARN}&RoleSessionName=ab&Tags.member.1.Value=x"),
            "1 validation error detected: Value null at 'tags.1.member.key' failed to satisfy \
             constraint: Member must not be null"
                .to_owned(),
        ),
        (
            format!("{ARN}&RoleSessionName=ab&TransitiveTagKeys.member.1=%21&TransitiveTagKeys.member.2=ok"),
            r"1 validation error detected: Value '[!, ok]' at 'transitiveTagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+]"
                .to_owned(),
        ),
    ] {
        check(&role(&form), "ValidationError", &text);
    }
}

#[test]
fn what_is_sensitive_is_never_echoed() {
    let token = "x".repeat(20_001);
    let request = Request::form(&format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&{ARN}&RoleSessionName=ab&WebIdentityToken={token}"
    ));
    check(
        &request,
        "ValidationError",
        "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member \
         must have length less than or equal to 20000",
    );
    let secret = "x".repeat(65_537);
    let body = format!(r#"{{"SecretId":"a","SecretString":"{secret}"}}"#);
    check(
        &Request::json("secretsmanager.PutSecretValue", &body),
        "ValidationException",
        "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must \
         have length less than or equal to 65536",
    );
}

#[test]
fn the_answer_to_a_flood_of_violations_stays_small() {
    let tags = format!(r#"{{"Key":""}}{}"#, r#",{"Key":""}"#.repeat(50_000));
    let body = format!(r#"{{"SecretId":"a","Tags":[{tags}]}}"#);
    let (code, _, told) = Request::json("secretsmanager.TagResource", &body)
        .read()
        .unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(
        told.starts_with("64 validation errors detected: "),
        "{}",
        told.len()
    );
    assert!(told.len() < 64 * 200, "{} bytes", told.len());
}

#[test]
fn large_values_are_cut() {
    let fits = format!("{}!", "x".repeat(1023));
    let over = format!("{}!", "x".repeat(1024));
    let cut = format!("{}...", "x".repeat(1024));
    let keys = "ab!, ".repeat(204);
    for (rest, shown) in [
        (format!("RoleSessionName={fits}"), fits.as_str()),
        (format!("RoleSessionName={over}"), cut.as_str()),
        (
            format!("RoleSessionName={}", "\u{20ac}".repeat(1025)),
            &format!("{}...", "\u{20ac}".repeat(1024)),
        ),
        (
            (1..=5_000).fold("RoleSessionName=ab".to_owned(), |form, at| {
                format!("{form}&TransitiveTagKeys.member.{at}=ab!")
            }),
            &format!("[{keys}ab!..."),
        ),
    ] {
        let (code, _, told) = role(&format!("{ARN}&{rest}")).read().unwrap_err();
        assert_eq!(code, "ValidationError");
        assert!(told.contains(&format!("Value '{shown}' at")), "{told}");
        assert!(told.len() < 8 * 1024, "{} bytes", told.len());
    }
    let huge = "x".repeat(900_000);
    for body in [
        format!(r#"{{"SecretId":"{huge}"}}"#),
        format!(r#"{{"SecretId":"a","VersionStage":"{huge}"}}"#),
    ] {
        let (_, _, told) = Request::json("secretsmanager.GetSecretValue", &body)
            .read()
            .unwrap_err();
        assert!(
            told.contains("xxx...' at '") && told.len() < 4 * 1024,
            "{} bytes",
            told.len()
        );
    }
    let name = "y".repeat(50_000);
    let (_, _, told) = role(&format!("{name}=1&{name}=2")).read().unwrap_err();
    assert!(told.len() < 2 * 1024, "{} bytes", told.len());
}

#[test]
fn tags_take_every_letter_of_every_script() {
    for (tag, fine) in [
        ("plain-Tag_1 .:/=+-@", true),
        ("équipe", true),
        ("チーム\u{3000}名", true),
        ("名前٣Ⅷ", true),
        ("𝒜𐐷", true),
        ("a\tb", false),
        ("a!b", false),
        ("a\u{301}", false),
        ("😀", false),
        ("a\u{200b}", false),
    ] {
        let escaped = percent_encoded(tag);
        let form =
            format!("{ARN}&RoleSessionName=ab&Tags.member.1.Key=k&Tags.member.1.Value={escaped}");
        assert_eq!(role(&form).read().is_ok(), fine, "{tag:?}");
    }
}

#[test]
fn lengths_count_characters_not_bytes() {
    for (count, fine) in [(256, true), (257, false)] {
        let value = "%C3%A9".repeat(count);
        let form =
            format!("{ARN}&RoleSessionName=ab&Tags.member.1.Key=k&Tags.member.1.Value={value}");
        assert_eq!(role(&form).read().is_ok(), fine, "{count}");
    }
}

#[test]
fn services_word_some_refusals_themselves() {
    for (request, code, text) in [
        (
            Request::form("Action=GetRole&Version=2010-05-08&RoleName=a%20b"),
            "ValidationError",
            "The specified value for roleName is invalid. It must contain only alphanumeric characters \
             and/or the following: +=,.@_-",
        ),
        (
            Request::form("Action=CreateUser&Version=2010-05-08&UserName=ab&Path=x"),
            "ValidationError",
            "The specified value for path is invalid. It must begin and end with / and contain only \
             alphanumeric characters and/or / characters.",
        ),
        (
            Request::form(&format!(
                "Action=GetRole&Version=2010-05-08&RoleName={}",
                "a".repeat(65)
            )),
            "ValidationError",
            "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member \
             must have length less than or equal to 64",
        ),
        (
            Request::form(
                "Action=UpdateAccessKey&Version=2010-05-08&AccessKeyId=AKIAIOSFODNN7EXAMPLE&Status=On",
            ),
            "ValidationError",
            "1 validation error detected: Value at 'status' failed to satisfy constraint: Member \
             must satisfy enum value set: [Active, Inactive, Expired]",
        ),
        (
            Request::json("secretsmanager.CreateSecret", r#"{"Name":"a b"}"#),
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
             following: -/_+=.@!",
        ),
        (
            Request::json("secretsmanager.GetSecretValue", "{}"),
            "ValidationException",
            "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member \
             must not be null",
        ),
        (
            Request::json("CloudTrail_20131101.LookupEvents", r#"{"MaxResults":51}"#),
            "InvalidMaxResultsException",
            "This exception is thrown if the limit specified is not valid.",
        ),
        (
            Request::json("Irsa_20261121.CreateIssuer", r#"{"Name":"-a-"}"#),
            "ValidationException",
            "1 validation error detected: Value '-a-' at 'name' failed to satisfy constraint: Member \
             must satisfy regular expression pattern: [a-z0-9]([a-z0-9-]*[a-z0-9])?",
        ),
        (
            Request::json(
                "secretsmanager.TagResource",
                r#"{"SecretId":"a","Tags":[null]}"#,
            ),
            "ValidationException",
            "1 validation error detected: Value null at 'tags.1.member' failed to satisfy constraint: \
             Member must not be null",
        ),
    ] {
        check(&request, code, text);
    }
}

/// Recorded from AWS.
#[test]
fn secretsmanager_tells_violations_as_recorded() {
    for (request, code, text) in [
        (
            Request::json(
                "secretsmanager.DescribeSecret",
                r#"{"SecretId":"Inv Name"}"#,
            ),
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
             following: -/_+=.@!",
        ),
        (
            Request::json(
                "secretsmanager.GetSecretValue",
                r#"{"SecretId":" Inv*Name? "}"#,
            ),
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
             following: -/_+=.@!",
        ),
        (
            Request::json("secretsmanager.DeleteSecret", r#"{"SecretId":"a:b"}"#),
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
             following: -/_+=.@!",
        ),
        (
            Request::json(
                "secretsmanager.PutSecretValue",
                r#"{"SecretId":"a","SecretString":"v","VersionStages":[]}"#,
            ),
            "ValidationException",
            "1 validation error detected: Value '[]' at 'versionStages' failed to satisfy constraint: \
             Member must have length greater than or equal to 1",
        ),
        (
            Request::json(
                "secretsmanager.PutSecretValue",
                r#"{"SecretId":"a","SecretString":"v","VersionStages":[""]}"#,
            ),
            "ValidationException",
            "1 validation error detected: Value '[]' at 'versionStages' failed to satisfy constraint: \
             Member must satisfy constraint: [Member must have length less than or equal to 256, \
             Member must have length greater than or equal to 1]",
        ),
        (
            Request::json(
                "secretsmanager.PutSecretValue",
                r#"{"SecretId":"a","SecretString":"v","ClientRequestToken":"short"}"#,
            ),
            "ValidationException",
            "1 validation error detected: Value 'short' at 'clientRequestToken' failed to satisfy \
             constraint: Member must have length greater than or equal to 32",
        ),
        (
            Request::json(
                "secretsmanager.GetSecretValue",
                r#"{"SecretId":"a","VersionId":"short"}"#,
            ),
            "ValidationException",
            "1 validation error detected: Value 'short' at 'versionId' failed to satisfy constraint: \
             Member must have length greater than or equal to 32",
        ),
        (
            Request::json(
                "secretsmanager.PutSecretValue",
                r#"{"SecretId":"a","SecretString":""}"#,
            ),
            "ValidationException",
            "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member \
             must have length greater than or equal to 1",
        ),
    ] {
        check(&request, code, text);
    }
}

#[test]
fn names_and_paths_within_their_limits_pass() {
    for request in [
        Request::form("Action=CreateUser&Version=2010-05-08&UserName=a%2B%3D%2C.%40_-&Path=/"),
        Request::form("Action=CreateUser&Version=2010-05-08&UserName=ab&Path=/a/b/"),
        Request::json("secretsmanager.CreateSecret", r#"{"Name":"a/b_+=.@!-Z9"}"#),
        Request::json("Irsa_20261121.CreateIssuer", r#"{"Name":"a-1"}"#),
        Request::json(
            "Irsa_20261121.Explain",
            r#"{"ServiceAccount":"demo/app.x"}"#,
        ),
    ] {
        assert!(request.read().is_ok());
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| {
        format!("{encoded}%{byte:02X}")
    })
}
