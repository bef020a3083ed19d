//! The one escaper for untrusted text on a terminal or in a text log (THREATS R47).

use std::fmt;

/// How many characters of an untrusted string are shown.
const MAX_SHOWN_CHARS: usize = 256;

/// Displays an untrusted string on one line: control, bidirectional and line-separator characters
/// are escaped and all beyond [`MAX_SHOWN_CHARS`] is cut.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for (count, character) in self.0.chars().enumerate() {
            if count == MAX_SHOWN_CHARS {
                return f.write_char('…');
            }
            if is_deceptive(character) {
                write!(f, "\\u{{{:x}}}", u32::from(character))?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// [`Escaped`] as a `String`.
pub fn escape_untrusted(text: &str) -> String {
    Escaped(text).to_string()
}

fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deceptive_characters_are_spelled_out() {
        for (text, shown) in [
            (
                "system:serviceaccount:demo:app",
                "system:serviceaccount:demo:app",
            ),
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\r\nb", "a\\u{d}\\u{a}b"),
            ("a\u{202e}b\u{2028}c", "a\\u{202e}b\\u{2028}c"),
        ] {
            assert_eq!(escape_untrusted(text), shown);
        }
        assert_eq!(escape_untrusted(&"x".repeat(300)).chars().count(), 257);
    }
}
