//! Policy variables: where they may stand, how they are written, and what follows them.

use std::ops::Range;

use super::code::Code;
use super::place::Item;
use super::report::Report;
use super::view::Paper;

/// What `${…}` holds.
struct Variable<'a> {
    /// With the braces.
    part: Range<usize>,
    name: &'a str,
    default: Option<&'a str>,
}

impl Variable<'_> {
    /// `${*}`, `${?}` and `${$}` stand for the character.
    fn is_escape(&self) -> bool {
        matches!(self.name, "*" | "?" | "$") && self.default.is_none()
    }

    fn is_empty(&self) -> bool {
        self.name.trim().is_empty()
    }

    fn has_blank(&self) -> bool {
        self.name.contains(' ')
    }

    fn is_sound(&self) -> bool {
        let is_quoted = |default: &str| {
            let default = default.trim();
            default.len() >= 2 && default.starts_with('\'') && default.ends_with('\'')
        };
        !self.is_empty() && !self.has_blank() && self.default.is_none_or(is_quoted)
    }
}

/// The text without its variables, for checks on wildcards.
pub(super) fn without_variables(text: &str) -> String {
    let mut bare = String::new();
    let mut from = 0;
    for variable in variables(text) {
        bare.push_str(text.get(from..variable.part.start).unwrap_or_default());
        from = variable.part.end;
    }
    bare.push_str(text.get(from..).unwrap_or_default());
    bare
}

/// The fields of an ARN, at most six, cut at colons that stand outside of variables.
pub(super) fn arn_fields(text: &str) -> Vec<&str> {
    const FIELDS: usize = 6;
    let mut fields = Vec::with_capacity(FIELDS);
    let (mut start, mut depth) = (0, 0_usize);
    for (at, character) in text.char_indices() {
        match character {
            '{' if text.get(..at).is_some_and(|before| before.ends_with('$')) => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && fields.len() + 1 < FIELDS => {
                fields.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.extend(text.get(start..));
    fields
}

pub(super) fn has_variable(text: &str) -> bool {
    !variables(text).is_empty()
}

fn variables(text: &str) -> Vec<Variable<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("${")) {
        let start = from + start;
        let inner = text.get(start + 2..).unwrap_or_default();
        let Some(length) = inner.find('}') else {
            break;
        };
        let inside = inner.get(..length).unwrap_or_default();
        let end = start + 2 + length + 1;
        let (name, default) = match inside.split_once(',') {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        found.push(Variable {
            part: start..end,
            name,
            default,
        });
        from = end;
    }
    found
}

/// In `Action` and `Principal` there are no variables. Of several in one text the first is told, here
/// and below.
pub(super) fn check_none(paper: &Paper<'_>, item: &Item<'_>, report: &mut Report) {
    if let Some(variable) = variables(item.text).into_iter().next() {
        let text = item.text.get(variable.part.clone()).unwrap_or_default();
        let place = item.place.part(item.text, variable.part, paper.text);
        let told = format!(
            "Policy variables are supported in the Resource and Condition elements. Remove the policy variable {text} from this element."
        );
        report.add(Code::VariableUnsupportedInElement, &place, told);
    }
}

/// In resources and condition values.
pub(super) fn check(paper: &Paper<'_>, item: &Item<'_>, report: &mut Report) {
    if !paper.has_variables {
        if let Some(variable) = variables(item.text).into_iter().next() {
            let place = item.place.part(item.text, variable.part, paper.text);
            let told =
                "To include variables in your policy, use the policy version 2012-10-17 or later.";
            let help = "in a document of 2008 this is literal text";
            report.add_with_help(Code::VariableUnsupportedInVersion, &place, told, help);
        }
        return;
    }
    check_brace(paper, item, report);
    if let Some(variable) = variables(item.text).iter().find(|one| !one.is_sound()) {
        tell_form(paper, item, variable, report);
    }
}

fn check_brace(paper: &Paper<'_>, item: &Item<'_>, report: &mut Report) {
    let last = variables(item.text)
        .last()
        .map_or(0, |variable| variable.part.end);
    let rest = item.text.get(last..).unwrap_or_default();
    if let Some(at) = rest.find("${") {
        let part = last + at..item.text.len();
        let place = item.place.part(item.text, part, paper.text);
        let told =
            "The policy variable is missing a closing curly brace. Add } after the variable text.";
        report.add(Code::MissingBraceInVariable, &place, told);
    }
}

fn tell_form(paper: &Paper<'_>, item: &Item<'_>, variable: &Variable<'_>, report: &mut Report) {
    let place = item
        .place
        .part(item.text, variable.part.clone(), paper.text);
    let (code, told) = if variable.is_empty() {
        (
            Code::EmptyVariable,
            "Empty policy variable. Remove the ${ } variable structure or provide a variable within the structure.",
        )
    } else if variable.has_blank() {
        (
            Code::UnsupportedSpaceInVariable,
            "A space is not supported within the policy variable text. Remove the space.",
        )
    } else {
        (
            Code::MissingQuoteInVariable,
            "The policy variable default value must begin and end with a single quote. Add the missing quote.",
        )
    };
    report.add(code, &place, told);
}

/// R40: the value `a` of a tag also opens what belongs to `ab`, where nothing separates it from
/// the wildcard.
pub(super) fn check_separator(paper: &Paper<'_>, item: &Item<'_>, report: &mut Report) {
    if !paper.has_variables {
        return;
    }
    let touches = |variable: &Variable<'_>| {
        let rest = item.text.get(variable.part.end..).unwrap_or_default();
        !variable.is_escape() && rest.starts_with(['*', '?'])
    };
    if let Some(variable) = variables(item.text).into_iter().find(touches) {
        let shown = item.text.get(variable.part.clone()).unwrap_or_default();
        let place = item.place.part(
            item.text,
            variable.part.start..variable.part.end + 1,
            paper.text,
        );
        let told = format!(
            "`{shown}` stands before a wildcard without a separator: the value `a` also matches what is named for `ab`"
        );
        let help = format!(
            "put a character between them that no value holds: `{shown}/*` or `{shown}-??????`"
        );
        report.add_with_help(Code::TagVariableBeforeWildcard, &place, told, help);
    }
}
