//! Columns without lines, as kubectl has them.

use base::Escaped;
use comfy_table::{Cell, ContentArrangement, presets};

/// A table; every cell is escaped.
pub(crate) struct Table {
    inner: comfy_table::Table,
}

impl Table {
    /// A table with these column names.
    pub(crate) fn new(columns: &[&str]) -> Self {
        let mut inner = comfy_table::Table::new();
        inner
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(columns.iter().copied());
        Self { inner }
    }

    /// Two columns without names: what, and its value.
    pub(crate) fn facts<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        for (name, value) in rows {
            table.add_row([Cell::new(name), cell(&value)]);
        }
        Self { inner: table }.render()
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: &[String]) {
        self.inner.add_row(cells.iter().map(|text| cell(text)));
    }

    /// The text, without blanks at the ends of lines.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        for line in self.inner.lines() {
            text.push_str(line.trim());
            text.push('\n');
        }
        text
    }
}

fn cell(text: &str) -> Cell {
    Cell::new(Escaped(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_untrusted_text_is_escaped() {
        let mut table = Table::new(&["NAME", "URL"]);
        table.row(&["demo".into(), "http://a".into()]);
        table.row(&["longer-name".into(), "\u{1b}[31mred".into()]);
        assert_eq!(
            table.render(),
            "NAME         URL\ndemo         http://a\nlonger-name  \\u{1b}[31mred\n"
        );
    }
}
