//! Files with keys, as `--service-account-key-file` and its neighbours take them; and JWK sets.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RsaKeyPair,
};
use base::Secret;
use serde_json::Value;

use crate::{
    BadDocument, MAX_KEYS, PublicKey, PublicKeyFault, SigningFault, SigningKey, json, pem,
};

/// A file's content holds no keys that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileFault {
    /// Neither form.
    #[error("there is neither a PEM block nor a JWK set in it")]
    NoKeys,
    /// What `ssh-keygen` writes unless told otherwise; kube-apiserver does not read it either.
    #[error(
        "it is a private key in OpenSSH's own form; rewrite it in place with: \
         ssh-keygen -p -m pem -f FILE"
    )]
    OpenSshPrivate,
    /// `ssh-rsa …`.
    #[error(
        "it is a public key in OpenSSH's own form; write it as PEM with: \
             ssh-keygen -e -m PKCS8 -f FILE.pub"
    )]
    OpenSshPublic,
    /// A password would be needed.
    #[error("the private key is encrypted; give the public key instead, or decrypt it")]
    Encrypted,
    /// A block without its end, or whose content is not base64.
    #[error("the PEM block `{0}` is torn or damaged")]
    Torn(String),
    /// A block of another kind.
    #[error(
        "the PEM block `{0}` is no key; PUBLIC KEY, RSA PUBLIC KEY, PRIVATE KEY, \
             RSA PRIVATE KEY and EC PRIVATE KEY are taken"
    )]
    Label(String),
    /// A private key that the crypto library refuses.
    #[error(
        "the PEM block `{0}` is not an RSA (2048 to 4096 bits) or EC (P-256, P-384, P-521) key"
    )]
    Private(String),
    /// A public key that must not be used.
    #[error(transparent)]
    Public(#[from] PublicKeyFault),
    /// Whoever signs with this key calls it otherwise than kube-apiserver would, so its tokens
    /// would find no key of the name made here.
    #[error("the JWK set calls a key `{0}` that kube-apiserver would call `{1}`")]
    Named(String, String),
    /// Not a key set.
    #[error("the JWK set is unusable: {0}")]
    Set(#[from] BadDocument),
}

/// Every public key of a file, each once: PEM with public keys or private ones, of which the public
/// half is taken, or a JWK set. Keys are named as kube-apiserver names them.
///
/// # Errors
/// Why the file cannot be used; nothing of its content but labels is shown.
pub fn public_keys_of_file(content: &[u8]) -> Result<Vec<PublicKey>, KeyFileFault> {
    let text = std::str::from_utf8(content).map_err(|_| KeyFileFault::NoKeys)?;
    let keys = if text.trim_start().starts_with('{') {
        of_set(content)?
    } else {
        of_pem(text)?
    };
    let mut once: Vec<PublicKey> = Vec::new();
    for key in keys {
        if !once.contains(&key) {
            once.push(key);
        }
    }
    if once.is_empty() {
        return Err(KeyFileFault::NoKeys);
    }
    Ok(once)
}

/// The private key in PKCS #8 PEM, such as `--service-account-signing-key-file` takes.
///
/// # Errors
/// A failure of the crypto library.
pub fn private_key_pem(key: &SigningKey) -> Result<Secret<String>, SigningFault> {
    let der = key.to_pkcs8()?;
    Ok(Secret::new(pem::pem_block("PRIVATE KEY", der.expose())))
}

fn of_set(content: &[u8]) -> Result<Vec<PublicKey>, KeyFileFault> {
    let document = json::object(content).map_err(|error| BadDocument::Json(error.to_string()))?;
    let Some(Value::Array(keys)) = document.get("keys") else {
        return Err(BadDocument::Member("keys").into());
    };
    if keys.len() > MAX_KEYS {
        return Err(BadDocument::TooManyKeys(keys.len()).into());
    }
    keys.iter().map(of_jwk).collect()
}

/// An empty name is how the guide of AWS's webhook repeats its key, for tokens without a kid.
fn of_jwk(jwk: &Value) -> Result<PublicKey, KeyFileFault> {
    let key = PublicKey::from_jwk(jwk)?;
    match jwk.get("kid").and_then(Value::as_str) {
        Some(kid) if !kid.is_empty() && kid != key.kid() => {
            let kid = base::Escaped(kid).to_string();
            Err(KeyFileFault::Named(kid, key.kid().to_owned()))
        }
        Some(_) | None => Ok(key),
    }
}

fn of_pem(text: &str) -> Result<Vec<PublicKey>, KeyFileFault> {
    let ssh = ["ssh-rsa ", "ecdsa-sha2-", "ssh-ed25519 "];
    if text
        .lines()
        .any(|line| ssh.iter().any(|name| line.starts_with(name)))
    {
        return Err(KeyFileFault::OpenSshPublic);
    }
    let mut keys = Vec::new();
    for block in pem::blocks(text) {
        let der = block.der.as_deref();
        match block.label {
            // WHY: `openssl ecparam -genkey` writes the curve before the key.
            "EC PARAMETERS" => {}
            "OPENSSH PRIVATE KEY" => return Err(KeyFileFault::OpenSshPrivate),
            "ENCRYPTED PRIVATE KEY" => return Err(KeyFileFault::Encrypted),
            label => keys.push(of_block(label, der, text)?),
        }
    }
    Ok(keys)
}

fn of_block(label: &str, der: Option<&[u8]>, text: &str) -> Result<PublicKey, KeyFileFault> {
    let known = [
        "PUBLIC KEY",
        "RSA PUBLIC KEY",
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
    ];
    if !known.contains(&label) {
        return Err(KeyFileFault::Label(base::Escaped(label).to_string()));
    }
    let Some(der) = der else {
        let encrypted = text.contains("Proc-Type: 4,ENCRYPTED");
        return Err(if encrypted {
            KeyFileFault::Encrypted
        } else {
            KeyFileFault::Torn(label.to_owned())
        });
    };
    match label {
        "PUBLIC KEY" => Ok(PublicKey::from_der(der)?),
        "RSA PUBLIC KEY" => Ok(PublicKey::from_pkcs1(der)?),
        _ => {
            let public = public_half(der).ok_or_else(|| KeyFileFault::Private(label.to_owned()))?;
            Ok(PublicKey::from_der(&public)?)
        }
    }
}

/// SubjectPublicKeyInfo of a private key in PKCS #8, PKCS #1 or SEC 1.
fn public_half(der: &[u8]) -> Option<Vec<u8>> {
    if let Ok(pair) = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)) {
        return Some(pair.public_key().as_der().ok()?.as_ref().to_vec());
    }
    let curves = [
        &ECDSA_P256_SHA256_FIXED_SIGNING,
        &ECDSA_P384_SHA384_FIXED_SIGNING,
        &ECDSA_P521_SHA512_FIXED_SIGNING,
    ];
    let pair = curves.into_iter().find_map(|curve| {
        EcdsaKeyPair::from_pkcs8(curve, der)
            .or_else(|_| EcdsaKeyPair::from_private_key_der(curve, der))
            .ok()
    })?;
    Some(pair.public_key().as_der().ok()?.as_ref().to_vec())
}
