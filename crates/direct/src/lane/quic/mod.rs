//! QUIC straight to another desktop: the fast lane, and the one that lossy lines do not slow down.
//!
//! Both sides bind a socket and learn its [addresses](QuicPort::addresses); the signalling exchanges them. The
//! meeting's initiator dials all of the peer's addresses and keeps the first that answers; the responder listens, and
//! sends to the peer's addresses too, so that both NATs let the other's packets in. On the one bidirectional stream
//! the dialler names itself, the listener answers likewise, then frames go both ways: length (`u32`, little-endian)
//! and message.

mod dial;
mod stun;
mod tls;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use deskside_proto::Digest32;
use deskside_proto::api::IceServer;
use deskside_transfer::meeting::{Parties, Role};
use quinn::{Connection, Endpoint, RecvStream, SendStream, VarInt};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use deskside_proto::limits::QUIC_ADDRESSES_MAX;
use deskside_transfer::LaneKind;

use super::{CLOSE_WAIT, Counters, Lane, LaneError, LaneStats, check_length, udp};
use crate::identity::Identity;

/// Longest message, bytes: a block, and what the engine writes around it.
pub const MESSAGE_MAX: usize = (1 << 20) + 64;

/// Messages that wait between the lane and its stream, in each direction: the windows of QUIC come on top.
const QUEUE: usize = 4;

/// What a port needs to know.
#[derive(Debug, Clone)]
pub struct QuicSettings {
    /// Ours.
    pub identity: Identity,
    /// The peer's certificate, pinned at the meeting.
    pub peer_certificate: Digest32,
    /// Those with `stun:` tell what a NAT makes of our address.
    pub ice_servers: Vec<IceServer>,
    /// Addresses that ICE learnt: a NAT that keeps ports makes them ours too.
    pub ice_addresses: Vec<IpAddr>,
    /// Only this machine, for tests (`DESKSIDE_ICE_LOOPBACK=1`).
    pub loopback: bool,
}

/// A bound socket that has not met its peer.
pub struct QuicPort {
    socket: UdpSocket,
    addresses: Vec<SocketAddr>,
    identity: Identity,
    pinned: Digest32,
}

impl QuicPort {
    /// Bind a socket and learn how it can be reached: takes up to a second if STUN servers do not answer.
    pub async fn bind(settings: QuicSettings) -> Result<Self, LaneError> {
        let QuicSettings { identity, peer_certificate: pinned, ice_servers, ice_addresses, loopback } =
            settings;
        let socket = bind(loopback).map_err(LaneError::setup)?;
        let granted = udp::enlarge(&socket).map_err(LaneError::setup)?;
        tracing::debug!(?granted, "UDP buffers");
        socket.set_nonblocking(true).map_err(LaneError::setup)?;
        let port = socket.local_addr().map_err(LaneError::setup)?.port();
        let networks = udp::networks(loopback).map_err(LaneError::setup)?;
        let local = networks
            .into_iter()
            .map(|network| network.address)
            .filter(|address| !loopback || *address == IpAddr::V4(Ipv4Addr::LOCALHOST));
        let mut addresses: Vec<SocketAddr> = local.map(|address| SocketAddr::new(address, port)).collect();
        let socket = tokio::net::UdpSocket::from_std(socket).map_err(LaneError::setup)?;
        addresses.extend(mapped(&socket, &ice_servers).await);
        addresses.extend(ice_addresses.into_iter().map(|address| SocketAddr::new(address, port)));
        let mut seen = BTreeSet::new();
        addresses.retain(|address| seen.insert(*address));
        addresses.truncate(QUIC_ADDRESSES_MAX);
        let socket = socket.into_std().map_err(LaneError::setup)?;
        Ok(Self { socket, addresses, identity, pinned })
    }

