//! Validation of role trust policies and resource policies.

use policy::{Document, Leniency, PolicyKind};

const ACTIONS: &str = "AssumeRole policy may only specify STS AssumeRole actions.";
const FEDERATED: &str = "Federated principals must be valid domain names or SAML metadata ARNs";

fn verdict(text: &str, kind: PolicyKind) -> String {
    match Document::parse(text, kind, Leniency::Storage) {
        Ok(_) => "ok".to_owned(),
        Err(fault) => fault.message().to_owned(),
    }
}

fn check(text: &str, expected: &str) {
    assert_eq!(verdict(text, PolicyKind::RoleTrust), expected, "{text}");
}

fn check_statement(statement: &str, expected: &str) {
    check(
        &format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#),
        expected,
    );
}

fn check_principal(principal: &str, expected: &str) {
    check_statement(
        &format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}"#),
        expected,
    );
}

const PLAIN: &str =
    r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}"#;

#[test]
fn documents() {
    for (text, expected) in [
        ("{", "This policy contains invalid Json"),
        ("not json", "This policy contains invalid Json"),
        ("[]", "Syntax error in policy."),
        (
            r#"{"Version":"2012-10-17"}"#,
            "Could not parse the policy: Statement is empty!",
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[]}"#,
            "Could not parse the policy: Statement is empty!",
        ),
        (
            r#"{"Version":"2012-10-18","Statement":[]}"#,
            "The policy must contain a valid version string",
        ),
        (
            "{\"Version\":\"2012-10-17\",\n \"Extra\":1}",
            "Syntax error at position (2,10)",
        ),
        (
            r#"{"Version":"2012-10-17","Version":"2012-10-17"}"#,
            "Syntax error at position (1,25)",
        ),
    ] {
        check(text, expected);
    }
    check(&format!(r#"{{"Statement":{PLAIN}}}"#), "ok");
    check(
        &format!(r#"{{"Version":"2008-10-17","Statement":[{PLAIN}]}}"#),
        "ok",
    );
    let named = PLAIN.replacen('{', r#"{"Sid":"a","#, 1);
    check_statement(
        &format!("[{named},{named}]"),
        "The Statement Ids in the policy are not unique",
    );
}

#[test]
fn statements() {
    let principal = r#""Principal":{"AWS":"111122223333"}"#;
    let action = r#""Action":"sts:AssumeRole""#;
    for (statement, expected) in [
        (
            format!("{{{principal},{action}}}"),
            "Missing required field Effect",
        ),
        (
            format!(r#"{{"Effect":"allow",{principal},{action}}}"#),
            "Invalid effect: allow",
        ),
        (
            format!(r#"{{"Effect":"Allow",{action}}}"#),
            "Missing required field Principal",
        ),
        (
            format!(r#"{{"Effect":"Allow",{principal}}}"#),
            "Missing required field Action",
        ),
        (
            format!(r#"{{"Effect":"Allow",{principal},"Action":[]}}"#),
            "Missing required field Action",
        ),
        (
            format!(r#"{{"Effect":"Allow",{principal},{action},"Resource":"*"}}"#),
            "Has prohibited field Resource",
        ),
        (
            format!(r#"{{"Effect":"Allow",{principal},{action},"NotResource":"*"}}"#),
            "AssumeRole policy must not contain resources.",
        ),
        (
            format!(r#"{{"Effect":"Allow","NotPrincipal":{{"AWS":"*"}},{action}}}"#),
            "Allow with NotPrincipal is not allowed.",
        ),
        (
            format!(r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":"*"}},{action}}}"#),
            "AssumeRole policy must not contain NotPrincipal field.",
        ),
        (
            format!(r#"{{"Effect":"Allow",{principal},{action},"Condition":{{"x":{{"a":"b"}}}}}}"#),
            "Syntax error in policy.",
        ),
        (
            format!(
                r#"{{"Effect":"Allow",{principal},{action},"Condition":{{"IpAddress":{{"aws:SourceIp":"x"}}}}}}"#
            ),
            "Syntax error in policy.",
        ),
    ] {
        check_statement(&statement, expected);
    }
}

#[test]
fn actions() {
    for (action, expected) in [
        (r#""sts:AssumeRole""#, "ok"),
        (r#""STS:assumerole""#, "ok"),
        (
            r#"["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]"#,
            "ok",
        ),
        (r#""sts:AssumeRoleWithWebIdentity""#, "ok"),
        (r#""sts:AssumeRole*""#, "ok"),
        (r#""*""#, ACTIONS),
        (r#""sts:*""#, ACTIONS),
        (r#""sts:GetCallerIdentity""#, ACTIONS),
        (r#"["sts:AssumeRole","s3:GetObject"]"#, ACTIONS),
    ] {
        let statement = format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":{action}}}"#
        );
        check_statement(&statement, expected);
    }
}

#[test]
fn principals() {
    let invalid_aws = |value: &str| format!(r#"Invalid principal in policy: "AWS":"{value}""#);
    for (principal, expected) in [
        (
            r#""*""#,
            r#"AssumeRolepolicy contained an invalid principal: "STAR":"*"."#.to_owned(),
        ),
        (r#""x""#, "Principal must be a JSON object.".to_owned()),
        (r#"["x"]"#, "Principal must be a JSON object.".to_owned()),
        (
            "{}",
            "Missing required field Principal cannot be empty!".to_owned(),
        ),
        (
            r#"{"AWS":[]}"#,
            "Missing required field Principal cannot be empty!".to_owned(),
        ),
        (r#"{"AWS":"*"}"#, "ok".to_owned()),
        (r#"{"AWS":"111122223333"}"#, "ok".to_owned()),
        (
            r#"{"AWS":["arn:aws:iam::111122223333:root","AROAEXAMPLEROLE000001"]}"#,
            "ok".to_owned(),
        ),
        (
            r#"{"AWS":"arn:aws:iam::111122223333:role/p/app"}"#,
            "ok".to_owned(),
        ),
        (
            r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/app/s"}"#,
            "ok".to_owned(),
        ),
        (r#"{"AWS":"x"}"#, invalid_aws("x")),
        (r#"{"AWS":"11112222333"}"#, invalid_aws("11112222333")),
        (
            r#"{"AWS":"arn:aws:iam::111122223333:role/*"}"#,
            invalid_aws("arn:aws:iam::111122223333:role/*"),
        ),
        (
            r#"{"AWS":"arn:aws:iam::111122223333:group/g"}"#,
            invalid_aws("arn:aws:iam::111122223333:group/g"),
        ),
        (r#"{"Service":"pods.eks.amazonaws.com"}"#, "ok".to_owned()),
        (
            r#"{"Service":"x"}"#,
            r#"Invalid principal in policy: "SERVICE":"x""#.to_owned(),
        ),
        (
            r#"{"Nobody":"x"}"#,
            r#"Invalid principal in policy: "NOBODY":"x""#.to_owned(),
        ),
        (
            r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/localhost:4566/id/x"}"#,
            "ok".to_owned(),
        ),
        (
            r#"{"Federated":"arn:aws:iam::111122223333:saml-provider/x"}"#,
            "ok".to_owned(),
        ),
        (r#"{"Federated":"oidc.example.com"}"#, "ok".to_owned()),
        (r#"{"Federated":"*"}"#, FEDERATED.to_owned()),
        (
            r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/*"}"#,
            FEDERATED.to_owned(),
        ),
        (
            r#"{"Federated":"https://oidc.example.com"}"#,
            FEDERATED.to_owned(),
        ),
    ] {
        check_principal(principal, &expected);
    }
}

/// Shared issuers must be scoped; recorded answers of AWS, 2026-09-11.
#[test]
fn shared_issuers() {
    let provider = |issuer: &str| format!("arn:aws:iam::123456789012:oidc-provider/{issuer}");
    let github = "token.actions.githubusercontent.com";
    let github_text = format!(
        "Trust policy with trusted principal {} must evaluate, using StringEquals, StringLike or \
         StringEqualsIgnoreCase, {github}:sub or {github}:job_workflow_ref which is not scoped to \
         all.",
        provider(github)
    );
    let gitlab_text = format!(
        "Trust policy with trusted principal {} must evaluate, using StringEquals, StringLike or \
         StringEqualsIgnoreCase, gitlab.com:sub which is not scoped to all.",
        provider("gitlab.com")
    );
    let google_text = "Policy trusting accounts.google.com requires a StringEquals condition on an application id";
    let key = |operator: &str, key: &str, value: &str| {
        format!(r#","Condition":{{"{operator}":{{"{key}":{value}}}}}"#)
    };
    let (sub, lab) = (format!("{github}:sub"), "gitlab.com:sub");
    let (github_arn, gitlab_arn) = (provider(github), provider("gitlab.com"));
    let eks_arn = provider("oidc.eks.eu-west-1.amazonaws.com/id/ABC");
    let google = "accounts.google.com";
    let ok = "ok";
    let rows: Vec<(&str, String, &str)> = vec![
        (&github_arn, String::new(), &github_text),
        (
            &github_arn,
            key("StringEquals", &sub, r#""repo:a/b:x""#),
            ok,
        ),
        (
            &github_arn,
            key("StringEquals", &sub.to_uppercase(), r#""repo:a/b:x""#),
            ok,
        ),
        (
            &github_arn,
            key(
                "StringEquals",
                &format!("{github}:job_workflow_ref"),
                r#""x""#,
            ),
            ok,
        ),
        (
            &github_arn,
            key("StringEquals", &format!("{github}:aud"), r#""x""#),
            &github_text,
        ),
        (
            &github_arn,
            key("StringEquals", &sub, r#""*""#),
            &github_text,
        ),
        (
            &github_arn,
            key("StringEquals", &sub, r#""**""#),
            &github_text,
        ),
        (
            &github_arn,
            key("StringEquals", &sub, r#""""#),
            &github_text,
        ),
        (&github_arn, key("StringEquals", &sub, r#""?""#), ok),
        (
            &github_arn,
            key("StringEquals", &sub, r#"["*","x"]"#),
            &github_text,
        ),
        (&github_arn, key("StringEquals", &sub, "[]"), ok),
        (&github_arn, key("StringLike", &sub, r#""owned:*""#), ok),
        (
            &github_arn,
            key("StringNotEquals", &sub, r#""x""#),
            &github_text,
        ),
        (
            &github_arn,
            key("StringEqualsIfExists", &sub, r#""x""#),
            &github_text,
        ),
        (
            &github_arn,
            key("StringEqualsIgnoreCase", &sub, r#""x""#),
            ok,
        ),
        (
            &github_arn,
            key("ForAnyValue:StringEquals", &sub, r#""x""#),
            ok,
        ),
        (
            &github_arn,
            key("ForAllValues:StringEquals", &sub, r#""x""#),
            ok,
        ),
        (&github_arn, key("Null", &sub, r#""false""#), &github_text),
        (&gitlab_arn, String::new(), &gitlab_text),
        (
            &gitlab_arn,
            key("StringEquals", lab, r#""*""#),
            &gitlab_text,
        ),
        (&gitlab_arn, key("StringEquals", lab, r#""**""#), ok),
        (&gitlab_arn, key("StringEquals", lab, r#""""#), ok),
        (google, String::new(), google_text),
        (
            google,
            key("StringEquals", "accounts.google.com:aud", r#""x""#),
            ok,
        ),
        (
            google,
            key("StringEquals", "Accounts.google.com:aud", r#""x""#),
            google_text,
        ),
        (
            google,
            key("StringLike", "accounts.google.com:aud", r#""x""#),
            google_text,
        ),
        (
            "cognito-identity.amazonaws.com",
            String::new(),
            "A condition block must be present for the Cognito provider",
        ),
        // Issuers of one cluster are not shared.
        (&eks_arn, String::new(), ok),
    ];
    for (provider, condition, expected) in rows {
        let statement = |effect: &str, action: &str| {
            format!(
                r#"{{"Effect":"{effect}","Principal":{{"Federated":"{provider}"}},
                    "Action":"{action}"{condition}}}"#
            )
        };
        check_statement(
            &statement("Allow", "sts:AssumeRoleWithWebIdentity"),
            expected,
        );
        if !expected.contains("Cognito") {
            check_statement(&statement("Deny", "sts:AssumeRoleWithWebIdentity"), ok);
            check_statement(&statement("Allow", "sts:TagSession"), ok);
        }
    }
    let bare = format!(
        r#"{{"Effect":"Allow","Principal":{{"Federated":"{github_arn}"}},"Action":"sts:AssumeRoleWithWebIdentity"}}"#
    );
    let scoped = bare.replacen(
        "\"}",
        &format!(r#""}},"Condition":{{"StringEquals":{{"{sub}":"x"}}}}"#),
        1,
    );
    check_statement(&scoped, ok);
    check_statement(&format!("[{scoped},{bare}]"), &github_text);
}

#[test]
fn resource_policies() {
    let statement = |members: &str| {
        format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{members}}}}}"#)
    };
    for (members, expected) in [
        (r#""Principal":"*","Action":"*","Resource":"*""#, "ok"),
        (
            r#""Principal":{"AWS":"111122223333"},"NotAction":"s3:x","NotResource":"*""#,
            "ok",
        ),
        (
            r#""Action":"*","Resource":"*""#,
            "Missing required field Principal",
        ),
        (
            r#""Principal":"*","Resource":"*""#,
            "Missing required field Action",
        ),
        (
            r#""Principal":"*","Action":"*""#,
            "Missing required field Resource",
        ),
        (
            r#""Principal":{"Nobody":"x"},"Action":"*","Resource":"*""#,
            "This resource policy contains an unsupported principal.",
        ),
        (
            r#""Principal":"x","Action":"*","Resource":"*""#,
            "This resource policy contains an unsupported principal.",
        ),
        (
            r#""Principal":"*","NotPrincipal":"*","Action":"*","Resource":"*""#,
            "Syntax error in policy.",
        ),
    ] {
        assert_eq!(
            verdict(&statement(members), PolicyKind::Resource),
            expected,
            "{members}"
        );
    }
}
