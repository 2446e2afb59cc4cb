//! Fills and lines (ECMA-376 part 1 §20.1.8, §20.1.2.2.24).

use super::color::Rgba;
use super::scope::Scope;
use super::{degrees, points, share};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{Dash, Ends, Fill, GradientStop, Stroke, Warning};

/// Stops of a gradient.
const STOPS: usize = 64;

/// The fill that stands among the children of `holder` (`spPr`, `bgPr`, `tcPr`, `ln`): none where nothing is said,
/// nothing inside where it is said that there is no fill.
pub(crate) fn among(holder: Node<'_>, scope: &Scope<'_>) -> Option<Option<Fill>> {
    holder.elements().find_map(|fill| read(fill, scope))
}

/// The fill that `node` is; none where it is no fill.
pub(crate) fn read(node: Node<'_>, scope: &Scope<'_>) -> Option<Option<Fill>> {
    Some(match node.name() {
        "noFill" => None,
        "solidFill" => scope.palette.inside(node).map(solid),
        "gradFill" => gradient(node, scope),
        "pattFill" => pattern(node, scope).map(solid),
        "blipFill" => picture(node, scope),
        _ => return None,
    })
}

pub(crate) fn solid(color: Rgba) -> Fill {
    Fill::Solid { color: color.color() }
}

fn gradient(node: Node<'_>, scope: &Scope<'_>) -> Option<Fill> {
    let mut stops: Vec<GradientStop> = node
        .path(Ns::A, &["gsLst"])?
        .all(Ns::A, "gs")
        .take(STOPS)
        .filter_map(|stop| {
            let at = stop.attribute("pos").and_then(share).unwrap_or(0.0).clamp(0.0, 1.0);
            Some(GradientStop { at, color: scope.palette.inside(stop)?.color() })
        })
        .collect();
    stops.sort_by(|one, other| one.at.total_cmp(&other.at));
    if let [only] = stops.as_slice() {
        return Some(Fill::Solid { color: only.color.clone() });
    }
    let radial = node.child(Ns::A, "path").is_some();
    let angle = node.child(Ns::A, "lin").and_then(|line| line.attribute("ang")).and_then(degrees);
    (!stops.is_empty()).then(|| Fill::Gradient { stops, angle: (!radial).then(|| angle.unwrap_or(0.0)) })
}

/// Patterns are shown as what they look like from afar: as much of the foreground as the name says.
fn pattern(node: Node<'_>, scope: &Scope<'_>) -> Option<Rgba> {
    let color = |name| node.child(Ns::A, name).and_then(|color| scope.palette.inside(color));
    let (front, back) = (color("fgClr").unwrap_or(Rgba::BLACK), color("bgClr").unwrap_or(Rgba::WHITE));
    let name = node.attribute("prst").unwrap_or_default();
    let percent = name.strip_prefix("pct").and_then(|percent| percent.parse::<f32>().ok());
    let amount = percent.map(|percent| percent / 100.0).unwrap_or(match name {
        name if name.starts_with("lt") || name.starts_with("sm") || name.starts_with("dot") => 0.25,
        name if name.starts_with("dk") || name.starts_with("wd") => 0.6,
        _ => 0.4,
    });
    Some(back.mix(front, amount.clamp(0.0, 1.0)))
}

fn picture(node: Node<'_>, scope: &Scope<'_>) -> Option<Fill> {
    let picture = scope.picture(node)?;
    if picture.id.is_none() {
        scope.gathered.warn(Warning::NotDrawn);
        return None;
    }
    Some(Fill::Picture { picture, tile: node.child(Ns::A, "tile").is_some() })
}

/// The one colour that comes closest to a fill.
pub(crate) fn main_color(fill: Node<'_>, scope: &Scope<'_>) -> Option<Rgba> {
    match fill.name() {
        "solidFill" => scope.palette.inside(fill),
        "gradFill" => fill.path(Ns::A, &["gsLst", "gs"]).and_then(|stop| scope.palette.inside(stop)),
        "pattFill" => pattern(fill, scope),
        _ => None,
    }
}

/// A line out of the `ln` that say something of it, the nearest first; none where it is not drawn.
pub(crate) fn stroke(lines: &[(Node<'_>, Scope<'_>)]) -> Option<Stroke> {
    let attribute = |name: &str| lines.iter().find_map(|(line, _)| line.attribute(name));
    let child = |name: &str| lines.iter().find_map(|(line, _)| line.child(Ns::A, name));
    let color = lines.iter().find_map(|(line, scope)| {
        line.elements().find_map(|fill| match fill.name() {
            "noFill" => Some(None),
            "solidFill" | "gradFill" | "pattFill" => Some(main_color(fill, scope)),
            _ => None,
        })
    })??;
    let dash = child("prstDash").and_then(|dash| dash.attribute("val"));
    let dash = match dash {
        Some("solid") | None if child("custDash").is_some() => Dash::Dashed,
        Some("solid") | None => Dash::Solid,
        Some("dot" | "sysDot") => Dash::Dotted,
        Some(_) => Dash::Dashed,
    };
    let head = |name| child(name).and_then(|end| end.attribute("type")).is_some_and(|kind| kind != "none");
    let ends = Ends { start: head("headEnd"), end: head("tailEnd") };
    Some(Stroke {
        color: color.color(),
        // §20.1.2.2.24 leaves the width open; Office draws three quarters of a point.
        width: attribute("w").and_then(points).unwrap_or(0.75).clamp(0.0, 1584.0),
        dash,
        ends: (ends != Ends::default()).then_some(ends),
    })
}
