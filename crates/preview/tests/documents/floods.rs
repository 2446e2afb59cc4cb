//! Hostile documents that are nothing but many: rows, cells, styles, shapes, runs, slides, levels.

use crate::made::{self, Maker, Size, part};

const A: &str = "http://schemas.openxmlformats.org/drawingml/2006/main";
const P: &str = "http://schemas.openxmlformats.org/presentationml/2006/main";

/// Their names, and what makes them.
pub(crate) fn floods(size: Size) -> Vec<(&'static str, Maker)> {
    let mut all = workbooks(size);
    all.extend(texts(size));
    all.extend(presentations(size));
    all.extend(plain(size));
    all
}

fn workbooks(Size { flood: thousands, .. }: Size) -> Vec<(&'static str, Maker)> {
    let many = thousands * 1000;
    vec![
        ("rows.xlsx", Box::new(move || sheet(10 * many, 1))),
        ("cells.xlsx", Box::new(move || sheet(thousands, 16_384))),
        ("mergecells.xlsx", Box::new(move || merges(many))),
        ("styles.xlsx", Box::new(move || formats(many))),
        ("strings.xlsx", Box::new(move || strings(10 * many))),
        (
            "rows.sxc",
            Box::new(move || {
                made::sxc(&r#"<table:table-row><table:table-cell table:value-type="float" table:value="1"><text:p>1</text:p></table:table-cell></table:table-row>"#.repeat(5 * many))
            }),
        ),
    ]
}

fn numbered(count: usize, one: impl Fn(usize) -> String) -> String {
    let mut all = String::new();
    (0..count).for_each(|index| all.push_str(&one(index)));
    all
}

fn sheet(rows: usize, columns: usize) -> Vec<u8> {
    let cells = "<c><v>1</v></c>".repeat(columns);
    let rows = numbered(rows, |row| format!(r#"<row r="{}">{cells}</row>"#, row + 1));
    made::xlsx(&format!("<sheetData>{rows}</sheetData>"))
}

fn merges(count: usize) -> Vec<u8> {
    let merges = numbered(count, |row| format!(r#"<mergeCell ref="A{}:C{}"/>"#, row + 1, row + 3));
    made::xlsx(&format!(
        r#"<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><mergeCells>{merges}</mergeCells>"#
    ))
}

/// Number formats, fonts and cell formats, each its own.
fn formats(count: usize) -> Vec<u8> {
    let numbers = numbered(count, |id| {
        format!(r#"<numFmt numFmtId="{}" formatCode="0.00&quot;{id}&quot;"/>"#, id + 200)
    });
    let fonts = numbered(count, |id| format!(r#"<font><sz val="11"/><name val="F{id}"/></font>"#));
    let cells = numbered(count, |id| format!(r#"<xf numFmtId="{}" fontId="{id}"/>"#, id + 200));
    let styles = format!(
        r#"<styleSheet xmlns="{}"><numFmts>{numbers}</numFmts><fonts>{fonts}</fonts><cellXfs>{cells}</cellXfs></styleSheet>"#,
        made::S
    );
    let last = count - 1;
    let rows = format!(r#"<sheetData><row r="1"><c r="A1" s="{last}"><v>1</v></c></row></sheetData>"#);
    made::workbook(&rows, &[("styles", styles)])
}

fn strings(count: usize) -> Vec<u8> {
    let all = numbered(count, |id| format!("<si><t>string {id}</t></si>"));
    let table = format!(r#"<sst xmlns="{}">{all}</sst>"#, made::S);
    let last = count - 1;
    let rows = format!(r#"<sheetData><row r="1"><c r="A1" t="s"><v>{last}</v></c></row></sheetData>"#);
    made::workbook(&rows, &[("sharedStrings", table)])
}

fn texts(Size { flood: thousands, .. }: Size) -> Vec<(&'static str, Maker)> {
    let many = thousands * 1000;
    let cell = "<w:tc><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc>";
    let table = |rows: String| format!("<w:tbl>{rows}</w:tbl>");
    vec![
        (
            "rows.docx",
            Box::new(move || made::docx("", &table(format!("<w:tr>{cell}</w:tr>").repeat(5 * many)))),
        ),
        (
            "cells.docx",
            Box::new(move || made::docx("", &table(format!("<w:tr>{}</w:tr>", cell.repeat(5 * many))))),
        ),
        (
            "runs.docx",
            Box::new(move || {
                let runs =
                    "<w:r><w:rPr><w:b/></w:rPr><w:t>r</w:t></w:r><w:r><w:t>s</w:t></w:r>".repeat(5 * many);
                made::docx("", &format!("<w:p>{runs}</w:p>"))
            }),
        ),
        ("styles.docx", Box::new(move || chain(many))),
        ("lists.docx", Box::new(move || lists(many))),
    ]
}

/// Styles, each based on the one before it, and a paragraph in the last.
fn chain(count: usize) -> Vec<u8> {
    let styles = numbered(count, |id| {
        format!(r#"<w:style w:type="paragraph" w:styleId="s{}"><w:basedOn w:val="s{id}"/></w:style>"#, id + 1)
    });
    let styles = format!(r#"<w:styles xmlns:w="{}">{styles}</w:styles>"#, made::W);
    let text = numbered(1000, |id| {
        let style = count - id;
        format!(r#"<w:p><w:pPr><w:pStyle w:val="s{style}"/></w:pPr><w:r><w:t>styled</w:t></w:r></w:p>"#)
    });
    made::docx_with(&text, &[("styles", styles)])
}

fn lists(count: usize) -> Vec<u8> {
    let kinds = numbered(count, |id| {
        format!(
            r#"<w:abstractNum w:abstractNumId="{id}"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>"#
        )
    });
    let lists = numbered(count, |id| {
        format!(r#"<w:num w:numId="{}"><w:abstractNumId w:val="{id}"/></w:num>"#, id + 1)
    });
    let numbering = format!(r#"<w:numbering xmlns:w="{}">{kinds}{lists}</w:numbering>"#, made::W);
    let text = numbered(1000, |id| {
        let list = count - id;
        format!(
            r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="{list}"/></w:numPr></w:pPr><w:r><w:t>item</w:t></w:r></w:p>"#
        )
    });
    made::docx_with(&text, &[("numbering", numbering)])
}

const PLACE: &str = r#"<a:xfrm><a:off x="0" y="0"/><a:ext cx="914400" cy="914400"/></a:xfrm>"#;

fn presentations(Size { flood: thousands, .. }: Size) -> Vec<(&'static str, Maker)> {
    let shapes = thousands * 600;
    let shape = |geometry: &str| {
        format!(
            r#"<p:sp><p:nvSpPr><p:cNvPr id="2" name="s"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr>{PLACE}{geometry}</p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:t>shape</a:t></a:r></a:p></p:txBody></p:sp>"#
        )
    };
    let custom = shape(
        r#"<a:custGeom><a:gdLst><a:gd name="q" fmla="*/ w 1 4"/></a:gdLst><a:pathLst><a:path w="100" h="100"><a:moveTo><a:pt x="0" y="0"/></a:moveTo><a:arcTo wR="50" hR="50" stAng="0" swAng="5400000"/><a:lnTo><a:pt x="q" y="100"/></a:lnTo><a:close/></a:path></a:pathLst></a:custGeom>"#,
    );
    let gear = shape(r#"<a:prstGeom prst="gear9"><a:avLst/></a:prstGeom>"#);
    let deep = shape("");
    vec![
        ("shapes.pptx", Box::new(move || pptx(1, &custom.repeat(shapes)))),
        ("gears.pptx", Box::new(move || pptx(1, &gear.repeat(shapes)))),
        (
            "deep_groups.pptx",
            Box::new(move || {
                let open = "<p:grpSp><p:grpSpPr/>".repeat(thousands * 1000);
                pptx(1, &format!("{open}{deep}{}", "</p:grpSp>".repeat(thousands * 1000)))
            }),
        ),
        ("slides.pptx", Box::new(move || pptx(shapes, &shape("")))),
    ]
}

/// So many slides, all of them the same part.
fn pptx(slides: usize, shapes: &str) -> Vec<u8> {
    let mut zip = made::package("ppt/presentation.xml", "presentationml.presentation");
    let list = numbered(slides, |id| format!(r#"<p:sldId id="{}" r:id="rId1"/>"#, id + 256));
    let presentation = format!(
        r#"<p:presentation xmlns:p="{P}" xmlns:r="{}"><p:sldIdLst>{list}</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/></p:presentation>"#,
        made::R
    );
    part(&mut zip, "ppt/presentation.xml", presentation.as_bytes());
    made::relate(&mut zip, "ppt/_rels/presentation.xml.rels", &[("slide", "slides/slide1.xml")]);
    let slide = format!(
        r#"<p:sld xmlns:p="{P}" xmlns:a="{A}"><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"#
    );
    part(&mut zip, "ppt/slides/slide1.xml", slide.as_bytes());
    made::finished(zip)
}

fn plain(Size { flood: thousands, .. }: Size) -> Vec<(&'static str, Maker)> {
    let many = thousands * 1000;
    let rtf = |inner: String| format!("{{\\rtf1 {inner}}}").into_bytes();
    vec![
        ("paragraphs.rtf", Box::new(move || rtf("x\\par ".repeat(10 * many)))),
        (
            "rows.rtf",
            Box::new(move || rtf("\\trowd\\cellx99\\cellx199 a\\cell b\\cell\\row ".repeat(2 * many))),
        ),
        (
            "cells.rtf",
            Box::new(move || rtf(format!("\\trowd{}\\row", "\\cellx99 a\\cell ".repeat(2 * many)))),
        ),
        ("rows.csv", Box::new(move || "1,2,3\n".repeat(10 * many).into_bytes())),
        ("fields.csv", Box::new(move || "1,".repeat(10 * many).into_bytes())),
        ("quote.csv", Box::new(move || format!("a,\"{}", "b,c\n".repeat(10 * many)).into_bytes())),
        ("lines.txt", Box::new(move || "x\n".repeat(20 * many).into_bytes())),
        ("line.txt", Box::new(move || "x".repeat(200 * many).into_bytes())),
        (
            "elements.xml",
            Box::new(move || format!("<a>{}</a>", "<b c=\"d\"/>".repeat(10 * many)).into_bytes()),
        ),
        (
            "attributes.xml",
            Box::new(move || format!("<a {}/>", numbered(many, |id| format!("a{id}=\"1\" "))).into_bytes()),
        ),
        (
            "deep.html",
            Box::new(move || {
                let table = "<table><tr><td>".repeat(many);
                format!("<html><body>{table}deep{}</body></html>", "</td></tr></table>".repeat(many))
                    .into_bytes()
            }),
        ),
    ]
}
