//! The module's answers as text, apart from JavaScript, so that they are tested natively.

use deskside_preview::find::Search;
use deskside_preview::{Failure, Opened, PictureKind, PreviewError, Result, Window};
use serde::Serialize;

/// JSON; values of the model can always be written.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

pub(crate) fn next(opened: &mut Opened<'_>, window: &str) -> Result<String> {
    let window: Window = read(window)?;
    opened.next(window).map(|part| json(&part))
}

pub(crate) fn find(opened: &mut Opened<'_>, search: &str) -> Result<String> {
    let search: Search = read(search)?;
    opened.find(&search).map(|found| json(&found))
}

fn read<'t, T: serde::Deserialize<'t>>(text: &'t str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| PreviewError::Malformed(error.to_string()))
}

pub(crate) fn failure(error: &PreviewError) -> String {
    json(&Failure::from(error))
}

/// What browsers call a kind of picture.
pub(crate) const fn media_type(kind: PictureKind) -> &'static str {
    match kind {
        PictureKind::Png => "image/png",
        PictureKind::Jpeg => "image/jpeg",
        PictureKind::Gif => "image/gif",
        PictureKind::Bmp => "image/bmp",
        PictureKind::Webp => "image/webp",
        PictureKind::Svg => "image/svg+xml",
        PictureKind::Tiff => "image/tiff",
        PictureKind::Wmf => "image/wmf",
        PictureKind::Emf => "image/emf",
    }
}

#[cfg(test)]
mod tests {
    use deskside_preview::{Hint, Limits, open};

    use super::*;

    #[test]
    fn what_cannot_be_asked_is_a_failure_with_a_code() {
        let error = open(&Vec::from(*b"%PDF-1.7"), &Hint { name: "a.pdf" }, &Limits::default()).err();
        let failure = error.map(|error| failure(&error)).unwrap_or_default();
        assert_eq!(failure, r#"{"code":"pdf","message":"pdf is drawn by pdf.js"}"#);
    }
}
