//! One direction of the emulated line: what becomes of a packet, and when it arrives. No clock and no devices in here:
//! both come in, so its unit tests run in virtual time.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use crate::random::Random;

/// The smallest queue a line gets by itself, in bytes: one product of delay and rate is less than one burst on short lines.
const SMALLEST_QUEUE: u64 = 256 * 1024;
/// A packet counts as come up to this much earlier than the emulator saw it: on a busy machine the emulator is late, and
/// the line must not lose rate for that.
const LATENESS: Duration = Duration::from_millis(5);
/// Bytes of an IPv4 header without options (RFC 791 §3.1).
const HEADER: usize = 20;
const IPV4: u8 = 4;
const TCP: u8 = 6;
const UDP: u8 = 17;

/// What one direction of a line is like. The default is a perfect one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WaySettings {
    /// From one end to the other, once a packet has left the queue.
    pub delay: Duration,
    /// Bytes of IP packets per second; `None`: as fast as the emulator can.
    pub rate: Option<u64>,
    /// Bytes that wait at most before the newest are dropped; `None`: `rate` × 2 × `delay`, and at least 256 KiB.
    pub queue: Option<u64>,
    /// The share of packets that get lost at random, 0 to 1.
    pub loss: f64,
}

impl WaySettings {
    fn queue(&self, rate: u64) -> u64 {
        let round_trip = rate as f64 * 2.0 * self.delay.as_secs_f64();
        self.queue.unwrap_or((round_trip as u64).max(SMALLEST_QUEUE))
    }
}

/// What became of the packets of one protocol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets that arrived.
    pub packets: u64,
    /// Their bytes, IP headers included.
    pub bytes: u64,
    /// Packets that did not arrive, for whatever reason.
    pub dropped: u64,
}

/// Why packets did not arrive, in packets of all protocols.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Lost at random.
    pub lost: u64,
    /// The queue was full.
    pub overflowed: u64,
    /// The line was cut.
    pub cut: u64,
    /// UDP, while that was blocked.
    pub blocked: u64,
    /// Not meant for the other end (or not IPv4): a default route brings all kinds of packets here.
    pub stray: u64,
    /// The device at the other end did not take them.
    pub refused: u64,
}

/// One direction's packets since the line began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WayCounters {
    pub tcp: Traffic,
    pub udp: Traffic,
    /// ICMP, IGMP and the rest.
    pub other: Traffic,
    pub dropped: Dropped,
}

impl WayCounters {
    fn of(&mut self, packet: &[u8]) -> &mut Traffic {
        match packet.get(9) {
            Some(&TCP) => &mut self.tcp,
            Some(&UDP) => &mut self.udp,
            _ => &mut self.other,
        }
    }
}

/// What a test can switch while the line is in use.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Switched {
    pub(super) cut: bool,
    pub(super) udp_blocked: bool,
}

/// One direction.
#[derive(Debug)]
pub(super) struct Wire {
    settings: WaySettings,
    /// The only host at the other end.
    to: Ipv4Addr,
    random: Random,
    /// When the last byte of the queue will have left it.
    free_at: Option<Instant>,
    /// In order of arrival: the delay is the same for all.
    under_way: VecDeque<(Instant, Vec<u8>)>,
    counters: WayCounters,
}

impl Wire {
    pub(super) fn new(settings: WaySettings, to: Ipv4Addr, seed: u64) -> Self {
        Self {
            settings,
            to,
            random: Random::from_seed(seed),
            free_at: None,
            under_way: VecDeque::new(),
            counters: WayCounters::default(),
        }
    }

    pub(super) fn counters(&self) -> WayCounters {
        self.counters
    }

    /// A packet enters at `now`; `now` never goes back.
    pub(super) fn enter(&mut self, now: Instant, packet: &[u8], switched: Switched) {
        let dropped = &mut self.counters.dropped;
        let reason = if !is_for(packet, self.to) {
            &mut dropped.stray
        } else if switched.cut {
            &mut dropped.cut
        } else if switched.udp_blocked && packet.get(9) == Some(&UDP) {
            &mut dropped.blocked
        } else {
            return self.queue(now, packet);
        };
        *reason += 1;
        self.counters.of(packet).dropped += 1;
    }

    fn queue(&mut self, now: Instant, packet: &[u8]) {
        let Some(left) = self.leaves(now, packet.len() as u64) else {
            self.counters.dropped.overflowed += 1;
            self.counters.of(packet).dropped += 1;
            return;
        };
        // Lost behind the queue: a lost packet has used the line as well.
        if self.random.chance(self.settings.loss) {
            self.counters.dropped.lost += 1;
            self.counters.of(packet).dropped += 1;
            return;
        }
        self.under_way.push_back((left + self.settings.delay, packet.to_vec()));
    }

