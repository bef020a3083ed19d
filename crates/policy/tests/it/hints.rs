//! Nearest misses.

use policy::{Context, Layers, Request, Verdict, explain};

use crate::fixture::{
    GET, ISSUER, OWN, SECRET, account, explain_secret, explain_trust, identity, session, token,
    trust, user,
};

#[test]
fn trust_hints() {
    let sub =
        |operator: &str, value: &str| format!(r#"{{"{operator}":{{"{ISSUER}:sub":"{value}"}}}}"#);
    let key =
        |key: &str| format!(r#"{{"StringEquals":{{"{key}":"system:serviceaccount:demo:app"}}}}"#);
    let other = "oidc.eks.eu-west-1.amazonaws.com/id/XYZ";
    let rows = [
        (
            ISSUER,
            sub("StringEquals", "system:serviceaccount:prod:app"),
            "other namespace",
        ),
        (
            ISSUER,
            sub("StringEquals", "system:serviceaccount:prod:web"),
            "wants `prod/web`",
        ),
        (
            ISSUER,
            sub("StringEquals", "system:serviceaccount:demo:*"),
            "use `StringLike`",
        ),
        (
            ISSUER,
            sub("ForAnyValue:StringEquals", "system:*"),
            "use `ForAnyValue:StringLike`",
        ),
        (
            ISSUER,
            sub("StringEquals", "system:serviceaccount:Demo:app"),
            "case of letters",
        ),
        (
            ISSUER,
            format!(r#"{{"StringEquals":{{"{ISSUER}:aud":"sts"}}}}"#),
            "for audience `sts.amazonaws.com`, but the policy wants `sts`",
        ),
        (
            ISSUER,
            format!(r#"{{"StringEquals":{{"{ISSUER}:aud":"https://sts.amazonaws.com/"}}}}"#),
            "trailing slash",
        ),
        (
            ISSUER,
            key(&format!("https://{ISSUER}:sub")),
            "no scheme, no trailing slash",
        ),
        (
            ISSUER,
            key(&format!("{ISSUER}/:sub")),
            "no scheme, no trailing slash",
        ),
        (
            ISSUER,
            key(&format!("{other}:sub")),
            "the token comes from `oidc.eks.eu-west-1.amazonaws.com/id/ABC`",
        ),
        (
            ISSUER,
            key(&format!("{ISSUER}:email")),
            "has no claim `email`",
        ),
        (
            ISSUER,
            r#"{"StringEquals":{"aws:TagKeys":"a"}}"#.to_owned(),
            "use `ForAnyValue:StringEquals`",
        ),
        (
            other,
            "{}".to_owned(),
            "the policy trusts `arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/XYZ`",
        ),
        (
            "oidc.eks.eu-west-1.amazonaws.com/id/ABC/",
            "{}".to_owned(),
            "trailing slash",
        ),
        (
            "oidc.eks.eu-west-1.amazonaws.com/id/abc",
            "{}".to_owned(),
            "case of letters",
        ),
    ];
    for (issuer, condition, expected) in rows {
        let context = token("system:serviceaccount:demo:app", "sts.amazonaws.com");
        let explanation = explain_trust(&trust(issuer, &condition), &context);
        assert!(
            explanation.hints.iter().any(|hint| hint.contains(expected)),
            "{condition}: {:?}",
            explanation.hints
        );
    }
    let star =
        r#"{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"AWS":"*"}}"#;
    let explanation = explain_trust(star, &Context::new());
    assert!(
        explanation.hints[0].contains("admits no web identities"),
        "{:?}",
        explanation.hints
    );
}

#[test]
fn resource_hints() {
    let read = |resource: &str| {
        format!(r#"{{"Effect":"Allow","Action":"{GET}","Resource":"{resource}"}}"#)
    };
    let name = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main";
    let rows = [
        (read(name), SECRET, format!("write `{name}-??????`")),
        (
            read("arn:aws:secretsmanager:eu-west-1:111122223333:secret:DB/*"),
            SECRET,
            "case of letters".to_owned(),
        ),
        (
            read(&format!("{name}-${{x:y}}")),
            SECRET,
            "holds a variable".to_owned(),
        ),
        (read(name), "*", "has no resource".to_owned()),
    ];
    for (statement, resource, expected) in rows {
        let explanation = explain_secret(&session(OWN), &statement, resource);
        let hints = &explanation.hints;
        assert!(
            hints.iter().any(|hint| hint.contains(&expected)),
            "{statement}: {hints:?}"
        );
    }
    let allowed = explain_secret(&session(OWN), &read(&format!("{name}-??????")), SECRET);
    assert_eq!(allowed.verdict, Verdict::Allowed);
    assert!(allowed.hints.is_empty());
    assert_eq!(allowed.statement.unwrap().index, 0);
}

#[test]
fn own_actions_hint() {
    let layers = Layers {
        identity: identity(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
        ..Layers::default()
    };
    let request = Request {
        caller: &user(OWN),
        action: "irsa:CreateIssuer",
        resource: "*",
        resource_account: account(OWN),
        context: &Context::new(),
    };
    let explanation = explain(&request, &layers);
    assert!(
        explanation.hints[0].contains("`irsa:*`"),
        "{:?}",
        explanation.hints
    );
}
