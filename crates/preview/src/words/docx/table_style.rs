//! Table styles: looks for the whole table and for its parts (ECMA-376 part 1 §17.7.6).

use super::paragraph_props::{ParagraphProps, border};
use super::run_props::{RunProps, shade};
use super::styles::looks;
use super::theme::Theme;
use super::units::{TWIPS, is_on, points};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{Border, Borders, Color, VerticalAlign};

/// Parts of a table that a style may say something of, from the weakest to the strongest.
const PARTS: [&str; 12] = [
    "band1Vert",
    "band2Vert",
    "band1Horz",
    "band2Horz",
    "firstCol",
    "lastCol",
    "firstRow",
    "lastRow",
    "neCell",
    "nwCell",
    "seCell",
    "swCell",
];

/// A line for each edge, outer and inner; the inner none is "no line".
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Edges {
    pub(super) top: Option<Option<Border>>,
    pub(super) bottom: Option<Option<Border>>,
    pub(super) left: Option<Option<Border>>,
    pub(super) right: Option<Option<Border>>,
    inside_rows: Option<Option<Border>>,
    inside_columns: Option<Option<Border>>,
}

impl Edges {
    /// Reads `w:tblBorders` or `w:tcBorders`.
    pub(super) fn read(node: Node<'_>, theme: &Theme) -> Self {
        let mut edges = Self::default();
        for edge in node.elements() {
            let line = Some(border(edge, theme));
            match edge.name() {
                "top" => edges.top = line,
                "bottom" => edges.bottom = line,
                "left" | "start" => edges.left = line,
                "right" | "end" => edges.right = line,
                "insideH" => edges.inside_rows = line,
                "insideV" => edges.inside_columns = line,
                _ => {}
            }
        }
        edges
    }

    /// Puts what `over` sets on top.
    pub(super) fn apply(&mut self, over: &Self) {
        let pairs = [
            (&mut self.top, &over.top),
            (&mut self.bottom, &over.bottom),
            (&mut self.left, &over.left),
            (&mut self.right, &over.right),
            (&mut self.inside_rows, &over.inside_rows),
            (&mut self.inside_columns, &over.inside_columns),
        ];
        for (under, over) in pairs {
            if over.is_some() {
                under.clone_from(over);
            }
        }
    }

    /// The lines of a cell that touches these sides of the region which the edges are of.
    pub(super) fn of_cell(&self, touches: Touches) -> Self {
        let side = |touches: bool, outer: &Option<Option<Border>>, inner: &Option<Option<Border>>| {
            if touches { outer.clone() } else { inner.clone() }
        };
        Self {
            top: side(touches.top, &self.top, &self.inside_rows),
            bottom: side(touches.bottom, &self.bottom, &self.inside_rows),
            left: side(touches.left, &self.left, &self.inside_columns),
            right: side(touches.right, &self.right, &self.inside_columns),
            inside_rows: None,
            inside_columns: None,
        }
    }

    /// For the model.
    pub(super) fn borders(self) -> Borders {
        Borders {
            start: self.left.flatten(),
            top: self.top.flatten(),
            end: self.right.flatten(),
            bottom: self.bottom.flatten(),
        }
    }
}

/// The sides of a region that a cell touches.
#[derive(Clone, Copy)]
pub(super) struct Touches {
    pub(super) top: bool,
    pub(super) bottom: bool,
    pub(super) left: bool,
    pub(super) right: bool,
}

/// Points between edge and text: left, top, right, bottom.
pub(super) type Margins = [Option<f32>; 4];

/// Reads `w:tblCellMar` or `w:tcMar`.
pub(super) fn margins(node: Node<'_>) -> Margins {
    let side = |names: [&str; 2]| {
        let edge = names.iter().find_map(|name| node.child(Ns::W, name))?;
        points(edge, "w", TWIPS).map(|width| width.max(0.0))
    };
    [side(["start", "left"]), side(["top", "top"]), side(["end", "right"]), side(["bottom", "bottom"])]
}

/// Puts what `over` sets on top.
pub(super) fn apply_margins(under: &mut Margins, over: &Margins) {
    for (under, over) in under.iter_mut().zip(over) {
        *under = over.or(*under);
    }
}

/// How a table, or a part of it, looks.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    pub(super) paragraph: ParagraphProps,
    pub(super) run: RunProps,
    /// Lines of the table as a whole.
    pub(super) edges: Edges,
    /// Lines of each part's cells.
    cell_edges: Edges,
    pub(super) shade: Option<Option<Color>>,
    pub(super) vertical: Option<VerticalAlign>,
}

