//! `irsa who-can ACTION RESOURCE`

use std::collections::HashSet;
use std::fmt::Write as _;

use base::Escaped;
use serde_json::{Map, Value, json};

use super::Setting;
use super::access_text::{line, mark_of, write_access};
use super::explanation_text::shown_long;
use super::principal_name::context_keys;
use crate::args::WhoCanArgs;
use crate::client::{CallError, Client};
use crate::failure::Failure;
use crate::output::{bold, dim};

/// Lists who may do something, and for roles, who can become them.
pub(super) async fn run(args: WhoCanArgs, setting: &Setting) -> Result<(), Failure> {
    let client = setting.client()?;
    let answer = all_pages(&args, &client).await?;
    setting.output.result(&answer, || text(&args, &answer));
    Ok(())
}

async fn all_pages(args: &WhoCanArgs, client: &Client) -> Result<Value, CallError> {
    let mut wanted = Map::new();
    wanted.insert("Action".into(), json!(args.action));
    wanted.insert("Resource".into(), json!(args.resource));
    if !args.context.is_empty() {
        wanted.insert("Context".into(), context_keys(&args.context));
    }
    let (mut principals, mut entrances) = (Vec::new(), Vec::new());
    loop {
        let input = Value::Object(wanted.clone());
        let answer = client.irsa("ListPrincipalsWithAccess", &input).await?;
        principals.extend(list(&answer, "Principals").cloned());
        for entrance in list(&answer, "Entrances") {
            if !entrances.contains(entrance) {
                entrances.push(entrance.clone());
            }
        }
        if let Some(Value::String(next)) = answer.get("NextToken") {
            wanted.insert("NextToken".into(), json!(next));
        } else {
            let mut whole = Map::new();
            whole.insert("Principals".into(), Value::Array(principals));
            whole.insert("Entrances".into(), Value::Array(entrances));
            if let Some(notes) = answer.get("Notes") {
                whole.insert("Notes".into(), notes.clone());
            }
            return Ok(Value::Object(whole));
        }
    }
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn text(args: &WhoCanArgs, answer: &Value) -> String {
    let asked = format!("{} on {}", args.action, args.resource);
    let mut text = format!("{}\n", bold(shown_long(&asked)));
    let mut told = HashSet::new();
    for principal in list(answer, "Principals") {
        let arn = member(principal, "PrincipalArn").unwrap_or("?");
        let access = principal.get("Access").unwrap_or(&Value::Null);
        write_access(&mut text, 0, arn, access);
        write_entrances(&mut text, answer, arn, (1, &mut told));
    }
    if list(answer, "Principals").next().is_none() {
        text.push_str("nobody of this account\n");
    }
    // Roles that were asked about, rather than found.
    for entrance in list(answer, "Entrances") {
        let arn = member(entrance, "RoleArn").unwrap_or_default();
        if !told.contains(arn) && arn == args.resource {
            let _ = writeln!(text, "the ways into {}", Escaped(arn));
            write_entrances(&mut text, answer, arn, (1, &mut told));
        }
    }
    for note in list(answer, "Notes").filter_map(Value::as_str) {
        line(
            &mut text,
            0,
            &format!("{} {}", bold("note:"), shown_long(note)),
        );
    }
    text
}

/// The ways into a role, and into the roles that lead there.
fn write_entrances(
    text: &mut String,
    answer: &Value,
    role: &str,
    (depth, told): (usize, &mut HashSet<String>),
) {
    let entrance = list(answer, "Entrances").find(|one| member(one, "RoleArn") == Some(role));
    let Some(entrance) = entrance else {
        return;
    };
    if !told.insert(role.to_owned()) {
        line(text, depth, &dim("↑ as above"));
        return;
    }
    for entrant in list(entrance, "Entrants") {
        let access = entrant.get("Access").unwrap_or(&Value::Null);
        let arn = member(entrant, "PrincipalArn").unwrap_or("?");
        if member(entrant, "Kind") == Some("elsewhere") {
            let whom = if arn == "*" { "anyone" } else { arn };
            let what = format!("← {whom}, if their own account lets them");
            line(
                text,
                depth,
                &format!("{} {}", mark_of("undecided"), shown_long(&what)),
            );
            continue;
        }
        write_access(
            text,
            depth,
            &format!("← {}", entrant_name(entrant, arn)),
            access,
        );
        if member(entrant, "Kind") == Some("role") {
            write_entrances(text, answer, arn, (depth + 2, told));
        }
    }
    if list(entrance, "Entrants").next().is_none() {
        line(text, depth, &dim("nobody can become this role"));
    }
    if let Some(undecided) = member(entrance, "Undecided") {
        line(
            text,
            depth,
            &format!("{} {}", bold("note:"), shown_long(undecided)),
        );
    }
}

fn entrant_name(entrant: &Value, arn: &str) -> String {
    let issuer = arn
        .split_once(":oidc-provider/")
        .map_or(arn, |(_, url)| url);
    match (
        member(entrant, "ServiceAccount"),
        member(entrant, "Subject"),
    ) {
        (Some(account), _) => format!("ServiceAccount {account} of {issuer}"),
        (None, Some(subject)) => format!("{subject} of {issuer}"),
        (None, None) if member(entrant, "Kind") == Some("web-identity") => {
            format!("every token of {issuer}")
        }
        (None, None) => arn.to_owned(),
    }
}
