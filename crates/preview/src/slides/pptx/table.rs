//! Tables (§21.1.3).

use super::shapes::Walker;
use super::table_style::{self, Flags, Place};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::drawing::fill;
use crate::drawing::points;
use crate::drawing::scope::Scope;
use crate::drawing::shape::{self, FontStyle};
use crate::drawing::text::{self, TextContext};
use crate::drawing::truth;
use crate::model::{
    Border, Borders, Color, Dash, Fill, Frame, Shape, ShapeContent, Table, TableCell, TableRow, VerticalAlign,
};
use crate::slides::padding_within;

/// Columns of a table.
const COLUMNS: usize = 1000;

/// What is the same for all cells of a table.
struct Cells<'s, 'l> {
    context: TextContext<'l>,
    scope: Scope<'s>,
    style: Option<Node<'l>>,
    flags: Flags,
    /// Rows and columns.
    size: (usize, usize),
}

impl<'s> Walker<'s, '_> {
    pub(super) fn table(&self, node: Node<'s>, frame: Frame) -> Shape {
        let properties = node.child(Ns::A, "tblPr");
        let id = properties.and_then(|properties| properties.child(Ns::A, "tableStyleId"));
        let id = id.map(|id| id.all_text().trim().to_owned()).unwrap_or_default();
        let own = self.table_styles.get(&id.to_ascii_lowercase()).copied();
        let builtin = if own.is_none() { table_style::builtin(&id) } else { None };
        let inline = properties.and_then(|properties| properties.child(Ns::A, "tableStyle"));
        let style = inline.or(own).or_else(|| builtin.as_ref().and_then(|tree| tree.root()));
        let grid = node.child(Ns::A, "tblGrid").into_iter();
        let widths = grid.flat_map(|grid| grid.all(Ns::A, "gridCol").take(COLUMNS));
        let columns: Vec<f32> =
            widths.map(|column| column.attribute("w").and_then(points).unwrap_or(0.0).max(0.0)).collect();
        let lists: Vec<Node<'s>> = self.plain_lists().collect();
        let cells = Cells {
            context: self.text_context(&lists),
            scope: self.sheet.scope,
            style,
            flags: properties.map(Flags::of).unwrap_or_default(),
            size: (node.all(Ns::A, "tr").count(), columns.len()),
        };
        let rows =
            node.all(Ns::A, "tr").enumerate().map_while(|(number, row)| cells.row(row, number)).collect();
        let rtl = properties.is_some_and(|properties| properties.attribute("rtl").is_some_and(truth));
        let table = Table { columns, rows, rtl, ..Table::default() };
        Shape { frame, content: Some(ShapeContent::Table(table)), ..Shape::default() }
    }
}

impl Cells<'_, '_> {
    fn row(&self, node: Node<'_>, row: usize) -> Option<TableRow> {
        if !self.scope.gathered.take() {
            return None;
        }
        let covered = |cell: Node<'_>, name| cell.attribute(name).is_some_and(truth);
        let cells = node
            .all(Ns::A, "tc")
            .enumerate()
            .take(COLUMNS)
            .filter(|(_, cell)| !covered(*cell, "hMerge") && !covered(*cell, "vMerge"))
            .map_while(|(column, cell)| self.scope.gathered.take().then(|| self.cell(cell, (row, column))))
            .collect();
        Some(TableRow {
            cells,
            header: row == 0 && self.flags.has_head(),
            height: node.attribute("h").and_then(points).unwrap_or(0.0).clamp(0.0, 5000.0),
        })
    }

    fn cell(&self, node: Node<'_>, at: (usize, usize)) -> TableCell {
        let place = Place { at, of: self.size };
        let parts = self.style.map(|style| table_style::parts(style, self.flags, place)).unwrap_or_default();
        let own = node.child(Ns::A, "tcPr");
        let span = |name| node.number::<u16>(name).unwrap_or(1).clamp(1, COLUMNS as u16);
        let context = TextContext { font: self.font(&parts), ..self.context };
        let said = own.and_then(|own| fill::among(own, &self.scope));
        let filled = said.unwrap_or_else(|| parts.iter().find_map(|part| self.fill_of(*part)));
        let borders = self.borders(own, &parts, place, (span("rowSpan"), span("gridSpan")));
        TableCell {
            blocks: node
                .child(Ns::A, "txBody")
                .map(|body| text::paragraphs(body, &context))
                .unwrap_or_default(),
            columns: span("gridSpan"),
            rows: span("rowSpan"),
            shade: filled.as_ref().and_then(flat),
            padding: Some(padding_within(padding(own), &borders)),
            borders,
            vertical: match own.and_then(|own| own.attribute("anchor")) {
                Some("ctr") => VerticalAlign::Middle,
                Some("b") => VerticalAlign::Bottom,
                _ => VerticalAlign::Top,
            },
        }
    }

