//! Tables (ECMA-376 part 1 §17.4).

use std::collections::HashMap;
use std::rc::Rc;

use super::blocks::Blocks;
use super::paragraph_props::ParagraphProps;
use super::run_props::{RunProps, shade};
use super::story::{Builder, CellLook, is_wrapper};
use super::table_style::{Edges, Margins, Parts, Place, TableStyle, apply_margins, margins, vertical};
use super::units::{TWIPS, points, switch};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::error::Result;
use crate::model::{Align, Block, Color, Table, TableCell, TableRow};

/// Columns of Word's tables.
const COLUMNS: usize = 63;
/// Columns that one cell may stand in where a document says anything at all.
const SPAN: usize = 1000;
/// Points left and right of text where nothing says anything (§17.4.42).
const USUAL: Margins = [Some(5.4), Some(0.0), Some(5.4), Some(0.0)];

/// A cell before its content is read.
struct Cell<'t> {
    node: Option<Node<'t>>,
    properties: Option<Node<'t>>,
    /// Of the last cell below that is one with it.
    below: Option<Node<'t>>,
    column: usize,
    span: usize,
    rows: usize,
    /// It is one with cells above or below.
    merges: bool,
    /// Covered by the cell above.
    covered: bool,
}

/// A row before its content is read.
struct Row<'t> {
    node: Node<'t>,
    cells: Vec<Cell<'t>>,
}

/// What a table says of its cells.
struct Format<'t> {
    style: Rc<TableStyle>,
    parts: Parts,
    edges: Edges,
    margins: Margins,
    shade: Option<Option<Color>>,
    columns: usize,
    rows: usize,
    properties: Option<Node<'t>>,
}

impl Builder<'_, '_> {
    /// `w:tbl`.
    pub(super) fn table(&mut self, node: Node<'_>, out: &mut Blocks) -> Result<()> {
        if !self.enter() {
            return Ok(());
        }
        if self.shared.take_block() {
            if self.pages && begins_page(node) {
                out.break_page();
            }
            let mut rows = Vec::new();
            collect_rows(node, &mut rows, 0);
            span_rows(&mut rows);
            let format = self.format(node, &rows);
            let mut table = self.frame(node, &rows, &format);
            for (index, row) in rows.iter().enumerate() {
                if self.shared.take_block() {
                    table.rows.push(self.row(row, index, &format)?);
                }
            }
            out.push(Block::Table(table));
        }
        self.leave();
        Ok(())
    }

    fn format<'t>(&self, node: Node<'t>, rows: &[Row<'_>]) -> Format<'t> {
        let theme = &self.shared.theme;
        let properties = node.child(Ns::W, "tblPr");
        let child = |name| properties.and_then(|node| node.child(Ns::W, name));
        let style = self.shared.styles.table_look(child("tblStyle").and_then(|style| style.attribute("val")));
        let mut all = USUAL;
        apply_margins(&mut all, &style.margins);
        if let Some(own) = child("tblCellMar") {
            apply_margins(&mut all, &margins(own));
        }
        let columns = rows.iter().flat_map(|row| &row.cells).map(|cell| cell.column + cell.span).max();
        Format {
            parts: Parts::read(child("tblLook")),
            edges: child("tblBorders").map(|node| Edges::read(node, theme)).unwrap_or_default(),
            margins: all,
            shade: child("shd").map(|node| shade(node, theme)),
            columns: columns.unwrap_or(0),
            rows: rows.len(),
            style,
            properties,
        }
    }

    /// The table without its rows.
    fn frame(&self, node: Node<'_>, rows: &[Row<'_>], format: &Format<'_>) -> Table {
        let child = |name| format.properties.and_then(|node| node.child(Ns::W, name));
        let align = match child("jc").and_then(|align| align.attribute("val")) {
            Some("center") => Align::Center,
            Some("right" | "end") => Align::End,
            _ => Align::Start,
        };
        let indent = child("tblInd").filter(|_| align == Align::Start);
        Table {
            columns: widths(node, rows, format.columns),
            rows: Vec::new(),
            align,
            indent: indent.and_then(|indent| points(indent, "w", TWIPS)).unwrap_or(0.0),
            rtl: child("bidiVisual").is_some_and(switch),
        }
    }

