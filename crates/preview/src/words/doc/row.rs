//! What properties say of a row of a table and its cells ([MS-DOC] 2.6.3).

use super::character::{color_ref, shade, shade80, to_color};
use super::paragraph::{align, border};
use super::sprm::{Sprm, code, sprms};
use crate::container::bytes::{i16_at, slice, u8_at, u16_at};
use crate::model::{Align, Border, Borders, VerticalAlign};

/// Cells of a row ([MS-DOC] 2.9.315).
const CELLS: usize = 63;

/// A row's format; lengths in twentieths of a point.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RowFormat {
    /// Where its cells begin, and where the last one ends.
    pub(crate) edges: Vec<i16>,
    pub(crate) cells: Vec<Cell>,
    pub(crate) align: Align,
    pub(crate) rtl: bool,
    pub(crate) header: bool,
    /// At least; negative = exactly.
    pub(crate) height: i16,
    /// Half of what is between the texts of two cells.
    pub(crate) gap: i16,
    /// Of cells that say none: top, left, bottom, right, between rows, between columns.
    pub(crate) borders: [Option<Border>; 6],
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cell {
    pub(crate) first_merged: bool,
    pub(crate) merged: bool,
    pub(crate) vertically_merged: bool,
    pub(crate) vertical_restart: bool,
    pub(crate) vertical: VerticalAlign,
    pub(crate) borders: Borders,
    /// Edges that are said to be without a line: top, left, bottom, right.
    pub(crate) bare: [bool; 4],
    pub(crate) shade: Option<[u8; 3]>,
    /// Points.
    pub(crate) padding: Option<[f32; 4]>,
}

impl RowFormat {
    pub(crate) fn read(list: &[u8], old: bool) -> Self {
        let mut row = Self::default();
        for sprm in sprms(list, old) {
            row.apply(&sprm, old);
        }
        row
    }

    fn apply(&mut self, sprm: &Sprm<'_>, old: bool) {
        match sprm.code {
            code::T_JC90 | code::T_JC => self.align = align((sprm.word() & 3) as u8),
            code::T_TABLE_HEADER => self.header = sprm.flag(),
            code::T_DYA_ROW_HEIGHT => self.height = sprm.short(),
            code::T_F_BI_DI | code::T_F_BI_DI90 => self.rtl = sprm.flag(),
            code::T_DXA_GAP_HALF => self.set_gap(sprm.short()),
            code::T_DXA_LEFT => self.move_to(sprm.short().saturating_sub(self.gap)),
            code::T_DEF_TABLE | code::T_DEF_TABLE10 => self.define(sprm.operand, old),
            code::T_DXA_COL => self.set_width(sprm.operand),
            code::T_INSERT => self.insert(sprm.operand),
            code::T_DELETE => self.delete(sprm.operand),
            code::T_MERGE => self.merge(sprm.operand, true),
            code::T_SPLIT => self.merge(sprm.operand, false),
            code::T_VERT_MERGE => self.merge_down(sprm.operand),
            code::T_VERT_ALIGN => {
                let align = vertical(u8_at(sprm.operand, 2).unwrap_or(0));
                self.each(sprm.operand, |cell| cell.vertical = align);
            }
            code::T_CELL_PADDING | code::T_CELL_PADDING_DEFAULT => self.set_padding(sprm.operand),
            _ => self.apply_look(sprm),
        }
    }

    fn apply_look(&mut self, sprm: &Sprm<'_>) {
        match sprm.code {
            code::T_TABLE_BORDERS80 | code::T_TABLE_BORDERS => {
                let size = sprm.operand.len() / 6;
                for (edge, bytes) in self.borders.iter_mut().zip(sprm.operand.chunks_exact(size.max(1))) {
                    *edge = border(bytes);
                }
            }
            code::T_DEF_TABLE_SHD80 => {
                for (cell, pair) in self.cells.iter_mut().zip(sprm.operand.chunks_exact(2)) {
                    cell.shade = u16_at(pair, 0).and_then(shade80);
                }
            }
            code::T_DEF_TABLE_SHD => self.set_shades(sprm.operand, 0),
            code::T_DEF_TABLE_SHD_2ND => self.set_shades(sprm.operand, 22),
            code::T_DEF_TABLE_SHD_3RD => self.set_shades(sprm.operand, 44),
            code::T_SET_SHD80 => {
                let color = u16_at(sprm.operand, 2).and_then(shade80);
                self.each(sprm.operand, |cell| cell.shade = color);
            }
            code::T_SET_SHD => {
                let color = shade(sprm.operand.get(2..).unwrap_or_default());
                self.each(sprm.operand, |cell| cell.shade = color);
            }
            code::T_SET_BRC80 | code::T_SET_BRC => self.set_borders(sprm.operand),
            code::T_BRC_TOP_CV => self.color_borders(sprm.operand, |borders| &mut borders.top),
            code::T_BRC_LEFT_CV => self.color_borders(sprm.operand, |borders| &mut borders.start),
            code::T_BRC_BOTTOM_CV => self.color_borders(sprm.operand, |borders| &mut borders.bottom),
            code::T_BRC_RIGHT_CV => self.color_borders(sprm.operand, |borders| &mut borders.end),
            _ => {}
        }
    }

