//! The answer in the client's protocol.

use base::RequestId;
use wire::{Outgoing, Rendering};

use crate::rooms::arrive::Arrival;
use crate::rooms::path::Ended;
use crate::rooms::recognise;

/// Encodes what a walk ended in.
pub(crate) fn encode(ended: &Ended, arrival: &Arrival, request_id: &RequestId) -> Outgoing {
    let request_id = request_id.as_str();
    let rendering = ended
        .recognised
        .as_ref()
        .map_or(Rendering::Native, |known| {
            recognise::rendering(arrival, known)
        });
    match (&ended.result, &ended.recognised) {
        (Ok(output), Some(known)) => wire::encode_output(
            known.service,
            known.operation,
            output,
            request_id,
            rendering,
        ),
        (Ok(_), None) => {
            let fault = base::Fault::internal("an answer of no operation");
            wire::encode_fault(None, ended.family, &fault, request_id, rendering)
        }
        (Err(fault), known) => {
            let service = known.as_ref().map(|known| known.service);
            wire::encode_fault(service, ended.family, fault, request_id, rendering)
        }
    }
}
