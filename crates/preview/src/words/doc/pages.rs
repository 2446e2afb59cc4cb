//! Formatting by places in the stream: pages of 512 bytes with runs of characters or paragraphs ([MS-DOC] 2.9.33, 2.9.174),
//! found by a list of where each page begins.

use super::text::Plc;
use crate::container::bytes::{slice, u8_at, u16_at, u32_at};

/// Bytes of a page.
const PAGE: usize = 512;

/// What kind of runs pages hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Characters,
    Paragraphs,
}

/// The list of pages.
#[derive(Debug)]
pub(crate) struct Pages {
    kind: Kind,
    old: bool,
    /// Where the text of each page begins, and the end of the last.
    starts: Vec<u32>,
    /// Numbers of the pages.
    pages: Vec<u32>,
}

/// Text of one format; places in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run<'a> {
    pub(crate) end: u32,
    /// The number of a style, then properties; of characters only properties. Empty: none.
    pub(crate) list: &'a [u8],
}

impl Pages {
    pub(crate) fn read(table: &[u8], kind: Kind, old: bool) -> Self {
        let plc = Plc::new(table, if old { 2 } else { 4 });
        let starts = (0..=plc.len()).map_while(|index| plc.position(index)).collect();
        let pages = (0..plc.len()).map_while(|index| {
            let entry = plc.entry(index)?;
            if old {
                u16_at(entry, 0).map(u32::from)
            } else {
                u32_at(entry, 0).map(|page| page & 0x003f_ffff)
            }
        });
        Self { kind, old, starts, pages: pages.collect() }
    }

    /// The run that a place of the stream is in. Its end is always after `at`.
    pub(crate) fn run_at<'s>(&self, stream: &'s [u8], at: u32) -> Run<'s> {
        let after = self.starts.partition_point(|start| *start <= at);
        let next = self.starts.get(after).copied().unwrap_or(u32::MAX);
        let page = after.checked_sub(1).and_then(|index| self.pages.get(index));
        let page = page.and_then(|page| slice(stream, (*page as usize).checked_mul(PAGE)?, PAGE));
        let found = page.and_then(|page| self.run_in(page, at));
        let run = found.unwrap_or(Run { end: next, list: &[] });
        Run { end: run.end.min(next).max(at.saturating_add(1)), ..run }
    }

    fn run_in<'s>(&self, page: &'s [u8], at: u32) -> Option<Run<'s>> {
        let count = usize::from(u8_at(page, PAGE - 1)?);
        let start = |index: usize| u32_at(page, 4 * index);
        // At most 101 of them: looking at half of what is left each time.
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = (low + high) / 2;
            if start(middle + 1)? <= at { low = middle + 1 } else { high = middle }
        }
        if low >= count || start(low)? > at {
            let end = if low < count { start(low)? } else { u32::MAX };
            return Some(Run { end, list: &[] });
        }
        let entries = 4 * (count + 1);
        let list = match self.kind {
            Kind::Characters => character_list(page, u8_at(page, entries + low)?),
            Kind::Paragraphs => {
                let size = if self.old { 7 } else { 13 };
                paragraph_list(page, u8_at(page, entries + size * low)?)
            }
        };
        Some(Run { end: start(low + 1)?, list: list.unwrap_or_default() })
    }
}

/// Offsets count pairs of bytes; 0 is nothing.
fn character_list(page: &[u8], offset: u8) -> Option<&[u8]> {
    let at = usize::from(offset).checked_mul(2).filter(|at| *at > 0)?;
    slice(page, at + 1, usize::from(u8_at(page, at)?))
}

/// Their lengths count pairs of bytes, in one of two ways ([MS-DOC] 2.9.175).
fn paragraph_list(page: &[u8], offset: u8) -> Option<&[u8]> {
    let at = usize::from(offset).checked_mul(2).filter(|at| *at > 0)?;
    let (start, length) = match usize::from(u8_at(page, at)?) {
        0 => (at + 2, 2 * usize::from(u8_at(page, at + 1)?)),
        pairs => (at + 1, 2 * pairs - 1),
    };
    let rest = page.get(start..PAGE - 1)?;
    Some(&rest[..rest.len().min(length)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page as number 1 with two runs, 100 to 110 and 110 to 120, the second with a list.
    fn stream() -> Vec<u8> {
        let mut stream = vec![0; 1024];
        for (index, start) in [100_u32, 110, 120].into_iter().enumerate() {
            stream[512 + 4 * index..516 + 4 * index].copy_from_slice(&start.to_le_bytes());
        }
        stream[512 + 12 + 1] = 200;
        stream[512 + 400..512 + 404].copy_from_slice(&[3, 7, 8, 9]);
        stream[1023] = 2;
        stream
    }

    #[test]
    fn runs_are_found_by_their_place() {
        let mut table = Vec::new();
        [100_u32, 130, 1].into_iter().for_each(|number| table.extend(number.to_le_bytes()));
        let pages = Pages::read(&table, Kind::Characters, false);
        let stream = stream();
        for (at, end, list) in [
            (0, 100, &[][..]),
            (100, 110, &[]),
            (110, 120, &[7, 8, 9]),
            (119, 120, &[7, 8, 9]),
            (120, 130, &[]),
            (500, u32::MAX, &[]),
        ] {
            assert_eq!(pages.run_at(&stream, at), Run { end, list }, "{at}");
        }
        assert_eq!(pages.run_at(&stream[..900], 110), Run { end: 130, list: &[] });
    }

    #[test]
    fn lists_of_paragraphs_have_two_kinds_of_lengths() {
        let mut page = vec![0; 512];
        page[100..106].copy_from_slice(&[2, 1, 2, 3, 4, 5]);
        page[200..206].copy_from_slice(&[0, 2, 1, 2, 3, 4]);
        page[510] = 200;
        assert_eq!(paragraph_list(&page, 50), Some(&[1, 2, 3][..]));
        assert_eq!(paragraph_list(&page, 100), Some(&[1, 2, 3, 4][..]));
        assert_eq!(paragraph_list(&page, 0), None);
        assert_eq!(paragraph_list(&page, 255).map(<[u8]>::len), Some(0));
    }
}
