//! What a look-up asks for.

use std::borrow::Cow;

use base::RequestId;

use crate::{Entry, EventId, Outcome, TokenFacts, UserIdentity};

/// The value of [`Facet::Denied`] under which [`Attribute::Refused`] finds its entries.
const TURNED_AWAY: &str = "refused";

/// One condition of a look-up; values are compared exactly. The first eight are those of
/// `LookupEvents`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// The event's id.
    EventId(EventId),
    /// The operation.
    EventName(String),
    /// Whether the operation changes nothing.
    ReadOnly(bool),
    /// A user's name, a session's name, a web identity's subject.
    Username(String),
    /// The type of any of the event's resources.
    ResourceType(String),
    /// The name or ARN of any of the event's resources.
    ResourceName(String),
    /// E.g. `sts.amazonaws.com`.
    EventSource(String),
    /// The key that signed.
    AccessKeyId(String),
    /// The id that the client got.
    RequestId(RequestId),
    /// `NS/SA` of the web identity token.
    ServiceAccount(String),
    /// `NS/POD` of the web identity token, or `POD` in any namespace.
    Pod(String),
    /// Name or ARN of the role that was asked for or whose session called.
    Role(String),
    /// How the call ended.
    Outcome(Outcome),
    /// Whether the caller was turned away: a denied call, or one that failed for the bearer of a
    /// verified web identity token, whatever AWS calls that.
    Refused,
}

impl Attribute {
    /// Whether an entry meets the condition.
    pub fn matches(&self, entry: &Entry) -> bool {
        match self {
            Self::EventId(id) => entry.id() == *id,
            Self::ReadOnly(wanted) => entry.record().read_only == *wanted,
            Self::Outcome(wanted) => entry.side().outcome == *wanted,
            Self::Refused => is_refused(entry),
            Self::EventName(_)
            | Self::Username(_)
            | Self::ResourceType(_)
            | Self::ResourceName(_)
            | Self::EventSource(_)
            | Self::AccessKeyId(_)
            | Self::RequestId(_)
            | Self::ServiceAccount(_)
            | Self::Pod(_)
            | Self::Role(_) => self.term().is_some_and(|(facet, value)| {
                facet.values(entry).iter().any(|found| found == value)
            }),
        }
    }

    /// Where the index lists the entries that meet the condition, if it does.
    pub(crate) fn term(&self) -> Option<(Facet, &str)> {
        match self {
            Self::EventName(value) => Some((Facet::EventName, value)),
            Self::ReadOnly(false) => Some((Facet::Writes, "")),
            Self::Username(value) => Some((Facet::Username, value)),
            Self::ResourceType(value) => Some((Facet::ResourceType, value)),
            Self::ResourceName(value) => Some((Facet::ResourceName, value)),
            Self::EventSource(value) => Some((Facet::EventSource, value)),
            Self::AccessKeyId(value) => Some((Facet::AccessKeyId, value)),
            Self::RequestId(value) => Some((Facet::RequestId, value.as_str())),
            Self::ServiceAccount(value) => Some((Facet::ServiceAccount, value)),
            Self::Pod(value) => Some((Facet::Pod, value)),
            Self::Role(value) => Some((Facet::Role, value)),
            Self::Outcome(Outcome::Denied) => Some((Facet::Denied, "")),
            Self::Refused => Some((Facet::Denied, TURNED_AWAY)),
            Self::EventId(_)
            | Self::ReadOnly(true)
            | Self::Outcome(Outcome::Allowed | Outcome::Failed) => None,
        }
    }
}

/// What the index lists entries by, the most selective first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Facet {
    RequestId,
    AccessKeyId,
    /// The access key of a session that opened another session.
    Opener,
    /// The access key of the session that was opened.
    Minted,
    Pod,
    ServiceAccount,
    ResourceName,
    Username,
    Role,
    Denied,
    EventName,
    ResourceType,
    EventSource,
    Writes,
}

impl Facet {
    pub(crate) const ALL: [Self; 14] = [
        Self::RequestId,
        Self::AccessKeyId,
        Self::Opener,
        Self::Minted,
        Self::Pod,
        Self::ServiceAccount,
        Self::ResourceName,
        Self::Username,
        Self::Role,
        Self::Denied,
        Self::EventName,
        Self::ResourceType,
        Self::EventSource,
        Self::Writes,
    ];

