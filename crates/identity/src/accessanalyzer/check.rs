//! What the checks of access have in common.

use base::Fault;
use policy::access::{Access, Answer, Budget, Undecided};
use policy::lint::{LintKind, MAX_DOCUMENT_CHARS};
use policy::{Document, PolicyKind};
use shapes::accessanalyzer::ReasonSummary;
use tokio::sync::Semaphore;

/// Checks at a time: each may take seconds of a processor.
const MAX_RUNNING: usize = 4;

static TURNS: Semaphore = Semaphore::const_new(MAX_RUNNING);

/// The document as policies of this type are read.
///
/// A resource policy without resources is a role's trust policy.
pub(super) fn document(member: &str, text: &str, policy_type: &str) -> Result<Document, Fault> {
    if text.chars().count() > MAX_DOCUMENT_CHARS {
        let told = format!("The {member} is longer than {MAX_DOCUMENT_CHARS} characters.");
        return Err(invalid_parameter(told));
    }
    let kind = match (policy_type, LintKind::detect(text)) {
        ("IDENTITY_POLICY", _) => PolicyKind::Identity,
        (_, LintKind::Trust) => PolicyKind::RoleTrust,
        (_, _) => PolicyKind::Resource,
    };
    Document::load(text, kind)
        .map_err(|fault| invalid_parameter(format!("The {member} is invalid: {fault}")))
}

/// Runs a check beside the server's other work.
pub(super) async fn run(
    check: impl FnOnce(&mut Budget) -> Answer + Send + 'static,
) -> Result<Vec<Access>, Fault> {
    let Ok(_turn) = TURNS.try_acquire() else {
        let told = "Too many checks are running. Try again later.";
        return Err(Fault::new("ThrottlingException", 429, told));
    };
    let done = tokio::task::spawn_blocking(|| check(&mut Budget::ORDINARY.clone()));
    match done.await {
        Ok(Answer::Nothing) => Ok(Vec::new()),
        Ok(Answer::Found(found)) => Ok(found),
        Ok(Answer::Undecided(Undecided::Kinds)) => {
            let told = "The policy documents are not of the same kind: one names resources, the other is a role's trust policy.";
            Err(invalid_parameter(told.to_owned()))
        }
        Ok(Answer::Undecided(why @ (Undecided::Budget | Undecided::Conditions))) => {
            let told = format!("The check cannot be decided: {why}.");
            Err(Fault::new("UnprocessableEntityException", 422, told))
        }
        Err(error) => Err(Fault::internal(format!("a check of access: {error}"))),
    }
}

/// The statements, `told` so.
pub(super) fn reasons(found: Vec<Access>, told: &str) -> Vec<ReasonSummary> {
    let reason = |access: Access| {
        let index = access.statement.index;
        let place = match &access.statement.sid {
            Some(sid) => format!("sid: {sid}"),
            None => format!("index: {index}"),
        };
        ReasonSummary {
            description: Some(format!("{told} in the statement with {place}.")),
            statement_index: i64::try_from(index).ok(),
            statement_id: access.statement.sid,
        }
    };
    found.into_iter().map(reason).collect()
}

pub(super) fn invalid_parameter(told: String) -> Fault {
    Fault::bad_request("InvalidParameterException", told)
}
