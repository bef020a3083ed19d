//! The compiled evaluator against the plain one.

use std::sync::Arc;

use policy::compiled::{CompiledLayers, decide as decide_compiled};
use policy::{
    Attached, Context, Decision, Document, Layer, Layers, PolicyKind, Request, Verdict, decide,
};
use serde_json::json;

use crate::compiled_near::{OPERATORS, Question, TYPED, changed, layers, question};
use crate::compiled_random::Random;
use crate::fixture::{OWN, account, identity, user};

/// How many decisions are compared; more when this is set.
const CASES_VARIABLE: &str = "IRSA_POLICY_CASES";
const CASES: u64 = 20_000;
const SEED: u64 = 0x1257_a000;

/// Policies are asked the request they were made for and some that differ from it.
const REQUESTS: u64 = 4;

const THREADS: u64 = 4;

#[test]
fn both_evaluators_decide_alike() {
    let cases = std::env::var(CASES_VARIABLE).map_or(CASES, |count| count.parse().unwrap());
    let policies = cases.div_ceil(REQUESTS);
    let part =
        |thread| move || compare((thread..policies).step_by(usize::try_from(THREADS).unwrap()));
    let seen = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(part(thread)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .reduce(Seen::with)
            .unwrap()
    });
    let Seen { verdicts, layers } = seen;
    let asked: u64 = verdicts.iter().sum();
    assert_eq!(asked, policies * REQUESTS);
    for count in verdicts {
        assert!(count * 8 > asked, "few of one verdict: {verdicts:?}");
    }
    for layer in LAYERS {
        let count = layers[layer as usize];
        assert!(count * 500 > asked, "few by {layer:?}: {layers:?}");
    }
}

/// How often each verdict and each deciding layer was seen.
#[derive(Clone, Copy, Default)]
struct Seen {
    verdicts: [u64; 3],
    layers: [u64; LAYERS.len()],
}

const LAYERS: [Layer; 9] = [
    Layer::Identity,
    Layer::Boundary,
    Layer::Session,
    Layer::Resource,
    Layer::Trust,
    Layer::ServiceControl,
    Layer::ResourceControl,
    Layer::Endpoint,
    Layer::Grant,
];

impl Seen {
    fn with(self, other: Self) -> Self {
        Self {
            verdicts: std::array::from_fn(|at| self.verdicts[at] + other.verdicts[at]),
            layers: std::array::from_fn(|at| self.layers[at] + other.layers[at]),
        }
    }

    fn add(&mut self, decision: &Decision) {
        let verdict = match decision.verdict {
            Verdict::Allowed => 0,
            Verdict::ExplicitDeny => 1,
            Verdict::ImplicitDeny => 2,
        };
        self.verdicts[verdict] += 1;
        self.layers[decision.layer as usize] += 1;
    }
}

fn compare(numbers: impl Iterator<Item = u64>) -> Seen {
    let mut seen = Seen::default();
    for number in numbers {
        let random = &mut Random::new(SEED.wrapping_add(number));
        let first = question(random);
        let layers = layers(random, &first);
        let compiled = CompiledLayers::compile(&layers);
        for _ in 1..REQUESTS {
            let asked = changed(random, &first);
            seen.add(&decision(number, &asked, &layers, &compiled));
        }
        seen.add(&decision(number, &first, &layers, &compiled));
    }
    seen
}

/// What both say.
fn decision(number: u64, asked: &Question, layers: &Layers, compiled: &CompiledLayers) -> Decision {
    let request = asked.request();
    let plain = decide(&request, layers);
    let fast = decide_compiled(&request, compiled).to_decision();
    assert_eq!(fast, plain, "policies {number}\n{request:#?}\n{layers:#?}");
    let read = only_keys_read(asked, compiled);
    let fast = decide_compiled(&read.request(), compiled).to_decision();
    assert_eq!(
        fast, plain,
        "policies {number}: a key is read that is not named"
    );
    plain
}

/// The same question without the keys that the policies do not name.
fn only_keys_read(asked: &Question, compiled: &CompiledLayers) -> Question {
    let mut context = Context::new();
    for key in compiled.keys() {
        if let Some(entry) = asked.context.get(key) {
            match entry.single() {
                Some(value) => context.set(entry.name(), value),
                None => context.set_many(entry.name(), entry.values().to_vec()),
            }
        }
    }
    Question {
        caller: asked.caller.clone(),
        action: asked.action.clone(),
        resource: asked.resource.clone(),
        owner: asked.owner,
        context,
    }
}

/// Literals of each type as operands and as values, under each operator.
#[test]
fn literals_compare_alike() {
    let caller = user(OWN);
    for (key, literals) in TYPED {
        for (operator, wanted) in OPERATORS
            .iter()
            .flat_map(|one| literals.iter().map(move |two| (one, two)))
        {
            let layers = Layers {
                identity: vec![Attached {
                    name: "policy".to_owned(),
                    arn: None,
                    document: Some(Arc::new(one_condition(operator, key, wanted))),
                }],
                ..Layers::default()
            };
            let compiled = CompiledLayers::compile(&layers);
            for value in *literals {
                let mut context = Context::new();
                context.set(key, *value);
                let request = Request {
                    caller: &caller,
                    action: "s3:GetObject",
                    resource: "*",
                    resource_account: account(OWN),
                    context: &context,
                };
                let plain = decide(&request, &layers);
                let fast = decide_compiled(&request, &compiled).to_decision();
                assert_eq!(fast, plain, "{operator} {wanted} beside {value}");
            }
        }
    }
}

fn one_condition(operator: &str, key: &str, wanted: &str) -> Document {
    let text = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { operator: { key: wanted } },
    }});
    Document::load(&text.to_string(), PolicyKind::Identity).unwrap()
}

/// Until when "for ever" often lasts.
#[test]
fn the_last_day_of_the_calendar_compares() {
    let mut context = Context::new();
    context.set("aws:CurrentTime", "2026-03-01T12:00:00Z");
    for (operator, last, allowed) in [
        ("DateLessThan", "9999-12-31T23:59:59Z", true),
        ("DateLessThan", "9999-12-31", true),
        ("DateGreaterThan", "9999-12-31T23:59:59Z", false),
        ("DateLessThan", "0000-01-01", false),
        ("DateGreaterThan", "0000-01-01", true),
    ] {
        let statement = format!(
            r#"{{"Effect":"Allow","Action":"*","Resource":"*",
                "Condition":{{"{operator}":{{"aws:CurrentTime":"{last}"}}}}}}"#
        );
        let layers = Layers {
            identity: identity(&statement),
            ..Layers::default()
        };
        let caller = user(OWN);
        let request = Request {
            caller: &caller,
            action: "s3:GetObject",
            resource: "*",
            resource_account: account(OWN),
            context: &context,
        };
        let compiled = CompiledLayers::compile(&layers);
        let decision = decide_compiled(&request, &compiled);
        assert_eq!(decision.is_allowed(), allowed, "{operator} {last}");
    }
}
