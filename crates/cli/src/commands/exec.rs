//! `irsa exec … -- CMD…`

use std::convert::Infallible;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use base::{Clock, Timestamp};
use nix::sys::signal::Signal;

use super::Setting;
use super::token_create::{TokenRequest, request_token};
use crate::args::ExecArgs;
use crate::client::{CallError, Client, Service};
use crate::failure::Failure;
use crate::output::Output;
use crate::process::{
    PodIdentity, Signals, pod_environment, private_dir, run_command, write_private,
};

/// How long to wait after a renewal that failed; the old token is good meanwhile.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// How often the clock is looked at: the time may jump, as when a laptop wakes.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Runs a command as if it were the pod. Everything that it was given is gone when this returns.
pub(super) async fn run(args: ExecArgs, setting: &Setting) -> Result<ExitCode, Failure> {
    let client = setting.client()?;
    // INVARIANT: signals are caught before there is a directory, so that none leaves it behind.
    let mut signals = Signals::catch()
        .map_err(|error| Failure::failed(format!("cannot catch signals: {error}")))?;
    let directory = private_dir(&setting.vars)
        .map_err(|error| Failure::failed(format!("cannot make a private directory: {error}")))?;
    let outcome = run_in(directory.path(), &args, &client, &mut signals, setting).await;
    directory.close().map_err(|error| {
        Failure::failed(format!("cannot remove the private directory: {error}"))
    })?;
    outcome
}

async fn run_in(
    directory: &Path,
    args: &ExecArgs,
    client: &Client,
    signals: &mut Signals,
    setting: &Setting,
) -> Result<ExitCode, Failure> {
    let source = TokenSource {
        client,
        file: &directory.join("token"),
        request: TokenRequest {
            issuer: &args.issuer,
            service_account: &args.service_account,
            audiences: std::slice::from_ref(&args.audience),
            duration: args.duration,
            pod: None,
            node: None,
        },
    };
    let life = tokio::select! {
        life = source.renew() => life?,
        signal = signals.next_ending() => return Ok(ended_by(signal)),
    };
    let empty_file = directory.join("empty");
    write_private(&empty_file, b"").map_err(|error| {
        Failure::failed(format!("cannot write in the private directory: {error}"))
    })?;
    let identity = PodIdentity {
        role_arn: args.role_arn.to_string(),
        token_file: source.file.to_owned(),
        empty_file,
        region: client.region().to_string(),
        endpoint: client.endpoint(Service::Irsa)?.to_string(),
        sts_endpoint: client.endpoint(Service::Sts)?.to_string(),
    };
    let environment = pod_environment(std::env::vars_os(), &identity);
    let alongside = source.keep_fresh(life, &*setting.clock, setting.output);
    run_command(&args.command, environment, signals, alongside)
        .await
        .map(ExitCode::from)
}

fn ended_by(signal: Signal) -> ExitCode {
    u8::try_from(128 + signal as i32).unwrap_or(1).into()
}

/// From when until when a token is good.
#[derive(Clone, Copy, Debug)]
struct Life {
    from: Timestamp,
    until: Timestamp,
}

impl Life {
    /// When 80 % of it are over, as the kubelet does it.
    fn renewal(self) -> Timestamp {
        let millis = self.until.as_millisecond() - self.from.as_millisecond();
        Timestamp::from_millisecond(self.from.as_millisecond() + millis / 10 * 8)
            .unwrap_or(self.from)
    }
}

/// Where the token comes from, and where it goes.
struct TokenSource<'a> {
    client: &'a Client,
    file: &'a Path,
    request: TokenRequest<'a>,
}

impl TokenSource<'_> {
    async fn renew(&self) -> Result<Life, CallError> {
        let from = self.client.now();
        let token = request_token(self.client, &self.request).await?;
        write_private(self.file, token.text.expose().as_bytes())
            .map_err(|error| CallError::Unmade(format!("the token cannot be written: {error}")))?;
        Ok(Life {
            from,
            until: token.expires_at,
        })
    }

    async fn keep_fresh(&self, mut life: Life, clock: &dyn Clock, output: Output) -> Infallible {
        loop {
            wait_until(life.renewal(), clock).await;
            match self.renew().await {
                Ok(renewed) => {
                    output.detail("the token was renewed");
                    life = renewed;
                }
                Err(error) => {
                    output.note(format_args!("the token could not be renewed yet: {error}"));
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
        }
    }
}

async fn wait_until(moment: Timestamp, clock: &dyn Clock) {
    loop {
        let left = moment.duration_since(clock.now());
        match Duration::try_from(left) {
            Ok(left) if !left.is_zero() => tokio::time::sleep(left.min(LOOK_EVERY)).await,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewal_at_four_fifths() {
        for (from, until, renewal) in [(0, 3_600, 2_880), (1_000, 1_600, 1_480), (10, 10, 10)] {
            let at = |second| Timestamp::from_second(second).unwrap();
            let life = Life {
                from: at(from),
                until: at(until),
            };
            assert_eq!(life.renewal(), at(renewal));
        }
    }
}
