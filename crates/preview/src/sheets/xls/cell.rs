//! Records of cells.

use super::globals::Globals;
use super::record::{Record, Records};
use super::version::Version;
use crate::sheets::biff::bytes::{Bytes, rk};
use crate::sheets::biff::cells::Value;
use crate::sheets::biff::sheet::{Room, SheetData};

/// Where cells are between one record and the next.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// The last cell is a formula whose text comes in a record of its own.
    awaits_text: bool,
    /// The format of the next cell of BIFF2, where it is over 62.
    extended: Option<u16>,
}

/// A cell's place and format.
#[derive(Clone, Copy)]
struct Place {
    row: u32,
    column: u32,
    format: u16,
}

/// Where the cells of one record go.
struct Sink<'r> {
    globals: &'r mut Globals,
    data: &'r mut SheetData,
    room: &'r mut Room,
}

impl Sink<'_> {
    fn put(&mut self, place: Place, value: Value) {
        if value == Value::Blank && !self.globals.book.is_seen_blank(place.format, place.row, self.data) {
            return;
        }
        self.data.put(self.room, place.row, place.column, place.format, value);
    }
}

impl Cells {
    pub(super) fn take(
        &mut self,
        record: Record<'_>,
        records: &Records<'_>,
        globals: &mut Globals,
        data: &mut SheetData,
        room: &mut Room,
    ) {
        let mut sink = Sink { globals, data, room };
        let bytes = Bytes(record.data);
        let done = match record.kind {
            0x0001 | 0x0201 => self.place(bytes, &mut sink).map(|(place, _)| sink.put(place, Value::Blank)),
            0x0002 if sink.globals.version == Version::Biff2 => self.integer(bytes, &mut sink),
            0x0003 | 0x0203 => self.number(bytes, &mut sink),
            0x0004 | 0x0204 | 0x00d6 => self.label(record, records, &mut sink),
            0x0005 | 0x0205 => self.truth(bytes, &mut sink),
            0x0006 | 0x0206 | 0x0406 => self.formula(bytes, &mut sink),
            0x0007 | 0x0207 if self.awaits_text => self.text(record, records, &mut sink),
            0x0044 => {
                self.extended = Bytes(record.data).u16();
                None
            }
            0x007e | 0x027e => self.rk(bytes, &mut sink),
            0x00bd => rks(bytes, &mut sink),
            0x00be => blanks(bytes, &mut sink),
            0x00fd => self.shared(bytes, &mut sink),
            _ => None,
        };
        // What is cut is left out.
        done.unwrap_or_default();
    }

