//! From AWS's names to Rust's.

/// `OpenIDConnectProviderArn` → `open_id_connect_provider_arn`.
pub(crate) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut snake = String::new();
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after_lower = before.is_some_and(|c| !c.is_ascii_uppercase());
        let before_lower = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && before.is_some() && (after_lower || before_lower) {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// `GetSecretValue` → `GET_SECRET_VALUE`.
pub(crate) fn screaming(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

/// A field's name, stepping aside for keywords.
pub(crate) fn field(name: &str) -> String {
    match snake(name).as_str() {
        "type" => "kind".to_owned(),
        keyword @ ("match" | "ref" | "self" | "use" | "move" | "static") => format!("{keyword}_"),
        free => free.to_owned(),
    }
}

/// Names that generated code imports to describe shapes with.
const TAKEN: &[&str] = &[
    "Location",
    "Member",
    "Operation",
    "Protocol",
    "Service",
    "Structure",
    "Type",
];

/// `policyNameType` → `PolicyNameType`, stepping aside for what describes shapes.
pub(crate) fn type_name(name: &str) -> String {
    let mut letters = name.chars();
    let name = letters.next().map_or_else(String::new, |c| {
        c.to_ascii_uppercase().to_string() + letters.as_str()
    });
    if TAKEN.contains(&name.as_str()) {
        format!("{name}Shape")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snake_splits_words_as_a_reader_would() {
        for (name, expected) in [
            ("OpenIDConnectProviderArn", "open_id_connect_provider_arn"),
            ("ARN", "arn"),
            ("ClientIDList", "client_id_list"),
            ("VersionIdsToStages", "version_ids_to_stages"),
            ("name", "name"),
            ("oidc", "oidc"),
            (
                "CreateOpenIDConnectProvider",
                "create_open_id_connect_provider",
            ),
        ] {
            assert_eq!(snake(name), expected);
        }
    }
}
