//! OpenDocument spreadsheets (OpenDocument 1.3 part 3, chapter 9) and those of OpenOffice.org 1.0, which differ in names.

mod chart;
mod drawing;
mod format;
mod look;
mod measure;
mod names;
mod paragraph;
mod settings;
mod sheet;
mod styles;
mod table;
#[cfg(test)]
mod tests;
mod value;

use crate::container::tree::Tree;
use crate::container::xml::Xml;
use crate::container::zip::Zip;
use crate::error::{PreviewError, Result};
use crate::limits::Quota;
use crate::model::{Overview, Rows, SheetInfo, Warning};
use crate::{Content, Format, Shape, SheetReader};

use names::Named;
use settings::View;
use sheet::SheetData;
use styles::Family;
use table::{At, Tables};

/// Sheets of one document.
const SHEETS: usize = 10_000;
/// Cells of one window.
const WINDOW: usize = 500_000;

pub(crate) fn open<'a>(zip: Zip<'a>, format: Format) -> Result<(Overview, Content<'a>)> {
    let manifest = zip.read("META-INF/manifest.xml")?.unwrap_or_default();
    if manifest.windows(15).any(|window| window == b"encryption-data") {
        return Err(PreviewError::Encrypted);
    }
    let missing = || PreviewError::malformed("no content.xml");
    let named = names::scan(zip.stream("content.xml")?.ok_or_else(missing)?)?;
    let views = views_of(&zip, &named)?;
    let mut reader = Reader::new(zip, views);
    reader.begin()?;
    let mut overview = Overview::new(format, Shape::Sheets);
    overview.sheets = named.iter().map(|named| reader.info(named)).collect();
    Ok((overview, Content::Sheets(Box::new(reader))))
}

fn views_of(zip: &Zip<'_>, named: &[Named]) -> Result<Vec<View>> {
    let tree = zip.stream("settings.xml")?.map(|part| Tree::whole(Xml::new(part), zip.limits().depth));
    // Without its settings a document is as good.
    let views = tree.and_then(Result::ok).map(|tree| settings::views(&tree)).unwrap_or_default();
    Ok(named.iter().map(|named| views.get(&named.name).copied().unwrap_or_default()).collect())
}

/// What of a sheet has been handed out.
#[derive(Clone, Copy, Default)]
struct HandedOut {
    layout: bool,
    columns: usize,
    merges: usize,
    objects: usize,
}

struct Reader<'a> {
    tables: Tables<'a>,
    /// The content, where it has been read to; none before the first attempt, and after one that must be repeated.
    xml: Option<Xml<'a>>,
    at: At,
    views: Vec<View>,
    handed_out: Vec<HandedOut>,
    cut: bool,
    damaged: bool,
}

impl<'a> Reader<'a> {
    fn new(zip: Zip<'a>, views: Vec<View>) -> Self {
        let handed_out = vec![HandedOut::default(); views.len()];
        let at = At::Between(0);
        Self { tables: Tables::new(zip), xml: None, at, views, handed_out, cut: false, damaged: false }
    }

    /// Reads the styles, up to the first table.
    fn begin(&mut self) -> Result<()> {
        let zip = self.tables.drawings.zip();
        let depth = zip.limits().depth;
        let common = zip.stream("styles.xml")?;
        let content = zip.stream("content.xml")?;
        if let Some(common) = common {
            self.tables.styles.read(&mut Xml::new(common), depth, false)?;
        }
        let mut xml = Xml::new(content.ok_or_else(|| PreviewError::malformed("no content.xml"))?);
        self.tables.styles.read(&mut xml, depth, true)?;
        self.tables.begin(self.views.iter().map(|view| new_sheet(*view)).collect());
        (self.xml, self.at) = (Some(xml), At::Between(0));
        Ok(())
    }

    fn info(&self, named: &Named) -> SheetInfo {
        let look = self.tables.styles.look(Family::Table, &named.style);
        let hidden = named.hidden || look.display == Some(false);
        SheetInfo { name: named.name.clone(), hidden, color: look.tab }
    }

