//! Whether a role's trust policy lets a ServiceAccount in, and how it is made to.

use std::sync::Arc;

use policy::{
    Attached, Caller, CallerKind, Context, Document, Layers, PolicyKind, Request, ResourceGate,
    ResourcePolicy, Verdict,
};
use serde_json::{Value, json};

use super::wanted::{Home, Wanted};

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// Whether tokens of the ServiceAccount may assume a role with this trust policy.
pub(super) fn lets_in(trust: &str, role_arn: &str, wanted: &Wanted, home: Home) -> bool {
    let Ok(document) = Document::load(trust, PolicyKind::RoleTrust) else {
        return false;
    };
    let caller = Caller {
        kind: CallerKind::WebIdentity,
        account: Some(home.account),
        arn: wanted.provider_arn(home),
        principal_arn: None,
        unique_id: None,
    };
    let key = wanted.issuer_key();
    let mut context = Context::new();
    context.set(&format!("{key}:aud"), wanted.audience.as_str());
    context.set(&format!("{key}:sub"), wanted.subject());
    context.set("aws:FederatedProvider", caller.arn.as_str());
    let request = Request {
        caller: &caller,
        action: ACTION,
        resource: role_arn,
        resource_account: home.account,
        context: &context,
    };
    let attached = Attached {
        name: "trust policy".to_owned(),
        arn: None,
        document: Some(Arc::new(document)),
    };
    let layers = Layers {
        resource: Some(ResourcePolicy {
            attached,
            gate: ResourceGate::Trust,
        }),
        ..Layers::default()
    };
    policy::decide(&request, &layers).verdict == Verdict::Allowed
}

/// The trust policy with one more statement; `None` if it is none.
pub(super) fn extended(trust: &str, statement: Value) -> Option<String> {
    let mut document: Value = serde_json::from_str(trust).ok()?;
    let statements = document.as_object_mut()?.get_mut("Statement")?;
    match statements {
        Value::Array(list) => list.push(statement),
        single => *single = json!([single.take(), statement]),
    }
    Some(document.to_string())
}

/// How many statements it has.
pub(super) fn statements(trust: &str) -> usize {
    Document::load(trust, PolicyKind::RoleTrust).map_or(0, |document| document.statements().len())
}

#[cfg(test)]
mod tests {
    use base::Partition;

    use super::super::wanted::RoleWanted;
    use super::*;

    fn home() -> Home {
        Home {
            partition: Partition::Aws,
            account: "123456789012".parse().unwrap(),
        }
    }

    fn wanted() -> Wanted {
        Wanted {
            account: "demo/app".parse().unwrap(),
            issuer: "https://oidc.example/id/X".into(),
            audience: "sts.amazonaws.com".into(),
            role: RoleWanted {
                name: "r".into(),
                path: "/".into(),
                boundary: None,
                tags: Vec::new(),
                policies: Vec::new(),
                inline: None,
            },
        }
    }

    #[test]
    fn what_is_made_lets_in_and_what_is_near_does_not() {
        let (wanted, home) = (wanted(), home());
        let made = wanted.trust_policy(&wanted.provider_arn(home)).to_string();
        let (condition, key) = ("\"StringEquals\"", "oidc.example/id/X");
        for (trust, expected) in [
            (made.clone(), true),
            (made.replace(condition, "\"StringLike\""), true),
            (
                made.replace(condition, "\"StringLike\"")
                    .replace("demo:app", "demo:*"),
                true,
            ),
            (made.replace("demo:app", "demo:*"), false),
            (made.replace("demo:app", "demo:other"), false),
            (made.replace("\"sts.amazonaws.com\"", "\"other\""), false),
            (
                made.replace(&format!("{key}:sub"), "oidc.example/id/Y:sub"),
                false,
            ),
            (
                made.replace("oidc-provider/oidc.example/id/X", "oidc-provider/y"),
                false,
            ),
            (made.replace("\"Allow\"", "\"Deny\""), false),
            (made.replace("WebIdentity", "SAML"), false),
            ("{}".into(), false),
            ("no policy".into(), false),
        ] {
            let found = lets_in(&trust, &wanted.role_arn(home), &wanted, home);
            assert_eq!(found, expected, "{trust}");
        }
    }

    #[test]
    fn an_extended_policy_lets_both_in() {
        let (one, home) = (wanted(), home());
        let mut two = wanted();
        two.account = "demo/other".parse().unwrap();
        let provider = one.provider_arn(home);
        let list = one.trust_policy(&provider).to_string();
        let single = json!({"Version": "2012-10-17", "Statement": one.trust_statement(&provider)});
        for trust in [list, single.to_string()] {
            let trust = extended(&trust, two.trust_statement(&provider)).unwrap();
            assert_eq!(statements(&trust), 2);
            for wanted in [&one, &two] {
                assert!(
                    lets_in(&trust, &one.role_arn(home), wanted, home),
                    "{trust}"
                );
            }
        }
        assert_eq!(extended("[]", json!({})), None);
        assert_eq!(extended("{}", json!({})), None);
    }
}
