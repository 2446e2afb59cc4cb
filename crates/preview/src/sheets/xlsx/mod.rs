//! Excel workbooks since 2007 (ECMA-376 part 1 §18).

pub(crate) mod color;
pub(crate) mod conditions;
pub(crate) mod dates;
pub(crate) mod drawing;
mod layout;
pub(crate) mod notes;
mod reference;
pub(crate) mod show;
pub(crate) mod strings;
pub(crate) mod styles;
#[cfg(test)]
mod tests;
mod workbook;
mod worksheet;

use crate::container::opc::{Package, Relations};
use crate::container::zip::Zip;
use crate::drawing::scope::Gathered;
use crate::error::{PreviewError, Result};
use crate::model::{Overview, Rows, SheetObject, Warning};
use crate::sheets::store::{Kept, Room, Value};
use crate::{Content, Format, Shape, SheetReader};
use notes::Notes;
use show::{Delivered, Display, Links};
use strings::SharedStrings;
use styles::Styles;
use workbook::Workbook;
use worksheet::{Context, Worksheet};

/// Cells read beyond what was asked for, so that what stands behind the cells of most sheets (merges, links) comes with
/// the first window.
const AHEAD: usize = 10_000;

pub(crate) fn open<'a>(zip: Zip<'a>) -> Result<(Overview, Content<'a>)> {
    let package = Package::new(zip);
    let book = Workbook::read(&package)?;
    let mut overview = Overview::new(Format::Xlsx, Shape::Sheets);
    overview.sheets = book.sheets.iter().map(|sheet| sheet.info.clone()).collect();
    Ok((overview, Content::Sheets(Box::new(Reader::new(package, book)?))))
}

/// A workbook and what was read of it.
struct Reader<'a> {
    package: Package<'a>,
    book: Workbook,
    strings: SharedStrings<'a>,
    styles: Option<Styles>,
    sheets: Vec<Option<Open<'a>>>,
    delivered: Delivered,
    /// Pictures of drawings, and what they warn of.
    gathered: Gathered,
    room: Room,
    damaged: bool,
    /// A window showed less than there is.
    cut: bool,
}

/// A sheet that was begun.
struct Open<'a> {
    sheet: Worksheet<'a>,
    relations: Relations,
    notes: Notes,
    /// Known once the sheet was read to its end.
    links: Option<Links>,
    objects: Vec<SheetObject>,
}

impl<'a> Reader<'a> {
    fn new(package: Package<'a>, book: Workbook) -> Result<Self> {
        let count = book.sheets.len();
        let shapes = package.zip.limits().blocks;
        Ok(Self {
            strings: SharedStrings::open(&package, book.strings.as_deref())?,
            room: Room::new(package.zip.limits()),
            package,
            book,
            styles: None,
            sheets: std::iter::repeat_with(|| None).take(count).collect(),
            delivered: Delivered::new(count),
            gathered: Gathered::new(shapes),
            damaged: false,
            cut: false,
        })
    }

    /// Begins to read a sheet, where that was not done yet.
    fn begin(&mut self, index: usize) -> Result<()> {
        if self.styles.is_none() {
            let palette = self.book.palette.clone();
            let part = self.book.styles.as_deref();
            let styles = Styles::read(&self.package, part, palette.clone());
            self.styles = Some(self.or_damaged(styles)?.unwrap_or_else(|| Styles::plain(palette)));
        }
        if self.sheets.get(index).is_none_or(Option::is_some) {
            return Ok(());
        }
        let part = self.book.sheets.get(index).and_then(|sheet| sheet.part.clone()).unwrap_or_default();
        let relations = self.package.relations(&part);
        let relations = self.or_damaged(relations)?.unwrap_or_default();
        let people = self.package.zip.has("xl/persons/person.xml").then_some("xl/persons/person.xml");
        let notes = notes::read(&self.package, &relations, people, &mut self.room);
        let notes = self.or_damaged(notes)?.unwrap_or_default();
        let objects = self.read_drawing(&relations)?;
        let xml = self.package.xml(&part);
        let xml = self.or_damaged(xml)?.flatten();
        let Some(styles) = &self.styles else { return Ok(()) };
        let sheet = Worksheet::new(xml, styles);
        if let Some(slot) = self.sheets.get_mut(index) {
            *slot = Some(Open { sheet, relations, notes, links: None, objects });
        }
        Ok(())
    }

