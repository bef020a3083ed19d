//! Servers as processes of their own, which end when their handle is dropped.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base::Secret;
use sigv4::Credentials;

use crate::fault::Fault;
use crate::floor::{FloorArgs, Wait};
use crate::load::Server;
use crate::process::peak_memory_kib;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(20);
/// How often it is looked whether it has started.
const LOOK: Duration = Duration::from_millis(10);
/// How much of its log is shown when it did not.
const SHOWN_LINES: usize = 12;

/// A child process; killed and waited for when dropped.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running `irsa serve --dev`.
pub(crate) struct Irsa {
    process: Process,
    address: SocketAddr,
    data: PathBuf,
    /// The administrator's.
    pub(crate) credentials: Credentials,
    /// The home region.
    pub(crate) region: String,
}

/// Which program, with what.
pub(crate) struct IrsaOptions<'a> {
    /// The binary.
    pub(crate) program: &'a Path,
    /// An empty directory for all of its files.
    pub(crate) directory: &'a Path,
    /// The value of `--audit-sync`.
    pub(crate) audit_sync: &'a str,
}

impl Irsa {
    /// Starts it in an empty directory and waits until it serves.
    pub(crate) async fn start(options: &IrsaOptions<'_>) -> Result<Self, Fault> {
        let data = options.directory.join("data");
        let environment = options.directory.join("environment");
        let log = options.directory.join("log");
        let child = Command::new(options.program)
            .args(["serve", "--dev", "--listen", "127.0.0.1:0"])
            .args(["--audit-sync", options.audit_sync])
            .arg("--data-dir")
            .arg(&data)
            .arg("--env-file")
            .arg(&environment)
            // WHY: nothing of the caller's settings may change what is measured.
            .env_clear()
            .env("HOME", options.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).map_err(Fault::system("the server's log"))?)
            .spawn()
            .map_err(|error| not_started(format!("{}: {error}", options.program.display())))?;
        let mut process = Process(child);
        let variables = variables(&mut process, &environment, &log).await?;
        let endpoint = variables.get("AWS_ENDPOINT_URL")?;
        let address = endpoint
            .strip_prefix("http://")
            .and_then(|rest| rest.trim_end_matches('/').parse().ok())
            .ok_or_else(|| not_started(format!("its endpoint is {endpoint}")))?;
        Ok(Self {
            process,
            address,
            data,
            credentials: Credentials {
                access_key_id: variables.get("AWS_ACCESS_KEY_ID")?,
                secret_access_key: Secret::new(variables.get("AWS_SECRET_ACCESS_KEY")?),
                session_token: None,
            },
            region: variables.get("AWS_REGION")?,
        })
    }

    /// Where it listens, and its process.
    pub(crate) fn server(&self) -> Server {
        Server {
            address: self.address,
            pid: self.process.0.id(),
            tls: None,
        }
    }

    /// The Host header of requests to it.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Its peak memory so far.
    pub(crate) fn peak_memory_kib(&self) -> Option<u64> {
        peak_memory_kib(self.process.0.id())
    }

    /// Ends it; its data directory.
    pub(crate) fn end(self) -> PathBuf {
        self.data
    }
}

fn not_started(why: String) -> Fault {
    Fault::NotStarted {
        what: "irsa serve --dev",
        why,
    }
}

/// The variables of a file that the server has finished.
#[derive(Debug, PartialEq, Eq)]
struct Variables(Vec<(String, String)>);

impl Variables {
    fn parse(text: &str) -> Self {
        let pairs = text.lines().filter_map(|line| {
            let line = line.trim();
            let (name, value) = line
                .strip_prefix("export ")
                .unwrap_or(line)
                .split_once('=')?;
            let value = value.trim_matches(['\'', '"']);
            Some((name.to_owned(), value.to_owned()))
        });
        Self(pairs.collect())
    }

    fn get(&self, name: &str) -> Result<String, Fault> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
            .ok_or_else(|| not_started(format!("its environment file has no {name}")))
    }
}

async fn variables(process: &mut Process, file: &Path, log: &Path) -> Result<Variables, Fault> {
    let limit = Instant::now() + START;
    loop {
        // It is there once the server is ready, and put there whole.
        if let Ok(text) = std::fs::read_to_string(file)
            && !text.is_empty()
        {
            return Ok(Variables::parse(&text));
        }
        if let Ok(Some(status)) = process.0.try_wait() {
            return Err(not_started(format!("{status}\n{}", end_of(log))));
        }
        if Instant::now() >= limit {
            let late = format!("not ready within {START:?}\n{}", end_of(log));
            return Err(not_started(late));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The last lines of a server's log.
pub(crate) fn end_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let from = lines.len().saturating_sub(SHOWN_LINES);
    lines.get(from..).unwrap_or_default().join("\n")
}

/// A running floor.
pub(crate) struct FloorProcess {
    process: Process,
    address: SocketAddr,
}

impl FloorProcess {
    /// Starts this program again, as a floor.
    pub(crate) fn start(args: &FloorArgs) -> Result<Self, Fault> {
        let program = std::env::current_exe().map_err(Fault::system("finding this program"))?;
        let mut command = Command::new(program);
        command.args(["floor", "--answer-bytes", &args.answer_bytes.to_string()]);
        if let Some(directory) = &args.directory {
            command.arg("--directory").arg(directory);
        }
        if let Some(bytes) = args.record_bytes {
            command.args(["--record-bytes", &bytes.to_string()]);
        }
        if let Some(wait) = args.durability {
            let name = match wait {
                Wait::Disk => "disk",
                Wait::Written => "written",
            };
            command.args(["--durability", name]);
        }
        let failed = |why: String| Fault::NotStarted {
            what: "the floor",
            why,
        };
        // Its stdin is ours to close: it ends with us whatever happens.
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let mut process = Process(child);
        let mut line = String::new();
        if let Some(stdout) = process.0.stdout.take() {
            let read = BufReader::new(stdout).read_line(&mut line);
            read.map_err(|error| failed(error.to_string()))?;
        }
        let address = line
            .trim()
            .parse()
            .map_err(|_| failed(format!("it said `{}`", line.trim())))?;
        Ok(Self { process, address })
    }

    /// Where it listens, and its process.
    pub(crate) fn server(&self) -> Server {
        Server {
            address: self.address,
            pid: self.process.0.id(),
            tls: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_files() {
        let expected = vec![
            ("A".to_owned(), "x=1".to_owned()),
            ("B".to_owned(), "y".to_owned()),
        ];
        for text in [
            "A=x=1\nB=y\n",
            "export A=x=1\nexport B=y\n",
            "# made by irsa\nA='x=1'\nB=\"y\"",
        ] {
            assert_eq!(
                Variables::parse(text),
                Variables(expected.clone()),
                "{text}"
            );
        }
        assert!(Variables(expected).get("C").is_err());
    }
}
