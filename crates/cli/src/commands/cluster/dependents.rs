//! What depends on a cluster's provider: roles that trust it, sessions that were opened through it.

use base::Escaped;
use serde_json::{Value, json};

use crate::client::{CallError, Client};
use crate::output::{Output, write_out_time};

/// Roles that are named one by one.
const MAX_NAMED: usize = 20;

/// As the server tells them.
pub(super) struct Dependents {
    value: Value,
}

impl Dependents {
    /// Of a provider; of one that there is not, nothing.
    pub(super) async fn of(client: &Client, provider_arn: &str) -> Result<Self, CallError> {
        let input = json!({ "ProviderArn": provider_arn });
        match client.irsa("ListProviderDependents", &input).await {
            Ok(value) => Ok(Self::read(value)),
            Err(error) if error.has_code("ProviderNotFoundException") => Ok(Self {
                value: json!({ "RoleArns": [], "Sessions": [], "SessionCount": 0,
                    "Complete": true }),
            }),
            Err(error) => Err(error),
        }
    }

    fn read(mut value: Value) -> Self {
        let sessions = value.get_mut("Sessions").and_then(Value::as_array_mut);
        for session in sessions.into_iter().flatten() {
            write_out_time(session, "OpenedAt");
            write_out_time(session, "EndsAt");
        }
        Self { value }
    }

    /// For programs.
    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// The roles that trust the provider.
    pub(super) fn roles(&self) -> Vec<&str> {
        let roles = self.value.get("RoleArns").and_then(Value::as_array);
        roles
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// How many sessions are open, and when the last one ends.
    pub(super) fn sessions_text(&self) -> String {
        let count = self.value.get("SessionCount").and_then(Value::as_u64);
        let is_complete = self.value.get("Complete") == Some(&Value::Bool(true));
        let bound = if is_complete { "" } else { "at least " };
        let sessions = self.value.get("Sessions").and_then(Value::as_array);
        let ends = sessions.into_iter().flatten();
        let last = ends
            .filter_map(|session| session.get("EndsAt")?.as_str())
            .max();
        match (count.unwrap_or_default(), last) {
            (0, _) | (_, None) => format!("{bound}0 open"),
            (count, Some(last)) => {
                format!("{bound}{count} open, the last until {}", Escaped(last))
            }
        }
    }

    /// Says on stderr what depends.
    pub(super) fn tell(&self, output: Output) {
        let roles = self.roles();
        for role in roles.iter().take(MAX_NAMED) {
            output.note(format_args!("role depends on it: {}", Escaped(role)));
        }
        match roles.len() {
            0 => output.note("no role depends on it"),
            count if count > MAX_NAMED => {
                output.note(format_args!("and {} roles more", count - MAX_NAMED));
            }
            _ => {}
        }
        output.note(format_args!("sessions: {}", self.sessions_text()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_counted_and_their_end_told() {
        for (value, expected) in [
            (json!({ "SessionCount": 0, "Complete": true }), "0 open"),
            (
                json!({ "SessionCount": 0, "Complete": false }),
                "at least 0 open",
            ),
            (
                json!({ "SessionCount": 2, "Complete": true, "Sessions": [
                    { "EndsAt": 1_795_255_200.0 }, { "EndsAt": 1_795_251_600.0 } ] }),
                "2 open, the last until 2026-11-21T10:00:00Z",
            ),
        ] {
            assert_eq!(Dependents::read(value).sessions_text(), expected);
        }
    }
}
