//! Which rows there are, and how each is made.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;

use crate::checks;
use crate::child::{FloorProcess, Irsa, IrsaOptions};
use crate::disk;
use crate::fault::Fault;
use crate::floor::{FloorArgs, Wait};
use crate::load::{Load, Server, Span, measure};
use crate::process::peak_memory_kib;
use crate::setup::{Scene, set_up};
use crate::table::{Group, Row};
use crate::trail::{self, Trail};

/// How many connections there are.
const CONNECTIONS: [usize; 2] = [16, 64];
/// Before each row of load.
const WARM_UP: Duration = Duration::from_secs(1);
/// What runs on one thread.
const SINGLE: Span = Span {
    warm_up: Duration::from_millis(200),
    measured: Duration::from_secs(1),
};
/// The values of `--audit-sync`, with what an answer then waits for.
const AUDIT_SYNC: [(&str, &str, Wait); 2] = [
    ("always", "the disk", Wait::Disk),
    ("10ms", "the system", Wait::Written),
];

/// What the run is about.
pub(crate) struct Run<'a> {
    /// The binary.
    pub(crate) program: &'a Path,
    /// Where its data lie while it is measured.
    pub(crate) directory: &'a Path,
    /// How long each row of load is measured.
    pub(crate) measured: Duration,
}

/// Everything that was found.
pub(crate) struct Report {
    /// The rows of the floor.
    pub(crate) floor: Group,
    /// All others.
    pub(crate) groups: Vec<Group>,
    /// Name and KiB of each server.
    pub(crate) peak_memory: Vec<(String, Option<u64>)>,
    /// How large an answer and a record are.
    pub(crate) sizes: Sizes,
}

/// What the floor answers and writes, taken from irsa.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    /// An answer to GetSecretValue.
    pub(crate) answer: usize,
    /// Its audit record.
    pub(crate) record: usize,
}

/// What one server gave.
struct MeasuredIrsa {
    rows: Vec<Row>,
    scene: Scene,
    trail: Trail,
    peak_memory_kib: Option<u64>,
}

/// Makes all rows, one after the other.
pub(crate) async fn make(run: &Run<'_>) -> Result<Report, Fault> {
    let mut peak_memory = Vec::new();
    let mut groups = Vec::new();
    let mut first = None;
    for (audit_sync, waits_for, _) in AUDIT_SYNC {
        let measured = run.irsa(audit_sync, waits_for).await?;
        let name = format!("irsa, --audit-sync {audit_sync}");
        peak_memory.push((name.clone(), measured.peak_memory_kib));
        groups.push(Group {
            title: name,
            rows: measured.rows,
        });
        first.get_or_insert((measured.scene, measured.trail));
    }
    let Some((scene, trail)) = first else {
        return Err(Fault::NoRecord(run.directory.to_owned()));
    };
    let sizes = Sizes {
        answer: scene.answer_bytes,
        record: trail.newest_bytes,
    };
    let requests = &scene.get_secret_value;
    let floor = Group {
        title: "The floor: the same HTTP library and settings, no engine".to_owned(),
        rows: run.floor(requests, sizes, None, &mut peak_memory).await?,
    };
    let mut writing = Vec::new();
    for kept in AUDIT_SYNC {
        let rows = run.floor(requests, sizes, Some(kept), &mut peak_memory);
        writing.extend(rows.await?);
    }
    groups.insert(
        0,
        Group {
            title: "The floor plus one record, committed together with those that wait beside it"
                .to_owned(),
            rows: writing,
        },
    );
    groups.push(run.checks(&scene, sizes)?);
    Ok(Report {
        floor,
        groups,
        peak_memory,
        sizes,
    })
}

