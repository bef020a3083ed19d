//! `irsa signer`

mod publishing;
mod readiness;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::Escaped;
use cluster::signer::{
    FirstKey, Parts, PublicKey, SealingFault, SealingKey, Settings, Signer, Socket, StateDirectory,
    keep_rotating, serve,
};
use engine::MachineEntropy;
use jose::Algorithm;
use serde_json::json;
use tokio::sync::watch;

use super::Setting;
use super::bounded_file::read_bounded;
use super::serve::level;
use crate::args::{KeyAlgorithm, SignerArgs};
use crate::client::CallError;
use crate::failure::Failure;
use crate::process::Signals;
use crate::server::{harden, start_log};
use publishing::IrsaPublication;
use readiness::{Readiness, tell_systemd};

const ROOT_UID: u32 = 0;
/// An API server that starts beside the signer must not end before the first publication; it gives
/// up later than this.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest file with keys that is read.
const MAX_KEY_FILE_BYTES: u64 = 1 << 20;

/// Signs until a signal.
pub(super) async fn run(args: SignerArgs, setting: &Setting) -> Result<(), Failure> {
    start_log(args.log_format, level(setting));
    harden();
    let directory = StateDirectory::open(&args.state_dir).map_err(|fault| told(&fault))?;
    // WHY: before anything is made, so that a second signer leaves nothing behind.
    let socket = Socket::bind(&args.socket, uids(&args)).map_err(|fault| told(&fault))?;
    let known = directory.issuer().map_err(|fault| told(&fault))?;
    let url = match (&args.url, &known) {
        (Some(url), _) | (None, Some(url)) => url.clone(),
        (None, None) => asked(&args.issuer, setting).await?,
    };
    let settings = settings(&args, url)?;
    let sealing = sealing_key(&args, known.as_deref())?;
    let signer = Signer::open(Parts {
        settings,
        directory,
        sealing,
        publication: Arc::new(IrsaPublication::new(&args.issuer, setting)),
        clock: Arc::clone(&setting.clock),
        entropy: Arc::new(MachineEntropy::default()),
    });
    let signer = Arc::new(signer.map_err(|fault| told(&fault))?);
    sign(signer, socket).await
}

/// Serves and rotates side by side.
async fn sign(signer: Arc<Signer>, socket: Socket) -> Result<(), Failure> {
    let mut signals = Signals::catch()
        .map_err(|error| Failure::failed(format!("cannot catch signals: {error}")))?;
    tracing::info!(socket = %socket.path().display(), "listening");
    let (stop, stopping) = watch::channel(false);
    let serving = tokio::spawn(serve(Arc::clone(&signer), socket, stopping.clone()));
    let rotating = tokio::spawn(keep_rotating(Arc::clone(&signer), stopping));
    let mut readiness = Readiness::default();
    loop {
        readiness.look(&signer);
        tokio::select! {
            _ = signals.next_ending() => break,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
    tracing::info!("stopping");
    tell_systemd("STOPPING=1");
    let _ = stop.send(true);
    let (served, rotated) = tokio::join!(serving, rotating);
    served
        .and(rotated)
        .map_err(|error| Failure::failed(format!("the signer broke: {error}")))
}

/// The issuer's URL, which only the server knows before the first start.
async fn asked(name: &str, setting: &Setting) -> Result<String, Failure> {
    let answer = setting
        .client()?
        .irsa("GetIssuer", &json!({ "Name": name }))
        .await;
    let answer = answer.map_err(|error| {
        let help = match error {
            CallError::Unreachable { .. } => Some(
                "the first start asks the server for the issuer's URL; give it with --url to start without the server (and --first-key-signs-unpublished where the server runs in the cluster that waits for this signer)".to_owned(),
            ),
            _ if error.has_code("IssuerNotFoundException") => {
                Some(format!("irsa issuer create {name} --key-holder signers"))
            }
            _ => None,
        };
        let failure = Failure::from(error);
        match help {
            Some(help) => failure.help(help),
            None => failure,
        }
    })?;
    let url = answer.pointer("/Issuer/Url").and_then(|url| url.as_str());
    url.map(str::to_owned)
        .ok_or_else(|| Failure::failed("the server did not say the issuer's URL"))
}

fn settings(args: &SignerArgs, issuer: String) -> Result<Settings, Failure> {
    let mut verify_only = Vec::new();
    for path in &args.verify_only {
        verify_only.extend(public_keys(path)?);
    }
    Ok(Settings {
        issuer,
        algorithm: match args.key_algorithm {
            KeyAlgorithm::Rs256 => Algorithm::RS256,
            KeyAlgorithm::Es256 => Algorithm::ES256,
        },
        max_token_life: args.max_token_life,
        refresh_hint: args.refresh_hint,
        keys_max_age: args.keys_max_age,
        patience: PATIENCE,
        rotate_every: args.rotate_every,
        verify_only,
        first_key: if args.first_key_signs_unpublished {
            FirstKey::Unpublished
        } else {
            FirstKey::OncePublished
        },
    })
}

fn public_keys(path: &Path) -> Result<Vec<PublicKey>, Failure> {
    let refused = |why: &dyn std::fmt::Display| {
        Failure::failed(format!("cannot read keys from `{}`: {why}", path.display()))
    };
    let content = read_bounded(path, MAX_KEY_FILE_BYTES).map_err(|error| refused(&error))?;
    let keys = jose::public_keys_of_file(&content).map_err(|fault| refused(&fault))?;
    Ok(keys.iter().map(PublicKey::from).collect())
}

/// The key is made at the first start only: without it, what is kept is lost.
fn sealing_key(args: &SignerArgs, known: Option<&str>) -> Result<SealingKey, Failure> {
    let path = args.sealing_key.clone();
    let path = path.unwrap_or_else(|| with_suffix(&args.state_dir, ".key"));
    if path.starts_with(&args.state_dir) {
        return Err(Failure::usage(
            "the sealing key must lie outside the state directory: a copy of the one alone must give nothing away",
        ));
    }
    match SealingKey::read(&path) {
        Err(SealingFault::Missing(_)) if known.is_none() => {
            tracing::info!(path = %path.display(), "making a sealing key");
            SealingKey::create(&path, &MachineEntropy::default()).map_err(|fault| told(&fault))
        }
        Err(fault @ SealingFault::Missing(_)) => Err(told(&fault).help(
            "restore it; without it the keys are lost: move the state directory away to start with new ones",
        )),
        read => read.map_err(|fault| told(&fault)),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.components().as_path().as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn uids(args: &SignerArgs) -> Vec<u32> {
    if args.allow_uid.is_empty() {
        vec![rustix::process::geteuid().as_raw(), ROOT_UID]
    } else {
        args.allow_uid.clone()
    }
}

/// What went wrong, and why.
fn told(fault: &(dyn Error + 'static)) -> Failure {
    let mut text = fault.to_string();
    let mut source = fault.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    Failure::failed(Escaped(&text).to_string())
}