    fn row(&mut self, row: &Row<'_>, index: usize, format: &Format<'_>) -> Result<TableRow> {
        let properties = row.node.child(Ns::W, "trPr");
        let child = |name| properties.and_then(|node| node.child(Ns::W, name));
        let exceptions = row.node.child(Ns::W, "tblPrEx").and_then(|node| node.child(Ns::W, "tblBorders"));
        let exceptions = exceptions.map(|node| Edges::read(node, &self.shared.theme));
        let mut shown = TableRow {
            cells: Vec::with_capacity(row.cells.len()),
            header: child("tblHeader").is_some_and(switch),
            height: child("trHeight").and_then(|height| points(height, "val", TWIPS)).unwrap_or(0.0).max(0.0),
        };
        for cell in row.cells.iter().filter(|cell| !cell.covered) {
            if self.shared.take_block() {
                shown.cells.push(self.cell(cell, index, format, exceptions.as_ref())?);
            }
        }
        Ok(shown)
    }

    fn cell(
        &mut self,
        cell: &Cell<'_>,
        row: usize,
        format: &Format<'_>,
        exceptions: Option<&Edges>,
    ) -> Result<TableCell> {
        let span = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        let (columns, rows) = (span(cell.span), span(cell.rows));
        let Some(node) = cell.node else {
            return Ok(TableCell { columns, rows, ..TableCell::default() });
        };
        let place = Place {
            row,
            last_row: row + cell.rows >= format.rows,
            column: cell.column,
            last_column: cell.column + cell.span >= format.columns,
        };
        let theme = &self.shared.theme;
        let mut look = format.style.cell(&place, format.parts);
        look.edges.apply(&format.edges.of_cell(place.in_table()));
        if let Some(exceptions) = exceptions {
            look.edges.apply(&exceptions.of_cell(place.in_table()));
        }
        let child = |name| cell.properties.and_then(|node| node.child(Ns::W, name));
        if let Some(own) = child("tcBorders") {
            look.edges.apply(&Edges::read(own, theme));
        }
        // What is merged ends where the last of its cells does.
        let end = cell.below.and_then(|below| below.child(Ns::W, "tcBorders"));
        if let Some(bottom) = end.and_then(|node| Edges::read(node, theme).bottom) {
            look.edges.bottom = Some(bottom);
        }
        let mut padding = format.margins;
        if let Some(own) = child("tcMar") {
            apply_margins(&mut padding, &margins(own));
        }
        let shading = child("shd").map(|node| shade(node, theme)).or_else(|| look.shade.clone());
        let shading = shading.or_else(|| format.shade.clone()).flatten();
        let blocks = self.cell_blocks(node, look.paragraph, look.run, shading.clone())?;
        Ok(TableCell {
            blocks,
            columns,
            rows,
            shade: shading,
            borders: look.edges.borders(),
            vertical: cell.properties.and_then(vertical).or(look.vertical).unwrap_or_default(),
            padding: Some(padding.map(|side| side.unwrap_or(0.0))),
        })
    }

    fn cell_blocks(
        &mut self,
        node: Node<'_>,
        paragraph: ParagraphProps,
        run: RunProps,
        shading: Option<Color>,
    ) -> Result<Vec<Block>> {
        let behind = shading.or_else(|| self.cell.as_ref()?.shade.clone());
        let look = Rc::new(CellLook { paragraph, run, shade: behind });
        let outside = self.cell.replace(look);
        let pages = std::mem::replace(&mut self.pages, false);
        let carried = std::mem::take(&mut self.story.carried);
        let blocks = self.blocks(node);
        (self.cell, self.pages, self.story.carried) = (outside, pages, carried);
        blocks
    }
}

/// A page began with its first paragraph when it was last laid out.
fn begins_page(table: Node<'_>) -> bool {
    let first = table.descendants().take(64).find(|node| node.is(Ns::W, "p"));
    let run = first.and_then(|paragraph| paragraph.child(Ns::W, "r"));
    let first = run.and_then(|run| run.elements().find(|node| !node.is(Ns::W, "rPr")));
    first.is_some_and(|node| node.is(Ns::W, "lastRenderedPageBreak"))
}

/// Rows, wherever content controls and tracked changes put them; hidden ones are not among them.
fn collect_rows<'t>(node: Node<'t>, rows: &mut Vec<Row<'t>>, depth: usize) {
    for child in node.elements().filter(|child| child.ns() == Some(Ns::W)) {
        match child.name() {
            "tr" => {
                let gone = |row: Node<'_>| row.child(Ns::W, "hidden").is_some_and(switch);
                if !child.child(Ns::W, "trPr").is_some_and(gone) {
                    rows.push(Row { node: child, cells: cells(child) });
                }
            }
            name if is_wrapper(name) && depth < 16 => collect_rows(child, rows, depth + 1),
            _ => {}
        }
    }
}

