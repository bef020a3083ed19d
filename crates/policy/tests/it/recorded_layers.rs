//! Answers of AWS to requests that several layers bear on, recorded by radkawar/stackd in September
//! 2026 (Apache-2.0): `testdata/aws/kms/grants.json`, `testdata/aws/iam/resource_controls.json`.
//! Each row bears its recording's name; the setting is that of the recording's probe.

use std::collections::BTreeMap;

use policy::compiled::{CompiledLayers, decide as decide_compiled};
use policy::{
    Attached, Caller, CallerKind, Context, Grant, GrantConstraints, GrantOperation, Layers,
    PolicyKind, Principal, Request, ResourceGate, ResourcePolicy, decide, denial_text,
};

use crate::fixture::{account, attached, identity};

const OWNER: &str = "111111111111";
const MEMBER: &str = "222222222222";
const KEY: &str = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-4000-8000-000000000001";
const ROLE_ID: &str = "AROA00000000000000001";

/// The session policy of the probe, which speaks of something else.
const OTHER: &str = r#"{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}"#;
const DENY_KMS: &str = r#"[{"Effect":"Allow","Action":"*","Resource":"*"},
    {"Effect":"Deny","Action":"kms:*","Resource":"*"}]"#;
const ALLOW_KMS: &str = r#"{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#;

fn role_session(of: &str, role: &str, name: &str) -> Caller {
    Caller {
        kind: CallerKind::AssumedRole,
        account: Some(account(of)),
        arn: format!("arn:aws:sts::{of}:assumed-role/stackd-grants-{role}/{name}"),
        principal_arn: Some(format!("arn:aws:iam::{of}:role/stackd-grants-{role}")),
        unique_id: Some(ROLE_ID.to_owned()),
    }
}

/// Delegates to the account, and lets the member create grants.
fn key_policy() -> ResourcePolicy {
    let statements = format!(
        r#"[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{OWNER}:root"}},
            "Action":"kms:*","Resource":"*"}},
          {{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{MEMBER}:root"}},
            "Action":"kms:CreateGrant","Resource":"*"}}]"#
    );
    ResourcePolicy {
        attached: attached(PolicyKind::Resource, &statements),
        gate: ResourceGate::Trust,
    }
}

fn grant(issuer: &str, grantee: String, operations: &[GrantOperation]) -> Grant {
    Grant {
        id: "1".to_owned(),
        issuer: account(issuer),
        grantee: Principal::Aws(grantee),
        retiring: None,
        operations: operations.to_vec(),
        constraints: GrantConstraints::default(),
    }
}

/// `None` is Success; otherwise how the message ends.
fn check(
    case: &str,
    caller: &Caller,
    action: &str,
    layers: Layers,
    context: &Context,
    end: Option<&str>,
) {
    let request = Request {
        caller,
        action,
        resource: KEY,
        resource_account: account(OWNER),
        context,
    };
    let layers = Layers {
        resource: Some(key_policy()),
        ..layers
    };
    let decision = decide(&request, &layers);
    let compiled = CompiledLayers::compile(&layers);
    let fast = decide_compiled(&request, &compiled).to_decision();
    assert_eq!(fast, decision, "{case}");
    let text = denial_text(&request, Some(KEY), &decision);
    match end {
        None => assert!(decision.is_allowed(), "{case}: {text}"),
        Some(end) => {
            let place = if caller.account == Some(account(OWNER)) {
                format!("on resource: {KEY}")
            } else {
                "on this resource".to_owned()
            };
            let caller = &caller.arn;
            let expected =
                format!("User: {caller} is not authorized to perform: {action} {place} {end}");
            assert!(!decision.is_allowed(), "{case}");
            assert_eq!(text, expected, "{case}");
        }
    }
}

fn session_policy(statements: &str) -> Vec<Attached> {
    vec![attached(PolicyKind::Session, statements)]
}

const NO_IDENTITY: Option<&str> =
    Some("because no identity-based policy allows the kms:Decrypt action");
const NO_SESSION: Option<&str> = Some("because no session policy allows the kms:Decrypt action");
const NO_BOUNDARY: Option<&str> =
    Some("because no permissions boundary allows the kms:Decrypt action");
const SESSION_DENIES: Option<&str> = Some("with an explicit deny in a session policy");

