//! What a call asks for, kept beside its record for replays.

use std::sync::{Arc, LazyLock};

use audit::{AskedCheck, AskedKeys, AskedValue, Others};
use base::AccountId;
use policy::compiled::{CompiledLayers, PolicySet, decide};
use policy::{Attached, Caller, Context, ContextEntry, Document, Leniency, PolicyKind, Request};

use crate::access::Check;

/// One check of a call, decided or not.
pub(crate) struct Asked {
    action: String,
    resource: String,
    owner: AccountId,
    caller: Option<AccountId>,
    context: Context,
    others: Others,
}

/// Allows all there is to a caller whose other policies leave it to its own.
static EVERYTHING: LazyLock<Arc<PolicySet>> = LazyLock::new(|| {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["*","irsa:*"],"Resource":"*"}}"#;
    let document = Document::parse(text, PolicyKind::Identity, Leniency::Storage);
    Arc::new(PolicySet::compile(&[Attached {
        name: "everything".to_owned(),
        arn: None,
        document: document.ok().map(Arc::new),
    }]))
});

/// What all policies but the caller's own make of a request. The decision depends on the caller's
/// own in three ways only (they refuse, they allow, they are silent), and refusing decides.
pub(crate) fn others(request: &Request<'_>, layers: &CompiledLayers) -> Others {
    let under = |identity| {
        let layers = CompiledLayers {
            identity,
            ..layers.clone()
        };
        decide(request, &layers).is_allowed()
    };
    if !under(Arc::clone(&EVERYTHING)) {
        Others::Refuse
    } else if under(Arc::default()) {
        Others::Allow
    } else {
        Others::Leave
    }
}

impl Asked {
    pub(crate) fn new(caller: &Caller, check: Check, context: Context, others: Others) -> Self {
        Self {
            action: check.action,
            resource: check.resource,
            owner: check.owner,
            caller: caller.account,
            context,
            others,
        }
    }

    /// As the record keeps it: without what describes another account's resource (THREATS R44).
    pub(crate) fn kept(&self) -> AskedCheck {
        let is_foreign = self.caller != Some(self.owner);
        let (hidden, shown): (Vec<_>, Vec<_>) = self
            .context
            .iter()
            .partition(|entry| is_foreign && policy::describes_resource(entry.name()));
        AskedCheck {
            action: self.action.clone(),
            resource: self.resource.clone(),
            owner: self.owner,
            keys: shown.into_iter().map(key).collect::<AskedKeys>(),
            others: self.others,
            hides_resource: !hidden.is_empty(),
        }
    }
}

fn key(entry: &ContextEntry) -> (String, AskedValue) {
    let value = match entry.single() {
        Some(value) => AskedValue::One(value.to_owned()),
        None => AskedValue::Many(entry.values().to_vec()),
    };
    (entry.name().to_owned(), value)
}

#[cfg(test)]
mod tests {
    use policy::{CallerKind, Layers, ResourceGate, ResourcePolicy, Verdict};

    use super::*;

    const OWN: &str = "123456789012";
    const OTHER: &str = "210987654321";

    fn attached(kind: PolicyKind, statement: &str) -> Attached {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
        let document = Document::parse(&text, kind, Leniency::Storage);
        Attached {
            name: "policy".to_owned(),
            arn: None,
            document: Some(Arc::new(document.unwrap())),
        }
    }

    fn identity(statement: &str) -> Attached {
        attached(PolicyKind::Identity, statement)
    }

    fn resource(principal: &str, effect: &str) -> ResourcePolicy {
        let statement = format!(
            r#"{{"Effect":"{effect}","Principal":{{"AWS":"{principal}"}},"Action":"*","Resource":"*"}}"#
        );
        ResourcePolicy {
            attached: attached(PolicyKind::Resource, &statement),
            gate: ResourceGate::Ordinary,
        }
    }

    /// What the caller's own policies say and what is kept of the others decide together as all
    /// policies do.
    #[test]
    fn others_and_own_decide_as_all_do() {
        let session = "arn:aws:sts::123456789012:assumed-role/app/s";
        let role = "arn:aws:iam::123456789012:role/app";
        let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
        let ours = r#"{"Effect":"Allow","Action":"irsa:*","Resource":"*"}"#;
        let deny = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
        let silent = r#"{"Effect":"Allow","Action":"s3:Nothing","Resource":"*"}"#;
        let boundaries = [
            None,
            Some(identity(allow)),
            Some(identity(silent)),
            Some(identity(deny)),
        ];
        let resources = [
            None,
            Some(resource(session, "Allow")),
            Some(resource(role, "Allow")),
            Some(resource(OWN, "Allow")),
            Some(resource(role, "Deny")),
        ];
        let caller = Caller {
            kind: CallerKind::AssumedRole,
            account: OWN.parse().ok(),
            arn: session.to_owned(),
            principal_arn: Some(role.to_owned()),
            unique_id: None,
        };
        let context = Context::new();
        let mut seen = Vec::new();
        for boundary in &boundaries {
            for restriction in [None, Some(allow), Some(silent)] {
                for resource in &resources {
                    for (owner, action, own) in [
                        (OWN, "sqs:SendMessage", [allow, silent, deny]),
                        (OTHER, "sqs:SendMessage", [allow, silent, deny]),
                        (OWN, "irsa:Explain", [ours, allow, deny]),
                    ] {
                        let layers = Layers {
                            boundary: boundary.clone(),
                            session: restriction.map(|one| vec![identity(one)]),
                            resource: resource.clone(),
                            ..Layers::default()
                        };
                        let request = Request {
                            caller: &caller,
                            action,
                            resource: "arn:aws:sqs:us-east-1:123456789012:q",
                            resource_account: owner.parse().unwrap(),
                            context: &context,
                        };
                        let others = others(&request, &CompiledLayers::compile(&layers));
                        seen.push(others);
                        for statement in own {
                            let own = vec![identity(statement)];
                            let alone = Layers {
                                identity: own.clone(),
                                ..Layers::default()
                            };
                            let own_request = Request {
                                resource_account: OWN.parse().unwrap(),
                                ..request
                            };
                            let verdict = policy::decide(&own_request, &alone).verdict;
                            let refused =
                                verdict == Verdict::ExplicitDeny || others == Others::Refuse;
                            let granted = verdict == Verdict::Allowed || others == Others::Allow;
                            let expected = granted && !refused;
                            let all = Layers {
                                identity: own,
                                ..layers.clone()
                            };
                            let decision = policy::decide(&request, &all);
                            assert_eq!(decision.is_allowed(), expected, "{all:?} {others:?}");
                        }
                    }
                }
            }
        }
        for others in [Others::Leave, Others::Allow, Others::Refuse] {
            assert!(seen.contains(&others), "{others:?}");
        }
    }
}
