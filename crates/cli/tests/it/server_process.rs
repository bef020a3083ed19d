//! The real server as a process.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::caller::Caller;
use crate::run::irsa;

/// A server that listens. Dropped, it is killed.
pub(crate) struct ServerProcess {
    child: Child,
    stderr: Option<BufReader<ChildStderr>>,
    /// What it said when it was ready.
    pub(crate) said: String,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
}

impl ServerProcess {
    /// Starts `irsa serve --listen :0` with these arguments more, and waits until it listens.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::from(&mut command(arguments))
    }

    /// The same with a command that the test made up.
    pub(crate) fn from(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = Self {
            child: child.spawn().unwrap(),
            stderr: None,
            said: String::new(),
            address: String::new(),
        };
        let mut stderr = BufReader::new(server.child.stderr.take().unwrap());
        while server.address.is_empty() {
            let mut line = String::new();
            let read = stderr.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "the server ended: {}", server.said);
            if line.contains("listen") {
                server.address = address(&line).unwrap();
            }
            server.said.push_str(&line);
        }
        server.stderr = Some(stderr);
        server
    }

    /// The `export` lines; read once.
    pub(crate) fn exports(&mut self) -> HashMap<String, String> {
        let stdout = BufReader::new(self.child.stdout.take().unwrap());
        let mut exports = HashMap::new();
        for line in stdout.lines() {
            let line = line.unwrap();
            let (name, value) = line
                .strip_prefix("export ")
                .unwrap()
                .split_once('=')
                .unwrap();
            exports.insert(name.to_owned(), value.trim_matches('\'').to_owned());
            if name == "AWS_EC2_METADATA_DISABLED" {
                break;
            }
        }
        exports
    }

    /// A caller with the key that the server shows.
    pub(crate) fn caller(&mut self) -> Caller {
        let exports = self.exports();
        Caller {
            address: self.address.clone(),
            region: exports["AWS_REGION"].clone(),
            access_key_id: exports["AWS_ACCESS_KEY_ID"].clone(),
            secret_access_key: exports["AWS_SECRET_ACCESS_KEY"].clone(),
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    /// Lets what it logs run off, so that it never waits for us; the log when it ends.
    pub(crate) fn drain(&mut self) -> std::thread::JoinHandle<String> {
        let mut stderr = self.stderr.take().unwrap();
        std::thread::spawn(move || {
            let mut log = String::new();
            let _ = stderr.read_to_string(&mut log);
            log
        })
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn end(mut self, signal: Signal) -> ExitStatus {
        kill(self.pid(), signal).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What follows the first `://`.
fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("://")?;
    let end = |character: char| !(character.is_ascii_digit() || ".:[]".contains(character));
    rest.split(end).next().map(str::to_owned)
}

/// `irsa serve --listen :0` with these arguments more.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut all = vec!["serve", "--listen", ":0"];
    all.extend_from_slice(arguments);
    irsa(&all)
}
