//! `irsa issuer rotate`: begins a rotation, or joins the one under way, and shows where it is.
//!
//! The server and the signers walk the safe order (publish, wait, sign, wait, withdraw) whether
//! somebody watches or not: this command may be interrupted and run again.

use std::collections::HashSet;
use std::time::Duration;

use base::{Escaped, Timestamp};
use serde_json::{Value, json};

use super::Setting;
use super::issuer_keys::{Key, Signer, SignerKind, State, keys, signers, tables, write_out_times};
use super::target::announce;
use crate::args::{IssuerRotateArgs, RotationStep};
use crate::client::CallError;
use crate::exit::Exit;
use crate::failure::Failure;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Watches the rotation until the step that was asked for.
pub(super) async fn run(args: &IssuerRotateArgs, setting: &Setting) -> Result<(), Failure> {
    let mut issuer = get(args, setting).await?;
    if args.status {
        show(issuer, setting);
        return Ok(());
    }
    refuse_files(&issuer, &args.name)?;
    if is_to_begin(&issuer, args) {
        let client = setting.client()?;
        announce(&client, setting.output).await?;
        let input = json!({ "Name": args.name });
        let answer = client.irsa("RotateIssuer", &input).await.map_err(|error| {
            let code = error.has_code("ConflictException");
            let failure = Failure::from(error);
            if code {
                failure.help(format!("irsa issuer show {}", args.name))
            } else {
                failure
            }
        })?;
        issuer = answer.get("Issuer").cloned().unwrap_or_default();
    } else {
        setting.output.note("a rotation is under way; this is it");
    }
    let watched = tokio::select! {
        watched = watch(args, issuer, setting) => watched,
        _ = tokio::signal::ctrl_c() => Err(Failure::new(
            Exit::Interrupted,
            "stopped watching; the rotation goes on",
        )
        .help(format!("irsa issuer rotate {}", args.name))),
    };
    show(watched?, setting);
    Ok(())
}

/// Nobody would hear that keys in files are to be replaced.
fn refuse_files(issuer: &Value, name: &str) -> Result<(), Failure> {
    let signers = signers(issuer);
    if signers.is_empty() || signers.iter().any(|one| one.kind == SignerKind::Running) {
        return Ok(());
    }
    let what = "the issuer's keys are in files of API servers, which sign with them until they are restarted";
    let help = format!(
        "irsa issuer export-key {0} --file NEW.key; start the API servers with it and the old file as a further \
         --service-account-key-file; after the longest token life: irsa issuer remove-key {0} OLD-KEY-ID --yes",
        Escaped(name)
    );
    Err(Failure::failed(what).help(help))
}

async fn watch(
    args: &IssuerRotateArgs,
    mut issuer: Value,
    setting: &Setting,
) -> Result<Value, Failure> {
    let mut said = HashSet::new();
    let mut known: Vec<Key> = Vec::new();
    loop {
        let now = setting.clock.now();
        let keys = keys(&issuer);
        for line in lines(&known, &keys, &signers(&issuer), now) {
            if said.insert(line.what.clone()) {
                setting.output.note(line);
            }
        }
        if reached(&issuer) >= args.until {
            return Ok(issuer);
        }
        known = keys;
        tokio::time::sleep(LOOK_EVERY).await;
        issuer = again(args, issuer, &mut said, setting).await?;
    }
}

/// What the server says now; what it said last while it cannot be reached.
async fn again(
    args: &IssuerRotateArgs,
    last: Value,
    said: &mut HashSet<String>,
    setting: &Setting,
) -> Result<Value, Failure> {
    let input = json!({ "Name": args.name });
    match setting.client()?.irsa("GetIssuer", &input).await {
        Ok(answer) => Ok(answer.get("Issuer").cloned().unwrap_or_default()),
        Err(error @ CallError::Unreachable { .. }) => {
            if said.insert(error.to_string()) {
                setting.output.note(format_args!("{error}; trying again"));
            }
            Ok(last)
        }
        Err(error) => Err(error.into()),
    }
}

async fn get(args: &IssuerRotateArgs, setting: &Setting) -> Result<Value, Failure> {
    let input = json!({ "Name": args.name });
    let answer = setting.client()?.irsa("GetIssuer", &input).await;
    let answer = answer.map_err(|error| {
        let unknown = error.has_code("IssuerNotFoundException");
        let failure = Failure::from(error);
        if unknown {
            failure.help("irsa issuer list")
        } else {
            failure
        }
    })?;
    Ok(answer.get("Issuer").cloned().unwrap_or_default())
}

fn show(mut issuer: Value, setting: &Setting) {
    write_out_times(&mut issuer);
    setting
        .output
        .result(&issuer, || tables(&issuer).trim_start().to_owned());
}

/// Whether no rotation is under way: `--again` does not count one that only waits to withdraw.
fn is_to_begin(issuer: &Value, args: &IssuerRotateArgs) -> bool {
    match reached(issuer) {
        RotationStep::Begun | RotationStep::Published => false,
        RotationStep::Signing => args.again,
        RotationStep::Withdrawn => true,
    }
}

/// How far the last rotation has come.
fn reached(issuer: &Value) -> RotationStep {
    let keys = keys(issuer);
    let any = |state| keys.iter().any(|key| key.state == state);
    let asked = signers(issuer)
        .iter()
        .any(|signer| signer.asked_at.is_some());
    if asked || any(State::New) {
        RotationStep::Begun
    } else if any(State::Published) {
        RotationStep::Published
    } else if any(State::Retiring) {
        RotationStep::Signing
    } else {
        RotationStep::Withdrawn
    }
}

