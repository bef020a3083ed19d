//! Running another command: its environment, its signals, what must be gone afterwards.

mod child;
mod pod_environment;
mod private_dir;
mod private_file;
mod signals;

pub(crate) use child::run_command;
pub(crate) use pod_environment::{
    PodIdentity, anonymous_environment, environment_with, pod_environment,
};
pub(crate) use private_dir::private_dir;
pub(crate) use private_file::write_private;
pub(crate) use signals::Signals;
