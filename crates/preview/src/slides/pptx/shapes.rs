//! Shapes of a slide, with what they inherit of its layout and master (§19.3.1.43).

use super::diagram;
use std::cell::Cell;
use std::collections::HashMap;

use super::placeholder::{Known, Placeholder, TextKind};
use crate::container::opc::Package;
use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;
use crate::drawing::fill;
use crate::drawing::scope::Scope;
use crate::drawing::shape::{self, FontStyle, Look, Nesting};
use crate::drawing::text::{self, TextContext};
use crate::drawing::truth;
use crate::error::Result;
use crate::model::{Fill, Frame, Shape, ShapeContent, ShapeRole, TextBody, Warning};

/// Groups inside each other.
const DEPTH: usize = 32;

/// A slide, a layout, a master, or the drawing of a diagram.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'s> {
    pub(super) root: Node<'s>,
    pub(super) scope: Scope<'s>,
}

impl<'s> Sheet<'s> {
    pub(super) fn of(tree: &'s Tree, scope: Scope<'s>) -> Option<Self> {
        tree.root().map(|root| Self { root, scope })
    }
}

/// Goes through the shapes of one sheet.
#[derive(Clone, Copy)]
pub(super) struct Walker<'s, 'a> {
    pub(super) package: &'s Package<'a>,
    pub(super) sheet: Sheet<'s>,
    pub(super) layout: Option<Sheet<'s>>,
    pub(super) master: Option<Sheet<'s>>,
    /// The presentation's `defaultTextStyle`.
    pub(super) defaults: Option<Node<'s>>,
    /// By their ids in lower case.
    pub(super) table_styles: &'s HashMap<String, Node<'s>>,
    /// Placeholders of the layout and of the master.
    pub(super) known: (&'s [Known<'s>], &'s [Known<'s>]),
    /// The master's styles of text: titles, bodies, others.
    pub(super) styles: [Option<Node<'s>>; 3],
    /// Placeholders of the slide that may still follow others.
    pub(super) following: &'s Cell<usize>,
    /// Shapes that the slide may still have.
    pub(super) room: &'s Cell<usize>,
    /// Of the slide, as displayed.
    pub(super) number: u32,
    /// What it goes through is drawn behind a slide.
    pub(super) decoration: bool,
}

/// A group around shapes.
#[derive(Clone, Default)]
struct Around {
    nesting: Nesting,
    fill: Option<Fill>,
    depth: usize,
}

/// A shape, with the placeholders that it follows.
pub(super) struct Found<'s> {
    pub(super) node: Node<'s>,
    pub(super) placeholder: Option<Placeholder<'s>>,
    /// In the layout and in the master, the nearest first.
    followed: Vec<(Node<'s>, Scope<'s>)>,
}

