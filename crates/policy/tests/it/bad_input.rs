//! Input that nobody writes by hand: whatever it is, it is refused or read, and what is read can be
//! evaluated. Where work grows with the square of the input, these tests do not end.

use std::sync::Arc;

use policy::compiled::{CompiledLayers, decide as decide_compiled};
use policy::{
    Attached, Context, Document, Layers, Leniency, PolicyKind, Request, ResourceGate,
    ResourcePolicy, ResourceService, ResourceTarget, decide,
};

use crate::fixture::{OTHER, OWN, account, session, user};

const KINDS: [(PolicyKind, Leniency); 9] = [
    (PolicyKind::Identity, Leniency::Storage),
    (PolicyKind::Identity, Leniency::Simulator),
    (PolicyKind::Session, Leniency::Session),
    (PolicyKind::RoleTrust, Leniency::Storage),
    (PolicyKind::Resource, Leniency::Storage),
    (PolicyKind::Resource, Leniency::Simulator),
    (PolicyKind::ServiceControl, Leniency::Storage),
    (PolicyKind::ResourceControl, Leniency::Storage),
    (PolicyKind::Endpoint, Leniency::Storage),
];

const TARGETS: [ResourceTarget<'_>; 4] = [
    ResourceTarget {
        service: ResourceService::S3,
        arn: "arn:aws:s3:::bucket",
    },
    ResourceTarget {
        service: ResourceService::Sqs,
        arn: "arn:aws:sqs:eu-west-1:111122223333:queue",
    },
    ResourceTarget {
        service: ResourceService::Kms,
        arn: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    },
    ResourceTarget {
        service: ResourceService::SecretsManager,
        arn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main-AbCdEf",
    },
];

/// All that can be read of a text, in every way there is; a large one in some.
fn readings(text: &str) -> Vec<Document> {
    let mut read = Vec::new();
    let is_large = text.len() >= 300_000;
    for (kind, leniency) in KINDS {
        let differs = leniency == Leniency::Storage && kind == PolicyKind::Identity;
        if is_large && !differs {
            continue;
        }
        let parsed = Document::parse(text, kind, leniency);
        if is_large {
            read.extend(parsed);
            continue;
        }
        let loaded = Document::load(text, kind);
        assert!(
            loaded.is_ok() || parsed.is_err(),
            "what is written is readable: {kind:?} {}",
            text.get(..200).unwrap_or(text)
        );
        if let Err(fault) = &parsed {
            assert!(!fault.message().is_empty() && fault.status() == 400);
            assert!(fault.message().len() < text.len() + 1_000);
        }
        read.extend(parsed.into_iter().chain(loaded));
    }
    for target in TARGETS.iter().filter(|_| !is_large) {
        read.extend(Document::parse_for(text, target));
    }
    read
}

/// Both evaluators decide alike, wherever the document is attached.
fn evaluate(document: &Document, resource: &str, context: &Context) {
    let attached = Attached {
        name: "bad".to_owned(),
        arn: None,
        document: Some(Arc::new(document.clone())),
    };
    let gate = |gate: ResourceGate| {
        Some(ResourcePolicy {
            attached: attached.clone(),
            gate,
        })
    };
    let none = Layers::default;
    let own = || vec![attached.clone()];
    let layers = match document.kind() {
        PolicyKind::Identity => Layers {
            identity: own(),
            boundary: Some(attached.clone()),
            ..none()
        },
        PolicyKind::Session => Layers {
            identity: own(),
            session: Some(own()),
            ..none()
        },
        PolicyKind::RoleTrust => Layers {
            resource: gate(ResourceGate::Trust),
            ..none()
        },
        PolicyKind::Resource => Layers {
            resource: gate(ResourceGate::Ordinary),
            ..none()
        },
        PolicyKind::ServiceControl => Layers {
            service_control: Some(vec![own()]),
            ..none()
        },
        PolicyKind::ResourceControl => Layers {
            resource_control: own(),
            ..none()
        },
        PolicyKind::Endpoint => Layers {
            endpoint: Some(attached.clone()),
            ..none()
        },
    };
    let compiled = CompiledLayers::compile(&layers);
    let is_large = resource.len() > 1_000 || document.statements().len() > 1_000;
    let callers = [user(OWN), session(OWN), user(OTHER)];
    for caller in callers.into_iter().take(if is_large { 1 } else { 3 }) {
        let request = Request {
            caller: &caller,
            action: "s3:GetObject",
            resource,
            resource_account: account(OWN),
            context,
        };
        let plain = decide(&request, &layers);
        assert_eq!(decide_compiled(&request, &compiled).to_decision(), plain);
    }
}