/// Grants to a session and to its role, inside the key's account.
#[test]
fn grants_inside_an_account() {
    let target = role_session(OWNER, "probe-session", "target");
    let sibling = role_session(OWNER, "probe-session", "sibling");
    let federated = Caller {
        kind: CallerKind::FederatedUser,
        account: Some(account(OWNER)),
        arn: format!("arn:aws:sts::{OWNER}:federated-user/stackd-grants-federated"),
        principal_arn: Some(format!(
            "arn:aws:iam::{OWNER}:user/stackd-grants-probe-federator"
        )),
        unique_id: Some("AIDA00000000000000001".to_owned()),
    };
    let to_session = target.arn.clone();
    let to_role = target.principal_arn.clone().unwrap();
    let boundary = || Some(attached(PolicyKind::Identity, OTHER));
    let free = Layers::default;
    let in_session = |statements| Layers {
        session: Some(session_policy(statements)),
        ..Layers::default()
    };
    let bounded = || Layers {
        boundary: boundary(),
        ..Layers::default()
    };
    #[rustfmt::skip]
    let rows = [
        ("session_no_identity_allow", &target, &to_session, free(), None),
        ("session_implicit_session_deny", &target, &to_session, in_session(OTHER), None),
        ("session_explicit_session_deny", &target, &to_session, in_session(DENY_KMS), SESSION_DENIES),
        ("session_sibling", &sibling, &to_session, free(), NO_IDENTITY),
        ("session_repeated_name", &target, &to_session, free(), None),
        ("raw_session_id", &target, &format!("{ROLE_ID}:target"), free(), None),
        ("role_no_identity_allow", &target, &to_role, free(), None),
        ("role_implicit_session_deny", &target, &to_role, in_session(OTHER), NO_SESSION),
        ("role_explicit_session_deny", &target, &to_role, in_session(DENY_KMS), SESSION_DENIES),
        ("session_implicit_boundary_deny", &target, &to_session, bounded(), None),
        ("role_implicit_boundary_deny", &target, &to_role, bounded(), NO_BOUNDARY),
        ("federated_implicit_session_deny", &federated, &federated.arn, in_session(OTHER), None),
    ];
    for (case, caller, grantee, layers, expected) in rows {
        let grant = grant(OWNER, grantee.clone(), &[GrantOperation::Decrypt]);
        let layers = Layers {
            grants: vec![grant],
            ..layers
        };
        check(
            case,
            caller,
            "kms:Decrypt",
            layers,
            &Context::new(),
            expected,
        );
    }
    // A role made again under its name has another id.
    let bound = format!("{ROLE_ID}:future");
    let recreated = Caller {
        unique_id: Some("AROA00000000000000004".to_owned()),
        ..role_session(OWNER, "lifecycle", "future")
    };
    for (case, grantee, expected) in [
        (
            "lifecycle_recreated_old_grant",
            bound,
            Some("because no identity-based policy allows the kms:DescribeKey action"),
        ),
        ("lifecycle_recreated_new_grant", recreated.arn.clone(), None),
    ] {
        let layers = Layers {
            grants: vec![grant(OWNER, grantee, &[GrantOperation::DescribeKey])],
            ..Layers::default()
        };
        check(
            case,
            &recreated,
            "kms:DescribeKey",
            layers,
            &Context::new(),
            expected,
        );
    }
}

/// Grants made by whom grants allow to.
#[test]
fn grants_passed_on() {
    let delegator = role_session(OWNER, "probe-delegator", "target");
    let role = delegator.principal_arn.clone().unwrap();
    let parent = |operations: &[GrantOperation], name: &str, value: &str| Grant {
        constraints: GrantConstraints {
            encryption_context_subset: Some(BTreeMap::from([(name.to_owned(), value.to_owned())])),
            ..GrantConstraints::default()
        },
        ..grant(OWNER, role.clone(), operations)
    };
    let parents = vec![
        parent(
            &[GrantOperation::CreateGrant, GrantOperation::Decrypt],
            "department",
            "IT",
        ),
        parent(&[GrantOperation::Encrypt], "project", "stackd"),
    ];
    let refused = Some("because no identity-based policy allows the kms:CreateGrant action");
    let both: &[(&str, &str)] = &[("department", "IT"), ("project", "stackd")];
    #[rustfmt::skip]
    let rows = [
        ("delegate_combined_operations", &["Decrypt", "Encrypt"][..], both, refused),
        ("delegate_second_only", &["Encrypt"], both, refused),
        ("delegate_broaden_constraint", &["Decrypt"], &[], refused),
        ("delegate_narrow_constraint", &["Decrypt"], both, None),
    ];
    for (case, operations, pairs, expected) in rows {
        let mut context = Context::new();
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        context.set_many("kms:GrantOperations", texts(operations));
        if !pairs.is_empty() {
            context.set("kms:GrantConstraintType", "EncryptionContextEquals");
            let names: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
            context.set_many("kms:EncryptionContextKeys", texts(&names));
        }
        for (name, value) in pairs {
            context.set(&format!("kms:EncryptionContext:{name}"), *value);
        }
        let layers = Layers {
            grants: parents.clone(),
            ..Layers::default()
        };
        check(
            case,
            &delegator,
            "kms:CreateGrant",
            layers,
            &context,
            expected,
        );
    }
}

