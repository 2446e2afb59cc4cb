//! Whole presentations, made by hand.

use super::document::Document;
use super::persist::Persists;
use super::record::kind;
use super::record::tests::record;
use super::slide::Scene;
use crate::limits::Quota;
use crate::model::{Block, Fill, Inline, Shape, ShapeContent, ShapeRole, Slide, VerticalAlign};
use crate::reading::{Extent, put_slide};

fn longs(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn options(entries: &[(u16, u32)]) -> Vec<u8> {
    let mut data = Vec::new();
    for (id, value) in entries {
        data.extend(id.to_le_bytes());
        data.extend(value.to_le_bytes());
    }
    record(kind::OPTIONS, entries.len() as u16, &data)
}

/// Edges in master units: left, top, right, bottom.
type Edges = [i32; 4];

fn child_anchor(edges: Edges) -> Vec<u8> {
    record(kind::CHILD_ANCHOR, 0, &edges.iter().flat_map(|edge| edge.to_le_bytes()).collect::<Vec<u8>>())
}

fn anchor([left, top, right, bottom]: Edges) -> Vec<u8> {
    let edges = [top, left, right, bottom];
    record(
        kind::CLIENT_ANCHOR,
        0,
        &edges.iter().flat_map(|edge| (*edge as i16).to_le_bytes()).collect::<Vec<u8>>(),
    )
}

fn shape(preset: u16, id: u32, parts: &[Vec<u8>]) -> Vec<u8> {
    let atom = record(kind::SHAPE_ATOM, preset, &longs(&[id, 0]));
    record(kind::SHAPE, 0, &[atom, parts.concat()].concat())
}

fn placeholder(number: u8) -> Vec<u8> {
    record(kind::CLIENT_DATA, 0, &record(kind::PLACEHOLDER, 0, &[0, 0, 0, 0, number, 0, 0, 0]))
}

fn text(kind: u32, text: &[u8]) -> Vec<u8> {
    let header = record(kind::TEXT_HEADER, 0, &longs(&[kind]));
    [header, record(kind::TEXT_BYTES, 0, text)].concat()
}

fn textbox(atoms: &[u8]) -> Vec<u8> {
    record(kind::CLIENT_TEXTBOX, 0, atoms)
}

fn drawing(shapes: &[Vec<u8>], background: &[u8]) -> Vec<u8> {
    let root = record(kind::GROUP, 0, &[shape(0, 1, &[]), shapes.concat()].concat());
    record(kind::DRAWING, 0, &record(kind::DRAWING_CONTAINER, 0, &[&root, background].concat()))
}

fn slide_atom(layout: u32, master: u32, notes: u32, flags: u16) -> Vec<u8> {
    let mut data = longs(&[layout, 0, 0, master, notes]);
    data.extend(flags.to_le_bytes());
    data.extend([0, 0]);
    record(kind::SLIDE_ATOM, 2, &data)
}

fn persist(id: u32, number: u32) -> Vec<u8> {
    record(kind::SLIDE_PERSIST, 0, &longs(&[id, 0, 0, number, 0]))
}

/// A document whose parts have the persist identifiers 2, 3 and so on.
fn read(document: &[Vec<u8>], parts: &[Vec<u8>], index: usize) -> (Slide, String) {
    let mut stream = record(kind::DOCUMENT, 0, &document.concat());
    let mut directory = longs(&[2 | (parts.len() as u32) << 20]);
    for part in parts {
        directory.extend((stream.len() as u32).to_le_bytes());
        stream.extend(part);
    }
    stream.extend(record(kind::PERSIST_DIRECTORY, 0, &directory));
    let persists = Persists::read(None, &stream).expect("there is a document");
    let document = Document::read(&stream, &persists);
    let scene = Scene { stream: &stream, persists: &persists, document: &document, now: None };
    let slide = scene.slide(index, &mut Quota::new(1000)).expect("there is such a slide");
    let mut text = String::new();
    put_slide(&mut text, &slide, Extent::Everything);
    (slide, text)
}

/// One slide on one master, with the texts of its outline.
fn one_slide(slide: &[Vec<u8>], master: &[Vec<u8>], outline: &[u8]) -> (Slide, String) {
    let lists = [
        record(kind::SLIDE_LIST, 1, &persist(2, 9)),
        record(kind::SLIDE_LIST, 0, &[persist(3, 256), outline.to_vec()].concat()),
        record(kind::SLIDE_LIST, 2, &persist(4, 300)),
    ];
    let note = [textbox(&text(2, b"say this")), placeholder(12)];
    let parts = [
        record(kind::MAIN_MASTER, 0, &master.concat()),
        record(kind::SLIDE, 0, &slide.concat()),
        record(kind::NOTES, 0, &drawing(&[shape(1, 5, &note)], &[])),
    ];
    read(&lists, &parts, 0)
}

#[test]
fn slides_show_their_outline_their_master_and_their_notes() {
    let number = [text(4, b"- * -"), record(kind::SLIDE_NUMBER_META, 0, &longs(&[2]))].concat();
    let master = [
        slide_atom(1, 0, 0, 0),
        drawing(
            &[
                shape(1, 10, &[textbox(&text(0, b"Click to edit")), placeholder(1), options(&[(0x87, 1)])]),
                shape(1, 11, &[textbox(&number), placeholder(8)]),
                shape(1, 12, &[textbox(&text(4, b"never shown")), placeholder(9)]),
                shape(3, 13, &[textbox(&text(4, b"logo"))]),
            ],
            &shape(1, 14, &[options(&[(0x181, 0x0800_0004)])]),
        ),
        record(kind::COLOR_SCHEME, 1, &longs(&[0xff_ffff, 0, 0, 0, 0x0000_00ff, 0, 0, 0])),
    ];
    let reference = |index: u32| textbox(&record(kind::OUTLINE_TEXT_REF, 0, &longs(&[index])));
    let margins = record(kind::HEADERS_FOOTERS_ATOM, 0, &[0, 0, 8, 0]);
    let slide = [
        slide_atom(1, 9, 300, 7),
        drawing(
            &[
                shape(1, 20, &[reference(0), placeholder(13), options(&[(0x301, 10)])]),
                shape(1, 21, &[reference(1), placeholder(14)]),
                shape(1, 22, &[reference(2), placeholder(14)]),
                shape(1, 23, &[placeholder(16)]),
            ],
            &shape(1, 24, &[options(&[(0x181, 0)])]),
        ),
        record(kind::SLIDE_SHOW_INFO, 0, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0]),
        record(kind::HEADERS_FOOTERS, 0, &margins),
    ];
    let outline = [text(0, b"The\x0btitle"), text(1, b"one\rtwo\r")].concat();
    let (slide, shown) = one_slide(&slide, &master, &outline);
    assert_eq!(shown, "- 1 -\nlogo\nThe\ntitle\none\ntwo\nsay this\n\n");
    assert_eq!((slide.title.as_str(), slide.hidden), ("The title", true));
    assert!(matches!(&slide.background, Some(Fill::Solid { color }) if color.as_str() == "#ff0000"));
    let roles: Vec<Option<ShapeRole>> = slide.shapes.iter().map(|shape| shape.role).collect();
    let expected = [ShapeRole::Margin, ShapeRole::Decoration, ShapeRole::Title, ShapeRole::Body];
    assert_eq!(roles, expected.map(Some));
    let title = slide.shapes[2].text.as_ref();
    assert_eq!(title.map(|text| text.vertical), Some(VerticalAlign::Middle), "as its master says");
}

