//! Lint: policies and what is found in them.

use policy::lint::{Code, FindingKind, LintKind, lint};

const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/ABC";
const PROVIDER: &str =
    "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC";

/// The codes and what the texts and helps say, in the order of the text.
fn codes(text: &str, kind: LintKind) -> Vec<&'static str> {
    lint(text, kind)
        .iter()
        .map(|found| found.code.as_str())
        .collect()
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

/// A trust policy for web identities of one provider, under a condition.
fn trust(condition: &str) -> String {
    document(&format!(
        r#"{{"Effect":"Allow","Principal":{{"Federated":"{PROVIDER}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{condition}}}"#
    ))
}

fn good_condition() -> String {
    format!(
        r#"{{"StringEquals":{{"{ISSUER}:sub":"system:serviceaccount:demo:app","{ISSUER}:aud":"sts.amazonaws.com"}}}}"#
    )
}

#[test]
fn clean_policies_have_no_findings() {
    let identity = document(
        r#"{"Sid":"Read","Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret"],"Resource":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main-??????"},
           {"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"},
           {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/${aws:PrincipalTag/kubernetes-namespace}/*"}"#,
    );
    let key = document(
        r#"{"Sid":"Allow account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#,
    );
    let pods = document(
        r#"{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}"#,
    );
    for (text, kind) in [
        (identity, LintKind::Identity),
        (trust(&good_condition()), LintKind::Trust),
        (key, LintKind::Resource),
        (pods, LintKind::Trust),
    ] {
        assert_eq!(LintKind::detect(&text), kind, "{text}");
        assert_eq!(lint(&text, kind), [], "{text}");
    }
}