/// Grants to another account's role and session, by the key's owner and by that account.
#[test]
fn grants_across_accounts() {
    let (describe, encrypt) = ("kms:DescribeKey", "kms:Encrypt");
    let owner = role_session(MEMBER, "cross-owner", "target");
    let trusted = role_session(MEMBER, "cross-trusted", "target");
    let no =
        |layer: &str, action: &str| Some(format!("because no {layer} allows the {action} action"));
    let none = || Layers::default();
    let limited = || Layers {
        session: Some(session_policy(OTHER)),
        ..Layers::default()
    };
    let allowed = || Layers {
        identity: identity(ALLOW_KMS),
        ..Layers::default()
    };
    let allowed_limited = || Layers {
        identity: identity(ALLOW_KMS),
        ..limited()
    };
    let identity_based = "identity-based policy";
    #[rustfmt::skip]
    let rows = [
        ("cross_owner_session_no_identity_allow", &owner, describe, none(), no(identity_based, describe)),
        ("cross_owner_session_implicit_session_deny", &owner, describe, limited(), no(identity_based, describe)),
        ("cross_owner_role_no_identity_allow", &owner, encrypt, none(), no(identity_based, encrypt)),
        ("cross_owner_role_implicit_session_deny", &owner, encrypt, limited(), no("session policy", encrypt)),
        ("cross_owner_identity_allowed", &owner, describe, allowed(), None),
        ("cross_owner_identity_allowed_limited", &owner, describe, allowed_limited(), no("session policy", describe)),
        ("cross_trusted_session_no_identity_allow", &trusted, describe, none(), None),
        ("cross_trusted_session_implicit_session_deny", &trusted, describe, limited(), None),
        ("cross_trusted_role_no_identity_allow", &trusted, encrypt, none(), None),
        ("cross_trusted_role_implicit_session_deny", &trusted, encrypt, limited(), no("session policy", encrypt)),
        ("cross_trusted_identity_allowed", &trusted, describe, allowed(), None),
        ("cross_trusted_identity_allowed_limited", &trusted, describe, allowed_limited(), None),
    ];
    for (case, caller, action, layers, expected) in rows {
        let issuer = if case.starts_with("cross_owner") {
            OWNER
        } else {
            MEMBER
        };
        let role = caller.principal_arn.clone().unwrap();
        let layers = Layers {
            grants: vec![
                grant(issuer, caller.arn.clone(), &[GrantOperation::DescribeKey]),
                grant(issuer, role, &[GrantOperation::Encrypt]),
            ],
            ..layers
        };
        check(
            case,
            caller,
            action,
            layers,
            &Context::new(),
            expected.as_deref(),
        );
    }
}

/// Who may retire a grant. The key's policy, which allows `kms:*` to its account, has no say.
#[test]
fn grants_retired() {
    let target = role_session(OWNER, "probe-session", "target");
    let member = role_session(MEMBER, "cross-retire", "target");
    let role = member.principal_arn.clone().unwrap();
    let root = format!("arn:aws:iam::{OWNER}:root");
    let retired_by = |principal: &str| Grant {
        retiring: Some(Principal::Aws(principal.to_owned())),
        ..grant(OWNER, root.clone(), &[GrantOperation::DescribeKey])
    };
    let granted_to =
        |principal: &str| grant(OWNER, principal.to_owned(), &[GrantOperation::RetireGrant]);
    let identity = Some("because no identity-based policy allows the kms:RetireGrant action");
    let session = Some("because no session policy allows the kms:RetireGrant action");
    #[rustfmt::skip]
    let rows = [
        ("session_retire_limited", &target, granted_to(&target.arn), Some(OTHER), None),
        ("cross_retire_session_retiring_none", &member, retired_by(&member.arn), None, identity),
        ("cross_retire_session_retiring_session", &member, retired_by(&member.arn), Some(OTHER), identity),
        ("cross_retire_session_grantee_none", &member, granted_to(&member.arn), None, identity),
        ("cross_retire_session_grantee_session", &member, granted_to(&member.arn), Some(OTHER), identity),
        ("cross_retire_role_retiring_none", &member, retired_by(&role), None, identity),
        ("cross_retire_role_retiring_session", &member, retired_by(&role), Some(OTHER), session),
        ("cross_retire_role_grantee_none", &member, granted_to(&role), None, identity),
        ("cross_retire_role_grantee_session", &member, granted_to(&role), Some(OTHER), session),
    ];
    for (case, caller, grant, limit, expected) in rows {
        let layers = Layers {
            session: limit.map(session_policy),
            grants: vec![grant],
            ..Layers::default()
        };
        check(
            case,
            caller,
            "kms:RetireGrant",
            layers,
            &Context::new(),
            expected,
        );
    }
}

