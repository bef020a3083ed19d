//! A request off the wire, before anything in it is believed.

use std::net::IpAddr;

use base::Region;
use bytes::Bytes;
use sigv4::Head;

use crate::call::Transport;

/// The largest body of an STS request: a token of 20,000 characters and its policies.
pub(crate) const MAX_STS_BODY_BYTES: usize = 64 * 1024;
/// The largest body of any other request.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// One HTTP request, its body read whole.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// In upper case.
    pub method: String,
    /// Raw, undecoded.
    pub path: String,
    /// Raw, without the question mark.
    pub query: String,
    /// Lower-case names and values, in the order received.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Bytes,
    /// The client's address (THREATS R17).
    pub ip: IpAddr,
    /// The client's hop.
    pub transport: Transport,
}

impl Arrival {
    pub(crate) fn head(&self) -> Head<'_> {
        Head {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
        }
    }

    /// The first header of that lower-case name, when it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        std::str::from_utf8(value).ok()
    }

    /// The region that an AWS-shaped Host names: `sts.eu-west-1.amazonaws.com`.
    pub(crate) fn host_region(&self) -> Option<Region> {
        let host = self.header("host")?;
        let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let name = host
            .strip_suffix(".amazonaws.com.cn")
            .or_else(|| host.strip_suffix(".amazonaws.com"))
            .or_else(|| host.strip_suffix(".api.aws"))?;
        let mut labels = name.split('.').skip(1);
        let label = labels.next()?;
        if label.contains('-') {
            label.parse().ok()
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_aws_shaped_hosts_name_a_region() {
        for (host, region) in [
            ("sts.eu-west-1.amazonaws.com", Some("eu-west-1")),
            ("sts.eu-west-1.amazonaws.com:443", Some("eu-west-1")),
            ("oidc.eks.eu-west-1.amazonaws.com", None),
            ("sts.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("sts.amazonaws.com", None),
            ("127.0.0.1:4566", None),
            ("localhost", None),
            ("irsa.eu-west-1.example", None),
        ] {
            let arrival = Arrival {
                method: "POST".to_owned(),
                path: "/".to_owned(),
                query: String::new(),
                headers: vec![("host".to_owned(), host.as_bytes().to_vec())],
                body: Bytes::new(),
                ip: [127, 0, 0, 1].into(),
                transport: Transport::Plain,
            };
            assert_eq!(
                arrival.host_region().as_ref().map(Region::as_str),
                region,
                "{host}"
            );
        }
    }
}
