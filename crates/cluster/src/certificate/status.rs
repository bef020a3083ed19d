//! What is said of the certificate to readiness and metrics.

use base::Timestamp;

/// How it stands with what is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What keeps the API server from trusting us, for a person to read; `None`: nothing does.
    pub obstacle: Option<String>,
    /// When the certificate that is served ends; `None`: there is none yet.
    pub not_after: Option<Timestamp>,
    /// When the CA that signed it ends; `None`: another keeps that.
    pub authority_not_after: Option<Timestamp>,
}

impl Status {
    /// Whether calls from the API server can succeed.
    pub fn is_ready(&self) -> bool {
        self.obstacle.is_none()
    }

    pub(crate) fn starting() -> Self {
        Self {
            obstacle: Some("there is no certificate yet".to_owned()),
            not_after: None,
            authority_not_after: None,
        }
    }
}
