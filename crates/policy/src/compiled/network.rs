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
    let mut groups = Groups::default();
    let Some((before, after)) = text.split_once("::") else {
        groups.push_all(text.strip_suffix(':').unwrap_or(text))?;
        return groups.whole(text);
    };
    if after.contains("::") || before.contains('.') {
        return None;
    }
    groups.push_all(before)?;
    let mut tail = Groups::default();
    let after = after.strip_prefix(':').unwrap_or(after);
    tail.push_all(after.strip_suffix(':').unwrap_or(after))?;
    if groups.count + tail.count >= GROUPS {
        return None;
    }
    while groups.count + tail.count < GROUPS {
        groups.push(0)?;
    }
    for group in tail.values.iter().take(tail.count) {
        groups.push(*group)?;
    }
    groups.whole(text)
}

const GROUPS: usize = 8;

#[derive(Default)]
struct Groups {
    values: [u16; GROUPS],
    count: usize,
}

impl Groups {
    /// All groups of a text, which may have none.
    fn push_all(&mut self, text: &str) -> Option<()> {
        if text.is_empty() {
            return Some(());
        }
        let mut rest = match text.strip_prefix(':') {
            Some(rest) => {
                self.push(0)?;
                rest
            }
            None => text,
        };
        while let Some((group, after)) = rest.split_once(':') {
            self.push(hexadecimal(group)?)?;
            rest = after;
        }
        if !rest.contains('.') {
            return self.push(hexadecimal(rest)?);
        }
        let [high, higher, low, lower] = rest.parse::<Ipv4Addr>().ok()?.octets();
        self.push(u16::from_be_bytes([high, higher]))?;
        self.push(u16::from_be_bytes([low, lower]))
    }

    fn push(&mut self, group: u16) -> Option<()> {
        *self.values.get_mut(self.count)? = group;
        self.count += 1;
        Some(())
    }

    fn whole(&self, text: &str) -> Option<Ipv6Addr> {
        let is_mapped = matches!(self.values, [0, 0, 0, 0, 0, 0xffff, _, _]);
        let is_whole = self.count == GROUPS && (is_mapped || !text.contains('.'));
        is_whole.then(|| Ipv6Addr::from(self.values))
    }
}

/// One to four digits.
fn hexadecimal(group: &str) -> Option<u16> {
    let digits = group.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits && group.len() <= 4 {
        u16::from_str_radix(group, 16).ok()
    } else {
        None
    }
}

fn parse_decimal(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}
