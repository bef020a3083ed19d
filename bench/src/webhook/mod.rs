//! The rows of the webhook: irsa's, and beside it AWS's own, on the same cluster.

mod accounts;
mod api_server;
mod certificate;
mod program;
mod review;

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;

use self::accounts::Population;
use self::api_server::ApiServer;
pub(crate) use self::program::Program;
use self::program::Webhook;
use crate::fault::Fault;
use crate::load::{Load, Server, Span, measure};
use crate::process::{memory_kib, own_memory_kib, peak_memory_kib};
use crate::table::{Group, Row};

const CONNECTIONS: [usize; 2] = [1, 16];
const CONTAINERS: [usize; 2] = [1, 10];
const SERVICE_ACCOUNTS: [usize; 2] = [100, 50_000];
const WARM_UP: Duration = Duration::from_secs(1);

/// What was found of one webhook on one cluster.
pub(crate) struct Found {
    /// The rows.
    pub(crate) group: Group,
    /// The memory in use once it knew all ServiceAccounts, in KiB.
    pub(crate) at_rest_kib: Option<u64>,
    /// What of that is no file's.
    pub(crate) own_kib: Option<u64>,
    /// The most it ever had in use, in KiB.
    pub(crate) peak_kib: Option<u64>,
}

/// Measures each program on each cluster.
pub(crate) async fn make(
    programs: &[Program<'_>],
    directory: &Path,
    measured: Duration,
) -> Result<Vec<Found>, Fault> {
    let mut found = Vec::new();
    for service_accounts in SERVICE_ACCOUNTS {
        for program in programs {
            let place = place(directory, found.len())?;
            let population = Population { service_accounts };
            found.push(one(*program, population, &place, measured).await?);
        }
    }
    Ok(found)
}

fn place(directory: &Path, number: usize) -> Result<PathBuf, Fault> {
    let path = directory.join(format!("webhook-{number}"));
    std::fs::create_dir(&path).map_err(Fault::system("making a directory"))?;
    Ok(path)
}

async fn one(
    program: Program<'_>,
    population: Population,
    directory: &Path,
    measured: Duration,
) -> Result<Found, Fault> {
    let api_server = ApiServer::start(population).await?;
    let mut webhook = Webhook::start(program, directory, &api_server.kubeconfig())?;
    // The last one is known when all are.
    let last = population.service_accounts.saturating_sub(1);
    for containers in CONTAINERS {
        let request = review::request(&review::review(last, containers));
        let is_good = |answer: &[u8]| review::gives_identity(answer, last, containers);
        webhook.ready(&request, is_good).await?;
    }
    let server = webhook.server();
    let at_rest_kib = memory_kib(server.pid);
    let own_kib = own_memory_kib(server.pid);
    let mut rows = Vec::new();
    for containers in CONTAINERS {
        for connections in CONNECTIONS {
            rows.push(row(&server, population, containers, connections, measured).await?);
        }
    }
    Ok(Found {
        group: Group {
            title: format!(
                "{}, {} ServiceAccounts",
                program.name, population.service_accounts
            ),
            rows,
        },
        at_rest_kib,
        own_kib,
        peak_kib: peak_memory_kib(server.pid),
    })
}

async fn row(
    server: &Server,
    population: Population,
    containers: usize,
    connections: usize,
    measured: Duration,
) -> Result<Row, Fault> {
    let name = match containers {
        1 => "pod of 1 container".to_owned(),
        more => format!("pod of {more} containers"),
    };
    // Each connection asks for a pod of its own account, spread over all.
    let step = (population.service_accounts / connections).max(1);
    let requests: Vec<Bytes> = (0..connections)
        .map(|index| review::request(&review::review(index * step, containers)))
        .collect();
    let load = Load {
        name: &name,
        requests: &requests,
        connections,
    };
    let span = Span {
        warm_up: WARM_UP,
        measured,
    };
    let measured = measure(server, &load, span).await?;
    Ok(Row {
        name,
        connections: Some(connections),
        waits_for: "",
        measured,
    })
}
