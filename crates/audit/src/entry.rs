//! What is stored of one call: the record that AWS would show and, beside it, what AWS does not.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::asked::{self, Asked, Recollection};
use crate::limits::{
    MAX_ADDITIONAL_DATA_BYTES, MAX_ERROR_TEXT_BYTES, MAX_EXPLANATION_BYTES,
    MAX_INTERNAL_MESSAGE_BYTES, MAX_NAME_BYTES, MAX_PARAMETERS_BYTES, MAX_RESOURCES,
    MAX_USER_AGENT_BYTES, cut, omit,
};
use crate::record::whole_second;
use crate::scrub::{scrub, scrub_text};
use crate::{EventId, Record, UserIdentity};

/// The first byte of every stored entry.
const ENCODING: u8 = 1;

/// One stored call. There is no other way to make one than [`Entry::new`], which keeps secrets and
/// whatever is too large out.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    record: Record,
    side: Side,
}

/// What stands beside the record; never part of what `LookupEvents` answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// How the call ended.
    pub outcome: Outcome,
    /// The session that made the call.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session_id: Option<String>,
    /// The session that the call opened; later calls join on its key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minted: Option<Minted>,
    /// What the verified web identity token said (THREATS R50).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<TokenFacts>,
    /// The decision with its reasons, as `policy` serialises it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub explanation: Option<Value>,
    /// What only the operator reads.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub internal: Option<String>,
    /// More names by which `LookupEvents` finds the call, beside the record's resources.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub resources: Vec<ResourceName>,
    /// The role that the call asked for, by name or ARN, when the caller is not a session of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<String>,
    /// How many identical refusals this record stands for beyond itself (THREATS R48).
    #[serde(skip_serializing_if = "is_zero", default)]
    pub folded_count: u64,
    /// What the call asked for; `None` in records of before it was kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub asked: Option<Asked>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Side {
    /// Nothing but how the call ended.
    pub fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            session_id: None,
            minted: None,
            token: None,
            explanation: None,
            internal: None,
            resources: Vec::new(),
            role: None,
            folded_count: 0,
            asked: None,
        }
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// It was permitted and done.
    Allowed,
    /// The caller is known and may not do this.
    Denied,
    /// It was permitted, or needed no permission, and went wrong all the same.
    Failed,
}

/// A session that a call opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minted {
    /// `ASIA…`.
    pub access_key_id: String,
    /// The session's id.
    pub session_id: String,
}

/// What a verified web identity token said of the pod that holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenFacts {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `kubernetes.io/namespace`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub namespace: Option<String>,
    /// `kubernetes.io/serviceaccount/name`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub service_account: Option<String>,
    /// `kubernetes.io/pod/name`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pod_name: Option<String>,
    /// `kubernetes.io/pod/uid`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pod_uid: Option<String>,
    /// `kubernetes.io/node/name`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub node_name: Option<String>,
    /// `kubernetes.io/node/uid`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub node_uid: Option<String>,
    /// `jti`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token_id: Option<String>,
}

impl TokenFacts {
    /// `NS/SA`: from the Kubernetes claims, else from the subject.
    pub fn service_account_path(&self) -> Option<String> {
        if let (Some(namespace), Some(name)) = (&self.namespace, &self.service_account) {
            return Some(format!("{namespace}/{name}"));
        }
        let path = self.subject.strip_prefix("system:serviceaccount:")?;
        let (namespace, name) = path.split_once(':')?;
        Some(format!("{namespace}/{name}"))
    }

    /// `NS/POD`.
    pub fn pod_path(&self) -> Option<String> {
        let pod = self.pod_name.as_ref()?;
        let namespace = self.namespace.as_ref()?;
        Some(format!("{namespace}/{pod}"))
    }

    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let optional = [
            &mut self.namespace,
            &mut self.service_account,
            &mut self.pod_name,
            &mut self.pod_uid,
            &mut self.node_name,
            &mut self.node_uid,
            &mut self.token_id,
        ];
        [&mut self.issuer, &mut self.subject]
            .into_iter()
            .chain(optional.into_iter().flatten())
    }
}

/// A resource as `LookupEvents` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceName {
    /// E.g. `AWS::IAM::Role`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A name or an ARN.
    pub name: String,
}

