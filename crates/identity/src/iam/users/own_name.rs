//! `UserName` where it may be left out.

use base::Fault;
use engine::{Call, Principal};

use crate::iam::faults::validation;

/// The given name, else the name of the user who calls.
pub(crate) fn own_or_given<'a>(given: Option<&'a str>, call: &'a Call) -> Result<&'a str, Fault> {
    match (given, &call.principal) {
        (Some(name), _) => Ok(name),
        (None, Principal::User(user)) => Ok(&user.name),
        (
            None,
            Principal::Root(_)
            | Principal::Session(_)
            | Principal::WebIdentity(_)
            | Principal::Anonymous,
        ) => Err(validation(
            "Must specify userName when calling with non-User credentials",
        )),
    }
}
