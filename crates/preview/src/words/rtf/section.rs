//! Paper, margins and what stands in them (RTF 1.9.1, "Document Formatting Properties", "Section Formatting Properties").

use super::para::points;
use crate::model::{Block, Color, Page, Paragraph, Section};

/// Twips from the edges of the paper to header and footer.
const EDGES: [i32; 2] = [720, 720];

/// Width, height, left, top, right, bottom: twips.
type Paper = [i32; 6];

/// A kind of header or footer: which pages it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Margin {
    footer: bool,
    pages: Pages,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pages {
    All,
    Left,
    Right,
    First,
}

impl Margin {
    /// By the control word of its destination.
    pub(super) fn of(name: &str) -> Option<Self> {
        let (footer, pages) = match name.strip_prefix("header") {
            Some(pages) => (false, pages),
            None => (true, name.strip_prefix("footer")?),
        };
        let pages = match pages {
            "" => Pages::All,
            "l" => Pages::Left,
            "r" => Pages::Right,
            "f" => Pages::First,
            _ => return None,
        };
        Some(Self { footer, pages })
    }

    const fn place(self) -> usize {
        self.pages as usize + if self.footer { 4 } else { 0 }
    }
}

/// The section that is being read.
pub(super) struct Sections {
    document: Paper,
    own: [Option<i32>; 6],
    columns: u16,
    /// To the header and from the footer: twips.
    edges: [i32; 2],
    title_page: bool,
    facing: bool,
    continuous: bool,
    /// By [`Margin::place`]; a section without its own has those of the one before.
    margins: [Option<Vec<Block>>; 8],
    /// Blocks and characters of each.
    weights: [(usize, usize); 8],
    pub(super) color: Option<Color>,
}

impl Default for Sections {
    fn default() -> Self {
        Self {
            // Letter, with the margins that Word assumes.
            document: [12_240, 15_840, 1800, 1440, 1800, 1440],
            own: [None; 6],
            columns: 0,
            edges: EDGES,
            title_page: false,
            facing: false,
            continuous: false,
            margins: Default::default(),
            weights: [(0, 0); 8],
            color: None,
        }
    }
}

impl Sections {
    /// Takes a control word, where it is one of documents or sections.
    pub(super) fn word(&mut self, name: &str, value: i32) -> bool {
        const DOCUMENT: [&str; 6] = ["paperw", "paperh", "margl", "margt", "margr", "margb"];
        const SECTION: [&str; 6] = ["pgwsxn", "pghsxn", "marglsxn", "margtsxn", "margrsxn", "margbsxn"];
        if let Some(place) = DOCUMENT.iter().position(|known| *known == name) {
            self.document[place] = value;
            return true;
        }
        if let Some(place) = SECTION.iter().position(|known| *known == name) {
            self.own[place] = Some(value);
            return true;
        }
        match name {
            "sectd" => {
                self.own = [None; 6];
                (self.columns, self.title_page, self.continuous) = (0, false, false);
                self.edges = EDGES;
            }
            "cols" => self.columns = value.clamp(0, 45) as u16,
            "headery" => self.edges[0] = value.max(0),
            "footery" => self.edges[1] = value.max(0),
            "titlepg" => self.title_page = true,
            "facingp" => self.facing = true,
            "sbknone" => self.continuous = true,
            "sbkpage" | "sbkcol" | "sbkeven" | "sbkodd" => self.continuous = false,
            _ => return false,
        }
        true
    }

    /// `weight`: blocks and characters of it.
    pub(super) fn set_margin(&mut self, margin: Margin, blocks: Vec<Block>, weight: (usize, usize)) {
        self.margins[margin.place()] = Some(blocks);
        self.weights[margin.place()] = weight;
    }

    /// Blocks and characters in all margins.
    pub(super) fn weight(&self) -> (usize, usize) {
        let add = |sum: (usize, usize), own: &(usize, usize)| (sum.0 + own.0, sum.1 + own.1);
        self.weights.iter().fold((0, 0), add)
    }

