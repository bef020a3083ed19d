//! The log: one line for each event, on stderr.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;

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
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(colour);
    let _ = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}
