//! The state machine under every order of events.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use crate::signer::{Beside, Rotation, RotationFault, Stage, Waits};

const WAITS: Waits = Waits {
    before_signing: Duration::from_secs(3_660),
    before_withdrawal: Duration::from_secs(86_400),
    skew: Duration::from_secs(300),
};
const LIFE: i64 = 86_400;

#[test]
fn one_rotation_step_by_step() {
    let mut rotation = Rotation::default();
    let stages = |rotation: &Rotation| -> Vec<(String, Stage)> {
        let keys = rotation.keys().iter();
        keys.map(|key| (key.kid.clone(), key.stage)).collect()
    };
    let confirm = |rotation: &mut Rotation| rotation.confirmed(&rotation.wanted(), Beside::Nothing);
    let key = |kid: &str, stage| (kid.to_owned(), stage);
    rotation.begin("a").unwrap();
    assert_eq!(rotation.begin("a"), Err(RotationFault::Known));
    assert_eq!(rotation.begin("b"), Err(RotationFault::UnderWay));
    rotation.pass(Duration::from_secs(1_000_000), 0, WAITS);
    assert_eq!(stages(&rotation), [key("a", Stage::New)]);
    confirm(&mut rotation);
    assert_eq!(stages(&rotation), [key("a", Stage::Signing { age_ms: 0 })]);
    rotation.will_sign_until(90_000);

    rotation.begin("b").unwrap();
    rotation.pass(Duration::from_secs(1), 0, WAITS);
    let old = key("a", Stage::Signing { age_ms: 1_000 });
    assert_eq!(stages(&rotation), [key("b", Stage::New), old.clone()]);
    confirm(&mut rotation);
    assert_eq!(rotation.begin("c"), Err(RotationFault::UnderWay));
    rotation.pass(Duration::from_secs(3_659), 0, WAITS);
    assert_eq!(rotation.signing().unwrap().kid, "a");
    rotation.pass(Duration::from_secs(1), 0, WAITS);
    let retired = key("a", Stage::Retiring { waited_ms: 0 });
    assert_eq!(
        stages(&rotation),
        [key("b", Stage::Signing { age_ms: 0 }), retired]
    );

    rotation.pass(Duration::from_secs(86_699), 200_000, WAITS);
    assert!(matches!(rotation.keys()[1].stage, Stage::Retiring { .. }));
    // A token of it is said to live until 90,000.
    rotation.pass(Duration::from_secs(1), 90_299, WAITS);
    assert!(matches!(rotation.keys()[1].stage, Stage::Retiring { .. }));
    rotation.pass(Duration::ZERO, 90_300, WAITS);
    assert_eq!(rotation.keys()[1].stage, Stage::Withdrawing);
    assert_eq!(rotation.wanted(), BTreeSet::from(["b".to_owned()]));
    rotation.confirmed(
        &BTreeSet::from(["a".to_owned(), "b".to_owned()]),
        Beside::Nothing,
    );
    assert_eq!(rotation.keys().len(), 2, "still published");
    confirm(&mut rotation);
    assert_eq!(rotation.keys().len(), 1);
}

#[derive(Clone, Debug)]
enum Event {
    Begin,
    Pass(u32),
    ClockJump(i32),
    Publish,
    AnswerLost,
    Unreachable,
    Sign,
    SaveAndRestart,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Begin),
        6 => prop_oneof![0..100u32, 3_000..5_000u32, 80_000..90_000u32].prop_map(Event::Pass),
        1 => any::<i32>().prop_map(Event::ClockJump),
        4 => Just(Event::Publish),
        1 => Just(Event::AnswerLost),
        1 => Just(Event::Unreachable),
        6 => Just(Event::Sign),
        1 => Just(Event::SaveAndRestart),
    ]
}

/// What is true outside, which the machine does not see.
#[derive(Default)]
struct Truth {
    elapsed: i64,
    clock: i64,
    published: BTreeSet<String>,
    /// Since when it has been published without a break.
    since: BTreeMap<String, i64>,
    /// When it last signed, and the latest `exp`.
    signed: BTreeMap<String, (i64, i64)>,
    first: Option<String>,
}

impl Truth {
    fn publish(&mut self, wanted: &BTreeSet<String>) {
        for gone in self.published.difference(wanted) {
            // One that came to sign when nobody asked has no tokens.
            let Some((last, _)) = self.signed.get(gone) else {
                continue;
            };
            assert!(
                self.elapsed - last >= LIFE + 300,
                "{gone} was withdrawn in use"
            );
        }
        for new in wanted.difference(&self.published) {
            self.since.insert(new.clone(), self.elapsed);
        }
        self.published = wanted.clone();
    }

    /// When a withdrawal is decided, the clock of that moment says that all tokens are dead; what a
    /// clock that goes back says later cannot undo it.
    fn decided(&self, before: &Rotation, after: &Rotation) {
        for key in after
            .keys()
            .iter()
            .filter(|key| key.stage == Stage::Withdrawing)
        {
            let earlier = before.keys().iter().find(|known| known.kid == key.kid);
            let fresh = earlier.is_some_and(|known| known.stage != Stage::Withdrawing);
            let until = self.signed.get(&key.kid).map(|(_, until)| *until);
            assert!(
                !fresh || until.is_none_or(|until| self.clock >= until + 300),
                "{key:?}"
            );
        }
    }

    fn sign(&mut self, rotation: &mut Rotation) {
        let Some(kid) = rotation.signing().map(|key| key.kid.clone()) else {
            assert!(self.first.is_none(), "a key that signed was lost");
            return;
        };
        assert!(
            self.published.contains(&kid),
            "{kid} signs and is not published"
        );
        if *self.first.get_or_insert_with(|| kid.clone()) != kid {
            assert!(
                self.elapsed - self.since[&kid] >= 3_660,
                "{kid} signs too early"
            );
        }
        let exp = self.clock + LIFE;
        rotation.will_sign_until(exp);
        let signed = self.signed.entry(kid).or_insert((0, i64::MIN));
        *signed = (self.elapsed, signed.1.max(exp));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_key_signs_unpublished_and_none_in_use_is_withdrawn(
        events in proptest::collection::vec(event(), 1..150),
    ) {
        let (mut rotation, mut truth) = (Rotation::default(), Truth::default());
        let mut made = 0;
        for event in events {
            match event {
                Event::Begin => {
                    if rotation.begin(&format!("k{made}")).is_ok() {
                        made += 1;
                    }
                }
                Event::Pass(secs) => {
                    truth.elapsed += i64::from(secs);
                    truth.clock += i64::from(secs);
                    let before = rotation.clone();
                    rotation.pass(Duration::from_secs(secs.into()), truth.clock, WAITS);
                    truth.decided(&before, &rotation);
                }
                Event::ClockJump(secs) => truth.clock += i64::from(secs),
                Event::Publish => {
                    let wanted = rotation.wanted();
                    truth.publish(&wanted);
                    rotation.confirmed(&wanted, Beside::Nothing);
                }
                Event::AnswerLost => truth.publish(&rotation.wanted()),
                Event::Unreachable => {}
                Event::Sign => truth.sign(&mut rotation),
                Event::SaveAndRestart => {
                    // Time that nobody saw pass.
                    truth.elapsed += 10_000;
                    truth.clock += 10_000;
                    let kept = serde_json::to_string(&rotation).unwrap();
                    rotation = serde_json::from_str(&kept).unwrap();
                }
            }
            let signing = rotation.keys().iter();
            let signing = signing.filter(|key| matches!(key.stage, Stage::Signing { .. }));
            prop_assert!(signing.count() <= 1);
        }
    }
}
