//! Error documents.

use crate::encode::json_media_type;
use crate::family::{Family, Rendering};
use crate::outgoing::Outgoing;
use crate::xml_writer::XmlWriter;
use base::{Fault, FaultKind};
use serde_json::{Map, Value as Json, json};
use shapes::{Protocol, Service};

/// Namespace of errors that no service owns.
const NO_SERVICE_NAMESPACE: &str = "http://webservices.amazon.com/AWSFault/2005-15-09";

/// Writes a refusal. `service` is `None` while it is not known; the family is then the sender's
/// most likely one.
pub fn encode_fault(
    service: Option<&Service>,
    family: Family,
    fault: &Fault,
    request_id: &str,
    rendering: Rendering,
) -> Outgoing {
    let status = fault.status();
    match (family, rendering) {
        (Family::Query, Rendering::Native) => Outgoing::new(
            status,
            "text/xml",
            request_id,
            query_xml(service, fault, request_id),
        ),
        (Family::Query, Rendering::Json) => {
            let error = json!({
                "Code": fault.code(), "Message": fault.message(), "Type": blame(fault),
            });
            let body = json!({ "Error": error, "RequestId": request_id });
            Outgoing::new(
                status,
                "application/json",
                request_id,
                body.to_string().into_bytes(),
            )
        }
        (Family::Json | Family::RestJson, _) => {
            let default = match family {
                Family::RestJson => Protocol::RestJson,
                Family::Json | Family::Query => Protocol::Json11,
            };
            let protocol = service.map_or(default, |s| s.protocol);
            let body = json_document(service, fault).to_string().into_bytes();
            Outgoing::new(status, json_media_type(protocol), request_id, body)
                .with_header("x-amzn-errortype", fault.code())
        }
    }
}

/// Code and status with which a service refuses a known caller
/// (`facts/sts-iam-wire.md` §3.2; EKS answers 403).
pub fn access_denied(service: &Service) -> (&'static str, u16) {
    match service.protocol {
        Protocol::Query => ("AccessDenied", 403),
        Protocol::Json10 | Protocol::Json11 => ("AccessDeniedException", 400),
        Protocol::RestJson => ("AccessDeniedException", 403),
    }
}

fn query_xml(service: Option<&Service>, fault: &Fault, request_id: &str) -> Vec<u8> {
    let namespace = service
        .and_then(|s| s.xml_namespace)
        .unwrap_or(NO_SERVICE_NAMESPACE);
    let mut xml = XmlWriter::default();
    xml.open_in("ErrorResponse", namespace);
    xml.open("Error");
    xml.element("Type", blame(fault));
    xml.element("Code", fault.code());
    xml.element("Message", fault.message());
    xml.close("Error");
    xml.element("RequestId", request_id);
    xml.close("ErrorResponse");
    xml.finish()
}

fn blame(fault: &Fault) -> &'static str {
    match fault.kind() {
        FaultKind::Sender | FaultKind::Denied => "Sender",
        FaultKind::Receiver | FaultKind::Conflict => "Receiver",
    }
}

/// Access Analyzer's refusals of an input must say why (its model, ValidationException).
fn says_reason(service: Option<&Service>, fault: &Fault) -> bool {
    service.is_some_and(|s| s.name == "access-analyzer") && fault.code() == "ValidationException"
}

/// `__type` and, unless it is empty, the text: modelled errors name its member as their model
/// does, all others `message`, but for Secrets Manager's AccessDenied and SerializationException
/// (recorded from AWS).
fn json_document(service: Option<&Service>, fault: &Fault) -> Json {
    let mut document = Map::new();
    document.insert("__type".to_owned(), Json::from(fault.code()));
    if !fault.message().is_empty() {
        let modelled = service.filter(|s| {
            s.error(fault.code()).is_some()
                || fault.kind() == FaultKind::Denied
                || fault.code() == "SerializationException"
        });
        let member = modelled.map_or("message", |s| s.error_member);
        document.insert(member.to_owned(), Json::from(fault.message()));
    }
    if says_reason(service, fault) {
        document.insert("reason".to_owned(), Json::from("fieldValidationFailed"));
    }
    Json::Object(document)
}