/// Paragraph runs of these lengths with these flags of bullets, and one run of characters.
fn numbered(lengths: &[(u32, u16)]) -> Vec<u8> {
    let mut style = Vec::new();
    for (length, level) in lengths {
        style.extend(length.to_le_bytes());
        style.extend(level.to_le_bytes());
        style.extend(longs(&[1]));
        style.extend([1, 0]);
    }
    let all: u32 = lengths.iter().map(|(length, _)| length).sum();
    style.extend(longs(&[all, 0]));
    record(kind::STYLE_TEXT_PROP, 0, &style)
}

#[test]
fn numbers_count_by_levels_and_leave_out_empty_paragraphs() {
    let atoms =
        [text(4, b"a\rb\r\rc\rd\re"), numbered(&[(2, 0), (2, 1), (1, 1), (2, 1), (2, 0), (2, 0)])].concat();
    let mut version_9 = longs(&[3 << 24]);
    version_9.extend([1, 0, 3, 0, 5, 0]);
    version_9.extend([0; 8]);
    let name: Vec<u8> = "___PPT9".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let data = record(kind::BINARY_TAG_DATA, 0, &record(kind::STYLE_TEXT_PROP_9, 0, &version_9));
    let tag = record(kind::PROG_BINARY_TAG, 0, &[record(kind::CSTRING, 0, &name), data].concat());
    let client = record(kind::CLIENT_DATA, 0, &record(kind::PROG_TAGS, 0, &tag));
    let drawn = drawing(&[shape(202, 20, &[textbox(&atoms), client])], &[]);
    let (_, shown) = one_slide(&[slide_atom(1, 0, 0, 0), drawn], &[], &[]);
    assert_eq!(shown, "5. a\n5. b\n\n6. c\n6. d\n7. e\n\n");
}