/// The cells of a row with the columns they stand in.
fn cells(row: Node<'_>) -> Vec<Cell<'_>> {
    let mut nodes = Vec::new();
    collect_cells(row, &mut nodes, 0);
    let skipped = |name| {
        let count = row.path(Ns::W, &["trPr", name]).and_then(|count| count.number::<usize>("val"));
        count.unwrap_or(0).min(COLUMNS)
    };
    let empty = |column, span| Cell {
        node: None,
        properties: None,
        below: None,
        column,
        span,
        rows: 1,
        merges: false,
        covered: false,
    };
    let (before, mut column, mut cells) = (skipped("gridBefore"), 0, Vec::<Cell<'_>>::new());
    if before > 0 {
        cells.push(empty(0, before));
        column = before;
    }
    for node in nodes {
        let properties = node.child(Ns::W, "tcPr");
        let value = |name| properties.and_then(|cell| cell.child(Ns::W, name));
        let span = value("gridSpan").and_then(|span| span.number::<usize>("val")).unwrap_or(1).clamp(1, SPAN);
        let merged =
            |name| value(name).map(|merge| merge.attribute("val").unwrap_or("continue") == "continue");
        let across = merged("hMerge").or_else(|| merged("hmerge")) == Some(true);
        if let (true, Some(before)) = (across, cells.last_mut()) {
            before.span = (before.span + span).min(SPAN);
        } else {
            // Lower case in documents of 2003.
            let merge = merged("vMerge").or_else(|| merged("vmerge"));
            let (merges, covered) = (merge.is_some(), merge == Some(true));
            cells.push(Cell {
                node: Some(node),
                properties,
                below: None,
                column,
                span,
                rows: 1,
                merges,
                covered,
            });
        }
        column += span;
    }
    let after = skipped("gridAfter");
    if after > 0 && !cells.is_empty() {
        cells.push(empty(column, after));
    }
    cells
}

fn collect_cells<'t>(node: Node<'t>, cells: &mut Vec<Node<'t>>, depth: usize) {
    for child in node.elements().filter(|child| child.ns() == Some(Ns::W)) {
        match child.name() {
            "tc" => cells.push(child),
            name if is_wrapper(name) && depth < 16 => collect_cells(child, cells, depth + 1),
            _ => {}
        }
    }
}

/// Counts the rows that merged cells stand in: what goes on belongs to the cell above that begins at the same column.
fn span_rows(rows: &mut [Row<'_>]) {
    let mut open: HashMap<usize, (usize, usize)> = HashMap::new();
    for row in 0..rows.len() {
        let mut next = HashMap::new();
        for index in 0..rows[row].cells.len() {
            let cell = &mut rows[row].cells[index];
            let (column, merges, properties) = (cell.column, cell.merges, cell.properties);
            let owner = open.get(&column).copied().filter(|_| cell.covered);
            cell.covered = owner.is_some();
            if let Some((row, index)) = owner {
                rows[row].cells[index].rows += 1;
                rows[row].cells[index].below = properties;
            }
            if merges {
                next.insert(column, owner.unwrap_or((row, index)));
            }
        }
        open = next;
    }
}

/// The widths of columns: the grid, or what the cells say where there is none. Word keeps the grid as it was last laid
/// out; programs that make tables often leave its columns equal and say the widths only in the cells.
fn widths(node: Node<'_>, rows: &[Row<'_>], columns: usize) -> Vec<f32> {
    let grid = node.child(Ns::W, "tblGrid");
    let grid = grid.iter().flat_map(|grid| grid.all(Ns::W, "gridCol"));
    let widths: Vec<f32> =
        grid.take(SPAN).map(|column| points(column, "w", TWIPS).unwrap_or(0.0).max(0.0)).collect();
    let laid_out = widths.len() >= columns && widths.iter().any(|width| *width > 0.0);
    if laid_out && !all_equal(&widths) {
        return widths;
    }
    let mut told = vec![0.0_f32; columns.min(SPAN)];
    for cell in rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.span == 1) {
        let width = cell.properties.and_then(|node| node.child(Ns::W, "tcW"));
        let width = width.filter(|width| width.attribute("type").is_none_or(|unit| unit == "dxa"));
        let width = width.and_then(|width| points(width, "w", TWIPS));
        if let (Some(width), Some(column)) = (width, told.get_mut(cell.column)) {
            *column = column.max(width);
        }
    }
    let complete = !told.is_empty() && told.iter().all(|width| *width > 0.0);
    match (laid_out, complete) {
        (true, true) if all_equal(&told) || widths.len() > told.len() => widths,
        (_, true) => told,
        (true, false) => widths,
        (false, false) => Vec::new(),
    }
}

fn all_equal(widths: &[f32]) -> bool {
    widths.iter().all(|width| widths.first().is_some_and(|first| (first - width).abs() < 1.0))
}
