//! Facts, decision, effect: one attempt on one snapshot.

use base::{Fault, FaultKind};
use shapes::Value;

use crate::audit_facts::AuditFacts;
use crate::call::Call;
use crate::operation::{AnyOperation, Erased};
use crate::ports::Grants;
use crate::principal::Principal;
use crate::rooms::asked::Asked;
use crate::rooms::permit::{self, Decided};
use crate::rooms::prove;
use crate::unit::Unit;

/// What one attempt came to.
pub(crate) struct Attempt {
    pub(crate) result: Result<Value, Fault>,
    pub(crate) audit: AuditFacts,
    pub(crate) decisions: Vec<Decided>,
    pub(crate) explanation: Option<serde_json::Value>,
    pub(crate) asked: Vec<Asked>,
}

impl Attempt {
    /// Nothing came of it.
    pub(crate) fn failed(fault: Fault) -> Self {
        Self {
            result: Err(fault),
            audit: AuditFacts::default(),
            decisions: Vec::new(),
            explanation: None,
            asked: Vec::new(),
        }
    }

    /// Whether it must run again on a newer snapshot.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(&self.result, Err(fault) if fault.kind() == FaultKind::Conflict)
    }
}

/// Runs an operation once; input that breaks a constraint gets as far as the decision. A failure
/// leaves nothing behind: the caller drops the unit.
pub(crate) async fn attempt(
    call: &Call,
    operation: &dyn AnyOperation,
    input: &Erased,
    broken: Option<&Fault>,
    unit: &mut Unit,
) -> Attempt {
    let grants = match grants(call, unit).await {
        Ok(grants) => grants,
        Err(fault) => return Attempt::failed(fault),
    };
    let facts = match operation.facts(input, call, &mut unit.view()).await {
        Ok(facts) => facts,
        Err(fault) => {
            return Attempt {
                audit: operation.audit(input, None, call),
                ..Attempt::failed(fault)
            };
        }
    };
    let access = match operation.access(input, &*facts, call) {
        Ok(access) => access,
        Err(fault) => return Attempt::failed(fault),
    };
    let shown = |fault: Fault| Attempt {
        audit: operation.audit(input, Some(&*facts), call),
        ..Attempt::failed(fault)
    };
    let allowed = match permit::permit(call, access, &grants) {
        Ok(allowed) => allowed,
        Err(refused) => {
            return Attempt {
                explanation: Some(refused.explanation),
                asked: refused.asked,
                ..shown(refused.fault)
            };
        }
    };
    if let Some(broken) = broken {
        return Attempt {
            decisions: allowed.decisions,
            asked: allowed.asked,
            ..shown(broken.clone())
        };
    }
    match operation
        .perform(input, &*facts, &allowed.proof, unit)
        .await
    {
        Ok(performed) => Attempt {
            result: Ok(performed.output),
            audit: performed.audit,
            decisions: allowed.decisions,
            asked: allowed.asked,
            explanation: None,
        },
        Err(fault) => Attempt {
            decisions: allowed.decisions,
            asked: allowed.asked,
            ..shown(fault)
        },
    }
}

/// The caller's policies. A principal that is gone since it was proven is refused like one that
/// never was (THREATS R9).
async fn grants(call: &Call, unit: &mut Unit) -> Result<Grants, Fault> {
    match &call.principal {
        Principal::WebIdentity(_) | Principal::Anonymous => Ok(Grants::default()),
        Principal::Root(_) | Principal::User(_) | Principal::Session(_) => call
            .server
            .identities
            .grants(&call.server, &mut unit.view(), &call.principal)
            .await?
            .ok_or_else(|| sigv4::AuthFault::TokenInvalid.to_fault(prove::family(call.service))),
    }
}
