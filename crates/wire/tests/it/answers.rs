//! Answers, byte for byte. botocore parses each of them.

use base::{Fault, Secret, Timestamp};
use shapes::{IntoValue, Operation, Service, Value, cloudtrail, eks, iam, secretsmanager, sts};
use wire::{Family, Rendering, encode_fault, encode_output};

const ID: &str = "01234567-89ab-cdef-0123-456789abcdef";

fn at() -> Timestamp {
    "2026-11-21T09:00:00.713999Z".parse().unwrap()
}

fn check(
    operation: &Operation,
    output: impl IntoValue,
    rendering: Rendering,
    content_type: &str,
    body: &str,
) {
    let answer = encode_output(
        operation.service,
        operation,
        &output.into_value(),
        ID,
        rendering,
    );
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.headers,
        [
            ("content-type", content_type.to_owned()),
            ("x-amzn-requestid", ID.to_owned())
        ]
    );
    assert_eq!(String::from_utf8(answer.body).unwrap(), body);
}

fn web_identity() -> sts::AssumeRoleWithWebIdentityOutput {
    sts::AssumeRoleWithWebIdentityOutput {
        audience: Some("sts.amazonaws.com".into()),
        assumed_role_user: Some(sts::AssumedRoleUser {
            assumed_role_id: Some("AROAEXAMPLE:app".into()),
            arn: Some("arn:aws:sts::123456789012:assumed-role/app/app".into()),
        }),
        credentials: Some(sts::Credentials {
            access_key_id: Some("ASIAIOSFODNN7EXAMPLE".into()),
            secret_access_key: Some(Secret::new("a/b+c".into())),
            session_token: Some("t==".into()),
            expiration: Some(at()),
        }),
        packed_policy_size: Some(24),
        ..Default::default()
    }
}

#[test]
fn sts_answers_in_xml() {
    check(
        &sts::ASSUME_ROLE_WITH_WEB_IDENTITY,
        web_identity(),
        Rendering::Native,
        "text/xml",
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>\
         <SecretAccessKey>a/b+c</SecretAccessKey><SessionToken>t==</SessionToken>\
         <Expiration>2026-11-21T09:00:00Z</Expiration></Credentials>\
         <AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:app</AssumedRoleId>\
         <Arn>arn:aws:sts::123456789012:assumed-role/app/app</Arn></AssumedRoleUser>\
         <PackedPolicySize>24</PackedPolicySize><Audience>sts.amazonaws.com</Audience>\
         </AssumeRoleWithWebIdentityResult><ResponseMetadata>\
         <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata>\
         </AssumeRoleWithWebIdentityResponse>",
    );
}

#[test]
fn sts_answers_in_json_to_who_accepts_it() {
    let accept = |value: &str| vec![("Accept".to_owned(), value.to_owned())];
    assert_eq!(
        Rendering::accepted(&sts::SERVICE, &accept("application/json")),
        Rendering::Json
    );
    assert_eq!(
        Rendering::accepted(&sts::SERVICE, &accept("*/*")),
        Rendering::Native
    );
    assert_eq!(
        Rendering::accepted(&iam::SERVICE, &accept("application/json")),
        Rendering::Native
    );
    check(
        &sts::ASSUME_ROLE_WITH_WEB_IDENTITY,
        web_identity(),
        Rendering::Json,
        "application/json",
        "{\"AssumeRoleWithWebIdentityResponse\":{\"AssumeRoleWithWebIdentityResult\":{\"Credentials\":\
         {\"AccessKeyId\":\"ASIAIOSFODNN7EXAMPLE\",\"SecretAccessKey\":\"a/b+c\",\"SessionToken\":\"t==\",\
         \"Expiration\":1795251600.713},\"AssumedRoleUser\":{\"AssumedRoleId\":\"AROAEXAMPLE:app\",\
         \"Arn\":\"arn:aws:sts::123456789012:assumed-role/app/app\"},\"PackedPolicySize\":24,\
         \"Audience\":\"sts.amazonaws.com\"},\"ResponseMetadata\":\
         {\"RequestId\":\"01234567-89ab-cdef-0123-456789abcdef\"}}}",
    );
}

