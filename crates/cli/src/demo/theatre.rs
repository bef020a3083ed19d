//! The demo's own server: in this process, on a free port, with the embedded store.

use std::path::Path;
use std::sync::Arc;

use base::AccountId;
use engine::Mode;
use serde_json::{Value, json};
use store::Durability;

use crate::args::{GlobalArgs, LogFormat};
use crate::aws::home_region;
use crate::commands::{Setting, dev_account};
use crate::failure::Failure;
use crate::local::ServerAccess;
use crate::server::{
    DataPlace, Expected, Founder, LogLevel, Running, ServerSettings, Storage, hide_memory, start,
    start_log,
};
use crate::values::Retention;

/// Where: any free port of this machine.
const LISTEN: &str = "127.0.0.1:0";

/// The store, and the root key beside it, in the demo's directory.
pub(super) const DATA_DIR: &str = "data";
const ROOT_KEY: &str = "data.rootkey";

/// The demo brings server and caller; flags that name others are told to mean nothing.
const UNUSED: &str =
    "the demo brings its own server: --endpoint-url and --profile mean nothing to it";

/// The log tells what goes wrong; requests are logged when asked for.
pub(super) fn prepare(setting: &Setting) {
    let level = match (setting.global.quiet, setting.global.verbose) {
        (true, _) => LogLevel::Errors,
        (false, 0 | 1) => LogLevel::Warnings,
        (false, _) => LogLevel::Details,
    };
    start_log(LogFormat::Text, level);
    hide_memory();
    if setting.global.endpoint_url.is_some() || setting.global.profile.is_some() {
        setting.output.note(UNUSED);
    }
}

/// Starts it with a fresh installation.
pub(super) async fn open(directory: &Path, setting: &Setting) -> Result<Running, Failure> {
    let place = DataPlace {
        data_dir: directory.join(DATA_DIR),
        root_key_file: directory.join(ROOT_KEY),
    };
    let founder = Founder {
        account: dev_account(None),
        region: home_region(setting.global.region.as_ref(), &setting.vars)?,
        key: None,
    };
    let listen = LISTEN
        .parse()
        .map_err(|_| Failure::failed("loopback is no address"))?;
    let settings = ServerSettings {
        listen,
        tls: None,
        public_url: None,
        regions: Vec::new(),
        trusted_proxies: Vec::new(),
        issuer_cidrs: Vec::new(),
        audit_sync: Durability::Disk,
        audit_retention: Retention::default(),
        mode: Mode::Dev,
        storage: Storage::MaybeFresh(place, founder),
        expected: Expected::default(),
        known_key: None,
    };
    Ok(start(settings, Arc::clone(&setting.clock)).await?)
}

/// The server, for programs.
pub(super) fn facts(access: &ServerAccess, account: AccountId) -> Value {
    json!({
        "endpoint": access.endpoint,
        "account": account.to_string(),
        "region": access.region,
        "store": "sqlite",
    })
}

/// The command's flags but for those that name a server or a caller: the demo brings both.
pub(super) fn client_flags(global: &GlobalArgs) -> GlobalArgs {
    GlobalArgs {
        endpoint_url: None,
        profile: None,
        region: None,
        ..global.clone()
    }
}
