//! Lint: policies, what is found in them, where, and what is told.

use policy::lint::{Code, Finding, FindingKind, LintKind, MAX_DOCUMENT_CHARS, PathStep, lint};
use proptest::prelude::*;

const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/ABC";
const PROVIDER: &str =
    "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC";
const GITHUB: &str = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
const SECRETS: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret";

/// A code, the source that is underlined, and a part of the text or the help.
type Wanted<'a> = (&'a str, &'a str, &'a str);

/// The findings are exactly these, whatever their order.
fn check(text: &str, kind: LintKind, wanted: &[Wanted<'_>]) {
    let found = lint(text, kind);
    let told = |found: &Finding| {
        let help = found.help.as_deref().unwrap_or_default();
        format!("{} | {help}", found.text)
    };
    let source = |found: &Finding| text.get(found.bytes.clone()).unwrap().to_owned();
    let mut found: Vec<(&str, String, String)> = found
        .iter()
        .map(|found| (found.code.as_str(), source(found), told(found)))
        .collect();
    found.sort();
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    let codes: Vec<&str> = found.iter().map(|(code, ..)| *code).collect();
    let wanted_codes: Vec<&str> = wanted.iter().map(|(code, ..)| *code).collect();
    assert_eq!(codes, wanted_codes, "{text}\n{found:#?}");
    for ((_, source, told), (code, wanted_source, wanted_told)) in found.iter().zip(wanted) {
        assert_eq!(source, wanted_source, "{code}: {text}");
        assert!(told.contains(wanted_told), "{code}: {told}");
    }
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

/// An Allow of an identity policy.
fn allow(action: &str, resource: &str) -> String {
    document(&format!(
        r#"{{"Effect":"Allow","Action":{action},"Resource":{resource}}}"#
    ))
}

/// An Allow that is in order, under a condition.
fn under(condition: &str) -> String {
    document(&format!(
        r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{condition}}}"#
    ))
}

/// A trust policy for web identities of one provider, under a condition.
fn trust_of(provider: &str, condition: &str) -> String {
    document(&format!(
        r#"{{"Effect":"Allow","Principal":{{"Federated":"{provider}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{condition}}}"#
    ))
}

fn trust(condition: &str) -> String {
    trust_of(PROVIDER, condition)
}

