//! Actions.

use std::fmt;

use super::condition_key::ConditionKey;
use super::resource_type::ResourceType;
use super::service::{self, Service};
use super::table::{self, SetNumber};
use crate::glob;

/// An action of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Action {
    id: ActionId,
    line: &'static str,
}

/// A small number for each action, dense from 0, the same in every run of one build. Those of one
/// service follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(u32);

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Looks at what there is.
    List,
    /// Looks at what is in it.
    Read,
    /// Changes tags.
    Tagging,
    /// Changes resources.
    Write,
    /// Changes who may do what.
    PermissionsManagement,
}

/// A resource type that an action takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedResource {
    /// Which.
    pub resource_type: ResourceType,
    /// Whether every request names one.
    pub is_required: bool,
    keys: SetNumber,
}

/// The action of this name, whatever its case: `s3:GetObject`. Patterns are no names.
pub fn action(text: &str) -> Option<Action> {
    let (prefix, name) = text.split_once(':')?;
    service::service(prefix)?.action(name)
}

/// All actions of all services, by id.
pub fn actions() -> impl Iterator<Item = Action> {
    (0..table::actions().actions.len()).filter_map(Action::at)
}

/// The actions that a pattern of `Action` covers, by id: `s3:Get*`, `*`, `*:List?`.
pub fn actions_matching(pattern: &str) -> impl Iterator<Item = Action> + use<> {
    let (prefix, name) = pattern.split_once(':').unwrap_or(("", pattern));
    let (services, name) = match prefix {
        "" if pattern == "*" => (Services::All, Some("*")),
        "*" => (Services::All, Some(name)),
        _ => match service::service(prefix) {
            Some(service) => (Services::One(service), Some(name)),
            None => (Services::None, None),
        },
    };
    let folded = name.map(str::to_ascii_lowercase);
    let tokens = folded.as_deref().map(glob::tokens);
    services.actions().filter(move |action| {
        let (Some(folded), Some(tokens)) = (&folded, &tokens) else {
            return false;
        };
        starts_alike(folded, action.name())
            && glob::matches(tokens, &action.name().to_ascii_lowercase())
    })
}

/// Whether the text starts with what stands before the first wildcard, which mostly decides.
fn starts_alike(pattern: &str, text: &str) -> bool {
    let start = pattern.split(['*', '?']).next().unwrap_or_default();
    let head = text.as_bytes().get(..start.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

#[derive(Clone, Copy)]
enum Services {
    None,
    One(Service),
    All,
}

impl Services {
    fn actions(self) -> impl Iterator<Item = Action> {
        let one = match self {
            Self::One(service) => Some(service.actions()),
            Self::None | Self::All => None,
        };
        let all = match self {
            Self::All => Some(actions()),
            Self::None | Self::One(_) => None,
        };
        one.into_iter().flatten().chain(all.into_iter().flatten())
    }
}

impl Action {
    /// Its number.
    pub fn id(self) -> ActionId {
        self.id
    }

    /// The action of a number.
    pub fn by_id(id: ActionId) -> Option<Self> {
        Self::at(id.place())
    }

    /// Its service.
    pub fn service(self) -> Service {
        Service::of(self.id)
    }

    /// Its name as AWS spells it, without the service: `GetObject`.
    pub fn name(self) -> &'static str {
        self.field(0)
    }

    /// What it does.
    pub fn access_level(self) -> AccessLevel {
        match self.field(1) {
            "L" => AccessLevel::List,
            "R" => AccessLevel::Read,
            "T" => AccessLevel::Tagging,
            "P" => AccessLevel::PermissionsManagement,
            _ => AccessLevel::Write,
        }
    }

    /// The resource types it takes, required or not.
    pub fn resource_types(self) -> impl Iterator<Item = UsedResource> + Clone {
        let service = self.service();
        let uses = self.line.split(' ').skip(3);
        uses.filter_map(move |text| UsedResource::read(text, service))
    }

    /// Whether it takes no resource: only `*` covers what its requests ask for.
    pub fn is_without_resource(self) -> bool {
        self.resource_types().next().is_none()
    }

    /// The condition keys its requests may have whatever their resource; global ones are listed
    /// only where the action sets them itself, as `aws:RequestTag/${TagKey}`.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        SetNumber::read(Some(self.field(2))).keys()
    }

    /// Whether its requests may have this key: any global key, one of its own or of its resources.
    pub fn takes(self, key: ConditionKey) -> bool {
        key.is_global()
            || self.condition_keys().any(|own| own == key)
            || self.resource_types().any(|used| {
                let mut keys = used
                    .condition_keys()
                    .chain(used.resource_type.condition_keys());
                keys.any(|its| its == key)
            })
    }

    pub(super) fn at(place: usize) -> Option<Self> {
        let line = table::actions().actions.get(place)?;
        let id = ActionId(u32::try_from(place).ok()?);
        Some(Self { id, line })
    }

    fn field(self, number: usize) -> &'static str {
        self.line.split(' ').nth(number).unwrap_or_default()
    }
}

impl ActionId {
    /// The number.
    pub fn number(self) -> u32 {
        self.0
    }

    pub(super) fn place(self) -> usize {
        self.0 as usize
    }
}

impl UsedResource {
    /// The condition keys that requests to this action have for this resource type, beside those of
    /// the type itself.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        self.keys.keys()
    }

    /// `3`, `3!`, `3!+12`
    fn read(text: &str, service: Service) -> Option<Self> {
        let (number, keys) = match text.split_once('+') {
            Some((number, keys)) => (number, SetNumber::read(Some(keys))),
            None => (text, SetNumber::EMPTY),
        };
        let bare = number.strip_suffix('!');
        Some(Self {
            resource_type: service.type_at(bare.unwrap_or(number).parse().ok()?),
            is_required: bare.is_some(),
            keys,
        })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service().prefix(), self.name())
    }
}
