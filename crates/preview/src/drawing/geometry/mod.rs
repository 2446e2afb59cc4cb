//! Outlines of shapes: presets and those a document draws itself (ECMA-376 part 1 §20.1.9).

mod guides;
mod path;

use guides::Guides;
use path::Path;

use super::EMU;
use super::truth;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{Geometry, PathPart};

/// The preset shapes in a short notation; its head says which.
const PRESETS: &str = include_str!("presets.txt");
/// Paths of one shape.
const PATHS: usize = 1000;

/// An outline, and where the text stands in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outline {
    pub(crate) geometry: Geometry,
    /// Points between the frame and the rectangle of the text: left, top, right, bottom.
    pub(crate) insets: [f32; 4],
}

/// The outline that an `spPr` says, for a shape of `size` points.
pub(crate) fn outline(look: Node<'_>, size: (f32, f32)) -> Outline {
    if let Some(preset) = look.child(Ns::A, "prstGeom") {
        let adjust: Vec<(&str, &str)> =
            preset.child(Ns::A, "avLst").into_iter().flat_map(read_guides).collect();
        return self::preset(preset.attribute("prst").unwrap_or("rect").trim(), &adjust, size);
    }
    look.child(Ns::A, "custGeom").map_or_else(Outline::default, |own| custom(own, size))
}

/// Sizes in EMU, in which shapes are reckoned.
fn guides_for(size: (f32, f32)) -> Guides {
    let emu = |points: f32| f64::from(points.clamp(0.0, 1e6)) * f64::from(EMU);
    Guides::new(emu(size.0), emu(size.1))
}

/// Name and formula of each guide in a list.
fn read_guides<'t>(list: Node<'t>) -> impl Iterator<Item = (&'t str, &'t str)> {
    list.all(Ns::A, "gd").filter_map(|guide| Some((guide.attribute("name")?, guide.attribute("fmla")?)))
}

/// A preset by its name, with the adjust values that differ from the usual; a box where there is no such preset.
pub(crate) fn preset(name: &str, adjust: &[(&str, &str)], size: (f32, f32)) -> Outline {
    let simple = match name {
        "rect" | "flowChartProcess" | "actionButtonBlank" => Some(Geometry::Box),
        "line" | "straightConnector1" => Some(Geometry::Line),
        _ => None,
    };
    if let Some(geometry) = simple {
        return Outline { geometry, insets: [0.0; 4] };
    }
    let Some(lines) = definition(name) else { return Outline::default() };
    let mut guides = guides_for(size);
    let mut rectangle = None;
    let mut paths: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        match kind {
            "a" | "g" => {
                let (guide, formula) = rest.split_once(' ').unwrap_or((rest, ""));
                let own = adjust.iter().find(|(name, _)| kind == "a" && *name == guide);
                guides.set(guide, own.map_or(formula, |(_, formula)| formula));
            }
            "r" => rectangle = Some(rest),
            "p" => paths.push((rest, Vec::new())),
            "c" => {
                if let Some((_, commands)) = paths.last_mut() {
                    commands.push(rest);
                }
            }
            _ => {}
        }
    }
    let sides: Vec<&str> = rectangle.unwrap_or_default().split(' ').collect();
    Outline { geometry: drawn(name, &guides, &paths, size), insets: insets(&guides, sides.as_slice(), size) }
}

/// Ellipses and rounded boxes have names of their own in the model.
fn drawn(name: &str, guides: &Guides, paths: &[(&str, Vec<&str>)], size: (f32, f32)) -> Geometry {
    match name {
        "ellipse" | "flowChartConnector" => Geometry::Ellipse,
        "roundRect" => Geometry::Rounded { radius: (guides.get("x1") / f64::from(EMU)) as f32 },
        _ => {
            let paths: Vec<PathPart> = paths
                .iter()
                .filter_map(|(head, commands)| preset_path(guides, head, commands, size))
                .collect();
            if paths.is_empty() { Geometry::Box } else { Geometry::Paths { paths } }
        }
    }
}

