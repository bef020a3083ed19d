//! Lint: what is wrong with a policy, or likely not meant, and where it stands in the text.
//!
//! The checks and their texts are those of Access Analyzer's ValidatePolicy where it has one, with
//! further ones for what IRSA lives on: tokens' claims, keys and secrets. Nothing is looked up:
//! the text alone decides.

mod action;
mod address;
mod arn_form;
mod attached;
mod broad;
mod code;
mod condition;
mod condition_key;
mod finding;
mod key_value;
mod known;
mod like;
mod nearest;
mod organization;
mod pass_role;
mod place;
mod principal;
mod redundant;
mod refusal;
mod report;
mod resource;
mod secret;
mod service_principal;
mod size;
mod structure;
mod subject;
mod trust;
mod unsupported_key;
mod value;
mod variable;
mod view;

pub use code::Code;
pub use finding::{Finding, FindingKind, PathStep, Position, Span};

use crate::document::PolicyKind;
use crate::json::{self, Json, JsonFault};
use place::Place;
use report::Report;
use view::Paper;

/// The longest `PolicyDocument` that any call takes, in characters (IAM API reference).
pub const MAX_DOCUMENT_CHARS: usize = 131_072;

/// What a document is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LintKind {
    /// A user's or role's own policy, a managed policy, a boundary.
    Identity,
    /// Who may assume a role.
    Trust,
    /// A secret's, key's, queue's or bucket's policy.
    Resource,
    /// A policy inline in an STS call.
    Session,
    /// A service control policy of an organization.
    ServiceControl,
    /// A resource control policy of an organization.
    ResourceControl,
    /// The policy of a VPC endpoint.
    Endpoint,
}

impl LintKind {
    /// By content: a principal and no resource makes a trust policy, a principal and a resource a
    /// resource policy, anything else is an identity policy. Policies of organizations and endpoints
    /// look like these and are not told apart.
    pub fn detect(text: &str) -> Self {
        let Some(json) = parse(text) else {
            return Self::Identity;
        };
        let statements = json.member("Statement").map_or(&[][..], Json::one_or_many);
        let has = |names: [&str; 2]| {
            statements
                .iter()
                .any(|one| names.iter().any(|name| one.member(name).is_some()))
        };
        let actions = || {
            let lists = statements.iter().filter_map(|one| one.member("Action"));
            lists.flat_map(Json::one_or_many).filter_map(Json::as_str)
        };
        let only_sts = actions().next().is_some()
            && actions().all(|action| action.to_ascii_lowercase().starts_with("sts:"));
        match (
            has(["Principal", "NotPrincipal"]),
            has(["Resource", "NotResource"]),
        ) {
            (false, _) => Self::Identity,
            (true, false) => Self::Trust,
            (true, true) if only_sts => Self::Trust,
            (true, true) => Self::Resource,
        }
    }

    fn policy_kind(self) -> PolicyKind {
        match self {
            Self::Identity => PolicyKind::Identity,
            Self::Trust => PolicyKind::RoleTrust,
            Self::Resource => PolicyKind::Resource,
            Self::Session => PolicyKind::Session,
            Self::ServiceControl => PolicyKind::ServiceControl,
            Self::ResourceControl => PolicyKind::ResourceControl,
            Self::Endpoint => PolicyKind::Endpoint,
        }
    }

    /// Whether it grants to who holds it.
    fn is_identity(self) -> bool {
        match self {
            Self::Identity | Self::Session => true,
            Self::Trust
            | Self::Resource
            | Self::ServiceControl
            | Self::ResourceControl
            | Self::Endpoint => false,
        }
    }

    /// Whether its statements say whom they speak of.
    fn has_principals(self) -> bool {
        match self {
            Self::Trust | Self::Resource | Self::ResourceControl | Self::Endpoint => true,
            Self::Identity | Self::Session | Self::ServiceControl => false,
        }
    }
}

fn parse(text: &str) -> Option<Json> {
    let fits = text.chars().take(MAX_DOCUMENT_CHARS + 1).count() <= MAX_DOCUMENT_CHARS;
    fits.then(|| json::parse(text).ok()).flatten()
}

/// All findings, in the order of the text. Whatever the text, this returns.
///
/// ```
/// use policy::lint::{lint, Code, LintKind};
///
/// let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}}"#;
/// let found = lint(text, LintKind::detect(text));
/// assert_eq!(found[0].code, Code::PassRoleWithStarInResource);
/// assert_eq!(Some(found[0].span.start.column), text.find("\"iam:PassRole"));
/// ```
pub fn lint(text: &str, kind: LintKind) -> Vec<Finding> {
    check(text, kind, None)
}

/// The same for the policy of a resource whose type is known, as CloudFormation names it:
/// `AWS::S3::Bucket`. It tells also what belongs to other services.
pub fn lint_attached(text: &str, kind: LintKind, resource_type: &str) -> Vec<Finding> {
    check(text, kind, Some(resource_type))
}

fn check(text: &str, kind: LintKind, resource_type: Option<&str>) -> Vec<Finding> {
    let mut report = Report::default();
    if text.chars().count() > MAX_DOCUMENT_CHARS {
        let place = Place {
            path: Vec::new(),
            bytes: 0..0,
        };
        let told = format!("the document is longer than {MAX_DOCUMENT_CHARS} characters");
        report.add(Code::PolicyDocumentTooLong, &place, told);
        return report.finish(text);
    }
    match json::parse(text) {
        Err(fault) => not_json(text, &fault, &mut report),
        Ok(json) => {
            structure::check(text, &json, kind, &mut report);
            let paper = Paper::new(text, &json, kind);
            check_statements(&paper, &mut report);
            if let Some(resource_type) = resource_type {
                attached::check(&paper, resource_type, &mut report);
            }
            size::check(text, kind, &json, &mut report);
            refusal::check(&paper, &json, &mut report);
        }
    }
    report.finish(text)
}

fn check_statements(paper: &Paper<'_>, report: &mut Report) {
    for statement in &paper.statements {
        condition::check(paper, statement, report);
        unsupported_key::check(paper, statement, report);
        principal::check(paper, statement, report);
        service_principal::check(paper, statement, report);
        organization::check(paper, statement, report);
        action::check(paper, statement, report);
        resource::check(paper, statement, report);
        broad::check(paper, statement, report);
        secret::check(paper, statement, report);
        pass_role::check(paper, statement, report);
        trust::check(paper, statement, report);
    }
    subject::check_sharing(paper, report);
    redundant::check(paper, report);
}

fn not_json(text: &str, fault: &JsonFault, report: &mut Report) {
    let (JsonFault::Syntax { at } | JsonFault::TooDeep { at } | JsonFault::DuplicateKey { at }) =
        fault;
    let next = text.get(*at..).and_then(|rest| rest.chars().next());
    let bytes = *at..*at + next.map_or(0, char::len_utf8);
    let place = Place {
        path: Vec::new(),
        bytes,
    };
    let before = text.get(..*at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count();
    let index = before.chars().count();
    let told = format!("Fix the JSON syntax error at index {index} line {line} column {column}.");
    let help = match fault {
        JsonFault::Syntax { .. } if text.trim().is_empty() => "there is no text".to_owned(),
        JsonFault::Syntax { .. } => match next {
            Some(next) => format!("`{}` cannot stand here", next.escape_debug()),
            None => "the text ends too early".to_owned(),
        },
        JsonFault::TooDeep { .. } => format!("{fault}"),
        JsonFault::DuplicateKey { .. } => {
            "this key stands in the object already; IAM refuses both".to_owned()
        }
    };
    report.add_with_help(Code::JsonSyntaxError, &place, told, help);
}
