//! What becomes of a pod, and why.

use super::annotation::Finding;
use super::identity::{Identity, Lookup};
use super::malformed::Malformed;
use super::mutation::Mutation;
use super::patch::Patch;
use super::pod::{Container, Pod};
use super::settings::{Settings, Validation};
use super::spoof::Spoof;
use super::terms::{EphemeralContainers, Exclusions, Mode, OnFailure, Terms};

/// What becomes of a pod, and why: for the answer, the log, the counter and Events.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Whether the pod comes in.
    pub verdict: Verdict,
    /// Why, in one word.
    pub reason: Reason,
    /// What is added; nothing to a pod that is refused or has it all.
    pub patch: Patch,
    /// What its author should know: why it is refused, or else warnings.
    pub problems: Vec<Problem>,
    /// The role that the pod gets, where one is known.
    pub role_arn: Option<String>,
}

/// Whether a pod comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Allowed,
    /// It does not.
    Refused,
}

/// Why, as a label of metrics and an audit annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The identity was added.
    Injected,
    /// It was there already.
    Complete,
    /// The ServiceAccount has no role.
    NoRole,
    /// Not a new pod, nor new ephemeral containers.
    NotAPod,
    /// The pod only shows what a kubelet runs from a file.
    MirrorPod,
    /// The pod's label leaves it out.
    OptedOut,
    /// Ephemeral containers, and the namespace leaves them alone or the pod has no token.
    Ephemeral,
    /// The ServiceAccount could not be read.
    UnknownServiceAccount,
    /// The pod wants to be left out, and may not.
    Exclusion,
    /// The pod brings what only we may add.
    Spoof,
    /// Annotations do not do what their author means.
    Invalid,
    /// The object is no pod.
    Malformed,
}

/// Something that the author of a pod should know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// An annotation.
    #[error(transparent)]
    Finding(#[from] Finding),
    /// A field that takes the place of ours.
    #[error(transparent)]
    Spoof(#[from] Spoof),
    /// A field that has no shape.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A field that leaves containers out where that is not allowed.
    #[error("{0}: this namespace lets no pod go without its identity")]
    Exclusion(String),
    /// A mount of the token in an ephemeral container.
    #[error("{0}: ephemeral containers get no token in this namespace")]
    Ephemeral(String),
    /// The ServiceAccount could not be read.
    #[error("service account `{name}`: {cause}; its pods get no identity")]
    UnknownServiceAccount {
        /// `NAMESPACE/NAME`
        name: String,
        /// Why.
        cause: String,
    },
    /// The review is about something else.
    #[error("only pods get an identity: {0}")]
    NotAPod(String),
}

impl Reason {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 12] = [
        Self::Injected,
        Self::Complete,
        Self::NoRole,
        Self::NotAPod,
        Self::MirrorPod,
        Self::OptedOut,
        Self::Ephemeral,
        Self::UnknownServiceAccount,
        Self::Exclusion,
        Self::Spoof,
        Self::Invalid,
        Self::Malformed,
    ];

    /// In lower case with underscores.
    pub fn label(self) -> &'static str {
        match self {
            Self::Injected => "injected",
            Self::Complete => "complete",
            Self::NoRole => "no_role",
            Self::NotAPod => "not_a_pod",
            Self::MirrorPod => "mirror_pod",
            Self::OptedOut => "opted_out",
            Self::Ephemeral => "ephemeral",
            Self::UnknownServiceAccount => "unknown_service_account",
            Self::Exclusion => "exclusion",
            Self::Spoof => "spoof",
            Self::Invalid => "invalid",
            Self::Malformed => "malformed",
        }
    }
}

impl Decision {
    pub(crate) fn unchanged(reason: Reason, problems: Vec<Problem>) -> Self {
        Self {
            verdict: Verdict::Allowed,
            reason,
            patch: Patch::default(),
            problems,
            role_arn: None,
        }
    }

    pub(crate) fn refused(reason: Reason, problems: Vec<Problem>) -> Self {
        Self {
            verdict: Verdict::Refused,
            ..Self::unchanged(reason, problems)
        }
    }
}

/// A pod, and what is decided about all pods like it.
pub(crate) struct Case<'a> {
    pub(crate) pod: &'a Pod<'a>,
    pub(crate) stage: Stage<'a>,
    /// `NAMESPACE/NAME`
    pub(crate) service_account: String,
    pub(crate) settings: &'a Settings,
    pub(crate) terms: Terms,
}

/// In which state the pod is.
pub(crate) enum Stage<'a> {
    /// It is being created.
    New,
    /// It runs, and these ephemeral containers are being added.
    Running(Vec<Container<'a>>),
}

