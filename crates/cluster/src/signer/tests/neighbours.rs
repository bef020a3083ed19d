//! Several signers of one issuer, and what the publisher says of them.

use std::time::Duration;

use jose::{Algorithm, SigningKey};

use super::world::{LIFE_SECS, World};
use crate::signer::{Asked, PublicKey, Published, Refusal, Signer, Stage, Standing, WithdrawnKey};

const BEFORE_SIGNING: Duration = Duration::from_secs(3_660);

fn foreign() -> PublicKey {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    PublicKey::from(&jose::PublicKey::from_der(&key.public_der().unwrap()).unwrap())
}

fn answer(world: &World, others: &[PublicKey], rotation: Asked) {
    *world.publisher.answer.lock().unwrap() = Published {
        others: others.to_vec(),
        rotation,
    };
}

fn told(world: &World) -> Vec<(String, Standing)> {
    let set = world.publisher.set.lock().unwrap();
    let keys = set.iter().flat_map(|set| &set.keys);
    keys.map(|key| (key.key.kid.clone(), key.standing))
        .collect()
}

fn fetched(signer: &Signer) -> Vec<String> {
    let keys = signer.fetch_keys().unwrap().keys.into_iter();
    keys.map(|key| key.kid).collect()
}

async fn pass(world: &World, signer: &Signer, time: Duration) {
    world
        .clock
        .advance_millis(time.as_millis().try_into().unwrap());
    signer.step(time).await.unwrap();
}

#[tokio::test]
async fn a_signer_that_joins_waits_until_the_others_know_its_key() {
    let world = World::new(Algorithm::ES256);
    let other = foreign();
    answer(&world, std::slice::from_ref(&other), Asked::No);
    let signer = world.open().unwrap();
    signer.step(Duration::ZERO).await.unwrap();
    let own = signer.keys()[0].kid.clone();
    assert_eq!(world.token(&signer), Err(Refusal::NotPublished));
    assert_eq!(fetched(&signer), [own.clone(), other.kid.clone()]);
    pass(&world, &signer, BEFORE_SIGNING).await;
    assert_eq!(world.verify(&world.token(&signer).unwrap()), Ok(()));

    drop(signer);
    let signer = world.open().unwrap();
    assert_eq!(
        fetched(&signer),
        [own.clone(), other.kid],
        "kept while the publisher is away"
    );
    answer(&world, &[], Asked::No);
    signer.step(Duration::ZERO).await.unwrap();
    assert_eq!(fetched(&signer), [own]);
}

#[tokio::test]
async fn a_key_that_two_name_is_fetched_once() {
    let mut world = World::new(Algorithm::ES256);
    let file = foreign();
    world.settings.verify_only = vec![file.clone()];
    answer(&world, std::slice::from_ref(&file), Asked::No);
    let signer = world.open().unwrap();
    signer.step(Duration::ZERO).await.unwrap();
    assert_eq!(fetched(&signer), [signer.keys()[0].kid.clone(), file.kid]);
}

#[tokio::test]
async fn a_rotation_that_the_publisher_asks_for_is_walked_and_told() {
    let world = World::new(Algorithm::ES256);
    let signer = world.open().unwrap();
    signer.step(Duration::ZERO).await.unwrap();
    let old = signer.keys()[0].kid.clone();
    world.token(&signer).unwrap();
    answer(&world, &[], Asked::Yes);
    pass(&world, &signer, Duration::from_secs(60)).await;
    assert_eq!(signer.keys()[0].stage, Stage::New);
    let new = signer.keys()[0].kid.clone();
    pass(&world, &signer, Duration::from_secs(10)).await;
    assert_eq!(
        signer.keys().len(),
        2,
        "asked again, it goes on with the one"
    );
    answer(&world, &[], Asked::No);
    for (time, standing) in [
        (Duration::ZERO, [Standing::Published, Standing::Signing]),
        (BEFORE_SIGNING, [Standing::Signing, Standing::Retiring]),
    ] {
        pass(&world, &signer, time).await;
        let [first, second] = standing;
        assert_eq!(told(&world), [(new.clone(), first), (old.clone(), second)]);
    }
    let (moves_on_in, until) = {
        let set = world.publisher.set.lock().unwrap();
        let retiring = &set.as_ref().unwrap().keys[1];
        (
            retiring.moves_on_in.unwrap(),
            retiring.signed_until.unwrap(),
        )
    };
    assert!(until >= world.now() + LIFE_SECS - 3_800, "{until}");
    pass(&world, &signer, moves_on_in).await;
    assert_eq!(told(&world), [(new, Standing::Signing)]);
    let set = world.publisher.set.lock().unwrap();
    let signed_until = Some(until);
    assert_eq!(
        set.as_ref().unwrap().withdrawn,
        [WithdrawnKey {
            kid: old,
            signed_until
        }]
    );
}
