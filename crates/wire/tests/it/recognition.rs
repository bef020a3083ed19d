//! Which operation a request means; attacks on the route (THREATS R13, R15, R16, A4, A11).

use crate::request::Request;
use wire::{Family, recognise};

fn check(request: &Request, expected: Result<&str, (Family, &str, u16, &str)>) {
    match (recognise(&request.incoming()), expected) {
        (Ok(found), Ok(expected)) => {
            let found = format!("{}:{}", found.service.name, found.operation.name);
            assert_eq!(found, expected);
        }
        (Err(refused), Err(expected)) => {
            let fault = &refused.fault;
            let found = (
                refused.family,
                fault.code(),
                fault.status(),
                fault.message(),
            );
            assert_eq!(found, expected);
        }
        (Ok(found), Err(expected)) => {
            panic!(
                "{} is served, not refused as {expected:?}",
                found.operation.name
            )
        }
        (Err(refused), Ok(expected)) => panic!("{expected} is refused: {}", refused.fault),
    }
}

#[test]
fn routes_lead_to_operations() {
    let whoami = "Action=GetCallerIdentity&Version=2011-06-15";
    let lookup = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
    for (request, expected) in [
        (Request::form(whoami), "sts:GetCallerIdentity"),
        (Request::form(whoami).at("//"), "sts:GetCallerIdentity"),
        (Request::get("/", whoami), "sts:GetCallerIdentity"),
        (
            Request::form("").with_query(whoami),
            "sts:GetCallerIdentity",
        ),
        (
            Request::form("Version=2011-06-15").with_query("Action=AssumeRole"),
            "sts:AssumeRole",
        ),
        (
            Request::form("Action=GetRole&Version=2010-05-08"),
            "iam:GetRole",
        ),
        (
            Request::json("secretsmanager.GetSecretValue", "{}"),
            "secretsmanager:GetSecretValue",
        ),
        (Request::json(lookup, "{}"), "cloudtrail:LookupEvents"),
        (
            Request::json("CloudTrail_20131101.LookupEvents", "{}").at("//"),
            "cloudtrail:LookupEvents",
        ),
        (Request::json("Irsa_20261121.Explain", "{}"), "irsa:Explain"),
        // The route alone chooses the parser: a content type changes nothing (R14).
        (
            Request::form(whoami).with_header("content-type", "application/json"),
            "sts:GetCallerIdentity",
        ),
        (
            Request::get("/clusters", "maxResults=1"),
            "eks:ListClusters",
        ),
        (Request::get("/clusters/demo", ""), "eks:DescribeCluster"),
    ] {
        check(&request, Ok(expected));
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn other_routes_are_refused() {
    let twice = "The parameter Action is there more than once";
    let missing = "The request must contain the parameter Action";
    let whoami = "Action=GetCallerIdentity&Version=2011-06-15";
    let malformed = |text| (Family::Query, "MalformedQueryString", 400, text);
    let invalid = |text| (Family::Query, "InvalidAction", 400, text);
    let unknown = |family, status| (family, "UnknownOperationException", status, "");
    for (request, expected) in [
        (
            Request::form("Action=AssumeRole&Action=GetCallerIdentity&Version=2011-06-15"),
            malformed(twice),
        ),
        (
            Request::form("Action=AssumeRole&Act%69on=AssumeRole&Version=2011-06-15"),
            malformed(twice),
        ),
        (
            Request::form(whoami).with_query("Action=AssumeRole"),
            malformed(twice),
        ),
        (
            Request::form(whoami).with_query("Action=GetCallerIdentity"),
            malformed(twice),
        ),
        (
            Request::form(whoami).with_query("Version=2010-05-08"),
            malformed("The parameter Version is there more than once"),
        ),
        (
            Request::form("Action=%zz"),
            malformed("Illegal hex character in escape % pattern: %zz"),
        ),
        (
            Request::form(""),
            (Family::Query, "MissingAction", 400, missing),
        ),
        (
            Request::get("/", ""),
            (Family::Query, "MissingAction", 400, missing),
        ),
        (
            Request::form("Action=GetRole&Version=2011-06-15"),
            invalid("Could not find operation GetRole for version 2011-06-15"),
        ),
        (
            Request::form("Action=AssumeRoleWithSAML&Version=2011-06-15"),
            invalid("Could not find operation AssumeRoleWithSAML for version 2011-06-15"),
        ),
        (
            Request::form("Action=GetRole&Version=2000-01-01"),
            invalid("Could not find operation GetRole for version 2000-01-01"),
        ),
        (
            Request::form("Action=GetRole"),
            invalid("Could not find operation GetRole for version NO_VERSION_SPECIFIED"),
        ),
        (
            Request::form("Action=getrole&Version=2010-05-08"),
            invalid("Could not find operation getrole for version 2010-05-08"),
        ),
        (
            Request::form(whoami).by("PUT"),
            invalid("The request must use GET or POST"),
        ),
        (
            Request::form(whoami).at("/x"),
            unknown(Family::RestJson, 404),
        ),
        (
            Request::form(whoami).at("///"),
            unknown(Family::RestJson, 404),
        ),
        (
            Request::form(whoami).at("/%2F"),
            unknown(Family::RestJson, 404),
        ),
        (
            Request::json("secretsmanager.GetSecretValue", "{}").at("/x"),
            unknown(Family::Json, 404),
        ),
        (
            Request::json("secretsmanager.GetSecretValue", "{}").by("GET"),
            unknown(Family::Json, 404),
        ),
        (
            Request::json("secretsmanager.RotateSecret", "{}"),
            unknown(Family::Json, 400),
        ),
        (
            Request::json("secretsmanager.Nothing", "{}"),
            unknown(Family::Json, 400),
        ),
        (
            Request::json("TrentService.Decrypt", "{}"),
            unknown(Family::Json, 400),
        ),
        (Request::json("", "{}"), unknown(Family::Json, 400)),
        (
            Request::json("GetSecretValue", "{}"),
            unknown(Family::Json, 400),
        ),
        (
            Request::json("secretsmanager.GetSecretValue", "{}")
                .with_header("x-amz-TARGET", "secretsmanager.DeleteSecret"),
            unknown(Family::Json, 400),
        ),
        // A target makes it JSON, whatever the form says.
        (Request::json("x.y", whoami), unknown(Family::Json, 400)),
        (
            Request::get("/clusters/", ""),
            unknown(Family::RestJson, 404),
        ),
        (
            Request::get("/clusters/a/b", ""),
            unknown(Family::RestJson, 404),
        ),
        (
            Request::get("/clusters/demo", "").by("DELETE"),
            unknown(Family::RestJson, 404),
        ),
    ] {
        check(&request, Err(expected));
    }
}

#[test]
fn the_operator_is_told_an_unserved_operation_from_an_unknown_one() {
    for (request, internal) in [
        (
            Request::json("secretsmanager.RotateSecret", "{}"),
            "secretsmanager:RotateSecret exists and is not served",
        ),
        (
            Request::json("secretsmanager.Nothing", "{}"),
            "secretsmanager has no such operation",
        ),
        (
            Request::form("Action=CreateGroup&Version=2010-05-08"),
            "iam:CreateGroup exists and is not served",
        ),
        (
            Request::get("/clusters/demo/addons", ""),
            "eks:ListAddons exists and is not served",
        ),
    ] {
        let refused = recognise(&request.incoming()).err().unwrap();
        assert_eq!(refused.fault.internal_message(), Some(internal));
        assert!(refused.service.is_some());
    }
}
