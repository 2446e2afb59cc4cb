//! What travels on a carrier. A message is one or more frames; a frame is its type, the length of its body (varint), and the body.
//! Types a version does not know are skipped, so that later versions can say more.
//!
//! Each carrier begins with a [`Hello`]. [`Message`]s are numbered over all carriers, taken in order, and sent again until
//! acknowledged; [`Piece`]s are sent once, and again only after the receiver was asked what it has.

use bytes::Bytes;
use deskside_proto::AttachmentId;

use crate::{
    Digest, Kind, Ranges, StallReason, TransferFailure,
    codec::{Broken, Reader, Writer, varint_len},
};

/// The version both sides speak; a later one says the highest it knows.
pub const VERSION: u32 = 1;
/// Bytes of the largest message: 256 KiB of content and what belongs to it.
pub const MESSAGE_MAX: usize = (256 << 10) + 1024;
/// Bytes of a manifest in one [`Message::List`].
pub(crate) const LIST_MAX: usize = 16 << 10;
/// Ranges in one message: with 20 bytes each it still fits the smallest carrier.
pub(crate) const RANGES_SENT: usize = 700;
/// Bytes of a piece besides its content, at most.
pub(crate) const PIECE_OVERHEAD: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    Hello(Hello),
    Ack(Ack),
    Message {
        number: u64,
        message: Message,
    },
    Piece(Piece),
    /// The other side broke the rules; nothing follows.
    Broken,
}

/// The first frame on each carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hello {
    pub version: u32,
    /// [`crate::LinkConfig::incarnation`].
    pub incarnation: u64,
    /// Bytes of blocks that may be open (begun, but not told as verified) towards us at once.
    pub window: u64,
    /// How many blocks, likewise.
    pub window_blocks: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    /// Bytes of all messages that came on this carrier.
    pub bytes: u64,
    /// Number of the last [`Message`] taken, over all carriers; 0 = none.
    pub message: u64,
}

/// A part of one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub handle: u32,
    /// Of the newest [`Message::Begin`].
    pub round: u32,
    pub block: u64,
    /// The block's value ([`crate::Layout::value`]).
    pub value: Digest,
    /// Bytes from the beginning of the block.
    pub offset: u32,
    pub bytes: Bytes,
}

/// Whose transfer a handle names: each side numbers its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// Whoever says this is the sender of the content.
    pub mine: bool,
    pub handle: u32,
}

/// Taken in order, exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    // From the sender of the content.
    Offer(Offer),
    /// The next bytes of the manifest.
    List {
        handle: u32,
        bytes: Bytes,
    },
    /// What of these blocks do you have? Asked when pieces may be lost.
    Ask {
        handle: u32,
        blocks: Ranges,
    },
    /// What all of it has to come to.
    Digest {
        handle: u32,
        digest: Digest,
    },
    /// The source cannot be read, or can be again.
    Stall {
        handle: u32,
        why: Option<StallReason>,
    },
    // From the receiver.
    /// Accepted: send the manifest.
    Wanted {
        handle: u32,
    },
    /// Send what is not verified; pieces of earlier rounds are void.
    Begin {
        handle: u32,
        round: u32,
        verified: Ranges,
    },
    /// These blocks are written.
    Verified {
        handle: u32,
        blocks: Ranges,
    },
    /// Stop until the next `Begin`: whatever is open is dropped, but for one block that stays in memory to try again with.
    Hold {
        handle: u32,
        why: StallReason,
        kept: Option<u64>,
    },
    /// Answers `Ask` for one block: which of its bytes came.
    Have {
        handle: u32,
        block: u64,
        bytes: Ranges,
    },
    /// All of it is stored, under this digest.
    Stored {
        handle: u32,
        digest: Digest,
    },
    // From either.
    Pause {
        of: Named,
        on: bool,
    },
    Cancel {
        of: Named,
    },
    Fail {
        of: Named,
        failure: TransferFailure,
    },
    /// Of a later version.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Larger for each offer.
    pub handle: u32,
    pub attachment: AttachmentId,
    pub kind: Kind,
    pub files: u32,
    pub size: u64,
    pub manifest_len: u32,
    pub manifest_hash: Digest,
}

