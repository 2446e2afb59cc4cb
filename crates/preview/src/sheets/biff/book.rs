//! What all sheets of a workbook share, and windows onto their rows.

use std::collections::{BTreeMap, HashMap};

use super::bytes::error;
use super::cells::{RichText, StoredCell, Value};
use super::sheet::{RowInfo, SheetData};
use super::style::CellFormat;
use crate::model::{Cell, CellKind, CellStyle, Inline, Merge, Row, Rows, TextStyle};
use crate::sheets::numfmt::{DateSystem, NumberFormat, Shown, edited};

/// Rows handed out at once.
const WINDOW: u32 = 65_536;

/// Cells looked at for links of one window: links may overlap, and thousands of them cost nothing to write.
const LINKED: usize = 2_000_000;

/// Bytes of text in one window: thousands of cells may name the same long string.
const SHOWN: usize = 8 * 1024 * 1024;

/// The strings of a workbook.
pub(crate) trait Strings {
    fn get(&mut self, index: u32) -> Option<RichText>;
}

/// Styles, fonts and formats.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) dates: DateSystem,
    pub(crate) fonts: Vec<TextStyle>,
    pub(crate) formats: Vec<CellFormat>,
    /// Codes of number formats that the workbook defines.
    pub(crate) codes: HashMap<u16, String>,
    parsed: HashMap<u16, NumberFormat>,
    /// Which styles have been handed out.
    sent: Vec<bool>,
    /// Bytes of text that the window still has room for.
    room: usize,
    /// Texts were left out of a window.
    pub(crate) cut: bool,
}

/// A cell's place among the styles of the model; 0 is plain.
fn number(format: u16) -> u32 {
    u32::from(format) + 1
}

impl Book {
    /// Rows `from` to before `from + count` of what has been read of a sheet.
    pub(crate) fn window(
        &mut self,
        data: &mut SheetData,
        strings: &mut dyn Strings,
        sheet: usize,
        from: u32,
        count: u32,
    ) -> Rows {
        let to = from.saturating_add(count.min(WINDOW));
        self.room = SHOWN;
        let mut window = Rows { sheet: sheet as u32, ..Rows::default() };
        let mut rows: BTreeMap<u32, Row> = BTreeMap::new();
        for cell in data.cells.rows(from, to).to_vec() {
            let cell_of_model = self.cell(cell, data, strings, &mut window.styles);
            rows.entry(cell.row).or_default().cells.push(cell_of_model);
        }
        self.describe(data, &mut rows, (from, to), &mut window.styles);
        put_links(&data.links, &mut rows, from, to);
        window.rows = rows.into_iter().map(|(index, row)| Row { index, ..row }).collect();
        self.add_layout(data, &mut window);
        (window.known, window.columns, window.complete) = (data.known, data.columns, data.complete);
        window
    }

    /// Heights and styles of rows, and notes.
    fn describe(
        &mut self,
        data: &SheetData,
        rows: &mut BTreeMap<u32, Row>,
        (from, to): (u32, u32),
        styles: &mut Vec<(u32, CellStyle)>,
    ) {
        for (index, info) in data.rows.range(from..to.min(data.known.max(from))) {
            if *info != RowInfo::default() {
                let row = rows.entry(*index).or_default();
                (row.height, row.hidden) = (info.height, info.hidden);
                if let Some(format) = info.format.filter(|format| self.is_drawn_blank(*format)) {
                    row.style = Some(self.send(format, styles));
                }
            }
        }
        for ((row, column), note) in data.notes.range((from, 0)..(to, 0)) {
            let cells = &mut rows.entry(*row).or_default().cells;
            let at = cells.partition_point(|cell| cell.column < *column);
            if cells.get(at).is_none_or(|cell| cell.column != *column) {
                cells.insert(at, Cell { column: *column, ..Cell::default() });
            }
            if let Some(cell) = cells.get_mut(at) {
                cell.note = Some(note.clone());
            }
        }
    }

    fn add_layout(&mut self, data: &mut SheetData, window: &mut Rows) {
        if !std::mem::replace(&mut data.layout_sent, true) {
            window.layout = Some(data.layout.clone());
            for style in data.layout.columns.iter().filter_map(|columns| columns.style) {
                self.send(style.saturating_sub(1) as u16, &mut window.styles);
            }
        }
        window.merges = data.merges.get(data.merges_sent..).unwrap_or_default().to_vec();
        data.merges_sent = data.merges.len();
        window.objects = data.objects.get(data.objects_sent..).unwrap_or_default().to_vec();
        data.objects_sent = data.objects.len();
    }

    /// The number that the model knows a cell format by; hands its style out with the first window that needs it.
    fn send(&mut self, format: u16, styles: &mut Vec<(u32, CellStyle)>) -> u32 {
        let at = usize::from(format);
        let Some(known) = self.formats.get(at) else { return 0 };
        if known.style == CellStyle::default() {
            return 0;
        }
        if self.sent.len() <= at {
            self.sent.resize(at + 1, false);
        }
        if let Some(sent) = self.sent.get_mut(at)
            && !std::mem::replace(sent, true)
        {
            styles.push((number(format), known.style.clone()));
        }
        number(format)
    }

