//! OLE compound files: the formats before 2007, and encrypted ones after it ([MS-CFB]).
//!
//! Files that were cut off, or whose headers count sectors wrongly, are read as far as their chains go: office programs
//! open them, so people expect a preview. Every chain is bounded by the sectors that the file has room for.

use std::collections::{HashMap, HashSet};

use super::bytes::{u16_at, u32_at};
use crate::error::{PreviewError, Result};
use crate::limits::Limits;
use crate::source::ReadAt;

/// Marks of the allocation tables ([MS-CFB] 2.1): everything from here on is no sector.
const MAX_SECTOR: u32 = 0xffff_fffa;
/// No entry of the directory ([MS-CFB] 2.6.1).
const NO_STREAM: u32 = 0xffff_ffff;
/// Sectors of the table that the header itself names ([MS-CFB] 2.2).
const IN_HEADER: usize = 109;
/// Bytes of the header that mean something.
const HEADER: usize = SECTOR;
/// Bytes of a sector, as nearly all programs write them.
pub(crate) const SECTOR: usize = 512;
/// Bytes of an entry of the directory.
const ENTRY: usize = 128;
/// Sizes of small sectors are a power of two; all programs write this one.
const MINI_SHIFT: u16 = 6;
/// Storages in storages; a directory that goes deeper was not made by a program.
const DEPTH: usize = 64;

/// A compound file.
pub(crate) struct Ole<'a> {
    sectors: Sectors<'a>,
    /// The next small sector of each small sector.
    mini_fat: Vec<u32>,
    /// Bytes that small sectors have.
    mini_sector: usize,
    /// Streams below this size are in small sectors.
    cutoff: u64,
    /// The stream that is made of small sectors: where it begins, and its bytes once they are needed.
    mini_start: u32,
    mini: Option<Vec<u8>>,
    entries: Vec<Entry>,
    /// Indices into `entries`, by paths in lower case.
    index: HashMap<String, usize>,
    part: u64,
}

/// A stream or a storage.
struct Entry {
    /// Names with `/` in front of each.
    path: String,
    stream: bool,
    start: u32,
    size: u64,
}

impl<'a> Ole<'a> {
    /// Reads the directory.
    pub(crate) fn open(source: &'a dyn ReadAt, limits: &Limits) -> Result<Self> {
        let header = read_up_to(source, 0, HEADER)?;
        let long = |at: usize| u32_at(&header, at).unwrap_or(MAX_SECTOR);
        let shift = u16_at(&header, 30).filter(|shift| (7..=16).contains(shift)).unwrap_or(9);
        let mini_shift = u16_at(&header, 32).filter(|mini| *mini >= 4 && *mini < shift).unwrap_or(MINI_SHIFT);
        let mut sectors = Sectors::new(source, shift);
        sectors.load_table(&header)?;
        let mini_fat = numbers(&sectors.chain(long(60), u64::MAX)?);
        let directory = sectors.chain(long(48), limits.parts as u64 * ENTRY as u64)?;
        let directory = Directory { bytes: directory, wide: shift > 9 };
        let root = directory.raw(0).ok_or_else(|| PreviewError::malformed("no directory"))?;
        let entries = directory.entries();
        let mut index = HashMap::with_capacity(entries.len());
        for (number, entry) in entries.iter().enumerate() {
            index.entry(entry.path.to_lowercase()).or_insert(number);
        }
        Ok(Self {
            sectors,
            mini_fat,
            mini_sector: 1 << mini_shift,
            cutoff: u64::from(u32_at(&header, 56).filter(|cutoff| *cutoff > 0).unwrap_or(4096)),
            mini_start: root.start,
            mini: None,
            entries,
            index,
            part: limits.part,
        })
    }