/// Conditions on the subject under one operator, and on the audience.
fn subject(operator: &str, values: &str) -> String {
    format!(
        r#"{{"{operator}":{{"{ISSUER}:sub":{values}}},"StringEquals ":{{}},"stringequals":{{"{ISSUER}:aud":"sts.amazonaws.com"}}}}"#
    )
    .replace(r#""StringEquals ":{},"#, "")
}

#[test]
fn clean_policies_have_no_findings() {
    let identity = document(
        r#"{"Sid":"Read","Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret"],"Resource":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main-??????"},
           {"Effect":"Allow","Action":["secretsmanager:ListSecrets","ecr:GetAuthorizationToken","ec2:DescribeInstances"],"Resource":"*"},
           {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/${aws:PrincipalTag/kubernetes-namespace}/*"},
           {"Effect":"Allow","Action":["sqs:SendMessage"],"Resource":"arn:aws:sqs:*:111122223333:jobs","Condition":{"StringEquals":{"aws:PrincipalTag/team":["a","b"],"aws:ResourceTag/x":"${aws:PrincipalTag/x, 'none'}"},"Bool":{"aws:SecureTransport":"true"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}"#,
    );
    let key = document(
        r#"{"Sid":"Allow account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#,
    );
    let secret = document(
        r#"{"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}}}"#,
    );
    let pods = document(
        r#"{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"aws:RequestTag/kubernetes-namespace":"demo"}}}"#,
    );
    let github = trust_of(
        GITHUB,
        r#"{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/app:*"}}"#,
    );
    let clusters = format!(
        r#"{{"Effect":"Allow","Principal":{{"Federated":"{PROVIDER}2"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"{ISSUER}2:sub":"system:serviceaccount:demo:app","{ISSUER}2:aud":"sts.amazonaws.com"}}}}}}"#
    );
    let one = trust(&subject(
        "StringEquals",
        r#""system:serviceaccount:demo:app""#,
    ));
    let both = one.replace("]}", &format!(",{clusters}]}}"));
    for (text, kind) in [
        (identity, LintKind::Identity),
        (one, LintKind::Trust),
        (both, LintKind::Trust),
        (key, LintKind::Resource),
        (secret, LintKind::Resource),
        (pods, LintKind::Trust),
        (github, LintKind::Trust),
    ] {
        assert_eq!(LintKind::detect(&text), kind, "{text}");
        check(&text, kind, &[]);
    }
}

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
            vec![("OIDC_SUBJECT_TOO_WIDE", "\"*\"", "every subject")],
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
                "CONFIRM_AUDIENCE_CLAIM_TYPE",
                "\"ForAnyValue:StringEquals\"",
                "one audience",
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
                r#","Condition":{"StringNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/x"}}"#,
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

#[test]
fn conditions() {
    let rows: &[(&str, &[Wanted<'_>])] = &[
        (
            r#"{"StringEqual":{"aws:PrincipalTag/a":"b"}}"#,
            &[
                (
                    "INVALID_CONDITION_OPERATOR",
                    r#""StringEqual""#,
                    "did you mean `StringEquals`?",
                ),
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    r#""StringEqual""#,
                    "Syntax errors",
                ),
            ],
        ),
        (
            r#"{"NullIfExists":{"aws:PrincipalTag/a":"true"}}"#,
            &[
                ("NULL_WITH_IF_EXISTS", r#""NullIfExists""#, ""),
                ("MALFORMED_POLICY_DOCUMENT", r#""NullIfExists""#, ""),
            ],
        ),
        (
            r#"{"ForAnyValue:Null":{"aws:TagKeys":"true"}}"#,
            &[("NULL_WITH_QUALIFIER", r#""ForAnyValue:Null""#, "")],
        ),
        (
            r#"{"StringNotEquals":{"aws:TagKeys":"a"}}"#,
            &[(
                "MISSING_QUALIFIER",
                r#""StringNotEquals""#,
                "even negated; write `ForAnyValue:StringNotEquals`",
            )],
        ),
        (
            r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}}"#,
            &[(
                "FORALLVALUES_WITHOUT_NULL_CHECK",
                r#""ForAllValues:StringEquals""#,
                r#""Null": {"aws:TagKeys": "false"}"#,
            )],
        ),
        (
            r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]},"Null":{"aws:TagKeys":"false"}}"#,
            &[],
        ),
        (
            r#"{"ForAllValues:StringLike":{"aws:PrincipalTag/a":"b"}}"#,
            &[(
                "FORALLVALUES_WITH_SINGLE_VALUED_KEY",
                r#""ForAllValues:StringLike""#,
                "write `StringLike`",
            )],
        ),
        (
            r#"{"StringNotEqualsIfExists":{"aws:PrincipalTag/a":"b*"}}"#,
            &[(
                "WILDCARD_WITHOUT_LIKE_OPERATOR",
                r#""b*""#,
                "write `StringNotLikeIfExists`",
            )],
        ),
        (r#"{"StringEquals":{"aws:PrincipalTag/a":"b${*}"}}"#, &[]),
        (
            r#"{"StringLike":{"aws:UserAgent":"x*","aws:Referer":"y*"}}"#,
            &[
                (
                    "CONDITION_ON_CLIENT_CONTROLLED_KEY",
                    r#""aws:UserAgent""#,
                    "User-Agent",
                ),
                (
                    "CONDITION_ON_CLIENT_CONTROLLED_KEY",
                    r#""aws:Referer""#,
                    "Referer",
                ),
            ],
        ),
        (
            r#"{"StringLike":{"s3:prefix":"${aws:PrincipalTag/team}*"}}"#,
            &[(
                "TAG_VARIABLE_BEFORE_WILDCARD",
                "${aws:PrincipalTag/team}*",
                "without a separator",
            )],
        ),
        (
            r#"{"StringEquals":{"aws:PrincipalOrgId1":"o","SourceIp":"x","aws:PrincipalTag":"a","aws:ARN":"b","sts:ExternalID2":"c","secretmanager:Name":"d"}}"#,
            &[
                (
                    "INVALID_GLOBAL_CONDITION_KEY",
                    r#""aws:PrincipalOrgId1""#,
                    "did you mean `aws:PrincipalOrgID`?",
                ),
                (
                    "INVALID_CONDITION_KEY_FORMAT",
                    r#""SourceIp""#,
                    "`aws:SourceIp`",
                ),
                (
                    "MISSING_TAG_KEY_IN_CONDITION",
                    r#""aws:PrincipalTag""#,
                    "aws:PrincipalTag/tag-key",
                ),
                ("UNSUPPORTED_GLOBAL_CONDITION_KEY", r#""aws:ARN""#, ""),
                (
                    "INVALID_SERVICE_CONDITION_KEY",
                    r#""sts:ExternalID2""#,
                    "`sts:ExternalId`",
                ),
                (
                    "INVALID_SERVICE_CONDITION_KEY",
                    r#""secretmanager:Name""#,
                    "`secretsmanager:Name`",
                ),
            ],
        ),
        (
            r#"{"StringEquals":{"aws:ResourceTag/Team":"a","aws:ResourceTag/team":"b"}}"#,
            &[(
                "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
                r#""aws:ResourceTag/team""#,
                "",
            )],
        ),
        (
            r#"{"StringEquals":{"aws:SourceIp":"203.0.113.7"}}"#,
            &[(
                "TYPE_MISMATCH",
                r#""StringEquals""#,
                "operator type IpAddress",
            )],
        ),
        (
            r#"{"Bool":{"aws:SecureTransport":["true","maybe"]}}"#,
            &[
                ("INVALID_CONDITION_MULTIPLE_BOOLEAN", r#""maybe""#, ""),
                ("TYPE_MISMATCH_BOOLEAN", r#""maybe""#, ""),
            ],
        ),
        (
            r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"soon"}}"#,
            &[
                ("MALFORMED_POLICY_DOCUMENT", r#""soon""#, "legacy parsing"),
                ("TYPE_MISMATCH_NUMBER", r#""soon""#, ""),
            ],
        ),
        (
            r#"{"DateLessThan":{"aws:CurrentTime":["soon","1795255200"]}}"#,
            &[
                ("MALFORMED_POLICY_DOCUMENT", r#""soon""#, ""),
                ("TYPE_MISMATCH_DATE", r#""soon""#, ""),
                ("INVALID_DATE_VALUE", r#""1795255200""#, "YYYY-MM-DD"),
            ],
        ),
        (
            r#"{"BinaryEquals":{"x:y":"%"}}"#,
            &[
                ("MALFORMED_POLICY_DOCUMENT", r#""%""#, ""),
                ("TYPE_MISMATCH_STRING", r#""%""#, ""),
            ],
        ),
        (
            r#"{"IpAddress":{"aws:VpcSourceIp":["10.0.0.1/8","2001:db8::1/32","::ffff:10.0.0.1","here"]}}"#,
            &[
                (
                    "MISSING_PAIRED_CONDITION_KEYS",
                    r#""aws:VpcSourceIp""#,
                    "aws:SourceVpc",
                ),
                ("IMPROVE_IP_RANGE", r#""10.0.0.1/8""#, "10.0.0.0/8"),
                ("MALFORMED_POLICY_DOCUMENT", r#""2001:db8::1/32""#, ""),
                ("IP_RANGE_NEVER_MATCHES", r#""2001:db8::1/32""#, "host bits"),
                ("IP_RANGE_NEVER_MATCHES", r#""::ffff:10.0.0.1""#, ""),
                ("TYPE_MISMATCH_IP_RANGE", r#""here""#, ""),
            ],
        ),
        (
            r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
            &[("PRIVATE_IP_ADDRESS", r#""10.0.0.0/8""#, "only private")],
        ),
        (
            r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","10.0.0.0/8"]}}"#,
            &[("PRIVATE_IP_ADDRESS_SUBSET", r#""10.0.0.0/8""#, "mix")],
        ),
        (
            r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
            &[("PRIVATE_NOT_IP_ADDRESS", r#""10.0.0.0/8""#, "")],
        ),
        (
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:sts::111122223333:assumed-role/app/*"}}"#,
            &[(
                "PRINCIPAL_ARN_IS_ROLE_ARN",
                r#""arn:aws:sts::111122223333:assumed-role/app/*""#,
                "arn:aws:iam::111122223333:role/app",
            )],
        ),
        (
            r#"{"NumericEquals":{"s3:max-keys":"${aws:username}"}}"#,
            &[
                ("INVALID_VARIABLE_FOR_OPERATOR", r#""${aws:username}""#, ""),
                ("MALFORMED_POLICY_DOCUMENT", r#""${aws:username}""#, ""),
            ],
        ),
        (
            r#"{"StringEquals":{"a:b":["${","${}","${aws:user name}","${aws:username, none}"]}}"#,
            &[
                ("MISSING_BRACE_IN_VARIABLE", "${", ""),
                ("EMPTY_VARIABLE", "${}", ""),
                ("UNSUPPORTED_SPACE_IN_VARIABLE", "${aws:user name}", ""),
                ("MISSING_QUOTE_IN_VARIABLE", "${aws:username, none}", ""),
            ],
        ),
        (
            r#"{"StringEquals":{},"ForAllValues:StringEquals":{"aws:TagKeys":[]},"ForAnyValue:StringLike":{"aws:TagKeys":[]},"StringLikeIfExists":{"x:y":[]}}"#,
            &[
                ("EMPTY_OBJECT_CONDITION", "{}", ""),
                ("EMPTY_ARRAY_CONDITION_FORALLVALUES", "[]", ""),
                ("EMPTY_ARRAY_CONDITION_FORANYVALUE", "[]", ""),
                ("EMPTY_ARRAY_CONDITION_IFEXISTS", "[]", ""),
            ],
        ),
    ];
    for (condition, wanted) in rows {
        check(&under(condition), LintKind::Identity, wanted);
    }
    let deny = r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}"#;
    check(
        &document(deny),
        LintKind::Identity,
        &[("SOURCE_IP_ABSENT", r#""NotIpAddress""#, "aws:ViaAWSService")],
    );
}

#[test]
fn actions_and_resources() {
    let secret = |name: &str| format!("\"{SECRETS}:{name}\"");
    let get = r#""secretsmanager:GetSecretValue""#;
    let (plain, word, prefix, path) = (
        secret("db"),
        secret("app-config"),
        secret("db-*"),
        secret("db/*"),
    );
    let (suffixed, every, by_tag) = (
        secret("db-a1B2c3"),
        secret("*"),
        secret("${aws:PrincipalTag/team}*"),
    );
    let rows: Vec<(String, Vec<Wanted<'_>>)> = vec![
        (allow(get, &plain), vec![("SECRET_ARN_WITHOUT_SUFFIX", &plain, "secret:db-??????")]),
        (allow(get, &word), vec![("SECRET_ARN_WITHOUT_SUFFIX", &word, "secret:app-config-??????")]),
        (allow(get, &prefix), vec![("SECRET_ARN_PREFIX_WILDCARD", &prefix, "secret:db-??????")]),
        (allow(get, &path), vec![]),
        (allow(get, &suffixed), vec![]),
        (allow(get, &every), vec![("ANY_SECRET_READABLE", &every, "every secret")]),
        (allow(get, r#""*""#), vec![("ANY_SECRET_READABLE", r#""*""#, "NAME-??????")]),
        (
            allow(get, &by_tag),
            vec![("TAG_VARIABLE_BEFORE_WILDCARD", "${aws:PrincipalTag/team}*", "`a` also matches")],
        ),
        (allow(r#""kms:Decrypt""#, r#""*""#), vec![("DECRYPT_WITH_ANY_KEY", r#""*""#, "kms:ViaService")]),
        (
            allow(r#""kms:Decrypt""#, r#""arn:aws:kms:*:111122223333:key/*""#),
            vec![("DECRYPT_WITH_ANY_KEY", r#""arn:aws:kms:*:111122223333:key/*""#, "")],
        ),
        (
            allow(r#"["secretsmanager:ListSecrets","secretsmanager:BatchGetSecretValue"]"#, &suffixed),
            vec![
                ("ACTION_NEEDS_ANY_RESOURCE", r#""secretsmanager:ListSecrets""#, r#""Resource": "*""#),
                ("ACTION_NEEDS_ANY_RESOURCE", r#""secretsmanager:BatchGetSecretValue""#, ""),
            ],
        ),
        (
            allow(r#""secretsmanager:*""#, &suffixed),
            vec![("OVERBROAD_ACTION", r#""secretsmanager:*""#, "`secretsmanager:GetSecretValue`")],
        ),
        (allow(r#""S3:*""#, r#""arn:aws:s3:::b/*""#), vec![("SERVICE_WIDE_ACTION", r#""S3:*""#, "`s3:GetObject`")]),
        (
            allow(r#""secretsmanager:Get*""#, &suffixed),
            vec![(
                "WILDCARD_IN_ACTION",
                r#""secretsmanager:Get*""#,
                "secretsmanager:GetRandomPassword, secretsmanager:GetResourcePolicy, secretsmanager:GetSecretValue",
            )],
        ),
        (
            allow(r#""*""#, r#""*""#),
            vec![
                ("PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE", r#""*""#, ""),
                ("OVERBROAD_ACTION", r#""*""#, "every action of every service"),
                ("CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE", r#""*""#, ""),
            ],
        ),
        (
            allow(r#"["sqs:SendMessage","sqs:ListQueues"]"#, r#""*""#),
            vec![("WRITE_ACTION_ON_ANY_RESOURCE", r#""*""#, "sqs:SendMessage on every")],
        ),
        (
            allow(r#"["s3:Get*","s3:GetObject","S3:GETOBJECT"]"#, r#""arn:aws:s3:::b/*""#),
            vec![
                ("REDUNDANT_ACTION", r#""s3:GetObject""#, "`s3:Get*` covers it"),
                ("REDUNDANT_ACTION", r#""S3:GETOBJECT""#, ""),
            ],
        ),
        (
            allow(r#""s3:GetObject""#, r#"["arn:aws:s3:::b/*","arn:aws:s3:::b/c"]"#),
            vec![("REDUNDANT_RESOURCE", r#""arn:aws:s3:::b/c""#, "`arn:aws:s3:::b/*` covers it")],
        ),
        (
            allow(r#"["secretsmanager:GetSecretValeu","secretmanager:GetSecretValue"]"#, &suffixed),
            vec![
                ("INVALID_ACTION", r#""secretsmanager:GetSecretValeu""#, "Did you mean secretsmanager:GetSecretValue?"),
                ("INVALID_SERVICE_IN_ACTION", r#""secretmanager:GetSecretValue""#, "Did you mean secretsmanager?"),
            ],
        ),
        (
            allow(r#""s3:${aws:username}""#, r#""arn:aws:s3:::b/*""#),
            vec![("MALFORMED_POLICY_DOCUMENT", r#""s3:${aws:username}""#, "only one colon"),("VARIABLE_UNSUPPORTED_IN_ELEMENT", "${aws:username}", "Remove the policy variable ${aws:username}")],
        ),
        (
            allow(
                r#""sqs:SendMessage""#,
                r#"["arn:aws:SQS:eu-west-1:111122223333:a","arn:aws:sqs::111122223333:a","arn:aws:sqs:eu-west-1:1234:a"]"#,
            ),
            vec![
                ("INVALID_ARN_SERVICE_CASE", r#""arn:aws:SQS:eu-west-1:111122223333:a""#, ""),
                ("MISSING_ARN_REGION", r#""arn:aws:sqs::111122223333:a""#, "`*`"),
                ("INVALID_ARN_ACCOUNT", r#""arn:aws:sqs:eu-west-1:1234:a""#, "1234"),
            ],
        ),
        (
            allow(r#""iam:GetRole""#, r#""arn:aws:iam:eu-west-1:111122223333:role/r""#),
            vec![
                ("MALFORMED_POLICY_DOCUMENT", r#""arn:aws:iam:eu-west-1:111122223333:role/r""#, "cannot contain region information"),
                ("ARN_REGION_NOT_ALLOWED", r#""arn:aws:iam:eu-west-1:111122223333:role/r""#, ""),
            ],
        ),
        (
            allow(r#""s3:GetObject""#, r#"["arn:aws:s3:::b/*","arn:nowhere:s3:::b/*"]"#),
            vec![
                ("MALFORMED_POLICY_DOCUMENT", r#""arn:nowhere:s3:::b/*""#, "Partition \"nowhere\" is not valid"),
                ("INVALID_PARTITION", r#""arn:nowhere:s3:::b/*""#, ""),
            ],
        ),
        (
            allow(r#""s3:GetObject""#, r#""arn:aws:s3:b""#),
            vec![("MISSING_ARN_FIELD", r#""arn:aws:s3:b""#, ""), ("MALFORMED_POLICY_DOCUMENT", r#""arn:aws:s3:b""#, "region")],
        ),
        (
            r#"{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*"}}"#.to_owned(),
            vec![
                ("MALFORMED_POLICY_DOCUMENT", r#""2008-10-17""#, "2012-10-17 or greater"),
                ("VARIABLE_UNSUPPORTED_IN_VERSION", "${aws:username}", "literal"),
            ],
        ),
        (
            document(
                r#"{"Sid":"A","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":["arn:aws:s3:::b/*"]},{"Sid":"B","Effect":"Allow","Resource":"arn:aws:s3:::b/*","Action":["s3:PutObject","s3:GetObject"]}"#,
            ),
            vec![(
                "REDUNDANT_STATEMENT",
                r#"{"Sid":"B","Effect":"Allow","Resource":"arn:aws:s3:::b/*","Action":["s3:PutObject","s3:GetObject"]}"#,
                "identical",
            )],
        ),
    ];
    for (text, wanted) in &rows {
        check(text, LintKind::Identity, wanted);
    }
}

#[test]
fn passing_roles() {
    for (action, resource, code) in [
        (
            r#""Action":"iam:PassRole""#,
            r#""Resource":"*""#,
            Some("PASS_ROLE_WITH_STAR_IN_RESOURCE"),
        ),
        (
            r#""Action":"iam:Pass*""#,
            r#""Resource":"*""#,
            Some("PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"),
        ),
        (
            r#""NotAction":["s3:*","iam:Create*"]"#,
            r#""Resource":"*""#,
            Some("PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION"),
        ),
        (
            r#""Action":"iam:PassRole""#,
            r#""NotResource":"arn:aws:iam::111122223333:role/r""#,
            Some("PASS_ROLE_WITH_NOT_RESOURCE"),
        ),
        (
            r#""Action":"iam:Pass*""#,
            r#""NotResource":"arn:aws:iam::111122223333:role/r""#,
            Some("PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE"),
        ),
        (
            r#""NotAction":["s3:*","iam:Create*"]"#,
            r#""NotResource":"arn:aws:iam::111122223333:role/r""#,
            Some("PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE"),
        ),
        (
            r#""Action":"iam:PassRole""#,
            r#""Resource":"arn:aws:iam::111122223333:role/r""#,
            None,
        ),
        (
            r#""Action":"iam:PassRole""#,
            r#""Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}},"Resource":"*""#,
            None,
        ),
    ] {
        let text = document(&format!(r#"{{"Effect":"Allow",{action},{resource}}}"#));
        let found = lint(&text, LintKind::Identity);
        let passing = found
            .iter()
            .find(|found| found.code.as_str().starts_with("PASS_ROLE"));
        assert_eq!(passing.map(|found| found.code.as_str()), code, "{text}");
        assert!(passing.is_none_or(|found| found.kind == FindingKind::SecurityWarning));
    }
}

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

#[test]
fn sizes_are_counted_as_aws_counts() {
    let fill = |kind: LintKind, length: usize, blanks: usize| {
        let frame = match kind {
            LintKind::Trust => {
                r#"{"Version":"2012-10-17","Id":"@","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}}"#
            }
            LintKind::Resource => {
                r#"{"Version":"2012-10-17","Id":"@","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:Decrypt","Resource":"*"}}"#
            }
            LintKind::Identity | LintKind::Session => {
                r#"{"Version":"2012-10-17","Id":"@","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}"#
            }
        };
        let missing = length - (frame.len() - 1);
        frame.replace('@', &"x".repeat(missing)) + &" ".repeat(blanks)
    };
    for (kind, quota, blanks, code) in [
        (
            LintKind::Trust,
            2_048,
            9,
            "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA",
        ),
        (
            LintKind::Identity,
            6_144,
            9,
            "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
        ),
        (LintKind::Session, 2_048, 0, "SESSION_POLICY_TOO_LONG"),
        (
            LintKind::Resource,
            20_480,
            0,
            "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA",
        ),
    ] {
        check(&fill(kind, quota, blanks), kind, &[]);
        check(
            &fill(kind, quota + 1, blanks),
            kind,
            &[(code, "{", &format!("{} characters of {quota}", quota + 1))],
        );
    }
    check(
        &fill(LintKind::Identity, MAX_DOCUMENT_CHARS + 1, 0),
        LintKind::Identity,
        &[("POLICY_DOCUMENT_TOO_LONG", "", "131072")],
    );
}

#[test]
fn paths_and_positions() {
    let text = "{\n \"Version\": \"2012-10-17\",\n \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\",\n  \"Resource\": [\"arn:aws:s3:::b/é/${aws:username}*\"],\n  \"Condition\": {\"StringLike\": {\"aws:\\u0055serAgent\": \"x\"}}}]}";
    let found = lint(text, LintKind::Identity);
    let [variable, key] = found.as_slice() else {
        panic!("{found:#?}");
    };
    assert_eq!(variable.path_text(), "Statement[0].Resource[0]");
    assert_eq!(
        variable.path.last(),
        Some(&PathStep::Substring {
            start: 17,
            length: 16
        })
    );
    let (start, end) = (variable.span.start, variable.span.end);
    assert_eq!((start.line, start.column), (4, 33));
    assert_eq!((end.line, end.column), (4, 49));
    assert_eq!(start.offset, text.chars().position(|c| c == '$').unwrap());
    assert_eq!(
        text.get(variable.bytes.clone()).unwrap(),
        "${aws:username}*"
    );
    assert_eq!(
        key.path_text(),
        r#"Statement[0].Condition.StringLike["aws:UserAgent"]"#
    );
    assert_eq!(
        key.path.last(),
        Some(&PathStep::Key("aws:UserAgent".to_owned()))
    );
    assert_eq!(
        text.get(key.bytes.clone()).unwrap(),
        r#""aws:\u0055serAgent""#
    );
    // A bare statement has no index.
    let bare = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}}"#;
    assert_eq!(
        lint(bare, LintKind::Identity)[0].path_text(),
        "Statement.Action"
    );
}

#[test]
fn types_are_told_by_content() {
    for (text, kind) in [
        ("", LintKind::Identity),
        ("{}", LintKind::Identity),
        (
            r#"{"Statement":{"Action":"s3:*","Resource":"*"}}"#,
            LintKind::Identity,
        ),
        (
            r#"{"Statement":{"Principal":"*","Action":"*"}}"#,
            LintKind::Trust,
        ),
        (
            r#"{"Statement":{"NotPrincipal":"*","Action":"sts:AssumeRole","Resource":"*"}}"#,
            LintKind::Trust,
        ),
        (
            r#"{"Statement":[{"Principal":"*","Action":"s3:*","Resource":"*"}]}"#,
            LintKind::Resource,
        ),
    ] {
        assert_eq!(LintKind::detect(text), kind, "{text}");
    }
}

#[test]
fn codes_are_unique_and_link_to_their_page() {
    let mut seen = std::collections::HashSet::new();
    for code in Code::ALL {
        assert!(seen.insert(code.as_str()), "{code:?}");
        assert!(
            code.as_str()
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        );
    }
    let link = |code: Code| {
        code.learn_more()
            .map(|link| link.rsplit_once("-checks-").unwrap().1.to_owned())
    };
    for (code, anchor) in [
        (Code::InvalidEffect, Some("error-invalid-effect")),
        (
            Code::WildcardWithoutLikeOperator,
            Some("general-warning-wildcard-without-like-operator"),
        ),
        (
            Code::AllowWithNotPrincipal,
            Some("security-warning-allow-with-not-principal"),
        ),
        (Code::EmptySidValue, Some("suggestion-empty-sid-value")),
        (Code::SecretArnWithoutSuffix, None),
    ] {
        assert_eq!(link(code).as_deref(), anchor);
    }
}

/// Everything the validator refuses is an error here, in its words.
fn agrees_with_the_validator(text: &str, kind: LintKind) {
    let (policy_kind, leniency) = match kind {
        LintKind::Identity => (policy::PolicyKind::Identity, policy::Leniency::Storage),
        LintKind::Trust => (policy::PolicyKind::RoleTrust, policy::Leniency::Storage),
        LintKind::Resource => (policy::PolicyKind::Resource, policy::Leniency::Storage),
        LintKind::Session => (policy::PolicyKind::Session, policy::Leniency::Session),
    };
    let refusal = policy::Document::parse(text, policy_kind, leniency).err();
    let found = lint(text, kind);
    let is_refusal = |found: &&Finding| found.code == Code::MalformedPolicyDocument;
    match (refusal, found.iter().find(is_refusal)) {
        (None, None) => {}
        (Some(fault), Some(found)) => assert_eq!(found.text, fault.message()),
        (Some(_), None) => {
            let is_json = found
                .iter()
                .any(|found| found.code == Code::JsonSyntaxError);
            assert!(is_json, "{text}: {found:#?}");
        }
        (None, Some(found)) => panic!("{text}: {found:#?}"),
    }
    for found in &found {
        assert!(text.get(found.bytes.clone()).is_some(), "{found:#?}");
        assert!(found.span.start.line >= 1, "{found:#?}");
    }
}

const KINDS: [LintKind; 4] = [
    LintKind::Identity,
    LintKind::Trust,
    LintKind::Resource,
    LintKind::Session,
];

/// Pieces that policies are made of, put together at random.
fn piece() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"Version\":\"2012-10-17\"",
        "\"Statement\":",
        "\"Effect\":\"Allow\"",
        "\"Effect\":\"Deny\"",
        "\"Action\":",
        "\"NotAction\":",
        "\"Resource\":",
        "\"NotResource\":",
        "\"Principal\":",
        "\"NotPrincipal\":",
        "\"Condition\":",
        "\"StringEquals\":",
        "\"ForAllValues:StringLike\":",
        "\"IpAddress\":",
        "\"aws:SourceIp\":",
        "\"a.b/c:sub\":",
        "\"AWS\":",
        "\"Federated\":",
        "\"*\"",
        "\"sts:AssumeRole\"",
        "\"10.0.0.0/33\"",
        "\"${aws:username}*\"",
        "\"${\"",
        "\"é\"",
        "\"arn:aws:s3:::b\"",
        "7",
        "null",
        "true",
        "\"\\u00e9\\\"\"",
        " ",
        "\n",
        "\"Sid\":\"\"",
        "[]",
        "{}",
        "\"arn:aws:iam::111122223333:oidc-provider/https://a.b/c/\"",
    ])
    .prop_map(str::to_owned)
}

/// A statement of random elements.
fn statement() -> impl Strategy<Value = String> {
    let value = || {
        prop::sample::select(vec![
            "\"*\"",
            "[]",
            "{}",
            "7",
            "null",
            "\"sts:AssumeRoleWithWebIdentity\"",
            "\"Allow\"",
            "\"Deny\"",
            "[\"s3:*\",\"s3:Get*\",\"secretsmanager:GetSecretValue\"]",
            "\"arn:aws:secretsmanager:::secret:a\"",
            "{\"AWS\":\"*\"}",
            "{\"Federated\":[\"arn:aws:iam::111122223333:oidc-provider/a.b/c\",7]}",
            "{\"StringEquals\":{\"a.b/c:sub\":[\"*\",1,null]}}",
            "{\"Bool\":{\"x\":true}}",
            "{\"Null\":7}",
            "{\"IpAddress\":{\"aws:SourceIp\":[\"::1/3\",\"300.1.1.1\",\"10.0.0.1/0\"]}}",
            "{\"ForAllValues:StringLikeIfExists\":{\"aws:TagKeys\":\"${aws:PrincipalTag/é, 'x'}?\"}}",
        ])
    };
    let name = prop::sample::select(vec![
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
        "X",
    ]);
    prop::collection::btree_map(name, value(), 0..7).prop_map(|members| {
        let members: Vec<String> = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", members.join(", "))
    })
}

proptest! {
    #[test]
    fn any_text_is_linted(text in ".{0,80}") {
        for kind in KINDS {
            agrees_with_the_validator(&text, kind);
        }
    }

    #[test]
    fn any_pieces_are_linted(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        for kind in KINDS {
            agrees_with_the_validator(&text, kind);
        }
    }

    #[test]
    fn any_statements_are_linted(statements in prop::collection::vec(statement(), 0..4)) {
        let text = document(&statements.join(",\n"));
        let _ = LintKind::detect(&text);
        for kind in KINDS {
            agrees_with_the_validator(&text, kind);
        }
    }
}
