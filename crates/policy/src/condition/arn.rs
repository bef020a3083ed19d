//! ARN operators; `ArnEquals` is `ArnLike`.

use super::{Match, Setting};
use crate::context::Context;
use crate::pattern::{ArnPattern, arn_segments};
use crate::statement::{Effect, Version};
use crate::variable::{Unresolved, has_variable};

/// Compares with one operand after the other. A malformed ARN in the request never matches, even
/// negated. A malformed operand that is reached before a match settles the comparison: it cannot
/// grant, but it does refuse. That a variable made it malformed is no difference.
pub(super) fn compare(wanted: &[String], value: &str, setting: Setting<'_>) -> Match {
    if arn_segments(value).is_none() {
        return Match::Settled(false);
    }
    for operand in wanted {
        let Ok(pattern) = parse(operand, setting) else {
            continue;
        };
        match pattern {
            Operand::Any => return Match::Some,
            Operand::Arn(pattern) if pattern.matches(value) => return Match::Some,
            Operand::Arn(_) => {}
            Operand::Malformed => return Match::Settled(setting.effect == Effect::Deny),
        }
    }
    Match::None
}

enum Operand {
    /// `*`
    Any,
    Arn(ArnPattern),
    Malformed,
}

fn parse(text: &str, setting: Setting<'_>) -> Result<Operand, Unresolved> {
    if text == "*" {
        return Ok(Operand::Any);
    }
    let written = ArnPattern::new(text, setting.version, setting.context)?;
    if written.is_whole() {
        return Ok(Operand::Arn(written));
    }
    let resolved = ArnPattern::resolved(text, setting.version, setting.context)?;
    let is_dynamic = setting.version == Version::V2012 && has_variable(text);
    Ok(if is_dynamic && resolved.is_whole() {
        Operand::Arn(resolved)
    } else {
        Operand::Malformed
    })
}

/// Whether the operand, variables aside, is `*` or has the six segments of an ARN.
pub(crate) fn is_arn_pattern(text: &str) -> bool {
    text == "*"
        || ArnPattern::new(text, Version::V2008, &Context::new())
            .is_ok_and(|pattern| pattern.is_whole())
}
