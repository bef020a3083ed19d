//! What is wrong with a policy, before a service words it.

pub(super) enum Flaw {
    /// It does not begin with `{`.
    FirstByte,
    /// No JSON.
    Json,
    /// An element of another type, or given twice, or beside its negation.
    Shape,
    /// Larger than the service takes.
    Size,
    UnknownElement(String),
    Version,
    EmptyStatement,
    /// An element that must be there, and hold something.
    Missing(&'static str),
    Effect(String),
    Principal,
    ServicePrincipal,
    AllowNotPrincipal,
    Action,
    Resource,
    /// No action of the statement is for a resource of the statement.
    ActionWithoutResource,
    Operator(String),
    Key,
    /// No action of the statement has the condition key.
    KeyWithoutAction,
    Address,
    DuplicateSid,
}
