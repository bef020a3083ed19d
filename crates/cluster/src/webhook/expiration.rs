//! Token life times.

/// Kubernetes hands out no shorter tokens (TokenRequest: "may not specify a duration less than 10
/// minutes").
pub(crate) const MIN_SECS: i64 = 600;
/// What the webhook's documents name as the longest. It is checked, never forced.
pub(crate) const MAX_SECS: i64 = 86_400;

/// A decimal number of seconds; `None` when it is none.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_decimal.then(|| text.parse().ok()).flatten()
}

/// As long as it says, but never too short to be had.
pub(crate) fn at_least_minimum(secs: i64) -> i64 {
    secs.max(MIN_SECS)
}

/// Whether a token of that life is what documents promise.
pub(crate) fn is_within_bounds(secs: i64) -> bool {
    (MIN_SECS..=MAX_SECS).contains(&secs)
}
