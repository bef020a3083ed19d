//! The command that we run.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use base::Escaped;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpgrp};
use tokio::process::{Child, Command};

use super::Signals;
use crate::failure::Failure;

/// Runs the command with this environment and no other, passes signals on to it, and gives its
/// exit code. `alongside` is worked on meanwhile; it ends only with the command.
pub(crate) async fn run_command(
    command: &[OsString],
    environment: Vec<(OsString, OsString)>,
    signals: &mut Signals,
    alongside: impl Future<Output = Infallible>,
) -> Result<u8, Failure> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| Failure::usage("no command is given"))?;
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment)
        .spawn()
        .map_err(|error| spawn_failure(program, &error))?;
    let status = tokio::select! {
        status = supervise(&mut child, signals) => status,
        never = alongside => match never {},
    };
    status
        .map(exit_code)
        .map_err(|error| Failure::failed(format!("lost the command: {error}")))
}

async fn supervise(child: &mut Child, signals: &mut Signals) -> io::Result<ExitStatus> {
    loop {
        tokio::select! {
            status = child.wait() => return status,
            signal = signals.next() => pass_on(child, signal),
        }
    }
}

/// The child's exit code, or 128 + the number of the signal that ended it, as shells say it.
fn exit_code(status: ExitStatus) -> u8 {
    let code = match (status.code(), status.signal()) {
        (Some(code), _) => code,
        (None, Some(signal)) => 128 + signal,
        (None, None) => 1,
    };
    u8::try_from(code).unwrap_or(1)
}

fn spawn_failure(program: &OsStr, error: &io::Error) -> Failure {
    let program = program.to_string_lossy();
    Failure::failed(format!("cannot run `{}`: {error}", Escaped(&program)))
}

fn pass_on(child: &Child, signal: Signal) {
    if terminal_tells_all(signal) {
        return;
    }
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id {
        // It may have ended just now.
        let _ = kill(Pid::from_raw(id), signal);
    }
}

/// WHY: what is typed on the terminal reaches every process of its foreground group, the child
/// included, which must not get it twice.
fn terminal_tells_all(signal: Signal) -> bool {
    let typed = matches!(signal, Signal::SIGINT | Signal::SIGQUIT | Signal::SIGWINCH);
    typed
        && std::fs::File::open("/dev/tty")
            .ok()
            .and_then(|terminal| rustix::termios::tcgetpgrp(&terminal).ok())
            .is_some_and(|group| group.as_raw_nonzero().get() == getpgrp().as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes() {
        for (raw, code) in [(0, 0), (3 << 8, 3), (255 << 8, 255), (15, 143), (9, 137)] {
            assert_eq!(exit_code(ExitStatus::from_raw(raw)), code);
        }
    }
}
