//! Checks by AWS's service reference.

use policy::lint::LintKind;

use super::{check, document, under};

fn allow(action: &str, resource: &str, more: &str) -> String {
    document(&format!(
        r#"{{"Effect":"Allow","Action":{action},"Resource":{resource}{more}}}"#
    ))
}

#[test]
fn services_actions_and_keys_exist() {
    let rows = [
        (
            allow(
                r#"["s3:GetObjekt","s4:GetObject"]"#,
                r#""arn:aws:s3:::b/*""#,
                "",
            ),
            vec![
                (
                    "INVALID_ACTION",
                    r#""s3:GetObjekt""#,
                    "The action s3:GetObjekt does not exist. Did you mean s3:GetObject?",
                ),
                (
                    "INVALID_SERVICE_IN_ACTION",
                    r#""s4:GetObject""#,
                    "The service s4 specified in the action does not exist.",
                ),
            ],
        ),
        (
            allow(r#""route53:ChangeRecords""#, r#""*""#, ""),
            vec![(
                "INVALID_ACTION",
                r#""route53:ChangeRecords""#,
                "The action route53:ChangeRecords does not exist.",
            )],
        ),
        (
            allow(r#""sqs:Reed*""#, r#""*""#, ""),
            vec![("INVALID_ACTION", r#""sqs:Reed*""#, "fits none of sqs")],
        ),
        (
            allow(
                r#""*:CreateToken""#,
                r#""arn:aws:irsa:*:111122223333:issuer/demo""#,
                "",
            ),
            vec![(
                "WILDCARD_IN_SERVICE_NAME",
                r#""*:CreateToken""#,
                "wildcards (*, ?) in the service name",
            )],
        ),
        (
            under(r#"{"StringEquals":{"aws:SourceVPCs":"x"}}"#),
            vec![(
                "INVALID_GLOBAL_CONDITION_KEY",
                r#""aws:SourceVPCs""#,
                "aws:SourceVpc",
            )],
        ),
        (
            under(r#"{"StringEquals":{"aws:Nonsense":"x"}}"#),
            vec![(
                "INVALID_GLOBAL_CONDITION_KEY",
                r#""aws:Nonsense""#,
                "The condition key aws:Nonsense does not exist. Use a valid condition key.",
            )],
        ),
        (
            under(r#"{"StringEquals":{"s3:ExistingObjectTags/team":"x"}}"#),
            vec![(
                "INVALID_SERVICE_CONDITION_KEY",
                r#""s3:ExistingObjectTags/team""#,
                "did you mean `s3:ExistingObjectTag/team`?",
            )],
        ),
        (
            under(r#"{"StringEquals":{"s3:Colour":"x"}}"#),
            vec![(
                "INVALID_SERVICE_CONDITION_KEY",
                r#""s3:Colour""#,
                "The condition key s3:Colour does not exist in the service s3. Use a valid condition key.",
            )],
        ),
        (
            under(r#"{"StringEquals":{"zzz:Colour":"x"}}"#),
            vec![(
                "INVALID_SERVICE",
                r#""zzz:Colour""#,
                "The service zzz does not exist. Use a valid service name.",
            )],
        ),
        (
            under(r#"{"StringEquals":{"s3:ExistingObjectTag/":"x"}}"#),
            vec![(
                "MISSING_TAG_KEY_IN_CONDITION",
                r#""s3:ExistingObjectTag/""#,
                "Use the format s3:ExistingObjectTag/tag-key",
            )],
        ),
    ];
    for (text, wanted) in &rows {
        check(text, LintKind::Identity, wanted);
    }
}

#[test]
fn keys_belong_to_actions_and_have_types() {
    let rows = [
        (
            allow(
                r#"["kms:Decrypt","kms:DescribeKey"]"#,
                r#""arn:aws:kms:eu-west-1:111122223333:key/*""#,
                r#","Condition":{"StringEquals":{"kms:EncryptionContext:app":"x"}}"#,
            ),
            vec![(
                "UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
                r#""kms:EncryptionContext:app""#,
                "The following actions: kms:DescribeKey are not supported by the condition key kms:EncryptionContext:app. The condition will not be evaluated for these actions. We recommend that you move these actions to a different statement without this condition key.",
            )],
        ),
        // Patterns are left out, and keys that any service has.
        (
            allow(
                r#""kms:Describe*""#,
                r#""arn:aws:kms:eu-west-1:111122223333:key/x""#,
                r#","Condition":{"StringEquals":{"kms:EncryptionContext:app":"x","aws:SourceVpc":"vpc-12345678"}}"#,
            ),
            vec![(
                "WILDCARD_IN_ACTION",
                r#""kms:Describe*""#,
                "kms:DescribeKey",
            )],
        ),
        (
            under(r#"{"StringEquals":{"aws:SecureTransport":"true"}}"#),
            vec![(
                "TYPE_MISMATCH",
                r#""StringEquals""#,
                "Use the operator type Bool instead of operator StringEquals for the condition key aws:SecureTransport.",
            )],
        ),
        (
            under(r#"{"NumericEquals":{"aws:PrincipalTag/x":"1"}}"#),
            vec![(
                "TYPE_MISMATCH",
                r#""NumericEquals""#,
                "operator type String",
            )],
        ),
        (
            under(r#"{"NumericLessThan":{"aws:EpochTime":"1700000000"}}"#),
            vec![],
        ),
        (
            under(r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x"}}"#),
            vec![(
                "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS",
                r#""StringLike""#,
                "Use the operator type ArnLike instead of operator StringLike for the condition key aws:PrincipalArn.",
            )],
        ),
        (
            allow(
                r#"["s3:GetObject","execute-api:Invoke"]"#,
                r#""*""#,
                r#","Condition":{"StringEquals":{"aws:ResourceTag/team":"x"}}"#,
            ),
            vec![(
                "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
                r#""aws:ResourceTag/team""#,
                "with the following prefixes does not affect the policy: execute-api.",
            )],
        ),
        (
            document(
                r#"{"Effect":"Deny","Action":"execute-api:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"x"}}}"#,
            ),
            vec![(
                "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
                r#""aws:ResourceTag/team""#,
                "can be overly permissive: execute-api.",
            )],
        ),
        (
            document(
                r#"{"Effect":"Deny","NotAction":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"x"}}}"#,
            ),
            vec![(
                "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
                r#""aws:ResourceTag/team""#,
                "use Action instead",
            )],
        ),
        (
            document(
                r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:VpceOrgID":"o-a1b2c3d4e5"}}}"#,
            ),
            vec![(
                "USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES",
                r#""aws:VpceOrgID""#,
                "works only with specific AWS services",
            )],
        ),
    ];
    for (text, wanted) in &rows {
        check(text, LintKind::Identity, wanted);
    }
}

#[test]
fn resources_are_of_the_services_types() {
    let rows = [
        (
            allow(r#""s3:GetObject""#, r#""arn:aws:s3:::bucket""#, ""),
            vec![(
                "ACTION_WITHOUT_ITS_RESOURCE",
                r#""s3:GetObject""#,
                "it takes",
            )],
        ),
        (
            allow(
                r#"["s3:GetObject","s3:ListBucket"]"#,
                r#"["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]"#,
                "",
            ),
            vec![],
        ),
        (
            allow(
                r#""kms:Decrypt""#,
                r#""arn:aws:kms:eu-west-1:111122223333:alias/x""#,
                "",
            ),
            vec![(
                "ACTION_WITHOUT_ITS_RESOURCE",
                r#""kms:Decrypt""#,
                "key/${KeyId}",
            )],
        ),
        (
            allow(
                r#""kms:Decrypt""#,
                r#""arn:aws:kms:eu-west-1:111122223333:keys/x""#,
                "",
            ),
            vec![(
                "INVALID_ARN_RESOURCE",
                r#""arn:aws:kms:eu-west-1:111122223333:keys/x""#,
                "formats of kms",
            )],
        ),
        (
            allow(
                r#""sqs:SendMessage""#,
                r#""arn:aws:sqs::111122223333:q""#,
                "",
            ),
            vec![(
                "MISSING_ARN_REGION",
                r#""arn:aws:sqs::111122223333:q""#,
                "Add a Region to the sqs resource ARN.",
            )],
        ),
        (
            allow(
                r#""sqs:SendMessage""#,
                r#""arn:aws:sqs:eu-west:111122223333:q""#,
                "",
            ),
            vec![(
                "INVALID_ARN_REGION",
                r#""arn:aws:sqs:eu-west:111122223333:q""#,
                "The Region eu-west is not valid for this resource.",
            )],
        ),
        (
            allow(r#""sqs:SendMessage""#, r#""arn:aws:sqs:eu-west-1::q""#, ""),
            vec![(
                "MISSING_ARN_ACCOUNT",
                r#""arn:aws:sqs:eu-west-1::q""#,
                "The resource q in the arn is missing an account id.",
            )],
        ),
        (
            allow(
                r#""s3:GetObject""#,
                r#""arn:aws:s3::111122223333:bucket/x""#,
                "",
            ),
            vec![(
                "ARN_ACCOUNT_NOT_ALLOWED",
                r#""arn:aws:s3::111122223333:bucket/x""#,
                "The service s3 does not support specifying an account ID",
            )],
        ),
        (
            allow(
                r#""sqs:SendMessage""#,
                r#""arn:aws:sqss:eu-west-1:111122223333:q""#,
                "",
            ),
            vec![(
                "INVALID_SERVICE",
                r#""arn:aws:sqss:eu-west-1:111122223333:q""#,
                "did you mean `sqs`?",
            )],
        ),
        (
            allow(
                r#""s3:GetObject""#,
                r#""arn:aws:s3:::${aws:PrincipalTag/bucket}/*""#,
                "",
            ),
            vec![],
        ),
        (
            allow(
                r#""iam:ListUsers""#,
                r#""arn:aws:iam::111122223333:user/*""#,
                "",
            ),
            vec![],
        ),
        (
            allow(r#""s3:ListAllMyBuckets""#, r#""arn:aws:s3:::*""#, ""),
            vec![(
                "ACTION_NEEDS_ANY_RESOURCE",
                r#""s3:ListAllMyBuckets""#,
                "names no resource",
            )],
        ),
    ];
    for (text, wanted) in &rows {
        check(text, LintKind::Identity, wanted);
    }
}

#[test]
fn values_have_the_form_that_their_key_demands() {
    let rows = [
        (
            under(
                r#"{"StringEquals":{"aws:RequestedRegion":["eu-west-1","us-gov-west-1","${aws:PrincipalTag/r}","europe"]}}"#,
            ),
            vec![(
                "INVALID_REGION",
                r#""europe""#,
                "The Region europe is not valid. Update the condition value to a supported Region.",
            )],
        ),
        (
            under(r#"{"StringEquals":{"aws:SourceVpc":["vpc-12345678","vpc-123"]}}"#),
            vec![(
                "INVALID_VPC_FORMAT",
                r#""vpc-123""#,
                "Use the prefix 'vpc-'",
            )],
        ),
        (
            under(r#"{"StringLike":{"aws:SourceVpce":["vpce-*","vpc-12345678"]}}"#),
            vec![
                (
                    "INVALID_VPCE_FORMAT",
                    r#""vpc-12345678""#,
                    "Use the prefix 'vpce-'",
                ),
                (
                    "WILDCARD_USAGE_TOO_PERMISSIVE",
                    r#""vpce-*""#,
                    "The wildcard is not allowed in the condition key aws:SourceVpce.",
                ),
            ],
        ),
        (
            under(
                r#"{"StringLike":{"aws:userid":["AROAEXAMPLEEXAMPLE1:*","*:ann","AROA*:ann","*"]}}"#,
            ),
            vec![
                (
                    "WILDCARD_USAGE_TOO_PERMISSIVE",
                    r#""AROA*:ann""#,
                    "with aws:userID",
                ),
                ("WILDCARD_USAGE_TOO_PERMISSIVE", r#""*""#, "with aws:userID"),
                ("EQUIVALENT_TO_NULL_FALSE", r#""*""#, "aws:userid"),
            ],
        ),
        (
            allow(
                r#""kms:Decrypt""#,
                r#""arn:aws:kms:eu-west-1:111122223333:key/x""#,
                r#","Condition":{"StringEquals":{"kms:ViaService":["s3.eu-west-1.amazonaws.com","s3.amazonaws.com"]}}"#,
            ),
            vec![(
                "INVALID_SERVICE_PRINCIPAL_FORMAT",
                r#""s3.amazonaws.com""#,
                "service-name.AWS_region.amazonaws.com",
            )],
        ),
        (
            allow(
                r#""iam:PassRole""#,
                r#""arn:aws:iam::111122223333:role/x""#,
                r#","Condition":{"StringEquals":{"iam:PassedToService":["eks.amazonaws.com","eks"]}}"#,
            ),
            vec![(
                "INVALID_SERVICE_PRINCIPAL_FORMAT",
                r#""eks""#,
                "service-name.amazonaws.com",
            )],
        ),
        (
            allow(
                r#""s3:PutObject""#,
                r#""arn:aws:s3:::b/*""#,
                r#","Condition":{"StringEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"alias/x"}}"#,
            ),
            vec![(
                "INVALID_KMS_KEY_VALUE",
                r#""alias/x""#,
                "must be a valid KMS key ARN",
            )],
        ),
        (
            under(r#"{"StringEquals":{"aws:PrincipalTag/x":["1",1]}}"#),
            vec![("INVALID_CONDITION_DATA_TYPE", r#"["1",1]"#, "do not match")],
        ),
        (
            under(r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":["2700","3600"]}}"#),
            vec![(
                "REDUNDANT_CONDITION_VALUE_NUM",
                r#""3600""#,
                "Replace with the greatest single value for aws:MultiFactorAuthAge.",
            )],
        ),
        (
            allow(
                r#""s3:ListBucket""#,
                r#""arn:aws:s3:::b""#,
                r#","Condition":{"StringNotLike":{"s3:prefix":"private/*"}}"#,
            ),
            vec![(
                "S3_PREFIX_IN_NEGATIVE_CONTEXT",
                r#""s3:prefix""#,
                "shorter prefix",
            )],
        ),
        (
            allow(
                r#""dynamodb:GetItem""#,
                r#""arn:aws:dynamodb:eu-west-1:111122223333:table/t""#,
                r#","Condition":{"ForAllValues:StringEquals":{"dynamodb:Attributes":"a"},"Null":{"dynamodb:Attributes":"false"}}"#,
            ),
            vec![(
                "DYNAMODB_ATTRIBUTES_WITHOUT_SELECT",
                r#""dynamodb:Attributes""#,
                "SPECIFIC_ATTRIBUTES",
            )],
        ),
    ];
    for (text, wanted) in &rows {
        check(text, LintKind::Identity, wanted);
    }
}

/// What a lone `*` comes to under each operator.
#[test]
fn lone_wildcards() {
    for (operator, code) in [
        ("StringLike", "EQUIVALENT_TO_NULL_FALSE"),
        ("StringNotLike", "EQUIVALENT_TO_NULL_TRUE"),
        ("StringNotLikeIfExists", "EQUIVALENT_TO_NULL_TRUE"),
        (
            "StringLikeIfExists",
            "REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION",
        ),
    ] {
        let text = under(&format!(r#"{{"{operator}":{{"aws:PrincipalTag/x":"*"}}}}"#));
        check(&text, LintKind::Identity, &[(code, r#""*""#, operator)]);
    }
    for (operator, code) in [
        ("ForAnyValue:StringLike", "EQUIVALENT_TO_NULL_FALSE"),
        ("ForAllValues:StringNotLike", "EQUIVALENT_TO_NULL_TRUE"),
        (
            "ForAnyValue:StringNotLike",
            "REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION",
        ),
    ] {
        let text = under(&format!(
            r#"{{"{operator}":{{"aws:PrincipalOrgPaths":"*"}}}}"#
        ));
        check(&text, LintKind::Identity, &[(code, r#""*""#, operator)]);
    }
}
