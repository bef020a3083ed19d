//! AWS's words for refusals.

use policy::{Caller, CallerKind, Context, Decision, Layer, Request, Verdict, denial_text};

use crate::fixture::{OTHER, OWN, account, session, user};

const POLICY: &str = "arn:aws:iam::111122223333:policy/p";
const CONTROL: &str = "arn:aws:organizations::111122223333:policy/o-1/resource_control_policy/p-1";

fn decision(verdict: Verdict, layer: Layer, arn: Option<&str>) -> Decision {
    Decision {
        verdict,
        layer,
        policy: arn.map(|_| "p".to_owned()),
        policy_arn: arn.map(str::to_owned),
        statement: None,
    }
}

fn text(
    caller: &Caller,
    (action, resource): (&str, Option<&str>),
    organizations: Option<(&str, &str)>,
    decision: &Decision,
) -> String {
    let mut context = Context::new();
    if let Some((callers, owners)) = organizations {
        context.set("aws:PrincipalOrgID", callers);
        context.set("aws:ResourceOrgID", owners);
    }
    let request = Request {
        caller,
        action,
        resource: resource.unwrap_or("*"),
        resource_account: account(OWN),
        context: &context,
    };
    denial_text(&request, resource, decision)
}

#[test]
fn each_layer_has_its_words() {
    use Layer::{
        Boundary, Endpoint, Grant, Identity, Resource, ResourceControl, ServiceControl, Session,
        Trust,
    };
    let (implicit, explicit) = (Verdict::ImplicitDeny, Verdict::ExplicitDeny);
    #[rustfmt::skip]
    let rows = [
        (implicit, Identity, None, "because no identity-based policy allows the x:Y action"),
        (implicit, Resource, None, "because no resource-based policy allows the x:Y action"),
        (implicit, Grant, None, "because no resource-based policy allows the x:Y action"),
        (implicit, Boundary, None, "because no permissions boundary allows the x:Y action"),
        (implicit, Session, None, "because no session policy allows the x:Y action"),
        (implicit, Trust, None, "because no role trust policy allows the x:Y action"),
        (implicit, ServiceControl, None, "because no service control policy allows the x:Y action"),
        (implicit, Endpoint, None, "because no VPC endpoint policy allows the x:Y action"),
        (explicit, Identity, None, "with an explicit deny in an identity-based policy"),
        (explicit, Identity, Some(POLICY), "with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/p"),
        (explicit, Boundary, Some(POLICY), "with an explicit deny in a permissions boundary: arn:aws:iam::111122223333:policy/p"),
        (explicit, Session, Some(POLICY), "with an explicit deny in a session policy: arn:aws:iam::111122223333:policy/p"),
        (explicit, ServiceControl, Some(POLICY), "with an explicit deny in a service control policy: arn:aws:iam::111122223333:policy/p"),
        (explicit, ResourceControl, Some(POLICY), "with an explicit deny in a resource control policy: arn:aws:iam::111122223333:policy/p"),
        (explicit, Resource, Some(POLICY), "with an explicit deny in a resource-based policy"),
        (explicit, Trust, Some(POLICY), "with an explicit deny in the role trust policy"),
        (explicit, Endpoint, Some(POLICY), "with an explicit deny in a VPC endpoint policy"),
    ];
    for (verdict, layer, arn, tail) in rows {
        let decision = decision(verdict, layer, arn);
        let ann = "User: arn:aws:iam::111122223333:user/team/ann is not authorized to perform: x:Y";
        assert_eq!(
            text(&user(OWN), ("x:Y", Some("arn:r")), None, &decision),
            format!("{ann} on resource: arn:r {tail}"),
        );
        assert_eq!(
            text(&user(OWN), ("x:Y", None), None, &decision),
            format!("{ann} {tail}")
        );
    }
}

/// How services differ, and what other accounts and organizations are told.
#[test]
fn each_service_has_its_manner() {
    let nobody = Caller {
        kind: CallerKind::Anonymous,
        account: None,
        arn: "anonymous".to_owned(),
        principal_arn: None,
        unique_id: None,
    };
    let (own, other) = (session(OWN), session(OTHER));
    let (implicit, explicit) = (Verdict::ImplicitDeny, Verdict::ExplicitDeny);
    let same = Some(("o-1", "o-1"));
    let another = Some(("o-1", "o-2"));
    let object = ("s3:GetObject", Some("arn:aws:s3:::b/k"));
    let send = (
        "sqs:SendMessage",
        Some("arn:aws:sqs:eu-west-1:111122223333:q"),
    );
    let key = (
        "kms:Decrypt",
        Some("arn:aws:kms:eu-west-1:111122223333:key/k"),
    );
    let foreign = "on this resource because the resource does not exist in this Region, no \
        resource-based policies allow access, or a resource-based policy explicitly denies access";
    #[rustfmt::skip]
    let rows = [
        (&own, object, None, decision(implicit, Layer::Identity, None),
            "s3:GetObject on resource: \"arn:aws:s3:::b/k\" because no identity-based policy allows the s3:GetObject action"),
        (&other, object, same, decision(explicit, Layer::ResourceControl, Some(CONTROL)),
            "s3:GetObject on resource: \"arn:aws:s3:::b/k\" with an explicit deny in a resource control policy: arn:aws:organizations::111122223333:policy/o-1/resource_control_policy/p-1"),
        (&other, object, another, decision(implicit, Layer::Identity, None), ""),
        (&other, object, None, decision(implicit, Layer::Identity, None), ""),
        (&nobody, object, None, decision(implicit, Layer::Resource, None), ""),
        (&own, send, None, decision(implicit, Layer::Identity, None),
            "sqs:sendmessage on resource: arn:aws:sqs:eu-west-1:111122223333:q because no identity-based policy allows the sqs:sendmessage action"),
        (&other, send, another, decision(explicit, Layer::ResourceControl, Some(CONTROL)),
            "sqs:sendmessage on resource: arn:aws:sqs:eu-west-1:111122223333:q with an explicit deny in a resource control policy"),
        (&own, key, None, decision(implicit, Layer::Resource, None),
            "kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/k because no resource-based policy allows the kms:Decrypt action"),
        (&other, key, same, decision(implicit, Layer::Identity, None),
            "kms:Decrypt on this resource because no identity-based policy allows the kms:Decrypt action"),
        (&other, key, same, decision(implicit, Layer::Resource, None), &format!("kms:Decrypt {foreign}")),
        (&other, key, None, decision(explicit, Layer::Resource, None), &format!("kms:Decrypt {foreign}")),
        (&own, key, None, decision(explicit, Layer::Session, None),
            "kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/k with an explicit deny in a session policy"),
    ];
    for (caller, asked, organizations, decision, expected) in rows {
        let text = text(caller, asked, organizations, &decision);
        let expected = match expected {
            "" => "Access Denied".to_owned(),
            tail => format!("User: {} is not authorized to perform: {tail}", caller.arn),
        };
        assert_eq!(text, expected);
    }
}
