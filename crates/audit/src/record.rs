//! One event as CloudTrail shows it.

use std::net::IpAddr;

use base::{AccountId, Entropy, Region, RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{EventId, UserIdentity, time_text};

/// The record format that we write (CloudTrail User Guide, "CloudTrail record contents").
pub const EVENT_VERSION: &str = "1.11";

/// One event in AWS's shape: member names and their order are CloudTrail's.
///
/// `request_parameters` and `response_elements` have lower-camel member names whatever the
/// protocol was, and are written as `null` when there are none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// [`EVENT_VERSION`].
    pub event_version: String,
    /// Who called.
    pub user_identity: UserIdentity,
    /// When the call was completed, to the second; the id knows the millisecond.
    #[serde(with = "time_text")]
    pub event_time: Timestamp,
    /// E.g. `sts.amazonaws.com`.
    pub event_source: String,
    /// The operation.
    pub event_name: String,
    /// The region of the call; the partition's global region for IAM.
    pub aws_region: Region,
    /// Where the call came from.
    #[serde(rename = "sourceIPAddress")]
    pub source_ip_address: SourceAddress,
    /// The User-Agent header, at most 1 KB.
    pub user_agent: String,
    /// AWS's error code, for calls that failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error_code: Option<String>,
    /// AWS's error text, at most 1 KB.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error_message: Option<String>,
    /// What was asked; `null` when there is nothing to show.
    #[serde(default)]
    pub request_parameters: Option<Value>,
    /// What was answered; `null` for reads and failures.
    #[serde(default)]
    pub response_elements: Option<Value>,
    /// E.g. `identityProviderConnectionVerificationMethod`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub additional_event_data: Option<Value>,
    /// The id that the client got.
    #[serde(rename = "requestID")]
    pub request_id: RequestId,
    /// This event's own id.
    #[serde(rename = "eventID")]
    pub event_id: EventId,
    /// Whether the operation changes nothing, as CloudTrail sees it (true for
    /// AssumeRoleWithWebIdentity and Decrypt).
    pub read_only: bool,
    /// The resources that the call was about.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub resources: Vec<Resource>,
    /// What sort of event it is.
    pub event_type: EventType,
    /// The service's API version, where AWS writes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub api_version: Option<String>,
    /// Always true: data events are not recorded.
    pub management_event: bool,
    /// The account whose trail holds this record.
    pub recipient_account_id: AccountId,
    /// The id that the records of one call in two accounts share.
    #[serde(
        rename = "sharedEventID",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub shared_event_id: Option<EventId>,
    /// Always `Management`.
    pub event_category: EventCategory,
    /// The connection, when it was TLS.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tls_details: Option<TlsDetails>,
}

/// What every record of a call must say; [`Record::of_call`] leaves the rest empty.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who called.
    pub user_identity: UserIdentity,
    /// E.g. `sts.amazonaws.com`.
    pub event_source: String,
    /// The operation.
    pub event_name: String,
    /// The region of the call; the partition's global region for IAM.
    pub aws_region: Region,
    /// Where the call came from.
    pub source_ip_address: SourceAddress,
    /// The User-Agent header.
    pub user_agent: String,
    /// The id that the client got.
    pub request_id: RequestId,
    /// Whether the operation changes nothing.
    pub read_only: bool,
    /// The account whose trail holds this record.
    pub recipient_account_id: AccountId,
}

impl Record {
    /// A record of an API call that ends at `at`, with nothing asked, answered or failed yet.
    ///
    /// INVARIANT: `at` is the present, not the time of the request's arrival. The index counts on
    /// records being committed within its grace after their time.
    pub fn of_call(call: Call, at: Timestamp, entropy: &dyn Entropy) -> Self {
        Self {
            event_version: EVENT_VERSION.to_owned(),
            user_identity: call.user_identity,
            event_time: whole_second(at),
            event_source: call.event_source,
            event_name: call.event_name,
            aws_region: call.aws_region,
            source_ip_address: call.source_ip_address,
            user_agent: call.user_agent,
            error_code: None,
            error_message: None,
            request_parameters: None,
            response_elements: None,
            additional_event_data: None,
            request_id: call.request_id,
            event_id: EventId::draw(at, entropy),
            read_only: call.read_only,
            resources: Vec::new(),
            event_type: EventType::AwsApiCall,
            api_version: None,
            management_event: true,
            recipient_account_id: call.recipient_account_id,
            shared_event_id: None,
            event_category: EventCategory::Management,
            tls_details: None,
        }
    }

    /// Moves the record to another time, under a fresh id: for an attempt that runs again.
    pub fn restamp(&mut self, at: Timestamp, entropy: &dyn Entropy) {
        self.event_time = whole_second(at);
        self.event_id = EventId::draw(at, entropy);
    }

    /// The record as `LookupEvents` shows it in `CloudTrailEvent`.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The second that a time shows as.
pub(crate) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_millisecond().div_euclid(1000)).unwrap_or(at)
}

/// Where a call came from: the peer of the socket, or the service that called in somebody's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SourceAddress {
    /// The peer of the socket, or the hop that a trusted proxy names.
    Socket(IpAddr),
    /// E.g. `secretsmanager.amazonaws.com`.
    Service(String),
}

/// A resource that a call was about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its owner, when known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_id: Option<AccountId>,
    /// E.g. `AWS::IAM::Role`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its ARN.
    #[serde(rename = "ARN")]
    pub arn: String,
}

/// What sort of event a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventType {
    /// A call of an operation.
    AwsApiCall,
    /// Something that a service did by itself.
    AwsServiceEvent,
}

/// The category of an event; data events are not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventCategory {
    /// A management event.
    Management,
}

/// The connection of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsDetails {
    /// E.g. `TLSv1.3`.
    pub tls_version: String,
    /// E.g. `TLS_AES_128_GCM_SHA256`.
    pub cipher_suite: String,
    /// The Host header.
    pub client_provided_host_header: String,
    /// E.g. `X25519MLKEM768`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key_exchange: Option<String>,
}
