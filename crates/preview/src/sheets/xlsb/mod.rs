//! Excel binary workbooks ([MS-XLSB]).

mod record;
mod sheet;
mod strings;
mod styles;

use crate::container::opc::{Package, Relations};
use crate::container::zip::Zip;
use crate::drawing::scope::Gathered;
use crate::drawing::theme::Theme;
use crate::error::{PreviewError, Result};
use crate::format::Shape;
use crate::limits::Quota;
use crate::model::{Overview, Rows, SheetInfo, Warning};
use crate::sheets::biff::book::Book;
use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::sheet::Room;
use crate::sheets::biff::units::digit;
use crate::sheets::numfmt::DateSystem;
use crate::sheets::xlsx::color::numbered;
use crate::sheets::xlsx::drawing;
use crate::{Content, Format, SheetReader};

use record::{Records, rich, string};
use sheet::{Around, Reading};
use strings::SharedStrings;

/// Sheets of a workbook; Excel's own limit is memory.
const SHEETS: usize = 4096;
/// Where the workbook is if nothing says it.
const WORKBOOK: &str = "xl/workbook.bin";

pub(crate) fn open<'a>(zip: Zip<'a>) -> Result<(Overview, Content<'a>)> {
    let package = Package::new(zip);
    let main = package.main().unwrap_or_else(|_| WORKBOOK.to_owned());
    let relations = package.relations(&main)?;
    let stream = package.zip.stream(&main)?.ok_or_else(|| PreviewError::malformed("no workbook"))?;
    let mut book = Book::default();
    let (infos, parts) = list(Records::new(stream), &relations, &mut book)?;
    if infos.is_empty() {
        return Err(PreviewError::malformed("no sheets"));
    }
    // A damaged theme costs colours, not the workbook.
    let theme =
        relations.of_kind("theme").and_then(|part| Theme::read(&package, part).ok()).unwrap_or_default();
    let open = |kind| relations.of_kind(kind).map_or(Ok(None), |part| package.zip.stream(part));
    if let Some(stream) = open("styles")? {
        styles::read(Records::new(stream), &numbered(&theme), &mut book)?;
    }
    let font = book.fonts.first().cloned().unwrap_or_default();
    let mut overview = Overview::new(Format::Xlsb, Shape::Sheets);
    overview.sheets = infos;
    let limits = package.zip.limits();
    let room = Room { cells: Quota::new(limits.cells), characters: Quota::new(limits.characters) };
    let strings = SharedStrings::new(open("sharedStrings")?);
    let macros = relations.of_kind("vbaProject").is_some();
    let digit = digit(font.font.as_deref().unwrap_or_default(), font.size.unwrap_or(0.0));
    let sheets = parts.into_iter().map(|part| Slot { part, reading: None }).collect();
    let gathered = Gathered::new(limits.blocks);
    let damaged = false;
    let workbook = Workbook { package, book, theme, strings, sheets, gathered, room, digit, macros, damaged };
    Ok((overview, Content::Sheets(Box::new(workbook))))
}

/// The sheets and their parts ([MS-XLSB] 2.4.308), and the system of dates.
fn list(
    mut records: Records<'_>,
    relations: &Relations,
    book: &mut Book,
) -> Result<(Vec<SheetInfo>, Vec<Option<String>>)> {
    let (mut infos, mut parts) = (Vec::new(), Vec::new());
    while let Some((kind, content)) = records.next()? {
        let mut bytes = Bytes(content);
        match kind {
            153 if bytes.u32().is_some_and(|flags| flags & 1 != 0) => book.dates = DateSystem::From1904,
            156 if infos.len() < SHEETS => {
                let (state, _) = (bytes.u32(), bytes.u32());
                let (id, name) = (string(&mut bytes), string(&mut bytes));
                let hidden = state.is_some_and(|state| state & 3 != 0);
                infos.push(SheetInfo { name: name.unwrap_or_default(), hidden, color: None });
                parts.push(id.and_then(|id| relations.part(&id).map(str::to_owned)));
            }
            _ => {}
        }
    }
    Ok((infos, parts))
}

/// A sheet: its part, and what has been read of it.
struct Slot<'a> {
    part: Option<String>,
    reading: Option<Reading<'a>>,
}

