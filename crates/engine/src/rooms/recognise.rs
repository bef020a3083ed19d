//! Which protocol, service and operation: told from the bytes that the signature covers.

use base::Fault;
use shapes::Value;

use crate::rooms::arrive::Arrival;

/// The route of a request.
pub(crate) struct Recognised {
    pub(crate) service: &'static shapes::Service,
    pub(crate) operation: &'static shapes::Operation,
}
