//! `Action` and `NotAction`.

use super::fingerprint;
use super::glob::Glob;
use super::question::{Action, ActionParts};
use crate::action::{OwnActions, is_own};
use crate::statement::Scope;

/// What a statement says of actions.
#[derive(Clone, Debug)]
pub(super) struct Actions {
    negated: bool,
    /// It covers our own actions only where it spells their prefix.
    spells_own: bool,
    patterns: Box<[ActionPattern]>,
}

/// One pattern, in lower case; those that can fit no action are left out.
#[derive(Clone, Debug)]
pub(super) struct ActionPattern {
    service: Service,
    name: Glob,
    is_own: bool,
}

#[derive(Clone, Debug)]
enum Service {
    /// `*` alone, which fits even text without a colon.
    Everything,
    /// `*:Name`
    Any,
    Named(Box<str>),
}

/// By what a pattern is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ActionKey {
    /// One action: service and name.
    Action(u64),
    /// Some actions of a service.
    Service(u64),
    /// Any service's.
    All,
}

impl Actions {
    pub(super) fn new(scope: &Scope<String>, own: OwnActions) -> Self {
        let patterns = scope.items().iter();
        Self {
            negated: matches!(scope, Scope::NotIn(_)),
            spells_own: own == OwnActions::Spelled,
            patterns: patterns
                .filter_map(|text| ActionPattern::new(text))
                .collect(),
        }
    }

    /// The patterns by which the statement is found; `None` when it must be looked at always.
    pub(super) fn listed(&self) -> Option<&[ActionPattern]> {
        (!self.negated).then_some(&self.patterns)
    }

    /// Whether the pattern at this place covers the action.
    pub(super) fn covered_by(&self, place: usize, action: &Action<'_>) -> bool {
        let pattern = self.patterns.get(place);
        pattern.is_some_and(|pattern| {
            (pattern.is_own || !self.spells_own || !action.is_own) && pattern.matches(action)
        })
    }

    /// Whether `NotAction` leaves the action out of its list.
    pub(super) fn leaves_out(&self, action: &Action<'_>) -> bool {
        if self.spells_own && action.is_own {
            return false;
        }
        !self.patterns.iter().any(|pattern| pattern.matches(action))
    }
}

impl ActionPattern {
    fn new(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self {
                service: Service::Everything,
                name: Glob::Any,
                is_own: false,
            });
        }
        let (service, name) = text.split_once(':')?;
        Some(Self {
            service: match service {
                "*" => Service::Any,
                named => Service::Named(named.to_ascii_lowercase().into()),
            },
            name: Glob::written(&name.to_ascii_lowercase()),
            is_own: is_own(text),
        })
    }

    pub(super) fn key(&self) -> ActionKey {
        match (&self.service, self.name.exact()) {
            (Service::Everything | Service::Any, _) => ActionKey::All,
            (Service::Named(service), None) => ActionKey::Service(fingerprint::of(service)),
            (Service::Named(service), Some(name)) => {
                ActionKey::Action(ActionParts::new(service, name).fingerprint)
            }
        }
    }

    fn matches(&self, action: &Action<'_>) -> bool {
        let service = match &self.service {
            Service::Everything => return true,
            Service::Any => None,
            Service::Named(service) => Some(service),
        };
        let Some(parts) = action.parts else {
            return false;
        };
        service.is_none_or(|service| **service == *parts.service)
            && self.name.matches_written(parts.name)
    }
}
