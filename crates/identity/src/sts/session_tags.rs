//! Session tags: what may be asked for, what a chain hands on, what overrides what
//! (IAM User Guide, "Pass session tags in AWS STS"). Keys that differ in case are one key.

use base::Fault;
use engine::SessionPrincipal;

/// How a tag key must not start.
const RESERVED: &str = "aws:";

/// The tags of a new session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionTags {
    /// Those that the caller asks for.
    pub(crate) requested: Vec<(String, String)>,
    /// Keys of requested ones that are to be handed on.
    pub(crate) requested_transitive: Vec<String>,
    /// Those that the caller's own session hands on.
    pub(crate) inherited: Vec<(String, String)>,
}

impl SessionTags {
    /// Checks what is asked for against itself and against what is inherited.
    pub(crate) fn requested(
        requested: Vec<(String, String)>,
        transitive: Vec<String>,
        caller: Option<&SessionPrincipal>,
    ) -> Result<Self, Fault> {
        check_distinct(&requested)?;
        if let Some((key, _)) = requested.iter().find(|(key, _)| is_reserved(key)) {
            return Err(invalid(&format!(
                "The tag key {key} is not allowed: aws: is reserved."
            )));
        }
        if !transitive.iter().all(|key| holds(&requested, key)) {
            return Err(invalid(
                "The specified transitive tag key must be included in the requested tags.",
            ));
        }
        let inherited = caller.map(inherited).unwrap_or_default();
        if requested.iter().any(|(key, _)| holds(&inherited, key)) {
            return Err(invalid(
                "One of the specified transitive tag keys can't be set because it conflicts \
                 with a transitive tag key from the calling session.",
            ));
        }
        Ok(Self {
            requested,
            requested_transitive: transitive,
            inherited,
        })
    }

    /// Whether the session gets any: then `sts:TagSession` is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.requested.is_empty() && self.inherited.is_empty()
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<(String, String)> {
        self.inherited
            .iter()
            .chain(&self.requested)
            .cloned()
            .collect()
    }

    /// Keys of all that the new session hands on, spelled as the tags are.
    pub(crate) fn transitive(&self) -> Vec<String> {
        let asked = self.requested.iter().filter(|(key, _)| {
            self.requested_transitive
                .iter()
                .any(|wanted| same_key(wanted, key))
        });
        self.inherited
            .iter()
            .chain(asked)
            .map(|(key, _)| key.clone())
            .collect()
    }
}

/// The role's tags, those of the session in their place where the keys are equal.
pub(crate) fn overridden(
    role: Vec<(String, String)>,
    session: &[(String, String)],
) -> Vec<(String, String)> {
    let mut tags: Vec<_> = role
        .into_iter()
        .filter(|(key, _)| !holds(session, key))
        .collect();
    tags.extend_from_slice(session);
    tags
}

/// What a session hands on to the next.
fn inherited(session: &SessionPrincipal) -> Vec<(String, String)> {
    session
        .tags
        .iter()
        .filter(|(key, _)| {
            session
                .transitive_tag_keys
                .iter()
                .any(|kept| same_key(kept, key))
        })
        .cloned()
        .collect()
}

fn check_distinct(tags: &[(String, String)]) -> Result<(), Fault> {
    let mut keys: Vec<_> = tags.iter().map(|(key, _)| key.to_lowercase()).collect();
    keys.sort();
    keys.dedup();
    if keys.len() == tags.len() {
        return Ok(());
    }
    Err(invalid(
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ))
}

fn is_reserved(key: &str) -> bool {
    key.to_lowercase().starts_with(RESERVED)
}

fn holds(tags: &[(String, String)], key: &str) -> bool {
    tags.iter().any(|(known, _)| same_key(known, key))
}

fn same_key(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn invalid(text: &str) -> Fault {
    Fault::bad_request("InvalidParameterValue", text)
}