    /// When the last of `bytes` leaves the queue; `None` where they find no room in it.
    fn leaves(&mut self, now: Instant, bytes: u64) -> Option<Instant> {
        let Some(rate) = self.settings.rate else { return Some(now) };
        let earliest = now.checked_sub(LATENESS).unwrap_or(now);
        let starts = self.free_at.map_or(now, |free_at| free_at.max(earliest));
        let waiting = starts.saturating_duration_since(now).as_secs_f64() * rate as f64;
        if waiting as u64 + bytes > self.settings.queue(rate) {
            return None;
        }
        let free_at = starts + Duration::from_secs_f64(bytes as f64 / rate.max(1) as f64);
        self.free_at = Some(free_at);
        Some(free_at.max(now))
    }

    /// When the next packet arrives.
    pub(super) fn next_arrival(&self) -> Option<Instant> {
        self.under_way.front().map(|(arrives, _)| *arrives)
    }

    /// The next packet that has arrived at `now`; what is under way while the line is cut is lost.
    pub(super) fn arrived(&mut self, now: Instant, switched: Switched) -> Option<Vec<u8>> {
        loop {
            let (arrives, _) = self.under_way.front()?;
            if *arrives > now {
                return None;
            }
            let (_, packet) = self.under_way.pop_front()?;
            if !switched.cut {
                return Some(packet);
            }
            self.counters.dropped.cut += 1;
            self.counters.of(&packet).dropped += 1;
        }
    }

    /// Whether the device at the other end took a packet that arrived.
    pub(super) fn delivered(&mut self, packet: &[u8], taken: bool) {
        let traffic = self.counters.of(packet);
        if taken {
            traffic.packets += 1;
            traffic.bytes += packet.len() as u64;
        } else {
            traffic.dropped += 1;
            self.counters.dropped.refused += 1;
        }
    }
}

