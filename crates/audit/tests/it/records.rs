//! Records byte for byte, against the field lists of AWS's documents and recorded samples.

use audit::{
    Entry, EventId, Outcome, Record, Resource, Side, SourceAddress, TlsDetails, UserIdentity,
    WebIdFederationData, locale_expiration,
};
use base::SeededEntropy;
use serde_json::{Value, json};

use crate::samples::{ROLE, account, call, session, time, user};

/// Compares a record with its expected JSON, members in order; ids are drawn and checked apart.
#[track_caller]
fn check(record: &Record, expected: &str) {
    let expected = expected
        .replace("<request>", record.request_id.as_str())
        .replace("<event>", &record.event_id.to_string());
    let expected: Value = serde_json::from_str(&expected).unwrap();
    assert_eq!(record.to_json(), expected.to_string());
    let again: Record = serde_json::from_str(&record.to_json()).unwrap();
    assert_eq!(again, *record);
}

fn record(identity: UserIdentity, source: &str, name: &str) -> Record {
    let entropy = SeededEntropy::new(5);
    let at = time("2024-07-09T15:41:37.250Z");
    Record::of_call(call(identity, source, name, &entropy), at, &entropy)
}

fn web_identity() -> UserIdentity {
    UserIdentity::web_identity(
        "arn:aws:iam::111122223333:oidc-provider/irsa.example/id/demo",
        "sts.amazonaws.com",
        "system:serviceaccount:demo:app",
    )
}

const WEB_IDENTITY_CALL: &str = r#"{
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "WebIdentityUser",
                "principalId": "arn:aws:iam::111122223333:oidc-provider/irsa.example/id/demo:sts.amazonaws.com:system:serviceaccount:demo:app",
                "userName": "system:serviceaccount:demo:app",
                "identityProvider": "arn:aws:iam::111122223333:oidc-provider/irsa.example/id/demo"
            },
            "eventTime": "2024-07-09T15:41:37Z",
            "eventSource": "sts.amazonaws.com",
            "eventName": "AssumeRoleWithWebIdentity",
            "awsRegion": "eu-west-1",
            "sourceIPAddress": "192.0.2.7",
            "userAgent": "Boto3/1.34",
            "requestParameters": {
                "roleArn": "arn:aws:iam::111122223333:role/app",
                "roleSessionName": "s",
                "durationSeconds": 3600
            },
            "responseElements": {
                "credentials": {
                    "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
                    "sessionToken": "HIDDEN_DUE_TO_SECURITY_REASONS",
                    "expiration": "Jul 9, 2024, 4:41:37 PM"
                },
                "subjectFromWebIdentityToken": "system:serviceaccount:demo:app",
                "assumedRoleUser": {
                    "assumedRoleId": "AROAIDPPEZS35WEXAMPLE:s",
                    "arn": "arn:aws:sts::111122223333:assumed-role/app/s"
                },
                "provider": "arn:aws:iam::111122223333:oidc-provider/irsa.example/id/demo",
                "audience": "sts.amazonaws.com"
            },
            "additionalEventData": {
                "identityProviderConnectionVerificationMethod": "IAMTrustStore"
            },
            "requestID": "<request>",
            "eventID": "<event>",
            "readOnly": true,
            "resources": [{
                "accountId": "111122223333",
                "type": "AWS::IAM::Role",
                "ARN": "arn:aws:iam::111122223333:role/app"
            }],
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": "111122223333",
            "eventCategory": "Management",
            "tlsDetails": {
                "tlsVersion": "TLSv1.3",
                "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": "sts.eu-west-1.amazonaws.com",
                "keyExchange": "X25519MLKEM768"
            }
        }"#;

#[test]
fn a_web_identity_call() {
    let mut record = record(web_identity(), "sts", "AssumeRoleWithWebIdentity");
    record.request_parameters = Some(json!({
        "roleArn": ROLE, "roleSessionName": "s", "durationSeconds": 3600
    }));
    record.response_elements = Some(json!({
        "credentials": {
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionToken": "canary",
            "expiration": locale_expiration(time("2024-07-09T16:41:37Z")),
        },
        "subjectFromWebIdentityToken": "system:serviceaccount:demo:app",
        "assumedRoleUser": {
            "assumedRoleId": "AROAIDPPEZS35WEXAMPLE:s",
            "arn": "arn:aws:sts::111122223333:assumed-role/app/s"
        },
        "provider": "arn:aws:iam::111122223333:oidc-provider/irsa.example/id/demo",
        "audience": "sts.amazonaws.com"
    }));
    record.additional_event_data =
        Some(json!({"identityProviderConnectionVerificationMethod": "IAMTrustStore"}));
    record.resources = vec![Resource {
        account_id: Some(account()),
        kind: "AWS::IAM::Role".to_owned(),
        arn: ROLE.to_owned(),
    }];
    record.tls_details = Some(TlsDetails {
        tls_version: "TLSv1.3".to_owned(),
        cipher_suite: "TLS_AES_128_GCM_SHA256".to_owned(),
        client_provided_host_header: "sts.eu-west-1.amazonaws.com".to_owned(),
        key_exchange: Some("X25519MLKEM768".to_owned()),
    });
    let entry = Entry::new(record, Side::of(Outcome::Allowed));
    check(entry.record(), WEB_IDENTITY_CALL);
}

