//! Paragraphs become cells, rows and tables ([MS-DOC] 2.4.3): each cell ends with a mark, each row with a paragraph that
//! says what the row is like.

use super::character::to_color;
use super::row::{Cell, RowFormat};
use crate::model::{Block, Paragraph, Table, TableCell, TableRow};

/// Edges of cells that are this near to each other are one; twentieths of a point.
const SAME_EDGE: i32 = 30;

/// What the end of a paragraph ends besides.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    Paragraph,
    Cell,
    Row(Box<RowFormat>),
}

/// A table that is not finished.
#[derive(Debug, Default)]
struct Open {
    rows: Vec<(RowFormat, Vec<Vec<Block>>)>,
    cells: Vec<Vec<Block>>,
    blocks: Vec<Block>,
}

/// Puts paragraphs into the cells that they belong to.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    /// What is finished.
    pub(crate) done: Vec<Block>,
    open: Vec<Open>,
}

impl Assembler {
    /// No table is open: what is finished can be given away.
    pub(crate) fn is_at_top(&self) -> bool {
        self.open.is_empty()
    }

    /// The paragraph that the next one inside of `depth` tables comes after.
    pub(crate) fn last_paragraph(&mut self, depth: usize) -> Option<&mut Paragraph> {
        if self.open.len() != depth {
            return None;
        }
        let blocks = self.open.last_mut().map_or(&mut self.done, |table| &mut table.blocks);
        match blocks.last_mut() {
            Some(Block::Paragraph(paragraph)) => Some(paragraph),
            _ => None,
        }
    }

    /// Adds a block inside of `depth` tables.
    pub(crate) fn add(&mut self, block: Option<Block>, depth: usize, ending: Ending) {
        while self.open.len() > depth {
            self.close();
        }
        while self.open.len() < depth {
            self.open.push(Open::default());
        }
        let Some(table) = self.open.last_mut() else {
            self.done.extend(block);
            return;
        };
        match ending {
            Ending::Paragraph => table.blocks.extend(block),
            Ending::Cell => {
                table.blocks.extend(block);
                table.cells.push(std::mem::take(&mut table.blocks));
            }
            // The paragraph that ends a row is empty.
            Ending::Row(mut format) => {
                if !table.blocks.is_empty() {
                    table.cells.push(std::mem::take(&mut table.blocks));
                }
                // What it says of cells that it does not have would only be kept.
                format.cells.truncate(table.cells.len());
                format.cells.shrink_to_fit();
                format.edges.truncate(table.cells.len() + 1);
                table.rows.push((*format, std::mem::take(&mut table.cells)));
            }
        }
    }

    /// The innermost table ends.
    fn close(&mut self) {
        let Some(mut table) = self.open.pop() else { return };
        if !table.blocks.is_empty() {
            table.cells.push(std::mem::take(&mut table.blocks));
        }
        if !table.cells.is_empty() {
            // A row whose end is lost.
            table.rows.push((RowFormat::default(), std::mem::take(&mut table.cells)));
        }
        if table.rows.is_empty() {
            return;
        }
        let block = Block::Table(build(table.rows));
        match self.open.last_mut() {
            Some(outer) => outer.blocks.push(block),
            None => self.done.push(block),
        }
    }

    /// All tables end.
    pub(crate) fn finish(&mut self) {
        while !self.open.is_empty() {
            self.close();
        }
    }
}

/// A cell in the table's own columns.
struct Placed {
    row: usize,
    first: usize,
    /// Exclusive.
    last: usize,
    merged_up: bool,
}

