//! Keeps secrets out of what is recorded (THREATS R3).
//!
//! Operations decide what their record shows; this is the second lock on the same door. It knows
//! secrets by the name of their member and, for tokens and keys, by their shape.

use serde_json::Value;

/// What stands in the place of a secret, in AWS's words.
pub const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Members whose value is a secret, without case, hyphens or underscores.
const SECRET_MEMBERS: [&str; 18] = [
    "sessiontoken",
    "xamzsecuritytoken",
    "secretaccesskey",
    "webidentitytoken",
    "samlassertion",
    "secretstring",
    "secretbinary",
    "randompassword",
    "password",
    "newpassword",
    "oldpassword",
    "plaintext",
    "privatekey",
    "privatekeyplaintext",
    "encodedmessage",
    "decodedmessage",
    "signature",
    "authorization",
];

/// Replaces every secret inside a document by [`HIDDEN`].
pub(crate) fn scrub(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if is_secret_member(name) && !member.is_null() {
                    *member = Value::String(HIDDEN.to_owned());
                } else {
                    scrub(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(scrub),
        Value::String(text) => scrub_text(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces tokens and private keys inside a text by [`HIDDEN`].
pub(crate) fn scrub_text(text: &mut String) {
    if text.contains("PRIVATE KEY-----") {
        HIDDEN.clone_into(text);
        return;
    }
    if !text.contains("eyJ") {
        return;
    }
    *text = text
        .split_inclusive(|letter| !is_token_letter(letter))
        .map(|word| {
            let token = word.trim_end_matches(|letter| !is_token_letter(letter));
            if is_json_web_token(token) {
                word.replacen(token, HIDDEN, 1)
            } else {
                word.to_owned()
            }
        })
        .collect();
}

pub(crate) fn is_secret_member(name: &str) -> bool {
    let plain = name
        .chars()
        .filter(|letter| !matches!(letter, '-' | '_'))
        .map(|letter| letter.to_ascii_lowercase());
    SECRET_MEMBERS
        .iter()
        .any(|member| member.chars().eq(plain.clone()))
}

fn is_token_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '=')
}

/// Three parts, the first two of which are base64url of something that starts with `{"`; one that
/// was cut in the middle counts too.
fn is_json_web_token(text: &str) -> bool {
    let mut parts = text.trim_start_matches('.').split('.');
    let is_json = |part: Option<&str>| part.is_some_and(|part| part.starts_with("eyJ"));
    is_json(parts.next()) && is_json(parts.next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_known_by_name_and_by_shape() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
        let cases = [
            (
                json!({"sessionToken": "canary"}),
                json!({"sessionToken": HIDDEN}),
            ),
            (
                json!({"Secret_String": "canary"}),
                json!({"Secret_String": HIDDEN}),
            ),
            (
                json!({"password": {"a": "canary"}}),
                json!({"password": HIDDEN}),
            ),
            (json!({"plaintext": null}), json!({"plaintext": null})),
            (
                json!([{"x-amz-security-token": "canary"}]),
                json!([{"x-amz-security-token": HIDDEN}]),
            ),
            (
                json!(format!("token '{token}' is bad")),
                json!(format!("token '{HIDDEN}' is bad")),
            ),
            (json!(token), json!(HIDDEN)),
            (json!(format!("a{token}")), json!(format!("a{token}"))),
            (json!("eyJ eyJhbGc.no"), json!("eyJ eyJhbGc.no")),
            (
                json!({"a": "-----BEGIN PRIVATE KEY-----\nMII"}),
                json!({"a": HIDDEN}),
            ),
            (
                json!({"clientRequestToken": "kept", "nextToken": "kept", "secretId": "kept"}),
                json!({"clientRequestToken": "kept", "nextToken": "kept", "secretId": "kept"}),
            ),
        ];
        for (mut value, scrubbed) in cases {
            scrub(&mut value);
            assert_eq!(value, scrubbed);
        }
    }
}
