//! What the simulator's tests share: requests and answers in AWS's terms.

use policy::simulate::{
    ActionResult, DecisionSource, EntryType, MatchedStatement, PolicyOrigin, SimulatedDecision,
    SimulatedEntry, SimulatedPolicy, Simulation, SimulationFault, SimulationInput,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const A: &str = "arn:aws:s3:::stackd-simulation/a";
pub(crate) const B: &str = "arn:aws:s3:::stackd-simulation/b";
pub(crate) const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
pub(crate) const DENY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}]}"#;
pub(crate) const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
pub(crate) const ALLOW_PUT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}]}"#;

/// A request for `s3:GetObject` with these members more, in AWS's names.
pub(crate) fn request(members: Value) -> Value {
    let mut all = Map::from_iter([
        ("PolicyInputList".to_owned(), json!([ALLOW])),
        ("ActionNames".to_owned(), json!(["s3:GetObject"])),
    ]);
    let Value::Object(members) = members else {
        panic!("members of a request")
    };
    all.extend(members);
    Value::Object(all)
}

/// One statement that allows `s3:GetObject` on everything under a condition.
pub(crate) fn allow_if(condition: &Value) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{condition}}}]}}"#
    )
}

pub(crate) fn simulate(request: &Value) -> Result<Vec<ActionResult>, SimulationFault> {
    let simulation = Simulation::prepare(input(request))?;
    let actions = simulation.actions().iter();
    Ok(actions.map(|action| simulation.evaluate(action)).collect())
}

fn input(request: &Value) -> SimulationInput {
    let mut input = SimulationInput::new(ACCOUNT.parse().unwrap(), "aws");
    let policies = |member: &str| -> Vec<SimulatedPolicy> {
        let numbered = texts(&request[member]).into_iter().enumerate();
        numbered
            .map(|(index, text)| SimulatedPolicy {
                id: format!("{member}.{}", index + 1),
                text,
                origin: PolicyOrigin::Request(index + 1),
            })
            .collect()
    };
    let text = |member: &str| request[member].as_str().map(str::to_owned);
    input.policies = policies("PolicyInputList");
    input.boundary = policies("PermissionsBoundaryPolicyInputList");
    input.organization = request["OrderedOrganizationPolicyInputList"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|level| texts(&level["ServiceControlPolicyInputList"]))
        .collect();
    input.resource_policy = text("ResourcePolicy");
    input.resource_owner = text("ResourceOwner");
    input.caller_arn = text("CallerArn");
    input.resource_handling = text("ResourceHandlingOption");
    input.resources = texts(&request["ResourceArns"]);
    input.actions = texts(&request["ActionNames"]);
    input.context = request["ContextEntries"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| SimulatedEntry {
            key: entry["ContextKeyName"].as_str().map(str::to_owned),
            kind: entry["ContextKeyType"]
                .as_str()
                .map(|kind| EntryType::from_name(kind).unwrap()),
            values: texts(&entry["ContextKeyValues"]),
        })
        .collect();
    input
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}

/// An answer as lines: the action, then its resources. Statements are sorted, for AWS gives them in
/// no order.
pub(crate) fn lines(results: &[ActionResult]) -> Vec<String> {
    let mut lines = Vec::new();
    for result in results {
        let mut line = format!(
            "{} on {}{}",
            result.action,
            result.resource.as_deref().unwrap_or("?"),
            told(result.decision, &result.matched, &result.missing),
        );
        line.push_str(&allowed(" organization", result.by_organization));
        line.push_str(&allowed(" boundary", result.by_boundary));
        line.push_str(&details(result.details.as_ref()));
        lines.push(line);
        for one in result.resources.iter().flatten() {
            let told = told(one.decision, &one.matched, &one.missing);
            let boundary = allowed(" boundary", one.by_boundary);
            let details = details(one.details.as_ref());
            lines.push(format!("- {}{told}{boundary}{details}", one.resource));
        }
    }
    lines
}

fn told(decision: SimulatedDecision, matched: &[MatchedStatement], missing: &[String]) -> String {
    let mut matched: Vec<String> = matched
        .iter()
        .map(|one| {
            let (start, end) = (one.start, one.end);
            let source = match one.source {
                DecisionSource::Identity => "IAM",
                DecisionSource::Resource => "Resource",
                DecisionSource::Boundary => "Boundary",
                DecisionSource::Organization => "Organization",
            };
            format!(
                " {source}:{}@{}:{}-{}:{}",
                one.policy, start.line, start.column, end.line, end.column
            )
        })
        .collect();
    matched.sort();
    let missing = if missing.is_empty() {
        String::new()
    } else {
        format!(" missing {}", missing.join(","))
    };
    format!(" = {}{}{missing}", decision.as_str(), matched.concat())
}

fn allowed(what: &str, allowed: Option<bool>) -> String {
    allowed.map_or_else(String::new, |allowed| format!("{what} {allowed}"))
}

/// Empty details, as they come with every resource that was named, are not spelled.
fn details(details: Option<&BTreeMap<DecisionSource, SimulatedDecision>>) -> String {
    let details = details.into_iter().flatten();
    let told: Vec<String> = details
        .map(|(source, decision)| format!(" {}={}", source.as_str(), decision.as_str()))
        .collect();
    told.concat()
}
