//! A cluster's ServiceAccounts and namespaces, made when they are asked for.

use serde_json::{Value, json};

/// So many namespaces share the ServiceAccounts.
const NAMESPACES: usize = 100;
/// The version of everything: nothing changes.
pub(crate) const RESOURCE_VERSION: &str = "1000";
/// Long before the run: nothing is so new that it is looked up again.
const CREATED: &str = "2025-01-01T00:00:00Z";

/// What an API server has many of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Each has a role.
    ServiceAccount,
    /// None is opted in.
    Namespace,
}

/// How a client wants to see objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// As they are.
    Whole,
    /// Metadata alone.
    Metadata,
}

/// A cluster with so many ServiceAccounts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Population {
    /// How many.
    pub(crate) service_accounts: usize,
}

impl Population {
    /// How many of a kind there are.
    pub(crate) fn count(self, kind: Kind) -> usize {
        match kind {
            Kind::ServiceAccount => self.service_accounts,
            Kind::Namespace => NAMESPACES,
        }
    }

    /// One of them.
    pub(crate) fn object(self, kind: Kind, view: View, index: usize) -> Option<Value> {
        if index >= self.count(kind) {
            return None;
        }
        let name = name(kind, index);
        let mut metadata = json!({
            "name": name,
            "uid": format!("00000000-0000-4000-8000-{index:012}"),
            "resourceVersion": "7",
            "creationTimestamp": CREATED,
        });
        match kind {
            Kind::ServiceAccount => {
                put(&mut metadata, "namespace", json!(namespace(index)));
                let role = json!({ "eks.amazonaws.com/role-arn": role_arn(index) });
                put(&mut metadata, "annotations", role);
                put(&mut metadata, "managedFields", managed_fields());
            }
            Kind::Namespace => {
                let label = json!({ "kubernetes.io/metadata.name": name });
                put(&mut metadata, "labels", label);
            }
        }
        let (version, kind) = type_of(kind, view);
        Some(json!({ "apiVersion": version, "kind": kind, "metadata": metadata }))
    }

    /// The one of a name, if there is one.
    pub(crate) fn find(self, kind: Kind, view: View, wanted: &str) -> Option<Value> {
        let digits = wanted.rsplit('-').next()?;
        let index = digits.parse().ok()?;
        (name(kind, index) == wanted).then(|| self.object(kind, view, index))?
    }
}

/// `apiVersion` and `kind` of one object.
pub(crate) fn type_of(kind: Kind, view: View) -> (&'static str, &'static str) {
    match (kind, view) {
        (_, View::Metadata) => ("meta.k8s.io/v1", "PartialObjectMetadata"),
        (Kind::ServiceAccount, View::Whole) => ("v1", "ServiceAccount"),
        (Kind::Namespace, View::Whole) => ("v1", "Namespace"),
    }
}

/// The namespace of a ServiceAccount.
pub(crate) fn namespace(index: usize) -> String {
    name(Kind::Namespace, index % NAMESPACES)
}

/// The name of an object.
pub(crate) fn name(kind: Kind, index: usize) -> String {
    match kind {
        Kind::ServiceAccount => format!("app-{index}"),
        Kind::Namespace => format!("team-{index}"),
    }
}

/// The role of a ServiceAccount.
pub(crate) fn role_arn(index: usize) -> String {
    format!("arn:aws:iam::111122223333:role/app-{index}")
}

fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
}

/// As `kubectl apply` leaves them: half of what a ServiceAccount is.
fn managed_fields() -> Value {
    json!([{
        "manager": "kubectl-client-side-apply",
        "operation": "Update",
        "apiVersion": "v1",
        "time": CREATED,
        "fieldsType": "FieldsV1",
        "fieldsV1": { "f:metadata": { "f:annotations": {
            ".": {},
            "f:eks.amazonaws.com/role-arn": {},
            "f:kubectl.kubernetes.io/last-applied-configuration": {},
        } } },
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Population = Population {
        service_accounts: 2,
    };

    #[test]
    fn there_are_as_many_as_were_asked_for() {
        for (index, expected) in [(0, true), (1, true), (2, false)] {
            let found = TWO.object(Kind::ServiceAccount, View::Whole, index);
            assert_eq!(found.is_some(), expected, "{index}");
        }
    }

    #[test]
    fn objects_are_found_by_their_names() {
        for (kind, wanted, expected) in [
            (Kind::ServiceAccount, "app-1", true),
            (Kind::ServiceAccount, "app-2", false),
            (Kind::ServiceAccount, "app-01", false),
            (Kind::ServiceAccount, "default", false),
            (Kind::Namespace, "team-99", true),
            (Kind::Namespace, "team-100", false),
        ] {
            let found = TWO.find(kind, View::Metadata, wanted);
            assert_eq!(found.is_some(), expected, "{wanted}");
            if let Some(found) = found {
                assert_eq!(found["metadata"]["name"], wanted);
                assert_eq!(found["kind"], "PartialObjectMetadata");
            }
        }
    }
}
