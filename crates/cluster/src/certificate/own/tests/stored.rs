//! What is made of a Secret in any condition.

use base::Timestamp;

use crate::certificate::own::authority::Authority;
use crate::certificate::own::lifetimes::Lifetimes;
use crate::certificate::own::state::{Retired, State};
use crate::certificate::own::stored::{AUTHORITIES, BUNDLE, CERTIFICATE, Data, KEY, Stored, data};

fn now() -> Timestamp {
    "2026-11-21T00:00:00Z".parse().unwrap()
}

fn state() -> State {
    let names = vec!["pod-identity-webhook.eks.svc".to_owned()];
    State::first(now(), names, Lifetimes::default()).unwrap()
}

/// What reading gives: `empty`, `damaged: …`, `whole`, `no leaf: …` or `flaw: …`.
fn read(data: &Data) -> String {
    match Stored::read(data) {
        Stored::Empty => "empty".to_owned(),
        Stored::Damaged(why) => format!("damaged: {why}"),
        Stored::Whole { state, flaw } => match (state.leaf, flaw) {
            (Some(_), None) => "whole".to_owned(),
            (Some(_), Some(flaw)) => format!("flaw: {flaw}"),
            (None, flaw) => format!("no leaf: {}", flaw.unwrap()),
        },
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut state = state();
    state.next = Some(Authority::mint(now(), Lifetimes::default()).unwrap());
    state.retired.push(Retired {
        certificate: self::state().current.certificate,
        until: now(),
    });
    let written = data(&state).unwrap();
    let Stored::Whole { state: again, flaw } = Stored::read(&written) else {
        panic!("not whole");
    };
    assert_eq!(flaw, None);
    assert_eq!(data(&again).unwrap(), written);
    assert_eq!(again.current.leaves_until, state.current.leaves_until);
    assert_eq!(written[BUNDLE], state.bundle().as_bytes());
    assert_eq!(state.bundle().matches("BEGIN CERTIFICATE").count(), 3);
}

#[test]
fn a_damaged_secret_gives_what_is_left_of_it() {
    let (whole, other) = (data(&state()).unwrap(), data(&state()).unwrap());
    let check = |change: &dyn Fn(&mut Data), expected: &str| {
        let mut data = whole.clone();
        change(&mut data);
        let told = read(&data);
        assert!(told.starts_with(expected), "{told}");
        for secret in [&whole[KEY], &whole[AUTHORITIES]] {
            let secret = String::from_utf8(secret.clone()).unwrap();
            assert!(!told.contains(secret.get(100..120).unwrap()), "{told}");
        }
    };
    let put = |name: &'static str, bytes: &[u8]| {
        let bytes = bytes.to_vec();
        move |data: &mut Data| {
            data.insert(name.to_owned(), bytes.clone());
        }
    };
    let json = |from: &str, to: &str| {
        let (from, to) = (from.to_owned(), to.to_owned());
        move |data: &mut Data| {
            let text = String::from_utf8(data[AUTHORITIES].clone()).unwrap();
            assert!(text.contains(&from), "{from}");
            let changed = text.replace(&from, &to).into_bytes();
            data.insert(AUTHORITIES.to_owned(), changed);
        }
    };
    check(&|_| (), "whole");
    check(&Data::clear, "empty");
    check(&put(AUTHORITIES, b""), "empty");
    check(&|data| drop(data.remove(AUTHORITIES)), "empty");
    check(
        &put(AUTHORITIES, b"{"),
        "damaged: `authorities.json` cannot be read: line 1",
    );
    check(
        &put(AUTHORITIES, b"{}"),
        "damaged: `authorities.json` cannot be read",
    );
    check(
        &json("\"version\":1", "\"version\":2"),
        "damaged: `authorities.json` has version 2",
    );
    check(
        &json("PRIVATE KEY", "PUBLIC KEY"),
        "damaged: the CA in `authorities.json`",
    );
    check(
        &json("BEGIN CERTIFICATE", "BEGIN SOMETHING"),
        "damaged: the CA in",
    );
    check(
        &put(AUTHORITIES, &other[AUTHORITIES]),
        "no leaf: `tls.crt` is of no CA of ours",
    );
    check(
        &put(KEY, &other[KEY]),
        "no leaf: `tls.crt` and `tls.key`: the key is not the",
    );
    check(
        &put(KEY, b""),
        "no leaf: `tls.crt` and `tls.key`: the key is not PEM",
    );
    check(
        &put(CERTIFICATE, b""),
        "no leaf: `tls.crt` and `tls.key`: the certificate file holds",
    );
    check(&put(CERTIFICATE, &[0xFF]), "no leaf: `tls.crt` is no text");
    check(
        &json("eks.svc\"]", "eks.svc\",\"b.c\"]"),
        "no leaf: `tls.crt` is not for `b.c`",
    );
    check(&put(BUNDLE, b"anything"), "whole");
}

#[test]
fn a_damaged_next_ca_and_retired_ones_that_are_none_are_left_out() {
    let mut state = state();
    state.next = Some(self::state().current);
    state.retired.push(Retired {
        certificate: "nothing".to_owned(),
        until: now(),
    });
    let next = state.next.as_mut().unwrap();
    next.key = self::state().current.key;
    let Stored::Whole { state, flaw } = Stored::read(&data(&state).unwrap()) else {
        panic!("not whole");
    };
    assert!(
        flaw.unwrap()
            .starts_with("the next CA in `authorities.json`")
    );
    assert!(state.next.is_none() && state.retired.is_empty() && state.leaf.is_some());
}