/// Why stored bytes are no entry.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A newer version wrote them, or something else did.
    #[error("the audit entry has an unknown encoding")]
    UnknownEncoding,
    /// They are damaged.
    #[error("the audit entry is damaged")]
    Damaged(#[source] serde_json::Error),
}

#[derive(Serialize)]
struct Stored<'a> {
    record: &'a Record,
    side: &'a Side,
}

#[derive(Deserialize)]
struct Loaded {
    record: Record,
    side: Side,
}

impl Entry {
    /// Takes what is to be stored: hides secrets, cuts texts and omits what is too large.
    pub fn new(mut record: Record, mut side: Side) -> Self {
        tidy_record(&mut record);
        tidy_side(&mut side);
        Self { record, side }
    }

    /// What AWS would show.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// What stands beside it.
    pub fn side(&self) -> &Side {
        &self.side
    }

    /// The event's id.
    pub fn id(&self) -> EventId {
        self.record.event_id
    }

    /// What the call asked for.
    pub fn recollection(&self) -> Recollection {
        asked::recollection(&self.record, &self.side)
    }

    /// The entry taken apart.
    pub fn into_parts(self) -> (Record, Side) {
        (self.record, self.side)
    }

    /// Every resource as `LookupEvents` lists it: the record's own, then the side's.
    pub fn resources(&self) -> Vec<ResourceName> {
        let own = self.record.resources.iter().map(|resource| ResourceName {
            kind: resource.kind.clone(),
            name: resource.arn.clone(),
        });
        own.chain(self.side.resources.iter().cloned()).collect()
    }

    /// The bytes to store: a version byte, then JSON.
    pub fn encode(&self) -> Vec<u8> {
        let stored = Stored {
            record: &self.record,
            side: &self.side,
        };
        let mut bytes = vec![ENCODING];
        // Writing JSON of string-keyed maps into memory cannot fail.
        bytes.extend(serde_json::to_vec(&stored).unwrap_or_default());
        bytes
    }

    /// Reads what [`Entry::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let Some((&ENCODING, json)) = bytes.split_first() else {
            return Err(DecodeError::UnknownEncoding);
        };
        let loaded: Loaded = serde_json::from_slice(json).map_err(DecodeError::Damaged)?;
        Ok(Self {
            record: loaded.record,
            side: loaded.side,
        })
    }
}

fn tidy_record(record: &mut Record) {
    // WHY: what is read back must equal what was stored.
    record.event_time = whole_second(record.event_time);
    if let UserIdentity::AssumedRole {
        session_context, ..
    } = &mut record.user_identity
    {
        let attributes = &mut session_context.attributes;
        attributes.creation_date = whole_second(attributes.creation_date);
    }
    cut(&mut record.user_agent, MAX_USER_AGENT_BYTES);
    scrub_text(&mut record.user_agent);
    for text in [&mut record.error_code, &mut record.error_message]
        .into_iter()
        .flatten()
    {
        scrub_text(text);
        cut(text, MAX_ERROR_TEXT_BYTES);
    }
    for (value, name, max) in [
        (
            &mut record.request_parameters,
            "requestParameters",
            MAX_PARAMETERS_BYTES,
        ),
        (
            &mut record.response_elements,
            "responseElements",
            MAX_PARAMETERS_BYTES,
        ),
        (
            &mut record.additional_event_data,
            "additionalEventData",
            MAX_ADDITIONAL_DATA_BYTES,
        ),
    ] {
        tidy_document(value, name, max);
    }
    record.resources.truncate(MAX_RESOURCES);
}

fn tidy_side(side: &mut Side) {
    tidy_document(&mut side.explanation, "explanation", MAX_EXPLANATION_BYTES);
    if let Some(internal) = &mut side.internal {
        scrub_text(internal);
        cut(internal, MAX_INTERNAL_MESSAGE_BYTES);
    }
    side.resources.truncate(MAX_RESOURCES);
    for resource in &mut side.resources {
        cut(&mut resource.name, MAX_NAME_BYTES);
    }
    for text in side.token.iter_mut().flat_map(TokenFacts::texts) {
        cut(text, MAX_NAME_BYTES);
    }
    // WHY: after the explanation, which says in part what was asked for.
    if let Some(asked) = &mut side.asked {
        asked.tidy(side.explanation.as_ref());
    }
}

fn tidy_document(document: &mut Option<Value>, name: &str, max: usize) {
    if let Some(value) = document {
        scrub(value);
        omit(value, name, max);
    }
}
