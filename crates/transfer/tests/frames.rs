//! What travels on a carrier comes back as it was, and any bytes can be read.

use bytes::Bytes;
use deskside_proto::AttachmentId;
use deskside_transfer::{
    Kind, Ranges, StallReason, TransferFailure,
    frame::{Ack, Frame, Frames, Hello, Message, MessageWriter, Named, Offer, Piece},
};
use proptest::prelude::*;

fn ranges() -> impl Strategy<Value = Ranges> {
    let parts = prop::collection::vec((any::<u32>(), 1u64..9), 0..20);
    parts.prop_map(|parts| {
        parts.into_iter().map(|(start, len)| u64::from(start)..u64::from(start) + len).collect()
    })
}

fn message() -> impl Strategy<Value = Message> {
    let n = any::<u32>();
    let digest = any::<[u8; 32]>();
    let named = (any::<bool>(), n).prop_map(|(mine, handle)| Named { mine, handle });
    prop_oneof![
        (n, any::<[u8; 16]>(), any::<bool>(), n, any::<u64>(), n, digest).prop_map(
            |(handle, id, folder, files, size, manifest_len, manifest_hash)| {
                let kind = if folder { Kind::Folder } else { Kind::File };
                let attachment = AttachmentId(id);
                Message::Offer(Offer { handle, attachment, kind, files, size, manifest_len, manifest_hash })
            }
        ),
        (n, prop::collection::vec(any::<u8>(), 1..100))
            .prop_map(|(handle, bytes)| Message::List { handle, bytes: bytes.into() }),
        (n, ranges()).prop_map(|(handle, blocks)| Message::Ask { handle, blocks }),
        (n, digest).prop_map(|(handle, digest)| Message::Digest { handle, digest }),
        (n, prop::option::of(Just(StallReason::NeedsSource)))
            .prop_map(|(handle, why)| Message::Stall { handle, why }),
        n.prop_map(|handle| Message::Wanted { handle }),
        (n, n, ranges()).prop_map(|(handle, round, verified)| Message::Begin { handle, round, verified }),
        (n, ranges()).prop_map(|(handle, blocks)| Message::Verified { handle, blocks }),
        (n, prop::option::of(any::<u32>().prop_map(u64::from))).prop_map(|(handle, kept)| Message::Hold {
            handle,
            why: StallReason::DiskFull,
            kept
        }),
        (n, any::<u64>(), ranges()).prop_map(|(handle, block, bytes)| Message::Have { handle, block, bytes }),
        (n, digest).prop_map(|(handle, digest)| Message::Stored { handle, digest }),
        (named.clone(), any::<bool>()).prop_map(|(of, on)| Message::Pause { of, on }),
        named.clone().prop_map(|of| Message::Cancel { of }),
        named.prop_map(|of| Message::Fail { of, failure: TransferFailure::UnsafeNames }),
    ]
}

fn frame() -> impl Strategy<Value = Frame> {
    let (n, long) = (any::<u32>(), any::<u64>());
    prop_oneof![
        (n, long, long, n).prop_map(|(version, incarnation, window, window_blocks)| {
            Frame::Hello(Hello { version, incarnation, window, window_blocks })
        }),
        (long, long).prop_map(|(bytes, message)| Frame::Ack(Ack { bytes, message })),
        (long, message()).prop_map(|(number, message)| Frame::Message { number, message }),
        (n, n, long, any::<[u8; 32]>(), n, prop::collection::vec(any::<u8>(), 0..300)).prop_map(
            |(handle, round, block, value, offset, bytes)| {
                Frame::Piece(Piece { handle, round, block, value, offset, bytes: bytes.into() })
            }
        ),
        Just(Frame::Broken),
    ]
}

proptest! {
    #[test]
    fn frames_come_back(frames in prop::collection::vec(frame(), 0..8)) {
        let mut out = MessageWriter::default();
        frames.iter().for_each(|frame| out.frame(frame));
        let back: Result<Vec<Frame>, _> = Frames::new(out.done()).collect();
        prop_assert_eq!(back, Ok(frames));
    }

    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let len = bytes.len();
        prop_assert!(Frames::new(bytes.into()).count() <= len);
    }

    /// Near misses: a good message with one byte changed, or cut.
    #[test]
    fn damaged_frames_can_be_read(
        frames in prop::collection::vec(frame(), 1..4),
        at in any::<prop::sample::Index>(),
        byte: u8,
        cuts: bool,
    ) {
        let mut out = MessageWriter::default();
        frames.iter().for_each(|frame| out.frame(frame));
        let mut bytes = out.done().to_vec();
        let at = at.index(bytes.len());
        if cuts { bytes.truncate(at) } else { bytes[at] = byte }
        let read: Vec<_> = Frames::new(Bytes::from(bytes)).collect();
        let errors = read.iter().filter(|frame| frame.is_err()).count();
        prop_assert!(errors <= 1, "nothing is read after an error");
    }
}
