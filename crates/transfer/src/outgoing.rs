//! Sending one transfer to one peer: reads ahead within the window, remembers every block's value, and sends again only what the
//! receiver says it does not have.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bytes::Bytes;
use deskside_proto::AttachmentId;

use crate::{
    BrokenRule, Digest, Layout, Manifest, Output, Ranges, ReadFailure, Side, StallReason, TransferFailure,
    TransferState, Way,
    carrier::Sent,
    common::{Common, Effects, RETRY_AFTER},
    frame::{LIST_MAX, Message, Offer, Piece, RANGES_SENT},
    journal::{self, Journal, Standing},
    values::Values,
};

/// Bytes of the smallest piece, unless less is left of a block.
const PIECE_LEAST: usize = 1024;

#[derive(Debug)]
enum Block {
    Reading,
    Ready(Ready),
}

#[derive(Debug)]
struct Ready {
    bytes: Bytes,
    value: Digest,
    /// Not sent, or known to be lost.
    unsent: Ranges,
    /// Sent on a carrier that went: perhaps lost.
    doubtful: Ranges,
    /// Questions about it that are not answered yet.
    asked: u32,
    /// Bytes that arrived.
    acked: u64,
    /// Sent in part at least: counts against the receiver's window.
    open: bool,
}

#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) common: Common,
    pub(crate) manifest: Arc<Manifest>,
    layout: Layout,
    values: Values,
    journal: Journal,
    /// Bytes of the manifest that were sent; `None` before the peer wants it.
    listed: Option<usize>,
    /// The receiver said where to begin.
    begun: bool,
    round: u32,
    verified: Ranges,
    verified_bytes: u64,
    blocks: BTreeMap<u64, Block>,
    /// Of `blocks`, those with something unsent.
    sendable: BTreeSet<u64>,
    /// Bytes of `blocks`, and `kept`.
    pub(crate) held: u64,
    /// Bytes that the receiver keeps while it holds.
    kept: u64,
    /// Every block below is verified or in `blocks`.
    cursor: u64,
    /// Every block below is in `values`, or being read for it.
    value_cursor: u64,
    /// Blocks to ask about.
    ask: Ranges,
    /// While stalled: one read may try whether it is mended.
    probes: bool,
    /// What the receiver says it stored.
    stored: Option<Digest>,
}

impl Outgoing {
    pub(crate) fn new(
        attachment: AttachmentId,
        manifest: Arc<Manifest>,
        standing: Option<Bytes>,
        fx: &mut Effects,
    ) -> Self {
        let layout = manifest.layout();
        let mut outgoing = Self {
            common: Common::new(attachment, Way::Sending, manifest.size()),
            journal: Journal::new(true, *manifest.hash(), journal::EVERY_DEFAULT),
            manifest,
            layout,
            values: Values::default(),
            listed: None,
            begun: false,
            round: 0,
            verified: Ranges::new(),
            verified_bytes: 0,
            blocks: BTreeMap::new(),
            sendable: BTreeSet::new(),
            held: 0,
            kept: 0,
            cursor: 0,
            value_cursor: 0,
            ask: Ranges::new(),
            probes: false,
            stored: None,
        };
        match standing.map(|standing| journal::read(standing, true, outgoing.manifest.hash())) {
            Some(Standing::Other) => outgoing.common.fail(TransferFailure::SourceChanged, fx),
            Some(Standing::Known(nodes)) => {
                journal::restore(nodes, &outgoing.layout, &mut outgoing.values);
            }
            Some(Standing::Nothing) | None => {}
        }
        outgoing
    }

    /// The peer began anew: it knows nothing of it.
    pub(crate) fn peer_reset(&mut self) {
        self.drop_blocks();
        self.common.handle = None;
        self.common.paused_there = false;
        self.common.stall_there = None;
        self.common.changed();
        self.listed = None;
        self.begun = false;
        self.round = 0;
        self.verified.clear();
        self.verified_bytes = 0;
    }

