//! The signing key: derived from the secret for one day, region and service.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base::Secret;
use zeroize::Zeroizing;

use crate::credential::TERMINATOR;

/// Signs and verifies for one day, region and service. It may be cached, and must never be
/// returned, logged, stored or explained (THREATS R12); wiped when dropped.
#[derive(Clone)]
pub struct SigningKey(Secret<[u8; 32]>);

impl SigningKey {
    /// Four HMACs: day (`YYYYMMDD`), region, service, terminator.
    pub fn derive(secret: &Secret<String>, date: &str, region: &str, service: &str) -> Self {
        let first = Zeroizing::new(format!("AWS4{}", secret.expose()));
        let day = hmac(first.as_bytes(), date.as_bytes());
        let region = hmac(day.expose(), region.as_bytes());
        let service = hmac(region.expose(), service.as_bytes());
        Self(hmac(service.expose(), TERMINATOR.as_bytes()))
    }

    pub(crate) fn sign(&self, string_to_sign: &[u8]) -> Secret<[u8; 32]> {
        hmac(self.0.expose(), string_to_sign)
    }

    /// In constant time.
    pub(crate) fn verifies(&self, string_to_sign: &[u8], signature: &[u8; 32]) -> bool {
        verify_slices_are_equal(self.sign(string_to_sign).expose(), signature).is_ok()
    }
}

/// A secret nobody has, as long as a real one: with it a request of an unknown key costs the same
/// HMACs (THREATS R11). Whoever verifies with it must refuse whatever comes out;
/// [`Presented::refuse_unknown`](crate::Presented::refuse_unknown) does.
pub fn dummy_secret() -> Secret<String> {
    Secret::new("0000000000000000000000000000000000000000".to_owned())
}

fn hmac(key: &[u8], data: &[u8]) -> Secret<[u8; 32]> {
    let tag = sign(&Key::new(HMAC_SHA256, key), data);
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    Secret::new(bytes)
}
