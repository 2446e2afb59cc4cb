//! How paragraphs look (RTF 1.9.1, "Paragraph Formatting Properties", "Bullets and Numbering").

use std::rc::Rc;

use super::borders::{Edge, Edges, borders};
use super::lists::OldNumber;
use super::tables::{Colors, Styles};
use crate::model::{Align, Dash, Heading, LineHeight, Paragraph, TabAlign, TabStop};

/// Tab stops of a paragraph: Word has at most 64.
const TABS: usize = 64;
/// Tables inside tables.
pub(super) const NESTED: u8 = 16;
/// Points between paragraphs where that is left to the reader (as web pages have it).
const AUTO_SPACE: i32 = 280;

#[derive(Clone, Debug, Default)]
pub(super) struct Para {
    /// Tables around it.
    pub(super) depth: u8,
    pub(super) style: i32,
    /// No space between it and others of its style.
    pub(super) contextual: bool,
    outline: Option<u8>,
    align: Option<Align>,
    rtl: bool,
    /// Twips; those of the list where they are not said.
    start: Option<i32>,
    end: i32,
    first: Option<i32>,
    before: i32,
    after: i32,
    auto_before: bool,
    auto_after: bool,
    line: i32,
    line_times: bool,
    tabs: Option<Rc<[TabStop]>>,
    /// What the next stop is.
    next_tab: TabStop,
    edges: Edges,
    /// Which edges `\brdr…` means.
    chosen: [bool; 4],
    /// Hundredths of a percent.
    shading: u16,
    before_color: u16,
    behind_color: u16,
    pub(super) break_before: bool,
    /// Place in the list override table, and level.
    pub(super) list: Option<i32>,
    pub(super) level: u8,
    /// Numbering of Word 6 and 95.
    pub(super) old_number: Option<Rc<OldNumber>>,
}

impl Para {
    /// Takes a control word, where it is one of paragraphs.
    pub(super) fn word(&mut self, name: &str, parameter: Option<i32>) -> bool {
        let on = parameter != Some(0);
        let value = parameter.unwrap_or(0);
        match name {
            "pard" => *self = Self::default(),
            "s" => self.style = value,
            "ql" => self.align = Some(Align::Start),
            "qr" => self.align = Some(Align::End),
            "qc" => self.align = Some(Align::Center),
            "qj" | "qd" | "qt" => self.align = Some(Align::Justify),
            "rtlpar" => self.rtl = true,
            "ltrpar" => self.rtl = false,
            "li" | "lin" => self.start = Some(value),
            "ri" | "rin" => self.end = value,
            "fi" => self.first = Some(value),
            "sb" => self.before = value,
            "sa" => self.after = value,
            "sbauto" => self.auto_before = on,
            "saauto" => self.auto_after = on,
            "contextualspace" => self.contextual = on,
            "sl" => (self.line, self.line_times) = (value, false),
            "slmult" => self.line_times = on,
            "tx" => self.add_tab(value),
            // A line down the page, at which no tab stops.
            "tb" => self.next_tab = TabStop::default(),
            "tqr" => self.next_tab.align = TabAlign::End,
            "tqc" => self.next_tab.align = TabAlign::Center,
            "tqdec" => self.next_tab.align = TabAlign::Decimal,
            "tldot" | "tlmdot" => self.next_tab.leader = Some(Dash::Dotted),
            "tlhyph" => self.next_tab.leader = Some(Dash::Dashed),
            "tlul" | "tlth" | "tleq" => self.next_tab.leader = Some(Dash::Solid),
            "pagebb" => self.break_before = on,
            "outlinelevel" => self.outline = u8::try_from(value).ok(),
            "ls" => self.list = (value > 0).then_some(value),
            "ilvl" => self.level = value.clamp(0, 8) as u8,
            "intbl" => self.depth = self.depth.max(1),
            "itap" => self.depth = value.clamp(0, i32::from(NESTED)) as u8,
            "shading" => self.shading = value.clamp(0, 10_000) as u16,
            "cfpat" => self.before_color = u16::try_from(value).unwrap_or(0),
            "cbpat" => self.behind_color = u16::try_from(value).unwrap_or(0),
            "brdrl" => self.choose([true, false, false, false]),
            "brdrt" => self.choose([false, true, false, false]),
            "brdrr" => self.choose([false, false, true, false]),
            "brdrb" => self.choose([false, false, false, true]),
            "box" => self.choose([true; 4]),
            // Between paragraphs, beside pages: not drawn here, and what follows is theirs.
            "brdrbtw" | "brdrbar" => self.chosen = [false; 4],
            _ => return false,
        }
        true
    }

    /// A word of the edge that was named before.
    pub(super) fn border_word(&mut self, name: &str, value: i32) {
        for (edge, chosen) in self.edges.iter_mut().zip(self.chosen) {
            if chosen {
                edge.word(name, value);
            }
        }
    }

    fn choose(&mut self, chosen: [bool; 4]) {
        self.chosen = chosen;
        for (edge, chosen) in self.edges.iter_mut().zip(chosen) {
            if chosen {
                *edge = Edge::NAMED;
            }
        }
    }