mod types {
    pub(super) const HELLO: u8 = 1;
    pub(super) const ACK: u8 = 2;
    pub(super) const MESSAGE: u8 = 3;
    pub(super) const PIECE: u8 = 4;
    pub(super) const BROKEN: u8 = 5;
}

/// Reads the frames of one message; skips what it does not know. After an error it ends.
#[derive(Debug)]
pub struct Frames(Option<Reader>);

impl Frames {
    #[must_use]
    pub fn new(message: Bytes) -> Self {
        Self(Some(Reader::new(message)))
    }

    fn read(&mut self) -> Result<Option<Frame>, Broken> {
        let Some(from) = &mut self.0 else { return Ok(None) };
        while !from.is_empty() {
            let kind = from.byte()?;
            let len = usize::try_from(from.varint()?).map_err(|_| Broken)?;
            let body = Reader::new(from.take(len)?);
            if let Some(frame) = read_frame(kind, body)? {
                return Ok(Some(frame));
            }
        }
        Ok(None)
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read();
        if !matches!(read, Ok(Some(_))) {
            self.0 = None;
        }
        read.transpose()
    }
}

fn read_frame(kind: u8, mut body: Reader) -> Result<Option<Frame>, Broken> {
    let frame = match kind {
        types::HELLO => Frame::Hello(Hello {
            version: body.u32()?,
            incarnation: body.varint()?,
            window: body.varint()?,
            window_blocks: body.u32()?,
        }),
        types::ACK => Frame::Ack(Ack { bytes: body.varint()?, message: body.varint()? }),
        types::MESSAGE => {
            let number = body.varint()?;
            return Ok(Some(Frame::Message { number, message: crate::message::read(body)? }));
        }
        types::PIECE => {
            let (handle, round, block) = (body.u32()?, body.u32()?, body.varint()?);
            let (value, offset) = (body.array()?, body.u32()?);
            return Ok(Some(Frame::Piece(Piece { handle, round, block, value, offset, bytes: body.rest() })));
        }
        types::BROKEN => Frame::Broken,
        _ => return Ok(None),
    };
    // A later version may append to what is of fixed length.
    Ok(Some(frame))
}

/// Builds one message.
#[derive(Debug, Default)]
pub struct MessageWriter(Writer);

impl MessageWriter {
    pub fn reserve(&mut self, bytes: usize) {
        self.0.reserve(bytes);
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    #[must_use]
    pub fn done(self) -> Bytes {
        self.0.done().into()
    }

    pub fn frame(&mut self, frame: &Frame) {
        match frame {
            Frame::Hello(hello) => {
                let mut body = Writer::default();
                body.varint(hello.version.into());
                body.varint(hello.incarnation);
                body.varint(hello.window);
                body.varint(hello.window_blocks.into());
                self.put(types::HELLO, &body.done());
            }
            Frame::Ack(ack) => {
                let mut body = Writer::default();
                body.varint(ack.bytes);
                body.varint(ack.message);
                self.put(types::ACK, &body.done());
            }
            Frame::Message { number, message } => self.message(*number, &crate::message::write(message)),
            Frame::Piece(piece) => self.piece(piece),
            Frame::Broken => self.put(types::BROKEN, &[]),
        }
    }

    /// A [`Frame::Message`] whose message is encoded already.
    pub(crate) fn message(&mut self, number: u64, encoded: &[u8]) {
        self.0.byte(types::MESSAGE);
        self.0.varint((varint_len(number) + encoded.len()) as u64);
        self.0.varint(number);
        self.0.bytes(encoded);
    }

    /// The one copy that a sender makes of content.
    fn piece(&mut self, piece: &Piece) {
        let head = varint_len(piece.handle.into())
            + varint_len(piece.round.into())
            + varint_len(piece.block)
            + piece.value.len()
            + varint_len(piece.offset.into());
        self.0.byte(types::PIECE);
        self.0.varint((head + piece.bytes.len()) as u64);
        self.0.varint(piece.handle.into());
        self.0.varint(piece.round.into());
        self.0.varint(piece.block);
        self.0.bytes(&piece.value);
        self.0.varint(piece.offset.into());
        self.0.bytes(&piece.bytes);
    }

    fn put(&mut self, kind: u8, body: &[u8]) {
        self.0.byte(kind);
        self.0.varint(body.len() as u64);
        self.0.bytes(body);
    }
}