struct Workbook<'a> {
    package: Package<'a>,
    book: Book,
    theme: Theme,
    strings: SharedStrings<'a>,
    sheets: Vec<Slot<'a>>,
    /// Pictures of drawings, and what they warn of.
    gathered: Gathered,
    room: Room,
    /// Pixels of a digit in the default font.
    digit: f32,
    macros: bool,
    damaged: bool,
}

impl<'a> Workbook<'a> {
    /// Begins to read a sheet.
    fn begin(&mut self, part: Option<&str>) -> Result<Reading<'a>> {
        let nothing = || Box::new(std::io::empty()) as Box<dyn std::io::Read>;
        let Some(part) = part else {
            return Ok(Reading::new(Records::new(nothing()), Relations::default(), self.digit));
        };
        let relations = self.package.relations(part)?;
        let comments = relations.of_kind("comments").map(str::to_owned);
        let drawing = relations.of_kind("drawing").map(str::to_owned);
        let stream = self.package.zip.stream(part)?.unwrap_or_else(nothing);
        let mut reading = Reading::new(Records::new(stream), relations, self.digit);
        if let Some(stream) = comments.map_or(Ok(None), |part| self.package.zip.stream(&part))? {
            add_comments(Records::new(stream), &mut reading)?;
        }
        if let Some(part) = drawing {
            self.add_objects(&part, &mut reading)?;
        }
        Ok(reading)
    }
}

impl Workbook<'_> {
    /// Drawings are the same as in workbooks of XML.
    fn add_objects(&mut self, part: &str, reading: &mut Reading<'_>) -> Result<()> {
        match drawing::read(&self.package, part, &self.theme, &self.gathered) {
            Ok(objects) => objects.into_iter().for_each(|object| reading.data.object(object)),
            Err(error @ PreviewError::Waiting { .. }) => return Err(error),
            Err(_) => self.damaged = true,
        }
        Ok(())
    }
}

/// What people noted to cells ([MS-XLSB] 2.1.7.9).
fn add_comments(mut records: Records<'_>, reading: &mut Reading<'_>) -> Result<()> {
    let mut at = None;
    while let Some((kind, content)) = records.next()? {
        let mut bytes = Bytes(content);
        match kind {
            635 => at = bytes.u32().and_then(|_| sheet::place(&mut bytes)),
            637 => {
                if let Some((place, text)) = at.take().zip(rich(bytes)) {
                    reading.data.note(place.first_row, place.first_column, text.text);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

impl SheetReader for Workbook<'_> {
    fn rows(&mut self, sheet: usize, from: u32, count: u32) -> Result<Rows> {
        let slot = self.sheets.get(sheet).ok_or(PreviewError::Unsupported(None))?;
        if slot.reading.is_none() {
            let part = slot.part.clone();
            let reading = self.begin(part.as_deref())?;
            if let Some(slot) = self.sheets.get_mut(sheet) {
                slot.reading = Some(reading);
            }
        }
        let reading = self.sheets.get_mut(sheet).and_then(|slot| slot.reading.as_mut());
        let reading = reading.ok_or(PreviewError::Unsupported(None))?;
        let mut around = Around { book: &self.book, room: &mut self.room };
        reading.read_to(from.saturating_add(count), &mut around)?;
        self.damaged |= reading.is_damaged();
        if let Some(index) = reading.strings {
            self.strings.read_to(index, &mut self.room.characters)?;
        }
        Ok(self.book.window(&mut reading.data, &mut self.strings, sheet, from, count))
    }

    fn picture(&mut self, id: u32) -> Result<Vec<u8>> {
        self.gathered.bytes(&self.package, id)
    }

    fn warnings(&self) -> Vec<Warning> {
        let cut = self.room.cells.is_cut() || self.room.characters.is_cut() || self.book.cut;
        let own = [(cut, Warning::Cut), (self.damaged, Warning::Damaged), (self.macros, Warning::Macros)];
        let mut all: Vec<Warning> =
            own.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect();
        all.extend(self.gathered.warnings().into_iter().filter(|warning| *warning != Warning::Cut || !cut));
        all
    }
}

#[cfg(test)]
mod tests;