/// The lines of a preset's definition.
fn definition(name: &str) -> Option<impl Iterator<Item = &'static str>> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let head = format!("\n@{name}\n");
    let start = PRESETS.find(&head)? + head.len();
    Some(PRESETS.get(start..)?.lines().take_while(|line| !line.starts_with('@')))
}

fn preset_path(guides: &Guides, head: &str, commands: &[&str], size: (f32, f32)) -> Option<PathPart> {
    let mut words = head.split(' ');
    let mut measure = || words.next().and_then(|number| number.parse::<f64>().ok()).unwrap_or(0.0);
    let own = (measure(), measure());
    let (mut no_fill, mut no_stroke) = (false, false);
    for word in words {
        no_fill |= word == "f";
        no_stroke |= word == "s";
    }
    let mut path = Path::new(guides, scale(own, size), no_fill, no_stroke);
    let words: Vec<&str> = commands.iter().flat_map(|line| line.split(' ')).collect();
    let is_command = |word: &str| matches!(word, "M" | "L" | "Q" | "C" | "A" | "Z");
    let mut rest = words.as_slice();
    while let Some((command, after)) = rest.split_first() {
        let count = after.iter().position(|word| is_command(word)).unwrap_or(after.len());
        let (operands, next) = after.split_at(count);
        path.command(command.chars().next().unwrap_or('Z'), operands);
        rest = next;
    }
    path.finish()
}

/// Points for one unit of a path, whose own width and height stand for the shape's; without them it counts in EMU.
fn scale(own: (f64, f64), size: (f32, f32)) -> (f64, f64) {
    let one = |own: f64, size: f32| if own > 0.0 { f64::from(size) / own } else { 1.0 / f64::from(EMU) };
    (one(own.0, size.0), one(own.1, size.1))
}

/// From the rectangle of the text to distances from the frame.
fn insets(guides: &Guides, sides: &[&str], size: (f32, f32)) -> [f32; 4] {
    let &[left, top, right, bottom] = sides else { return [0.0; 4] };
    let at = |name| (guides.get(name) / f64::from(EMU)) as f32;
    let insets = [at(left), at(top), size.0 - at(right), size.1 - at(bottom)];
    let fits = insets[0] + insets[2] < size.0.max(1.0) && insets[1] + insets[3] < size.1.max(1.0);
    if fits && insets.iter().all(|inset| inset.is_finite()) { insets } else { [0.0; 4] }
}

/// `custGeom` (§20.1.9.8).
fn custom(own: Node<'_>, size: (f32, f32)) -> Outline {
    let mut guides = guides_for(size);
    for list in ["avLst", "gdLst"] {
        for (name, formula) in own.child(Ns::A, list).into_iter().flat_map(read_guides) {
            guides.set(name, formula);
        }
    }
    let paths: Vec<PathPart> = own
        .child(Ns::A, "pathLst")
        .into_iter()
        .flat_map(|list| list.all(Ns::A, "path"))
        .take(PATHS)
        .filter_map(|path| custom_path(&guides, path, size))
        .collect();
    let sides: Vec<&str> = own
        .child(Ns::A, "rect")
        .into_iter()
        .flat_map(|rect| ["l", "t", "r", "b"].into_iter().filter_map(move |side| rect.attribute(side)))
        .collect();
    Outline {
        geometry: if paths.is_empty() { Geometry::Box } else { Geometry::Paths { paths } },
        insets: insets(&guides, &sides, size),
    }
}

