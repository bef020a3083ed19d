//! Private keys at rest.
//!
//! The server's root key is not on this host, and the signer starts while the server is down: the
//! signer has a key of its own, in a file outside its state directory (a systemd credential, a
//! tmpfs, a TPM-backed file). A copy of the state directory alone gives nothing away.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base::{Entropy, EntropyExt, Secret};
use rustix::fs::{Mode, OFlags};

use super::directory_entry::sync_entry;

const KEY_BYTES: usize = 32;
/// The envelope's format; the first byte of every sealed key, for ever.
const FORMAT: u8 = 1;
const HEAD_BYTES: usize = 1 + NONCE_LEN;

/// Seals the private keys of a signer.
pub struct SealingKey(Secret<[u8; KEY_BYTES]>);

/// There is no sealing key, or something does not open under it.
#[derive(Debug, thiserror::Error)]
pub enum SealingFault {
    /// There is none.
    #[error("there is no sealing key at `{0}`")]
    Missing(PathBuf),
    /// There is one already.
    #[error("a sealing key is already at `{0}`")]
    Exists(PathBuf),
    /// Others may read it, or it is no plain file of ours with 32 bytes.
    #[error("the sealing key `{path}` {why}")]
    Unsafe {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Reading or writing failed.
    #[error("cannot use the sealing key `{path}`")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another sealing key, or the value was changed or moved.
    #[error("the private key does not open: another sealing key, or it was changed or moved")]
    Closed,
    /// The crypto library failed.
    #[error("the crypto library failed")]
    Library,
}

impl SealingKey {
    /// A key that stands in no file.
    pub fn draw(entropy: &dyn Entropy) -> Self {
        Self(Secret::new(entropy.bytes()))
    }

    /// Draws a key and writes its 32 bytes to a new file of mode 0600, there to stay when it returns:
    /// what is sealed with a key that a loss of power takes away is lost.
    ///
    /// # Errors
    /// There is a file already, or it cannot be written.
    pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Self, SealingFault> {
        let io = |source| SealingFault::Io {
            path: path.to_owned(),
            source,
        };
        let key = Self::draw(entropy);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR).map_err(|errno| {
            if errno == rustix::io::Errno::EXIST {
                SealingFault::Exists(path.to_owned())
            } else {
                io(errno.into())
            }
        })?;
        let mut file = std::fs::File::from(file);
        file.write_all(key.0.expose())
            .and_then(|()| file.sync_all())
            .and_then(|()| sync_entry(path))
            .map_err(io)?;
        Ok(key)
    }

    /// Reads a key: a plain file of ours, closed to everybody else.
    ///
    /// # Errors
    /// Why it is not used.
    pub fn read(path: &Path) -> Result<Self, SealingFault> {
        let refused = |why| SealingFault::Unsafe {
            path: path.to_owned(),
            why,
        };
        let io = |source| SealingFault::Io {
            path: path.to_owned(),
            source,
        };
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| match errno {
            rustix::io::Errno::NOENT => SealingFault::Missing(path.to_owned()),
            rustix::io::Errno::LOOP => refused("is a symbolic link"),
            errno => io(errno.into()),
        })?;
        let stat = rustix::fs::fstat(&file).map_err(|errno| io(errno.into()))?;
        if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file() {
            return Err(refused("is not a regular file"));
        }
        if stat.st_mode & 0o077 != 0 {
            return Err(refused("can be read by others: run `chmod 600` on it"));
        }
        if stat.st_uid != rustix::process::geteuid().as_raw() {
            return Err(refused("belongs to another user"));
        }
        let mut bytes = Vec::with_capacity(KEY_BYTES + 1);
        std::fs::File::from(file)
            .take(KEY_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        let bytes = Secret::new(bytes);
        let key = <[u8; KEY_BYTES]>::try_from(bytes.expose().as_slice())
            .map_err(|_| refused("does not hold exactly 32 bytes"))?;
        Ok(Self(Secret::new(key)))
    }

    /// Seals a value for one place: `format ‖ nonce ‖ ciphertext`.
    pub(super) fn seal(
        &self,
        place: &[&str],
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealingFault> {
        let nonce: [u8; NONCE_LEN] = entropy.bytes();
        let mut body = plaintext.to_vec();
        self.key()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(encoded(place)),
                &mut body,
            )
            .map_err(|_| SealingFault::Library)?;
        let mut sealed = Vec::with_capacity(HEAD_BYTES + body.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Opens what was sealed for the same place.
    pub(super) fn open(
        &self,
        place: &[&str],
        sealed: &[u8],
    ) -> Result<Secret<Vec<u8>>, SealingFault> {
        let (head, body) = sealed
            .split_at_checked(HEAD_BYTES)
            .ok_or(SealingFault::Closed)?;
        let Some((&FORMAT, nonce)) = head.split_first() else {
            return Err(SealingFault::Closed);
        };
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealingFault::Closed)?;
        let mut body = body.to_vec();
        let length = self
            .key()?
            .open_in_place(nonce, Aad::from(encoded(place)), &mut body)
            .map_err(|_| SealingFault::Closed)?
            .len();
        body.truncate(length);
        Ok(Secret::new(body))
    }

    fn key(&self) -> Result<LessSafeKey, SealingFault> {
        UnboundKey::new(&AES_256_GCM, self.0.expose())
            .map(LessSafeKey::new)
            .map_err(|_| SealingFault::Library)
    }
}

/// An injective encoding of several strings.
fn encoded(parts: &[&str]) -> Vec<u8> {
    let mut bytes = b"irsa signer v1".to_vec();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}
