//! How a command says that it did not work.

use std::fmt::Write as _;
use std::io::Write;

use base::Escaped;
use clap::builder::styling::{AnsiColor, Style};
use serde_json::json;

use crate::args::ErrorFormat;
use crate::exit::Exit;

/// Why a command ends without having done its work: one clear sentence, the command to run next,
/// and the exit status.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    what: String,
    help: Option<String>,
    code: Option<String>,
    request_id: Option<String>,
}

impl Failure {
    /// A failure of this status; `what` is a lower-case sentence without a final period.
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            help: None,
            code: None,
            request_id: None,
        }
    }

    /// A failure that no particular status names.
    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self::new(Exit::Failed, what)
    }

    /// The arguments, together, make no sense.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// Adds what to do next: a command where there is one.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the server's error code.
    #[must_use]
    pub(crate) fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds the id of the request that failed.
    #[must_use]
    pub(crate) fn request_id(mut self, request_id: impl Into<String>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }

    /// Whether the server's error code is this one.
    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// What went wrong.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// The exit status.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Writes the failure to stderr. Nothing is done about a stderr that is gone.
    pub(crate) fn report(&self, format: ErrorFormat) {
        let text = match format {
            ErrorFormat::Human => self.human(),
            ErrorFormat::Json => self.json(),
        };
        let _ = anstream::stderr().write_all(text.as_bytes());
    }

    fn human(&self) -> String {
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let mut text = format!("{red}error:{red:#} {}\n", self.what);
        if let Some(id) = &self.request_id {
            let _ = writeln!(text, "request id: {}", Escaped(id));
        }
        if let Some(help) = &self.help {
            let cyan = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
            let _ = writeln!(text, "{cyan}help:{cyan:#} {help}");
        }
        text
    }

    fn json(&self) -> String {
        let mut error = serde_json::Map::new();
        error.insert("Error".into(), json!(self.what));
        error.insert("ExitCode".into(), json!(self.exit as u8));
        for (name, value) in [
            ("Code", &self.code),
            ("RequestId", &self.request_id),
            ("Help", &self.help),
        ] {
            if let Some(value) = value {
                error.insert(name.into(), json!(value));
            }
        }
        format!("{}\n", serde_json::Value::Object(error))
    }
}
