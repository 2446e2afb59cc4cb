//! Receiving one transfer: takes the list, checks it, then takes pieces, writes only whole blocks that are what the sender said of
//! them, and remembers which are written.

use std::{collections::BTreeMap, sync::Arc};

use bytes::{Bytes, BytesMut};
use deskside_proto::AttachmentId;

use crate::{
    BLOCK_LEN, BrokenRule, Digest, Expected, Layout, MANIFEST_MAX, Manifest, ManifestProblem, Output, Ranges,
    Side, StallReason, TransferFailure, TransferState, Way, WriteFailure,
    common::{Common, Effects, RETRY_AFTER},
    frame::{Message, Offer, Piece, RANGES_SENT},
    journal::{self, Journal, Standing},
    lanes::WINDOW_BLOCKS,
    values::Values,
};

/// Separate parts of one block that came, at most: an honest sender makes far fewer.
const PARTS_MAX: usize = 1024;

#[derive(Debug)]
enum Block {
    Filling { value: Digest, bytes: BytesMut, got: Ranges },
    Writing { value: Digest, bytes: Bytes },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// For the offer, or the rest of the list.
    Waiting,
    Preparing,
    Moving,
    Finishing,
}

/// What the list told.
#[derive(Debug)]
struct Content {
    manifest: Arc<Manifest>,
    layout: Layout,
    values: Values,
    journal: Journal,
    verified: Ranges,
    verified_bytes: u64,
}

#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) common: Common,
    expected: Expected,
    standing: Option<Bytes>,
    journal_every: u64,
    offer: Option<Offer>,
    /// The list as far as it came.
    list: BytesMut,
    content: Option<Content>,
    phase: Phase,
    round: u32,
    blocks: BTreeMap<u64, Block>,
    /// Bytes of `blocks`.
    pub(crate) held: u64,
    /// Memory of blocks that were written, for the next: never more than what is in use, none at rest.
    spare: Vec<BytesMut>,
    /// Verified, but not yet told.
    fresh: Ranges,
    theirs: Option<Digest>,
    /// The block whose write failed, kept to try again.
    blocked: Option<u64>,
    /// The sender is to be told to hold, or to begin, once no other write is under way: until then those blocks have their place
    /// in its window.
    hold_due: bool,
    begin_due: bool,
    /// An answer of the driver is awaited to `Prepare`, `Finish`, or the write of `blocked`.
    asked: bool,
}

impl Incoming {
    /// `journal_every`: [`crate::LinkConfig::journal_every`].
    pub(crate) fn new(
        attachment: AttachmentId,
        expected: Expected,
        standing: Option<Bytes>,
        journal_every: u64,
    ) -> Self {
        Self {
            common: Common::new(attachment, Way::Receiving, expected.size),
            expected,
            standing,
            journal_every,
            offer: None,
            list: BytesMut::new(),
            content: None,
            phase: Phase::Waiting,
            round: 0,
            blocks: BTreeMap::new(),
            held: 0,
            spare: Vec::new(),
            fresh: Ranges::new(),
            theirs: None,
            blocked: None,
            hold_due: false,
            begin_due: false,
            asked: false,
        }
    }

    pub(crate) fn manifest(&self) -> Option<&Manifest> {
        self.content.as_ref().map(|content| &*content.manifest)
    }

    pub(crate) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// # Errors
    /// Where it is not what the log says.
    pub(crate) fn offered(&mut self, offer: Offer, paused: bool, fx: &mut Effects) -> Result<(), BrokenRule> {
        let Expected { kind, size, files } = self.expected;
        let as_expected = offer.kind == kind && offer.size == size && offer.files == files;
        if !as_expected || offer.manifest_len as usize > MANIFEST_MAX || offer.manifest_len == 0 {
            return Err(BrokenRule::NotAsExpected);
        }
        self.common.handle = Some(offer.handle);
        self.common.paused_there = paused;
        self.common.changed();
        self.offer = Some(offer);
        if self.common.paused_here {
            self.common.tell_pause(fx);
        }
        match self.content.as_ref().map(|content| *content.manifest.hash() == offer.manifest_hash) {
            None => fx.control.push(Message::Wanted { handle: offer.handle }),
            Some(false) => self.fail(TransferFailure::SourceChanged, fx),
            // The peer began anew, we did not.
            Some(true) => {
                self.hold_due = self.common.stall_here.is_some();
                self.begin_due = self.phase == Phase::Moving && !self.hold_due;
                self.settle(fx);
            }
        }
        Ok(())
    }

