//! Tables: groups of boxes, and of lines between them.

use std::collections::HashMap;

use super::shapes::Builder;
use crate::drawing::officeart::draw::Host as _;
use crate::drawing::officeart::place::Rect;
use crate::drawing::officeart::tree::RawShape;
use crate::drawing::officeart::{paint, text};
use crate::drawing::shape::Space;
use crate::model::{Border, Borders, Fill, Table, TableCell, TableRow};
use crate::slides::padding_within;

/// Master units in a point.
const UNITS: f32 = 8.0;
/// Rows and columns of a table; what has more stays a group.
const EDGES: usize = 256;
/// Boxes and lines of a table; what has more stays a group.
const PARTS: usize = 10_000;
/// A line ([MS-ODRAW] 2.4.24).
const LINE: u16 = 20;

/// Where the edges of cells are, in one direction.
struct Edges(Vec<i64>);

impl Edges {
    fn new(places: impl Iterator<Item = f32>) -> Option<Self> {
        let mut edges: Vec<i64> = places.map(rounded).collect();
        edges.sort_unstable();
        edges.dedup();
        (edges.len() >= 2 && edges.len() <= EDGES).then_some(Self(edges))
    }

    fn index(&self, place: f32) -> Option<usize> {
        self.0.binary_search(&rounded(place)).ok()
    }

    /// Points.
    fn lengths(&self) -> Vec<f32> {
        self.0.windows(2).map(|pair| (pair[1] - pair[0]) as f32 / UNITS).collect()
    }
}

/// To a master unit: scaled groups put edges next to each other.
fn rounded(place: f32) -> i64 {
    place.round() as i64
}

/// Lines between the cells, by row and column of the edge: above, and left of that cell.
#[derive(Default)]
struct Lines {
    above: HashMap<(usize, usize), Border>,
    before: HashMap<(usize, usize), Border>,
}

/// The table that a group is; none where its boxes make none.
pub(super) fn table<'b, 'a>(
    builder: &mut Builder<'b, 'a>,
    group: &'b RawShape<'a>,
    space: &Space,
) -> Option<Table> {
    if group.children.len() > PARTS {
        return None;
    }
    let (lines, boxes): (Vec<&'b RawShape<'a>>, Vec<&'b RawShape<'a>>) =
        group.children.iter().filter(|child| !child.is_deleted()).partition(|child| child.preset == LINE);
    // In master units of the slide, before the group is turned.
    let (x, y) =
        ((space.scale.0 * UNITS, space.group.x * UNITS), (space.scale.1 * UNITS, space.group.y * UNITS));
    let place = |shape: &RawShape<'a>| {
        let Rect { left, top, right, bottom } = shape.anchor();
        let [left, right] = [left, right].map(|edge| (edge - space.child_offset.0) * x.0 + x.1);
        let [top, bottom] = [top, bottom].map(|edge| (edge - space.child_offset.1) * y.0 + y.1);
        Rect { left, top, right, bottom }
    };
    let places: Vec<Rect> = boxes.iter().map(|shape| place(shape)).collect();
    let columns = Edges::new(places.iter().flat_map(|place| [place.left, place.right]))?;
    let rows = Edges::new(places.iter().flat_map(|place| [place.top, place.bottom]))?;
    let mut borders = Lines::default();
    for line in lines {
        let stroke = paint::stroke(builder.cascade(line), LINE, builder.paint);
        if let Some(stroke) = stroke {
            let border =
                Border { width: stroke.width, color: Some(stroke.color), dash: stroke.dash, double: false };
            borders.add(place(line), &border, &columns, &rows);
        }
    }
    let mut cells: Vec<Vec<(usize, TableCell)>> = rows.0.iter().skip(1).map(|_| Vec::new()).collect();
    for (shape, place) in boxes.iter().zip(&places) {
        let (left, right) = (columns.index(place.left)?, columns.index(place.right)?);
        let (top, bottom) = (rows.index(place.top)?, rows.index(place.bottom)?);
        if right <= left || bottom <= top {
            continue;
        }
        let mut cell = cell(builder, shape);
        cell.columns = (right - left) as u16;
        cell.rows = (bottom - top) as u16;
        cell.borders = borders.of((top, bottom), (left, right));
        cell.padding = cell.padding.map(|margins| padding_within(margins, &cell.borders));
        cells.get_mut(top)?.push((left, cell));
    }
    let heights = rows.lengths();
    let rows = cells.into_iter().zip(heights).map(|(mut cells, height)| {
        cells.sort_by_key(|(column, _)| *column);
        TableRow { cells: cells.into_iter().map(|(_, cell)| cell).collect(), header: false, height }
    });
    Some(Table { rows: rows.collect(), columns: columns.lengths(), ..Table::default() })
}

fn cell<'b, 'a>(builder: &mut Builder<'b, 'a>, shape: &'b RawShape<'a>) -> TableCell {
    let text = builder.text_of(shape);
    let options = builder.cascade(shape);
    let body = text::place(options, [0.0; 4]);
    let shade = match paint::fill(options, shape.preset, builder.paint) {
        Some(Fill::Solid { color }) => Some(color),
        Some(Fill::Gradient { stops, .. }) => stops.into_iter().next().map(|stop| stop.color),
        _ => None,
    };
    let blocks = text.map(|text| builder.blocks(&text)).unwrap_or_default();
    TableCell { blocks, shade, vertical: body.vertical, padding: Some(body.insets), ..TableCell::default() }
}

impl Lines {
    fn add(&mut self, place: Rect, border: &Border, columns: &Edges, rows: &Edges) {
        let x = columns.index(place.left).zip(columns.index(place.right));
        let y = rows.index(place.top).zip(rows.index(place.bottom));
        let (Some((left, right)), Some((top, bottom))) = (x, y) else { return };
        if top == bottom {
            for column in left..right {
                self.above.insert((top, column), border.clone());
            }
        } else if left == right {
            for row in top..bottom {
                self.before.insert((row, left), border.clone());
            }
        }
    }

    fn of(&self, (top, bottom): (usize, usize), (left, right): (usize, usize)) -> Borders {
        Borders {
            top: self.above.get(&(top, left)).cloned(),
            bottom: self.above.get(&(bottom, left)).cloned(),
            start: self.before.get(&(top, left)).cloned(),
            end: self.before.get(&(top, right)).cloned(),
        }
    }
}
