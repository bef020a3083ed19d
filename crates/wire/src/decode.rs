//! From a request to the value of its input.

use crate::incoming::Incoming;
use crate::recognise::Recognised;
use crate::{json_reader, query_reader, rest};
use base::Fault;
use shapes::{Protocol, Value};

/// Reads the input of a recognised request. What the shape does not know is passed over, as on
/// AWS; a parameter twice, a value of another type and nesting beyond
/// [`MAX_DEPTH`](crate::MAX_DEPTH) are refused. Constraints are [`validate`](crate::validate)'s.
pub fn decode(recognised: &Recognised, incoming: &Incoming<'_>) -> Result<Value, Fault> {
    let input = recognised.operation.input;
    match recognised.service.protocol {
        Protocol::Query => query_reader::read(input, incoming),
        Protocol::Json10 | Protocol::Json11 => json_reader::read(input, incoming.body),
        Protocol::RestJson => rest::read(recognised.operation, incoming),
    }
}
