//! Addresses: who is asking, also behind a proxy, and which range they belong to.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use axum::http::HeaderMap;

/// A range of addresses, such as `10.0.0.0/8`; a single address is a range too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address range. Write it like 10.0.0.0/8 or 192.0.2.7")]
pub struct ParseCidrError(String);

impl FromStr for Cidr {
    type Err = ParseCidrError;

    fn from_str(text: &str) -> Result<Self, ParseCidrError> {
        let error = || ParseCidrError(text.to_owned());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.trim().parse().map_err(|_| error())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(most), |p| p.trim().parse().map_err(|_| error()))?;
        if prefix > most { Err(error()) } else { Ok(Self { address, prefix }) }
    }
}

impl Cidr {
    /// Whether it is the whole of IPv4 or IPv6.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.prefix == 0
    }

    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(range), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                range.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(range), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                range.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

/// The address of the caller: the peer's own, or, where the peer is a trusted proxy, the nearest address in
/// `X-Forwarded-For` that is none. What an untrusted peer says about itself counts for nothing (research S16).
#[must_use]
pub fn client_ip(peer: SocketAddr, headers: &HeaderMap, trusted: &[Cidr]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|range| range.contains(address));
    let mut client = peer.ip().to_canonical();
    if !is_trusted(client) {
        return client;
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
    for hop in hops.iter().rev() {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { return client };
        client = address.to_canonical();
        if !is_trusted(client) {
            break;
        }
    }
    client
}

/// What one caller is counted by: an IPv4 address, or the /64 that an IPv6 caller can pick addresses from at will.
#[must_use]
pub fn rate_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(forwarded: &[&str]) -> HeaderMap {
        forwarded.iter().map(|value| ("x-forwarded-for".parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn ranges_contain_what_they_say() {
        let cases = [
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db9::1", true),
        ];
        for (range, address, inside) in cases {
            assert_eq!(
                range.parse::<Cidr>().unwrap().contains(address.parse().unwrap()),
                inside,
                "{range} {address}"
            );
        }
        for wrong in ["", "10.0.0.0/33", "localhost", "10.0.0.0/x"] {
            assert!(wrong.parse::<Cidr>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let cases: [(&str, &[&str], &str); 6] = [
            ("203.0.113.9:1", &["1.1.1.1"], "203.0.113.9"),
            ("10.0.0.1:1", &["198.51.100.4"], "198.51.100.4"),
            ("10.0.0.1:1", &["1.1.1.1, 198.51.100.4"], "198.51.100.4"),
            ("10.0.0.1:1", &["1.1.1.1", "198.51.100.4, 10.0.0.2"], "198.51.100.4"),
            ("10.0.0.1:1", &[], "10.0.0.1"),
            ("10.0.0.1:1", &["1.1.1.1, nonsense"], "10.0.0.1"),
        ];
        for (peer, forwarded, expected) in cases {
            let found = client_ip(peer.parse().unwrap(), &headers(forwarded), &trusted);
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn an_ipv6_caller_is_counted_by_its_network() {
        assert_eq!(rate_key("2001:db8::1".parse().unwrap()), rate_key("2001:db8::ffff:1".parse().unwrap()));
        assert_ne!(rate_key("2001:db8::1".parse().unwrap()), rate_key("2001:db8:0:1::1".parse().unwrap()));
    }
}
