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
use crate::local::ServerAccess;
use crate::output::{Format, Output};
use crate::process::{Signals, private_dir};
use crate::server::Running;
use kept::Kept;
use report::Report;
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
    let (access, account) = (running.access().clone(), running.account());
    running.shutdown().await;
    let kept = leave(directory, &args, &access)?;
    match played? {
        Played::Interrupted(signal) => Ok(ended_by(signal)),
        Played::ToTheEnd(outcomes) => {
            let report = Report {
                outcomes,
                millis: millis(started, setting.clock.now()),
                server: theatre::facts(&access, account),
                kept,
            };
            setting.output.result(&report.document(), || report.end());
            Ok(report.exit().into())
        }
    }
}

/// Removes the directory, or leaves it where it is.
fn leave(
    directory: TempDir,
    args: &DemoArgs,
    access: &ServerAccess,
) -> Result<Option<Kept>, Failure> {
    if args.keep {
        return kept::keep(directory, access).map(Some);
    }
    directory
        .close()
        .map(|()| None)
        .map_err(|error| Failure::failed(format!("cannot remove the private directory: {error}")))
}

fn ended_by(signal: Signal) -> ExitCode {
    u8::try_from(128 + signal as i32).unwrap_or(1).into()
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
        Format::Json | Format::Yaml | Format::Sarif | Format::Junit => {}
    }
}

/// Who waits for the document sees that it is coming.
fn progress(output: Output, name: &str) {
    if output.format() != Format::Table && std::io::stderr().is_terminal() {
        output.note(name);
    }
}

fn millis(from: Timestamp, until: Timestamp) -> i64 {
    until
        .as_millisecond()
        .saturating_sub(from.as_millisecond())
        .max(0)
}
