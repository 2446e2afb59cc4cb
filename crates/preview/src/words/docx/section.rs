//! Sections: paper, margins and what stands in them (ECMA-376 part 1 §17.6, §17.10).

use std::collections::HashMap;
use std::rc::Rc;

use super::parts::Shared;
use super::settings::NoteFormat;
use super::story::{Builder, Story};
use super::units::{TWIPS, points, switch};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::error::{PreviewError, Result};
use crate::model::{Block, Color, Inline, Page, Paragraph, Section, Shape, ShapeContent};

/// Columns of text on a page.
const COLUMNS: u16 = 45;

/// What sections take over from those before them.
#[derive(Default)]
pub(super) struct Sections {
    /// The parts that headers and footers are in, by `header`/`footer` and first, default, even.
    parts: HashMap<(&'static str, String), String>,
    /// Those that were read already.
    read: HashMap<String, Rc<Vec<Block>>>,
    page_color: Option<Color>,
}

const KINDS: [(&str, &str); 2] = [("headerReference", "header"), ("footerReference", "footer")];

impl Sections {
    pub(super) fn new(page_color: Option<Color>) -> Self {
        Self { page_color, ..Self::default() }
    }

    /// The next section, as its `w:sectPr` says; where that is missing, the paper is what the model takes as usual.
    pub(super) fn next(
        &mut self,
        node: Option<Node<'_>>,
        shared: &mut Shared<'_>,
        story: &Story,
    ) -> Result<Section> {
        let child = |name: &str| node?.child(Ns::W, name);
        shared.notes.begin_section(
            &shared.settings,
            &NoteFormat::read(child("footnotePr")),
            &NoteFormat::read(child("endnotePr")),
        );
        for (element, kind) in KINDS {
            for reference in node.iter().flat_map(|node| node.all(Ns::W, element)) {
                let part = reference.attribute_in(Ns::R, "id").and_then(|id| story.relations.part(id));
                if let Some(part) = part {
                    let of = reference.attribute("type").unwrap_or("default");
                    self.parts.insert((kind, of.to_owned()), part.to_owned());
                }
            }
        }
        let first = child("titlePg").is_some_and(switch);
        let even = shared.settings.even;
        let (header, footer) =
            (self.margin("header", "default", shared)?, self.margin("footer", "default", shared)?);
        let mut own = |told: bool, kind, of, usual: &[Block]| {
            if !told {
                return Ok(Vec::new());
            }
            let blocks = self.margin(kind, of, shared)?;
            // Nothing but a paragraph where these pages stay empty.
            let empty = blocks.is_empty() && !usual.is_empty();
            Ok::<_, PreviewError>(if empty { vec![Block::Paragraph(Paragraph::default())] } else { blocks })
        };
        let first_header = own(first, "header", "first", &header)?;
        let first_footer = own(first, "footer", "first", &footer)?;
        let even_header = own(even, "header", "even", &header)?;
        let even_footer = own(even, "footer", "even", &footer)?;
        let edge = |name| {
            let margins = child("pgMar")?;
            points(margins, name, TWIPS).filter(|edge| *edge >= 0.0)
        };
        let columns = child("cols").and_then(|columns| {
            let told = columns.all(Ns::W, "col").count();
            columns.number::<u16>("num").or(Some(u16::try_from(told).unwrap_or(COLUMNS)))
        });
        Ok(Section {
            page: self.page(node),
            first_header,
            header,
            first_footer,
            footer,
            even_header,
            even_footer,
            header_at: edge("header").unwrap_or(0.0),
            footer_at: edge("footer").unwrap_or(0.0),
            continuous: child("type").and_then(|kind| kind.attribute("val")) == Some("continuous"),
            columns: columns.unwrap_or(0).min(COLUMNS),
        })
    }

    fn page(&self, node: Option<Node<'_>>) -> Page {
        let usual = Page::default();
        let side = |element: &str, name: &str| points(node?.child(Ns::W, element)?, name, TWIPS);
        // Negative margins are ones that text in the margin can't push: as far from the edge.
        let margin = |name| side("pgMar", name).map(f32::abs);
        let gutter = margin("gutter").unwrap_or(0.0);
        let width = side("pgSz", "w").filter(|width| *width > 36.0).unwrap_or(usual.width);
        let height = side("pgSz", "h").filter(|height| *height > 36.0).unwrap_or(usual.height);
        let margins = [
            margin("left").unwrap_or(usual.margins[0]) + gutter,
            margin("top").unwrap_or(usual.margins[1]),
            margin("right").unwrap_or(usual.margins[2]),
            margin("bottom").unwrap_or(usual.margins[3]),
        ];
        let fits = margins[0] + margins[2] < width && margins[1] + margins[3] < height;
        Page { width, height, margins: if fits { margins } else { [0.0; 4] }, color: self.page_color.clone() }
    }

    /// A header or a footer.
    fn margin(&mut self, kind: &'static str, of: &str, shared: &mut Shared<'_>) -> Result<Vec<Block>> {
        let Some(part) = self.parts.get(&(kind, of.to_owned())) else { return Ok(Vec::new()) };
        if let Some(blocks) = self.read.get(part) {
            // As much again is kept.
            let room = shared.blocks.take(weight(blocks));
            return Ok(if shared.warnings.cut_unless(room) { blocks.to_vec() } else { Vec::new() });
        }
        let relations = shared.warnings.keep(shared.package.relations(part).map(Some))?.unwrap_or_default();
        let tree = shared.warnings.keep(shared.package.tree(part))?;
        let counters = shared.numbering.counters();
        let mut story = Story { relations: Rc::new(relations), ..Story::default() };
        let blocks = match tree.as_ref().and_then(|tree| tree.root()) {
            Some(root) => Builder::new(shared, &mut story).blocks(root)?,
            None => Vec::new(),
        };
        shared.numbering.restore(counters);
        self.read.insert(part.clone(), Rc::new(blocks.clone()));
        Ok(blocks)
    }
}

/// How many things are in blocks: cells, paragraphs and what stands in them.
fn weight(blocks: &[Block]) -> usize {
    let of = |block: &Block| match block {
        Block::Paragraph(paragraph) => 1 + paragraph.inlines.iter().map(inline_weight).sum::<usize>(),
        Block::Table(table) => {
            table.rows.iter().flat_map(|row| &row.cells).map(|cell| 1 + weight(&cell.blocks)).sum()
        }
        Block::Section(_) | Block::PageBreak => 1,
    };
    blocks.iter().map(of).sum()
}

fn inline_weight(inline: &Inline) -> usize {
    match inline {
        Inline::Shape(shape) => shape_weight(shape),
        _ => 1,
    }
}

fn shape_weight(shape: &Shape) -> usize {
    let text = shape.text.as_ref().map_or(0, |text| weight(&text.blocks));
    let content = match &shape.content {
        Some(ShapeContent::Group { shapes }) => shapes.iter().map(shape_weight).sum(),
        // As much as a sheet of numbers.
        Some(ShapeContent::Chart(_)) => 1000,
        _ => 0,
    };
    1 + text + content
}
