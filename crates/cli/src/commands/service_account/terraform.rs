//! The same for Terraform and OpenTofu.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::wanted::{INLINE_POLICY, Wanted};
use crate::values::ServiceAccount;

/// Stands in documents for the provider's ARN, which only Terraform knows.
const PROVIDER: &str = "\u{1}provider\u{1}";

/// Provider, role and policies.
pub(super) fn role_resources(wanted: &Wanted) -> String {
    let (label, issuer) = (
        label(&wanted.account.to_string()),
        label(&wanted.issuer_key()),
    );
    let role = &wanted.role;
    let mut text = format!(
        "# One provider per issuer: where it is configured already, leave this out.\n\
         resource \"aws_iam_openid_connect_provider\" \"{issuer}\" {{\n  \
           url            = {}\n  \
           client_id_list = [{}]\n\
         }}\n\n\
         resource \"aws_iam_role\" \"{label}\" {{\n  \
           name = {}\n  \
           path = {}\n",
        quoted(&wanted.issuer),
        quoted(&wanted.audience),
        quoted(&role.name),
        quoted(&role.path),
    );
    if let Some(boundary) = &role.boundary {
        let _ = writeln!(text, "  permissions_boundary = {}", quoted(boundary));
    }
    let tags = wanted
        .tags()
        .into_iter()
        .map(|tag| (tag.key, json!(tag.value)));
    let tags = Value::Object(tags.collect());
    let trust = expression(&wanted.trust_policy(PROVIDER), 1);
    let provider = format!("aws_iam_openid_connect_provider.{issuer}.arn");
    let trust = trust.replace(&quoted(PROVIDER), &provider);
    let _ = write!(
        text,
        "  tags = {}\n  assume_role_policy = jsonencode({trust})\n}}\n",
        expression(&tags, 1),
    );
    if !role.policies.is_empty() {
        let _ = write!(
            text,
            "\nresource \"aws_iam_role_policy_attachment\" \"{label}\" {{\n  \
               for_each   = toset({})\n  \
               role       = aws_iam_role.{label}.name\n  \
               policy_arn = each.value\n\
             }}\n",
            expression(&json!(role.policies), 1),
        );
    }
    if let Some(inline) = role
        .inline
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
    {
        let _ = write!(
            text,
            "\nresource \"aws_iam_role_policy\" \"{label}\" {{\n  \
               name   = {}\n  \
               role   = aws_iam_role.{label}.name\n  \
               policy = jsonencode({})\n\
             }}\n",
            quoted(INLINE_POLICY),
            expression(&inline, 1),
        );
    }
    text
}

/// The expression of the role's ARN.
pub(super) fn role_reference(account: &ServiceAccount) -> String {
    format!("aws_iam_role.{}.arn", label(&account.to_string()))
}

/// The ServiceAccount; `role` is an expression, `annotations` are all others.
pub(super) fn account_resource(
    account: &ServiceAccount,
    (role_annotation, role): (&str, &str),
    annotations: &BTreeMap<String, String>,
) -> String {
    let mut text = format!(
        "resource \"kubernetes_service_account_v1\" \"{}\" {{\n  \
           metadata {{\n    \
             name      = {}\n    \
             namespace = {}\n    \
             annotations = {{\n      \
               {} = {role}\n",
        label(&account.to_string()),
        quoted(account.name()),
        quoted(account.namespace()),
        quoted(role_annotation),
    );
    for (name, value) in annotations {
        let _ = writeln!(text, "      {} = {}", quoted(name), quoted(value));
    }
    text.push_str("    }\n  }\n}\n");
    text
}

/// A text as an expression.
pub(super) fn quoted(text: &str) -> String {
    let escaped = json!(text).to_string();
    escaped.replace("${", "$${").replace("%{", "%%{")
}

/// A name that a resource may have: letters, digits, `_` and `-`, no digit first.
fn label(text: &str) -> String {
    let legal = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '-';
    let label: String = text
        .chars()
        .map(|char| if legal(char) { char } else { '_' })
        .collect();
    if label.starts_with(|char: char| char.is_ascii_digit() || char == '-') {
        format!("_{label}")
    } else {
        label
    }
}

fn expression(value: &Value, depth: usize) -> String {
    let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    match value {
        Value::Object(members) if !members.is_empty() => {
            let members = members.iter().map(|(name, value)| {
                format!(
                    "{inner}{} = {}\n",
                    quoted(name),
                    expression(value, depth + 1)
                )
            });
            format!("{{\n{}{outer}}}", members.collect::<String>())
        }
        Value::Array(items) if !items.is_empty() => {
            let items = items
                .iter()
                .map(|item| format!("{inner}{},\n", expression(item, depth + 1)));
            format!("[\n{}{outer}]", items.collect::<String>())
        }
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_variables_are_no_templates() {
        for (text, expected) in [
            ("a", "\"a\""),
            ("a\"b\\\n", "\"a\\\"b\\\\\\n\""),
            (
                "home/${aws:username}/%{x}",
                "\"home/$${aws:username}/%%{x}\"",
            ),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn labels() {
        for (text, expected) in [
            ("demo/app", "demo_app"),
            ("9-demo/a.b", "_9-demo_a_b"),
            ("oidc.example/id/X", "oidc_example_id_X"),
        ] {
            assert_eq!(label(text), expected);
        }
    }

    #[test]
    fn documents_are_expressions() {
        let value = json!({"a": [1, "x", {}], "b:c": {"d": true}, "e": []});
        let expected = "{\n    \"a\" = [\n      1,\n      \"x\",\n      {},\n    ]\n    \
                        \"b:c\" = {\n      \"d\" = true\n    }\n    \"e\" = []\n  }";
        assert_eq!(expression(&value, 1), expected);
    }
}
