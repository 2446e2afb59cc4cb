//! A stretch of XML as a tree in one piece of memory: small parts, or one paragraph, table, row at a time.
//!
//! `mc:AlternateContent` is gone from it: the first choice that is understood here, or the fallback, stands in its place.

use super::xml::{Ns, Token, Xml};
use crate::error::Result;

/// Nodes of one tree; a slide with thousands of shapes has some 100,000.
const NODES: usize = 2_000_000;

/// Features that choices may require (ECMA-376 part 3 §10).
const UNDERSTOOD: [&str; 10] = ["wps", "wpg", "wpc", "w14", "w15", "a14", "c14", "p14", "p15", "x14"];

/// Elements, their attributes and texts.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Data>,
    attributes: Vec<Attribute>,
    /// All names and texts, one after the other.
    text: String,
    /// Elements too deep, or too many of them, were left out.
    pub(crate) cut: bool,
}

#[derive(Debug)]
struct Data {
    /// None for text.
    ns: Option<Ns>,
    /// The local name, or the text.
    name: (u32, u32),
    attributes: (u32, u32),
    first: u32,
    next: u32,
}

#[derive(Debug)]
struct Attribute {
    ns: Ns,
    name: (u32, u32),
    value: (u32, u32),
}

/// No node.
const NOWHERE: u32 = u32::MAX;

/// What an open element does to its children.
enum Frame {
    /// They are the node's; the last one so far.
    Node(u32, u32),
    /// `AlternateContent`: its chosen branch's children are the parent's.
    Choosing { chosen: bool },
    /// The branch.
    Chosen,
}

impl Tree {
    /// The whole of a part.
    pub(crate) fn whole(mut xml: Xml<'_>, depth: usize) -> Result<Self> {
        let opening = loop {
            match xml.next()? {
                Token::Open(start) => break Opening::of(&start),
                Token::End => return Ok(Self::default()),
                _ => {}
            }
        };
        Self::from_start(&mut xml, opening, depth)
    }

    /// The element that `start` began.
    pub(crate) fn from_start(xml: &mut Xml<'_>, start: Opening, depth: usize) -> Result<Self> {
        let mut tree = start.0;
        tree.grow(xml, depth)?;
        Ok(tree)
    }

    fn grow(&mut self, xml: &mut Xml<'_>, depth: usize) -> Result<()> {
        let outside = xml.depth().saturating_sub(1);
        let mut frames = vec![Frame::Node(0, NOWHERE)];
        loop {
            let open = match xml.next()? {
                Token::End => return Ok(()),
                Token::Close(depth) => {
                    frames.pop();
                    if depth <= outside || frames.is_empty() {
                        return Ok(());
                    }
                    continue;
                }
                Token::Text(text) => {
                    self.add_text(&mut frames, &text);
                    continue;
                }
                Token::Open(start) if start.ns == Ns::Mc => self.alternative(&mut frames, &start),
                Token::Open(_) if matches!(frames.last(), Some(Frame::Choosing { .. })) => false,
                Token::Open(_) if frames.len() >= depth || self.nodes.len() >= NODES => {
                    self.cut = true;
                    false
                }
                Token::Open(start) => {
                    let node = self.add(&start);
                    self.attach(&mut frames, node);
                    frames.push(Frame::Node(node, NOWHERE));
                    true
                }
            };
            if !open {
                xml.skip()?;
            }
        }
    }

    /// Whether the children of this part of an `AlternateContent` are read.
    fn alternative(&self, frames: &mut Vec<Frame>, start: &super::xml::Start<'_>) -> bool {
        match (start.name(), frames.last_mut()) {
            ("AlternateContent", Some(Frame::Node(..) | Frame::Chosen)) => {
                frames.push(Frame::Choosing { chosen: false });
                true
            }
            ("Choice", Some(Frame::Choosing { chosen: chosen @ false })) => {
                let required = start.attribute("Requires").unwrap_or_default();
                *chosen = required.split_whitespace().all(|feature| UNDERSTOOD.contains(&feature));
                let chosen = *chosen;
                if chosen {
                    frames.push(Frame::Chosen);
                }
                chosen
            }
            ("Fallback", Some(Frame::Choosing { chosen: chosen @ false })) => {
                *chosen = true;
                frames.push(Frame::Chosen);
                true
            }
            _ => false,
        }
    }