    /// The whole file.
    pub(crate) const fn source(&self) -> &'a dyn ReadAt {
        self.sectors.source
    }

    /// There is such a stream or storage (`/` between names; case does not matter).
    pub(crate) fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// The whole of a stream, or what is left of it; none where there is no such stream.
    pub(crate) fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>> {
        let Some(entry) = self.find(path).filter(|entry| entry.stream) else { return Ok(None) };
        let (start, size) = (entry.start, entry.size);
        if size >= self.cutoff {
            let bytes = self.sectors.chain(start, size.min(self.part.saturating_add(1)))?;
            return if bytes.len() as u64 > self.part {
                Err(PreviewError::TooLarge("a part of it is too large"))
            } else {
                Ok(Some(bytes))
            };
        }
        if self.mini.is_none() {
            self.mini = Some(self.sectors.chain(self.mini_start, self.part)?);
        }
        let mini = self.mini.as_deref().unwrap_or_default();
        Ok(Some(mini_chain(mini, &self.mini_fat, self.mini_sector, start, size as usize)))
    }

    /// Up to `length` bytes of a stream from `offset` on; none where there is no such stream.
    pub(crate) fn read_part(&mut self, path: &str, offset: u64, length: u64) -> Result<Option<Vec<u8>>> {
        let Some(entry) = self.find(path).filter(|entry| entry.stream) else { return Ok(None) };
        let (start, size) = (entry.start, entry.size);
        let length = length.min(self.part).min(size.saturating_sub(offset));
        if size >= self.cutoff {
            return self.sectors.chain_part(start, offset, length).map(Some);
        }
        let whole = self.read(path)?.unwrap_or_default();
        let rest = usize::try_from(offset).ok().and_then(|offset| whole.get(offset..)).unwrap_or(&[]);
        Ok(Some(rest[..rest.len().min(usize::try_from(length).unwrap_or(usize::MAX))].to_vec()))
    }

    fn find(&self, path: &str) -> Option<&Entry> {
        let key = format!("/{}", path.trim_start_matches('/').to_lowercase());
        self.index.get(&key).and_then(|number| self.entries.get(*number))
    }
}

/// A stream out of small sectors.
fn mini_chain(mini: &[u8], table: &[u32], sector: usize, start: u32, size: usize) -> Vec<u8> {
    let (mut bytes, mut at) = (Vec::new(), start);
    // A chain longer than there are small sectors goes round in circles.
    for _ in 0..mini.len().div_ceil(sector) {
        let Some(piece) =
            (at < MAX_SECTOR).then(|| mini.get((at as usize).saturating_mul(sector)..)).flatten()
        else {
            break;
        };
        let count = piece.len().min(sector).min(size.saturating_sub(bytes.len()));
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&piece[..count]);
        at = table.get(at as usize).copied().unwrap_or(MAX_SECTOR);
    }
    bytes
}

/// The sectors of a file and the table that chains them.
struct Sectors<'a> {
    source: &'a dyn ReadAt,
    shift: u16,
    /// Sectors that the file has room for.
    count: u32,
    /// The next sector of each sector.
    fat: Vec<u32>,
}

impl<'a> Sectors<'a> {
    fn new(source: &'a dyn ReadAt, shift: u16) -> Self {
        let count = source.len().saturating_sub(1 << shift).div_ceil(1 << shift);
        let count = u32::try_from(count).unwrap_or(MAX_SECTOR).min(MAX_SECTOR);
        Self { source, shift, count, fat: Vec::new() }
    }

    /// The table's own sectors are listed in the header and in a chain that begins there ([MS-CFB] 2.5).
    fn load_table(&mut self, header: &[u8]) -> Result<()> {
        let mut listed: Vec<u32> = numbers(header.get(76..).unwrap_or_default());
        listed.truncate(IN_HEADER);
        let per_sector = (1_usize << self.shift) / 4;
        let (mut next, mut visited) = (u32_at(header, 68).unwrap_or(MAX_SECTOR), HashSet::new());
        while next < self.count && visited.insert(next) {
            let more = numbers(&self.run(next, 1)?);
            next = more.get(per_sector - 1).copied().unwrap_or(MAX_SECTOR);
            listed.extend(more.into_iter().take(per_sector - 1));
        }
        let needed = (self.count as usize).div_ceil(per_sector);
        for sector in listed.into_iter().filter(|sector| *sector < MAX_SECTOR).take(needed) {
            let mut piece = numbers(&self.run(sector, 1)?);
            piece.resize(per_sector, MAX_SECTOR);
            self.fat.extend(piece);
        }
        Ok(())
    }

