//! One statement beside one request.

use crate::action;
use crate::condition::{self, Setting};
use crate::document::Document;
use crate::principal::{self, Audience, Naming};
use crate::request::Request;
use crate::resource;
use crate::statement::Statement;

/// The first part of a statement that does not fit, or that all do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Applies(Naming),
    OtherAction,
    OtherResource,
    OtherPrincipal,
    /// The first condition that does not hold, by its place.
    ConditionFails(usize),
}

/// Where the statement stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) document: &'a Document,
    /// How principals match; none where policies have no principals.
    pub(crate) gate: Option<Audience>,
}

pub(crate) fn outcome(statement: &Statement, place: Place<'_>, request: &Request<'_>) -> Outcome {
    let setting = setting(statement, place, request);
    let kind = place.document.kind();
    if !action::covers_in(kind, statement, request.action) {
        return Outcome::OtherAction;
    }
    if !resource::covers(statement, request.resource, kind, setting) {
        return Outcome::OtherResource;
    }
    let Some(naming) = principal::naming(statement, request.caller, place.gate) else {
        return Outcome::OtherPrincipal;
    };
    let failing = statement
        .conditions
        .iter()
        .position(|condition| !condition::holds(condition, setting));
    failing.map_or(Outcome::Applies(naming), Outcome::ConditionFails)
}

pub(crate) fn setting<'a>(
    statement: &Statement,
    place: Place<'_>,
    request: &Request<'a>,
) -> Setting<'a> {
    Setting {
        version: place.document.version(),
        leniency: place.document.leniency(),
        effect: statement.effect,
        context: request.context,
    }
}
