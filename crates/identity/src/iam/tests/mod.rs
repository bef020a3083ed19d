//! IAM over the wire: signed requests through the whole engine.

#![expect(clippy::too_many_lines, reason = "a life of a resource is one table")]

mod attacks;
mod oidc_providers;
mod policies;
mod principals;
mod recorded;
mod roles;
mod simulation;
mod tags;
mod trail;
mod users;
mod world;

#[test]
fn every_operation_of_the_model_is_served() {
    let mut registry = engine::Registry::default();
    crate::iam::register(&mut registry);
    let missing: Vec<_> = registry
        .missing()
        .into_iter()
        .filter(|name| name.starts_with("iam/"))
        .collect();
    assert_eq!(missing, [""; 0]);
}
