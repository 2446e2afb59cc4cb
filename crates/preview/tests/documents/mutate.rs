//! Accidents that happen to a document: bits that flip, stretches that move, an end that is missing; outside and inside of a zip.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Parts of a zip above this are left as they are: they would only make every accident slow.
const PART: u64 = 2 * 1024 * 1024;

/// SplitMix64 (Steele et al. 2014): the same numbers for the same seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`, which is at least 1.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }
}

/// `bytes` after the accident of `seed`.
pub(crate) fn mutate(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    // A zip with broken bytes is mostly refused by its checksums: three of four go inside.
    if bytes.starts_with(b"PK")
        && random.below(4) > 0
        && let Some(mutated) = inside(bytes, &mut random)
    {
        return mutated;
    }
    let mut bytes = bytes.to_vec();
    damage(&mut bytes, &mut random);
    bytes
}

/// One to three parts damaged, the others copied.
fn inside(bytes: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let count = archive.len();
    if count == 0 || count > 2000 {
        return None;
    }
    let victims: Vec<usize> = (0..=random.below(3)).map(|_| random.below(count)).collect();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..count {
        let part = archive.by_index_raw(index).ok()?;
        if !victims.contains(&index) || part.size() > PART {
            out.raw_copy_file(part).ok()?;
            continue;
        }
        drop(part);
        let part = archive.by_index(index).ok()?;
        let name = part.name().ok()?.into_owned();
        let mut content = Vec::new();
        part.take(PART).read_to_end(&mut content).ok()?;
        damage(&mut content, random);
        out.start_file(name, SimpleFileOptions::default()).ok()?;
        out.write_all(&content).ok()?;
    }
    Some(out.finish().ok()?.into_inner())
}

/// What numbers at the edge look like.
const EDGES: [&[u8]; 6] =
    [&[0; 4], &[0xff; 4], &[0xff, 0xff, 0xff, 0x7f], &[0, 0, 0, 0x80], b"4294967295", b"-1"];

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(6) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len());
        match random.below(10) {
            0..=2 => bytes[at] ^= 1 << random.below(8),
            3 => bytes[at] = random.below(256) as u8,
            4 => {
                let edge = EDGES[random.below(EDGES.len())];
                let end = (at + edge.len()).min(bytes.len());
                bytes[at..end].copy_from_slice(&edge[..end - at]);
            }
            // A stretch from elsewhere, in place of what is here or between.
            5 => {
                let (from, to) = stretch(bytes.len(), random);
                let piece = bytes[from..to].to_vec();
                let over = random.below(2) * piece.len();
                let end = (at + over).min(bytes.len());
                bytes.splice(at..end, piece);
            }
            6 => {
                let (from, to) = stretch(bytes.len(), random);
                bytes.drain(from..to);
            }
            7 | 8 => markup(bytes, at, random),
            _ if random.below(3) == 0 => bytes.truncate(at),
            _ => bytes[at] = bytes[at].wrapping_add(1),
        }
    }
}

/// Numbers that text may hold, and what stands where one should.
const NUMBERS: [&str; 8] =
    ["0", "-1", "65536", "2147483648", "4294967295", "99999999999999999999", "1e308", "x"];

/// What follows of XML or RTF from `at` on says something else: a number, a tag less, tags many times.
fn markup(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let next = |from: usize, wanted: fn(&u8) -> bool| {
        bytes.get(from..)?.iter().take(4096).position(wanted).map(|place| from + place)
    };
    match random.below(3) {
        0 => {
            let Some(from) = next(at, u8::is_ascii_digit) else { return };
            let to = next(from, |byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
            bytes.splice(from..to, NUMBERS[random.below(NUMBERS.len())].bytes());
        }
        choice => {
            let Some(from) = next(at, |byte| *byte == b'<') else { return };
            let reach = if choice == 1 { 0 } else { random.below(512) };
            let Some(to) = next(from + reach, |byte| *byte == b'>') else { return };
            let piece = bytes[from..=to].to_vec();
            let times = if choice == 1 { 0 } else { 2 + random.below(1000) };
            bytes.splice(from..=to, piece.repeat(times));
        }
    }
}

fn stretch(length: usize, random: &mut Random) -> (usize, usize) {
    let from = random.below(length);
    (from, (from + 1 + random.below(4096)).min(length))
}
