//! How shapes look: `spPr` and `style` of all Office formats (ECMA-376 part 1 §19.3.1.44, §20.1.2.2.37).

use super::color::Rgba;
use super::fill;
use super::geometry::{self, Outline};
use super::scope::Scope;
use super::{degrees, points, truth};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{Fill, Frame, ShapeContent, Stroke};

/// What of a shape is drawn, and what its style says of its text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Look {
    pub(crate) outline: Outline,
    pub(crate) fill: Option<Fill>,
    pub(crate) stroke: Option<Stroke>,
    pub(crate) font: FontStyle,
}

/// What a `fontRef` says (§20.1.4.1.17).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct FontStyle {
    pub(crate) color: Option<Rgba>,
    /// The theme's font for headings.
    pub(crate) major: bool,
    /// What table styles say.
    pub(crate) bold: Option<bool>,
    pub(crate) italic: Option<bool>,
}

/// The picture that fills a shape of `size` points: that of its `blipFill`.
pub(crate) fn picture(node: Node<'_>, scope: &Scope<'_>, size: (f32, f32)) -> Option<ShapeContent> {
    let mut picture = scope.picture(node.named("blipFill")?)?;
    (picture.width, picture.height) = size;
    Some(ShapeContent::Picture(picture))
}

/// The look of a shape of `size` points. `properties` are the `spPr` that say something of it, its own first, then
/// those of the placeholders that it follows; `group` is the fill of the group around it.
pub(crate) fn look(
    properties: &[(Node<'_>, Scope<'_>)],
    style: Option<Node<'_>>,
    size: (f32, f32),
    scope: &Scope<'_>,
    group: Option<&Fill>,
) -> Look {
    let shaped = properties
        .iter()
        .find(|(node, _)| node.elements().any(|child| matches!(child.name(), "prstGeom" | "custGeom")));
    let outline = shaped.map(|(node, _)| geometry::outline(*node, size)).unwrap_or_default();
    let said = properties.iter().find_map(|(node, scope)| match fill::among(*node, scope) {
        None => node.child(Ns::A, "grpFill").map(|_| group.cloned()),
        said => said,
    });
    let fill = said.unwrap_or_else(|| style.and_then(|style| fill_of_style(style, scope)));
    Look {
        outline,
        fill,
        stroke: stroke(properties, style, scope),
        font: style.map(|style| font(style, scope)).unwrap_or_default(),
    }
}

/// `idx` and colour of a reference into the theme's styles.
fn reference<'s>(style: Node<'_>, name: &str, scope: &Scope<'s>) -> Option<(u32, Scope<'s>)> {
    let reference = style.child(Ns::A, name)?;
    let color = scope.palette.inside(reference);
    Some((reference.number("idx")?, scope.with_palette(scope.palette.with(color))))
}

/// The fill of the theme that a `fillRef` chooses.
fn fill_of_style(style: Node<'_>, scope: &Scope<'_>) -> Option<Fill> {
    let (index, scope) = reference(style, "fillRef", scope)?;
    of_theme(index, &scope)
}

/// A fill of the theme by its number, its pictures being those of the theme's part.
pub(crate) fn of_theme(index: u32, scope: &Scope<'_>) -> Option<Fill> {
    let theme = scope.palette.theme;
    fill::read(theme.fill(index)?, &scope.of_part(&theme.relations))?
}

fn stroke(
    properties: &[(Node<'_>, Scope<'_>)],
    style: Option<Node<'_>>,
    scope: &Scope<'_>,
) -> Option<Stroke> {
    let mut lines: Vec<(Node<'_>, Scope<'_>)> =
        properties.iter().filter_map(|(node, scope)| Some((node.child(Ns::A, "ln")?, *scope))).collect();
    if let Some((index, scope)) = style.and_then(|style| reference(style, "lnRef", scope))
        && let Some(line) = scope.palette.theme.line(index)
    {
        lines.push((line, scope));
    }
    fill::stroke(&lines)
}

fn font(style: Node<'_>, scope: &Scope<'_>) -> FontStyle {
    let Some(reference) = style.child(Ns::A, "fontRef") else { return FontStyle::default() };
    FontStyle {
        color: scope.palette.inside(reference),
        major: reference.attribute("idx") == Some("major"),
        ..FontStyle::default()
    }
}

/// Where an `xfrm` puts something; none where it does not say both place and size.
pub(crate) fn frame(transform: Node<'_>) -> Option<Frame> {
    let (offset, extent) = (transform.child(Ns::A, "off")?, transform.child(Ns::A, "ext")?);
    let length = |node: Node<'_>, name| node.attribute(name).and_then(points).map(bounded);
    let flipped = |name| transform.attribute(name).is_some_and(truth);
    Some(Frame {
        x: length(offset, "x")?,
        y: length(offset, "y")?,
        width: length(extent, "cx")?.max(0.0),
        height: length(extent, "cy")?.max(0.0),
        rotation: transform.attribute("rot").and_then(degrees).unwrap_or(0.0).rem_euclid(360.0),
        flip_x: flipped("flipH"),
        flip_y: flipped("flipV"),
    })
}

/// A length that everything can be reckoned with, whatever a file says: at most some 350 m.
const fn bounded(length: f32) -> f32 {
    if length.is_finite() { length.clamp(-FAR, FAR) } else { 0.0 }
}

const FAR: f32 = 1e6;

/// From the coordinates inside a group to those around it (§20.1.7.5): `chOff` and `chExt` become the group's frame,
/// which is then flipped and turned as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nesting(Vec<Space>);