    fn font(&self, parts: &[Node<'_>]) -> FontStyle {
        let styles: Vec<Node<'_>> = parts.iter().filter_map(|part| part.child(Ns::A, "tcTxStyle")).collect();
        let flag = |name: &str| {
            let said = styles.iter().find_map(|style| style.attribute(name).filter(|said| *said != "def"));
            said.map(truth)
        };
        FontStyle {
            color: styles.iter().find_map(|style| self.scope.palette.inside(*style)),
            major: false,
            bold: flag("b"),
            italic: flag("i"),
        }
    }

    fn fill_of(&self, part: Node<'_>) -> Option<Fill> {
        let style = part.child(Ns::A, "tcStyle")?;
        if let Some(fill) = style.child(Ns::A, "fill") {
            return fill::among(fill, &self.scope)?;
        }
        let reference = style.child(Ns::A, "fillRef")?;
        let color = self.scope.palette.inside(reference);
        let scope = self.scope.with_palette(self.scope.palette.with(color));
        shape::of_theme(reference.number("idx")?, &scope)
    }

    fn borders(&self, own: Option<Node<'_>>, parts: &[Node<'_>], place: Place, span: (u16, u16)) -> Borders {
        let (row, column) = place.at;
        let last_row = row + usize::from(span.0) >= place.of.0;
        let last_column = column + usize::from(span.1) >= place.of.1;
        let side = |name: &str, outside: &str, inside: &str, edge: bool| {
            let said = own.and_then(|own| own.child(Ns::A, name));
            match said {
                Some(line) => border(&[(line, self.scope)]),
                None => parts
                    .iter()
                    .find_map(|part| self.styled_border(*part, if edge { outside } else { inside }, outside)),
            }
        };
        Borders {
            start: side("lnL", "left", "insideV", column == 0),
            top: side("lnT", "top", "insideH", row == 0),
            end: side("lnR", "right", "insideV", last_column),
            bottom: side("lnB", "bottom", "insideH", last_row),
        }
    }

    /// A line of a style; the edges of its parts (a first row's bottom) go before what is inside the whole table.
    fn styled_border(&self, part: Node<'_>, name: &str, outside: &str) -> Option<Border> {
        let borders = part.path(Ns::A, &["tcStyle", "tcBdr"])?;
        let edge = if part.name() == "wholeTbl" { name } else { outside };
        let holder = borders.child(Ns::A, edge)?;
        if let Some(line) = holder.child(Ns::A, "ln") {
            return border(&[(line, self.scope)]);
        }
        let reference = holder.child(Ns::A, "lnRef")?;
        let color = self.scope.palette.inside(reference);
        let scope = self.scope.with_palette(self.scope.palette.with(color));
        border(&[(scope.palette.theme.line(reference.number("idx")?)?, scope)])
    }
}

fn border(lines: &[(Node<'_>, Scope<'_>)]) -> Option<Border> {
    let stroke = fill::stroke(lines)?;
    let double = lines
        .iter()
        .any(|(line, _)| matches!(line.attribute("cmpd"), Some("dbl" | "thickThin" | "thinThick")));
    let dash: Dash = stroke.dash;
    (stroke.width > 0.0).then_some(Border { width: stroke.width, color: Some(stroke.color), dash, double })
}

/// Cells have one colour: of gradients the first, of pictures none.
fn flat(fill: &Fill) -> Option<Color> {
    match fill {
        Fill::Solid { color } => Some(color.clone()),
        Fill::Gradient { stops, .. } => stops.first().map(|stop| stop.color.clone()),
        Fill::Picture { .. } => None,
    }
}

/// §21.1.3.17: a tenth of an inch at the sides, half of it above and below.
fn padding(own: Option<Node<'_>>) -> [f32; 4] {
    let side = |name, usual| {
        own.and_then(|own| own.attribute(name)).and_then(points).unwrap_or(usual).clamp(0.0, 1584.0)
    };
    [side("marL", 7.2), side("marT", 3.6), side("marR", 7.2), side("marB", 3.6)]
}
