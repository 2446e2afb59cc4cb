//! Videos, made afresh: a WebM of any size that plays and can be sought in, and an MP4 of a codec that web views may lack.

use std::fs::File;
use std::io::{BufWriter, Seek as _, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// Pixels of [`FRAMES`].
const WIDTH: u64 = 160;
const HEIGHT: u64 = 96;
/// Key frames of VP8 (RFC 6386), each of one colour: a teal and an orange canvas that Chromium wrote as lossy WebP.
const FRAMES: [&str; 2] = [
    "b006009d012aa00060003f1188c05a2c2926a4208801802209696ee174a0f5401dd17882a39ed88bc4151d471184394931fcfe08d995813804cc\
     e36c2e0000fefde4897f2224ff2cce15f6895a2094b8d8ec00635bdae513de9fed9a4bb880000000",
    "b006009d012aa00060003f1188c059ac2926a3a08801802209696ee174a0fd9c000078011b105473db117882a39ed88bc415207b1178862395673\
     904660000fbfbffc6f882f6af1ffc4f176f196b4265ee99c6e6ec8b69c12f54e00000000000",
];
const FRAMES_PER_SECOND: u64 = 10;
/// Bytes of the head of a `Void` as written here: an id of one byte and a size of eight.
const VOID_HEAD: u64 = 9;
/// Players that stream read an element they skip into memory: larger ones are refused (15 MiB in GStreamer's demuxer).
const VOID_MAX: u64 = 8 << 20;

/// Writes a WebM (RFC 9559) of `seconds` and exactly `size` bytes, a cluster for each second. What the frames do not need is `Void`
/// behind each of them, so that a second of play takes its share of the bytes; it is left as holes where the disk can.
pub fn write_webm(path: &Path, seconds: u64, size: u64) -> Result<()> {
    let frames: Vec<Vec<u8>> = FRAMES.iter().map(hex::decode).collect::<Result<_, _>>()?;
    let frame = |number: u64| &frames[usize::try_from(number % 2).unwrap_or_default()];
    // Everything but the padding first, so that its size is known.
    let bare = layout(seconds, 0, 0, &frame)?.last().map_or(0, |piece| piece.at + piece.bytes.len() as u64);
    let count = seconds * FRAMES_PER_SECOND;
    let room = size.checked_sub(bare + count * VOID_HEAD).context("too small for its frames")?;
    let (share, rest) = (room / count, room % count);
    ensure!(share + rest <= VOID_MAX, "too large for so few frames");
    let mut file = BufWriter::new(File::create(path)?);
    for piece in layout(seconds, share + VOID_HEAD, rest, &frame)? {
        file.seek(SeekFrom::Start(piece.at))?;
        file.write_all(&piece.bytes)?;
    }
    let file = file.into_inner().context("the last bytes of a video")?;
    ensure!(file.metadata()?.len() == size, "{} has the size it should have", path.display());
    Ok(())
}

/// Bytes and where they stand; what lies between two is nought.
struct Piece {
    at: u64,
    bytes: Vec<u8>,
}

/// The file's pieces, with `void` bytes of padding (head and all) behind each frame and `more` behind the last one.
fn layout<'a>(seconds: u64, void: u64, more: u64, frame: &impl Fn(u64) -> &'a Vec<u8>) -> Result<Vec<Piece>> {
    let about = [info(seconds), tracks()].concat();
    let mut clusters = Vec::new();
    let mut cues = Vec::new();
    let seek_head_length = seek_head(0).len() as u64;
    let mut offset = seek_head_length + about.len() as u64;
    for second in 0..seconds {
        cues.push((second * 1_000, offset));
        let last = second + 1 == seconds;
        let (pieces, length) = cluster(second, void, if last { more } else { 0 }, frame)?;
        clusters.extend(pieces.into_iter().map(|piece| Piece { at: piece.at + offset, ..piece }));
        offset += length;
    }
    let cues_at = offset;
    let cues = element(&[0x1c, 0x53, 0xbb, 0x6b], &cues.iter().flat_map(cue).collect::<Vec<_>>());
    let mut head = header();
    head.extend(head_of(&[0x18, 0x53, 0x80, 0x67], cues_at + cues.len() as u64));
    let base = head.len() as u64;
    head.extend(seek_head(cues_at));
    head.extend(about);
    let first = Piece { at: 0, bytes: head };
    let last = Piece { at: base + cues_at, bytes: cues };
    let clusters = clusters.into_iter().map(|piece| Piece { at: base + piece.at, ..piece });
    Ok(std::iter::once(first).chain(clusters).chain([last]).collect())
}

