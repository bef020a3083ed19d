//! How layers compose: same account, across accounts, trust gates, unreadable policies.

use policy::{
    Attached, Caller, Context, Decision, Layer, Layers, PolicyKind, ResourceGate, Verdict,
};

use crate::fixture::{
    OTHER, OWN, ROLE_ID, USER_ID, ask, attached, identity, resource, root, session, user,
};

const ALLOW: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
const SILENT: &str = r#"{"Effect":"Allow","Action":"none:None","Resource":"*"}"#;

/// A resource policy that allows these principals.
fn grant(gate: ResourceGate, principals: &str) -> String {
    match gate {
        ResourceGate::Ordinary => {
            format!(r#"{{"Effect":"Allow","Principal":{principals},"Action":"*","Resource":"*"}}"#)
        }
        ResourceGate::Trust => {
            format!(r#"{{"Effect":"Allow","Principal":{principals},"Action":"sts:AssumeRole"}}"#)
        }
    }
}

/// Caller, its policies and limit, the gate, who the resource's policy allows; allowed, and by
/// whose word.
type Row<'a> = (
    &'a Caller,
    Identity,
    Limit,
    ResourceGate,
    Option<&'a str>,
    bool,
    Layer,
);

fn assume(caller: &Caller, layers: &Layers) -> Decision {
    let context = Context::new();
    let request = policy::Request {
        caller,
        action: "sts:AssumeRole",
        resource: "arn:aws:iam::111122223333:role/target",
        resource_account: crate::fixture::account(OWN),
        context: &context,
    };
    policy::decide(&request, layers)
}

#[derive(Clone, Copy)]
enum Identity {
    Allows,
    Silent,
}

#[derive(Clone, Copy)]
enum Limit {
    None,
    Boundary,
    Session,
}

fn layers(
    identity_policy: Identity,
    limit: Limit,
    gate: ResourceGate,
    principals: Option<&str>,
) -> Layers {
    Layers {
        identity: match identity_policy {
            Identity::Allows => identity(ALLOW),
            Identity::Silent => identity(SILENT),
        },
        boundary: matches!(limit, Limit::Boundary).then(|| attached(PolicyKind::Identity, SILENT)),
        session: matches!(limit, Limit::Session)
            .then(|| vec![attached(PolicyKind::Session, SILENT)]),
        resource: principals.map(|principals| resource(gate, &grant(gate, principals))),
        ..Layers::default()
    }
}

const USER: &str = r#"{"AWS":"arn:aws:iam::111122223333:user/team/ann"}"#;
const USER_BY_ID: &str = r#"{"AWS":"AIDAEXAMPLEUSER000001"}"#;
const ROLE: &str = r#"{"AWS":"arn:aws:iam::111122223333:role/path/app"}"#;
const ROLE_WITHOUT_PATH: &str = r#"{"AWS":"arn:aws:iam::111122223333:role/app"}"#;
const ROLE_BY_ID: &str = r#"{"AWS":"AROAEXAMPLEROLE000001"}"#;
const SESSION: &str = r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/app/pod-1"}"#;
const SESSION_BY_ID: &str = r#"{"AWS":"AROAEXAMPLEROLE000001:pod-1"}"#;
const SESSION_OF_ANOTHER: &str = r#"{"AWS":"AROAEXAMPLEROLE000002:pod-1"}"#;
const OTHER_SESSION_BY_ID: &str = r#"{"AWS":"AROAEXAMPLEROLE000001:pod-2"}"#;
const OTHER_SESSION: &str = r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/app/pod-2"}"#;
const ACCOUNT: &str = r#"{"AWS":"111122223333"}"#;
const ROOT: &str = r#"{"AWS":"arn:aws:iam::111122223333:root"}"#;
const ANYONE: &str = r#"{"AWS":"*"}"#;

/// What a resource policy's Allow spares the caller, inside one account.
#[test]
fn same_account() {
    use Identity::{Allows, Silent};
    use Limit::{Boundary, None as Free, Session};
    use ResourceGate::{Ordinary, Trust};
    let (user, role) = (user(OWN), session(OWN));
    #[rustfmt::skip]
    let rows: &[Row<'_>] = &[
        (&user, Allows, Free, Ordinary, None, true, Layer::Identity),
        (&user, Silent, Free, Ordinary, None, false, Layer::Identity),
        (&user, Allows, Boundary, Ordinary, None, false, Layer::Boundary),
        (&role, Allows, Session, Ordinary, None, false, Layer::Session),
        // A user is named directly: nothing else limits.
        (&user, Silent, Free, Ordinary, Some(USER), true, Layer::Resource),
        (&user, Silent, Boundary, Ordinary, Some(USER), true, Layer::Resource),
        (&user, Silent, Boundary, Ordinary, Some(USER_BY_ID), true, Layer::Resource),
        (&user, Silent, Boundary, Ordinary, Some(ANYONE), true, Layer::Resource),
        (&user, Silent, Boundary, Ordinary, Some(r#""*""#), true, Layer::Resource),
        // A session too; a role is still limited.
        (&role, Silent, Session, Ordinary, Some(SESSION), true, Layer::Resource),
        (&role, Silent, Free, Ordinary, Some(OTHER_SESSION), false, Layer::Identity),
        (&role, Silent, Free, Ordinary, Some(ROLE), true, Layer::Resource),
        (&role, Silent, Free, Ordinary, Some(ROLE_BY_ID), true, Layer::Resource),
        (&role, Silent, Free, Ordinary, Some(ROLE_WITHOUT_PATH), false, Layer::Identity),
        (&role, Silent, Boundary, Ordinary, Some(ROLE), false, Layer::Boundary),
        (&role, Silent, Session, Ordinary, Some(ROLE), false, Layer::Session),
        (&role, Silent, Session, Ordinary, Some(ANYONE), true, Layer::Resource),
        // The account only delegates.
        (&user, Silent, Free, Ordinary, Some(ACCOUNT), false, Layer::Identity),
        (&user, Allows, Free, Ordinary, Some(ACCOUNT), true, Layer::Identity),
        (&role, Allows, Boundary, Ordinary, Some(ROOT), false, Layer::Boundary),
        // A resource policy about others is no hindrance.
        (&user, Allows, Free, Ordinary, Some(ROLE), true, Layer::Identity),
        // A trust policy must speak.
        (&user, Allows, Free, Trust, Some(ROLE), false, Layer::Trust),
        (&user, Silent, Free, Trust, Some(USER), true, Layer::Trust),
        (&user, Silent, Free, Trust, Some(USER_BY_ID), true, Layer::Trust),
        (&role, Silent, Free, Trust, Some(ROLE_BY_ID), true, Layer::Trust),
        (&role, Silent, Session, Trust, Some(ROLE), false, Layer::Session),
        (&role, Silent, Session, Trust, Some(SESSION_BY_ID), true, Layer::Trust),
        (&role, Allows, Free, Trust, Some(SESSION_OF_ANOTHER), false, Layer::Trust),
        (&role, Allows, Free, Trust, Some(OTHER_SESSION_BY_ID), false, Layer::Trust),
        (&user, Allows, Free, Trust, Some(SESSION_BY_ID), false, Layer::Trust),
        (&user, Silent, Free, Trust, Some(ACCOUNT), false, Layer::Identity),
        (&user, Silent, Free, Trust, Some(ROOT), false, Layer::Identity),
        (&user, Allows, Free, Trust, Some(ACCOUNT), true, Layer::Identity),
        (&user, Allows, Free, Trust, Some(ROOT), true, Layer::Identity),
    ];
    for (index, row) in rows.iter().enumerate() {
        let (caller, identity, limit, gate, principals, expected, layer) = row;
        let layers = layers(*identity, *limit, *gate, *principals);
        let decision = match gate {
            Ordinary => ask(caller, &layers, &Context::new()),
            Trust => assume(caller, &layers),
        };
        assert_eq!(
            decision.is_allowed(),
            *expected,
            "row {index}: {decision:?}"
        );
        assert_eq!(decision.layer, *layer, "row {index}: {decision:?}");
    }
}

/// A key policy gates like a trust policy: without its word, IAM grants nothing.
#[test]
fn key_policies() {
    let rows = [
        (Identity::Allows, ROLE, false, Layer::Resource),
        (Identity::Allows, ROOT, true, Layer::Identity),
        (Identity::Silent, ROOT, false, Layer::Identity),
        (Identity::Silent, USER, true, Layer::Resource),
    ];
    for (identity, principals, expected, layer) in rows {
        let mut layers = layers(
            identity,
            Limit::None,
            ResourceGate::Ordinary,
            Some(principals),
        );
        if let Some(resource) = &mut layers.resource {
            resource.gate = ResourceGate::Trust;
        }
        let decision = ask(&user(OWN), &layers, &Context::new());
        assert_eq!(decision.is_allowed(), expected, "{principals}");
        assert_eq!(decision.layer, layer, "{principals}");
    }
}

/// Across accounts both sides must grant, whoever is named.
#[test]
fn cross_account() {
    use Identity::{Allows, Silent};
    use Limit::{Boundary, None as Free, Session};
    use ResourceGate::{Ordinary, Trust};
    let foreign_user = r#"{"AWS":"arn:aws:iam::444455556666:user/team/ann"}"#;
    let foreign_account = r#"{"AWS":"444455556666"}"#;
    let (user, role) = (user(OTHER), session(OTHER));
    #[rustfmt::skip]
    let rows: &[Row<'_>] = &[
        (&user, Allows, Free, Ordinary, None, false, Layer::Resource),
        (&user, Allows, Free, Ordinary, Some(ACCOUNT), false, Layer::Resource),
        (&user, Allows, Free, Ordinary, Some(foreign_user), true, Layer::Resource),
        (&user, Allows, Free, Ordinary, Some(foreign_account), true, Layer::Resource),
        (&user, Silent, Free, Ordinary, Some(foreign_user), false, Layer::Identity),
        (&user, Silent, Free, Ordinary, Some(ANYONE), false, Layer::Identity),
        (&user, Allows, Boundary, Ordinary, Some(foreign_user), false, Layer::Boundary),
        (&role, Allows, Session, Ordinary, Some(foreign_account), false, Layer::Session),
        (&user, Silent, Free, Ordinary, None, false, Layer::Identity),
        (&user, Allows, Free, Trust, Some(foreign_user), true, Layer::Trust),
        (&user, Silent, Free, Trust, Some(foreign_user), false, Layer::Identity),
        (&user, Allows, Free, Trust, Some(USER), false, Layer::Trust),
    ];
    for (index, row) in rows.iter().enumerate() {
        let (caller, identity, limit, gate, principals, expected, layer) = row;
        let layers = layers(*identity, *limit, *gate, *principals);
        let decision = match gate {
            Ordinary => ask(caller, &layers, &Context::new()),
            Trust => assume(caller, &layers),
        };
        assert_eq!(
            decision.is_allowed(),
            *expected,
            "row {index}: {decision:?}"
        );
        assert_eq!(decision.layer, *layer, "row {index}: {decision:?}");
    }
}

#[test]
fn root_is_allowed_by_nature_in_its_account() {
    assert!(ask(&root(OWN), &Layers::default(), &Context::new()).is_allowed());
    assert!(!ask(&root(OTHER), &Layers::default(), &Context::new()).is_allowed());
    let deny = r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#;
    let layers = Layers {
        resource: Some(resource(ResourceGate::Ordinary, deny)),
        ..Layers::default()
    };
    assert!(!ask(&root(OWN), &layers, &Context::new()).is_allowed());
}

/// An explicit deny in any layer refuses what all others grant.
#[test]
fn deny_anywhere() {
    let deny = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    let deny_user = r#"{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"*","Resource":"*"}"#;
    let allow_user = r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*","Resource":"*"}"#;
    let full = || Layers {
        identity: identity(ALLOW),
        boundary: Some(attached(PolicyKind::Identity, ALLOW)),
        session: Some(vec![attached(PolicyKind::Session, ALLOW)]),
        resource: Some(resource(ResourceGate::Ordinary, allow_user)),
        ..Layers::default()
    };
    let caller = session(OWN);
    assert!(ask(&caller, &full(), &Context::new()).is_allowed());
    let variants = [
        (
            Layer::Identity,
            Layers {
                identity: [identity(ALLOW), identity(deny)].concat(),
                ..full()
            },
        ),
        (
            Layer::Boundary,
            Layers {
                boundary: Some(attached(PolicyKind::Identity, deny)),
                ..full()
            },
        ),
        (
            Layer::Session,
            Layers {
                session: Some(identity(deny)),
                ..full()
            },
        ),
        (
            Layer::Resource,
            Layers {
                resource: Some(resource(ResourceGate::Ordinary, deny_user)),
                ..full()
            },
        ),
    ];
    for (layer, layers) in variants {
        let decision = ask(&caller, &layers, &Context::new());
        assert_eq!(decision.verdict, Verdict::ExplicitDeny, "{layer:?}");
        assert_eq!(decision.layer, layer);
    }
}

/// R37, A19: what is stored and cannot be read denies everything; a managed session policy that is
/// gone allows nothing.
#[test]
fn unreadable_policies() {
    let unreadable = |arn: Option<&str>| Attached {
        name: "gone".to_owned(),
        arn: arn.map(str::to_owned),
        document: None,
    };
    let managed = Some("arn:aws:iam::111122223333:policy/gone");
    let allow = || attached(PolicyKind::Session, ALLOW);
    let base = || Layers {
        identity: identity(ALLOW),
        ..Layers::default()
    };
    let gate = ResourceGate::Ordinary;
    let rows = [
        (
            Layers {
                identity: vec![unreadable(None), allow()],
                ..base()
            },
            Verdict::ExplicitDeny,
        ),
        (
            Layers {
                identity: vec![allow(), unreadable(managed)],
                ..base()
            },
            Verdict::ExplicitDeny,
        ),
        (
            Layers {
                boundary: Some(unreadable(managed)),
                ..base()
            },
            Verdict::ExplicitDeny,
        ),
        (
            Layers {
                session: Some(vec![unreadable(None), allow()]),
                ..base()
            },
            Verdict::ExplicitDeny,
        ),
        (
            Layers {
                session: Some(vec![unreadable(managed)]),
                ..base()
            },
            Verdict::ImplicitDeny,
        ),
        (
            Layers {
                session: Some(vec![unreadable(managed), allow()]),
                ..base()
            },
            Verdict::Allowed,
        ),
        (
            Layers {
                session: Some(Vec::new()),
                ..base()
            },
            Verdict::ImplicitDeny,
        ),
        (
            Layers {
                resource: Some(policy::ResourcePolicy {
                    attached: unreadable(None),
                    gate,
                }),
                ..base()
            },
            Verdict::ExplicitDeny,
        ),
    ];
    for (index, (layers, expected)) in rows.iter().enumerate() {
        let decision = ask(&session(OWN), layers, &Context::new());
        assert_eq!(decision.verdict, *expected, "row {index}");
    }
}

/// `NotPrincipal` spares only who is listed with all that it is.
#[test]
fn not_principal() {
    let rows = [
        (
            r#"{"AWS":["arn:aws:iam::111122223333:role/path/app"]}"#,
            false,
        ),
        (
            r#"{"AWS":["111122223333","arn:aws:iam::111122223333:role/path/app"]}"#,
            false,
        ),
        (
            r#"{"AWS":["111122223333","AROAEXAMPLEROLE000001",
               "arn:aws:sts::111122223333:assumed-role/app/pod-1"]}"#,
            true,
        ),
        (
            r#"{"AWS":["111122223333","AROAEXAMPLEROLE000001","AROAEXAMPLEROLE000001:pod-1"]}"#,
            true,
        ),
        (
            r#"{"AWS":["111122223333","AROAEXAMPLEROLE000001","AROAEXAMPLEROLE000002:pod-1"]}"#,
            false,
        ),
        (
            r#"{"AWS":["111122223333","arn:aws:sts::111122223333:assumed-role/app/pod-1"]}"#,
            false,
        ),
        (r#"{"AWS":"*"}"#, true),
    ];
    for (principals, spared) in rows {
        let deny = format!(
            r#"{{"Effect":"Deny","NotPrincipal":{principals},"Action":"*","Resource":"*"}}"#
        );
        let layers = Layers {
            identity: identity(ALLOW),
            resource: Some(resource(ResourceGate::Ordinary, &deny)),
            ..Layers::default()
        };
        let decision = ask(&session(OWN), &layers, &Context::new());
        assert_eq!(decision.is_allowed(), spared, "{principals}");
    }
}

/// A recreated principal has another id and inherits nothing.
#[test]
fn recreated_principals_inherit_nothing() {
    for (caller, principals) in [(user(OWN), USER_BY_ID), (session(OWN), ROLE_BY_ID)] {
        let recreated = Caller {
            unique_id: Some("AROAEXAMPLEOTHER00002".to_owned()),
            ..caller.clone()
        };
        let layers = layers(
            Identity::Silent,
            Limit::None,
            ResourceGate::Trust,
            Some(principals),
        );
        assert!(assume(&caller, &layers).is_allowed());
        assert!(!assume(&recreated, &layers).is_allowed());
    }
    assert_ne!(USER_ID, ROLE_ID);
}
