//! Pictures that have to look as they did. They are compared small, so that fonts of another machine do not count, and what
//! stands at the wrong place or is gone does.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use image::imageops::{self, FilterType};
use image::{RgbImage, load_from_memory};

use crate::workspace;

/// Pixels of the screen on a side that become one.
const SMALLER: u32 = 8;
/// Levels of 255 between two pixels that are not the same any more.
const FAR: u8 = 40;
/// Of a thousand pixels, those that may be far from what they were.
const MOST_FAR: usize = 15;
/// Set, the pictures of this run become what later ones are compared with: look at them first.
const BLESS: &str = "DESKSIDE_BLESS";

/// Fails where a screenshot (PNG) is not what `tests/golden/NAME.png` was made from, and leaves it to be looked at.
pub fn compare(name: &str, screenshot: &[u8]) -> Result<()> {
    if std::env::var_os(BLESS).is_some() {
        let file = golden(name)?;
        return small(screenshot)?.save(&file).with_context(|| format!("cannot write {}", file.display()));
    }
    if differs(name, screenshot)? {
        let left = workspace::leavings("golden")?.join(format!("{name}.png"));
        std::fs::write(&left, screenshot)?;
        bail!("{name} looks otherwise: see {}", left.display());
    }
    Ok(())
}

/// Whether a screenshot (PNG) is another picture than `tests/golden/NAME.png` was made from.
pub fn differs(name: &str, screenshot: &[u8]) -> Result<bool> {
    let seen = small(screenshot)?;
    let file = golden(name)?;
    let bytes = std::fs::read(&file).with_context(|| format!("{} ({BLESS}=1 makes it)", file.display()))?;
    let far = far_pixels(&seen, &load_from_memory(&bytes)?.to_rgb8());
    Ok(far.is_none_or(|far| far * 1000 > seen.pixels().len() * MOST_FAR))
}

fn golden(name: &str) -> Result<PathBuf> {
    Ok(workspace::root()?.join("tests/golden").join(format!("{name}.png")))
}

fn small(screenshot: &[u8]) -> Result<RgbImage> {
    let picture = load_from_memory(screenshot)?.to_rgb8();
    let (width, height) = (picture.width().div_ceil(SMALLER), picture.height().div_ceil(SMALLER));
    Ok(imageops::resize(&picture, width, height, FilterType::Triangle))
}

/// Pixels that differ by more than [`FAR`] in a colour; none where the sizes differ.
fn far_pixels(one: &RgbImage, other: &RgbImage) -> Option<usize> {
    if one.dimensions() != other.dimensions() {
        return None;
    }
    let far = |(one, other): &(&image::Rgb<u8>, &image::Rgb<u8>)| {
        one.0.iter().zip(other.0).any(|(one, other)| one.abs_diff(other) > FAR)
    };
    Some(one.pixels().zip(other.pixels()).filter(far).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moved_or_went_is_far_and_what_is_a_shade_off_is_not() {
        let plain = RgbImage::from_pixel(20, 20, image::Rgb([250, 250, 250]));
        let shade = RgbImage::from_pixel(20, 20, image::Rgb([240, 240, 230]));
        let mut moved = plain.clone();
        moved.put_pixel(3, 3, image::Rgb([15, 90, 94]));
        assert_eq!(far_pixels(&plain, &shade), Some(0));
        assert_eq!(far_pixels(&plain, &moved), Some(1));
        assert_eq!(far_pixels(&plain, &RgbImage::new(20, 19)), None, "another size");
    }
}
