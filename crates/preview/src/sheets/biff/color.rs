//! Colours by number ([MS-XLS] 2.5.161; ECMA-376 part 1 §18.8.27).

use crate::sheets::numfmt::palette;
pub(in crate::sheets) use crate::sheets::xlsx::color::{hex as named, mixed, tinted};

/// The first colour that a workbook may define itself.
const FIRST: usize = 8;

/// A colour of 24 bits.
pub(crate) type Rgb = [u8; 3];

/// The colours of a workbook.
/// Those that it does not define are the usual ones.
#[derive(Clone, Debug)]
pub(crate) struct Palette(Vec<Rgb>);

impl Default for Palette {
    fn default() -> Self {
        Self((0..).map_while(palette).collect())
    }
}

impl Palette {
    /// Replaces the first colours by those of the workbook.
    pub(crate) fn define(&mut self, colors: impl Iterator<Item = Rgb>) {
        self.0.iter_mut().zip(colors).for_each(|(own, color)| *own = color);
    }

    /// Colour 0 to 7 (fixed), 8 to 63 (the workbook's); none for those of the system: text on window.
    pub(crate) fn get(&self, index: usize) -> Option<Rgb> {
        match index.checked_sub(FIRST) {
            None => palette(index),
            Some(own) => self.0.get(own).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_numbers() {
        let mut palette = Palette::default();
        palette.define([[1, 2, 3]].into_iter());
        for (index, expected) in [
            (0, Some([0, 0, 0])),
            (2, Some([255, 0, 0])),
            (8, Some([1, 2, 3])),
            (10, Some([255, 0, 0])),
            (63, Some([0x33, 0x33, 0x33])),
            (64, None),
            (0x7fff, None),
        ] {
            assert_eq!(palette.get(index), expected, "{index}");
        }
    }
}
