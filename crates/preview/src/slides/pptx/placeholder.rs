//! Placeholders and what they follow (§19.3.1.36).

use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::ShapeRole;

/// Placeholders of a layout or master; they have a dozen.
const PLACEHOLDERS: usize = 200;

/// A placeholder of a layout or master, with its shape.
pub(super) type Known<'t> = (Node<'t>, Placeholder<'t>);

/// A `ph`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placeholder<'t> {
    kind: &'t str,
    index: Option<u32>,
}

/// Which of a master's text styles (§19.3.1.52) a shape follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextKind {
    Title,
    Body,
    Other,
}

impl<'t> Placeholder<'t> {
    /// Of a `sp`, `pic`, `graphicFrame`; none where it is no placeholder.
    pub(super) fn of(shape: Node<'t>) -> Option<Self> {
        let own = shape.elements().find(|child| child.name().starts_with("nv"))?;
        let node = own.path(Ns::P, &["nvPr", "ph"])?;
        Some(Self { kind: node.attribute("type").unwrap_or("obj"), index: node.number("idx") })
    }

    /// The placeholder of a layout that one of a slide follows: by its index, or else by what it is for.
    pub(super) fn in_layout(self, others: &[Known<'t>]) -> Option<Node<'t>> {
        let all = || others.iter().copied();
        let by_index = self.index.and_then(|index| {
            all().find(|(_, other)| other.index == Some(index) && other.group() == self.group())
        });
        let same_kind = || all().find(|(_, other)| other.kind == self.kind);
        let by_index_alone = || {
            let index = self.index.filter(|index| *index > 0)?;
            all().find(|(_, other)| other.index == Some(index))
        };
        let found = by_index.or_else(same_kind).or_else(by_index_alone).or_else(|| self.by_group(others));
        found.map(|(shape, _)| shape)
    }

    /// The placeholder of a master, which has one of a kind.
    pub(super) fn in_master(self, others: &[Known<'t>]) -> Option<Node<'t>> {
        let same_kind = others.iter().copied().find(|(_, other)| other.kind == self.kind);
        same_kind.or_else(|| self.by_group(others)).map(|(shape, _)| shape)
    }

    fn by_group(self, others: &[Known<'t>]) -> Option<Known<'t>> {
        others.iter().copied().find(|(_, other)| other.group() == self.group())
    }

    /// Kinds that stand for each other between slide, layout and master.
    fn group(self) -> &'t str {
        match self.kind {
            "ctrTitle" => "title",
            "subTitle" | "obj" | "chart" | "tbl" | "clipArt" | "dgm" | "media" | "pic" => "body",
            kind => kind,
        }
    }

    pub(super) fn text_kind(self) -> TextKind {
        match self.group() {
            "title" => TextKind::Title,
            "body" => TextKind::Body,
            _ => TextKind::Other,
        }
    }

    pub(super) fn role(self) -> Option<ShapeRole> {
        match self.kind {
            "title" | "ctrTitle" => Some(ShapeRole::Title),
            "subTitle" => Some(ShapeRole::Subtitle),
            "body" | "obj" => Some(ShapeRole::Body),
            "dt" | "ftr" | "sldNum" | "hdr" => Some(ShapeRole::Margin),
            _ => None,
        }
    }
}

/// All placeholders of a layout or master that are shapes of their own.
pub(super) fn all<'t>(root: Node<'t>) -> Vec<Known<'t>> {
    let tree = root.named("cSld").and_then(|data| data.named("spTree"));
    let shapes = tree.into_iter().flat_map(Node::elements);
    shapes.filter_map(|shape| Some((shape, Placeholder::of(shape)?))).take(PLACEHOLDERS).collect()
}
