//! String operators. A variable without a value makes its operand match nothing.

use super::Setting;
use crate::pattern::Pattern;
use crate::variable::resolve_text;

pub(super) fn equals(wanted: &str, value: &str, setting: Setting<'_>) -> bool {
    resolve_text(wanted, setting.version, setting.context).is_ok_and(|wanted| wanted == value)
}

/// AWS compares lower-cased text, in which a sigma at a word's end differs from one inside it; it
/// does not fold (`S` is not `ſ`).
pub(super) fn equals_ignore_case(wanted: &str, value: &str, setting: Setting<'_>) -> bool {
    resolve_text(wanted, setting.version, setting.context)
        .is_ok_and(|wanted| lower_case(&wanted) == lower_case(value))
}

pub(super) fn like(wanted: &str, value: &str, setting: Setting<'_>) -> bool {
    Pattern::new(wanted, setting.version, setting.context)
        .is_ok_and(|pattern| pattern.matches(value))
}

/// Supplementary characters stay as they are, cased or not, but are letters beside a sigma.
fn lower_case(text: &str) -> String {
    let whole = text.to_lowercase();
    let mut lowered = whole.chars();
    let mut kept = String::with_capacity(whole.len());
    for character in text.chars() {
        let own = lowered.by_ref().take(character.to_lowercase().count());
        if character > '\u{ffff}' {
            own.for_each(drop);
            kept.push(character);
        } else {
            kept.extend(own);
        }
    }
    kept
}
