//! Policies that are in order.

use policy::lint::LintKind;

use super::{GITHUB, ISSUER, PROVIDER, check, document, subject, trust, trust_of};

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
        r#"{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/app:*","token.actions.githubusercontent.com:ref":"refs/heads/main"}}"#,
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
