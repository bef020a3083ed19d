//! Names that AWS has: for typos, and for what a wildcard stands for.
//!
//! From the Service Authorization Reference and the IAM User Guide, "AWS global condition context
//! keys". What is not listed is not wrong; only what is nearly listed is.

use crate::action;

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

/// Global keys; those that end in a slash take a tag's name.
pub(super) const GLOBAL_KEYS: &[&str] = &[
    "aws:AssumedRoot",
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:ChatbotSourceArn",
    "aws:CurrentTime",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalTag/",
    "aws:PrincipalType",
    "aws:Referer",
    "aws:RequestTag/",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:ResourceTag/",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:TagKeys",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:ViaAWSService",
    "aws:VpcSourceIp",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:userid",
    "aws:username",
];

/// Keys of the services that hold identities, keys and secrets.
pub(super) const SERVICE_KEYS: &[&str] = &[
    "sts:AWSServiceName",
    "sts:DurationSeconds",
    "sts:ExternalId",
    "sts:IdentityTokenAudience",
    "sts:RequestContext/",
    "sts:RequestContextProviders",
    "sts:RoleAuthorizedByIdp",
    "sts:RoleSessionName",
    "sts:SourceIdentity",
    "sts:TaskPolicyArn",
    "sts:TransitiveTagKeys",
    "secretsmanager:AddReplicaRegions",
    "secretsmanager:BlockPublicPolicy",
    "secretsmanager:Description",
    "secretsmanager:ForceDeleteWithoutRecovery",
    "secretsmanager:KmsKeyArn",
    "secretsmanager:KmsKeyId",
    "secretsmanager:ModifyRotationRules",
    "secretsmanager:Name",
    "secretsmanager:RecoveryWindowInDays",
    "secretsmanager:ResourceTag/",
    "secretsmanager:RotateImmediately",
    "secretsmanager:RotationLambdaARN",
    "secretsmanager:SecretId",
    "secretsmanager:SecretPrimaryRegion",
    "secretsmanager:Type",
    "secretsmanager:VersionId",
    "secretsmanager:VersionStage",
    "secretsmanager:resource/AllowRotationLambdaArn",
    "secretsmanager:resource/Type",
    "kms:CallerAccount",
    "kms:EncryptionAlgorithm",
    "kms:EncryptionContext:",
    "kms:EncryptionContextKeys",
    "kms:GrantConstraintType",
    "kms:GrantIsForAWSResource",
    "kms:GrantOperations",
    "kms:GranteePrincipal",
    "kms:KeyOrigin",
    "kms:KeySpec",
    "kms:KeyUsage",
    "kms:MultiRegion",
    "kms:RequestAlias",
    "kms:ResourceAliases",
    "kms:RetiringPrincipal",
    "kms:ScheduleKeyDeletionPendingWindowInDays",
    "kms:ViaService",
    "iam:AWSServiceName",
    "iam:AssociatedResourceArn",
    "iam:PassedToService",
    "iam:PermissionsBoundary",
    "iam:PolicyARN",
];

/// Services whose names are long enough to be misspelt recognisably.
pub(super) const SERVICES: &[&str] = &[
    "secretsmanager",
    "dynamodb",
    "route53",
    "cloudtrail",
    "cloudwatch",
    "lambda",
];

const SECRETS_MANAGER: &[&str] = &[
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:CancelRotateSecret",
    "secretsmanager:CreateSecret",
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetRandomPassword",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:GetSecretValue",
    "secretsmanager:ListSecretVersionIds",
    "secretsmanager:ListSecrets",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:PutSecretValue",
    "secretsmanager:RemoveRegionsFromReplication",
    "secretsmanager:ReplicateSecretToRegions",
    "secretsmanager:RestoreSecret",
    "secretsmanager:RotateSecret",
    "secretsmanager:StopReplicationToReplica",
    "secretsmanager:TagResource",
    "secretsmanager:UntagResource",
    "secretsmanager:UpdateSecret",
    "secretsmanager:UpdateSecretVersionStage",
    "secretsmanager:ValidateResourcePolicy",
];

