//! Which identity wins.

use cluster::webhook::{ComposeRoleArn, ConfigMap, ContainerCredentials, Lookup, Reason};
use serde_json::{Value, json};

use crate::scenario::{ROLE, Scenario, texts};

fn map(text: &str) -> ConfigMap {
    ConfigMap::parse(text).unwrap()
}

fn token(pod: &Value) -> &Value {
    &pod["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]
}

#[test]
fn credentials_then_annotation_then_config_map() {
    let config = r#"{"*/buyer": {"RoleARN": "arn:aws:iam::123456789012:role/map"}}"#;
    let none = json!({});
    let role = json!({ "role-arn": ROLE });
    let mapped = "arn:aws:iam::123456789012:role/map";
    let cases = [
        (&role, config, false, Some(("AWS_ROLE_ARN", ROLE))),
        (&none, config, false, Some(("AWS_ROLE_ARN", mapped))),
        (&none, "{}", false, None),
        (
            &role,
            config,
            true,
            Some((
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                "http://169.254.170.23/v1/credentials",
            )),
        ),
        (
            &json!({ "role-arn": "" }),
            config,
            false,
            Some(("AWS_ROLE_ARN", mapped)),
        ),
        (&none, r#"{"*/buyer": {"RoleARN": ""}}"#, false, None),
    ];
    for (annotations, config, by_credentials, expected) in cases {
        let scenario = Scenario {
            annotations: annotations.clone(),
            config_map: Some(map(config)),
            container_credentials: by_credentials.then(ContainerCredentials::default),
            ..Scenario::default()
        };
        let outcome = scenario.run();
        let first = &outcome.pod["spec"]["containers"][0]["env"][0];
        let found = first["name"].as_str().zip(first["value"].as_str());
        assert_eq!(found, expected, "{annotations} {config}");
    }
}

#[test]
fn what_the_config_map_says_beside_the_role() {
    let entry = r#"{"shop/buyer": {"RoleARN": "arn:aws:iam::123456789012:role/map",
        "Audience": "theirs", "UseRegionalSTS": true, "TokenExpiration": 3600}}"#;
    let mut scenario = Scenario {
        annotations: json!({}),
        config_map: Some(map(entry)),
        ..Scenario::default()
    };
    let outcome = scenario.run();
    assert_eq!(
        token(&outcome.pod),
        &json!({ "audience": "theirs", "expirationSeconds": 3600, "path": "token" })
    );
    assert_eq!(
        outcome.pod["spec"]["containers"][0]["env"][0]["name"],
        "AWS_STS_REGIONAL_ENDPOINTS"
    );
    scenario.config_map = Some(map(
        r#"{"shop/buyer": {"RoleARN": "arn:aws:iam::123456789012:role/m"}}"#,
    ));
    scenario.settings.sts_regional_endpoints = true;
    let outcome = scenario.run();
    assert_eq!(
        token(&outcome.pod),
        &json!({ "audience": "sts.amazonaws.com", "expirationSeconds": 86400, "path": "token" })
    );
    assert_eq!(
        outcome.pod["spec"]["containers"][0]["env"][0]["name"],
        "AWS_ROLE_ARN"
    );
}

#[test]
fn life_times() {
    let cases = [
        (None, None, 7200, 7200),
        (None, Some("3600"), 7200, 3600),
        (Some("1200"), Some("3600"), 7200, 1200),
        (Some("1e3"), Some("3600"), 7200, 3600),
        (None, Some("soon"), 7200, 7200),
        (Some("-1"), None, 7200, 600),
        (None, Some("1"), 7200, 600),
        (None, None, 1, 600),
        (Some("999999999"), None, 7200, 999_999_999),
        (Some("99999999999999999999"), None, 7200, 7200),
        (Some("+700"), None, 7200, 700),
    ];
    for (on_pod, on_account, by_flag, expected) in cases {
        let mut scenario = Scenario::default();
        scenario.settings.token_expiration_secs = by_flag;
        if let Some(secs) = on_pod {
            scenario.pod["metadata"]["annotations"] =
                json!({ "eks.amazonaws.com/token-expiration": secs });
        }
        if let Some(secs) = on_account {
            scenario.annotations["token-expiration"] = json!(secs);
        }
        let outcome = scenario.run();
        let secs = &token(&outcome.pod)["expirationSeconds"];
        assert_eq!(secs, expected, "{on_pod:?} {on_account:?} {by_flag}");
    }
}

