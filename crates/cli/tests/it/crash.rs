//! The real server, killed under load: nothing that it acknowledged is lost, and every
//! acknowledged write has its audit record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::init::Place;
use crate::server_process::ServerProcess;

const KILLS: usize = 50;
const WRITERS: usize = 4;
/// A server lives until so many writes were acknowledged, at least and at most, or until the
/// patience ends: the others are in the middle of theirs.
const LIFE_WRITES: (usize, usize) = (3, 40);
const PATIENCE: Duration = Duration::from_secs(5);

/// What one writer was told.
#[derive(Default)]
struct Ledger {
    /// Users that exist: acknowledged.
    users: BTreeSet<String>,
    /// The last value that was acknowledged, and all that were sent after it.
    secret: Acknowledged,
    /// Names of the records that must be found: event name and request id.
    calls: BTreeMap<String, &'static str>,
}

#[derive(Default)]
struct Acknowledged {
    value: Option<u64>,
    sent: u64,
}

#[test]
fn killed_fifty_times_under_load() {
    let place = Place::new();
    let arguments = ["--dev", "--data-dir", &place.data];
    let mut server = start(&arguments);
    let caller = server.caller();
    let ledgers: Vec<_> = (0..WRITERS)
        .map(|_| Arc::new(Mutex::new(Ledger::default())))
        .collect();
    for round in 0..KILLS {
        let (acknowledge, acknowledged) = mpsc::channel();
        let writers: Vec<_> = ledgers
            .iter()
            .enumerate()
            .map(|(number, ledger)| {
                let caller = Caller {
                    address: server.address.clone(),
                    ..caller.clone()
                };
                let (ledger, acknowledge) = (Arc::clone(ledger), acknowledge.clone());
                thread::spawn(move || write(number, round, &caller, &ledger, &acknowledge))
            })
            .collect();
        let life = LIFE_WRITES.0 + (round * 7) % (LIFE_WRITES.1 - LIFE_WRITES.0);
        let end = Instant::now() + PATIENCE;
        for _ in 0..life {
            let left = end.saturating_duration_since(Instant::now());
            if acknowledged.recv_timeout(left).is_err() {
                break;
            }
        }
        server.end(Signal::SIGKILL);
        for writer in writers {
            writer.join().unwrap();
        }
        server = start(&arguments);
    }
    let caller = Caller {
        address: server.address.clone(),
        ..caller
    };
    let records = recorded(&caller);
    let mut written = 0;
    for (number, ledger) in ledgers.iter().enumerate() {
        let ledger = ledger.lock().unwrap();
        check(number, &ledger, &caller, &records);
        written += ledger.calls.len();
    }
    assert!(
        written >= KILLS * LIFE_WRITES.0,
        "too little load to tell: {written}"
    );
    assert!(server.end(Signal::SIGTERM).success());
}

/// Its log runs off, so that it never waits for a reader.
fn start(arguments: &[&str]) -> ServerProcess {
    let mut server = ServerProcess::start(arguments);
    drop(server.drain());
    server
}

fn write(
    number: usize,
    round: usize,
    caller: &Caller,
    ledger: &Mutex<Ledger>,
    acknowledge: &Sender<()>,
) {
    let mut ledger = ledger.lock().unwrap();
    for step in 0.. {
        let user = format!("u{number}-{round}-{step}");
        let form = format!("Action=CreateUser&Version=2010-05-08&UserName={user}");
        match caller.form("iam", &form) {
            Some(answer) => {
                assert_eq!(answer.status, 200, "{answer:?}");
                ledger.calls.insert(request_id(&answer.body), "CreateUser");
                ledger.users.insert(user);
                let _ = acknowledge.send(());
            }
            None => return,
        }
        if !put(number, caller, &mut ledger) {
            return;
        }
        let _ = acknowledge.send(());
    }
}

/// Puts the next value; whether it was acknowledged.
fn put(number: usize, caller: &Caller, ledger: &mut Ledger) -> bool {
    ledger.secret.sent += 1;
    let value = ledger.secret.sent;
    let token = format!("{number:032x}-{value:020}");
    let (name, text) = (format!("s{number}"), value.to_string());
    let put = json!({"SecretId": name, "SecretString": text, "ClientRequestToken": token});
    let create = json!({"Name": name, "SecretString": text, "ClientRequestToken": token});
    let mut event = "PutSecretValue";
    let mut answer = caller.json("secretsmanager", "secretsmanager.PutSecretValue", &put);
    if answer.as_ref().is_some_and(|answer| answer.status == 400) {
        event = "CreateSecret";
        answer = caller.json("secretsmanager", "secretsmanager.CreateSecret", &create);
    }
    let Some(answer) = answer else { return false };
    assert_eq!(answer.status, 200, "{answer:?}");
    ledger.secret.value = Some(value);
    ledger.calls.insert(token, event);
    true
}

fn check(number: usize, ledger: &Ledger, caller: &Caller, records: &BTreeSet<String>) {
    for user in &ledger.users {
        let form = format!("Action=GetUser&Version=2010-05-08&UserName={user}");
        let answer = caller.form("iam", &form).unwrap();
        assert_eq!(answer.status, 200, "{user} is lost: {answer:?}");
    }
    if let Some(value) = ledger.secret.value {
        let read = json!({"SecretId": format!("s{number}")});
        let answer = caller.json("secretsmanager", "secretsmanager.GetSecretValue", &read);
        let text = answer.unwrap().json()["SecretString"]
            .as_str()
            .unwrap()
            .to_owned();
        let found: u64 = text.parse().unwrap();
        // What was sent and not acknowledged may have happened all the same.
        assert!(
            value <= found && found <= ledger.secret.sent,
            "{value} is lost: {found}"
        );
    }
    for (call, event) in &ledger.calls {
        assert!(records.contains(call), "{event} {call} has no record");
    }
}

/// Request ids and client tokens of all records of the writes.
fn recorded(caller: &Caller) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for event in ["CreateUser", "PutSecretValue", "CreateSecret"] {
        let mut next = Value::Null;
        loop {
            let mut input = json!({
                "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": event}],
                "MaxResults": 50,
            });
            if !next.is_null() {
                input["NextToken"] = next;
            }
            let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
            let answer = caller.json("cloudtrail", target, &input).unwrap();
            assert_eq!(answer.status, 200, "{answer:?}");
            let page = answer.json();
            for event in page["Events"].as_array().unwrap() {
                let record: Value =
                    serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap();
                found.extend(record["requestID"].as_str().map(str::to_owned));
                let token = &record["requestParameters"]["clientRequestToken"];
                found.extend(token.as_str().map(str::to_owned));
            }
            next = page["NextToken"].clone();
            if next.is_null() {
                break;
            }
        }
    }
    found
}

fn request_id(body: &str) -> String {
    let (_, rest) = body.split_once("<RequestId>").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}
