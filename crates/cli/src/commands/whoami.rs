//! `irsa whoami`

use serde_json::{Map, Value, json};

use super::Setting;
use super::target::identity;
use crate::client::{CallError, Service};
use crate::failure::Failure;
use crate::output::Table;

/// Says who the credentials at hand are, and to which server. What the caller may not see of the
/// server is left out.
pub(super) async fn run(setting: &Setting) -> Result<(), Failure> {
    let client = setting.client()?;
    let identity = identity(&client).await?;
    let server = match client.irsa("GetServerInfo", &json!({})).await {
        Ok(server) => server,
        Err(CallError::Service(error)) => {
            setting.output.note(format_args!(
                "the server does not say more about itself: {error}"
            ));
            json!({})
        }
        Err(error) => return Err(error.into()),
    };
    let mut value = Map::new();
    for (name, text) in [
        ("Endpoint", client.endpoint(Service::Irsa)?.to_string()),
        ("AccountId", identity.account),
        ("Region", client.region().to_string()),
        ("Arn", identity.arn),
        ("UserId", identity.user_id),
    ] {
        value.insert(name.to_owned(), json!(text));
    }
    for (name, member) in [
        ("ServerVersion", "Version"),
        ("PublicUrl", "PublicUrl"),
        ("HomeRegion", "Region"),
        ("Dev", "Dev"),
    ] {
        if let Some(told) = server.get(member) {
            value.insert(name.to_owned(), told.clone());
        }
    }
    let value = Value::Object(value);
    setting.output.result(&value, || facts(&value));
    Ok(())
}

fn facts(value: &Value) -> String {
    let members = value.as_object().into_iter().flatten();
    Table::facts(members.map(|(name, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.as_str(), text)
    }))
}
