//! From the value of an output to an answer.

use crate::family::Rendering;
use crate::json_writer;
use crate::outgoing::Outgoing;
use crate::xml_writer::XmlWriter;
use serde_json::{Map, Value as Json, json};
use shapes::{Operation, Protocol, Service, Value};

/// Writes a successful answer. The timestamp formats are the protocol's: ISO 8601 without a
/// fraction in XML, epoch seconds in JSON.
pub fn encode_output(
    service: &Service,
    operation: &Operation,
    output: &Value,
    request_id: &str,
    rendering: Rendering,
) -> Outgoing {
    match (service.protocol, rendering) {
        (Protocol::Query, Rendering::Native) => {
            let body = query_xml(service, operation, output, request_id);
            Outgoing::new(200, "text/xml", request_id, body)
        }
        (Protocol::Query, Rendering::Json) => {
            let body = query_json(operation, output, request_id);
            Outgoing::new(
                200,
                "application/json",
                request_id,
                body.to_string().into_bytes(),
            )
        }
        (protocol @ (Protocol::Json10 | Protocol::Json11 | Protocol::RestJson), _) => {
            let shape = operation.output;
            let body = shape.map(|shape| json_writer::structure(shape, output).to_string());
            let body = body.unwrap_or_default().into_bytes();
            Outgoing::new(200, json_media_type(protocol), request_id, body)
        }
    }
}

/// The media type of a protocol that answers in JSON.
pub(crate) fn json_media_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Json10 => "application/x-amz-json-1.0",
        Protocol::Json11 => "application/x-amz-json-1.1",
        Protocol::RestJson | Protocol::Query => "application/json",
    }
}

fn query_xml(
    service: &Service,
    operation: &Operation,
    output: &Value,
    request_id: &str,
) -> Vec<u8> {
    let response = format!("{}Response", operation.name);
    let mut xml = XmlWriter::default();
    xml.open_in(&response, service.xml_namespace.unwrap_or_default());
    if let (Some(shape), Some(wrapper)) = (operation.output, operation.result_wrapper) {
        xml.open(wrapper);
        xml.members(shape, output);
        xml.close(wrapper);
    }
    xml.open("ResponseMetadata");
    xml.element("RequestId", request_id);
    xml.close("ResponseMetadata");
    xml.close(&response);
    xml.finish()
}

fn query_json(operation: &Operation, output: &Value, request_id: &str) -> Json {
    let mut response = Map::new();
    if let (Some(shape), Some(wrapper)) = (operation.output, operation.result_wrapper) {
        response.insert(wrapper.to_owned(), json_writer::structure(shape, output));
    }
    response.insert(
        "ResponseMetadata".to_owned(),
        json!({ "RequestId": request_id }),
    );
    let mut document = Map::new();
    document.insert(
        format!("{}Response", operation.name),
        Json::Object(response),
    );
    Json::Object(document)
}
