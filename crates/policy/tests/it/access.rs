//! What a policy allows that another does not, and what a policy allows of what is sought.
#![expect(clippy::needless_pass_by_value, reason = "rows are written in place")]

use policy::access::{Access, Answer, Budget, Sought, granted, new_access};
use policy::{Document, Leniency, PolicyKind};
use serde_json::{Value as Json, json};

/// What is expected of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// Proven: nothing new.
    Pass,
    /// These statements.
    Fail(&'static [usize]),
    Undecided,
}

use Expected::{Fail, Pass, Undecided};

fn document(statements: &Json, kind: PolicyKind) -> Document {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    Document::parse(&text, kind, Leniency::Storage).unwrap_or_else(|fault| panic!("{fault} {text}"))
}

fn statements_of(found: &[Access]) -> Vec<usize> {
    found.iter().map(|access| access.statement.index).collect()
}

fn compare(kind: PolicyKind, existing: &Json, new: &Json) -> Answer {
    let (existing, new) = (document(existing, kind), document(new, kind));
    let answer = new_access(&[&new], &[&existing], &mut Budget::ORDINARY.clone());
    if let Answer::Found(found) = &answer {
        for access in found {
            assert!(
                access.witness.is_allowed_by(&[&new]),
                "{:?}",
                access.witness
            );
            assert!(
                !access.witness.is_allowed_by(&[&existing]),
                "{:?}",
                access.witness
            );
        }
    }
    answer
}

fn check(kind: PolicyKind, rows: &[(Expected, Json, Json)]) {
    for (expected, existing, new) in rows {
        let answer = compare(kind, existing, new);
        let got = match &answer {
            Answer::Nothing => "pass".to_owned(),
            Answer::Found(found) => format!("{:?}", statements_of(found)),
            Answer::Undecided(_) => "undecided".to_owned(),
        };
        let expected = match expected {
            Pass => "pass".to_owned(),
            Fail(statements) => format!("{statements:?}"),
            Undecided => "undecided".to_owned(),
        };
        assert_eq!(got, expected, "\n{existing}\n{new}\n{answer:?}");
    }
}

/// An Allow of an action on a resource.
fn allow(action: impl Into<Json>, resource: impl Into<Json>) -> Json {
    json!({ "Effect": "Allow", "Action": action.into(), "Resource": resource.into() })
}

fn deny(action: impl Into<Json>, resource: impl Into<Json>) -> Json {
    json!({ "Effect": "Deny", "Action": action.into(), "Resource": resource.into() })
}

/// `s3:GetObject` on everything, under a condition.
fn when(condition: Json) -> Json {
    json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition })
}

fn unless(condition: Json) -> Json {
    json!([allow("s3:GetObject", "*"),
        { "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", "Condition": condition }])
}

#[test]
fn actions() {
    check(
        PolicyKind::Identity,
        &[
            (Pass, allow("s3:*", "*"), allow("s3:Get*", "*")),
            (Fail(&[0]), allow("s3:Get*", "*"), allow("s3:*", "*")),
            (Pass, allow("S3:get*", "*"), allow("s3:GetObject", "*")),
            (
                Fail(&[0]),
                allow("s3:GetObject", "*"),
                allow("s3:GetObject*", "*"),
            ),
            (
                Pass,
                allow("s3:*Object*", "*"),
                allow(json!(["s3:GetObject", "s3:*ObjectAcl"]), "*"),
            ),
            (
                Fail(&[0]),
                allow("s3:*Object?", "*"),
                allow("s3:*Object*", "*"),
            ),
            (
                Pass,
                allow(json!(["s3:*Object?*", "s3:*Object"]), "*"),
                allow("s3:*Object*", "*"),
            ),
            (Pass, allow("*", "*"), allow("s3:*", "*")),
            // Our own actions are not among all actions.
            (Fail(&[0]), allow("*", "*"), allow("irsa:CreateToken", "*")),
            (Pass, allow("irsa:*", "*"), allow("irsa:CreateToken", "*")),
            (
                Pass,
                json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }),
                allow(json!(["s3:*", "ec2:*"]), "*"),
            ),
            (
                Fail(&[0]),
                json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }),
                allow(json!(["s3:*", "iam:GetUser"]), "*"),
            ),
            (
                Pass,
                json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }),
                json!({ "Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*" }),
            ),
            (
                Fail(&[0]),
                json!({ "Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*" }),
                json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }),
            ),
        ],
    );
}

