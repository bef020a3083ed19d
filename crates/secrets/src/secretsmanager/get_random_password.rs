//! Draws a password.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html>

use base::{Entropy, EntropyExt, Fault, Secret};
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{GetRandomPasswordInput, GetRandomPasswordOutput};

use super::refusal::invalid_parameter;

const DEFAULT_LENGTH: i64 = 32;
const LOWERCASE: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPERCASE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMBERS: &[u8] = b"0123456789";
const PUNCTUATION: &[u8] = b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const SPACE: &[u8] = b" ";

pub(crate) struct GetRandomPassword;

impl Operation for GetRandomPassword {
    type Input = GetRandomPasswordInput;
    type Output = GetRandomPasswordOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::GET_RANDOM_PASSWORD
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new(
            "secretsmanager:GetRandomPassword",
            "*",
            call.account,
        ))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let password = Recipe::of(input)?.draw(&call.entropy);
        Ok(GetRandomPasswordOutput {
            random_password: Some(password),
        })
    }
}

/// What a password is made of.
struct Recipe {
    length: usize,
    /// The characters of each included type that are not excluded.
    types: Vec<Vec<u8>>,
    each_type: EachType,
}

/// Whether a password must hold a character of each included type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EachType {
    Required,
    Optional,
}

impl Recipe {
    fn of(input: &GetRandomPasswordInput) -> Result<Self, Fault> {
        let excluded = input
            .exclude_characters
            .as_deref()
            .unwrap_or_default()
            .as_bytes();
        let types: Vec<Vec<u8>> = [
            (LOWERCASE, !input.exclude_lowercase.unwrap_or_default()),
            (UPPERCASE, !input.exclude_uppercase.unwrap_or_default()),
            (NUMBERS, !input.exclude_numbers.unwrap_or_default()),
            (PUNCTUATION, !input.exclude_punctuation.unwrap_or_default()),
            (SPACE, input.include_space.unwrap_or_default()),
        ]
        .into_iter()
        .filter(|(_, included)| *included)
        .map(|(all, _)| {
            all.iter()
                .copied()
                .filter(|byte| !excluded.contains(byte))
                .collect()
        })
        .filter(|left: &Vec<u8>| !left.is_empty())
        .collect();
        if types.is_empty() {
            return Err(invalid_parameter(
                "No characters are left to make a password of: every type is excluded.",
            ));
        }
        let each_type = match input.require_each_included_type {
            Some(false) => EachType::Optional,
            Some(true) | None => EachType::Required,
        };
        let length = usize::try_from(input.password_length.unwrap_or(DEFAULT_LENGTH))
            .map_err(|_| invalid_parameter("PasswordLength is out of range."))?;
        if each_type == EachType::Required && length < types.len() {
            return Err(invalid_parameter(format!(
                "PasswordLength {length} is too short to hold a character of each of the {} \
                 included types.",
                types.len()
            )));
        }
        Ok(Self {
            length,
            types,
            each_type,
        })
    }

    /// Every password that fits is as likely as every other: those that lack a required type are
    /// thrown away whole.
    fn draw(&self, entropy: &dyn Entropy) -> Secret<String> {
        let alphabet = self.types.concat();
        loop {
            let password = Secret::new(entropy.text(&alphabet, self.length));
            if self.each_type == EachType::Optional || self.holds_each_type(password.expose()) {
                return password;
            }
        }
    }

    fn holds_each_type(&self, password: &str) -> bool {
        self.types
            .iter()
            .all(|kind| password.bytes().any(|byte| kind.contains(&byte)))
    }
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;

    use super::*;

    fn input(length: i64) -> GetRandomPasswordInput {
        GetRandomPasswordInput {
            password_length: Some(length),
            ..Default::default()
        }
    }

    fn check(input: &GetRandomPasswordInput, holds: &[&[u8]], lacks: &[&[u8]]) {
        let entropy = SeededEntropy::new(3);
        for _ in 0..50 {
            let password = Recipe::of(input).unwrap().draw(&entropy);
            let password = password.expose();
            assert_eq!(
                password.len(),
                usize::try_from(input.password_length.unwrap_or(32)).unwrap()
            );
            for kind in holds {
                assert!(
                    password.bytes().any(|byte| kind.contains(&byte)),
                    "{password}"
                );
            }
            for kind in lacks {
                assert!(
                    !password.bytes().any(|byte| kind.contains(&byte)),
                    "{password}"
                );
            }
        }
    }

    #[test]
    fn passwords_hold_what_was_asked_for() {
        let all = [LOWERCASE, UPPERCASE, NUMBERS, PUNCTUATION];
        check(&GetRandomPasswordInput::default(), &all, &[SPACE]);
        check(&input(4), &all, &[SPACE]);
        check(
            &GetRandomPasswordInput {
                include_space: Some(true),
                ..input(5)
            },
            &[SPACE],
            &[],
        );
        check(
            &GetRandomPasswordInput {
                exclude_numbers: Some(true),
                exclude_punctuation: Some(true),
                exclude_characters: Some("abc".to_owned()),
                ..input(64)
            },
            &[LOWERCASE, UPPERCASE],
            &[NUMBERS, PUNCTUATION, b"abc"],
        );
        check(
            &GetRandomPasswordInput {
                exclude_characters: Some("0123456789".to_owned()),
                ..input(3)
            },
            &[LOWERCASE, UPPERCASE, PUNCTUATION],
            &[NUMBERS],
        );
        check(
            &GetRandomPasswordInput {
                require_each_included_type: Some(false),
                ..input(1)
            },
            &[],
            &[],
        );
        check(&input(4096), &all, &[]);
    }

    #[test]
    fn impossible_passwords_are_refused() {
        let nothing = GetRandomPasswordInput {
            exclude_lowercase: Some(true),
            exclude_uppercase: Some(true),
            exclude_numbers: Some(true),
            exclude_punctuation: Some(true),
            ..input(8)
        };
        for refused in [input(3), nothing] {
            let fault = Recipe::of(&refused).err().unwrap();
            assert_eq!(fault.code(), "InvalidParameterException");
        }
    }
}
