//! The object of a cluster that a command names.

use cluster::Connection;

use crate::args::KubernetesArgs;
use crate::failure::Failure;
use crate::values::ObjectName;

/// The way to its cluster, and its namespace: its own, the flag's or the context's.
pub(super) async fn open(
    kubernetes: &KubernetesArgs,
    object: &ObjectName,
) -> Result<(Connection, String), Failure> {
    let connection = Connection::open(&kubernetes.target()).await?;
    let flag = kubernetes.namespace.as_deref();
    let namespace = object.namespace(flag, Some(connection.namespace()));
    let namespace = namespace.map_err(|error| Failure::usage(error.to_string()))?;
    Ok((connection, namespace))
}
