//! On which terms pods of a namespace are admitted.

/// What the operator decided for one namespace and one entry of the webhook configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// What happens to a pod whose ServiceAccount cannot be read.
    pub on_failure: OnFailure,
    /// What happens to a pod that forges what we add.
    pub mode: Mode,
    /// What happens to a pod that wants to be left out, or some of its containers.
    pub exclusions: Exclusions,
    /// What happens to containers that are added to a running pod.
    pub ephemeral_containers: EphemeralContainers,
}

/// The failure policy of the entry through which a pod came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// The pod is admitted without identity, with a warning.
    #[default]
    Ignore,
    /// The pod is refused.
    Fail,
}

/// Whether a pod may bring its own of what we add.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As with AWS's webhook: what the pod brings stays; it is warned.
    #[default]
    Compatible,
    /// The pod is refused, and every container gets all of its identity.
    Enforced,
}

/// Whether a pod's own annotations and label leave containers out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exclusions {
    /// They do.
    #[default]
    Honoured,
    /// A pod that tries is refused.
    Refused,
}

/// Whether ephemeral containers get the identity of a pod that has one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EphemeralContainers {
    /// They get nothing.
    #[default]
    LeftAlone,
    /// They get what the other containers have.
    Included,
}

impl Terms {
    /// Those of a namespace that must keep working even where all others are strict: nothing is
    /// refused.
    pub(crate) fn lenient(self) -> Self {
        Self {
            ephemeral_containers: self.ephemeral_containers,
            ..Self::default()
        }
    }
}