    /// What is damaged is left out; everything else goes on.
    fn or_damaged<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error @ (PreviewError::Waiting { .. } | PreviewError::Encrypted)) => Err(error),
            Err(_) => {
                self.damaged = true;
                Ok(None)
            }
        }
    }

    fn read_drawing(&mut self, relations: &Relations) -> Result<Vec<SheetObject>> {
        let Some(part) = relations.of_kind("drawing") else { return Ok(Vec::new()) };
        let objects = drawing::read(&self.package, part, &self.book.theme, &self.gathered);
        Ok(self.or_damaged(objects)?.unwrap_or_default())
    }

    fn read_rows(&mut self, index: usize, from: u32, count: u32) -> Result<Rows> {
        self.begin(index)?;
        let (Some(Some(open)), Some(styles)) = (self.sheets.get_mut(index), &self.styles) else {
            return Err(PreviewError::Unsupported(None));
        };
        let to = from.saturating_add(count);
        let mut context = Context { styles, dates: self.book.dates, room: &mut self.room };
        open.sheet.read_to(to.saturating_sub(1), AHEAD, &mut context)?;
        if let Some(last) = last_shared(&mut open.sheet.kept, from, to) {
            self.strings.read_to(last, &styles.palette, &mut self.room)?;
        }
        if open.sheet.is_complete() && open.links.is_none() {
            open.links = Some(show::links(&open.sheet.links, &open.relations));
        }
        let display = Display { styles, strings: &self.strings, dates: self.book.dates };
        let none = Links::new();
        let links = open.links.as_ref().unwrap_or(&none);
        let (rows, whole) = display.rows(&mut open.sheet.kept, (from, to), &open.notes, links);
        self.cut |= !whole;
        let noted = open.notes.last_key_value().map_or(0, |((row, _), _)| row + 1);
        let complete = open.sheet.is_complete();
        let mut window = Rows {
            sheet: index as u32,
            known: open.sheet.kept.grid.height().max(if complete { noted } else { 0 }),
            complete,
            columns: open.sheet.kept.grid.width(),
            rows,
            ..Rows::default()
        };
        self.delivered.add(&open.sheet.kept, &open.objects, styles, &mut window);
        Ok(window)
    }

    /// Forgets what was read: a stream cannot go on where bytes were missing.
    fn forget(&mut self) -> Result<()> {
        self.sheets.iter_mut().for_each(|sheet| *sheet = None);
        self.room = Room::new(self.package.zip.limits());
        self.strings = SharedStrings::open(&self.package, self.book.strings.as_deref())?;
        Ok(())
    }
}

/// The last of the shared texts that these rows need.
fn last_shared(sheet: &mut Kept, from: u32, to: u32) -> Option<u32> {
    let rows = sheet.grid.window(from, to).to_vec();
    let cells = rows.iter().flat_map(|row| sheet.grid.cells(row));
    let shared = cells.filter_map(|cell| match cell.value {
        Value::Shared(index) => Some(index),
        _ => None,
    });
    shared.max()
}

impl SheetReader for Reader<'_> {
    fn rows(&mut self, sheet: usize, from: u32, count: u32) -> Result<Rows> {
        let result = self.read_rows(sheet, from, count);
        if matches!(result, Err(PreviewError::Waiting { .. })) {
            self.forget()?;
        }
        result
    }

    fn picture(&mut self, id: u32) -> Result<Vec<u8>> {
        self.gathered.bytes(&self.package, id)
    }

    fn warnings(&self) -> Vec<Warning> {
        let sheets = || self.sheets.iter().flatten();
        let damaged = self.damaged || self.strings.damaged || sheets().any(|open| open.sheet.damaged);
        let all = [
            (self.cut || self.room.is_cut(), Warning::Cut),
            (damaged, Warning::Damaged),
            (self.book.macros, Warning::Macros),
        ];
        let mut warnings: Vec<Warning> =
            all.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect();
        warnings.extend(
            self.gathered
                .warnings()
                .into_iter()
                .filter(|warning| !(*warning == Warning::Cut && (self.cut || self.room.is_cut()))),
        );
        warnings
    }
}
