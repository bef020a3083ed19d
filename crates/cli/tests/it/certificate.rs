//! Certificates for a server on 127.0.0.1, each signed by itself.

use std::path::Path;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const SEQUENCE: u8 = 0x30;
const ECDSA_WITH_SHA256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const COMMON_NAME: &[u8] = &[0x06, 3, 0x55, 4, 3];
const SUBJECT_ALT_NAME: &[u8] = &[0x06, 3, 0x55, 0x1d, 0x11];

/// Writes a fresh certificate and its key, both PEM (RFC 5280 §4.1).
pub(crate) fn write_certificate(certificate: &Path, key: &Path) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let tbs = to_be_signed(&pair);
    let signature = pair.sign(&SystemRandom::new(), &tbs).unwrap();
    let mut bits = vec![0];
    bits.extend_from_slice(signature.as_ref());
    let der = der(
        SEQUENCE,
        &[
            &tbs,
            &der(SEQUENCE, &[ECDSA_WITH_SHA256]),
            &der(0x03, &[&bits]),
        ],
    );
    std::fs::write(certificate, pem("CERTIFICATE", &der)).unwrap();
    let secret = pair.to_pkcs8v1().unwrap();
    std::fs::write(key, pem("PRIVATE KEY", secret.as_ref())).unwrap();
}

fn to_be_signed(pair: &EcdsaKeyPair) -> Vec<u8> {
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let name = der(
        SEQUENCE,
        &[&der(
            0x31,
            &[&der(SEQUENCE, &[COMMON_NAME, &der(0x0c, &[b"irsa"])])],
        )],
    );
    let validity = der(
        SEQUENCE,
        &[
            &der(0x17, &[b"250101000000Z"]),
            &der(0x17, &[b"491231235959Z"]),
        ],
    );
    let address = der(SEQUENCE, &[&der(0x87, &[&[127, 0, 0, 1]])]);
    let extension = der(SEQUENCE, &[SUBJECT_ALT_NAME, &der(0x04, &[&address])]);
    der(
        SEQUENCE,
        &[
            &der(0xa0, &[&der(0x02, &[&[2]])]),
            &der(0x02, &[&[1]]),
            &der(SEQUENCE, &[ECDSA_WITH_SHA256]),
            &name,
            &validity,
            &name,
            public.as_ref(),
            &der(0xa3, &[&der(SEQUENCE, &[&extension])]),
        ],
    )
}

/// Tag, length and the parts one after the other.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let mut encoded = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => encoded.push(short),
        Ok(one) => encoded.extend([0x81, one]),
        Err(_) => {
            encoded.push(0x82);
            encoded.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    encoded.extend(content);
    encoded
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}
