//! What is not in the service reference: operators, and what workloads mostly need.

/// Condition operators without prefix; the suffix is part of the word.
pub(super) const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "Null",
    "StringEqualsIfExists",
    "StringNotEqualsIfExists",
    "StringLikeIfExists",
    "StringNotLikeIfExists",
    "BoolIfExists",
    "IpAddressIfExists",
    "NotIpAddressIfExists",
    "ArnEqualsIfExists",
    "ArnLikeIfExists",
    "ArnNotEqualsIfExists",
    "ArnNotLikeIfExists",
];

/// What a workload mostly needs of a service.
const NARROWER: &[(&str, &str)] = &[
    (
        "secretsmanager",
        "`secretsmanager:GetSecretValue` to read a secret, `secretsmanager:DescribeSecret` to look at one",
    ),
    (
        "kms",
        "`kms:Decrypt` to read, `kms:GenerateDataKey` to write, `kms:DescribeKey`",
    ),
    ("sts", "`sts:AssumeRole` on the ARN of the role"),
    (
        "iam",
        "the very actions, such as `iam:GetRole`, and `iam:PassRole` on the ARN of the role",
    ),
    ("irsa", "`irsa:CreateToken` on the ARN of the issuer"),
    ("s3", "`s3:GetObject`, `s3:PutObject`, `s3:ListBucket`"),
    (
        "sqs",
        "`sqs:SendMessage`, or `sqs:ReceiveMessage` and `sqs:DeleteMessage`",
    ),
    ("sns", "`sns:Publish`"),
    (
        "dynamodb",
        "`dynamodb:GetItem`, `dynamodb:Query`, `dynamodb:PutItem`, `dynamodb:UpdateItem`",
    ),
    (
        "route53",
        "`route53:ChangeResourceRecordSets` on the hosted zone, `route53:ListResourceRecordSets`",
    ),
    ("ssm", "`ssm:GetParameter`, `ssm:GetParametersByPath`"),
    ("ecr", "`ecr:BatchGetImage`, `ecr:GetDownloadUrlForLayer`"),
    ("logs", "`logs:CreateLogStream`, `logs:PutLogEvents`"),
];

/// What to write instead of all of a service.
pub(super) fn narrower(service: &str) -> Option<&'static str> {
    let mut known = NARROWER.iter();
    known
        .find(|(name, _)| name.eq_ignore_ascii_case(service))
        .map(|(_, actions)| *actions)
}
