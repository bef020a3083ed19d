//! What an operation tells the audit record.

use base::AccessKeyId;
use serde_json::Value as Json;

/// Beyond what follows from the shapes.
#[derive(Clone, Debug, Default)]
pub struct AuditFacts {
    /// `requestParameters`.
    pub request: Shown,
    /// `responseElements`.
    pub response: Shown,
    /// The resources that the call touched.
    pub resources: Vec<audit::Resource>,
    /// More resources by which LookupEvents finds the call; not part of the record.
    pub names: Vec<audit::ResourceName>,
    /// `additionalEventData`.
    pub additional: Option<Json>,
    /// The access key that the call handed out: joins later calls to this one.
    pub minted: Option<MintedSession>,
    /// The role that the call asked for, by ARN, when the caller is not a session of it.
    pub role: Option<String>,
}

/// A session that a call opened.
#[derive(Clone, Debug)]
pub struct MintedSession {
    /// `ASIA…`.
    pub access_key_id: AccessKeyId,
    /// The session's id.
    pub session_id: String,
}

/// How input or output is shown.
#[derive(Clone, Debug, Default)]
pub enum Shown {
    /// As the shapes say: lower-camel names, sensitive members left out. Outputs of reading
    /// operations are not shown, as on AWS.
    #[default]
    ByShape,
    /// `null`.
    Nothing,
    /// Exactly this.
    As(Json),
}
