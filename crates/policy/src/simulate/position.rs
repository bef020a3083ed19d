//! Where statements stand, as the simulator counts it.

use std::ops::Range;

use crate::json::Json;

/// A place in a document. Lines end at CR LF, CR or LF; columns count characters; both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Start and end of every statement, in order. As recorded, a statement starts behind what opens
/// the list or ends the statement before it, and ends behind its own brace.
pub(super) fn of_statements(text: &str, document: &Json) -> Vec<(Position, Position)> {
    let mut cursor = Cursor::new(text);
    spans(document)
        .into_iter()
        .map(|span| (cursor.at(span.start), cursor.at(span.end)))
        .collect()
}

fn spans(document: &Json) -> Vec<Range<usize>> {
    let Some(statements) = document.member("Statement") else {
        return Vec::new();
    };
    let mut start = statements.span.start + 1;
    let mut spans = Vec::new();
    for item in statements.one_or_many() {
        spans.push(start..item.span.end);
        start = item.span.end;
    }
    spans
}

/// Walks a text once: the places asked for must not go back.
struct Cursor<'a> {
    rest: std::iter::Peekable<std::str::CharIndices<'a>>,
    position: Position,
    after_return: bool,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.char_indices().peekable(),
            position: Position { line: 1, column: 1 },
            after_return: false,
        }
    }

    fn at(&mut self, byte: usize) -> Position {
        while let Some((_, character)) = self.rest.next_if(|(at, _)| *at < byte) {
            self.pass(character);
        }
        self.position
    }

    fn pass(&mut self, character: char) {
        match character {
            // The second half of CR LF.
            '\n' if self.after_return => {}
            '\n' | '\r' => {
                self.position = Position {
                    line: self.position.line + 1,
                    column: 1,
                }
            }
            _ => self.position.column += 1,
        }
        self.after_return = character == '\r';
    }
}
