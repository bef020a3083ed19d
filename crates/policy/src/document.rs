//! Parsing a policy document.

use crate::condition::Operator;
use crate::fault::PolicyFault;
use crate::json::{self, Json, Value};
use crate::statement::{Condition, Effect, Principal, Scope, Statement, Version};
use crate::validate::{self, ResourceTarget};

/// What a policy is attached to; decides which elements are legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// A user's or role's inline policy, a managed policy, a permissions boundary.
    Identity,
    /// A session policy, inline in an STS call.
    Session,
    /// Who may assume a role.
    RoleTrust,
    /// A secret's, queue's, key's or bucket's policy.
    Resource,
    /// A service control policy: what the accounts of an organization may let their callers do.
    ServiceControl,
    /// A resource control policy: what an organization refuses on its accounts' resources.
    ResourceControl,
    /// The policy of a VPC endpoint: what may pass through it.
    Endpoint,
}

/// How strict condition literals are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leniency {
    /// IAM refuses malformed numbers, dates, addresses, ARNs and base64.
    Storage,
    /// STS takes all of these but bad base64; they then match nothing.
    Session,
    /// The policy simulator takes what STS takes, and compares otherwise: a number or an address
    /// that it cannot read ends the comparison, also a negated one.
    Simulator,
}

/// A policy document that parsed and validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    kind: PolicyKind,
    leniency: Leniency,
    version: Version,
    id: Option<String>,
    statements: Vec<Statement>,
}

impl Document {
    /// Parses and validates; the fault is AWS's first one, in AWS's order of checks. Size is the
    /// caller's to check ([`size_without_whitespace`]).
    pub fn parse(text: &str, kind: PolicyKind, leniency: Leniency) -> Result<Self, PolicyFault> {
        let json = validate::parse_valid(text, kind, leniency)?;
        let document = build(&json, kind);
        let document = document.map(|document| document.with_leniency(leniency));
        document.ok_or_else(|| validate::fault(kind))
    }

    /// Like [`Document::parse`], of what came as bytes, in whatever encoding.
    pub fn parse_bytes(
        bytes: &[u8],
        kind: PolicyKind,
        leniency: Leniency,
    ) -> Result<Self, PolicyFault> {
        let text = str::from_utf8(bytes).map_err(|_| validate::fault(kind))?;
        Self::parse(text, kind, leniency)
    }

    /// Parses and validates the policy of a service's resource; the fault is in that service's
    /// words. Size is checked too.
    pub fn parse_for(text: &str, target: &ResourceTarget<'_>) -> Result<Self, PolicyFault> {
        let json = validate::check_for_service(text, target)?;
        build(&json, PolicyKind::Resource).ok_or_else(|| target.service.fault())
    }

    /// Reads a stored document: all that evaluation needs is checked, but not the controls of
    /// writing, for rules that a later release adds must not make what is stored unreadable.
    /// Whatever [`Document::parse`] takes, this takes.
    pub fn load(text: &str, kind: PolicyKind) -> Result<Self, PolicyFault> {
        let malformed = || validate::fault(kind);
        let json = json::parse(text).map_err(|_| malformed())?;
        if !validate::has_known_elements(&json) {
            return Err(malformed());
        }
        build(&json, kind)
            .filter(Self::suits_kind)
            .ok_or_else(malformed)
    }

    /// Whether the elements are those that this kind of policy is evaluated by.
    fn suits_kind(&self) -> bool {
        let suits = |statement: &Statement| match self.kind {
            PolicyKind::Identity | PolicyKind::Session | PolicyKind::ServiceControl => {
                statement.principals.is_none() && statement.resources.is_some()
            }
            PolicyKind::RoleTrust => {
                statement.principals.is_some() && statement.resources.is_none()
            }
            PolicyKind::Resource | PolicyKind::ResourceControl | PolicyKind::Endpoint => {
                statement.principals.is_some() && statement.resources.is_some()
            }
        };
        !self.statements.is_empty() && self.statements.iter().all(suits)
    }

    /// The same document, read as `leniency` has it: a stored policy for the simulator.
    #[must_use]
    pub fn with_leniency(self, leniency: Leniency) -> Self {
        Self { leniency, ..self }
    }

    /// How its condition values are compared.
    pub fn leniency(&self) -> Leniency {
        self.leniency
    }

