//! The encoding of [`Message`]s: a type, then the fields in their order.

use deskside_proto::AttachmentId;

use crate::{
    Kind, Ranges, StallReason, TransferFailure,
    codec::{Broken, Reader, Writer},
    frame::{LIST_MAX, Message, Named, Offer, RANGES_SENT},
};

const STALLS: [StallReason; 5] = [
    StallReason::DiskFull,
    StallReason::DiskError,
    StallReason::NeedsPlace,
    StallReason::NeedsSource,
    StallReason::Unreachable,
];
const FAILURES: [TransferFailure; 7] = [
    TransferFailure::SourceChanged,
    TransferFailure::SourceGone,
    TransferFailure::DigestMismatch,
    TransferFailure::PeerBrokeRules,
    TransferFailure::UnsafeNames,
    TransferFailure::TooLarge,
    TransferFailure::StorageLost,
];

/// The place of `value` in its list, and one more: 0 is "none".
fn number<T: PartialEq>(list: &[T], value: &T) -> u64 {
    list.iter().position(|one| one == value).map_or(0, |at| at as u64 + 1)
}

/// What a later version may have added reads as `other`.
fn named<T: Copy>(list: &[T], number: u64, other: T) -> Option<T> {
    let at = usize::try_from(number.checked_sub(1)?).unwrap_or(usize::MAX);
    Some(list.get(at).copied().unwrap_or(other))
}

pub(crate) fn write(message: &Message) -> Vec<u8> {
    let mut out = Writer::default();
    match message {
        Message::Offer(offer) => {
            head(&mut out, 1, offer.handle);
            out.bytes(&offer.attachment.0);
            out.flag(offer.kind == Kind::Folder);
            out.varint(offer.files.into());
            out.varint(offer.size);
            out.varint(offer.manifest_len.into());
            out.bytes(&offer.manifest_hash);
        }
        Message::List { handle, bytes } => {
            head(&mut out, 2, *handle);
            out.bytes(bytes);
        }
        Message::Ask { handle, blocks } => {
            head(&mut out, 3, *handle);
            blocks.encode(&mut out, RANGES_SENT);
        }
        Message::Digest { handle, digest } => {
            head(&mut out, 4, *handle);
            out.bytes(digest);
        }
        Message::Stall { handle, why } => {
            head(&mut out, 5, *handle);
            out.varint(why.map_or(0, |why| number(&STALLS, &why)));
        }
        Message::Wanted { handle } => head(&mut out, 6, *handle),
        Message::Begin { handle, round, verified } => {
            head(&mut out, 7, *handle);
            out.varint((*round).into());
            verified.encode(&mut out, RANGES_SENT);
        }
        Message::Verified { handle, blocks } => {
            head(&mut out, 8, *handle);
            blocks.encode(&mut out, RANGES_SENT);
        }
        Message::Hold { handle, why, kept } => {
            head(&mut out, 9, *handle);
            out.varint(number(&STALLS, why));
            out.varint(kept.map_or(0, |block| block.saturating_add(1)));
        }
        Message::Have { handle, block, bytes } => {
            head(&mut out, 10, *handle);
            out.varint(*block);
            bytes.encode(&mut out, RANGES_SENT);
        }
        Message::Stored { handle, digest } => {
            head(&mut out, 11, *handle);
            out.bytes(digest);
        }
        Message::Pause { of, on } => {
            head(&mut out, 12, of.handle);
            out.flag(of.mine);
            out.flag(*on);
        }
        Message::Cancel { of } => {
            head(&mut out, 13, of.handle);
            out.flag(of.mine);
        }
        Message::Fail { of, failure } => {
            head(&mut out, 14, of.handle);
            out.flag(of.mine);
            out.varint(number(&FAILURES, failure));
        }
        // Never sent; reads back as what it is.
        Message::Unknown => out.byte(0),
    }
    out.done()
}

fn head(out: &mut Writer, kind: u8, handle: u32) {
    out.byte(kind);
    out.varint(handle.into());
}

/// Total: any bytes are a message or [`Broken`].
pub(crate) fn read(mut from: Reader) -> Result<Message, Broken> {
    let kind = from.byte()?;
    if !(1..=14).contains(&kind) {
        return Ok(Message::Unknown);
    }
    let handle = from.u32()?;
    Ok(match kind {
        1 => Message::Offer(Offer {
            handle,
            attachment: AttachmentId(from.array()?),
            kind: if from.flag()? { Kind::Folder } else { Kind::File },
            files: from.u32()?,
            size: from.varint()?,
            manifest_len: from.u32()?,
            manifest_hash: from.array()?,
        }),
        2 => {
            let bytes = from.rest();
            if bytes.is_empty() || bytes.len() > LIST_MAX {
                return Err(Broken);
            }
            Message::List { handle, bytes }
        }
        3 => Message::Ask { handle, blocks: Ranges::decode(&mut from)? },
        4 => Message::Digest { handle, digest: from.array()? },
        5 => Message::Stall { handle, why: named(&STALLS, from.varint()?, StallReason::NeedsSource) },
        6 => Message::Wanted { handle },
        7 => Message::Begin { handle, round: from.u32()?, verified: Ranges::decode(&mut from)? },
        8 => Message::Verified { handle, blocks: Ranges::decode(&mut from)? },
        9 => {
            let why = named(&STALLS, from.varint()?, StallReason::DiskError);
            Message::Hold { handle, why: why.ok_or(Broken)?, kept: from.varint()?.checked_sub(1) }
        }
        10 => Message::Have { handle, block: from.varint()?, bytes: Ranges::decode(&mut from)? },
        11 => Message::Stored { handle, digest: from.array()? },
        12 => Message::Pause { of: Named { handle, mine: from.flag()? }, on: from.flag()? },
        13 => Message::Cancel { of: Named { handle, mine: from.flag()? } },
        _ => {
            let of = Named { handle, mine: from.flag()? };
            let failure = named(&FAILURES, from.varint()?, TransferFailure::PeerBrokeRules);
            Message::Fail { of, failure: failure.ok_or(Broken)? }
        }
    })
}
