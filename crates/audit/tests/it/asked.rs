//! What an entry remembers of what its call asked for.

use audit::{
    Asked, AskedCheck, AskedKeys, AskedValue, Entry, MAX_ASKED_BYTES, Others, Outcome,
    Recollection, Record, Side, UserIdentity,
};
use base::SeededEntropy;
use serde_json::{Value, json};

use crate::samples::{PROVIDER, account, call, session, time, user};

const ISSUER: &str = "irsa.example/id/demo";

fn record(identity: UserIdentity) -> Record {
    let entropy = SeededEntropy::new(1);
    let call = call(identity, "secretsmanager", "GetSecretValue", &entropy);
    Record::of_call(call, time("2026-11-21T12:00:00.123Z"), &entropy)
}

fn pod() -> UserIdentity {
    let mut identity = session("pod", "ASIAEXAMPLEEXAMPLE00");
    if let UserIdentity::AssumedRole {
        session_context, ..
    } = &mut identity
    {
        session_context.web_id_federation_data = audit::WebIdFederationData::of_provider(PROVIDER);
    }
    identity
}

fn one(text: &str) -> AskedValue {
    AskedValue::One(text.to_owned())
}

/// The keys that a record of this caller tells, as a request has them.
fn told(record: &Record) -> AskedKeys {
    let asked = Asked::of(record, vec![check(AskedKeys::new())]);
    let mut value = serde_json::to_value(asked).unwrap();
    value["without"] = json!([]);
    let side = Side {
        asked: Some(serde_json::from_value(value).unwrap()),
        ..Side::of(Outcome::Allowed)
    };
    match Entry::new(record.clone(), side).recollection() {
        Recollection::Checks(checks) => checks[0].keys.clone(),
        other => panic!("{other:?}"),
    }
}

fn check(keys: AskedKeys) -> AskedCheck {
    AskedCheck {
        action: "secretsmanager:GetSecretValue".to_owned(),
        resource: "arn:aws:secretsmanager:us-east-1:111122223333:secret:demo/db-AbCdEf".to_owned(),
        owner: account(),
        keys,
        others: Others::Leave,
        hides_resource: false,
    }
}

fn granted(checks: &[AskedCheck]) -> Value {
    let granted = checks
        .iter()
        .map(|check| json!({ "action": check.action, "resource": check.resource }));
    json!({ "granted": granted.collect::<Vec<_>>() })
}

fn entry(record: &Record, checks: &[AskedCheck]) -> Entry {
    let side = Side {
        asked: Some(Asked::of(record, checks.to_vec())),
        explanation: Some(granted(checks)),
        ..Side::of(Outcome::Allowed)
    };
    Entry::new(record.clone(), side)
}

#[test]
fn what_was_asked_is_read_again() {
    let pod = record(pod());
    let mut keys = told(&pod);
    keys.insert(
        format!("{ISSUER}:sub"),
        one("system:serviceaccount:demo:app"),
    );
    keys.insert(format!("{ISSUER}:aud"), one("sts.amazonaws.com"));
    keys.insert("aws:PrincipalTag/team".to_owned(), one("blue"));
    keys.insert("aws:SecureTransport".to_owned(), one("true"));
    let mut second = keys.clone();
    second.insert(
        "aws:TagKeys".to_owned(),
        AskedValue::Many(vec!["a".to_owned(), "b".to_owned()]),
    );
    second.remove("aws:PrincipalTag/team");
    let other = AskedCheck {
        owner: "444455556666".parse().unwrap(),
        others: Others::Refuse,
        hides_resource: true,
        ..check(second)
    };
    let ann = record(user("ann", "AKIAEXAMPLEEXAMPLE00"));
    let mut less = told(&ann);
    less.remove("aws:SourceIp");
    for (record, checks) in [
        (&pod, vec![check(keys), other]),
        (&ann, vec![check(told(&ann))]),
        (&ann, vec![check(less)]),
        (&ann, Vec::new()),
    ] {
        let stored = Entry::decode(&entry(record, &checks).encode()).unwrap();
        assert_eq!(stored.recollection(), Recollection::Checks(checks));
    }
}

/// The record tells most of it.
#[test]
fn it_costs_little() {
    let without = |entry: &Entry| {
        let (record, mut side) = entry.clone().into_parts();
        side.asked = None;
        Entry::new(record, side).encode().len()
    };
    let ann = record(user("ann", "AKIAEXAMPLEEXAMPLE00"));
    let pod = record(pod());
    let mut claims = told(&pod);
    claims.insert(
        format!("{ISSUER}:sub"),
        one("system:serviceaccount:demo:app"),
    );
    claims.insert(format!("{ISSUER}:aud"), one("sts.amazonaws.com"));
    claims.insert("secretsmanager:SecretId".to_owned(), one("demo/db"));
    for (record, keys, bytes) in [(&ann, told(&ann), 30), (&pod, claims, 142)] {
        let entry = entry(record, &[check(keys)]);
        assert_eq!(entry.encode().len() - without(&entry), bytes);
    }
}

#[test]
fn nothing_is_guessed() {
    let ann = record(user("ann", "AKIAEXAMPLEEXAMPLE00"));
    let keys = told(&ann);
    let large = AskedKeys::from([("k".to_owned(), one(&"x".repeat(MAX_ASKED_BYTES)))]);
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
    let secret = AskedKeys::from([("aws:RequestTag/a".to_owned(), one(token))]);
    let named = AskedKeys::from([("secretString".to_owned(), one("canary"))]);
    for checks in [
        vec![check(large)],
        vec![check(secret)],
        vec![check(named.clone())],
        vec![check(keys.clone()), check(named)],
        vec![check(keys.clone()); 129],
    ] {
        let entry = entry(&ann, &checks);
        assert_eq!(entry.recollection(), Recollection::Omitted);
        let text = String::from_utf8(entry.encode()).unwrap();
        assert!(!text.contains("canary") && !text.contains(token));
    }
    // Of before it was kept, and of a newer version.
    let newer: Asked = serde_json::from_value(json!({ "v": 2 })).unwrap();
    for asked in [None, Some(newer)] {
        let side = Side {
            asked,
            ..Side::of(Outcome::Allowed)
        };
        let entry = Entry::new(ann.clone(), side);
        assert_eq!(entry.recollection(), Recollection::Unrecorded);
    }
    // An explanation that was cut takes with it what it was to tell.
    let mut side = Side::of(Outcome::Allowed);
    side.asked = serde_json::from_value(json!({ "v": 1, "checks": [{}] })).ok();
    let entry = Entry::new(ann, side);
    assert_eq!(entry.recollection(), Recollection::Omitted);
}