#[test]
fn resources() {
    let one = "arn:aws:s3:::bucket/*";
    check(
        PolicyKind::Identity,
        &[
            (Pass, allow("s3:*", "*"), allow("s3:*", one)),
            (Fail(&[0]), allow("s3:*", one), allow("s3:*", "*")),
            (
                Pass,
                allow("s3:*", "arn:aws:s3:::bucket*"),
                allow("s3:*", one),
            ),
            (
                Fail(&[0]),
                allow("s3:*", "arn:aws:s3:::bucket?/*"),
                allow("s3:*", one),
            ),
            (Pass, allow("s3:*", "arn:aws:s3:::*"), allow("s3:*", one)),
            // Wildcards end with their segment, but in the last.
            (
                Fail(&[0]),
                allow("sqs:*", "arn:aws:sqs:*:1*:q"),
                allow("sqs:*", "arn:aws:sqs:*:*:q"),
            ),
            (
                Pass,
                allow("sqs:*", "arn:aws:sqs:*"),
                allow("sqs:*", "arn:aws:sqs:*:*:q"),
            ),
            (
                Pass,
                json!({ "Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::secret*" }),
                allow(
                    "s3:*",
                    json!(["arn:aws:s3:::open/*", "arn:aws:s3:::public"]),
                ),
            ),
            (
                Fail(&[0]),
                json!({ "Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::secret*" }),
                allow("s3:*", json!(["arn:aws:s3:::open/*", "arn:aws:s3:::s*"])),
            ),
            // Together they cover.
            (
                Pass,
                json!([allow("s3:Get*", "*"), allow("s3:Put*", one)]),
                allow(json!(["s3:GetObject", "s3:PutObject"]), one),
            ),
            (
                Fail(&[0]),
                json!([allow("s3:Get*", "*"), allow("s3:Put*", one)]),
                allow(json!(["s3:GetObject", "s3:PutObject"]), "*"),
            ),
        ],
    );
}

#[test]
fn denies() {
    let one = "arn:aws:s3:::bucket/*";
    check(
        PolicyKind::Identity,
        &[
            (
                Fail(&[0]),
                json!([allow("s3:*", "*"), deny("s3:*", one)]),
                allow("s3:*", "*"),
            ),
            (
                Pass,
                allow("s3:*", "*"),
                json!([allow("s3:*", "*"), deny("s3:*", one)]),
            ),
            (
                Pass,
                json!([allow("s3:*", "*"), deny("s3:Delete*", "*")]),
                json!([
                    allow("s3:*", "*"),
                    deny(json!(["s3:Delete*", "s3:Put*"]), "*")
                ]),
            ),
            (
                Fail(&[0]),
                json!([allow("s3:*", "*"), deny("s3:Delete*", "*")]),
                json!([allow("s3:*", "*"), deny("s3:DeleteObject", "*")]),
            ),
            // Denying all but one is allowing one.
            (
                Pass,
                allow("s3:GetObject", "*"),
                json!([allow("s3:*", "*"),
                    { "Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*" }]),
            ),
            (Pass, deny("*", "*"), deny("s3:*", "*")),
        ],
    );
}