    fn keep(&mut self, text: &str) -> (u32, u32) {
        let start = self.text.len();
        if start + text.len() >= NOWHERE as usize {
            self.cut = true;
            return (0, 0);
        }
        self.text.push_str(text);
        (start as u32, self.text.len() as u32)
    }

    fn add(&mut self, start: &super::xml::Start<'_>) -> u32 {
        let name = self.keep(start.name());
        let first = self.attributes.len() as u32;
        start.attributes(|ns, name, value| {
            let (name, value) = (self.keep(name), self.keep(&value));
            self.attributes.push(Attribute { ns, name, value });
        });
        let attributes = (first, self.attributes.len() as u32);
        self.nodes.push(Data { ns: Some(start.ns), name, attributes, first: NOWHERE, next: NOWHERE });
        self.nodes.len() as u32 - 1
    }

    fn add_text(&mut self, frames: &mut [Frame], text: &str) {
        if self.nodes.len() >= NODES {
            self.cut = true;
            return;
        }
        if matches!(frames.last(), Some(Frame::Choosing { .. })) {
            return;
        }
        let name = self.keep(text);
        self.nodes.push(Data { ns: None, name, attributes: (0, 0), first: NOWHERE, next: NOWHERE });
        self.attach(frames, self.nodes.len() as u32 - 1);
    }

    /// Hangs `node` below the innermost element that is a node.
    fn attach(&mut self, frames: &mut [Frame], node: u32) {
        let parent = frames.iter_mut().rev().find_map(|frame| match frame {
            Frame::Node(parent, last) => Some((*parent, last)),
            _ => None,
        });
        let Some((parent, last)) = parent else { return };
        if *last == NOWHERE {
            self.nodes[parent as usize].first = node;
        } else {
            self.nodes[*last as usize].next = node;
        }
        *last = node;
    }

    /// The outermost element; none of an empty document.
    pub(crate) fn root(&self) -> Option<Node<'_>> {
        (!self.nodes.is_empty()).then_some(Node { tree: self, index: 0 })
    }

    fn text(&self, (from, to): (u32, u32)) -> &str {
        &self.text[from as usize..to as usize]
    }
}

/// The beginning of an element that becomes the root of a tree.
#[derive(Debug)]
pub(crate) struct Opening(Tree);

impl Opening {
    pub(crate) fn of(start: &super::xml::Start<'_>) -> Self {
        let mut tree = Tree::default();
        tree.add(start);
        Self(tree)
    }
}

/// An element or a text of a tree.
#[derive(Clone, Copy)]
pub(crate) struct Node<'t> {
    tree: &'t Tree,
    index: u32,
}