    pub(crate) fn offer(&mut self, handle: u32, fx: &mut Effects) {
        self.common.handle = Some(handle);
        fx.control.push(Message::Offer(Offer {
            handle,
            attachment: self.common.attachment,
            kind: self.manifest.kind(),
            files: self.manifest.files(),
            size: self.manifest.size(),
            // At most 16 MiB.
            manifest_len: u32::try_from(self.manifest.encoded().len()).unwrap_or(u32::MAX),
            manifest_hash: *self.manifest.hash(),
        }));
        if self.common.paused_here {
            self.common.tell_pause(fx);
        }
    }

    fn tell_digest(&self, fx: &mut Effects) {
        if let (Some(handle), Some(digest)) = (self.common.handle, self.common.digest) {
            fx.control.push(Message::Digest { handle, digest });
        }
    }

    pub(crate) fn message(&mut self, message: Message, fx: &mut Effects) -> Result<(), BrokenRule> {
        match message {
            Message::Wanted { .. } => {
                self.listed.get_or_insert(0);
                self.common.changed();
            }
            Message::Begin { round, verified, .. } => return self.begin(round, &verified, fx),
            Message::Verified { blocks, .. } => return self.verify(&blocks),
            Message::Hold { why, kept, .. } => {
                self.common.stall_there = Some(why);
                self.common.changed();
                self.drop_blocks();
                self.keep(kept.map_or(0, |block| self.layout.len_of(block)).into());
            }
            Message::Have { block, bytes, .. } => self.have(block, &bytes),
            Message::Stored { digest, .. } => self.stored(digest),
            Message::Pause { on, .. } => {
                self.common.peer_paused(on);
                self.shed();
            }
            Message::Cancel { .. } => {
                self.drop_blocks();
                self.common.end_quietly(TransferState::Cancelled { by: Side::Peer }, fx);
            }
            Message::Fail { failure, .. } => {
                self.drop_blocks();
                self.common.end_quietly(TransferState::Failed { failure }, fx);
            }
            _ => return Err(BrokenRule::State),
        }
        Ok(())
    }

    fn begin(&mut self, round: u32, verified: &Ranges, fx: &mut Effects) -> Result<(), BrokenRule> {
        if round <= self.round {
            return Err(BrokenRule::State);
        }
        self.round = round;
        self.begun = true;
        self.common.stall_there = None;
        self.common.changed();
        self.drop_blocks();
        self.tell_digest(fx);
        self.verify(verified)
    }

    fn verify(&mut self, blocks: &Ranges) -> Result<(), BrokenRule> {
        if blocks.end() > self.layout.blocks() {
            return Err(BrokenRule::Piece);
        }
        for range in blocks.iter() {
            let fresh: Vec<_> = self.verified.gaps(range.clone()).collect();
            for gap in fresh {
                self.verified_bytes += self.layout.bytes_in(gap.clone());
                self.verified.insert(gap);
            }
            let held: Vec<u64> = self.blocks.range(range).map(|(block, _)| *block).collect();
            for block in held {
                if matches!(self.blocks.get(&block), Some(Block::Ready(_))) {
                    self.drop_block(block);
                }
            }
        }
        self.common.progressed();
        Ok(())
    }

    /// What was in doubt and is not there goes again.
    fn have(&mut self, block: u64, bytes: &Ranges) {
        let Some(Block::Ready(ready)) = self.blocks.get_mut(&block) else { return };
        ready.asked = ready.asked.saturating_sub(1);
        if ready.asked > 0 {
            // What was sent after that question may have come after this answer.
            return;
        }
        let doubtful = std::mem::take(&mut ready.doubtful);
        for range in doubtful.iter() {
            let whole = range.end - range.start;
            let mut lost = 0;
            for gap in bytes.gaps(range) {
                lost += gap.end - gap.start;
                ready.unsent.insert(gap);
            }
            ready.acked += whole - lost;
        }
        if !ready.unsent.is_empty() {
            self.sendable.insert(block);
        }
    }