fn build(rows: Vec<(RowFormat, Vec<Vec<Block>>)>) -> Table {
    let first = rows.first().map(|(format, _)| format.clone()).unwrap_or_default();
    let rows: Vec<_> = rows.into_iter().map(|(format, cells)| fitted(format, cells)).collect();
    let edges = edges(rows.iter().map(|(format, _)| format));
    let mut table = Table {
        columns: edges.windows(2).map(|pair| (pair[1] - pair[0]) as f32 / 20.0).collect(),
        rows: Vec::with_capacity(rows.len()),
        align: first.align,
        indent: indent(&first),
        rtl: first.rtl,
    };
    let mut placed: Vec<Placed> = Vec::new();
    let count = rows.len();
    for (mut format, cells) in rows {
        let row = table.rows.len();
        format.add_usual_borders(row == 0, row + 1 == count);
        let mut built = TableRow {
            header: format.header,
            height: f32::from(format.height.unsigned_abs()) / 20.0,
            ..TableRow::default()
        };
        let mut cells = cells.into_iter().enumerate();
        while let Some((index, mut blocks)) = cells.next() {
            let cell = format.cells.get(index).cloned().unwrap_or_default();
            let mut until = index + 1;
            // Cells merged into this one; what they hold is shown in it.
            while cell.first_merged
                && format.cells.get(until).is_some_and(|next| next.merged && !next.first_merged)
            {
                let Some((_, more)) = cells.next() else { break };
                blocks.extend(more.into_iter().filter(|block| !is_empty(block)));
                until += 1;
            }
            let place = |at: usize| format.edges.get(at).map_or(edges.len(), |edge| column(&edges, *edge));
            let (first, last) = (place(index), place(until));
            let merged_up = cell.vertically_merged && !cell.vertical_restart;
            placed.push(Placed { row, first, last: last.max(first + 1), merged_up });
            built.cells.push(finish(blocks, &cell, last.saturating_sub(first)));
        }
        table.rows.push(built);
    }
    merge_down(&mut table, &placed);
    table
}

/// Where the text of the first cell begins: the edge stands left of it by half of what is between two texts.
fn indent(row: &RowFormat) -> f32 {
    row.edges.first().map_or(0.0, |edge| (f32::from(*edge) + f32::from(row.gap)) / 20.0)
}

/// Widths for cells that have none: tables whose row ends are lost or damaged.
fn fitted(mut format: RowFormat, cells: Vec<Vec<Block>>) -> (RowFormat, Vec<Vec<Block>>) {
    let mut last = i32::from(format.edges.last().copied().unwrap_or(0));
    if format.edges.is_empty() {
        format.edges.push(0);
    }
    while format.edges.len() <= cells.len() {
        last = (last + 1440).min(i32::from(i16::MAX));
        format.edges.push(last as i16);
    }
    // Columns never go back.
    let mut highest = i16::MIN;
    for edge in &mut format.edges {
        highest = highest.max(*edge);
        *edge = highest;
    }
    (format, cells)
}

/// Where columns begin and end, from all rows.
fn edges<'r>(rows: impl Iterator<Item = &'r RowFormat>) -> Vec<i32> {
    let mut all: Vec<i32> = rows.flat_map(|row| row.edges.iter().map(|edge| i32::from(*edge))).collect();
    all.sort_unstable();
    let mut edges: Vec<i32> = Vec::new();
    for edge in all {
        if edges.last().is_none_or(|last| edge - last > SAME_EDGE) {
            edges.push(edge);
        }
    }
    edges
}

/// The column that begins at an edge.
fn column(edges: &[i32], edge: i16) -> usize {
    edges.partition_point(|known| *known <= i32::from(edge)).saturating_sub(1)
}

fn is_empty(block: &Block) -> bool {
    matches!(block, Block::Paragraph(Paragraph { inlines, label: None, .. }) if inlines.is_empty())
}

fn finish(blocks: Vec<Block>, cell: &Cell, columns: usize) -> TableCell {
    TableCell {
        blocks,
        columns: u16::try_from(columns).unwrap_or(u16::MAX).max(1),
        rows: 1,
        shade: cell.shade.map(to_color),
        borders: cell.borders.clone(),
        vertical: cell.vertical,
        padding: cell.padding,
    }
}

