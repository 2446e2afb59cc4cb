//! The last way between two participants: the portal passes on what it cannot read.
//!
//! [`Relay`] is the table of who waits for whom. Each of the two opens a socket ([`socket`]); the first one waits, the second one is
//! joined to it, and then frames go from one to the other through two bounded queues. Nothing is kept.
//!
//! Invariants
//! - A pair is two endpoints of two different participants of one session; an endpoint is claimed only by its own participant.
//! - A queue holds at most [`QUEUE_FRAMES`] frames, which are at most 1 MiB: who sends faster than the other takes is not read from.
//! - Who is removed, leaves, or whose session ends is cut at once ([`Relay::cut`]), and looked up anew every [`socket`] beat.

pub mod socket;
mod throttle;

use std::{
    collections::HashMap,
    num::NonZeroU64,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use deskside_proto::{
    EndpointId, ErrorCode, EventBody, ParticipantId, SessionId, limits::RELAY_FRAME_MAX_BYTES,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Bytes per second of one direction: twice what a gigabit uplink leaves for a transfer, so that it is a bound, not a brake.
pub const BYTES_PER_SECOND: NonZeroU64 = match NonZeroU64::new(64_000_000) {
    Some(rate) => rate,
    None => NonZeroU64::MIN,
};
/// Frames that may wait for one side: 1 MiB.
const QUEUE_FRAMES: usize = 1024 * 1024 / RELAY_FRAME_MAX_BYTES;
/// Sockets of one participant at once: one for each peer that files go to or come from.
const SOCKETS_MAX: usize = 16;

#[derive(Debug, Clone)]
pub struct RelayConfig {
    /// The portal's own switch, beside the organisation's.
    pub is_on: bool,
    /// Bytes per second of one socket's frames.
    pub bytes_per_second: NonZeroU64,
    /// How long the first one waits for the second.
    pub patience: Duration,
    /// How often a socket is pinged, and whether it may still be there looked up. Three beats of silence end it.
    pub beat: Duration,
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self {
            is_on: true,
            bytes_per_second: BYTES_PER_SECOND,
            patience: Duration::from_secs(60),
            beat: Duration::from_secs(20),
        }
    }
}

/// One client of a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    pub participant: ParticipantId,
    pub endpoint: EndpointId,
}

/// Both ends of a relayed connection, in an order that is the same for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Pair {
    session: SessionId,
    low: Endpoint,
    high: Endpoint,
}

impl Pair {
    fn of(session: SessionId, one: Endpoint, other: Endpoint) -> Self {
        Self { session, low: one.min(other), high: one.max(other) }
    }

    fn has(&self, participant: ParticipantId) -> bool {
        self.low.participant == participant || self.high.participant == participant
    }
}

/// One side's ends of the two queues.
struct Wires {
    to_peer: mpsc::Sender<Bytes>,
    from_peer: mpsc::Receiver<Bytes>,
}

fn wires() -> (Wires, Wires) {
    let (to_second, from_first) = mpsc::channel(QUEUE_FRAMES);
    let (to_first, from_second) = mpsc::channel(QUEUE_FRAMES);
    let first = Wires { to_peer: to_second, from_peer: from_second };
    (first, Wires { to_peer: to_first, from_peer: from_first })
}

/// Ends both sockets of a pair, and says why.
#[derive(Clone, Default)]
struct Cut {
    token: CancellationToken,
    why: Arc<OnceLock<Ending>>,
}

impl Cut {
    fn now(&self, why: Ending) {
        // The first reason stands.
        let _ = self.why.set(why);
        self.token.cancel();
    }

    async fn done(&self) -> Ending {
        self.token.cancelled().await;
        self.why.get().copied().unwrap_or(Ending::PeerGone)
    }
}

/// Why a relayed connection ends, as its close frame says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The other side closed, or its connection broke. What it had sent was passed on before.
    PeerGone,
    /// Nobody came.
    NobodyCame,
    /// The same endpoint opened it anew.
    Replaced,
    /// No frame and no answer to a ping.
    Silent,
    /// It may not be there, or sent what is not spoken here.
    Refused(ErrorCode),
    /// The portal stops.
    Stopping,
    /// One's own client closed it.
    Closed,
}