impl Run<'_> {
    fn subdirectory(&self, name: &str) -> Result<PathBuf, Fault> {
        let path = self.directory.join(name);
        std::fs::create_dir(&path).map_err(Fault::system("making a directory"))?;
        Ok(path)
    }

    /// The rows of irsa itself, on a fresh server.
    async fn irsa(&self, audit_sync: &str, waits_for: &'static str) -> Result<MeasuredIrsa, Fault> {
        let directory = self.subdirectory(audit_sync)?;
        let irsa = Irsa::start(&IrsaOptions {
            program: self.program,
            directory: &directory,
            audit_sync,
        })
        .await?;
        let scene = set_up(&irsa).await?;
        let rows = self.calls(&irsa.server(), &scene, waits_for).await?;
        let peak_memory_kib = irsa.peak_memory_kib();
        let region = irsa.region.clone();
        let trail = trail::read(&irsa.end(), &scene.account, &region).await?;
        let answers: u64 = rows.iter().map(|row| row.measured.latencies.count()).sum();
        if trail.records < answers {
            return Err(Fault::Unrecorded {
                answers,
                records: trail.records,
            });
        }
        Ok(MeasuredIrsa {
            rows,
            scene,
            trail,
            peak_memory_kib,
        })
    }

    async fn calls(
        &self,
        server: &Server,
        scene: &Scene,
        waits_for: &'static str,
    ) -> Result<Vec<Row>, Fault> {
        let mut rows = Vec::new();
        for (name, requests) in [
            ("AssumeRoleWithWebIdentity RS256", &scene.rs256.assume_role),
            ("AssumeRoleWithWebIdentity ES256", &scene.es256.assume_role),
            ("GetCallerIdentity", &scene.get_caller_identity),
            // INVARIANT: the last one, so that the newest record is one of GetSecretValue.
            ("GetSecretValue", &scene.get_secret_value),
        ] {
            rows.extend(self.load(server, name, requests, waits_for).await?);
        }
        Ok(rows)
    }

    async fn load(
        &self,
        server: &Server,
        name: &str,
        requests: &[Bytes],
        waits_for: &'static str,
    ) -> Result<Vec<Row>, Fault> {
        let span = Span {
            warm_up: WARM_UP,
            measured: self.measured,
        };
        let mut rows = Vec::new();
        for connections in CONNECTIONS {
            let load = Load {
                name,
                requests,
                connections,
            };
            rows.push(Row {
                name: name.to_owned(),
                connections: Some(connections),
                waits_for,
                measured: measure(server, &load, span).await?,
            });
        }
        Ok(rows)
    }

    /// The floor, alone or with a record for each request.
    async fn floor(
        &self,
        requests: &[Bytes],
        sizes: Sizes,
        kept: Option<(&str, &'static str, Wait)>,
        peak_memory: &mut Vec<(String, Option<u64>)>,
    ) -> Result<Vec<Row>, Fault> {
        let (name, waits_for) = match kept {
            None => ("bare HTTP floor", ""),
            Some((_, waits_for, _)) => ("floor plus one record", waits_for),
        };
        let directory = match kept {
            None => None,
            Some((audit_sync, ..)) => Some(self.subdirectory(&format!("floor-{audit_sync}"))?),
        };
        let floor = FloorProcess::start(&FloorArgs {
            answer_bytes: sizes.answer,
            directory,
            record_bytes: kept.map(|_| sizes.record),
            durability: kept.map(|(_, _, wait)| wait),
        })?;
        let server = floor.server();
        let rows = self.load(&server, name, requests, waits_for).await?;
        let shown = match kept {
            None => name.to_owned(),
            Some((_, waits_for, _)) => format!("{name}, waits for {waits_for}"),
        };
        peak_memory.push((shown, peak_memory_kib(server.pid)));
        Ok(rows)
    }

    /// What runs on one thread.
    fn checks(&self, scene: &Scene, sizes: Sizes) -> Result<Group, Fault> {
        let (rs256, es256) = (&scene.rs256, &scene.es256);
        let disk = self.subdirectory("disk")?;
        let rows = [
            (
                "SigV4: read and verify",
                checks::sigv4(&scene.received, SINGLE)?,
            ),
            ("RS256 signature", checks::token_signature(rs256, SINGLE)?),
            (
                "RS256 token: read and verify",
                checks::token(rs256, SINGLE)?,
            ),
            ("ES256 signature", checks::token_signature(es256, SINGLE)?),
            (
                "ES256 token: read and verify",
                checks::token(es256, SINGLE)?,
            ),
            (
                "one record and a sync",
                disk::sync(&disk, sizes.record, SINGLE)?,
            ),
        ];
        let rows = rows.into_iter().map(|(name, measured)| Row {
            name: name.to_owned(),
            connections: None,
            waits_for: "",
            measured,
        });
        Ok(Group {
            title: "One after the other on one thread".to_owned(),
            rows: rows.collect(),
        })
    }
}