/// A second of frames; the pieces by their places in it, and its length.
fn cluster<'a>(
    second: u64,
    void: u64,
    more: u64,
    frame: &impl Fn(u64) -> &'a Vec<u8>,
) -> Result<(Vec<Piece>, u64)> {
    let mut pieces = Vec::new();
    let mut bytes = number(&[0xe7], second * 1_000);
    let mut at = 0;
    for index in 0..FRAMES_PER_SECOND {
        let time = i16::try_from(index * 1_000 / FRAMES_PER_SECOND)?;
        // Track 1, time in the cluster, flags: a key frame (RFC 9559 §10.2).
        let mut block = vec![0x81];
        block.extend(time.to_be_bytes());
        block.push(0x80);
        block.extend(frame(second));
        bytes.extend(element(&[0xa3], &block));
        if void > 0 {
            let length = void - VOID_HEAD + if index + 1 == FRAMES_PER_SECOND { more } else { 0 };
            bytes.extend(head_of(&[0xec], length));
            let next = at + bytes.len() as u64 + length;
            pieces.push(Piece { at, bytes: std::mem::take(&mut bytes) });
            at = next;
        }
    }
    let length = at + bytes.len() as u64;
    pieces.push(Piece { at, bytes });
    let head = head_of(&[0x1f, 0x43, 0xb6, 0x75], length);
    let behind = head.len() as u64;
    for piece in &mut pieces {
        piece.at += behind;
    }
    pieces.insert(0, Piece { at: 0, bytes: head });
    Ok((pieces, length + behind))
}

fn header() -> Vec<u8> {
    let fields = [
        number(&[0x42, 0x86], 1),
        number(&[0x42, 0xf7], 1),
        number(&[0x42, 0xf2], 4),
        number(&[0x42, 0xf3], 8),
        element(&[0x42, 0x82], b"webm"),
        number(&[0x42, 0x87], 2),
        number(&[0x42, 0x85], 2),
    ];
    element(&[0x1a, 0x45, 0xdf, 0xa3], &fields.concat())
}

/// Says where the cues stand, which are last.
fn seek_head(cues_at: u64) -> Vec<u8> {
    let seek = [element(&[0x53, 0xab], &[0x1c, 0x53, 0xbb, 0x6b]), number(&[0x53, 0xac], cues_at)].concat();
    element(&[0x11, 0x4d, 0x9b, 0x74], &element(&[0x4d, 0xbb], &seek))
}

fn info(seconds: u64) -> Vec<u8> {
    let milliseconds = u32::try_from(seconds * 1_000).map_or(f64::MAX, f64::from);
    let fields = [
        number(&[0x2a, 0xd7, 0xb1], 1_000_000),
        element(&[0x44, 0x89], &milliseconds.to_be_bytes()),
        element(&[0x4d, 0x80], b"Deskside"),
        element(&[0x57, 0x41], b"Deskside"),
    ];
    element(&[0x15, 0x49, 0xa9, 0x66], &fields.concat())
}

fn tracks() -> Vec<u8> {
    let picture = [number(&[0xb0], WIDTH), number(&[0xba], HEIGHT)].concat();
    let fields = [
        number(&[0xd7], 1),
        number(&[0x73, 0xc5], 1),
        number(&[0x83], 1),
        number(&[0x9c], 0),
        element(&[0x86], b"V_VP8"),
        element(&[0xe0], &picture),
    ];
    element(&[0x16, 0x54, 0xae, 0x6b], &element(&[0xae], &fields.concat()))
}

fn cue((time, cluster): &(u64, u64)) -> Vec<u8> {
    let place = element(&[0xb7], &[number(&[0xf7], 1), number(&[0xf1], *cluster)].concat());
    element(&[0xbb], &[number(&[0xb3], *time), place].concat())
}

/// An EBML element (RFC 8794). A small one has a size of one byte: what looks at a file's first bytes expects it of a header.
fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    // All ones would be an unknown size.
    let short = u8::try_from(content.len()).ok().filter(|&length| length < 0x7f);
    let mut bytes = match short {
        Some(length) => [id, &[0x80 | length]].concat(),
        None => head_of(id, content.len() as u64),
    };
    bytes.extend(content);
    bytes
}

