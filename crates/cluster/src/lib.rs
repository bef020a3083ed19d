//! The Kubernetes half of the chain: what gives pods their identity.

mod api_server;
mod ask_error;
pub mod certificate;
mod connection;
mod credentials_secret;
mod discovery;
pub mod pod_identity;
mod service_account;
pub mod signer;
mod token_request;
mod token_review;
pub mod webhook;
mod webhook_installation;

pub use api_server::{ApiServer, ApiServerAt, ApiServerError, Credential};
pub use ask_error::AskError;
pub use connection::{Connection, ConnectionError, Target};
pub use credentials_secret::{Credentials, CredentialsSecret, CredentialsSecretFault, Held};
pub use discovery::{DiscoveryError, TokenIssuer, discover};
pub use service_account::{AccountState, Accounts, AnnotationChanges};
pub use token_request::{BoundPod, ServiceAccountToken, TokenWanted, request_token};
pub use token_review::{NoAnswer, TokenReviewClients, TokenReviewStatus};
pub use webhook_installation::{
    AuthorityFault, EndpointAuthority, InstallError, WebhookInstallation, WebhookSettings,
};