#[test]
fn iam_answers_in_xml() {
    let output = iam::ListRolesOutput {
        roles: Some(vec![iam::Role {
            role_name: Some("a<&>b".into()),
            create_date: Some(at()),
            max_session_duration: Some(3600),
            tags: Some(vec![iam::Tag {
                key: "k".into(),
                value: String::new(),
            }]),
            ..Default::default()
        }]),
        is_truncated: Some(false),
        ..Default::default()
    };
    check(
        &iam::LIST_ROLES,
        output,
        Rendering::Native,
        "text/xml",
        "<ListRolesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListRolesResult><Roles>\
         <member><RoleName>a&lt;&amp;&gt;b</RoleName><CreateDate>2026-11-21T09:00:00Z</CreateDate>\
         <MaxSessionDuration>3600</MaxSessionDuration><Tags><member><Key>k</Key><Value></Value></member>\
         </Tags></member></Roles><IsTruncated>false</IsTruncated></ListRolesResult><ResponseMetadata>\
         <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata></ListRolesResponse>",
    );
    check(
        &iam::DELETE_ROLE,
        iam::DeleteRoleOutput {},
        Rendering::Native,
        "text/xml",
        "<DeleteRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ResponseMetadata>\
         <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata></DeleteRoleResponse>",
    );
}

#[test]
fn json_services_answer_in_json() {
    let json = "application/x-amz-json-1.1";
    let value = secretsmanager::GetSecretValueOutput {
        arn: Some("arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf".into()),
        secret_string: Some(Secret::new("\"\\\n\u{0}é".into())),
        secret_binary: Some(Secret::new(vec![0, 255])),
        version_stages: Some(vec!["AWSCURRENT".into()]),
        created_date: Some(at()),
        ..Default::default()
    };
    check(
        &secretsmanager::GET_SECRET_VALUE,
        value,
        Rendering::Json,
        json,
        "{\"ARN\":\"arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf\",\
         \"SecretBinary\":\"AP8=\",\"SecretString\":\"\\\"\\\\\\n\\u0000é\",\
         \"VersionStages\":[\"AWSCURRENT\"],\"CreatedDate\":1795251600.713}",
    );
    let stages = [("v1".to_owned(), vec!["AWSCURRENT".to_owned()])]
        .into_iter()
        .collect();
    let described = secretsmanager::DescribeSecretOutput {
        version_ids_to_stages: Some(stages),
        rotation_enabled: Some(false),
        tags: Some(vec![]),
        ..Default::default()
    };
    check(
        &secretsmanager::DESCRIBE_SECRET,
        described,
        Rendering::Native,
        json,
        "{\"RotationEnabled\":false,\"Tags\":[],\"VersionIdsToStages\":{\"v1\":[\"AWSCURRENT\"]}}",
    );
    check(
        &secretsmanager::TAG_RESOURCE,
        secretsmanager::TagResourceOutput {},
        Rendering::Native,
        json,
        "",
    );
    let whole = cloudtrail::Event {
        event_time: Some("2026-11-21T09:00:00Z".parse().unwrap()),
        ..Default::default()
    };
    let events = cloudtrail::LookupEventsOutput {
        events: Some(vec![whole]),
        next_token: None,
    };
    check(
        &cloudtrail::LOOKUP_EVENTS,
        events,
        Rendering::Native,
        json,
        "{\"Events\":[{\"EventTime\":1795251600.0}]}",
    );
    let clusters = eks::ListClustersOutput {
        clusters: Some(vec!["demo".into()]),
        next_token: None,
    };
    check(
        &eks::LIST_CLUSTERS,
        clusters,
        Rendering::Native,
        "application/json",
        "{\"clusters\":[\"demo\"]}",
    );
}