    pub(super) fn section(&self) -> Section {
        let [width, height, left, top, right, bottom] =
            [0, 1, 2, 3, 4, 5].map(|place| self.own[place].unwrap_or(self.document[place]));
        let paper = |said: i32, usual: i32| points(if said < 1440 { usual } else { said });
        // A negative margin at the top or bottom is one that headers do not push down.
        let page = Page {
            width: paper(width, 12_240),
            height: paper(height, 15_840),
            margins: [left.max(0), top.saturating_abs(), right.max(0), bottom.saturating_abs()].map(points),
            color: self.color.clone(),
        };
        Section {
            page,
            first_header: self.first(false),
            header: self.usual(false),
            first_footer: self.first(true),
            footer: self.usual(true),
            even_header: self.even(false),
            even_footer: self.even(true),
            header_at: points(self.edges[0]),
            footer_at: points(self.edges[1]),
            continuous: self.continuous,
            columns: self.columns,
        }
    }

    fn margin(&self, footer: bool, pages: Pages) -> Option<&Vec<Block>> {
        self.margins.get(Margin { footer, pages }.place())?.as_ref()
    }

    /// Of all pages but the first: those on the right, where they differ.
    fn usual(&self, footer: bool) -> Vec<Block> {
        let order = if self.facing {
            [Pages::Right, Pages::Left, Pages::All]
        } else {
            [Pages::All, Pages::Right, Pages::Left]
        };
        order.into_iter().find_map(|pages| self.margin(footer, pages)).cloned().unwrap_or_default()
    }

    /// The first page's own; nothing but a paragraph where it is to stay empty.
    fn first(&self, footer: bool) -> Vec<Block> {
        if !self.title_page {
            return Vec::new();
        }
        let own = self.margin(footer, Pages::First).cloned().unwrap_or_default();
        if own.is_empty() && !self.usual(footer).is_empty() {
            return vec![Block::Paragraph(Paragraph::default())];
        }
        own
    }

    /// Of the pages on the left, where they differ.
    fn even(&self, footer: bool) -> Vec<Block> {
        let differ = self.facing && self.margin(footer, Pages::Right).is_some();
        let own = if differ { self.margin(footer, Pages::Left) } else { None };
        own.cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_have_their_paper_and_margins() {
        let mut sections = Sections::default();
        for (name, value) in
            [("paperw", 11_906), ("margl", 1000), ("pgwsxn", 20_000), ("margtsxn", -720), ("cols", 2)]
        {
            assert!(sections.word(name, value), "{name}");
        }
        let section = sections.section();
        assert_eq!((section.page.width, section.page.height), (1000.0, 792.0));
        assert_eq!((section.page.margins, section.columns), ([50.0, 36.0, 90.0, 72.0], 2));
        assert!(sections.word("sectd", 0) && sections.word("sbknone", 0));
        let section = sections.section();
        assert_eq!((section.page.width, section.columns, section.continuous), (595.3, 0, true));
    }

    #[test]
    fn the_first_page_can_have_its_own() {
        let text = |sections: &Sections| {
            let section = sections.section();
            (
                section.first_header.len(),
                section.header.len(),
                section.first_footer.len(),
                section.footer.len(),
            )
        };
        let blocks = |count: usize| vec![Block::Paragraph(Paragraph::default()); count];
        let mut sections = Sections::default();
        for (name, count) in [("headerl", 3), ("headerf", 2), ("header", 1), ("footerr", 4)] {
            let Some(margin) = Margin::of(name) else { panic!("{name} is a margin") };
            sections.set_margin(margin, blocks(count), (count, 10));
        }
        assert_eq!((text(&sections), sections.weight()), ((0, 1, 0, 4), (10, 40)));
        sections.word("titlepg", 1);
        assert_eq!(text(&sections), (2, 1, 1, 4));
        sections.word("facingp", 1);
        assert_eq!(text(&sections), (2, 3, 1, 4));
        assert_eq!(sections.section().even_header.len(), 0, "those on the right are no others");
        sections.set_margin(Margin { footer: false, pages: Pages::Right }, blocks(5), (5, 10));
        sections.word("headery", 360);
        let section = sections.section();
        assert_eq!((section.header.len(), section.even_header.len()), (5, 3));
        assert_eq!((section.header_at, section.footer_at), (18.0, 36.0));
        assert_eq!(Margin::of("headery"), None);
    }
}