impl Look {
    fn read(node: Node<'_>, theme: &Theme) -> Self {
        let (paragraph, run) = looks(node, theme);
        let cell = node.child(Ns::W, "tcPr");
        let table = node.child(Ns::W, "tblPr");
        let edges = |parent: Option<Node<'_>>, name| {
            parent.and_then(|parent| parent.child(Ns::W, name)).map(|node| Edges::read(node, theme))
        };
        let shading = cell.and_then(|cell| cell.child(Ns::W, "shd"));
        let shading = shading.or_else(|| table?.child(Ns::W, "shd"));
        Self {
            paragraph,
            run,
            edges: edges(table, "tblBorders").unwrap_or_default(),
            cell_edges: edges(cell, "tcBorders").unwrap_or_default(),
            shade: shading.map(|shading| shade(shading, theme)),
            vertical: cell.and_then(vertical),
        }
    }

    pub(super) fn apply(&mut self, over: &Self) {
        self.paragraph.apply(&over.paragraph);
        self.run.apply(&over.run);
        self.edges.apply(&over.edges);
        self.cell_edges.apply(&over.cell_edges);
        if over.shade.is_some() {
            self.shade.clone_from(&over.shade);
        }
        self.vertical = over.vertical.or(self.vertical);
    }
}

/// `w:vAlign`.
pub(super) fn vertical(node: Node<'_>) -> Option<VerticalAlign> {
    Some(match node.child(Ns::W, "vAlign")?.attribute("val")? {
        "center" | "both" => VerticalAlign::Middle,
        "bottom" => VerticalAlign::Bottom,
        _ => VerticalAlign::Top,
    })
}

/// A table style with everything it is based on.
#[derive(Clone, Debug, Default)]
pub(super) struct TableStyle {
    pub(super) whole: Look,
    /// By their place in [`PARTS`].
    parts: [Option<Box<Look>>; PARTS.len()],
    pub(super) margins: Margins,
    row_band: Option<usize>,
    column_band: Option<usize>,
}

impl TableStyle {
    /// Reads `w:style`.
    pub(super) fn read(node: Node<'_>, theme: &Theme) -> Self {
        let mut style = Self { whole: Look::read(node, theme), ..Self::default() };
        if let Some(table) = node.child(Ns::W, "tblPr") {
            let value = |name| table.child(Ns::W, name).and_then(|child| child.number::<usize>("val"));
            style.row_band = value("tblStyleRowBandSize");
            style.column_band = value("tblStyleColBandSize");
            style.margins = table.child(Ns::W, "tblCellMar").map(margins).unwrap_or_default();
        }
        for part in node.all(Ns::W, "tblStylePr") {
            let look = Look::read(part, theme);
            let name = part.attribute("type").unwrap_or_default();
            if name == "wholeTable" {
                style.whole.apply(&look);
            } else if let Some(index) = PARTS.iter().position(|known| *known == name) {
                style.parts[index] = Some(Box::new(look));
            }
        }
        style
    }

    /// Puts what `over`, which is based on this, sets on top.
    pub(super) fn apply(&mut self, over: &Self) {
        self.whole.apply(&over.whole);
        for (under, over) in self.parts.iter_mut().zip(&over.parts) {
            match (under.as_mut(), over) {
                (Some(under), Some(over)) => under.apply(over),
                (None, Some(over)) => *under = Some(over.clone()),
                (_, None) => {}
            }
        }
        apply_margins(&mut self.margins, &over.margins);
        self.row_band = over.row_band.or(self.row_band);
        self.column_band = over.column_band.or(self.column_band);
    }

    /// How a cell looks. Its lines are those of the whole table and of every part it is in.
    pub(super) fn cell(&self, place: &Place, parts: Parts) -> Look {
        let mut look = self.whole.clone();
        let mut edges = look.edges.of_cell(place.in_table());
        edges.apply(&look.cell_edges.of_cell(place.in_table()));
        for (part, name) in self.parts.iter().zip(PARTS) {
            let Some(part) = part else { continue };
            if let Some(touches) = self.touches(name, place, parts) {
                look.apply(part);
                edges.apply(&part.cell_edges.of_cell(touches));
            }
        }
        look.edges = edges;
        look
    }

