//! Rows of cells that each say their own edges, as one table with spans.

use super::borders::{Edge, borders};
use super::para::points;
use super::rows::{CellDef, Join, RowDef};
use super::tables::Colors;
use crate::model::{Block, Table, TableCell, TableRow};

/// Twips: edges nearer than this are one. Word draws them as one too.
const NEAR: i32 = 20;
/// Twips: width of a cell for which no edge is given.
const UNKNOWN_WIDTH: i32 = 1440;

/// A row as it was read.
#[derive(Debug, Default)]
pub(super) struct RawRow {
    pub(super) def: RowDef,
    pub(super) cells: Vec<Vec<Block>>,
}

/// A cell and where it stands.
struct Placed {
    def: CellDef,
    blocks: Vec<Block>,
    /// Twips.
    left: i32,
    right: i32,
}

/// The place of a cell that goes on in the rows below.
struct Tall {
    column: usize,
    row: usize,
    cell: usize,
}

/// One table of all these rows.
pub(super) fn table(rows: Vec<RawRow>, colors: &Colors) -> Table {
    let first = rows.first().map(|row| (row.def.left, row.def.align, row.def.rtl)).unwrap_or_default();
    let count = rows.len();
    let rows: Vec<(RowDef, Vec<Placed>)> = rows
        .into_iter()
        .map(|row| {
            let placed = place(&row.def, row.cells);
            (row.def, placed)
        })
        .collect();
    let edges = edges(&rows);
    let mut table = Table {
        columns: edges.windows(2).map(|pair| points(pair[1].saturating_sub(pair[0]))).collect(),
        align: first.1,
        indent: points(first.0),
        rtl: first.2,
        ..Table::default()
    };
    let mut tall: Vec<Tall> = Vec::new();
    for (number, (def, cells)) in rows.into_iter().enumerate() {
        let place = Place { top: number == 0, bottom: number + 1 == count };
        let row = row(&mut table, &mut tall, Line { def: &def, cells, edges: &edges, place, colors });
        table.rows.push(row);
    }
    table
}

/// Gives each cell its edges and joins those that are one.
fn place(def: &RowDef, cells: Vec<Vec<Block>>) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::with_capacity(cells.len());
    let mut left = def.left;
    for (number, blocks) in cells.into_iter().enumerate() {
        let known = def.cells.get(number);
        let right = known.map_or(left.saturating_add(UNKNOWN_WIDTH), |cell| cell.right).max(left);
        match placed.last_mut() {
            Some(first) if known.is_some_and(|cell| cell.across == Join::Rest) => {
                first.right = right;
                if has_text(&blocks) {
                    first.blocks.extend(blocks);
                }
            }
            _ => placed.push(Placed { def: known.cloned().unwrap_or_default(), blocks, left, right }),
        }
        left = right;
    }
    placed
}

/// Something is seen in it.
fn has_text(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Paragraph(paragraph) => !paragraph.inlines.is_empty(),
        _ => true,
    })
}

/// All edges of all cells, in ascending order.
fn edges(rows: &[(RowDef, Vec<Placed>)]) -> Vec<i32> {
    let mut all: Vec<i32> =
        rows.iter().flat_map(|(_, cells)| cells.iter().flat_map(|cell| [cell.left, cell.right])).collect();
    all.sort_unstable();
    all.dedup_by(|later, kept| later.saturating_sub(*kept) < NEAR);
    all
}

/// The column that begins at an edge.
fn column(edges: &[i32], at: i32) -> usize {
    edges.partition_point(|edge| *edge <= at).saturating_sub(1)
}

struct Place {
    top: bool,
    bottom: bool,
}

struct Line<'l> {
    def: &'l RowDef,
    cells: Vec<Placed>,
    edges: &'l [i32],
    place: Place,
    colors: &'l Colors,
}

fn row(table: &mut Table, tall: &mut Vec<Tall>, line: Line<'_>) -> TableRow {
    let mut row = TableRow {
        header: line.def.header,
        height: points(line.def.height.saturating_abs()),
        ..TableRow::default()
    };
    let (mut at, mut still_tall) = (0, Vec::new());
    let count = line.cells.len();
    for (number, cell) in line.cells.into_iter().enumerate() {
        let from = column(line.edges, cell.left).max(at);
        // What begins further in than the columns so far.
        if from > at {
            row.cells.push(TableCell { columns: span(from - at), ..TableCell::default() });
        }
        at = column(line.edges, cell.right).max(from + 1);
        let above = tall.iter().position(|open| open.column == from);
        if let (Join::Rest, Some(open)) = (cell.def.down, above) {
            let open = tall.swap_remove(open);
            if let Some(owner) = table.rows.get_mut(open.row).and_then(|row| row.cells.get_mut(open.cell)) {
                owner.rows = owner.rows.max(1).saturating_add(1);
            }
            still_tall.push(open);
            continue;
        }
        if cell.def.down != Join::Single {
            still_tall.push(Tall { column: from, row: table.rows.len(), cell: row.cells.len() });
        }
        let sides = [number == 0, line.place.top, number + 1 == count, line.place.bottom];
        row.cells.push(finished(cell, span(at - from), line.def, sides, line.colors));
    }
    *tall = still_tall;
    row
}

