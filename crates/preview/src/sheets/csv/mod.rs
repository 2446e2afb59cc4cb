//! Tables as text (RFC 4180 and what people do), in windows.

mod dialect;
mod layout;
mod number;
mod records;

use std::ops::Range;

use crate::error::{PreviewError, Result};
use crate::limits::{Limits, Quota};
use crate::model::{Cell, CellKind, Overview, Row, Rows, Sheet, SheetInfo, Warning};
use crate::plain::text::{Text, visible};
use crate::source::ReadAt;
use crate::{Content, Format, Shape, SheetReader};

use dialect::Dialect;
use number::looks_like_number;
use records::Records;

/// Records between two that are known by their offset.
const INTERVAL: u32 = 1024;
/// Bytes that one call passes over on its way to a window far ahead.
const STEP: u64 = 16 * 1024 * 1024;
/// Columns, as in Excel and LibreOffice.
const COLUMNS: usize = 16_384;
/// Bytes of text in one window; cells that are over it stay empty.
const WINDOW: usize = 32 * 1024 * 1024;

pub(crate) fn open<'a>(
    source: &'a dyn ReadAt,
    name: &str,
    limits: &Limits,
) -> Result<(Overview, Content<'a>)> {
    let mut text = Text::plain(source)?;
    let dialect = Dialect::guess(&mut text, name)?;
    let mut overview = Overview::new(Format::Csv, Shape::Sheets);
    overview.encoding = Some(text.encoding().name().to_owned());
    overview.delimiter = Some(dialect.delimiter.into());
    overview.sheets.push(SheetInfo { name: title(name), ..SheetInfo::default() });
    let reader = Reader::new(text, dialect, source.len(), limits)?;
    Ok((overview, Content::Sheets(Box::new(reader))))
}

/// Excel names the only sheet after the file.
fn title(name: &str) -> String {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

struct Reader<'a> {
    records: Records<'a>,
    /// Offsets of records 0, [`INTERVAL`], twice that …
    marks: Vec<u64>,
    /// Records found so far, and the offset behind the last of them.
    known: u32,
    end: u64,
    /// Fields of the longest record so far.
    columns: u32,
    /// Not yet handed out.
    layout: Option<Sheet>,
    cells: usize,
    cut: bool,
    damaged: bool,
}

impl<'a> Reader<'a> {
    fn new(text: Text<'a>, dialect: Dialect, length: u64, limits: &Limits) -> Result<Self> {
        let start = dialect.start;
        let mut records = Records::new(text, dialect.delimiter);
        let layout = layout::of(&mut records, start, length)?;
        Ok(Self {
            records,
            marks: vec![start],
            known: 0,
            end: start,
            columns: 0,
            layout: Some(layout),
            cells: limits.cells,
            cut: false,
            damaged: false,
        })
    }

    /// Reads record number `number`, which begins at `at`; where the next one begins, or none at the end.
    fn step(&mut self, number: u32, at: u64, fields: &mut Vec<String>) -> Result<Option<u64>> {
        let Some(record) = self.records.read(at, fields)? else { return Ok(None) };
        if number == self.known && number < u32::MAX {
            self.known += 1;
            self.end = record.next;
            if self.known.is_multiple_of(INTERVAL) {
                self.marks.push(record.next);
            }
        }
        self.columns = self.columns.max(fields.len() as u32);
        self.cut |= record.cut;
        self.damaged |= record.damaged;
        Ok(Some(record.next))
    }

    /// The offset of record `wanted`; none where it does not exist, or is further ahead than one call goes.
    fn find(&mut self, wanted: u32) -> Result<Option<u64>> {
        let (mut number, mut at) = match self.marks.get((wanted / INTERVAL) as usize) {
            _ if wanted >= self.known => (self.known, self.end),
            Some(offset) => (wanted - wanted % INTERVAL, *offset),
            None => return Ok(None),
        };
        let (begin, mut fields) = (at, Vec::new());
        while number < wanted {
            match self.step(number, at, &mut fields)? {
                Some(next) if next - begin < STEP => at = next,
                _ => return Ok(None),
            }
            number += 1;
        }
        Ok(Some(at))
    }

    fn window(&mut self, numbers: Range<u32>, mut at: u64) -> Result<Vec<Row>> {
        let (mut cells, mut bytes) = (Quota::new(self.cells), Quota::new(WINDOW));
        let (mut rows, mut fields) = (Vec::new(), Vec::new());
        for index in numbers {
            let Some(next) = self.step(index, at, &mut fields)? else { break };
            at = next;
            let mut row = Row { index, ..Row::default() };
            for (text, column) in fields.iter().zip(0..) {
                if !text.is_empty() && cells.take(1) && bytes.take(text.len()) {
                    row.cells.push(cell(column, text));
                }
            }
            if !row.cells.is_empty() {
                rows.push(row);
            }
        }
        self.cut |= cells.is_cut() || bytes.is_cut();
        Ok(rows)
    }
}

fn cell(column: u32, text: &str) -> Cell {
    let kind = if looks_like_number(text) { CellKind::Number } else { CellKind::Text };
    Cell { column, text: visible(text, true).into_owned(), kind, ..Cell::default() }
}

