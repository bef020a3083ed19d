//! Statement ids.

use std::collections::HashSet;

use super::Check;
use crate::json::Json;

const ALPHANUMERIC: &str = "Statement IDs (SID) must be alpha-numeric. Check that your input \
                            satisfies the regular expression [0-9A-Za-z]*";

/// `[0-9A-Za-z]*`; empty ids are as none.
pub(super) fn check_characters(statements: &[Json]) -> Check {
    let fine = sids(statements).all(|sid| sid.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if fine {
        Ok(())
    } else {
        Err(ALPHANUMERIC.to_owned())
    }
}

pub(super) fn are_unique(statements: &[Json]) -> bool {
    let mut seen = HashSet::new();
    sids(statements).all(|sid| seen.insert(sid))
}

fn sids(statements: &[Json]) -> impl Iterator<Item = &str> {
    statements
        .iter()
        .filter_map(|statement| statement.member("Sid")?.as_str())
        .filter(|sid| !sid.is_empty())
}
