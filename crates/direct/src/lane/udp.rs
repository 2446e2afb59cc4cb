//! UDP sockets with room for a burst, and the addresses this machine has.
//!
//! Linux gives a socket 208 KiB unless asked, less than one window of SCTP or QUIC: a burst overflows it, and loss
//! control takes the loss for a full network. Measured: seven times the rate with 4 MiB.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use socket2::SockRef;

/// Asked of the system for each direction, bytes. It may grant less (`net.core.rmem_max`).
const BUFFER_WANTED: usize = 4 << 20;

/// What the system granted, bytes. Linux reports twice what was asked, and counts its own book-keeping against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// SO_RCVBUF.
    pub receive: usize,
    /// SO_SNDBUF.
    pub send: usize,
}

/// Ask for large buffers, and say what came of it. A refusal is no error: the socket then works with less.
pub fn enlarge(socket: &UdpSocket) -> io::Result<Granted> {
    let socket = SockRef::from(socket);
    for refused in [socket.set_recv_buffer_size(BUFFER_WANTED), socket.set_send_buffer_size(BUFFER_WANTED)] {
        if let Err(error) = refused {
            tracing::debug!(%error, "the system refused larger UDP buffers");
        }
    }
    Ok(Granted { receive: socket.recv_buffer_size()?, send: socket.send_buffer_size()? })
}

/// What the system will grant to a socket opened later.
pub fn probe_buffers() -> io::Result<Granted> {
    enlarge(&UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?)
}

/// A network this machine is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Our address in it.
    pub address: IpAddr,
    /// How many leading bits of an address name the network.
    pub prefix: u32,
}

impl Network {
    /// Whether `other` is a neighbour: reached without a router.
    #[must_use]
    pub fn contains(&self, other: IpAddr) -> bool {
        match (self.address, other.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let host = u32::MAX.checked_shr(self.prefix).unwrap_or(0);
                ours.to_bits() & !host == theirs.to_bits() & !host
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let host = u128::MAX.checked_shr(self.prefix).unwrap_or(0);
                ours.to_bits() & !host == theirs.to_bits() & !host
            }
            _ => false,
        }
    }
}

/// The networks of this machine's interfaces, without link-local ones; `loopback` or the real ones.
pub fn networks(loopback: bool) -> io::Result<Vec<Network>> {
    let mut found = Vec::new();
    for interface in rtc::shared::ifaces::ifaces()? {
        let Some(address) = interface.addr.map(|address| address.ip()) else { continue };
        if address.is_unspecified() || address.is_loopback() != loopback || is_link_local(address) {
            continue;
        }
        let prefix = match interface.mask.map(|mask| mask.ip()) {
            Some(IpAddr::V4(mask)) => mask.to_bits().leading_ones(),
            Some(IpAddr::V6(mask)) => mask.to_bits().leading_ones(),
            // Unknown: a network of one.
            None => 128,
        };
        let network = Network { address, prefix };
        if !found.contains(&network) {
            found.push(network);
        }
    }
    Ok(found)
}

/// Whether one of `addresses` is a neighbour of this machine: the path between carries frames of 1,500 bytes and
/// needs no relay.
#[must_use]
pub fn same_network(addresses: impl IntoIterator<Item = SocketAddr>) -> bool {
    let mut ours = networks(false).unwrap_or_default();
    ours.extend(networks(true).unwrap_or_default());
    addresses.into_iter().any(|address| ours.iter().any(|network| network.contains(address.ip())))
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_shares_the_network_and_nobody_else() {
        let home = Network { address: IpAddr::from([192, 168, 7, 20]), prefix: 24 };
        assert!(home.contains(IpAddr::from([192, 168, 7, 201])));
        assert!(!home.contains(IpAddr::from([192, 168, 8, 20])));
        assert!(!home.contains("fd00::1".parse().unwrap()));
        let alone = Network { address: IpAddr::from([192, 168, 7, 20]), prefix: 128 };
        assert!(alone.contains(alone.address) && !alone.contains(IpAddr::from([192, 168, 7, 21])));
    }

    #[test]
    fn loopback_is_a_network_of_this_machine() {
        assert!(same_network(["127.0.0.1:9".parse().unwrap()]));
        assert!(!same_network(["203.0.113.7:9".parse().unwrap()]));
    }

    #[test]
    fn a_socket_is_granted_more_than_it_has_unasked() {
        let plain = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let unasked = SockRef::from(&plain).recv_buffer_size().unwrap();
        assert!(probe_buffers().unwrap().receive >= unasked);
    }
}
