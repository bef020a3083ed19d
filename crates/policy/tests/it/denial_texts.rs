//! AWS's words for refusals.

use policy::{Decision, Layer, Verdict, denial_text};

#[test]
fn texts_of_refusals() {
    let decision = |verdict, layer, arn: Option<&str>| Decision {
        verdict,
        layer,
        policy: arn.map(|_| "p".to_owned()),
        policy_arn: arn.map(str::to_owned),
        statement: None,
    };
    let arn = Some("arn:aws:iam::111122223333:policy/p");
    let (implicit, explicit) = (Verdict::ImplicitDeny, Verdict::ExplicitDeny);
    #[rustfmt::skip]
    let rows = [
        (decision(implicit, Layer::Identity, None), "because no identity-based policy allows the x:Y action"),
        (decision(implicit, Layer::Resource, None), "because no resource-based policy allows the x:Y action"),
        (decision(implicit, Layer::Boundary, None), "because no permissions boundary allows the x:Y action"),
        (decision(implicit, Layer::Session, None), "because no session policy allows the x:Y action"),
        (decision(implicit, Layer::Trust, None), "because no role trust policy allows the x:Y action"),
        (decision(explicit, Layer::Identity, None), "with an explicit deny in an identity-based policy"),
        (
            decision(explicit, Layer::Identity, arn),
            "with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/p",
        ),
        (
            decision(explicit, Layer::Boundary, arn),
            "with an explicit deny in a permissions boundary: arn:aws:iam::111122223333:policy/p",
        ),
        (
            decision(explicit, Layer::Session, arn),
            "with an explicit deny in a session policy: arn:aws:iam::111122223333:policy/p",
        ),
        (decision(explicit, Layer::Resource, None), "with an explicit deny in a resource-based policy"),
        (decision(explicit, Layer::Trust, None), "with an explicit deny in the role trust policy"),
    ];
    for (decision, tail) in rows {
        assert_eq!(
            denial_text("arn:u", "x:Y", Some("arn:r"), &decision),
            format!("User: arn:u is not authorized to perform: x:Y on resource: arn:r {tail}"),
        );
        assert_eq!(
            denial_text("arn:u", "x:Y", None, &decision),
            format!("User: arn:u is not authorized to perform: x:Y {tail}"),
        );
    }
}
