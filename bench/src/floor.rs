//! The floor: what any server of this make costs on this machine, without an engine.
//!
//! The same HTTP library with the same settings as the front's; it reads the request's body and
//! answers a body of the asked size, after it has written one record if that was asked for.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use base::{Clock, SystemClock};
use bytes::Bytes;
use clap::{Args, ValueEnum};
use engine::MachineEntropy;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use store::{Durability, Key, RecordId, Store, StoreFault, Stream, Work};
use store_sqlite::{SqliteOptions, SqliteStore};
use tokio::net::TcpListener;

use crate::fault::Fault;

/// The largest request head, as the front has it.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// What the floor does.
#[derive(Args, Clone, Debug)]
pub(crate) struct FloorArgs {
    /// How large its answers are
    #[arg(long)]
    pub(crate) answer_bytes: usize,

    /// Where it keeps one record for each request; none: it writes nothing
    #[arg(long, requires = "record_bytes", requires = "durability")]
    pub(crate) directory: Option<PathBuf>,

    /// How large a record is
    #[arg(long)]
    pub(crate) record_bytes: Option<usize>,

    /// What the answer waits for
    #[arg(long, value_enum)]
    pub(crate) durability: Option<Wait>,
}

/// What an answer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wait {
    /// The disk.
    Disk,
    /// The operating system; the disk follows within 10 ms.
    Written,
}

struct Floor {
    answer: Bytes,
    log: Option<Log>,
}

struct Log {
    store: SqliteStore,
    stream: Stream,
    record: Vec<u8>,
    durability: Durability,
}

/// Serves on a free port of loopback, which it prints, until its stdin ends.
pub(crate) async fn serve(args: FloorArgs) -> Result<(), Fault> {
    let floor = Arc::new(Floor::open(args)?);
    let listener = listen().await?;
    let address = listener.local_addr().map_err(Fault::system("listening"))?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{address}").map_err(Fault::system("stdout"))?;
    tokio::select! {
        ended = accept(listener, floor) => ended,
        _ = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())) => Ok(()),
    }
}

async fn listen() -> Result<TcpListener, Fault> {
    let bound = TcpListener::bind("127.0.0.1:0").await;
    bound.map_err(Fault::system("listening"))
}

async fn accept(listener: TcpListener, floor: Arc<Floor>) -> Result<(), Fault> {
    loop {
        let (stream, _) = listener
            .accept()
            .await
            .map_err(Fault::system("accepting"))?;
        stream
            .set_nodelay(true)
            .map_err(Fault::system("accepting"))?;
        let floor = Arc::clone(&floor);
        tokio::spawn(async move {
            let mut builder = auto::Builder::new(TokioExecutor::new());
            builder
                .http1()
                .timer(TokioTimer::new())
                .max_buf_size(MAX_HEAD_BYTES);
            let service = hyper::service::service_fn(move |request| {
                let floor = Arc::clone(&floor);
                async move { Ok::<_, Infallible>(floor.answer(request).await) }
            });
            // A connection that breaks is the load generator's to report.
            let _ = builder
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

impl Floor {
    fn open(args: FloorArgs) -> Result<Self, Fault> {
        Ok(Self {
            answer: Bytes::from(vec![b'x'; args.answer_bytes]),
            log: Log::open(args)?,
        })
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let read = request.into_body().collect().await.is_ok();
        let kept = match &self.log {
            Some(log) => log.keep().await.is_ok(),
            None => true,
        };
        let mut response = Response::new(Full::new(self.answer.clone()));
        if !(read && kept) {
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        }
        response
    }
}

impl Log {
    fn open(args: FloorArgs) -> Result<Option<Self>, Fault> {
        let (Some(directory), Some(bytes), Some(wait)) =
            (args.directory, args.record_bytes, args.durability)
        else {
            return Ok(None);
        };
        let options = SqliteOptions::new(&directory);
        let store = SqliteStore::open(options).map_err(|why| Fault::Store { directory, why })?;
        Ok(Some(Self {
            store,
            stream: Stream::new(Key::installation("floor")),
            record: vec![b'x'; bytes],
            durability: match wait {
                Wait::Disk => Durability::Disk,
                Wait::Written => Durability::Written,
            },
        }))
    }

    /// Appends one record as the audit trail does: in a unit of work of its own, which the writer
    /// commits together with those that wait beside it.
    async fn keep(&self) -> Result<(), StoreFault> {
        let id = RecordId::draw(SystemClock.now(), &MachineEntropy::default());
        let mut work = Work::on(self.store.snapshot().await?);
        work.append(self.stream.clone(), id, self.record.clone());
        self.store.commit(work, self.durability).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use store::{Order, RecordRange};

    use super::*;
    use crate::load::{Load, Server, Span, measure};
    use crate::request::Draft;

    /// Each answer of a floor that writes has left one record of the asked size.
    #[tokio::test]
    async fn a_record_for_each_answer() {
        for (durability, connections) in [(Wait::Disk, 1), (Wait::Written, 8)] {
            let directory = tempfile::tempdir().unwrap();
            let floor = Arc::new(
                Floor::open(FloorArgs {
                    answer_bytes: 100,
                    directory: Some(directory.path().to_owned()),
                    record_bytes: Some(700),
                    durability: Some(durability),
                })
                .unwrap(),
            );
            let listener = listen().await.unwrap();
            let server = Server {
                address: listener.local_addr().unwrap(),
                pid: std::process::id(),
                tls: None,
            };
            let accepting = tokio::spawn(accept(listener, Arc::clone(&floor)));
            let requests = [Draft::form("Test", "1", &[]).write("localhost")];
            let load = Load {
                name: "test",
                requests: &requests,
                connections,
            };
            let span = Span {
                warm_up: Duration::ZERO,
                measured: Duration::from_millis(300),
            };
            let measured = measure(&server, &load, span).await.unwrap();
            accepting.abort();
            let log = floor.log.as_ref().unwrap();
            let records = log
                .store
                .read_stream(&log.stream, RecordRange::ALL, Order::Newest, usize::MAX)
                .await
                .unwrap();
            // Those that were answered after the end are not counted.
            let counted = usize::try_from(measured.latencies.count()).unwrap();
            assert!(counted > 0);
            assert!(
                (counted..=counted + connections).contains(&records.len()),
                "{counted} answers, {} records",
                records.len()
            );
            assert!(records.iter().all(|(_, record)| record.len() == 700));
        }
    }
}
