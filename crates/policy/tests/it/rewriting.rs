//! Principals of stored policies.

use policy::{PolicyFault, rewrite_principals, size_without_whitespace};

const NAMES: &[(&str, &str)] = &[
    ("arn:aws:iam::111122223333:role/a", "AROAEXAMPLEROLE000001"),
    ("arn:aws:iam::111122223333:user/b", "AIDAEXAMPLEUSER000001"),
    ("quote", "say \"hi\""),
];

fn rewrite(text: &str) -> Result<String, PolicyFault> {
    rewrite_principals(text, |principal| {
        if principal == "unknown" {
            let text = r#"Invalid principal in policy: "AWS":"unknown""#;
            return Err(PolicyFault::malformed(text));
        }
        let known = NAMES.iter().find(|(name, _)| *name == principal);
        Ok(known.map(|(_, id)| (*id).to_owned()))
    })
}

#[test]
fn only_aws_principals_change_and_all_else_stays() {
    let rows = [
        (
            "{ \"Statement\" :[{\"Principal\": {\"AWS\":\t\"arn:aws:iam::111122223333:role/a\"},\n \"n\":1.50}] }",
            "{ \"Statement\" :[{\"Principal\": {\"AWS\":\t\"AROAEXAMPLEROLE000001\"},\n \"n\":1.50}] }",
        ),
        (
            r#"{"Statement":{"NotPrincipal":{"AWS":["x","arn:aws:iam::111122223333:user/b","arn:aws:iam::111122223333:role/a"],"Service":"arn:aws:iam::111122223333:role/a"}}}"#,
            r#"{"Statement":{"NotPrincipal":{"AWS":["x","AIDAEXAMPLEUSER000001","AROAEXAMPLEROLE000001"],"Service":"arn:aws:iam::111122223333:role/a"}}}"#,
        ),
        (
            r#"{"Statement":{"Principal":"*","Resource":"arn:aws:iam::111122223333:role/a"}}"#,
            r#"{"Statement":{"Principal":"*","Resource":"arn:aws:iam::111122223333:role/a"}}"#,
        ),
        (
            r#"{"Statement":{"Principal":{"AWS":"quote"}}}"#,
            r#"{"Statement":{"Principal":{"AWS":"say \"hi\""}}}"#,
        ),
        // An escape is the character it stands for.
        (
            r#"{"Statement":{"Principal":{"AWS":"quot\u0065"}}}"#,
            r#"{"Statement":{"Principal":{"AWS":"say \"hi\""}}}"#,
        ),
        ("{}", "{}"),
        ("[1,2]", "[1,2]"),
    ];
    for (before, after) in rows {
        assert_eq!(rewrite(before).unwrap(), after);
    }
}

#[test]
fn faults() {
    let unknown = rewrite(r#"{"Statement":{"Principal":{"AWS":"unknown"}}}"#).unwrap_err();
    assert_eq!(
        unknown.message(),
        r#"Invalid principal in policy: "AWS":"unknown""#
    );
    assert_eq!(
        (unknown.code(), unknown.status()),
        ("MalformedPolicyDocument", 400)
    );
    assert!(rewrite("{").is_err());
    let fault = base::Fault::from(unknown);
    assert_eq!(
        (fault.code(), fault.status()),
        ("MalformedPolicyDocument", 400)
    );
}

#[test]
fn sizes() {
    for (text, size) in [("", 0), (" {\t\"a\" :\r\n1 } ", 7), ("\u{e9}", 1)] {
        assert_eq!(size_without_whitespace(text), size, "{text:?}");
    }
}
