//! Where a server listens.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

/// An address and a port; port 0 is a free one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen(SocketAddr);

/// The text is no address to listen on.
#[derive(Debug, thiserror::Error)]
#[error("must be ADDRESS:PORT, [IPV6]:PORT or :PORT (on loopback)")]
pub(crate) struct InvalidListen;

impl Listen {
    /// A free port that only this machine reaches.
    pub(crate) const FREE_PORT: Self = Self(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0));

    /// The address.
    pub(crate) fn address(self) -> SocketAddr {
        self.0
    }

    /// Whether only this machine can reach it (THREATS R19).
    pub(crate) fn is_loopback(self) -> bool {
        self.0.ip().to_canonical().is_loopback()
    }
}

impl FromStr for Listen {
    type Err = InvalidListen;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let port = text
            .strip_prefix("localhost:")
            .or_else(|| text.strip_prefix(':'));
        let Some(port) = port else {
            return text.parse().map(Self).map_err(|_| InvalidListen);
        };
        let port = port.parse().map_err(|_| InvalidListen)?;
        Ok(Self((IpAddr::V4(Ipv4Addr::LOCALHOST), port).into()))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, shown) in [
            ("127.0.0.1:4566", Some("127.0.0.1:4566 loopback")),
            (":0", Some("127.0.0.1:0 loopback")),
            ("localhost:80", Some("127.0.0.1:80 loopback")),
            ("[::1]:80", Some("[::1]:80 loopback")),
            (
                "[::ffff:127.0.0.1]:80",
                Some("[::ffff:127.0.0.1]:80 loopback"),
            ),
            ("0.0.0.0:80", Some("0.0.0.0:80 remote")),
            ("[::]:80", Some("[::]:80 remote")),
            ("10.0.0.1:80", Some("10.0.0.1:80 remote")),
            ("4566", None),
            ("127.0.0.1", None),
            ("127.0.0.1:", None),
            ("127.0.0.1:65536", None),
            ("::1:80", None),
            ("example.com:80", None),
            ("", None),
        ] {
            let found = text.parse::<Listen>().ok().map(|listen| {
                let reach = if listen.is_loopback() {
                    "loopback"
                } else {
                    "remote"
                };
                format!("{} {reach}", listen.address())
            });
            assert_eq!(found.as_deref(), shown, "{text}");
        }
    }
}