    /// Where the peer can try to reach it, at most [`QUIC_ADDRESSES_MAX`]: for the `quic` signal.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Dial or listen, as `role` says, until a lane is open or `patience` is over.
    pub async fn open(
        self,
        parties: &Parties,
        role: Role,
        theirs: &[SocketAddr],
        patience: Duration,
    ) -> Result<QuicLane, LaneError> {
        let theirs = &theirs[..theirs.len().min(QUIC_ADDRESSES_MAX)];
        match role {
            Role::Initiator => dial::dial(self, parties, theirs, patience).await,
            Role::Responder => dial::listen(self, parties, theirs, patience).await,
        }
    }
}

/// The addresses of a peer's `quic` signal that may be tried: no more than [`QUIC_ADDRESSES_MAX`], and none that would have
/// us send to many, to nobody or to ourselves.
#[must_use]
pub fn peer_addresses(texts: &[String], loopback: bool) -> Vec<SocketAddr> {
    let possible = |address: &SocketAddr| {
        let ip = address.ip().to_canonical();
        address.port() != 0
            && !ip.is_unspecified()
            && !ip.is_multicast()
            && ip != IpAddr::V4(Ipv4Addr::BROADCAST)
            && ip.is_loopback() == loopback
    };
    texts.iter().filter_map(|text| text.parse().ok()).filter(possible).take(QUIC_ADDRESSES_MAX).collect()
}

fn bind(loopback: bool) -> std::io::Result<UdpSocket> {
    if loopback {
        return UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
    }
    dual_stack().or_else(|_| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)))
}

fn dual_stack() -> std::io::Result<UdpSocket> {
    let socket = socket2::Socket::new(socket2::Domain::IPV6, socket2::Type::DGRAM, None)?;
    socket.set_only_v6(false)?;
    socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into())?;
    Ok(socket.into())
}

/// `address` as a socket of the other's family writes it.
fn for_socket(address: SocketAddr, local: SocketAddr) -> SocketAddr {
    match (address.ip(), local.is_ipv6()) {
        (IpAddr::V4(ip), true) => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
        _ => address,
    }
}

/// What the first STUN server that answers says.
async fn mapped(socket: &tokio::net::UdpSocket, servers: &[IceServer]) -> Option<SocketAddr> {
    let local = socket.local_addr().ok()?;
    for (host, port) in servers.iter().flat_map(|server| &server.urls).filter_map(|url| stun::server_of(url))
    {
        let Ok(mut found) = tokio::net::lookup_host((host, port)).await else { continue };
        let Some(server) = found.find(|server| server.is_ipv4() || local.is_ipv6()) else { continue };
        if let Some(mapped) = stun::mapped_address(socket, for_socket(server, local)).await {
            return Some(SocketAddr::new(mapped.ip().to_canonical(), mapped.port()));
        }
    }
    None
}

/// An open QUIC connection.
pub struct QuicLane {
    outgoing: std::sync::Mutex<Option<mpsc::Sender<Bytes>>>,
    incoming: Mutex<mpsc::Receiver<Result<Bytes, LaneError>>>,
    connection: Connection,
    endpoint: Endpoint,
    written: CancellationToken,
    ended: CancellationToken,
    counters: Counters,
}

impl QuicLane {
    fn new(endpoint: Endpoint, connection: Connection, send: SendStream, receive: RecvStream) -> Self {
        let (outgoing, to_send) = mpsc::channel(QUEUE);
        let (received, incoming) = mpsc::channel(QUEUE);
        let (written, ended) = (CancellationToken::new(), CancellationToken::new());
        tokio::spawn(write(send, to_send, written.clone(), ended.clone()));
        tokio::spawn(read(receive, received, ended.clone()));
        Self {
            outgoing: std::sync::Mutex::new(Some(outgoing)),
            incoming: Mutex::new(incoming),
            connection,
            endpoint,
            written,
            ended,
            counters: Counters::default(),
        }
    }