    /// The receiver, or the session's log, says that all of it is stored.
    pub(crate) fn stored(&mut self, digest: Digest) {
        self.stored = Some(digest);
        self.begun = true;
        self.drop_blocks();
        self.verified.insert(0..self.layout.blocks());
        self.verified_bytes = self.layout.size();
        self.common.stall_there = None;
    }

    fn keep(&mut self, bytes: u64) {
        self.held = self.held - self.kept + bytes;
        self.kept = bytes;
    }

    fn drop_block(&mut self, block: u64) {
        if self.blocks.remove(&block).is_some() {
            self.held -= u64::from(self.layout.len_of(block));
            self.sendable.remove(&block);
            if !self.verified.contains(block) {
                self.cursor = self.cursor.min(block);
            }
        }
    }

    fn drop_where(&mut self, which: impl Fn(&Block) -> bool) {
        let gone: Vec<u64> =
            self.blocks.iter().filter(|(_, block)| which(block)).map(|(at, _)| *at).collect();
        for block in gone {
            self.drop_block(block);
        }
    }

    /// All but those whose read will still be answered.
    fn drop_blocks(&mut self) {
        self.drop_where(|block| matches!(block, Block::Ready(_)));
        self.keep(0);
        self.ask.clear();
        self.cursor = 0;
    }

    /// Paused: what the receiver does not wait for shall not keep memory from others.
    fn shed(&mut self) {
        if self.common.paused() {
            self.drop_where(|block| matches!(block, Block::Ready(ready) if !ready.open));
        }
    }

    pub(crate) fn pause(&mut self, on: bool, fx: &mut Effects) {
        self.common.pause(on, fx);
        self.shed();
    }

    /// Bytes that the peer may still hold open of it, once it ended here.
    pub(crate) fn end(&mut self, state: TransferState, fx: &mut Effects) -> u64 {
        let open = self.open_bytes();
        self.drop_blocks();
        self.common.end(state, fx);
        open
    }

    pub(crate) fn open_bytes(&self) -> u64 {
        let open = self.blocks.iter().filter(|(_, block)| matches!(block, Block::Ready(ready) if ready.open));
        open.map(|(at, _)| u64::from(self.layout.len_of(*at))).sum()
    }

    pub(crate) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The next block to read, where one is wanted: marks it as being read.
    pub(crate) fn next_read(&mut self, room: u64) -> Option<Output> {
        let stalled_here = self.common.stall_here.take();
        let goes_on = self.begun && self.common.goes_on();
        self.common.stall_here = stalled_here;
        let may = stalled_here.is_none() || (self.probes && !self.is_reading());
        if !goes_on || !may {
            return None;
        }
        let block = self.next_wanted()?;
        let place = self.layout.place(block)?;
        if u64::from(place.len) > room {
            return None;
        }
        if block >= self.cursor {
            self.cursor = block + 1;
        } else {
            self.value_cursor = block + 1;
        }
        self.probes = false;
        self.blocks.insert(block, Block::Reading);
        self.held += u64::from(place.len);
        Some(Output::Read { attachment: self.common.attachment, block, place })
    }

    fn next_wanted(&mut self) -> Option<u64> {
        let all = self.layout.blocks();
        while let Some(block) = self.verified.first_gap(self.cursor..all) {
            if !self.blocks.contains_key(&block) {
                return Some(block);
            }
            self.cursor = block + 1;
        }
        self.cursor = all;
        // Everything is there or on its way. What the receiver had before is read once more, for the digest.
        while let Some(block) = self.values.first_gap(self.value_cursor, all) {
            if !self.blocks.contains_key(&block) {
                return Some(block);
            }
            self.value_cursor = block + 1;
        }
        self.value_cursor = all;
        None
    }

    fn is_reading(&self) -> bool {
        self.blocks.values().any(|block| matches!(block, Block::Reading))
    }

