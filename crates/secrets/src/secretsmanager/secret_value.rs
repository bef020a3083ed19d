//! The value of one version: as it is given, and sealed.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base::{AccountId, Fault, Region, Secret};
use engine::seal::{Aad, Domain, Sealed};
use engine::{Call, Row};
use serde::{Deserialize, Serialize};
use store::Key;

use super::refusal;

/// A value has at most so many bytes ("AWS Secrets Manager quotas").
const MAX_VALUE_BYTES: usize = 65_536;

/// A value as a request gives it.
#[derive(Clone, Copy)]
pub(super) struct Plaintext<'a> {
    kind: Kind,
    bytes: &'a [u8],
}

/// Which member holds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// SecretString.
    String,
    /// SecretBinary.
    Binary,
}

/// An opened value; one member of the two is there.
#[derive(Default)]
pub(super) struct Opened {
    pub(super) string: Option<Secret<String>>,
    pub(super) binary: Option<Secret<Vec<u8>>>,
}

/// A sealed value.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct ValueRow {
    kind: Kind,
    sealed_by: SealedBy,
    envelope: Sealed,
}

/// What holds the key of a sealed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SealedBy {
    /// The installation's root key.
    Installation,
}

impl Row for ValueRow {
    const TABLE: &'static str = "secret-value";
}

/// The one place where a sealed value opens.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) account: AccountId,
    pub(super) region: &'a Region,
    pub(super) arn: &'a str,
    pub(super) version_id: &'a str,
}

impl<'a> Plaintext<'a> {
    /// The value of a request; `None` when it gives none.
    pub(super) fn of(
        string: Option<&'a Secret<String>>,
        binary: Option<&'a Secret<Vec<u8>>>,
    ) -> Result<Option<Self>, Fault> {
        let (kind, bytes, member) = match (string, binary) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => return Err(refusal::two_values()),
            (Some(text), None) => (Kind::String, text.expose().as_bytes(), "secretString"),
            (None, Some(bytes)) => (Kind::Binary, bytes.expose().as_slice(), "secretBinary"),
        };
        if bytes.len() > MAX_VALUE_BYTES {
            return Err(too_long(member));
        }
        Ok(Some(Self { kind, bytes }))
    }
}

/// The shapes count characters, the quota bytes.
fn too_long(member: &str) -> Fault {
    let text = format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member \
         must have length less than or equal to {MAX_VALUE_BYTES}"
    );
    Fault::bad_request("ValidationException", text)
}

impl ValueRow {
    /// Seals a value for one place.
    pub(super) fn seal(place: Place<'_>, value: Plaintext<'_>, call: &Call) -> Result<Self, Fault> {
        let envelope =
            call.server
                .seal
                .seal(Domain::Secrets, place.aad(), value.bytes, &call.entropy)?;
        Ok(Self {
            kind: value.kind,
            sealed_by: SealedBy::Installation,
            envelope,
        })
    }

    /// The value, if it was sealed for this place.
    pub(super) fn open(&self, place: Place<'_>, call: &Call) -> Result<Opened, Fault> {
        let bytes = self.bytes(place, call)?;
        match self.kind {
            Kind::Binary => Ok(Opened {
                binary: Some(bytes),
                ..Opened::default()
            }),
            Kind::String => {
                let text = String::from_utf8(bytes.expose().clone())
                    .map_err(|_| Fault::internal("a sealed SecretString is not UTF-8"))?;
                Ok(Opened {
                    string: Some(Secret::new(text)),
                    ..Opened::default()
                })
            }
        }
    }

    /// Whether it seals exactly this value; takes as long whatever differs.
    pub(super) fn holds(
        &self,
        value: Plaintext<'_>,
        place: Place<'_>,
        call: &Call,
    ) -> Result<bool, Fault> {
        let bytes = self.bytes(place, call)?;
        let same = verify_slices_are_equal(bytes.expose(), value.bytes).is_ok();
        Ok(same && self.kind == value.kind)
    }

    fn bytes(&self, place: Place<'_>, call: &Call) -> Result<Secret<Vec<u8>>, Fault> {
        match self.sealed_by {
            SealedBy::Installation => {
                call.server
                    .seal
                    .open(Domain::Secrets, place.aad(), &self.envelope)
            }
        }
    }
}

impl Place<'_> {
    /// Where the row lies.
    pub(super) fn key(&self) -> Key {
        Key::account(self.account, self.region.as_str(), ValueRow::TABLE)
            .text(self.arn)
            .text(self.version_id)
            .build()
    }

    fn aad(&self) -> Aad<'_> {
        Aad {
            table: ValueRow::TABLE,
            id: self.arn,
            object_version: self.version_id,
            account: Some(self.account),
            region: self.region.as_str(),
        }
    }
}
