//! ✓ and ✗, never alone: a word stands beside them.

use std::fmt;

use clap::builder::styling::{AnsiColor, Effects, Style};

/// How a step or a condition came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// As it must.
    Good,
    /// Not as it must.
    Bad,
    /// It plays no part.
    Neutral,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (glyph, colour) = match self {
            Mark::Good => ("✓", AnsiColor::Green),
            Mark::Bad => ("✗", AnsiColor::Red),
            Mark::Neutral => ("·", AnsiColor::BrightBlack),
        };
        let style = Style::new().fg_color(Some(colour.into()));
        write!(f, "{style}{glyph}{style:#}")
    }
}

/// Bold on a terminal.
pub(crate) fn bold(text: impl fmt::Display) -> String {
    styled(Style::new().bold(), text)
}

/// Less bright on a terminal.
pub(crate) fn dim(text: impl fmt::Display) -> String {
    styled(Style::new().effects(Effects::DIMMED), text)
}

fn styled(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
