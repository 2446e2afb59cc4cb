//! The substream of a sheet ([MS-XLS] 2.1.7.20.5).

use super::cell::Cells;
use super::globals::Globals;
use super::layout::Layout;
use super::link;
use super::note::Notes;
use super::record::{Record, Records, kind};
use super::version::{Begin, Part};
use crate::model::Merge;
use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::sheet::{Room, SheetData};

/// Reads the sheet whose substream begins at `at`.
pub(super) fn read(stream: &[u8], at: usize, globals: &mut Globals, room: &mut Room) -> SheetData {
    let mut data = SheetData { complete: true, ..SheetData::default() };
    let mut records = Records::new(stream, at);
    if records.next().as_ref().and_then(Begin::of).is_some_and(|begin| begin.part == Part::Chart) {
        return data;
    }
    let (mut cells, mut layout, mut notes) = (Cells::default(), Layout::default(), Notes::default());
    while let Some(record) = records.next() {
        if let Some(begin) = Begin::of(&record) {
            if begin.part != Part::Chart {
                break;
            }
            pass(&mut records);
            continue;
        }
        if record.kind == kind::EOF {
            break;
        }
        cells.take(record, &records, globals, &mut data, room);
        layout.take(record, globals, &mut data);
        notes.take(record, &records, globals, &mut data);
        take_places(record, globals, &mut data);
    }
    layout.finish(globals, &mut data);
    notes.finish(&mut data);
    data
}

/// Passes over the rest of a substream.
fn pass(records: &mut Records<'_>) {
    let mut depth = 1_usize;
    while depth > 0 {
        let Some(record) = records.next() else { return };
        if Begin::of(&record).is_some() {
            depth += 1;
        } else if record.kind == kind::EOF {
            depth -= 1;
        }
    }
}

/// Merged cells and links.
fn take_places(record: Record<'_>, globals: &Globals, data: &mut SheetData) {
    let mut bytes = Bytes(record.data);
    match record.kind {
        0x00e5 => {
            for _ in 0..bytes.u16().unwrap_or(0) {
                let Some(merge) = place(&mut bytes) else { break };
                data.merge(merge);
            }
        }
        0x01b8 => {
            if let Some((place, target)) = place(&mut bytes).zip(link::target(bytes, globals.spelling)) {
                data.link(place, target);
            }
        }
        _ => {}
    }
}

/// Rows, then columns ([MS-XLS] 2.5.211).
fn place(bytes: &mut Bytes<'_>) -> Option<Merge> {
    let [first_row, last_row, first_column, last_column] =
        [bytes.u16()?, bytes.u16()?, bytes.u16()?, bytes.u16()?].map(u32::from);
    Some(Merge { first_row, first_column, last_row, last_column })
}
