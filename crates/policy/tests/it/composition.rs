//! Every combination of what the layers say, held against a reading of the user guide that knows
//! nothing of the table.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use policy::compiled::{CompiledLayers, decide as decide_compiled};
use policy::{
    Attached, Caller, CallerKind, Context, Decision, Document, Grant, GrantConstraints,
    GrantOperation, Layer, Layers, PolicyKind, Principal, Request, ResourceGate, ResourcePolicy,
    Verdict, decide,
};

use crate::fixture::{ISSUER, OTHER, OWN, account, root, session, user, web_identity};

/// What a policy says of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Nothing,
    Allow,
    Deny,
}

/// How a resource's policy or a grant names the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    Account,
    /// The role or user.
    Principal,
    /// The caller as it comes: the session, the provider, the service.
    Exactly,
    Anyone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AtResource {
    NoPolicy,
    Silent,
    Denies,
    Allows(Names),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    Bucket,
    Role,
    Key,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Issuer {
    Owner,
    CallersAccount,
}

/// One combination.
#[derive(Clone, Copy, Debug)]
struct Case {
    kind: CallerKind,
    crosses: bool,
    thing: Thing,
    resource: AtResource,
    identity: Says,
    boundary: Option<Says>,
    session: Option<Says>,
    /// What the account's level says; the root's allows.
    control: Option<Says>,
    resource_control: Option<Says>,
    endpoint: Option<Says>,
    grant: Option<(Issuer, Names)>,
}

impl Case {
    fn action(self) -> &'static str {
        match self.thing {
            Thing::Bucket => "s3:GetObject",
            Thing::Role => "sts:AssumeRole",
            Thing::Key => "kms:Decrypt",
        }
    }

    fn caller(self) -> Caller {
        let of = if self.crosses { OTHER } else { OWN };
        let stranger = |kind, arn: &str| Caller {
            kind,
            account: None,
            arn: arn.to_owned(),
            principal_arn: None,
            unique_id: None,
        };
        match self.kind {
            CallerKind::Root => root(of),
            CallerKind::User => user(of),
            CallerKind::AssumedRole => session(of),
            CallerKind::FederatedUser => Caller {
                kind: CallerKind::FederatedUser,
                arn: format!("arn:aws:sts::{of}:federated-user/bob"),
                ..user(of)
            },
            CallerKind::WebIdentity => web_identity(ISSUER),
            CallerKind::Service => stranger(CallerKind::Service, "pods.eks.amazonaws.com"),
            CallerKind::Anonymous => stranger(CallerKind::Anonymous, ""),
        }
    }

    fn layers(self) -> Layers {
        let says = |kind, says| attached(kind, &statement(self.action(), says, None));
        let caller = self.caller();
        Layers {
            identity: vec![says(PolicyKind::Identity, self.identity)],
            boundary: self.boundary.map(|one| says(PolicyKind::Identity, one)),
            session: self.session.map(|one| vec![says(PolicyKind::Session, one)]),
            resource: self.resource_policy(&caller),
            service_control: self.control.map(|one| {
                let level = |one| vec![says(PolicyKind::ServiceControl, one)];
                vec![
                    level(Says::Allow),
                    [level(one), level(Says::Nothing)].concat(),
                ]
            }),
            resource_control: (self.resource_control.iter())
                .map(|one| {
                    let text = statement(self.action(), *one, Some(r#""*""#));
                    attached(PolicyKind::ResourceControl, &text)
                })
                .collect(),
            endpoint: self.endpoint.map(|one| {
                let text = statement(self.action(), one, Some(r#""*""#));
                attached(PolicyKind::Endpoint, &text)
            }),
            grants: (self.grant.iter())
                .map(|(issuer, names)| Self::grant(&caller, *issuer, *names))
                .collect(),
        }
    }

    fn resource_policy(self, caller: &Caller) -> Option<ResourcePolicy> {
        let (says, principal) = match self.resource {
            AtResource::NoPolicy => return None,
            AtResource::Silent => (Says::Nothing, r#""*""#.to_owned()),
            AtResource::Denies => (Says::Deny, r#""*""#.to_owned()),
            AtResource::Allows(Names::Anyone) => (Says::Allow, r#""*""#.to_owned()),
            AtResource::Allows(names) => {
                let kind = match caller.kind {
                    CallerKind::WebIdentity => "Federated",
                    CallerKind::Service => "Service",
                    _ => "AWS",
                };
                let text = named(caller, names);
                (Says::Allow, format!(r#"{{"{kind}":"{text}"}}"#))
            }
        };
        let (gate, kind) = match self.thing {
            Thing::Bucket => (ResourceGate::Ordinary, PolicyKind::Resource),
            Thing::Role => (ResourceGate::Trust, PolicyKind::RoleTrust),
            Thing::Key => (ResourceGate::Trust, PolicyKind::Resource),
        };
        let mut text = statement(self.action(), says, Some(&principal));
        if kind == PolicyKind::RoleTrust {
            text = text.replace(r#","Resource":"*""#, "");
        }
        Some(ResourcePolicy {
            attached: attached(kind, &text),
            gate,
        })
    }

    fn grant(caller: &Caller, issuer: Issuer, names: Names) -> Grant {
        let text = named(caller, names);
        Grant {
            id: "grant".to_owned(),
            issuer: match (issuer, caller.account) {
                (Issuer::CallersAccount, Some(account)) => account,
                (Issuer::Owner | Issuer::CallersAccount, _) => account(OWN),
            },
            grantee: match caller.kind {
                CallerKind::Service => Principal::Service(text),
                _ => Principal::Aws(text),
            },
            retiring: None,
            operations: vec![GrantOperation::Decrypt],
            constraints: GrantConstraints::default(),
        }
    }
}

fn named(caller: &Caller, names: Names) -> String {
    let account = caller.account.map_or(OWN.to_owned(), |id| id.to_string());
    match names {
        Names::Account => account,
        Names::Principal => caller.principal_arn.clone().unwrap_or(account),
        Names::Exactly => caller.arn.clone(),
        Names::Anyone => "*".to_owned(),
    }
}

fn statement(action: &str, says: Says, principal: Option<&str>) -> String {
    let (effect, action) = match says {
        Says::Nothing => ("Allow", "none:None"),
        Says::Allow => ("Allow", action),
        Says::Deny => ("Deny", action),
    };
    let principal = principal.map(|one| format!(r#","Principal":{one}"#));
    let principal = principal.unwrap_or_default();
    format!(r#"{{"Effect":"{effect}"{principal},"Action":"{action}","Resource":"*"}}"#)
}

thread_local! {
    /// Few documents make all combinations.
    static DOCUMENTS: RefCell<HashMap<String, Arc<Document>>> = RefCell::default();
}

fn attached(kind: PolicyKind, statement: &str) -> Attached {
    let document = DOCUMENTS.with_borrow_mut(|known| {
        let document = known
            .entry(format!("{kind:?} {statement}"))
            .or_insert_with(|| {
                let text = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
                let document = Document::load(&text, kind);
                Arc::new(document.unwrap_or_else(|fault| panic!("{fault}: {text}")))
            });
        Arc::clone(document)
    });
    Attached {
        name: "policy".to_owned(),
        arn: None,
        document: Some(document),
    }
}

/// What the user guide says of the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Refused,
    Allowed,
    NotAllowed,
}

fn expected(case: Case) -> Expected {
    if is_refused(case) {
        Expected::Refused
    } else if may_pass(case) && is_granted(case) {
        Expected::Allowed
    } else {
        Expected::NotAllowed
    }
}

/// An explicit deny in any of these policies overrides every allow.
fn is_refused(case: Case) -> bool {
    let denies = |says: Option<Says>| says == Some(Says::Deny);
    case.resource == AtResource::Denies
        || case.identity == Says::Deny
        || denies(case.boundary)
        || denies(case.session)
        || denies(case.resource_control)
        || denies(case.endpoint)
        || (is_iam(case.kind) && denies(case.control))
}

/// Service control policies affect the users and roles of an account, and its root.
fn is_iam(kind: CallerKind) -> bool {
    !matches!(
        kind,
        CallerKind::WebIdentity | CallerKind::Service | CallerKind::Anonymous
    )
}

fn may_pass(case: Case) -> bool {
    let lets = |says: Option<Says>| matches!(says, None | Some(Says::Allow));
    lets(case.endpoint) && (!is_iam(case.kind) || lets(case.control))
}

fn is_granted(case: Case) -> bool {
    if !is_iam(case.kind) {
        return stranger_is_granted(case);
    }
    let is_root = case.kind == CallerKind::Root;
    let lets = |says: Option<Says>| matches!(says, None | Some(Says::Allow));
    let identity = is_root || case.identity == Says::Allow;
    // A root's session is that of a task, which only refuses.
    let limits = lets(case.boundary) && (is_root || lets(case.session));
    let own_side = identity && limits;
    let by_policy = match case.resource {
        AtResource::Allows(names) => Some(names),
        AtResource::NoPolicy | AtResource::Silent | AtResource::Denies => None,
    };
    let by_grant = case.grant.map(|(_, names)| names);
    if !case.crosses {
        let from_inside = |names: Names| match (names, case.kind) {
            (Names::Account, _) | (Names::Principal | Names::Exactly, CallerKind::Root) => own_side,
            // What is granted to a role's ARN is limited by an implicit deny in a permissions
            // boundary or session policy; what is granted to a user is not.
            (Names::Principal, CallerKind::AssumedRole | CallerKind::FederatedUser) => limits,
            (Names::Principal | Names::Exactly | Names::Anyone, _) => true,
        };
        let must_speak = case.thing != Thing::Bucket && case.resource != AtResource::NoPolicy;
        return by_policy.is_some_and(from_inside)
            || by_grant.is_some_and(from_inside)
            || (!must_speak && own_side);
    }
    let grant_from_home = matches!(case.grant, Some((Issuer::CallersAccount, _)));
    let stands_for_own_side = match (by_grant, case.kind) {
        (Some(Names::Exactly), kind) => kind != CallerKind::Root,
        (Some(Names::Principal), CallerKind::User) => true,
        (Some(Names::Principal), CallerKind::AssumedRole | CallerKind::FederatedUser) => limits,
        _ => false,
    };
    let owner_allows = by_policy.is_some() || by_grant.is_some();
    (owner_allows && own_side) || (grant_from_home && stands_for_own_side)
}

/// The resource's policy must name it; `*` names no web identity, and at a role or key nobody
/// without an identity.
fn stranger_is_granted(case: Case) -> bool {
    let by_grant = matches!(
        (case.kind, case.grant),
        (CallerKind::Service, Some((_, Names::Exactly)))
    );
    let by_policy = match (case.resource, case.kind) {
        (AtResource::Allows(Names::Exactly), kind) => kind != CallerKind::Anonymous,
        (AtResource::Allows(Names::Anyone), CallerKind::Service | CallerKind::Anonymous) => {
            case.thing == Thing::Bucket
        }
        _ => false,
    };
    by_grant || by_policy
}

fn check(case: Case) -> Decision {
    let caller = case.caller();
    let layers = case.layers();
    let context = Context::new();
    let request = Request {
        caller: &caller,
        action: case.action(),
        resource: "arn:aws:kms:eu-west-1:111122223333:key/k",
        resource_account: account(OWN),
        context: &context,
    };
    let decision = decide(&request, &layers);
    let compiled = CompiledLayers::compile(&layers);
    assert_eq!(
        decide_compiled(&request, &compiled).to_decision(),
        decision,
        "{case:?}"
    );
    let verdict = match expected(case) {
        Expected::Refused => Verdict::ExplicitDeny,
        Expected::Allowed => Verdict::Allowed,
        Expected::NotAllowed => Verdict::ImplicitDeny,
    };
    assert_eq!(decision.verdict, verdict, "{case:?}: {decision:?}");
    assert!(speaks_so(case, &decision), "{case:?}: {decision:?}");
    decision
}

/// The named layer says what the decision says of it.
fn speaks_so(case: Case, decision: &Decision) -> bool {
    let wanted = match decision.verdict {
        Verdict::Allowed => Says::Allow,
        Verdict::ExplicitDeny => Says::Deny,
        Verdict::ImplicitDeny => Says::Nothing,
    };
    let inherent = case.kind == CallerKind::Root && case.identity == Says::Nothing;
    let resource = match case.resource {
        AtResource::NoPolicy | AtResource::Silent => Says::Nothing,
        AtResource::Denies => Says::Deny,
        AtResource::Allows(_) => Says::Allow,
    };
    match decision.layer {
        Layer::Identity if inherent => wanted == Says::Allow,
        Layer::Identity => case.identity == wanted,
        Layer::Boundary => case.boundary == Some(wanted),
        Layer::Session => case.session == Some(wanted),
        Layer::ServiceControl => case.control == Some(wanted),
        Layer::ResourceControl => case.resource_control == Some(wanted),
        Layer::Endpoint => case.endpoint == Some(wanted),
        Layer::Grant => wanted == Says::Allow && case.grant.is_some(),
        // It allows others, where it is named for its silence.
        Layer::Resource | Layer::Trust => {
            resource == wanted || (wanted == Says::Nothing && resource == Says::Allow)
        }
    }
}

const KINDS: [CallerKind; 7] = [
    CallerKind::Root,
    CallerKind::User,
    CallerKind::AssumedRole,
    CallerKind::FederatedUser,
    CallerKind::WebIdentity,
    CallerKind::Service,
    CallerKind::Anonymous,
];
const SAYS: [Says; 3] = [Says::Nothing, Says::Allow, Says::Deny];
const MAYBE: [Option<Says>; 4] = [
    None,
    Some(Says::Nothing),
    Some(Says::Allow),
    Some(Says::Deny),
];
const RESOURCES: [AtResource; 7] = [
    AtResource::NoPolicy,
    AtResource::Silent,
    AtResource::Denies,
    AtResource::Allows(Names::Account),
    AtResource::Allows(Names::Principal),
    AtResource::Allows(Names::Exactly),
    AtResource::Allows(Names::Anyone),
];

const FEW_RESOURCES: [AtResource; 4] = [
    AtResource::NoPolicy,
    AtResource::Silent,
    AtResource::Allows(Names::Account),
    AtResource::Allows(Names::Exactly),
];

fn callers() -> impl Iterator<Item = (CallerKind, bool)> {
    let crossing = |kind| {
        let sides: &[bool] = if is_iam(kind) {
            &[false, true]
        } else {
            &[false]
        };
        sides.iter().map(move |crosses| (kind, *crosses))
    };
    KINDS.into_iter().flat_map(crossing)
}

const FREE: Case = Case {
    kind: CallerKind::User,
    crosses: false,
    thing: Thing::Bucket,
    resource: AtResource::NoPolicy,
    identity: Says::Nothing,
    boundary: None,
    session: None,
    control: None,
    resource_control: None,
    endpoint: None,
    grant: None,
};

/// The caller's own layers beside the resource's policy.
#[test]
fn own_layers_beside_the_resources_policy() {
    let mut counts = [0_usize; 3];
    for (kind, crosses) in callers() {
        for thing in [Thing::Bucket, Thing::Role, Thing::Key] {
            for resource in RESOURCES {
                for identity in SAYS {
                    for boundary in MAYBE {
                        for session in MAYBE {
                            let case = Case {
                                kind,
                                crosses,
                                thing,
                                resource,
                                identity,
                                boundary,
                                session,
                                ..FREE
                            };
                            counts[check(case).verdict as usize] += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 300), "{counts:?}");
}

/// Grants beside a key policy and the caller's own layers.
#[test]
fn grants_beside_the_other_layers() {
    let names = [Names::Account, Names::Principal, Names::Exactly];
    let issuers = [Issuer::Owner, Issuer::CallersAccount];
    let mut by_grant = 0;
    for (kind, crosses) in callers() {
        for resource in RESOURCES {
            for identity in [Says::Nothing, Says::Allow] {
                for boundary in [None, Some(Says::Nothing)] {
                    for session in [None, Some(Says::Nothing), Some(Says::Allow)] {
                        for issuer in issuers {
                            for names in names {
                                let case = Case {
                                    kind,
                                    crosses,
                                    thing: Thing::Key,
                                    resource,
                                    identity,
                                    boundary,
                                    session,
                                    grant: Some((issuer, names)),
                                    ..FREE
                                };
                                by_grant += usize::from(check(case).layer == Layer::Grant);
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(by_grant > 500, "{by_grant}");
}

/// What an organization and an endpoint say, beside the rest.
#[test]
fn controls_and_endpoints_beside_the_other_layers() {
    for (kind, crosses) in callers() {
        for thing in [Thing::Bucket, Thing::Role, Thing::Key] {
            for resource in FEW_RESOURCES {
                for identity in [Says::Nothing, Says::Allow] {
                    for control in MAYBE {
                        for resource_control in [None, Some(Says::Deny)] {
                            for endpoint in MAYBE {
                                check(Case {
                                    kind,
                                    crosses,
                                    thing,
                                    resource,
                                    identity,
                                    control,
                                    resource_control,
                                    endpoint,
                                    ..FREE
                                });
                            }
                        }
                    }
                }
            }
        }
    }
}

type Change = fn(Case) -> Case;

/// When several layers refuse, one is named, in AWS's order.
#[test]
fn one_refusing_layer_is_named() {
    let all = Case {
        identity: Says::Deny,
        boundary: Some(Says::Deny),
        session: Some(Says::Deny),
        control: Some(Says::Deny),
        resource_control: Some(Says::Deny),
        endpoint: Some(Says::Deny),
        resource: AtResource::Denies,
        ..FREE
    };
    let steps: [(Layer, Change); 7] = [
        (Layer::ResourceControl, |case| Case {
            resource_control: None,
            ..case
        }),
        (Layer::ServiceControl, |case| Case {
            control: None,
            ..case
        }),
        (Layer::Endpoint, |case| Case {
            endpoint: None,
            ..case
        }),
        (Layer::Resource, |case| Case {
            resource: AtResource::NoPolicy,
            ..case
        }),
        (Layer::Identity, |case| Case {
            identity: Says::Nothing,
            ..case
        }),
        (Layer::Boundary, |case| Case {
            boundary: None,
            ..case
        }),
        (Layer::Session, |case| Case {
            session: None,
            ..case
        }),
    ];
    let mut case = all;
    for (layer, without) in steps {
        assert_eq!(check(case).layer, layer, "{case:?}");
        case = without(case);
    }
    assert_eq!(check(case).verdict, Verdict::ImplicitDeny);
}