    /// The peer began anew: it knows nothing of what was on its way.
    pub(crate) fn peer_reset(&mut self) {
        self.common.handle = None;
        self.common.stall_there = None;
        self.common.paused_there = false;
        self.common.changed();
        self.offer = None;
        self.list.clear();
        self.round = 0;
        self.theirs = None;
        self.hold_due = false;
        self.begin_due = false;
        self.drop_filling();
    }

    pub(crate) fn message(&mut self, message: Message, fx: &mut Effects) -> Result<(), BrokenRule> {
        match message {
            Message::List { bytes, .. } => return self.listed(&bytes, fx),
            Message::Ask { handle, blocks } => return self.answer(handle, &blocks, fx),
            Message::Digest { digest, .. } => self.theirs = Some(digest),
            Message::Stall { why, .. } => {
                self.common.stall_there = why;
                self.common.changed();
            }
            Message::Pause { on, .. } => self.common.peer_paused(on),
            Message::Cancel { .. } => {
                self.drop_all();
                self.common.end_quietly(TransferState::Cancelled { by: Side::Peer }, fx);
            }
            Message::Fail { failure, .. } => {
                self.drop_all();
                self.common.end_quietly(TransferState::Failed { failure }, fx);
            }
            _ => return Err(BrokenRule::State),
        }
        Ok(())
    }

    fn listed(&mut self, bytes: &Bytes, fx: &mut Effects) -> Result<(), BrokenRule> {
        let offer = self.offer.filter(|_| self.content.is_none()).ok_or(BrokenRule::State)?;
        if self.list.len() + bytes.len() > offer.manifest_len as usize {
            return Err(BrokenRule::NotAsExpected);
        }
        self.list.extend_from_slice(bytes);
        if self.list.len() < offer.manifest_len as usize {
            return Ok(());
        }
        match Manifest::decode(self.list.split().freeze()) {
            Ok(manifest) => self.know(manifest, &offer, fx),
            Err(ManifestProblem::Unreadable) => Err(BrokenRule::Unreadable),
            Err(ManifestProblem::UnsafeName | ManifestProblem::Twice | ManifestProblem::TooDeep) => {
                self.fail(TransferFailure::UnsafeNames, fx);
                Ok(())
            }
            Err(ManifestProblem::TooMany | ManifestProblem::TooLarge) => {
                self.fail(TransferFailure::TooLarge, fx);
                Ok(())
            }
        }
    }

    fn know(&mut self, manifest: Manifest, offer: &Offer, fx: &mut Effects) -> Result<(), BrokenRule> {
        let Expected { kind, size, files } = self.expected;
        let same = manifest.kind() == kind && manifest.size() == size && manifest.files() == files;
        if !same || *manifest.hash() != offer.manifest_hash {
            return Err(BrokenRule::NotAsExpected);
        }
        let layout = manifest.layout();
        let (mut values, mut verified) = (Values::default(), Ranges::new());
        match self.standing.take().map(|standing| journal::read(standing, false, manifest.hash())) {
            Some(Standing::Other) => {
                self.fail(TransferFailure::SourceChanged, fx);
                return Ok(());
            }
            Some(Standing::Known(nodes)) => verified = journal::restore(nodes, &layout, &mut values),
            Some(Standing::Nothing) | None => {}
        }
        let verified_bytes = verified.iter().map(|range| layout.bytes_in(range)).sum();
        let journal = Journal::new(false, *manifest.hash(), self.journal_every);
        let manifest = Arc::new(manifest);
        self.content = Some(Content { manifest, layout, values, journal, verified, verified_bytes });
        self.phase = Phase::Preparing;
        self.ask_driver(fx);
        Ok(())
    }

    /// `Prepare` or `Finish`, whichever the phase wants.
    fn ask_driver(&mut self, fx: &mut Effects) {
        let attachment = self.common.attachment;
        match (self.phase, self.common.digest) {
            (Phase::Preparing, _) => fx.outputs.push_back(Output::Prepare { attachment }),
            (Phase::Finishing, Some(digest)) => fx.outputs.push_back(Output::Finish { attachment, digest }),
            _ => return,
        }
        self.asked = true;
    }

