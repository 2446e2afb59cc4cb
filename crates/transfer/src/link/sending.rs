//! The sending half of a link: all that is offered, and whose turn it is.

use std::collections::{BTreeMap, VecDeque};

use deskside_proto::AttachmentId;

use super::OFFERS_MAX;
use crate::{
    Output, TransferState,
    carrier::Sent,
    common::Effects,
    frame::Piece,
    lanes::{Source, WINDOW_BLOCKS},
    outgoing::Outgoing,
};

/// The sending half: what pieces come from.
#[derive(Debug, Default)]
pub(super) struct Sending {
    pub(super) outgoing: BTreeMap<AttachmentId, Outgoing>,
    pub(super) handles: BTreeMap<u32, AttachmentId>,
    pub(super) last_handle: u32,
    /// Bytes that the receiver may still hold open of what ended, until it took the message of this number.
    pub(super) reserved: Vec<(u64, u64)>,
    /// Who sent or read last, so that all get their turn.
    pub(super) turn: Option<AttachmentId>,
    pub(super) window: u64,
    pub(super) sent: u64,
}

impl Sending {
    pub(super) fn by_handle(&mut self, handle: u32) -> Option<&mut Outgoing> {
        self.outgoing.get_mut(self.handles.get(&handle)?)
    }

    pub(super) fn held(&self) -> u64 {
        self.outgoing.values().map(|outgoing| outgoing.held).sum()
    }

    /// Offers what is not offered yet, in the order of the attachments' ids (that is, of time), as far as the peer takes offers.
    pub(super) fn offer_waiting(&mut self, fx: &mut Effects) {
        let outgoing = self.outgoing.values_mut().filter(|outgoing| outgoing.common.over.is_none());
        let (offered, waiting): (Vec<_>, Vec<_>) =
            outgoing.partition(|outgoing| outgoing.common.handle.is_some());
        let room = OFFERS_MAX.saturating_sub(offered.len());
        for outgoing in waiting.into_iter().take(room) {
            self.last_handle += 1;
            self.handles.insert(self.last_handle, outgoing.common.attachment);
            outgoing.offer(self.last_handle, fx);
        }
    }

    /// The peer began anew: it knows of no offer.
    pub(super) fn peer_reset(&mut self) {
        self.reserved.clear();
        self.handles.clear();
        for outgoing in self.outgoing.values_mut().filter(|outgoing| outgoing.common.over.is_none()) {
            outgoing.peer_reset();
        }
    }

    pub(super) fn arrived(&mut self, content: &[Sent]) {
        for sent in content {
            if let Some(outgoing) = self.by_handle(sent.handle) {
                outgoing.arrived(sent);
            }
        }
    }

    pub(super) fn lost(&mut self, content: &[Sent]) {
        for sent in content {
            if let Some(outgoing) = self.by_handle(sent.handle) {
                outgoing.lost(sent);
            }
        }
    }

    /// Ends one; what the receiver may hold of it keeps its place in the window until it knows.
    pub(super) fn end(&mut self, attachment: AttachmentId, state: TransferState, fx: &mut Effects) {
        if let Some(outgoing) = self.outgoing.get_mut(&attachment) {
            let number = fx.control.next_number();
            let open = outgoing.end(state, fx);
            self.reserve(number, open);
        }
    }

    pub(super) fn reserve(&mut self, number: u64, open: u64) {
        if open > 0 {
            self.reserved.push((number, open));
        }
    }

    /// The attachments, beginning after the one whose turn was last.
    fn in_turn(&self) -> Vec<AttachmentId> {
        let mut order: Vec<AttachmentId> = self.outgoing.keys().copied().collect();
        if let Some(turn) = self.turn {
            let at = order.partition_point(|attachment| *attachment <= turn);
            order.rotate_left(at);
        }
        order
    }

    pub(super) fn read_ahead(&mut self, outputs: &mut VecDeque<Output>) {
        let reserved: u64 = self.reserved.iter().map(|(_, bytes)| *bytes).sum();
        let mut blocks: usize = self.outgoing.values().map(Outgoing::blocks).sum();
        let mut held = self.held() + reserved;
        loop {
            let mut read = false;
            for attachment in self.in_turn() {
                if held >= self.window || blocks >= WINDOW_BLOCKS as usize {
                    return;
                }
                let Some(outgoing) = self.outgoing.get_mut(&attachment) else { continue };
                let before = outgoing.held;
                if let Some(output) = outgoing.next_read(self.window - held) {
                    held += outgoing.held - before;
                    blocks += 1;
                    read = true;
                    self.turn = Some(attachment);
                    outputs.push_back(output);
                }
            }
            if !read {
                return;
            }
        }
    }
}

impl Source for Sending {
    fn next_piece(&mut self, room: usize) -> Option<(Piece, Sent)> {
        // What was begun of a paused transfer is ended only where others wait for its place.
        let others = self.outgoing.values().any(|outgoing| outgoing.wanted() && outgoing.common.goes_on());
        let outgoing = self.outgoing.values_mut().find(|outgoing| outgoing.can_send(others))?;
        let (piece, sent) = outgoing.next_piece(room)?;
        self.sent += piece.bytes.len() as u64;
        Some((piece, sent))
    }
}
