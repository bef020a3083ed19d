//! The token's format: nothing but this installation's ring opens it, for its own key id only.

use std::io::Write;
use std::sync::Arc;

use base::{AccessKeyId, AccountId, EntropyExt, IdKind, SeededEntropy, UniqueId};
use engine::SessionPolicy;
use engine::seal::RingKey;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::world::World;
use crate::sts::sealed_session::{
    Binding, MAX_TOKEN_CHARS, SealedSession, SessionId, plaintext_bytes, seal, secret, token_chars,
};
use crate::sts::session_claims::{SessionClaims, SessionKind};

fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

fn key_id(seed: u64) -> AccessKeyId {
    AccessKeyId::draw(IdKind::SessionKey, account(), &SeededEntropy::new(seed))
}

fn binding(access_key_id: &AccessKeyId) -> Binding<'_> {
    Binding {
        installation: "one",
        access_key_id,
        account: account(),
    }
}

async fn ring_key() -> Arc<RingKey> {
    sealing_key(&World::new().await)
}

async fn next_ring_key() -> Arc<RingKey> {
    let world = World::new().await;
    world.turn_ring().await;
    sealing_key(&world)
}

fn sealing_key(world: &World) -> Arc<RingKey> {
    let server = world.stage.server();
    server.ring.sealing(server.clock.now()).unwrap()
}

pub(super) fn claims() -> SessionClaims {
    SessionClaims {
        kind: SessionKind::Role,
        role_id: UniqueId::draw(IdKind::Role, account(), &SeededEntropy::new(1)),
        epoch: 0,
        issued_at_millis: 1_795_262_400_123,
        expires_at_secs: 1_795_266_000,
        session_name: "s".to_owned(),
        chain_depth: 0,
        federation: None,
        source_identity: None,
        tags: Vec::new(),
        transitive_tag_keys: Vec::new(),
        policy: None,
    }
}

#[tokio::test]
async fn a_token_opens_where_it_was_sealed_and_nowhere_else() {
    let key = ring_key().await;
    let (mine, other) = (key_id(1), key_id(2));
    let session_id = SessionId(SeededEntropy::new(3).bytes());
    let token = seal(&key, session_id, binding(&mine), b"plain".to_vec()).unwrap();
    assert_eq!(token.len(), token_chars(5));
    let open = |binding| SealedSession::parse(&token).unwrap().open(&key, binding);
    assert_eq!(open(binding(&mine)).as_deref(), Some(&b"plain"[..]));
    assert_eq!(
        SealedSession::parse(&token).unwrap().header().session_id,
        session_id
    );
    for (what, binding) in [
        ("another key id", binding(&other)),
        (
            "another installation",
            Binding {
                installation: "two",
                ..binding(&mine)
            },
        ),
        (
            "another account",
            Binding {
                account: "000000000000".parse().unwrap(),
                ..binding(&mine)
            },
        ),
    ] {
        assert!(open(binding).is_none(), "{what}");
    }
    let elsewhere = next_ring_key().await;
    assert!(
        SealedSession::parse(&token)
            .unwrap()
            .open(&elsewhere, binding(&mine))
            .is_none()
    );
}

#[tokio::test]
async fn every_bit_and_every_character_counts() {
    let key = ring_key().await;
    let id = key_id(1);
    let session_id = SessionId([7; 16]);
    let token = seal(&key, session_id, binding(&id), claims().pack(0).unwrap()).unwrap();
    let opens = |token: &str| {
        let sealed = SealedSession::parse(token);
        sealed.is_some_and(|sealed| sealed.open(&key, binding(&id)).is_some())
    };
    assert!(opens(&token));
    for position in 0..token.len() {
        assert!(!opens(&token[..position]), "cut at {position}");
        for other in ["A", "B", "_", "=", "\u{e9}"] {
            let mut bent = token.clone();
            if bent[position..=position] == *other {
                continue;
            }
            bent.replace_range(position..=position, other);
            assert!(!opens(&bent), "{other} at {position}");
        }
    }
    for added in ["A", "AAAA", "=", "\n", " "] {
        assert!(!opens(&format!("{token}{added}")), "{added:?}");
        assert!(!opens(&format!("{added}{token}")), "{added:?}");
    }
    assert!(SealedSession::parse(&"A".repeat(MAX_TOKEN_CHARS + 1)).is_none());
}

/// THREATS R2: neither the key id nor the token alone tells the secret.
#[tokio::test]
async fn secrets_depend_on_session_key_and_account() {
    let key = ring_key().await;
    let (mine, other) = (key_id(1), key_id(2));
    let session = SessionId([1; 16]);
    let known = secret(&key, session, binding(&mine)).expose().clone();
    assert_eq!(known.len(), 40);
    assert_eq!(*secret(&key, session, binding(&mine)).expose(), known);
    let account = "000000000000".parse().unwrap();
    for (what, secret) in [
        ("session", secret(&key, SessionId([2; 16]), binding(&mine))),
        ("key id", secret(&key, session, binding(&other))),
        (
            "account",
            secret(
                &key,
                session,
                Binding {
                    account,
                    ..binding(&mine)
                },
            ),
        ),
        (
            "ring",
            secret(&*next_ring_key().await, session, binding(&mine)),
        ),
    ] {
        assert_ne!(*secret.expose(), known, "{what}");
    }
}

#[test]
fn claims_pack_and_unpack() {
    let full = SessionClaims {
        chain_depth: 2,
        source_identity: Some("ann".to_owned()),
        tags: vec![("a".to_owned(), "\u{e9}".repeat(256))],
        transitive_tag_keys: vec!["a".to_owned()],
        policy: Some(SessionPolicy {
            inline: Some("{}".repeat(1_000).into()),
            arns: vec!["x".to_owned()],
        }),
        ..claims()
    };
    for (what, claims) in [("least", claims()), ("full", full)] {
        for min in [0, 2_000] {
            let plain = claims.pack(min).unwrap();
            assert!(plain.len() >= min);
            assert_eq!(
                SessionClaims::unpack(&plain),
                Some(claims.clone()),
                "{what}"
            );
        }
    }
    assert!(token_chars(plaintext_bytes(4_096)) == 4_096);
}

#[test]
fn other_plaintexts_are_none() {
    let plain = claims().pack(0).unwrap();
    for position in 0..plain.len() {
        assert_eq!(
            SessionClaims::unpack(&plain[..position]),
            None,
            "cut at {position}"
        );
    }
    let mut unknown = plain.clone();
    unknown[0] = 2;
    assert_eq!(SessionClaims::unpack(&unknown), None);
}

/// THREATS R5: a body that inflates beyond the cap is refused, though it is small, and none such
/// is made.
#[test]
fn inflation_is_capped() {
    for (tags, fits) in [(100, true), (200, false)] {
        let pair = ("k".repeat(100), "v".repeat(100));
        let claims = SessionClaims {
            tags: vec![pair; tags],
            ..claims()
        };
        assert_eq!(claims.pack(0).is_ok(), fits, "{tags}");
        let json = serde_json::to_vec(&claims).unwrap();
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&json).unwrap();
        let body = encoder.finish().unwrap();
        assert!(body.len() < 1_000, "{}", body.len());
        let mut plain = vec![1];
        plain.extend_from_slice(&u16::try_from(body.len()).unwrap().to_be_bytes());
        plain.extend_from_slice(&body);
        assert_eq!(SessionClaims::unpack(&plain).is_some(), fits, "{tags}");
    }
}
