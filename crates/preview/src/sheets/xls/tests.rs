//! Small workbooks, record by record.

use md5::{Digest as _, Md5};

use super::globals::Globals;
use super::record::{kind::CONTINUE, tests::records};
use super::version::{Begin, Part as Part8, Version};
use crate::container::crypt::{Rc4, password};
use crate::error::Result;
use crate::model::{CellAlign, CellKind, ChartKind, Inline, Rows, VerticalAlign};
use crate::reading::{Extent, put_rows};
use crate::{Hint, Limits, Opened, Part, PreviewError, Window, open};

type Raw<'r> = (u16, &'r [u8]);

const GLOBALS: [u8; 4] = [0, 6, 5, 0];
const SHEET: [u8; 4] = [0, 6, 16, 0];
const EOF: Raw<'_> = (10, &[]);

/// A font of ten points in red, and a bold one.
fn fonts() -> Vec<Vec<u8>> {
    let font = |color: u8, weight: u16| {
        let [low, high] = weight.to_le_bytes();
        let mut bytes = vec![200, 0, 0, 0, color, 0, low, high, 0, 0, 0, 0, 0, 0];
        bytes.extend([5, 0]);
        bytes.extend(b"Arial");
        bytes
    };
    vec![font(0xff, 400), font(10, 700)]
}

/// Formats: plain; per cent; centred, wrapped, in the second font, filled with red, a thin line below.
fn formats() -> Vec<Vec<u8>> {
    let format = |font: u8, number: u8, align: u8, sides: u32, ends: u32, area: u16| {
        let mut bytes = vec![font, 0, number, 0, 1, 0, align, 0, 0, 0];
        bytes.extend(sides.to_le_bytes());
        bytes.extend(ends.to_le_bytes());
        bytes.extend(area.to_le_bytes());
        bytes
    };
    vec![
        format(0, 0, 0x20, 0, 0, 0),
        format(0, 9, 0x20, 0, 0, 0),
        format(1, 0, 0x1a, 0x1000, 1 << 26 | 8 << 7, 10),
    ]
}

/// A workbook of BIFF8 with one sheet of these records; `says`: where the sheet is said to begin, as a difference.
fn workbook(cells: &[Raw<'_>], says: u32, extra: &[Raw<'_>]) -> Vec<u8> {
    let build = |at: u32| {
        let mut bound = at.to_le_bytes().to_vec();
        bound.extend([0, 0, 3, 0]);
        bound.extend(b"One");
        let (fonts, formats) = (fonts(), formats());
        let mut all: Vec<Raw<'_>> = vec![(0x0809, &GLOBALS)];
        all.extend(extra);
        all.extend(fonts.iter().map(|font| (0x31, font.as_slice())));
        all.extend(formats.iter().map(|format| (0xe0, format.as_slice())));
        all.push((0x85, &bound));
        all.push((0xfc, b"\x02\0\0\0\x02\0\0\0\x02\0\x00ab\x02\0"));
        all.push((CONTINUE, b"\x01\xac\x20d\0"));
        all.push(EOF);
        records(&all)
    };
    let mut bytes = build(0);
    bytes = build(bytes.len() as u32 + says);
    bytes.extend(records(&[(0x0809, &SHEET)]));
    bytes.extend(records(cells));
    bytes
}

fn read(bytes: &[u8]) -> Result<(Vec<String>, Rows)> {
    let bytes = bytes.to_vec();
    let mut document: Opened<'_> = open(&bytes, &Hint::default(), &Limits::default())?;
    let names = document.overview().sheets.iter().map(|sheet| sheet.name.clone()).collect();
    let Part::Rows(rows) = document.next(Window::Rows { sheet: 0, from: 0, count: 100 })? else {
        panic!("rows")
    };
    Ok((names, rows))
}

fn text(rows: &Rows) -> String {
    let mut text = String::new();
    put_rows(&mut text, rows, Extent::Everything);
    text
}

