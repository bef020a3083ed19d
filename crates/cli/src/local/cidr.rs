//! Networks, and networks with a port.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// A network in which issuers may live though it is not public, on one port or on every port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IssuerCidr {
    net: IpNet,
    port: Option<u16>,
}

/// A network whose members may say for whom they speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProxyCidr(IpNet);

/// The text is no network.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidCidr {
    #[error("must be ADDRESS[/BITS], such as 10.0.0.0/8 or fd00::/8")]
    Net,
    #[error(
        "must be ADDRESS[/BITS][:PORT], such as 10.0.0.0/8, 10.0.0.0/8:6443 or [fd00::/8]:6443"
    )]
    NetWithPort,
    #[error("the address has bits beyond its network; write {0}")]
    HostBits(IpNet),
}

impl IssuerCidr {
    /// The network.
    pub(crate) fn net(self) -> IpNet {
        self.net
    }

    /// The one port; none is every port.
    pub(crate) fn port(self) -> Option<u16> {
        self.port
    }
}

impl ProxyCidr {
    /// The network.
    pub(crate) fn net(self) -> IpNet {
        self.0
    }
}

impl FromStr for ProxyCidr {
    type Err = InvalidCidr;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_net(text, InvalidCidr::Net).map(Self)
    }
}

impl FromStr for IssuerCidr {
    type Err = InvalidCidr;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (net, port) = split_port(text).ok_or(InvalidCidr::NetWithPort)?;
        let net = parse_net(net, InvalidCidr::NetWithPort)?;
        let port = port
            .map(|port| match port.parse() {
                Ok(0) | Err(_) => Err(InvalidCidr::NetWithPort),
                Ok(port) => Ok(port),
            })
            .transpose()?;
        Ok(Self { net, port })
    }
}

impl fmt::Display for IssuerCidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.net, self.port) {
            (net, None) => write!(f, "{net}"),
            (IpNet::V4(net), Some(port)) => write!(f, "{net}:{port}"),
            (IpNet::V6(net), Some(port)) => write!(f, "[{net}]:{port}"),
        }
    }
}

/// An IPv6 network with a port stands in brackets, or has its bits before the port's colon.
fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(inner) = text.strip_prefix('[') {
        let (net, tail) = inner.split_once(']')?;
        return match tail {
            "" => Some((net, None)),
            tail => Some((net, Some(tail.strip_prefix(':')?))),
        };
    }
    let after_bits = text.split_once('/').map(|(_, bits)| bits);
    let colons = match after_bits {
        Some(bits) => bits.matches(':').count(),
        None => text.matches(':').count(),
    };
    match colons {
        1 => text.rsplit_once(':').map(|(net, port)| (net, Some(port))),
        _ => Some((text, None)),
    }
}

fn parse_net(text: &str, invalid: InvalidCidr) -> Result<IpNet, InvalidCidr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.into());
    }
    let net: IpNet = text.parse().map_err(|_| invalid)?;
    match net.trunc() {
        same if same == net => Ok(net),
        other => Err(InvalidCidr::HostBits(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_with_and_without_a_port() {
        for (text, shown) in [
            ("10.0.0.0/8", Some("10.0.0.0/8")),
            ("10.0.0.0/8:6443", Some("10.0.0.0/8:6443")),
            ("10.0.0.1", Some("10.0.0.1/32")),
            ("10.0.0.1:6443", Some("10.0.0.1/32:6443")),
            ("fd00::/8", Some("fd00::/8")),
            ("fd00::/8:6443", Some("[fd00::/8]:6443")),
            ("[fd00::/8]:6443", Some("[fd00::/8]:6443")),
            ("[::1]:80", Some("[::1/128]:80")),
            ("[::1]", Some("::1/128")),
            ("::1", Some("::1/128")),
            ("10.0.0.1/8", None),
            ("10.0.0.0/33", None),
            ("10.0.0.0/8:", None),
            ("10.0.0.0/8:0", None),
            ("10.0.0.0/8:65536", None),
            ("[fd00::/8]6443", None),
            ("[fd00::/8", None),
            ("example.com", None),
            ("", None),
        ] {
            let found = text.parse::<IssuerCidr>().ok().map(|cidr| cidr.to_string());
            assert_eq!(found.as_deref(), shown, "{text}");
        }
        let every: IssuerCidr = "10.0.0.0/8".parse().unwrap();
        assert_eq!((every.port(), every.net().prefix_len()), (None, 8));
    }

    #[test]
    fn networks_of_proxies() {
        for (text, shown) in [
            ("192.168.0.0/16", Some("192.168.0.0/16")),
            ("::1", Some("::1/128")),
            ("192.168.0.0/16:80", None),
            ("192.168.0.1/16", None),
        ] {
            let found = text
                .parse::<ProxyCidr>()
                .ok()
                .map(|cidr| cidr.net().to_string());
            assert_eq!(found.as_deref(), shown, "{text}");
        }
    }
}