#[test]
fn a_refused_web_identity_call() {
    let mut record = record(web_identity(), "sts", "AssumeRoleWithWebIdentity");
    record.error_code = Some("AccessDenied".to_owned());
    record.error_message = Some("An unknown error occurred".to_owned());
    record.request_parameters = Some(json!({"roleArn": ROLE, "roleSessionName": "s"}));
    check(
        &record,
        r#"{
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "WebIdentityUser",
                "principalId": "arn:aws:iam::111122223333:oidc-provider/irsa.example/id/demo:sts.amazonaws.com:system:serviceaccount:demo:app",
                "userName": "system:serviceaccount:demo:app",
                "identityProvider": "arn:aws:iam::111122223333:oidc-provider/irsa.example/id/demo"
            },
            "eventTime": "2024-07-09T15:41:37Z",
            "eventSource": "sts.amazonaws.com",
            "eventName": "AssumeRoleWithWebIdentity",
            "awsRegion": "eu-west-1",
            "sourceIPAddress": "192.0.2.7",
            "userAgent": "Boto3/1.34",
            "errorCode": "AccessDenied",
            "errorMessage": "An unknown error occurred",
            "requestParameters": {
                "roleArn": "arn:aws:iam::111122223333:role/app",
                "roleSessionName": "s"
            },
            "responseElements": null,
            "requestID": "<request>",
            "eventID": "<event>",
            "readOnly": true,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": "111122223333",
            "eventCategory": "Management"
        }"#,
    );
}

#[test]
fn a_call_of_a_web_identity_session() {
    let mut record = record(
        session("s", "ASIAIOSFODNN7EXAMPLE"),
        "secretsmanager",
        "GetSecretValue",
    );
    record.request_parameters = Some(json!({"secretId": "demo/secret"}));
    check(
        &record,
        r#"{
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": "AROAIDPPEZS35WEXAMPLE:s",
                "arn": "arn:aws:sts::111122223333:assumed-role/app/s",
                "accountId": "111122223333",
                "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role",
                        "principalId": "AROAIDPPEZS35WEXAMPLE",
                        "arn": "arn:aws:iam::111122223333:role/app",
                        "accountId": "111122223333",
                        "userName": "app"
                    },
                    "webIdFederationData": {
                        "federatedProvider": "arn:aws:iam::111122223333:oidc-provider/irsa.example/id/demo",
                        "attributes": {}
                    },
                    "attributes": {
                        "creationDate": "2024-07-09T15:41:37Z",
                        "mfaAuthenticated": "false"
                    }
                }
            },
            "eventTime": "2024-07-09T15:41:37Z",
            "eventSource": "secretsmanager.amazonaws.com",
            "eventName": "GetSecretValue",
            "awsRegion": "eu-west-1",
            "sourceIPAddress": "192.0.2.7",
            "userAgent": "Boto3/1.34",
            "requestParameters": {"secretId": "demo/secret"},
            "responseElements": null,
            "requestID": "<request>",
            "eventID": "<event>",
            "readOnly": true,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": "111122223333",
            "eventCategory": "Management"
        }"#,
    );
}

/// Who it is, for look-ups and in JSON.
#[track_caller]
fn check_identity(
    (identity, user_name, key, json): (UserIdentity, Option<&str>, Option<&str>, Value),
) {
    assert_eq!(identity.user_name(), user_name);
    assert_eq!(identity.access_key_id(), key);
    let text = serde_json::to_string(&identity).unwrap();
    assert_eq!(text, json.to_string());
    let again: UserIdentity = serde_json::from_str(&text).unwrap();
    assert_eq!(again, identity);
}

#[test]
fn users_accounts_and_services() {
    for case in [
        (
            user("admin", "AKIAIOSFODNN7EXAMPLE"),
            Some("admin"),
            Some("AKIAIOSFODNN7EXAMPLE"),
            json!({
                "type": "IAMUser",
                "principalId": "AIDACKCEVSQ6C2EXAMPLE",
                "arn": "arn:aws:iam::111122223333:user/admin",
                "accountId": "111122223333",
                "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
                "userName": "admin"
            }),
        ),
        (
            UserIdentity::Root {
                principal_id: "111122223333".to_owned(),
                arn: "arn:aws:iam::111122223333:root".to_owned(),
                account_id: account(),
                access_key_id: None,
            },
            Some("root"),
            None,
            json!({
                "type": "Root",
                "principalId": "111122223333",
                "arn": "arn:aws:iam::111122223333:root",
                "accountId": "111122223333"
            }),
        ),
        (
            UserIdentity::AwsAccount {
                principal_id: "AROAIDPPEZS35WEXAMPLE:s".to_owned(),
                account_id: account(),
            },
            None,
            None,
            json!({
                "type": "AWSAccount",
                "principalId": "AROAIDPPEZS35WEXAMPLE:s",
                "accountId": "111122223333"
            }),
        ),
        (
            UserIdentity::AwsService {
                invoked_by: "secretsmanager.amazonaws.com".to_owned(),
            },
            Some("secretsmanager.amazonaws.com"),
            None,
            json!({"type": "AWSService", "invokedBy": "secretsmanager.amazonaws.com"}),
        ),
        (
            UserIdentity::Unknown {
                principal_id: None,
                user_name: None,
            },
            None,
            None,
            json!({"type": "Unknown"}),
        ),
    ] {
        check_identity(case);
    }
}

