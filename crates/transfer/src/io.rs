//! What goes into a [`crate::Link`] and what comes out of it. Whoever drives it does all I/O.

use std::sync::Arc;

use bytes::Bytes;
use deskside_proto::{AttachmentId, ParticipantId};

use crate::{Digest, Kind, LaneKind, Manifest, Place, RelayedWhy, TransferFailure};

/// Names a carrier of one link; the driver chooses it and never uses it again.
pub type CarrierId = u32;

#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// Whose endpoint this link leads to.
    pub peer: ParticipantId,
    /// Tells this link from earlier ones between the same two endpoints, so that the peer notices when we started anew: larger for
    /// each later one. A counter will do, or milliseconds since 1970.
    pub incarnation: u64,
    /// Bytes of content held in memory for each direction, at least 2 MiB; [`crate::WINDOW_DEFAULT`] is a good choice.
    pub window_bytes: u64,
    /// Milliseconds between two records of what was received, at least: a kill loses no more. [`crate::JOURNAL_EVERY_DEFAULT`] where each
    /// is dear.
    pub journal_every: u64,
}

/// What the session's log says of an attachment: a peer that offers something else breaks the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
    /// Number of files, 1 for a file.
    pub files: u32,
}

#[derive(Debug)]
pub enum Input {
    /// A carrier can be used. Carriers are reliable and ordered while they live, and lose an unknown tail when they go. Of those
    /// that are up, the ones of the highest `rank` carry content, all of them at once.
    CarrierUp {
        carrier: CarrierId,
        kind: LaneKind,
        /// Bytes of the largest message, at least [`crate::MESSAGE_MIN`].
        max_message: usize,
        rank: u8,
    },
    CarrierDown {
        carrier: CarrierId,
    },
    /// One whole message.
    Received {
        carrier: CarrierId,
        bytes: Bytes,
    },
    /// How many bytes the carrier takes now; at least [`crate::MESSAGE_MIN`] once it has sent what it had. Counted down with every [`Output::Send`]; nothing is sent before the first of these.
    Writable {
        carrier: CarrierId,
        free_bytes: usize,
    },

    /// Sender: offer this to the peer, best once the session's log says that it accepted: of more than 64, the rest waits until
    /// others are over. An attachment that is over may be offered again.
    Offer {
        attachment: AttachmentId,
        manifest: Arc<Manifest>,
        /// The journal: everything [`Output::Persist`] gave for sending this attachment to this peer. Keeps a changed source from
        /// being spliced, and saves reading again what the peer has.
        standing: Option<Bytes>,
    },
    /// Receiver: take it, whether or not the offer has come. An attachment that is over may be accepted again.
    Accept {
        attachment: AttachmentId,
        expected: Expected,
        /// The journal: everything [`Output::Persist`] gave for receiving this attachment; `None` to begin anew.
        standing: Option<Bytes>,
    },
    Pause {
        attachment: AttachmentId,
    },
    Resume {
        attachment: AttachmentId,
    },
    Cancel {
        attachment: AttachmentId,
    },
    /// End it as failed, here and there.
    Fail {
        attachment: AttachmentId,
        failure: TransferFailure,
    },
    /// What stalled it is mended: try again now. Without it, full and broken disks are tried again every five seconds.
    Mend {
        attachment: AttachmentId,
    },
    /// Sender: the session's log says that the peer confirmed the attachment with this digest.
    Confirmed {
        attachment: AttachmentId,
        digest: Digest,
    },
    /// Drop what is kept of an attachment that is over.
    Forget {
        attachment: AttachmentId,
    },
    /// What views shall tell.
    Facts {
        code: Option<String>,
        relayed_why: Option<RelayedWhy>,
    },

