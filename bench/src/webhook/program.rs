//! A webhook as a process of its own.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::certificate::Certificate;
use crate::child::{Process, end_of};
use crate::exchange::Connection;
use crate::fault::Fault;
use crate::load::Server;

/// How long a webhook may take until it knows all ServiceAccounts.
const START: Duration = Duration::from_mins(1);
/// How often it is asked.
const LOOK: Duration = Duration::from_millis(50);

/// Which webhook.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program<'a> {
    /// For the rows.
    pub(crate) name: &'a str,
    /// The program.
    pub(crate) path: &'a Path,
    /// What stands before the flags, which both have.
    pub(crate) command: &'a [&'a str],
}

/// A running webhook.
pub(crate) struct Webhook {
    process: Process,
    address: SocketAddr,
    log: PathBuf,
    certificate: Certificate,
}

impl Webhook {
    /// Starts it in an empty directory, with a kubeconfig.
    pub(crate) fn start(
        program: Program<'_>,
        directory: &Path,
        kubeconfig: &serde_json::Value,
    ) -> Result<Self, Fault> {
        let certificate = Certificate::make(directory)?;
        let access = directory.join("kubeconfig");
        std::fs::write(&access, kubeconfig.to_string()).map_err(Fault::system("a kubeconfig"))?;
        let (port, metrics) = (free_port()?, free_port()?);
        let log = directory.join("log");
        let child = Command::new(program.path)
            .args(program.command)
            .args(["--in-cluster=false", "--namespace", "bench"])
            .arg(format!("--port={port}"))
            .arg(format!("--metrics-port={metrics}"))
            .arg("--kubeconfig")
            .arg(&access)
            .arg("--tls-cert")
            .arg(&certificate.chain)
            .arg("--tls-key")
            .arg(&certificate.key)
            // WHY: nothing of the caller's settings may change what is measured.
            .env_clear()
            .env("HOME", directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).map_err(Fault::system("the webhook's log"))?)
            .spawn()
            .map_err(|error| not_started(error.to_string()))?;
        Ok(Self {
            process: Process(child),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            log,
            certificate,
        })
    }

    /// Waits until the answer to a request is good.
    pub(crate) async fn ready(
        &mut self,
        request: &[u8],
        is_good: impl Fn(&[u8]) -> bool,
    ) -> Result<(), Fault> {
        let limit = Instant::now() + START;
        loop {
            let last = self.ask(request).await;
            if last.as_ref().is_ok_and(|answer| is_good(answer)) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.process.0.try_wait() {
                return Err(not_started(format!("{status}\n{}", end_of(&self.log))));
            }
            if Instant::now() >= limit {
                let last = last.unwrap_or_else(|why| why.to_string().into_bytes());
                let last = crate::load::shown(&last);
                return Err(not_started(format!(
                    "within {START:?} it gave no identity: {last}\n{}",
                    end_of(&self.log)
                )));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn ask(&self, request: &[u8]) -> Result<Vec<u8>, crate::fault::ExchangeFault> {
        let mut connection = Connection::open(&self.server()).await?;
        let answer = connection.exchange(request).await?;
        Ok(answer.body.to_vec())
    }

    /// Where it listens, and its process.
    pub(crate) fn server(&self) -> Server {
        Server {
            address: self.address,
            pid: self.process.0.id(),
            tls: Some(self.certificate.client.clone()),
        }
    }
}

/// A port that nobody listens on, for programs that cannot choose one.
fn free_port() -> Result<u16, Fault> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = bound.and_then(|listener| listener.local_addr());
    Ok(address.map_err(Fault::system("a free port"))?.port())
}

fn not_started(why: String) -> Fault {
    Fault::NotStarted {
        what: "the webhook",
        why,
    }
}
