//! Documents made here: small ones that are right, and hostile ones.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::floods;

/// How large the hostile ones are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// MiB that the bomb unpacks to.
    pub(crate) bomb: usize,
    /// Paragraphs of one document.
    pub(crate) paragraphs: usize,
    /// Levels of nesting, merges: this many times a thousand, or a few times as many.
    pub(crate) thousands: usize,
    /// Rows, styles, shapes of a flood: the same.
    pub(crate) flood: usize,
}

/// Beyond every limit, and quick enough for everyday runs.
#[allow(dead_code, reason = "the soak takes the other")]
pub(crate) const SMALL: Size = Size { bomb: 300, paragraphs: 220_000, thousands: 20, flood: 2 };
/// What was seen to bring other programs down.
#[allow(dead_code, reason = "the tests take the other")]
pub(crate) const LARGE: Size = Size { bomb: 3000, paragraphs: 2_000_000, thousands: 100, flood: 100 };

/// A file's name and its bytes.
pub(crate) type Made = (&'static str, Vec<u8>);

const XML: &str = r#"<?xml version="1.0"?>"#;
pub(crate) const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
pub(crate) const S: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
pub(crate) const R: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const OFFICE: &str = "application/vnd.openxmlformats-officedocument";
const OLD: &str = "http://openoffice.org/2000/";

pub(crate) type Zip = ZipWriter<Cursor<Vec<u8>>>;

pub(crate) fn part(zip: &mut Zip, name: &str, content: &[u8]) {
    streamed(zip, name, |zip| zip.write_all(content));
}

fn streamed(zip: &mut Zip, name: &str, write: impl FnOnce(&mut Zip) -> std::io::Result<()>) {
    zip.start_file(name, SimpleFileOptions::default()).expect("a part of a zip in memory");
    write(zip).expect("bytes into memory");
}

pub(crate) fn package(target: &str, content_type: &str) -> Zip {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let package = "http://schemas.openxmlformats.org/package/2006";
    let types = format!(
        r#"{XML}<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/{target}" ContentType="{OFFICE}.{content_type}.main+xml"/></Types>"#
    );
    part(&mut zip, "[Content_Types].xml", types.as_bytes());
    let rels = format!(
        r#"{XML}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{R}/officeDocument" Target="{target}"/></Relationships>"#
    );
    part(&mut zip, "_rels/.rels", rels.as_bytes());
    zip
}

pub(crate) fn finished(zip: Zip) -> Vec<u8> {
    zip.finish().expect("a zip in memory").into_inner()
}

pub(crate) fn docx(before: &str, body: &str) -> Vec<u8> {
    let mut zip = package("word/document.xml", "wordprocessingml.document");
    let text = format!(r#"{XML}{before}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>"#);
    part(&mut zip, "word/document.xml", text.as_bytes());
    finished(zip)
}

/// With parts beside its text, by the name of their relationship.
pub(crate) fn docx_with(body: &str, parts: &[(&str, String)]) -> Vec<u8> {
    let mut zip = package("word/document.xml", "wordprocessingml.document");
    let text = format!(r#"{XML}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>"#);
    part(&mut zip, "word/document.xml", text.as_bytes());
    beside(&mut zip, "word", "document.xml", &[], parts);
    finished(zip)
}

/// Relationships, numbered from 1: the end of their types, and their targets.
pub(crate) fn relate(zip: &mut Zip, name: &str, targets: &[(&str, &str)]) {
    let mut all = String::new();
    for (index, (kind, target)) in targets.iter().enumerate() {
        let id = index + 1;
        all.push_str(&format!(r#"<Relationship Id="rId{id}" Type="{R}/{kind}" Target="{target}"/>"#));
    }
    let package = "http://schemas.openxmlformats.org/package/2006";
    let rels = format!(r#"{XML}<Relationships xmlns="{package}/relationships">{all}</Relationships>"#);
    part(zip, name, rels.as_bytes());
}

/// `parts` beside the main one in `folder`, each named as its relationship, which follow `targets`.
fn beside(zip: &mut Zip, folder: &str, main: &str, targets: &[(&str, &str)], parts: &[(&str, String)]) {
    let files: Vec<String> = parts.iter().map(|(kind, _)| format!("{kind}.xml")).collect();
    let more = parts.iter().zip(&files).map(|((kind, _), file)| (*kind, file.as_str()));
    let all: Vec<(&str, &str)> = targets.iter().copied().chain(more).collect();
    relate(zip, &format!("{folder}/_rels/{main}.rels"), &all);
    for ((_, text), file) in parts.iter().zip(&files) {
        part(zip, &format!("{folder}/{file}"), format!("{XML}{text}").as_bytes());
    }
}

/// Unpacks to `mib` MiB of one letter.
fn bomb(mib: usize) -> Vec<u8> {
    let mut zip = package("word/document.xml", "wordprocessingml.document");
    streamed(&mut zip, "word/document.xml", |zip| {
        write!(zip, r#"{XML}<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>"#)?;
        let block = vec![b'A'; 1024 * 1024];
        (0..mib).try_for_each(|_| zip.write_all(&block))?;
        write!(zip, "</w:t></w:r></w:p></w:body></w:document>")
    });
    finished(zip)
}

pub(crate) fn xlsx(sheet: &str) -> Vec<u8> {
    workbook(sheet, &[])
}

/// With parts beside the workbook's own, by the name of their relationship.
pub(crate) fn workbook(sheet: &str, parts: &[(&str, String)]) -> Vec<u8> {
    let mut zip = package("xl/workbook.xml", "spreadsheetml.sheet");
    let workbook = format!(
        r#"{XML}<workbook xmlns="{S}" xmlns:r="{R}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    part(&mut zip, "xl/workbook.xml", workbook.as_bytes());
    beside(&mut zip, "xl", "workbook.xml", &[("worksheet", "worksheets/sheet1.xml")], parts);
    let text = format!(r#"{XML}<worksheet xmlns="{S}">{sheet}</worksheet>"#);
    part(&mut zip, "xl/worksheets/sheet1.xml", text.as_bytes());
    finished(zip)
}

pub(crate) fn sxc(rows: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    part(&mut zip, "mimetype", b"application/vnd.sun.xml.calc");
    let text = format!(
        r#"{XML}<office:document-content xmlns:office="{OLD}office" xmlns:table="{OLD}table" xmlns:text="{OLD}text" office:class="spreadsheet" office:version="1.0"><office:body><table:table table:name="S">{rows}</table:table></office:body></office:document-content>"#
    );
    part(&mut zip, "content.xml", text.as_bytes());
    finished(zip)
}

/// Documents that are right, one of each kind that can be written down here.
pub(crate) fn small() -> Vec<Made> {
    let table = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>";
    let text = format!(
        r#"<w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>Hello</w:t></w:r></w:p>{table}"#
    );
    vec![
        ("small.docx", docx("", &text)),
        (
            "small.xlsx",
            xlsx(
                r#"<sheetData><row r="1"><c r="A1"><v>1.5</v></c><c r="B2" t="inlineStr"><is><t>two</t></is></c></row></sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells>"#,
            ),
        ),
        (
            "small.sxc",
            sxc(
                r#"<table:table-row table:number-rows-repeated="3"><table:table-cell table:value-type="float" table:value="1"><text:p>1</text:p></table:table-cell></table:table-row>"#,
            ),
        ),
        (
            "small.rtf",
            br"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0\b bold\b0\par\trowd\cellx99 a\cell\row}".to_vec(),
        ),
        ("small.xml", br#"<?xml version="1.0"?><a b="c"><d>text</d><!-- e --><f/></a>"#.to_vec()),
        ("small.csv", b"name;amount\n\"a;b\";1,5\nc;2\n".to_vec()),
        ("small.txt", b"one\ntwo\r\nthree".to_vec()),
        (
            "small.html",
            b"<html><body><h1>Title</h1><table><tr><td>1</td></tr></table></body></html>".to_vec(),
        ),
    ]
}

/// Makes a document.
pub(crate) type Maker = Box<dyn FnOnce() -> Vec<u8>>;

/// Documents that mean harm. Each comes when it is asked for: together they would fill a small machine.
pub(crate) fn hostile(size: Size) -> Vec<(&'static str, Maker)> {
    let many = size.thousands * 1000;
    let nested = move |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let deep = "<w:p><w:r><w:t>deep</w:t></w:r></w:p>";
    let mut all: Vec<(&'static str, Maker)> = vec![
        ("bomb.docx", Box::new(move || bomb(size.bomb))),
        ("laughs.docx", Box::new(|| docx(&laughs(), "<w:p><w:r><w:t>&lol9;</w:t></w:r></w:p>"))),
        (
            "deep_tbl.docx",
            Box::new(move || docx("", &nested("<w:tbl><w:tr><w:tc>", deep, "</w:tc></w:tr></w:tbl>", many))),
        ),
        (
            "deep_sdt.docx",
            Box::new(move || {
                docx("", &nested("<w:sdt><w:sdtContent>", deep, "</w:sdtContent></w:sdt>", many))
            }),
        ),
        (
            "manyparas.docx",
            Box::new(move || docx("", &"<w:p><w:r><w:t>x</w:t></w:r></w:p>".repeat(size.paragraphs))),
        ),
        (
            "hugedim.xlsx",
            Box::new(|| {
                xlsx(
                    r#"<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData>"#,
                )
            }),
        ),
        (
            "merges.xlsx",
            Box::new(move || {
                let merges = r#"<mergeCell ref="A1:XFD1048576"/>"#.repeat(2 * many);
                xlsx(&format!(
                    r#"<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><mergeCells>{merges}</mergeCells>"#
                ))
            }),
        ),
        (
            "repeat.sxc",
            Box::new(|| {
                sxc(
                    r#"<table:table-row table:number-rows-repeated="4000000000"><table:table-cell table:number-columns-repeated="4000000000" table:value-type="float" table:value="1"><text:p>1</text:p></table:table-cell></table:table-row>"#,
                )
            }),
        ),
        (
            "deep.rtf",
            Box::new(move || format!("{{\\rtf1 {}}}", nested("{", "x", "}", 5 * many)).into_bytes()),
        ),
        ("deep.xml", Box::new(move || nested("<a>", "", "</a>", 10 * many).into_bytes())),
        ("bin.rtf", Box::new(|| br"{\rtf1 {\pict\bin2147483647 abc}} hello}".to_vec())),
    ];
    all.extend(floods::floods(size));
    all
}

/// Ten to the ninth times "lol", if somebody expands it.
fn laughs() -> String {
    let entity = |level: usize| {
        let inner = if level == 1 { "&lol;".to_owned() } else { format!("&lol{};", level - 1) };
        format!(r#"<!ENTITY lol{level} "{}">"#, inner.repeat(10))
    };
    let entities: String = (1..10).map(entity).collect();
    format!(r#"<!DOCTYPE x [<!ENTITY lol "lol">{entities}]>"#)
}
