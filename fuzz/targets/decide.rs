//! A question and a policy: an action, a resource, keys as `name=value;name=value`, each on its
//! line, then the policy.

#![no_main]

use fuzz::{Question, compare, explained, layers};
use libfuzzer_sys::fuzz_target;
use policy::Context;

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(4, '\n');
    let (Some(action), Some(resource), Some(keys), Some(policy)) =
        (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return;
    };
    let Some(layers) = layers(policy) else {
        return;
    };
    let mut context = Context::new();
    for (key, value) in keys.split(';').filter_map(|pair| pair.split_once('=')) {
        match value.split_once('|') {
            None => context.set(key, value),
            Some(_) => context.set_many(key, value.split('|').map(str::to_owned).collect()),
        }
    }
    let question = Question {
        action,
        resource,
        context,
    };
    compare(&question, &layers);
    explained(&question, &layers);
});
