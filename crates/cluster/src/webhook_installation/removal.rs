//! Takes the webhook away again, its configuration first: no API server asks one that is gone.

use kube::api::{DeleteParams, Preconditions};
use serde_json::{Value, json};

use super::{FIELD_MANAGER, InstallError, Object, WebhookInstallation, endpoint_ca, object};
use crate::ask_error::ask;
use crate::{AskError, Connection};

/// Others may live in it, the server among them.
const STAYS: &str = "Namespace";
/// What a Helm release writes on its objects.
const HELM: &str = "/metadata/annotations/meta.helm.sh~1release-name";

/// An object that goes.
struct Leaving<'a> {
    object: &'a Object,
    found: Value,
}

impl WebhookInstallation {
    /// What is there of it, in the order in which it goes. Nothing is changed.
    ///
    /// # Errors
    /// The cluster does not say, or something else looks after an object.
    pub async fn installed(&self, connection: &Connection) -> Result<Vec<String>, InstallError> {
        let mut there = Vec::new();
        for object in &self.removable()? {
            let leaving = object.leaving(connection).await?;
            there.extend(leaving.map(|leaving| leaving.object.shown()));
        }
        Ok(there)
    }

    /// Takes them away, one after the other, if all of them are ours. The namespace stays, and what
    /// the webhook itself made in it.
    ///
    /// # Errors
    /// The cluster does not give one of them up, or something else looks after it.
    pub async fn uninstall(&self, connection: &Connection) -> Result<(), InstallError> {
        let objects = self.removable()?;
        let mut leaving = Vec::new();
        for object in &objects {
            leaving.extend(object.leaving(connection).await?);
        }
        for one in &leaving {
            one.delete(connection).await?;
        }
        Ok(())
    }

    /// The same with kubectl, one command after the other.
    pub fn removal_commands(&self) -> Vec<String> {
        let [mut first, mut namespaced, mut rest] = [const { Vec::new() }; 3];
        for object in self.objects.iter().rev().filter(|object| object.goes()) {
            let kind = object.resource.kind.to_ascii_lowercase();
            match (&object.namespace, kind.as_str()) {
                (Some(namespace), _) => namespaced.push((kind, namespace.as_str(), &object.name)),
                (None, "mutatingwebhookconfiguration") => first.push((kind, "", &object.name)),
                (None, _) => rest.push((kind, "", &object.name)),
            }
        }
        [first, namespaced, rest]
            .iter()
            .filter_map(|group| command(group))
            .collect()
    }

    /// What was made last goes first; the ConfigMap with a CA may be there.
    fn removable(&self) -> Result<Vec<Object>, InstallError> {
        let mut objects: Vec<Object> = self
            .objects
            .iter()
            .rev()
            .filter(|one| one.goes())
            .cloned()
            .collect();
        let deployment = objects.iter().find(|one| one.resource.kind == "Deployment");
        let namespace = deployment.and_then(|one| one.namespace.clone());
        if !objects.iter().any(|one| one.name == endpoint_ca::NAME) {
            objects.push(object(json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": { "name": endpoint_ca::NAME, "namespace": namespace },
            }))?);
        }
        Ok(objects)
    }
}

/// All of one name and place.
fn command(group: &[(String, &str, &String)]) -> Option<String> {
    let (_, namespace, name) = group.first()?;
    let kinds: Vec<&str> = group.iter().map(|(kind, _, _)| kind.as_str()).collect();
    let place = match *namespace {
        "" => String::new(),
        namespace => format!(" -n {namespace}"),
    };
    Some(format!(
        "kubectl delete{place} {} {name} --ignore-not-found",
        kinds.join(",")
    ))
}

impl Object {
    fn goes(&self) -> bool {
        self.resource.kind != STAYS
    }

    async fn leaving(&self, connection: &Connection) -> Result<Option<Leaving<'_>>, InstallError> {
        let Some(found) = self.get(connection).await? else {
            return Ok(None);
        };
        if !is_ours(&found) {
            return Err(InstallError::Foreign {
                what: self.shown(),
                told: "it is not of `irsa cluster add --webhook`".to_owned(),
            });
        }
        Ok(Some(Leaving {
            object: self,
            found,
        }))
    }
}

impl Leaving<'_> {
    /// That very object: not one of its name that somebody made meanwhile.
    async fn delete(&self, connection: &Connection) -> Result<(), InstallError> {
        let uid = self.found.pointer("/metadata/uid").and_then(Value::as_str);
        let parameters = DeleteParams {
            preconditions: Some(Preconditions {
                uid: uid.map(str::to_owned),
                resource_version: None,
            }),
            ..DeleteParams::background()
        };
        let api = self.object.api(connection);
        let gone = api.delete(&self.object.name, &parameters);
        match ask(connection.server(), || self.object.shown(), gone).await {
            Ok(_) | Err(AskError::Missing { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether we applied it, and no Helm release has it.
fn is_ours(found: &Value) -> bool {
    let fields = found
        .pointer("/metadata/managedFields")
        .and_then(Value::as_array);
    let applied = fields.into_iter().flatten().any(|field| {
        let is = |member: &str, wanted: &str| field.get(member).is_some_and(|own| own == wanted);
        is("manager", FIELD_MANAGER) && is("operation", "Apply")
    });
    applied && found.pointer(HELM).is_none()
}

#[cfg(test)]
mod tests;
