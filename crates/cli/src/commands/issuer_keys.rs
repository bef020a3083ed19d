//! The keys and signers of an issuer, for people.

use base::{Escaped, Timestamp};
use serde_json::Value;

use super::issuer_file_key::signer_of;
use crate::output::{Table, timestamp, write_out_time};

/// A published key, as the server tells of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) kid: String,
    pub(super) state: State,
    /// Who holds it; `None`: the server.
    pub(super) signer: Option<String>,
    pub(super) moves_on_at: Option<Timestamp>,
}

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Published; its signer does not know yet.
    New,
    /// Published; verifiers may hold older sets.
    Published,
    /// Signs.
    Signing,
    /// Signs no more; its tokens may live.
    Retiring,
    /// Of the file that signed before.
    VerifyOnly,
}

/// A signer, as the server tells of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Signer {
    pub(super) id: String,
    pub(super) last_seen_at: Option<Timestamp>,
    /// When a rotation was asked for that it has not begun; never of a file.
    pub(super) asked_at: Option<Timestamp>,
    pub(super) kind: SignerKind,
}

/// Who changes a signer's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignerKind {
    /// `irsa signer` itself.
    Running,
    /// People: the key is in a file that an API server signs with.
    File,
}

/// The keys in an issuer as it came from the server.
pub(super) fn keys(issuer: &Value) -> Vec<Key> {
    let keys = items(issuer, "Keys");
    keys.filter_map(|key| {
        Some(Key {
            kid: text(key, "KeyId")?,
            state: State::named(key.get("State")?.as_str()?)?,
            signer: text(key, "Signer"),
            moves_on_at: moment(key, "NextStateAt"),
        })
    })
    .collect()
}

/// The signers in an issuer as it came from the server.
pub(super) fn signers(issuer: &Value) -> Vec<Signer> {
    let files: Vec<String> = keys(issuer).iter().map(|key| signer_of(&key.kid)).collect();
    let signers = items(issuer, "Signers");
    signers
        .filter_map(|signer| {
            let id = text(signer, "Signer")?;
            let kind = if files.contains(&id) {
                SignerKind::File
            } else {
                SignerKind::Running
            };
            let asked_at = moment(signer, "RotationRequestedAt");
            Some(Signer {
                id,
                last_seen_at: moment(signer, "LastSeenAt"),
                asked_at: asked_at.filter(|_| kind == SignerKind::Running),
                kind,
            })
        })
        .collect()
}

/// Tables of both, below the facts of an issuer.
pub(super) fn tables(issuer: &Value) -> String {
    let mut shown = String::new();
    let keys = keys(issuer);
    if !keys.is_empty() {
        let mut table = Table::new(&["KEY", "STATE", "HELD BY", "UNTIL"]);
        for key in keys {
            let holder = key.signer.unwrap_or_else(|| "server".to_owned());
            table.row(&[
                key.kid,
                key.state.as_str().to_owned(),
                holder,
                at(key.moves_on_at),
            ]);
        }
        shown.push('\n');
        shown.push_str(&table.render());
    }
    let signers = signers(issuer);
    if !signers.is_empty() {
        let mut table = Table::new(&["SIGNER", "LAST SEEN", "ROTATION ASKED"]);
        for signer in signers {
            table.row(&[signer.id, at(signer.last_seen_at), at(signer.asked_at)]);
        }
        shown.push('\n');
        shown.push_str(&table.render());
    }
    shown
}

/// Writes out every time in an issuer.
pub(super) fn write_out_times(issuer: &mut Value) {
    write_out_time(issuer, "CreatedAt");
    for (list, names) in [
        ("Keys", ["Since", "NextStateAt", "SignedUntil"]),
        (
            "Signers",
            ["FirstSeenAt", "LastSeenAt", "RotationRequestedAt"],
        ),
    ] {
        let items = issuer.get_mut(list).and_then(Value::as_array_mut);
        for item in items.into_iter().flatten() {
            for name in names {
                write_out_time(item, name);
            }
        }
    }
}

/// A time in a table.
fn at(time: Option<Timestamp>) -> String {
    let second = time.and_then(|time| Timestamp::from_second(time.as_second()).ok());
    second.map_or_else(|| "-".to_owned(), |time| time.to_string())
}

impl State {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "NEW" => Self::New,
            "PUBLISHED" => Self::Published,
            "SIGNING" => Self::Signing,
            "RETIRING" => Self::Retiring,
            "VERIFY_ONLY" => Self::VerifyOnly,
            _ => return None,
        })
    }

    /// As a table shows it.
    fn as_str(self) -> &'static str {
        match self {
            Self::New | Self::Published => "published",
            Self::Signing => "signs",
            Self::Retiring => "retiring",
            Self::VerifyOnly => "verify only",
        }
    }
}

fn items<'v>(issuer: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    let items = issuer.get(name).and_then(Value::as_array);
    items.into_iter().flatten()
}

fn text(object: &Value, name: &str) -> Option<String> {
    let text = object.get(name)?.as_str()?;
    Some(Escaped(text).to_string())
}

/// As a number, or as text where it was written out.
fn moment(object: &Value, name: &str) -> Option<Timestamp> {
    let value = object.get(name)?;
    match value.as_f64() {
        Some(seconds) => timestamp(seconds),
        None => value.as_str()?.parse().ok(),
    }
}