impl<'t> Node<'t> {
    fn data(self) -> &'t Data {
        &self.tree.nodes[self.index as usize]
    }

    /// None for text.
    pub(crate) fn ns(self) -> Option<Ns> {
        self.data().ns
    }

    /// The local name; of text, nothing.
    pub(crate) fn name(self) -> &'t str {
        if self.data().ns.is_some() { self.tree.text(self.data().name) } else { "" }
    }

    /// Whether it is this element.
    pub(crate) fn is(self, ns: Ns, name: &str) -> bool {
        self.ns() == Some(ns) && self.name() == name
    }

    /// Its own text, where it is a text.
    pub(crate) fn own_text(self) -> Option<&'t str> {
        self.data().ns.is_none().then(|| self.tree.text(self.data().name))
    }

    /// All children, texts too.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> + use<'t> {
        let tree = self.tree;
        let mut next = self.data().first;
        std::iter::from_fn(move || {
            let node = (next != NOWHERE).then_some(Self { tree, index: next })?;
            next = node.data().next;
            Some(node)
        })
    }

    /// Children that are elements.
    pub(crate) fn elements(self) -> impl Iterator<Item = Self> + use<'t> {
        self.children().filter(|node| node.ns().is_some())
    }

    /// Children that are this element.
    pub(crate) fn all<'n>(self, ns: Ns, name: &'n str) -> impl Iterator<Item = Self> + use<'t, 'n> {
        self.children().filter(move |node| node.is(ns, name))
    }

    /// The first child that is this element.
    pub(crate) fn child(self, ns: Ns, name: &str) -> Option<Self> {
        self.children().find(|node| node.is(ns, name))
    }

    /// The first child with this name, in whatever namespace: kinds of documents have names of their own for the same things.
    pub(crate) fn named(self, name: &str) -> Option<Self> {
        self.elements().find(|node| node.name() == name)
    }

    /// The child's child's …, all of one namespace.
    pub(crate) fn path(self, ns: Ns, names: &[&str]) -> Option<Self> {
        names.iter().try_fold(self, |node, name| node.child(ns, name))
    }

    /// Every element below it, in document order.
    pub(crate) fn descendants(self) -> impl Iterator<Item = Self> + use<'t> {
        let mut waiting: Vec<Self> = vec![self];
        let mut first = true;
        std::iter::from_fn(move || {
            loop {
                let node = waiting.pop()?;
                if std::mem::take(&mut first) {
                    let children: Vec<Self> = node.elements().collect();
                    waiting.extend(children.into_iter().rev());
                    continue;
                }
                let children: Vec<Self> = node.elements().collect();
                waiting.extend(children.into_iter().rev());
                return Some(node);
            }
        })
    }

    /// Namespace ([`Ns::None`] without a prefix), name and value of each attribute.
    pub(crate) fn attributes(self) -> impl Iterator<Item = (Ns, &'t str, &'t str)> + use<'t> {
        let (from, to) = self.data().attributes;
        let tree = self.tree;
        tree.attributes[from as usize..to as usize]
            .iter()
            .map(move |attribute| (attribute.ns, tree.text(attribute.name), tree.text(attribute.value)))
    }

    /// The attribute without a prefix, or with one of the element's own namespace (`w:val` of `w:b`).
    pub(crate) fn attribute(self, wanted: &str) -> Option<&'t str> {
        let own = self.ns();
        self.attributes()
            .find(|(ns, name, _)| *name == wanted && (*ns == Ns::None || Some(*ns) == own))
            .map(|(_, _, value)| value)
    }

    /// The attribute with a prefix of this namespace (`r:id`).
    pub(crate) fn attribute_in(self, wanted_ns: Ns, wanted: &str) -> Option<&'t str> {
        self.attributes().find(|(ns, name, _)| *name == wanted && *ns == wanted_ns).map(|(_, _, value)| value)
    }

    /// A number out of an attribute.
    pub(crate) fn number<T: std::str::FromStr>(self, name: &str) -> Option<T> {
        self.attribute(name)?.trim().parse().ok()
    }

    /// All text below it.
    pub(crate) fn all_text(self) -> String {
        let mut text = String::new();
        let mut waiting = vec![self];
        while let Some(node) = waiting.pop() {
            match node.own_text() {
                Some(own) => text.push_str(own),
                None => {
                    let children: Vec<Self> = node.children().collect();
                    waiting.extend(children.into_iter().rev());
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str, depth: usize) -> Result<Tree> {
        Tree::whole(Xml::new(text.as_bytes()), depth)
    }

    fn names(node: Node<'_>) -> String {
        let inside: Vec<String> = node
            .children()
            .map(|child| child.own_text().map_or_else(|| names(child), str::to_owned))
            .collect();
        format!("{}({})", node.name(), inside.join(" "))
    }

    #[test]
    fn a_part_is_a_tree() -> Result<()> {
        let tree = tree("<w:a><w:b w:val='1'>x<w:c/></w:b><w:b>y</w:b></w:a>", 9)?;
        let root = tree.root().expect("a root");
        assert_eq!(names(root), "a(b(x c()) b(y))");
        assert_eq!(root.child(Ns::W, "b").and_then(|b| b.number::<u8>("val")), Some(1));
        assert_eq!(root.all_text(), "xy");
        let below: Vec<&str> = root.descendants().map(Node::name).collect();
        assert_eq!(below, ["b", "c", "b"]);
        Ok(())
    }

    #[test]
    fn the_first_choice_that_is_understood_is_taken() -> Result<()> {
        let text = "<a><mc:AlternateContent><mc:Choice Requires='v9'><new/></mc:Choice><mc:Choice Requires='wps'>\
                    <known/></mc:Choice><mc:Fallback><old/></mc:Fallback></mc:AlternateContent><mc:AlternateContent>\
                    <mc:Choice Requires='v9'><new/></mc:Choice><mc:Fallback><old/></mc:Fallback></mc:AlternateContent><z/></a>";
        assert_eq!(names(tree(text, 9)?.root().expect("a root")), "a(known() old() z())");
        Ok(())
    }

    #[test]
    fn what_is_too_deep_is_left_out() -> Result<()> {
        let deep = tree(&format!("{}x{}", "<a>".repeat(100_000), "</a>".repeat(100_000)), 4)?;
        assert_eq!(names(deep.root().expect("a root")), "a(a(a(a())))");
        assert!(deep.cut);
        Ok(())
    }
}
