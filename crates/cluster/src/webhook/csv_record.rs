//! One record of comma-separated values as Go's `encoding/csv` reads it, for lists of containers.
//!
//! Quotes stand around a whole field, a quote within is doubled, blanks belong to the field.

/// The text is no record: a quote stands where none may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a quote stands where none may")]
pub(crate) struct NoRecord;

/// The fields of the first line that is not empty.
pub(crate) fn fields(text: &str) -> Result<Vec<String>, NoRecord> {
    let mut rest = text.trim_start_matches(['\r', '\n']);
    let mut fields = Vec::new();
    while !rest.is_empty() || !fields.is_empty() {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => bare_field(rest)?,
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => break,
        }
    }
    Ok(fields)
}

fn bare_field(text: &str) -> Result<(String, &str), NoRecord> {
    let end = text.find([',', '\n']).unwrap_or(text.len());
    let (field, after) = text.split_at(end);
    let field = if after.starts_with('\n') || after.is_empty() {
        field.strip_suffix('\r').unwrap_or(field)
    } else {
        field
    };
    if field.contains('"') {
        return Err(NoRecord);
    }
    Ok((field.to_owned(), after))
}

fn quoted_field(text: &str) -> Result<(String, &str), NoRecord> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"').ok_or(NoRecord)?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None if after.is_empty() || after.starts_with([',', '\n', '\r']) => {
                return Ok((field, after));
            }
            None => return Err(NoRecord),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NoRecord, fields};

    #[test]
    fn as_go_reads_them() {
        let cases: [(&str, Result<&[&str], NoRecord>); 14] = [
            ("", Ok(&[])),
            ("sidecar", Ok(&["sidecar"])),
            ("a,b", Ok(&["a", "b"])),
            ("a, b", Ok(&["a", " b"])),
            ("a,", Ok(&["a", ""])),
            (",", Ok(&["", ""])),
            ("\"a,b\",c", Ok(&["a,b", "c"])),
            ("\"a\"\"b\"", Ok(&["a\"b"])),
            ("a\"b", Err(NoRecord)),
            ("\"a\" ,b", Err(NoRecord)),
            ("\"a", Err(NoRecord)),
            ("a,b\nc", Ok(&["a", "b"])),
            ("\n\na,b\r\n", Ok(&["a", "b"])),
            ("a\r,b", Ok(&["a\r", "b"])),
        ];
        for (text, expected) in cases {
            let expected =
                expected.map(|fields| fields.iter().map(|&one| one.to_owned()).collect());
            assert_eq!(fields(text), expected, "{text:?}");
        }
    }
}
