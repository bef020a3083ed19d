//! `irsa demo`: the whole chain in one command, over real HTTP with real signatures, every step
//! checked.

mod by_hand;
mod check;
mod json_text;
mod kept;
mod report;
mod stage;
mod step;
mod steps;
mod theatre;
mod wrong;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use base::Timestamp;
use nix::sys::signal::Signal;
use serde_json::json;
use tempfile::TempDir;

use crate::args::DemoArgs;
use crate::commands::Setting;
use crate::failure::Failure;
use crate::output::{Format, Output};
use crate::process::{Signals, private_dir};
use crate::server::Running;
use stage::{Stage, Tools};
use step::Outcome;
use steps::STEPS;

/// Plays the demo with a server of its own, which is gone with all it held when this returns,
/// unless it is to be kept.
pub(crate) async fn run(args: DemoArgs, setting: &Setting) -> Result<ExitCode, Failure> {
    theatre::prepare(setting);
    // INVARIANT: signals are caught before there is a directory, so that none leaves it behind.
    let mut signals = Signals::catch()
        .map_err(|error| Failure::failed(format!("cannot catch signals: {error}")))?;
    let directory = private_dir(&setting.vars)
        .map_err(|error| Failure::failed(format!("cannot make a private directory: {error}")))?;
    let started = setting.clock.now();
    let running = theatre::open(directory.path(), setting).await?;
    let played = tokio::select! {
        played = play(&directory, &running, setting) => played,
        signal = signals.next_ending() => Ok(Played::Interrupted(signal)),
    };
    let (endpoint, access) = (running.access().endpoint.clone(), running.access().clone());
    let server = json!({
        "endpoint": endpoint,
        "account": running.account().to_string(),
        "region": access.region,
        "store": "sqlite",
    });
    running.shutdown().await;
    let kept = if args.keep {
        Some(kept::keep(directory, &access)?)
    } else {
        directory.close().map_err(|error| {
            Failure::failed(format!("cannot remove the private directory: {error}"))
        })?;
        None
    };
    let outcomes = match played? {
        Played::ToTheEnd(outcomes) => outcomes,
        Played::Interrupted(signal) => {
            let code = u8::try_from(128 + signal as i32).unwrap_or(1);
            return Ok(ExitCode::from(code));
        }
    };
    let millis = millis(started, setting.clock.now());
    let document = report::document(&outcomes, millis, server, kept.as_ref());
    setting
        .output
        .result(&document, || report::end(&outcomes, millis, kept.as_ref()));
    Ok(report::exit(&outcomes).into())
}

/// How the demo ended.
enum Played {
    ToTheEnd(Vec<Outcome>),
    Interrupted(Signal),
}

/// Takes all steps, and tells of each as soon as it is taken.
async fn play(
    directory: &TempDir,
    running: &Running,
    setting: &Setting,
) -> Result<Played, Failure> {
    let tools = Tools {
        global: theatre::client_flags(&setting.global),
        clock: Arc::clone(&setting.clock),
        output: setting.output,
    };
    let access = running.access().clone();
    tell(
        setting.output,
        &report::beginning(&access.endpoint, directory.path()),
    );
    let mut stage = Stage::new(directory.path(), access, tools)?;
    let mut outcomes = Vec::new();
    for step in &STEPS {
        progress(setting.output, step.name);
        let result = (step.take)(&mut stage).await;
        let outcome = Outcome {
            name: step.name,
            result,
        };
        tell(setting.output, &report::step_text(&outcome));
        outcomes.push(outcome);
    }
    Ok(Played::ToTheEnd(outcomes))
}

/// People read along; programs get one document at the end.
fn tell(output: Output, text: &str) {
    match output.format() {
        Format::Table => output.one_of_many(&json!(null), || text.to_owned()),
        Format::Json | Format::Yaml => {}
    }
}

/// Who waits for the document sees that it is coming.
fn progress(output: Output, name: &str) {
    match output.format() {
        Format::Table => {}
        Format::Json | Format::Yaml if std::io::stderr().is_terminal() => output.note(name),
        Format::Json | Format::Yaml => {}
    }
}

fn millis(from: Timestamp, until: Timestamp) -> i64 {
    until
        .as_millisecond()
        .saturating_sub(from.as_millisecond())
        .max(0)
}
