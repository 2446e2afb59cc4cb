//! Excel workbooks since 2007 (ECMA-376 part 1 §18).

mod color;
mod dates;
mod drawing;
mod layout;
mod notes;
mod reference;
mod show;
mod strings;
mod styles;
#[cfg(test)]
mod tests;
mod workbook;
mod worksheet;

use std::collections::BTreeSet;

use crate::container::opc::{Package, Relations};
use crate::container::zip::Zip;
use crate::error::{PreviewError, Result};
use crate::model::{CellStyle, Overview, Row, Rows, SheetObject, Warning};
use crate::sheets::store::{Room, Value};
use crate::{Content, Format, Shape, SheetReader};
use drawing::Drawing;
use notes::Notes;
use show::{Display, Links};
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
    /// What windows have brought, sheet by sheet; it stays where a sheet is read anew.
    delivered: Vec<Delivered>,
    /// Styles that windows have brought.
    known_styles: BTreeSet<u16>,
    /// Parts of pictures, by their numbers.
    pictures: Vec<String>,
    room: Room,
    damaged: bool,
    external: bool,
    not_drawn: bool,
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

#[derive(Clone, Default)]
struct Delivered {
    layout: bool,
    merges: usize,
    objects: bool,
}

impl<'a> Reader<'a> {
    fn new(package: Package<'a>, book: Workbook) -> Result<Self> {
        let count = book.sheets.len();
        Ok(Self {
            strings: SharedStrings::open(&package, book.strings.as_deref())?,
            room: Room::new(package.zip.limits()),
            package,
            book,
            styles: None,
            sheets: std::iter::repeat_with(|| None).take(count).collect(),
            delivered: vec![Delivered::default(); count],
            known_styles: BTreeSet::new(),
            pictures: Vec::new(),
            damaged: false,
            external: false,
            not_drawn: false,
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
        let drawing = Drawing::read(&self.package, part, self.pictures.len() as u32, &self.book.theme);
        let drawing = self.or_damaged(drawing)?.unwrap_or_default();
        self.pictures.extend(drawing.pictures);
        self.external |= drawing.external;
        self.not_drawn |= drawing.not_drawn;
        Ok(drawing.objects)
    }

    fn read_rows(&mut self, index: usize, from: u32, count: u32) -> Result<Rows> {
        self.begin(index)?;
        let (Some(Some(open)), Some(styles)) = (self.sheets.get_mut(index), &self.styles) else {
            return Err(PreviewError::Unsupported(None));
        };
        let to = from.saturating_add(count);
        let mut context = Context { styles, dates: self.book.dates, room: &mut self.room };
        open.sheet.read_to(to.saturating_sub(1), AHEAD, &mut context)?;
        if let Some(last) = last_shared(&mut open.sheet, from, to) {
            self.strings.read_to(last, &styles.palette, &mut self.room)?;
        }
        if open.sheet.is_complete() && open.links.is_none() {
            open.links = Some(show::links(&open.sheet.links, &open.relations));
        }
        let display = Display { styles, strings: &self.strings, dates: self.book.dates };
        let none = Links::new();
        let rows = display.rows(&mut open.sheet, from, to, &open.notes, open.links.as_ref().unwrap_or(&none));
        let noted = open.notes.last_key_value().map_or(0, |((row, _), _)| row + 1);
        let complete = open.sheet.is_complete();
        let mut window = Rows {
            sheet: index as u32,
            known: open.sheet.grid.height().max(if complete { noted } else { 0 }),
            complete,
            columns: open.sheet.grid.width(),
            rows,
            ..Rows::default()
        };
        let delivered = self.delivered.get_mut(index);
        delivered.into_iter().for_each(|delivered| delivered.add(open, &mut window));
        window.styles = new_styles(&window, styles, &mut self.known_styles);
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

impl Delivered {
    /// Puts into a window what no window before has brought.
    fn add(&mut self, open: &Open<'_>, window: &mut Rows) {
        if !std::mem::replace(&mut self.layout, true) {
            window.layout = Some(open.sheet.layout.clone());
        }
        window.merges = open.sheet.merges.get(self.merges..).unwrap_or_default().to_vec();
        self.merges += window.merges.len();
        if !std::mem::replace(&mut self.objects, true) {
            window.objects.clone_from(&open.objects);
        }
    }
}

/// The last of the shared texts that these rows need.
fn last_shared(sheet: &mut Worksheet<'_>, from: u32, to: u32) -> Option<u32> {
    let rows = sheet.grid.window(from, to).to_vec();
    let cells = rows.iter().flat_map(|row| sheet.grid.cells(row));
    let shared = cells.filter_map(|cell| match cell.value {
        Value::Shared(index) => Some(index),
        _ => None,
    });
    shared.max()
}

/// The styles that a window needs and none before has brought.
fn new_styles(window: &Rows, styles: &Styles, known: &mut BTreeSet<u16>) -> Vec<(u32, CellStyle)> {
    let columns = window.layout.iter().flat_map(|layout| &layout.columns).filter_map(|columns| columns.style);
    let of_row =
        |row: &Row| row.style.into_iter().chain(row.cells.iter().map(|cell| cell.style)).collect::<Vec<_>>();
    let rows = window.rows.iter().flat_map(of_row);
    let mut new = Vec::new();
    for number in columns.chain(rows) {
        let Some(style) = number.checked_sub(1).and_then(|style| u16::try_from(style).ok()) else { continue };
        if known.insert(style) {
            new.push((number, styles.cell_style(style)));
        }
    }
    new
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
        let part = self.pictures.get(id as usize).ok_or(PreviewError::Unsupported(None))?;
        self.package.zip.read(part)?.ok_or_else(|| PreviewError::malformed("a picture that is not there"))
    }

    fn warnings(&self) -> Vec<Warning> {
        let sheets = || self.sheets.iter().flatten();
        let damaged = self.damaged || self.strings.damaged || sheets().any(|open| open.sheet.damaged);
        let all = [
            (self.room.is_cut(), Warning::Cut),
            (damaged, Warning::Damaged),
            (self.book.macros, Warning::Macros),
            (self.external, Warning::External),
            (self.not_drawn, Warning::NotDrawn),
        ];
        all.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect()
    }
}
