//! Nearest misses of resource patterns.

use crate::matching::{Place, setting};
use crate::request::Request;
use crate::resource::{self, Fit};
use crate::statement::{Scope, Statement};

/// Secrets Manager ends every secret's ARN in a hyphen and this many random characters.
const SECRET_SUFFIX_LENGTH: usize = 6;

pub(super) fn hints(statement: &Statement, place: Place<'_>, request: &Request<'_>) -> Vec<String> {
    let Some(Scope::In(patterns)) = &statement.resources else {
        return Vec::new();
    };
    patterns
        .iter()
        .filter_map(|pattern| hint(pattern, statement, place, request))
        .collect()
}

fn hint(
    pattern: &str,
    statement: &Statement,
    place: Place<'_>,
    request: &Request<'_>,
) -> Option<String> {
    let setting = setting(statement, place, request);
    let kind = place.document.kind();
    let fits = |pattern: &str, resource: &str| resource::fits(pattern, resource, kind, setting);
    if fits(pattern, request.resource) == Fit::Unresolved {
        return Some(format!(
            "`{pattern}` holds a variable that this request has no value for"
        ));
    }
    if let Some(name) = without_secret_suffix(request.resource)
        && fits(pattern, name) == Fit::Yes
    {
        return Some(format!(
            "a secret's ARN ends in a hyphen and six random characters; write \
             `{pattern}-??????`"
        ));
    }
    if request.resource == "*" {
        return Some(format!(
            "the action has no resource: only `\"Resource\": \"*\"` covers it, not `{pattern}`"
        ));
    }
    let lower = request.resource.to_lowercase();
    (fits(&pattern.to_lowercase(), &lower) == Fit::Yes).then(|| {
        format!(
            "`{pattern}` and `{}` differ only in the case of letters",
            request.resource
        )
    })
}

fn without_secret_suffix(arn: &str) -> Option<&str> {
    let is_secret = arn.contains(":secretsmanager:");
    let (name, suffix) = arn.rsplit_once('-')?;
    (is_secret && suffix.len() == SECRET_SUFFIX_LENGTH).then_some(name)
}