    /// Edges, then what each cell is like in 20 bytes ([MS-DOC] 2.9.315), or 10 in Word 6.
    fn define(&mut self, operand: &[u8], old: bool) {
        let count = usize::from(u8_at(operand, 0).unwrap_or(0)).min(CELLS);
        self.edges = (0..=count).map_while(|index| i16_at(operand, 1 + 2 * index)).collect();
        let size = if old { 10 } else { 20 };
        let at = 1 + 2 * (count + 1);
        self.cells = (0..count).map(|index| slice(operand, at + size * index, size)).map(cell).collect();
    }

    /// The first edge stands left of the text by the gap.
    fn set_gap(&mut self, gap: i16) {
        let by = self.gap.saturating_sub(gap);
        if let Some(first) = self.edges.first_mut() {
            *first = first.saturating_add(by);
        }
        self.gap = gap;
    }

    fn move_to(&mut self, left: i16) {
        let by = left.saturating_sub(self.edges.first().copied().unwrap_or(0));
        self.edges.iter_mut().for_each(|edge| *edge = edge.saturating_add(by));
    }

    /// The cells that the first two bytes of an operand name: from, up to.
    fn range(&self, operand: &[u8]) -> std::ops::Range<usize> {
        let first = usize::from(u8_at(operand, 0).unwrap_or(0));
        let last = usize::from(u8_at(operand, 1).unwrap_or(0)).min(self.cells.len());
        first.min(last)..last
    }

    fn each(&mut self, operand: &[u8], change: impl FnMut(&mut Cell)) {
        let range = self.range(operand);
        self.cells[range].iter_mut().for_each(change);
    }

    fn set_width(&mut self, operand: &[u8]) {
        let width = i16_at(operand, 2).unwrap_or(0);
        for index in self.range(operand) {
            let (Some(start), Some(end)) = (self.edges.get(index), self.edges.get(index + 1)) else { break };
            let by = width.saturating_sub(end.saturating_sub(*start));
            for edge in self.edges.iter_mut().skip(index + 1) {
                *edge = edge.saturating_add(by);
            }
        }
    }

    /// Cells of one width, added at a place ([MS-DOC] 2.9.334).
    fn insert(&mut self, operand: &[u8]) {
        let (at, count) = (u8_at(operand, 0).unwrap_or(0), u8_at(operand, 1).unwrap_or(0));
        let width = i16_at(operand, 2).unwrap_or(0);
        for offset in 0..usize::from(count).min(CELLS.saturating_sub(self.cells.len())) {
            let at = usize::from(at) + offset;
            let end = self.edges.last().copied().unwrap_or(0);
            while self.cells.len() < at {
                self.cells.push(Cell::default());
                self.edges.push(end);
            }
            if self.edges.is_empty() {
                self.edges.push(0);
            }
            let start = self.edges.get(at).copied().unwrap_or(end);
            self.edges.iter_mut().skip(at + 1).for_each(|edge| *edge = edge.saturating_add(width));
            self.edges.insert((at + 1).min(self.edges.len()), start.saturating_add(width));
            self.cells.insert(at.min(self.cells.len()), Cell::default());
        }
    }

    fn delete(&mut self, operand: &[u8]) {
        let range = self.range(operand);
        let start = self.edges.get(range.start).copied().unwrap_or(0);
        let end = self.edges.get(range.end).copied().unwrap_or(start);
        self.edges
            .iter_mut()
            .skip(range.end)
            .for_each(|edge| *edge = edge.saturating_sub(end.saturating_sub(start)));
        self.edges.drain(range.start.min(self.edges.len())..range.end.min(self.edges.len()));
        self.cells.drain(range);
    }