    /// Bytes that the receiver still holds open, where that ended it.
    pub(crate) fn read_done(
        &mut self,
        block: u64,
        result: Result<Bytes, ReadFailure>,
        fx: &mut Effects,
    ) -> u64 {
        if !matches!(self.blocks.get(&block), Some(Block::Reading)) {
            return 0;
        }
        if self.common.over.is_some() {
            self.drop_block(block);
            return 0;
        }
        let bytes = match result {
            Ok(bytes) => bytes,
            Err(ReadFailure::Changed) => return self.source_changed(fx),
            Err(failure) => {
                self.unread(block);
                self.stall(failure, fx);
                return 0;
            }
        };
        // Another length is another content.
        let Some(value) = self.layout.value(block, &bytes) else { return self.source_changed(fx) };
        match self.values.get(block) {
            Some(before) if before != value => return self.source_changed(fx),
            Some(_) => {}
            None => {
                self.values.insert(&self.layout, block, value);
                self.journal.add(block, value, self.layout.len_of(block));
            }
        }
        self.readable(fx);
        if self.verified.contains(block)
            || !self.begun
            || self.common.paused()
            || self.common.stall_there.is_some()
        {
            self.drop_block(block);
            return 0;
        }
        let unsent = std::iter::once(0..bytes.len() as u64).collect();
        let ready = Ready { bytes, value, unsent, doubtful: Ranges::new(), asked: 0, acked: 0, open: false };
        self.blocks.insert(block, Block::Ready(ready));
        self.sendable.insert(block);
        0
    }

    fn unread(&mut self, block: u64) {
        self.drop_block(block);
        self.value_cursor = self.value_cursor.min(block);
    }

    fn source_changed(&mut self, fx: &mut Effects) -> u64 {
        self.end(TransferState::Failed { failure: TransferFailure::SourceChanged }, fx)
    }

    fn stall(&mut self, failure: ReadFailure, fx: &mut Effects) {
        let why = match failure {
            ReadFailure::Disk => StallReason::DiskError,
            ReadFailure::Gone | ReadFailure::Changed => StallReason::NeedsSource,
        };
        if self.common.stall_here != Some(why) {
            self.tell_stall(Some(why), fx);
        }
        self.common.stall(why, Some(fx.now + RETRY_AFTER));
    }

    fn readable(&mut self, fx: &mut Effects) {
        if self.common.stall_here.is_some() {
            self.common.mended();
            self.tell_stall(None, fx);
        }
    }

    fn tell_stall(&self, why: Option<StallReason>, fx: &mut Effects) {
        if let Some(handle) = self.common.handle {
            fx.control.push(Message::Stall { handle, why });
        }
    }

    pub(crate) fn mend(&mut self) {
        if self.common.stall_here.is_some() {
            self.common.retry_at = None;
            self.probes = true;
        }
    }

    /// Something can be sent; `finishes`: though paused, what is begun may be ended, to make room for others.
    pub(crate) fn can_send(&self, finishes: bool) -> bool {
        if self.common.over.is_some() || self.common.stall_there.is_some() {
            return false;
        }
        !self.sendable.is_empty() && (finishes || !self.common.paused())
    }

    /// The next piece, with at most `room` bytes of content; none where only a crumb would fit.
    pub(crate) fn next_piece(&mut self, room: usize) -> Option<(Piece, Sent)> {
        let handle = self.common.handle?;
        let block = *self.sendable.first()?;
        let Some(Block::Ready(ready)) = self.blocks.get_mut(&block) else {
            self.sendable.remove(&block);
            return None;
        };
        let range = ready.unsent.first()?;
        let len = (range.end - range.start).min(room as u64);
        if len < (PIECE_LEAST as u64).min(range.end - range.start) {
            return None;
        }
        let sent = range.start..range.start + len;
        ready.unsent.remove(sent.clone());
        ready.open = true;
        if ready.unsent.is_empty() {
            self.sendable.remove(&block);
        }
        // A block has at most 1 MiB.
        let (from, to) = (sent.start as u32, sent.end as u32);
        let bytes = ready.bytes.slice(from as usize..to as usize);
        let round = self.round;
        let piece = Piece { handle, round, block, value: ready.value, offset: from, bytes };
        Some((piece, Sent { handle, round, block, from, to }))
    }