    fn add_tab(&mut self, place: i32) {
        let stop = TabStop { at: points(place), ..std::mem::take(&mut self.next_tab) };
        let known = self.tabs.as_deref().unwrap_or_default();
        if known.len() < TABS && known.iter().all(|other| other.at != stop.at) {
            self.tabs = Some(known.iter().copied().chain([stop]).collect());
        }
    }

    pub(super) fn heading(&self, styles: &Styles) -> Option<Heading> {
        let of_style = styles.heading(self.style);
        let own = self.outline.map(|level| (level < 9).then_some(Heading::Level(level + 1)));
        match (of_style, own) {
            (Some(Heading::Title | Heading::Subtitle), _) | (_, None) => of_style,
            (_, Some(own)) => own,
        }
    }

    /// A paragraph without its words. `list` is what its list says of start and first line, twips.
    pub(super) fn paragraph(&self, styles: &Styles, colors: &Colors, list: Option<(i32, i32)>) -> Paragraph {
        let space = |said: i32, auto: bool| points(if auto { AUTO_SPACE } else { said.max(0) });
        let (list_start, list_first) = list.unwrap_or_default();
        let mut tabs = self.tabs.as_deref().unwrap_or_default().to_vec();
        tabs.sort_by(|one, other| one.at.total_cmp(&other.at));
        Paragraph {
            heading: self.heading(styles),
            label: None,
            align: self.logical_align(),
            indent_start: points(self.start.unwrap_or(list_start)),
            indent_end: points(self.end),
            indent_first: points(self.first.unwrap_or(list_first)),
            space_before: space(self.before, self.auto_before),
            space_after: space(self.after, self.auto_after),
            line_height: self.line_height(),
            shade: colors.pattern(self.shading, self.before_color, self.behind_color),
            borders: borders(self.edges, colors),
            rtl: self.rtl,
            tabs,
            ..Paragraph::default()
        }
    }

    /// Left and right, which the words mean, as seen from where reading starts.
    fn logical_align(&self) -> Align {
        match self.align {
            Some(Align::Start) if self.rtl => Align::End,
            Some(Align::End) if self.rtl => Align::Start,
            align => align.unwrap_or_default(),
        }
    }

    /// `\sl`: 240ths of a line with `\slmult1`, otherwise twips, at least where positive.
    fn line_height(&self) -> Option<LineHeight> {
        let twips = points(self.line.saturating_abs());
        match self.line {
            0 => None,
            line if self.line_times => {
                Some(LineHeight::Times((line.saturating_abs() as f32 / 240.0).min(50.0)))
            }
            line if line < 0 => Some(LineHeight::Exactly(twips)),
            _ => Some(LineHeight::AtLeast(twips)),
        }
    }
}

/// Points of twips, within what paper can have (Word ends at 22 inches = 31,680).
pub(super) fn points(twips: i32) -> f32 {
    twips.clamp(-31_680, 31_680) as f32 / 20.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(words: &[(&str, i32)]) -> Paragraph {
        let mut para = Para::default();
        for (name, value) in words {
            if !para.word(name, Some(*value)) {
                para.border_word(name, *value);
            }
        }
        para.paragraph(&Styles::default(), &Colors::default(), None)
    }

    #[test]
    fn measures_are_points_and_sides_are_logical() {
        let found = paragraph(&[("li", 720), ("ri", 100), ("fi", -360), ("sb", 240), ("sa", 120), ("qj", 1)]);
        assert_eq!((found.indent_start, found.indent_end, found.indent_first), (36.0, 5.0, -18.0));
        assert_eq!((found.space_before, found.space_after, found.align), (12.0, 6.0, Align::Justify));
        for (words, expected) in [
            (&[("rtlpar", 1), ("qr", 1)][..], Align::Start),
            (&[("rtlpar", 1), ("ql", 1)], Align::End),
            (&[("rtlpar", 1)], Align::Start),
            (&[("qr", 1)], Align::End),
        ] {
            assert_eq!(paragraph(words).align, expected, "{words:?}");
        }
        let tabs = paragraph(&[("tqr", 0), ("tldot", 0), ("tx", 1440), ("tx", 720), ("tx", 720)]).tabs;
        let leading = TabStop { at: 72.0, align: TabAlign::End, leader: Some(Dash::Dotted) };
        assert_eq!(tabs, [TabStop::start(36.0), leading]);
    }

    #[test]
    fn lines_stand_as_far_apart_as_said() {
        for (words, expected) in [
            (&[("sl", 360), ("slmult", 1)][..], Some(LineHeight::Times(1.5))),
            (&[("sl", 240), ("slmult", 0)], Some(LineHeight::AtLeast(12.0))),
            (&[("sl", -240)], Some(LineHeight::Exactly(12.0))),
            (&[("sl", i32::MIN)], Some(LineHeight::Exactly(1584.0))),
            (&[("sl", 0)], None),
        ] {
            assert_eq!(paragraph(words).line_height, expected, "{words:?}");
        }
    }

    #[test]
    fn edges_are_those_that_were_named() {
        let found = paragraph(&[("brdrb", 1), ("brdrs", 1), ("brdrw", 20), ("brdrbtw", 1), ("brdrdb", 1)]);
        assert_eq!(found.borders.bottom.map(|border| (border.width, border.double)), Some((1.0, false)));
        assert_eq!((found.borders.top, found.borders.start), (None, None));
    }
}