struct Slot {
    id: u64,
    /// Who opened it, and waits or waited.
    first: Endpoint,
    /// For the second one; taken when they come.
    free: Option<Wires>,
    joined: CancellationToken,
    cut: Cut,
}

impl Slot {
    /// Whether a socket of `participant` is in it.
    fn holds(&self, pair: &Pair, participant: ParticipantId) -> bool {
        self.first.participant == participant || self.free.is_none() && pair.has(participant)
    }
}

#[derive(Default)]
struct Table {
    slots: HashMap<Pair, Slot>,
    last_id: u64,
}

/// Who waits for whom. One lock: what is done under it is short and never waits.
#[derive(Default)]
pub struct Relay {
    table: Mutex<Table>,
    passed: AtomicU64,
}

/// A socket's place. Dropping it frees the place, and the other side learns of it when it has what was sent before.
struct Berth {
    relay: Arc<Relay>,
    pair: Pair,
    id: u64,
    wires: Option<Wires>,
    /// Both are there.
    joined: CancellationToken,
    cut: Cut,
}

impl Drop for Berth {
    fn drop(&mut self) {
        let mut table = self.relay.lock();
        if table.slots.get(&self.pair).is_some_and(|slot| slot.id == self.id) {
            table.slots.remove(&self.pair);
        }
    }
}

impl Relay {
    fn lock(&self) -> MutexGuard<'_, Table> {
        // The table is left whole by every panic that could happen under the lock.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes that were passed on since the portal started.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    /// Takes the place of `you` beside `peer`: joined to it where it waits, waiting otherwise. Whoever comes again ends what was
    /// there before, so that both sides begin anew.
    fn open(self: &Arc<Self>, session: SessionId, you: Endpoint, peer: Endpoint) -> Result<Berth, ErrorCode> {
        let pair = Pair::of(session, you, peer);
        let mut table = self.lock();
        if let Some(slot) = table.slots.get_mut(&pair)
            && slot.first != you
            && let Some(wires) = slot.free.take()
        {
            slot.joined.cancel();
            let (joined, cut) = (slot.joined.clone(), slot.cut.clone());
            return Ok(Berth { relay: self.clone(), pair, id: slot.id, wires: Some(wires), joined, cut });
        }
        if let Some(before) = table.slots.remove(&pair) {
            before.cut.now(Ending::Replaced);
        }
        let own = table.slots.iter().filter(|(pair, slot)| slot.holds(pair, you.participant)).count();
        if own >= SOCKETS_MAX {
            return Err(ErrorCode::TooManyRequests);
        }
        table.last_id += 1;
        let (id, joined, cut) = (table.last_id, CancellationToken::new(), Cut::default());
        let (first, second) = wires();
        let slot = Slot { id, first: you, free: Some(second), joined: joined.clone(), cut: cut.clone() };
        table.slots.insert(pair, slot);
        Ok(Berth { relay: self.clone(), pair, id, wires: Some(first), joined, cut })
    }

    /// Something happened in `session`: whoever may not go on is cut.
    pub fn event(&self, session: SessionId, body: &EventBody) {
        match body {
            EventBody::ParticipantRemoved { participant_id } => {
                self.cut(session, Some(*participant_id), ErrorCode::RemovedFromSession);
            }
            EventBody::ParticipantLeft { participant_id } => {
                self.cut(session, Some(*participant_id), ErrorCode::NotFound);
            }
            EventBody::SessionEnded { .. } => self.cut(session, None, ErrorCode::SessionEnded),
            _ => {}
        }
    }

