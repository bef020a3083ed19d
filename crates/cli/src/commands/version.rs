//! `irsa version`

use serde_json::json;

use crate::output::Output;

/// Prints the version of this binary.
pub(super) fn run(output: Output) {
    let version = env!("CARGO_PKG_VERSION");
    let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let value = json!({ "Name": "irsa", "Version": version, "Target": target });
    output.result(&value, || format!("irsa {version} ({target})"));
}
