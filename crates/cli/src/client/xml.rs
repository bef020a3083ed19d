//! The answers of the query protocol.

use quick_xml::Reader;
use quick_xml::events::Event;

/// How deep an answer may nest.
const MAX_DEPTH: usize = 64;

/// An element: its local name, the text directly in it, its children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

/// The text is not XML of the kind that AWS writes.
#[derive(Debug, thiserror::Error)]
#[error("the answer is not XML: {0}")]
pub(crate) struct InvalidXml(String);

impl Element {
    /// Reads a document. Comments and declarations are skipped; a document type is refused.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, InvalidXml> {
        let invalid = |error: &dyn std::fmt::Display| InvalidXml(error.to_string());
        let text = std::str::from_utf8(bytes).map_err(|error| invalid(&error))?;
        let mut reader = Reader::from_str(text);
        let mut open = vec![Element::default()];
        loop {
            match reader.read_event().map_err(|error| invalid(&error))? {
                Event::Start(tag) => {
                    if open.len() > MAX_DEPTH {
                        return Err(invalid(&"it nests too deep"));
                    }
                    open.push(Self::named(tag.local_name().as_ref()));
                }
                Event::Empty(tag) => {
                    close(&mut open, Self::named(tag.local_name().as_ref()));
                }
                Event::End(_) => {
                    if let Some(element) = open.pop() {
                        close(&mut open, element);
                    }
                }
                Event::Text(piece) => {
                    let piece = piece.xml10_content();
                    append(&mut open, &piece);
                }
                Event::CData(piece) => {
                    let piece = piece.xml10_content();
                    append(&mut open, &piece);
                }
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref() {
                        Ok(Some(character)) => Some(character),
                        Ok(None) => predefined(&reference),
                        Err(error) => return Err(invalid(&error)),
                    };
                    let character =
                        character.ok_or_else(|| invalid(&"it holds an unknown entity"))?;
                    append(&mut open, character.encode_utf8(&mut [0; 4]));
                }
                Event::DocType(_) => return Err(invalid(&"it holds a document type")),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => break,
            }
        }
        if open.len() != 1 {
            return Err(invalid(&"it breaks off"));
        }
        open.pop()
            .and_then(|root| root.children.into_iter().next())
            .ok_or_else(|| invalid(&"it is empty"))
    }

    /// The local name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children, in order.
    pub(crate) fn children(&self) -> &[Element] {
        &self.children
    }

    /// The text inside, beside that of children.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The text at the end of a path of children.
    pub(crate) fn text_at(&self, path: &[&str]) -> Option<&str> {
        let mut element = self;
        for name in path {
            element = element.child(name)?;
        }
        Some(&element.text)
    }

    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }
}

fn close(open: &mut [Element], element: Element) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(element);
    }
}

fn append(open: &mut [Element], piece: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(piece);
    }
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let answer = "<?xml version=\"1.0\"?>\n<R xmlns=\"https://x/\"><Result><Arn>a&amp;b&#x41;</Arn>\
                      <Empty/></Result><M><RequestId>r</RequestId></M></R>";
        let root = Element::parse(answer.as_bytes()).unwrap();
        for (path, text) in [
            (&["Result", "Arn"][..], Some("a&bA")),
            (&["Result", "Empty"], Some("")),
            (&["M", "RequestId"], Some("r")),
            (&["Result", "Nothing"], None),
        ] {
            assert_eq!(root.text_at(path), text, "{path:?}");
        }
        assert_eq!(root.name(), "R");
    }

    #[test]
    fn what_is_no_answer() {
        let deep = "<a>".repeat(100);
        for text in [
            "",
            "hello",
            "<a>",
            "<a></b>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<a>&nothing;</a>",
            &deep,
        ] {
            assert!(Element::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
