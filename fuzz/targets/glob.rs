//! A text, the value of a variable and a pattern, each on its line: as resource, as action, and
//! under the operators that have patterns.

#![no_main]

use fuzz::{Question, compare, layers};
use libfuzzer_sys::fuzz_target;
use policy::Context;
use serde_json::json;

fuzz_target!(|input: &str| {
    let mut lines = input.splitn(3, '\n');
    let (Some(text), Some(value), Some(pattern)) = (lines.next(), lines.next(), lines.next())
    else {
        return;
    };
    let mut context = Context::new();
    context.set("aws:username", value);
    context.set("x:text", text);
    let asked = |action, resource, scope: [(&str, &str); 2], condition| {
        let mut statement = json!({"Effect": "Allow", "Condition": condition});
        for (element, pattern) in scope {
            statement[element] = json!(pattern);
        }
        let policy = json!({"Version": "2012-10-17", "Statement": statement});
        if let Some(layers) = layers(&policy.to_string()) {
            let context = context.clone();
            let question = Question {
                action,
                resource,
                context,
            };
            compare(&question, &layers);
        }
    };
    let (any_action, any_resource) = (("Action", "*"), ("Resource", "*"));
    asked(
        "s3:GetObject",
        text,
        [any_action, ("Resource", pattern)],
        json!({}),
    );
    asked(
        "s3:GetObject",
        text,
        [any_action, ("NotResource", pattern)],
        json!({}),
    );
    asked(text, "*", [("Action", pattern), any_resource], json!({}));
    asked(text, "*", [("NotAction", pattern), any_resource], json!({}));
    for operator in [
        "StringLike",
        "StringNotLike",
        "StringEquals",
        "StringEqualsIgnoreCase",
        "ArnLike",
        "ArnNotEquals",
    ] {
        let condition = json!({operator: {"x:text": pattern}});
        asked("s3:GetObject", "*", [any_action, any_resource], condition);
    }
});
