//! The log: one line for each event, on stderr.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use crate::args::LogFormat;

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogLevel {
    /// What went wrong on our side.
    Errors,
    /// That, and what an operator should look at.
    Warnings,
    /// That, and a line for each request.
    Requests,
    /// Everything.
    Details,
}

/// Begins to log. In a process that logs already, nothing changes.
pub(crate) fn start_log(format: LogFormat, level: LogLevel) {
    let level = match level {
        LogLevel::Errors => LevelFilter::ERROR,
        LogLevel::Warnings => LevelFilter::WARN,
        LogLevel::Requests => LevelFilter::INFO,
        LogLevel::Details => LevelFilter::DEBUG,
    };
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(colour);
    let _ = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}

/// WHY: the Kubernetes client logs bodies that it cannot read, and a body may be a Secret's.
fn filter(level: LevelFilter) -> EnvFilter {
    EnvFilter::new(format!("{level},kube_client=off"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kubernetes_client_was_answered_is_not_logged() {
        for level in [LevelFilter::ERROR, LevelFilter::DEBUG] {
            let said = filter(level).to_string();
            let mut parts: Vec<&str> = said.split(',').collect();
            parts.sort_unstable();
            assert_eq!(parts.len(), 2, "{said}");
            assert!(parts.contains(&"kube_client=off"), "{said}");
        }
    }
}
