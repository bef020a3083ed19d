//! The API server's external JWT signer (KEP-740): keys that never leave their host.
//!
//! [`Signer`] makes the keys, keeps them sealed in a [`StateDirectory`], walks the safe order of a
//! rotation ([`Rotation`]: publish, wait, sign, wait, withdraw) and answers the three calls of
//! `ExternalJWTSigner`. [`serve`] puts it on a [`Socket`]; [`keep_rotating`] drives it. Public
//! halves leave through [`Publication`] alone (THREATS R63).

mod claims;
mod directory_entry;
mod external_signer;
mod protocol;
mod publication;
mod rotation;
mod sealing;
mod service;
mod socket;
mod state;

#[cfg(test)]
#[expect(
    clippy::duration_suboptimal_units,
    reason = "tokens and waits are counted in seconds"
)]
mod tests;

pub use claims::RefusedClaims;
pub use external_signer::{
    FirstKey, Parts, Refusal, Settings, SettingsFault, Signed, Signer, SignerFault, keep_rotating,
};
pub use publication::{
    Asked, PublicKey, Publication, PublicationFault, Published, PublishedKey, PublishedSet,
    Standing, WithdrawnKey,
};
pub use rotation::{Beside, KeyProgress, Rotation, RotationFault, Stage, Waits};
pub use sealing::{SealingFault, SealingKey};
pub use service::serve;
pub use socket::{Socket, SocketFault};
pub use state::{StateDirectory, StateFault, Status, request_rotation, status};
