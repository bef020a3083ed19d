//! The truth table of quantifiers, absence and cardinality, for every operator that has a negation.

use policy::Context;

use crate::fixture::holds;

/// What the request has for the key.
#[derive(Clone, Copy, Debug)]
enum State {
    Absent,
    In,
    Out,
    ListIn,
    ListOut,
    ListBoth,
    ListEmpty,
}

/// Positive and negated operator, a wanted value, and another value.
const FAMILIES: &[(&str, &str, &str, &str)] = &[
    ("StringEquals", "StringNotEquals", "a", "b"),
    (
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "A",
        "b",
    ),
    ("StringLike", "StringNotLike", "a", "b"),
    ("NumericEquals", "NumericNotEquals", "7", "8"),
    (
        "DateEquals",
        "DateNotEquals",
        "2030-01-01T00:00:00Z",
        "2031-01-01T00:00:00Z",
    ),
    ("IpAddress", "NotIpAddress", "10.0.0.1", "10.0.0.2"),
    (
        "ArnEquals",
        "ArnNotEquals",
        "arn:aws:s3:::a",
        "arn:aws:s3:::b",
    ),
    ("ArnLike", "ArnNotLike", "arn:aws:s3:::a", "arn:aws:s3:::b"),
];

/// State, then: positive, negated, positive IfExists, negated IfExists, ForAllValues positive,
/// ForAnyValue positive, ForAllValues negated, ForAnyValue negated.
const TABLE: &[(State, [bool; 8])] = &[
    (
        State::Absent,
        [false, true, true, true, true, false, true, false],
    ),
    (
        State::In,
        [true, false, true, false, true, true, false, false],
    ),
    (
        State::Out,
        [false, true, false, true, false, false, true, true],
    ),
    (
        State::ListIn,
        [false, false, false, false, true, true, false, false],
    ),
    (
        State::ListOut,
        [false, false, false, false, false, false, true, true],
    ),
    (
        State::ListBoth,
        [false, false, false, false, false, true, false, true],
    ),
    (
        State::ListEmpty,
        [false, false, false, false, true, false, true, false],
    ),
];

fn context(state: State, wanted: &str, other: &str) -> Context {
    let mut context = Context::new();
    let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    match state {
        State::Absent => {}
        State::In => context.set("x:key", wanted),
        State::Out => context.set("x:key", other),
        State::ListIn => context.set_many("x:key", list(&[wanted])),
        State::ListOut => context.set_many("x:key", list(&[other])),
        State::ListBoth => context.set_many("x:key", list(&[wanted, other])),
        State::ListEmpty => context.set_many("x:key", Vec::new()),
    }
    context
}

