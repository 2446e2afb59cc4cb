//! Where shapes stand beside the text (RTF 1.9.1, "Word 97 through Word 2007 RTF for Drawing Objects", `\shp…`).

use super::para::points;
use crate::model::{Anchor, AnchorFrom, Stand};
use crate::words::places::{align, measured_from, wrap};

pub(super) struct Place {
    wrap: i32,
    behind: bool,
    from: [AnchorFrom; 2],
    /// The property says what it is measured from instead.
    ignored: [bool; 2],
}

/// Over the text, where its paragraph and column are.
impl Default for Place {
    fn default() -> Self {
        Self { wrap: 3, behind: false, from: [AnchorFrom::Text; 2], ignored: [false; 2] }
    }
}

impl Place {
    pub(super) fn word(&mut self, name: &str, value: i32) {
        match name {
            "shpwr" => self.wrap = value,
            "shpfblwtxt" => self.behind = value == 1,
            "shpbxpage" | "dobxpage" => self.from[0] = AnchorFrom::Page,
            "shpbxmargin" | "dobxmargin" => self.from[0] = AnchorFrom::Margin,
            "shpbxcolumn" | "dobxcolumn" => self.from[0] = AnchorFrom::Text,
            "shpbypage" | "dobypage" => self.from[1] = AnchorFrom::Page,
            "shpbymargin" | "dobymargin" => self.from[1] = AnchorFrom::Margin,
            "shpbypara" | "dobypara" => self.from[1] = AnchorFrom::Text,
            "shpbxignore" => self.ignored[0] = true,
            "shpbyignore" => self.ignored[1] = true,
            _ => {}
        }
    }

    /// `corner`: left and top, twips; `told`: the numbers of properties.
    pub(super) fn anchor(&self, corner: [i32; 2], told: impl Fn(&str) -> Option<i32>) -> Anchor {
        let stand = |axis: usize, place: &str, relative: &str| Stand {
            from: match told(relative) {
                Some(from) if self.ignored[axis] => measured_from(from),
                _ => self.from[axis],
            },
            align: told(place).and_then(align),
            offset: points(corner[axis]),
        };
        Anchor {
            wrap: wrap(self.wrap, self.behind),
            across: stand(0, "posh", "posrelh"),
            down: stand(1, "posv", "posrelv"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Align, Wrap};

    #[test]
    fn words_and_properties_say_where() {
        let mut place = Place::default();
        for (name, value) in [("shpbxpage", 0), ("shpbxignore", 0), ("shpbypara", 0), ("shpwr", 2)] {
            place.word(name, value);
        }
        let anchor = place.anchor([720, 360], |name| match name {
            "posh" => Some(3),
            "posrelh" => Some(0),
            _ => None,
        });
        let across = Stand { from: AnchorFrom::Margin, align: Some(Align::End), offset: 36.0 };
        let down = Stand { from: AnchorFrom::Text, align: None, offset: 18.0 };
        assert_eq!(anchor, Anchor { wrap: Wrap::Around, across, down });
    }

    #[test]
    fn wraps_are_told_by_number() {
        for (wrap, behind, expected) in [
            (1, 0, Wrap::Apart),
            (4, 0, Wrap::Around),
            (3, 0, Wrap::Under),
            (3, 1, Wrap::Over),
            (99, 0, Wrap::Under),
        ] {
            let mut place = Place::default();
            place.word("shpwr", wrap);
            place.word("shpfblwtxt", behind);
            assert_eq!(place.anchor([0; 2], |_| None).wrap, expected, "{wrap} {behind}");
        }
    }
}
