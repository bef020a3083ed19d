//! What the operating system is asked for before secrets enter memory (THREATS R58).

use std::mem::size_of;
use std::sync::Arc;

use engine::Server;
use region::LockGuard;
use rustix::mm::MlockAllFlags;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is asked for where nothing is the most: 10,000 idle connections fit, with room to spare.
const WANTED_FILES: u64 = 65_536;

/// For a process that only serves: no core dumps, no debugger of the same user, and as many open
/// files as it may have. What the system refuses is told and left.
pub(crate) fn harden() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps cannot be switched off");
    }
    hide_memory();
    raise_open_files();
}

/// For a process that also runs somebody's command, whose limits stay as they are.
pub(crate) fn hide_memory() {
    if let Err(error) = nix::sys::prctl::set_dumpable(false) {
        tracing::warn!(%error, "this process can be dumped and traced by its user");
    }
}

fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(WANTED_FILES);
    if limit.current.is_none_or(|now| now >= wanted) {
        return;
    }
    let raised = Rlimit {
        current: Some(wanted),
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    }
}

/// Keeps key material out of swap: all of the process where the system allows it, else the page
/// with the keys that everything is sealed under. Held for as long as the answer lives.
pub(crate) fn protect_memory(server: &Arc<Server>) -> Option<LockGuard> {
    let unlimited = getrlimit(Resource::Memlock).maximum.is_none();
    let all = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    if unlimited && rustix::mm::mlockall(all).is_ok() {
        return None;
    }
    match region::lock(Arc::as_ptr(server), size_of::<Server>()) {
        Ok(guard) => Some(guard),
        Err(error) => {
            tracing::warn!(%error, "the root key cannot be locked in memory");
            None
        }
    }
}