    /// What it is attached to.
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// The language's version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The `Id` element.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The statements, in order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// A document of these statements.
    pub(crate) fn of(kind: PolicyKind, statements: Vec<Statement>) -> Self {
        Self {
            kind,
            leniency: Leniency::Storage,
            version: Version::V2012,
            id: None,
            statements,
        }
    }

    /// The same document with other statements.
    pub(crate) fn with_statements(&self, statements: Vec<Statement>) -> Self {
        Self {
            statements,
            id: self.id.clone(),
            ..*self
        }
    }
}

/// AWS counts a policy's size without its white space (IAM quotas).
pub fn size_without_whitespace(text: &str) -> usize {
    text.chars()
        .filter(|character| !matches!(character, ' ' | '\t' | '\n' | '\r'))
        .count()
}

fn build(json: &Json, kind: PolicyKind) -> Option<Document> {
    let version = match json.member("Version").map(Json::as_str) {
        Some(Some("2012-10-17")) => Version::V2012,
        Some(Some("2008-10-17")) | None => Version::V2008,
        Some(_) => return None,
    };
    let statements = json.member("Statement")?.one_or_many().iter().enumerate();
    Some(Document {
        kind,
        leniency: Leniency::Storage,
        version,
        id: json.member("Id").and_then(Json::as_str).map(str::to_owned),
        statements: statements
            .map(|(index, statement)| build_statement(index, statement))
            .collect::<Option<_>>()?,
    })
}

fn build_statement(index: usize, json: &Json) -> Option<Statement> {
    let sid = json.member("Sid").and_then(Json::as_str);
    Some(Statement {
        index,
        sid: sid.filter(|sid| !sid.is_empty()).map(str::to_owned),
        effect: match json.member("Effect")?.as_str()? {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            _ => return None,
        },
        principals: build_scope(json, "Principal", "NotPrincipal", build_principals)?,
        actions: build_scope(json, "Action", "NotAction", build_texts)??,
        resources: build_scope(json, "Resource", "NotResource", build_texts)?,
        conditions: json
            .member("Condition")
            .map_or(Some(Vec::new()), build_conditions)?,
    })
}

/// `Some(None)` when neither element is there, `None` when one is malformed.
#[expect(clippy::option_option, reason = "absent and malformed differ")]
fn build_scope<T>(
    json: &Json,
    name: &str,
    not_name: &str,
    items: impl Fn(&Json) -> Option<Vec<T>>,
) -> Option<Option<Scope<T>>> {
    match (json.member(name), json.member(not_name)) {
        (None, None) => Some(None),
        (Some(listed), None) => Some(Some(Scope::In(items(listed)?))),
        (None, Some(listed)) => Some(Some(Scope::NotIn(items(listed)?))),
        (Some(_), Some(_)) => None,
    }
}

fn build_texts(json: &Json) -> Option<Vec<String>> {
    let texts = json.one_or_many().iter();
    texts.map(|text| text.as_str().map(str::to_owned)).collect()
}

fn build_principals(json: &Json) -> Option<Vec<Principal>> {
    if json.as_str() == Some("*") {
        return Some(vec![Principal::Anyone]);
    }
    let mut principals = Vec::new();
    for (kind, values) in json.as_object()? {
        for value in values.one_or_many() {
            principals.push(build_principal(kind, value.as_str()?)?);
        }
    }
    Some(principals)
}

fn build_principal(kind: &str, text: &str) -> Option<Principal> {
    let text = text.to_owned();
    Some(match kind {
        "AWS" if text == "*" => Principal::Anyone,
        "AWS" => Principal::Aws(text),
        "Federated" => Principal::Federated(text),
        "Service" => Principal::Service(text),
        "CanonicalUser" => Principal::CanonicalUser(text),
        _ => return None,
    })
}

/// Operators without keys say nothing and are left out, known or not, as AWS does.
fn build_conditions(json: &Json) -> Option<Vec<Condition>> {
    let mut conditions = Vec::new();
    for (operator, keys) in json.as_object()? {
        for (key, values) in keys.as_object()? {
            conditions.push(Condition {
                operator: Operator::parse(operator)?,
                key: key.clone(),
                values: build_values(values)?,
            });
        }
    }
    Some(conditions)
}

fn build_values(json: &Json) -> Option<Vec<String>> {
    if matches!(json.value, Value::Null | Value::Object(_)) {
        return None;
    }
    json.one_or_many().iter().map(Json::scalar_text).collect()
}
