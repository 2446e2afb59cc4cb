//! Snapshots: what there is, how it looks in small, and the picture itself.

use std::io::Cursor;

use deskside_client::{ClientError, ShownError, names};
use image::{ImageFormat, RgbaImage, imageops};
use tauri::{WebviewWindow, ipc::Response};

use super::{NotTaken, Screen};
use crate::{
    commands::{Answer, Shared, shown},
    files::PickedFile,
    os,
};

/// Pixels of the longer side of a small picture: as wide as it is shown, on a screen of twice the density.
const SMALL: u32 = 480;

/// Screens and windows that a snapshot can show.
#[tauri::command]
pub(crate) async fn list_screens(window: WebviewWindow) -> Answer<Vec<Screen>> {
    let own = window.title().unwrap_or_default();
    blocking(move || os::screens(&own)).await
}

/// A small picture of one, as PNG.
#[tauri::command]
pub(crate) async fn screen_thumbnail(screen: String) -> Answer<Response> {
    let png = blocking(move || {
        let picture = os::take(&screen)?;
        let (width, height) = picture.dimensions();
        let scale = f64::from(SMALL) / f64::from(width.max(height).max(1));
        if scale >= 1.0 {
            return png(&picture);
        }
        let side = |pixels: u32| ((f64::from(pixels) * scale) as u32).max(1);
        png(&imageops::thumbnail(&picture, side(width), side(height)))
    });
    Ok(Response::new(png.await?))
}

/// Takes a snapshot and keeps it under `name` like any file of the window's own; none where the person changed their mind.
#[tauri::command]
pub(crate) async fn take_snapshot(
    state: Shared<'_>,
    screen: String,
    name: String,
) -> Answer<Option<PickedFile>> {
    names::check(&name).map_err(|problem| shown(problem.into()))?;
    let picture = if screen == "desktop" {
        os::ask_the_desktop().await.map_err(ShownError::from)?
    } else {
        Some(blocking(move || os::take(&screen)).await?)
    };
    let Some(picture) = picture else { return Ok(None) };
    let png = blocking(move || png(&picture)).await?;
    state.adopt(&name, &png).await.map(Some)
}

fn png(picture: &RgbaImage) -> Result<Vec<u8>, NotTaken> {
    let mut bytes = Cursor::new(Vec::new());
    let written = picture.write_to(&mut bytes, ImageFormat::Png);
    written.map_err(|error| NotTaken::Failed(error.to_string()))?;
    Ok(bytes.into_inner())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, NotTaken> + Send + 'static,
) -> Answer<T> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| shown(ClientError::NotShown(std::io::Error::other(error))))?;
    done.map_err(ShownError::from)
}
