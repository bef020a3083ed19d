//! The server, in this process: what `serve`, `dev` and `demo` run.

mod data_place;
mod fault;
mod founding;
mod hardening;
mod issuer_fetch;
mod known_key;
mod log;
mod opening;
mod running;
mod services;
mod start;
mod token_reviewer;

pub(crate) use data_place::DataPlace;
pub(crate) use fault::StartFault;
pub(crate) use founding::{Founded, Founder, draw_account};
pub(crate) use hardening::{harden, hide_memory};
pub(crate) use log::{LogLevel, start_log};
pub(crate) use opening::{Standing, Storage, found_in, open_directory, open_founded};
pub(crate) use running::Running;
pub(crate) use start::{Expected, ServerSettings, start};
