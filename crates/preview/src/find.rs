//! Search in a document, in steps: a workbook of a million cells is no reason to answer nothing for a second.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::Result;
use crate::model::TreeNodeKind;
use crate::reading::{Extent, put_slide};
use crate::{Opened, Part, Shape, Window};

/// What is looked for, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Search {
    /// Regardless of case.
    pub text: String,
    /// Where an earlier answer stopped; none = at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub from: Option<Place>,
}

/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Place {
    Cell { sheet: u32, row: u32, column: u32 },
    Slide { index: u32 },
    Line { index: u64 },
    Node { index: u64 },
}

/// The places of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Found {
    /// In the order of the document, each once.
    pub places: Vec<Place>,
    /// Where the next step begins; none = the document is at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub next: Option<Place>,
}

/// Rows, lines, nodes looked at in one step.
const STEP: u32 = 4096;

impl Opened<'_> {
    /// One step of a search. Flowing documents are searched by whoever has their blocks, and answer nothing.
    ///
    /// # Errors
    /// As [`Opened::next`].
    pub fn find(&mut self, search: &Search) -> Result<Found> {
        let wanted = search.text.to_lowercase();
        if wanted.is_empty() {
            return Ok(Found::default());
        }
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        match (self.overview().shape, search.from) {
            (Shape::Sheets, Some(Place::Cell { sheet, row, .. })) => self.find_cells(sheet, row, &has),
            (Shape::Sheets, _) => self.find_cells(0, 0, &has),
            (Shape::Slides, Some(Place::Slide { index })) => self.find_slide(index, &has),
            (Shape::Slides, _) => self.find_slide(0, &has),
            (Shape::Lines, Some(Place::Line { index })) => self.find_lines(index, &has),
            (Shape::Lines, _) => self.find_lines(0, &has),
            (Shape::Tree, Some(Place::Node { index })) => self.find_nodes(index, &has),
            (Shape::Tree, _) => self.find_nodes(0, &has),
            (Shape::Flow, _) => Ok(Found::default()),
        }
    }

    fn find_cells(&mut self, sheet: u32, from: u32, has: &dyn Fn(&str) -> bool) -> Result<Found> {
        let sheets = self.overview().sheets.len() as u32;
        let after = (sheet + 1 < sheets).then_some(Place::Cell { sheet: sheet + 1, row: 0, column: 0 });
        if sheet >= sheets {
            return Ok(Found::default());
        }
        let Part::Rows(rows) = self.next(Window::Rows { sheet, from, count: STEP })? else {
            return Ok(Found::default());
        };
        let mut places = Vec::new();
        for row in &rows.rows {
            let hits = row.cells.iter().filter(|cell| has(&cell.text));
            places.extend(hits.map(|cell| Place::Cell { sheet, row: row.index, column: cell.column }));
        }
        let row = from.saturating_add(STEP);
        let over = rows.complete && row >= rows.known;
        Ok(Found { places, next: if over { after } else { Some(Place::Cell { sheet, row, column: 0 }) } })
    }

    fn find_slide(&mut self, index: u32, has: &dyn Fn(&str) -> bool) -> Result<Found> {
        let count = self.overview().slides.as_ref().map_or(0, |slides| slides.count);
        if index >= count {
            return Ok(Found::default());
        }
        let Part::Slide(slide) = self.next(Window::Slide { index })? else { return Ok(Found::default()) };
        let mut text = String::new();
        put_slide(&mut text, &slide, Extent::Everything);
        let places = if has(&text) { vec![Place::Slide { index }] } else { Vec::new() };
        Ok(Found { places, next: (index + 1 < count).then_some(Place::Slide { index: index + 1 }) })
    }

    fn find_lines(&mut self, from: u64, has: &dyn Fn(&str) -> bool) -> Result<Found> {
        let Part::Lines(lines) = self.next(Window::Lines { from, count: STEP })? else {
            return Ok(Found::default());
        };
        let hits = lines.lines.iter().zip(from..).filter(|(line, _)| has(line));
        let places = hits.map(|(_, index)| Place::Line { index }).collect();
        let end = from + lines.lines.len() as u64;
        let over = lines.lines.is_empty() || lines.complete && end >= lines.known;
        Ok(Found { places, next: (!over).then_some(Place::Line { index: end }) })
    }

    fn find_nodes(&mut self, from: u64, has: &dyn Fn(&str) -> bool) -> Result<Found> {
        let Part::Nodes(nodes) = self.next(Window::Nodes { from, count: STEP })? else {
            return Ok(Found::default());
        };
        let hit = |kind: &TreeNodeKind| match kind {
            TreeNodeKind::Element { name, attributes, text, .. } => {
                has(name)
                    || text.as_deref().is_some_and(has)
                    || attributes.iter().any(|(name, value)| has(name) || has(value))
            }
            TreeNodeKind::Text { text }
            | TreeNodeKind::CData { text }
            | TreeNodeKind::Comment { text }
            | TreeNodeKind::Instruction { text } => has(text),
        };
        let hits = nodes.nodes.iter().zip(from..).filter(|(node, _)| hit(&node.kind));
        let places = hits.map(|(_, index)| Place::Node { index }).collect();
        let end = from + nodes.nodes.len() as u64;
        let over = nodes.nodes.is_empty() || nodes.complete && end >= nodes.known;
        Ok(Found { places, next: (!over).then_some(Place::Node { index: end }) })
    }
}