impl SheetReader for Reader<'_> {
    fn rows(&mut self, sheet: usize, from: u32, count: u32) -> Result<Rows> {
        let rows = match self.find(from)? {
            Some(at) => self.window(from..from.saturating_add(count), at)?,
            None => Vec::new(),
        };
        Ok(Rows {
            sheet: sheet as u32,
            layout: self.layout.take(),
            rows,
            known: self.known,
            complete: self.records.is_end(self.end) || self.known == u32::MAX,
            columns: self.columns,
            ..Rows::default()
        })
    }

    fn picture(&mut self, _id: u32) -> Result<Vec<u8>> {
        Err(PreviewError::Unsupported(None))
    }

    fn warnings(&self) -> Vec<Warning> {
        let all = [(self.cut, Warning::Cut), (self.damaged, Warning::Damaged)];
        all.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::text::tests::{Late, patiently};

    fn opened(source: &dyn ReadAt) -> Result<(Overview, Content<'_>)> {
        open(source, "a.csv", &Limits::default())
    }

    fn shown(rows: &Rows) -> Vec<String> {
        let cell = |cell: &Cell| format!("{}:{}", cell.column, cell.text);
        let row = |row: &Row| row.cells.iter().map(cell).collect::<Vec<_>>().join(" ");
        rows.rows.iter().map(|shown| format!("{} {}", shown.index, row(shown))).collect()
    }

    fn all(text: &str) -> Result<Vec<String>> {
        let bytes = text.as_bytes().to_vec();
        let (_, Content::Sheets(mut reader)) = opened(&bytes)? else { return Ok(Vec::new()) };
        Ok(shown(&reader.rows(0, 0, 100)?))
    }

    #[test]
    fn records_are_rows() -> Result<()> {
        for (text, expected) in [
            ("a,b\n1,2\n", vec!["0 0:a 1:b", "1 0:1 1:2"]),
            ("a,,c\r\n\r\n,x\r\n", vec!["0 0:a 2:c", "2 1:x"]),
            ("a,\"two\r\nlines, \"\"quoted\"\"\"\nb,c", vec!["0 0:a 1:two\nlines, \"quoted\"", "1 0:b 1:c"]),
            ("a;b\n1,5;2,5\n", vec!["0 0:a 1:b", "1 0:1,5 1:2,5"]),
            ("sep=|\na|b,c\n", vec!["0 0:a 1:b,c"]),
            ("a,5\" disk\nb,\"5\" disk\n", vec!["0 0:a 1:5\" disk", "1 0:b 1:5 disk"]),
            ("a,\"never closed\nb,c\n", vec!["0 0:a 1:\"never closed", "1 0:b 1:c"]),
            ("only\n", vec!["0 0:only"]),
            ("", vec![]),
        ] {
            assert_eq!(all(text)?, expected, "{text:?}");
        }
        Ok(())
    }

    #[test]
    fn any_window_is_read_from_anywhere_however_late_its_bytes() -> Result<()> {
        let text: String = (0..40_000).map(|row| format!("{row},\"x\n\"\"y\"\"\",größer\n")).collect();
        let source = Late::new(text);
        let (overview, content) = patiently(|| opened(&source))?;
        let Content::Sheets(mut reader) = content else { return Ok(()) };
        assert_eq!((overview.encoding.as_deref(), overview.delimiter), (Some("UTF-8"), Some(',')));
        for from in [0, 39_990, 1023, 20_000] {
            let rows = patiently(|| reader.rows(0, from, 2))?;
            let expected = |row: u32| format!("{row} 0:{row} 1:x\n\"y\" 2:größer");
            assert_eq!(shown(&rows), [expected(from), expected(from + 1)]);
        }
        let rows = reader.rows(0, 50_000, 2)?;
        assert_eq!((rows.known, rows.complete, rows.rows.len(), rows.columns), (40_000, true, 0, 3));
        Ok(())
    }

    #[test]
    fn what_is_huge_is_cut() -> Result<()> {
        let text = format!("a,{}\n{}\nb\n", "x".repeat(100_000), ",y".repeat(20_000)).into_bytes();
        let (_, Content::Sheets(mut reader)) = opened(&text)? else { return Ok(()) };
        let rows = reader.rows(0, 0, 9)?;
        let lengths: Vec<usize> = rows.rows.iter().map(|row| row.cells.len()).collect();
        assert_eq!((lengths, rows.columns), (vec![2, COLUMNS - 1, 1], COLUMNS as u32));
        assert_eq!(rows.rows[0].cells[1].text.len(), records::LONGEST);
        assert_eq!(reader.warnings(), [Warning::Cut]);
        Ok(())
    }

    #[test]
    fn a_quote_that_is_never_closed_swallows_nothing() -> Result<()> {
        let text = format!("\"a\"\"\n{}", "x\"\"\n".repeat(299_999)).into_bytes();
        let (_, Content::Sheets(mut reader)) = opened(&text)? else { return Ok(()) };
        let rows = reader.rows(0, 0, 400_000)?;
        assert_eq!((rows.known, rows.complete), (300_000, true));
        assert_eq!(reader.warnings(), [Warning::Damaged]);
        Ok(())
    }
}
