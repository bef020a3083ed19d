//! `Action` and `NotAction` of identity policies.

use super::Check;
use crate::json::Json;

const NO_VENDOR: &str =
    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
const COLONS: &str = "Actions/Condition can contain only one colon.";

/// All of `Action`, then all of `NotAction`. Blanks and unknown names in an action are stored, and
/// match nothing.
pub(super) fn check(statements: &[Json]) -> Check {
    for element in ["Action", "NotAction"] {
        let listed = statements
            .iter()
            .filter_map(|statement| statement.member(element));
        for action in listed.flat_map(Json::one_or_many) {
            check_one(action.as_str().unwrap_or_default())?;
        }
    }
    Ok(())
}

fn check_one(action: &str) -> Check {
    let (vendor, name) = match action.split_once(':') {
        None if action == "*" => return Ok(()),
        None => return Err(NO_VENDOR.to_owned()),
        Some(parts) => parts,
    };
    if name.contains(':') {
        return Err(COLONS.to_owned());
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if vendor != "*" && !vendor.bytes().all(legal) {
        return Err(format!("Vendor {vendor} is not valid"));
    }
    Ok(())
}