#[test]
fn truth_table() {
    for (positive, negated, wanted, other) in FAMILIES {
        for (state, expected) in TABLE {
            let operators = [
                (*positive).to_owned(),
                (*negated).to_owned(),
                format!("{positive}IfExists"),
                format!("{negated}IfExists"),
                format!("ForAllValues:{positive}"),
                format!("ForAnyValue:{positive}"),
                format!("ForAllValues:{negated}"),
                format!("ForAnyValue:{negated}"),
            ];
            let context = context(*state, wanted, other);
            for (operator, expected) in operators.iter().zip(expected) {
                let block = format!(r#"{{"{operator}":{{"x:key":"{wanted}"}}}}"#);
                assert_eq!(holds(&block, &context), *expected, "{operator} {state:?}");
            }
        }
    }
}

/// Operators that have no negation, a wanted value, and another one.
const UNNEGATED: &[(&str, &str, &str, &str)] = &[
    ("Bool", "true", "true", "false"),
    ("BinaryEquals", "YQ==", "YQ==", "Yg=="),
    ("NumericLessThan", "7", "6", "7"),
    ("NumericLessThanEquals", "7", "7", "8"),
    ("NumericGreaterThan", "7", "8", "7"),
    ("NumericGreaterThanEquals", "7", "7", "6"),
    ("DateLessThan", "2030-01-01", "2029-12-31", "2030-01-01"),
    (
        "DateLessThanEquals",
        "2030-01-01",
        "2030-01-01",
        "2030-01-02",
    ),
    ("DateGreaterThan", "2030-01-01", "2030-01-02", "2030-01-01"),
    (
        "DateGreaterThanEquals",
        "2030-01-01",
        "2030-01-01",
        "2029-12-31",
    ),
];

#[test]
fn truth_table_without_negation() {
    for (operator, operand, fitting, other) in UNNEGATED {
        for (state, [plain, _, if_exists, _, all, any, _, _]) in TABLE {
            let context = context(*state, fitting, other);
            for (name, expected) in [
                ((*operator).to_owned(), plain),
                (format!("{operator}IfExists"), if_exists),
                (format!("ForAllValues:{operator}"), all),
                (format!("ForAnyValue:{operator}"), any),
            ] {
                let block = format!(r#"{{"{name}":{{"x:key":"{operand}"}}}}"#);
                assert_eq!(holds(&block, &context), *expected, "{name} {state:?}");
            }
        }
    }
}

/// A list that is present is present, however empty; prefixes change nothing.
#[test]
fn null_tests_presence() {
    for (state, _) in TABLE {
        let is_absent = matches!(state, State::Absent);
        let context = context(*state, "a", "b");
        for operator in ["Null", "ForAllValues:Null", "ForAnyValue:Null"] {
            for (operand, expected) in [
                (r#""true""#, is_absent),
                ("true", is_absent),
                (r#""false""#, !is_absent),
                (r#"["true","false"]"#, true),
            ] {
                let block = format!(r#"{{"{operator}":{{"x:key":{operand}}}}}"#);
                assert_eq!(holds(&block, &context), expected, "{operator} {state:?}");
            }
        }
    }
}

/// Without operands nothing matches, also negated: only the absence of values can hold.
#[test]
fn empty_operands() {
    for (positive, negated, wanted, other) in FAMILIES {
        for (state, _) in TABLE {
            let is_absent = matches!(state, State::Absent);
            let has_none = is_absent || matches!(state, State::ListEmpty);
            let context = context(*state, wanted, other);
            for operator in [positive, negated] {
                for (name, expected) in [
                    ((*operator).to_owned(), false),
                    (format!("{operator}IfExists"), is_absent),
                    (format!("ForAllValues:{operator}"), has_none),
                    (format!("ForAnyValue:{operator}"), false),
                ] {
                    let block = format!(r#"{{"{name}":{{"x:key":[]}}}}"#);
                    assert_eq!(holds(&block, &context), expected, "{name} {state:?}");
                }
            }
        }
    }
}

/// A negated operator wants none of its values.
#[test]
fn several_values_are_or_and_nor() {
    let mut context = Context::new();
    context.set("x:key", "b");
    let rows = [
        (r#"{"StringEquals":{"x:key":["a","b"]}}"#, true),
        (r#"{"StringNotEquals":{"x:key":["a","b"]}}"#, false),
        (r#"{"StringNotEquals":{"x:key":["a","c"]}}"#, true),
        (r#"{"StringEquals":{"x:key":[]}}"#, false),
        (r#"{"StringNotEquals":{"x:key":[]}}"#, false),
        // Across keys and operators all must hold.
        (r#"{"StringEquals":{"x:key":"b","y:key":"z"}}"#, false),
        (
            r#"{"StringEquals":{"x:key":"b"},"StringNotEquals":{"y:key":"z"}}"#,
            true,
        ),
        (
            r#"{"StringEquals":{"x:key":"b"},"StringLike":{"x:key":"c*"}}"#,
            false,
        ),
    ];
    for (block, expected) in rows {
        assert_eq!(holds(block, &context), expected, "{block}");
    }
}

/// Cardinality is the key's type, not the number of values sent.
#[test]
fn declared_lists_never_match_plain_operators() {
    for key in [
        "aws:TagKeys",
        "AWS:tagkeys",
        "aws:CalledVia",
        "aws:PrincipalOrgPaths",
        "aws:ResourceOrgPaths",
        "sts:TransitiveTagKeys",
        "sts:IdentityTokenAudience",
        "kms:EncryptionContextKeys",
        "localhost:4566/id/x:amr",
        "oidc.example.com:amr",
    ] {
        let mut context = Context::new();
        context.set(key, "a");
        let block = |operator: &str| format!(r#"{{"{operator}":{{"{key}":"a"}}}}"#);
        assert!(!holds(&block("StringEquals"), &context), "{key}");
        assert!(!holds(&block("StringNotEquals"), &context), "{key}");
        assert!(!holds(&block("StringEqualsIfExists"), &context), "{key}");
        assert!(holds(&block("ForAnyValue:StringEquals"), &context), "{key}");
    }
}

/// A tag may be named like a claim and stays a single value.
#[test]
fn tags_are_single_values_whatever_their_name() {
    for key in [
        "aws:PrincipalTag/a.b/c:amr",
        "aws:RequestTag/x:amr",
        "s3:ExistingObjectTag/x:amr",
    ] {
        let mut context = Context::new();
        context.set(key, "a");
        assert!(
            holds(&format!(r#"{{"StringEquals":{{"{key}":"a"}}}}"#), &context),
            "{key}"
        );
    }
}

#[test]
fn null_asks_for_presence() {
    let mut present = Context::new();
    present.set("x:key", "");
    let mut empty = Context::new();
    empty.set_many("x:key", Vec::new());
    let absent = Context::new();
    for (context, is_absent) in [(&present, false), (&empty, false), (&absent, true)] {
        for (wanted, expected) in [
            ("\"true\"", is_absent),
            ("false", !is_absent),
            ("true", is_absent),
        ] {
            let block = format!(r#"{{"Null":{{"x:key":{wanted}}}}}"#);
            assert_eq!(holds(&block, context), expected, "{block} {context:?}");
        }
    }
}

/// The trap of trust policies: a set operator on a key that never comes admits everybody.
#[test]
fn for_all_values_holds_for_what_is_absent() {
    let block = r#"{"ForAllValues:StringLike":{"misspelt.example.com:sub":"x"}}"#;
    assert!(holds(block, &Context::new()));
}
