//! Which operation a request means (THREATS R13, R15, R16).

use crate::family::Family;
use crate::form::{malformed, parse_form};
use crate::incoming::Incoming;
use crate::route_template::labels;
use base::Fault;
use shapes::{Operation, Protocol, Service, UnservedOperation};

/// A request for an operation that is served.
#[derive(Clone, Copy)]
pub struct Recognised {
    /// The service; a signature must be scoped to its `signing_name`.
    pub service: &'static Service,
    /// The operation.
    pub operation: &'static Operation,
}

impl Recognised {
    /// The family of its error documents.
    pub fn family(&self) -> Family {
        Family::from(self.service.protocol)
    }
}

/// A request for nothing that is served.
pub struct Unrecognised {
    /// The error document that its sender most likely understands.
    pub family: Family,
    /// The service, when at least that is known.
    pub service: Option<&'static Service>,
    /// AWS's refusal; its internal text tells an operation not served from an unknown one.
    pub fault: Fault,
}

/// Finds the operation: by `X-Amz-Target` when it is there, by `Action` and `Version` on `/` and
/// `//`, by method and path elsewhere.
pub fn recognise(incoming: &Incoming<'_>) -> Result<Recognised, Unrecognised> {
    let mut targets = incoming.header("x-amz-target");
    match (targets.next(), targets.next(), is_root(incoming.path)) {
        (Some(target), None, true) => by_target(incoming, target),
        (Some(_), None, false) => Err(unrecognised(
            Family::Json,
            None,
            unknown(404, "X-Amz-Target on a path of its own"),
        )),
        (Some(_), Some(_), _) => Err(unrecognised(
            Family::Json,
            None,
            unknown(400, "X-Amz-Target more than once"),
        )),
        (None, _, true) => by_action(incoming),
        (None, _, false) => by_path(incoming),
    }
}

/// The refusal of an operation that a service has and that is not served.
pub fn not_served(service: &Service, operation: &str) -> Fault {
    let internal = format!("{}:{operation} exists and is not served", service.name);
    no_such_operation(service, operation).with_internal(internal)
}

fn is_root(path: &str) -> bool {
    path == "/" || path == "//"
}

fn by_target(incoming: &Incoming<'_>, target: &str) -> Result<Recognised, Unrecognised> {
    let refuse = |service, fault| unrecognised(Family::Json, service, fault);
    let service = target.rsplit_once('.').and_then(|(prefix, operation)| {
        let service = services(Family::Json).find(|s| s.target_prefixes.contains(&prefix))?;
        Some((service, operation))
    });
    let Some((service, operation)) = service else {
        return Err(refuse(
            None,
            unknown(400, "X-Amz-Target names no service that is served"),
        ));
    };
    if incoming.method != "POST" {
        return Err(refuse(
            Some(service),
            unknown(404, "the method is not POST"),
        ));
    }
    find(service, operation).map_err(|fault| refuse(Some(service), fault))
}

fn by_action(incoming: &Incoming<'_>) -> Result<Recognised, Unrecognised> {
    let refuse = |service, fault| unrecognised(Family::Query, service, fault);
    let (action, version) = action_and_version(incoming).map_err(|fault| refuse(None, fault))?;
    let service = services(Family::Query).find(|s| version.as_deref() == Some(s.api_version));
    let Some(service) = service else {
        let version = version.as_deref().unwrap_or("NO_VERSION_SPECIFIED");
        let fault = invalid_action(&action, version);
        return Err(refuse(
            None,
            fault.with_internal("Version names no service that is served"),
        ));
    };
    find(service, &action).map_err(|fault| refuse(Some(service), fault))
}

fn action_and_version(incoming: &Incoming<'_>) -> Result<(String, Option<String>), Fault> {
    if incoming.method != "POST" && incoming.method != "GET" {
        let text = "The request must use GET or POST";
        return Err(Fault::bad_request("InvalidAction", text));
    }
    let mut parameters = parse_form(incoming.query.as_bytes())?;
    parameters.extend(parse_form(incoming.body)?);
    let action = once(&parameters, "Action")?;
    let version = once(&parameters, "Version")?;
    let missing = || {
        Fault::bad_request(
            "MissingAction",
            "The request must contain the parameter Action",
        )
    };
    Ok((action.ok_or_else(missing)?, version))
}

/// The value of a parameter that may be there once, in the query string or in the body.
fn once(parameters: &[(String, String)], name: &str) -> Result<Option<String>, Fault> {
    let mut values = parameters
        .iter()
        .filter(|(n, _)| n == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(malformed(format!(
            "The parameter {name} is there more than once"
        ))),
        (value, None) => Ok(value.cloned()),
    }
}

fn by_path(incoming: &Incoming<'_>) -> Result<Recognised, Unrecognised> {
    for service in services(Family::RestJson) {
        let served = |o: &&&'static Operation| {
            o.http_method == incoming.method && labels(o.http_uri, incoming.path).is_some()
        };
        if let Some(operation) = service.operations.iter().find(served) {
            return Ok(Recognised { service, operation });
        }
        let unserved = |o: &&UnservedOperation| {
            o.http_method == incoming.method && labels(o.http_uri, incoming.path).is_some()
        };
        if let Some(operation) = service.unserved.iter().find(unserved) {
            let fault = not_served(service, operation.name);
            return Err(unrecognised(Family::RestJson, Some(service), fault));
        }
    }
    let fault = unknown(404, "no service that is served has this method and path");
    Err(unrecognised(Family::RestJson, None, fault))
}

fn services(family: Family) -> impl Iterator<Item = &'static Service> {
    shapes::services()
        .iter()
        .copied()
        .filter(move |s| Family::from(s.protocol) == family)
}

fn find(service: &'static Service, name: &str) -> Result<Recognised, Fault> {
    if let Some(operation) = service.operation(name) {
        return Ok(Recognised { service, operation });
    }
    if service.unserved.iter().any(|o| o.name == name) {
        return Err(not_served(service, name));
    }
    let internal = format!("{} has no such operation", service.name);
    Err(no_such_operation(service, name).with_internal(internal))
}

fn no_such_operation(service: &Service, name: &str) -> Fault {
    match service.protocol {
        Protocol::Query => invalid_action(name, service.api_version),
        Protocol::Json10 | Protocol::Json11 => Fault::bad_request("UnknownOperationException", ""),
        Protocol::RestJson => Fault::new("UnknownOperationException", 404, ""),
    }
}

fn invalid_action(action: &str, version: &str) -> Fault {
    let text = format!("Could not find operation {action} for version {version}");
    Fault::bad_request("InvalidAction", text)
}

fn unknown(status: u16, internal: &str) -> Fault {
    Fault::new("UnknownOperationException", status, "").with_internal(internal)
}

fn unrecognised(family: Family, service: Option<&'static Service>, fault: Fault) -> Unrecognised {
    Unrecognised {
        family,
        service,
        fault,
    }
}
