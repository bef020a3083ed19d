//! `irsa what-can PRINCIPAL`

use base::Escaped;
use serde_json::{Map, Value, json};

use super::Setting;
use super::access_text::{conditions_text, line, patterns_name, word_of, write_access};
use super::explanation_text::shown_long;
use super::principal_name::{principal_arn, role_arn};
use crate::args::WhatCanArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Mark, bold, dim};
use crate::values::ServiceAccount;

/// Lists what a principal may do, service by service, and the roles it can become.
pub(super) async fn run(args: WhatCanArgs, setting: &Setting) -> Result<Exit, Failure> {
    let client = setting.client()?;
    let mut wanted = Map::new();
    let name = args.principal.as_str();
    let is_principal = ["arn:", "user/", "role/"]
        .iter()
        .any(|one| name.starts_with(one));
    if is_principal || name == "root" {
        if args.role.is_some() {
            return Err(Failure::usage("`--role` goes with a ServiceAccount"));
        }
        let arn = principal_arn(name, &client).await?;
        wanted.insert("PrincipalArn".into(), json!(arn));
    } else {
        let account: ServiceAccount = name.parse().map_err(|_| {
            let what = format!("`{}` names no principal", Escaped(name));
            Failure::usage(what).help("name an ARN, user/NAME, role/NAME, root or NAMESPACE/NAME")
        })?;
        wanted.insert("ServiceAccount".into(), json!(account.to_string()));
    }
    if let Some(role) = &args.role {
        let arn = role_arn(role, &client).await?;
        wanted.insert("RoleArn".into(), json!(arn));
    }
    let answer = client
        .irsa("ListAccessOfPrincipal", &Value::Object(wanted))
        .await?;
    if list(&answer, "Principals").next().is_none() {
        setting.output.note(format_args!(
            "no role of this account trusts the ServiceAccount {}",
            Escaped(name)
        ));
    }
    setting.output.result(&answer, || text(name, &answer));
    Ok(Exit::Done)
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

fn text(name: &str, answer: &Value) -> String {
    let mut text = String::new();
    for principal in list(answer, "Principals") {
        let arn = member(principal, "PrincipalArn").unwrap_or("?");
        match principal.get("Entry") {
            Some(entry) => {
                let role = format!("ServiceAccount {name} as {arn}");
                write_access(&mut text, 0, &role, entry);
            }
            None => line(&mut text, 0, &bold(shown_long(arn))),
        }
        write_grants(&mut text, principal);
        let roles: Vec<_> = list(principal, "Roles").collect();
        if !roles.is_empty() {
            line(&mut text, 1, &bold("can become"));
        }
        for role in roles {
            let arn = member(role, "Resource").unwrap_or("?");
            write_access(&mut text, 2, arn, role);
        }
        for note in list(principal, "Notes").filter_map(Value::as_str) {
            line(
                &mut text,
                1,
                &format!("{} {}", bold("note:"), shown_long(note)),
            );
        }
    }
    text
}

fn write_grants(text: &mut String, principal: &Value) {
    let mut service = None;
    for grant in list(principal, "Grants") {
        let of = member(grant, "Service");
        if of != service {
            service = of;
            let name = match of {
                Some("*") => "any service",
                Some(name) => name,
                None => "?",
            };
            line(text, 1, &bold(Escaped(name)));
        }
        write_grant(text, grant);
    }
    if service.is_none() {
        line(text, 1, &dim("its own policies grant nothing"));
    }
}

fn write_grant(text: &mut String, grant: &Value) {
    let empty = Value::Null;
    let patterns = grant.get("Grant").unwrap_or(&empty);
    let verdict = member(grant, "Verdict").unwrap_or("undecided");
    let mark = match verdict {
        "allowed" => Mark::Good,
        _ => Mark::Neutral,
    };
    let count = grant.get("ActionCount").and_then(Value::as_i64);
    let count = count.map_or(String::new(), |count| format!(" ({count} actions)"));
    let word = match verdict {
        "allowed" => String::new(),
        _ => format!("  {}", word_of(verdict)),
    };
    line(
        text,
        2,
        &format!(
            "{mark} {}{count}{word}",
            scope_text(patterns, "Actions", "ActionsExcepted")
        ),
    );
    line(
        text,
        4,
        &format!(
            "on {}",
            scope_text(patterns, "Resources", "ResourcesExcepted")
        ),
    );
    for arn in list(grant, "ResourceArns").filter_map(Value::as_str) {
        line(text, 5, &dim(format!("now {}", Escaped(arn))));
    }
    if grant.get("MoreResources") == Some(&Value::Bool(true)) {
        line(text, 5, &dim("and more"));
    }
    line(text, 4, &dim(format!("by the {}", patterns_name(patterns))));
    write_conditions(text, "if", patterns, 4);
    for limit in list(grant, "Within") {
        for (place, one) in list(limit, "Statements").enumerate() {
            let word = if place == 0 { "only within" } else { "or" };
            write_other(text, word, one);
        }
    }
    for one in list(grant, "Except") {
        write_other(text, "but not", one);
    }
}

fn write_other(text: &mut String, word: &str, patterns: &Value) {
    let actions = scope_text(patterns, "Actions", "ActionsExcepted");
    let resources = scope_text(patterns, "Resources", "ResourcesExcepted");
    line(text, 4, &format!("{word} {actions} on {resources}"));
    line(text, 5, &dim(format!("by the {}", patterns_name(patterns))));
    write_conditions(text, "if", patterns, 5);
}

fn write_conditions(text: &mut String, word: &str, patterns: &Value, depth: usize) {
    for condition in conditions_text(patterns) {
        line(text, depth, &format!("{word} {condition}"));
    }
}

fn scope_text(patterns: &Value, name: &str, excepted: &str) -> String {
    let items: Vec<_> = list(patterns, name)
        .filter_map(Value::as_str)
        .map(shown_long)
        .collect();
    let items = match items.as_slice() {
        [all] if all == "*" && name == "Resources" => "everything".to_owned(),
        [all] if all == "*" => "every action".to_owned(),
        items => items.join(", "),
    };
    match patterns.get(excepted) {
        Some(Value::Bool(true)) => format!("all but {items}"),
        _ => items,
    }
}
