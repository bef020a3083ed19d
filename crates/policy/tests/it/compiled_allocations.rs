//! A compiled decision allocates nothing.

use allocation_counter::measure;
use policy::compiled::{CompiledLayers, decide};

use crate::compiled_near::{changed, layers, question};
use crate::compiled_random::Random;

const POLICIES: u64 = 500;
const REQUESTS: u64 = 4;

/// The letter whose lower case depends on its neighbours.
const SIGMA: char = 'Σ';

#[test]
fn deciding_allocates_nothing() {
    let (mut copies, mut proven) = (0, 0);
    for number in 0..POLICIES {
        let random = &mut Random::new(number);
        let first = question(random);
        let layers = layers(random, &first);
        let holds_sigma = format!("{layers:?}").contains(SIGMA);
        let layers = CompiledLayers::compile(&layers);
        for _ in 0..REQUESTS {
            let mut asked = changed(random, &first);
            asked.context.set("aws:PrincipalTag/Team", "Core");
            let request = asked.request();
            let mut decision = None;
            let counted = measure(|| decision = Some(decide(&request, &layers))).count_total;
            assert!(
                counted == 0 || holds_sigma,
                "policies {number}: {request:#?}"
            );
            proven += u64::from(!holds_sigma);
            copies += measure(|| drop(decision.unwrap().to_decision())).count_total;
        }
    }
    assert!(copies > 0, "allocations are counted");
    assert!(proven * 2 > POLICIES * REQUESTS, "{proven}");
}
