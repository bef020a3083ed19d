//! One condition in words.

use super::{ConditionExplanation, Observed, ShownValues};

impl ConditionExplanation {
    /// ``StringEquals `id.example:sub`: wants `a`; the request has `b` ``
    pub fn text(&self) -> String {
        let wanted = list(&self.wanted, "nothing");
        let observed = match &self.observed {
            Observed::Absent => "the request has no such key".to_owned(),
            Observed::Present(values) => {
                format!("the request has {}", list(values, "an empty list"))
            }
            Observed::Hidden => "the request's value belongs to another account".to_owned(),
        };
        format!(
            "{} `{}`: wants {wanted}; {observed}",
            self.operator, self.key
        )
    }
}

/// `` `a` or `b` and 3 more ``
pub(super) fn list(shown: &ShownValues, empty: &str) -> String {
    let quoted: Vec<String> = shown
        .values
        .iter()
        .map(|value| format!("`{value}`"))
        .collect();
    match (quoted.is_empty(), shown.omitted) {
        (true, 0) => empty.to_owned(),
        (_, 0) => quoted.join(" or "),
        (_, more) => format!("{} and {more} more", quoted.join(" or ")),
    }
}