    /// The number of a style for columns, known before any window.
    pub(crate) fn column_style(&self, format: u16) -> Option<u32> {
        let style = &self.formats.get(usize::from(format))?.style;
        (style.fill.is_some() || !style.borders.is_none()).then(|| number(format))
    }

    /// A cell without content shows something.
    pub(crate) fn is_drawn_blank(&self, format: u16) -> bool {
        self.column_style(format).is_some()
    }

    /// A cell without content shows something, if only that its row looks otherwise.
    pub(crate) fn is_seen_blank(&self, format: u16, row: u32, data: &SheetData) -> bool {
        let of_row = data.rows.get(&row).and_then(|info| info.format);
        self.is_drawn_blank(format) || of_row.is_some_and(|format| self.is_drawn_blank(format))
    }

    fn cell(
        &mut self,
        stored: StoredCell,
        data: &SheetData,
        strings: &mut dyn Strings,
        styles: &mut Vec<(u32, CellStyle)>,
    ) -> Cell {
        let style = self.send(stored.format, styles);
        let mut cell = Cell { column: u32::from(stored.column), style, ..Cell::default() };
        match stored.value {
            Value::Blank => {}
            Value::Bool(value) => {
                cell.kind = CellKind::Bool;
                cell.text = if value { "TRUE" } else { "FALSE" }.to_owned();
            }
            Value::Error(code) => {
                cell.kind = CellKind::Error;
                error(code).clone_into(&mut cell.text);
            }
            Value::Number(value) => {
                cell.kind = CellKind::Number;
                let dates = self.dates;
                let format = self.number_format(stored.format);
                let shown = format.number(value, dates);
                cell.value = edited(value, Some(format), dates, &shown.text);
                show(&mut cell, shown);
            }
            Value::Shared(index) => {
                self.put_text(&mut cell, stored.format, strings.get(index).unwrap_or_default());
            }
            Value::Text(index) => {
                self.put_text(&mut cell, stored.format, data.texts.get(index).unwrap_or_default());
            }
        }
        cell
    }

    fn put_text(&mut self, cell: &mut Cell, format: u16, rich: RichText) {
        let Some(room) = self.room.checked_sub(rich.text.len()) else {
            self.cut = true;
            return;
        };
        self.room = room;
        let shown = self.number_format(format).text(&rich.text);
        if shown.text == rich.text && !rich.runs.is_empty() {
            let font = self.formats.get(usize::from(format)).map_or(0, |format| format.font);
            cell.runs = Some(self.runs(&rich, font)).filter(|runs| runs.len() > 1).unwrap_or_default();
        }
        cell.value = (shown.text != rich.text).then_some(rich.text);
        show(cell, shown);
    }

    /// The format that a cell's numbers are shown by.
    fn number_format(&mut self, format: u16) -> &NumberFormat {
        let id = self.formats.get(usize::from(format)).map_or(0, |format| format.number);
        self.format_of(id)
    }

    /// A number as the number format `id` shows it.
    pub(crate) fn shown(&mut self, id: u16, value: f64) -> String {
        let dates = self.dates;
        self.format_of(id).number(value, dates).text
    }

    fn format_of(&mut self, id: u16) -> &NumberFormat {
        let codes = &self.codes;
        self.parsed.entry(id).or_insert_with(|| {
            let own = codes.get(&id).map(String::as_str);
            NumberFormat::parse(own.or_else(|| NumberFormat::builtin(id)).unwrap_or("General"))
        })
    }

    /// The text in its runs; `font`: of what comes before the first.
    pub(crate) fn runs(&self, rich: &RichText, font: u16) -> Vec<Inline> {
        let mut pieces: Vec<(u16, String)> = Vec::new();
        let (mut font, mut unit, mut changes) = (font, 0_u32, rich.runs.iter().peekable());
        for character in rich.text.chars() {
            while let Some((_, next)) = changes.next_if(|(at, _)| *at <= unit) {
                font = *next;
            }
            match pieces.last_mut() {
                Some((last, text)) if *last == font => text.push(character),
                _ => pieces.push((font, character.to_string())),
            }
            unit = unit.saturating_add(character.len_utf16() as u32);
        }
        let inline = |(font, text): (u16, String)| Inline::Text {
            text,
            style: self.fonts.get(usize::from(font)).cloned().unwrap_or_default(),
            link: None,
        };
        pieces.into_iter().map(inline).collect()
    }
}

fn show(cell: &mut Cell, shown: Shown) {
    cell.text = shown.text;
    cell.color = shown.color;
}

/// Places lead somewhere; where several do, the last.
fn put_links(links: &[(Merge, String)], rows: &mut BTreeMap<u32, Row>, from: u32, to: u32) {
    let mut steps = LINKED;
    for (place, target) in links.iter().filter(|(place, _)| place.first_row < to && place.last_row >= from) {
        for (_, row) in rows.range_mut(place.first_row..=place.last_row.max(place.first_row)) {
            let Some(left) = steps.checked_sub(1 + row.cells.len()) else { return };
            steps = left;
            let inside = |cell: &&mut Cell| (place.first_column..=place.last_column).contains(&cell.column);
            for cell in row.cells.iter_mut().filter(inside).filter(|cell| !cell.text.is_empty()) {
                cell.link = Some(target.clone());
            }
        }
    }
}
