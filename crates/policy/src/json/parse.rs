//! A strict RFC 8259 reader.

use super::{Json, MAX_DEPTH, Value};
use std::collections::HashSet;

/// Why a text is not JSON for a policy; `at` is the byte where it was noticed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonFault {
    #[error("not JSON at byte {at}")]
    Syntax { at: usize },
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep { at: usize },
    #[error("a key appears twice in one object")]
    DuplicateKey { at: usize },
}

/// Reads one value that fills the whole text.
pub(crate) fn parse(text: &str) -> Result<Json, JsonFault> {
    let mut reader = Reader { text, at: 0 };
    let json = reader.value(0)?;
    reader.skip_whitespace();
    match reader.peek() {
        None => Ok(json),
        Some(_) => Err(reader.syntax()),
    }
}

/// The keys of an object that has more than a few.
#[derive(Default)]
struct Keys(HashSet<String>);

impl Keys {
    /// Up to here, a look at every earlier key is the quickest.
    const FEW: usize = 16;

    /// Whether the key is none of the members'.
    fn insert(&mut self, members: &[(String, Json)], key: &str) -> bool {
        if members.len() < Self::FEW {
            return members.iter().all(|(earlier, _)| earlier != key);
        }
        // WHY: a look at every earlier key would cost the square of the keys.
        if self.0.is_empty() {
            self.0
                .extend(members.iter().map(|(earlier, _)| earlier.clone()));
        }
        self.0.insert(key.to_owned())
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Json, JsonFault> {
        self.skip_whitespace();
        if depth >= MAX_DEPTH && matches!(self.peek(), Some(b'{' | b'[')) {
            return Err(JsonFault::TooDeep { at: self.at });
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return Err(self.syntax()),
        };
        let span = start..self.at;
        Ok(Json { value, span })
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonFault> {
        let mut members: Vec<(String, Json)> = Vec::new();
        let mut seen = Keys::default();
        self.at += 1;
        self.skip_whitespace();
        if self.take(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_whitespace();
            let key_at = self.at;
            let key = self.string()?;
            if !seen.insert(&members, &key) {
                return Err(JsonFault::DuplicateKey { at: key_at });
            }
            self.skip_whitespace();
            self.expect(b':')?;
            members.push((key, self.value(depth + 1)?));
            self.skip_whitespace();
            if self.take(b'}') {
                return Ok(Value::Object(members));
            }
            self.expect(b',')?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonFault> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_whitespace();
        if self.take(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_whitespace();
            if self.take(b']') {
                return Ok(Value::Array(items));
            }
            self.expect(b',')?;
        }
    }

    fn string(&mut self) -> Result<String, JsonFault> {
        self.expect(b'"')?;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let special = rest
                .bytes()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            let plain = special.and_then(|end| rest.get(..end));
            let plain = plain.ok_or(JsonFault::Syntax {
                at: self.text.len(),
            })?;
            out.push_str(plain);
            self.at += plain.len();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) | None => return Err(self.syntax()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonFault> {
        self.at += 1;
        let escaped = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.syntax()),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// `\uXXXX`, or a pair of surrogates; a lone surrogate is refused.
    fn unicode_escape(&mut self) -> Result<char, JsonFault> {
        let first = self.hex_unit()?;
        let mut units = vec![first];
        if (0xd800..0xdc00).contains(&first) {
            self.expect(b'\\')?;
            units.push(self.hex_unit()?);
        }
        let mut decoded = char::decode_utf16(units);
        match (decoded.next(), decoded.next()) {
            (Some(Ok(character)), None) => Ok(character),
            _ => Err(self.syntax()),
        }
    }

    fn hex_unit(&mut self) -> Result<u16, JsonFault> {
        self.expect(b'u')?;
        let digits = self.text.get(self.at..self.at + 4);
        let unit = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.syntax())?;
        self.at += 4;
        Ok(unit)
    }

    fn number(&mut self) -> Result<Value, JsonFault> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        Ok(Value::Number(text.to_owned()))
    }

    fn digits(&mut self) -> Result<(), JsonFault> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.syntax());
        }
        Ok(())
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonFault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(self.syntax());
        }
        self.at += word.len();
        Ok(value)
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonFault> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(self.syntax())
        }
    }

    fn syntax(&self) -> JsonFault {
        JsonFault::Syntax { at: self.at }
    }
}
