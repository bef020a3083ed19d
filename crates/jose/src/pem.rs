//! PEM (RFC 7468), as openssl and ssh-keygen write it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
const LINE_CHARS: usize = 64;

/// One block of a file.
pub(crate) struct Block<'a> {
    /// What the block says that it is.
    pub(crate) label: &'a str,
    /// Its content; `None` where that is not base64 of anything, or has headers as encrypted keys
    /// have.
    pub(crate) der: Option<Vec<u8>>,
}

/// The blocks of a text; what stands between them is not looked at. A block without its end is the
/// last one, and has no content.
pub(crate) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = between(line, BEGIN) else {
            continue;
        };
        let mut body = String::new();
        let mut ended = false;
        for line in lines.by_ref() {
            if line.starts_with(DASHES) {
                ended = between(line, END) == Some(label);
                break;
            }
            body.push_str(line);
        }
        let der = ended.then(|| STANDARD.decode(&body).ok()).flatten();
        blocks.push(Block { label, der });
    }
    blocks
}

fn between<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.strip_prefix(start)?.strip_suffix(DASHES)
}

/// One block of this label, as a file has it.
pub fn pem_block(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut text = format!("{BEGIN}{label}{DASHES}\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, left) = rest.split_at_checked(LINE_CHARS).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = left;
    }
    text.push_str(END);
    text.push_str(label);
    text.push_str(DASHES);
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 48, 49, 300] {
            let content = vec![7; length];
            let text = format!("junk\n{}\nmore", pem_block("X Y", &content));
            let blocks = blocks(&text);
            assert_eq!(blocks.len(), 1);
            assert_eq!(blocks[0].label, "X Y");
            assert_eq!(blocks[0].der.as_deref(), Some(&content[..]));
        }
    }

    #[test]
    fn a_torn_block_has_no_content() {
        for text in [
            "-----BEGIN A-----\nAAAA\n",
            "-----BEGIN A-----\nAAAA\n-----END B-----\n",
            "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END A-----\n",
            "-----BEGIN A-----\n!!\n-----END A-----\n",
        ] {
            let blocks = blocks(text);
            assert_eq!(blocks.len(), 1, "{text}");
            assert!(blocks[0].der.is_none(), "{text}");
        }
    }
}
