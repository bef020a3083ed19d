//! Crashes, lost answers and damage, at every step of a rotation.

use std::time::Duration;

use jose::Algorithm;

use super::world::{LIFE_SECS, Mood, World, mode, sealing};
use crate::signer::{
    Refusal, SealingFault, SealingKey, Signer, SignerFault, Stage, StateDirectory, StateFault,
    request_rotation, status,
};

const STEP_SECS: i64 = 1_800;

/// A token that must verify until it expires.
struct Issued {
    token: String,
    until: i64,
}

async fn step(world: &World, signer: &Signer) {
    world.clock.advance_millis(STEP_SECS * 1_000);
    let _ = signer.step(Duration::from_secs(STEP_SECS as u64)).await;
}

/// Walks a whole rotation; at step `crash_at` the process dies and, with `mood`, the publisher was
/// not well just before. Every token ever handed out verifies at each step.
async fn walk(crash_at: usize, mood: Mood) {
    let world = World::new(Algorithm::ES256);
    let mut signer = world.open().unwrap();
    signer.step(Duration::ZERO).await.unwrap();
    let first = signer.keys()[0].kid.clone();
    request_rotation(&world.state()).unwrap();
    let mut issued: Vec<Issued> = Vec::new();
    for at in 0..60 {
        world.mood(if (at..at + 2).contains(&crash_at) {
            mood
        } else {
            Mood::Well
        });
        step(&world, &signer).await;
        if at == crash_at {
            std::fs::write(world.state().join("state.json.new"), b"{\"half\":").unwrap();
            drop(signer);
            signer = world.open().unwrap();
        }
        let token = world.token(&signer).unwrap();
        issued.push(Issued {
            token,
            until: world.now() + LIFE_SECS,
        });
        issued.retain(|issued| issued.until > world.now());
        // One key or two are behind all of them: the oldest tells of the one, the newest of the other.
        for Issued { token, .. } in issued.first().into_iter().chain(issued.last()) {
            assert_eq!(
                world.verify(token),
                Ok(()),
                "crash at {crash_at} ({mood:?}), step {at}"
            );
        }
    }
    let keys = signer.keys();
    assert_eq!(keys.len(), 1, "crash at {crash_at} ({mood:?}): {keys:?}");
    assert_ne!(keys[0].kid, first);
    assert_eq!(world.published(), [keys[0].kid.clone()].into());
}

#[tokio::test]
async fn a_rotation_survives_a_crash_at_every_step() {
    for mood in [Mood::Well, Mood::Unreachable, Mood::AnswerLost] {
        // Publication, the wait, the first signature, the old key's last hours, its withdrawal.
        for crash_at in (0..7).chain([20]).chain(50..57) {
            walk(crash_at, mood).await;
        }
    }
}

#[tokio::test]
async fn every_state_that_was_ever_saved_can_be_taken_up() {
    let world = World::new(Algorithm::ES256);
    let signer = world.open().unwrap();
    signer.step(Duration::ZERO).await.unwrap();
    request_rotation(&world.state()).unwrap();
    let file = world.state().join("state.json");
    let mut saved = vec![std::fs::read(&file).unwrap()];
    for _ in 0..60 {
        step(&world, &signer).await;
        let state = std::fs::read(&file).unwrap();
        if saved.last() != Some(&state) {
            saved.push(state);
        }
    }
    drop(signer);
    assert!(saved.len() > 40);
    for state in saved {
        std::fs::write(&file, &state).unwrap();
        let signer = world.open().unwrap();
        step(&world, &signer).await;
        let token = world.token(&signer).unwrap();
        assert_eq!(world.verify(&token), Ok(()));
    }
}

#[tokio::test]
async fn signs_with_the_last_published_key_while_the_publisher_is_down() {
    let mut world = World::new(Algorithm::RS256);
    world.settings.rotate_every = Some(Duration::from_secs(86_400));
    world.mood(Mood::Unreachable);
    let signer = world.open().unwrap();
    assert!(matches!(
        signer.step(Duration::ZERO).await,
        Err(SignerFault::Publication(_))
    ));
    assert_eq!(world.token(&signer), Err(Refusal::NotPublished));
    assert_eq!(signer.fetch_keys(), Err(Refusal::NotPublished));
    world.mood(Mood::Well);
    signer.step(Duration::ZERO).await.unwrap();
    let kid = signer.keys()[0].kid.clone();

    world.mood(Mood::Unreachable);
    for _ in 0..200 {
        step(&world, &signer).await;
    }
    drop(signer);
    let signer = world.open().unwrap();
    assert_eq!(world.verify(&world.token(&signer).unwrap()), Ok(()));
    let keys = signer.keys();
    assert_eq!((keys.len(), keys[0].stage), (2, Stage::New));
    assert_eq!(keys[1].kid, kid);
    let fetched = signer.fetch_keys().unwrap().keys;
    assert_eq!(
        fetched.len(),
        1,
        "a key that is not published is nobody's to trust"
    );
    assert_eq!(fetched[0].kid, kid);

    world.mood(Mood::Well);
    for _ in 0..8 {
        step(&world, &signer).await;
    }
    assert!(matches!(signer.keys()[0].stage, Stage::Signing { .. }));
    assert_eq!(world.verify(&world.token(&signer).unwrap()), Ok(()));
}

#[tokio::test]
async fn a_publisher_that_lost_the_keys_gets_them_back() {
    let world = World::new(Algorithm::ES256);
    let signer = world.open().unwrap();
    signer.step(Duration::ZERO).await.unwrap();
    // Once more: that it signs is told too.
    signer.step(Duration::ZERO).await.unwrap();
    *world.publisher.set.lock().unwrap() = None;
    signer.step(Duration::from_secs(30)).await.unwrap();
    assert!(world.published().is_empty(), "not before the refresh hint");
    signer.step(Duration::from_secs(30)).await.unwrap();
    assert_eq!(world.published(), [signer.keys()[0].kid.clone()].into());
}

