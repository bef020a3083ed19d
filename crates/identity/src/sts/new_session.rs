//! Opens sessions: AssumeRole… ends here.

use base::{AccessKeyId, EntropyExt, Fault, IdKind, Timestamp};
use engine::{Call, Federation, SessionPolicy};
use shapes::sts::{AssumedRoleUser, Credentials};

use super::sealed_session::{self, Binding, MAX_TOKEN_CHARS, SessionId};
use super::session_claims::{FederationClaims, SessionClaims, SessionKind, Unpackable};
use super::session_tags::SessionTags;
use super::target_role::TargetRole;
use crate::iam::rows::RoleRow;

/// `DurationSeconds` when the caller names none, whatever the role's maximum (STS API).
const DEFAULT_DURATION_SECS: i64 = 3_600;
/// The most that a session may give the next one in a chain.
const MAX_CHAINED_SECS: i64 = 3_600;

/// A session about to be opened.
pub(crate) struct NewSession<'a> {
    pub(crate) role: &'a RoleRow,
    pub(crate) target: &'a TargetRole,
    pub(crate) session_name: &'a str,
    /// From [`duration`].
    pub(crate) duration_secs: i64,
    pub(crate) federation: Option<&'a Federation>,
    pub(crate) source_identity: Option<&'a str>,
    pub(crate) tags: &'a SessionTags,
    pub(crate) chain_depth: u8,
    pub(crate) policy: Option<SessionPolicy>,
    /// `MinimumSessionTokenSize`.
    pub(crate) min_token_chars: i64,
}

/// An open session, in the shapes of the answer.
pub(crate) struct Opened {
    pub(crate) credentials: Credentials,
    pub(crate) user: AssumedRoleUser,
    /// Characters of the token.
    pub(crate) token_size: i64,
    /// Per cent of the longest token; what `PackedPolicySize` tells too, since 2026.
    pub(crate) utilization: i64,
}

/// Whether the caller of AssumeRole… is a session itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chaining {
    /// A user, or a web identity.
    First,
    /// A session.
    Chained,
}

/// How long the session may last. Too long is refused, never cut.
pub(crate) fn duration(
    requested: Option<i64>,
    role: &RoleRow,
    chaining: Chaining,
) -> Result<i64, Fault> {
    let seconds = requested.unwrap_or(DEFAULT_DURATION_SECS);
    let refuse = |text| Err(Fault::bad_request("ValidationError", text));
    if chaining == Chaining::Chained && seconds > MAX_CHAINED_SECS {
        return refuse(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed \
             by role chaining.",
        );
    }
    if seconds > i64::from(role.max_session_duration_secs) {
        return refuse(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        );
    }
    Ok(seconds)
}

impl NewSession<'_> {
    /// Seals the token. Writes nothing: the token is the session (THREATS R1–R5).
    pub(crate) fn open(self, call: &Call) -> Result<Opened, Fault> {
        let key = call
            .server
            .ring
            .sealing(call.now)
            .map_err(|fault| Fault::unavailable(fault.to_string()))?;
        let account = self.target.account;
        let access_key_id = AccessKeyId::draw(IdKind::SessionKey, account, &call.entropy);
        let session_id = SessionId(call.entropy.bytes());
        let binding = Binding {
            installation: call.server.seal.installation(),
            access_key_id: &access_key_id,
            account,
        };
        let expires_at_secs = call.now.as_second() + self.duration_secs;
        let expiration = Timestamp::from_second(expires_at_secs)
            .map_err(|_| Fault::internal("the session would end after the end of time"))?;
        let token =
            sealed_session::seal(&key, session_id, binding, self.pack(call, expires_at_secs)?)?;
        let token_size = i64::try_from(token.len()).unwrap_or(i64::MAX);
        Ok(Opened {
            utilization: percent(token.len()),
            token_size,
            user: self.user(),
            credentials: Credentials {
                secret_access_key: Some(sealed_session::secret(&key, session_id, binding)),
                access_key_id: Some(access_key_id.to_string()),
                session_token: Some(token),
                expiration: Some(expiration),
            },
        })
    }

    fn pack(&self, call: &Call, expires_at_secs: i64) -> Result<Vec<u8>, Fault> {
        let claims = SessionClaims {
            kind: SessionKind::Role,
            role_id: self.role.id.clone(),
            epoch: self.role.session_epoch,
            issued_at_millis: call.now.as_millisecond(),
            expires_at_secs,
            session_name: self.session_name.to_owned(),
            chain_depth: self.chain_depth,
            federation: self.federation.map(|known| FederationClaims {
                issuer: known.issuer.clone(),
                subject: known.subject.clone(),
                audience: known.audience.clone(),
                amr: known.amr.clone(),
            }),
            source_identity: self.source_identity.map(str::to_owned),
            tags: self.tags.all(),
            transitive_tag_keys: self.tags.transitive(),
            policy: self.policy.clone(),
        };
        let min_chars = usize::try_from(self.min_token_chars).unwrap_or_default();
        let plaintext = claims
            .pack(sealed_session::plaintext_bytes(min_chars))
            .map_err(|fault| match fault {
                Unpackable::TooLong { json_bytes } => {
                    self.too_large(sealed_session::token_chars(json_bytes))
                }
                Unpackable::NoJson => Fault::internal(fault.to_string()),
            })?;
        let chars = sealed_session::token_chars(plaintext.len());
        if chars > MAX_TOKEN_CHARS {
            Err(self.too_large(chars))
        } else {
            Ok(plaintext)
        }
    }

    fn too_large(&self, chars: usize) -> Fault {
        let percent = percent(chars);
        let text = if self.policy.is_some() {
            format!(
                "Packed policy consumes {percent}% of allotted space, please use smaller policy."
            )
        } else {
            format!("Packed size of session tags consumes {percent}% of allotted space.")
        };
        Fault::bad_request("PackedPolicyTooLarge", text)
    }

    fn user(&self) -> AssumedRoleUser {
        let (partition, account) = (self.target.arn.partition(), self.target.account);
        let (role, session) = (&self.role.name, self.session_name);
        AssumedRoleUser {
            assumed_role_id: Some(format!("{}:{session}", self.role.id)),
            arn: Some(format!(
                "arn:{partition}:sts::{account}:assumed-role/{role}/{session}"
            )),
        }
    }
}

/// Rounded up, so that only what does not fit is more than 100.
fn percent(chars: usize) -> i64 {
    let percent = chars.saturating_mul(100).div_ceil(MAX_TOKEN_CHARS);
    i64::try_from(percent).unwrap_or(i64::MAX)
}