impl Case<'_> {
    pub(crate) fn decide(
        &self,
        lookup: &Lookup,
        validation: Validation,
        earlier: impl FnOnce(i64) -> i64,
    ) -> Decision {
        // WHY: annotations and labels of a running pod can change; ephemeral containers must not
        // evade their checks by them, nor need old pods go without a debugger.
        let is_new = matches!(self.stage, Stage::New);
        if is_new && self.terms.exclusions == Exclusions::Honoured && self.pod.opts_out() {
            return Decision::unchanged(Reason::OptedOut, Vec::new());
        }
        match lookup {
            Lookup::Found(identity) => self.with_identity(identity, validation, earlier),
            Lookup::NoRole(findings) => self.validated(findings, validation, |warnings| {
                Decision::unchanged(Reason::NoRole, warnings)
            }),
            Lookup::Unknown(cause) => {
                let problems = vec![Problem::UnknownServiceAccount {
                    name: self.service_account.clone(),
                    cause: cause.clone(),
                }];
                match self.terms.on_failure {
                    OnFailure::Ignore => {
                        Decision::unchanged(Reason::UnknownServiceAccount, problems)
                    }
                    OnFailure::Fail => Decision::refused(Reason::UnknownServiceAccount, problems),
                }
            }
        }
    }

    fn with_identity(
        &self,
        identity: &Identity,
        validation: Validation,
        earlier: impl FnOnce(i64) -> i64,
    ) -> Decision {
        let exclusions = self.pod.exclusions(&self.settings.annotation_prefix);
        let is_new = matches!(self.stage, Stage::New);
        if is_new && self.terms.exclusions == Exclusions::Refused && !exclusions.is_empty() {
            let problems = exclusions.into_iter().map(Problem::Exclusion);
            return Decision::refused(Reason::Exclusion, problems.collect());
        }
        let mutation = Mutation::new(self.pod, identity, self.settings, self.terms.mode, earlier);
        self.validated(&identity.findings, validation, |warnings| {
            let mut decision = match &self.stage {
                Stage::New => self.new_pod(&mutation, validation, warnings),
                Stage::Running(new) => self.ephemeral(&mutation, new, validation, warnings),
            };
            decision.role_arn = identity.role_arn().map(str::to_owned);
            decision
        })
    }

    fn new_pod(
        &self,
        mutation: &Mutation,
        validation: Validation,
        warnings: Vec<Problem>,
    ) -> Decision {
        self.guarded(
            mutation.spoofs(self.pod),
            validation,
            warnings,
            |warnings| {
                let patch = mutation.patch(self.pod);
                let reason = if patch.is_empty() {
                    Reason::Complete
                } else {
                    Reason::Injected
                };
                Decision {
                    patch,
                    ..Decision::unchanged(reason, warnings)
                }
            },
        )
    }

    fn ephemeral(
        &self,
        mutation: &Mutation,
        new: &[Container<'_>],
        validation: Validation,
        warnings: Vec<Problem>,
    ) -> Decision {
        let spoofs = mutation.spoofs_of_ephemeral(self.pod, new);
        let mounts = mutation.token_mounts(new);
        match (self.terms.ephemeral_containers, self.terms.mode) {
            (EphemeralContainers::LeftAlone, Mode::Compatible) => {
                Decision::unchanged(Reason::Ephemeral, warnings)
            }
            (EphemeralContainers::LeftAlone, Mode::Enforced) if !mounts.is_empty() => {
                let problems = mounts.into_iter().map(Problem::Ephemeral);
                Decision::refused(Reason::Spoof, problems.collect())
            }
            (EphemeralContainers::LeftAlone, Mode::Enforced) => {
                self.guarded(spoofs, validation, warnings, |warnings| {
                    Decision::unchanged(Reason::Ephemeral, warnings)
                })
            }
            (EphemeralContainers::Included, Mode::Compatible | Mode::Enforced) => {
                self.guarded(spoofs, validation, warnings, |warnings| {
                    let patch = mutation.patch_of_ephemeral(self.pod, &self.not_left_out(new));
                    let reason = if patch.is_empty() {
                        Reason::Ephemeral
                    } else {
                        Reason::Injected
                    };
                    Decision {
                        patch,
                        ..Decision::unchanged(reason, warnings)
                    }
                })
            }
        }
    }

    fn not_left_out<'c>(&self, new: &[Container<'c>]) -> Vec<Container<'c>> {
        let mut kept = new.to_vec();
        match self.terms.exclusions {
            Exclusions::Honoured => kept.retain(|container| !self.pod.leaves_out(container)),
            Exclusions::Refused => {}
        }
        kept
    }

    /// Refuses for annotations, where so configured; else they become warnings.
    fn validated(
        &self,
        findings: &[Finding],
        validation: Validation,
        then: impl FnOnce(Vec<Problem>) -> Decision,
    ) -> Decision {
        let findings = findings.iter().chain(&self.pod.findings).cloned();
        let problems: Vec<Problem> = findings.map(Problem::Finding).collect();
        match validation {
            Validation::Refuse if !problems.is_empty() => {
                Decision::refused(Reason::Invalid, problems)
            }
            Validation::Refuse | Validation::Warn => then(problems),
        }
    }

    /// Refuses for what the pod brings, where so configured; else it becomes warnings. Variables
    /// that are not known yet are refused only by strict validation.
    fn guarded(
        &self,
        spoofs: Vec<Spoof>,
        validation: Validation,
        mut warnings: Vec<Problem>,
        then: impl FnOnce(Vec<Problem>) -> Decision,
    ) -> Decision {
        let (unsure, sure): (Vec<_>, Vec<_>) = spoofs
            .into_iter()
            .partition(|spoof| matches!(spoof, Spoof::EnvFrom { .. }));
        let (refused, warned) = match (self.terms.mode, validation) {
            // WHY: AWS's webhook does not look at envFrom, and many pods have it.
            (Mode::Compatible, _) => (Vec::new(), sure),
            (Mode::Enforced, Validation::Warn) => (sure, unsure),
            (Mode::Enforced, Validation::Refuse) => ([sure, unsure].concat(), Vec::new()),
        };
        if !refused.is_empty() {
            let problems = refused.into_iter().map(Problem::Spoof);
            return Decision::refused(Reason::Spoof, problems.collect());
        }
        warnings.extend(warned.into_iter().map(Problem::Spoof));
        then(warnings)
    }
}
