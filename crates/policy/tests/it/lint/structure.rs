//! Elements, and what they hold.

use policy::lint::LintKind;

use super::*;

#[test]
fn structure() {
    let rows: &[(&str, LintKind, &[Wanted<'_>])] = &[
        (
            "",
            LintKind::Identity,
            &[("JSON_SYNTAX_ERROR", "", "there is no text")],
        ),
        (
            "{\n  \"a\": tru\n}",
            LintKind::Identity,
            &[("JSON_SYNTAX_ERROR", "t", "index 9 line 2 column 7")],
        ),
        (
            r#"{"Version":"2012-10-17","Version":"2012-10-17"}"#,
            LintKind::Trust,
            &[("JSON_SYNTAX_ERROR", "\"", "stands in the object already")],
        ),
        (
            "[]",
            LintKind::Identity,
            &[
                ("DATA_TYPE_MISMATCH", "[]", "object"),
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    "[]",
                    "Syntax errors in policy.",
                ),
            ],
        ),
        (
            "{}",
            LintKind::Identity,
            &[
                ("MISSING_STATEMENT", "{", "Add a statement"),
                ("MALFORMED_POLICY_DOCUMENT", "{", "Syntax errors"),
                ("MISSING_VERSION", "{", "Version"),
            ],
        ),
        (
            r#"{"version":"2012-10-17","Statement":[]}"#,
            LintKind::Identity,
            &[
                ("MISSING_VERSION", "{", ""),
                (
                    "INVALID_POLICY_ELEMENT",
                    "\"version\"",
                    "did you mean `Version`?",
                ),
                ("MALFORMED_POLICY_DOCUMENT", "\"version\"", ""),
                ("MISSING_STATEMENT", "[]", ""),
            ],
        ),
        (
            r#"{"Version":"2020-01-01","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}"#,
            LintKind::Identity,
            &[
                (
                    "INVALID_VERSION",
                    "\"2020-01-01\"",
                    "The version 2020-01-01 is not valid",
                ),
                ("MALFORMED_POLICY_DOCUMENT", "\"2020-01-01\"", ""),
            ],
        ),
        (
            r#"{"Version":"2012-10-17","Statement":{"Sid":"a b","Effect":"Allow","Acton":"x","Resource":"*"}}"#,
            LintKind::Identity,
            &[
                ("MISSING_ACTION", "{", ""),
                ("UNSUPPORTED_SID", "\"a b\"", ""),
                ("MALFORMED_POLICY_DOCUMENT", "{", "Syntax errors"),
                (
                    "INVALID_POLICY_ELEMENT",
                    "\"Acton\"",
                    "did you mean `Action`?",
                ),
            ],
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","NotAction":"s3:PutObject","Resource":7},{"Sid":"A","Effect":"Deny","Action":[],"Resource":[]}]}"#,
            LintKind::Identity,
            &[
                (
                    "UNSUPPORTED_ELEMENT_COMBINATION",
                    "\"NotAction\"",
                    "Action and NotAction",
                ),
                ("MALFORMED_POLICY_DOCUMENT", "\"NotAction\"", ""),
                ("DATA_TYPE_MISMATCH", "7", "string"),
                ("UNIQUE_SIDS_REQUIRED", "\"A\"", ""),
                ("EMPTY_ARRAY_ACTION", "[]", ""),
                ("EMPTY_ARRAY_RESOURCE", "[]", ""),
            ],
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#,
            LintKind::Identity,
            &[
                ("UNSUPPORTED_PRINCIPAL", "\"Principal\"", "IDENTITY_POLICY"),
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    r#""111122223333""#,
                    "should not specify a principal",
                ),
            ],
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Aws":"111122223333","Service":[],"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"*"}]}"#,
            LintKind::Resource,
            &[
                ("INVALID_PRINCIPAL_KEY", "\"Aws\"", "`AWS`"),
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    "\"111122223333\"",
                    "unsupported principal",
                ),
                ("EMPTY_ARRAY_PRINCIPAL", "[]", ""),
            ],
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"permit","Principal":7,"Action":"s3:GetObject","Resource":"*"}]}"#,
            LintKind::Resource,
            &[
                ("EMPTY_SID_VALUE", "\"\"", ""),
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    "\"permit\"",
                    "Invalid effect: permit",
                ),
                ("INVALID_EFFECT", "\"permit\"", "Use Allow or Deny"),
                ("INVALID_PRINCIPAL_FORMAT", "7", ""),
            ],
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3","Resource":"bucket"},{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#,
            LintKind::Session,
            &[
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    "\"bucket\"",
                    "Resource bucket must be in ARN format",
                ),
                ("INVALID_ARN_PREFIX", "\"bucket\"", ""),
            ],
        ),
    ];
    for (text, kind, wanted) in rows {
        check(text, *kind, wanted);
    }
}
