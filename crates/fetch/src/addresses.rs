//! Which IP addresses are public: a table of those that are not, and who says so.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// What lies behind an address, from harmless on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// Anybody can reach it: so may we.
    Public,
    /// This computer or the organisation's networks: only where an allow-list names the host.
    Private,
    /// Metadata services, groups of computers, and what no server has: never.
    Never,
}

/// Where IPv6 has public addresses at all: <https://www.iana.org/assignments/ipv6-address-space>.
const GLOBAL_UNICAST: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What DNS64 makes of a public IPv4 address on networks that have IPv6 alone: RFC 6052 §2.1.
const NAT64: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Not public. Where nothing else stands beside a row it is of the IANA special-purpose address registries
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>, `iana-ipv6-special-registry`) under the RFC named. Of several rows
/// that hold an address the strictest counts.
const TABLE: &[(IpNet, Reach)] = &[
    (v4([0, 0, 0, 0], 8), Reach::Never), // "this network", RFC 791; Linux takes 0.0.0.0 for itself
    (v4([10, 0, 0, 0], 8), Reach::Private), // RFC 1918
    (v4([100, 64, 0, 0], 10), Reach::Private), // carriers' NAT, RFC 6598
    (v4([100, 100, 100, 200], 32), Reach::Never), // metadata, Alibaba Cloud's documentation
    (v4([127, 0, 0, 0], 8), Reach::Private), // loopback, RFC 1122
    (v4([168, 63, 129, 16], 32), Reach::Never), // "wire server" on every host, Azure's documentation
    (v4([169, 254, 0, 0], 16), Reach::Never), // link-local, RFC 3927; metadata of nearly every cloud
    (v4([172, 16, 0, 0], 12), Reach::Private), // RFC 1918
    (v4([192, 0, 0, 0], 24), Reach::Never), // protocol assignments, RFC 6890; metadata of Oracle's
    (v4([192, 0, 2, 0], 24), Reach::Never), // documentation, RFC 5737
    (v4([192, 31, 196, 0], 24), Reach::Never), // AS112, RFC 7535
    (v4([192, 52, 193, 0], 24), Reach::Never), // AMT relays, RFC 7450
    (v4([192, 88, 99, 0], 24), Reach::Never), // 6to4 relays, RFC 7526
    (v4([192, 168, 0, 0], 16), Reach::Private), // RFC 1918
    (v4([192, 175, 48, 0], 24), Reach::Never), // AS112, RFC 7534
    (v4([198, 18, 0, 0], 15), Reach::Never), // benchmarks, RFC 2544
    (v4([198, 51, 100, 0], 24), Reach::Never), // documentation, RFC 5737
    (v4([203, 0, 113, 0], 24), Reach::Never), // documentation, RFC 5737
    (v4([224, 0, 0, 0], 4), Reach::Never), // multicast, RFC 5771
    (v4([240, 0, 0, 0], 4), Reach::Never), // reserved, RFC 1112; 255.255.255.255, RFC 919
    (v6([0, 0, 0], 96), Reach::Never),   // unspecified, and IPv4-compatible, RFC 4291 §2.5.5.1
    (v6([0x64, 0xff9b, 1], 48), Reach::Never), // NAT64 of one's own, RFC 8215
    (v6([0x100, 0, 0], 64), Reach::Never), // discard, RFC 6666
    (v6([0x2001, 0, 0], 23), Reach::Never), // Teredo, ORCHID and other protocols, RFC 2928
    (v6([0x2001, 0xdb8, 0], 32), Reach::Never), // documentation, RFC 3849
    (v6([0x2002, 0, 0], 16), Reach::Never), // 6to4: any IPv4 address inside, RFC 3056
    (v6([0x2620, 0x4f, 0x8000], 48), Reach::Never), // AS112, RFC 7534
    (v6([0x3fff, 0, 0], 20), Reach::Never), // documentation, RFC 9637
    (v6([0x5f00, 0, 0], 16), Reach::Never), // segment routing, RFC 9602
    (v6([0xfc00, 0, 0], 7), Reach::Private), // unique local, RFC 4193
    (AWS_METADATA, Reach::Never),        // Amazon's documentation (IMDS)
    (GOOGLE_METADATA, Reach::Never),     // Google Cloud's documentation (IPv6-only instances)
    (v6([0xfe80, 0, 0], 10), Reach::Never), // link-local, RFC 4291 §2.5.6
    (v6([0xfec0, 0, 0], 10), Reach::Never), // site-local as it once was, RFC 3879
    (v6([0xff00, 0, 0], 8), Reach::Never), // multicast, RFC 4291 §2.7
];

const AWS_METADATA: IpNet =
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128));
const GOOGLE_METADATA: IpNet =
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128));

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length))
}

const fn v6([a, b, c]: [u16; 3], length: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length))
}

/// Whether anybody on the internet could reach `address`. An IPv4 address inside IPv6 (mapped, RFC 4291 §2.5.5.2; NAT64, RFC 6052)
/// is what it is by itself; one in a NAT64 prefix of a network's own (RFC 6052 §2.2) cannot be told from any other address.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    reach(address) == Reach::Public
}

pub(crate) fn reach(address: IpAddr) -> Reach {
    let address = address.to_canonical();
    let IpAddr::V6(six) = address else { return by_table(address).unwrap_or(Reach::Public) };
    if NAT64.contains(&six) {
        let [.., a, b, c, d] = six.octets();
        // RFC 6052 §3.1: what is not public has no business there, so that no allow-list can mean it.
        let inner = reach(Ipv4Addr::new(a, b, c, d).into());
        return if inner == Reach::Public { Reach::Public } else { Reach::Never };
    }
    if six.is_loopback() {
        // RFC 4291 §2.5.3: it lies among the IPv4-compatible addresses, and is not one of them.
        return Reach::Private;
    }
    let elsewhere = if GLOBAL_UNICAST.contains(&six) { Reach::Public } else { Reach::Never };
    by_table(address).unwrap_or(elsewhere)
}

/// The strictest row that holds it.
fn by_table(address: IpAddr) -> Option<Reach> {
    TABLE.iter().filter(|(net, _)| net.contains(&address)).map(|(_, reach)| *reach).max()
}

/// Names of services that tell a program on a cloud's computer the keys it runs with.
const METADATA_NAMES: &[&str] =
    &["metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"];

pub(crate) fn is_metadata_name(name: &str) -> bool {
    METADATA_NAMES.contains(&name)
}

/// This computer by name: RFC 6761 §6.3.
pub(crate) fn is_localhost_name(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}
