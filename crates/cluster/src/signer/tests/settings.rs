//! Set-ups that contradict themselves.

use std::time::Duration;

use jose::Algorithm;

use super::world::World;
use crate::signer::{Settings, SettingsFault, SignerFault};

#[test]
fn contradictions_are_refused() {
    let secs = Duration::from_secs;
    let check = |change: &dyn Fn(&mut Settings), expected: Option<SettingsFault>| {
        let mut world = World::new(Algorithm::ES256);
        change(&mut world.settings);
        let fault = match world.open() {
            Ok(_) => None,
            Err(SignerFault::Settings(fault)) => Some(fault),
            Err(fault) => panic!("{fault}"),
        };
        assert_eq!(fault, expected);
    };
    check(&|_| {}, None);
    check(&|s| s.max_token_life = secs(600), None);
    check(&|s| s.issuer.clear(), Some(SettingsFault::Issuer));
    check(
        &|s| s.algorithm = Algorithm::ES384,
        Some(SettingsFault::Algorithm),
    );
    check(
        &|s| s.max_token_life = secs(599),
        Some(SettingsFault::TokenLife),
    );
    check(
        &|s| s.max_token_life = secs(1 << 31),
        Some(SettingsFault::TokenLife),
    );
    check(
        &|s| s.refresh_hint = Duration::ZERO,
        Some(SettingsFault::RefreshHint),
    );
    check(
        &|s| s.refresh_hint = secs(86_400),
        Some(SettingsFault::RefreshHint),
    );
    check(
        &|s| s.rotate_every = Some(secs(3_660)),
        Some(SettingsFault::RotateEvery),
    );
    check(&|s| s.rotate_every = Some(secs(3_661)), None);
}
