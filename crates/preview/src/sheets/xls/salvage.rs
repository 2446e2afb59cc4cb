//! Workbooks whose compound file is damaged: programs write its sectors in a row, so the records stand there all the same.

use std::io::Read as _;

use super::version::{Begin, Part};
use crate::container::ole::SECTOR;
use crate::error::Result;
use crate::source::{ReadAt, Slice};

/// How workbooks of BIFF5 and BIFF8 begin, as they are written by Excel ([MS-XLS] 2.4.21).
const WORKBOOKS: [&[u8]; 2] = [&[9, 8, 8, 0, 0, 5, 5, 0], &[9, 8, 16, 0, 0, 6, 5, 0]];
/// How their sheets and charts begin: kind, length and version of the record.
const PARTS: [&[u8]; 2] = [&[9, 8, 8, 0, 0, 5], &[9, 8, 16, 0, 0, 6]];
/// Substreams looked for.
const MOST: usize = 4096;

/// Where a sector of a file begins a workbook.
///
/// # Errors
/// Of bytes that cannot be read.
pub(crate) fn workbook(source: &dyn ReadAt) -> Result<Option<u64>> {
    let mut file = Slice::whole(source);
    let mut sector = Vec::with_capacity(SECTOR);
    for number in 0_u64.. {
        sector.clear();
        if (&mut file).take(SECTOR as u64).read_to_end(&mut sector)? == 0 {
            break;
        }
        if WORKBOOKS.iter().any(|mark| sector.starts_with(mark)) {
            return Ok(Some(number * SECTOR as u64));
        }
    }
    Ok(None)
}

/// All bytes from there on, as the stream that they were.
///
/// # Errors
/// Of bytes that cannot be read.
pub(super) fn stream(source: &dyn ReadAt, at: u64) -> Result<Vec<u8>> {
    let mut stream = Vec::new();
    Slice::new(source, at, u64::MAX).read_to_end(&mut stream)?;
    Ok(stream)
}

/// The substreams that begin anywhere in bytes, whatever stands between them.
pub(super) fn substreams(stream: &[u8]) -> Vec<(usize, Begin)> {
    let begins = stream.windows(12).enumerate().filter_map(|(at, bytes)| {
        let marked = PARTS.iter().any(|mark| bytes.starts_with(mark));
        let record = super::record::Records::new(stream, at).next().filter(|_| marked)?;
        Some((at, Begin::of(&record)?))
    });
    // Charts stand inside of sheets as well.
    begins.filter(|(at, begin)| *at == 0 || begin.part == Part::Sheet).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheets::xls::version::Version;

    #[test]
    fn a_workbook_begins_a_sector() -> Result<()> {
        let mark = [9, 8, 16, 0, 0, 6, 5, 0];
        for (before, expected) in [(0, Some(0)), (1024, Some(1024)), (700, None)] {
            let file = [&vec![0; before][..], &mark, &[0; 40]].concat();
            assert_eq!(workbook(&file)?, expected, "{before}");
        }
        Ok(())
    }

    #[test]
    fn sheets_begin_anywhere() {
        let begin = |part: u8| [&[9, 8, 16, 0, 0, 6, part, 0][..], &[0; 12]].concat();
        let stream = [begin(5), vec![0xff; 77], begin(0x10), begin(0x20), vec![1; 3], begin(0x10)].concat();
        let found: Vec<(usize, Part)> =
            substreams(&stream).iter().map(|(at, begin)| (*at, begin.part)).collect();
        assert_eq!(found, [(0, Part::Globals), (97, Part::Sheet), (140, Part::Sheet)]);
        assert!(substreams(&stream).iter().all(|(_, begin)| begin.version == Version::Biff8));
        assert!(substreams(&[9, 8]).is_empty());
    }
}
