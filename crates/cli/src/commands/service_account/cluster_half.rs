//! The half in the cluster: the ServiceAccount and its annotations.

use std::collections::BTreeMap;

use base::Escaped;
use cluster::{AccountState, Accounts, AnnotationChanges, AskError};

use crate::failure::Failure;

/// What to do with annotations that say something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Differing {
    /// Say so.
    Refuse,
    /// Write over them.
    Replace,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClusterChange {
    CreateNamespace,
    CreateAccount(BTreeMap<String, String>),
    Annotate(AnnotationChanges),
    DeleteAccount,
}

/// What is to be done so that the ServiceAccount has these annotations.
pub(super) fn changes(
    found: Option<&AccountState>,
    has_namespace: bool,
    wanted: BTreeMap<String, String>,
    differing: Differing,
) -> Result<Vec<ClusterChange>, Failure> {
    let Some(found) = found else {
        let namespace = (!has_namespace).then_some(ClusterChange::CreateNamespace);
        let create = ClusterChange::CreateAccount(wanted);
        return Ok(namespace.into_iter().chain([create]).collect());
    };
    let mut changes = AnnotationChanges::new();
    for (name, value) in wanted {
        match found.annotations.get(&name) {
            Some(there) if *there == value => {}
            Some(there) if differing == Differing::Refuse => {
                let what = format!(
                    "the ServiceAccount has the annotation {name} already, of the value `{}`; \
                     wanted is `{}`",
                    Escaped(there),
                    Escaped(&value)
                );
                return Err(Failure::failed(what).help("--override replaces it"));
            }
            Some(_) | None => {
                changes.insert(name, Some(value));
            }
        }
    }
    let change = (!changes.is_empty()).then_some(ClusterChange::Annotate(changes));
    Ok(change.into_iter().collect())
}

/// Makes one change.
pub(super) async fn make(
    change: &ClusterChange,
    accounts: &Accounts<'_>,
    found: Option<&AccountState>,
) -> Result<(), AskError> {
    match (change, found) {
        (ClusterChange::CreateNamespace, _) => accounts.create_namespace().await,
        (ClusterChange::CreateAccount(annotations), _) => accounts.create(annotations).await,
        (ClusterChange::Annotate(changes), Some(found)) => accounts.annotate(found, changes).await,
        (ClusterChange::DeleteAccount, Some(found)) => accounts.delete(found).await,
        (ClusterChange::Annotate(_) | ClusterChange::DeleteAccount, None) => Ok(()),
    }
}

/// What a change is, for people.
pub(super) fn text(change: &ClusterChange, (namespace, name): (&str, &str)) -> String {
    let account = format!("the ServiceAccount {namespace}/{name}");
    match change {
        ClusterChange::CreateNamespace => format!("create the namespace {namespace}"),
        ClusterChange::CreateAccount(annotations) => {
            let pairs = annotations
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            let pairs: Vec<String> = pairs.collect();
            format!("create {account} with {}", pairs.join(", "))
        }
        ClusterChange::Annotate(changes) => {
            let steps = changes.iter().map(|(name, value)| match value {
                Some(value) => format!("{name}={value}"),
                None => format!("{name} removed"),
            });
            let steps: Vec<String> = steps.collect();
            format!("annotate {account}: {}", steps.join(", "))
        }
        ClusterChange::DeleteAccount => format!("delete {account}"),
    }
}
