//! Whole pages: what is written and what is shown.

use std::cell::Cell;
use std::io;

use crate::model::{Block, Flow, Inline, Table, Warning};
use crate::reading::{Extent, put_flow};
use crate::{Format, Hint, Limits, Part, PreviewError, ReadAt, Result, Window, open};

fn read(name: &str, bytes: &[u8]) -> Result<(Flow, Vec<Warning>)> {
    let bytes = bytes.to_vec();
    let mut document = open(&bytes, &Hint { name }, &Limits::default())?;
    assert_eq!(document.overview().format, Format::Html, "{name}");
    let Part::Flow(flow) = document.next(Window::Blocks { count: u32::MAX })? else { panic!("it flows") };
    Ok((flow, document.warnings()))
}

fn text(page: &str) -> Result<String> {
    let mut text = String::new();
    put_flow(&mut text, &read("x.doc", format!("<html>{page}").as_bytes())?.0, Extent::Everything);
    Ok(text.trim_end().to_owned())
}

#[test]
fn pages_are_read_as_browsers_do() -> Result<()> {
    for (page, expected) in [
        ("<p>a  b\n c</p>  <p> d </p>", "a b c\nd"),
        ("<p>a<p>b<div>c", "a\nb\nc"),
        ("a<br>b<br></body>", "a\nb"),
        ("x &amp; y &eacute;&#8364;&nbsp;z", "x & y é€\u{a0}z"),
        ("<head><title>t</title><style>p{}</style><script>if (a<b) c</script></head>z", "z"),
        ("<!-- no --><![if !supportLists]>yes<![endif]>", "yes"),
        ("<div style='display:none'>no</div><span style='mso-hide:all'>no</span>z", "z"),
        ("<pre>a  b\n\tc</pre>d", "a  b\n\tc\nd"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "• a\n◦ b\n• c"),
        ("<ol start=3 type=a><li>a<li value=9>b<li></ol>", "c. a\ni. b\nj."),
        ("<object data=x>no</object><xml><w:x>no</w:x></xml>z", "z"),
        ("<p style='text-transform:uppercase'>a<o:p></o:p></p>", "A"),
        ("<font face=Wingdings>&#252;</font>", "✓"),
        ("<td>a</td>b", "ab"),
        ("</p></div></table>a", "a"),
        ("<textarea>no</textarea><select><option>no</select>z", "z"),
    ] {
        assert_eq!(text(page)?, expected, "{page}");
    }
    Ok(())
}

fn table(flow: &Flow) -> &Table {
    let table = flow.blocks.iter().find_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    table.unwrap_or_else(|| panic!("a table"))
}

#[test]
fn tables_have_spans_and_widths() -> Result<()> {
    let page = "<table border=1><thead><tr><th colspan=2>h</thead><tr bgcolor=#eeeeee><td rowspan=2 width=100>a<td width=40>b\
                <tr><td style='border:none'>c<table><tr><td>d</table></table>";
    let (flow, _) = read("x.xls", format!("<html>{page}").as_bytes())?;
    let table = table(&flow);
    let spans: Vec<Vec<_>> = table
        .rows
        .iter()
        .map(|row| row.cells.iter().map(|cell| (cell.columns, cell.rows)).collect())
        .collect();
    assert_eq!(spans, [vec![(2, 1)], vec![(1, 2), (1, 1)], vec![(1, 1)]]);
    assert_eq!(
        (table.columns.as_slice(), table.rows[0].header, table.rows[1].header),
        (&[75.0, 30.0][..], true, false)
    );
    assert!(table.rows[1].cells[0].shade.is_some() && table.rows[1].cells[0].borders.top.is_some());
    assert!(table.rows[2].cells[0].borders.top.is_none());
    assert!(matches!(table.rows[2].cells[0].blocks.last(), Some(Block::Table(_))));
    Ok(())
}

