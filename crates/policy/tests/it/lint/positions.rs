//! Where findings stand, and what describes them.

use policy::lint::{Code, LintKind, PathStep, lint};

#[test]
fn paths_and_positions() {
    let text = "{\n \"Version\": \"2012-10-17\",\n \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\",\n  \"Resource\": [\"arn:aws:s3:::b/é/${aws:username}*\"],\n  \"Condition\": {\"StringLike\": {\"aws:\\u0055serAgent\": \"x\"}}}]}";
    let found = lint(text, LintKind::Identity);
    let [variable, key] = found.as_slice() else {
        panic!("{found:#?}");
    };
    assert_eq!(variable.path_text(), "Statement[0].Resource[0]");
    assert_eq!(
        variable.path.last(),
        Some(&PathStep::Substring {
            start: 17,
            length: 16
        })
    );
    let (start, end) = (variable.span.start, variable.span.end);
    assert_eq!((start.line, start.column), (4, 33));
    assert_eq!((end.line, end.column), (4, 49));
    assert_eq!(start.offset, text.chars().position(|c| c == '$').unwrap());
    assert_eq!(
        text.get(variable.bytes.clone()).unwrap(),
        "${aws:username}*"
    );
    assert_eq!(
        key.path_text(),
        r#"Statement[0].Condition.StringLike["aws:UserAgent"]"#
    );
    assert_eq!(
        key.path.last(),
        Some(&PathStep::Key("aws:UserAgent".to_owned()))
    );
    assert_eq!(
        text.get(key.bytes.clone()).unwrap(),
        r#""aws:\u0055serAgent""#
    );
    // A bare statement has no index.
    let bare = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}}"#;
    assert_eq!(
        lint(bare, LintKind::Identity)[0].path_text(),
        "Statement.Action"
    );
}

#[test]
fn types_are_told_by_content() {
    for (text, kind) in [
        ("", LintKind::Identity),
        ("{}", LintKind::Identity),
        (
            r#"{"Statement":{"Action":"s3:*","Resource":"*"}}"#,
            LintKind::Identity,
        ),
        (
            r#"{"Statement":{"Principal":"*","Action":"*"}}"#,
            LintKind::Trust,
        ),
        (
            r#"{"Statement":{"NotPrincipal":"*","Action":"sts:AssumeRole","Resource":"*"}}"#,
            LintKind::Trust,
        ),
        (
            r#"{"Statement":[{"Principal":"*","Action":"s3:*","Resource":"*"}]}"#,
            LintKind::Resource,
        ),
    ] {
        assert_eq!(LintKind::detect(text), kind, "{text}");
    }
}

#[test]
fn codes_are_unique_and_link_to_their_page() {
    let mut seen = std::collections::HashSet::new();
    for code in Code::ALL {
        assert!(seen.insert(code.as_str()), "{code:?}");
        assert!(
            code.as_str()
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        );
    }
    let link = |code: Code| {
        code.learn_more()
            .map(|link| link.rsplit_once("-checks-").unwrap().1.to_owned())
    };
    for (code, anchor) in [
        (Code::InvalidEffect, Some("error-invalid-effect")),
        (
            Code::WildcardWithoutLikeOperator,
            Some("general-warning-wildcard-without-like-operator"),
        ),
        (
            Code::AllowWithNotPrincipal,
            Some("security-warning-allow-with-not-principal"),
        ),
        (Code::EmptySidValue, Some("suggestion-empty-sid-value")),
        (Code::SecretArnWithoutSuffix, None),
    ] {
        assert_eq!(link(code).as_deref(), anchor);
    }
}
