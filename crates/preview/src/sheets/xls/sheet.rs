//! The substream of a sheet ([MS-XLS] 2.1.7.20.5).

use super::cell::Cells;
use super::chart;
use super::globals::Globals;
use super::layout::Layout;
use super::link;
use super::note::Notes;
use super::object::Objects;
use super::record::{Record, Records, kind};
use super::version::{Begin, Part};
use crate::model::{Frame, Merge, Shape, ShapeContent, SheetObject};
use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::sheet::{Room, SheetData};

/// Reads the sheet whose substream begins at `at`.
pub(super) fn read(stream: &[u8], at: usize, globals: &mut Globals, room: &mut Room) -> SheetData {
    let mut data = SheetData { complete: true, ..SheetData::default() };
    let mut records = Records::new(stream, at);
    if records.next().as_ref().and_then(Begin::of).is_some_and(|begin| begin.part == Part::Chart) {
        of_chart(&mut records, globals, &mut data);
        return data;
    }
    let (mut cells, mut layout) = (Cells::default(), Layout::default());
    let (mut notes, mut objects) = (Notes::default(), Objects::default());
    while let Some(record) = records.next() {
        if let Some(begin) = Begin::of(&record) {
            if begin.part != Part::Chart {
                break;
            }
            if let Some(chart) = chart::read(&mut records, globals) {
                objects.show(ShapeContent::Chart(Box::new(chart)));
            }
            continue;
        }
        if record.kind == kind::EOF {
            break;
        }
        cells.take(record, &records, globals, &mut data, room);
        layout.take(record, globals, &mut data);
        notes.take(record, &records, globals, &mut data);
        objects.take(record, &records, globals);
        take_places(record, globals, &mut data);
    }
    layout.finish(globals, &mut data);
    notes.finish(&mut data);
    objects.finish(globals, &mut data);
    data
}

/// A sheet that is nothing but a chart: it stands where the first cell would.
fn of_chart(records: &mut Records<'_>, globals: &mut Globals, data: &mut SheetData) {
    let Some(chart) = chart::read(records, globals) else { return };
    let frame = Frame { width: CHART.0, height: CHART.1, ..Frame::default() };
    let content = Some(ShapeContent::Chart(Box::new(chart)));
    let shape = Shape { frame, content, ..Shape::default() };
    (data.layout.row_height, data.layout.column_width, data.layout.no_grid) = (12.75, 48.0, true);
    data.object(SheetObject { row: 0, column: 0, dx: 0.0, dy: 0.0, to: None, shape });
}

/// Points of a chart that fills its sheet: a page of paper, lying.
const CHART: (f32, f32) = (720.0, 500.0);

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
