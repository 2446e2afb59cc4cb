//! The versions of the format, and where their streams begin.

use super::record::{Record, Records, kind};
use crate::sheets::biff::bytes::Bytes;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    Biff2,
    Biff3,
    Biff4,
    /// Excel 5 and 95.
    Biff5,
    /// Excel 97 to 2003.
    #[default]
    Biff8,
}

/// What a substream is ([MS-XLS] 2.4.21).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Globals,
    Sheet,
    Chart,
    Macros,
    Module,
    /// Several sheets of BIFF4 in one stream.
    Workspace,
    Other,
}

/// The beginning of a substream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Begin {
    pub(super) version: Version,
    pub(super) part: Part,
}

impl Begin {
    pub(super) fn of(record: &Record<'_>) -> Option<Self> {
        let mut bytes = Bytes(record.data);
        let (version, part) = (bytes.u16(), bytes.u16());
        let version = match record.kind {
            0x0009 => Version::Biff2,
            0x0209 => Version::Biff3,
            0x0409 => Version::Biff4,
            0x0809 => match version? {
                0x0200 => Version::Biff2,
                0x0300 => Version::Biff3,
                0x0400 => Version::Biff4,
                0x0500 => Version::Biff5,
                _ => Version::Biff8,
            },
            _ => return None,
        };
        let part = match part {
            Some(0x0005) => Part::Globals,
            Some(0x0006) => Part::Module,
            Some(0x0010) | None => Part::Sheet,
            Some(0x0020) => Part::Chart,
            Some(0x0040) => Part::Macros,
            Some(0x0100) => Part::Workspace,
            Some(_) => Part::Other,
        };
        Some(Self { version, part })
    }
}

/// Where the substreams of a stream begin, those inside others left out.
pub(super) fn substreams(stream: &[u8]) -> Vec<(usize, Begin)> {
    let (mut all, mut depth) = (Vec::new(), 0_usize);
    for record in Records::new(stream, 0) {
        if let Some(begin) = Begin::of(&record) {
            // Only charts stand inside of others; before anything else an end is missing.
            let inside = depth > 0 && begin.part == Part::Chart;
            if !inside {
                all.push((record.at, begin));
                depth = 0;
            }
            depth += 1;
        } else if record.kind == kind::EOF {
            depth = depth.saturating_sub(1);
        }
    }
    all
}