    fn merge(&mut self, operand: &[u8], merged: bool) {
        let first = self.range(operand).start;
        let mut index = first;
        self.each(operand, |cell| {
            cell.first_merged = merged && index == first;
            cell.merged = merged && index > first;
            index += 1;
        });
    }

    /// One cell: 0 = not merged, 1 = with the one above, 3 = with those below ([MS-DOC] 2.9.342).
    fn merge_down(&mut self, operand: &[u8]) {
        let index = usize::from(u8_at(operand, 0).unwrap_or(0));
        let how = u8_at(operand, 1).unwrap_or(0);
        if let Some(cell) = self.cells.get_mut(index) {
            cell.vertically_merged = how & 1 != 0;
            cell.vertical_restart = how & 2 != 0;
        }
    }

    /// Cells, edges, unit (3 = twentieths of a point), width ([MS-DOC] 2.9.44).
    fn set_padding(&mut self, operand: &[u8]) {
        let (Some(edges), Some(3), Some(width)) = (u8_at(operand, 2), u8_at(operand, 3), u16_at(operand, 4))
        else {
            return;
        };
        let usual = f32::from(self.gap.max(0)) / 20.0;
        self.each(operand, |cell| {
            let padding = cell.padding.get_or_insert([usual, 0.0, usual, 0.0]);
            for (index, bit) in [(0, 2), (1, 1), (2, 8), (3, 4)] {
                if edges & bit != 0 {
                    padding[index] = f32::from(width) / 20.0;
                }
            }
        });
    }

    fn set_shades(&mut self, operand: &[u8], from: usize) {
        for (cell, bytes) in self.cells.iter_mut().skip(from).zip(operand.chunks_exact(10)) {
            cell.shade = shade(bytes);
        }
    }

    /// Cells, edges, the line.
    fn set_borders(&mut self, operand: &[u8]) {
        let edges = u8_at(operand, 2).unwrap_or(0);
        let line = border(operand.get(3..).unwrap_or_default());
        self.each(operand, |cell| {
            for (index, edge) in edges_of(&mut cell.borders).into_iter().enumerate() {
                if edges >> index & 1 != 0 {
                    edge.clone_from(&line);
                    cell.bare[index] = line.is_none();
                }
            }
        });
    }

    fn color_borders(&mut self, operand: &[u8], edge: impl Fn(&mut Borders) -> &mut Option<Border>) {
        for (cell, bytes) in self.cells.iter_mut().zip(operand.chunks_exact(4)) {
            if let (Some(line), Some(color)) = (edge(&mut cell.borders), color_ref(bytes)) {
                line.color = Some(to_color(color));
            }
        }
    }

    /// Cells that say nothing of an edge have the table's line there; it is the first or the last row.
    pub(crate) fn add_usual_borders(&mut self, first_row: bool, last_row: bool) {
        let last = self.cells.len().saturating_sub(1);
        for (index, cell) in self.cells.iter_mut().enumerate() {
            let (top, bottom) = (if first_row { 0 } else { 4 }, if last_row { 2 } else { 4 });
            let sides = [top, if index == 0 { 1 } else { 5 }, bottom, if index == last { 3 } else { 5 }];
            for ((edge, side), bare) in edges_of(&mut cell.borders).into_iter().zip(sides).zip(cell.bare) {
                if edge.is_none() && !bare {
                    edge.clone_from(&self.borders[side]);
                }
            }
        }
    }
}

/// Top, left, bottom, right, as they are written.
fn edges_of(borders: &mut Borders) -> [&mut Option<Border>; 4] {
    [&mut borders.top, &mut borders.start, &mut borders.bottom, &mut borders.end]
}

/// [MS-DOC] 2.9.328; in Word 6 with lines of two bytes.
fn cell(bytes: Option<&[u8]>) -> Cell {
    let bytes = bytes.unwrap_or_default();
    let flags = u16_at(bytes, 0).unwrap_or(0);
    let mut cell = Cell {
        first_merged: flags & 1 != 0,
        merged: flags & 2 != 0,
        vertically_merged: flags & 0x20 != 0,
        vertical_restart: flags & 0x40 != 0,
        vertical: vertical((flags >> 7 & 3) as u8),
        ..Cell::default()
    };
    let (at, size) = if bytes.len() > 10 { (4, 4) } else { (2, 2) };
    for (index, edge) in edges_of(&mut cell.borders).into_iter().enumerate() {
        *edge = slice(bytes, at + size * index, size).and_then(border);
    }
    cell
}