fn context() -> Context {
    let mut context = Context::new();
    context.set("aws:SourceIp", "10.0.0.1");
    context.set("aws:username", "ann");
    context.set("aws:CurrentTime", "2026-01-01T00:00:00Z");
    context.set("s3:prefix", "a");
    context.set_many("aws:TagKeys", vec!["a".to_owned(), "b".to_owned()]);
    context
}

fn try_all(text: &str) -> usize {
    let read = readings(text);
    for document in &read {
        evaluate(document, "arn:aws:s3:::bucket/key", &context());
    }
    read.len()
}

/// A document that some kinds take, with these further elements of its one statement.
fn with(elements: &str) -> [String; 3] {
    let statement = |principal: &str, resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny",{principal}"Action":"s3:GetObject"{resource}{elements}}}]}}"#
        )
    };
    let resource = r#","Resource":"arn:aws:s3:::bucket/*""#;
    let trust = statement(r#""Principal":{"AWS":"111122223333"},"#, "");
    [
        statement("", resource),
        statement(r#""Principal":"*","#, resource),
        trust.replace("s3:GetObject", "sts:AssumeRole"),
    ]
}

#[test]
fn deep_nesting() {
    for depth in [63, 64, 65, 100_000] {
        for (open, inner, close) in [
            ("[", "", "]"),
            ("{\"a\":", "1", "}"),
            ("{\"Statement\":[", "{}", "]}"),
            ("[{\"Condition\":", "{}", "}]"),
        ] {
            let nested = format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(try_all(&nested), 0);
            assert_eq!(try_all(&open.repeat(depth)), 0);
            assert_eq!(try_all(&format!(r#"{{"Statement":{nested}}}"#)), 0);
            for text in with(&format!(r#","Condition":{nested}"#)) {
                try_all(&text);
            }
            for text in with(&format!(r#","Sid":{nested}"#)) {
                assert_eq!(try_all(&text), 0);
            }
        }
    }
}

#[test]
fn ten_megabytes() {
    let long = "a".repeat(10_000_000);
    for text in [
        long.clone(),
        format!("\"{long}\""),
        " ".repeat(10_000_000),
        "9".repeat(10_000_000),
        "[".repeat(10_000_000),
        format!("[{}1]", format!("1{},", " ".repeat(98)).repeat(100_000)),
        format!(r#"{{"Version":"{long}"}}"#),
        format!(r#"{{"{long}":1}}"#),
    ] {
        assert_eq!(try_all(&text), 0);
    }
    // What is also compiled and evaluated is less: each reading costs several passes.
    let long = "a".repeat(300_000);
    for elements in [
        format!(r#","Sid":"{long}""#),
        format!(r#","Condition":{{"StringLike":{{"aws:username":"{long}"}}}}"#),
        format!(
            r#","Condition":{{"StringLike":{{"aws:username":[{}"a"]}}}}"#,
            format!("\"a*{}\",", "b".repeat(100)).repeat(3_000)
        ),
        format!(
            r#","Condition":{{"NumericEquals":{{"s3:prefix":{}}}}}"#,
            "9".repeat(300_000)
        ),
        format!(r#","Condition":{{"{long}":{{"s3:prefix":"a"}}}}"#),
        format!(r#","Condition":{{"StringEquals":{{"{long}":"a"}}}}"#),
        format!(
            r#","Condition":{{"StringEquals":{{"s3:prefix":"{}"}}}}"#,
            format!("${{aws:username}}{}", "b".repeat(100)).repeat(2_700)
        ),
        " ".repeat(1_000_000),
    ] {
        let [text, ..] = with(&elements);
        try_all(&text);
    }
}

#[test]
fn duplicate_keys() {
    let whole = |members: &str| format!("{{{members}}}");
    let statement = r#"{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}"#;
    for text in [
        whole(r#""Version":"2012-10-17","Version":"2012-10-17""#),
        whole(&format!(
            r#""Statement":{statement},"Statement":{statement}"#
        )),
        // The same key, written otherwise.
        whole(&format!(
            r#""Statement":{statement},"St\u0061tement":{statement}"#
        )),
    ] {
        assert_eq!(try_all(&text), 0);
    }
    for elements in [
        r#","Effect":"Deny""#,
        r#","\u0045ffect":"Allow""#,
        r#","Sid":"a","Sid":"a""#,
        r#","Condition":{},"Condition":{}"#,
        r#","Condition":{"Bool":{},"Bool":{}}"#,
        r#","Condition":{"Bool":{"a:b":"true","a:b":"false"}}"#,
    ] {
        for text in with(elements) {
            assert_eq!(try_all(&text), 0, "{elements}");
        }
    }
    // A condition key in two cases is two keys of JSON.
    let two_cases = r#","Condition":{"Bool":{"a:b":"true","A:B":"false"}}"#;
    assert!(with(two_cases).iter().all(|text| try_all(text) > 0));
    let many: Vec<String> = (0..100_000)
        .map(|key| format!(r#""x:{key}":"a""#))
        .collect();
    let [text, ..] = with(&format!(
        r#","Condition":{{"StringEquals":{{{}}}}}"#,
        many.join(",")
    ));
    assert!(try_all(&text) > 0);
}

/// Twice the text costs about twice the memory, read and compiled.
#[test]
fn memory_is_linear() {
    let elements: [fn(usize) -> String; 5] = [
        |n| format!(r#","Sid":"{}""#, "a".repeat(n)),
        |n| {
            let keys: Vec<_> = (0..n).map(|key| format!(r#""x:{key}":"a""#)).collect();
            format!(r#","Condition":{{"StringEquals":{{{}}}}}"#, keys.join(","))
        },
        |n| {
            let values = vec![r#""a*b""#; n].join(",");
            format!(r#","Condition":{{"StringLike":{{"s3:prefix":[{values}]}}}}"#)
        },
        |n| {
            let value = "${aws:username}b".repeat(n);
            format!(r#","Condition":{{"StringEquals":{{"s3:prefix":"{value}"}}}}"#)
        },
        |n| {
            let statement =
                r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
            format!("}},{}", vec![statement; n].join(",").trim_end_matches('}'))
        },
    ];
    let cost = |text: &str| {
        let cost = allocation_counter::measure(|| {
            let document = Document::parse(text, PolicyKind::Identity, Leniency::Storage).unwrap();
            let attached = Attached {
                name: "bad".to_owned(),
                arn: None,
                document: Some(Arc::new(document)),
            };
            let layers = Layers {
                identity: vec![attached],
                ..Layers::default()
            };
            drop(CompiledLayers::compile(&layers));
        });
        cost.bytes_total
    };
    for (row, elements) in elements.iter().enumerate() {
        let [once, twice] = [1_000, 2_000].map(|n| {
            let [text, ..] = with(&elements(n));
            cost(&text)
        });
        // Vectors and tables double, so that a step may fall between the two.
        assert!(twice < 3 * once, "row {row}: {once} and {twice} bytes");
    }
}

#[test]
fn a_hundred_thousand_statements() {
    let [text, ..] = with("");
    let start = text.find('[').unwrap();
    let (head, rest) = text.split_at(start + 1);
    let statement = rest.strip_suffix("]}").unwrap();
    let many = vec![statement; 100_000].join(",");
    assert!(try_all(&format!("{head}{many}]}}")) > 0);
}

#[test]
fn stars_that_backtrack() {
    let long = "a".repeat(10_000);
    let stars = format!("{}b", "*a".repeat(100));
    let marks = format!("{}b", "*?".repeat(100));
    let resource = format!("arn:aws:s3:::bucket/{long}");
    let mut context = Context::new();
    context.set("s3:prefix", &*long);
    context.set("aws:PrincipalTag/a", &*long);
    for glob in [
        "*a*a*a*a*b",
        &stars,
        &marks,
        &format!("{}b", "*".repeat(1_000)),
    ] {
        let documents = [
            format!(r#""Action":"*","Resource":"arn:aws:s3:::bucket/{glob}""#),
            format!(r#""Action":"*","Resource":"arn:*:s3:{glob}:{glob}:{glob}""#),
            format!(r#""Action":"s3:{glob}","Resource":"*""#),
            format!(
                r#""Action":"*","Resource":"*","Condition":{{"StringLike":{{"s3:prefix":"{glob}"}}}}"#
            ),
            format!(
                r#""Action":"*","Resource":"*","Condition":{{"ForAllValues:StringNotLike":{{"s3:prefix":["{glob}","{glob}"]}}}}"#
            ),
            format!(
                r#""Action":"*","Resource":"*","Condition":{{"StringLike":{{"s3:prefix":"${{aws:PrincipalTag/a}}{glob}"}}}}"#
            ),
            format!(
                r#""Action":"*","Resource":"*","Condition":{{"ArnLike":{{"s3:prefix":"arn:aws:s3:::{glob}"}}}}"#
            ),
        ];
        for members in documents {
            let text =
                format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{members}}}}}"#);
            let read = readings(&text);
            assert!(!read.is_empty(), "{members}");
            for document in &read {
                evaluate(document, &resource, &context);
            }
        }
    }
}

#[test]
fn bytes_that_are_no_utf_8() {
    let [text, ..] = with("");
    for (kind, leniency) in KINDS {
        for bad in [
            &b"\xff"[..],
            b"\xc3",
            b"\xc0\xaf",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xf0\x9f\x98",
        ] {
            for at in [0, 5, text.len() / 2, text.len()] {
                let mut bytes = text.clone().into_bytes();
                bytes.splice(at..at, bad.iter().copied());
                assert!(Document::parse_bytes(&bytes, kind, leniency).is_err());
            }
        }
        let mut with_mark = b"\xef\xbb\xbf".to_vec();
        with_mark.extend(text.bytes());
        assert!(Document::parse_bytes(&with_mark, kind, leniency).is_err());
    }
}

#[test]
fn lone_surrogates_and_odd_escapes() {
    for escape in [
        r"\ud800",
        r"\udfff",
        r"\ud83d",
        r"\ude00\ud83d",
        r"\ud83dx",
        r"\ud83d\n",
        r"\ud83d\u0041",
        r"\u",
        r"\u12",
        r"\u12g4",
        r"\u+123",
        r"\x41",
        r"\",
        "\u{1}",
        "\u{1f}",
    ] {
        for elements in [
            format!(r#","Sid":"{escape}""#),
            format!(r#","Condition":{{"StringEquals":{{"s3:prefix":"{escape}"}}}}"#),
            format!(r#","Condition":{{"StringEquals":{{"s3:{escape}":"a"}}}}"#),
            format!(r#","{escape}":"a""#),
        ] {
            for text in with(&elements) {
                assert_eq!(try_all(&text), 0, "{elements}");
            }
        }
    }
    // A pair is a character, and U+0000 is one, too.
    for escape in [r"\ud83d\ude00", r"\u0000", r"\uffff", r"\/", "\u{e9}"] {
        for text in with(&format!(
            r#","Condition":{{"StringLike":{{"s3:prefix":"{escape}*"}}}}"#
        )) {
            assert!(try_all(&text) > 0, "{escape}");
        }
    }
}

#[test]
fn numbers() {
    for number in [
        "1e999999999999999999999",
        "-1e-999999999999999999999",
        "1e400",
        "1.7976931348623159e308",
        "4.9e-324",
        "-0",
        "-0.0e-0",
        "0.1",
        "1E+2",
        "123456789012345678901234567890.5",
        "18446744073709551616",
    ] {
        for operator in [
            "NumericEquals",
            "NumericLessThan",
            "NumericNotEqualsIfExists",
            "StringEquals",
            "DateLessThan",
            "Bool",
            "IpAddress",
            "BinaryEquals",
            "ArnLike",
            "Null",
            "ForAnyValue:StringLike",
        ] {
            let [text, ..] = with(&format!(
                r#","Condition":{{"{operator}":{{"s3:prefix":[{number},"{number}"]}}}}"#
            ));
            try_all(&text);
        }
        for text in with(&format!(r#","Sid":{number}"#)) {
            let parsed = Document::parse(&text, PolicyKind::Identity, Leniency::Storage);
            assert!(parsed.is_err(), "{number}");
            try_all(&text);
        }
    }
    for number in [
        "01", "+1", ".5", "1.", "1e", "0x10", "NaN", "Infinity", "-", "1_000",
    ] {
        for text in with(&format!(
            r#","Condition":{{"NumericEquals":{{"s3:prefix":{number}}}}}"#
        )) {
            assert_eq!(try_all(&text), 0, "{number}");
        }
    }
    // Zeros without end are no work.
    let zeros = "0".repeat(1_000_000);
    for number in [
        format!("1.{zeros}"),
        format!("1{zeros}"),
        format!("1e{}", "0".repeat(1_000)),
    ] {
        let [text, ..] = with(&format!(
            r#","Condition":{{"NumericLessThan":{{"s3:prefix":{number}}}}}"#
        ));
        try_all(&text);
    }
}

/// Every value of a document in turn is replaced by every odd one.
#[test]
fn odd_values_in_every_position() {
    let document = serde_json::json!({
        "Version": "2012-10-17",
        "Id": "id",
        "Statement": [{
            "Sid": "a",
            "Effect": "Deny",
            "Principal": {"AWS": ["111122223333"], "Service": "s3.amazonaws.com"},
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": ["arn:aws:s3:::bucket/*"],
            "Condition": {
                "StringEquals": {"s3:prefix": ["a", "b"], "aws:username": "ann"},
                "ForAllValues:StringLike": {"aws:TagKeys": ["a*"]},
                "IpAddressIfExists": {"aws:SourceIp": "10.0.0.0/8"},
                "Null": {"aws:username": "false"}
            }
        }]
    });
    let odd = [
        "[]",
        "{}",
        "\"\"",
        "null",
        "true",
        "0",
        "[[]]",
        "[{}]",
        "[null]",
        "[\"\"]",
        "{\"\":\"\"}",
        "{\"\":[]}",
        "{\"a\":{}}",
        "[\"*\",[]]",
        "\"*\"",
        "\"${\"",
        "\"${}\"",
        "\"${,''}\"",
        "\":::::\"",
        "\"*:*\"",
    ];
    let bare = |members: &[&str]| {
        let mut bare = document.clone();
        for member in members {
            bare["Statement"][0]
                .as_object_mut()
                .unwrap()
                .remove(*member);
        }
        bare
    };
    let mut trust = bare(&["Resource"]);
    trust["Statement"][0]["Action"] = "sts:AssumeRole".into();
    let originals = [document.clone(), bare(&["Principal"]), trust];
    let mut tried = 0;
    let mut read = 0;
    for original in &originals {
        assert!(try_all(&original.to_string()) > 0, "{original}");
        for path in paths(original) {
            // The callers' side and role trust differ in what is read, not in how.
            let few = if original == &document { odd.len() } else { 5 };
            for value in &odd[..few] {
                let mut changed = original.clone();
                *changed.pointer_mut(&path).unwrap() = serde_json::from_str(value).unwrap();
                read += usize::from(try_all(&changed.to_string()) > 0);
                tried += 1;
            }
        }
    }
    assert!(tried > 800 && read > 100, "{tried} {read}");
}

/// The JSON pointers of all values.
fn paths(value: &serde_json::Value) -> Vec<String> {
    use serde_json::Value;
    let below = |step: String, value: &Value| {
        let step = format!("/{}", step.replace('~', "~0").replace('/', "~1"));
        paths(value)
            .into_iter()
            .map(move |rest| format!("{step}{rest}"))
            .collect::<Vec<_>>()
    };
    let mut all = vec![String::new()];
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                all.extend(below(index.to_string(), item));
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                all.extend(below(name.clone(), member));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all
}
