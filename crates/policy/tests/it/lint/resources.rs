//! The policies of resources.

use policy::lint::LintKind;

use super::*;

#[test]
fn resource_policies() {
    let statement = |effect: &str, principal: &str| {
        document(&format!(
            r#"{{"Effect":"{effect}",{principal},"Action":"secretsmanager:GetSecretValue","Resource":"*"}}"#
        ))
    };
    let account = r#"{"AWS":"111122223333"}"#;
    let rows: Vec<(String, Vec<Wanted<'_>>)> = vec![
        (
            statement("Allow", r#""Principal":"*""#),
            vec![("PRINCIPAL_ALLOWS_ANYONE", r#""*""#, "of any account")],
        ),
        (
            statement("Allow", r#""Principal":{"AWS":"*"}"#),
            vec![("PRINCIPAL_ALLOWS_ANYONE", r#""*""#, "aws:PrincipalOrgID")],
        ),
        (statement("Deny", r#""Principal":"*""#), vec![]),
        (
            statement("Allow", &format!(r#""NotPrincipal":{account}"#)),
            vec![("ALLOW_WITH_NOT_PRINCIPAL", r#""NotPrincipal""#, "")],
        ),
        (
            statement("Deny", &format!(r#""NotPrincipal":{account}"#)),
            vec![(
                "DENY_WITH_NOT_PRINCIPAL",
                r#""NotPrincipal""#,
                "permissions boundary",
            )],
        ),
        // A condition that holds when the key is absent says nothing about who.
        (
            statement(
                "Allow",
                r#""Condition":{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a"}},"Principal":"*""#,
            ),
            vec![("PRINCIPAL_ALLOWS_ANYONE", r#""*""#, "")],
        ),
    ];
    for (text, wanted) in &rows {
        assert_eq!(LintKind::detect(text), LintKind::Resource);
        check(text, LintKind::Resource, wanted);
    }
}
