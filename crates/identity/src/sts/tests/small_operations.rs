//! GetAccessKeyInfo, GetCallerIdentity and encoded messages.

use super::world::{ALLOW, World, check_refused};
use crate::sts::encode_message;

const DENY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

#[tokio::test]
async fn keys_tell_their_account() {
    let world = World::new().await;
    let own = world.admin.access_key_id.clone();
    for (id, account) in [
        ("ASIAQNZGKIQY56JQ7WML", "029608264753"),
        (&own, "123456789012"),
    ] {
        let answer = world
            .sts(&world.admin, "GetAccessKeyInfo", &[("AccessKeyId", id)])
            .await;
        assert_eq!(answer.xml("Account"), Some(account), "{}", answer.text);
    }
    for id in ["ASIA0000000000000000", "asiaqnzgkiqy56jq7wml", "short"] {
        let answer = world
            .sts(&world.admin, "GetAccessKeyInfo", &[("AccessKeyId", id)])
            .await;
        check_refused(&answer, (400, "ValidationError", ""), id);
    }
}

#[tokio::test]
async fn everybody_may_ask_who_he_is_and_no_more() {
    let world = World::new().await;
    let nobody = world.user("nobody", DENY).await;
    assert_eq!(
        world.who(&nobody).await,
        "arn:aws:iam::123456789012:user/nobody"
    );
    let form = [("AccessKeyId", "ASIAQNZGKIQY56JQ7WML")];
    let answer = world.sts(&nobody, "GetAccessKeyInfo", &form).await;
    check_refused(&answer, (403, "AccessDenied", ""), "GetAccessKeyInfo");
    let form = [("EncodedMessage", "x")];
    let answer = world
        .sts(&nobody, "DecodeAuthorizationMessage", &form)
        .await;
    check_refused(
        &answer,
        (403, "AccessDenied", ""),
        "DecodeAuthorizationMessage",
    );
}

/// THREATS R45, and A16 for messages.
#[tokio::test]
async fn messages_are_for_their_account() {
    let world = World::new().await;
    let reader = world.user("reader", ALLOW).await;
    let json = format!(
        r#"{{"allowed":false,"why":"{}"}}"#,
        "because ".repeat(2_000)
    );
    let server = world.stage.server();
    let message = |account: &str| encode_message(server, account.parse().unwrap(), &json).unwrap();
    let own = message("123456789012");
    let answer = world
        .sts(
            &reader,
            "DecodeAuthorizationMessage",
            &[("EncodedMessage", &own)],
        )
        .await;
    let shown = answer
        .xml("DecodedMessage")
        .unwrap()
        .replace("&quot;", "\"");
    assert_eq!(shown, json);

    let mut bent = own.clone();
    let other = if bent.ends_with('A') { "B" } else { "A" };
    bent.replace_range(bent.len() - 1.., other);
    for (what, text) in [
        ("another account's", message("999999999999").as_str()),
        ("edited", &bent),
        ("cut", &own[..own.len() - 4]),
        ("with a line break", &format!("{own}\n")),
        ("anything", "x"),
    ] {
        let form = [("EncodedMessage", text)];
        let answer = world
            .sts(&reader, "DecodeAuthorizationMessage", &form)
            .await;
        check_refused(
            &answer,
            (400, "InvalidAuthorizationMessageException", ""),
            what,
        );
    }
}
