//! `irsa cluster list` and `irsa cluster show`

use serde_json::{Value, json};

use super::dependents::Dependents;
use crate::client::{CallError, Client};
use crate::commands::Setting;
use crate::commands::members::text;
use crate::failure::Failure;
use crate::output::{Table, write_out_time};
use crate::values::ClusterName;

/// Lists the registered clusters.
pub(super) async fn list(client: &Client, setting: &Setting) -> Result<(), Failure> {
    let mut clusters = clusters(client).await?;
    for cluster in &mut clusters {
        write_out_time(cluster, "CreatedAt");
    }
    if clusters.is_empty() {
        setting.output.note(
            "no cluster is registered; add one with: irsa cluster add NAME --context CONTEXT",
        );
    }
    let value = json!({ "Clusters": clusters });
    setting.output.result(&value, || {
        if clusters.is_empty() {
            return String::new();
        }
        let mut table = Table::new(&["NAME", "VERSION", "ISSUER", "ENDPOINT"]);
        for cluster in &clusters {
            let columns = ["Name", "Version", "IssuerUrl", "Endpoint"];
            table.row(&columns.map(|name| text(cluster, name).to_owned()));
        }
        table.render()
    });
    Ok(())
}

/// Shows one.
pub(super) async fn show(
    name: &ClusterName,
    client: &Client,
    setting: &Setting,
) -> Result<(), Failure> {
    let mut cluster = get(client, name).await?;
    write_out_time(&mut cluster, "CreatedAt");
    let arn = text(&cluster, "ProviderArn").to_owned();
    let trust = trust(client, &arn).await?;
    let dependents = Dependents::of(client, &arn).await?;
    let value = json!({ "Cluster": cluster, "Provider": trust, "Dependents": dependents.value() });
    setting.output.result(&value, || {
        let mut rows = facts(
            &cluster,
            &["Name", "IssuerUrl", "Endpoint", "Version", "Arn"],
        );
        rows.extend(facts(&cluster, &["SharedWith", "CreatedAt", "ProviderArn"]));
        match &trust {
            Some(trust) => rows.extend(facts(trust, &["Status", "KeySource", "KeyIds"])),
            None => rows.push((
                "Status",
                "there is no provider: no pod is let in".to_owned(),
            )),
        }
        rows.push(("Roles", dependents.roles().join(", ")));
        rows.push(("Sessions", dependents.sessions_text()));
        Table::facts(rows)
    });
    Ok(())
}

/// All of them.
pub(super) async fn clusters(client: &Client) -> Result<Vec<Value>, CallError> {
    let mut clusters = Vec::new();
    let mut input = json!({});
    loop {
        let page = client.irsa("ListClusters", &input).await?;
        let found = page.get("Clusters").and_then(Value::as_array);
        clusters.extend(found.into_iter().flatten().cloned());
        match page.get("NextToken") {
            Some(Value::String(next)) => input = json!({ "NextToken": next }),
            _ => return Ok(clusters),
        }
    }
}

/// One of them.
pub(super) async fn get(client: &Client, name: &ClusterName) -> Result<Value, Failure> {
    let input = json!({ "Name": name.as_str() });
    match client.irsa("GetCluster", &input).await {
        Ok(answer) => Ok(answer.get("Cluster").cloned().unwrap_or_default()),
        Err(error) => {
            let unknown = error.has_code("ClusterNotFoundException");
            let failure = Failure::from(error);
            Err(if unknown {
                failure.help("irsa cluster list")
            } else {
                failure
            })
        }
    }
}

/// What irsa says of a provider, if there is one.
pub(super) async fn trust(client: &Client, arn: &str) -> Result<Option<Value>, CallError> {
    let input = json!({ "ProviderArn": arn });
    match client.irsa("GetProviderTrust", &input).await {
        Ok(answer) => Ok(answer.get("Provider").cloned()),
        Err(error) if error.has_code("ProviderNotFoundException") => Ok(None),
        Err(error) => Err(error),
    }
}

fn facts<'n>(value: &Value, names: &[&'n str]) -> Vec<(&'n str, String)> {
    let shown = |name: &&'n str| {
        let text = match value.get(*name)? {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                items.join(", ")
            }
            other => other.to_string(),
        };
        Some((*name, text))
    };
    names.iter().filter_map(shown).collect()
}
