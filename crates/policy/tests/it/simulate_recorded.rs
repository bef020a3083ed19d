//! Answers of AWS's simulator, recorded in September 2026: radkawar/stackd
//! `testdata/aws/iam/simulation.json` and `simulation_inputs.json`. Rows bear the recordings' names.

use policy::simulate::SimulatedDecision;
use serde_json::{Value, json};

use crate::simulation::{
    A, ALLOW, ALLOW_ALL, ALLOW_PUT, B, DENY, allow_if, lines, request, simulate,
};

const USER: &str = "arn:aws:iam::123456789012:user/simulation/stackd-sim-fixture000-composition";
const ONE: &str = " IAM:PolicyInputList.1@1:38-1:95";
const ANY: &str = " IAM:PolicyInputList.1@1:38-1:84";

fn check(rows: &[(&str, Value, &[&str])]) {
    for (name, members, expected) in rows {
        let answer = simulate(&request(members.clone())).unwrap_or_else(|fault| {
            panic!("{name}: {fault}");
        });
        let expected: Vec<String> = expected
            .iter()
            .map(|line| line.replace("<1>", ONE).replace("<*>", ANY))
            .collect();
        assert_eq!(lines(&answer), expected, "{name}");
    }
}

fn check_refusals(rows: &[(&str, Value, &str)]) {
    for (name, members, expected) in rows {
        let refusal = simulate(&request(members.clone())).expect_err(name);
        assert_eq!(refusal.to_string(), *expected, "{name}");
        let fault = base::Fault::from(refusal);
        assert_eq!(fault.code(), "InvalidInput", "{name}");
        assert_eq!(fault.status(), 400, "{name}");
    }
}

fn decisions(rows: &[(&str, Value, SimulatedDecision)]) {
    for (name, members, expected) in rows {
        let answer = simulate(&request(members.clone())).unwrap_or_else(|fault| {
            panic!("{name}: {fault}");
        });
        assert_eq!(answer[0].decision, *expected, "{name}");
    }
}

fn entry(kind: &str, values: &[&str]) -> Value {
    json!([{"ContextKeyName": "stack:key", "ContextKeyType": kind, "ContextKeyValues": values}])
}

