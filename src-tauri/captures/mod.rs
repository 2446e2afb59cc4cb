//! Captures of a technician (row Z02): snapshots of a screen or window, and the folder in which another tool saves.

mod folder;
mod snapshot;

use deskside_client::ShownError;
use serde::Serialize;

pub(crate) use self::{folder::*, snapshot::*};

/// Pixels of a picture that is taken at most: four screens of 8K.
pub(crate) const PIXELS_MAX: u64 = 4 * 7_680 * 4_320;

/// Something that a snapshot can show.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Screen {
    /// Good until something is opened or closed.
    pub(crate) id: String,
    pub(crate) kind: ScreenKind,
    /// Of a window, as its program says; a stranger's text.
    pub(crate) title: String,
    /// Pixels; 0 where nobody knows before it is taken.
    pub(crate) width: u32,
    pub(crate) height: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScreenKind {
    Screen,
    Window,
    /// The desktop asks the person itself.
    Desktop,
}

/// Why there is no picture.
#[derive(Debug)]
pub(crate) enum NotTaken {
    /// The window or screen is not there any more.
    Gone,
    TooLarge,
    /// What the system says.
    Failed(String),
}

impl From<NotTaken> for ShownError {
    fn from(error: NotTaken) -> Self {
        let (code, message) = match error {
            NotTaken::Gone => ("not_taken", "That window is not there any more. Choose another one."),
            NotTaken::TooLarge => {
                ("not_taken", "That is too large for one picture. Choose a window instead.")
            }
            NotTaken::Failed(why) => {
                tracing::warn!("no snapshot: {why}");
                (
                    "not_taken",
                    "This computer does not let the app see the screen. Check its settings, or use another tool.",
                )
            }
        };
        Self { code, message: message.to_owned(), field: None }
    }
}