#[test]
fn conditions() {
    check(
        PolicyKind::Identity,
        &[
            (
                Pass,
                allow("s3:*", "*"),
                when(json!({ "Bool": { "aws:SecureTransport": "true" } })),
            ),
            (
                Fail(&[0]),
                when(json!({ "Bool": { "aws:SecureTransport": "true" } })),
                allow("s3:GetObject", "*"),
            ),
            (
                Pass,
                when(json!({ "Bool": { "aws:SecureTransport": "true" } })),
                unless(json!({ "Bool": { "aws:SecureTransport": "false" } })),
            ),
            (
                Pass,
                when(json!({ "StringEquals": { "aws:PrincipalTag/t": ["a", "b"] } })),
                when(json!({ "StringEquals": { "aws:principaltag/T": "a" } })),
            ),
            (
                Fail(&[0]),
                when(json!({ "StringEquals": { "aws:PrincipalTag/t": "a" } })),
                when(json!({ "StringEquals": { "aws:PrincipalTag/t": ["a", "b"] } })),
            ),
            (
                Pass,
                when(json!({ "StringLike": { "aws:PrincipalTag/t": "a*" } })),
                when(json!({ "StringEquals": { "aws:PrincipalTag/t": ["a", "ab"] } })),
            ),
            (
                Fail(&[0]),
                when(json!({ "StringLike": { "aws:PrincipalTag/t": "a*" } })),
                when(json!({ "StringEqualsIgnoreCase": { "aws:PrincipalTag/t": "ab" } })),
            ),
            (
                Pass,
                when(json!({ "StringEqualsIgnoreCase": { "aws:PrincipalTag/t": "ab" } })),
                when(json!({ "StringEquals": { "aws:PrincipalTag/t": "aB" } })),
            ),
            // More keys are narrower.
            (
                Pass,
                when(json!({ "StringEquals": { "aws:PrincipalTag/t": "a" } })),
                when(
                    json!({ "StringEquals": { "aws:PrincipalTag/t": "a", "aws:PrincipalTag/u": "b" } }),
                ),
            ),
            (
                Pass,
                when(json!({ "StringEquals": { "aws:PrincipalTag/t": "a" } })),
                unless(json!({ "StringNotEqualsIfExists": { "aws:PrincipalTag/t": "a" } })),
            ),
            // A Deny that does not speak of an absent key.
            (
                Fail(&[0]),
                when(json!({ "StringEquals": { "aws:PrincipalTag/t": "a" } })),
                unless(json!({ "StringNotEquals": { "aws:PrincipalTag/t": "a" },
                    "Null": { "aws:PrincipalTag/t": "false" } })),
            ),
            (
                Pass,
                when(json!({ "StringEquals": { "aws:PrincipalTag/t": "a" } })),
                unless(json!({ "StringNotEquals": { "aws:PrincipalTag/t": "a" } })),
            ),
            (
                Pass,
                when(json!({ "Null": { "aws:PrincipalTag/t": "false" } })),
                when(json!({ "StringLike": { "aws:PrincipalTag/t": "*" } })),
            ),
            (
                Pass,
                when(json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } })),
                when(json!({ "IpAddress": { "aws:SourceIp": ["10.1.0.0/16", "10.2.3.4"] } })),
            ),
            (
                Pass,
                when(json!({ "IpAddress": { "aws:SourceIp": ["10.0.0.0/9", "10.128.0.0/9"] } })),
                when(json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } })),
            ),
            (
                Fail(&[0]),
                when(json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/9" } })),
                when(json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } })),
            ),
            (
                Pass,
                when(json!({ "NumericLessThan": { "s3:max-keys": "10" } })),
                when(json!({ "NumericLessThanEquals": { "s3:max-keys": "9.99" } })),
            ),
            (
                Fail(&[0]),
                when(json!({ "NumericLessThan": { "s3:max-keys": "10" } })),
                when(json!({ "NumericLessThanEquals": { "s3:max-keys": "10" } })),
            ),
            (
                Pass,
                when(json!({ "DateLessThan": { "aws:CurrentTime": "2030-01-01T00:00:00Z" } })),
                when(
                    json!({ "DateLessThan": { "aws:CurrentTime": "2029-06-01T00:00:00Z" },
                    "DateGreaterThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }),
                ),
            ),
            (
                Fail(&[0]),
                when(json!({ "DateLessThan": { "aws:CurrentTime": "2029-01-01T00:00:00Z" } })),
                when(json!({ "DateLessThan": { "aws:CurrentTime": "2029-06-01T00:00:00Z" } })),
            ),
            (
                Pass,
                when(json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/app-*" } })),
                when(
                    json!({ "ArnEquals": { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/app-a" } }),
                ),
            ),
            (
                Pass,
                when(json!({ "StringLike": { "aws:PrincipalArn": "arn:aws:iam::*" } })),
                when(json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/app-*" } })),
            ),
            (
                Pass,
                when(json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": ["a", "b"] } })),
                when(
                    json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] },
                    "ForAnyValue:StringLike": { "aws:TagKeys": "*" } }),
                ),
            ),
            // ForAllValues holds when there are none.
            (
                Fail(&[0]),
                when(json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": ["a", "b"] } })),
                when(json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } })),
            ),
            (
                Pass,
                when(json!({ "BinaryEquals": { "x:bytes": ["QUJD", "QUJE"] } })),
                when(json!({ "BinaryEquals": { "x:bytes": "QUJD" } })),
            ),
            // One key compared as number and as text: the same test is the same, others are not known.
            (
                Pass,
                when(json!({ "NumericLessThan": { "x:n": "10" }, "StringLike": { "x:n": "1*" } })),
                when(
                    json!({ "NumericLessThan": { "x:n": "10" }, "StringLike": { "x:n": "1*" },
                    "Bool": { "aws:SecureTransport": "true" } }),
                ),
            ),
            (
                Undecided,
                when(json!({ "NumericLessThan": { "x:n": "100" } })),
                when(json!({ "NumericLessThan": { "x:n": "10" }, "StringLike": { "x:n": "1*" } })),
            ),
        ],
    );
}