const STS: &[&str] = &[
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoot",
    "sts:DecodeAuthorizationMessage",
    "sts:GetAccessKeyInfo",
    "sts:GetCallerIdentity",
    "sts:GetFederationToken",
    "sts:GetServiceBearerToken",
    "sts:GetSessionToken",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
];

const KMS: &[&str] = &[
    "kms:CancelKeyDeletion",
    "kms:ConnectCustomKeyStore",
    "kms:CreateAlias",
    "kms:CreateCustomKeyStore",
    "kms:CreateGrant",
    "kms:CreateKey",
    "kms:Decrypt",
    "kms:DeleteAlias",
    "kms:DeleteCustomKeyStore",
    "kms:DeleteImportedKeyMaterial",
    "kms:DeriveSharedSecret",
    "kms:DescribeCustomKeyStores",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:DisconnectCustomKeyStore",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateMac",
    "kms:GenerateRandom",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:GetParametersForImport",
    "kms:GetPublicKey",
    "kms:ImportKeyMaterial",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListKeys",
    "kms:ListResourceTags",
    "kms:ListRetirableGrants",
    "kms:PutKeyPolicy",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:ReplicateKey",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:Sign",
    "kms:SynchronizeMultiRegionKey",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateCustomKeyStore",
    "kms:UpdateKeyDescription",
    "kms:UpdatePrimaryRegion",
    "kms:Verify",
    "kms:VerifyMac",
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

/// Actions that name no resource, so that only `*` covers them.
const WITHOUT_RESOURCE: &[&str] = &[
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetRandomPassword",
    "secretsmanager:ListSecrets",
    "sts:DecodeAuthorizationMessage",
    "sts:GetAccessKeyInfo",
    "sts:GetCallerIdentity",
    "sts:GetServiceBearerToken",
    "sts:GetSessionToken",
    "kms:CreateKey",
    "kms:GenerateRandom",
    "kms:ListAliases",
    "kms:ListKeys",
    "kms:ListRetirableGrants",
    "kms:DescribeCustomKeyStores",
    "ecr:GetAuthorizationToken",
    "s3:ListAllMyBuckets",
    "sqs:ListQueues",
    "iam:ListRoles",
    "iam:ListUsers",
    "iam:ListGroups",
    "iam:ListPolicies",
    "iam:GetAccountSummary",
    "iam:ListOpenIDConnectProviders",
    "dynamodb:ListTables",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByName",
    "eks:ListClusters",
    "cloudtrail:LookupEvents",
    "ec2:DescribeInstances",
];

/// The actions that a pattern stands for, of services that are listed whole.
pub(super) fn expansion(pattern: &str) -> Vec<&'static str> {
    let all = [SECRETS_MANAGER, STS, KMS].into_iter().flatten().copied();
    all.filter(|known| action::matches(pattern, known))
        .collect()
}

/// A known action that is spelled nearly so.
pub(super) fn near_action(text: &str) -> Option<&'static str> {
    let (service, name) = text.split_once(':')?;
    let known = [SECRETS_MANAGER, STS, KMS].into_iter().find(|actions| {
        service_of(actions).is_some_and(|known| known.eq_ignore_ascii_case(service))
    })?;
    if known.iter().any(|action| action.eq_ignore_ascii_case(text)) {
        return None;
    }
    let names: Vec<&str> = known
        .iter()
        .filter_map(|action| Some(action.split_once(':')?.1))
        .collect();
    let near = super::nearest::nearest(name, &names)?;
    known
        .iter()
        .copied()
        .find(|action| action.split_once(':').is_some_and(|(_, name)| name == near))
}

fn service_of(actions: &[&'static str]) -> Option<&'static str> {
    Some(actions.first()?.split_once(':')?.0)
}

/// What to write instead of all of a service.
pub(super) fn narrower(service: &str) -> Option<&'static str> {
    let mut known = NARROWER.iter();
    known
        .find(|(name, _)| name.eq_ignore_ascii_case(service))
        .map(|(_, actions)| *actions)
}

/// Whether an action, spelled out, names no resource.
pub(super) fn is_without_resource(text: &str) -> bool {
    WITHOUT_RESOURCE
        .iter()
        .any(|known| known.eq_ignore_ascii_case(text))
}
