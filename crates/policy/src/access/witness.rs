//! Requests that prove what is said: made from points, then held against the evaluator.

use std::sync::Arc;

use base::AccountId;

use super::dimension::{Hope, Point, State, Value};
use super::language;
use crate::context::Context;
use crate::document::{Document, Leniency, PolicyKind};
use crate::evaluate::decide;
use crate::request::{Attached, Caller, CallerKind, Layers, Request, ResourceGate, ResourcePolicy};
use crate::statement::Version;

/// A request.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Who asks. For policies that name nobody: some user.
    pub caller: Caller,
    /// `service:name`, in lower case unless AWS has an action of this name.
    pub action: String,
    /// An ARN, or `*`.
    pub resource: String,
    /// The owner of the resource.
    pub resource_account: AccountId,
    /// The condition keys that matter.
    pub context: Context,
}

/// An account that no policy is expected to name, so that an owner is not the caller.
const OWNER: u64 = 1;

/// An account for callers that policies do not name.
const ACCOUNT: u64 = 123_456_789_012;

/// The request that holds these points. `None` where one is not known how to write down.
pub(super) fn made_of(points: &[&Point], version: Version) -> Option<Witness> {
    let mut witness = Witness {
        caller: someone()?,
        action: String::new(),
        resource: "*".to_owned(),
        resource_account: AccountId::from_number(ACCOUNT)?,
        context: Context::new(),
    };
    for point in points {
        match &point.value {
            Value::Caller(None) | Value::Key(_, State::Absent) => {}
            Value::Caller(Some(caller)) => {
                witness.caller = caller.clone();
                witness.resource_account = AccountId::from_number(OWNER)?;
            }
            Value::Action(action) => witness.action = spelled(action),
            Value::Resource(resource) => witness.resource.clone_from(resource),
            Value::Key(key, State::One(value)) => witness.context.set(key, value.clone()),
            Value::Key(key, State::Many(values)) => {
                witness.context.set_many(key, values.clone());
            }
            Value::Unknown => return None,
        }
    }
    let hopes = points.iter().flat_map(|point| &point.hopes);
    for hope in hopes {
        fulfil(hope, version, &mut witness.context);
    }
    Some(witness)
}

/// Gives variables the values that make the text fit, as far as one look can tell.
fn fulfil(hope: &Hope, version: Version, context: &mut Context) {
    let names = language::variables(&hope.pattern, version);
    for name in names {
        if context.get(&name).is_some() {
            continue;
        }
        let known = |other: &str| {
            let entry = context.get(other)?;
            entry.single().map(str::to_owned)
        };
        let value = if hope.fits {
            part_of(hope, &name, version, &known)
        } else {
            None
        };
        if let Some(value) = value {
            context.set(&name, value);
        }
    }
}

/// The part of the text that stands where the variable does.
fn part_of(
    hope: &Hope,
    name: &str,
    version: Version,
    known: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let filled = |value: &str| {
        language::filled(&hope.pattern, version, &|other| {
            if other == name {
                Some(value.to_owned())
            } else {
                known(other)
            }
        })
    };
    let parts = (0..=hope.text.len()).rev().flat_map(|start| {
        (start..=hope.text.len()).filter_map(move |end| hope.text.get(start..end))
    });
    let mut parts = parts.take(MAX_PARTS);
    let fits = |part: &&str| {
        let Some(pattern) = filled(part) else {
            return false;
        };
        crate::glob::matches(&crate::glob::tokens(&pattern), &hope.text)
    };
    parts.find(fits).map(str::to_owned)
}

/// How many parts of a text are tried.
const MAX_PARTS: usize = 4_096;

fn someone() -> Option<Caller> {
    let account = AccountId::from_number(ACCOUNT)?;
    let arn = format!("arn:aws:iam::{account}:user/someone");
    Some(Caller {
        kind: CallerKind::User,
        account: Some(account),
        arn: arn.clone(),
        principal_arn: Some(arn),
        unique_id: Some("AIDASOMEONESOMEONE000".to_owned()),
    })
}

/// As AWS spells it, when AWS has it.
fn spelled(action: &str) -> String {
    crate::reference::action(action).map_or_else(|| action.to_owned(), |known| known.to_string())
}

impl Witness {
    /// Whether the policies, attached together where their kind is attached, allow the request. What
    /// the other side must grant is granted.
    pub fn is_allowed_by(&self, documents: &[&Document]) -> bool {
        let request = Request {
            caller: &self.caller,
            action: &self.action,
            resource: &self.resource,
            resource_account: self.resource_account,
            context: &self.context,
        };
        let layers = match documents.first().map(|document| document.kind()) {
            None => return false,
            Some(PolicyKind::Identity | PolicyKind::Session | PolicyKind::ServiceControl) => {
                Layers {
                    identity: documents
                        .iter()
                        .map(|document| attached(document))
                        .collect(),
                    ..Layers::default()
                }
            }
            Some(kind) => {
                let [document] = documents else {
                    return false;
                };
                Layers {
                    identity: administrator().iter().map(attached).collect(),
                    resource: Some(ResourcePolicy {
                        attached: attached(document),
                        gate: super::caller::gate(kind).unwrap_or(ResourceGate::Ordinary),
                    }),
                    ..Layers::default()
                }
            }
        };
        decide(&request, &layers).is_allowed()
    }
}

fn attached(document: &Document) -> Attached {
    Attached {
        name: "policy".to_owned(),
        arn: None,
        document: Some(Arc::new(document.clone())),
    }
}

/// Everything, also the actions that only their prefix grants.
fn administrator() -> Option<Document> {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["*","irsa:*"],"Resource":"*"}}"#;
    Document::parse(text, PolicyKind::Identity, Leniency::Storage).ok()
}
