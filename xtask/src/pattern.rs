//! Patterns of the models, compiled to the nodes that `shapes` matches.

use crate::failure::Failure;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The patterns of one service: the statics they become, by source.
#[derive(Default)]
pub(crate) struct Patterns {
    names: BTreeMap<String, String>,
    code: String,
}

impl Patterns {
    /// The name of the static that holds this pattern.
    pub(crate) fn intern(&mut self, source: &str) -> Result<String, Failure> {
        if let Some(name) = self.names.get(source) {
            return Ok(name.clone());
        }
        let hir = parse(source)?;
        let name = format!("P_{}", self.names.len());
        let node = node(&hir)?;
        let _ = writeln!(
            self.code,
            "static {name}: Pattern = Pattern {{ source: {source:?}, node: {node} }};"
        );
        self.names.insert(source.to_owned(), name.clone());
        Ok(name)
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }
}

/// Reads a pattern in Java's dialect: `\w` and `\d` are ASCII; the whole text must match.
fn parse(source: &str) -> Result<Hir, Failure> {
    let anchored = source.strip_prefix('^').unwrap_or(source);
    let anchored = anchored.strip_suffix('$').unwrap_or(anchored);
    let ascii = anchored
        .replace("\\w", "[a-zA-Z0-9_]")
        .replace("\\d", "[0-9]");
    regex_syntax::parse(&ascii)
        .map_err(|error| Failure::new(format!("pattern `{source}` cannot be read: {error}")))
}

fn node(hir: &Hir) -> Result<String, Failure> {
    Ok(match hir.kind() {
        HirKind::Empty => "Node::Empty".to_owned(),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0)
                .map_err(|_| Failure::new("a pattern has a literal that is no text"))?;
            let parts: Vec<_> = text.chars().map(|c| class(&[(c, c)])).collect();
            match parts.as_slice() {
                [single] => single.clone(),
                several => format!("Node::Concat(&[{}])", several.join(", ")),
            }
        }
        HirKind::Class(Class::Unicode(ranges)) => class(
            &ranges
                .iter()
                .map(|r| (r.start(), r.end()))
                .collect::<Vec<_>>(),
        ),
        HirKind::Repetition(repetition) => format!(
            "Node::Repeat {{ node: &{}, min: {}, max: {:?} }}",
            node(&repetition.sub)?,
            repetition.min,
            repetition.max
        ),
        HirKind::Capture(capture) => node(&capture.sub)?,
        HirKind::Concat(parts) => format!("Node::Concat(&[{}])", nodes(parts)?),
        HirKind::Alternation(parts) => format!("Node::Alternation(&[{}])", nodes(parts)?),
        HirKind::Class(Class::Bytes(_)) | HirKind::Look(_) => {
            return Err(Failure::new(
                "a pattern uses what the matcher does not have",
            ));
        }
    })
}

fn nodes(parts: &[Hir]) -> Result<String, Failure> {
    Ok(parts
        .iter()
        .map(node)
        .collect::<Result<Vec<_>, _>>()?
        .join(", "))
}

fn class(ranges: &[(char, char)]) -> String {
    let ranges: Vec<_> = ranges
        .iter()
        .map(|(first, last)| format!("({}, {})", letter(*first), letter(*last)))
        .collect();
    format!("Node::Class(&[{}])", ranges.join(", "))
}

fn letter(c: char) -> String {
    if c.is_ascii_graphic() {
        format!("{c:?}")
    } else {
        format!("'\\u{{{:x}}}'", u32::from(c))
    }
}
