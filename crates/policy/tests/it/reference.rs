//! The table of AWS's services.

use policy::reference::{
    self, AccessLevel, Action, ConditionKey, KeyType, action, actions, actions_matching,
    condition_key, condition_keys, resource_type, service, services,
};
use proptest::prelude::*;

#[test]
fn every_action_is_found_by_its_name_in_any_case() {
    let mut count = 0;
    let mut next = 0;
    for known in actions() {
        let text = known.to_string();
        for spelled in [
            text.clone(),
            text.to_ascii_lowercase(),
            text.to_ascii_uppercase(),
        ] {
            assert_eq!(action(&spelled), Some(known), "{spelled}");
        }
        assert_eq!(known.id().number(), next, "{text}");
        assert_eq!(Action::by_id(known.id()), Some(known), "{text}");
        assert_eq!(known.service().action(known.name()), Some(known), "{text}");
        for used in known.resource_types() {
            assert!(
                known
                    .service()
                    .resource_types()
                    .any(|its| its == used.resource_type),
                "{text} takes a resource type of another service"
            );
        }
        (count, next) = (count + 1, next + 1);
    }
    assert!(count > 22_000, "{count} actions");
}

#[test]
fn every_key_and_every_resource_type_is_found() {
    let mut count = 0;
    for known in condition_keys() {
        let name = known
            .name()
            .replace("${", "x")
            .replace('}', "")
            .to_uppercase();
        assert_eq!(
            condition_key(&name).map(ConditionKey::name),
            Some(known.name()),
            "{name}"
        );
        count += 1;
    }
    assert!(count > 1_500, "{count} keys");
    for known in services().flat_map(reference::Service::resource_types) {
        let arn = known.pattern().replacen('*', "aws", 1).replace('*', "x1");
        assert!(known.fits(&arn), "{} does not fit {arn}", known.name());
        assert!(resource_type(&arn).is_some(), "{arn}");
    }
}

#[test]
fn actions_are_as_the_service_reference_says() {
    use AccessLevel::{List, PermissionsManagement, Read, Tagging, Write};
    let check = |text: &str, level: AccessLevel, types: &[(&str, bool)], takes: &[&str]| {
        let found = action(text).unwrap_or_else(|| panic!("{text} is unknown"));
        assert_eq!(found.to_string(), text);
        assert_eq!(found.access_level(), level, "{text}");
        let used: Vec<(&str, bool)> = found
            .resource_types()
            .map(|used| (used.resource_type.name(), used.is_required))
            .collect();
        assert_eq!(used, types, "{text}");
        assert_eq!(found.is_without_resource(), types.is_empty(), "{text}");
        for name in takes {
            let key = condition_key(name).unwrap_or_else(|| panic!("{name} is unknown"));
            assert!(found.takes(key), "{text} takes {name}");
        }
    };
    check(
        "secretsmanager:GetSecretValue",
        Read,
        &[("Secret", true)],
        &[
            "secretsmanager:VersionStage",
            "aws:SourceIp",
            "secretsmanager:ResourceTag/x",
        ],
    );
    check("secretsmanager:ListSecrets", List, &[], &["aws:SourceIp"]);
    check(
        "sts:AssumeRoleWithWebIdentity",
        Write,
        &[("role", true)],
        &["sts:RoleSessionName", "accounts.google.com:aud"],
    );
    check(
        "sts:TagSession",
        Tagging,
        &[("role", false)],
        &["sts:TransitiveTagKeys"],
    );
    check("sts:GetCallerIdentity", Read, &[], &[]);
    check(
        "kms:Decrypt",
        Write,
        &[("key", true)],
        &["kms:EncryptionContext:app", "kms:ViaService"],
    );
    check(
        "iam:PassRole",
        Write,
        &[("role", true)],
        &["iam:PassedToService"],
    );
    check("sqs:SendMessage", Write, &[("queue", true)], &[]);
    check(
        "sqs:AddPermission",
        PermissionsManagement,
        &[("queue", true)],
        &[],
    );
    check(
        "irsa:CreateToken",
        Write,
        &[("issuer", true)],
        &["irsa:Namespace"],
    );
    for unknown in [
        "",
        ":",
        "s3",
        "s3:",
        ":GetObject",
        "s3:Get*",
        "s4:GetObject",
        "s3:GetObject ",
    ] {
        assert_eq!(action(unknown), None, "{unknown}");
    }
    let decrypt = action("kms:Decrypt").expect("known");
    let foreign = condition_key("secretsmanager:VersionId").expect("known");
    assert!(!decrypt.takes(foreign));
}