    fn outgoing(&self) -> std::sync::MutexGuard<'_, Option<mpsc::Sender<Bytes>>> {
        self.outgoing.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Until the lane is closed or the connection breaks.
async fn write(
    mut stream: SendStream,
    mut messages: mpsc::Receiver<Bytes>,
    written: CancellationToken,
    ended: CancellationToken,
) {
    let _written = written.drop_guard();
    while let Some(message) = messages.recv().await {
        // The longest message has 21 bits.
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_le_bytes();
        let mut frame = [Bytes::copy_from_slice(&length), message];
        if stream.write_all_chunks(&mut frame).await.is_err() {
            ended.cancel();
            return;
        }
    }
    if stream.finish().is_ok() {
        let _ = stream.stopped().await;
    }
}

/// Until the peer is done, the connection breaks or nobody reads any more.
async fn read(
    mut stream: RecvStream,
    messages: mpsc::Sender<Result<Bytes, LaneError>>,
    ended: CancellationToken,
) {
    loop {
        let message = match read_frame(&mut stream).await {
            Err(LaneError::Closed) => break,
            message => message,
        };
        let last = message.is_err();
        if messages.send(message).await.is_err() || last {
            break;
        }
    }
    ended.cancel();
}

async fn read_frame(stream: &mut RecvStream) -> Result<Bytes, LaneError> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).await.map_err(|_| LaneError::Closed)?;
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    check_length(length, MESSAGE_MAX).map_err(|error| LaneError::Rules(error.to_string()))?;
    let mut message = BytesMut::with_capacity(length);
    while message.len() < length {
        let missing = length - message.len();
        match stream.read_chunk(missing, true).await {
            Ok(Some(chunk)) => message.extend_from_slice(&chunk.bytes),
            Ok(None) | Err(_) => return Err(LaneError::Closed),
        }
    }
    Ok(message.freeze())
}

#[async_trait]
impl Lane for QuicLane {
    fn kind(&self) -> LaneKind {
        LaneKind::Quic
    }

    fn max_message(&self) -> usize {
        MESSAGE_MAX
    }

    async fn send(&self, message: Bytes) -> Result<(), LaneError> {
        check_length(message.len(), MESSAGE_MAX)?;
        let length = message.len();
        let outgoing = self.outgoing().clone().ok_or(LaneError::Closed)?;
        tokio::select! {
            biased;
            () = self.ended.cancelled() => return Err(LaneError::Closed),
            sent = outgoing.send(message) => sent.map_err(|_| LaneError::Closed)?,
        }
        self.counters.sent(length);
        Ok(())
    }

    async fn receive(&self) -> Result<Bytes, LaneError> {
        let message = self.incoming.lock().await.recv().await.unwrap_or(Err(LaneError::Closed))?;
        self.counters.received(message.len());
        Ok(message)
    }

    fn stats(&self) -> LaneStats {
        self.counters.read()
    }

    async fn close(&self) {
        drop(self.outgoing().take());
        let _ = tokio::time::timeout(CLOSE_WAIT, self.written.cancelled()).await;
        self.ended.cancel();
        self.connection.close(VarInt::from_u32(0), b"bye");
        // The packet that says so.
        let _ = tokio::time::timeout(Duration::from_millis(200), self.endpoint.wait_idle()).await;
    }
}

impl Drop for QuicLane {
    fn drop(&mut self) {
        self.connection.close(VarInt::from_u32(0), b"dropped");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_cannot_have_us_send_to_many_or_to_ourselves() {
        let texts = ["192.0.2.7:99", "[2001:db8::7]:99", "255.255.255.255:99", "224.0.0.1:99", "0.0.0.0:99"]
            .iter()
            .chain(&["127.0.0.1:99", "[::1]:99", "[::ffff:127.0.0.1]:99", "192.0.2.7:0", "nonsense"])
            .map(ToString::to_string)
            .collect::<Vec<_>>();
        let expected: Vec<SocketAddr> =
            ["192.0.2.7:99", "[2001:db8::7]:99"].map(|text| text.parse().unwrap()).into();
        assert_eq!(peer_addresses(&texts, false), expected);
        let many: Vec<String> = (1..100).map(|port| format!("192.0.2.7:{port}")).collect();
        assert_eq!(peer_addresses(&many, false).len(), QUIC_ADDRESSES_MAX);
    }
}