    pub(crate) fn arrived(&mut self, sent: &Sent) {
        if sent.round != self.round {
            return;
        }
        if let Some(Block::Ready(ready)) = self.blocks.get_mut(&sent.block) {
            ready.acked += u64::from(sent.to - sent.from);
            self.common.progressed();
        }
    }

    /// The carrier went on which this was sent.
    pub(crate) fn lost(&mut self, sent: &Sent) {
        if sent.round != self.round {
            return;
        }
        if let Some(Block::Ready(ready)) = self.blocks.get_mut(&sent.block) {
            ready.doubtful.insert(u64::from(sent.from)..u64::from(sent.to));
            self.ask.insert(sent.block..sent.block + 1);
        }
    }

    /// What is to be said and written down now.
    pub(crate) fn work(&mut self, fx: &mut Effects) {
        if self.common.over.is_some() {
            return;
        }
        if self.common.retry_at.is_some_and(|at| at <= fx.now) {
            self.mend();
        }
        self.list(fx);
        self.ask_what_came(fx);
        if self.journal.due().is_some_and(|at| at <= fx.now) {
            let (record, replace) = self.journal.take(fx.now, &self.values);
            fx.outputs.push_back(Output::Persist { attachment: self.common.attachment, record, replace });
        }
        self.compare(fx);
    }

    fn ask_what_came(&mut self, fx: &mut Effects) {
        let Some(handle) = self.common.handle.filter(|_| !self.ask.is_empty()) else { return };
        let ask = std::mem::take(&mut self.ask);
        for block in ask.iter().flatten() {
            if let Some(Block::Ready(ready)) = self.blocks.get_mut(&block) {
                ready.asked += 1;
            }
        }
        for blocks in ask.split(RANGES_SENT) {
            fx.control.push(Message::Ask { handle, blocks });
        }
    }

    fn list(&mut self, fx: &mut Effects) {
        let (Some(handle), Some(listed)) = (self.common.handle, &mut self.listed) else { return };
        let all = self.manifest.encoded();
        while *listed < all.len() && !fx.control.is_busy() {
            let end = all.len().min(*listed + LIST_MAX);
            fx.control.push(Message::List { handle, bytes: all.slice(*listed..end) });
            *listed = end;
        }
    }

    /// Tells the digest once every block was read, and is done once the receiver told the same.
    fn compare(&mut self, fx: &mut Effects) {
        let all = self.layout.blocks();
        let all_read = self.begun && self.cursor >= all && self.value_cursor >= all && !self.is_reading();
        if self.common.digest.is_none() && all_read && self.values.first_gap(0, all).is_none() {
            self.common.digest = self.values.digest(&self.manifest, &self.layout);
            self.tell_digest(fx);
        }
        if let (Some(ours), Some(theirs)) = (self.common.digest, self.stored) {
            if ours == theirs {
                self.common.end(TransferState::Done, fx);
            } else {
                self.common.fail(TransferFailure::DigestMismatch, fx);
            }
        }
    }

    pub(crate) fn deadline(&self) -> Option<u64> {
        if self.common.over.is_some() {
            return None;
        }
        [self.common.retry_at, self.journal.due(), self.common.tell_at()].into_iter().flatten().min()
    }

    /// Accepted by the peer.
    pub(crate) fn wanted(&self) -> bool {
        self.listed.is_some() || self.begun
    }

    /// Bytes that the receiver has.
    pub(crate) fn done(&self) -> u64 {
        let open = self.blocks.values().map(|block| match block {
            Block::Ready(ready) => ready.acked.min(ready.bytes.len() as u64),
            Block::Reading => 0,
        });
        self.verified_bytes + open.sum::<u64>()
    }
}