#[test]
fn groups_place_what_is_in_them() {
    let coordinates = record(
        kind::GROUP_COORDINATES,
        0,
        &[0_i32, 0, 100, 100].iter().flat_map(|edge| edge.to_le_bytes()).collect::<Vec<u8>>(),
    );
    let own = shape(0, 30, &[coordinates, anchor([800, 800, 1600, 1600])]);
    let inner = shape(1, 31, &[child_anchor([50, 0, 100, 25]), textbox(&text(4, b"x"))]);
    let group = record(kind::GROUP, 0, &[own, inner].concat());
    let (slide, _) = one_slide(&[slide_atom(1, 0, 0, 0), drawing(&[group], &[])], &[], &[]);
    let Some(ShapeContent::Group { shapes }) = &slide.shapes[0].content else { panic!("no group") };
    let frame = shapes[0].frame;
    assert_eq!((frame.x, frame.y, frame.width, frame.height), (150.0, 100.0, 50.0, 25.0));
}

#[test]
fn groups_that_are_tables_become_tables() {
    let coordinates = record(
        kind::GROUP_COORDINATES,
        0,
        &[0_i32, 0, 160, 80].iter().flat_map(|edge| edge.to_le_bytes()).collect::<Vec<u8>>(),
    );
    let table = options(&[(0x39f, 1)]);
    let own = shape(0, 30, &[coordinates, anchor([0, 0, 160, 80]), table]);
    let cell = |edges: Edges, words: &[u8]| shape(1, 31, &[child_anchor(edges), textbox(&text(4, words))]);
    let line = shape(20, 32, &[child_anchor([0, 40, 160, 40]), options(&[(0x1cb, 25_400)])]);
    let parts = [
        own,
        cell([80, 40, 160, 80], b"d"),
        cell([0, 40, 80, 80], b"c"),
        cell([0, 0, 160, 40], b"wide"),
        line,
    ];
    let group = record(kind::GROUP, 0, &parts.concat());
    let (slide, _) = one_slide(&[slide_atom(1, 0, 0, 0), drawing(&[group], &[])], &[], &[]);
    let Some(ShapeContent::Table(table)) = &slide.shapes[0].content else { panic!("no table") };
    assert_eq!(table.columns, [10.0, 10.0]);
    let spans: Vec<Vec<u16>> =
        table.rows.iter().map(|row| row.cells.iter().map(|cell| cell.columns).collect()).collect();
    assert_eq!(spans, [vec![2], vec![1, 1]]);
    let below = table.rows[0].cells[0].borders.bottom.as_ref().map(|border| border.width);
    assert_eq!((below, table.rows[0].height), (Some(2.0), 5.0));
    assert_eq!(first_word(&table.rows[1].cells[0].blocks), "c");
}

fn first_word(blocks: &[Block]) -> &str {
    match blocks.first() {
        Some(Block::Paragraph(paragraph)) => match paragraph.inlines.first() {
            Some(Inline::Text { text, .. }) => text,
            _ => "",
        },
        _ => "",
    }
}

#[test]
fn letters_drawn_as_shapes_are_text() {
    let words: Vec<u8> = "Art".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut data = Vec::new();
    for (id, value) in [(0x80c0_u16, words.len() as u32), (0x181, 0x0000_ff00)] {
        data.extend(id.to_le_bytes());
        data.extend(value.to_le_bytes());
    }
    data.extend(words);
    let parts = [record(kind::OPTIONS, 2, &data), anchor([0, 0, 800, 160])];
    let (slide, shown) =
        one_slide(&[slide_atom(1, 0, 0, 0), drawing(&[shape(136, 20, &parts)], &[])], &[], &[]);
    assert_eq!(shown, "Art\n\n");
    let Shape { fill, stroke, text, .. } = &slide.shapes[0];
    assert_eq!((fill, stroke), (&None, &None));
    assert_eq!(text.as_ref().map(|text| text.vertical), Some(VerticalAlign::Middle));
}
