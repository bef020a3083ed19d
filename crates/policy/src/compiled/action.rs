//! `Action` and `NotAction`.

use std::fmt;

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
struct ActionPattern {
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
pub(super) enum ActionKey<'s> {
    /// One action.
    Action { service: &'s str, name: &'s str },
    /// Some actions of a service.
    Service(&'s str),
    /// Any service's.
    Other,
}

/// What of an action is known to fit, by how the pattern was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Action,
    Service,
    Nothing,
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

    /// By what the statement is found, and the place of the pattern that says so; none for
    /// `NotAction`.
    pub(super) fn keys(&self) -> impl Iterator<Item = (ActionKey<'_>, Option<u32>)> {
        let (patterns, exceptions) = if self.negated {
            (&[][..], Some((ActionKey::Other, None)))
        } else {
            (&*self.patterns, None)
        };
        let patterns = (0..).zip(patterns);
        let keys = patterns.map(|(place, pattern)| (pattern.key(), Some(place)));
        keys.chain(exceptions)
    }

    /// What the names begin with that the pattern at this place fits.
    pub(super) fn name_prefix(&self, place: u32) -> Option<&str> {
        let prefix = self.pattern(place)?.name.prefix();
        (!prefix.is_empty()).then_some(prefix)
    }

    /// Whether the action is covered by the pattern at this place, or by `NotAction`.
    pub(super) fn cover(&self, pattern: Option<u32>, known: Known, action: &Action<'_>) -> bool {
        let Some(place) = pattern else {
            return self.leave_out(action);
        };
        // A pattern that is found by our service spells its prefix.
        match known {
            Known::Action => true,
            Known::Service => self.pattern(place).is_some_and(|pattern| {
                let parts = action.parts;
                parts.is_some_and(|parts| pattern.name.matches_written(parts.name))
            }),
            Known::Nothing => self.pattern(place).is_some_and(|pattern| {
                (pattern.is_own || !self.spells_own || !action.is_own) && pattern.matches(action)
            }),
        }
    }

    fn pattern(&self, place: u32) -> Option<&ActionPattern> {
        self.patterns.get(place as usize)
    }

    /// Whether `NotAction` leaves the action out of its list.
    fn leave_out(&self, action: &Action<'_>) -> bool {
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

    fn key(&self) -> ActionKey<'_> {
        match (&self.service, self.name.exact()) {
            (Service::Everything | Service::Any, _) => ActionKey::Other,
            (Service::Named(service), None) => ActionKey::Service(service),
            (Service::Named(service), Some(name)) => ActionKey::Action { service, name },
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
        service.is_none_or(|service| service.as_bytes() == parts.service)
            && self.name.matches_written(parts.name)
    }
}

impl ActionKey<'_> {
    pub(super) fn fingerprint(&self) -> u64 {
        let (service, name) = match self {
            Self::Action { service, name } => (*service, *name),
            Self::Service(service) => (*service, ""),
            Self::Other => ("", ""),
        };
        let parts = ActionParts::new(service.as_bytes(), name.as_bytes());
        match self {
            Self::Action { .. } => parts.fingerprint,
            Self::Service(_) | Self::Other => parts.service_fingerprint,
        }
    }
}

/// As the action is spelled in lower case.
impl fmt::Display for ActionKey<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action { service, name } => write!(formatter, "{service}:{name}"),
            Self::Service(service) => formatter.write_str(service),
            Self::Other => Ok(()),
        }
    }
}
