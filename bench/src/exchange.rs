//! The smallest HTTP/1.1 client that can be trusted: one request at a time, written as prepared,
//! its answer read to the end.
//!
//! WHY: a full client would take more of the two cores than some of what is measured.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fault::ExchangeFault;

/// The largest answer that is read.
const MAX_ANSWER_BYTES: usize = 1 << 20;
const HEAD_END: &[u8] = b"\r\n\r\n";

/// A kept-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer<'a> {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: &'a [u8],
}

/// Where the body of an answer lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    status: u16,
    start: usize,
    end: usize,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(server: SocketAddr) -> Result<Self, ExchangeFault> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 * 1024),
        })
    }

    /// Sends one request and reads its answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>, ExchangeFault> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        let mut extent = None;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(ExchangeFault::Closed);
            }
            if extent.is_none() {
                extent = read_head(&self.buffer)?;
            }
            if let Some(extent) = extent
                && self.buffer.len() >= extent.end
            {
                // More than was asked for is an answer to nothing.
                let body = self.buffer.get(extent.start..).unwrap_or_default();
                return if self.buffer.len() == extent.end {
                    Ok(Answer {
                        status: extent.status,
                        body,
                    })
                } else {
                    Err(ExchangeFault::Malformed)
                };
            }
            if self.buffer.len() > MAX_ANSWER_BYTES {
                return Err(ExchangeFault::Malformed);
            }
        }
    }
}

/// Where the body will lie, once the head is complete.
fn read_head(bytes: &[u8]) -> Result<Option<Extent>, ExchangeFault> {
    let Some(end) = bytes
        .windows(HEAD_END.len())
        .position(|window| window == HEAD_END)
    else {
        return Ok(None);
    };
    let head = bytes.get(..end).unwrap_or_default();
    let head = std::str::from_utf8(head).map_err(|_| ExchangeFault::Malformed)?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|rest| rest.get(..3))
        .and_then(|code| code.parse().ok())
        .ok_or(ExchangeFault::Malformed)?;
    let length: usize = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .ok_or(ExchangeFault::Malformed)?;
    let start = end + HEAD_END.len();
    Ok(Some(Extent {
        status,
        start,
        end: start.saturating_add(length),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let extent = |status, start, end| Some(Extent { status, start, end });
        for (text, expected) in [
            ("", None),
            ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n", None),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc",
                extent(200, 38, 41),
            ),
            (
                "HTTP/1.1 403 Forbidden\r\nx: y\r\nContent-Length:0\r\n\r\n",
                extent(403, 50, 50),
            ),
        ] {
            assert_eq!(read_head(text.as_bytes()).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_answer() {
        for text in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\n",
            "HTTP/1.1 abc OK\r\ncontent-length: 3\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
            "SSH-2.0\r\n\r\n",
        ] {
            assert!(read_head(text.as_bytes()).is_err(), "{text}");
        }
    }
}
