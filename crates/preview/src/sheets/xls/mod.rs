//! Excel workbooks from 2 to 2003 ([MS-XLS]).

mod art;
mod cell;
mod chart;
mod crypt;
mod globals;
mod layout;
mod link;
mod note;
mod object;
mod record;
mod salvage;
mod sheet;
mod styles;
mod text;
mod version;

use crate::container::ole::Ole;
use crate::drawing::officeart::blips::unpack;
use crate::error::{PreviewError, Result};
use crate::format::Shape;
use crate::limits::{Limits, Quota};
use crate::model::{Color, Overview, Rows, SheetInfo, Warning};
use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::color::named;
use crate::sheets::biff::sheet::{Room, SheetData};
use crate::source::ReadAt;
use crate::{Content, Format, SheetReader};

use globals::{Globals, SharedStrings};
use record::{Records, kind};
use version::{Begin, Part, substreams};

/// A workbook without a compound file around it.
pub(crate) fn open_bare<'a>(source: &'a dyn ReadAt, limits: &Limits) -> Result<(Overview, Content<'a>)> {
    if source.len() > limits.input {
        return Err(PreviewError::TooLarge("over 100 MB"));
    }
    // Of a damaged compound file only its records are left.
    if let Some(at) = salvage::workbook(source)?.filter(|at| *at > 0) {
        let stream = salvage::stream(source, at)?;
        let parts = salvage::substreams(&stream);
        return Workbook::open(stream, &parts, true, limits);
    }
    let stream = salvage::stream(source, 0)?;
    let parts = substreams(&stream);
    Workbook::open(stream, &parts, false, limits)
}

/// A sector of a damaged compound file begins a workbook.
///
/// # Errors
/// Of bytes that cannot be read.
pub(crate) fn is_salvageable(source: &dyn ReadAt, limits: &Limits) -> Result<bool> {
    Ok(source.len() <= limits.input && salvage::workbook(source)?.is_some())
}

pub(crate) fn open<'a>(mut ole: Ole<'a>, limits: &Limits) -> Result<(Overview, Content<'a>)> {
    let mut stream = None;
    for name in ["Workbook", "Book"] {
        // Excel 97 could write both; the newer one says more.
        if stream.is_none() {
            stream = ole.read(name)?;
        }
    }
    let stream = stream.ok_or_else(|| PreviewError::malformed("no workbook"))?;
    let parts = substreams(&stream);
    // A chain of sectors that ends too early: the sheets may stand in the file all the same.
    if !parts.iter().any(|(_, begin)| begin.part != Part::Globals) && is_salvageable(ole.source(), limits)? {
        return open_bare(ole.source(), limits);
    }
    Workbook::open(stream, &parts, false, limits)
}

/// A sheet: where its substream is, and what has been read of it.
struct Slot {
    at: Option<usize>,
    data: Option<SheetData>,
}

struct Workbook {
    stream: Vec<u8>,
    globals: Globals,
    sheets: Vec<Slot>,
    room: Room,
    /// Bytes that a picture may unpack to.
    part: u64,
    damaged: bool,
}

impl Workbook {
    /// Out of the stream and where its parts begin.
    fn open<'a>(
        mut stream: Vec<u8>,
        parts: &[(usize, Begin)],
        damaged: bool,
        limits: &Limits,
    ) -> Result<(Overview, Content<'a>)> {
        let (first, begin) = *parts.first().ok_or_else(|| PreviewError::malformed("no records"))?;
        let mut globals = Globals::read(&stream, first, begin);
        if let Some(filepass) = globals.encrypted {
            crypt::decrypt(&mut stream, filepass).ok_or(PreviewError::Encrypted)?;
            globals = Globals::read(&stream, first, begin);
        }
        let (infos, sheets) = list(&stream, &globals, parts);
        let mut overview = Overview::new(Format::Xls, Shape::Sheets);
        overview.sheets = infos;
        let room = Room { cells: Quota::new(limits.cells), characters: Quota::new(limits.characters) };
        let workbook = Self { stream, globals, sheets, room, part: limits.part, damaged };
        Ok((overview, Content::Sheets(Box::new(workbook))))
    }
}

/// The sheets: as the workbook lists them, or, where it does not, those that are there.
fn list(stream: &[u8], globals: &Globals, parts: &[(usize, Begin)]) -> (Vec<SheetInfo>, Vec<Slot>) {
    let mut found = parts.iter().filter(|(_, begin)| !matches!(begin.part, Part::Globals | Part::Workspace));
    let (mut infos, mut slots) = (Vec::new(), Vec::new());
    for bound in &globals.sheets {
        // Some writers give wrong places; then the order decides.
        let in_order = found.next().map(|(at, _)| *at);
        let begins = Records::new(stream, bound.at).next().as_ref().and_then(Begin::of).is_some();
        let at = if begins && bound.at > 0 { Some(bound.at) } else { in_order };
        if !bound.module {
            let (name, hidden) = (bound.name.clone(), bound.hidden);
            let color = at.and_then(|at| tab_color(stream, at, globals));
            infos.push(SheetInfo { name, hidden, color });
            slots.push(Slot { at, data: None });
        }
    }
    if globals.sheets.is_empty() {
        for (number, (at, _)) in found.enumerate() {
            infos.push(SheetInfo { name: format!("Sheet{}", number + 1), ..SheetInfo::default() });
            slots.push(Slot { at: Some(*at), data: None });
        }
    }
    (infos, slots)
}

/// The colour of a sheet's tab, which stands far behind in its substream ([MS-XLS] 2.4.269).
fn tab_color(stream: &[u8], at: usize, globals: &Globals) -> Option<Color> {
    let mut own = Records::new(stream, at).skip(1).take_while(|record| record.kind != kind::EOF);
    let record = own.find(|record| record.kind == 0x0862)?;
    let index = Bytes(record.data.get(16..)?).u32()? & 0x7f;
    globals.colors.get(index as usize).map(named)
}

impl SheetReader for Workbook {
    fn rows(&mut self, sheet: usize, from: u32, count: u32) -> Result<Rows> {
        let slot = self.sheets.get_mut(sheet).ok_or(PreviewError::Unsupported(None))?;
        let mut data = match (slot.data.take(), slot.at) {
            (Some(data), _) => data,
            (None, Some(at)) => sheet::read(&self.stream, at, &mut self.globals, &mut self.room),
            (None, None) => SheetData { complete: true, ..SheetData::default() },
        };
        let mut strings = SharedStrings { stream: &self.stream, places: &self.globals.strings };
        let rows = self.globals.book.window(&mut data, &mut strings, sheet, from, count);
        slot.data = Some(data);
        Ok(rows)
    }

    fn picture(&mut self, id: u32) -> Result<Vec<u8>> {
        let place = self.globals.blips.get(id as usize).and_then(|blip| blip.embedded.clone());
        let blip = place.and_then(|place| self.globals.drawings.get(place));
        unpack(blip.ok_or(PreviewError::Unsupported(None))?, self.part)
    }

    fn warnings(&self) -> Vec<Warning> {
        let cut = self.room.cells.is_cut() || self.room.characters.is_cut() || self.globals.book.cut;
        [(cut, Warning::Cut), (self.damaged, Warning::Damaged), (self.globals.macros, Warning::Macros)]
            .into_iter()
            .filter_map(|(is, warning)| is.then_some(warning))
            .collect()
    }
}

#[cfg(test)]
mod tests;