/// One step, told once.
struct Line {
    what: String,
    when: String,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.what, self.when)
    }
}

fn lines(known: &[Key], keys: &[Key], signers: &[Signer], now: Timestamp) -> Vec<Line> {
    let mut lines = Vec::new();
    for signer in signers.iter().filter(|signer| signer.asked_at.is_some()) {
        let seen = signer
            .last_seen_at
            .map(|at| now.duration_since(at).as_secs().max(0));
        lines.push(Line {
            what: format!(
                "publish   waiting for the signer {} to make a key",
                signer.id
            ),
            when: seen.map_or_else(String::new, |secs| {
                format!("; it was heard of {} ago", span(secs))
            }),
        });
    }
    for key in keys {
        let holder = match &key.signer {
            Some(id) => format!(" of the signer {id}"),
            None => String::new(),
        };
        let (verb, what, then) = match key.state {
            State::New => ("publish", "is published", ""),
            State::Published => ("wait", "is published and does not sign yet", "it signs"),
            State::Signing => ("sign", "signs", ""),
            State::Retiring => (
                "wait",
                "signs no more and still verifies",
                "it is withdrawn",
            ),
            State::VerifyOnly => continue,
        };
        let left = key
            .moves_on_at
            .map(|at| at.duration_since(now).as_secs().max(0));
        lines.push(Line {
            what: format!("{verb:<9} the key {}{holder} {what}", key.kid),
            when: match left {
                Some(secs) if !then.is_empty() => format!("; {then} in {}", span(secs)),
                Some(_) | None => String::new(),
            },
        });
    }
    let gone = known
        .iter()
        .filter(|old| keys.iter().all(|key| key.kid != old.kid));
    lines.extend(gone.map(|key| Line {
        what: format!("{:<9} the key {} is published no more", "withdraw", key.kid),
        when: String::new(),
    }));
    lines
}

/// The two largest units.
fn span(secs: i64) -> String {
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let mut left = secs;
    let mut parts = Vec::new();
    for (unit, size) in units {
        let count = left / size;
        left %= size;
        if count > 0 && parts.len() < 2 {
            parts.push(format!("{count}{unit}"));
        }
    }
    if parts.is_empty() {
        "0s".to_owned()
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(keys: &[(&str, &str)], asked: bool) -> Value {
        let keys: Vec<_> = keys
            .iter()
            .map(|(kid, state)| json!({ "KeyId": kid, "State": state, "NextStateAt": 5_400.0 }))
            .collect();
        let mut signer = json!({ "Signer": "s", "LastSeenAt": 0.0 });
        if asked {
            signer["RotationRequestedAt"] = json!(0.0);
        }
        json!({ "Keys": keys, "Signers": [signer] })
    }

    #[test]
    fn a_rotation_is_as_far_as_its_slowest_key() {
        use RotationStep::{Begun, Published, Signing, Withdrawn};
        let one = [("a", "SIGNING")];
        for (keys, asked, step, begins, begins_again) in [
            (&one[..], false, Withdrawn, true, true),
            (&one, true, Begun, false, false),
            (
                &[("b", "NEW"), ("a", "SIGNING")],
                false,
                Begun,
                false,
                false,
            ),
            (
                &[("b", "PUBLISHED"), ("a", "SIGNING")],
                false,
                Published,
                false,
                false,
            ),
            (
                &[("b", "SIGNING"), ("a", "RETIRING")],
                false,
                Signing,
                false,
                true,
            ),
            (
                &[("b", "SIGNING"), ("f", "VERIFY_ONLY")],
                false,
                Withdrawn,
                true,
                true,
            ),
            (
                &[("c", "PUBLISHED"), ("b", "SIGNING"), ("a", "RETIRING")],
                false,
                Published,
                false,
                false,
            ),
        ] {
            let issuer = issuer(keys, asked);
            assert_eq!(reached(&issuer), step, "{issuer}");
            for (again, expected) in [(false, begins), (true, begins_again)] {
                let args = IssuerRotateArgs {
                    name: "demo".to_owned(),
                    until: Withdrawn,
                    again,
                    status: false,
                };
                assert_eq!(is_to_begin(&issuer, &args), expected, "{issuer} {again}");
            }
        }
    }

    #[test]
    fn each_step_is_told() {
        let now = Timestamp::UNIX_EPOCH;
        let told = |known: &Value, issuer: &Value| -> Vec<String> {
            let lines = lines(&keys(known), &keys(issuer), &signers(issuer), now);
            lines.iter().map(Line::to_string).collect()
        };
        let before = issuer(&[("a", "SIGNING")], true);
        let during = issuer(&[("b", "PUBLISHED"), ("a", "RETIRING")], false);
        assert_eq!(
            told(&before, &before),
            [
                "publish   waiting for the signer s to make a key; it was heard of 0s ago",
                "sign      the key a signs",
            ]
        );
        assert_eq!(
            told(&before, &during),
            [
                "wait      the key b is published and does not sign yet; it signs in 1h 30m",
                "wait      the key a signs no more and still verifies; it is withdrawn in 1h 30m",
            ]
        );
        let after = issuer(&[("b", "SIGNING")], false);
        assert_eq!(
            told(&during, &after),
            [
                "sign      the key b signs",
                "withdraw  the key a is published no more"
            ]
        );
    }

    #[test]
    fn spans_have_two_units() {
        for (secs, text) in [
            (0, "0s"),
            (59, "59s"),
            (3_600, "1h"),
            (90_061, "1d 1h"),
            (86_461, "1d 1m"),
        ] {
            assert_eq!(span(secs), text);
        }
    }
}