#[test]
fn a_workbook_in_a_broken_compound_file_is_found() -> Result<()> {
    let begin = |part: u8| [&[0, 6, part, 0][..], &[0; 12]].concat();
    let (globals, sheet) = (begin(5), begin(16));
    let number = cell(0, 0, 0, &17.5_f64.to_le_bytes());
    let parts: [&[Raw<'_>]; 3] =
        [&[(0x0809, &globals), EOF], &[(0xffff, &[1; 99])], &[(0x0809, &sheet), (0x0203, &number), EOF]];
    let mut file = [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[0; 1016]].concat();
    for part in parts {
        file.extend(records(part));
    }
    let (names, rows) = read(&file)?;
    assert_eq!((names, text(&rows)), (vec!["Sheet1".to_owned()], "17.5\n".to_owned()));
    file.truncate(1024);
    assert!(read(&file).is_err());
    Ok(())
}

/// A cell's place and format, and its value.
fn cell(row: u8, column: u8, format: u8, value: &[u8]) -> Vec<u8> {
    [&[row, 0, column, 0, format, 0], value].concat()
}

#[test]
fn cells_of_all_kinds_are_shown() -> Result<()> {
    let half = 0.5_f64.to_le_bytes();
    let formula = |result: [u8; 8]| [&result[..], &[0; 8]].concat();
    type Case<'c> = (&'c str, Vec<(u16, Vec<u8>)>, &'c str);
    let cases: [Case<'_>; 11] = [
        ("number", vec![(0x203, cell(0, 0, 1, &half))], "50%\n"),
        ("small number", vec![(0x27e, cell(0, 0, 0, &[2 << 2 | 2, 0, 0, 0]))], "2\n"),
        (
            "small numbers",
            vec![(0xbd, [&cell(0, 1, 0, &[6, 0, 0, 0])[..], &[1, 0, 10, 0, 0, 0, 2, 0]].concat())],
            "1\t200%\n",
        ),
        ("shared", vec![(0xfd, cell(0, 0, 0, &[0; 4])), (0xfd, cell(0, 2, 0, &[1, 0, 0, 0]))], "ab\t€d\n"),
        ("no such string", vec![(0xfd, cell(0, 0, 0, &[9, 0, 0, 0]))], "\n"),
        ("own text", vec![(0x204, cell(0, 0, 0, b"\x01\0\x01\xac\x20"))], "€\n"),
        (
            "truth and error",
            vec![(0x205, cell(0, 0, 0, &[1, 0])), (0x205, cell(0, 1, 0, &[7, 1]))],
            "TRUE\t#DIV/0!\n",
        ),
        ("formula", vec![(6, cell(0, 0, 1, &formula(half)))], "50%\n"),
        (
            "formula with a text",
            vec![
                (6, cell(0, 0, 0, &formula([0, 0, 0, 0, 0, 0, 255, 255]))),
                (0x4bc, vec![0; 8]),
                (0x207, b"\x02\0\0hi".to_vec()),
            ],
            "hi\n",
        ),
        (
            "formula with an error",
            vec![(6, cell(0, 0, 0, &formula([2, 0, 0x2a, 0, 0, 0, 255, 255])))],
            "#N/A\n",
        ),
        ("cut", vec![(0x203, cell(0, 0, 0, &half)), (0x203, vec![1, 0, 0])], "0.5\n"),
    ];
    for (name, cells, expected) in cases {
        let cells: Vec<Raw<'_>> = cells.iter().map(|(kind, data)| (*kind, data.as_slice())).collect();
        let (names, rows) = read(&workbook(&[&cells[..], &[EOF]].concat(), 0, &[]))?;
        assert_eq!((text(&rows).as_str(), names.len()), (expected, 1), "{name}");
    }
    Ok(())
}

#[test]
fn sheets_are_found_in_spite_of_wrong_places_and_missing_ends() -> Result<()> {
    let shared = cell(0, 0, 0, &[0; 4]);
    for (says, cells) in
        [(0, vec![(0xfd, &shared[..]), EOF]), (7, vec![(0xfd, &shared), EOF]), (0, vec![(0xfd, &shared)])]
    {
        let (names, rows) = read(&workbook(&cells, says, &[]))?;
        assert_eq!((text(&rows).as_str(), names), ("ab\n", vec!["One".to_owned()]), "{says}");
    }
    Ok(())
}

#[test]
fn cells_look_as_their_format_says() -> Result<()> {
    let (cell, blank) = (cell(1, 0, 2, &[0; 4]), cell(0, 1, 2, &[]));
    let bytes = workbook(&[(0xfd, &cell), (0x201, &blank), (0x201, &[0, 0, 9, 0, 0, 0]), EOF], 0, &[]);
    let (_, rows) = read(&bytes)?;
    assert_eq!(
        rows.rows.iter().map(|row| row.cells.len()).sum::<usize>(),
        2,
        "plain empty cells show nothing"
    );
    let style = rows.rows[1].cells[0].style;
    let (_, style) = rows.styles.iter().find(|(number, _)| *number == style).expect("a style");
    assert_eq!((style.align, style.vertical, style.wrap), (CellAlign::Center, VerticalAlign::Middle, true));
    assert_eq!(style.fill.as_ref().map(crate::model::Color::as_str), Some("#ff0000"));
    assert_eq!(style.text.color.as_ref().map(crate::model::Color::as_str), Some("#ff0000"));
    assert!(style.text.bold && style.text.size == Some(10.0) && style.text.font.as_deref() == Some("Arial"));
    assert!(style.borders.bottom.is_some() && style.borders.top.is_none());
    Ok(())
}

#[test]
fn a_sheet_has_a_layout() -> Result<()> {
    let all: Vec<Raw<'_>> = vec![
        (0x55, &[8, 0]),
        (0x225, &[0, 0, 44, 1]),
        (0x208, &[3, 0, 0, 0, 1, 0, 0x90, 1, 0, 0, 0, 0, 0x60, 1, 15, 0]),
        (0x7d, &[1, 0, 2, 0, 0, 20, 2, 0, 1, 0, 0, 0]),
        (0x23e, &[0x48, 0, 0, 0, 0, 0]),
        (0x41, &[1, 0, 2, 0, 2, 0, 1, 0, 0, 0]),
        (0xe5, &[2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 5, 0, 4, 0, 0, 0, 0, 0]),
        (0x201, &[4, 0, 4, 0, 2, 0]),
        EOF,
    ];
    let (_, rows) = read(&workbook(&all, 0, &[]))?;
    let layout = rows.layout.expect("the first window has it");
    assert_eq!((layout.column_width, layout.row_height), (48.0, 15.0));
    assert_eq!((layout.frozen_columns, layout.frozen_rows, layout.rtl, layout.no_grid), (1, 2, true, true));
    let columns = &layout.columns[0];
    assert_eq!((columns.first, columns.last, columns.width, columns.hidden), (1, 2, 105.0, true));
    assert_eq!(rows.merges.len(), 1, "one that ends before it begins is none");
    let row = &rows.rows[0];
    assert_eq!((row.index, row.height, row.hidden), (3, Some(20.0), true));
    Ok(())
}

#[test]
fn texts_have_runs_and_notes() -> Result<()> {
    let rich = cell(0, 0, 0, b"\x03\0\x08\x01\0abc\x01\0\x01\0");
    let object = [0x15, 0, 18, 0, 0x19, 0, 7, 0];
    let text_head = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 16, 0, 0, 0, 0, 0];
    let all: Vec<Raw<'_>> = vec![
        (0x204, &rich),
        (0x5d, &object),
        (0x1b6, &text_head),
        (CONTINUE, b"\0no"),
        (CONTINUE, &[0; 16]),
        (0x1c, &[2, 0, 3, 0, 0, 0, 7, 0, 0, 0]),
        EOF,
    ];
    let (_, rows) = read(&workbook(&all, 0, &[]))?;
    let runs = rows.rows[0].cells[0].runs.iter().map(|run| match run {
        Inline::Text { text, style, .. } => (text.as_str(), style.bold),
        _ => ("", false),
    });
    assert_eq!(runs.collect::<Vec<_>>(), [("a", false), ("bc", true)]);
    let noted = &rows.rows[1];
    assert_eq!((noted.index, noted.cells[0].column, noted.cells[0].note.as_deref()), (2, 3, Some("no")));
    Ok(())
}

