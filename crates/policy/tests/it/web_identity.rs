//! Trust in tokens of Kubernetes clusters.

use policy::{Caller, CallerKind, Context, Layer, Layers, Request, ResourceGate, Verdict, decide};

use crate::fixture::{OWN, account, resource, web_identity};

const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/ABC";
const WITH_PORT: &str = "localhost:4566/id/x";

fn token(issuer: &str, subject: &str) -> Context {
    let mut context = Context::new();
    context.set(&format!("{issuer}:sub"), subject);
    context.set(&format!("{issuer}:aud"), "sts.amazonaws.com");
    context.set(
        "aws:userid",
        format!("arn:aws:iam::{OWN}:oidc-provider/{issuer}"),
    );
    context.set("aws:PrincipalType", "User");
    context
}

fn trust(issuer: &str, subject: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
            "Principal":{{"Federated":"arn:aws:iam::{OWN}:oidc-provider/{issuer}"}},
            "Condition":{{"StringLike":{{"{issuer}:sub":"{subject}"}},
                          "StringEquals":{{"{issuer}:aud":"sts.amazonaws.com"}}}}}}"#
    )
}

fn assumes(caller: &Caller, trust: &str, context: &Context) -> policy::Decision {
    let layers = Layers {
        resource: Some(resource(ResourceGate::Trust, trust)),
        ..Layers::default()
    };
    let request = Request {
        caller,
        action: "sts:AssumeRoleWithWebIdentity",
        resource: "arn:aws:iam::111122223333:role/app",
        resource_account: account(OWN),
        context,
    };
    decide(&request, &layers)
}

#[test]
fn service_accounts() {
    let app = "system:serviceaccount:demo:app";
    let rows = [
        (ISSUER, app, app, true),
        (ISSUER, app, "system:serviceaccount:demo:other", false),
        (ISSUER, app, "system:serviceaccount:prod:app", false),
        (ISSUER, "system:serviceaccount:demo:*", app, true),
        (
            ISSUER,
            "system:serviceaccount:demo:*",
            "system:serviceaccount:prod:app",
            false,
        ),
        (WITH_PORT, app, app, true),
        (WITH_PORT, app, "system:serviceaccount:demo:other", false),
    ];
    for (issuer, wanted, subject, expected) in rows {
        let decision = assumes(
            &web_identity(issuer),
            &trust(issuer, wanted),
            &token(issuer, subject),
        );
        assert_eq!(
            decision.is_allowed(),
            expected,
            "{issuer} {wanted} {subject}"
        );
        assert_eq!(decision.layer, Layer::Trust);
    }
}

/// The claim is what follows the last colon; key names have no case, issuers' values do.
#[test]
fn key_names_without_case() {
    let statement = format!(
        r#"{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
            "Principal":{{"Federated":"arn:aws:iam::{OWN}:oidc-provider/{WITH_PORT}"}},
            "Condition":{{"StringEquals":{{"LOCALHOST:4566/ID/X:SUB":"a"}}}}}}"#
    );
    assert!(assumes(&web_identity(WITH_PORT), &statement, &token(WITH_PORT, "a")).is_allowed());
}

/// A20: providers are compared whole.
#[test]
fn longer_provider_names_do_not_match() {
    let short = "oidc.example.com/id/ABC";
    for issuer in [
        "oidc.example.com/id/ABCD",
        "oidc.example.com/id/AB",
        "oidc.example.com/id/abc",
    ] {
        let statement = format!(
            r#"{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
                "Principal":{{"Federated":"arn:aws:iam::{OWN}:oidc-provider/{short}"}}}}"#
        );
        let decision = assumes(&web_identity(issuer), &statement, &token(issuer, "a"));
        assert_eq!(decision.verdict, Verdict::ImplicitDeny, "{issuer}");
    }
}

/// R38: `*` admits no web identities, yet refuses them.
#[test]
fn star_admits_no_web_identities() {
    let admit =
        r#"{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"AWS":"*"}}"#;
    let by_account = format!(
        r#"{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{{"AWS":"{OWN}"}}}}"#
    );
    let caller = web_identity(ISSUER);
    for statement in [admit, by_account.as_str()] {
        assert!(
            !assumes(&caller, statement, &token(ISSUER, "a")).is_allowed(),
            "{statement}"
        );
    }
    let federated = format!(
        r#"{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
            "Principal":{{"Federated":"arn:aws:iam::{OWN}:oidc-provider/{ISSUER}"}}}}"#
    );
    assert!(assumes(&caller, &federated, &token(ISSUER, "a")).is_allowed());
    // The key aws:PrincipalArn is absent, so a negated condition on it holds.
    let deny = r#"{"Effect":"Deny","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"AWS":"*"},
        "Condition":{"StringNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:*"}}}"#;
    let both = format!("[{federated},{deny}]");
    let decision = assumes(&caller, &both, &token(ISSUER, "a"));
    assert_eq!(decision.verdict, Verdict::ExplicitDeny);
}

/// Users and sessions are no web identities, even when their ARN reads like a provider's.
#[test]
fn only_web_identities_match_federated() {
    let federated = format!(
        r#"{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
            "Principal":{{"Federated":"arn:aws:iam::{OWN}:oidc-provider/{ISSUER}"}}}}"#
    );
    for kind in [
        CallerKind::User,
        CallerKind::AssumedRole,
        CallerKind::Service,
        CallerKind::Anonymous,
    ] {
        let caller = Caller {
            kind,
            ..web_identity(ISSUER)
        };
        assert!(
            !assumes(&caller, &federated, &Context::new()).is_allowed(),
            "{kind:?}"
        );
    }
}

#[test]
fn services_are_matched_by_name() {
    let pods = |kind, name: &str| Caller {
        kind,
        account: None,
        arn: name.to_owned(),
        principal_arn: None,
        unique_id: None,
    };
    let statement = r#"{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},
        "Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession"]}"#;
    let rows = [
        (pods(CallerKind::Service, "pods.eks.amazonaws.com"), true),
        (pods(CallerKind::Service, "ec2.amazonaws.com"), false),
        (pods(CallerKind::Anonymous, "pods.eks.amazonaws.com"), false),
        (pods(CallerKind::User, "pods.eks.amazonaws.com"), false),
    ];
    for (caller, expected) in rows {
        let allowed = assumes(&caller, statement, &Context::new()).is_allowed();
        assert_eq!(allowed, expected, "{caller:?}");
    }
    let star =
        r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRoleWithWebIdentity"}"#;
    let service = pods(CallerKind::Service, "pods.eks.amazonaws.com");
    assert!(!assumes(&service, star, &Context::new()).is_allowed());
}
