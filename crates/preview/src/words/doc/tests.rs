//! Whole documents, built by hand: a stream of text with its pages of formats, and a stream of tables.

use std::io::{Cursor, Write as _};

use super::*;
use crate::model::{Note, NoteKind, Table};

/// A document of Word 97.
#[derive(Default)]
struct Builder {
    text: String,
    /// Characters of each story.
    lengths: [u32; 8],
    /// Ends of paragraphs with their properties, ends of stretches of characters with theirs; in characters.
    paragraphs: Vec<(u32, Vec<u8>)>,
    characters: Vec<(u32, Vec<u8>)>,
    tables: Vec<(usize, Vec<u8>)>,
    flags: u16,
}

/// Where the text begins.
const TEXT: u32 = 1024;

impl Builder {
    fn new(text: &str) -> Self {
        let length = text.encode_utf16().count() as u32;
        Self {
            text: text.to_owned(),
            lengths: [length, 0, 0, 0, 0, 0, 0, 0],
            flags: 0x0200,
            ..Self::default()
        }
    }

    /// A page of formats: where runs end, and their lists.
    fn page(runs: &[(u32, Vec<u8>)], paragraphs: bool) -> Vec<u8> {
        let (mut page, mut free) = (vec![0; 512], 510);
        let place = |end: u32| TEXT + 2 * end;
        page[..4].copy_from_slice(&place(0).to_le_bytes());
        for (index, (end, list)) in runs.iter().enumerate() {
            page[4 * index + 4..4 * index + 8].copy_from_slice(&place(*end).to_le_bytes());
            let (head, size): (Vec<u8>, usize) = if paragraphs {
                // The number of the style comes first.
                let length = list.len() + 2;
                let head = if length % 2 == 1 {
                    vec![length.div_ceil(2) as u8]
                } else {
                    vec![0, (length / 2) as u8]
                };
                ([head, vec![0, 0]].concat(), 13)
            } else {
                (vec![list.len() as u8], 1)
            };
            free = (free - head.len() - list.len()) / 2 * 2;
            page[free..free + head.len()].copy_from_slice(&head);
            page[free + head.len()..free + head.len() + list.len()].copy_from_slice(list);
            page[4 * (runs.len() + 1) + size * index] = (free / 2) as u8;
        }
        page[511] = runs.len() as u8;
        page
    }

    fn build(mut self) -> std::io::Result<Vec<u8>> {
        let units: Vec<u8> = self.text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let count = (units.len() / 2) as u32;
        let mut main = vec![0; TEXT as usize];
        main.extend(&units);
        main.resize(main.len().next_multiple_of(512), 0);
        let first = (main.len() / 512) as u32;
        self.characters.push((count, Vec::new()));
        self.paragraphs.push((count, Vec::new()));
        main.extend(Self::page(&self.characters, false));
        main.extend(Self::page(&self.paragraphs, true));
        let longs =
            |numbers: &[u32]| -> Vec<u8> { numbers.iter().flat_map(|number| number.to_le_bytes()).collect() };
        let place = [TEXT, TEXT + 2 * count];
        self.tables.push((fib::At::CharacterPages as usize, longs(&[place[0], place[1], first])));
        self.tables.push((fib::At::ParagraphPages as usize, longs(&[place[0], place[1], first + 1])));
        let mut pieces = vec![2];
        pieces.extend(longs(&[16, 0, count]));
        pieces.extend([0, 0]);
        pieces.extend(longs(&[TEXT]));
        pieces.extend([0, 0]);
        self.tables.push((fib::At::Pieces as usize, pieces));
        let mut head = |at: usize, bytes: &[u8]| main[at..at + bytes.len()].copy_from_slice(bytes);
        head(0, &[0xec, 0xa5, 193, 0]);
        head(10, &self.flags.to_le_bytes());
        head(32, &[14, 0]);
        head(62, &[22, 0]);
        head(76, &longs(&self.lengths));
        head(152, &[93, 0]);
        let mut tables = vec![0; 4];
        for (number, table) in self.tables {
            head(154 + 8 * number, &longs(&[tables.len() as u32, table.len() as u32]));
            tables.extend(table);
        }
        let mut file = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))?;
        file.create_stream("/WordDocument")?.write_all(&main)?;
        file.create_stream("/1Table")?.write_all(&tables)?;
        file.flush()?;
        Ok(file.into_inner().into_inner())
    }

    fn read(self) -> Result<Flow> {
        read(&self.build()?)
    }
}

fn read(bytes: &dyn ReadAt) -> Result<Flow> {
    let limits = Limits::default();
    let (_, content) = open(Ole::open(bytes, &limits)?, &limits)?;
    let Content::Flow(mut reader) = content else { return Err(PreviewError::Unsupported(None)) };
    let mut all = Flow::default();
    while !all.last {
        let flow = reader.blocks(1)?;
        all.blocks.extend(flow.blocks);
        all.notes.extend(flow.notes);
        all.last = flow.last;
    }
    Ok(all)
}

/// Blocks in short: texts as they are, the rest in brackets.
fn short(blocks: &[Block]) -> Vec<String> {
    blocks.iter().map(block).collect()
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(paragraph) => paragraph.inlines.iter().map(inline).collect(),
        Block::Table(Table { rows, .. }) => {
            let rows = rows.iter().map(|row| {
                let cells = row.cells.iter().map(|cell| short(&cell.blocks).join("/"));
                cells.collect::<Vec<_>>().join("|")
            });
            format!("[{}]", rows.collect::<Vec<_>>().join(";"))
        }
        Block::Section(section) => format!("[section {}]", short(&section.header).join("/")),
        Block::PageBreak => "[page]".to_owned(),
    }
}

