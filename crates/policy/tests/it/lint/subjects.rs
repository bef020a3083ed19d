//! Which tokens a trust policy admits.

use policy::lint::LintKind;

use super::*;

#[test]
fn subjects_and_audiences() {
    let provider = format!("\"{PROVIDER}\"");
    let provider = provider.as_str();
    let sub = format!("\"{ISSUER}:sub\"");
    let aud = format!("\"{ISSUER}:aud\"");
    let only = |key: &str, value: &str| format!(r#"{{"StringEquals":{{{key}:"{value}"}}}}"#);
    let demo_app = "system:serviceaccount:demo:app";
    let other = "oidc.eks.eu-west-1.amazonaws.com/id/XYZ";
    let names_sub = format!("`{ISSUER}:sub`");
    let names_aud = format!("`{ISSUER}:aud`");
    let rows: Vec<(String, Vec<Wanted<'_>>)> = vec![
        (
            trust("{}"),
            vec![
                (
                    "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL",
                    provider,
                    "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub",
                ),
                ("EMPTY_OBJECT_CONDITION", "{}", ""),
            ],
        ),
        (
            trust(&only(&sub, demo_app)),
            vec![("MISSING_OIDC_AUDIENCE_CONDITION", provider, &names_aud)],
        ),
        (
            trust(&only(&aud, "sts.amazonaws.com")),
            vec![("MISSING_OIDC_SUBJECT_CONDITION", provider, &names_sub)],
        ),
        (
            trust(&subject(
                "StringEqualsIfExists",
                r#""system:serviceaccount:demo:app""#,
            )),
            vec![(
                "MISSING_OIDC_SUBJECT_CONDITION",
                provider,
                "`StringEqualsIfExists` lets other tokens pass",
            )],
        ),
        (
            trust(&subject(
                "StringNotEquals",
                r#""system:serviceaccount:demo:app""#,
            )),
            vec![(
                "MISSING_OIDC_SUBJECT_CONDITION",
                provider,
                "`StringNotEquals` lets",
            )],
        ),
        // The form that is copied around: it holds when the key is absent.
        (
            trust(&subject(
                "ForAllValues:StringLike",
                r#""system:serviceaccount:demo:app""#,
            )),
            vec![
                (
                    "MISSING_OIDC_SUBJECT_CONDITION",
                    provider,
                    "`ForAllValues:StringLike` lets",
                ),
                (
                    "FORALLVALUES_WITH_SINGLE_VALUED_KEY",
                    "\"ForAllValues:StringLike\"",
                    "also holds when the key is absent",
                ),
            ],
        ),
        (
            trust(&subject(
                "StringEquals",
                r#""system:serviceaccount:demo:*""#,
            )),
            vec![(
                "WILDCARD_WITHOUT_LIKE_OPERATOR",
                "\"system:serviceaccount:demo:*\"",
                "write `StringLike`",
            )],
        ),
        (
            trust(&subject("StringLike", r#""system:serviceaccount:*:app""#)),
            vec![(
                "OIDC_SUBJECT_TOO_WIDE",
                "\"system:serviceaccount:*:app\"",
                "any namespace",
            )],
        ),
        // `*` crosses the colon.
        (
            trust(&subject("StringLike", r#""system:serviceaccount:prod*""#)),
            vec![(
                "OIDC_SUBJECT_TOO_WIDE",
                "\"system:serviceaccount:prod*\"",
                "any namespace",
            )],
        ),
        (
            trust(&subject("StringLike", r#""*""#)),
            vec![
                ("OIDC_SUBJECT_TOO_WIDE", "\"*\"", "every subject"),
                ("EQUIVALENT_TO_NULL_FALSE", "\"*\"", "\"Null\""),
            ],
        ),
        (
            trust(&subject("StringLike", r#""system:serviceaccount:demo:*""#)),
            vec![(
                "ROLE_SHARED_BY_SERVICE_ACCOUNTS",
                "\"system:serviceaccount:demo:*\"",
                "namespace `demo`",
            )],
        ),
        (
            trust(&subject(
                "StringEquals",
                r#"["system:serviceaccount:demo:app","system:serviceaccount:demo:web"]"#,
            )),
            vec![(
                "ROLE_SHARED_BY_SERVICE_ACCOUNTS",
                "\"system:serviceaccount:demo:web\"",
                "2 share the role: demo:app, demo:web",
            )],
        ),
        (
            trust(&subject("StringEquals", "[]")),
            vec![("EMPTY_ARRAY_CONDITION", "[]", "")],
        ),
        (
            trust(&format!(
                r#"{{"StringEquals":{{"{other}:sub":"{demo_app}",{aud}:"sts.amazonaws.com"}}}}"#
            )),
            vec![
                ("MISSING_OIDC_SUBJECT_CONDITION", provider, &names_sub),
                (
                    "CONDITION_KEY_OF_OTHER_ISSUER",
                    "\"oidc.eks.eu-west-1.amazonaws.com/id/XYZ:sub\"",
                    "never there, so the condition never holds",
                ),
            ],
        ),
        (
            trust(&format!(
                r#"{{"StringEquals":{{"{ISSUER}/:sub":"{demo_app}",{aud}:"sts.amazonaws.com"}}}}"#
            )),
            vec![
                ("MISSING_OIDC_SUBJECT_CONDITION", provider, ""),
                (
                    "TRAILING_SLASH_IN_CONDITION_KEY",
                    "\"oidc.eks.eu-west-1.amazonaws.com/id/ABC/:sub\"",
                    &names_sub,
                ),
            ],
        ),
        (
            trust(&format!(
                r#"{{"StringEquals":{{"https://{ISSUER}:sub":"{demo_app}",{aud}:"sts.amazonaws.com"}}}}"#
            )),
            vec![
                ("MISSING_OIDC_SUBJECT_CONDITION", provider, ""),
                (
                    "SCHEME_IN_CONDITION_KEY",
                    "\"https://oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub\"",
                    &names_sub,
                ),
            ],
        ),
        // Key names compare without case.
        (
            trust(&only(
                &format!("\"{}:SUB\"", ISSUER.to_uppercase()),
                demo_app,
            )),
            vec![("MISSING_OIDC_AUDIENCE_CONDITION", provider, "")],
        ),
        (
            trust(&format!(
                r#"{{"ForAnyValue:StringEquals":{{{aud}:"sts.amazonaws.com"}},"StringEquals":{{{sub}:"{demo_app}"}}}}"#
            )),
            vec![(
                "FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE",
                "\"ForAnyValue:StringEquals\"",
                "remove ForAnyValue:.",
            )],
        ),
        (
            trust(&format!(
                r#"{{"StringEquals":{{{sub}:"{demo_app}",{aud}:"sts.amazonaws.com","sts:RoleSessionName":"x"}}}}"#
            )),
            vec![(
                "CONDITION_ON_CLIENT_CONTROLLED_KEY",
                "\"sts:RoleSessionName\"",
                "the caller chooses",
            )],
        ),
        (
            trust(&format!(
                r#"{{"StringEquals":{{{sub}:"{demo_app}",{aud}:"sts.amazonaws.com"}},"ArnLike":{{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/x"}}}}"#
            )),
            vec![(
                "KEY_ABSENT_FOR_WEB_IDENTITY",
                "\"aws:PrincipalArn\"",
                "admits no web identity",
            )],
        ),
    ];
    for (text, wanted) in &rows {
        check(text, LintKind::Trust, wanted);
    }
}
