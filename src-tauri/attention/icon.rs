//! The tray's icon, with a dot on it while something is unread.

use tauri::{image::Image, include_image};

const APP: Image<'_> = include_image!("icons/32x32.png");
/// Red 600 of the app's palette, as RGBA; readable on light and dark panels.
const DOT: [u8; 4] = [0xdc, 0x26, 0x26, 0xff];

/// Pixels of the icon, as RGBA.
pub(crate) fn tray(unread: bool) -> Image<'static> {
    let (width, height) = (APP.width(), APP.height());
    let mut pixels = APP.rgba().to_vec();
    if unread {
        dot(&mut pixels, width, height);
    }
    Image::new_owned(pixels, width, height)
}

/// A filled circle in the upper right, half as wide as the icon.
fn dot(pixels: &mut [u8], width: u32, height: u32) {
    let radius = i64::from(width.min(height)) / 4;
    let (middle_x, middle_y) = (i64::from(width) - radius - 1, radius);
    for (at, pixel) in (0_u32..).zip(pixels.chunks_exact_mut(4)) {
        let (x, y) = (i64::from(at % width) - middle_x, i64::from(at / width) - middle_y);
        if x * x + y * y <= radius * radius {
            pixel.copy_from_slice(&DOT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dot_covers_the_upper_right_only() {
        let (plain, dotted) = (tray(false), tray(true));
        let changed: Vec<usize> = plain
            .rgba()
            .chunks(4)
            .zip(dotted.rgba().chunks(4))
            .enumerate()
            .filter(|(_, (before, after))| before != after)
            .map(|(at, _)| at)
            .collect();
        let width = plain.width() as usize;
        assert!(changed.len() > width, "a dot that can be seen: {} pixels", changed.len());
        assert!(changed.iter().all(|at| at % width >= width / 2 - 2 && at / width <= width / 2 + 1));
    }
}
