//! The policies of organizations and endpoints, and services as principals.

use policy::lint::{LintKind, lint_attached};

use super::{check, check_unrefused, document};

#[test]
fn service_control_policies() {
    let rows = [
        (
            document(
                r#"{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","NotAction":["sts:*","iam:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-central-1"},"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}}"#,
            ),
            vec![],
        ),
        (
            document(r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#),
            vec![(
                "SCP_SYNTAX_ERROR_PRINCIPAL",
                r#""Principal""#,
                "SCPs do not support specifying principals.",
            )],
        ),
    ];
    for (text, wanted) in &rows {
        check_unrefused(text, LintKind::ServiceControl, wanted);
    }
}

#[test]
fn resource_control_policies() {
    let deny = |action: &str, condition: &str| {
        document(&format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":{action},"Resource":"*","Condition":{condition}}}"#
        ))
    };
    let ours = r#"{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#;
    let rows = [
        (deny(r#"["s3:*","sts:*"]"#, ours), vec![]),
        (
            deny(r#""ec2:*""#, ours),
            vec![(
                "RCP_SYNTAX_ERROR_ACTION",
                r#""ec2:*""#,
                "RCPs do not cover `ec2`",
            )],
        ),
        (
            deny(
                r#""s3:*""#,
                r#"{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
            ),
            vec![(
                "RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY",
                r#""aws:PrincipalOrgID""#,
                r#""BoolIfExists": { "aws:PrincipalIsAWSService": "false"} whenever a principal key aws:PrincipalOrgID is used."#,
            )],
        ),
        (
            deny(
                r#""s3:*""#,
                r#"{"StringNotEqualsIfExists":{"aws:SourceOrgID":"o-a1b2c3d4e5"}}"#,
            ),
            vec![
                (
                    "RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY",
                    r#""aws:SourceOrgID""#,
                    r#""aws:PrincipalIsAWSService": "true"}"#,
                ),
                (
                    "RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK",
                    r#""aws:SourceOrgID""#,
                    r#""Null": { "aws:SourceAccount": "false"}"#,
                ),
            ],
        ),
        (
            document(
                r#"{"Effect":"Deny","Principal":{"AWS":"111122223333"},"NotAction":"s3:GetObject","Resource":"*"}"#,
            ),
            vec![
                (
                    "RCP_SYNTAX_ERROR_PRINCIPAL",
                    r#""111122223333""#,
                    "all principals",
                ),
                (
                    "RCP_SYNTAX_ERROR_NOTACTION",
                    r#""s3:GetObject""#,
                    "RCPs do not support the NotAction element.",
                ),
            ],
        ),
        (
            document(
                r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}"#,
            ),
            vec![(
                "RCP_SYNTAX_ERROR_ALLOW",
                r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}"#,
                "with an effect of Allow",
            )],
        ),
    ];
    for (text, wanted) in &rows {
        check_unrefused(text, LintKind::ResourceControl, wanted);
    }
}

#[test]
fn endpoint_policies() {
    let text = document(
        r#"{"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}"#,
    );
    check(&text, LintKind::Endpoint, &[]);
}

#[test]
fn services_as_principals() {
    let topic = |condition: &str| {
        document(&format!(
            r#"{{"Effect":"Allow","Principal":{{"Service":"sns.amazonaws.com"}},"Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-west-1:111122223333:q"{condition}}}"#
        ))
    };
    let rows = [
        (
            topic(
                r#","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111122223333:t"}}"#,
            ),
            vec![],
        ),
        (
            topic(""),
            vec![(
                "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
                r#""sns.amazonaws.com""#,
                "without specifying a source is overly permissive",
            )],
        ),
        (
            topic(
                r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5","aws:SourceAccount":"111122223333"}}"#,
            ),
            vec![(
                "UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
                r#""aws:PrincipalOrgID""#,
                "not supported when used with the service principal: aws:PrincipalOrgID.",
            )],
        ),
        (
            topic(r#","Condition":{"StringEquals":{"aws:SourceOwner":"111122223333"}}"#),
            vec![(
                "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
                r#""aws:SourceOwner""#,
                "instead of aws:SourceOwner.",
            )],
        ),
        (
            document(
                r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"s3:ResourceAccount":"111122223333"}}}"#,
            ),
            vec![(
                "IRRELEVANT_CONDITION_KEY_IN_POLICY",
                r#""s3:ResourceAccount""#,
                "Use this key in an identity-based policy",
            )],
        ),
    ];
    for (text, wanted) in &rows {
        check(text, LintKind::Resource, wanted);
    }
    let anywhere = document(
        r#"{"Effect":"Allow","Principal":{"Service":"rolesanywhere.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}"#,
    );
    check(
        &anywhere,
        LintKind::Trust,
        &[(
            "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY",
            r#""rolesanywhere.amazonaws.com""#,
            "sts:SetSourceIdentity",
        )],
    );
}

#[test]
fn policies_of_known_resources() {
    let text = document(
        r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["s3:GetObject","kms:Decrypt"],"Resource":["arn:aws:s3:::b/*","arn:aws:kms:eu-west-1:111122223333:key/x"]}"#,
    );
    let told = |resource_type: &str| -> Vec<(&str, String)> {
        lint_attached(&text, LintKind::Resource, resource_type)
            .into_iter()
            .map(|found| (found.code.as_str(), found.text))
            .collect()
    };
    let of = "for the resource-based policy attached to the resource type AWS::S3::Bucket.";
    assert_eq!(
        told("AWS::S3::Bucket"),
        [
            (
                "UNSUPPORTED_ACTION_IN_POLICY",
                format!("The action kms:Decrypt is not supported {of}")
            ),
            (
                "UNSUPPORTED_RESOURCE_ARN_IN_POLICY",
                format!("The resource ARN is not supported {of}")
            ),
        ]
    );
    for unknown in [
        "",
        "AWS",
        "AWS::Nope::X",
        "AWS::IAM::AssumeRolePolicyDocument",
    ] {
        assert_eq!(told(unknown), []);
    }
}
