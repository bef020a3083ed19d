//! Which condition keys hold lists.
//!
//! A list key never matches an operator without `ForAllValues:`/`ForAnyValue:`, even with a single
//! element, so this is the declared type of a key and never the number of values a request sends
//! (IAM User Guide, "Single-valued vs. multivalued context keys").

use crate::issuer_key::issuer_and_claim;

/// The served keys that AWS declares as arrays, in lower case.
const MULTIVALUED: &[&str] = &[
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "dynamodb:attributes",
    "dynamodb:leadingkeys",
    "irsa:audience",
    "kms:encryptioncontextkeys",
    "kms:grantoperations",
    "kms:resourcealiases",
    "route53:changeresourcerecordsetsactions",
    "route53:changeresourcerecordsetsnormalizedrecordnames",
    "route53:changeresourcerecordsetsrecordtypes",
    "s3:requestobjecttagkeys",
    "secretsmanager:addreplicaregions",
    "sts:identitytokenaudience",
    "sts:transitivetagkeys",
];

/// Whether `key` (any case) holds a list. `<issuer>:amr` does, whatever the issuer.
pub(crate) fn is_multivalued(key: &str) -> bool {
    let key = key.to_lowercase();
    MULTIVALUED.contains(&key.as_str())
        || issuer_and_claim(&key).is_some_and(|(_, claim)| claim == "amr")
}
