//! A statement as a policy writes it.

use serde_json::{Map, Value};

use crate::statement::{Condition, Effect, Principal, Scope, Statement};

/// The statement as JSON; one-element lists are bare, as people write them.
pub(super) fn statement_json(statement: &Statement) -> Value {
    let mut json = Map::new();
    let mut put = |name: &str, value: Value| json.insert(name.to_owned(), value);
    if let Some(sid) = &statement.sid {
        put("Sid", sid.as_str().into());
    }
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    put("Effect", effect.into());
    match &statement.principals {
        Some(Scope::In(principals)) => {
            put("Principal", principals_json(principals));
        }
        Some(Scope::NotIn(principals)) => {
            put("NotPrincipal", principals_json(principals));
        }
        None => {}
    }
    match &statement.actions {
        Scope::In(actions) => put("Action", texts(actions)),
        Scope::NotIn(actions) => put("NotAction", texts(actions)),
    };
    match &statement.resources {
        Some(Scope::In(resources)) => {
            put("Resource", texts(resources));
        }
        Some(Scope::NotIn(resources)) => {
            put("NotResource", texts(resources));
        }
        None => {}
    }
    if !statement.conditions.is_empty() {
        put("Condition", conditions_json(&statement.conditions));
    }
    Value::Object(json)
}

fn principals_json(principals: &[Principal]) -> Value {
    if principals == [Principal::Anyone] {
        return "*".into();
    }
    let mut by_kind: Vec<(&str, Vec<String>)> = Vec::new();
    for principal in principals {
        let kind = match principal {
            Principal::Anyone | Principal::Aws(_) => "AWS",
            Principal::Federated(_) => "Federated",
            Principal::Service(_) => "Service",
            Principal::CanonicalUser(_) => "CanonicalUser",
        };
        let text = principal.text().to_owned();
        match by_kind.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, texts)) => texts.push(text),
            None => by_kind.push((kind, vec![text])),
        }
    }
    let by_kind = by_kind.iter();
    Value::Object(
        by_kind
            .map(|(kind, list)| ((*kind).to_owned(), texts(list)))
            .collect(),
    )
}

fn conditions_json(conditions: &[Condition]) -> Value {
    let mut operators = Map::new();
    for condition in conditions {
        let keys = operators
            .entry(condition.operator.text.clone())
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(keys) = keys {
            keys.insert(condition.key.clone(), texts(&condition.values));
        }
    }
    Value::Object(operators)
}

fn texts(list: &[String]) -> Value {
    match list {
        [one] => one.as_str().into(),
        many => many.into(),
    }
}