    /// The name in the store's keys. INVARIANT: never changes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RequestId => "request",
            Self::AccessKeyId => "key",
            Self::Opener => "opener",
            Self::Minted => "minted",
            Self::Pod => "pod",
            Self::ServiceAccount => "account",
            Self::ResourceName => "resource",
            Self::Username => "user",
            Self::Role => "role",
            Self::Denied => "denied",
            Self::EventName => "event",
            Self::ResourceType => "type",
            Self::EventSource => "source",
            Self::Writes => "write",
        }
    }

    /// Over how many streams the values are spread. INVARIANT: never changes.
    pub(crate) fn buckets(self) -> u64 {
        match self {
            Self::RequestId | Self::AccessKeyId | Self::Minted => 64,
            Self::Opener
            | Self::Pod
            | Self::ServiceAccount
            | Self::ResourceName
            | Self::Username
            | Self::Role
            | Self::EventName => 16,
            Self::ResourceType | Self::EventSource => 4,
            Self::Denied | Self::Writes => 1,
        }
    }

    /// Whether few records share a value, even in a busy trail.
    pub(crate) fn is_rare(self) -> bool {
        match self {
            Self::RequestId | Self::AccessKeyId | Self::Opener | Self::Minted | Self::Pod => true,
            Self::ServiceAccount
            | Self::ResourceName
            | Self::Username
            | Self::Role
            | Self::Denied
            | Self::EventName
            | Self::ResourceType
            | Self::EventSource
            | Self::Writes => false,
        }
    }

    /// The values under which an entry is listed; perhaps one of them twice.
    pub(crate) fn values(self, entry: &Entry) -> Vec<Cow<'_, str>> {
        let record = entry.record();
        let side = entry.side();
        match self {
            Self::RequestId => vec![record.request_id.as_str().into()],
            Self::Opener if side.minted.is_none() => Vec::new(),
            Self::Minted => one(side.minted.as_ref().map(|it| it.access_key_id.as_str())),
            Self::AccessKeyId | Self::Opener => one(record.user_identity.access_key_id()),
            Self::Pod => side.token.as_ref().map(pods).unwrap_or_default(),
            Self::ServiceAccount => one(side
                .token
                .as_ref()
                .and_then(TokenFacts::service_account_path)),
            Self::ResourceName => {
                let own = record.resources.iter().map(|own| own.arn.as_str().into());
                let more = side.resources.iter().map(|more| more.name.as_str().into());
                own.chain(more).collect()
            }
            Self::ResourceType => {
                let own = record.resources.iter().map(|own| own.kind.as_str().into());
                let more = side.resources.iter().map(|more| more.kind.as_str().into());
                own.chain(more).collect()
            }
            Self::Username => one(record.user_identity.user_name()),
            Self::Role => roles(entry),
            Self::EventName => vec![record.event_name.as_str().into()],
            Self::EventSource => vec![record.event_source.as_str().into()],
            Self::Denied => match side.outcome {
                Outcome::Denied => vec!["".into(), TURNED_AWAY.into()],
                Outcome::Failed if is_refused(entry) => vec![TURNED_AWAY.into()],
                Outcome::Allowed | Outcome::Failed => Vec::new(),
            },
            Self::Writes if record.read_only => Vec::new(),
            Self::Writes => vec!["".into()],
        }
    }
}

fn is_refused(entry: &Entry) -> bool {
    match entry.side().outcome {
        Outcome::Denied => true,
        Outcome::Failed => matches!(
            entry.record().user_identity,
            UserIdentity::WebIdentityUser { .. }
        ),
        Outcome::Allowed => false,
    }
}

fn one<'a>(value: Option<impl Into<Cow<'a, str>>>) -> Vec<Cow<'a, str>> {
    value.into_iter().map(Into::into).collect()
}

/// The pod with its namespace, and alone: no name holds a slash.
fn pods(token: &TokenFacts) -> Vec<Cow<'_, str>> {
    let mut found = one(token.pod_path());
    found.extend(one(token.pod_name.as_deref()));
    found
}

/// Names and ARNs of the role that called and of the roles that the call was about.
fn roles(entry: &Entry) -> Vec<Cow<'_, str>> {
    let mut found = Vec::new();
    if let Some(issuer) = entry.record().user_identity.session_issuer() {
        found.push(issuer.arn.as_str().into());
        found.push(issuer.user_name.as_str().into());
    }
    let asked = entry.side().role.as_deref();
    let resources = entry.record().resources.iter();
    let named = resources.filter_map(|resource| {
        (resource.kind == "AWS::IAM::Role").then_some(resource.arn.as_str())
    });
    for role in asked.into_iter().chain(named) {
        found.push(role.into());
        if role.starts_with("arn:")
            && let Some((_, name)) = role.rsplit_once('/')
        {
            found.push(name.into());
        }
    }
    found
}
