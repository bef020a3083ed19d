//! ARN operators; `ArnEquals` is `ArnLike`.

use super::{Match, Setting};
use crate::context::Context;
use crate::pattern::{ArnPattern, Pattern, arn_segments};
use crate::statement::{Effect, Version};
use crate::variable::has_variable;

/// Compares with one operand after the other. A malformed ARN in the request never matches, even
/// negated. A malformed operand that is reached before a match settles the comparison: it cannot
/// grant, but it does refuse.
pub(super) fn compare(wanted: &[String], value: &str, setting: Setting<'_>) -> Match {
    if arn_segments(value).is_none() {
        return Match::Settled(false);
    }
    for operand in wanted {
        let Ok(pattern) = ArnPattern::new(operand, setting.version, setting.context) else {
            continue;
        };
        let matches = if pattern.is_whole() {
            pattern.matches(value)
        } else if setting.version == Version::V2012 && has_variable(operand) {
            // A variable may hold an ARN: its value is compared as it is.
            Pattern::new(operand, setting.version, setting.context)
                .is_ok_and(|whole| whole.matches(value))
        } else {
            return Match::Settled(setting.effect == Effect::Deny);
        };
        if matches {
            return Match::Some;
        }
    }
    Match::None
}

/// Whether the operand, variables aside, has the six segments of an ARN.
pub(crate) fn is_arn_pattern(text: &str) -> bool {
    ArnPattern::new(text, Version::V2008, &Context::new()).is_ok_and(|pattern| pattern.is_whole())
}