    pub(crate) fn prepared(&mut self, result: Result<(), WriteFailure>, fx: &mut Effects) {
        if self.phase != Phase::Preparing || !std::mem::take(&mut self.asked) || self.common.over.is_some() {
            return;
        }
        match result {
            Ok(()) => {
                self.phase = Phase::Moving;
                self.begin(fx);
            }
            Err(failure) => self.stall(failure, fx),
        }
    }

    /// Tells the sender what is there; it sends the rest.
    fn begin(&mut self, fx: &mut Effects) {
        if self.common.stall_here.is_some() {
            self.common.mended();
        }
        let (Some(handle), Some(content)) = (self.common.handle, &self.content) else { return };
        self.round += 1;
        self.common.changed();
        let mut parts = content.verified.split(RANGES_SENT).into_iter();
        let verified = parts.next().unwrap_or_default();
        fx.control.push(Message::Begin { handle, round: self.round, verified });
        self.fresh = parts.flat_map(|part| part.iter().collect::<Vec<_>>()).collect();
    }

    /// Says how many of its bytes had come before, or came for nothing. `room`: bytes that new blocks may take.
    ///
    /// # Errors
    /// Where an honest sender would not have sent it.
    pub(crate) fn piece(&mut self, piece: Piece, room: u64, fx: &mut Effects) -> Result<u64, BrokenRule> {
        let again = piece.bytes.len() as u64;
        if self.common.over.is_some() || piece.round < self.round {
            return Ok(again);
        }
        let Some(content) = &self.content else { return Err(BrokenRule::State) };
        if piece.round > self.round {
            return Err(BrokenRule::State);
        }
        let len = content.layout.len_of(piece.block);
        let end = u64::from(piece.offset) + piece.bytes.len() as u64;
        if piece.bytes.is_empty() || end > u64::from(len) {
            return Err(BrokenRule::Piece);
        }
        if content.verified.contains(piece.block) {
            // It does not know yet.
            self.fresh.insert(piece.block..piece.block + 1);
            return Ok(again);
        }
        // Between `Hold` and the next `Begin` nothing new is kept.
        if self.phase != Phase::Moving || self.common.stall_here.is_some() {
            return Ok(again);
        }
        if !self.blocks.contains_key(&piece.block) {
            if u64::from(len) > room {
                return Err(BrokenRule::Window);
            }
            let bytes = self.spare.pop().unwrap_or_else(|| BytesMut::with_capacity(len as usize));
            self.blocks.insert(piece.block, Block::Filling { value: piece.value, bytes, got: Ranges::new() });
            self.held += u64::from(len);
        }
        self.fill(piece, len, fx)
    }

    /// The one copy that a receiver makes of content.
    fn fill(&mut self, piece: Piece, len: u32, fx: &mut Effects) -> Result<u64, BrokenRule> {
        let size = piece.bytes.len() as u64;
        let Some(Block::Filling { value, bytes, got }) = self.blocks.get_mut(&piece.block) else {
            return Ok(size);
        };
        if *value != piece.value {
            return Err(BrokenRule::Value);
        }
        let from = piece.offset as usize;
        let to = from + piece.bytes.len();
        if from == bytes.len() {
            bytes.extend_from_slice(&piece.bytes);
        } else {
            if bytes.len() < to {
                bytes.resize(to, 0);
            }
            bytes[from..to].copy_from_slice(&piece.bytes);
        }
        let new = got.insert(from as u64..to as u64);
        if got.parts() > PARTS_MAX {
            return Err(BrokenRule::Piece);
        }
        self.common.progressed();
        if got.count() == u64::from(len) {
            self.filled(piece.block, fx)?;
        }
        Ok(size - new)
    }

    fn filled(&mut self, block: u64, fx: &mut Effects) -> Result<(), BrokenRule> {
        let Some(content) = &self.content else { return Ok(()) };
        let Some(Block::Filling { value, bytes, .. }) = self.blocks.remove(&block) else { return Ok(()) };
        let bytes = bytes.freeze();
        if content.layout.value(block, &bytes) != Some(value) {
            self.held -= u64::from(content.layout.len_of(block));
            return Err(BrokenRule::Value);
        }
        self.blocks.insert(block, Block::Writing { value, bytes });
        self.write(block, fx);
        Ok(())
    }