/// The head of an element whose size takes eight bytes, whatever it is.
fn head_of(id: &[u8], length: u64) -> Vec<u8> {
    let mut bytes = id.to_vec();
    bytes.extend(((1 << 56) | length).to_be_bytes());
    bytes
}

/// In eight bytes, so that its place does not depend on its value.
fn number(id: &[u8], value: u64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}

/// An MP4 (ISO/IEC 14496-12) with one frame of H.264 in Baseline that is cut off: where there is a decoder for it, it plays neither.
#[must_use]
pub fn h264() -> Vec<u8> {
    let kind = boxed(b"ftyp", b"isom\0\0\x02\0isomiso2avc1mp41");
    // Where the one sample stands is known once the length of what describes it is.
    let place = kind.len() + movie(0).len() + 8;
    let sample = b"\0\0\xff\xff\x65\x88\x84\0";
    [kind, movie(u32::try_from(place).unwrap_or_default()), boxed(b"mdat", sample)].concat()
}

fn movie(sample_at: u32) -> Vec<u8> {
    let matrix: Vec<u8> = [0x1_0000_u32, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000]
        .iter()
        .flat_map(|n| n.to_be_bytes())
        .collect();
    let movie = [
        words(&[0, 0, 0, 1_000, 1_000, 0x1_0000, 0x0100_0000, 0, 0]),
        matrix.clone(),
        vec![0; 24],
        words(&[2]),
    ];
    let track = [words(&[7, 0, 0, 1, 0, 1_000, 0, 0, 0, 0]), matrix, words(&[160 << 16, 96 << 16])];
    let media = [
        boxed(b"mdhd", &words(&[0, 0, 0, 1_000, 1_000, 0x55c4_0000])),
        boxed(b"hdlr", &[&words(&[0, 0])[..], b"vide", &[0; 12], b"Video\0"].concat()),
        boxed(b"minf", &[boxed(b"vmhd", &words(&[1, 0, 0])), references(), sample_table(sample_at)].concat()),
    ];
    let track = [boxed(b"tkhd", &track.concat()), boxed(b"mdia", &media.concat())];
    boxed(b"moov", &[boxed(b"mvhd", &movie.concat()), boxed(b"trak", &track.concat())].concat())
}

/// The bytes are in this file.
fn references() -> Vec<u8> {
    let own = boxed(b"url ", &words(&[1]));
    boxed(b"dinf", &boxed(b"dref", &[words(&[0, 1]), own].concat()))
}

fn sample_table(sample_at: u32) -> Vec<u8> {
    // Of 160 × 96 pixels (ITU-T H.264 §7.3.2): the parameter sets of a sequence and of a picture.
    let sequence = b"\x67\x42\xc0\x0a\xda\x0a\x36\x40";
    let picture = b"\x68\xce\x38\x80";
    let codec = [&b"\x01\x42\xc0\x0a\xff\xe1\0\x08"[..], sequence, b"\x01\0\x04", picture];
    let mut entry = vec![0, 0, 0, 0, 0, 0, 0, 1];
    entry.extend([0; 16]);
    entry.extend(words(&[160 << 16 | 96, 0x48_0000, 0x48_0000, 0, 1 << 16]));
    entry.truncate(entry.len() - 2);
    entry.extend([0; 32]);
    entry.extend([0, 24, 0xff, 0xff]);
    entry.extend(boxed(b"avcC", &codec.concat()));
    let tables = [
        boxed(b"stsd", &[words(&[0, 1]), boxed(b"avc1", &entry)].concat()),
        boxed(b"stts", &words(&[0, 1, 1, 1_000])),
        boxed(b"stsc", &words(&[0, 1, 1, 1, 1])),
        boxed(b"stsz", &words(&[0, 0, 1, 8])),
        boxed(b"stco", &words(&[0, 1, sample_at])),
    ];
    boxed(b"stbl", &tables.concat())
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap_or_default();
    [&length.to_be_bytes()[..], kind, content].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_video_has_the_size_that_was_asked_for() -> Result<()> {
        let folder = tempfile::tempdir()?;
        for size in [200_000, 200_001, 3 << 20] {
            let path = folder.path().join(format!("{size}.webm"));
            write_webm(&path, 10, size)?;
            assert!(std::fs::read(&path)?.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]));
        }
        assert!(write_webm(&folder.path().join("small.webm"), 10, 1_000).is_err());
        Ok(())
    }
}
