//! What a call asked for, as a replay under other policies needs it.
//!
//! Policies change, and with them what they would have said; what was asked does not. An entry
//! keeps each check with the condition keys that its record does not tell already, and what all
//! policies but the caller's own made of it, so that a replay needs no policy of that time.

use std::collections::BTreeMap;

use base::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::limits::{MAX_ASKED_BYTES, MAX_ASKED_CHECKS};
use crate::scrub::{is_secret_member, scrub_text};
use crate::told_keys::{in_full, in_short, told_keys};
use crate::{Record, Side};

/// The version that is written. INVARIANT: entries of every version stay readable; the keys that
/// a record tells ([`told_keys`]) are those of its version.
const VERSION: u8 = 1;

/// The value or values of a condition key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AskedValue {
    /// Of a single-valued key.
    One(String),
    /// Of a key that is a list by type.
    Many(Vec<String>),
}

impl AskedValue {
    fn texts(&self) -> impl Iterator<Item = &str> {
        let values = match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values.as_slice(),
        };
        values.iter().map(String::as_str)
    }
}

/// The condition keys of a request by name, as spelled.
pub type AskedKeys = BTreeMap<String, AskedValue>;

/// One permission that a call asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedCheck {
    /// `service:Name`.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// Who owns the resource.
    pub owner: AccountId,
    /// The condition keys of the request.
    pub keys: AskedKeys,
    /// What all policies but the caller's own said.
    pub others: Others,
    /// Whether keys that describe the resource are left out, since it is another account's
    /// (THREATS R44).
    pub hides_resource: bool,
}

/// What all policies but the caller's own made of a request: of the resource, the boundary, the
/// session, the organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Others {
    /// They leave it to the caller's own.
    #[default]
    Leave,
    /// They allow it even when the caller's own say nothing.
    Allow,
    /// They refuse it whatever the caller's own say.
    Refuse,
}

/// What is stored of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    #[serde(rename = "v")]
    version: u8,
    /// Keys that all checks have alike.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    keys: AskedKeys,
    /// Keys that the record tells and the request did not have.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    without: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    checks: Vec<StoredCheck>,
    /// Whether the checks are left out for their size, or because they held a secret.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    omitted: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StoredCheck {
    /// `None`: that of the grant at the same place of the explanation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    action: Option<String>,
    /// `None`: that of the grant at the same place of the explanation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    resource: Option<String>,
    /// `None`: the record's account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    owner: Option<AccountId>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    keys: AskedKeys,
    #[serde(skip_serializing_if = "is_leave", default)]
    others: Others,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    hidden: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_leave(others: &Others) -> bool {
    *others == Others::Leave
}

/// What an entry knows of what its call asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recollection {
    /// All of it. No check: every caller may do it, or it failed before anything was decided.
    Checks(Vec<AskedCheck>),
    /// Nothing: it was recorded before checks were kept, or by a newer version.
    Unrecorded,
    /// It was too large to keep.
    Omitted,
}

impl Asked {
    /// Of the checks of a call, beside its record.
    pub fn of(record: &Record, mut checks: Vec<AskedCheck>) -> Self {
        let told = told_keys(record);
        let without = left_out(&told, &checks);
        for check in &mut checks {
            check.keys.retain(|key, value| {
                !is_always_told(key) && told.get(key.as_str()) != Some(&*value)
            });
        }
        let keys = hoisted(&mut checks);
        let stored = checks.into_iter().map(|check| StoredCheck {
            action: Some(check.action),
            resource: Some(check.resource),
            owner: (check.owner != record.recipient_account_id).then_some(check.owner),
            keys: in_short(record, check.keys),
            others: check.others,
            hidden: check.hides_resource,
        });
        Self {
            version: VERSION,
            keys: in_short(record, keys),
            without,
            checks: stored.collect(),
            omitted: false,
        }
    }