/// Whether an IPv4 packet goes to `to`, or to everybody on the line by multicast or broadcast.
fn is_for(packet: &[u8], to: Ipv4Addr) -> bool {
    let Some(header) = packet.get(..HEADER) else { return false };
    let destination = Ipv4Addr::new(header[16], header[17], header[18], header[19]);
    let everybody = destination.is_multicast()
        || destination.is_broadcast()
        || (destination.octets()[..3] == to.octets()[..3] && destination.octets()[3] == u8::MAX);
    header[0] >> 4 == IPV4 && (destination == to || everybody)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO: Ipv4Addr = Ipv4Addr::new(10, 89, 0, 2);
    const MS: Duration = Duration::from_millis(1);
    const OPEN: Switched = Switched { cut: false, udp_blocked: false };

    fn packet(protocol: u8, to: Ipv4Addr, bytes: usize) -> Vec<u8> {
        let mut packet = vec![0; bytes];
        packet[0] = 0x45;
        packet[9] = protocol;
        packet[16..20].copy_from_slice(&to.octets());
        packet
    }

    fn wire(settings: WaySettings) -> (Wire, Instant) {
        (Wire::new(settings, TO, 7), Instant::now())
    }

    /// Takes out all that has arrived at `now`.
    fn take(wire: &mut Wire, now: Instant, switched: Switched) -> usize {
        let mut taken = 0;
        while let Some(packet) = wire.arrived(now, switched) {
            wire.delivered(&packet, true);
            taken += 1;
        }
        taken
    }

    #[test]
    fn a_packet_arrives_after_the_delay_and_not_before() {
        let (mut wire, start) = wire(WaySettings { delay: 50 * MS, ..WaySettings::default() });
        wire.enter(start, &packet(UDP, TO, 100), OPEN);
        assert_eq!(wire.next_arrival(), Some(start + 50 * MS));
        assert_eq!(take(&mut wire, start + 49 * MS, OPEN), 0);
        assert_eq!(take(&mut wire, start + 50 * MS, OPEN), 1);
        assert_eq!(wire.counters().udp, Traffic { packets: 1, bytes: 100, dropped: 0 });
    }

    #[test]
    fn packets_leave_one_after_another_at_the_rate() {
        let settings = WaySettings { rate: Some(1_000_000), ..WaySettings::default() };
        let (mut wire, start) = wire(settings);
        for _ in 0..100 {
            wire.enter(start, &packet(TCP, TO, 1000), OPEN);
        }
        assert_eq!(take(&mut wire, start + 10 * MS, OPEN), 10, "a thousand bytes a millisecond");
        assert_eq!(take(&mut wire, start + 100 * MS, OPEN), 90);
    }

    #[test]
    fn what_finds_no_room_in_the_queue_is_dropped() {
        let settings = WaySettings { rate: Some(1_000_000), queue: Some(10_000), ..WaySettings::default() };
        let (mut wire, start) = wire(settings);
        for _ in 0..25 {
            wire.enter(start, &packet(TCP, TO, 1000), OPEN);
        }
        assert_eq!(wire.counters().dropped.overflowed, 15);
        assert_eq!(wire.counters().tcp.dropped, 15);
        assert_eq!(take(&mut wire, start + 1000 * MS, OPEN), 10);
        // Room again once it has drained.
        wire.enter(start + 1000 * MS, &packet(TCP, TO, 1000), OPEN);
        assert_eq!(wire.counters().dropped.overflowed, 15);
    }

    #[test]
    fn the_queue_holds_one_round_trip_by_itself() {
        let settings = WaySettings { delay: 50 * MS, rate: Some(10_000_000), ..WaySettings::default() };
        let (mut wire, start) = wire(settings);
        for _ in 0..1500 {
            wire.enter(start, &packet(TCP, TO, 1000), OPEN);
        }
        assert_eq!(wire.counters().dropped.overflowed, 500, "10 MB/s × 100 ms are 1000 packets");
    }

    #[test]
    fn loss_is_as_often_as_asked_and_the_same_for_a_seed() {
        let settings = WaySettings { loss: 0.1, ..WaySettings::default() };
        let lost = |seed: u64| {
            let mut wire = Wire::new(settings, TO, seed);
            let start = Instant::now();
            let pattern: Vec<bool> = (0..10_000)
                .map(|_| {
                    wire.enter(start, &packet(UDP, TO, 100), OPEN);
                    take(&mut wire, start, OPEN) == 0
                })
                .collect();
            assert_eq!(wire.counters().dropped.lost, wire.counters().udp.dropped);
            pattern
        };
        let first = lost(1);
        let count = first.iter().filter(|lost| **lost).count();
        // Five standard deviations of a binomial distribution around 1000.
        assert!((850..=1150).contains(&count), "{count} of 10000");
        assert_eq!(first, lost(1));
        assert_ne!(first, lost(2));
    }

    #[test]
    fn a_cut_loses_what_enters_and_what_is_under_way() {
        let (mut wire, start) = wire(WaySettings { delay: 50 * MS, ..WaySettings::default() });
        let cut = Switched { cut: true, udp_blocked: false };
        wire.enter(start, &packet(TCP, TO, 100), OPEN);
        wire.enter(start + 10 * MS, &packet(TCP, TO, 100), cut);
        assert_eq!(take(&mut wire, start + 60 * MS, cut), 0);
        assert_eq!(wire.counters().dropped.cut, 2);
        wire.enter(start + 60 * MS, &packet(TCP, TO, 100), OPEN);
        assert_eq!(take(&mut wire, start + 110 * MS, OPEN), 1);
    }

    #[test]
    fn only_udp_is_blocked() {
        let (mut wire, start) = wire(WaySettings::default());
        let blocked = Switched { cut: false, udp_blocked: true };
        wire.enter(start, &packet(UDP, TO, 100), blocked);
        wire.enter(start, &packet(TCP, TO, 100), blocked);
        assert_eq!(take(&mut wire, start, blocked), 1);
        assert_eq!((wire.counters().dropped.blocked, wire.counters().tcp.packets), (1, 1));
    }

    #[test]
    fn only_what_goes_to_the_other_end_crosses() {
        let (mut wire, start) = wire(WaySettings::default());
        wire.enter(start, &packet(UDP, Ipv4Addr::new(224, 0, 0, 251), 100), OPEN);
        wire.enter(start, &packet(UDP, Ipv4Addr::new(10, 89, 0, 255), 100), OPEN);
        wire.enter(start, &packet(UDP, Ipv4Addr::new(8, 8, 8, 8), 100), OPEN);
        wire.enter(start, &[0x60; 40], OPEN);
        wire.enter(start, &[], OPEN);
        assert_eq!(take(&mut wire, start, OPEN), 2, "multicast and broadcast");
        assert_eq!(wire.counters().dropped.stray, 3);
    }
}
