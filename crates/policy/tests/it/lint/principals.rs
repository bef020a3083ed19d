//! Whom a trust policy names.

use policy::lint::LintKind;

use super::*;

#[test]
fn trust_principals() {
    let statement = |effect: &str, principal: &str, action: &str, rest: &str| {
        document(&format!(
            r#"{{"Effect":"{effect}","Principal":{principal},"Action":{action}{rest}}}"#
        ))
    };
    let federated = |text: &str| format!(r#"{{"Federated":"{text}"}}"#);
    let saml = "arn:aws:iam::111122223333:saml-provider/corp";
    let web = r#""sts:AssumeRoleWithWebIdentity""#;
    let good = format!(
        r#","Condition":{{"StringEquals":{{"{ISSUER}:sub":"system:serviceaccount:demo:app","{ISSUER}:aud":"sts.amazonaws.com"}}}}"#
    );
    let github = |condition: &str| trust_of(GITHUB, condition);
    let github_provider = format!("\"{GITHUB}\"");
    let aud = r#""token.actions.githubusercontent.com:aud":"sts.amazonaws.com""#;
    let with_scheme = PROVIDER.replace("oidc-provider/", "oidc-provider/https://");
    let with_slash = format!("{PROVIDER}/");
    let (scheme_source, slash_source) = (format!("\"{with_scheme}\""), format!("\"{with_slash}\""));
    let saml_source = format!("\"{saml}\"");
    let root = r#"{"AWS":"arn:aws:iam::111122223333:root"}"#;
    let rows: Vec<(String, Vec<Wanted<'_>>)> = vec![
        (
            statement("Allow", &federated(PROVIDER), r#""sts:AssumeRole""#, &good),
            vec![(
                "MISMATCHED_ACTION_FOR_PRINCIPAL",
                r#""sts:AssumeRole""#,
                "The sts:AssumeRole action is invalid with the following principal(s): arn:aws:iam::111122223333:oidc-provider",
            )],
        ),
        (
            statement("Allow", &federated(saml), web, ""),
            vec![("MISMATCHED_ACTION_FOR_PRINCIPAL", web, saml)],
        ),
        (
            statement("Allow", root, web, ""),
            vec![("MISMATCHED_ACTION_FOR_PRINCIPAL", web, "root")],
        ),
        (
            statement("Allow", r#"{"AWS":"*"}"#, web, ""),
            vec![
                ("PRINCIPAL_ALLOWS_ANYONE", r#""*""#, "everybody"),
                (
                    "MISMATCHED_ACTION_FOR_PRINCIPAL",
                    web,
                    "`*` admits no web identities",
                ),
            ],
        ),
        // Each principal finds an action of its own.
        (
            statement(
                "Allow",
                &format!(r#"{{"Federated":"{saml}","AWS":"arn:aws:iam::111122223333:root"}}"#),
                r#"["sts:AssumeRole","sts:AssumeRoleWithSAML"]"#,
                "",
            ),
            vec![],
        ),
        (
            statement(
                "Allow",
                &format!(r#"{{"Federated":"{saml}","AWS":"arn:aws:iam::111122223333:root"}}"#),
                r#""sts:AssumeRole""#,
                "",
            ),
            vec![(
                "MISMATCHED_ACTION_FOR_PRINCIPAL",
                &saml_source,
                "sts:AssumeRole action",
            )],
        ),
        (
            statement("Allow", r#""*""#, r#""sts:AssumeRole""#, ""),
            vec![
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    r#""*""#,
                    r#"AssumeRolepolicy contained an invalid principal: "STAR":"*"."#,
                ),
                (
                    "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
                    r#""*""#,
                    "",
                ),
            ],
        ),
        (
            statement(
                "Allow",
                r#"{"AWS":"arn:aws:iam::111122223333:role/*"}"#,
                r#""sts:AssumeRole""#,
                "",
            ),
            vec![
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    r#""arn:aws:iam::111122223333:role/*""#,
                    "Invalid principal in policy",
                ),
                (
                    "UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
                    r#""arn:aws:iam::111122223333:role/*""#,
                    "principal key AWS",
                ),
            ],
        ),
        (
            document(&format!(
                r#"{{"Effect":"Allow","NotPrincipal":{root},"Action":"sts:AssumeRole"}}"#
            )),
            vec![
                (
                    "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL",
                    r#""NotPrincipal""#,
                    "",
                ),
                ("ALLOW_WITH_NOT_PRINCIPAL", r#""NotPrincipal""#, ""),
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    r#""arn:aws:iam::111122223333:root""#,
                    "Allow with NotPrincipal is not allowed.",
                ),
            ],
        ),
        (
            statement("Allow", root, r#""sts:AssumeRole""#, r#","Resource":"*""#),
            vec![
                (
                    "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE",
                    r#""Resource""#,
                    "",
                ),
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    r#""*""#,
                    "Has prohibited field Resource",
                ),
            ],
        ),
        (
            statement("Allow", root, r#""*""#, ""),
            vec![(
                "MALFORMED_POLICY_DOCUMENT",
                r#""*""#,
                "may only specify STS AssumeRole actions",
            )],
        ),
        (
            statement("Allow", root, r#"["sts:AssumeRole","s3:GetObject"]"#, ""),
            vec![(
                "MALFORMED_POLICY_DOCUMENT",
                r#""s3:GetObject""#,
                "may only specify STS",
            )],
        ),
        (
            statement("Allow", &federated("corp"), web, ""),
            vec![
                (
                    "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY",
                    r#""corp""#,
                    "oidc-provider/",
                ),
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    r#""corp""#,
                    "must be valid domain names",
                ),
                ("MISMATCHED_ACTION_FOR_PRINCIPAL", web, ""),
            ],
        ),
        (
            statement("Allow", &federated(&with_scheme), web, &good),
            vec![
                ("SCHEME_IN_OIDC_PROVIDER", &scheme_source, PROVIDER),
                (
                    "CONDITION_KEY_OF_OTHER_ISSUER",
                    "\"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub\"",
                    "",
                ),
                (
                    "CONDITION_KEY_OF_OTHER_ISSUER",
                    "\"oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud\"",
                    "",
                ),
            ],
        ),
        (
            statement("Allow", &federated(&with_slash), web, &good),
            vec![
                (
                    "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL",
                    &slash_source,
                    "",
                ),
                (
                    "TRAILING_SLASH_IN_OIDC_PROVIDER",
                    &slash_source,
                    "right only if `iss`",
                ),
                (
                    "CONDITION_KEY_OF_OTHER_ISSUER",
                    "\"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub\"",
                    "ABC/:sub",
                ),
                (
                    "CONDITION_KEY_OF_OTHER_ISSUER",
                    "\"oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud\"",
                    "",
                ),
            ],
        ),
        (
            github(&format!(r#"{{"StringEquals":{{{aud}}}}}"#)),
            vec![
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    &github_provider,
                    "must evaluate",
                ),
                (
                    "MISSING_GITHUB_REPO_CONDITION_KEY",
                    &github_provider,
                    "token.actions.githubusercontent.com:sub",
                ),
            ],
        ),
        (
            github(&format!(
                r#"{{"StringEquals":{{{aud}}},"StringLike":{{"token.actions.githubusercontent.com:sub":["repo:acme/*","repo:*:ref:refs/heads/main"]}}}}"#
            )),
            vec![
                (
                    "ROLE_SHARED_BY_SERVICE_ACCOUNTS",
                    r#""repo:acme/*""#,
                    "repository of `acme`",
                ),
                (
                    "OIDC_SUBJECT_TOO_WIDE",
                    r#""repo:*:ref:refs/heads/main""#,
                    "other owners",
                ),
                (
                    "SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED",
                    r#""repo:acme/*""#,
                    "repository and branch name",
                ),
            ],
        ),
        (
            statement("Allow", &federated("accounts.google.com"), web, ""),
            vec![
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    r#""accounts.google.com""#,
                    "requires a StringEquals condition",
                ),
                (
                    "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL",
                    r#""accounts.google.com""#,
                    "`accounts.google.com:aud`",
                ),
            ],
        ),
        (
            statement(
                "Deny",
                &federated(PROVIDER),
                web,
                r#","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/x"}}"#,
            ),
            vec![(
                "KEY_ABSENT_FOR_WEB_IDENTITY",
                r#""aws:PrincipalArn""#,
                "this Deny fires for every web identity",
            )],
        ),
        (
            statement(
                "Allow",
                r#"{"AWS":["AROAEXAMPLEEXAMPLE123","AIDAEXAMPLEEXAMPLE123"]}"#,
                r#""sts:AssumeRole""#,
                "",
            ),
            vec![
                (
                    "INVALID_ROLE_REFERENCE",
                    r#""AROAEXAMPLEEXAMPLE123""#,
                    "was deleted",
                ),
                ("INVALID_USER_REFERENCE", r#""AIDAEXAMPLEEXAMPLE123""#, ""),
            ],
        ),
        (
            statement(
                "Allow",
                r#"{"AWS":["arn:aws:iam::111122223333:role/r","arn:aws:sts::111122223333:assumed-role/r/s"]}"#,
                r#""sts:AssumeRole""#,
                "",
            ),
            vec![(
                "REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY",
                r#""arn:aws:sts::111122223333:assumed-role/r/s""#,
                "parent role",
            )],
        ),
        (
            statement(
                "Allow",
                r#"{"Service":"pods.eks.amazonaws.com"}"#,
                r#""sts:AssumeRole""#,
                "",
            ),
            vec![(
                "POD_IDENTITY_NEEDS_TAG_SESSION",
                r#""pods.eks.amazonaws.com""#,
                "sts:TagSession",
            )],
        ),
        (
            statement(
                "Allow",
                root,
                r#""sts:AssumeRole""#,
                r#","Condition":{"StringEquals":{"sts:SourceIdentity":"ann"}}"#,
            ),
            vec![(
                "MISSING_ACTION_FOR_CONDITION_KEY",
                r#""sts:SourceIdentity""#,
                "sts:SetSourceIdentity",
            )],
        ),
        (
            statement(
                "Allow",
                root,
                r#""sts:AssumeRole""#,
                r#","Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}"#,
            ),
            vec![],
        ),
    ];
    for (text, wanted) in &rows {
        check(text, LintKind::Trust, wanted);
    }
}
