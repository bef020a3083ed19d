//! The crate `cedar-policy`, with the same rules in its own language.
//!
//! Its patterns have no `?` and no variables, nor has it wildcards for actions. The question
//! therefore brings along the action's and the resource's name as text, and the folder of a
//! resource, which a rule compares where IAM has a variable; `*` stands for `?`.

use std::fmt::Write;
use std::hint::black_box;
use std::net::IpAddr;
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, RestrictedExpression,
};
use serde_json::Value;

use crate::case::Case;
use crate::fault::Fault;
use crate::time::nanoseconds;

const NAME: &str = "cedar-policy";

/// Nanoseconds of one warm decision.
pub(crate) fn measure(case: &Case) -> Result<Option<f64>, Fault> {
    let failed = |why: String| Fault::Peer {
        evaluator: NAME,
        case: case.name,
        why,
    };
    let rules = rules(case.policies.iter().flatten());
    let rules = PolicySet::from_str(&rules).map_err(|why| failed(why.to_string()))?;
    let request = request(case).map_err(failed)?;
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    let answer = authorizer.is_authorized(&request, &rules, &entities);
    if let Some(error) = answer.diagnostics().errors().next() {
        return Err(failed(error.to_string()));
    }
    case.check(NAME, answer.decision() == Decision::Allow)?;
    Ok(Some(nanoseconds(|| {
        authorizer.is_authorized(black_box(&request), black_box(&rules), &entities)
    })))
}

/// Nanoseconds in which it reads a policy's rules.
pub(crate) fn read(statements: &[Value]) -> f64 {
    let rules = rules(statements.iter());
    nanoseconds(|| PolicySet::from_str(black_box(&rules)).is_ok())
}

fn request(case: &Case) -> Result<Request, String> {
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let mut pairs = vec![
        ("action".to_owned(), text(&case.action.to_lowercase())),
        ("resource".to_owned(), text(&case.resource)),
        ("folder".to_owned(), text(folder(&case.resource))),
    ];
    for (key, value) in &case.context {
        let value = match value.parse::<IpAddr>() {
            Ok(_) => RestrictedExpression::new_ip(value),
            Err(_) => text(value),
        };
        pairs.push((key.clone(), value));
    }
    let context = Context::from_pairs(pairs).map_err(|why| why.to_string())?;
    let name = |kind: &str, id: &str| {
        let name = EntityUid::from_str(&format!("{kind}::{}", quoted(id)));
        name.map_err(|why| why.to_string())
    };
    let principal = name("Role", "app")?;
    let action = name("Action", case.action)?;
    let resource = name("Resource", &case.resource)?;
    let request = Request::new(principal, action, resource, context, None);
    request.map_err(|why| why.to_string())
}

/// What stands between the first two slashes.
fn folder(resource: &str) -> &str {
    resource.split('/').nth(1).unwrap_or_default()
}

/// One rule for each statement.
fn rules<'s>(statements: impl Iterator<Item = &'s Value>) -> String {
    let mut rules = String::new();
    for statement in statements {
        let _ = writeln!(rules, "{}", rule(statement));
    }
    rules
}

fn rule(statement: &Value) -> String {
    let effect = if statement["Effect"] == "Deny" {
        "forbid"
    } else {
        "permit"
    };
    let actions = texts(&statement["Action"]);
    let are_named = !actions.is_empty() && !actions.iter().any(|action| action.contains('*'));
    let scope = if are_named {
        let names: Vec<String> = actions
            .iter()
            .map(|action| format!("Action::{}", quoted(action)))
            .collect();
        format!("action in [{}]", names.join(", "))
    } else {
        "action".to_owned()
    };
    let mut parts = Vec::new();
    if !are_named {
        parts.push(any("context.action", &actions));
    }
    let exceptions = texts(&statement["NotAction"]);
    if !exceptions.is_empty() {
        parts.push(format!("!({})", any("context.action", &exceptions)));
    }
    parts.push(resources(&texts(&statement["Resource"])));
    for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            parts.push(condition(operator, key, &texts(values)));
        }
    }
    parts.retain(|part| !part.is_empty());
    let when = if parts.is_empty() {
        String::new()
    } else {
        format!(" when {{ {} }}", parts.join(" && "))
    };
    format!("{effect}(principal, {scope}, resource){when};")
}

/// Patterns of actions; `*` alone says nothing.
fn any(what: &str, patterns: &[&str]) -> String {
    if patterns.contains(&"*") {
        return String::new();
    }
    let tests: Vec<String> = patterns
        .iter()
        .map(|pattern| format!("{what} like {}", quoted(&pattern.to_lowercase())))
        .collect();
    if tests.is_empty() {
        return String::new();
    }
    format!("({})", tests.join(" || "))
}

fn resources(patterns: &[&str]) -> String {
    if patterns.contains(&"*") {
        return String::new();
    }
    let tests: Vec<String> = patterns.iter().map(|pattern| resource(pattern)).collect();
    format!("({})", tests.join(" || "))
}

fn resource(pattern: &str) -> String {
    let like = |pattern: &str| {
        let pattern = pattern.replace("??????", "*");
        format!("context.resource like {}", quoted(&pattern))
    };
    let variable = pattern
        .split_once("${")
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?.0)));
    match variable {
        None => like(pattern),
        Some((before, key)) => {
            let key = quoted(key);
            let is_folder = format!("context has {key} && context.folder == context[{key}]");
            format!("({} && {is_folder})", like(&format!("{before}*")))
        }
    }
}

fn condition(operator: &str, key: &str, values: &[&str]) -> String {
    let key = quoted(key);
    let tests: Vec<String> = values
        .iter()
        .map(|value| {
            let value = quoted(value);
            match operator {
                "NotIpAddress" => format!("context[{key}].isInRange(ip({value}))"),
                "StringLike" => format!("context[{key}] like {value}"),
                _ => format!("context[{key}] == {value}"),
            }
        })
        .collect();
    let tests = tests.join(" || ");
    if operator == "NotIpAddress" {
        format!("!(context has {key} && ({tests}))")
    } else {
        format!("(context has {key} && ({tests}))")
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