const fn vertical(value: u8) -> VerticalAlign {
    match value {
        1 => VerticalAlign::Middle,
        2 => VerticalAlign::Bottom,
        _ => VerticalAlign::Top,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(sprm: u16, operand: &[u8]) -> Vec<u8> {
        let mut bytes = sprm.to_le_bytes().to_vec();
        bytes.extend(operand);
        bytes
    }

    /// Three cells of 1000, the second with flags and a bottom line.
    fn definition() -> Vec<u8> {
        let mut operand = vec![3];
        [0_i16, 1000, 2000, 3000].into_iter().for_each(|edge| operand.extend(edge.to_le_bytes()));
        operand.extend([0; 20]);
        operand.extend([0xe1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 1, 6, 0, 0, 0, 0, 0]);
        let mut bytes = list(code::T_DEF_TABLE, &((operand.len() + 21) as u16).to_le_bytes());
        bytes.extend(operand);
        bytes.extend([0; 20]);
        bytes
    }

    #[test]
    fn cells_are_defined_and_changed() {
        let mut bytes = definition();
        bytes.extend(list(code::T_VERT_MERGE, &[2, 2, 1]));
        bytes.extend(list(code::T_DXA_COL, &[0, 1, 0xf4, 1]));
        bytes.extend(list(code::T_SET_SHD80, &[0, 2, 0xe0, 0]));
        bytes.extend(list(code::T_CELL_PADDING, &[6, 1, 2, 3, 3, 40, 0]));
        bytes.extend(list(code::T_JC, &[1, 0]));
        let row = RowFormat::read(&bytes, false);
        assert_eq!((row.edges.as_slice(), row.align), (&[0, 500, 1500, 2500][..], Align::Center));
        let [first, second, third] = row.cells.as_slice() else { panic!("{row:?}") };
        assert_eq!((first.shade, third.shade), (Some([255, 255, 0]), None));
        assert!(second.first_merged && second.vertically_merged && second.vertical_restart);
        assert_eq!((second.vertical, second.padding), (VerticalAlign::Middle, Some([2.0, 2.0, 0.0, 0.0])));
        assert_eq!(second.borders.bottom.as_ref().map(|line| line.width), Some(2.0));
        assert!(third.vertically_merged && !third.vertical_restart);
    }

    #[test]
    fn lines_of_the_table_are_those_of_its_cells() {
        let mut bytes = definition();
        let mut lines = vec![24];
        (1..=6).for_each(|width| lines.extend([8 * width, 1, 1, 0]));
        bytes.extend(list(code::T_TABLE_BORDERS80, &lines));
        bytes.extend(list(code::T_SET_BRC80, &[7, 0, 1, 1, 255, 255, 255, 255]));
        let mut row = RowFormat::read(&bytes, false);
        row.add_usual_borders(true, false);
        let widths = |cell: &Cell| {
            let mut borders = cell.borders.clone();
            edges_of(&mut borders).map(|edge| edge.as_ref().map(|line| line.width))
        };
        let widths: Vec<_> = row.cells.iter().map(widths).collect();
        assert_eq!(widths[0], [None, Some(2.0), Some(5.0), Some(6.0)]);
        assert_eq!(widths[1], [Some(1.0), Some(6.0), Some(2.0), Some(6.0)]);
        assert_eq!(widths[2], [Some(1.0), Some(6.0), Some(5.0), Some(4.0)]);
    }

    #[test]
    fn cells_are_inserted_deleted_and_never_outside() {
        let mut bytes = definition();
        bytes.extend(list(code::T_INSERT, &[1, 2, 100, 0]));
        bytes.extend(list(code::T_DELETE, &[0, 1]));
        let row = RowFormat::read(&bytes, false);
        assert_eq!((row.edges.as_slice(), row.cells.len()), (&[0, 100, 200, 1200, 2200][..], 4));
        for operand in [[200, 255, 255, 127], [0, 255, 0, 128], [255, 0, 1, 0]] {
            for sprm in [code::T_INSERT, code::T_DXA_COL, code::T_DELETE, code::T_MERGE, code::T_SET_SHD80] {
                let mut bytes = definition();
                bytes.extend(list(sprm, &operand));
                bytes.extend(list(code::T_INSERT, &operand));
                assert!(RowFormat::read(&bytes, false).cells.len() <= 300);
            }
        }
    }
}
