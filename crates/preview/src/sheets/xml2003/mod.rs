//! Workbooks as XML of Excel 2002 and 2003 (SpreadsheetML, "XML Spreadsheet Reference" of Microsoft Office XP).

mod read;
mod styles;
#[cfg(test)]
mod tests;

use std::io::Read as _;

use crate::container::xml::Xml;
use crate::error::{PreviewError, Result};
use crate::limits::Limits;
use crate::model::{Overview, Rows, SheetInfo, Warning};
use crate::sheets::numfmt::DateSystem;
use crate::sheets::store::{Kept, Room};
use crate::sheets::xlsx::notes::Notes;
use crate::sheets::xlsx::show::{Delivered, Display, Links};
use crate::sheets::xlsx::strings::SharedStrings;
use crate::sheets::xlsx::styles::Styles;
use crate::source::{ReadAt, Slice};
use crate::{Content, Format, Shape, SheetReader};

/// All of it is read at once: the names of the sheets stand all over the file.
pub(crate) fn open<'a>(source: &'a dyn ReadAt, limits: &Limits) -> Result<(Overview, Content<'a>)> {
    let xml = Xml::new(Slice::whole(source).take(limits.part));
    let book = read::workbook(xml, limits)?;
    if book.sheets.is_empty() {
        return Err(PreviewError::malformed("a workbook without sheets"));
    }
    let mut overview = Overview::new(Format::Xls, Shape::Sheets);
    overview.sheets = book.sheets.iter().map(|sheet| sheet.info.clone()).collect();
    let delivered = Delivered::new(book.sheets.len());
    Ok((overview, Content::Sheets(Box::new(Reader { book, delivered, cut: false }))))
}

/// What was read.
struct Workbook {
    sheets: Vec<Sheet>,
    styles: Styles,
    dates: DateSystem,
    room: Room,
    damaged: bool,
}

#[derive(Default)]
struct Sheet {
    info: SheetInfo,
    kept: Kept,
    notes: Notes,
    links: Links,
}

struct Reader {
    book: Workbook,
    delivered: Delivered,
    /// A window showed less than there is.
    cut: bool,
}

impl SheetReader for Reader {
    fn rows(&mut self, sheet: usize, from: u32, count: u32) -> Result<Rows> {
        let Workbook { sheets, styles, dates, .. } = &mut self.book;
        let index = sheet as u32;
        let Some(sheet) = sheets.get_mut(sheet) else { return Err(PreviewError::Unsupported(None)) };
        let display = Display { styles, strings: &SharedStrings::default(), dates: *dates };
        let to = from.saturating_add(count);
        let noted = sheet.notes.last_key_value().map_or(0, |((row, _), _)| row + 1);
        let (rows, whole) = display.rows(&mut sheet.kept, (from, to), &sheet.notes, &sheet.links);
        self.cut |= !whole;
        let mut window = Rows {
            sheet: index,
            rows,
            known: sheet.kept.grid.height().max(noted),
            complete: true,
            columns: sheet.kept.grid.width(),
            ..Rows::default()
        };
        self.delivered.add(&sheet.kept, &[], styles, &mut window);
        Ok(window)
    }

    fn picture(&mut self, _id: u32) -> Result<Vec<u8>> {
        Err(PreviewError::Unsupported(None))
    }

    fn warnings(&self) -> Vec<Warning> {
        let all =
            [(self.cut || self.book.room.is_cut(), Warning::Cut), (self.book.damaged, Warning::Damaged)];
        all.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect()
    }
}
