//! Where drawings stand beside the text (`wp:anchor`, ECMA-376 part 1 §20.4.2.3; VML's style, part 4 §19.1).

use super::units::{EMUS, is_on, measure};
use super::vml::{PIXELS, declared};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{Align, Anchor, AnchorFrom, Stand, Wrap};

/// Points that nothing stands further away.
const FURTHEST: f32 = 1584.0;

/// Of `wp:anchor`; none of what stands in a line.
pub(super) fn anchor(place: Node<'_>) -> Option<Anchor> {
    if place.name() != "anchor" {
        return None;
    }
    let under = if place.attribute("behindDoc").is_some_and(is_on) { Wrap::Over } else { Wrap::Under };
    let wrap = place.elements().find_map(|child| match child.name() {
        "wrapSquare" | "wrapTight" | "wrapThrough" => Some(Wrap::Around),
        "wrapTopAndBottom" => Some(Wrap::Apart),
        "wrapNone" => Some(under),
        _ => None,
    });
    Some(Anchor {
        wrap: wrap.unwrap_or(under),
        across: stand(place.child(Ns::Wp, "positionH")),
        down: stand(place.child(Ns::Wp, "positionV")),
    })
}

/// `wp:positionH`, `wp:positionV`.
fn stand(position: Option<Node<'_>>) -> Stand {
    let Some(position) = position else { return Stand::default() };
    let told = |name| position.child(Ns::Wp, name).map(Node::all_text);
    let offset = told("posOffset").and_then(|emus| emus.trim().parse::<f32>().ok());
    Stand {
        from: position.attribute("relativeFrom").map_or(AnchorFrom::Text, from),
        align: told("align").as_deref().map(str::trim).and_then(align),
        offset: offset.map_or(0.0, |emus| emus / EMUS).clamp(-FURTHEST, FURTHEST),
    }
}

fn from(name: &str) -> AnchorFrom {
    match name {
        "page" | "leftMargin" | "rightMargin" | "topMargin" | "bottomMargin" | "insideMargin"
        | "outsideMargin" => AnchorFrom::Page,
        "margin" => AnchorFrom::Margin,
        _ => AnchorFrom::Text,
    }
}

fn align(name: &str) -> Option<Align> {
    Some(match name {
        "left" | "top" | "inside" => Align::Start,
        "center" => Align::Center,
        "right" | "bottom" | "outside" => Align::End,
        _ => return None,
    })
}

/// Of a shape of VML; none of what stands in a line.
pub(super) fn vml_anchor(node: Node<'_>) -> Option<Anchor> {
    let style = node.attribute("style").unwrap_or_default();
    if declared(style, "position") != Some("absolute") {
        return None;
    }
    let wrap = node.named("wrap").and_then(|wrap| wrap.attribute("type"));
    let behind = declared(style, "z-index").is_some_and(|order| order.starts_with('-'));
    let stand = |margin, direction: &str, relative: &str| Stand {
        from: declared(style, relative).map_or(AnchorFrom::Text, from),
        align: declared(style, direction).and_then(align),
        offset: declared(style, margin)
            .and_then(|length| measure(length, PIXELS))
            .unwrap_or(0.0)
            .clamp(-FURTHEST, FURTHEST),
    };
    Some(Anchor {
        wrap: match wrap {
            Some("square" | "tight" | "through") => Wrap::Around,
            Some("topAndBottom") => Wrap::Apart,
            _ if behind => Wrap::Over,
            _ => Wrap::Under,
        },
        across: stand("margin-left", "mso-position-horizontal", "mso-position-horizontal-relative"),
        down: stand("margin-top", "mso-position-vertical", "mso-position-vertical-relative"),
    })
}
