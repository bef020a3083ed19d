//! Which addresses may be dialled (THREATS R30).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

use super::{FetchRules, Loopback};

/// One `--allow-issuer-cidr CIDR[:PORT]`; without a port, every port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowedAddress {
    /// The network.
    pub net: IpNet,
    /// The one port.
    pub port: Option<u16>,
}

/// The text is no `CIDR[:PORT]`.
#[derive(Debug, thiserror::Error)]
#[error("must be CIDR or CIDR:PORT, such as `10.0.0.0/8` or `10.0.0.0/8:8443`")]
pub struct InvalidAllowedAddress;

impl FromStr for AllowedAddress {
    type Err = InvalidAllowedAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, rest) = text.split_once('/').ok_or(InvalidAllowedAddress)?;
        let (prefix, port) = match rest.split_once(':') {
            Some((prefix, port)) => (
                prefix,
                Some(port.parse().map_err(|_| InvalidAllowedAddress)?),
            ),
            None => (rest, None),
        };
        let net = format!("{address}/{prefix}")
            .parse()
            .map_err(|_| InvalidAllowedAddress)?;
        Ok(Self { net, port })
    }
}

/// IPv4 ranges that are not global (IANA special-purpose registry).
const V4: [([u8; 4], u8); 17] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([192, 175, 48, 0], 24),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, reserved and broadcast.
    ([224, 0, 0, 0], 3),
];

/// Whether an address must not be dialled.
pub(super) fn is_blocked(address: SocketAddr, rules: &FetchRules) -> bool {
    let (ip, port) = (address.ip().to_canonical(), address.port());
    let listed = |ip: IpAddr| {
        rules.allowed.iter().any(|allowed| {
            allowed.net.contains(&ip) && allowed.port.is_none_or(|only| only == port)
        })
    };
    if listed(ip) || (rules.loopback == Loopback::Accepted && ip.is_loopback()) {
        return false;
    }
    !is_public(ip)
}

/// Whether an address is one of the internet's, and so is dialled without being listed.
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => is_global_v4(v4),
        IpAddr::V6(v6) => is_global_v6(v6) && embedded(v6).all(is_global_v4),
    }
}

fn is_global_v4(ip: Ipv4Addr) -> bool {
    let bits = u32::from(ip);
    !V4.iter().any(|(net, prefix)| {
        let shift = 32 - u32::from(*prefix);
        bits >> shift == u32::from(Ipv4Addr::from(*net)) >> shift
    })
}

/// Only 2000::/3 is global unicast, less its special parts; NAT64's prefix counts by what is
/// embedded in it.
fn is_global_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    if is_nat64(ip) {
        return true;
    }
    let unicast = a & 0xe000 == 0x2000;
    // Documentation (two blocks), 2001::/23 but Teredo, which counts by what is embedded in it, and
    // the direct delegation of AS112.
    let special = matches!((a, b), (0x2001, 0x0db8 | 1..0x0200) | (0x2620, 0x004f))
        || (a == 0x3fff && b < 0x1000);
    unicast && !special
}

fn is_nat64(ip: Ipv6Addr) -> bool {
    ip.segments().starts_with(&[0x64, 0xff9b, 0, 0, 0, 0])
}

/// IPv4 addresses inside NAT64, 6to4 and Teredo addresses.
fn embedded(ip: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> {
    let [first, second, third, fourth, _, _, last_but_one, last] = ip.segments();
    let pair = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    let mut found = Vec::new();
    if is_nat64(ip) {
        found.push(pair(last_but_one, last));
    }
    if first == 0x2002 {
        found.push(pair(second, third));
    }
    if (first, second) == (0x2001, 0) {
        found.push(pair(third, fourth));
        found.push(pair(!last_but_one, !last));
    }
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_global_addresses_are_dialled() {
        let rules = FetchRules::default();
        for (ip, blocked) in [
            ("8.8.8.8", false),
            ("52.94.0.1", false),
            ("0.0.0.0", true),
            ("10.1.2.3", true),
            ("100.64.0.1", true),
            ("127.0.0.1", true),
            ("169.254.169.254", true),
            ("172.31.255.255", true),
            ("172.32.0.1", false),
            ("192.0.0.170", true),
            ("192.168.1.1", true),
            ("198.19.0.1", true),
            ("224.0.0.1", true),
            ("255.255.255.255", true),
            ("2600::1", false),
            ("2a00:1450::1", false),
            ("::1", true),
            ("::", true),
            ("::ffff:127.0.0.1", true),
            ("::ffff:8.8.8.8", false),
            ("fe80::1", true),
            ("fd00:ec2::254", true),
            ("ff02::1", true),
            ("2001:db8::1", true),
            ("64:ff9b::8.8.8.8", false),
            ("64:ff9b::10.0.0.1", true),
            ("64:ff9b:1::a00:1", true),
            ("2002:a00:1::", true),
            ("2002:808:808::", false),
            ("2001:0:a00:1::", true),
            ("2001:0:808:808::f5ff:fffe", true),
            ("::127.0.0.1", true),
        ] {
            let ip: IpAddr = ip.parse().unwrap();
            assert_eq!(
                is_blocked(SocketAddr::new(ip, 443), &rules),
                blocked,
                "{ip}"
            );
        }
    }

    #[test]
    fn lists_allow_by_network_and_port() {
        let rules = FetchRules {
            allowed: vec![
                "10.0.0.0/8:8443".parse().unwrap(),
                "fd00::/8".parse().unwrap(),
            ],
            loopback: Loopback::Refused,
        };
        for (address, blocked) in [
            ("10.1.1.1:8443", false),
            ("10.1.1.1:443", true),
            ("[fd00::1]:1", false),
            ("[::ffff:10.1.1.1]:8443", false),
            ("127.0.0.1:8443", true),
        ] {
            assert_eq!(
                is_blocked(address.parse().unwrap(), &rules),
                blocked,
                "{address}"
            );
        }
        for bad in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/8:x", "", "/"] {
            assert!(bad.parse::<AllowedAddress>().is_err(), "{bad}");
        }
    }
}
