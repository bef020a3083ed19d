//! The checks, each with its code and gravity.
//!
//! Codes of AWS are those of the "IAM policy validation check reference" of the IAM User Guide.

use super::finding::FindingKind;

/// Whose check it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Access Analyzer's; its reference describes it.
    Aws,
    /// irsa's own.
    Own,
}

macro_rules! codes {
    ($($origin:ident $kind:ident $name:ident $text:literal $what:literal;)*) => {
        /// Which check found it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $what] $name,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The issue code: `MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// How grave its findings are.
            pub fn kind(self) -> FindingKind {
                match self { $(Self::$name => FindingKind::$kind,)* }
            }

            /// What the check looks for, in a few words.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => $what,)* }
            }

            fn origin(self) -> Origin {
                match self { $(Self::$name => Origin::$origin,)* }
            }
        }
    };
}

codes! {
    Own Error MalformedPolicyDocument "MALFORMED_POLICY_DOCUMENT" "IAM or STS refuses the document, in these words";
    Own Error PolicyDocumentTooLong "POLICY_DOCUMENT_TOO_LONG" "the document is longer than any call takes";
    Aws Error JsonSyntaxError "JSON_SYNTAX_ERROR" "the text is not JSON";
    Aws Error InvalidPolicyElement "INVALID_POLICY_ELEMENT" "an element that policies do not have";
    Aws Error DataTypeMismatch "DATA_TYPE_MISMATCH" "a value of the wrong JSON type";
    Aws Error UnsupportedElementCombination "UNSUPPORTED_ELEMENT_COMBINATION" "two elements that exclude each other";
    Aws Error InvalidVersion "INVALID_VERSION" "a version that does not exist";
    Aws Error InvalidEffect "INVALID_EFFECT" "an effect other than Allow and Deny";
    Aws Error MissingStatement "MISSING_STATEMENT" "no statement";
    Aws Error MissingEffect "MISSING_EFFECT" "a statement without effect";
    Aws Error MissingAction "MISSING_ACTION" "a statement without actions";
    Aws Error MissingResource "MISSING_RESOURCE" "a statement without resources";
    Aws Error MissingPrincipal "MISSING_PRINCIPAL" "a statement without principal";
    Aws Error UnsupportedPrincipal "UNSUPPORTED_PRINCIPAL" "a principal where the policy type has none";
    Aws Error InvalidPrincipalFormat "INVALID_PRINCIPAL_FORMAT" "a principal without its kind";
    Aws Error InvalidPrincipalKey "INVALID_PRINCIPAL_KEY" "a kind of principal that does not exist";
    Aws Error UnsupportedWildcardInPrincipal "UNSUPPORTED_WILDCARD_IN_PRINCIPAL" "a wildcard inside a principal";
    Aws Error RoleTrustPolicyUnsupportedWildcardInPrincipal "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL" "the principal * in a trust policy";
    Aws Error RoleTrustPolicySyntaxErrorNotPrincipal "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL" "NotPrincipal in a trust policy";
    Aws Error RoleTrustPolicySyntaxErrorResource "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE" "a resource in a trust policy";
    Aws Error InvalidFederatedPrincipalSyntax "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY" "a provider that is neither a domain nor an ARN";
    Aws Error MismatchedActionForPrincipal "MISMATCHED_ACTION_FOR_PRINCIPAL" "an action that this kind of principal cannot use";
    Aws Error MissingActionForConditionKey "MISSING_ACTION_FOR_CONDITION_KEY" "a key whose setting needs an action that is not allowed";
    Aws Error InvalidConditionOperator "INVALID_CONDITION_OPERATOR" "an operator that does not exist";
    Aws Error InvalidConditionKeyFormat "INVALID_CONDITION_KEY_FORMAT" "a key without its service";
    Aws Error InvalidGlobalConditionKey "INVALID_GLOBAL_CONDITION_KEY" "a misspelt global key";
    Aws Error InvalidServiceConditionKey "INVALID_SERVICE_CONDITION_KEY" "a misspelt key of a service";
    Aws Error UnsupportedGlobalConditionKey "UNSUPPORTED_GLOBAL_CONDITION_KEY" "a global key that is gone";
    Aws Error MissingTagKeyInCondition "MISSING_TAG_KEY_IN_CONDITION" "a tag key without the tag's name";
    Aws Error InvalidConditionMultipleBoolean "INVALID_CONDITION_MULTIPLE_BOOLEAN" "several values for a yes or no";
    Aws Error InvalidAction "INVALID_ACTION" "a misspelt action";
    Aws Error InvalidServiceInAction "INVALID_SERVICE_IN_ACTION" "a misspelt service";
    Aws Error InvalidVariableForOperator "INVALID_VARIABLE_FOR_OPERATOR" "a variable where the operator takes none";
    Aws Error MissingQualifier "MISSING_QUALIFIER" "a list key without ForAnyValue or ForAllValues";
    Aws Error NullWithIfExists "NULL_WITH_IF_EXISTS" "Null with IfExists";
    Aws Error DuplicateKeysWithDifferentCase "DUPLICATE_KEYS_WITH_DIFFERENT_CASE" "two spellings of one key";
    Aws Error UniqueSidsRequired "UNIQUE_SIDS_REQUIRED" "one id for two statements";
    Aws Error UnsupportedSid "UNSUPPORTED_SID" "an id with other than letters and digits";
    Aws Error InvalidArnPrefix "INVALID_ARN_PREFIX" "a resource that does not start with arn";
    Aws Error MissingArnField "MISSING_ARN_FIELD" "an ARN with fewer than six parts";
    Aws Error InvalidPartition "INVALID_PARTITION" "a partition that does not exist";
    Aws Error InvalidArnAccount "INVALID_ARN_ACCOUNT" "an account that is not twelve digits";
    Aws Error InvalidArnServiceCase "INVALID_ARN_SERVICE_CASE" "a service in upper case";
    Aws Error ArnRegionNotAllowed "ARN_REGION_NOT_ALLOWED" "a region where the service has none";
    Aws Error MissingArnRegion "MISSING_ARN_REGION" "no region where the service has one";
    Aws Error MissingBraceInVariable "MISSING_BRACE_IN_VARIABLE" "a variable that does not end";
    Aws Error MissingQuoteInVariable "MISSING_QUOTE_IN_VARIABLE" "a default without quotes";
    Aws Error UnsupportedSpaceInVariable "UNSUPPORTED_SPACE_IN_VARIABLE" "a blank in a variable's name";
    Aws Error EmptyVariable "EMPTY_VARIABLE" "a variable without name";
    Aws Error VariableUnsupportedInElement "VARIABLE_UNSUPPORTED_IN_ELEMENT" "a variable in an element that takes none";
    Aws Error VariableUnsupportedInVersion "VARIABLE_UNSUPPORTED_IN_VERSION" "a variable in a document of 2008";
    Aws Error PrivateIpAddress "PRIVATE_IP_ADDRESS" "only private addresses for aws:SourceIp";
    Aws Error PrivateNotIpAddress "PRIVATE_NOT_IP_ADDRESS" "only private addresses for aws:SourceIp, negated";
    Aws Error InvalidConditionDataType "INVALID_CONDITION_DATA_TYPE" "values of several JSON types";
    Aws Error InvalidService "INVALID_SERVICE" "a service that does not exist";
    Aws Error TypeMismatchIpRange "TYPE_MISMATCH_IP_RANGE" "not an address range";
    Aws Error InvalidArnRegion "INVALID_ARN_REGION" "a region that does not exist";
    Aws Error InvalidArnResource "INVALID_ARN_RESOURCE" "a resource of no type that the service has";
    Aws Error ArnAccountNotAllowed "ARN_ACCOUNT_NOT_ALLOWED" "an account where the service has none";
    Aws Error MissingArnAccount "MISSING_ARN_ACCOUNT" "no account where the service has one";
    Aws Error InvalidRegion "INVALID_REGION" "a condition on a region that does not exist";
    Aws Error WildcardUsageTooPermissive "WILDCARD_USAGE_TOO_PERMISSIVE" "a wildcard in a key whose values are made by AWS";
    Aws Error InvalidVpcFormat "INVALID_VPC_FORMAT" "not the id of a VPC";
    Aws Error InvalidVpceFormat "INVALID_VPCE_FORMAT" "not the id of a VPC endpoint";
    Aws Error InvalidKmsKeyValue "INVALID_KMS_KEY_VALUE" "not the ARN of a key";
    Aws Error InvalidServicePrincipalFormat "INVALID_SERVICE_PRINCIPAL_FORMAT" "not a service principal";
    Aws Error UnsupportedActionForConditionKey "UNSUPPORTED_ACTION_FOR_CONDITION_KEY" "a key that some of the actions never have";
    Aws Error UnsupportedActionInPolicy "UNSUPPORTED_ACTION_IN_POLICY" "an action of another service than the resource's";
    Aws Error UnsupportedResourceArnInPolicy "UNSUPPORTED_RESOURCE_ARN_IN_POLICY" "a resource of another type than the policy's";
    Aws Error UnsupportedConditionKeyForServicePrincipal "UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL" "a key that services' calls do not have";
    Aws Error FederatedPrincipalNotSupported "FEDERATED_PRINCIPAL_NOT_SUPPORTED" "an identity provider outside a trust policy";
    Aws Error MissingActionForRolesAnywhereTrustPolicy "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY" "IAM Roles Anywhere without its three actions";
    Aws Error PolicySizeExceedsScpQuota "POLICY_SIZE_EXCEEDS_SCP_QUOTA" "longer than an SCP may be";
    Aws Error PolicySizeExceedsRcpQuota "POLICY_SIZE_EXCEEDS_RCP_QUOTA" "longer than an RCP may be";
    Aws Error ScpSyntaxErrorPrincipal "SCP_SYNTAX_ERROR_PRINCIPAL" "a principal in an SCP";
    Aws Error RcpSyntaxErrorPrincipal "RCP_SYNTAX_ERROR_PRINCIPAL" "a principal other than * in an RCP";
    Aws Error RcpSyntaxErrorAllow "RCP_SYNTAX_ERROR_ALLOW" "an Allow in an RCP";
    Aws Error RcpSyntaxErrorNotAction "RCP_SYNTAX_ERROR_NOTACTION" "NotAction in an RCP";
    Aws Error RcpSyntaxErrorAction "RCP_SYNTAX_ERROR_ACTION" "an action that RCPs do not cover";
    Own Error SchemeInConditionKey "SCHEME_IN_CONDITION_KEY" "https:// in a key that names an issuer";
    Own Error SchemeInOidcProvider "SCHEME_IN_OIDC_PROVIDER" "https:// in a provider's ARN";
    Own Error SessionPolicyTooLong "SESSION_POLICY_TOO_LONG" "a session policy longer than STS takes";

    Aws SecurityWarning AllowWithNotPrincipal "ALLOW_WITH_NOT_PRINCIPAL" "Allow for everybody but";
    Aws SecurityWarning ForAllValuesWithSingleValuedKey "FORALLVALUES_WITH_SINGLE_VALUED_KEY" "ForAllValues on a key with one value";
    Aws SecurityWarning MissingPairedConditionKeys "MISSING_PAIRED_CONDITION_KEYS" "a key that is safe only beside another";
    Aws SecurityWarning MissingConditionKeyForOidcPrincipal "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL" "an OIDC provider without a condition on its tokens";
    Aws SecurityWarning MissingGithubRepoConditionKey "MISSING_GITHUB_REPO_CONDITION_KEY" "GitHub without a condition on the repository";
    Aws SecurityWarning UntrustworthyConditionKey "UNTRUSTWORTHY_CONDITION_KEY" "a condition on a header that the caller writes";
    Aws SecurityWarning StringLikeOperatorWithArnConditionKeys "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS" "ARNs compared as texts";
    Aws SecurityWarning DenyWithUnsupportedTagConditionKey "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE" "a Deny by tags for services without them";
    Aws SecurityWarning DenyNotActionWithUnsupportedTagConditionKey "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE" "a Deny by tags for all actions but";
    Aws SecurityWarning RestrictAccessToServicePrincipal "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL" "a service that may act for anybody";
    Aws SecurityWarning DynamoDbAttributesWithoutSelect "DYNAMODB_ATTRIBUTES_WITHOUT_SELECT" "attributes that a read without projection passes by";
    Aws SecurityWarning S3PrefixInNegativeContext "S3_PREFIX_IN_NEGATIVE_CONTEXT" "a prefix that a shorter one passes by";
    Aws SecurityWarning ForAnyValueWithAudience "FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE" "ForAnyValue on aud";
    Aws SecurityWarning PassRoleWithNotResource "PASS_ROLE_WITH_NOT_RESOURCE" "iam:PassRole on all roles but";
    Aws SecurityWarning PassRoleWithStarInActionAndNotResource "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE" "iam:PassRole by wildcard on all roles but";
    Aws SecurityWarning PassRoleWithNotActionAndNotResource "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE" "iam:PassRole by NotAction on all roles but";
    Aws SecurityWarning PassRoleWithStarInResource "PASS_ROLE_WITH_STAR_IN_RESOURCE" "iam:PassRole on any role";
    Aws SecurityWarning PassRoleWithStarInActionAndResource "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE" "iam:PassRole by wildcard on any role";
    Aws SecurityWarning PassRoleWithStarInResourceAndNotAction "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION" "iam:PassRole by NotAction on any role";
    Aws SecurityWarning WildcardWithoutLikeOperator "WILDCARD_WITHOUT_LIKE_OPERATOR" "a wildcard that the operator takes literally; a warning at AWS";
    Own SecurityWarning MissingOidcSubjectCondition "MISSING_OIDC_SUBJECT_CONDITION" "an OIDC provider without a condition on sub";
    Own SecurityWarning MissingOidcAudienceCondition "MISSING_OIDC_AUDIENCE_CONDITION" "an OIDC provider without a condition on aud";
    Own SecurityWarning OidcSubjectTooWide "OIDC_SUBJECT_TOO_WIDE" "a subject that admits every token or namespace";
    Own SecurityWarning ConditionKeyOfOtherIssuer "CONDITION_KEY_OF_OTHER_ISSUER" "a key of an issuer that the statement does not trust";
    Own SecurityWarning PrincipalAllowsAnyone "PRINCIPAL_ALLOWS_ANYONE" "everybody, without a condition that says who";
    Own SecurityWarning OverbroadAction "OVERBROAD_ACTION" "all actions, or all of a service that guards access";
    Own SecurityWarning AnySecretReadable "ANY_SECRET_READABLE" "every secret of the account can be read";
    Own SecurityWarning TagVariableBeforeWildcard "TAG_VARIABLE_BEFORE_WILDCARD" "a variable before a wildcard without a separator";
    Own SecurityWarning ConditionOnClientControlledKey "CONDITION_ON_CLIENT_CONTROLLED_KEY" "a condition on what the caller chooses";

    Aws Warning MissingVersion "MISSING_VERSION" "no version";
    Aws Warning UniqueSidsRecommended "UNIQUE_SIDS_RECOMMENDED" "one id for two statements of a resource policy";
    Aws Warning PolicySizeExceedsIdentityPolicyQuota "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA" "longer than a managed policy may be";
    Aws Warning PolicySizeExceedsRoleTrustPolicyQuota "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA" "longer than a trust policy may be";
    Aws Warning TypeMismatch "TYPE_MISMATCH" "an operator of another type than the key";
    Aws Warning TypeMismatchBoolean "TYPE_MISMATCH_BOOLEAN" "neither true nor false";
    Aws Warning TypeMismatchDate "TYPE_MISMATCH_DATE" "not a date";
    Aws Warning TypeMismatchNumber "TYPE_MISMATCH_NUMBER" "not a number";
    Aws Warning TypeMismatchString "TYPE_MISMATCH_STRING" "not base64";
    Aws Warning InvalidDateValue "INVALID_DATE_VALUE" "seconds since 1970 as a date";
    Aws Warning InvalidRoleReference "INVALID_ROLE_REFERENCE" "a role by its id";
    Aws Warning InvalidUserReference "INVALID_USER_REFERENCE" "a user by its id";
    Aws Warning CreateSlrWithNotResource "CREATE_SLR_WITH_NOT_RESOURCE" "service-linked roles on all resources but";
    Aws Warning CreateSlrWithStarInActionAndNotResource "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE" "service-linked roles by wildcard on all resources but";
    Aws Warning CreateSlrWithNotActionAndNotResource "CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE" "service-linked roles by NotAction on all resources but";
    Aws Warning CreateSlrWithStarInResource "CREATE_SLR_WITH_STAR_IN_RESOURCE" "any service-linked role";
    Aws Warning CreateSlrWithStarInActionAndResource "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE" "any service-linked role by wildcard";
    Aws Warning CreateSlrWithStarInResourceAndNotAction "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION" "any service-linked role by NotAction";
    Aws Warning SpecificGithubRepoAndBranchRecommended "SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED" "a wildcard in a subject of GitHub";
    Aws Warning RcpMissingRelatedPrincipalConditionKey "RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY" "an RCP on principals that also meets services";
    Aws Warning RcpMissingRelatedServicePrincipalConditionKey "RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY" "an RCP on services that also meets principals";
    Aws Warning RcpMissingServiceConditionKeyNullCheck "RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK" "an RCP on a key that services may lack";
    Aws Warning UseConditionKeyOnlyWithSupportedServices "USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES" "a key that only some services have, for all";
    Aws Warning PolicySizeExceedsResourcePolicyQuota "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA" "longer than a secret's or key's policy may be";
    Own Warning TrailingSlashInConditionKey "TRAILING_SLASH_IN_CONDITION_KEY" "a slash between issuer and claim";
    Own Warning TrailingSlashInOidcProvider "TRAILING_SLASH_IN_OIDC_PROVIDER" "a slash at the end of a provider's ARN";
    Own Warning RoleSharedByServiceAccounts "ROLE_SHARED_BY_SERVICE_ACCOUNTS" "several ServiceAccounts or apps share the role";
    Own Warning KeyAbsentForWebIdentity "KEY_ABSENT_FOR_WEB_IDENTITY" "a key that a web identity call does not have";
    Own Warning PodIdentityNeedsTagSession "POD_IDENTITY_NEEDS_TAG_SESSION" "EKS Pod Identity without sts:TagSession";
    Own Warning DenyWithNotPrincipal "DENY_WITH_NOT_PRINCIPAL" "Deny for everybody but";
    Own Warning ServiceWideAction "SERVICE_WIDE_ACTION" "all actions of a service";
    Own Warning SecretArnWithoutSuffix "SECRET_ARN_WITHOUT_SUFFIX" "a secret's ARN without its six random characters";
    Own Warning ActionNeedsAnyResource "ACTION_NEEDS_ANY_RESOURCE" "an action that only Resource * allows";
    Own Warning ActionWithoutItsResource "ACTION_WITHOUT_ITS_RESOURCE" "an action, and no resource of a type that it takes";
    Own Warning DecryptWithAnyKey "DECRYPT_WITH_ANY_KEY" "kms:Decrypt with every key";
    Own Warning IpRangeNeverMatches "IP_RANGE_NEVER_MATCHES" "an address range that nothing is in";
    Own Warning PrincipalArnIsRoleArn "PRINCIPAL_ARN_IS_ROLE_ARN" "a session's ARN for aws:PrincipalArn";

    Aws Suggestion EmptyArrayAction "EMPTY_ARRAY_ACTION" "no actions";
    Aws Suggestion EmptyArrayResource "EMPTY_ARRAY_RESOURCE" "no resources";
    Aws Suggestion EmptyArrayPrincipal "EMPTY_ARRAY_PRINCIPAL" "no principals";
    Aws Suggestion EmptyObjectPrincipal "EMPTY_OBJECT_PRINCIPAL" "no kinds of principals";
    Aws Suggestion EmptyArrayCondition "EMPTY_ARRAY_CONDITION" "no values for a key";
    Aws Suggestion EmptyArrayConditionForAllValues "EMPTY_ARRAY_CONDITION_FORALLVALUES" "no values under ForAllValues";
    Aws Suggestion EmptyArrayConditionForAnyValue "EMPTY_ARRAY_CONDITION_FORANYVALUE" "no values under ForAnyValue";
    Aws Suggestion EmptyArrayConditionIfExists "EMPTY_ARRAY_CONDITION_IFEXISTS" "no values under IfExists";
    Aws Suggestion EmptyObjectCondition "EMPTY_OBJECT_CONDITION" "an empty condition";
    Aws Suggestion EmptySidValue "EMPTY_SID_VALUE" "an empty id";
    Aws Suggestion ImproveIpRange "IMPROVE_IP_RANGE" "host bits in an address range";
    Aws Suggestion NullWithQualifier "NULL_WITH_QUALIFIER" "Null with a qualifier";
    Aws Suggestion PrivateIpAddressSubset "PRIVATE_IP_ADDRESS_SUBSET" "private addresses among those for aws:SourceIp";
    Aws Suggestion PrivateNotIpAddressSubset "PRIVATE_NOT_IP_ADDRESS_SUBSET" "private addresses among those for aws:SourceIp, negated";
    Aws Suggestion ConfirmAudienceClaimType "CONFIRM_AUDIENCE_CLAIM_TYPE" "a set operator on aud";
    Aws Suggestion RedundantAction "REDUNDANT_ACTION" "an action that another covers";
    Aws Suggestion RedundantResource "REDUNDANT_RESOURCE" "a resource that another covers";
    Aws Suggestion RedundantStatement "REDUNDANT_STATEMENT" "a statement that says what another says";
    Aws Suggestion RedundantPrincipalInRoleTrustPolicy "REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY" "a session whose role is trusted";
    Aws Suggestion EquivalentToNullFalse "EQUIVALENT_TO_NULL_FALSE" "a wildcard that only asks whether the key is there";
    Aws Suggestion EquivalentToNullTrue "EQUIVALENT_TO_NULL_TRUE" "a wildcard that only asks whether the key is absent";
    Aws Suggestion RedundantKeyDueToWildcard "REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION" "a condition that always holds";
    Aws Suggestion RedundantStatementDueToWildcard "REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION" "a condition that never holds";
    Aws Suggestion RedundantConditionValueNum "REDUNDANT_CONDITION_VALUE_NUM" "numbers of which one decides";
    Aws Suggestion WildcardInServiceName "WILDCARD_IN_SERVICE_NAME" "a wildcard in the name of a service";
    Aws Suggestion AllowWithUnsupportedTagConditionKey "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE" "an Allow by tags for services without them";
    Aws Suggestion AllowNotActionWithUnsupportedTagConditionKey "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE" "an Allow by tags for all actions but";
    Aws Suggestion RecommendedConditionKeyForServicePrincipal "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL" "a service told apart by other than its source";
    Aws Suggestion IrrelevantConditionKey "IRRELEVANT_CONDITION_KEY_IN_POLICY" "a key that says nothing in this policy";
    Own Suggestion ForAllValuesWithoutNullCheck "FORALLVALUES_WITHOUT_NULL_CHECK" "ForAllValues holds when the key is absent";
    Own Suggestion SecretArnPrefixWildcard "SECRET_ARN_PREFIX_WILDCARD" "a secret's ARN that also names others";
    Own Suggestion WriteActionOnAnyResource "WRITE_ACTION_ON_ANY_RESOURCE" "a writing action on every resource";
    Own Suggestion WildcardInAction "WILDCARD_IN_ACTION" "a wildcard that stands for few actions";
    Own Suggestion SourceIpAbsent "SOURCE_IP_ABSENT" "a Deny that fires where aws:SourceIp is absent";
}

impl Code {
    /// How grave Access Analyzer holds it; the one difference is a wildcard that the operator takes
    /// literally, by which trust policies admit nobody, and key policies less than they show.
    pub fn aws_kind(self) -> FindingKind {
        match self {
            Self::WildcardWithoutLikeOperator => FindingKind::Warning,
            other => other.kind(),
        }
    }

    /// Whether Access Analyzer has the check; the others are irsa's own.
    pub fn is_aws(self) -> bool {
        self.origin() == Origin::Aws
    }

    /// The page that describes the check; `None` for irsa's own.
    pub fn learn_more(self) -> Option<String> {
        const PAGE: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks";
        let kind = match self.aws_kind() {
            FindingKind::Error => "error",
            FindingKind::SecurityWarning => "security-warning",
            FindingKind::Warning => "general-warning",
            FindingKind::Suggestion => "suggestion",
        };
        let slug = self.as_str().to_ascii_lowercase().replace('_', "-");
        match self.origin() {
            Origin::Aws => Some(format!("{PAGE}-{kind}-{slug}")),
            Origin::Own => None,
        }
    }
}
