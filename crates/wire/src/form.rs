//! `application/x-www-form-urlencoded`, in bodies and query strings.

use base::Fault;

/// Splits a form into names and values, in order. Bad escapes are `MalformedQueryString` with
/// AWS's texts (`facts/sts-iam-wire.md` §3.1).
pub fn parse_form(raw: &[u8]) -> Result<Vec<(String, String)>, Fault> {
    raw.split(|&b| b == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut halves = pair.splitn(2, |&b| b == b'=');
            let name = halves.next().unwrap_or_default();
            let value = halves.next().unwrap_or_default();
            Ok((
                unescape(name, Plus::IsBlank)?,
                unescape(value, Plus::IsBlank)?,
            ))
        })
        .collect()
}

/// Decodes percent escapes of a path segment, where `+` is itself.
pub fn decode_percent(raw: &str) -> Result<String, Fault> {
    unescape(raw.as_bytes(), Plus::IsItself)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Plus {
    IsBlank,
    IsItself,
}

fn unescape(raw: &[u8], plus: Plus) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => bytes.push(escape(rest.next(), rest.next())?),
            b'+' if plus == Plus::IsBlank => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).map_err(|_| malformed("The parameters are not valid UTF-8"))
}

fn escape(high: Option<u8>, low: Option<u8>) -> Result<u8, Fault> {
    let (Some(high), Some(low)) = (high, low) else {
        return Err(malformed("Incomplete trailing escape % sequence"));
    };
    if let (Some(high), Some(low)) = (nibble(high), nibble(low)) {
        return Ok(high << 4 | low);
    }
    let shown = String::from_utf8_lossy(&[high, low]).into_owned();
    Err(malformed(format!(
        "Illegal hex character in escape % pattern: %{shown}"
    )))
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|n| u8::try_from(n).ok())
}

/// A form that cannot be read, or that says a thing twice.
pub(crate) fn malformed(text: impl Into<String>) -> Fault {
    Fault::bad_request("MalformedQueryString", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_split_and_unescaped() {
        type Pairs = &'static [(&'static str, &'static str)];
        let cases: [(&[u8], Pairs); 6] = [
            (b"", &[]),
            (b"a=1&b=2", &[("a", "1"), ("b", "2")]),
            (b"a=x+y%2Bz%20%e2%82%AC", &[("a", "x y+z €")]),
            (b"a&b=&=c", &[("a", ""), ("b", ""), ("", "c")]),
            (b"&&a=b=c&", &[("a", "b=c")]),
            (b"a%3D1=2", &[("a=1", "2")]),
        ];
        for (raw, expected) in cases {
            let parsed = parse_form(raw).unwrap();
            let parsed: Vec<_> = parsed
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .collect();
            assert_eq!(parsed, expected);
        }
    }

    #[test]
    fn bad_escapes_are_refused_with_the_texts_of_aws() {
        let cases: [(&[u8], &str); 5] = [
            (b"a=%", "Incomplete trailing escape % sequence"),
            (b"a=%4", "Incomplete trailing escape % sequence"),
            (b"a=%zz", "Illegal hex character in escape % pattern: %zz"),
            (b"a=%+1", "Illegal hex character in escape % pattern: %+1"),
            (b"a=%ff", "The parameters are not valid UTF-8"),
        ];
        for (raw, text) in cases {
            let fault = parse_form(raw).unwrap_err();
            assert_eq!(
                (fault.code(), fault.status(), fault.message()),
                ("MalformedQueryString", 400, text)
            );
        }
    }

    #[test]
    fn plus_in_a_path_is_itself() {
        assert_eq!(decode_percent("a+b%2Fc").unwrap(), "a+b/c");
    }
}
