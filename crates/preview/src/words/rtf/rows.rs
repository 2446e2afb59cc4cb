//! What a row says of its cells (RTF 1.9.1, "Table Definitions").

use super::borders::{Edge, Edges};
use crate::model::{Align, VerticalAlign};

/// Cells of a row; Word allows 63.
const CELLS: usize = 512;

/// A cell joined with those beside or above it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Join {
    #[default]
    Single,
    First,
    Rest,
}

/// Start, top, end, bottom: twips.
pub(super) type Padding = [Option<i32>; 4];

#[derive(Clone, Debug, Default)]
pub(super) struct CellDef {
    /// Twips from the margin.
    pub(super) right: i32,
    pub(super) across: Join,
    pub(super) down: Join,
    pub(super) edges: Edges,
    pub(super) vertical: VerticalAlign,
    pub(super) padding: Padding,
    /// Hundredths of a percent, and places in the colour table.
    pub(super) shading: u16,
    pub(super) before_color: u16,
    pub(super) behind_color: u16,
}

#[derive(Clone, Debug, Default)]
pub(super) struct RowDef {
    pub(super) cells: Vec<CellDef>,
    /// The cell whose `\cellx` is still to come.
    next: CellDef,
    /// Twips.
    pub(super) left: i32,
    gap: i32,
    /// Twips; negative = exactly.
    pub(super) height: i32,
    pub(super) header: bool,
    pub(super) align: Align,
    pub(super) rtl: bool,
    padding: Padding,
    /// Of cells that name none: around the table, then between columns and between rows.
    pub(super) edges: Edges,
    pub(super) between: [Edge; 2],
    target: Target,
}

/// What `\brdr…` means.
#[derive(Clone, Copy, Debug, Default)]
enum Target {
    #[default]
    None,
    Cell(usize),
    Row(usize),
    Between(usize),
}

impl RowDef {
    /// Takes a control word, where it is one of rows.
    pub(super) fn word(&mut self, name: &str, parameter: Option<i32>) -> bool {
        let value = parameter.unwrap_or(0);
        match name {
            "trowd" => *self = Self::default(),
            "cellx" => self.end_cell(value),
            "trleft" => self.left = value,
            "trgaph" => self.gap = value,
            "trrh" => self.height = value,
            "trhdr" => self.header = true,
            "trql" => self.align = Align::Start,
            "trqr" => self.align = Align::End,
            "trqc" => self.align = Align::Center,
            "rtlrow" => self.rtl = true,
            "ltrrow" => self.rtl = false,
            "trpaddl" => self.padding[0] = Some(value),
            "trpaddt" => self.padding[1] = Some(value),
            "trpaddr" => self.padding[2] = Some(value),
            "trpaddb" => self.padding[3] = Some(value),
            "trbrdrl" => self.aim(Target::Row(0)),
            "trbrdrt" => self.aim(Target::Row(1)),
            "trbrdrr" => self.aim(Target::Row(2)),
            "trbrdrb" => self.aim(Target::Row(3)),
            "trbrdrv" => self.aim(Target::Between(0)),
            "trbrdrh" => self.aim(Target::Between(1)),
            _ => return self.cell_word(name, value),
        }
        true
    }

    fn cell_word(&mut self, name: &str, value: i32) -> bool {
        let place = u16::try_from(value).unwrap_or(0);
        match name {
            "clmgf" => self.next.across = Join::First,
            "clmrg" => self.next.across = Join::Rest,
            "clvmgf" => self.next.down = Join::First,
            "clvmrg" => self.next.down = Join::Rest,
            "clvertalt" => self.next.vertical = VerticalAlign::Top,
            "clvertalc" => self.next.vertical = VerticalAlign::Middle,
            "clvertalb" => self.next.vertical = VerticalAlign::Bottom,
            "clshdng" => self.next.shading = value.clamp(0, 10_000) as u16,
            "clcfpat" => self.next.before_color = place,
            "clcbpat" => self.next.behind_color = place,
            // Word means left by "t" and top by "l", against the specification; other writers follow Word.
            "clpadt" => self.next.padding[0] = Some(value),
            "clpadl" => self.next.padding[1] = Some(value),
            "clpadr" => self.next.padding[2] = Some(value),
            "clpadb" => self.next.padding[3] = Some(value),
            "clbrdrl" => self.aim(Target::Cell(0)),
            "clbrdrt" => self.aim(Target::Cell(1)),
            "clbrdrr" => self.aim(Target::Cell(2)),
            "clbrdrb" => self.aim(Target::Cell(3)),
            // Diagonals are not drawn; what follows is theirs.
            "cldglu" | "cldgll" => self.target = Target::None,
            _ => return false,
        }
        true
    }

    fn aim(&mut self, target: Target) {
        self.target = target;
        if let Some(edge) = self.edge() {
            *edge = Edge::NAMED;
        }
    }

    fn edge(&mut self) -> Option<&mut Edge> {
        match self.target {
            Target::None => None,
            Target::Cell(side) => self.next.edges.get_mut(side),
            Target::Row(side) => self.edges.get_mut(side),
            Target::Between(side) => self.between.get_mut(side),
        }
    }

    /// A word of the edge that was named before; false where none was, so that it is the paragraph's.
    pub(super) fn border_word(&mut self, name: &str, value: i32) -> bool {
        let edge = self.edge();
        if let Some(edge) = edge {
            edge.word(name, value);
            return true;
        }
        false
    }

    /// Words of paragraphs come: borders are theirs again.
    pub(super) const fn leave(&mut self) {
        self.target = Target::None;
    }

    fn end_cell(&mut self, right: i32) {
        let cell = std::mem::take(&mut self.next);
        self.target = Target::None;
        if self.cells.len() < CELLS {
            self.cells.push(CellDef { right, ..cell });
        }
    }

    /// The same for a row that has only so many cells.
    pub(super) fn of_first(&self, count: usize) -> Self {
        Self { cells: self.cells.iter().take(count).cloned().collect(), next: CellDef::default(), ..*self }
    }

    /// Points between edge and text of a cell; none where that is the usual tenth of an inch and a half (108 twips).
    pub(super) fn padding(&self, cell: &CellDef) -> Option<[f32; 4]> {
        let gap = self.gap.clamp(0, 1440);
        let usual = [gap, 0, gap, 0];
        let mut found = [0; 4];
        for (side, twips) in found.iter_mut().enumerate() {
            *twips = cell.padding[side].or(self.padding[side]).unwrap_or(usual[side]).clamp(0, 7200);
        }
        (found != [108, 0, 108, 0]).then(|| found.map(super::para::points))
    }
}
