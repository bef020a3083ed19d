//! Actions and resources.

use policy::compiled::{CompiledLayers, decide as decide_compiled};
use policy::{
    Attached, Caller, Context, Document, Layers, Leniency, PolicyKind, Request, ResourceGate,
    ResourcePolicy, decide,
};

use crate::fixture::{OWN, account, attached, document, identity, root, user};

fn allowed(
    caller: &Caller,
    statement: &str,
    action: &str,
    resource: &str,
    context: &Context,
) -> bool {
    let layers = Layers {
        identity: identity(statement),
        ..Layers::default()
    };
    permits(&layers, caller, action, resource, context)
}

/// Both evaluators' answer.
fn permits(
    layers: &Layers,
    caller: &Caller,
    action: &str,
    resource: &str,
    context: &Context,
) -> bool {
    let request = Request {
        caller,
        action,
        resource,
        resource_account: account(OWN),
        context,
    };
    let plain = decide(&request, layers);
    let compiled = CompiledLayers::compile(layers);
    assert_eq!(decide_compiled(&request, &compiled).to_decision(), plain);
    plain.is_allowed()
}

#[test]
fn actions() {
    let rows = [
        (r#""Action":"s3:GetObject""#, "s3:GetObject", true),
        (r#""Action":"S3:getobject""#, "s3:GetObject", true),
        (r#""Action":"s3:Get*""#, "s3:GetObject", true),
        (r#""Action":"s3:Get?bject""#, "s3:GetObject", true),
        (r#""Action":"s3:*Object""#, "s3:GetObjectAcl", false),
        (r#""Action":"*""#, "s3:GetObject", true),
        (r#""Action":"*:*""#, "s3:GetObject", true),
        (r#""Action":"s3:*""#, "s3express:GetObject", false),
        (r#""Action":["iam:x","s3:GetObject"]"#, "s3:GetObject", true),
        (r#""Action":"s3: GetObject""#, "s3:GetObject", false),
        (r#""NotAction":"s3:Put*""#, "s3:GetObject", true),
        (r#""NotAction":"s3:GET*""#, "s3:GetObject", false),
        (r#""NotAction":["iam:*","s3:*"]"#, "s3:GetObject", false),
    ];
    for (element, action, expected) in rows {
        let statement = format!(r#"{{"Effect":"Allow",{element},"Resource":"*"}}"#);
        let context = Context::new();
        let decided = allowed(&user(OWN), &statement, action, "arn:aws:s3:::b/k", &context);
        assert_eq!(decided, expected, "{element} {action}");
    }
}

#[test]
fn resources() {
    let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main-AbCdEf";
    let rows = [
        (r#""Resource":"*""#, secret, true),
        (r#""Resource":"*""#, "*", true),
        (r#""Resource":"arn:aws:s3:::*""#, "*", false),
        (r#""NotResource":"arn:aws:s3:::*""#, "*", true),
        (r#""NotResource":"*""#, "*", false),
        (
            r#""Resource":"arn:aws:s3:::b/*""#,
            "arn:aws:s3:::b/a/b:c",
            true,
        ),
        (r#""Resource":"arn:aws:s3:::b/?""#, "arn:aws:s3:::b/:", true),
        (r#""Resource":"arn:aws:s3:::B""#, "arn:aws:s3:::b", false),
        (r#""Resource":"arn:*:s3:::b""#, "arn:aws:s3:::b", true),
        // Wildcards stay within the first five segments.
        (
            r#""Resource":"arn:aws:sns:*:t""#,
            "arn:aws:sns:eu-west-1:111122223333:t",
            false,
        ),
        (
            r#""Resource":"arn:aws:sns:*:*:t""#,
            "arn:aws:sns:eu-west-1:111122223333:t",
            true,
        ),
        // Segments left out fit all.
        (
            r#""Resource":"arn:aws:sns:eu-west-1""#,
            "arn:aws:sns:eu-west-1:111122223333:t",
            true,
        ),
        (
            r#""Resource":"arn:aws:secretsmanager:*:*:secret:db/main""#,
            secret,
            false,
        ),
        (
            r#""Resource":"arn:aws:secretsmanager:*:*:secret:db/main-??????""#,
            secret,
            true,
        ),
        (
            r#""Resource":"arn:aws:secretsmanager:*:*:secret:db/main-?????""#,
            secret,
            false,
        ),
        (
            r#""NotResource":["arn:aws:s3:::a","arn:aws:s3:::b"]"#,
            "arn:aws:s3:::c",
            true,
        ),
        (
            r#""NotResource":["arn:aws:s3:::a","arn:aws:s3:::b"]"#,
            "arn:aws:s3:::b",
            false,
        ),
    ];
    for (element, resource, expected) in rows {
        let statement = format!(r#"{{"Effect":"Allow","Action":"*",{element}}}"#);
        let decided = allowed(&user(OWN), &statement, "x:Y", resource, &Context::new());
        assert_eq!(decided, expected, "{element} {resource}");
    }
}

/// A18: what a variable brings is text and no pattern.
#[test]
fn variable_values_are_literal() {
    let pattern = "arn:aws:s3:::b/${aws:PrincipalTag/team}/*";
    let statement = format!(r#"{{"Effect":"Allow","Action":"*","Resource":"{pattern}"}}"#);
    let rows = [
        ("blue", "arn:aws:s3:::b/blue/k", true),
        ("blue", "arn:aws:s3:::b/red/k", false),
        ("*", "arn:aws:s3:::b/red/k", false),
        ("*", "arn:aws:s3:::b/*/k", true),
        ("???", "arn:aws:s3:::b/red/k", false),
        ("${aws:username}", "arn:aws:s3:::b/ann/k", false),
        ("${aws:username}", "arn:aws:s3:::b/${aws:username}/k", true),
        ("a:b", "arn:aws:s3:::b/a:b/k", true),
        ("a:b", "arn:aws:s3:::b/a/k", false),
        ("", "arn:aws:s3:::b//k", true),
    ];
    for (tag, resource, expected) in rows {
        let mut context = Context::new();
        context.set("aws:PrincipalTag/team", tag);
        context.set("aws:username", "ann");
        let decided = allowed(&user(OWN), &statement, "s3:Get", resource, &context);
        assert_eq!(decided, expected, "{tag} {resource}");
    }
    // A colon of a value does not shift segments.
    let shifted = r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:sns:${x:tag}:t"}"#;
    let mut context = Context::new();
    context.set("x:tag", "eu-west-1:111122223333");
    let topic = "arn:aws:sns:eu-west-1:111122223333:t";
    assert!(!allowed(&user(OWN), shifted, "sns:Get", topic, &context));
}

#[test]
fn unresolved_variables_never_widen() {
    let bucket = "arn:aws:s3:::b/k";
    let rows = [
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${x:none}*"}"#,
            false,
        ),
        (
            r#"{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::${x:none}"}"#,
            false,
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${x:none, 'b'}/k"}"#,
            true,
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":["arn:aws:s3:::${x:none}","*"]}"#,
            true,
        ),
    ];
    for (statement, expected) in rows {
        let decided = allowed(&user(OWN), statement, "s3:Get", bucket, &Context::new());
        assert_eq!(decided, expected, "{statement}");
    }
    let deny = r#"[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::${x:none}"}]"#;
    assert!(!allowed(
        &user(OWN),
        deny,
        "s3:Get",
        bucket,
        &Context::new()
    ));
}

/// Documents of 2008 have no variables.
#[test]
fn version_2008_takes_variables_as_text() {
    let text = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${x:a}"}}"#;
    let old = Document::parse(text, PolicyKind::Session, Leniency::Session).unwrap();
    let new = document(
        PolicyKind::Session,
        r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${x:a}"}"#,
    );
    let mut context = Context::new();
    context.set("x:a", "b");
    for (document, resource, expected) in [
        (&old, "arn:aws:s3:::b", false),
        (&old, "arn:aws:s3:::${x:a}", true),
        (&new, "arn:aws:s3:::b", true),
        (&new, "arn:aws:s3:::${x:a}", false),
    ] {
        let attached = Attached {
            name: "p".to_owned(),
            arn: None,
            document: Some(std::sync::Arc::new(document.clone())),
        };
        let layers = Layers {
            identity: vec![attached],
            ..Layers::default()
        };
        let caller = user(OWN);
        let request = Request {
            caller: &caller,
            action: "s3:Get",
            resource,
            resource_account: account(OWN),
            context: &context,
        };
        assert_eq!(
            decide(&request, &layers).is_allowed(),
            expected,
            "{resource}"
        );
    }
}

/// R41: the server's own actions are granted by name alone, and refused by anything.
#[test]
fn own_actions_are_granted_only_by_name() {
    let rows = [
        (r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#, false),
        (r#"{"Effect":"Allow","Action":"*:*","Resource":"*"}"#, false),
        (
            r#"{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}"#,
            false,
        ),
        (
            r#"{"Effect":"Allow","NotAction":"irsa:Other","Resource":"*"}"#,
            false,
        ),
        (
            r#"{"Effect":"Allow","Action":"irsa:*","Resource":"*"}"#,
            true,
        ),
        (
            r#"{"Effect":"Allow","Action":"IRSA:createissuer","Resource":"*"}"#,
            true,
        ),
        (
            r#"{"Effect":"Allow","Action":"irsax:*","Resource":"*"}"#,
            false,
        ),
        (
            r#"[{"Effect":"Allow","Action":"irsa:*","Resource":"*"},
             {"Effect":"Deny","Action":"*","Resource":"*"}]"#,
            false,
        ),
        (
            r#"[{"Effect":"Allow","Action":"irsa:*","Resource":"*"},
             {"Effect":"Deny","NotAction":"s3:*","Resource":"*"}]"#,
            false,
        ),
    ];
    for (statement, expected) in rows {
        for action in ["irsa:CreateIssuer", "Irsa:CreateIssuer"] {
            let decided = allowed(&user(OWN), statement, action, "*", &Context::new());
            assert_eq!(decided, expected, "{statement} {action}");
        }
    }
    let everything = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    assert!(!allowed(
        &root(OWN),
        everything,
        "irsa:CreateIssuer",
        "*",
        &Context::new()
    ));
    assert!(allowed(
        &root(OWN),
        everything,
        "iam:CreateRole",
        "*",
        &Context::new()
    ));
}

/// Where an ARN has less than six segments, the caller's policies fill up with `*`; those of
/// resources, organizations and endpoints compare the text.
#[test]
fn short_arns() {
    let topic = "arn:aws:sns:eu-west-1:111122223333:t";
    let everything = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let of = |kind: PolicyKind, resource: &str| {
        let principal = match kind {
            PolicyKind::Resource | PolicyKind::ResourceControl | PolicyKind::Endpoint => {
                r#""Principal":"*","#
            }
            PolicyKind::Identity
            | PolicyKind::Session
            | PolicyKind::RoleTrust
            | PolicyKind::ServiceControl => "",
        };
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{principal}"Action":"*","Resource":"{resource}"}}}}"#
        );
        let document = Document::load(&text, kind).unwrap();
        Attached {
            name: "p".to_owned(),
            arn: None,
            document: Some(std::sync::Arc::new(document)),
        }
    };
    let layers = |kind: PolicyKind, resource: &str| {
        let short = of(kind, resource);
        let full = Layers {
            identity: identity(everything),
            ..Layers::default()
        };
        match kind {
            PolicyKind::Session => Layers {
                session: Some(vec![short]),
                ..full
            },
            PolicyKind::Resource => Layers {
                resource: Some(ResourcePolicy {
                    attached: short,
                    gate: ResourceGate::Ordinary,
                }),
                ..Layers::default()
            },
            PolicyKind::ServiceControl => Layers {
                service_control: Some(vec![vec![short]]),
                ..full
            },
            PolicyKind::Endpoint => Layers {
                endpoint: Some(short),
                ..full
            },
            PolicyKind::Identity | PolicyKind::RoleTrust | PolicyKind::ResourceControl => Layers {
                identity: vec![short],
                ..Layers::default()
            },
        }
    };
    for (resource, padded, plain) in [
        ("arn:aws:sns:eu-west-1", true, false),
        ("arn:aws:sns", true, false),
        ("arn:aws:sns:eu-*", true, true),
        ("arn:aws:sns*", true, true),
        ("arn:aws:s3*", false, false),
        ("arn:aws:sns:eu-west-1:*", true, true),
        ("arn:aws:sns:eu-west-1:111122223333", true, false),
        ("arn:aws:sns:*:t", false, true),
        ("arn:aws:sns:*:*:t", true, true),
        (topic, true, true),
    ] {
        for (kind, expected) in [
            (PolicyKind::Identity, padded),
            (PolicyKind::Session, padded),
            (PolicyKind::Resource, plain),
            (PolicyKind::ServiceControl, plain),
            (PolicyKind::Endpoint, plain),
        ] {
            // Six segments are compared one by one, whoever wrote them.
            let decided = permits(
                &layers(kind, resource),
                &user(OWN),
                "sns:Get",
                topic,
                &Context::new(),
            );
            assert_eq!(decided, expected, "{kind:?} {resource}");
        }
    }
}

/// Actions, principals, and operators of numbers, dates, addresses and base64 have none.
#[test]
fn variables_elsewhere_are_text() {
    let mut context = Context::new();
    for (key, value) in [
        ("action", "GetTopic"),
        ("x:number", "7"),
        ("x:date", "2020-01-01T00:00:00Z"),
        ("x:address", "10.0.0.1"),
        ("x:base64", "aGk="),
        ("x:text", "a"),
        ("x:arn", "arn:aws:s3:::b"),
        ("x:flag", "true"),
    ] {
        context.set(key, value);
    }
    context.set_many("x:many", vec!["a".to_owned()]);
    let when = |condition: &str, expected: bool| {
        let statement = attached(
            PolicyKind::Session,
            &format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}"#),
        );
        let layers = Layers {
            identity: identity(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
            session: Some(vec![statement]),
            ..Layers::default()
        };
        let decided = permits(&layers, &user(OWN), "x:Y", "*", &context);
        assert_eq!(decided, expected, "{condition}");
    };
    let action = r#"{"Effect":"Allow","Action":"sns:${action}","Resource":"*"}"#;
    assert!(!allowed(&user(OWN), action, "sns:GetTopic", "*", &context));
    for (condition, expected) in [
        (r#"{"NumericEquals":{"x:number":"${x:number}"}}"#, false),
        (r#"{"DateEquals":{"x:date":"${x:date}"}}"#, false),
        (r#"{"IpAddress":{"x:address":"${x:address}"}}"#, false),
        (r#"{"StringEquals":{"x:text":"${x:text}"}}"#, true),
        (r#"{"StringEquals":{"x:text":"${ x:text }"}}"#, false),
        (r#"{"StringEquals":{"x:text":"${X:TEXT}"}}"#, true),
        (r#"{"StringLike":{"x:text":"${x:none, '*'}"}}"#, false),
        (r#"{"StringLike":{"x:text":"${x:none, 'a'}"}}"#, true),
        (r#"{"StringLike":{"x:text":"${x:none,'a'}"}}"#, true),
        (r#"{"StringLike":{"x:text":"${x:none, a}"}}"#, false),
        (r#"{"StringEquals":{"x:text":"${x:text, 'b'}"}}"#, true),
        (r#"{"ArnEquals":{"x:arn":"${x:arn}"}}"#, true),
        (
            r#"{"ArnLike":{"x:arn":"arn:aws:s3:::${x:none, 'b'}"}}"#,
            true,
        ),
        (r#"{"StringLike":{"x:text":"${*}"}}"#, false),
        (r#"{"StringLike":{"x:text":"${?}"}}"#, false),
        // Many values are no text, and a default does not stand in for them.
        (r#"{"StringEquals":{"x:text":"${x:many}"}}"#, false),
        (r#"{"StringEquals":{"x:text":"${x:many, 'a'}"}}"#, false),
        (r#"{"StringNotEquals":{"x:text":"${x:many, 'a'}"}}"#, true),
        (r#"{"StringNotEquals":{"x:text":"${x:none}"}}"#, true),
        // What never closes is text.
        (r#"{"StringEquals":{"x:text":"${x:text"}}"#, false),
    ] {
        when(condition, expected);
    }
}
