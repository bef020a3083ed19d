//! The seven rooms that a request walks through, one file each.

pub(crate) mod answer;
pub(crate) mod arrive;
pub(crate) mod asked;
pub(crate) mod known;
pub(crate) mod path;
pub(crate) mod perform;
pub(crate) mod permit;
pub(crate) mod prove;
pub(crate) mod recognise;
pub(crate) mod record;
pub(crate) mod strangers;