#[test]
fn variables() {
    let home = "arn:aws:s3:::home/${aws:username}/*";
    let tag = json!({ "StringEquals": { "aws:ResourceTag/t": "${aws:PrincipalTag/t}" } });
    check(
        PolicyKind::Identity,
        &[
            (Pass, allow("s3:*", home), allow("s3:Get*", home)),
            (
                Pass,
                allow("s3:*", "arn:aws:s3:::home/*"),
                allow("s3:Get*", home),
            ),
            (
                Fail(&[0]),
                allow("s3:*", home),
                allow("s3:Get*", "arn:aws:s3:::home/*"),
            ),
            (
                Fail(&[0]),
                allow("s3:*", "arn:aws:s3:::home/ann/*"),
                allow("s3:Get*", home),
            ),
            (
                Pass,
                allow("s3:*", home),
                allow("s3:*", "arn:aws:s3:::home/${aws:username}/docs/*"),
            ),
            (
                Pass,
                allow("s3:*", "arn:aws:s3:::a*"),
                allow("s3:*", "arn:aws:s3:::a${*}b"),
            ),
            (
                Fail(&[0]),
                allow("s3:*", "arn:aws:s3:::a${*}b"),
                allow("s3:*", "arn:aws:s3:::a*b"),
            ),
            (Pass, when(tag.clone()), when(tag.clone())),
            (Pass, allow("s3:*", "*"), when(tag.clone())),
            (Fail(&[0]), when(tag.clone()), allow("s3:GetObject", "*")),
            (
                Pass,
                when(json!({ "Null": { "aws:ResourceTag/t": "false" } })),
                when(tag),
            ),
        ],
    );
}

/// A statement of a resource's policy.
fn to(principal: Json) -> Json {
    json!({ "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*" })
}

#[test]
fn principals() {
    let role = "arn:aws:iam::111122223333:role/app";
    let session = "arn:aws:sts::111122223333:assumed-role/app/pod";
    check(
        PolicyKind::Resource,
        &[
            (Pass, to(json!("*")), to(json!({ "AWS": role }))),
            (Fail(&[0]), to(json!({ "AWS": role })), to(json!("*"))),
            (
                Pass,
                to(json!({ "AWS": "111122223333" })),
                to(json!({ "AWS": role })),
            ),
            (
                Pass,
                to(json!({ "AWS": "arn:aws:iam::111122223333:root" })),
                to(json!({ "AWS": "111122223333" })),
            ),
            (
                Fail(&[0]),
                to(json!({ "AWS": role })),
                to(json!({ "AWS": "111122223333" })),
            ),
            (
                Pass,
                to(json!({ "AWS": role })),
                to(json!({ "AWS": session })),
            ),
            (
                Fail(&[0]),
                to(json!({ "AWS": session })),
                to(json!({ "AWS": role })),
            ),
            (
                Fail(&[0]),
                to(json!({ "AWS": "*" })),
                to(json!({ "Federated": "arn:aws:iam::111122223333:oidc-provider/x" })),
            ),
            (
                Fail(&[0]),
                to(json!({ "Service": "sqs.amazonaws.com" })),
                to(json!({ "Service": ["sqs.amazonaws.com", "sns.amazonaws.com"] })),
            ),
            (
                Pass,
                to(json!({ "CanonicalUser": "79a5" })),
                to(json!({ "CanonicalUser": "79a5" })),
            ),
            (
                Undecided,
                to(json!({ "AWS": role })),
                to(json!({ "CanonicalUser": "79a5" })),
            ),
        ],
    );
}

