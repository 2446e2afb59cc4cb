//! Why there is no preview, as a stable code.

use std::io;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::format::Format;

/// Why a document, or a part of it, cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// A password is needed.
    #[error("it is protected by a password")]
    Encrypted,
    /// Over a limit that protects the reader's machine ([`crate::Limits`]).
    #[error("it is too large for a preview: {0}")]
    TooLarge(&'static str),
    /// Nothing here reads this kind of content; names what was found, where that is known.
    #[error("{}", .0.map_or("no preview for this kind of file".to_owned(), |format| format!("no preview for {}", format.name())))]
    Unsupported(Option<Format>),
    /// Read by the readers of the other family, which are not compiled in here.
    #[error("{} is read by the other module", .0.name())]
    Elsewhere(Format),
    /// The content breaks its format's rules beyond what can be read around.
    #[error("it is damaged: {0}")]
    Malformed(String),
    /// Drawn by pdf.js in the user interface.
    #[error("pdf is drawn by pdf.js")]
    Pdf,
    /// The source does not have these bytes yet: ask again when it has.
    #[error("waiting for bytes {offset} to {}", offset + length)]
    Waiting {
        /// Bytes from the start of the file.
        offset: u64,
        /// Bytes.
        length: u64,
    },
    /// The source could not be read.
    #[error("the file could not be read: {0}")]
    Read(io::Error),
}

impl PreviewError {
    /// The stable name for machines; the user interface has a sentence for each.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::TooLarge(_) => "too_large",
            Self::Unsupported(_) => "unsupported",
            Self::Elsewhere(_) => "elsewhere",
            Self::Malformed(_) => "malformed",
            Self::Pdf => "pdf",
            Self::Waiting { .. } => "waiting",
            Self::Read(_) => "read",
        }
    }

    /// What breaks the rules of its format; `what` says where, for whoever looks into it.
    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }
}

/// Readers of foreign crates report ours inside an [`io::Error`]; this gets it out again. What ends too early is damage.
impl From<io::Error> for PreviewError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::malformed("it ends too early"),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Self::malformed(error.to_string()),
            _ if error.get_ref().is_some_and(|inner| inner.is::<Self>()) => {
                match error.into_inner().map(|inner| inner.downcast::<Self>()) {
                    Some(Ok(ours)) => *ours,
                    _ => Self::malformed("unreadable"),
                }
            }
            _ => Self::Read(error),
        }
    }
}

impl From<PreviewError> for io::Error {
    fn from(error: PreviewError) -> Self {
        Self::other(error)
    }
}

/// A [`PreviewError`] as the user interface reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Failure {
    /// [`PreviewError::code`]; the page adds its own: `crashed`, `timed_out`.
    pub code: String,
    /// For whoever looks into it.
    pub message: String,
    /// What the content is, where that is known and no preview is there for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub format: Option<Format>,
    /// Of `waiting`: the bytes that are missing, from where and how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub wanted: Option<(u64, u64)>,
}

impl From<&PreviewError> for Failure {
    fn from(error: &PreviewError) -> Self {
        let (format, wanted) = match error {
            PreviewError::Unsupported(format) => (*format, None),
            PreviewError::Elsewhere(format) => (Some(*format), None),
            PreviewError::Waiting { offset, length } => (None, Some((*offset, *length))),
            _ => (None, None),
        };
        Self { code: error.code().to_owned(), message: error.to_string(), format, wanted }
    }
}

/// What most functions here return.
pub type Result<T, E = PreviewError> = std::result::Result<T, E>;