/// Only in container-credentials mode, and only what is exactly a day.
#[test]
fn spread_life_times() {
    for (by_credentials, secs, expected) in [
        (true, 86_400, 86_300),
        (true, 86_399, 86_399),
        (false, 86_400, 86_400),
    ] {
        let mut scenario = Scenario {
            container_credentials: by_credentials.then(ContainerCredentials::default),
            earlier_secs: 100,
            ..Scenario::default()
        };
        scenario.settings.token_expiration_secs = secs;
        let outcome = scenario.run();
        assert_eq!(token(&outcome.pod)["expirationSeconds"], expected);
    }
}

#[test]
fn composed_arns() {
    let cases = [
        (
            "us-east-1",
            "reader",
            "arn:aws:iam::123456789012:role/reader",
        ),
        ("cn-north-1", "a/b", "arn:aws-cn:iam::123456789012:role/a/b"),
        (
            "us-gov-west-1",
            "r",
            "arn:aws-us-gov:iam::123456789012:role/r",
        ),
        (
            "us-isob-east-1",
            "r",
            "arn:aws-iso-b:iam::123456789012:role/r",
        ),
        ("us-iso-east-1", "r", "arn:aws-iso:iam::123456789012:role/r"),
        (
            "eusc-de-east-1",
            "r",
            "arn:aws-eusc:iam::123456789012:role/r",
        ),
        ("us-east-1", ROLE, ROLE),
    ];
    for (region, role, expected) in cases {
        let mut scenario = Scenario {
            annotations: json!({ "role-arn": role }),
            ..Scenario::default()
        };
        scenario.settings.compose_role_arn = Some(ComposeRoleArn::new(region, "123456789012"));
        let outcome = scenario.run();
        assert_eq!(outcome.decision.role_arn.as_deref(), Some(expected));
        assert_eq!(texts(&outcome.decision), [""; 0]);
    }
}

/// Upstream mutates with what it is told, and only logs.
#[test]
fn bad_annotations_are_told() {
    let bad = "is no role ARN";
    let cases = [
        (json!({ "role-arn": "reader" }), bad),
        (
            json!({ "role-arn": "arn:aws:iam::12345678901:role/r" }),
            bad,
        ),
        (
            json!({ "role-arn": "arn:aws:iam::123456789012:user/r" }),
            bad,
        ),
        (
            json!({ "role-arn": "arn:aws:iam::123456789012:role/" }),
            bad,
        ),
        (
            json!({ "role-arn": "arn:gcp:iam::123456789012:role/r" }),
            bad,
        ),
        (
            json!({ "role-arn": ROLE, "token-expiration": "86401" }),
            "not between 600 and 86400",
        ),
        (
            json!({ "role-arn": ROLE, "token-expiration": "" }),
            "not between 600 and 86400",
        ),
        (
            json!({ "role-arn": ROLE, "sts-regional-endpoints": "yes" }),
            "neither true nor false",
        ),
        (
            json!({ "role-arn": ROLE, "audiance": "x" }),
            "did you mean `eks.amazonaws.com/audience`",
        ),
        (
            json!({ "role-anr": ROLE }),
            "did you mean `eks.amazonaws.com/role-arn`",
        ),
    ];
    for (annotations, expected) in cases {
        let mut scenario = Scenario {
            annotations,
            ..Scenario::default()
        };
        let warned = scenario.run();
        assert_eq!(warned.answer["response"]["allowed"], true);
        let warning = warned.answer["response"]["warnings"][0].as_str().unwrap();
        assert!(warning.contains(expected), "{warning}");
        scenario.settings.validation = cluster::webhook::Validation::Refuse;
        let refused = scenario.run();
        assert_eq!(refused.decision.reason, Reason::Invalid);
        assert_eq!(refused.answer["response"]["allowed"], false);
        let message = refused.answer["response"]["status"]["message"]
            .as_str()
            .unwrap();
        assert!(message.contains(expected), "{message}");
        assert_eq!(refused.patch, Value::Null);
    }
}

#[test]
fn an_unknown_account_is_answered_as_its_entry_fails() {
    use cluster::webhook::OnFailure;
    for (on_failure, allowed) in [(OnFailure::Ignore, true), (OnFailure::Fail, false)] {
        let mut scenario = Scenario {
            lookup: Some(Lookup::Unknown(
                "the API server did not answer in time".to_owned(),
            )),
            ..Scenario::default()
        };
        scenario.terms.on_failure = on_failure;
        let outcome = scenario.run();
        assert_eq!(outcome.answer["response"]["allowed"], allowed);
        assert_eq!(outcome.patch, Value::Null);
        let [text] = texts(&outcome.decision).try_into().unwrap();
        assert!(
            text.starts_with("service account `shop/buyer`: the API server"),
            "{text}"
        );
    }
}