    /// Drops what the explanation says too, and everything if it is too large or holds a secret.
    pub(crate) fn tidy(&mut self, explanation: Option<&Json>) {
        let size = serde_json::to_string(self).map_or(usize::MAX, |text| text.len());
        if size > MAX_ASKED_BYTES || self.checks.len() > MAX_ASKED_CHECKS || self.holds_secret() {
            *self = Self {
                version: VERSION,
                keys: BTreeMap::new(),
                without: Vec::new(),
                checks: Vec::new(),
                omitted: true,
            };
        }
        for (place, check) in self.checks.iter_mut().enumerate() {
            for (name, value) in [
                ("action", &mut check.action),
                ("resource", &mut check.resource),
            ] {
                if value.as_deref() == granted(explanation, place, name) {
                    *value = None;
                }
            }
        }
    }

    fn holds_secret(&self) -> bool {
        let own = self.checks.iter().map(|check| &check.keys);
        let mut keys = own.chain([&self.keys]).flatten();
        let named = self.checks.iter();
        let mut named =
            named.flat_map(|check| [&check.action, &check.resource].into_iter().flatten());
        named.any(|text| is_secret(text))
            || keys.any(|(key, value)| {
                is_secret_member(key) || is_secret(key) || value.texts().any(is_secret)
            })
    }

    /// The checks in full.
    fn restored(&self, record: &Record, side: &Side) -> Option<Vec<AskedCheck>> {
        let mut told = told_keys(record);
        told.retain(|key, _| !self.without.contains(key));
        told.extend(in_full(record, &self.keys));
        let checks = self.checks.iter().enumerate().map(|(place, stored)| {
            let text = |own: &Option<String>, name| {
                let granted = || granted(side.explanation.as_ref(), place, name);
                own.clone().or_else(|| granted().map(str::to_owned))
            };
            let mut keys = told.clone();
            keys.extend(in_full(record, &stored.keys));
            Some(AskedCheck {
                action: text(&stored.action, "action")?,
                resource: text(&stored.resource, "resource")?,
                owner: stored.owner.unwrap_or(record.recipient_account_id),
                keys,
                others: stored.others,
                hides_resource: stored.hidden,
            })
        });
        checks.collect()
    }
}

/// What an entry knows of what its call asked for.
pub(crate) fn recollection(record: &Record, side: &Side) -> Recollection {
    match &side.asked {
        Some(asked) if asked.version != VERSION => Recollection::Unrecorded,
        Some(asked) if asked.omitted => Recollection::Omitted,
        Some(asked) => asked
            .restored(record, side)
            .map_or(Recollection::Omitted, Recollection::Checks),
        None => Recollection::Unrecorded,
    }
}

/// Keys whose value is the record's own, to its precision.
fn is_always_told(key: &str) -> bool {
    matches!(
        key,
        "aws:CurrentTime" | "aws:EpochTime" | "aws:TokenIssueTime" | "aws:UserAgent"
    )
}

/// The keys that the record tells and no check has.
fn left_out(told: &AskedKeys, checks: &[AskedCheck]) -> Vec<String> {
    let Some(first) = checks.first() else {
        return Vec::new();
    };
    let absent = |key: &&String| !first.keys.contains_key(*key);
    told.keys().filter(absent).cloned().collect()
}

/// Takes out what all checks have alike.
fn hoisted(checks: &mut [AskedCheck]) -> AskedKeys {
    let Some((first, rest)) = checks.split_first() else {
        return AskedKeys::new();
    };
    let mut common = first.keys.clone();
    common.retain(|key, value| {
        rest.iter()
            .all(|check| check.keys.get(key) == Some(&*value))
    });
    for check in checks {
        check.keys.retain(|key, _| !common.contains_key(key));
    }
    common
}

fn granted<'a>(explanation: Option<&'a Json>, place: usize, name: &str) -> Option<&'a str> {
    explanation?.get("granted")?.get(place)?.get(name)?.as_str()
}

/// Whether the text would be hidden elsewhere in the entry.
fn is_secret(text: &str) -> bool {
    let mut scrubbed = text.to_owned();
    scrub_text(&mut scrubbed);
    scrubbed != *text
}
