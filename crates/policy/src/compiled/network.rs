//! Addresses and networks as numbers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address of a request; IPv4 within IPv6 is IPv4.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address {
    family: Family,
    bits: u128,
}

/// The network bits of a policy's CIDR.
#[derive(Clone, Copy, Debug)]
pub(super) struct Network {
    family: Family,
    bits: u128,
    mask: u128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

impl Address {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let address = parse_address(text)?;
        Some(Self::new(address.to_canonical()))
    }

    fn new(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self {
                family: Family::V4,
                bits: u128::from(u32::from(address)),
            },
            IpAddr::V6(address) => Self {
                family: Family::V6,
                bits: u128::from(address),
            },
        }
    }
}

impl Network {
    /// `None` for what holds no address: malformed text, and IPv6 networks with host bits. Those of
    /// IPv4 are ignored.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => {
                let prefix = prefix.strip_prefix('+').unwrap_or(prefix);
                (address, Some(parse_decimal(prefix)?))
            }
            None => (text, None),
        };
        let Address { family, bits } = Address::new(parse_address(address)?);
        let width: u32 = match family {
            Family::V4 => 32,
            Family::V6 => 128,
        };
        let host_bits = width.checked_sub(prefix.unwrap_or(width))?;
        let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
        let bits = match family {
            Family::V4 => bits & mask,
            Family::V6 => bits,
        };
        (bits & mask == bits).then_some(Self { family, bits, mask })
    }

    pub(super) fn contains(&self, address: Address) -> bool {
        self.family == address.family && address.bits & self.mask == self.bits
    }
}

/// Four decimal octets, perhaps with leading zeros, or an IPv6 address.
fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        *octet = u8::try_from(parts.next().and_then(parse_decimal)?).ok()?;
    }
    let address = Ipv4Addr::from(octets);
    parts.next().is_none().then_some(IpAddr::V4(address))
}

fn parse_decimal(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}
