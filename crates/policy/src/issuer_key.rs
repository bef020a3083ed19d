//! Condition keys that are claims of a token: `oidc.example.com/id/x:sub`, `localhost:4566/id/x:sub`.

/// First labels of condition keys that are services and no hosts.
const NAMESPACES: &[&str] = &[
    "aws",
    "cloudtrail",
    "dynamodb",
    "ec2",
    "eks",
    "iam",
    "irsa",
    "kms",
    "route53",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "sts",
];

/// Issuer and claim; the claim is what follows the last colon, so that issuers may have a port.
/// `None` for keys of AWS services, whose tag names may hold anything.
pub(crate) fn issuer_and_claim(key: &str) -> Option<(&str, &str)> {
    let (issuer, claim) = key.rsplit_once(':')?;
    let first = issuer.split([':', '/']).next().unwrap_or(issuer);
    let is_service = NAMESPACES
        .iter()
        .any(|namespace| first.eq_ignore_ascii_case(namespace));
    let is_host = !is_service && issuer.contains(['.', '/', ':']);
    is_host.then_some((issuer, claim))
}
