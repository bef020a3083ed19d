//! `IpAddress` and `NotIpAddress`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Match;
use crate::document::Leniency;

/// A request's `::ffff:a.b.c.d` is IPv4. A malformed address in the request never matches, even
/// negated; a malformed network in the policy matches nothing, and in the simulator ends the
/// comparison unless one before it matched.
pub(super) fn compare(wanted: &[String], value: &str, leniency: Leniency) -> Match {
    let Some(address) = parse_address(value).map(|address| address.to_canonical()) else {
        return Match::Settled(false);
    };
    for operand in wanted {
        match Network::parse(operand) {
            Some(network) if network.contains(address) => return Match::Some,
            None if leniency == Leniency::Simulator => return Match::Settled(false),
            Some(_) | None => {}
        }
    }
    Match::None
}

/// What IAM stores.
pub(crate) fn is_storable_network(text: &str) -> bool {
    Network::parse(text).is_some()
}

/// An address with the number of bits that count. One of IPv6 has neither host bits nor a dotted
/// part.
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
                let is_network = prefix <= 128
                    && !text.contains('.')
                    && u128::from(address) & !mask(prefix, 128) == 0;
                is_network.then_some(Self::V6 { address, prefix })
            }
        }
    }

    /// Host bits of an IPv4 network are ignored.
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

pub(crate) fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return parse_ipv6(text).map(IpAddr::V6);
    }
    let mut octets = text.split('.').map(|octet| {
        let octet = parse_decimal(octet)?;
        u8::try_from(octet).ok()
    });
    let mut next = || octets.next().flatten();
    let address = Ipv4Addr::new(next()?, next()?, next()?, next()?);
    (text.split('.').count() == 4).then_some(IpAddr::V4(address))
}

/// As AWS reads it: a colon at the end is nothing, an empty first group is zero, and beside the one
/// `::` an empty group more does no harm. Only `::ffff:` may have a dotted part.
fn parse_ipv6(text: &str) -> Option<Ipv6Addr> {
    let (head, tail) = match text.split_once("::") {
        Some((_, tail)) if tail.contains("::") => return None,
        Some((head, tail)) => (head, Some(tail.trim_matches(':'))),
        None => (text.strip_suffix(':').unwrap_or(text), None),
    };
    let zero = if head.starts_with(':') { "0" } else { "" };
    let address: Ipv6Addr = match tail {
        Some(tail) => format!("{zero}{head}::{tail}").parse().ok()?,
        None => format!("{zero}{head}").parse().ok()?,
    };
    let is_mapped = address.to_ipv4_mapped().is_some();
    (is_mapped || !text.contains('.')).then_some(address)
}

/// Digits with leading zeros, never octal.
fn parse_decimal(text: &str) -> Option<u32> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}
