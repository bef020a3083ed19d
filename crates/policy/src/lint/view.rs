//! A document as the checks read it: what is well-formed, each piece with its place.

use super::LintKind;
use super::place::{Item, Place, each, each_text};
use crate::action;
use crate::condition::Operator;
use crate::json::Json;
use crate::statement::Effect;

/// A document.
#[derive(Debug)]
pub(super) struct Paper<'a> {
    pub(super) text: &'a str,
    pub(super) kind: LintKind,
    /// Whether `${…}` is a variable.
    pub(super) has_variables: bool,
    pub(super) statements: Vec<StatementView<'a>>,
}

/// A statement.
#[derive(Debug)]
pub(super) struct StatementView<'a> {
    pub(super) json: &'a Json,
    pub(super) place: Place,
    /// `None` when it is neither.
    pub(super) effect: Option<Effect>,
    pub(super) actions: Listed<'a>,
    pub(super) resources: Listed<'a>,
    pub(super) principals: Vec<PrincipalView<'a>>,
    /// Whether they stand in `NotPrincipal`.
    pub(super) not_principal: Option<Place>,
    pub(super) conditions: Vec<ConditionView<'a>>,
}

/// An element or its negation.
#[derive(Debug)]
pub(super) enum Listed<'a> {
    /// Neither is there.
    Absent,
    /// `Action`, `Resource`
    In(Vec<Item<'a>>),
    /// `NotAction`, `NotResource`
    NotIn(Place, Vec<Item<'a>>),
}

/// One principal.
#[derive(Debug)]
pub(super) struct PrincipalView<'a> {
    pub(super) kind: PrincipalKind,
    pub(super) item: Item<'a>,
}

/// The kind of a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PrincipalKind {
    /// The bare `"*"`.
    Star,
    Aws,
    Federated,
    Service,
    CanonicalUser,
    Unknown,
}

/// One key under one operator.
#[derive(Debug)]
pub(super) struct ConditionView<'a> {
    pub(super) operator_text: &'a str,
    pub(super) operator: Option<Operator>,
    pub(super) operator_place: Place,
    pub(super) key: &'a str,
    pub(super) key_place: Place,
    pub(super) values: Vec<(String, Place)>,
}

impl<'a> Paper<'a> {
    pub(super) fn new(text: &'a str, json: &'a Json, kind: LintKind) -> Self {
        let place = Place::document(json);
        let statements = json.member("Statement").map_or_else(Vec::new, |listed| {
            each(listed, &place.value("Statement", listed))
        });
        let version = json.member("Version").and_then(Json::as_str);
        Self {
            text,
            kind,
            has_variables: version == Some("2012-10-17"),
            statements: statements
                .into_iter()
                .filter(|(json, _)| json.as_object().is_some())
                .map(|(json, place)| StatementView::new(text, json, place))
                .collect(),
        }
    }
}

impl<'a> StatementView<'a> {
    fn new(text: &'a str, json: &'a Json, place: Place) -> Self {
        let is = |word: &str| {
            let effect = json.member("Effect").and_then(Json::as_str);
            effect.is_some_and(|effect| effect.eq_ignore_ascii_case(word))
        };
        // In wrong case it is refused, and told; what was meant is clear.
        let effect = match (is("Allow"), is("Deny")) {
            (true, _) => Some(Effect::Allow),
            (false, true) => Some(Effect::Deny),
            (false, false) => None,
        };
        let not_principal = json
            .member("NotPrincipal")
            .map(|listed| place.key("NotPrincipal", listed, text));
        Self {
            json,
            effect,
            actions: Listed::new(json, &place, "Action", "NotAction"),
            resources: Listed::new(json, &place, "Resource", "NotResource"),
            principals: principals(json, &place),
            not_principal,
            conditions: conditions(text, json, &place),
            place,
        }
    }

    pub(super) fn allows(&self) -> bool {
        self.effect == Some(Effect::Allow)
    }

    /// The actions of `Action`.
    pub(super) fn listed_actions(&self) -> &[Item<'a>] {
        self.actions.listed()
    }

    /// Whether `Action` or `NotAction` covers an action.
    pub(super) fn covers(&self, wanted: &str) -> bool {
        match &self.actions {
            Listed::Absent => false,
            Listed::In(items) => items.iter().any(|item| action::matches(item.text, wanted)),
            Listed::NotIn(_, items) => !items.iter().any(|item| action::matches(item.text, wanted)),
        }
    }

    /// The first condition on a key, whatever the operator.
    pub(super) fn condition_on(&self, key: &str) -> Option<&ConditionView<'a>> {
        let mut conditions = self.conditions.iter();
        conditions.find(|condition| condition.key.eq_ignore_ascii_case(key))
    }
}

impl<'a> Listed<'a> {
    fn new(json: &'a Json, place: &Place, name: &str, not_name: &str) -> Self {
        if let Some(listed) = json.member(name) {
            Self::In(each_text(listed, &place.value(name, listed)))
        } else if let Some(listed) = json.member(not_name) {
            let place = place.value(not_name, listed);
            let items = each_text(listed, &place);
            Self::NotIn(place, items)
        } else {
            Self::Absent
        }
    }

    /// What the element lists, unless it is negated.
    pub(super) fn listed(&self) -> &[Item<'a>] {
        match self {
            Self::In(items) => items,
            Self::NotIn(..) | Self::Absent => &[],
        }
    }

    /// What the element or its negation lists.
    pub(super) fn all(&self) -> &[Item<'a>] {
        match self {
            Self::In(items) | Self::NotIn(_, items) => items,
            Self::Absent => &[],
        }
    }
}

fn principals<'a>(json: &'a Json, place: &Place) -> Vec<PrincipalView<'a>> {
    let mut found = Vec::new();
    for name in ["Principal", "NotPrincipal"] {
        let Some(listed) = json.member(name) else {
            continue;
        };
        let place = place.value(name, listed);
        if let Some(text) = listed.as_str() {
            found.push(PrincipalView {
                kind: if text == "*" {
                    PrincipalKind::Star
                } else {
                    PrincipalKind::Unknown
                },
                item: Item { text, place },
            });
            continue;
        }
        for (kind, values) in listed.as_object().unwrap_or_default() {
            let items = each_text(values, &place.value(kind, values));
            found.extend(items.into_iter().map(|item| PrincipalView {
                kind: PrincipalKind::new(kind),
                item,
            }));
        }
    }
    found
}

impl PrincipalKind {
    pub(super) fn new(text: &str) -> Self {
        match text {
            "AWS" => Self::Aws,
            "Federated" => Self::Federated,
            "Service" => Self::Service,
            "CanonicalUser" => Self::CanonicalUser,
            _ => Self::Unknown,
        }
    }
}

fn conditions<'a>(text: &str, json: &'a Json, place: &Place) -> Vec<ConditionView<'a>> {
    let Some(block) = json.member("Condition") else {
        return Vec::new();
    };
    let place = place.value("Condition", block);
    let mut found = Vec::new();
    for (operator, keys) in block.as_object().unwrap_or_default() {
        let below = place.value(operator, keys);
        for (key, values) in keys.as_object().unwrap_or_default() {
            let values_place = below.value(key, values);
            found.push(ConditionView {
                operator_text: operator,
                operator: Operator::parse(operator),
                operator_place: place.key(operator, keys, text),
                key,
                key_place: below.key(key, values, text),
                values: each(values, &values_place)
                    .into_iter()
                    .filter_map(|(value, place)| Some((value.scalar_text()?, place)))
                    .collect(),
            });
        }
    }
    found
}