    /// Which sides of a part a cell touches; none where it is not in it.
    fn touches(&self, part: &str, place: &Place, parts: Parts) -> Option<Touches> {
        let whole = place.in_table();
        let row_in = |inside: bool| inside.then_some(Touches { top: true, bottom: true, ..whole });
        let column_in = |inside: bool| inside.then_some(Touches { left: true, right: true, ..whole });
        let first_row = parts.first_row && whole.top;
        let last_row = parts.last_row && whole.bottom;
        let first_column = parts.first_column && whole.left;
        let last_column = parts.last_column && whole.right;
        let corner =
            |inside: bool| inside.then_some(Touches { top: true, bottom: true, left: true, right: true });
        match part {
            "firstRow" => row_in(first_row),
            "lastRow" => row_in(last_row),
            "firstCol" => column_in(first_column),
            "lastCol" => column_in(last_column),
            "nwCell" => corner(first_row && first_column),
            "neCell" => corner(first_row && last_column),
            "swCell" => corner(last_row && first_column),
            "seCell" => corner(last_row && last_column),
            "band1Horz" | "band2Horz" if parts.row_bands && !first_row && !last_row => {
                let row = place.row - usize::from(parts.first_row).min(place.row);
                let band = band(row, self.row_band.unwrap_or(1), part == "band2Horz")?;
                Some(Touches { top: band.0, bottom: band.1 || whole.bottom, ..whole })
            }
            "band1Vert" | "band2Vert" if parts.column_bands && !first_column && !last_column => {
                let column = place.column - usize::from(parts.first_column).min(place.column);
                let band = band(column, self.column_band.unwrap_or(1), part == "band2Vert")?;
                Some(Touches { left: band.0, right: band.1 || whole.right, ..whole })
            }
            _ => None,
        }
    }
}

/// Whether a row or column begins and ends its band; none where it is in one of the other kind.
fn band(index: usize, size: usize, second: bool) -> Option<(bool, bool)> {
    let size = size.max(1);
    ((index / size % 2 == 1) == second).then_some((index.is_multiple_of(size), index % size == size - 1))
}

/// Where a cell is; spans count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) row: usize,
    /// It reaches to the last row.
    pub(super) last_row: bool,
    pub(super) column: usize,
    /// It reaches to the last column.
    pub(super) last_column: bool,
}

impl Place {
    pub(super) const fn in_table(&self) -> Touches {
        Touches { top: self.row == 0, bottom: self.last_row, left: self.column == 0, right: self.last_column }
    }
}

/// Which parts of its style a table shows (`w:tblLook`, §17.4.55).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts {
    first_row: bool,
    last_row: bool,
    first_column: bool,
    last_column: bool,
    row_bands: bool,
    column_bands: bool,
}

impl Parts {
    pub(super) fn read(node: Option<Node<'_>>) -> Self {
        let Some(node) = node else { return Self::default() };
        let bits = node.attribute("val").and_then(|hex| u16::from_str_radix(hex, 16).ok()).unwrap_or(0);
        let flag = |name: &str, bit: u16| node.attribute(name).map_or(bits & bit != 0, is_on);
        Self {
            first_row: flag("firstRow", 0x20),
            last_row: flag("lastRow", 0x40),
            first_column: flag("firstColumn", 0x80),
            last_column: flag("lastColumn", 0x100),
            row_bands: !flag("noHBand", 0x200),
            column_bands: !flag("noVBand", 0x400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::tree::Tree;
    use crate::container::xml::Xml;
    use crate::error::Result;

    #[test]
    fn parts_of_a_table_have_looks_of_their_own() -> Result<()> {
        let shade = |part: &str, fill: &str| {
            format!(
                "<w:tblStylePr w:type='{part}'><w:tcPr><w:shd w:val='clear' w:fill='{fill}'/></w:tcPr></w:tblStylePr>"
            )
        };
        let text = format!(
            "<w:style><w:tblPr><w:tblBorders><w:top w:val='single' w:sz='8'/><w:insideH w:val='single' w:sz='4'/></w:tblBorders></w:tblPr>{}{}{}{}</w:style>",
            shade("firstRow", "111111"),
            shade("firstCol", "222222"),
            shade("band1Horz", "333333"),
            shade("nwCell", "444444"),
        );
        let tree = Tree::whole(Xml::new(text.as_bytes()), 20)?;
        let style = TableStyle::read(tree.root().expect("a root"), &Theme::default());
        let parts = Parts { first_row: true, first_column: true, row_bands: true, ..Parts::default() };
        for (row, column, fill, top) in [
            (0, 0, Some("#444444"), 1.0),
            (0, 1, Some("#111111"), 1.0),
            (1, 0, Some("#222222"), 0.5),
            (1, 1, Some("#333333"), 0.5),
            (2, 1, None, 0.5),
            (3, 1, Some("#333333"), 0.5),
        ] {
            let look =
                style.cell(&Place { row, last_row: row == 3, column, last_column: column == 1 }, parts);
            let shown = look.shade.flatten();
            assert_eq!(shown.as_ref().map(Color::as_str), fill, "{row} {column}");
            assert_eq!(look.edges.borders().top.map(|line| line.width), Some(top), "{row} {column}");
        }
        Ok(())
    }
}
