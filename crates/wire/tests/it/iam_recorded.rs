//! What IAM says to bad input, as recorded from AWS.

use crate::request::Request;

fn check(request: &Request, code: &str, text: &str) {
    let (found_code, status, found) = request.read().unwrap_err();
    assert_eq!(
        (found_code.as_str(), status, found.as_str()),
        (code, 400, text)
    );
}

/// Recorded from AWS: TagUser of September 2026, CreateOpenIDConnectProvider and UntagRole of
/// February 2026.
#[test]
fn iam_tells_violations_as_recorded() {
    let null = |path: &str| {
        format!("Value at '{path}' failed to satisfy constraint: Member must not be null")
    };
    let nulls = |members: std::ops::RangeInclusive<u32>| {
        let told: Vec<_> = members
            .flat_map(|at| ["value", "key"].map(|name| null(&format!("tags.{at}.member.{name}"))))
            .collect();
        let plural = if told.len() == 1 { "" } else { "s" };
        format!(
            "{} validation error{plural} detected: {}",
            told.len(),
            told.join("; ")
        )
    };
    let (k, v) = ("Key=team", "Value=approved");
    let tag = |at: &str| format!("Tags.member.{at}.{k}&Tags.member.{at}.{v}");
    let long = "b".repeat(256);
    let user = "Action=TagUser&Version=2010-05-08&UserName=u";
    for (form, text) in [
        (format!("{user}&{}", tag("2")), nulls(1..=1)),
        (format!("{user}&{}", tag("3")), nulls(1..=2)),
        (format!("{user}&{}", tag("10")), nulls(1..=5)),
        (format!("{user}&{}", tag("11")), nulls(1..=5)),
        (format!("{user}&{}", tag("%2B1")), nulls(1..=1)),
        (format!("{user}&{}", tag("one")), nulls(1..=1)),
        (format!("{user}&{}&{}", tag("1"), tag("3")), nulls(2..=2)),
        (
            format!("{user}&Tags.member.1.{k}"),
            format!("1 validation error detected: {}", null("tags.1.member.value")),
        ),
        (
            format!("{user}&Tags.member.1.{k}&Tags.member.1.Value=bad%0Avalue"),
            r"1 validation error detected: Value at 'tags.1.member.value' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*".to_owned(),
        ),
        (
            "Action=UntagRole&Version=2010-05-08&RoleName=r&TagKeys.member.1=invalid!key".to_owned(),
            r"1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]".to_owned(),
        ),
        (
            format!(
                "Action=CreateOpenIDConnectProvider&Version=2010-05-08&Url={long}\
                 &ThumbprintList.member.1={}&ClientIDList.member.1={long}",
                "b".repeat(41)
            ),
            "3 validation errors detected: Value at 'clientIDList' failed to satisfy constraint: Member \
             must satisfy constraint: [Member must have length less than or equal to 255, Member must \
             have length greater than or equal to 1]; Value at 'thumbprintList' failed to satisfy \
             constraint: Member must satisfy constraint: [Member must have length less than or equal to \
             40, Member must have length greater than or equal to 40]; Value at 'url' failed to satisfy \
             constraint: Member must have length less than or equal to 255"
                .to_owned(),
        ),
        (
            "Action=SetDefaultPolicyVersion&Version=2010-05-08\
             &PolicyArn=arn:aws:iam::123456789012:policy/p&VersionId=wrong_version_id"
                .to_owned(),
            r"1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?".to_owned(),
        ),
        (
            "Action=ListRoles&Version=2010-05-08&PathPrefix=x".to_owned(),
            "The specified value for pathPrefix is invalid. It must begin with the / character and \
             contain only alphanumeric characters and/or / characters."
                .to_owned(),
        ),
    ] {
        check(&Request::form(&form), "ValidationError", &text);
    }
    // As boto3 sends it, and with zeros before the number.
    for at in ["1", "01"] {
        let request = Request::form(&format!("{user}&{}&Tags.member.1.Unknown=x", tag(at)));
        assert!(request.read().is_ok(), "{at}");
    }
}

#[test]
fn iam_reads_numbers_and_flags_as_recorded() {
    for (items, code) in [
        ("1", None),
        ("01", None),
        ("%2B1", None),
        ("+1+", Some("MalformedInput")),
        ("1.0", Some("MalformedInput")),
        ("1e0", Some("MalformedInput")),
        ("0", Some("ValidationError")),
        ("1001", Some("ValidationError")),
        ("2147483648", Some("MalformedInput")),
    ] {
        let form = format!("Action=ListUsers&Version=2010-05-08&MaxItems={items}");
        let found = Request::form(&form).read().err().map(|(code, _, _)| code);
        assert_eq!(found.as_deref(), code, "{items}");
    }
    for (flag, fine) in [
        ("true", true),
        ("false", true),
        ("1", true),
        ("0", true),
        ("True", false),
        ("FALSE", false),
        ("+true", false),
        ("", false),
        ("null", false),
    ] {
        let form = format!("Action=ListPolicies&Version=2010-05-08&OnlyAttached={flag}");
        assert_eq!(Request::form(&form).read().is_ok(), fine, "{flag}");
    }
}

/// Of lists in a form, STS's and IAM's alike (September 2026).
#[test]
fn indexes_that_cannot_be_read() {
    let role = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/app&RoleSessionName=ab";
    for (form, (code, text)) in [
        (
            "Tags.member.0.Key=a",
            ("MalformedInput", "0 is not a valid index"),
        ),
        (
            "Tags.member.00.Key=a",
            ("MalformedInput", "0 is not a valid index"),
        ),
        (
            "Tags.member.99999999999.Key=a",
            ("MalformedInput", "99999999999 is not a valid index"),
        ),
        (
            "Tags.member.-1.Key=a",
            ("MalformedInput", "Key -1 may not have a leading '-'"),
        ),
        (
            "Tags.member.1.0.Key=a",
            (
                "MalformedInput",
                "Two index elements may not occur back to back",
            ),
        ),
        (
            "Tags.member.1.Key=a&Tags.member.01.Key=a",
            (
                "MalformedQueryString",
                "The parameter Tags.member.01.Key is there more than once",
            ),
        ),
        (
            "Tags.member.49.Key=a",
            (
                "MalformedInput",
                "Excessively sparse input would skip 48 list elements",
            ),
        ),
        (
            "Tags.member.1.Key=a&Tags.member.12.Key=a",
            (
                "MalformedInput",
                "Excessively sparse input would skip 11 list elements",
            ),
        ),
        (
            "TransitiveTagKeys.member.one=a",
            ("MalformedInput", "Start of list found where not expected"),
        ),
    ] {
        check(&Request::form(&format!("{role}&{form}")), code, text);
    }
}