fn trust(provider: &str, condition: Json) -> Json {
    json!({ "Effect": "Allow", "Principal": { "Federated": format!("arn:aws:iam::111122223333:oidc-provider/{provider}") },
        "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition })
}

#[test]
fn trust_policies() {
    let issuer = "oidc.example.com/id/A";
    let one = json!({ "StringEquals": { "oidc.example.com/id/A:sub": "system:serviceaccount:shop:cart",
        "oidc.example.com/id/A:aud": "sts.amazonaws.com" } });
    let all = json!({ "StringLike": { "oidc.example.com/id/A:sub": "system:serviceaccount:shop:*" },
        "StringEquals": { "oidc.example.com/id/A:aud": "sts.amazonaws.com" } });
    check(
        PolicyKind::RoleTrust,
        &[
            (Pass, trust(issuer, all.clone()), trust(issuer, one.clone())),
            (Fail(&[0]), trust(issuer, one.clone()), trust(issuer, all)),
            (
                Fail(&[0]),
                trust("oidc.example.com/id/B", one.clone()),
                trust(issuer, one.clone()),
            ),
            (
                Fail(&[0]),
                trust(issuer, one.clone()),
                trust(issuer, json!({})),
            ),
        ],
    );
}

#[test]
fn what_is_sought() {
    let policy = json!([
        allow(json!(["s3:Get*", "s3:ListBucket"]), "arn:aws:s3:::open/*"),
        deny("s3:GetObjectAcl", "*")
    ]);
    let policy = document(&policy, PolicyKind::Identity);
    for (expected, actions, resources) in [
        (Pass, vec!["s3:PutObject", "iam:*"], vec![]),
        (Fail(&[0]), vec!["s3:PutObject", "s3:GetObject"], vec![]),
        (Pass, vec!["s3:GetObjectAcl"], vec![]),
        (Fail(&[0]), vec!["s3:GetObjectA*"], vec![]),
        (Pass, vec![], vec!["arn:aws:s3:::secret/*"]),
        (
            Fail(&[0]),
            vec![],
            vec!["arn:aws:s3:::secret/*", "arn:aws:s3:::open/a"],
        ),
        (Pass, vec!["s3:GetObject"], vec!["arn:aws:s3:::secret/*"]),
        (Pass, vec!["s3:PutObject"], vec!["arn:aws:s3:::open/*"]),
        (Fail(&[0]), vec!["S3:getobject"], vec!["arn:aws:s3:::o*"]),
        (Fail(&[0]), vec![], vec![]),
    ] {
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
        let sought = Sought {
            actions: owned(actions),
            resources: owned(resources),
        };
        let got = match granted(&[&policy], &sought, &mut Budget::ORDINARY.clone()) {
            Answer::Nothing => Pass,
            Answer::Found(found) => {
                assert!(found[0].witness.is_allowed_by(&[&policy]));
                assert_eq!(statements_of(&found), [0]);
                Fail(&[0])
            }
            Answer::Undecided(_) => Undecided,
        };
        assert_eq!(got, expected, "{sought:?}");
    }
}

#[test]
fn several_policies_are_one() {
    let parse = |statements| document(&statements, PolicyKind::Identity);
    let get = parse(allow("s3:Get*", "*"));
    let put = parse(allow("s3:Put*", "*"));
    let not_acl = parse(deny("s3:*Acl", "*"));
    let both = parse(allow(json!(["s3:GetObject", "s3:PutObject"]), "*"));
    let budget = || Budget::ORDINARY;
    let answer = new_access(&[&both], &[&get, &put], &mut budget());
    assert!(matches!(answer, Answer::Nothing), "{answer:?}");
    let answer = new_access(&[&get, &put], &[&get, &put, &not_acl], &mut budget());
    let Answer::Found(found) = answer else {
        panic!("{answer:?}");
    };
    let places: Vec<_> = found
        .iter()
        .map(|one| (one.policy, one.statement.index))
        .collect();
    assert_eq!(places, [(0, 0), (1, 0)]);
    let answer = new_access(&[&get, &put, &not_acl], &[&get, &put], &mut budget());
    assert!(matches!(answer, Answer::Nothing), "{answer:?}");
}

/// R39: whatever the policies, the check ends, and without a guess.
#[test]
fn the_budget_ends_what_grows_without_bound() {
    let stars = |letter: char| format!("arn:aws:s3:::{}", format!("*{letter}").repeat(60));
    let wide: Vec<String> = ('a'..='z').map(stars).collect();
    let narrow: Vec<String> = ('a'..='y').map(stars).collect();
    let intertwined: Vec<Json> = (0..14)
        .map(|at| {
            let tag = |name: &str| format!("aws:PrincipalTag/{name}{at}");
            when(json!({ "StringEquals": { tag("a"): "x", tag("b"): "y", tag("c"): "z" } }))
        })
        .collect();
    for (existing, new) in [
        (allow("s3:*", narrow), allow("s3:*", wide)),
        (
            Json::from(intertwined.clone()),
            when(json!({ "Null": { "aws:PrincipalTag/d": "true" } })),
        ),
    ] {
        // It ends because every step is paid for, not because a clock says so.
        let answer = compare(PolicyKind::Identity, &existing, &new);
        assert!(!matches!(answer, Answer::Nothing), "{answer:?}");
    }
    let (old, new) = (
        document(&allow("s3:Get*", "*"), PolicyKind::Identity),
        document(&allow("s3:*", "*"), PolicyKind::Identity),
    );
    let answer = new_access(&[&new], &[&old], &mut Budget::new(10));
    assert!(matches!(answer, Answer::Undecided(_)), "{answer:?}");
}
