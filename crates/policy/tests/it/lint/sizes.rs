//! Quotas.

use policy::lint::{LintKind, MAX_DOCUMENT_CHARS};

use super::check;

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
            LintKind::ResourceControl | LintKind::Endpoint => {
                r#"{"Version":"2012-10-17","Id":"@","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}"#
            }
            LintKind::Identity | LintKind::Session | LintKind::ServiceControl => {
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
        (
            LintKind::ServiceControl,
            5_120,
            9,
            "POLICY_SIZE_EXCEEDS_SCP_QUOTA",
        ),
        (
            LintKind::ResourceControl,
            5_120,
            9,
            "POLICY_SIZE_EXCEEDS_RCP_QUOTA",
        ),
        (
            LintKind::Endpoint,
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
