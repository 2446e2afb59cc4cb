//! What makes the stack fast, and what tests turn: see docs/BENCHMARKS.md for the measurements.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rtc::ice::mdns::MulticastDnsMode;
use rtc::peer_connection::configuration::setting_engine::SctpMaxMessageSize;
use webrtc::peer_connection::{SettingEngine, SettingEngineBuilder};
use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, Runtime, TokioRuntime,
};

use crate::lane::udp;

/// Threads of its own for all connections of this process: 1.5 to 2 times the rate of a shared pool.
pub(super) const REACTORS: usize = 1;

/// SCTP receive window wanted, bytes. More costs speed on this machine and on lossy paths both.
const WINDOW_WANTED: u32 = 1 << 20;

/// The share of the granted socket buffer that a window may fill: the rest is the kernel's own book-keeping.
const WINDOW_SHARE: f64 = 0.6;

/// Least window, bytes: two messages of a browser.
const WINDOW_LEAST: u32 = 128 << 10;

/// SCTP packets on a path known to carry frames of 1,500 bytes: 1,400 + 37 of DTLS + 28 of UDP and IP (48 with IPv6).
const NEIGHBOUR_MTU: u32 = 1400;

/// Longest message between two desktops, bytes: the most the stack takes.
pub const DESKTOP_MESSAGE_MAX: u32 = 256 << 10;

/// Longest message to and from a browser, bytes: what every one of them takes.
pub const BROWSER_MESSAGE_MAX: u32 = 64 << 10;

/// No answer for so long: `disconnected`.
const DISCONNECTED_AFTER: Duration = Duration::from_secs(3);

/// And for so long after that: `failed`. A lane that broke is opened anew long before.
const FAILED_AFTER: Duration = Duration::from_secs(12);

/// A sign of life on a silent path.
const KEEP_ALIVE: Duration = Duration::from_secs(1);

/// Between two checks of a pair of addresses.
const CHECK_EVERY: Duration = Duration::from_millis(100);

/// Checks of a pair before it counts as dead: 15 seconds, as long as an attempt has. The stack's own 7 are over after 1.4 s, so that
/// a restart in the middle of an outage finds nothing once the line is back.
const CHECKS: u16 = 150;

/// Bytes on their way to a TURN server that passes them on to its client, at most. coturn takes 64 KiB in one burst; what is above is
/// lost, and a lost tail costs a second (docs/BENCHMARKS.md).
pub(super) const RELAYED_FLIGHT: usize = 64 << 10;

/// Longest message on such a path, bytes.
pub(super) const RELAYED_MESSAGE_MAX: usize = 16 << 10;

/// The window that this machine's sockets can hold, bytes.
pub(super) fn window() -> u32 {
    let granted = udp::probe_buffers().map_or(0, |granted| granted.receive);
    fit(granted)
}

fn fit(granted: usize) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a saturating share of a size"
    )]
    let share = (granted as f64 * WINDOW_SHARE) as u32;
    share.clamp(WINDOW_LEAST, WINDOW_WANTED)
}

/// How much may be on its way unacknowledged before `send` waits, bytes.
pub(super) fn send_limit(browser: bool, neighbour: bool, window: u32) -> usize {
    match (browser, neighbour) {
        // A browser's socket overflows on bursts, and on a near path it needs none.
        (true, true) => 256 << 10,
        (true, false) => 1 << 20,
        (false, _) => 2 * window as usize,
    }
}

pub(super) fn settings(
    window: u32,
    message_max: u32,
    neighbour: bool,
    loopback: bool,
    mdns: bool,
) -> SettingEngine {
    let mode = if mdns { MulticastDnsMode::QueryOnly } else { MulticastDnsMode::Disabled };
    let builder = SettingEngineBuilder::new()
        .with_ice_timeouts(Some(DISCONNECTED_AFTER), Some(FAILED_AFTER), Some(KEEP_ALIVE))
        .with_ice_connection_attempts(Some(CHECK_EVERY), Some(CHECKS))
        .with_discard_local_candidates_during_ice_restart(true)
        .with_include_loopback_candidate(loopback)
        .with_multicast_dns_mode(mode)
        .with_sctp_max_message_size(SctpMaxMessageSize::Bounded(message_max))
        .with_sctp_max_receive_buffer_size(window);
    if neighbour { builder.with_sctp_mtu(NEIGHBOUR_MTU) } else { builder }.build()
}

/// Tokio, with room in every UDP socket.
#[derive(Debug)]
pub(super) struct Roomy {
    enlarge: bool,
}

impl Roomy {
    /// Without `enlarge` sockets stay as the system makes them: for the test that shows the difference.
    pub(super) fn shared(enlarge: bool) -> Arc<dyn Runtime> {
        Arc::new(Self { enlarge })
    }
}

impl Runtime for Roomy {
    fn spawn(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) -> Box<dyn JoinHandle> {
        TokioRuntime.spawn(future)
    }

    fn spawn_reactor(
        &self,
        size: usize,
        future: Pin<Box<dyn Future<Output = ()> + Send>>,
    ) -> Box<dyn JoinHandle> {
        TokioRuntime.spawn_reactor(size, future)
    }

    fn wrap_udp_socket(&self, socket: std::net::UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        if self.enlarge {
            let granted = udp::enlarge(&socket)?;
            tracing::debug!(?granted, "UDP buffers");
        }
        TokioRuntime.wrap_udp_socket(socket)
    }

    fn wrap_tcp_listener(&self, listener: std::net::TcpListener) -> io::Result<Arc<dyn AsyncTcpListener>> {
        TokioRuntime.wrap_tcp_listener(listener)
    }

    fn connect_tcp<'a>(
        &'a self,
        address: SocketAddr,
    ) -> Pin<Box<dyn Future<Output = io::Result<Arc<dyn AsyncTcpStream>>> + Send + 'a>> {
        Box::pin(async move { TokioRuntime.connect_tcp(address).await })
    }

    fn resolve_host<'a>(
        &'a self,
        host: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>> {
        Box::pin(async move { TokioRuntime.resolve_host(host).await })
    }

    fn now(&self) -> Instant {
        TokioRuntime.now()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        TokioRuntime.sleep(duration)
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        TokioRuntime.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        TokioRuntime.block_on(future);
    }

    fn yield_now(&self) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        TokioRuntime.yield_now()
    }

    fn name(&self) -> &'static str {
        "tokio"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_fits_what_was_granted() {
        // What Linux grants unasked, doubled as it reports it.
        assert_eq!(fit(425_984), 255_590);
        assert_eq!(fit(8 << 20), WINDOW_WANTED);
        assert_eq!(fit(0), WINDOW_LEAST);
    }
}
