//! Stored documents stay readable when the controls of writing get stricter.

use policy::{Document, Leniency, PolicyKind};

/// Whether the text is taken when written, and when read back.
fn check(kind: PolicyKind, text: &str, written: bool, read: bool) {
    let parsed = Document::parse(text, kind, Leniency::Storage);
    assert_eq!(parsed.is_ok(), written, "{text}");
    assert_eq!(Document::load(text, kind).is_ok(), read, "{text}");
}

#[test]
fn controls_of_writing_do_not_bind_reading() {
    use PolicyKind::{Identity, Resource, RoleTrust};
    let github = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
        "Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}}}"#;
    let rows = [
        (RoleTrust, github, false, true),
        (
            Identity,
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
            false,
            true,
        ),
        (
            Identity,
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",
                "Condition":{"NumericEquals":{"a":"no-number"}}}}"#,
            false,
            true,
        ),
        (
            Resource,
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#,
            true,
            true,
        ),
    ];
    for (kind, text, written, read) in rows {
        check(kind, text, written, read);
    }
}

/// What evaluation cannot understand is refused at reading too.
#[test]
fn what_cannot_be_evaluated_is_not_read() {
    use PolicyKind::{Identity, Resource, RoleTrust};
    let rows = [
        (Identity, "{"),
        (Identity, "{}"),
        (Identity, r#"{"Statement":[]}"#),
        (
            Identity,
            r#"{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#,
        ),
        (
            Identity,
            r#"{"Statement":{"Effect":"Deny","Resource":"*"}}"#,
        ),
        (Identity, r#"{"Statement":{"Effect":"Deny","Action":"*"}}"#),
        (
            Identity,
            r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Extra":1}}"#,
        ),
        (
            Identity,
            r#"{"Extra":1,"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#,
        ),
        (
            Identity,
            r#"{"Version":"2030-01-01","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#,
        ),
        (
            Identity,
            r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Principal":"*"}}"#,
        ),
        (
            Identity,
            r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Newer":{"a":"b"}}}}"#,
        ),
        (
            Identity,
            r#"{"Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}"#,
        ),
        (
            RoleTrust,
            r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}"#,
        ),
        (
            RoleTrust,
            r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"New":"x"}}}"#,
        ),
        (
            Resource,
            r#"{"Statement":{"Effect":"Allow","Action":"*","Principal":"*"}}"#,
        ),
    ];
    for (kind, text) in rows {
        check(kind, text, false, false);
    }
}