fn custom_path(guides: &Guides, node: Node<'_>, size: (f32, f32)) -> Option<PathPart> {
    let own = (node.number("w").unwrap_or(0.0), node.number("h").unwrap_or(0.0));
    let no_fill = node.attribute("fill") == Some("none");
    let no_stroke = node.attribute("stroke").is_some_and(|stroke| !truth(stroke));
    let mut path = Path::new(guides, scale(own, size), no_fill, no_stroke);
    for step in node.elements() {
        let command = match step.name() {
            "moveTo" => 'M',
            "lnTo" => 'L',
            "quadBezTo" => 'Q',
            "cubicBezTo" => 'C',
            "close" => 'Z',
            "arcTo" => {
                let operand = |name| step.attribute(name).unwrap_or("0");
                path.command('A', &[operand("wR"), operand("hR"), operand("stAng"), operand("swAng")]);
                continue;
            }
            _ => continue,
        };
        let points: Vec<&str> = step
            .all(Ns::A, "pt")
            .flat_map(|point| [point.attribute("x").unwrap_or("0"), point.attribute("y").unwrap_or("0")])
            .collect();
        path.command(command, &points);
    }
    path.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::tree::Tree;
    use crate::container::xml::Xml;
    use crate::error::Result;

    fn paths(outline: Outline) -> Vec<String> {
        match outline.geometry {
            Geometry::Paths { paths } => paths.into_iter().map(|path| path.data).collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn presets_are_drawn_by_their_definitions() {
        for (name, adjust, expected) in [
            ("rect", &[][..], "Box"),
            ("noSuchShape", &[], "Box"),
            ("a\n@b", &[], "Box"),
            ("ellipse", &[], "Ellipse"),
            ("line", &[], "Line"),
            ("roundRect", &[], "Rounded { radius: 8.3335 }"),
            ("roundRect", &[("adj", "val 50000")], "Rounded { radius: 25.0 }"),
            ("triangle", &[], "M0 50L50 0L100 50Z"),
            ("triangle", &[("adj", "val 0")], "M0 50L0 0L100 50Z"),
            ("rightArrow", &[], "M0 12.5L75 12.5L75 0L100 25L75 50L75 37.5L0 37.5Z"),
            ("arc", &[], "M50 0A50 25 0 0 1 85.36 7.32A50 25 0 0 1 100 25L50 25Z"),
        ] {
            let drawn = paths(preset(name, adjust, (100.0, 50.0)));
            assert_eq!(drawn.first().map(String::as_str), Some(expected), "{name}");
        }
    }

    #[test]
    fn every_preset_can_be_drawn_at_any_size() {
        let names: Vec<&str> = PRESETS.lines().filter_map(|line| line.strip_prefix('@')).collect();
        assert_eq!(names.len(), 187);
        for name in names {
            for size in [(100.0, 50.0), (0.0, 0.0), (1e9, 0.1), (-5.0, f32::NAN)] {
                let outline = preset(name, &[("adj1", "val -999999999")], size);
                let finite = |data: &String| !data.contains("NaN") && !data.contains("inf");
                assert!(paths(outline).iter().all(finite), "{name} {size:?}");
            }
        }
    }

    #[test]
    fn text_stands_inside_round_shapes() {
        let insets = preset("ellipse", &[], (100.0, 100.0)).insets;
        assert!(insets.iter().all(|inset| (inset - 14.64).abs() < 0.01), "{insets:?}");
    }

    #[test]
    fn documents_draw_their_own_shapes() -> Result<()> {
        let xml = "<a:spPr><a:custGeom><a:gdLst><a:gd name='x' fmla='*/ w 1 2'/></a:gdLst><a:pathLst><a:path>\
            <a:moveTo><a:pt x='x' y='0'/></a:moveTo><a:lnTo><a:pt x='r' y='b'/></a:lnTo><a:close/></a:path>\
            <a:path w='10' h='10' fill='none'><a:moveTo><a:pt x='5' y='5'/></a:moveTo><a:cubicBezTo><a:pt x='1' y='1'/>\
            <a:pt x='2' y='2'/><a:pt x='3' y='3'/></a:cubicBezTo><a:quadBezTo><a:pt x='1' y='1'/></a:quadBezTo></a:path>\
            <a:path><a:lnTo/></a:path></a:pathLst></a:custGeom></a:spPr>";
        let tree = Tree::whole(Xml::new(xml.as_bytes()), 20)?;
        let outline = outline(tree.root().expect("a root"), (100.0, 50.0));
        assert_eq!(paths(outline), ["M50 0L100 50Z", "M50 25C10 5 20 10 30 15"]);
        Ok(())
    }
}
