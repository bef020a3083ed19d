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
    /// `None` for what is malformed, of which are IPv6 networks with host bits or a dotted part.
    /// Host bits of IPv4 are ignored.
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
        let (bits, is_written_well) = match family {
            Family::V4 => (bits & mask, true),
            Family::V6 => (bits, bits & mask == bits && !text.contains('.')),
        };
        is_written_well.then_some(Self { family, bits, mask })
    }

    pub(super) fn contains(&self, address: Address) -> bool {
        self.family == address.family && address.bits & self.mask == self.bits
    }
}

/// Four decimal octets, perhaps with leading zeros, or an IPv6 address.
fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return parse_groups(text).map(IpAddr::V6);
    }
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        *octet = u8::try_from(parts.next().and_then(parse_decimal)?).ok()?;
    }
    let address = Ipv4Addr::from(octets);
    parts.next().is_none().then_some(IpAddr::V4(address))
}

/// Groups of IPv6 as AWS takes them: one `::` with perhaps an empty group beside it, nothing after a
/// last colon, nothing for a zero before the first. A dotted part belongs to a mapped address.
fn parse_groups(text: &str) -> Option<Ipv6Addr> {
    let (before, after) = match text.find("::") {
        Some(at) => {
            let (before, run) = text.split_at_checked(at)?;
            (before, run.get(2..))
        }
        None => (text.strip_suffix(':').unwrap_or(text), None),
    };
    let mut written = String::with_capacity(text.len() + 1);
    if before.starts_with(':') {
        written.push('0');
    }
    written.push_str(before);
    if let Some(after) = after {
        if after.contains("::") {
            return None;
        }
        written.push_str("::");
        let after = after.strip_prefix(':').unwrap_or(after);
        written.push_str(after.strip_suffix(':').unwrap_or(after));
    }
    let address: Ipv6Addr = written.parse().ok()?;
    (!text.contains('.') || matches!(address.segments(), [0, 0, 0, 0, 0, 0xffff, _, _]))
        .then_some(address)
}

fn parse_decimal(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}
