//! Key policies that nobody could change again.

use crate::evaluate::decide;
use crate::fault::PolicyFault;
use crate::request::{Layers, Request};

/// What `BypassPolicyLockoutSafetyCheck` leaves out: whoever sets a key's policy must be able to
/// set it again. `request` is the caller's for this key, whatever its action; `layers` hold the new
/// policy as the resource's (KMS Developer Guide, "Default key policy"; KMS API, `PutKeyPolicy`).
pub fn check_key_lockout(request: &Request<'_>, layers: &Layers) -> Result<(), PolicyFault> {
    let again = Request {
        action: "kms:PutKeyPolicy",
        ..*request
    };
    if decide(&again, layers).is_allowed() {
        return Ok(());
    }
    Err(PolicyFault::new(
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    ))
}