#[test]
fn keys_have_their_declared_types() {
    use KeyType::{Arn, Bool, Date, IpAddress, Numeric, String};
    let check = |name: &str, family: &str, key_type: KeyType, is_multivalued: bool| {
        let key = condition_key(name).unwrap_or_else(|| panic!("{name} is unknown"));
        assert_eq!(key.name(), family, "{name}");
        assert_eq!(key.key_type(), key_type, "{name}");
        assert_eq!(key.is_multivalued(), is_multivalued, "{name}");
    };
    check("AWS:sourceip", "aws:SourceIp", IpAddress, false);
    check("aws:SecureTransport", "aws:SecureTransport", Bool, false);
    check("aws:CurrentTime", "aws:CurrentTime", Date, false);
    check("aws:PrincipalArn", "aws:PrincipalArn", Arn, false);
    check("sts:DurationSeconds", "sts:DurationSeconds", Numeric, false);
    check("aws:TagKeys", "aws:TagKeys", String, true);
    check(
        "aws:RequestTag/a/b:c",
        "aws:RequestTag/${TagKey}",
        String,
        false,
    );
    check(
        "aws:principaltag/Ü",
        "aws:PrincipalTag/${TagKey}",
        String,
        false,
    );
    check(
        "kms:EncryptionContextKeys",
        "kms:EncryptionContextKeys",
        String,
        true,
    );
    check(
        "kms:EncryptionContext:a:b",
        "kms:EncryptionContext:${EncryptionContextKey}",
        String,
        false,
    );
    check("kms:GrantOperations", "kms:GrantOperations", String, true);
    check("dynamodb:LeadingKeys", "dynamodb:LeadingKeys", String, true);
    check("irsa:Audience", "irsa:Audience", String, true);
    check(
        "codebuild:secondarySources/one.auth.type",
        "codebuild:secondarySources/${sourceIdentifier}.auth.type",
        String,
        false,
    );
    check(
        "vpc-lattice-svcs:RequestQueryString/q",
        "vpc-lattice-svcs:RequestQueryString/${QueryStringKey}",
        String,
        true,
    );
    for unknown in [
        "",
        "aws",
        "aws:",
        "aws:RequestTag",
        "aws:RequestTag/",
        "aws:Sourceip ",
        "kms:EncryptionContext:",
    ] {
        assert_eq!(condition_key(unknown), None, "{unknown}");
    }
}

#[test]
fn patterns_cover_actions() {
    let names = |pattern: &str| -> Vec<std::string::String> {
        actions_matching(pattern)
            .map(|action| action.to_string())
            .collect()
    };
    assert_eq!(
        names("SecretsManager:get*Value"),
        ["secretsmanager:GetSecretValue"]
    );
    assert_eq!(names("sts:AssumeRoo?"), ["sts:AssumeRoot"]);
    assert!(names("*:CreateToken*").contains(&"irsa:CreateToken".to_owned()));
    assert_eq!(actions_matching("*").count(), actions().count());
    assert_eq!(
        actions_matching("ec2:*").count(),
        service("ec2").expect("known").actions().count()
    );
    for none in ["", "s3", "s3:", "nope:*", "s*:Get*", "S3:GetObject:x"] {
        assert!(names(none).is_empty(), "{none}");
    }
}

#[test]
fn resource_types_are_told_by_their_arns() {
    for (arn, wanted) in [
        ("arn:aws:s3:::bucket", Some("bucket")),
        ("arn:aws:s3:::bucket/a/b", Some("object")),
        ("arn:aws:iam::123456789012:role/path/to/name", Some("role")),
        (
            "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:name-AbCdEf",
            Some("Secret"),
        ),
        (
            "arn:aws:kms:eu-central-1:123456789012:alias/x",
            Some("alias"),
        ),
        ("arn:aws:sqs:eu-central-1:123456789012:queue", Some("queue")),
        (
            "arn:aws:irsa:eu-central-1:123456789012:issuer/demo",
            Some("issuer"),
        ),
        ("arn:aws:nope:eu-central-1:123456789012:x", None),
        ("arn:aws:kms", None),
        ("*", None),
        ("", None),
    ] {
        assert_eq!(
            resource_type(arn).map(reference::ResourceType::name),
            wanted,
            "{arn}"
        );
    }
}

#[test]
fn resource_control_policies_cover_some_services() {
    for (prefix, wanted) in [
        ("s3", true),
        ("sts", true),
        ("kms", true),
        ("iam", false),
        ("irsa", false),
    ] {
        let found = service(prefix).unwrap_or_else(|| panic!("{prefix} is unknown"));
        assert_eq!(found.has_resource_control(), wanted, "{prefix}");
    }
    assert_eq!(
        services().filter(|one| one.has_resource_control()).count(),
        62
    );
}

#[test]
fn lookups_do_not_allocate() {
    let look = || {
        let found = action("secretsmanager:GetSecretValue").expect("known");
        assert!(found.condition_keys().count() > 0);
        assert!(found.resource_types().count() > 0);
        assert!(condition_key("aws:RequestTag/team").is_some());
        assert!(condition_key("sts:RoleSessionName").is_some());
    };
    look();
    let info = allocation_counter::measure(look);
    assert_eq!(info.count_total, 0);
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<std::string::String>()) {
        let _ = (action(&text), condition_key(&text), service(&text), resource_type(&text));
    }

    #[test]
    fn any_pattern_is_answered(text in "[a-zA-Z0-9:*?é$]{0,24}") {
        for found in actions_matching(&text).take(3) {
            prop_assert!(action(&found.to_string()) == Some(found));
        }
    }

    #[test]
    fn what_looks_like_a_key_is_answered(text in "(aws|kms|codebuild|[a-z.]{0,9}):[A-Za-z/:.$é{}-]{0,30}") {
        if let Some(key) = condition_key(&text) {
            prop_assert!(key.covers(&text));
        }
    }
}