#[test]
fn a_session_that_no_web_identity_opened() {
    let session = |source_identity: Option<&str>| {
        let mut identity = session("s", "ASIAIOSFODNN7EXAMPLE");
        if let UserIdentity::AssumedRole {
            session_context,
            invoked_by,
            ..
        } = &mut identity
        {
            session_context.web_id_federation_data = WebIdFederationData::default();
            session_context.session_issuer = None;
            session_context.source_identity = source_identity.map(str::to_owned);
            *invoked_by = Some("secretsmanager.amazonaws.com".to_owned());
        }
        identity
    };
    check_identity((
        session(Some("Saanvi")),
        Some("s"),
        Some("ASIAIOSFODNN7EXAMPLE"),
        json!({
            "type": "AssumedRole",
            "principalId": "AROAIDPPEZS35WEXAMPLE:s",
            "arn": "arn:aws:sts::111122223333:assumed-role/app/s",
            "accountId": "111122223333",
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {
                "webIdFederationData": {},
                "attributes": {
                    "creationDate": "2024-07-09T15:41:37Z",
                    "mfaAuthenticated": "false"
                },
                "sourceIdentity": "Saanvi"
            },
            "invokedBy": "secretsmanager.amazonaws.com"
        }),
    ));
}

#[test]
fn an_entry_survives_its_encoding() {
    let mut identity = session("s", "ASIAIOSFODNN7EXAMPLE");
    if let UserIdentity::AssumedRole {
        session_context, ..
    } = &mut identity
    {
        session_context.attributes.creation_date = time("2024-07-09T15:41:37.999Z");
    }
    let mut record = record(identity, "iam", "CreateRole");
    record.source_ip_address = SourceAddress::Service("secretsmanager.amazonaws.com".to_owned());
    record.shared_event_id = Some(record.event_id);
    let side = Side {
        explanation: Some(json!({"z": 1, "a": [true, null, 1.5]})),
        folded_count: 7,
        role: Some("app".to_owned()),
        session_id: Some("5f".to_owned()),
        ..Side::of(Outcome::Denied)
    };
    let entry = Entry::new(record, side);
    let bytes = entry.encode();
    assert_eq!(bytes[0], 1);
    assert_eq!(Entry::decode(&bytes).unwrap(), entry);
    for damaged in [
        &bytes[1..],
        &bytes[..bytes.len() - 1],
        &[][..],
        &[2, b'{', b'}'],
    ] {
        assert!(Entry::decode(damaged).is_err());
    }
    let id: EventId = entry.id();
    assert_eq!(id.record_id().timestamp(), time("2024-07-09T15:41:37.250Z"));
}

#[test]
fn what_is_too_large_is_cut() {
    let mut record = record(user("admin", "AKIAIOSFODNN7EXAMPLE"), "iam", "CreateRole");
    record.user_agent = "é".repeat(600);
    record.error_code = Some("ValidationError".to_owned());
    record.error_message = Some("m".repeat(5000));
    record.request_parameters = Some(json!({"description": "d".repeat(102_400)}));
    record.additional_event_data = Some(json!("d".repeat(30_000)));
    let side = Side {
        explanation: Some(json!("e".repeat(70_000))),
        internal: Some("i".repeat(5000)),
        ..Side::of(Outcome::Failed)
    };
    let entry = Entry::new(record, side);
    let (record, side) = (entry.record(), entry.side());
    assert_eq!(record.user_agent.len(), 1024);
    assert_eq!(record.error_message.as_ref().unwrap().len(), 1024);
    assert_eq!(
        record.request_parameters,
        Some(json!({
            "omitted": true,
            "originalSize": 102_418,
            "reason": "requestParameters too large"
        }))
    );
    assert_eq!(record.response_elements, None);
    assert_eq!(
        record.additional_event_data.as_ref().unwrap()["omitted"],
        json!(true)
    );
    assert_eq!(side.explanation.as_ref().unwrap()["omitted"], json!(true));
    assert_eq!(side.internal.as_ref().unwrap().len(), 4096);
}