#[test]
fn one_action_and_its_resources() {
    let only_a = ALLOW.replace(r#""Resource":"*""#, &format!(r#""Resource":"{A}""#));
    check(&[
        (
            "custom_default_resource",
            json!({}),
            &["s3:GetObject on * = allowed<1>"],
        ),
        (
            "custom_single_resource",
            json!({"ResourceArns": [A]}),
            &[
                "s3:GetObject on arn:aws:s3:::stackd-simulation/a = allowed<1>",
                "- arn:aws:s3:::stackd-simulation/a = allowed<1>",
            ],
        ),
        (
            "custom_two_resources_mixed",
            json!({"PolicyInputList": [only_a], "ResourceArns": [A, B]}),
            &[
                "s3:GetObject on arn:aws:s3:::${BucketName}/${KeyName} = implicitDeny \
                 IAM:PolicyInputList.1@1:38-1:126",
                "- arn:aws:s3:::stackd-simulation/a = allowed IAM:PolicyInputList.1@1:38-1:126",
                "- arn:aws:s3:::stackd-simulation/b = implicitDeny",
            ],
        ),
        (
            "custom_duplicate_resources",
            json!({"ResourceArns": [A, A]}),
            &[
                "s3:GetObject on arn:aws:s3:::${BucketName}/${KeyName} = allowed<1>",
                "- arn:aws:s3:::stackd-simulation/a = allowed<1>",
                "- arn:aws:s3:::stackd-simulation/a = allowed<1>",
            ],
        ),
        (
            "custom_duplicate_actions",
            json!({"ActionNames": ["s3:GetObject", "s3:GetObject", "s3:PutObject"]}),
            &[
                "s3:GetObject on * = allowed<1>",
                "s3:GetObject on * = allowed<1>",
                "s3:PutObject on * = implicitDeny",
            ],
        ),
        (
            "custom_multiple_policies_allow",
            json!({"PolicyInputList": [ALLOW, ALLOW]}),
            &["s3:GetObject on * = allowed<1> IAM:PolicyInputList.2@1:38-1:95"],
        ),
        (
            "custom_multiple_policies_deny",
            json!({"PolicyInputList": [ALLOW, DENY]}),
            &["s3:GetObject on * = explicitDeny IAM:PolicyInputList.2@1:38-1:94"],
        ),
        (
            "empty_policy_list",
            json!({"PolicyInputList": []}),
            &["s3:GetObject on * = implicitDeny"],
        ),
        (
            "resource_wrong_type",
            json!({"ResourceArns": ["arn:aws:iam::123456789012:user/fictional"]}),
            &[
                "s3:GetObject on arn:aws:iam::123456789012:user/fictional = implicitDeny",
                "- arn:aws:iam::123456789012:user/fictional = implicitDeny",
            ],
        ),
        (
            "input_resource_format_5",
            json!({"PolicyInputList": [ALLOW_ALL], "ResourceArns": ["arn:aws:s3:::*"]}),
            &[
                "s3:GetObject on arn:aws:s3:::* = allowed<*>",
                "- arn:aws:s3:::* = allowed<*>",
            ],
        ),
    ]);
}

#[test]
fn statements_are_placed_as_recorded() {
    let pretty = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "*",
      "Sid": "First"
    },
    {
      "Effect": "Deny",
      "Action": "s3:PutObject",
      "Resource": "*",
      "Sid": "Second"
    }
  ]
}"#;
    let one = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "*"
    }
  ]
}"#;
    let crlf = format!(" \r\n{}\r\n ", one.replace('\n', "\r\n"));
    check(&[
        (
            "custom_allow_two_statements",
            json!({"PolicyInputList": [r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Sid":"First"},{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Sid":"Second"}]}"#]}),
            &[
                "s3:GetObject on * = allowed IAM:PolicyInputList.1@1:109-1:182 \
               IAM:PolicyInputList.1@1:38-1:109",
            ],
        ),
        (
            "custom_deny_overrides_allow",
            json!({"PolicyInputList": [r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Sid":"Allow"},{"Effect":"Deny","Action":"s3:GetObject","Resource":"*","Sid":"Deny"}]}"#]}),
            &["s3:GetObject on * = explicitDeny IAM:PolicyInputList.1@1:109-1:179"],
        ),
        (
            "custom_pretty_positions",
            json!({"PolicyInputList": [pretty], "ActionNames": ["s3:GetObject", "s3:PutObject"]}),
            &[
                "s3:GetObject on * = allowed IAM:PolicyInputList.1@3:17-9:6",
                "s3:PutObject on * = explicitDeny IAM:PolicyInputList.1@9:6-15:6",
            ],
        ),
        (
            "custom_crlf_positions",
            json!({"PolicyInputList": [crlf]}),
            &["s3:GetObject on * = allowed IAM:PolicyInputList.1@4:17-9:6"],
        ),
        (
            "custom_cr_only_positions",
            json!({"PolicyInputList": [one.replace('\n', "\r")]}),
            &["s3:GetObject on * = allowed IAM:PolicyInputList.1@3:17-8:6"],
        ),
        (
            "custom_singleton_statement",
            json!({"PolicyInputList": [r#"{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}"#]}),
            &["s3:GetObject on * = allowed IAM:PolicyInputList.1@1:16-1:77"],
        ),
        (
            "custom_singleton_pretty_positions",
            json!({"PolicyInputList": ["{\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \"Action\": \"s3:GetObject\",\n    \"Resource\": \"*\"\n  }\n}"]}),
            &["s3:GetObject on * = allowed IAM:PolicyInputList.1@2:17-6:4"],
        ),
        (
            "custom_latin1_positions",
            json!({"PolicyInputList": [r#"{"Id": "café", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}"#]}),
            &["s3:GetObject on * = allowed IAM:PolicyInputList.1@1:30-1:92"],
        ),
    ]);
}

#[test]
fn keys_that_the_request_lacks_are_told_of_implicit_denials() {
    let missing =
        |operator: &str, value: &str| allow_if(&json!({operator: {"stack:missing": value}}));
    let equals = missing("StringEquals", "yes");
    let put = equals.replace("s3:GetObject", "s3:PutObject");
    let on_b = equals.replace(r#""Resource":"*""#, &format!(r#""Resource":"{B}""#));
    let deny = equals.replace("Allow", "Deny");
    let on = |tail: &str| {
        ALLOW.replace(
            r#""Resource":"*""#,
            &format!(r#""Resource":"arn:aws:s3:::stackd-simulation/{tail}""#),
        )
    };
    let none = "s3:GetObject on * = implicitDeny missing stack:missing";
    for (name, policies, expected) in [
        ("missing_relevant", vec![equals.clone()], none),
        ("missing_irrelevant_action", vec![put.clone()], none),
        ("missing_irrelevant_resource", vec![on_b.clone()], none),
        ("missing_deny", vec![deny.clone()], none),
        (
            "missing_with_other_allow_relevant",
            vec![ALLOW.to_owned(), equals.clone()],
            "s3:GetObject on * = allowed<1>",
        ),
        (
            "missing_with_other_allow_deny",
            vec![ALLOW.to_owned(), deny],
            "s3:GetObject on * = allowed<1>",
        ),
        (
            "missing_with_unconditional_deny",
            vec![DENY.to_owned(), equals],
            "s3:GetObject on * = explicitDeny IAM:PolicyInputList.1@1:38-1:94",
        ),
        (
            "missing_operator_StringEqualsIfExists_yes",
            vec![missing("StringEqualsIfExists", "yes")],
            "s3:GetObject on * = allowed IAM:PolicyInputList.1@1:38-1:156",
        ),
        (
            "missing_operator_StringNotEqualsIfExists_yes",
            vec![missing("StringNotEqualsIfExists", "yes")],
            "s3:GetObject on * = allowed IAM:PolicyInputList.1@1:38-1:159",
        ),
        (
            "missing_operator_Null_true",
            vec![missing("Null", "true")],
            "s3:GetObject on * = allowed IAM:PolicyInputList.1@1:38-1:141",
        ),
        (
            "missing_operator_Null_false",
            vec![missing("Null", "false")],
            none,
        ),
        (
            "missing_operator_ForAllValues_StringEquals_yes",
            vec![missing("ForAllValues:StringEquals", "yes")],
            "s3:GetObject on * = allowed IAM:PolicyInputList.1@1:38-1:161",
        ),
        (
            "missing_operator_ForAnyValue_StringEquals_yes",
            vec![missing("ForAnyValue:StringEquals", "yes")],
            none,
        ),
        (
            "missing_negated_relevant",
            vec![missing("StringNotEquals", "yes")],
            "s3:GetObject on * = allowed IAM:PolicyInputList.1@1:38-1:151",
        ),
        (
            "missing_irrelevant_operator_Null",
            vec![missing("Null", "true").replace("Get", "Put")],
            none,
        ),
        (
            "missing_irrelevant_operator_StringNotEquals",
            vec![missing("StringNotEquals", "yes").replace("Get", "Put")],
            none,
        ),
        (
            "missing_resource_variable",
            vec![on("${aws:username}")],
            "s3:GetObject on * = implicitDeny missing aws:username",
        ),
        (
            "missing_irrelevant_resource_variable",
            vec![on("${aws:username}").replace("Get", "Put")],
            "s3:GetObject on * = implicitDeny missing aws:username",
        ),
    ] {
        check(&[(name, json!({"PolicyInputList": policies}), &[expected])]);
    }
    for (name, policy, expected) in [
        (
            "missing_variable_default_resource_hit",
            on("${stack:key, 'a'}"),
            "allowed IAM:PolicyInputList.1@1:38-1:142",
        ),
        (
            "missing_variable_default_resource_miss",
            on("${stack:key, 'different'}"),
            "implicitDeny missing stack:key",
        ),
    ] {
        let (first, second) = (
            format!("s3:GetObject on {A} = {expected}"),
            format!("- {A} = {expected}"),
        );
        let members = json!({"PolicyInputList": [policy], "ResourceArns": [A]});
        check(&[(name, members, &[&first, &second])]);
    }
    for (name, wanted) in [
        (
            "missing_variable_default_condition",
            "${stack:key, 'different'}",
        ),
        ("missing_variable_condition", "${stack:key}"),
    ] {
        let policy = allow_if(&json!({"StringEquals": {"stack:present": wanted}}));
        let members = json!({
            "PolicyInputList": [policy],
            "ContextEntries": [{"ContextKeyName": "stack:present", "ContextKeyType": "string", "ContextKeyValues": ["observed"]}],
        });
        check(&[(
            name,
            members,
            &["s3:GetObject on * = implicitDeny missing stack:key"],
        )]);
    }
    check(&[(
        "missing_failing_present_operator_Null",
        json!({
            "PolicyInputList": [allow_if(&json!({"Null": {"stack:missing": "true"}, "StringEquals": {"stack:present": "expected"}}))],
            "ContextEntries": [{"ContextKeyName": "stack:present", "ContextKeyType": "string", "ContextKeyValues": ["different"]}],
        }),
        &[none],
    )]);
}

#[test]
fn boundaries() {
    let needs = allow_if(&json!({"StringEquals": {"stack:boundary": "yes"}}));
    let both = |line: &'static str| {
        [
            format!("s3:GetObject on arn:aws:s3:::${{BucketName}}/${{KeyName}} = {line}"),
            format!("- {A} = {line}"),
            format!("- {B} = {line}"),
        ]
    };
    for (name, boundary, expected) in [
        ("boundary_allow", ALLOW, both("allowed<1> boundary true")),
        (
            "boundary_implicit",
            ALLOW_PUT,
            both("implicitDeny boundary false"),
        ),
        (
            "boundary_deny",
            DENY,
            both(
                "explicitDeny Boundary:PermissionsBoundaryPolicyInputList.1@1:38-1:94 boundary false",
            ),
        ),
    ] {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(&[(
            name,
            json!({"PermissionsBoundaryPolicyInputList": [boundary], "ResourceArns": [A, B]}),
            &expected,
        )]);
    }
    check(&[
        (
            "boundary_deny_over_identity_deny",
            json!({"PolicyInputList": [DENY], "PermissionsBoundaryPolicyInputList": [DENY]}),
            &["s3:GetObject on * = explicitDeny \
               Boundary:PermissionsBoundaryPolicyInputList.1@1:38-1:94 \
               IAM:PolicyInputList.1@1:38-1:94 boundary false"],
        ),
        (
            "boundary_missing_context",
            json!({"PermissionsBoundaryPolicyInputList": [needs]}),
            &["s3:GetObject on * = implicitDeny missing stack:boundary boundary false"],
        ),
    ]);
}

#[test]
fn organizations() {
    let levels = |levels: &[&[&str]]| -> Value {
        let levels: Vec<Value> = levels
            .iter()
            .map(|level| json!({"ServiceControlPolicyInputList": level}))
            .collect();
        json!({"OrderedOrganizationPolicyInputList": levels})
    };
    check(&[
        (
            "organizations_allow",
            levels(&[&[ALLOW_ALL], &[ALLOW_ALL]]),
            &["s3:GetObject on * = allowed<1> organization true"],
        ),
        (
            "organizations_deny",
            levels(&[&[ALLOW_ALL], &[DENY]]),
            &["s3:GetObject on * = explicitDeny organization false"],
        ),
        (
            "organizations_implicit",
            levels(&[&[ALLOW_ALL], &[ALLOW_PUT]]),
            &["s3:GetObject on * = implicitDeny organization false"],
        ),
        (
            "organizations_union_within_level",
            levels(&[&[DENY, ALLOW_ALL], &[ALLOW_ALL]]),
            &["s3:GetObject on * = explicitDeny organization false"],
        ),
    ]);
    check_refusals(&[(
        "organizations_empty_level",
        levels(&[&[]]),
        "Organization policy at index 1 must contain at least one service control policy",
    )]);
}

#[test]
fn actions_are_compared_as_spelled() {
    for (name, policy, action, expected) in [
        ("action_wildcard", ALLOW, "s3:*", "implicitDeny"),
        (
            "action_unknown_service",
            ALLOW,
            "madeup:Action",
            "implicitDeny",
        ),
        ("action_mixed_case", ALLOW, "S3:gEtObJeCt", "allowed<1>"),
        ("action_empty_suffix", ALLOW, "s3:", "implicitDeny"),
        ("action_space", ALLOW, "s3:Get Object", "implicitDeny"),
        ("action_allow_all_wildcard", ALLOW_ALL, "s3:*", "allowed<*>"),
        (
            "action_allow_all_unknown_action",
            ALLOW_ALL,
            "s3:MadeUp",
            "allowed<*>",
        ),
        (
            "action_allow_all_empty_suffix",
            ALLOW_ALL,
            "s3:",
            "allowed<*>",
        ),
        (
            "action_allow_all_space",
            ALLOW_ALL,
            "s3:Get Object",
            "allowed<*>",
        ),
    ] {
        let line = format!("{action} on * = {expected}");
        let members = json!({"PolicyInputList": [policy], "ActionNames": [action]});
        check(&[(name, members, &[&line])]);
    }
}

/// `input_resources_known_*`: every action allowed, on resources that only some have.
#[test]
fn resources_must_be_of_a_type_that_the_action_has() {
    const ACTIONS: [(&str, &str, &str); 12] = [
        (
            "s3:GetObject",
            "arn:aws:s3:::${BucketName}/${KeyName}",
            "s3",
        ),
        (
            "s3:ListBucket",
            "arn:aws:s3:::${BucketName}/${KeyName}",
            "s3",
        ),
        (
            "s3:ListAllMyBuckets",
            "arn:aws:s3:::${BucketName}/${KeyName}",
            "",
        ),
        (
            "iam:GetUser",
            "arn:aws:iam::${Account}:${ResourceType}/${ResourceName}",
            "user",
        ),
        (
            "iam:ListUsers",
            "arn:aws:iam::${Account}:${ResourceType}/${ResourceName}",
            "",
        ),
        (
            "iam:PassRole",
            "arn:aws:iam::${Account}:${ResourceType}/${ResourceName}",
            "role",
        ),
        (
            "sts:GetCallerIdentity",
            "arn:aws:iam::${Account}:${RelativeId}",
            "",
        ),
        (
            "sts:AssumeRole",
            "arn:aws:iam::${Account}:${RelativeId}",
            "role",
        ),
        (
            "sqs:SendMessage",
            "arn:aws:sqs:${Region}:${Account}:${QueueName}",
            "sqs",
        ),
        (
            "kms:Encrypt",
            "arn:aws:kms:${Region}:${Account}:${ResourceType}/${Id}",
            "kms",
        ),
        (
            "lambda:InvokeFunction",
            "arn:aws:lambda:${Region}:${Account}:${ResourceType}:${ResourceId}",
            "lambda",
        ),
        (
            "ec2:DescribeInstances",
            "arn:aws:ec2:${Region}:${Account}:${ResourceType}/${ResourcePath}",
            "",
        ),
    ];
    for (kind, resources) in [
        ("s3", [A, B]),
        ("s3", ["arn:aws:s3:::stackd-a", "arn:aws:s3:::stackd-b"]),
        (
            "role",
            [
                "arn:aws:iam::123456789012:role/one",
                "arn:aws:iam::123456789012:role/two",
            ],
        ),
        (
            "sqs",
            [
                "arn:aws:sqs:us-east-1:123456789012:one",
                "arn:aws:sqs:us-east-1:123456789012:two",
            ],
        ),
    ] {
        let names: Vec<&str> = ACTIONS.iter().map(|(name, _, _)| *name).collect();
        let answer = simulate(&request(json!({
            "PolicyInputList": [ALLOW_ALL], "ActionNames": names, "ResourceArns": resources,
        })));
        for (result, (name, format, has)) in answer.unwrap().iter().zip(ACTIONS) {
            assert_eq!(result.action, name);
            assert_eq!(result.resource.as_deref(), Some(format), "{name}");
            let allowed = result.decision == SimulatedDecision::Allowed;
            assert_eq!(allowed, has == kind, "{name} on {kind}");
        }
    }
}

#[test]
fn unknown_actions_on_resources() {
    let mixed = "Invalid Input Actions: [s3:GetObject,iam:GetUser] and [madeup:Action,s3:*,s3:MadeUp] \
                 require different authorization information. ";
    check_refusals(&[(
        "input_resources_s3_objects",
        json!({
            "ActionNames": ["s3:GetObject", "madeup:Action", "iam:GetUser", "s3:*", "s3:MadeUp"],
            "ResourceArns": [A, B],
        }),
        mixed,
    )]);
    let lines = |action: &str| {
        [
            format!("{action} on * = allowed<*>"),
            format!("- {A} = allowed<*>"),
            format!("- {B} = allowed<*>"),
        ]
    };
    for (name, action) in [
        ("input_action_groups_unknown_single", "s3:MadeUp"),
        ("input_action_groups_madeup_single", "madeup:Action"),
    ] {
        let expected = lines(action);
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(&[(
            name,
            json!({"PolicyInputList": [ALLOW_ALL], "ActionNames": [action], "ResourceArns": [A, B]}),
            &expected,
        )]);
    }
}

/// `simulation_catalog.json`: what stands for the resources of lists.
#[test]
fn lists_of_iam_have_resources_of_their_own() {
    for (action, expected) in [
        ("iam:ListUsers", "arn:aws:iam::123456789012:user/"),
        ("iam:ListRoles", "arn:aws:iam::123456789012:role/"),
        ("iam:ListPolicies", "arn:aws:iam::123456789012:policy/"),
        ("iam:ListGroups", "arn:aws:iam::123456789012:group/"),
        (
            "iam:ListVirtualMFADevices",
            "arn:aws:iam::123456789012:mfa/",
        ),
        (
            "iam:ListInstanceProfiles",
            "arn:aws:iam::123456789012:instance-profile/",
        ),
        (
            "iam:ListServerCertificates",
            "arn:aws:iam::123456789012:server-certificate/",
        ),
        ("iam:ListOpenIDConnectProviders", "*"),
        ("iam:listusers", "*"),
    ] {
        let answer = simulate(&request(json!({
            "PolicyInputList": [ALLOW_ALL],
            "ActionNames": [action],
            // The account of who asks, not of the caller.
            "CallerArn": "arn:aws:iam::999999999999:user/ann",
        })));
        let answer = answer.unwrap();
        assert_eq!(answer[0].resource.as_deref(), Some(expected), "{action}");
        assert_eq!(answer[0].resources, None, "{action}");
    }
}

#[test]
fn resource_handling() {
    let instance = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0";
    let run = |option: &str| {
        json!({
            "PolicyInputList": [ALLOW_ALL],
            "ActionNames": ["ec2:RunInstances"],
            "ResourceArns": [instance],
            "ResourceHandlingOption": option,
        })
    };
    for option in [
        "EC2-Classic-EBS",
        "EC2-Classic-InstanceStore",
        "EC2-VPC-InstanceStore",
        "EC2-VPC-InstanceStore-Subnet",
        "EC2-VPC-EBS",
        "EC2-VPC-EBS-Subnet",
    ] {
        decisions(&[(option, run(option), SimulatedDecision::Allowed)]);
    }
    check_refusals(&[
        (
            "fictional",
            run("fictional"),
            "Invalid input resource handling options. Action does not support resource handling \
             options: ec2:RunInstances.",
        ),
        (
            "resource_handling_other_action",
            json!({"ResourceArns": [A], "ResourceHandlingOption": "EC2-VPC-EBS"}),
            "Invalid input resource handling options. Action does not support resource handling \
             options: s3:GetObject.",
        ),
    ]);
    decisions(&[(
        "resource_handling_unknown",
        json!({"ResourceHandlingOption": "fictional"}),
        SimulatedDecision::Allowed,
    )]);
}

#[test]
fn resource_policies_and_callers() {
    let to = |principal: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::stackd-simulation/*","Principal":{{"AWS":"{principal}"}}}}]}}"#
        )
    };
    let (anyone, direct, root) = (to("*"), to(USER), to("arn:aws:iam::123456789012:root"));
    let cross = "arn:aws:iam::999999999999:root";
    let row = |identity: &[&str], policy: &str, boundary: Option<&str>, owner: Option<&str>| {
        let mut members = json!({
            "PolicyInputList": identity, "ResourceArns": [A], "CallerArn": USER,
            "ResourcePolicy": policy,
        });
        if let Some(boundary) = boundary {
            members["PermissionsBoundaryPolicyInputList"] = json!([boundary]);
        }
        if let Some(owner) = owner {
            members["ResourceOwner"] = json!(owner);
        }
        members
    };
    let by_direct = " Resource:ResourcePolicy@1:38-1:224";
    let by_root = " Resource:ResourcePolicy@1:38-1:179";
    let denied = " Boundary:PermissionsBoundaryPolicyInputList.1@1:38-1:94";
    for (name, members, expected) in [
        (
            "composition_same_direct_no_identity",
            row(&[], &direct, None, None),
            format!("allowed{by_direct}"),
        ),
        (
            "composition_same_direct_identity",
            row(&[ALLOW], &direct, None, None),
            format!("allowed<1>{by_direct}"),
        ),
        (
            "composition_same_direct_boundary_implicit",
            row(&[], &direct, Some(ALLOW_PUT), None),
            format!("allowed{by_direct} boundary false"),
        ),
        (
            "composition_same_direct_boundary_deny",
            row(&[], &direct, Some(DENY), None),
            format!("explicitDeny{denied} boundary false"),
        ),
        (
            "composition_same_root_no_identity",
            row(&[], &root, None, None),
            format!("allowed{by_root}"),
        ),
        (
            "composition_same_root_identity_boundary_implicit",
            row(&[ALLOW], &root, Some(ALLOW_PUT), None),
            format!("allowed<1>{by_root} boundary false"),
        ),
        (
            "composition_cross_no_identity",
            row(&[], &direct, None, Some(cross)),
            "implicitDeny IAM Policy=implicitDeny Resource Policy=allowed".to_owned(),
        ),
        (
            "composition_cross_identity",
            row(&[ALLOW], &direct, None, Some(cross)),
            format!("allowed<1>{by_direct} IAM Policy=allowed Resource Policy=allowed"),
        ),
        (
            "composition_cross_boundary_allow",
            row(&[ALLOW], &direct, Some(ALLOW), Some(cross)),
            format!(
                "allowed<1>{by_direct} boundary true IAM Policy=allowed Resource Policy=allowed \
                 Permissions Boundary Policy=allowed"
            ),
        ),
        (
            "composition_cross_boundary_implicit",
            row(&[ALLOW], &direct, Some(ALLOW_PUT), Some(cross)),
            "implicitDeny boundary false IAM Policy=allowed Resource Policy=allowed \
             Permissions Boundary Policy=implicitDeny"
                .to_owned(),
        ),
        (
            "composition_cross_boundary_deny",
            row(&[ALLOW], &direct, Some(DENY), Some(cross)),
            format!(
                "explicitDeny{denied} boundary false IAM Policy=allowed Resource Policy=allowed \
                 Permissions Boundary Policy=explicitDeny"
            ),
        ),
        (
            "resource_policy_owner_cross",
            row(&[], &anyone, None, Some(cross)),
            "implicitDeny IAM Policy=implicitDeny Resource Policy=allowed".to_owned(),
        ),
        (
            "resource_policy_owner_user",
            row(&[], &anyone, None, Some(USER)),
            "allowed Resource:ResourcePolicy@1:38-1:150".to_owned(),
        ),
    ] {
        let (first, second) = (
            format!("s3:GetObject on {A} = {expected}"),
            format!("- {A} = {expected}"),
        );
        check(&[(name, members, &[&first, &second])]);
    }
    for kind in ["user", "group", "role"] {
        let mut members = row(&[], &anyone, None, None);
        members["CallerArn"] = json!(format!("arn:aws:iam::123456789012:{kind}/simulation/x"));
        decisions(&[(kind, members, SimulatedDecision::Allowed)]);
    }
    let mut denied_by_organization = row(&[ALLOW], &direct, None, None);
    denied_by_organization["OrderedOrganizationPolicyInputList"] =
        json!([{"ServiceControlPolicyInputList": [DENY]}]);
    check(&[(
        "composition_resource_scp_deny",
        denied_by_organization,
        &[
            "s3:GetObject on arn:aws:s3:::stackd-simulation/a = explicitDeny organization false",
            "- arn:aws:s3:::stackd-simulation/a = explicitDeny",
        ],
    )]);
}

#[test]
fn resource_policies_that_are_refused() {
    let policy = |resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"{resource}","Principal":{{"AWS":"*"}}}}]}}"#
        )
    };
    let (any, some) = (policy("*"), policy("arn:aws:s3:::stackd-simulation/*"));
    let caller = "Invalid caller - Caller must be an IAM user, role or group in this context.";
    let entity = "Invalid Entity Arn: * does not clearly define entity type and name.";
    check_refusals(&[
        (
            "resource_policy_missing_caller",
            json!({"ResourceArns": [A], "ResourcePolicy": some}),
            "Invalid caller - Caller cannot be null or empty.",
        ),
        (
            "resource_policy_caller_root",
            json!({"ResourceArns": [A], "ResourcePolicy": some, "CallerArn": "arn:aws:iam::123456789012:root"}),
            caller,
        ),
        (
            "resource_policy_caller_assumed_role",
            json!({"ResourceArns": [A], "ResourcePolicy": some, "CallerArn": "arn:aws:sts::123456789012:assumed-role/fictional/session"}),
            caller,
        ),
        (
            "resource_policy_owner_invalid",
            json!({"ResourceArns": [A], "ResourcePolicy": some, "CallerArn": USER, "ResourceOwner": "not-an-arn"}),
            "'not-an-arn' is not a valid as a Resource Owner.",
        ),
        (
            "composition_numeric_owner_same",
            json!({"ResourceArns": [A], "ResourcePolicy": some, "CallerArn": USER, "ResourceOwner": "123456789012"}),
            "'123456789012' is not a valid as a Resource Owner.",
        ),
        (
            "composition_resource_shape_wildcard_omitted",
            json!({"ResourcePolicy": any, "CallerArn": USER}),
            entity,
        ),
        (
            "composition_resource_shape_arn_explicit_wildcard",
            json!({"ResourceArns": ["*"], "ResourcePolicy": some, "CallerArn": USER}),
            entity,
        ),
        (
            "composition_resource_shape_wildcard_explicit_arn",
            json!({"ResourceArns": [A], "ResourcePolicy": any, "CallerArn": USER}),
            "ResourceNames are not in a valid ARN format: *.",
        ),
    ]);
}

#[test]
fn input_that_is_refused() {
    let arn = |text: &str| format!("ResourceNames are not in a valid ARN format: {text}.");
    let content = "Policy input list item 1 has invalid content";
    let (not_arn, partial, partitionless) =
        (arn("not-an-arn"), arn("arn:aws:s3"), arn("arn::s3:::name"));
    check_refusals(&[
        (
            "resource_not_arn",
            json!({"ResourceArns": ["not-an-arn"]}),
            &not_arn,
        ),
        (
            "resource_partial_arn",
            json!({"ResourceArns": ["arn:aws:s3"]}),
            &partial,
        ),
        (
            "input_resource_format_0",
            json!({"ResourceArns": ["arn::s3:::name"]}),
            &partitionless,
        ),
        (
            "input_resources_global_mix",
            json!({"ResourceArns": ["*", A]}),
            "ResourceNames are not in a valid ARN format: *.",
        ),
        (
            "action_no_colon",
            json!({"ActionNames": ["GetObject"]}),
            "The action is invalid since it is missing names",
        ),
        (
            "invalid_two_boundaries",
            json!({"PermissionsBoundaryPolicyInputList": [ALLOW, ALLOW]}),
            "The list of Permissions Boundary policies cannot exceed 1 items.",
        ),
        (
            "invalid_policy_json",
            json!({"PolicyInputList": ["{"]}),
            content,
        ),
        (
            "invalid_policy_version",
            json!({"PolicyInputList": [r#"{"Version":"2099-01-01","Statement":[]}"#]}),
            content,
        ),
        (
            "the second policy",
            json!({"PolicyInputList": [ALLOW, r#"{"Statement":{"Effect":"Allow"}}"#]}),
            "Policy input list item 2 has invalid content",
        ),
        (
            "context_duplicate_case",
            json!({"ContextEntries": [
                {"ContextKeyName": "stack:test", "ContextKeyType": "string", "ContextKeyValues": ["a"]},
                {"ContextKeyName": "STACK:TEST", "ContextKeyType": "string", "ContextKeyValues": ["b"]},
            ]}),
            "Duplicate context key: STACK:TEST.",
        ),
        (
            "context_two_scalar",
            json!({"ContextEntries": entry("string", &["a", "b"])}),
            "Context key string expected a single value, but received 2.",
        ),
        (
            "input_context_absent_type",
            json!({"ContextEntries": [{"ContextKeyName": "stack:key", "ContextKeyValues": ["yes"]}]}),
            "Context key stack:key has invalid type null.",
        ),
        (
            "input_context_absent_values",
            json!({"ContextEntries": [{"ContextKeyName": "stack:key", "ContextKeyType": "string"}]}),
            "Context values for context key stack:key cannot be null or empty.",
        ),
        (
            "input_context_empty_list",
            json!({"ContextEntries": entry("stringList", &[])}),
            "Context values for context key stack:key cannot be null or empty.",
        ),
        (
            "input_context_absent_name",
            json!({"ContextEntries": [{"ContextKeyType": "string", "ContextKeyValues": ["yes"]}]}),
            "ContextKeyName cannot be null or empty.",
        ),
    ]);
}

/// `input_context_*`: which values are of the declared type.
#[test]
fn context_values_have_their_declared_type() {
    for (kind, format, accepted, refused) in [
        (
            "numeric",
            "numeric format",
            &["01.00", "+1", "1e2", "1e9999"][..],
            &["0x10", " 1 ", "Infinity", "abc", "NaN"][..],
        ),
        (
            "date",
            "DateTime format",
            &[
                "2035",
                "2035-01",
                "2035-01-02",
                "2035-01-02T03:04Z",
                "2035-01-02T03:04:05.123+02:00",
                "0",
                "1735787045",
                "2035-01-02T03:04:05",
            ],
            &["tomorrow"],
        ),
        (
            "ip",
            "IP address",
            &["192.0.2.1", "2001:db8::1", "192.000.002.1"],
            &["192.0.2.0/24", "fe80::1%eth0", "999.0.0.1"],
        ),
        (
            "binary",
            "base-64 encoded binary format",
            &["eWVz", "YQ==", ""],
            &["eWVz\n", "YQ", "YR==", "YQ-_", "!base64"],
        ),
        ("boolean", "", &["TRUE", "yes", "false"], &[]),
        ("string", "", &["", "*"], &[]),
    ] {
        for kind in [kind.to_owned(), format!("{kind}List")] {
            for value in accepted {
                let members = json!({"ContextEntries": entry(&kind, &[value])});
                decisions(&[(value, members, SimulatedDecision::Allowed)]);
            }
            for value in refused {
                let expected =
                    format!("Invalid context value for key stack:key: expected {format}.");
                let members = json!({"ContextEntries": entry(&kind, &[value])});
                check_refusals(&[(value, members, &expected)]);
            }
        }
    }
    decisions(&[(
        "input_context_absent_all",
        json!({"ContextEntries": [{}]}),
        SimulatedDecision::Allowed,
    )]);
}

/// `input_type_match_*`, `input_coercion_*`, `context_boolean_used_*`: what a typed value compares as.
#[test]
fn typed_values_compare() {
    use SimulatedDecision::{Allowed, ImplicitDeny};
    for (name, kind, values, operator, wanted, expected) in [
        (
            "numeric_string",
            "string",
            &["1"][..],
            "NumericEquals",
            "1",
            Allowed,
        ),
        (
            "numeric_numeric",
            "numeric",
            &["1"],
            "NumericEquals",
            "1",
            Allowed,
        ),
        (
            "numeric_leading_zero",
            "numeric",
            &["010"],
            "NumericEquals",
            "10",
            Allowed,
        ),
        (
            "numeric_overflow",
            "numeric",
            &["1e9999"],
            "NumericGreaterThan",
            "1e100",
            Allowed,
        ),
        (
            "numeric_string_negative",
            "numeric",
            &["1"],
            "StringNotEquals",
            "1",
            ImplicitDeny,
        ),
        ("numeric_null", "numeric", &["1"], "Null", "false", Allowed),
        (
            "string_list_one",
            "stringList",
            &["yes"],
            "StringEquals",
            "yes",
            ImplicitDeny,
        ),
        (
            "string_list_many",
            "stringList",
            &["yes", "no"],
            "StringEquals",
            "yes",
            ImplicitDeny,
        ),
        (
            "string_list_any",
            "stringList",
            &["yes", "no"],
            "ForAnyValue:StringEquals",
            "yes",
            Allowed,
        ),
        (
            "numeric_scalar_string",
            "numeric",
            &["1"],
            "StringEquals",
            "1",
            Allowed,
        ),
        (
            "numeric_list_normalized",
            "numericList",
            &["01.00"],
            "ForAnyValue:StringEquals",
            "1.00",
            Allowed,
        ),
        (
            "input_coercion_numeric_34",
            "numeric",
            &["01.00"],
            "StringEquals",
            "1",
            ImplicitDeny,
        ),
        (
            "input_coercion_numeric_35",
            "numeric",
            &["01.00"],
            "StringEquals",
            "01.00",
            ImplicitDeny,
        ),
        (
            "input_coercion_date_36",
            "date",
            &["2035-01-02"],
            "StringEquals",
            "2035-01-02",
            ImplicitDeny,
        ),
        (
            "input_coercion_ip_37",
            "ip",
            &["2001:0db8::1"],
            "StringEquals",
            "2001:db8::1",
            ImplicitDeny,
        ),
        (
            "ip keeps its spelling",
            "ip",
            &["2001:0db8::1"],
            "StringEquals",
            "2001:0db8::1",
            Allowed,
        ),
        (
            "context_boolean_used_TRUE",
            "boolean",
            &["TRUE"],
            "Bool",
            "true",
            Allowed,
        ),
        (
            "context_boolean_used_yes",
            "boolean",
            &["yes"],
            "Bool",
            "true",
            ImplicitDeny,
        ),
        (
            "boolean_bad_string",
            "string",
            &["yes"],
            "Bool",
            "false",
            Allowed,
        ),
        (
            "numeric_bad_string",
            "string",
            &["bad"],
            "NumericEquals",
            "1",
            ImplicitDeny,
        ),
        (
            "simulator: no number, negated",
            "string",
            &["bad"],
            "NumericNotEquals",
            "1",
            ImplicitDeny,
        ),
        (
            "simulator: no date, negated",
            "string",
            &["bad"],
            "DateNotEquals",
            "2035-01-02",
            Allowed,
        ),
        (
            "simulator: a list that AWS does not declare",
            "stringList",
            &["ann"],
            "StringEquals",
            "ann",
            ImplicitDeny,
        ),
    ] {
        let policy = allow_if(&json!({operator: {"stack:key": wanted}}));
        let members = json!({"PolicyInputList": [policy], "ContextEntries": entry(kind, values)});
        decisions(&[(name, members, expected)]);
    }
}

/// `simulation_defaults.json`, `composition_*auto*`: keys that nobody gave.
#[test]
fn the_simulator_fills_some_keys() {
    use SimulatedDecision::{Allowed, ImplicitDeny};
    let stub = "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR";
    for (key, wanted, caller, given, expected) in [
        ("aws:userid", stub, None, None, Allowed),
        ("aws:userid", "*", None, None, ImplicitDeny),
        ("aws:userid", "${aws:userid}", None, None, Allowed),
        ("aws:userid", "me", None, Some("me"), Allowed),
        ("aws:userid", stub, None, Some("me"), ImplicitDeny),
        ("aws:PrincipalAccount", "123456789012", None, None, Allowed),
        ("aws:userid", USER, Some(USER), None, Allowed),
        ("aws:PrincipalArn", USER, Some(USER), None, Allowed),
        (
            "aws:PrincipalAccount",
            "123456789012",
            Some(USER),
            None,
            Allowed,
        ),
        (
            "aws:username",
            "stackd-sim-fixture000-composition",
            Some(USER),
            None,
            Allowed,
        ),
        (
            "aws:username",
            "override",
            Some(USER),
            Some("override"),
            Allowed,
        ),
        (
            "aws:username",
            "app",
            Some("arn:aws:iam::123456789012:role/simulation/app"),
            None,
            ImplicitDeny,
        ),
    ] {
        let policy = allow_if(&json!({"StringEquals": {key: wanted}}));
        let mut members = json!({"PolicyInputList": [policy]});
        if let Some(caller) = caller {
            members["CallerArn"] = json!(caller);
        }
        if let Some(given) = given {
            members["ContextEntries"] = json!([{"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [given]}]);
        }
        let answer = simulate(&request(members)).unwrap();
        assert_eq!(answer[0].decision, expected, "{key} {wanted} {caller:?}");
        let missing: &[&str] = if expected == ImplicitDeny && given.is_none() {
            &[key]
        } else {
            &[]
        };
        assert_eq!(answer[0].missing, missing, "{key} {wanted} {caller:?}");
    }
}
