//! Booleans as Go's `strconv.ParseBool` reads them, for annotations and flags.

/// `None` when the text is no boolean.
pub fn parse(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn as_go_reads_them() {
        let cases = [
            ("1", Some(true)),
            ("t", Some(true)),
            ("TRUE", Some(true)),
            ("True", Some(true)),
            ("tRUE", None),
            ("yes", None),
            ("", None),
            (" true", None),
            ("0", Some(false)),
            ("F", Some(false)),
            ("false", Some(false)),
            ("False", Some(false)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }
}
