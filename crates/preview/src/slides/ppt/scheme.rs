//! Colours of slides.

use crate::drawing::officeart::color::{self, Rgb};
use crate::model::Color;

/// The eight colours of a slide ([MS-PPT] 2.4.17 `ColorSchemeAtom`): background, text, shadow, title, fill, three accents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scheme([Rgb; 8]);

/// Black on white.
impl Default for Scheme {
    fn default() -> Self {
        let mut colors = [[0; 3]; 8];
        colors[0] = [255; 3];
        colors[2] = [128; 3];
        colors[4] = [187, 224, 227];
        colors[5] = [51, 51, 153];
        colors[6] = [0, 153, 153];
        colors[7] = [153, 204, 0];
        Self(colors)
    }
}

impl Scheme {
    /// Four bytes for each colour, of which one means nothing.
    pub(crate) fn read(data: &[u8]) -> Self {
        let mut scheme = Self::default();
        for (slot, color) in scheme.0.iter_mut().zip(data.chunks_exact(4)) {
            *slot = [color[0], color[1], color[2]];
        }
        scheme
    }

    pub(crate) fn color(&self, index: usize) -> Color {
        let [red, green, blue] = self.0.get(index).copied().unwrap_or_default();
        Color::rgb(red, green, blue)
    }
}

impl color::Scheme for Scheme {
    fn rgb(&self, index: u8) -> Option<Rgb> {
        Some(self.0.get(usize::from(index)).copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_have_eight_colours() {
        let scheme = Scheme::read(&[1, 1, 1, 0, 2, 2, 2, 0, 3, 3, 3, 0, 4, 4, 4, 0, 100, 200, 0, 0]);
        assert_eq!((scheme.color(4), scheme.color(7)), (Color::rgb(100, 200, 0), Color::rgb(153, 204, 0)));
        assert_eq!(color::Scheme::rgb(&scheme, 99), Some([0; 3]));
    }
}
