//! What the simulator calls the resource of an action.

use super::Simulation;
use super::catalog::{self, Recognition};

/// The one resource that was asked for; without any, `*` or what stands for the list that the
/// action reads; with several, how ARNs of the service are written. None where that is not known.
pub(super) fn of_action(simulation: &Simulation, action: &str) -> Option<String> {
    match simulation.resources.as_slice() {
        [one] if one == "*" => Some(listed(simulation, action)),
        [one] => Some(one.clone()),
        several => match catalog::recognition(action) {
            Recognition::Unknown => Some("*".to_owned()),
            Recognition::Known => format(action, several),
        },
    }
}

fn format(action: &str, resources: &[String]) -> Option<String> {
    let (service, _) = action.split_once(':')?;
    let format = catalog::arn_format(service)?;
    let partition = resources.iter().find_map(|arn| arn.split(':').nth(1));
    // A format that leaves the partition open is shown as it is.
    Some(match format.strip_prefix("arn:aws:") {
        Some(rest) => format!("arn:{}:{rest}", partition.unwrap_or("aws")),
        None => format.to_owned(),
    })
}

/// Lists of IAM are named by what they list, in the account of who asks.
fn listed(simulation: &Simulation, action: &str) -> String {
    let kind = match action {
        "iam:ListGroups" => "group",
        "iam:ListInstanceProfiles" => "instance-profile",
        "iam:ListPolicies" => "policy",
        "iam:ListRoles" => "role",
        "iam:ListServerCertificates" => "server-certificate",
        "iam:ListUsers" => "user",
        "iam:ListVirtualMFADevices" => "mfa",
        _ => return "*".to_owned(),
    };
    let (partition, account) = (&simulation.partition, simulation.account);
    format!("arn:{partition}:iam::{account}:{kind}/")
}
