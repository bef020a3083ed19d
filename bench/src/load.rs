//! Load: so many connections, each of which sends its next request when it has its answer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::exchange::Connection;
use crate::fault::Fault;
use crate::latency::Latencies;
use crate::process::processor_time;

/// How long after its end a row may last: answers under way, on a machine that is busy.
const LEEWAY: Duration = Duration::from_secs(10);
/// How much of a refusal is shown.
const SHOWN_BYTES: usize = 600;

/// How long is measured.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    /// Before anything is counted.
    pub(crate) warm_up: Duration,
    /// What is counted.
    pub(crate) measured: Duration,
}

/// A server under load.
#[derive(Clone)]
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its process.
    pub(crate) pid: u32,
    /// What trusts its certificate, where it has one.
    pub(crate) tls: Option<TlsConnector>,
}

/// What is sent, over how many connections.
pub(crate) struct Load<'a> {
    /// For messages.
    pub(crate) name: &'a str,
    /// Each connection repeats one of these.
    pub(crate) requests: &'a [Bytes],
    /// How many connections.
    pub(crate) connections: usize,
}

/// What was measured.
pub(crate) struct Measured {
    /// How long each took; the count is that of what was done within the time.
    pub(crate) latencies: Latencies,
    /// The time.
    pub(crate) elapsed: Duration,
    /// What the server's process used of the processors.
    pub(crate) processor: Option<Duration>,
}

impl Measured {
    /// How many in a second.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts stay far below 2^52; a rate is for reading"
    )]
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.count() as f64 / self.elapsed.as_secs_f64()
    }

    /// The server's processor time for one answer.
    pub(crate) fn processor_each(&self) -> Option<Duration> {
        let count = u32::try_from(self.latencies.count()).ok()?;
        self.processor?.checked_div(count)
    }
}

/// Runs one row. Any answer but 200 ends it with a fault.
pub(crate) async fn measure(
    server: &Server,
    load: &Load<'_>,
    span: Span,
) -> Result<Measured, Fault> {
    let limit = span.warm_up + span.measured + LEEWAY;
    tokio::time::timeout(limit, measure_unbounded(server, load, span))
        .await
        .map_err(|_| Fault::Overdue {
            what: load.name.to_owned(),
            limit,
        })?
}

async fn measure_unbounded(
    server: &Server,
    load: &Load<'_>,
    span: Span,
) -> Result<Measured, Fault> {
    let unanswered = |why| Fault::Unanswered {
        what: load.name.to_owned(),
        why,
    };
    let mut connections = Vec::with_capacity(load.connections);
    for _ in 0..load.connections {
        connections.push(Connection::open(server).await.map_err(unanswered)?);
    }
    let from = Instant::now() + span.warm_up;
    let window = Window {
        from,
        to: from + span.measured,
    };
    // INVARIANT: dropping the set ends its tasks, so that a fault of one ends the row.
    let mut tasks = JoinSet::new();
    for (connection, request) in connections.into_iter().zip(load.requests.iter().cycle()) {
        tasks.spawn(repeat(
            connection,
            request.clone(),
            window,
            load.name.to_owned(),
        ));
    }
    let processor = tokio::spawn(processor_within(server.pid, window));
    let mut latencies = Latencies::default();
    while let Some(ended) = tasks.join_next().await {
        let own = ended.map_err(|error| Fault::Check {
            what: "a connection's task",
            why: error.to_string(),
        })??;
        latencies.add(&own);
    }
    if latencies.count() == 0 {
        return Err(Fault::NothingMeasured {
            what: load.name.to_owned(),
        });
    }
    Ok(Measured {
        latencies,
        elapsed: span.measured,
        processor: processor.await.ok().flatten(),
    })
}

/// What counts: exchanges that begin and end in here.
#[derive(Clone, Copy)]
struct Window {
    from: Instant,
    to: Instant,
}

async fn repeat(
    mut connection: Connection,
    request: Bytes,
    window: Window,
    name: String,
) -> Result<Latencies, Fault> {
    let mut latencies = Latencies::default();
    loop {
        let begin = Instant::now();
        if begin >= window.to {
            return Ok(latencies);
        }
        match connection.exchange(&request).await {
            Ok(answer) if answer.status == 200 => {}
            Ok(answer) => {
                return Err(Fault::Refused {
                    what: name,
                    status: answer.status,
                    body: shown(&answer.body),
                });
            }
            Err(why) => return Err(Fault::Unanswered { what: name, why }),
        }
        let end = Instant::now();
        if begin >= window.from && end <= window.to {
            latencies.record(end - begin);
        }
    }
}

/// The beginning of a body, for a message.
pub(crate) fn shown(body: &[u8]) -> String {
    let body = body.get(..SHOWN_BYTES).unwrap_or(body);
    let text = String::from_utf8_lossy(body);
    text.chars().filter(|letter| !letter.is_control()).collect()
}

async fn processor_within(pid: u32, window: Window) -> Option<Duration> {
    tokio::time::sleep_until(window.from.into()).await;
    let before = processor_time(pid)?;
    tokio::time::sleep_until(window.to.into()).await;
    processor_time(pid)?.checked_sub(before)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const SPAN: Span = Span {
        warm_up: Duration::from_millis(5),
        measured: Duration::from_millis(50),
    };

    /// Answers the first `good` requests of each connection with 200, those after with `then`.
    async fn server(good: usize, then: &'static str) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut buffer = [0; 64];
                    let mut answered = 0;
                    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                        let text = if answered < good {
                            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
                        } else {
                            then
                        };
                        answered += 1;
                        if text.is_empty() || stream.write_all(text.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Server {
            address,
            pid: std::process::id(),
            tls: None,
        }
    }

    async fn run(server: Server) -> Result<Measured, Fault> {
        let requests = [Bytes::from_static(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")];
        let load = Load {
            name: "test",
            requests: &requests,
            connections: 3,
        };
        measure(&server, &load, SPAN).await
    }

    #[tokio::test]
    async fn good_answers_are_counted() {
        let measured = run(server(usize::MAX, "").await).await.unwrap();
        assert!(measured.latencies.count() > 0);
        assert!(measured.rate() > 0.0);
    }

    #[tokio::test]
    async fn anything_else_ends_the_row() {
        let refusal = "HTTP/1.1 403 Forbidden\r\ncontent-length: 6\r\n\r\ndenied";
        for (then, expected) in [
            (refusal, "test was answered with status 403: denied"),
            ("", "test was not answered: the connection was closed"),
            (
                "ICY 200 OK\r\n\r\n",
                "test was not answered: the answer is not HTTP/1.1 whose end can be told",
            ),
        ] {
            let fault = run(server(5, then).await)
                .await
                .err()
                .map(|fault| fault.to_string());
            assert_eq!(fault.as_deref(), Some(expected));
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there() {
        // Nothing may listen on port 1 (tcpmux) of a machine that runs tests.
        let closed = Server {
            address: ([127, 0, 0, 1], 1).into(),
            pid: std::process::id(),
            tls: None,
        };
        assert!(matches!(run(closed).await, Err(Fault::Unanswered { .. })));
    }
}
