//! What the exit status of a command means.

use std::process::ExitCode;

/// The exit status of every command. `dev` and `exec` give the child's own instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// It failed for a reason that no other status names.
    Failed = 1,
    /// The arguments make no sense (clap's own status too).
    Usage = 2,
    /// The server knows the caller and refused the call.
    Denied = 3,
    /// The server does not know the caller: no credentials, wrong or expired ones.
    NotAuthenticated = 4,
    /// What was asked for is not there.
    NotFound = 5,
    /// The server could not be reached or did not answer in time.
    Unreachable = 6,
    /// Stopped by Ctrl-C.
    Interrupted = 130,
}

/// The same as text, for `irsa help`.
pub(crate) const EXIT_CODES_HELP: &str = "\
Exit codes:
  0    done
  1    failed
  2    wrong usage
  3    denied: the server knows the caller and refused the call
  4    not authenticated: no credentials, or wrong or expired ones
  5    not found
  6    the server could not be reached or did not answer in time
  130  interrupted
  `dev` and `exec` end with the exit code of the command that they run, or 128 + the number of the
  signal that ended it.

Configuration: a flag wins over its variable IRSA_<COMMAND>_<FLAG> (IRSA_ISSUER_CREATE_URL), that
over the file named by --config (TOML: [issuer.create] url = \"…\"), that over the default.";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
