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
