//! Operators, keys and values.

use policy::lint::LintKind;

use super::*;

#[test]
fn conditions() {
    let rows: &[(&str, &[Wanted<'_>])] = &[
        (
            r#"{"StringEqual":{"aws:PrincipalTag/a":"b"}}"#,
            &[
                (
                    "INVALID_CONDITION_OPERATOR",
                    r#""StringEqual""#,
                    "did you mean `StringEquals`?",
                ),
                (
                    "MALFORMED_POLICY_DOCUMENT",
                    r#""StringEqual""#,
                    "Syntax errors",
                ),
            ],
        ),
        (
            r#"{"NullIfExists":{"aws:PrincipalTag/a":"true"}}"#,
            &[
                ("NULL_WITH_IF_EXISTS", r#""NullIfExists""#, ""),
                ("MALFORMED_POLICY_DOCUMENT", r#""NullIfExists""#, ""),
            ],
        ),
        (
            r#"{"ForAnyValue:Null":{"aws:TagKeys":"true"}}"#,
            &[("NULL_WITH_QUALIFIER", r#""ForAnyValue:Null""#, "")],
        ),
        (
            r#"{"StringNotEquals":{"aws:TagKeys":"a"}}"#,
            &[(
                "MISSING_QUALIFIER",
                r#""StringNotEquals""#,
                "even negated; write `ForAnyValue:StringNotEquals`",
            )],
        ),
        (
            r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}}"#,
            &[(
                "FORALLVALUES_WITHOUT_NULL_CHECK",
                r#""ForAllValues:StringEquals""#,
                r#""Null": {"aws:TagKeys": "false"}"#,
            )],
        ),
        (
            r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]},"Null":{"aws:TagKeys":"false"}}"#,
            &[],
        ),
        (
            r#"{"ForAllValues:StringLike":{"aws:PrincipalTag/a":"b"}}"#,
            &[(
                "FORALLVALUES_WITH_SINGLE_VALUED_KEY",
                r#""ForAllValues:StringLike""#,
                "write `StringLike`",
            )],
        ),
        (
            r#"{"StringNotEqualsIfExists":{"aws:PrincipalTag/a":"b*"}}"#,
            &[(
                "WILDCARD_WITHOUT_LIKE_OPERATOR",
                r#""b*""#,
                "write `StringNotLikeIfExists`",
            )],
        ),
        (r#"{"StringEquals":{"aws:PrincipalTag/a":"b${*}"}}"#, &[]),
        (
            r#"{"StringLike":{"aws:UserAgent":"x*","aws:Referer":"y*"}}"#,
            &[
                (
                    "UNTRUSTWORTHY_CONDITION_KEY",
                    r#""aws:UserAgent""#,
                    "aws:UserAgent",
                ),
                ("UNTRUSTWORTHY_CONDITION_KEY", r#""aws:Referer""#, "Referer"),
            ],
        ),
        (
            r#"{"StringLike":{"aws:PrincipalTag/x":"${aws:PrincipalTag/team}*"}}"#,
            &[(
                "TAG_VARIABLE_BEFORE_WILDCARD",
                "${aws:PrincipalTag/team}*",
                "without a separator",
            )],
        ),
        (
            r#"{"StringEquals":{"aws:PrincipalOrgId1":"o","SourceIp":"x","aws:PrincipalTag":"a","aws:ARN":"b","sts:ExternalID2":"c","secretmanager:Name":"d"}}"#,
            &[
                (
                    "INVALID_GLOBAL_CONDITION_KEY",
                    r#""aws:PrincipalOrgId1""#,
                    "did you mean `aws:PrincipalOrgID`?",
                ),
                (
                    "INVALID_CONDITION_KEY_FORMAT",
                    r#""SourceIp""#,
                    "`aws:SourceIp`",
                ),
                (
                    "MISSING_TAG_KEY_IN_CONDITION",
                    r#""aws:PrincipalTag""#,
                    "aws:PrincipalTag/tag-key",
                ),
                ("UNSUPPORTED_GLOBAL_CONDITION_KEY", r#""aws:ARN""#, ""),
                (
                    "INVALID_SERVICE_CONDITION_KEY",
                    r#""sts:ExternalID2""#,
                    "`sts:ExternalId`",
                ),
                (
                    "INVALID_SERVICE",
                    r#""secretmanager:Name""#,
                    "`secretsmanager:Name`",
                ),
            ],
        ),
        (
            r#"{"StringEquals":{"aws:ResourceTag/Team":"a","aws:ResourceTag/team":"b"}}"#,
            &[(
                "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
                r#""aws:ResourceTag/team""#,
                "",
            )],
        ),
        (
            r#"{"StringEquals":{"aws:SourceIp":"203.0.113.7"}}"#,
            &[(
                "TYPE_MISMATCH",
                r#""StringEquals""#,
                "operator type IpAddress",
            )],
        ),
        (
            r#"{"Bool":{"aws:SecureTransport":["true","maybe"]}}"#,
            &[
                ("INVALID_CONDITION_MULTIPLE_BOOLEAN", r#""maybe""#, ""),
                ("TYPE_MISMATCH_BOOLEAN", r#""maybe""#, ""),
            ],
        ),
        (
            r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"soon"}}"#,
            &[
                ("MALFORMED_POLICY_DOCUMENT", r#""soon""#, "legacy parsing"),
                ("TYPE_MISMATCH_NUMBER", r#""soon""#, ""),
            ],
        ),
        (
            r#"{"DateLessThan":{"aws:CurrentTime":["soon","1795255200"]}}"#,
            &[
                ("MALFORMED_POLICY_DOCUMENT", r#""soon""#, ""),
                ("TYPE_MISMATCH_DATE", r#""soon""#, ""),
                ("INVALID_DATE_VALUE", r#""1795255200""#, "YYYY-MM-DD"),
            ],
        ),
        (
            r#"{"BinaryEquals":{"aws:PrincipalTag/y":"%"}}"#,
            &[
                ("MALFORMED_POLICY_DOCUMENT", r#""%""#, ""),
                ("TYPE_MISMATCH_STRING", r#""%""#, ""),
            ],
        ),
        (
            r#"{"IpAddress":{"aws:VpcSourceIp":["10.0.0.1/8","2001:db8::1/32","::ffff:10.0.0.1","here"]}}"#,
            &[
                (
                    "MISSING_PAIRED_CONDITION_KEYS",
                    r#""aws:VpcSourceIp""#,
                    "aws:SourceVpc",
                ),
                ("IMPROVE_IP_RANGE", r#""10.0.0.1/8""#, "10.0.0.0/8"),
                ("MALFORMED_POLICY_DOCUMENT", r#""2001:db8::1/32""#, ""),
                ("IP_RANGE_NEVER_MATCHES", r#""2001:db8::1/32""#, "host bits"),
                ("IP_RANGE_NEVER_MATCHES", r#""::ffff:10.0.0.1""#, ""),
                ("TYPE_MISMATCH_IP_RANGE", r#""here""#, ""),
            ],
        ),
        (
            r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
            &[("PRIVATE_IP_ADDRESS", r#""10.0.0.0/8""#, "only private")],
        ),
        (
            r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","10.0.0.0/8"]}}"#,
            &[("PRIVATE_IP_ADDRESS_SUBSET", r#""10.0.0.0/8""#, "mix")],
        ),
        (
            r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
            &[("PRIVATE_NOT_IP_ADDRESS", r#""10.0.0.0/8""#, "")],
        ),
        (
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:sts::111122223333:assumed-role/app/*"}}"#,
            &[(
                "PRINCIPAL_ARN_IS_ROLE_ARN",
                r#""arn:aws:sts::111122223333:assumed-role/app/*""#,
                "arn:aws:iam::111122223333:role/app",
            )],
        ),
        (
            r#"{"NumericEquals":{"aws:MultiFactorAuthAge":"${aws:username}"}}"#,
            &[
                ("INVALID_VARIABLE_FOR_OPERATOR", r#""${aws:username}""#, ""),
                ("MALFORMED_POLICY_DOCUMENT", r#""${aws:username}""#, ""),
            ],
        ),
        (
            r#"{"StringEquals":{"aws:PrincipalTag/b":["${","${}","${aws:user name}","${aws:username, none}"]}}"#,
            &[
                ("MISSING_BRACE_IN_VARIABLE", "${", ""),
                ("EMPTY_VARIABLE", "${}", ""),
                ("UNSUPPORTED_SPACE_IN_VARIABLE", "${aws:user name}", ""),
                ("MISSING_QUOTE_IN_VARIABLE", "${aws:username, none}", ""),
            ],
        ),
        (
            r#"{"StringEquals":{},"ForAllValues:StringEquals":{"aws:TagKeys":[]},"ForAnyValue:StringLike":{"aws:TagKeys":[]},"StringLikeIfExists":{"aws:PrincipalTag/y":[]}}"#,
            &[
                ("EMPTY_OBJECT_CONDITION", "{}", ""),
                ("EMPTY_ARRAY_CONDITION_FORALLVALUES", "[]", ""),
                ("EMPTY_ARRAY_CONDITION_FORANYVALUE", "[]", ""),
                ("EMPTY_ARRAY_CONDITION_IFEXISTS", "[]", ""),
            ],
        ),
    ];
    for (condition, wanted) in rows {
        check(&under(condition), LintKind::Identity, wanted);
    }
    let deny = r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}"#;
    check(
        &document(deny),
        LintKind::Identity,
        &[("SOURCE_IP_ABSENT", r#""NotIpAddress""#, "aws:ViaAWSService")],
    );
}