#[test]
fn nothing_runs_and_nothing_is_loaded() -> Result<()> {
    let page = b"<html><a href='javascript:x'>a</a><a href='https://b.c'>b</a><img src='https://b.c/d.png' width=40 alt=e>\
                 <img src='data:image/png;base64,iVBORw0KGgo='>";
    let bytes = page.to_vec();
    let mut document = open(&bytes, &Hint { name: "x.doc" }, &Limits::default())?;
    let Part::Flow(flow) = document.next(Window::Blocks { count: 10 })? else { panic!("it flows") };
    let Some(Block::Paragraph(paragraph)) = flow.blocks.last() else { panic!("a paragraph") };
    let links: Vec<_> = (paragraph.inlines.iter())
        .filter_map(|inline| match inline {
            Inline::Text { link, .. } => Some(link.as_deref()),
            _ => None,
        })
        .collect();
    assert_eq!(links, [None, Some("https://b.c")]);
    let pictures: Vec<_> = paragraph
        .inlines
        .iter()
        .filter_map(|inline| match inline {
            Inline::Picture(picture) => Some((picture.id, picture.width, picture.alt.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(pictures, [(None, 30.0, "e"), (Some(0), 0.0, "")]);
    assert_eq!(document.warnings(), [Warning::External]);
    assert_eq!(document.picture(0)?.bytes, b"\x89PNG\r\n\x1a\n");
    Ok(())
}

#[test]
fn encodings_are_those_that_pages_say() -> Result<()> {
    let utf16: Vec<u8> = "\u{feff}<html>é".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [
        &b"<html><meta charset=windows-1252>\xe9"[..],
        b"<html><meta http-equiv=x content='text/html; charset=iso-8859-1'>\xe9",
        "<html>é".as_bytes(),
        "\u{feff}<html>é".as_bytes(),
        &utf16,
        b"MIME-Version: 1.0\nContent-Type: text/html; charset=latin1\n\n<p>\xe9",
    ] {
        let mut text = String::new();
        put_flow(&mut text, &read("x.doc", bytes)?.0, Extent::Everything);
        assert_eq!(text.trim(), "é");
    }
    Ok(())
}

#[test]
fn only_names_of_documents_make_pages_documents() {
    for (name, page, expected) in [
        ("x.doc", "<html>", Some(Format::Html)),
        ("x.xls", "<table><tr><td>1", Some(Format::Html)),
        ("x.xlsx", "<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html>", Some(Format::Html)),
        ("x.xls", "<!-- a --><meta charset=utf-8>", Some(Format::Html)),
        (
            "x.mht",
            "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>",
            Some(Format::Html),
        ),
        ("x.html", "<html>", Some(Format::Text)),
        ("x.txt", "<html>", Some(Format::Text)),
        ("x.doc", "<note>", Some(Format::Text)),
        ("x.doc", "From: somebody", Some(Format::Text)),
    ] {
        let bytes = page.as_bytes().to_vec();
        let found = match open(&bytes, &Hint { name }, &Limits::default()) {
            Ok(document) => Some(document.overview().format),
            Err(PreviewError::Unsupported(format)) => format,
            Err(_) => None,
        };
        assert_eq!(found, expected, "{name} {page}");
    }
}

#[test]
fn hostile_pages_end() -> Result<()> {
    let limits = Limits { blocks: 1000, characters: 100_000, ..Limits::default() };
    for page in [
        "<div>".repeat(200_000),
        "<table><tr><td>".repeat(50_000),
        "<ul><li>".repeat(50_000),
        "<b>x".repeat(100_000),
        "<p>x".repeat(100_000),
        "<table><tr><td colspan=65535 rowspan=65535>x".repeat(20),
        format!("<table>{}", "<tr><td colspan=1000 rowspan=1000>".repeat(2000)),
        "</td></table>".repeat(50_000),
        format!("<script>{}", "<".repeat(100_000)),
        format!("<p {}>x", "a=b ".repeat(50_000)),
    ] {
        let bytes = format!("<html>{page}").into_bytes();
        let mut document = open(&bytes, &Hint { name: "x.doc" }, &limits)?;
        let Part::Flow(flow) = document.next(Window::Blocks { count: u32::MAX })? else { panic!("it flows") };
        assert!(flow.last && flow.blocks.len() <= 1001);
    }
    Ok(())
}

/// Gives its bytes only up to a mark that moves.
struct Slow(Vec<u8>, Cell<u64>);

impl ReadAt for Slow {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(5000) as u64;
        if offset + length.min(self.len() - offset) > self.1.get() {
            return Err(PreviewError::Waiting { offset, length }.into());
        }
        self.0.read_at(offset, &mut buffer[..length as usize])
    }
}

#[test]
fn a_read_that_failed_is_asked_for_again() -> Result<()> {
    let page: String = (0..2000).map(|number| format!("<p>Paragraph {number}</p>")).collect();
    let slow = Slow(format!("<html>{page}").into_bytes(), Cell::new(10_000));
    let mut document = open(&slow, &Hint { name: "x.doc" }, &Limits::default())?;
    let (mut found, mut failed) = (String::new(), 0);
    loop {
        match document.next(Window::Blocks { count: 100 }) {
            Ok(Part::Flow(flow)) => {
                put_flow(&mut found, &flow, Extent::Body);
                if flow.last {
                    break;
                }
            }
            _ => {
                failed += 1;
                slow.1.set(slow.1.get() + 10_000);
            }
        }
    }
    let expected: String = (0..2000).map(|number| format!("Paragraph {number}\n")).collect();
    assert_eq!(found, expected);
    assert!(failed > 2);
    Ok(())
}