/// Cells that go on in the cell above them are taken out, and that one becomes taller.
fn merge_down(table: &mut Table, placed: &[Placed]) {
    // By its first column: the row and number of the cell that others may go on.
    let mut above: std::collections::HashMap<usize, (usize, usize, usize)> = std::collections::HashMap::new();
    let mut number = (usize::MAX, 0);
    let mut removed: Vec<(usize, usize)> = Vec::new();
    for cell in placed {
        number = if number.0 == cell.row { (cell.row, number.1 + 1) } else { (cell.row, 0) };
        let top = above.get(&cell.first).copied().filter(|top| cell.merged_up && top.2 == cell.last);
        let Some((row, index, _)) = top else {
            above.insert(cell.first, (cell.row, number.1, cell.last));
            continue;
        };
        let Some(mut moved) =
            table.rows.get_mut(cell.row).and_then(|row| row.cells.get_mut(number.1)).map(std::mem::take)
        else {
            continue;
        };
        if let Some(top) = table.rows.get_mut(row).and_then(|row| row.cells.get_mut(index)) {
            top.rows = u16::try_from(cell.row - row + 1).unwrap_or(u16::MAX);
            top.borders.bottom = moved.borders.bottom.take();
            top.blocks.extend(moved.blocks.into_iter().filter(|block| !is_empty(block)));
        }
        removed.push(number);
    }
    for (row, index) in removed.into_iter().rev() {
        if let Some(row) = table.rows.get_mut(row).filter(|row| index < row.cells.len()) {
            row.cells.remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Inline;

    fn paragraph(text: &str) -> Option<Block> {
        let inlines = if text.is_empty() {
            Vec::new()
        } else {
            vec![Inline::Text { text: text.to_owned(), style: Default::default(), link: None }]
        };
        Some(Block::Paragraph(Paragraph { inlines, ..Paragraph::default() }))
    }

    fn row(edges: &[i16], cells: &[Cell]) -> Ending {
        Ending::Row(Box::new(RowFormat {
            edges: edges.to_vec(),
            cells: cells.to_vec(),
            ..RowFormat::default()
        }))
    }

    /// Rows as `columns×rows` of their cells.
    fn spans(block: &Block) -> Vec<Vec<(u16, u16)>> {
        let Block::Table(table) = block else { return Vec::new() };
        table
            .rows
            .iter()
            .map(|row| row.cells.iter().map(|cell| (cell.columns, cell.rows)).collect())
            .collect()
    }

    #[test]
    fn cells_get_columns_from_all_rows_and_merge() {
        let mut assembler = Assembler::default();
        let down = Cell { vertically_merged: true, ..Cell::default() };
        let top = Cell { vertical_restart: true, ..down.clone() };
        let first = Cell { first_merged: true, ..Cell::default() };
        let merged = Cell { merged: true, ..Cell::default() };
        for (cells, end) in [
            (3, row(&[0, 1000, 2000, 3000], &[top.clone(), first, merged])),
            (3, row(&[0, 1010, 2000, 3000], &[down.clone(), Cell::default(), Cell::default()])),
            (2, row(&[0, 990, 3000], &[down, Cell::default()])),
            (1, row(&[0, 3000], &[top])),
        ] {
            (0..cells).for_each(|_| assembler.add(paragraph("x"), 1, Ending::Cell));
            assembler.add(None, 1, end);
        }
        assembler.add(paragraph("after"), 0, Ending::Paragraph);
        assert_eq!(assembler.done.len(), 2);
        let expected = [vec![(1, 3), (2, 1)], vec![(1, 1), (1, 1)], vec![(2, 1)], vec![(3, 1)]];
        assert_eq!(assembler.done.first().map(spans).unwrap_or_default(), expected);
    }

    #[test]
    fn tables_stand_in_cells_and_lost_ends_are_made_up() {
        let mut assembler = Assembler::default();
        assembler.add(paragraph("inner"), 2, Ending::Cell);
        assembler.add(None, 2, row(&[0, 500], &[]));
        assembler.add(paragraph("outer"), 1, Ending::Cell);
        assembler.add(paragraph("lost"), 1, Ending::Paragraph);
        assert!(!assembler.is_at_top());
        assembler.finish();
        let Some(Block::Table(table)) = assembler.done.first() else { panic!("no table") };
        let cells = &table.rows[0].cells;
        assert_eq!(cells.len(), 2);
        assert_eq!(
            cells[0].blocks.iter().map(|block| matches!(block, Block::Table(_))).collect::<Vec<_>>(),
            [true, false]
        );
        assert_eq!(table.columns, [72.0, 72.0]);
    }
}