impl<'s> Walker<'s, '_> {
    /// What master and layout draw behind the slide.
    pub(super) fn behind(&self) -> Result<Vec<Shape>> {
        let shows = |sheet: &Sheet<'_>| sheet.root.attribute("showMasterSp").is_none_or(truth);
        let mut shapes = Vec::new();
        let Some(layout) = self.layout.filter(|_| shows(&self.sheet)) else { return Ok(shapes) };
        let master = self.master.filter(|_| shows(&layout));
        for sheet in master.into_iter().chain([layout]) {
            let walker = Walker { sheet, decoration: true, ..*self };
            shapes.extend(walker.shapes_of_sheet()?);
        }
        Ok(shapes)
    }

    /// All shapes of the sheet, from back to front.
    pub(super) fn shapes_of_sheet(&self) -> Result<Vec<Shape>> {
        let Some(tree) = self.sheet.root.named("cSld").and_then(|data| data.named("spTree")) else {
            return Ok(Vec::new());
        };
        self.shapes(tree, &Around::default())
    }

    /// The shapes of a diagram's drawing, which stands in `frame`.
    pub(super) fn shapes_in(&self, tree: Node<'s>, frame: Frame) -> Result<Vec<Shape>> {
        let nesting = Nesting::moved(frame);
        self.shapes(tree, &Around { nesting, ..Around::default() })
    }

    fn shapes(&self, tree: Node<'s>, around: &Around) -> Result<Vec<Shape>> {
        let mut shapes = Vec::new();
        for node in tree.elements() {
            let known = matches!(node.name(), "sp" | "pic" | "cxnSp" | "graphicFrame" | "grpSp");
            if !known {
                continue;
            }
            if !self.take() {
                break;
            }
            if let Some(mut shape) = self.shape(node, around)? {
                if self.decoration {
                    shape.role = Some(ShapeRole::Decoration);
                }
                shapes.push(shape);
            }
        }
        Ok(shapes)
    }

    /// Whether the slide may have one more shape.
    fn take(&self) -> bool {
        let Some(left) = self.room.get().checked_sub(1) else {
            self.sheet.scope.gathered.warn(Warning::Cut);
            return false;
        };
        self.room.set(left);
        self.sheet.scope.gathered.take()
    }

    fn shape(&self, node: Node<'s>, around: &Around) -> Result<Option<Shape>> {
        let own =
            node.elements().find(|child| child.name().starts_with("nv")).and_then(|own| own.named("cNvPr"));
        let placeholder = Placeholder::of(node);
        let hidden = own.is_some_and(|own| own.attribute("hidden").is_some_and(truth));
        if hidden || self.decoration && placeholder.is_some() {
            return Ok(None);
        }
        let found = self.found(node, placeholder);
        let shape = match node.name() {
            "grpSp" => self.group(node, around)?,
            "graphicFrame" => self.graphic(&found, around)?,
            "pic" => Some(self.picture(&found, around)),
            _ => self.box_of_text(&found, around),
        };
        Ok(shape.map(|mut shape| {
            let alt = own.and_then(|own| {
                own.attribute("descr").filter(|alt| !alt.is_empty()).or(own.attribute("title"))
            });
            shape.alt = alt.unwrap_or_default().to_owned();
            if let Some(ShapeContent::Picture(picture)) = &mut shape.content {
                picture.alt.clone_from(&shape.alt);
            }
            shape.role = placeholder.and_then(Placeholder::role);
            shape
        }))
    }

    /// Finds the placeholders that a shape follows.
    fn found(&self, node: Node<'s>, placeholder: Option<Placeholder<'s>>) -> Found<'s> {
        let mut followed = Vec::new();
        let left = self.following.get();
        if let Some(placeholder) = placeholder.filter(|_| left > 0) {
            self.following.set(left - 1);
            let (of_layout, _) = self.known;
            let in_layout =
                self.layout.and_then(|layout| Some((placeholder.in_layout(of_layout)?, layout.scope)));
            // A layout's placeholder says better than the slide's what it is for.
            let kind = in_layout.and_then(|(node, _)| Placeholder::of(node)).unwrap_or(placeholder);
            followed.extend(in_layout);
            followed
                .extend(self.master.and_then(|master| Some((kind.in_master(self.known.1)?, master.scope))));
        }
        let palette = self.sheet.scope.palette;
        let followed =
            followed.into_iter().map(|(node, scope)| (node, scope.with_palette(palette))).collect();
        Found { node, placeholder, followed }
    }

    /// Where a shape is, as seen on the slide; none where neither it nor what it follows says so.
    fn frame(&self, found: &Found<'s>, around: &Around) -> Option<Frame> {
        let own = |node: Node<'_>| {
            let transform = node.named("xfrm").or_else(|| node.named("spPr")?.named("xfrm"))?;
            shape::frame(transform)
        };
        let frame = own(found.node).or_else(|| found.followed.iter().find_map(|(node, _)| own(*node)))?;
        Some(around.nesting.resolve(frame))
    }

    fn look(&self, found: &Found<'s>, frame: Frame, around: &Around) -> Look {
        let mut properties: Vec<(Node<'s>, Scope<'s>)> = Vec::new();
        properties.extend(found.node.named("spPr").map(|own| (own, self.sheet.scope)));
        properties
            .extend(found.followed.iter().filter_map(|(node, scope)| Some((node.named("spPr")?, *scope))));
        let style = found
            .node
            .named("style")
            .or_else(|| found.followed.iter().find_map(|(node, _)| node.named("style")));
        shape::look(&properties, style, (frame.width, frame.height), &self.sheet.scope, around.fill.as_ref())
    }

    /// `sp` and `cxnSp`. An empty placeholder that has no look of its own is not there.
    fn box_of_text(&self, found: &Found<'s>, around: &Around) -> Option<Shape> {
        let frame = self.frame(found, around).unwrap_or_default();
        let look = self.look(found, frame, around);
        let text = self.text(found, &look);
        let own = found.node.named("spPr").is_some_and(has_look);
        let bare = look.fill.is_none() && look.stroke.is_none();
        if text.is_none() && (bare || found.placeholder.is_some() && !own) {
            return None;
        }
        let apart = text.is_some().then(|| diagram::text_frame(found.node)).flatten();
        let shape = Shape {
            frame,
            geometry: look.outline.geometry,
            fill: look.fill,
            stroke: look.stroke,
            text,
            ..Shape::default()
        };
        Some(match apart {
            Some(place) => diagram::with_text_in(shape, around.nesting.resolve(place)),
            None => shape,
        })
    }

    fn text(&self, found: &Found<'s>, look: &Look) -> Option<TextBody> {
        let node = found.node.named("txBody").filter(|body| has_text(*body))?;
        let lists = self.lists(found);
        let bodies: Vec<Node<'s>> =
            found.followed.iter().filter_map(|(node, _)| node.named("txBody")?.named("bodyPr")).collect();
        let context = TextContext { bodies: &bodies, font: look.font, ..self.text_context(&lists) };
        Some(text::body(node, &context, look.outline.insets))
    }

    /// What all text of the sheet follows, with these lists of levels.
    pub(super) fn text_context<'l>(&self, lists: &'l [Node<'s>]) -> TextContext<'l>
    where
        's: 'l,
    {
        TextContext {
            scope: self.sheet.scope,
            lists,
            bodies: &[],
            font: FontStyle::default(),
            slide_number: Some(self.number),
        }
    }

    /// Lists of levels that the text of a shape follows, the nearest first.
    fn lists(&self, found: &Found<'s>) -> Vec<Node<'s>> {
        let of_shape = |node: Node<'s>| node.named("txBody")?.named("lstStyle");
        let mut lists: Vec<Node<'s>> =
            found.followed.iter().filter_map(|(node, _)| of_shape(*node)).collect();
        let kind = found.placeholder.map(Placeholder::text_kind);
        if let Some(kind) = kind {
            lists.extend(self.master_style(kind));
        }
        lists.extend(self.plain_lists());
        lists
    }

    /// Of text that is in no placeholder.
    pub(super) fn plain_lists(&self) -> impl Iterator<Item = Node<'s>> {
        self.defaults.into_iter().chain(self.master_style(TextKind::Other))
    }

    fn master_style(&self, kind: TextKind) -> Option<Node<'s>> {
        let [title, body, other] = self.styles;
        match kind {
            TextKind::Title => title,
            TextKind::Body => body,
            TextKind::Other => other,
        }
    }

    fn picture(&self, found: &Found<'s>, around: &Around) -> Shape {
        let frame = self.frame(found, around).unwrap_or_default();
        let look = self.look(found, frame, around);
        let media = found.node.named("nvPicPr").and_then(|own| own.named("nvPr"));
        for file in media.into_iter().flat_map(Node::elements) {
            let link = file.attribute_in(Ns::R, "link").and_then(|id| self.sheet.scope.relations.get(id));
            if link.is_some_and(|relation| relation.external) {
                self.sheet.scope.gathered.warn(Warning::External);
            }
        }
        let content = shape::picture(found.node, &self.sheet.scope, (frame.width, frame.height));
        Shape {
            frame,
            geometry: look.outline.geometry,
            fill: look.fill,
            stroke: look.stroke,
            content,
            ..Shape::default()
        }
    }

    fn group(&self, node: Node<'s>, around: &Around) -> Result<Option<Shape>> {
        if around.depth >= DEPTH {
            self.sheet.scope.gathered.warn(Warning::Cut);
            return Ok(None);
        }
        let properties = node.named("grpSpPr");
        let transform = properties.and_then(|properties| properties.named("xfrm"));
        let said = properties.and_then(|properties| fill::among(properties, &self.sheet.scope));
        let inner = Around {
            nesting: around.nesting.with_group(transform),
            fill: said.unwrap_or_else(|| around.fill.clone()),
            depth: around.depth + 1,
        };
        let shapes = self.shapes(node, &inner)?;
        if shapes.is_empty() {
            return Ok(None);
        }
        let frame = transform.and_then(shape::frame).map(|frame| around.nesting.resolve(frame));
        Ok(Some(Shape {
            frame: frame.unwrap_or_default(),
            content: Some(ShapeContent::Group { shapes }),
            ..Shape::default()
        }))
    }

    fn graphic(&self, found: &Found<'s>, around: &Around) -> Result<Option<Shape>> {
        let frame = self.frame(found, around).unwrap_or_default();
        self.graphic_in(found.node, frame)
    }

    /// A picture inside a frame, as objects have one of what they look like.
    pub(super) fn preview(&self, node: Node<'s>, frame: Frame) -> Shape {
        let found = self.found(node, None);
        let mut shape = self.picture(&found, &Around::default());
        if shape.frame.width <= 0.0 || shape.frame.height <= 0.0 {
            shape.frame = frame;
        }
        shape
    }
}

/// Whether an `spPr` says itself how the shape is filled or lined.
fn has_look(properties: Node<'_>) -> bool {
    properties.elements().any(|child| child.name().ends_with("Fill") || child.name() == "ln")
}

/// Whether there is anything to read in a `txBody`.
fn has_text(body: Node<'_>) -> bool {
    let says = |part: Node<'_>| match part.name() {
        "r" | "fld" => part.child(Ns::A, "t").is_some_and(|text| !text.all_text().is_empty()),
        "m" | "oMath" | "oMathPara" => true,
        _ => false,
    };
    body.all(Ns::A, "p").flat_map(Node::elements).any(says)
}