const CONTROL: &str =
    "arn:aws:organizations::111111111111:policy/o-dnfz62bval/resource_control_policy/p-02hy8ay5yc";

/// A resource control policy on the member account, asked by its own role and by the management
/// account's user, with the recorded messages.
#[test]
fn resource_controls() {
    let own = Caller {
        kind: CallerKind::AssumedRole,
        account: Some(account(MEMBER)),
        arn: format!("arn:aws:sts::{MEMBER}:assumed-role/OWNED_RESOURCE/OWNED_RESOURCE"),
        principal_arn: Some(format!("arn:aws:iam::{MEMBER}:role/OWNED_RESOURCE")),
        unique_id: Some(ROLE_ID.to_owned()),
    };
    let arn = format!("arn:aws:iam::{OWNER}:user/Delegated");
    let delegated = Caller {
        kind: CallerKind::User,
        account: Some(account(OWNER)),
        arn: arn.clone(),
        principal_arn: Some(arn),
        unique_id: Some("AIDA00000000000000001".to_owned()),
    };
    let denies = |action: &str| Attached {
        name: "p-02hy8ay5yc".to_owned(),
        arn: Some(CONTROL.to_owned()),
        ..attached(
            PolicyKind::ResourceControl,
            &format!(r#"{{"Effect":"Deny","Principal":"*","Action":"{action}","Resource":"*"}}"#),
        )
    };
    let mut context = Context::new();
    context.set("aws:PrincipalOrgID", "o-dnfz62bval");
    context.set("aws:ResourceOrgID", "o-dnfz62bval");
    let queue = format!("arn:aws:sqs:us-east-1:{MEMBER}:OWNED_RESOURCE");
    let queues = format!("arn:aws:sqs:us-east-1:{MEMBER}:");
    let key = format!("arn:aws:kms:us-east-1:{MEMBER}:key/d77565f1-e272-45c4-a478-f9fd7a3ebc46");
    let role = format!("arn:aws:iam::{MEMBER}:role/OWNED_RESOURCE");
    #[rustfmt::skip]
    let rows = [
        ("restricted_member_send", &own, "sqs:SendMessage", "sqs:sendmessage", &queue),
        ("restricted_management_send", &delegated, "sqs:SendMessage", "sqs:sendmessage", &queue),
        ("restricted_list", &own, "sqs:ListQueues", "sqs:listqueues", &queues),
        ("restricted_encrypt", &own, "kms:Encrypt", "kms:Encrypt", &key),
        ("restricted_assume", &delegated, "sts:AssumeRole", "sts:AssumeRole", &role),
    ];
    for (case, caller, action, shown, resource) in rows {
        let request = Request {
            caller,
            action,
            resource,
            resource_account: account(MEMBER),
            context: &context,
        };
        let layers = Layers {
            identity: identity(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
            resource_control: vec![denies("sqs:*"), denies("kms:*"), denies("sts:*")],
            ..Layers::default()
        };
        let decision = decide(&request, &layers);
        let user = &caller.arn;
        assert_eq!(
            denial_text(&request, Some(resource), &decision),
            format!(
                "User: {user} is not authorized to perform: {shown} on resource: {resource} with an \
                 explicit deny in a resource control policy: {CONTROL}"
            ),
            "{case}"
        );
    }
    // retire_grant_exemption
    let request = Request {
        caller: &own,
        action: "kms:RetireGrant",
        resource: &key,
        resource_account: account(MEMBER),
        context: &context,
    };
    let layers = Layers {
        identity: identity(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
        resource_control: vec![denies("kms:*")],
        grants: vec![grant(MEMBER, own.arn.clone(), &[GrantOperation::Decrypt])],
        ..Layers::default()
    };
    assert!(decide(&request, &layers).is_allowed());
}