    /// Row, column and format of a cell, and what follows.
    fn place<'a>(&self, mut bytes: Bytes<'a>, sink: &mut Sink<'_>) -> Option<(Place, Bytes<'a>)> {
        let (row, column) = (bytes.u16()?.into(), bytes.u16()?.into());
        let format = if sink.globals.version == Version::Biff2 {
            let attributes = [bytes.u8()?, bytes.u8()?, bytes.u8()?];
            sink.globals.format_of_cell2(attributes, self.extended)
        } else {
            bytes.u16()?
        };
        Some((Place { row, column, format }, bytes))
    }

    fn integer(&self, bytes: Bytes<'_>, sink: &mut Sink<'_>) -> Option<()> {
        let (place, mut bytes) = self.place(bytes, sink)?;
        sink.put(place, Value::Number(bytes.u16()?.into()));
        Some(())
    }

    fn number(&self, bytes: Bytes<'_>, sink: &mut Sink<'_>) -> Option<()> {
        let (place, mut bytes) = self.place(bytes, sink)?;
        sink.put(place, Value::Number(bytes.f64()?));
        Some(())
    }

    fn rk(&self, bytes: Bytes<'_>, sink: &mut Sink<'_>) -> Option<()> {
        let (place, mut bytes) = self.place(bytes, sink)?;
        sink.put(place, Value::Number(rk(bytes.u32()?)));
        Some(())
    }

    fn shared(&self, bytes: Bytes<'_>, sink: &mut Sink<'_>) -> Option<()> {
        let (place, mut bytes) = self.place(bytes, sink)?;
        sink.put(place, Value::Shared(bytes.u32()?));
        Some(())
    }

    /// A truth or an error ([MS-XLS] 2.5.10).
    fn truth(&self, bytes: Bytes<'_>, sink: &mut Sink<'_>) -> Option<()> {
        let (place, mut bytes) = self.place(bytes, sink)?;
        let value = bytes.u8()?;
        let value = if bytes.u8()? == 0 { Value::Bool(value != 0) } else { Value::Error(value) };
        sink.put(place, value);
        Some(())
    }

    /// A text of the cell's own, with runs after it in BIFF5.
    fn label(&self, record: Record<'_>, records: &Records<'_>, sink: &mut Sink<'_>) -> Option<()> {
        let (place, bytes) = self.place(Bytes(record.data), sink)?;
        let mut chain = records.joined(record);
        chain.skip(record.data.len() - bytes.0.len());
        let (spelling, version) = (sink.globals.spelling, sink.globals.version);
        let mut text = if version == Version::Biff2 {
            spelling.short(&mut chain)?
        } else {
            spelling.long(&mut chain)?
        };
        if record.kind == 0x00d6 && !spelling.unicode {
            for _ in 0..chain.u8().unwrap_or(0) {
                let (Some(at), Some(font)) = (chain.u8(), chain.u8()) else { break };
                text.runs.push((at.into(), font.into()));
            }
        }
        let value = sink.data.text(sink.room, text);
        sink.put(place, value);
        Some(())
    }

    /// A formula: what it last came to ([MS-XLS] 2.4.127, 2.5.133).
    fn formula(&mut self, bytes: Bytes<'_>, sink: &mut Sink<'_>) -> Option<()> {
        let (place, mut bytes) = self.place(bytes, sink)?;
        let result = bytes.take(8)?;
        // No number is written like this: it says what kind of result it is.
        let special = result.ends_with(&[0xff, 0xff]);
        let value = match *result {
            [kind, _, value, ..] if special => match kind {
                1 => Value::Bool(value != 0),
                2 => Value::Error(value),
                _ => Value::Blank,
            },
            _ => Value::Number(Bytes(result).f64()?),
        };
        // A text needs a cell to go to, even if nothing is drawn there.
        self.awaits_text = special && result.first() == Some(&0);
        sink.data.put(sink.room, place.row, place.column, place.format, value);
        Some(())
    }

    /// The text that the formula before it came to.
    fn text(&mut self, record: Record<'_>, records: &Records<'_>, sink: &mut Sink<'_>) -> Option<()> {
        self.awaits_text = false;
        let mut chain = records.joined(record);
        let (spelling, version) = (sink.globals.spelling, sink.globals.version);
        let text = if version == Version::Biff2 {
            spelling.short(&mut chain)?
        } else {
            spelling.long(&mut chain)?
        };
        let value = sink.data.text(sink.room, text);
        if let Some(cell) = sink.data.cells.last_mut().filter(|cell| cell.value == Value::Blank) {
            cell.value = value;
        }
        Some(())
    }
}

/// Numbers beside each other.
fn rks(mut bytes: Bytes<'_>, sink: &mut Sink<'_>) -> Option<()> {
    let (row, first) = (bytes.u16()?.into(), u32::from(bytes.u16()?));
    for column in first.. {
        // The last two bytes are the last column's number.
        let (Some(format), Some(raw)) = (bytes.u16(), bytes.u32()) else { break };
        sink.put(Place { row, column, format }, Value::Number(rk(raw)));
    }
    Some(())
}

/// Empty cells beside each other.
fn blanks(mut bytes: Bytes<'_>, sink: &mut Sink<'_>) -> Option<()> {
    let (row, first) = (bytes.u16()?.into(), u32::from(bytes.u16()?));
    for column in first.. {
        let Some(format) = bytes.u16() else { break };
        if !bytes.0.is_empty() {
            sink.put(Place { row, column, format }, Value::Blank);
        }
    }
    Some(())
}
