//! When to try which way to a peer. Pure: times are milliseconds of the link's clock.
//!
//! - WebRTC and QUIC at once, by the meeting's initiator; the responder follows.
//! - The portal's relay when nothing direct came up for 6 s, or when it was lost 5 s ago; closed once something better has lived for 10 s.
//! - What failed is tried again, ever more seldom, at most each 30 s; what was lost, at once, and then each second: the line may come
//!   back any time.

use deskside_transfer::LaneKind;

const RELAY_AFTER_MEETING_MS: u64 = 6_000;
const RELAY_AFTER_LOSS_MS: u64 = 5_000;
const RELAY_CLOSES_AFTER_MS: u64 = 10_000;
const RETRY_FIRST_MS: u64 = 1_000;
const RETRY_MAX_MS: u64 = 30_000;

/// Of one kind of lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Now {
    #[default]
    Nothing,
    Trying,
    /// Up since then.
    Up(u64),
}

/// How the lanes stand, best of each kind.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lanes {
    pub(super) webrtc: Now,
    pub(super) quic: Now,
    pub(super) relay: Now,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Do {
    Open(LaneKind),
    CloseRelay,
}

/// What is possible between the two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Possible {
    pub(super) webrtc: bool,
    pub(super) quic: bool,
    pub(super) relay: bool,
    /// We begin with WebRTC and QUIC.
    pub(super) initiator: bool,
}

#[derive(Debug, Default, Clone, Copy)]
struct Retry {
    /// There was such a lane once: it is possible between these two.
    was_up: bool,
    failures: u32,
    not_before: u64,
}

impl Retry {
    fn failed(&mut self, now: u64) {
        let doublings = if self.was_up { 0 } else { self.failures.min(5) };
        self.not_before = now + (RETRY_FIRST_MS << doublings).min(RETRY_MAX_MS);
        self.failures += 1;
    }
}

#[derive(Debug)]
pub(super) struct Routes {
    possible: Possible,
    webrtc: Retry,
    quic: Retry,
    relay: Retry,
    /// Since when nothing direct is up, and how long the relay then waits.
    without: Option<(u64, u64)>,
}

impl Routes {
    /// The two have met at `now`.
    pub(super) fn new(possible: Possible, now: u64) -> Self {
        let wait = if possible.webrtc || possible.quic { RELAY_AFTER_MEETING_MS } else { 0 };
        Self {
            possible,
            webrtc: Retry::default(),
            quic: Retry::default(),
            relay: Retry::default(),
            without: Some((now, wait)),
        }
    }

    fn retry(&mut self, kind: LaneKind) -> &mut Retry {
        match kind {
            LaneKind::Webrtc => &mut self.webrtc,
            LaneKind::Quic => &mut self.quic,
            LaneKind::Relay => &mut self.relay,
        }
    }

    pub(super) fn up(&mut self, kind: LaneKind) {
        let retry = self.retry(kind);
        (retry.was_up, retry.failures) = (true, 0);
        if kind != LaneKind::Relay {
            self.without = None;
        }
    }

    /// An attempt came to nothing.
    pub(super) fn failed(&mut self, kind: LaneKind, now: u64) {
        self.retry(kind).failed(now);
    }

    /// A lane that was up is not; `lanes` without it.
    pub(super) fn lost(&mut self, kind: LaneKind, now: u64, lanes: &Lanes) {
        self.retry(kind).not_before = now;
        let direct = matches!(lanes.webrtc, Now::Up(_)) || matches!(lanes.quic, Now::Up(_));
        if !direct && kind != LaneKind::Relay {
            self.without = Some((now, RELAY_AFTER_LOSS_MS));
        }
    }

    /// The network or the portal is back, or the peer came by another way: nothing is held back any more.
    pub(super) fn hurry(&mut self, now: u64) {
        for retry in [&mut self.webrtc, &mut self.quic, &mut self.relay] {
            *retry = Retry { failures: 0, not_before: now, ..*retry };
        }
    }

    /// The peer waits at the relay.
    pub(super) fn relay_wanted(&mut self, now: u64) {
        self.relay.not_before = now;
        if let Some((since, wait)) = &mut self.without {
            *wait = now.saturating_sub(*since).min(*wait);
        }
    }