    /// Reads on until row `last` of a sheet is known, or the sheet is over.
    fn read_to(&mut self, sheet: usize, last: u32) -> Result<()> {
        loop {
            let wanted = self.tables.sheets.get(sheet);
            if self.at == At::End || wanted.is_none_or(|sheet| sheet.reaches(last)) {
                return Ok(());
            }
            match self.step() {
                Ok(()) => {}
                // What an inflating stream was in the middle of can't be repeated, so all of it is.
                Err(error @ PreviewError::Waiting { .. }) => {
                    self.xml = None;
                    return Err(error);
                }
                Err(error) => {
                    self.cut |= matches!(error, PreviewError::TooLarge(_));
                    self.damaged |= !matches!(error, PreviewError::TooLarge(_));
                    self.end();
                }
            }
        }
    }

    fn step(&mut self) -> Result<()> {
        let Some(xml) = &mut self.xml else { return self.begin() };
        self.at = self.tables.step(xml, self.at)?;
        if self.at == At::End {
            self.damaged |= xml.is_damaged();
            self.end();
        }
        Ok(())
    }

    /// Nothing more can be read.
    fn end(&mut self) {
        self.at = At::End;
        self.tables.sheets.iter_mut().for_each(|sheet| sheet.done = true);
    }

    fn window(&mut self, number: usize, from: u32, count: u32) -> Option<Rows> {
        let Tables { sheets, styles, .. } = &mut self.tables;
        let (sheet, handed_out) = (sheets.get(number)?, self.handed_out.get_mut(number)?);
        let mut quota = Quota::new(WINDOW);
        let rows = sheet.window(from..from.saturating_add(count), styles, &mut quota);
        self.cut |= quota.is_cut();
        let mut layout = None;
        if !handed_out.layout || handed_out.columns < sheet.layout.columns.len() {
            (handed_out.layout, handed_out.columns) = (true, sheet.layout.columns.len());
            layout = Some(sheet.layout.clone());
        }
        let of_columns = layout.iter().flat_map(|layout| &layout.columns).filter_map(|columns| columns.style);
        let of_cells = rows.iter().flat_map(|row| &row.cells).map(|cell| cell.style);
        let of_rows = rows.iter().filter_map(|row| row.style);
        let numbers: Vec<u32> = of_columns.chain(of_rows).chain(of_cells).collect();
        let merges = sheet.merges.get(handed_out.merges..).unwrap_or_default().to_vec();
        let objects = sheet.objects.get(handed_out.objects..).unwrap_or_default().to_vec();
        (handed_out.merges, handed_out.objects) = (sheet.merges.len(), sheet.objects.len());
        let (known, complete, columns) = (sheet.known(), sheet.done, sheet.columns);
        let styles = numbers.into_iter().filter_map(|number| styles.hand_out(number)).collect();
        Some(Rows { sheet: number as u32, layout, rows, known, complete, columns, merges, objects, styles })
    }
}

fn new_sheet(view: View) -> SheetData {
    let mut sheet = SheetData::new();
    sheet.layout.frozen_rows = view.frozen_rows;
    sheet.layout.frozen_columns = view.frozen_columns;
    sheet.layout.no_grid = view.no_grid;
    sheet
}

impl SheetReader for Reader<'_> {
    fn rows(&mut self, sheet: usize, from: u32, count: u32) -> Result<Rows> {
        self.read_to(sheet, from.saturating_add(count))?;
        self.window(sheet, from, count).ok_or(PreviewError::Unsupported(None))
    }

    fn picture(&mut self, id: u32) -> Result<Vec<u8>> {
        self.tables.drawings.bytes(id)
    }

    fn warnings(&self) -> Vec<Warning> {
        let all = [
            (self.cut || self.tables.cut, Warning::Cut),
            (self.damaged, Warning::Damaged),
            (self.tables.drawings.not_drawn, Warning::NotDrawn),
        ];
        all.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect()
    }
}