/// A service that refuses, the fault, and status, content type, `x-amzn-errortype` and body.
type Refused<'a> = (
    Option<&'a Service>,
    Family,
    Rendering,
    Fault,
    u16,
    &'a str,
    Option<&'a str>,
    &'a str,
);

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn refusals_are_documents_of_the_family() {
    let denied = |code: &'static str, status| Fault::new(code, status, "no <&>").denied();
    let json = "application/x-amz-json-1.1";
    let cases: [Refused<'_>; 10] = [
        (
            Some(&sts::SERVICE),
            Family::Query,
            Rendering::Native,
            denied("AccessDenied", 403),
            403,
            "text/xml",
            None,
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>AccessDenied</Code><Message>no &lt;&amp;&gt;</Message></Error>\
             <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ErrorResponse>",
        ),
        (
            Some(&sts::SERVICE),
            Family::Query,
            Rendering::Json,
            denied("AccessDenied", 403),
            403,
            "application/json",
            None,
            "{\"Error\":{\"Code\":\"AccessDenied\",\"Message\":\"no <&>\",\"Type\":\"Sender\"},\
             \"RequestId\":\"01234567-89ab-cdef-0123-456789abcdef\"}",
        ),
        (
            None,
            Family::Query,
            Rendering::Native,
            Fault::internal("a secret of the operator"),
            500,
            "text/xml",
            None,
            "<ErrorResponse xmlns=\"http://webservices.amazon.com/AWSFault/2005-15-09\"><Error>\
             <Type>Receiver</Type><Code>InternalFailure</Code><Message>The request processing has failed \
             because of an unknown error, exception or failure.</Message></Error>\
             <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ErrorResponse>",
        ),
        (
            Some(&secretsmanager::SERVICE),
            Family::Json,
            Rendering::Native,
            Fault::bad_request("ResourceNotFoundException", "gone"),
            400,
            json,
            Some("ResourceNotFoundException"),
            "{\"__type\":\"ResourceNotFoundException\",\"Message\":\"gone\"}",
        ),
        (
            Some(&secretsmanager::SERVICE),
            Family::Json,
            Rendering::Native,
            Fault::bad_request("ValidationException", "bad"),
            400,
            json,
            Some("ValidationException"),
            "{\"__type\":\"ValidationException\",\"message\":\"bad\"}",
        ),
        (
            Some(&secretsmanager::SERVICE),
            Family::Json,
            Rendering::Native,
            denied("AccessDeniedException", 400),
            400,
            json,
            Some("AccessDeniedException"),
            "{\"__type\":\"AccessDeniedException\",\"Message\":\"no <&>\"}",
        ),
        (
            Some(&secretsmanager::SERVICE),
            Family::Json,
            Rendering::Native,
            Fault::bad_request("SerializationException", "bad"),
            400,
            json,
            Some("SerializationException"),
            "{\"__type\":\"SerializationException\",\"Message\":\"bad\"}",
        ),
        (
            Some(&cloudtrail::SERVICE),
            Family::Json,
            Rendering::Native,
            Fault::bad_request("InvalidTimeRangeException", "bad"),
            400,
            json,
            Some("InvalidTimeRangeException"),
            "{\"__type\":\"InvalidTimeRangeException\",\"message\":\"bad\"}",
        ),
        (
            None,
            Family::Json,
            Rendering::Native,
            Fault::bad_request("UnknownOperationException", ""),
            400,
            json,
            Some("UnknownOperationException"),
            "{\"__type\":\"UnknownOperationException\"}",
        ),
        (
            Some(&eks::SERVICE),
            Family::RestJson,
            Rendering::Native,
            Fault::new(
                "ResourceNotFoundException",
                404,
                "No cluster found for name: x.",
            ),
            404,
            "application/json",
            Some("ResourceNotFoundException"),
            "{\"__type\":\"ResourceNotFoundException\",\"message\":\"No cluster found for name: x.\"}",
        ),
    ];
    for (service, family, rendering, fault, status, content_type, error_type, body) in cases {
        let answer = encode_fault(service, family, &fault, ID, rendering);
        let header = |name| {
            answer
                .headers
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| v.as_str())
        };
        assert_eq!(answer.status, status);
        assert_eq!(header("content-type"), Some(content_type));
        assert_eq!(header("x-amzn-requestid"), Some(ID));
        assert_eq!(header("x-amzn-errortype"), error_type);
        assert_eq!(String::from_utf8(answer.body.clone()).unwrap(), body);
    }
}

#[test]
fn each_protocol_has_its_refusal_of_a_known_caller() {
    for (service, expected) in [
        (&sts::SERVICE, ("AccessDenied", 403)),
        (&iam::SERVICE, ("AccessDenied", 403)),
        (&secretsmanager::SERVICE, ("AccessDeniedException", 400)),
        (&eks::SERVICE, ("AccessDeniedException", 403)),
    ] {
        assert_eq!(wire::access_denied(service), expected);
    }
}

#[test]
fn xml_answers_are_well_formed_whatever_the_text() {
    let text: String = ('\u{0}'..='\u{ff}')
        .chain(['\u{2028}', '\u{ffff}', '😀'])
        .collect();
    let output = Value::Structure(vec![("Account", Value::String(text))]);
    let operation = &sts::GET_CALLER_IDENTITY;
    let answer = encode_output(&sts::SERVICE, operation, &output, ID, Rendering::Native);
    let mut reader = quick_xml::Reader::from_reader(answer.body.as_slice());
    let mut closed = 0;
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::End(_) => closed += 1,
            _ => {}
        }
    }
    assert_eq!(closed, 5);
}