#[test]
fn old_versions_are_read() -> Result<()> {
    // BIFF2: a whole number in its fifth format, a text, and a formula with a text.
    let mut bytes = records(&[
        (0x0009, &[2, 0, 16, 0]),
        (0x42, &[0xe3, 4]),
        (2, &[0, 0, 0, 0, 0, 3, 0, 0xd2, 4]),
        (4, &[0, 0, 1, 0, 0, 0, 3, 2, 0xc6, b'!']),
        (6, &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0]),
        (7, b"\x02hi"),
        EOF,
    ]);
    let (names, rows) = read(&bytes)?;
    assert_eq!((text(&rows).as_str(), names), ("1,234 1234\tЖ!\nhi\n", vec!["Sheet1".to_owned()]));
    assert_eq!(rows.rows[0].cells[0].kind, CellKind::Number);
    // BIFF5: one sheet in a workbook, texts in a code page.
    let bound = [36, 0, 0, 0, 0, 0, 1, b'B'];
    bytes = records(&[(0x0809, &[0, 5, 5, 0, 0, 0, 0, 0]), (0x85, &bound), EOF]);
    assert_eq!(bytes.len(), 28);
    bytes.extend([0; 8]);
    bytes.extend(records(&[(0x0809, &[0, 5, 16, 0]), (0x204, &[0, 0, 0, 0, 0, 0, 2, 0, 0xe4, b'x']), EOF]));
    let (names, rows) = read(&bytes)?;
    assert_eq!((text(&rows).as_str(), names), ("äx\n", vec!["B".to_owned()]));
    Ok(())
}

