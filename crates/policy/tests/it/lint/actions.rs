//! Actions and resources of identity policies.

use policy::lint::{FindingKind, LintKind, lint};

use super::*;

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
                ("REDUNDANT_ACTION", r#""s3:GetObject""#, "The 2 action(s) are redundant because they provide similar permissions. Update the policy to remove the redundant action such as: s3:GetObject."),
            ],
        ),
        (
            allow(r#""s3:GetObject""#, r#"["arn:aws:s3:::b/*","arn:aws:s3:::b/c"]"#),
            vec![("REDUNDANT_RESOURCE", r#""arn:aws:s3:::b/c""#, "The 1 resource ARN(s) are redundant")],
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
