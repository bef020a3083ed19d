//! Services are told apart by what they are reached with, and their parts fit together.

use shapes::{Member, Operation, Protocol, Structure, Type, services};
use std::collections::BTreeSet;

#[test]
fn nothing_reaches_two_services() {
    let mut prefixes = BTreeSet::new();
    let mut versions = BTreeSet::new();
    for service in services() {
        for prefix in service.target_prefixes {
            assert!(prefixes.insert(prefix), "{prefix}");
        }
        if service.protocol == Protocol::Query {
            assert!(
                versions.insert(service.api_version),
                "{}",
                service.api_version
            );
            assert!(service.xml_namespace.is_some(), "{}", service.name);
        }
    }
}

#[test]
fn operations_know_their_service_and_are_served_or_not() {
    for service in services() {
        for operation in service.operations {
            assert!(
                std::ptr::eq(operation.service, *service),
                "{}",
                operation.name
            );
            assert!(service.operation(operation.name).is_some());
            assert!(
                service.unserved.iter().all(|o| o.name != operation.name),
                "{}",
                operation.name
            );
        }
    }
}

#[test]
fn only_web_identity_calls_go_unsigned() {
    let unsigned = |o: &&&Operation| o.no_auth;
    let all = services().iter().flat_map(|s| s.operations);
    let names: Vec<_> = all.filter(unsigned).map(|o| o.name).collect();
    assert_eq!(names, ["AssumeRoleWithWebIdentity"]);
}

#[test]
fn what_carries_secrets_is_marked_sensitive() {
    for (operation, member) in [
        (
            &shapes::sts::ASSUME_ROLE_WITH_WEB_IDENTITY,
            "WebIdentityToken",
        ),
        (&shapes::secretsmanager::CREATE_SECRET, "SecretString"),
        (&shapes::secretsmanager::CREATE_SECRET, "SecretBinary"),
        (&shapes::secretsmanager::PUT_SECRET_VALUE, "SecretString"),
        (&shapes::secretsmanager::UPDATE_SECRET, "SecretBinary"),
    ] {
        assert!(is_sensitive(operation.input, member), "{member}");
    }
    for (operation, member) in [
        (&shapes::secretsmanager::GET_SECRET_VALUE, "SecretString"),
        (&shapes::secretsmanager::GET_SECRET_VALUE, "SecretBinary"),
        (
            &shapes::secretsmanager::GET_RANDOM_PASSWORD,
            "RandomPassword",
        ),
        (&shapes::irsa::CREATE_TOKEN, "Token"),
    ] {
        assert!(is_sensitive(operation.output.unwrap(), member), "{member}");
    }
    for (operation, nested, member) in [
        (&shapes::sts::ASSUME_ROLE, "Credentials", "SecretAccessKey"),
        (
            &shapes::iam::CREATE_ACCESS_KEY,
            "AccessKey",
            "SecretAccessKey",
        ),
    ] {
        let Type::Structure(inner) = operation.output.unwrap().member(nested).unwrap().shape else {
            unreachable!("{nested} is a structure")
        };
        assert!(is_sensitive(inner, member), "{member}");
    }
}

fn is_sensitive(structure: &Structure, member: &str) -> bool {
    structure
        .member(member)
        .map(|m: &Member| m.shape.is_sensitive())
        .unwrap()
}

#[test]
fn errors_have_their_codes_and_statuses() {
    let iam = &shapes::iam::SERVICE;
    let secrets = &shapes::secretsmanager::SERVICE;
    let sts = &shapes::sts::SERVICE;
    for (service, code, status) in [
        (iam, "NoSuchEntity", 404),
        (iam, "EntityAlreadyExists", 409),
        (iam, "ServiceFailure", 500),
        (sts, "IDPRejectedClaim", 403),
        (sts, "ExpiredTokenException", 400),
        (secrets, "ResourceNotFoundException", 400),
        (secrets, "InternalServiceError", 500),
    ] {
        assert_eq!(service.error(code).unwrap().status, status, "{code}");
    }
}
