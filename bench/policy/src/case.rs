//! A decision to measure.

use std::sync::Arc;

use base::AccountId;
use policy::{
    Attached, Caller, CallerKind, Context, Document, Layers, PolicyFault, PolicyKind, Request,
};
use serde_json::{Value, json};

use crate::fault::Fault;

/// The account of caller and resource.
pub(crate) const ACCOUNT: &str = "111122223333";

/// Policies and one request of a role's session.
pub(crate) struct Case {
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// The statements of each policy.
    pub(crate) policies: Vec<Vec<Value>>,
    /// The condition keys of the request.
    pub(crate) context: Vec<(String, String)>,
    /// What is asked.
    pub(crate) action: &'static str,
    /// Of what.
    pub(crate) resource: String,
    /// The right answer.
    pub(crate) allowed: bool,
}

/// What a case is made of before it is decided.
pub(crate) struct Prepared {
    /// The policies, parsed.
    pub(crate) layers: Layers,
    context: Context,
    caller: Caller,
    account: AccountId,
}

impl Case {
    /// Parses everything.
    pub(crate) fn prepare(&self) -> Result<Prepared, PolicyFault> {
        let mut context = Context::new();
        for (key, value) in &self.context {
            context.set(key, value.as_str());
        }
        let texts = self.policies.iter().map(|statements| text(statements));
        let identity = texts.map(|text| attached(&text));
        Ok(Prepared {
            layers: Layers {
                identity: identity.collect::<Result<_, _>>()?,
                ..Layers::default()
            },
            context,
            caller: caller(),
            account: account(),
        })
    }

    /// A wrong answer is not worth measuring.
    pub(crate) fn check(&self, evaluator: &'static str, allowed: bool) -> Result<(), Fault> {
        if allowed == self.allowed {
            return Ok(());
        }
        Err(Fault::Wrong {
            evaluator,
            case: self.name,
        })
    }

    /// The question, about what was prepared.
    pub(crate) fn request<'a>(&'a self, prepared: &'a Prepared) -> Request<'a> {
        Request {
            caller: &prepared.caller,
            action: self.action,
            resource: &self.resource,
            resource_account: prepared.account,
            context: &prepared.context,
        }
    }
}

/// The policy of these statements.
pub(crate) fn text(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// A caller's own policy.
pub(crate) fn attached(text: &str) -> Result<Attached, PolicyFault> {
    Ok(Attached {
        name: "policy".to_owned(),
        arn: None,
        document: Some(Arc::new(Document::load(text, PolicyKind::Identity)?)),
    })
}

#[expect(clippy::expect_used, reason = "a constant")]
fn account() -> AccountId {
    ACCOUNT.parse().expect("twelve digits")
}

fn caller() -> Caller {
    Caller {
        kind: CallerKind::AssumedRole,
        account: Some(account()),
        arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/pod"),
        principal_arn: Some(format!("arn:aws:iam::{ACCOUNT}:role/app")),
        unique_id: Some("AROAEXAMPLEROLE000001".to_owned()),
    }
}