    /// `count` sectors in a row, less where the file ends.
    fn run(&self, first: u32, count: u32) -> Result<Vec<u8>> {
        let offset = (u64::from(first) + 1) << self.shift;
        let length = (u64::from(count) << self.shift).min(self.source.len().saturating_sub(offset));
        read_up_to(self.source, offset, usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// Bytes from the middle of a chain: the sectors before them are only counted.
    fn chain_part(&self, start: u32, offset: u64, length: u64) -> Result<Vec<u8>> {
        let mut at = start;
        for _ in 0..(offset >> self.shift).min(u64::from(self.count)) {
            at = self.fat.get(at as usize).copied().unwrap_or(MAX_SECTOR);
        }
        let before = offset & ((1 << self.shift) - 1);
        let mut bytes = self.chain(at, before.saturating_add(length))?;
        bytes.drain(..bytes.len().min(before as usize));
        Ok(bytes)
    }

    /// The bytes of a chain, at most `size`; sectors that lie in a row are read at once.
    fn chain(&self, start: u32, size: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let (mut at, mut visited) = (start, 0);
        while at < self.count && visited < self.count && (bytes.len() as u64) < size {
            let (first, mut length) = (at, 0);
            let wanted = (size - bytes.len() as u64).div_ceil(1 << self.shift);
            loop {
                length += 1;
                visited += 1;
                let next = self.fat.get(at as usize).copied().unwrap_or(MAX_SECTOR);
                let in_a_row = next.checked_sub(1) == Some(at) && next < self.count;
                at = next;
                if !in_a_row || u64::from(length) >= wanted || visited >= self.count {
                    break;
                }
            }
            bytes.extend(self.run(first, length)?);
        }
        bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        Ok(bytes)
    }
}

/// The directory: a tree of names, each storage with a search tree of its own ([MS-CFB] 2.6).
struct Directory {
    bytes: Vec<u8>,
    /// Sizes have 64 bits; older writers left rubbish in the upper half.
    wide: bool,
}

/// An entry as it is written.
struct Raw {
    name: String,
    kind: u8,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    size: u64,
}

/// Kinds of entries ([MS-CFB] 2.6.1).
const STORAGE: u8 = 1;
const STREAM: u8 = 2;

impl Directory {
    fn raw(&self, number: u32) -> Option<Raw> {
        let at = (number as usize).checked_mul(ENTRY)?;
        let entry = self.bytes.get(at..at.checked_add(ENTRY)?)?;
        let length = usize::from(u16_at(entry, 64)?).min(64).saturating_sub(2);
        let units = entry.get(..length)?.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        let name = char::decode_utf16(units.take_while(|unit| *unit != 0));
        let size = u64::from(u32_at(entry, 120)?);
        let upper = if self.wide { u64::from(u32_at(entry, 124)?) } else { 0 };
        Some(Raw {
            name: name.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
            kind: *entry.get(66)?,
            left: u32_at(entry, 68)?,
            right: u32_at(entry, 72)?,
            child: u32_at(entry, 76)?,
            start: u32_at(entry, 116)?,
            size: size | upper << 32,
        })
    }

    /// All entries below the root. Those that a damaged tree no longer reaches count as the root's own.
    fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut visited = HashSet::from([0]);
        let root = self.raw(0).map_or(NO_STREAM, |root| root.child);
        let mut waiting = vec![(root, String::new(), 0)];
        while let Some((number, folder, depth)) = waiting.pop() {
            let Some(raw) = self.raw(number) else { continue };
            if depth > DEPTH || !visited.insert(number) {
                continue;
            }
            let path = format!("{folder}/{}", raw.name);
            waiting.push((raw.right, folder.clone(), depth));
            waiting.push((raw.left, folder, depth));
            if raw.kind == STORAGE {
                waiting.push((raw.child, path.clone(), depth + 1));
            }
            if matches!(raw.kind, STORAGE | STREAM) {
                entries.push(Entry { path, stream: raw.kind == STREAM, start: raw.start, size: raw.size });
            }
        }
        for number in 0..u32::try_from(self.bytes.len() / ENTRY).unwrap_or(0) {
            if let Some(raw) = self.raw(number).filter(|raw| raw.kind == STREAM && !visited.contains(&number))
            {
                let path = format!("/{}", raw.name);
                entries.push(Entry { path, stream: true, start: raw.start, size: raw.size });
            }
        }
        entries
    }
}

/// Up to `length` bytes from `offset`, less where the source ends.
fn read_up_to(source: &dyn ReadAt, offset: u64, length: usize) -> Result<Vec<u8>> {
    let (mut bytes, mut filled) = (vec![0; length], 0);
    while filled < length {
        match source.read_at(offset + filled as u64, &mut bytes[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use super::*;

    /// A large and a small stream in storages.
    fn sample() -> std::io::Result<Vec<u8>> {
        let mut file = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))?;
        file.create_storage("/Macros")?;
        file.create_stream("/WordDocument")?.write_all(&large())?;
        file.create_stream("/Macros/\u{1}Small")?.write_all(b"small")?;
        file.flush()?;
        Ok(file.into_inner().into_inner())
    }

    fn large() -> Vec<u8> {
        (0..10_000_u32).map(|number| (number % 251) as u8).collect()
    }

    #[test]
    fn streams_are_found_in_any_case_and_read() -> Result<()> {
        let bytes = sample()?;
        let mut ole = Ole::open(&bytes, &Limits::default())?;
        assert_eq!(ole.read("worddocument")?, Some(large()));
        assert_eq!(ole.read("MACROS/\u{1}small")?.as_deref(), Some(&b"small"[..]));
        assert!(ole.has("/macros") && !ole.has("Workbook"));
        assert_eq!((ole.read("Macros")?, ole.read("nothing")?), (None, None));
        Ok(())
    }

    #[test]
    fn a_part_of_a_stream_is_read_where_it_is() -> Result<()> {
        let bytes = sample()?;
        let mut ole = Ole::open(&bytes, &Limits::default())?;
        for (path, offset, length, expected) in [
            ("WordDocument", 1_000, 700, large()[1_000..1_700].to_vec()),
            ("WordDocument", 9_990, 700, large()[9_990..].to_vec()),
            ("WordDocument", 99_999, 7, Vec::new()),
            ("Macros/\u{1}Small", 2, 2, b"al".to_vec()),
            ("Macros/\u{1}Small", 9, 2, Vec::new()),
        ] {
            assert_eq!(ole.read_part(path, offset, length)?, Some(expected), "{path} at {offset}");
        }
        assert_eq!(ole.read_part("nothing", 0, 1)?, None);
        Ok(())
    }

    #[test]
    fn a_file_that_was_cut_off_is_read_as_far_as_it_goes() -> Result<()> {
        let bytes = sample()?;
        let end = (0..bytes.len()).rev().find(|at| bytes[*at..].starts_with(&large()[9_984..]));
        let cut = bytes[..end.unwrap_or(bytes.len())].to_vec();
        let mut ole = Ole::open(&cut, &Limits::default())?;
        let stream = ole.read("WordDocument")?.unwrap_or_default();
        assert!(stream.len() > 8_000 && large().starts_with(&stream), "{}", stream.len());
        Ok(())
    }

    #[test]
    fn chains_that_go_round_in_circles_end() -> Result<()> {
        let mut bytes = sample()?;
        // Every entry of every table of 32-bit numbers that says "the next one" or "the end" points at sector 1.
        for at in (512..bytes.len() - 4).step_by(4) {
            let number = u32_at(&bytes, at).unwrap_or(0);
            if (2..64).contains(&number) || number == 0xffff_fffe {
                bytes[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
            }
        }
        if let Ok(mut ole) = Ole::open(&bytes, &Limits::default()) {
            let paths: Vec<String> = ole.entries.iter().map(|entry| entry.path.clone()).collect();
            for path in paths {
                drop(ole.read(&path));
            }
        }
        let nothing: Vec<u8> = vec![0xff; 600];
        assert!(Ole::open(&nothing, &Limits::default()).is_err());
        Ok(())
    }

    #[test]
    fn a_part_over_the_limit_is_refused() -> Result<()> {
        let bytes = sample()?;
        let mut ole = Ole::open(&bytes, &Limits { part: 9_000, ..Limits::default() })?;
        assert!(matches!(ole.read("WordDocument"), Err(PreviewError::TooLarge(_))));
        Ok(())
    }
}
