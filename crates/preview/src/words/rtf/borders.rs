//! Lines around paragraphs and cells (RTF 1.9.1, "Paragraph Borders", "Table Definitions").

use super::tables::Colors;
use crate::model::{Border, Borders, Dash};

/// An edge as it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Edge {
    /// It was named: what is named and not drawn hides what stands around it.
    pub(super) named: bool,
    drawn: bool,
    dash: Dash,
    double: bool,
    /// Twips.
    width: u16,
    color: u16,
}

/// Twips: a line whose width is not said.
const HAIR: u16 = 10;

impl Edge {
    pub(super) const NAMED: Self =
        Self { named: true, drawn: false, dash: Dash::Solid, double: false, width: HAIR, color: 0 };

    /// Takes a control word, where it is one of borders.
    pub(super) fn word(&mut self, name: &str, value: i32) {
        let kind = match name {
            "brdrw" => {
                self.width = u16::try_from(value).unwrap_or(0).min(255);
                return;
            }
            "brdrcf" => {
                self.color = u16::try_from(value).unwrap_or(0);
                return;
            }
            "brdrnone" | "brdrnil" | "brdrtbl" => None,
            "brdrdot" => Some((Dash::Dotted, false)),
            "brdrdash" | "brdrdashsm" | "brdrdashd" | "brdrdashdd" | "brdrdashdot" | "brdrdashdotdot"
            | "brdrdashdotstr" => Some((Dash::Dashed, false)),
            "brdrdb" | "brdrtriple" | "brdrwavydb" => Some((Dash::Solid, true)),
            "brdrth" => {
                self.width = self.width.max(HAIR) * 2;
                Some((Dash::Solid, false))
            }
            "brdrs" | "brdrsh" | "brdrhair" | "brdrinset" | "brdroutset" | "brdrwavy" | "brdremboss"
            | "brdrengrave" => Some((Dash::Solid, false)),
            _ if name.starts_with("brdrtn") || name.starts_with("brdrthtn") => Some((Dash::Solid, true)),
            _ => return,
        };
        self.drawn = kind.is_some();
        (self.dash, self.double) = kind.unwrap_or_default();
    }

    pub(super) fn border(self, colors: &Colors) -> Option<Border> {
        (self.drawn && self.width > 0).then(|| Border {
            width: f32::from(self.width) / 20.0,
            color: colors.get(self.color),
            dash: self.dash,
            double: self.double,
        })
    }

    /// This edge where it was named, the other one where not.
    pub(super) const fn or(self, other: Self) -> Self {
        if self.named { self } else { other }
    }
}

/// Start, top, end, bottom.
pub(super) type Edges = [Edge; 4];

pub(super) fn borders([start, top, end, bottom]: Edges, colors: &Colors) -> Borders {
    Borders {
        start: start.border(colors),
        top: top.border(colors),
        end: end.border(colors),
        bottom: bottom.border(colors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_make_an_edge() {
        let edge = |words: &[(&str, i32)]| {
            let mut edge = Edge::NAMED;
            words.iter().for_each(|(name, value)| edge.word(name, *value));
            edge.border(&Colors::default()).map(|border| (border.width, border.dash, border.double))
        };
        for (words, expected) in [
            (&[("brdrs", 0), ("brdrw", 15)][..], Some((0.75, Dash::Solid, false))),
            (&[("brdrs", 0)], Some((0.5, Dash::Solid, false))),
            (&[("brdrdb", 0), ("brdrw", 20)], Some((1.0, Dash::Solid, true))),
            (&[("brdrdash", 0), ("brdrw", 9999)], Some((12.75, Dash::Dashed, false))),
            (&[("brdrthtnsg", 0), ("brdrw", -1)], None),
            (&[("brdrs", 0), ("brdrnone", 0)], None),
            (&[("brdrw", 20)], None),
        ] {
            assert_eq!(edge(words), expected, "{words:?}");
        }
    }
}
