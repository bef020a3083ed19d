//! Condition keys that are claims of a token: `oidc.example.com/id/x:sub`, `localhost:4566/id/x:sub`.

/// Issuer and claim; the claim is what follows the last colon, so that issuers may have a port.
/// `None` for keys of AWS services, whose tag names may hold anything: those have a colon, and no
/// port, before any dot or slash. A scheme, which does not belong there, makes an issuer too.
pub(crate) fn issuer_and_claim(key: &str) -> Option<(&str, &str)> {
    let (issuer, claim) = key.rsplit_once(':')?;
    let after_host = issuer.find(['.', '/', ':'])?;
    let (_, rest) = issuer.split_at_checked(after_host)?;
    let is_host = match rest.strip_prefix(':') {
        Some(rest) => rest.starts_with("//") || is_port(rest.split('/').next().unwrap_or(rest)),
        None => true,
    };
    is_host.then_some((issuer, claim))
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
