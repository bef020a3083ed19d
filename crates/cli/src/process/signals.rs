//! Signals that are for the command that we run.

use std::io;

use nix::sys::signal::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// What is passed on.
const PASSED_ON: [Signal; 7] = [
    Signal::SIGINT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGQUIT,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGWINCH,
];

/// Catches signals from now on, instead of ending by them.
pub(crate) struct Signals {
    caught: mpsc::UnboundedReceiver<Signal>,
}

impl Signals {
    /// Begins to catch. What this process was started to ignore (`nohup`) stays ignored.
    pub(crate) fn catch() -> io::Result<Self> {
        let (sender, caught) = mpsc::unbounded_channel();
        let ignored = ignored_mask();
        for which in PASSED_ON {
            if ignored & (1 << (which as u64 - 1)) != 0 {
                continue;
            }
            let mut stream = signal(SignalKind::from_raw(which as i32))?;
            let sender = sender.clone();
            tokio::spawn(async move {
                while stream.recv().await.is_some() && sender.send(which).is_ok() {}
            });
        }
        Ok(Self { caught })
    }

    /// The next signal.
    pub(crate) async fn next(&mut self) -> Signal {
        match self.caught.recv().await {
            Some(signal) => signal,
            // All are ignored: there is nothing to wait for.
            None => std::future::pending().await,
        }
    }

    /// The next signal that asks us to end.
    pub(crate) async fn next_ending(&mut self) -> Signal {
        loop {
            let signal = self.next().await;
            if signal != Signal::SIGWINCH {
                return signal;
            }
        }
    }
}

/// Which signals are ignored: bit n is signal n + 1 (proc(5), `SigIgn`).
fn ignored_mask() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