fn inline(inline: &Inline) -> String {
    match inline {
        Inline::Text { text, style, link } => {
            let text = if style.bold { format!("*{text}*") } else { text.clone() };
            link.as_ref().map_or(text.clone(), |link| format!("{text}<{link}>"))
        }
        Inline::Tab => "\t".to_owned(),
        Inline::LineBreak => "[line]".to_owned(),
        Inline::PageBreak => "[page]".to_owned(),
        Inline::Picture(_) => "[picture]".to_owned(),
        Inline::Note { label, .. } => format!("[{label}]"),
        Inline::Shape(_) => "[shape]".to_owned(),
    }
}

#[test]
fn text_is_read_with_its_formats() -> Result<()> {
    let mut builder =
        Builder::new("One two\u{b}three\rgone\tx\u{1f}\u{c}y\r\u{13} HYPERLINK \"a\" \u{14}link\u{15}!\r");
    builder.characters = vec![(3, vec![0x35, 8, 1]), (14, Vec::new()), (18, vec![0x00, 8, 1])];
    builder.paragraphs = vec![(14, vec![0x61, 0x24, 1]), (24, vec![0x07, 0x24, 1])];
    let flow = builder.read()?;
    assert_eq!(
        short(&flow.blocks),
        ["[section ]", "*One* two[line]three", "[page]", "gone\tx\u{ad}[page]y", "link<a>!"]
    );
    let Some(Block::Paragraph(first)) = flow.blocks.get(1) else { panic!("no paragraph") };
    assert_eq!(first.align, crate::model::Align::Center);
    Ok(())
}

#[test]
fn paragraphs_go_on_past_marks_that_are_not_seen() -> Result<()> {
    let mut builder = Builder::new("add\rend\rx\ry\r");
    let hidden = vec![0x3c, 8, 1];
    builder.characters = vec![(3, Vec::new()), (4, hidden.clone()), (8, Vec::new()), (10, hidden)];
    assert_eq!(short(&builder.read()?.blocks), ["[section ]", "addend", "y"]);
    Ok(())
}

#[test]
fn cells_and_rows_become_tables() -> Result<()> {
    let mut builder = Builder::new("a\u{7}b\rc\u{7}\u{7}after\r");
    let mut row = vec![0x16, 0x24, 1, 0x17, 0x24, 1, 0x08, 0xd6, 48, 0, 2];
    [0_i16, 1440, 2880].into_iter().for_each(|edge| row.extend(edge.to_le_bytes()));
    row.extend([0; 40]);
    builder.paragraphs = vec![(6, vec![0x16, 0x24, 1]), (7, row)];
    let flow = builder.read()?;
    assert_eq!(short(&flow.blocks), ["[section ]", "[a|b/c]", "after"]);
    let Some(Block::Table(table)) = flow.blocks.get(1) else { panic!("no table") };
    assert_eq!(table.columns, [72.0, 72.0]);
    Ok(())
}

#[test]
fn notes_and_margins_are_read_from_their_stories() -> Result<()> {
    let text = "x\u{2}y\r\u{2} note\r\rtop\r\r\r";
    let mut builder = Builder::new(text);
    builder.lengths = [4, 8, 5, 0, 0, 0, 0, 0];
    let special = vec![0x55, 8, 1];
    builder.characters =
        vec![(1, Vec::new()), (2, special.clone()), (4, Vec::new()), (5, special), (6, Vec::new())];
    let longs =
        |numbers: &[u32]| -> Vec<u8> { numbers.iter().flat_map(|number| number.to_le_bytes()).collect() };
    let mut references = longs(&[1, 4]);
    references.extend([1, 0]);
    let mut sections = longs(&[0, 4]);
    sections.extend([0, 0, 255, 255, 255, 255, 0, 0, 255, 255, 255, 255]);
    builder.tables = vec![
        (fib::At::FootnoteReferences as usize, references),
        (fib::At::FootnoteTexts as usize, longs(&[0, 7, 8])),
        (fib::At::Sections as usize, sections),
        (fib::At::Headers as usize, longs(&[0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 5])),
    ];
    let flow = builder.read()?;
    assert_eq!(short(&flow.blocks), ["[section top]", "x[1]y"]);
    let [Note { id: 0, kind: NoteKind::Footnote, label, blocks, .. }] = flow.notes.as_slice() else {
        panic!("{:?}", flow.notes)
    };
    assert_eq!((label.as_str(), short(blocks)), ("1", vec!["note".to_owned()]));
    Ok(())
}

#[test]
fn passwords_are_named_and_damage_is_read_around() -> Result<()> {
    let mut builder = Builder::new("secret\r");
    builder.flags |= 0x0100;
    assert!(matches!(builder.read(), Err(PreviewError::Encrypted)));
    // Every byte of the head and of the tables in turn says something else.
    let bytes = Builder::new("a\u{7}b\rc\u{7}\u{7}after\r").build()?;
    for at in (512..bytes.len()).filter(|at| bytes[*at] != 0) {
        for value in [0, 1, 0x7f, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            drop(read(&damaged));
        }
    }
    Ok(())
}
