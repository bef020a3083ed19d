//! `irsa serve`

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use engine::Mode;
use nix::sys::signal::Signal;
use store::Durability;

use super::Setting;
use super::dev_key::{chosen, dev_account, dev_key};
use super::waiting_for_init::{Waited, wait_for_init};
use crate::args::{AuditSync, LogFormat, ServeArgs, StoreKind};
use crate::aws::home_region;
use crate::failure::Failure;
use crate::local::ServerAccess;
use crate::process::{Signals, write_private};
use crate::server::{
    DataPlace, Expected, Founder, LogLevel, Running, ServerSettings, Storage, harden, start,
    start_log,
};

/// Serves until a signal; gives the exit status.
pub(super) async fn run(args: ServeArgs, setting: &Setting) -> Result<u8, Failure> {
    check_flags(&args)?;
    check_reach(&args)?;
    let settings = settings(&args, setting)?;
    start_log(args.log_format, level(setting));
    harden();
    if let Some(path) = &args.env_file {
        clear_env_file(path)?;
    }
    if args.wait_for_init {
        let place = DataPlace::resolve(&args.data, &setting.vars)?;
        match wait_for_init(&place).await? {
            Waited::Initialised => {}
            Waited::Ended => return Ok(0),
        }
    }
    let mut running = start(settings, Arc::clone(&setting.clock)).await?;
    let mut signals = Signals::catch()
        .map_err(|error| Failure::failed(format!("cannot catch signals: {error}")))?;
    announce(&running, &args, setting);
    if args.dev
        && let Err(failure) = tell_environment(running.access(), args.env_file.as_deref())
    {
        running.shutdown().await;
        return Err(failure);
    }
    tokio::select! {
        failure = running.failed() => return Err(failure),
        _ = signals.next_ending() => {}
    }
    tracing::info!("stopping");
    tokio::select! {
        () = running.shutdown() => Ok(0),
        // Asked twice, it does not wait for what is in flight.
        signal = signals.next_ending() => Ok(ended_by(signal)),
    }
}

/// Flags that mean nothing together are refused, not ignored.
fn check_flags(args: &ServeArgs) -> Result<(), Failure> {
    let given = [
        (args.account.is_some(), "--account"),
        (args.env_file.is_some(), "--env-file"),
        (args.dev_allow_remote, "--dev-allow-remote"),
        (args.store == Some(StoreKind::Memory), "--store memory"),
    ];
    if !args.dev
        && let Some((_, flag)) = given.iter().find(|(given, _)| *given)
    {
        return Err(Failure::usage(format!("{flag} goes with --dev only")));
    }
    if args.dev && args.wait_for_init {
        return Err(Failure::usage(
            "--wait-for-init and --dev exclude each other: --dev initialises by itself",
        ));
    }
    if args.store == Some(StoreKind::Memory) && args.data.data_dir.is_some() {
        return Err(Failure::usage(
            "--store memory and --data-dir exclude each other",
        ));
    }
    match (&args.tls_cert, &args.tls_key, args.plaintext) {
        (Some(_), None, _) => Err(Failure::usage("--tls-cert needs --tls-key")),
        (None, Some(_), _) => Err(Failure::usage("--tls-key needs --tls-cert")),
        (Some(_), Some(_), true) => Err(Failure::usage(
            "--plaintext and --tls-cert exclude each other",
        )),
        (Some(_), Some(_), false) | (None, None, _) => Ok(()),
    }
}

/// Who can reach a server that relaxes something must have been meant to (THREATS R19).
fn check_reach(args: &ServeArgs) -> Result<(), Failure> {
    if args.listen.is_loopback() {
        return Ok(());
    }
    if args.dev {
        if args.dev_allow_remote {
            return Ok(());
        }
        return Err(Failure::failed(format!(
            "--dev serves this machine alone, and {} can be reached from others",
            args.listen
        ))
        .help("listen on 127.0.0.1, or give --dev-allow-remote"));
    }
    if args.tls_cert.is_none() && !args.plaintext {
        return Err(Failure::failed(format!(
            "{} can be reached from other machines, and without TLS everybody between reads the secrets",
            args.listen
        ))
        .help("give --tls-cert and --tls-key, or --plaintext behind a proxy that speaks TLS"));
    }
    Ok(())
}

