//! One way to configure: flag > variable > file > default.

mod effective;
mod file;
mod settled;
mod variables;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};

pub(crate) use effective::effective_config;
use file::apply_file;
pub(crate) use settled::Origin;
use variables::apply_variables;

use crate::args::Cli;

/// Flags that make sense on the command line only.
const COMMAND_LINE_ONLY: [&str; 4] = ["config", "help", "version", "print-config"];

/// The command line as read, with what the variables and the file add.
pub(crate) struct Configured {
    /// The arguments.
    pub(crate) cli: Cli,
    /// The commands as clap knows them.
    pub(crate) command: Command,
    /// The arguments as clap has them.
    pub(crate) matches: ArgMatches,
    /// The flags, as `token.create.audience`, whose value a variable or the file names.
    pub(crate) origins: HashMap<String, Origin>,
}

/// The arguments, the variables or the file make no sense.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigureError {
    /// Clap says what is wrong; it is also how help and version are asked for.
    #[error(transparent)]
    Arguments(#[from] clap::Error),
    /// A variable or the file is at fault.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// A variable or the file makes no sense.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the file `{}`: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("the file `{}` is no TOML: {}", path.display(), source.to_string().trim_end().replace('\n', " "))]
    NotToml {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    /// No command or flag has this name.
    #[error("unknown key `{key}`")]
    UnknownKey { key: String },
    /// A command's flags stand in a table.
    #[error("`{key}` must be a table")]
    NotTable { key: String },
    /// The value is of a type that no flag takes.
    #[error("`{key}` must be a text, a number, true, false or a list of those")]
    NotValue { key: String },
    /// A list where one value is meant.
    #[error("`{key}` takes one value")]
    OneValue { key: String },
    /// The flag does not take the value.
    #[error("`{place}`: {told}")]
    Value { place: String, told: String },
    /// The variable is not UTF-8.
    #[error("the variable {name} is not UTF-8")]
    NotText { name: String },
}

/// Reads the arguments; `variable` looks up the environment.
pub(crate) fn configure(
    arguments: &[OsString],
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Configured, ConfigureError> {
    let mut command = Cli::command();
    let mut origins = HashMap::new();
    if let Some(path) = config_path(arguments, variable) {
        command = apply_file(command, &path, &mut origins)?;
    }
    command = apply_variables(command, variable, &mut origins)?;
    let matches = command.try_get_matches_from_mut(arguments)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    Ok(Configured {
        cli,
        command,
        matches,
        origins,
    })
}

/// The file must be known before the arguments can be read.
fn config_path(
    arguments: &[OsString],
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    let mut arguments = arguments
        .iter()
        .skip(1)
        .take_while(|argument| *argument != "--");
    while let Some(argument) = arguments.next() {
        if argument == "--config" {
            return arguments.next().map(PathBuf::from);
        }
        if let Some(path) = argument
            .to_str()
            .and_then(|text| text.strip_prefix("--config="))
        {
            return Some(path.into());
        }
    }
    variable("IRSA_CONFIG")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::args::{Command as Verb, IssuerCommand};
    use crate::output::Format;

    fn issuer_create(
        arguments: &str,
        variables: &[(&str, &str)],
        file: &str,
    ) -> Result<Cli, String> {
        let mut config = tempfile::NamedTempFile::new().unwrap();
        config.write_all(file.as_bytes()).unwrap();
        let mut words: Vec<OsString> = vec!["irsa".into()];
        if !file.is_empty() {
            words.extend(["--config".into(), config.path().into()]);
        }
        words.extend(arguments.split_whitespace().map(OsString::from));
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| OsString::from(value))
        };
        configure(&words, &variable)
            .map(|configured| configured.cli)
            .map_err(|error| error.to_string())
    }

    /// The algorithm, the audiences, whether to register, the format.
    fn check(
        arguments: &str,
        variables: &[(&str, &str)],
        file: &str,
        expected: (&str, &[&str], bool, Format),
    ) {
        let cli = issuer_create(arguments, variables, file).unwrap();
        let Verb::Issuer(IssuerCommand::Create(args)) = &cli.command else {
            panic!("another command");
        };
        let client_ids: Vec<&str> = args.client_id.iter().map(String::as_str).collect();
        assert_eq!(
            (
                args.key_algorithm.as_str(),
                client_ids.as_slice(),
                args.register,
                cli.global.output
            ),
            expected,
            "{arguments} {variables:?} {file}"
        );
    }

    const FILE: &str = "output = 'yaml'\n[issuer.create]\nkey-algorithm = 'ES256'\n\
                        register = true\nclient-id = ['a', 'b']\n";

    #[test]
    fn flag_then_variable_then_file_then_default() {
        let default: &[&str] = &["sts.amazonaws.com"];
        check(
            "issuer create x",
            &[],
            "",
            ("RS256", default, false, Format::Table),
        );
        check(
            "issuer create x",
            &[],
            FILE,
            ("ES256", &["a", "b"], true, Format::Yaml),
        );
        check(
            "issuer create x",
            &[
                ("IRSA_ISSUER_CREATE_KEY_ALGORITHM", "RS256"),
                ("IRSA_ISSUER_CREATE_REGISTER", "0"),
                ("IRSA_OUTPUT", "json"),
            ],
            FILE,
            ("RS256", &["a", "b"], false, Format::Json),
        );
        check(
            "issuer create x --key-algorithm ES256 -o table --client-id c",
            &[
                ("IRSA_ISSUER_CREATE_KEY_ALGORITHM", "RS256"),
                ("IRSA_OUTPUT", "json"),
            ],
            FILE,
            ("ES256", &["c"], true, Format::Table),
        );
        // Kubernetes sets such variables beside a Service named `irsa`; empty ones count as unset.
        check(
            "issuer create x",
            &[
                ("IRSA_PORT", "tcp://10.0.0.1:80"),
                ("IRSA_SERVICE_HOST", "10.0.0.1"),
                ("IRSA_OUTPUT", ""),
            ],
            "",
            ("RS256", default, false, Format::Table),
        );
    }

    #[test]
    fn faults_of_the_file_are_told() {
        for (file, told) in [
            ("colour = 'no'", "unknown key `colour`"),
            (
                "[issuer.create]\nname = 'x'",
                "unknown key `issuer.create.name`",
            ),
            ("[issuer]\ncreat = {}", "unknown key `issuer.creat`"),
            (
                "[issuer.create]\nurl = ['a', 'b']",
                "`issuer.create.url` takes one value",
            ),
            (
                "[issuer.create]\nregister = 'maybe'",
                "`issuer.create.register`: invalid value 'maybe'",
            ),
            ("issuer = 1", "`issuer` must be a table"),
            (
                "output = {a = 1}",
                "`output` must be a text, a number, true, false or a list of those",
            ),
            ("config = 'x'", "unknown key `config`"),
            ("[issuer.create", "is no TOML"),
        ] {
            let error = issuer_create("issuer create x", &[], file).unwrap_err();
            assert!(error.contains(told), "{file}: {error}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        let words = ["irsa", "--config=/nowhere/irsa.toml", "version"].map(OsString::from);
        let error = configure(&words, &|_| None).err().unwrap().to_string();
        assert!(error.contains("/nowhere/irsa.toml"), "{error}");
        // What follows `--` is not ours.
        let words = ["irsa", "exec", "--", "x", "--config", "/nowhere"].map(OsString::from);
        assert_eq!(config_path(&words, &|_| None), None);
    }
}
