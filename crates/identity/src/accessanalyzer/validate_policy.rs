//! What is wrong with a policy document.
//! <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html>

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use policy::lint::{self, Finding, LintKind, PathStep};
use shapes::accessanalyzer::{
    LocationShape, PathElement, Position, Span, Substring, ValidatePolicyFinding,
    ValidatePolicyInput, ValidatePolicyOutput,
};

/// Findings of a page when the caller does not say, and at most.
const MAX_RESULTS: usize = 100;

pub(super) struct ValidatePolicy;

impl Operation for ValidatePolicy {
    type Input = ValidatePolicyInput;
    type Output = ValidatePolicyOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::accessanalyzer::VALIDATE_POLICY
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new(
            "access-analyzer:ValidatePolicy",
            "*",
            call.account,
        ))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        check_locale(input)?;
        let kind = kind(input)?;
        let limit = limit(input)?;
        let filters = format!("{kind:?} {}", input.policy_document);
        let start = match &input.next_token {
            None => 0,
            Some(token) => position(call, token, &filters)?,
        };
        let text = &input.policy_document;
        let findings = match input.validate_policy_resource_type.as_deref() {
            Some(resource_type) => lint::lint_attached(text, kind, resource_type),
            None => lint::lint(text, kind),
        };
        let findings: Vec<ValidatePolicyFinding> = findings.iter().filter_map(shown).collect();
        let end = start.saturating_add(limit);
        let next_token = (end < findings.len())
            .then(|| call.page_token(end.to_string().as_bytes(), &filters))
            .transpose()?;
        let page = findings.into_iter().skip(start).take(limit);
        Ok(ValidatePolicyOutput {
            findings: Some(page.collect()),
            next_token,
        })
    }
}

/// The texts are English only.
fn check_locale(input: &ValidatePolicyInput) -> Result<(), Fault> {
    match input.locale.as_deref() {
        None | Some("EN") => Ok(()),
        Some(other) => Err(invalid(format!(
            "The locale {other} is not supported, only EN is."
        ))),
    }
}

fn kind(input: &ValidatePolicyInput) -> Result<LintKind, Fault> {
    let resource_type = input.validate_policy_resource_type.as_deref();
    match (input.policy_type.as_str(), resource_type) {
        ("IDENTITY_POLICY", None) => Ok(LintKind::Identity),
        ("SERVICE_CONTROL_POLICY", None) => Ok(LintKind::ServiceControl),
        ("RESOURCE_CONTROL_POLICY", None) => Ok(LintKind::ResourceControl),
        ("RESOURCE_POLICY", Some("AWS::IAM::AssumeRolePolicyDocument")) => Ok(LintKind::Trust),
        ("RESOURCE_POLICY", None) if is_trust(input) => Ok(LintKind::Trust),
        ("RESOURCE_POLICY", _) => Ok(LintKind::Resource),
        (_, Some(_)) => Err(invalid(
            "validatePolicyResourceType is for the policy type RESOURCE_POLICY only.".to_owned(),
        )),
        (other, None) => Err(invalid(format!(
            "The policy type {other} is not supported."
        ))),
    }
}

fn is_trust(input: &ValidatePolicyInput) -> bool {
    LintKind::detect(&input.policy_document) == LintKind::Trust
}

fn limit(input: &ValidatePolicyInput) -> Result<usize, Fault> {
    match input.max_results {
        None => Ok(MAX_RESULTS),
        Some(wanted) => {
            let wanted = usize::try_from(wanted).ok().filter(|wanted| *wanted > 0);
            let wanted = wanted.ok_or_else(|| invalid("maxResults must be at least 1.".to_owned()));
            Ok(wanted?.min(MAX_RESULTS))
        }
    }
}

fn position(call: &Call, token: &str, filters: &str) -> Result<usize, Fault> {
    let position = call.page_position(token, filters);
    let position = position.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    position.ok_or_else(|| invalid("The nextToken is not one of this policy's.".to_owned()))
}

/// irsa's own checks are left out: Access Analyzer does not have them.
fn shown(finding: &Finding) -> Option<ValidatePolicyFinding> {
    let learn_more_link = finding.code.learn_more()?;
    let span = finding.span;
    Some(ValidatePolicyFinding {
        finding_details: Some(finding.text.clone()),
        finding_type: Some(finding.code.aws_kind().as_str().to_owned()),
        issue_code: Some(finding.code.as_str().to_owned()),
        learn_more_link: Some(learn_more_link),
        locations: Some(vec![LocationShape {
            path: Some(finding.path.iter().map(element).collect()),
            span: Some(Span {
                start: Some(place(span.start)),
                end: Some(place(span.end)),
            }),
        }]),
    })
}

fn element(step: &PathStep) -> PathElement {
    let none = PathElement::default();
    match step {
        PathStep::Value(name) => PathElement {
            value: Some(name.clone()),
            ..none
        },
        PathStep::Key(name) => PathElement {
            key: Some(name.clone()),
            ..none
        },
        PathStep::Index(index) => PathElement {
            index: Some(count(*index)),
            ..none
        },
        PathStep::Substring { start, length } => PathElement {
            substring: Some(Substring {
                start: Some(count(*start)),
                length: Some(count(*length)),
            }),
            ..none
        },
    }
}

fn place(position: lint::Position) -> Position {
    Position {
        line: Some(count(position.line)),
        column: Some(count(position.column)),
        offset: Some(count(position.offset)),
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn invalid(told: String) -> Fault {
    Fault::bad_request("ValidationException", told)
}
