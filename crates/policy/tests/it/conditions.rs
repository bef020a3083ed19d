//! Each operator's own corner cases, as recorded from AWS.

use policy::Context;

use crate::fixture::{denies, holds};

fn check(rows: &[(&str, &str, &str, bool)]) {
    for (operator, wanted, observed, expected) in rows {
        let mut context = Context::new();
        context.set("x:key", *observed);
        let wanted = escaped(wanted);
        let block = format!(r#"{{"{operator}":{{"x:key":{wanted}}}}}"#);
        assert_eq!(
            holds(&block, &context),
            *expected,
            "{block} on {observed:?}"
        );
    }
}

/// A JSON string in ASCII: documents hold no character beyond U+00FF unescaped.
fn escaped(text: &str) -> String {
    let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
    format!("\"{}\"", units.collect::<String>())
}

#[test]
fn strings() {
    check(&[
        ("StringEquals", "a", "A", false),
        ("StringEquals", "a*", "ab", false),
        ("stringequals", "a", "a", true),
        ("StringEqualsIgnoreCase", "ABC", "aBc", true),
        ("StringEqualsIgnoreCase", "S", "\u{17f}", false),
        ("StringEqualsIgnoreCase", "ΟΣ", "ος", true),
        ("StringEqualsIgnoreCase", "Σ", "ς", false),
        ("StringEqualsIgnoreCase", "İ", "i\u{307}", true),
        ("StringEqualsIgnoreCase", "é", "e\u{301}", false),
        ("StringEqualsIgnoreCase", "𐐀", "𐐨", false),
        ("StringLike", "a*", "abc", true),
        ("StringLike", "A*", "abc", false),
        ("StringLike", "a?c", "abc", true),
        ("StringLike", "a?c", "ac", false),
        ("StringLike", "*", "", true),
        ("StringLike", "*", "a\nb", true),
        ("StringLike", "[a]", "a", false),
        ("StringLike", "a\\*", "a*", false),
        ("StringLike", "a\\*", "a\\b", true),
        // A supplementary character is two UTF-16 units.
        ("StringLike", "?", "𐐀", false),
        ("StringLike", "??", "𐐀", true),
        ("StringLike", "𐐀", "𐐀", true),
        ("StringNotLike", "a*", "abc", false),
        ("StringNotEquals", "a", "b", true),
    ]);
}

#[test]
fn numbers() {
    check(&[
        ("NumericEquals", "1", "01", true),
        ("NumericEquals", "1", "+1", true),
        ("NumericEquals", "1", "1.0", true),
        ("NumericEquals", "1", "1e0", true),
        ("NumericEquals", "1", "NaN", false),
        ("NumericEquals", "1", "Infinity", false),
        ("NumericEquals", "1", "", false),
        ("NumericNotEquals", "1", "no-number", true),
        ("NumericNotEquals", "1", "01", false),
        ("NumericEquals", "0", "-0.00", true),
        ("NumericEquals", "0.1", "0.10000000000000000000001", false),
        (
            "NumericLessThan",
            "9007199254740993",
            "9007199254740992",
            true,
        ),
        ("NumericLessThan", "10", "9", true),
        ("NumericLessThan", "-1", "-2", true),
        ("NumericLessThan", "-2", "-1", false),
        ("NumericLessThanEquals", "10", "10", true),
        ("NumericGreaterThan", "10", "10", false),
        ("NumericGreaterThan", "0.09", "0.1", true),
        ("NumericGreaterThanEquals", "10", "10.0", true),
        ("NumericGreaterThan", "1", "1e999999999", true),
        ("NumericLessThan", "1", "no-number", false),
        ("NumericEquals", "no-number", "no-number", false),
        ("NumericNotEquals", "no-number", "1", true),
    ]);
}

#[test]
fn dates() {
    let new_year = "2030-01-01T00:00:00Z";
    check(&[
        ("DateEquals", new_year, new_year, true),
        ("DateEquals", new_year, "1893456000", true),
        ("DateEquals", new_year, "2030-01-01", true),
        ("DateEquals", new_year, "2030-01", true),
        ("DateEquals", new_year, "2030-01-01t01:00:00+01:00", true),
        ("DateEquals", new_year, "2029-12-31T19:00-05:00", true),
        ("DateEquals", new_year, "2030-01-01T00:00:00.0009Z", true),
        ("DateEquals", new_year, "2030-01-01T00:00:00.001Z", false),
        ("DateEquals", new_year, "not-a-date", false),
        ("DateNotEquals", new_year, "not-a-date", true),
        ("DateNotEquals", new_year, "", true),
        ("DateLessThan", new_year, "2029-12-31T23:59:59.999Z", true),
        ("DateLessThanEquals", new_year, new_year, true),
        (
            "DateGreaterThan",
            new_year,
            "2030-01-01T00:00:00.001Z",
            true,
        ),
        ("DateGreaterThanEquals", new_year, "2029", false),
        ("DateGreaterThan", "not-a-date", new_year, false),
        ("DateNotEquals", "not-a-date", new_year, true),
    ]);
}

#[test]
fn booleans_and_bytes() {
    check(&[
        ("Bool", "true", "TRUE", true),
        ("Bool", "true", "yes", false),
        ("Bool", "false", "yes", true),
        ("Bool", "FALSE", "false", true),
        ("BinaryEquals", "YQ==", "YQ==", true),
        ("BinaryEquals", "YQ==", "Yg==", false),
        ("BinaryEquals", "YQ==", "YQ", false),
    ]);
}

#[test]
fn addresses() {
    check(&[
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", true),
        ("IpAddress", "10.9.9.9/8", "10.1.2.3", true),
        ("IpAddress", "10.0.0.0/8", "11.0.0.1", false),
        ("IpAddress", "0.0.0.0/0", "255.255.255.255", true),
        ("IpAddress", "10.0.0.1", "10.0.0.1", true),
        ("IpAddress", "10.0.0.1", "10.0.0.2", false),
        ("IpAddress", "192.0.2.0/+24", "192.0.2.1", true),
        ("IpAddress", "192.0.2.0/024", "192.000.002.010", true),
        ("IpAddress", "192.0.2.0/24", "::ffff:192.0.2.1", true),
        ("IpAddress", "::ffff:192.0.2.0/120", "192.0.2.1", false),
        ("IpAddress", "192.0.2.0/33", "192.0.2.1", false),
        ("IpAddress", "2001:db8::/32", "2001:db8::5", true),
        ("IpAddress", "2001:db8::5", "2001:db8:0::5", true),
        ("IpAddress", "2001:db8::5/64", "2001:db8::1", false),
        ("IpAddress", "2001:db8::5/64", "2001:db8::5", false),
        ("NotIpAddress", "2001:db8::5/64", "2001:db8::5", true),
        ("IpAddress", "2001:db8::4/127", "2001:db8::5", true),
        ("IpAddress", "::/0", "2001:db8::5", true),
        ("IpAddress", "::/0", "10.0.0.1", false),
        ("IpAddress", "0.0.0.0/0", "not-an-ip", false),
        ("NotIpAddress", "0.0.0.0/0", "not-an-ip", false),
        ("NotIpAddress", "10.0.0.0/8", "192.0.513", false),
        ("NotIpAddress", "10.0.0.0/8", "3221225985", false),
        ("NotIpAddress", "10.0.0.0/8", "192.0.2.1/32", false),
        ("IpAddress", "not-an-ip", "10.0.0.1", false),
        ("NotIpAddress", "not-an-ip", "10.0.0.1", true),
    ]);
}

#[test]
fn arns() {
    check(&[
        (
            "ArnLike",
            "arn:aws:s3:::b*",
            "arn:aws:s3:::bucket/key",
            true,
        ),
        ("ArnEquals", "arn:aws:s3:::b*", "arn:aws:s3:::bucket", true),
        (
            "ArnLike",
            "arn:aws:iam::*:role/x",
            "arn:aws:iam::123456789012:role/x",
            true,
        ),
        // A wildcard stays within its segment.
        (
            "ArnLike",
            "arn:aws:*:role/x",
            "arn:aws:iam::123456789012:role/x",
            false,
        ),
        ("ArnLike", "arn:aws:s3:::a", "arn:aws:s3:::A", false),
        ("ArnNotLike", "arn:aws:s3:::a", "arn:aws:s3:::b", true),
        ("ArnLike", "arn:aws:s3:::*", "not-an-arn", false),
        ("ArnNotLike", "arn:aws:s3:::*", "not-an-arn", false),
    ]);
}

/// A malformed ARN in the policy refuses and never grants, unless a match came before it.
#[test]
fn malformed_arn_operands() {
    let mut context = Context::new();
    context.set("x:key", "arn:aws:s3:::a");
    let rows = [
        // operands, Allow holds, Deny holds
        (r#"["not-an-arn"]"#, false, true),
        (r#"["arn:aws:s3:::a","not-an-arn"]"#, true, true),
        (r#"["not-an-arn","arn:aws:s3:::a"]"#, false, true),
        (r#"["arn:aws:s3:::b","not-an-arn"]"#, false, true),
    ];
    for (operands, allows, refuses) in rows {
        let block = format!(r#"{{"ArnLike":{{"x:key":{operands}}}}}"#);
        assert_eq!(holds(&block, &context), allows, "{block}");
        assert_eq!(denies(&block, &context), refuses, "{block}");
    }
    let negated = r#"{"ArnNotLike":{"x:key":["arn:aws:s3:::a","not-an-arn"]}}"#;
    assert!(!holds(negated, &context));
    assert!(!denies(negated, &context));
    context.set("x:key", "not-an-arn-either");
    let block = r#"{"ArnLike":{"x:key":"not-an-arn"}}"#;
    assert!(!holds(block, &context) && !denies(block, &context));
}

/// Variables stand in String and ARN operators; their values are literal.
#[test]
fn variables() {
    let mut context = Context::new();
    context.set("x:key", "a*");
    context.set("x:star", "*");
    context.set("x:same", "a*");
    context.set("x:arn", "arn:aws:s3:::a");
    context.set("x:also", "arn:aws:s3:::a");
    context.set_many("x:list", vec!["a*".to_owned()]);
    let rows = [
        (r#"{"StringEquals":{"x:key":"${x:same}"}}"#, true),
        (r#"{"StringEquals":{"x:key":"${X:SAME}"}}"#, true),
        (r#"{"StringEquals":{"x:key":"a${*}"}}"#, true),
        (r#"{"StringLike":{"x:key":"a${*}"}}"#, true),
        (r#"{"StringLike":{"x:key":"${x:star}"}}"#, false),
        (r#"{"StringLike":{"x:key":"a${x:star}"}}"#, true),
        (r#"{"StringLike":{"x:key":"a${?}"}}"#, false),
        (r#"{"StringEquals":{"x:key":"${x:none, 'a*'}"}}"#, true),
        (r#"{"StringEquals":{"x:key":"${x:none}"}}"#, false),
        (r#"{"StringNotEquals":{"x:key":"${x:none}"}}"#, true),
        (r#"{"StringEquals":{"x:key":"${x:list}"}}"#, false),
        (r#"{"StringEquals":{"x:key":"${x:list, 'a*'}"}}"#, false),
        (r#"{"StringNotEquals":{"x:key":"${x:list, 'a*'}"}}"#, true),
        (r#"{"ArnEquals":{"x:arn":"${x:also}"}}"#, true),
        (r#"{"ArnNotEquals":{"x:arn":"${x:none}"}}"#, true),
        (r#"{"ArnLike":{"x:arn":"arn:aws:s3:::${x:star}"}}"#, false),
        // Not in other operators, and only where braces close.
        (r#"{"StringEquals":{"x:key":"${x:same"}}"#, false),
        (r#"{"NumericEquals":{"x:key":"${x:key}"}}"#, false),
    ];
    for (block, expected) in rows {
        assert_eq!(holds(block, &context), expected, "{block}");
    }
}