#[tokio::test]
async fn a_request_is_kept_while_the_signer_is_down_and_counts_once() {
    let world = World::new(Algorithm::ES256);
    let signer = world.open().unwrap();
    signer.step(Duration::ZERO).await.unwrap();
    drop(signer);
    request_rotation(&world.state()).unwrap();
    request_rotation(&world.state()).unwrap();
    assert!(status(&world.state()).unwrap().unwrap().requested);
    let signer = world.open().unwrap();
    signer.step(Duration::ZERO).await.unwrap();
    let status = status(&world.state()).unwrap().unwrap();
    assert_eq!((status.keys.len(), status.requested), (2, false));
    request_rotation(&world.state()).unwrap();
    signer.step(Duration::ZERO).await.unwrap();
    assert_eq!(signer.keys().len(), 2, "one at a time");
}

#[tokio::test]
async fn private_halves_are_erased_when_they_sign_no_more() {
    let world = World::new(Algorithm::ES256);
    let signer = world.open().unwrap();
    signer.step(Duration::ZERO).await.unwrap();
    request_rotation(&world.state()).unwrap();
    for _ in 0..12 {
        step(&world, &signer).await;
    }
    assert!(matches!(signer.keys()[1].stage, Stage::Retiring { .. }));
    let state = std::fs::read_to_string(world.state().join("state.json")).unwrap();
    assert_eq!(state.matches("\"sealed\":null").count(), 1, "{state}");
}

#[tokio::test]
async fn a_clock_that_was_ahead_keeps_the_key_published() {
    let world = World::new(Algorithm::ES256);
    let signer = world.open().unwrap();
    signer.step(Duration::ZERO).await.unwrap();
    let year = 365 * 86_400 * 1_000;
    world.clock.advance_millis(year);
    let token = world.token(&signer).unwrap();
    world.clock.advance_millis(-year);
    request_rotation(&world.state()).unwrap();
    for _ in 0..200 {
        step(&world, &signer).await;
    }
    assert_eq!(signer.keys().len(), 2);
    world.clock.advance_millis(year - 200 * STEP_SECS * 1_000);
    assert_eq!(world.verify(&token), Ok(()));
    world.clock.advance_millis((LIFE_SECS + 3_900) * 1_000);
    step(&world, &signer).await;
    assert_eq!(signer.keys().len(), 1);
}

#[test]
fn a_directory_has_one_signer_and_one_issuer() {
    let mut world = World::new(Algorithm::ES256);
    let signer = world.open().unwrap();
    assert!(matches!(
        world.open(),
        Err(SignerFault::State(StateFault::InUse(_)))
    ));
    drop(signer);
    world.settings.issuer = "https://other.example".to_owned();
    assert!(matches!(world.open(), Err(SignerFault::OtherIssuer(_))));
}

#[test]
fn a_copy_of_the_directory_alone_gives_nothing_away() {
    let world = World::new(Algorithm::ES256);
    drop(world.open().unwrap());
    assert_eq!(mode(&world.state()), 0o700);
    for file in ["state.json", "lock"] {
        assert_eq!(mode(&world.state().join(file)), 0o600, "{file}");
    }
    let opened = world.open_sealed_with(sealing(2)).map(drop);
    let Err(SignerFault::Key {
        source: Some(SealingFault::Closed),
        ..
    }) = opened
    else {
        panic!("opened with another sealing key");
    };
}

#[test]
fn damage_is_reported_and_never_replaced() {
    let world = World::new(Algorithm::ES256);
    drop(world.open().unwrap());
    let file = world.state().join("state.json");
    let whole = std::fs::read_to_string(&file).unwrap();
    let (half, _) = whole.split_at(whole.len() / 2);
    let later = whole.replacen("\"format\":1", "\"format\":2", 1);
    for bad in ["", "{}", "null", half, later.as_str()] {
        std::fs::write(&file, bad).unwrap();
        let opened = world.open().map(drop);
        assert!(
            matches!(opened, Err(SignerFault::State(StateFault::Damaged { .. }))),
            "{bad}"
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), bad);
    }
    std::fs::write(
        &file,
        whole.replace("\"keys\":[{\"public\"", "\"keys\":[],\"x\":[{\"public\""),
    )
    .unwrap();
    assert!(world.open().is_err());
}

#[test]
fn directories_of_others_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new(Algorithm::ES256);
    let refused = |path: &std::path::Path| {
        matches!(StateDirectory::open(path), Err(StateFault::Unsafe { .. }))
    };
    let open = world.root.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o750)).unwrap();
    assert!(refused(&open));
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert!(!refused(&open));
    let link = world.root.path().join("link");
    std::os::unix::fs::symlink(&open, &link).unwrap();
    assert!(refused(&link));
    let file = world.root.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(refused(&file));
}

#[test]
fn sealing_keys_are_private_files_of_32_bytes() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("sealing.key");
    let entropy = base::SeededEntropy::new(3);
    assert!(matches!(
        SealingKey::read(&path),
        Err(SealingFault::Missing(_))
    ));
    SealingKey::create(&path, &entropy).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert!(matches!(
        SealingKey::create(&path, &entropy),
        Err(SealingFault::Exists(_))
    ));
    SealingKey::read(&path).unwrap();
    let refused = || matches!(SealingKey::read(&path), Err(SealingFault::Unsafe { .. }));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(refused());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    for length in [0, 31, 33] {
        std::fs::write(&path, vec![7; length]).unwrap();
        assert!(refused(), "{length}");
    }
}
