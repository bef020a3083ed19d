//! What lint tells, and where in the text.

use std::fmt;
use std::ops::Range;

use super::code::Code;

/// How grave a finding is, the gravest first; Access Analyzer's four kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// The policy is refused, or an element does not do what it says.
    Error,
    /// It may allow more than is meant.
    SecurityWarning,
    /// It may not do what is meant, or breaks a limit.
    Warning,
    /// It could be said better.
    Suggestion,
}

impl FindingKind {
    /// As Access Analyzer spells it: `SECURITY_WARNING`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::SecurityWarning => "SECURITY_WARNING",
            Self::Warning => "WARNING",
            Self::Suggestion => "SUGGESTION",
        }
    }
}

/// One thing that lint found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which check found it.
    pub code: Code,
    /// How grave it is.
    pub kind: FindingKind,
    /// What is wrong: AWS's text where AWS has one.
    pub text: String,
    /// The JSON path of what is wrong.
    pub path: Vec<PathStep>,
    /// Lines and columns of it.
    pub span: Span,
    /// The same as bytes of the text.
    pub bytes: Range<usize>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Finding {
    /// The path as people write it: `Statement[0].Condition.StringEquals`; empty for the document.
    pub fn path_text(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            let dot = if text.is_empty() { "" } else { "." };
            match step {
                PathStep::Value(name) | PathStep::Key(name) if is_plain(name) => {
                    text = format!("{text}{dot}{name}");
                }
                PathStep::Value(name) | PathStep::Key(name) => text = format!("{text}[{name:?}]"),
                PathStep::Index(index) => text = format!("{text}[{index}]"),
                PathStep::Substring { .. } => {}
            }
        }
        text
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// One step of a path; Access Analyzer's four kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// The value of this member.
    Value(String),
    /// This element of a list, from 0.
    Index(usize),
    /// The name of this member, not its value.
    Key(String),
    /// A part of a text, in characters.
    Substring {
        /// Where it starts, from 0.
        start: usize,
        /// How long it is.
        length: usize,
    },
}

/// From here up to there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first character.
    pub start: Position,
    /// The one after the last.
    pub end: Position,
}

/// A place between characters, counted as Access Analyzer counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 0.
    pub column: usize,
    /// In characters from the start of the text, from 0.
    pub offset: usize,
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