    /// What to do now.
    pub(super) fn due(&self, now: u64, lanes: &Lanes) -> Vec<Do> {
        let mut due = Vec::new();
        let Possible { webrtc, quic, relay, initiator } = self.possible;
        let free = |retry: &Retry, lane: Now| lane == Now::Nothing && now >= retry.not_before;
        if webrtc && initiator && free(&self.webrtc, lanes.webrtc) {
            due.push(Do::Open(LaneKind::Webrtc));
        }
        if quic && initiator && free(&self.quic, lanes.quic) {
            due.push(Do::Open(LaneKind::Quic));
        }
        let waited = self.without.is_some_and(|(since, wait)| now >= since + wait);
        if relay && waited && free(&self.relay, lanes.relay) {
            due.push(Do::Open(LaneKind::Relay));
        }
        let lived = [lanes.webrtc, lanes.quic]
            .into_iter()
            .any(|lane| matches!(lane, Now::Up(since) if now >= since + RELAY_CLOSES_AFTER_MS));
        if lived && lanes.relay != Now::Nothing {
            due.push(Do::CloseRelay);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Possible = Possible { webrtc: true, quic: true, relay: true, initiator: true };
    use LaneKind::{Quic, Relay, Webrtc};

    /// Z20: direct ways first, the portal only where they do not come up.
    #[test]
    fn the_relay_is_the_last_resort() {
        let mut routes = Routes::new(ALL, 0);
        let mut lanes = Lanes::default();
        assert_eq!(routes.due(0, &lanes), [Do::Open(Webrtc), Do::Open(Quic)]);
        (lanes.webrtc, lanes.quic) = (Now::Trying, Now::Trying);
        assert_eq!(routes.due(5_999, &lanes), []);
        assert_eq!(routes.due(6_000, &lanes), [Do::Open(Relay)]);
        lanes.relay = Now::Up(6_100);
        routes.up(Relay);
        lanes.webrtc = Now::Up(7_000);
        routes.up(Webrtc);
        assert_eq!(routes.due(16_999, &lanes), []);
        assert_eq!(routes.due(17_000, &lanes), [Do::CloseRelay]);
        lanes.relay = Now::Nothing;
        routes.lost(Relay, 17_000, &lanes);
        assert_eq!(routes.due(60_000, &lanes), []);
        (lanes.webrtc, lanes.quic) = (Now::Nothing, Now::Trying);
        routes.lost(Webrtc, 60_000, &lanes);
        assert_eq!(routes.due(60_000, &lanes), [Do::Open(Webrtc)]);
        assert_eq!(routes.due(65_000, &lanes), [Do::Open(Webrtc), Do::Open(Relay)]);
    }

    #[test]
    fn what_fails_is_tried_ever_more_seldom() {
        let mut routes = Routes::new(Possible { quic: false, relay: false, ..ALL }, 0);
        let lanes = Lanes::default();
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..7 {
            routes.failed(Webrtc, now);
            let next = (now..).step_by(500).find(|at| !routes.due(*at, &lanes).is_empty()).unwrap();
            waits.push(next - now);
            now = next;
        }
        assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        routes.hurry(now);
        assert_eq!(routes.due(now, &lanes), [Do::Open(Webrtc)]);
        routes.up(Webrtc);
        routes.lost(Webrtc, now, &lanes);
        for _ in 0..7 {
            routes.failed(Webrtc, now);
            assert_eq!(routes.due(now + 999, &lanes), [], "a way that worked before");
            now += 1_000;
            assert_eq!(routes.due(now, &lanes), [Do::Open(Webrtc)]);
        }
    }

    #[test]
    fn the_responder_waits_for_offers() {
        let mut routes = Routes::new(Possible { initiator: false, ..ALL }, 0);
        let lanes = Lanes::default();
        assert_eq!(routes.due(5_000, &lanes), []);
        routes.relay_wanted(5_000);
        assert_eq!(routes.due(5_000, &lanes), [Do::Open(Relay)]);
    }
}
