//! What the targets share: one caller, and both evaluators beside each other.

use std::sync::Arc;

use base::AccountId;
use policy::compiled::{CompiledLayers, decide as decide_compiled};
use policy::{
    Attached, Caller, CallerKind, Context, Document, Layers, PolicyKind, Request, ResourceGate,
    ResourcePolicy, decide, decoded_message, explain,
};

/// The account of caller and resource.
pub const ACCOUNT: &str = "123456789012";

/// What is asked.
pub struct Question<'t> {
    /// The action.
    pub action: &'t str,
    /// The resource.
    pub resource: &'t str,
    /// The condition keys.
    pub context: Context,
}

/// A policy where it is attached.
pub fn attached(document: Document) -> Attached {
    Attached {
        name: "policy".to_owned(),
        arn: None,
        document: Some(Arc::new(document)),
    }
}

/// A caller's own policy, and perhaps one of the resource.
pub fn layers(text: &str) -> Option<Layers> {
    if let Ok(document) = Document::load(text, PolicyKind::Identity) {
        return Some(Layers {
            identity: vec![attached(document)],
            ..Layers::default()
        });
    }
    let (document, gate) = match Document::load(text, PolicyKind::Resource) {
        Ok(document) => (document, ResourceGate::Ordinary),
        Err(_) => (
            Document::load(text, PolicyKind::RoleTrust).ok()?,
            ResourceGate::Trust,
        ),
    };
    Some(Layers {
        resource: Some(ResourcePolicy {
            attached: attached(document),
            gate,
        }),
        ..Layers::default()
    })
}

/// Both evaluators must agree, for a user and for a web identity.
pub fn compare(question: &Question<'_>, layers: &Layers) {
    let compiled = CompiledLayers::compile(layers);
    for caller in [user(), web_identity()] {
        let request = question.request(&caller);
        let plain = decide(&request, layers);
        let fast = decide_compiled(&request, &compiled).to_decision();
        assert_eq!(fast, plain, "{request:#?}\n{layers:#?}");
    }
}

/// What explains a decision tells of the same decision.
pub fn explained(question: &Question<'_>, layers: &Layers) {
    for caller in [user(), web_identity()] {
        let request = question.request(&caller);
        let explanation = explain(&request, layers);
        assert_eq!(explanation.verdict, decide(&request, layers).verdict);
        decoded_message(&explanation);
    }
}

impl Question<'_> {
    fn request<'a>(&'a self, caller: &'a Caller) -> Request<'a> {
        Request {
            caller,
            action: self.action,
            resource: self.resource,
            resource_account: account(),
            context: &self.context,
        }
    }
}

fn account() -> AccountId {
    ACCOUNT.parse().expect("twelve digits")
}

fn user() -> Caller {
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/ann");
    Caller {
        kind: CallerKind::User,
        account: Some(account()),
        arn: arn.clone(),
        principal_arn: Some(arn),
        unique_id: Some("AIDAEXAMPLEEXAMPLE123".to_owned()),
    }
}

fn web_identity() -> Caller {
    Caller {
        kind: CallerKind::WebIdentity,
        account: None,
        arn: format!("arn:aws:iam::{ACCOUNT}:oidc-provider/issuer.example/id"),
        principal_arn: None,
        unique_id: None,
    }
}
