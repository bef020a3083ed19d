//! `IpAddress` and `NotIpAddress`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Match;

/// A request's `::ffff:a.b.c.d` is IPv4. A malformed address in the request never matches, even negated; a malformed network in the
/// policy matches nothing.
pub(super) fn compare(wanted: &[String], value: &str) -> Match {
    let Some(address) = parse_address(value).map(|address| address.to_canonical()) else {
        return Match::Settled(false);
    };
    let contains = |text: &String| Network::parse(text).is_some_and(|net| net.contains(address));
    if wanted.iter().any(contains) {
        Match::Some
    } else {
        Match::None
    }
}

/// What IAM stores: a network that parses, and of IPv6 without host bits and dotted parts.
pub(crate) fn is_storable_network(text: &str) -> bool {
    match Network::parse(text) {
        Some(Network::V4 { .. }) => true,
        Some(Network::V6 { address, prefix }) => {
            !text.contains('.') && u128::from(address) & !mask(prefix, 128) == 0
        }
        None => false,
    }
}

/// An address with the number of bits that count, as the policy wrote them.
#[derive(Clone, Copy, Debug)]
enum Network {
    V4 { address: Ipv4Addr, prefix: u32 },
    V6 { address: Ipv6Addr, prefix: u32 },
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(parse_prefix(prefix)?)),
            None => (text, None),
        };
        match parse_address(address)? {
            IpAddr::V4(address) => {
                let prefix = prefix.unwrap_or(32);
                (prefix <= 32).then_some(Self::V4 { address, prefix })
            }
            IpAddr::V6(address) => {
                let prefix = prefix.unwrap_or(128);
                (prefix <= 128).then_some(Self::V6 { address, prefix })
            }
        }
    }

    /// Host bits of an IPv4 network are ignored; an IPv6 network with host bits holds nothing, not
    /// even the address it names.
    fn contains(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4 { address, prefix }, IpAddr::V4(candidate)) => {
                let differing = u32::from(address) ^ u32::from(candidate);
                u128::from(differing) & mask(prefix, 32) == 0
            }
            (Self::V6 { address, prefix }, IpAddr::V6(candidate)) => {
                u128::from(candidate) & mask(prefix, 128) == u128::from(address)
            }
            (Self::V4 { .. }, IpAddr::V6(_)) | (Self::V6 { .. }, IpAddr::V4(_)) => false,
        }
    }
}

/// The network bits among the lowest `width` bits.
fn mask(prefix: u32, width: u32) -> u128 {
    let all = u128::MAX >> (128 - width);
    let host = u128::MAX.checked_shl(width - prefix).unwrap_or(0);
    all & host
}

fn parse_prefix(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    parse_decimal(digits)
}

fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse().ok().map(IpAddr::V6);
    }
    let mut octets = text.split('.').map(|octet| {
        let octet = parse_decimal(octet)?;
        u8::try_from(octet).ok()
    });
    let mut next = || octets.next().flatten();
    let address = Ipv4Addr::new(next()?, next()?, next()?, next()?);
    (text.split('.').count() == 4).then_some(IpAddr::V4(address))
}

/// Digits with leading zeros, never octal.
fn parse_decimal(text: &str) -> Option<u32> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}