    fn write(&self, block: u64, fx: &mut Effects) {
        let place = self.content.as_ref().and_then(|content| content.layout.place(block));
        if let (Some(place), Some(Block::Writing { bytes, .. })) = (place, self.blocks.get(&block)) {
            let (attachment, bytes) = (self.common.attachment, bytes.clone());
            fx.outputs.push_back(Output::Write { attachment, block, place, bytes });
        }
    }

    pub(crate) fn write_done(&mut self, block: u64, result: Result<(), WriteFailure>, fx: &mut Effects) {
        let Some(&Block::Writing { value, .. }) = self.blocks.get(&block) else { return };
        let was_blocked = self.blocked == Some(block);
        if was_blocked {
            self.asked = false;
        }
        if let Err(failure) = result {
            // One is enough to try again with; the sender has the others.
            if self.common.stall_here.is_some() && !was_blocked {
                self.drop_block(block);
                self.settle(fx);
            } else {
                self.blocked = Some(block);
                self.stall(failure, fx);
            }
            return;
        }
        self.written(block);
        let Some(content) = &mut self.content else { return };
        let len = content.layout.len_of(block);
        content.verified_bytes += u64::from(len);
        content.verified.insert(block..block + 1);
        content.values.insert(&content.layout, block, value);
        content.journal.add(block, value, len);
        self.fresh.insert(block..block + 1);
        self.common.progressed();
        if was_blocked {
            self.blocked = None;
            self.hold_due = false;
            self.begin_due = true;
        }
        self.settle(fx);
    }

    /// Tells the sender to hold or to begin, where that is due and no write is under way.
    fn settle(&mut self, fx: &mut Effects) {
        let writing =
            |(at, block): (&u64, &Block)| matches!(block, Block::Writing { .. }) && Some(*at) != self.blocked;
        if self.blocks.iter().any(writing) {
            return;
        }
        if std::mem::take(&mut self.hold_due)
            && let (Some(handle), Some(why)) = (self.common.handle, self.common.stall_here)
        {
            fx.control.push(Message::Hold { handle, why, kept: self.blocked });
        }
        if std::mem::take(&mut self.begin_due) {
            self.begin(fx);
        }
    }

    pub(crate) fn finished(&mut self, result: Result<(), WriteFailure>, fx: &mut Effects) {
        if self.phase != Phase::Finishing || !std::mem::take(&mut self.asked) || self.common.over.is_some() {
            return;
        }
        match (result, self.common.digest) {
            (Ok(()), Some(_)) => {
                self.tell_stored(fx);
                self.common.end(TransferState::Done, fx);
            }
            (Ok(()), None) => {}
            (Err(failure), _) => self.stall(failure, fx),
        }
    }

    /// It is done here: a peer that offers it (again) is told so.
    pub(crate) fn tell_stored(&self, fx: &mut Effects) {
        if let (Some(handle), Some(digest)) = (self.common.handle, self.common.digest) {
            fx.control.push(Message::Stored { handle, digest });
        }
    }

    fn stall(&mut self, failure: WriteFailure, fx: &mut Effects) {
        let (why, retry_at) = match failure {
            WriteFailure::Lost => return self.fail(TransferFailure::StorageLost, fx),
            WriteFailure::DiskFull => (StallReason::DiskFull, Some(fx.now + RETRY_AFTER)),
            WriteFailure::Disk => (StallReason::DiskError, Some(fx.now + RETRY_AFTER)),
            WriteFailure::NoPlace => (StallReason::NeedsPlace, None),
        };
        self.hold_due |= self.common.stall_here != Some(why);
        self.common.stall(why, retry_at);
        self.drop_filling();
        self.settle(fx);
    }

    pub(crate) fn mend(&mut self, fx: &mut Effects) {
        if self.common.over.is_some() || self.common.stall_here.is_none() {
            return;
        }
        // Until that is answered, nothing new is tried.
        self.common.retry_at = None;
        if self.asked {
            return;
        }
        match self.blocked {
            Some(block) => {
                self.asked = true;
                self.write(block, fx);
            }
            None => self.ask_driver(fx),
        }
    }

