//! Why a simulation is refused, in AWS's words where they were recorded.

use base::Fault;

/// A request to the simulator that cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimulationFault {
    /// `PolicyInputList` holds what is no policy; places count from 1.
    #[error("Policy input list item {0} has invalid content")]
    Policy(usize),
    /// The permissions boundary of the request is no policy.
    #[error("Permissions Boundary policy input list item {0} has invalid content")]
    Boundary(usize),
    /// A service control policy is none.
    #[error("Organization policy at index {0} has invalid content")]
    Organization(usize),
    /// The policy of the resource is none.
    #[error("Resource policy has invalid content")]
    ResourcePolicy,
    /// More than one permissions boundary.
    #[error("The list of Permissions Boundary policies cannot exceed 1 items.")]
    Boundaries,
    /// A level of the organization has no policy; places count from 1.
    #[error("Organization policy at index {0} must contain at least one service control policy")]
    EmptyLevel(usize),
    /// A resource is no ARN.
    #[error("ResourceNames are not in a valid ARN format: {0}.")]
    Resource(String),
    /// An action has no service.
    #[error("The action is invalid since it is missing names")]
    Action,
    /// Actions that the simulator knows stand beside such that it does not.
    #[error(
        "Invalid Input Actions: [{}] and [{}] require different authorization information. ",
        .known.join(","),
        .unknown.join(",")
    )]
    MixedActions {
        /// Those it knows.
        known: Vec<String>,
        /// Those it does not.
        unknown: Vec<String>,
    },
    /// The action has no such `ResourceHandlingOption`.
    #[error(
        "Invalid input resource handling options. Action does not support resource handling \
         options: {0}."
    )]
    ResourceHandling(String),
    /// A context entry without a name.
    #[error("ContextKeyName cannot be null or empty.")]
    EntryName,
    /// A context entry without a type.
    #[error("Context key {0} has invalid type null.")]
    EntryType(String),
    /// A context entry without values.
    #[error("Context values for context key {0} cannot be null or empty.")]
    EntryValues(String),
    /// A scalar with several values; the text names the type.
    #[error("Context key {kind} expected a single value, but received {count}.")]
    EntryCount {
        /// The declared type.
        kind: &'static str,
        /// How many values there are.
        count: usize,
    },
    /// A value that is not of the declared type.
    #[error("Invalid context value for key {key}: expected {format}.")]
    EntryFormat {
        /// The key, as spelled.
        key: String,
        /// What was expected.
        format: &'static str,
    },
    /// The same key twice, in any case.
    #[error("Duplicate context key: {0}.")]
    EntryTwice(String),
    /// `CallerArn` names neither user nor role nor group.
    #[error("Invalid caller - Caller must be an IAM user, role or group in this context.")]
    Caller,
    /// A resource policy without a caller.
    #[error("Invalid caller - Caller cannot be null or empty.")]
    NoCaller,
    /// A resource policy without a resource.
    #[error("Invalid Entity Arn: {0} does not clearly define entity type and name.")]
    Entity(String),
    /// `ResourceOwner` is no IAM ARN of an account.
    #[error("'{0}' is not a valid as a Resource Owner.")]
    Owner(String),
    /// A policy of the principal cannot be read.
    #[error("The policy {0} of the principal cannot be evaluated.")]
    Stored(String),
}

impl From<SimulationFault> for Fault {
    fn from(fault: SimulationFault) -> Self {
        let (code, status) = match fault {
            SimulationFault::Stored(_) => ("PolicyEvaluation", 500),
            _ => ("InvalidInput", 400),
        };
        Fault::new(code, status, fault.to_string())
    }
}