/// What is inside a group: its own coordinates, and the frame that they are drawn in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Space {
    pub(crate) group: Frame,
    /// What stands in the group's corner.
    pub(crate) child_offset: (f32, f32),
    pub(crate) scale: (f32, f32),
}

impl Nesting {
    /// Inside a frame whose corner is where everything is measured from.
    pub(crate) fn moved(frame: Frame) -> Self {
        Self(vec![Space { group: frame, ..Space::scaled(1.0) }])
    }

    /// Inside one more group.
    pub(crate) fn with_group(&self, transform: Option<Node<'_>>) -> Self {
        let mut inner = self.clone();
        let step = transform.and_then(|transform| {
            let group = frame(transform)?;
            let length =
                |child: &str, name: &str| transform.child(Ns::A, child)?.attribute(name).and_then(points);
            Some(Space {
                group,
                child_offset: (
                    length("chOff", "x").unwrap_or(group.x),
                    length("chOff", "y").unwrap_or(group.y),
                ),
                scale: (
                    ratio(group.width, length("chExt", "cx").unwrap_or(0.0)),
                    ratio(group.height, length("chExt", "cy").unwrap_or(0.0)),
                ),
            })
        });
        inner.0.extend(step);
        inner
    }

    /// A frame inside the innermost group, as seen on the slide.
    pub(crate) fn resolve(&self, frame: Frame) -> Frame {
        self.0.iter().rev().fold(frame, |frame, space| space.resolve(frame))
    }
}

/// How much a group of this length scales what is in it, whose length is `own`.
pub(crate) fn ratio(whole: f32, own: f32) -> f32 {
    if own > 0.0 { bounded(whole / own) } else { 1.0 }
}

impl Space {
    /// No group at all, only another unit.
    pub(crate) fn scaled(scale: f32) -> Self {
        Self { group: Frame::default(), child_offset: (0.0, 0.0), scale: (scale, scale) }
    }

    /// A frame inside, as seen from outside.
    pub(crate) fn resolve(&self, frame: Frame) -> Frame {
        let group = self.group;
        // What is turned more than half to a side grows by the other side's measure.
        let lying = ((frame.rotation.rem_euclid(180.0)) - 90.0).abs() < 45.0;
        let (across, down) = if lying { (self.scale.1, self.scale.0) } else { self.scale };
        let (width, height) = (frame.width * across, frame.height * down);
        let middle = (frame.x + frame.width / 2.0, frame.y + frame.height / 2.0);
        let mut x = group.x + (middle.0 - self.child_offset.0) * self.scale.0;
        let mut y = group.y + (middle.1 - self.child_offset.1) * self.scale.1;
        let center = (group.x + group.width / 2.0, group.y + group.height / 2.0);
        let mut rotation = frame.rotation;
        if group.flip_x {
            x = 2.0 * center.0 - x;
        }
        if group.flip_y {
            y = 2.0 * center.1 - y;
        }
        if group.flip_x != group.flip_y {
            rotation = -rotation;
        }
        let (sin, cos) = group.rotation.to_radians().sin_cos();
        let (dx, dy) = (x - center.0, y - center.1);
        let (x, y) = (center.0 + dx * cos - dy * sin, center.1 + dx * sin + dy * cos);
        let [x, y, width, height] = [x - width / 2.0, y - height / 2.0, width, height].map(bounded);
        Frame {
            x,
            y,
            width,
            height,
            rotation: (rotation + group.rotation).rem_euclid(360.0),
            flip_x: frame.flip_x != group.flip_x,
            flip_y: frame.flip_y != group.flip_y,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::tree::Tree;
    use crate::container::xml::Xml;
    use crate::error::Result;

    fn inside(group: &str, child: Frame) -> Result<Frame> {
        let tree = Tree::whole(Xml::new(group.as_bytes()), 9)?;
        Ok(Nesting::default().with_group(tree.root()).resolve(child))
    }

    #[test]
    fn groups_scale_flip_and_turn_what_is_in_them() -> Result<()> {
        let group = |attributes: &str| {
            format!(
                "<a:xfrm {attributes}><a:off x='1270000' y='0'/><a:ext cx='2540000' cy='1270000'/><a:chOff x='0' y='0'/>\
                 <a:chExt cx='1270000' cy='1270000'/></a:xfrm>"
            )
        };
        let child = Frame { x: 0.0, y: 0.0, width: 10.0, height: 20.0, ..Frame::default() };
        for (attributes, expected) in [
            ("", Frame { x: 100.0, y: 0.0, width: 20.0, height: 20.0, ..Frame::default() }),
            (
                "flipH='1'",
                Frame { x: 280.0, y: 0.0, width: 20.0, height: 20.0, flip_x: true, ..Frame::default() },
            ),
            (
                "rot='10800000'",
                Frame { x: 280.0, y: 80.0, width: 20.0, height: 20.0, rotation: 180.0, ..Frame::default() },
            ),
        ] {
            let found = inside(&group(attributes), child)?;
            let close = |one: f32, other: f32| (one - other).abs() < 0.01;
            assert!(
                close(found.x, expected.x)
                    && close(found.y, expected.y)
                    && close(found.width, expected.width),
                "{attributes}: {found:?}"
            );
            assert_eq!((found.rotation, found.flip_x), (expected.rotation, expected.flip_x), "{attributes}");
        }
        assert_eq!(inside("<a:xfrm/>", child)?, child, "a group without a place changes nothing");
        Ok(())
    }
}
