//! Screens and windows on macOS and Windows, by `xcap`.

use image::RgbaImage;
use xcap::{Monitor, Window, XCapError};

use crate::captures::{NotTaken, PIXELS_MAX, Screen, ScreenKind};

type Taken<T> = Result<T, NotTaken>;

/// What can be taken, screens first. Blocks.
pub(crate) fn screens(own: &str) -> Taken<Vec<Screen>> {
    let mut found = Vec::new();
    for monitor in Monitor::all().map_err(failed)? {
        let (Ok(id), Ok(width), Ok(height)) = (monitor.id(), monitor.width(), monitor.height()) else {
            continue;
        };
        let title = monitor.friendly_name().unwrap_or_default();
        found.push(Screen { id: format!("screen-{id}"), kind: ScreenKind::Screen, title, width, height });
    }
    for window in Window::all().map_err(failed)? {
        let (Ok(id), Ok(title)) = (window.id(), window.title()) else { continue };
        let (Ok(width), Ok(height)) = (window.width(), window.height()) else { continue };
        if title.is_empty() || title == own || window.is_minimized().unwrap_or(true) {
            continue;
        }
        found.push(Screen { id: format!("window-{id}"), kind: ScreenKind::Window, title, width, height });
    }
    Ok(found)
}

/// The picture of what [`screens`] named `id`. Blocks.
pub(crate) fn take(id: &str) -> Taken<RgbaImage> {
    let (kind, number) = id.split_once('-').ok_or(NotTaken::Gone)?;
    let number: u32 = number.parse().map_err(|_| NotTaken::Gone)?;
    let picture = if kind == "screen" {
        let monitors = Monitor::all().map_err(failed)?;
        let monitor = monitors.into_iter().find(|monitor| monitor.id().is_ok_and(|id| id == number));
        monitor.ok_or(NotTaken::Gone)?.capture_image().map_err(failed)?
    } else {
        let windows = Window::all().map_err(failed)?;
        let window = windows.into_iter().find(|window| window.id().is_ok_and(|id| id == number));
        window.ok_or(NotTaken::Gone)?.capture_image().map_err(failed)?
    };
    let (width, height) = picture.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(NotTaken::TooLarge);
    }
    Ok(picture)
}

/// Here nothing has to be asked.
#[expect(clippy::unused_async, reason = "the same function as on Linux")]
pub(crate) async fn ask_the_desktop() -> Taken<Option<RgbaImage>> {
    Err(NotTaken::Gone)
}

fn failed(error: XCapError) -> NotTaken {
    NotTaken::Failed(error.to_string())
}