    /// Cuts the pairs of `participant` in `session`, or all of it.
    fn cut(&self, session: SessionId, participant: Option<ParticipantId>, code: ErrorCode) {
        let mut table = self.lock();
        let is_meant = |pair: &Pair| pair.session == session && participant.is_none_or(|who| pair.has(who));
        for (_, slot) in table.slots.extract_if(|pair, _| is_meant(pair)) {
            slot.cut.now(Ending::Refused(code));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(participant: u8, endpoint: u8) -> Endpoint {
        Endpoint { participant: ParticipantId([participant; 16]), endpoint: EndpointId([endpoint; 16]) }
    }

    const HERE: SessionId = SessionId([1; 16]);

    async fn first_frame(berth: &mut Berth) -> Option<Bytes> {
        berth.wires.as_mut().unwrap().from_peer.recv().await
    }

    #[tokio::test]
    async fn two_that_name_each_other_are_joined_and_no_others() {
        let relay = Arc::new(Relay::default());
        let (tess, carl) = (endpoint(1, 1), endpoint(2, 2));
        let open = |session, you, peer| relay.open(session, you, peer).unwrap();
        let mut hers = open(HERE, tess, carl);
        let _others = [
            open(HERE, endpoint(2, 3), tess),
            open(HERE, carl, endpoint(1, 4)),
            open(HERE, endpoint(3, 2), tess),
            open(SessionId([2; 16]), carl, tess),
        ];
        assert!(!hers.joined.is_cancelled());
        let his = open(HERE, carl, tess);
        assert!(hers.joined.is_cancelled() && his.joined.is_cancelled());
        his.wires.as_ref().unwrap().to_peer.send(Bytes::from_static(b"x")).await.unwrap();
        drop(his);
        assert_eq!(first_frame(&mut hers).await.as_deref(), Some(&b"x"[..]), "what was sent before comes");
        assert_eq!(first_frame(&mut hers).await, None, "then it is known that he is gone");
    }

    #[tokio::test]
    async fn who_comes_again_begins_anew() {
        let relay = Arc::new(Relay::default());
        let (tess, carl) = (endpoint(1, 1), endpoint(2, 2));
        let waiting = relay.open(HERE, tess, carl).unwrap();
        let again = relay.open(HERE, tess, carl).unwrap();
        assert_eq!(waiting.cut.done().await, Ending::Replaced);
        drop(waiting);
        let his = relay.open(HERE, carl, tess).unwrap();
        assert!(again.joined.is_cancelled(), "the old one took nothing along");
        let third = relay.open(HERE, tess, carl).unwrap();
        assert_eq!((again.cut.done().await, his.cut.done().await), (Ending::Replaced, Ending::Replaced));
        assert!(!third.joined.is_cancelled());
    }

    #[tokio::test]
    async fn nobody_holds_too_many_and_nobody_fills_anothers_number() {
        let relay = Arc::new(Relay::default());
        let mut held = Vec::new();
        for n in 0..SOCKETS_MAX {
            held.push(relay.open(HERE, endpoint(1, n as u8), endpoint(2, 0)).unwrap());
        }
        let more = relay.open(HERE, endpoint(1, 99), endpoint(2, 0));
        assert_eq!(more.err(), Some(ErrorCode::TooManyRequests));
        assert!(relay.open(HERE, endpoint(2, 0), endpoint(3, 0)).is_ok(), "others wait for him in vain");
        held.pop();
        assert!(relay.open(HERE, endpoint(1, 99), endpoint(2, 0)).is_ok());
    }

    #[tokio::test]
    async fn who_goes_is_cut_and_the_others_are_not() {
        let relay = Arc::new(Relay::default());
        let hers = relay.open(HERE, endpoint(1, 1), endpoint(2, 2)).unwrap();
        let his = relay.open(HERE, endpoint(2, 2), endpoint(1, 1)).unwrap();
        let other = relay.open(HERE, endpoint(1, 1), endpoint(3, 3)).unwrap();
        let elsewhere = relay.open(SessionId([2; 16]), endpoint(1, 1), endpoint(2, 2)).unwrap();
        relay.event(HERE, &EventBody::ParticipantRemoved { participant_id: ParticipantId([2; 16]) });
        for berth in [&hers, &his] {
            assert_eq!(berth.cut.done().await, Ending::Refused(ErrorCode::RemovedFromSession));
        }
        assert!(!other.cut.token.is_cancelled());
        let reason = deskside_proto::EndReason::Idle;
        relay.event(HERE, &EventBody::SessionEnded { reason });
        assert_eq!(other.cut.done().await, Ending::Refused(ErrorCode::SessionEnded));
        assert!(!elsewhere.cut.token.is_cancelled());
    }
}