#[test]
fn charts_show_what_they_last_showed() -> Result<()> {
    let name = [&[0, 0, 5, 0][..], b"Sales"].concat();
    let title = [&[0, 0, 4, 0][..], b"Year"].concat();
    let number = |point: u8, value: f64| [&[point, 0, 0, 0, 0, 0][..], &value.to_le_bytes()].concat();
    let (one, two) = (number(0, 10.0), number(1, 30.0));
    let area = [&[0x10, 0x20, 0x30, 0][..], &[0; 12]].concat();
    let all: Vec<Raw<'_>> = vec![
        (0x5d, &[0x15, 0, 18, 0, 5, 0, 1, 0]),
        (0x0809, &[0, 6, 0x20, 0]),
        (0x1003, &[0; 12]),
        (0x1033, &[]),
        (0x100d, &name),
        (0x1006, &[255, 255, 0, 0, 0, 0]),
        (0x100a, &area),
        (0x1045, &[0, 0]),
        (0x1034, &[]),
        (0x101d, &[1, 0]),
        (0x1014, &[0; 20]),
        (0x1017, &[0, 0, 0, 0, 1, 0]),
        (0x1025, &[0; 32]),
        (0x1033, &[]),
        (0x100d, &title),
        (0x1027, &[1, 0]),
        (0x1034, &[]),
        (0x1065, &[1, 0]),
        (0x0203, &one),
        (0x0203, &two),
        (0x1065, &[2, 0]),
        (0x0204, &[0, 0, 0, 0, 0, 0, 1, 0, 0, b'A']),
        EOF,
        EOF,
    ];
    let bytes = workbook(&all, 0, &[]);
    let mut globals = Globals::read(&bytes, 0, Begin { version: Version::Biff8, part: Part8::Globals });
    let at = bytes.windows(8).position(|window| window == [0x09, 8, 4, 0, 0, 6, 0x20, 0]).expect("the chart");
    let mut records = super::Records::new(&bytes, at);
    records.next();
    let chart = super::chart::read(&mut records, &mut globals).expect("a chart");
    assert_eq!((chart.title.as_str(), chart.plots.len()), ("Year", 1));
    let plot = &chart.plots[0];
    assert_eq!((plot.kind, &plot.categories[..]), (ChartKind::Bar, &["A".to_owned(), "2".to_owned()][..]));
    let series = &plot.series[0];
    assert_eq!((series.name.as_str(), &series.values[..]), ("Sales", &[Some(10.0), Some(30.0)][..]));
    assert_eq!(series.color, Some(crate::model::Color::rgb(0x10, 0x20, 0x30)));
    let axis = chart.value_axis.expect("an axis");
    assert!(axis.max >= 30.0 && axis.ticks.len() > 2);
    assert_eq!(records.next().map(|record| record.kind), Some(10), "the sheet goes on after its chart");
    Ok(())
}

/// Encrypts a stream as Excel 97 does, with the salt that is all zeros.
fn encrypted(mut bytes: Vec<u8>, password: &[u8]) -> Vec<u8> {
    let mut hash = Md5::new();
    for _ in 0..16 {
        hash.update(&Md5::digest(password)[..5]);
        hash.update([0; 16]);
    }
    let salted = hash.finalize()[..5].to_vec();
    let key =
        |block: u32| Rc4::new(&Md5::new().chain_update(&salted).chain_update(block.to_le_bytes()).finalize());
    let (mut verifier, mut digest) = ([5; 16], Md5::digest([5; 16]).to_vec());
    let mut first = key(0);
    first.apply(&mut verifier);
    first.apply(&mut digest);
    bytes[34..50].copy_from_slice(&verifier);
    bytes[50..66].copy_from_slice(&digest);
    assert!(bytes.len() < 1024);
    let mut stream = vec![0; bytes.len()];
    key(0).apply(&mut stream);
    let plain: Vec<_> = super::Records::new(&bytes, 66).collect();
    let places: Vec<_> = plain.iter().map(|record| super::crypt::content(*record)).collect();
    for (from, left, to) in places {
        (from + left..to).for_each(|at| bytes[at] ^= stream[at]);
    }
    bytes
}

#[test]
fn the_password_that_everybody_knows_is_tried() -> Result<()> {
    let mut filepass = vec![1, 0, 1, 0, 1, 0];
    filepass.extend([0; 48]);
    let shared = cell(0, 0, 0, &[0; 4]);
    let plain = workbook(&[(0xfd, &shared), EOF], 0, &[(0x2f, &filepass)]);
    let (_, rows) = read(&encrypted(plain.clone(), &password()))?;
    assert_eq!(text(&rows), "ab\n");
    assert!(matches!(read(&encrypted(plain, b"another")), Err(PreviewError::Encrypted)));
    Ok(())
}

#[test]
fn nothing_that_is_cut_or_random_is_a_fault() {
    let shared = cell(0, 0, 0, &[0; 4]);
    let whole = workbook(&[(0xfd, &shared), (0xec, &[0x0f, 0, 2, 0xf0, 255, 255, 255, 255]), EOF], 0, &[]);
    for length in 0..whole.len() {
        drop(read(&whole[..length]));
    }
    let mut state = 7_u32;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..4 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % bytes.len();
            bytes[at] = state as u8;
        }
        drop(read(&bytes));
    }
}
