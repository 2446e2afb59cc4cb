//! Objects over the cells: what Excel says of shapes, beside the drawing itself ([MS-XLS] 2.4.181, 2.4.329).

use std::collections::HashMap;

use super::art::{Said, Show};
use super::globals::Globals;
use super::record::{Record, Records};
use crate::model::{Align, Block, Inline, Paragraph, ShapeContent, VerticalAlign};
use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::cells::RichText;
use crate::sheets::biff::sheet::SheetData;

/// The type of a note's box.
const NOTE: u16 = 0x19;
/// Bytes of one sheet's drawing that are kept.
const DRAWING: usize = 32 * 1024 * 1024;

#[derive(Default)]
pub(super) struct Objects {
    /// All pieces of the sheet's drawing, one after the other.
    drawing: Vec<u8>,
    said: HashMap<usize, Said>,
    /// Where the drawing stood at the last object.
    last: usize,
}

impl Objects {
    pub(super) fn take(&mut self, record: Record<'_>, records: &Records<'_>, globals: &Globals) {
        match record.kind {
            0x00ec => {
                let room = DRAWING.saturating_sub(self.drawing.len());
                self.drawing.extend(records.joined(record).bytes(room));
            }
            0x005d => {
                self.last = self.drawing.len();
                let mut bytes = Bytes(record.data);
                bytes.take(4);
                self.said.entry(self.last).or_default().note = bytes.u16() == Some(NOTE);
            }
            0x01b6 => {
                if let Some(said) = self.said.get_mut(&self.last)
                    && let Some(text) = text(record, records)
                {
                    let flags = Bytes(record.data).u16().unwrap_or(0);
                    said.vertical = match flags >> 4 & 7 {
                        2 | 4 => VerticalAlign::Middle,
                        3 => VerticalAlign::Bottom,
                        _ => VerticalAlign::Top,
                    };
                    said.blocks = paragraphs(&text, flags >> 1 & 7, globals);
                }
            }
            _ => {}
        }
    }

    /// The last object shows this.
    pub(super) fn show(&mut self, content: ShapeContent) {
        if let Some(said) = self.said.get_mut(&self.last) {
            said.content = Some(content);
        }
    }

    pub(super) fn finish(self, globals: &Globals, data: &mut SheetData) {
        let (palette, blips, usual) = (&globals.colors, &globals.blips, &globals.usual);
        Show { palette, blips, usual, said: self.said }.add(&self.drawing, data);
    }
}

/// The text of an object: characters and runs follow in further records.
pub(super) fn text(record: Record<'_>, records: &Records<'_>) -> Option<RichText> {
    let mut bytes = Bytes(record.data);
    bytes.take(10)?;
    let (count, size) = (usize::from(bytes.u16()?), usize::from(bytes.u16()?));
    let mut chain = records.joined(record);
    chain.skip(record.data.len());
    if count == 0 {
        return None;
    }
    let wide = chain.u8()? & 1 != 0;
    let text = chain.characters(count, wide);
    let mut runs = Vec::new();
    for _ in 0..size / 8 {
        let (Some(at), Some(font)) = (chain.u16(), chain.u16()) else { break };
        chain.skip(4);
        runs.push((u32::from(at), font));
    }
    // The last one only says where the text ends.
    runs.pop();
    Some(RichText { text, runs })
}

fn paragraphs(text: &RichText, align: u16, globals: &Globals) -> Vec<Block> {
    let align = match align {
        2 => Align::Center,
        3 => Align::End,
        4 => Align::Justify,
        _ => Align::Start,
    };
    let runs = globals.book.runs(text, text.runs.first().map_or(0, |(_, font)| *font));
    let mut all = vec![Paragraph { align, ..Paragraph::default() }];
    for run in runs {
        let Inline::Text { text, style, .. } = run else { continue };
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                all.push(Paragraph { align, ..Paragraph::default() });
            }
            if let Some(paragraph) = all.last_mut()
                && !line.is_empty()
            {
                let text = line.trim_end_matches('\r').to_owned();
                paragraph.inlines.push(Inline::Text { text, style: style.clone(), link: None });
            }
        }
    }
    while all.last().is_some_and(|paragraph| paragraph.inlines.is_empty()) {
        all.pop();
    }
    all.into_iter().map(Block::Paragraph).collect()
}
