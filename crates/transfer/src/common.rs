//! What sending and receiving one transfer have in common.

use std::collections::VecDeque;

use deskside_proto::AttachmentId;

use crate::{
    Digest, Output, PausedBy, Side, StallReason, TransferFailure, TransferState, TransferView, Way,
    control::Control,
    frame::{Message, Named},
    rate::Rate,
};

/// Milliseconds after which what stalled a transfer is tried again.
pub(crate) const RETRY_AFTER: u64 = 5_000;
/// Milliseconds between two [`Output::Changed`] for progress alone.
const PROGRESS_EVERY: u64 = 250;
/// Milliseconds after which a rate is told again though nothing came.
const RATE_EVERY: u64 = 1_000;

/// Where effects go.
pub(crate) struct Effects<'a> {
    pub(crate) now: u64,
    pub(crate) outputs: &'a mut VecDeque<Output>,
    pub(crate) control: &'a mut Control,
}

#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) attachment: AttachmentId,
    pub(crate) way: Way,
    /// The sender's number for it; a receiver learns it with the offer.
    pub(crate) handle: Option<u32>,
    pub(crate) size: u64,
    pub(crate) over: Option<TransferState>,
    pub(crate) paused_here: bool,
    pub(crate) paused_there: bool,
    pub(crate) stall_here: Option<StallReason>,
    pub(crate) stall_there: Option<StallReason>,
    /// When to try again what stalled here (ms).
    pub(crate) retry_at: Option<u64>,
    pub(crate) digest: Option<Digest>,
    rate: Rate,
    changed: bool,
    progressed: bool,
    told_at: u64,
}

/// What only the link knows of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Ready,
    Connecting,
    Unreachable,
}

impl Common {
    pub(crate) fn new(attachment: AttachmentId, way: Way, size: u64) -> Self {
        Self {
            attachment,
            way,
            handle: None,
            size,
            over: None,
            paused_here: false,
            paused_there: false,
            stall_here: None,
            stall_there: None,
            retry_at: None,
            digest: None,
            rate: Rate::default(),
            changed: true,
            progressed: false,
            told_at: 0,
        }
    }

    /// Neither paused, nor stalled, nor over.
    pub(crate) fn goes_on(&self) -> bool {
        !self.paused() && self.stall_here.is_none() && self.stall_there.is_none() && self.over.is_none()
    }

    pub(crate) fn paused(&self) -> bool {
        self.paused_here || self.paused_there
    }

    pub(crate) fn changed(&mut self) {
        self.changed = true;
    }

    pub(crate) fn progressed(&mut self) {
        self.progressed = true;
    }

    /// Our own name for it towards the peer.
    fn named(&self) -> Option<Named> {
        self.handle.map(|handle| Named { mine: self.way == Way::Sending, handle })
    }

    pub(crate) fn pause(&mut self, on: bool, fx: &mut Effects) {
        if self.over.is_some() || self.paused_here == on {
            return;
        }
        self.paused_here = on;
        self.rate.stop();
        self.changed();
        self.tell_pause(fx);
    }

    pub(crate) fn tell_pause(&self, fx: &mut Effects) {
        if let Some(of) = self.named() {
            fx.control.push(Message::Pause { of, on: self.paused_here });
        }
    }

    pub(crate) fn peer_paused(&mut self, on: bool) {
        self.paused_there = on;
        self.rate.stop();
        self.changed();
    }

    pub(crate) fn stall(&mut self, why: StallReason, retry_at: Option<u64>) {
        self.stall_here = Some(why);
        self.retry_at = retry_at;
        self.rate.stop();
        self.changed();
    }

    pub(crate) fn mended(&mut self) {
        self.stall_here = None;
        self.retry_at = None;
        self.changed();
    }

    /// Ends it, and tells the peer why unless it knows.
    pub(crate) fn end(&mut self, state: TransferState, fx: &mut Effects) {
        if self.over.is_some() {
            return;
        }
        if let Some(of) = self.named() {
            match state {
                TransferState::Cancelled { by: Side::You } => fx.control.push(Message::Cancel { of }),
                TransferState::Failed { failure } => fx.control.push(Message::Fail { of, failure }),
                _ => {}
            }
        }
        self.end_quietly(state, fx);
    }

    pub(crate) fn end_quietly(&mut self, state: TransferState, fx: &mut Effects) {
        if self.over.is_some() {
            return;
        }
        self.over = Some(state);
        self.retry_at = None;
        self.changed = false;
        self.progressed = false;
        fx.outputs.push_back(Output::Changed { attachment: self.attachment });
        fx.outputs.push_back(Output::Ended { attachment: self.attachment });
    }

    pub(crate) fn fail(&mut self, failure: TransferFailure, fx: &mut Effects) {
        self.end(TransferState::Failed { failure }, fx);
    }

    /// Says that the view is another, at once for a new state, now and then for progress.
    pub(crate) fn tell(&mut self, done: u64, moving: bool, fx: &mut Effects) {
        if self.over.is_some() {
            return;
        }
        if moving {
            self.rate.note(fx.now, done);
        } else {
            self.rate.stop();
        }
        if self.changed || self.tell_at().is_some_and(|at| at <= fx.now) {
            self.changed = false;
            self.progressed = false;
            self.told_at = fx.now;
            fx.outputs.push_back(Output::Changed { attachment: self.attachment });
        }
    }

    /// When progress is to be told (ms).
    pub(crate) fn tell_at(&self) -> Option<u64> {
        match self.over {
            Some(_) => None,
            None if self.progressed => Some(self.told_at + PROGRESS_EVERY),
            None if self.rate.is_kept() => Some(self.told_at + RATE_EVERY),
            None => None,
        }
    }

    /// The state; `begun`: the other side has done its part for bytes to flow.
    pub(crate) fn state(&self, begun: bool, reach: Reach) -> TransferState {
        let paused = match (self.paused_here, self.paused_there) {
            (true, true) => Some(PausedBy::Both),
            (true, false) => Some(PausedBy::You),
            (false, true) => Some(PausedBy::Peer),
            (false, false) => None,
        };
        match (self.over, paused, self.stall_here.or(self.stall_there)) {
            (Some(over), ..) => over,
            (None, Some(by), _) => TransferState::Paused { by },
            (None, None, Some(why)) => TransferState::Stalled { why },
            // Nobody connects for what nobody has accepted.
            (None, None, None) if self.way == Way::Sending && !begun => TransferState::Waiting,
            (None, None, None) => match reach {
                Reach::Unreachable => TransferState::Stalled { why: StallReason::Unreachable },
                Reach::Connecting => TransferState::Connecting,
                Reach::Ready if begun => TransferState::Moving,
                Reach::Ready => TransferState::Waiting,
            },
        }
    }

    /// Everything but what the link adds.
    pub(crate) fn view(
        &self,
        peer: deskside_proto::ParticipantId,
        now: u64,
        done: u64,
        state: TransferState,
    ) -> TransferView {
        let rate = if state == TransferState::Moving { self.rate.per_second(now, done) } else { 0 };
        let is_done = state == TransferState::Done;
        TransferView {
            attachment: self.attachment,
            peer,
            way: self.way,
            state,
            done: if is_done { self.size } else { done.min(self.size) },
            size: self.size,
            rate,
            seconds_left: self.size.saturating_sub(done).checked_div(rate),
            lane: None,
            relayed_why: None,
            code: None,
            digest: self.digest.filter(|_| is_done).map(|digest| {
                let hash = blake3::Hash::from_bytes(digest);
                hash.to_hex().to_string()
            }),
        }
    }
}
