//! How slow a connection may be: ten seconds for a head once its first byte came, some minutes of
//! silence in between (THREATS R20).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// From the first byte of a head to its last.
const HEAD: Duration = Duration::from_secs(10);
/// Between two requests; longer than the clients' own pools keep connections.
const IDLE: Duration = Duration::from_mins(2);

/// Counts the requests of a connection that are being answered; while there are any, the
/// connection may be silent (bodies have their own deadline).
#[derive(Clone, Default)]
pub(crate) struct Pace(Arc<AtomicUsize>);

/// One request being answered.
pub(crate) struct InFlight(Pace);

impl Pace {
    /// A head was read; its answer is being made until the value is dropped.
    pub(crate) fn request(&self) -> InFlight {
        self.0.fetch_add(1, Ordering::AcqRel);
        InFlight(self.clone())
    }

    fn is_idle(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A stream that fails with `TimedOut` when its peer is too slow.
pub(crate) struct Paced<S> {
    stream: S,
    pace: Pace,
    deadline: Pin<Box<Sleep>>,
    waiting: Waiting,
}

/// What the connection waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    FirstByte,
    Head,
    Answer,
}

impl<S> Paced<S> {
    pub(crate) fn new(stream: S) -> (Self, Pace) {
        let pace = Pace::default();
        let deadline = Box::pin(tokio::time::sleep(HEAD));
        let waiting = Waiting::Head;
        (
            Self {
                stream,
                pace: pace.clone(),
                deadline,
                waiting,
            },
            pace,
        )
    }

    fn wait(&mut self, waiting: Waiting, at_most: Duration) {
        if self.waiting != waiting {
            self.waiting = waiting;
            self.deadline.as_mut().reset(Instant::now() + at_most);
        }
    }

    fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.pace.is_idle() {
            self.waiting = Waiting::Answer;
            return Poll::Pending;
        }
        if self.waiting == Waiting::Answer {
            self.wait(Waiting::FirstByte, IDLE);
        }
        match self.deadline.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending => self.poll_deadline(context),
            Poll::Ready(outcome) => {
                if self.pace.is_idle() {
                    self.wait(Waiting::Head, HEAD);
                }
                Poll::Ready(outcome)
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_slow_head_is_cut_and_a_slow_answer_is_not() {
        let (client, server) = tokio::io::duplex(64);
        let (mut client, (mut paced, pace)) = (client, Paced::new(server));
        let mut byte = [0; 1];

        client.write_all(b"G").await.unwrap();
        paced.read_exact(&mut byte).await.unwrap();
        let request = pace.request();
        let silent = tokio::time::timeout(Duration::from_mins(10), paced.read_exact(&mut byte));
        assert!(silent.await.is_err(), "no deadline while an answer is made");
        drop(request);

        let started = Instant::now();
        let error = paced.read_exact(&mut byte).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed().as_secs(), IDLE.as_secs());

        let (mut client, server) = tokio::io::duplex(64);
        let (mut paced, _pace) = Paced::new(server);
        let started = Instant::now();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(3)).await;
                if client.write_all(b"x").await.is_err() {
                    return;
                }
            }
        });
        while paced.read_exact(&mut byte).await.is_ok() {}
        assert_eq!(
            started.elapsed().as_secs(),
            HEAD.as_secs(),
            "bytes do not buy time"
        );
    }
}
