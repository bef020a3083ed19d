//! `irsa least-privilege` and `irsa replay`, as far as they go without a server.

use crate::run::{irsa, ran, ran_with_stdin};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/id.example"},"Action":"sts:AssumeRoleWithWebIdentity"}}"#;
const RESOURCE: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}"#;

#[test]
fn what_cannot_be_replayed_is_said() {
    for (arguments, stdin, code, wanted) in [
        (
            &["replay", "--policy", "-"][..],
            "no JSON",
            1,
            "error: `-` is no policy: ",
        ),
        (
            &["replay", "--policy", "-"],
            RESOURCE,
            2,
            "error: `-` is a resource's policy; a caller's or a role's trust policy is wanted",
        ),
        (
            &["replay", "--policy", "-"],
            TRUST,
            2,
            "error: the document is a role's trust policy: say which role's with --role",
        ),
        (
            &["replay", "--policy", "/no/such/file"],
            "",
            5,
            "error: cannot read `/no/such/file`: ",
        ),
        (
            &["replay", "--policy", "-", "--replace", "read"],
            "",
            2,
            "error: the following required arguments were not provided",
        ),
        (
            &["least-privilege", "app", "--max-arns", "0"],
            "",
            2,
            "error: invalid value '0' for '--max-arns <N>'",
        ),
        (
            &["least-privilege", "app", "--since", "yesterday"],
            "",
            2,
            "error: invalid value 'yesterday' for '--since <AGE>'",
        ),
        (
            &["least-privilege", "app", "-o", "junit"],
            "",
            2,
            "error: `-o junit` is for `irsa replay` only",
        ),
    ] {
        let mut command = irsa(arguments);
        command
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret");
        let shown = match stdin {
            "" => ran(&mut command),
            text => ran_with_stdin(&mut command, text),
        };
        assert_eq!(shown.code, Some(code), "{arguments:?} {shown:?}");
        assert!(shown.stderr.starts_with(wanted), "{arguments:?} {shown:?}");
        assert_eq!(shown.stdout, "");
    }
}