    /// Answers [`Output::Read`].
    ReadDone {
        attachment: AttachmentId,
        block: u64,
        result: Result<Bytes, ReadFailure>,
    },
    /// Answers [`Output::Prepare`].
    Prepared {
        attachment: AttachmentId,
        result: Result<(), WriteFailure>,
    },
    /// Answers [`Output::Write`].
    WriteDone {
        attachment: AttachmentId,
        block: u64,
        result: Result<(), WriteFailure>,
    },
    /// Answers [`Output::Finish`].
    Finished {
        attachment: AttachmentId,
        result: Result<(), WriteFailure>,
    },
    /// Time has passed; wanted at [`crate::Link::next_deadline`].
    Tick,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFailure {
    /// It cannot be found or opened: stalls until [`Input::Mend`], also tried every five seconds.
    Gone,
    /// It is not what was offered (size, time of change, identity): fails for good.
    Changed,
    /// The disk fails: as [`ReadFailure::Gone`], told differently.
    Disk,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteFailure {
    DiskFull,
    Disk,
    /// Nobody has said yet where it goes, or the place is not there (any more).
    NoPlace,
    /// What was received so far is gone: fails for good.
    Lost,
}

/// Done in their order, each completely before the next of the same attachment; several may be under way at once where each has
/// an answer of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    Send {
        carrier: CarrierId,
        bytes: Bytes,
    },
    /// Read one block of the source; answered by [`Input::ReadDone`].
    Read {
        attachment: AttachmentId,
        block: u64,
        place: Place,
    },
    /// The list of files is known ([`crate::Link::manifest`]) and safe: make room and places, without touching anything that is
    /// there, and keep what an earlier run received. Answered by [`Input::Prepared`].
    Prepare {
        attachment: AttachmentId,
    },
    /// Write one verified block; answered by [`Input::WriteDone`].
    Write {
        attachment: AttachmentId,
        block: u64,
        place: Place,
        bytes: Bytes,
    },
    /// Append `record` to the journal of this attachment, way and peer, or replace it by `record`. A receiver first syncs what it wrote:
    /// the journal never names what a power cut could take. Records that were not waited for are claims, which [`crate::confirm`] tries.
    Persist {
        attachment: AttachmentId,
        record: Bytes,
        replace: bool,
    },
    /// Receiver: everything is written, and is what the sender sent. Sync and give it its name; answered by [`Input::Finished`].
    Finish {
        attachment: AttachmentId,
        digest: Digest,
    },
    /// The view of this attachment is another; for progress alone at most four times a second.
    Changed {
        attachment: AttachmentId,
    },
    /// Done, cancelled or failed, as its view says; comes once. No read or write that is under way matters any more: drop the
    /// journal, and what was received in part.
    Ended {
        attachment: AttachmentId,
    },
    /// Nothing sent over this carrier was acknowledged for 2.5 s: try to mend it (restart ICE).
    Stalled {
        carrier: CarrierId,
    },
    /// The same for 5 s: take the carrier down and put up another.
    Replace {
        carrier: CarrierId,
    },
    /// The peer broke the rules, everything with it failed, and the link does nothing any more: take its carriers down.
    Broken {
        rule: BrokenRule,
    },
}

/// Which rule a peer broke; for logs and tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrokenRule {
    #[error("the peer gave up on us")]
    ToldByPeer,
    #[error("a message that cannot be read")]
    Unreadable,
    #[error("a second greeting, or one of an impossible version")]
    Greeting,
    #[error("a message out of order")]
    Order,
    #[error("an acknowledgement of what was never sent")]
    Acknowledged,
    #[error("a transfer that was never offered")]
    UnknownTransfer,
    #[error("more than 64 open offers, or one twice")]
    Offers,
    #[error("an offer or list that is not what the session's log says")]
    NotAsExpected,
    #[error("a piece of no block, or outside of it")]
    Piece,
    #[error("a block that is not what its value says")]
    Value,
    #[error("more content than the window allows")]
    Window,
    #[error("an answer to no question")]
    State,
    #[error("messages that are never acknowledged")]
    NeverAcknowledges,
}
