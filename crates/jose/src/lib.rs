//! Issue and verify OIDC tokens; JWK sets, discovery documents; the key cache behind a fetch port.