fn span(columns: usize) -> u16 {
    u16::try_from(columns).unwrap_or(u16::MAX)
}

/// `outer`: which sides (start, top, end, bottom) are the table's own.
fn finished(cell: Placed, columns: u16, row: &RowDef, outer: [bool; 4], colors: &Colors) -> TableCell {
    let mut edges = cell.def.edges;
    for (side, edge) in edges.iter_mut().enumerate() {
        let usual: Edge = if outer[side] { row.edges[side] } else { row.between[side % 2] };
        *edge = edge.or(usual);
    }
    TableCell {
        blocks: cell.blocks,
        columns,
        rows: 0,
        shade: colors.pattern(cell.def.shading, cell.def.before_color, cell.def.behind_color),
        borders: borders(edges, colors),
        vertical: cell.def.vertical,
        padding: row.padding(&cell.def),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Inline, Paragraph, TextStyle};

    fn raw(words: &[(&str, i32)], cells: &[&str]) -> RawRow {
        let mut def = RowDef::default();
        for (name, value) in words {
            if !def.word(name, Some(*value)) {
                def.border_word(name, *value);
            }
        }
        let paragraph = |text: &&str| {
            let text = Inline::Text { text: (*text).to_owned(), style: TextStyle::default(), link: None };
            Block::Paragraph(Paragraph { inlines: vec![text], ..Paragraph::default() })
        };
        RawRow { def, cells: cells.iter().map(|text| vec![paragraph(text)]).collect() }
    }

    /// Columns and rows of each cell.
    fn spans(table: &Table) -> Vec<Vec<(u16, u16)>> {
        table
            .rows
            .iter()
            .map(|row| row.cells.iter().map(|cell| (cell.columns, cell.rows)).collect())
            .collect()
    }

    #[test]
    fn edges_of_rows_make_columns() {
        let table = table(
            vec![
                raw(&[("cellx", 1000), ("cellx", 3000)], &["a", "b"]),
                raw(&[("cellx", 1005), ("cellx", 2000), ("cellx", 3000)], &["c", "d", "e"]),
                raw(&[("trleft", 1000), ("cellx", 3000)], &["f"]),
                raw(&[], &["g", "h"]),
            ],
            &Colors::default(),
        );
        assert_eq!(
            spans(&table),
            [vec![(1, 0), (4, 0)], vec![(1, 0), (2, 0), (2, 0)], vec![(1, 0), (4, 0)], vec![(2, 0), (2, 0)]]
        );
        assert_eq!(table.columns, [50.0, 22.0, 28.0, 44.0, 6.0]);
    }

    #[test]
    fn joined_cells_span() {
        let table = table(
            vec![
                raw(
                    &[
                        ("clmgf", 0),
                        ("cellx", 100),
                        ("clmrg", 0),
                        ("cellx", 200),
                        ("clvmgf", 0),
                        ("cellx", 300),
                    ],
                    &["a", "", "b"],
                ),
                raw(&[("cellx", 100), ("cellx", 200), ("clvmrg", 0), ("cellx", 300)], &["c", "d", ""]),
                raw(
                    &[("clvmrg", 0), ("cellx", 100), ("cellx", 200), ("clvmrg", 0), ("cellx", 300)],
                    &["e", "f", ""],
                ),
            ],
            &Colors::default(),
        );
        assert_eq!(spans(&table), [vec![(2, 0), (1, 3)], vec![(1, 0), (1, 0)], vec![(1, 0), (1, 0)]]);
    }

    #[test]
    fn cells_have_the_lines_of_their_row_where_they_name_none() {
        let words = [
            ("trbrdrt", 0),
            ("brdrs", 0),
            ("brdrw", 40),
            ("trbrdrv", 0),
            ("brdrs", 0),
            ("clbrdrl", 0),
            ("brdrnone", 0),
            ("cellx", 100),
            ("cellx", 200),
        ];
        let table = table(vec![raw(&words, &["a", "b"]), raw(&words, &["c", "d"])], &Colors::default());
        let width = |row: usize, cell: usize| {
            let borders = &table.rows[row].cells[cell].borders;
            [&borders.start, &borders.top, &borders.end].map(|edge| edge.as_ref().map(|edge| edge.width))
        };
        assert_eq!(width(0, 0), [None, Some(2.0), Some(0.5)]);
        assert_eq!(width(0, 1), [Some(0.5), Some(2.0), None]);
        assert_eq!(width(1, 0), [None, None, Some(0.5)]);
    }
}
