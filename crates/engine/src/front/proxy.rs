//! Who the client is, seen through trusted proxies only (THREATS R17).

use std::net::IpAddr;

use ipnet::IpNet;

use crate::call::Transport;

/// The client's address and transport. Forwarding headers count only from a trusted peer, and of
/// the hops they name the right-most untrusted one is the client.
pub(crate) fn client(
    peer: IpAddr,
    transport: Transport,
    headers: &[(String, Vec<u8>)],
    trusted: &[IpNet],
) -> (IpAddr, Transport) {
    let peer = peer.to_canonical();
    if !is_trusted(peer, trusted) {
        return (peer, transport);
    }
    let transport = match last(headers, "x-forwarded-proto") {
        Some(proto) if proto.eq_ignore_ascii_case("https") => Transport::Tls,
        Some(_) => Transport::Plain,
        None => transport,
    };
    let mut client = peer;
    for hop in hops(headers).into_iter().rev() {
        let Some(hop) = hop else { break };
        client = hop;
        if !is_trusted(hop, trusted) {
            break;
        }
    }
    (client, transport)
}

fn is_trusted(ip: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&ip))
}

/// Every hop of every `X-Forwarded-For`, in order; `None` for one that is no address.
fn hops(headers: &[(String, Vec<u8>)]) -> Vec<Option<IpAddr>> {
    values(headers, "x-forwarded-for")
        .flat_map(|value| {
            value
                .split(',')
                .map(|hop| hop.trim().to_owned())
                .collect::<Vec<_>>()
        })
        .map(|hop| address(&hop))
        .collect()
}

fn address(hop: &str) -> Option<IpAddr> {
    let plain = hop.parse::<IpAddr>().ok();
    let with_port = || {
        hop.parse::<std::net::SocketAddr>()
            .ok()
            .map(|address| address.ip())
    };
    plain.or_else(with_port).map(|ip| ip.to_canonical())
}

fn last(headers: &[(String, Vec<u8>)], name: &str) -> Option<String> {
    let value = values(headers, name).last()?;
    value.rsplit(',').next().map(|item| item.trim().to_owned())
}

fn values<'a>(
    headers: &'a [(String, Vec<u8>)],
    name: &'a str,
) -> impl Iterator<Item = String> + 'a {
    headers
        .iter()
        .filter(move |(known, _)| known == name)
        .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarding_headers_count_from_trusted_peers_only() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        for (peer, forwarded, client_ip) in [
            ("192.0.2.9", "203.0.113.7", "192.0.2.9"),
            ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
            ("10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
            ("10.0.0.1", "203.0.113.7, 10.1.1.1", "203.0.113.7"),
            ("10.0.0.1", "203.0.113.7, junk", "10.0.0.1"),
            ("10.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
            ("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
            ("10.0.0.1", "10.2.2.2", "10.2.2.2"),
        ] {
            let headers = vec![("x-forwarded-for".to_owned(), forwarded.as_bytes().to_vec())];
            let (ip, _) = client(peer.parse().unwrap(), Transport::Plain, &headers, &trusted);
            assert_eq!(ip.to_string(), client_ip, "{peer} {forwarded}");
        }
    }

    #[test]
    fn the_transport_is_the_clients_hop() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let headers = vec![("x-forwarded-proto".to_owned(), b"https".to_vec())];
        for (peer, transport) in [
            ("10.0.0.1", Transport::Tls),
            ("192.0.2.9", Transport::Plain),
        ] {
            let (_, seen) = client(peer.parse().unwrap(), Transport::Plain, &headers, &trusted);
            assert_eq!(seen, transport, "{peer}");
        }
    }
}
