//! Collects findings, and counts lines and columns once at the end.

use super::code::Code;
use super::finding::{Finding, Position, Span};
use super::place::Place;

/// The findings so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn add(&mut self, code: Code, place: &Place, text: impl Into<String>) {
        self.push(code, place, text.into(), None);
    }

    pub(super) fn add_with_help(
        &mut self,
        code: Code,
        place: &Place,
        text: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(code, place, text.into(), Some(help.into()));
    }

    fn push(&mut self, code: Code, place: &Place, text: String, help: Option<String>) {
        self.findings.push(Finding {
            code,
            kind: code.kind(),
            text,
            path: place.path.clone(),
            span: Span::default(),
            bytes: place.bytes.clone(),
            help,
        });
    }

    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// In the order of the text; at one place the gravest first.
    pub(super) fn finish(mut self, source: &str) -> Vec<Finding> {
        self.findings
            .sort_by_key(|found| (found.bytes.start, found.kind, found.bytes.end));
        self.findings.dedup();
        let mut ends: Vec<usize> = self
            .findings
            .iter()
            .flat_map(|found| [found.bytes.start, found.bytes.end])
            .collect();
        ends.sort_unstable();
        ends.dedup();
        let positions = positions(source, &ends);
        let position = |byte: usize| {
            let known = positions.binary_search_by_key(&byte, |(at, _)| *at);
            known
                .ok()
                .and_then(|index| positions.get(index))
                .map_or_else(Position::default, |(_, position)| *position)
        };
        for found in &mut self.findings {
            found.span = Span {
                start: position(found.bytes.start),
                end: position(found.bytes.end),
            };
        }
        self.findings
    }
}

/// The positions of ascending bytes, in one pass.
fn positions(source: &str, bytes: &[usize]) -> Vec<(usize, Position)> {
    let mut found = Vec::with_capacity(bytes.len());
    let mut wanted = bytes.iter().copied().peekable();
    let mut here = Position {
        line: 1,
        column: 0,
        offset: 0,
    };
    for (at, character) in source.char_indices() {
        while let Some(byte) = wanted.next_if(|byte| *byte <= at) {
            found.push((byte, here));
        }
        here.offset += 1;
        here.column += 1;
        if character == '\n' {
            here.line += 1;
            here.column = 0;
        }
    }
    found.extend(wanted.map(|byte| (byte, here)));
    found
}
