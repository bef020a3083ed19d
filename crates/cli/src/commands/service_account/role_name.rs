//! What a ServiceAccount's role is called when nobody says.

use aws_lc_rs::digest;

use crate::output::hex;
use crate::values::ServiceAccount;

/// IAM: role names.
const MAX_CHARS: usize = 64;
/// Of the digest that tells shortened names apart.
const DIGEST_CHARS: usize = 8;

/// `irsa-NAMESPACE-NAME`; what is longer than IAM takes ends with a digest of it instead.
pub(super) fn role_name(account: &ServiceAccount) -> String {
    let name = format!("irsa-{}-{}", account.namespace(), account.name());
    if name.len() <= MAX_CHARS {
        return name;
    }
    let digest = digest::digest(&digest::SHA256, account.to_string().as_bytes());
    let kept: String = name.chars().take(MAX_CHARS - DIGEST_CHARS - 1).collect();
    format!("{kept}-{}", hex(digest.as_ref(), DIGEST_CHARS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_stay_and_long_ones_differ() {
        let of = |text: &str| role_name(&text.parse().unwrap());
        assert_eq!(of("demo/app"), "irsa-demo-app");
        assert_eq!(of("demo/app.v2"), "irsa-demo-app.v2");
        let long = "a".repeat(80);
        let (one, two) = (of(&format!("demo/{long}")), of(&format!("demo/{long}b")));
        assert_eq!((one.len(), two.len()), (64, 64));
        assert_ne!(one, two);
        assert!(one.starts_with("irsa-demo-aaa"));
        assert_eq!(of(&format!("demo/{}", "a".repeat(54))).len(), 64);
    }
}
