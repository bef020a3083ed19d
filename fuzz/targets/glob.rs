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
    for (action, resource, element, under) in [
        ("s3:GetObject", text, "Resource", None),
        ("s3:GetObject", text, "NotResource", None),
        (text, "*", "Action", None),
        ("s3:GetObject", "*", "", Some("StringLike")),
        ("s3:GetObject", "*", "", Some("StringNotLike")),
        ("s3:GetObject", "*", "", Some("StringEqualsIgnoreCase")),
        ("s3:GetObject", "*", "", Some("ArnLike")),
        ("s3:GetObject", "*", "", Some("ArnNotEquals")),
    ] {
        let mut statement = json!({"Effect": "Allow"});
        statement[if element == "Action" {
            element
        } else {
            "NotAction"
        }] = json!(if element == "Action" {
            pattern
        } else {
            "iam:*"
        });
        statement[if element == "NotResource" {
            element
        } else {
            "Resource"
        }] = json!(if element.ends_with("Resource") {
            pattern
        } else {
            "*"
        });
        if let Some(operator) = under {
            statement["Condition"][operator]["x:text"] = json!(pattern);
        }
        let policy = json!({"Version": "2012-10-17", "Statement": statement});
        let Some(layers) = layers(&policy.to_string()) else {
            continue;
        };
        let question = Question {
            action,
            resource,
            context: context.clone(),
        };
        compare(&question, &layers);
    }
});