pub(super) fn level(setting: &Setting) -> LogLevel {
    match (setting.global.quiet, setting.global.verbose) {
        (true, _) => LogLevel::Errors,
        (false, 0) => LogLevel::Requests,
        (false, _) => LogLevel::Details,
    }
}

fn settings(args: &ServeArgs, setting: &Setting) -> Result<ServerSettings, Failure> {
    let key = if args.dev {
        dev_key(&setting.vars)?
    } else {
        None
    };
    let founder = Founder {
        account: dev_account(args.account),
        region: home_region(setting.global.region.as_ref(), &setting.vars)?,
        key: key.as_ref().map(chosen).transpose()?,
    };
    Ok(ServerSettings {
        listen: args.listen,
        tls: args.tls_cert.clone().zip(args.tls_key.clone()),
        public_url: args.public_url.clone(),
        regions: args.regions.clone(),
        trusted_proxies: args.trusted_proxy.clone(),
        issuer_cidrs: args.allow_issuer_cidr.clone(),
        audit_sync: match args.audit_sync {
            AuditSync::Always => Durability::Disk,
            AuditSync::TenMillis => Durability::Written,
        },
        audit_retention: args.audit_retention,
        mode: if args.dev { Mode::Dev } else { Mode::Standard },
        storage: storage(args, founder, setting)?,
        expected: Expected {
            region: setting.global.region.clone(),
            account: args.account,
        },
        known_key: key,
    })
}

fn storage(args: &ServeArgs, founder: Founder, setting: &Setting) -> Result<Storage, Failure> {
    let place = || DataPlace::resolve(&args.data, &setting.vars);
    if !args.dev {
        return Ok(Storage::Directory(place()?));
    }
    let named = args.data.data_dir.is_some() || setting.vars.text("IRSA_DATA_DIR").is_some();
    Ok(match args.store {
        Some(StoreKind::Memory) => Storage::Memory(founder),
        None if !named => Storage::Memory(founder),
        None | Some(StoreKind::Sqlite) => Storage::MaybeFresh(place()?, founder),
    })
}

/// One line: where it listens and what to set.
fn announce(running: &Running, args: &ServeArgs, setting: &Setting) {
    let access = running.access();
    let (endpoint, region, account) = (&access.endpoint, &access.region, running.account());
    match args.log_format {
        LogFormat::Json => {
            let public_url = running.public_url();
            tracing::info!(endpoint, public_url, region, %account, "listening");
        }
        LogFormat::Text => setting.output.note(format_args!(
            "irsa {} listens on {endpoint} for the account {account}: export AWS_ENDPOINT_URL={endpoint} AWS_REGION={region}",
            env!("CARGO_PKG_VERSION"),
        )),
    }
    if args.public_url.is_none() && args.listen.address().ip().is_unspecified() {
        tracing::warn!(
            public_url = running.public_url(),
            "URLs are published for this machine alone: give --public-url"
        );
    }
    if args.dev && access.key.is_none() {
        tracing::info!(
            "the installation was there before: who initialised it knows its keys, and `irsa admin reset` makes another"
        );
    }
}

/// A file of an earlier run must not look like a server that is ready.
fn clear_env_file(path: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(env_file_failure(path, &error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The `export` lines, for `eval` and for `.`: the only thing that stdout carries.
fn tell_environment(access: &ServerAccess, file: Option<&Path>) -> Result<(), Failure> {
    let lines = access.export_lines();
    if let Some(path) = file {
        write_private(path, lines.expose().as_bytes())
            .map_err(|error| env_file_failure(path, &error))?;
    }
    let mut stdout = std::io::stdout().lock();
    // Nothing is done about a stdout that is gone: the server is of use without it.
    let _ = stdout
        .write_all(lines.expose().as_bytes())
        .and_then(|()| stdout.flush());
    Ok(())
}

fn env_file_failure(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot write `{}`: {error}", path.display()))
}

fn ended_by(signal: Signal) -> u8 {
    u8::try_from(128 + signal as i32).unwrap_or(1)
}
