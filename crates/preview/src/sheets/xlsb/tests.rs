//! Small workbooks, zipped in memory.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::record::tests::records;
use crate::error::Result;
use crate::model::Rows;
use crate::reading::{Extent, put_rows};
use crate::{Hint, Limits, Part, Window, open};

const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

type Raw = (u32, Vec<u8>);

fn zipped(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a new part");
        zip.write_all(content).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

fn rels(list: &[(&str, &str, &str)]) -> Vec<u8> {
    let all: String = list
        .iter()
        .map(|(id, kind, target)| format!("<Relationship Id='{id}' Type='{REL}/{kind}' Target='{target}'/>"))
        .collect();
    let ns = "http://schemas.openxmlformats.org/package/2006/relationships";
    format!("<Relationships xmlns='{ns}'>{all}</Relationships>").into_bytes()
}

fn string(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    (units.len() as u32)
        .to_le_bytes()
        .into_iter()
        .chain(units.into_iter().flat_map(u16::to_le_bytes))
        .collect()
}

fn part(all: &[Raw]) -> Vec<u8> {
    let all: Vec<(u32, &[u8])> = all.iter().map(|(kind, content)| (*kind, content.as_slice())).collect();
    records(&all)
}

fn numbers(all: &[u32]) -> Vec<u8> {
    all.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn row(index: u32, height: u16, hidden: bool) -> Raw {
    let mut content = numbers(&[index, 0]);
    content.extend(height.to_le_bytes());
    content.extend([0, if hidden { 0x10 } else { 0 }, 0]);
    (0, content)
}

/// A cell in the second format.
fn cell(kind: u32, column: u32, value: &[u8]) -> Raw {
    (kind, [&numbers(&[column, 1])[..], value].concat())
}

/// A workbook of one sheet.
fn workbook(sheet: &[Raw]) -> Vec<u8> {
    let bundle = [&numbers(&[0, 1])[..], &string("r1"), &string("One")].concat();
    let font = [
        &[220, 0, 2, 0, 0xbc, 2, 0, 0, 0, 0, 0, 0, 7, 1, 0, 0, 255, 255, 255, 255, 0][..],
        &string("Calibri"),
    ];
    let fill = [&numbers(&[1])[..], &[5, 0, 0, 0, 0xff, 0x80, 0, 255], &[0; 8]].concat();
    let format = |number: u8, fill: u8| vec![0, 0, number, 0, 0, 0, fill, 0, 0, 0, 90, 2, 0x52, 0, 0, 0];
    let styles = part(&[
        (43, font.concat()),
        (45, vec![0; 20]),
        (45, fill),
        (46, vec![0; 51]),
        (626, vec![]),
        (47, format(0, 0)),
        (627, vec![]),
        (617, vec![]),
        (47, format(0, 0)),
        (47, format(10, 1)),
        (618, vec![]),
    ]);
    let note = [&numbers(&[0])[..], &numbers(&[4, 4, 1, 1])].concat();
    zipped(&[
        ("_rels/.rels", rels(&[("r1", "officeDocument", "xl/workbook.bin")])),
        ("xl/workbook.bin", part(&[(156, bundle)])),
        (
            "xl/_rels/workbook.bin.rels",
            rels(&[
                ("r1", "worksheet", "s.bin"),
                ("r2", "sharedStrings", "strings.bin"),
                ("r3", "styles", "styles.bin"),
            ]),
        ),
        ("xl/strings.bin", part(&[(19, [&[0][..], &string("a€")].concat())])),
        ("xl/styles.bin", styles),
        ("xl/_rels/s.bin.rels", rels(&[("r1", "comments", "c.bin")])),
        ("xl/c.bin", part(&[(635, note), (637, [&[0][..], &string("noted")].concat())])),
        ("xl/s.bin", part(sheet)),
    ])
}

fn read(bytes: &[u8], from: u32, count: u32) -> Result<Rows> {
    let bytes = bytes.to_vec();
    let mut document = open(&bytes, &Hint::default(), &Limits::default())?;
    match document.next(Window::Rows { sheet: 0, from, count })? {
        Part::Rows(rows) => Ok(rows),
        _ => panic!("rows"),
    }
}

fn text(rows: &Rows) -> String {
    let mut text = String::new();
    put_rows(&mut text, rows, Extent::Body);
    text
}

#[test]
fn cells_of_all_kinds_are_shown() -> Result<()> {
    let half = 0.5_f64.to_le_bytes();
    let sheet = [
        row(0, 300, false),
        cell(7, 0, &[0; 4]),
        cell(2, 1, &[6, 0, 0, 0]),
        cell(3, 2, &[7]),
        cell(4, 3, &[1]),
        cell(5, 5, &half),
        (13, [&numbers(&[1])[..], &[10, 0, 0, 0]].concat()),
        row(1, 0, true),
        cell(6, 0, &string("own")),
        cell(8, 1, &string("result")),
        cell(9, 2, &half),
        cell(10, 3, &[0]),
        cell(11, 4, &[0x2a]),
        cell(62, 5, &[&[0][..], &string("rich")].concat()),
        cell(5, 6, &[1, 2]),
    ];
    let rows = read(&workbook(&sheet), 0, 9)?;
    let expected = "a€\t100.00%\t#DIV/0!\tTRUE\t50.00%\t200.00%\nown\tresult\t50.00%\tFALSE\t#N/A\trich\n\n";
    assert_eq!(text(&rows), expected);
    assert_eq!((rows.rows[0].height, rows.rows[1].hidden), (Some(15.0), true));
    assert_eq!(rows.rows[2].cells[0].note.as_deref(), Some("noted"));
    let (_, style) = &rows.styles[0];
    assert_eq!(style.fill.as_ref().map(crate::model::Color::as_str), Some("#ff8000"));
    assert!(style.text.bold && style.text.italic && style.wrap && style.text.size == Some(11.0));
    assert_eq!((style.rotation, style.indent), (-90, 2));
    Ok(())
}

#[test]
fn rows_are_read_as_far_as_they_are_asked_for() -> Result<()> {
    let mut sheet: Vec<Raw> = (0..50).flat_map(|index| [row(index, 0, false), cell(7, 0, &[0; 4])]).collect();
    sheet.push((176, numbers(&[0, 1, 0, 1])));
    let bytes = workbook(&sheet);
    let first = read(&bytes, 0, 10)?;
    assert_eq!((first.rows.len(), first.complete, first.merges.len()), (10, false, 0));
    let last = read(&bytes, 45, 10)?;
    assert_eq!((last.rows.len(), last.complete, last.known, last.merges.len()), (5, true, 50, 1));
    Ok(())
}

#[test]
fn a_sheet_has_a_layout() -> Result<()> {
    let mut pane = [1.0_f64.to_le_bytes(), 2.0_f64.to_le_bytes()].concat();
    pane.extend([0; 12]);
    pane.push(1);
    let columns = |first: u32, last: u32| [&numbers(&[first, last, 5120, 0])[..], &[1, 0]].concat();
    let sheet = [
        (137, vec![0x20, 0]),
        (151, pane),
        (485, [&numbers(&[u32::MAX])[..], &[8, 0, 44, 1, 0, 0, 0, 0]].concat()),
        (60, columns(1, 2)),
        (60, columns(2, 9)),
        (60, columns(5, 20_000)),
    ];
    let layout = read(&workbook(&sheet), 0, 1)?.layout.expect("the first window has it");
    assert_eq!((layout.frozen_columns, layout.frozen_rows, layout.rtl, layout.no_grid), (1, 2, true, true));
    assert_eq!((layout.column_width, layout.row_height, layout.columns.len()), (48.0, 15.0, 1));
    assert_eq!((layout.columns[0].width, layout.columns[0].hidden), (105.0, true));
    Ok(())
}

#[test]
fn rows_that_cannot_be_do_not_keep_a_sheet_open() -> Result<()> {
    let sheet = [row(u32::MAX, 0, false), cell(7, 0, &[0; 4]), row(3, 0, false), cell(7, 0, &[0; 4])];
    let rows = read(&workbook(&sheet), 0, 10)?;
    assert_eq!((rows.complete, rows.rows.len()), (true, 2), "the row and the note");
    Ok(())
}
