//! How the state is kept in the Secret: `tls.crt`, `tls.key` and `ca.crt` as everyone knows them,
//! and the CAs with their keys in `authorities.json`.

use std::collections::BTreeMap;

use base::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::authority::{Authority, Leaf, MintFault};
use super::state::{Retired, State, certificates, trusts};

pub(crate) const CERTIFICATE: &str = "tls.crt";
pub(crate) const KEY: &str = "tls.key";
pub(crate) const BUNDLE: &str = "ca.crt";
pub(crate) const AUTHORITIES: &str = "authorities.json";

const VERSION: u32 = 1;

/// The Secret's bytes by their names.
pub(crate) type Data = BTreeMap<String, Vec<u8>>;

/// What the Secret says.
pub(crate) enum Stored {
    /// Nothing of ours: another's Secret, or one that was made empty for us.
    Empty,
    /// What cannot be used, and why.
    Damaged(String),
    /// A state; `flaw` is what had to be left out of it.
    Whole {
        state: Box<State>,
        flaw: Option<String>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authorities {
    version: u32,
    names: Vec<String>,
    current: Signing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Signing>,
    #[serde(default)]
    retired: Vec<Trusted>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signing {
    name: String,
    certificate: String,
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    leaves_until: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Trusted {
    certificate: String,
    until: Timestamp,
}

impl Drop for Signing {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl Stored {
    /// Reads the Secret's data. No fault shows any of it.
    pub(crate) fn read(data: &Data) -> Self {
        let Some(bytes) = data.get(AUTHORITIES).filter(|bytes| !bytes.is_empty()) else {
            return Self::Empty;
        };
        let authorities: Authorities = match serde_json::from_slice(bytes) {
            Ok(authorities) => authorities,
            Err(error) => {
                let at = (error.line(), error.column());
                return Self::Damaged(format!(
                    "`{AUTHORITIES}` cannot be read: line {}, column {}",
                    at.0, at.1
                ));
            }
        };
        if authorities.version != VERSION {
            let found = authorities.version;
            return Self::Damaged(format!("`{AUTHORITIES}` has version {found}"));
        }
        match Self::of(authorities, data) {
            Ok(whole) => whole,
            Err(fault) => Self::Damaged(format!("the CA in `{AUTHORITIES}`: {fault}")),
        }
    }

    fn of(authorities: Authorities, data: &Data) -> Result<Self, MintFault> {
        let current = authority(&authorities.current)?;
        let mut flaw = None;
        let next = match authorities.next.as_ref().map(authority).transpose() {
            Ok(next) => next,
            Err(fault) => {
                flaw = Some(format!("the next CA in `{AUTHORITIES}`: {fault}"));
                None
            }
        };
        let retired = authorities.retired.into_iter();
        let retired = retired
            .filter(|old| !certificates(old.certificate.as_bytes()).is_empty())
            .map(|old| Retired {
                certificate: old.certificate,
                until: old.until,
            })
            .collect();
        let mut state = State {
            current,
            leaf: None,
            next,
            retired,
        };
        match leaf(data, authorities.names, &state) {
            Ok(leaf) => state.leaf = Some(leaf),
            Err(fault) => flaw = Some(fault),
        }
        Ok(Self::Whole {
            state: Box::new(state),
            flaw,
        })
    }
}

/// The Secret's data for a state.
pub(crate) fn data(state: &State) -> Result<Data, serde_json::Error> {
    let mut data = Data::new();
    let (certificate, key, names) = match &state.leaf {
        Some(leaf) => (
            leaf.certificate.clone(),
            leaf.key.expose().clone(),
            leaf.names.clone(),
        ),
        None => (String::new(), String::new(), Vec::new()),
    };
    let authorities = Authorities {
        version: VERSION,
        names,
        current: signing(&state.current),
        next: state.next.as_ref().map(signing),
        retired: state
            .retired
            .iter()
            .map(|old| Trusted {
                certificate: old.certificate.clone(),
                until: old.until,
            })
            .collect(),
    };
    data.insert(CERTIFICATE.to_owned(), certificate.into_bytes());
    data.insert(KEY.to_owned(), key.into_bytes());
    data.insert(BUNDLE.to_owned(), state.bundle().into_bytes());
    data.insert(AUTHORITIES.to_owned(), serde_json::to_vec(&authorities)?);
    Ok(data)
}

fn authority(stored: &Signing) -> Result<Authority, MintFault> {
    Authority::of_pem(
        stored.name.clone(),
        stored.certificate.clone(),
        Secret::new(stored.key.clone()),
        stored.leaves_until.unwrap_or(Timestamp::MIN),
    )
}

fn signing(authority: &Authority) -> Signing {
    let leaves_until = authority.leaves_until;
    Signing {
        name: authority.name.clone(),
        certificate: authority.certificate.clone(),
        key: authority.key.expose().clone(),
        leaves_until: (leaves_until != Timestamp::MIN).then_some(leaves_until),
    }
}

fn leaf(data: &Data, names: Vec<String>, state: &State) -> Result<Leaf, String> {
    let text = |name: &str| {
        let bytes = data.get(name).cloned().unwrap_or_default();
        String::from_utf8(bytes).map_err(|_| format!("`{name}` is no text"))
    };
    let (certificate, key) = (text(CERTIFICATE)?, Secret::new(text(KEY)?));
    let leaf = Leaf::of_pem(certificate, key, names)
        .map_err(|fault| format!("`{CERTIFICATE}` and `{KEY}`: {fault}"))?;
    let is_ours = trusts(state.bundle().as_bytes(), &leaf.pair);
    if !is_ours {
        return Err(format!("`{CERTIFICATE}` is of no CA of ours"));
    }
    match leaf.pair.missing_name(&leaf.names) {
        Some(name) => Err(format!("`{CERTIFICATE}` is not for `{name}`")),
        None => Ok(leaf),
    }
}
