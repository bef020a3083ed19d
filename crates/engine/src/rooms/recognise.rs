//! Which protocol, service and operation: told from the bytes that the signature covers
//! (THREATS R13).

use base::Fault;
use shapes::Value;
use wire::{Incoming, Recognised, Rendering, Unrecognised};

use crate::rooms::arrive::Arrival;

/// Headers that a protocol reads.
const READ_BY_PROTOCOLS: [&str; 4] = ["accept", "content-encoding", "content-type", "x-amz-target"];

/// The route of a request.
pub(crate) fn recognise(arrival: &Arrival) -> Result<Recognised, Unrecognised> {
    wire::recognise(&incoming(arrival, &texts(arrival)))
}

/// The input, not yet checked.
pub(crate) fn decode(arrival: &Arrival, recognised: &Recognised) -> Result<Value, Fault> {
    wire::decode(recognised, &incoming(arrival, &texts(arrival)))
}

/// How the client wants an answer written.
pub(crate) fn rendering(arrival: &Arrival, recognised: &Recognised) -> Rendering {
    Rendering::accepted(recognised.service, &texts(arrival))
}

fn incoming<'a>(arrival: &'a Arrival, headers: &'a [(String, String)]) -> Incoming<'a> {
    Incoming {
        method: &arrival.method,
        path: &arrival.path,
        query: &arrival.query,
        headers,
        body: &arrival.body,
    }
}

fn texts(arrival: &Arrival) -> Vec<(String, String)> {
    arrival
        .headers
        .iter()
        .filter(|(name, _)| READ_BY_PROTOCOLS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()))
        .collect()
}
