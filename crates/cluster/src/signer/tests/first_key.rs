//! A server that runs in the cluster which waits for the signer: somebody must go first.

use std::time::Duration;

use jose::{Algorithm, SigningKey};

use super::world::{Mood, World};
use crate::signer::external_signer::Footing;
use crate::signer::{
    FirstKey, PublicKey, Published, Refusal, Rotation, Signer, Stage, Standing, request_rotation,
};

const BEFORE_SIGNING: Duration = Duration::from_secs(3_660);

fn world(first_key: FirstKey, mood: Mood) -> World {
    let mut world = World::new(Algorithm::ES256);
    world.settings.first_key = first_key;
    world.mood(mood);
    world
}

async fn pass(world: &World, signer: &Signer, time: Duration) {
    world
        .clock
        .advance_millis(time.as_millis().try_into().unwrap());
    let _ = signer.step(time).await;
}

/// A token is signed, and its key is told to the API server.
fn signs(world: &World, signer: &Signer) -> String {
    let kid = signer.keys().last().unwrap().kid.clone();
    let fetched = signer.fetch_keys().unwrap();
    assert_eq!(fetched.keys.len(), 1);
    assert_eq!(fetched.keys[0].kid, kid);
    assert!(fetched.published_at > 0, "kube-apiserver refuses no time");
    world.token(signer).unwrap()
}

#[tokio::test]
async fn the_first_key_signs_while_no_server_runs_and_is_published_once_it_does() {
    let mut world = world(FirstKey::Unpublished, Mood::Unreachable);
    let signer = world.open().unwrap();
    let before = signs(&world, &signer);
    assert_eq!(signer.footing(), Footing::Unpublished);
    assert!(world.verify(&before).is_err(), "as the flag's help says");
    pass(&world, &signer, Duration::from_secs(60)).await;
    assert_eq!(signer.footing(), Footing::Unpublished);

    // Whether the flag is still there does not matter to what was begun.
    drop(signer);
    world.settings.first_key = FirstKey::OncePublished;
    let signer = world.open().unwrap();
    assert_eq!(signer.footing(), Footing::Unpublished);
    signs(&world, &signer);

    world.mood(Mood::Well);
    pass(&world, &signer, Duration::from_secs(10)).await;
    assert_eq!(signer.footing(), Footing::Sound);
    assert_eq!(world.verify(&before), Ok(()), "what was handed out is good");
    assert_eq!(world.verify(&signs(&world, &signer)), Ok(()));
    let set = world.publisher.set.lock().unwrap().clone().unwrap();
    assert_eq!(set.keys[0].standing, Standing::Signing);
}

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_again() {
    let world = world(FirstKey::Unpublished, Mood::AnswerLost);
    let signer = world.open().unwrap();
    pass(&world, &signer, Duration::ZERO).await;
    assert_eq!(signer.footing(), Footing::Unpublished);
    world.mood(Mood::Well);
    pass(&world, &signer, Duration::from_secs(10)).await;
    assert_eq!(signer.footing(), Footing::Sound);
}

#[tokio::test]
async fn a_signer_that_waits_is_started_again_with_the_flag_that_its_log_names() {
    let mut world = world(FirstKey::OncePublished, Mood::Unreachable);
    let signer = world.open().unwrap();
    pass(&world, &signer, Duration::ZERO).await;
    assert_eq!(signer.footing(), Footing::Waiting);
    assert_eq!(world.token(&signer), Err(Refusal::NotPublished));
    assert_eq!(signer.fetch_keys(), Err(Refusal::NotPublished));
    let kid = signer.keys()[0].kid.clone();
    drop(signer);
    world.settings.first_key = FirstKey::Unpublished;
    let signer = world.open().unwrap();
    signs(&world, &signer);
    assert_eq!(signer.keys()[0].kid, kid, "no second key");
}

#[tokio::test]
async fn later_keys_take_the_safe_order() {
    for mood in [Mood::Well, Mood::Unreachable] {
        let world = world(FirstKey::Unpublished, mood);
        let signer = world.open().unwrap();
        pass(&world, &signer, Duration::ZERO).await;
        let first = signer.keys()[0].kid.clone();
        request_rotation(&world.state()).unwrap();
        pass(&world, &signer, Duration::from_secs(10)).await;
        drop(signer);
        let signer = world.open().unwrap();
        pass(&world, &signer, BEFORE_SIGNING * 2).await;
        // The one server has had the new key for no time that was seen; the other never.
        let [new, old] = signer.keys().try_into().unwrap();
        assert_eq!(old.kid, first);
        assert!(matches!(old.stage, Stage::Signing { .. }) || mood == Mood::Well);
        assert!(!matches!(new.stage, Stage::Signing { .. }) || mood == Mood::Well);
        world.mood(Mood::Well);
        pass(&world, &signer, Duration::from_secs(10)).await;
        if mood == Mood::Unreachable {
            assert_eq!(signer.keys()[0].stage, Stage::Published { waited_ms: 0 });
        }
        pass(&world, &signer, BEFORE_SIGNING).await;
        assert!(matches!(signer.keys()[0].stage, Stage::Signing { .. }));
        assert_eq!(world.verify(&world.token(&signer).unwrap()), Ok(()));
    }
}

#[tokio::test]
async fn a_key_that_was_published_beside_others_keeps_its_wait() {
    let mut world = world(FirstKey::OncePublished, Mood::Well);
    let other = SigningKey::generate(Algorithm::ES256).unwrap();
    let other = jose::PublicKey::from_der(&other.public_der().unwrap()).unwrap();
    *world.publisher.answer.lock().unwrap() = Published {
        others: vec![PublicKey::from(&other)],
        ..Published::default()
    };
    let signer = world.open().unwrap();
    pass(&world, &signer, Duration::ZERO).await;
    assert_eq!(signer.footing(), Footing::Joining);
    drop(signer);
    world.settings.first_key = FirstKey::Unpublished;
    let signer = world.open().unwrap();
    assert_eq!(signer.footing(), Footing::Joining);
    assert_eq!(world.token(&signer), Err(Refusal::NotPublished));
}

#[test]
fn only_a_lone_new_key_skips_its_publication() {
    let mut rotation = Rotation::default();
    assert!(!rotation.sign_unpublished());
    rotation.begin("a").unwrap();
    assert!(rotation.sign_unpublished());
    assert_eq!(rotation.signing().unwrap().kid, "a");
    assert!(!rotation.sign_unpublished());
    rotation.begin("b").unwrap();
    assert!(!rotation.sign_unpublished());
    assert_eq!(rotation.keys()[0].stage, Stage::New);
}

#[test]
fn the_log_says_what_it_means_and_names_the_flag() {
    for (footing, parts) in [
        (Footing::Sound, vec!["goes on"]),
        (
            Footing::Waiting,
            vec!["waits for the server", "--first-key-signs-unpublished"],
        ),
        (Footing::Joining, vec!["other signers"]),
        (
            Footing::Unpublished,
            vec!["--first-key-signs-unpublished", "cannot be exchanged until"],
        ),
    ] {
        for part in parts {
            assert!(footing.told().contains(part), "{footing:?}: {part}");
        }
    }
}

#[tokio::test]
async fn a_state_without_the_flag_is_one_that_every_signer_reads() {
    let world = world(FirstKey::OncePublished, Mood::Well);
    let signer = world.open().unwrap();
    pass(&world, &signer, Duration::ZERO).await;
    let state = std::fs::read_to_string(world.state().join("state.json")).unwrap();
    assert!(!state.contains("unpublished_since"), "{state}");
}