    fn answer(&mut self, handle: u32, blocks: &Ranges, fx: &mut Effects) -> Result<(), BrokenRule> {
        let Some(content) = &self.content else { return Err(BrokenRule::State) };
        if blocks.count() > u64::from(WINDOW_BLOCKS) || blocks.end() > content.layout.blocks() {
            return Err(BrokenRule::State);
        }
        for block in blocks.iter().flatten() {
            let whole = std::iter::once(0..u64::from(content.layout.len_of(block))).collect();
            let bytes = match self.blocks.get(&block) {
                Some(Block::Filling { got, .. }) => got.clone(),
                Some(Block::Writing { .. }) => whole,
                None if content.verified.contains(block) => {
                    self.fresh.insert(block..block + 1);
                    whole
                }
                None => Ranges::new(),
            };
            fx.control.push(Message::Have { handle, block, bytes });
        }
        Ok(())
    }

    /// Frees a block, and keeps its memory where more of that size are coming.
    fn written(&mut self, block: u64) {
        let gone = self.blocks.remove(&block);
        let Some(Block::Writing { bytes, .. }) = gone else { return };
        self.held -= bytes.len() as u64;
        // The driver may still hold it.
        if let Ok(mut bytes) = bytes.try_into_mut()
            && bytes.capacity() >= BLOCK_LEN as usize
        {
            bytes.clear();
            self.spare.push(bytes);
        }
        self.spare.truncate(self.blocks.len());
    }

    fn drop_block(&mut self, block: u64) {
        if self.blocks.remove(&block).is_some()
            && let Some(content) = &self.content
        {
            self.held -= u64::from(content.layout.len_of(block));
        }
    }

    fn drop_filling(&mut self) {
        let filling = self.blocks.iter().filter(|(_, block)| matches!(block, Block::Filling { .. }));
        let gone: Vec<u64> = filling.map(|(at, _)| *at).collect();
        for block in gone {
            self.drop_block(block);
        }
    }

    fn drop_all(&mut self) {
        self.blocks.clear();
        self.spare.clear();
        self.held = 0;
        self.list = BytesMut::new();
    }

    pub(crate) fn end(&mut self, state: TransferState, fx: &mut Effects) {
        self.drop_all();
        self.common.end(state, fx);
    }

    pub(crate) fn fail(&mut self, failure: TransferFailure, fx: &mut Effects) {
        self.end(TransferState::Failed { failure }, fx);
    }

    /// What is to be said and written down now.
    pub(crate) fn work(&mut self, fx: &mut Effects) {
        if self.common.over.is_some() {
            return;
        }
        if self.common.retry_at.is_some_and(|at| at <= fx.now) {
            self.mend(fx);
        }
        if let Some(handle) = self.common.handle
            && !self.fresh.is_empty()
            && !fx.control.is_busy()
        {
            for blocks in std::mem::take(&mut self.fresh).split(RANGES_SENT) {
                fx.control.push(Message::Verified { handle, blocks });
            }
        }
        if let Some(content) = &mut self.content
            && content.journal.due().is_some_and(|at| at <= fx.now)
        {
            let (record, replace) = content.journal.take(fx.now, &content.values);
            fx.outputs.push_back(Output::Persist { attachment: self.common.attachment, record, replace });
        }
        self.compare(fx);
    }

    /// Once everything is written and the sender has told its digest.
    fn compare(&mut self, fx: &mut Effects) {
        let (Some(content), Some(theirs)) = (&self.content, self.theirs) else { return };
        let complete = content.verified.count() == content.layout.blocks();
        if self.phase != Phase::Moving || !complete || !self.blocks.is_empty() {
            return;
        }
        let ours = content.values.digest(&content.manifest, &content.layout);
        if ours == Some(theirs) {
            self.common.digest = ours;
            self.phase = Phase::Finishing;
            self.ask_driver(fx);
        } else {
            self.fail(TransferFailure::DigestMismatch, fx);
        }
    }

    pub(crate) fn deadline(&self) -> Option<u64> {
        if self.common.over.is_some() {
            return None;
        }
        let journal = self.content.as_ref().and_then(|content| content.journal.due());
        [self.common.retry_at, journal, self.common.tell_at()].into_iter().flatten().min()
    }

    pub(crate) fn begun(&self) -> bool {
        self.common.handle.is_some() && matches!(self.phase, Phase::Moving | Phase::Finishing)
    }

    /// Bytes that are here, written or not.
    pub(crate) fn done(&self) -> u64 {
        let open = self.blocks.values().map(|block| match block {
            Block::Filling { got, .. } => got.count(),
            Block::Writing { bytes, .. } => bytes.len() as u64,
        });
        self.content.as_ref().map_or(0, |content| content.verified_bytes) + open.sum::<u64>()
    }
}
