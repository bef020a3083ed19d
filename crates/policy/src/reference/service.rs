//! Services.

use super::action::{Action, ActionId};
use super::condition_key::ConditionKey;
use super::resource_type::ResourceType;
use super::table::{self, ServiceRow};

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Service(usize);

/// The service of this prefix, whatever its case: `secretsmanager`.
pub fn service(prefix: &str) -> Option<Service> {
    let rows = &table::actions().services;
    let found = rows.binary_search_by(|row| compare(row.name, prefix));
    found.ok().map(Service)
}

/// All of them, sorted by prefix.
pub fn services() -> impl Iterator<Item = Service> {
    (0..table::actions().services.len()).map(Service)
}

/// Orders texts without regard to ASCII case.
pub(super) fn compare(one: &str, other: &str) -> std::cmp::Ordering {
    let (one, other) = (one.bytes(), other.bytes());
    one.map(|byte| byte.to_ascii_lowercase())
        .cmp(other.map(|byte| byte.to_ascii_lowercase()))
}

impl Service {
    /// The prefix of its actions.
    pub fn prefix(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// Whether resource control policies cover it.
    pub fn has_resource_control(self) -> bool {
        self.row().is_some_and(|row| row.has_rcp)
    }

    /// Its actions, sorted by name without case.
    pub fn actions(self) -> impl Iterator<Item = Action> + Clone {
        self.action_places().filter_map(Action::at)
    }

    /// The action of this name, whatever its case: `GetSecretValue`.
    pub fn action(self, name: &str) -> Option<Action> {
        let mut places = self.action_places();
        while !places.is_empty() {
            let middle = places.start + places.len() / 2;
            let action = Action::at(middle)?;
            match compare(action.name(), name) {
                std::cmp::Ordering::Equal => return Some(action),
                std::cmp::Ordering::Less => places.start = middle + 1,
                std::cmp::Ordering::Greater => places.end = middle,
            }
        }
        None
    }

    /// Its resource types.
    pub fn resource_types(self) -> impl Iterator<Item = ResourceType> + Clone {
        let first = self.row().map_or(0, |row| row.first_type);
        let end = self.next_row().map(|next| next.first_type);
        (first..end.unwrap_or(table::actions().types.len())).map(ResourceType::at)
    }

    /// The condition keys that its actions take, those of `aws:` that it lists included.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        let row = self.row();
        row.map_or(table::SetNumber::EMPTY, |row| row.keys).keys()
    }

    pub(super) fn of(id: ActionId) -> Self {
        let rows = &table::actions().services;
        let after = rows.partition_point(|row| row.first_action <= id.place());
        Self(after.saturating_sub(1))
    }

    pub(super) fn type_at(self, number: usize) -> ResourceType {
        ResourceType::at(self.row().map_or(0, |row| row.first_type) + number)
    }

    fn action_places(self) -> std::ops::Range<usize> {
        let first = self.row().map_or(0, |row| row.first_action);
        let end = self.next_row().map(|next| next.first_action);
        first..end.unwrap_or(table::actions().actions.len())
    }

    fn row(self) -> Option<&'static ServiceRow> {
        table::actions().services.get(self.0)
    }

    fn next_row(self) -> Option<&'static ServiceRow> {
        table::actions().services.get(self.0 + 1)
    }
}
