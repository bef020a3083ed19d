//! Every policy that AWS manages parses, compiles, decides and lints without a fault.

use std::sync::Arc;

use policy::compiled::{CompiledLayers, decide as decide_compiled};
use policy::lint::{FindingKind, LintKind, lint};
use policy::{Attached, Context, Document, Layers, Leniency, PolicyKind, Request, Scope, decide};
use serde_json::Value;

use crate::fixture::{OWN, account, session};

/// A JSON object of policies by name, as PyPI's moto carries them.
const FILE_VARIABLE: &str = "IRSA_MANAGED_POLICIES";
/// Fewer would mean that the file is another.
const AT_LEAST: usize = 1_300;
/// Findings of AWS's own policies: slips such as `endpointconfig` for `endpoint-config`, and names
/// that are newer or older than the service reference.
const MOST_ERRORS: usize = 400;

#[test]
fn policies_of_aws_are_understood() {
    let Ok(path) = std::env::var(FILE_VARIABLE) else {
        eprintln!("left out: {FILE_VARIABLE} does not say where AWS's managed policies are");
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let policies: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    assert!(policies.len() >= AT_LEAST, "{}", policies.len());
    let mut allowed = 0;
    let (mut errors, mut refused) = (Vec::new(), Vec::new());
    for (name, policy) in &policies {
        let text = policy["Document"].to_string();
        let document = match Document::parse(&text, PolicyKind::Identity, Leniency::Storage) {
            Ok(document) => document,
            Err(fault) => {
                refused.push(format!("{name}: {fault}"));
                continue;
            }
        };
        allowed += usize::from(decides(name, document));
        let found = lint(&text, LintKind::Identity).into_iter();
        let found = found.filter(|finding| finding.kind == FindingKind::Error);
        errors.extend(found.map(|one| format!("{name}: {} {}", one.path_text(), one.text)));
    }
    assert!(refused.is_empty(), "{refused:#?}");
    let faulty = errors.len();
    eprintln!(
        "{} policies, {faulty} findings of kind ERROR",
        policies.len()
    );
    assert!(faulty < MOST_ERRORS, "{errors:#?}");
    assert!(
        allowed * 10 > policies.len() * 9,
        "{allowed} of {}",
        policies.len()
    );
}

/// Asks for the first action of each statement; both evaluators must agree. Whether one allowed.
fn decides(name: &str, document: Document) -> bool {
    let statements = document.statements().to_vec();
    let layers = Layers {
        identity: vec![Attached {
            name: name.to_owned(),
            arn: Some(format!("arn:aws:iam::aws:policy/{name}")),
            document: Some(Arc::new(document)),
        }],
        ..Layers::default()
    };
    let compiled = CompiledLayers::compile(&layers);
    let (caller, context) = (session(OWN), Context::new());
    let mut allowed = false;
    for statement in &statements {
        let action = statement
            .actions
            .items()
            .first()
            .map_or("*", String::as_str);
        let resources = statement.resources.as_ref().map(Scope::items);
        let resource = resources.and_then(<[String]>::first);
        let request = Request {
            caller: &caller,
            action: &action.replace('*', "x"),
            resource: &resource.map_or("*".to_owned(), |one| one.replace('*', "x")),
            resource_account: account(OWN),
            context: &context,
        };
        let decision = decide(&request, &layers);
        assert_eq!(
            decide_compiled(&request, &compiled).to_decision(),
            decision,
            "{name}"
        );
        allowed |= decision.is_allowed() || !statement.conditions.is_empty();
    }
    allowed
}
