//! What can go wrong on this side, and how it is told.

use std::{io, path::PathBuf};

use deskside_proto::{ErrorCode, WireError};

/// Every failure of this crate. People are told [`ClientError::shown`]; logs get the rest.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The portal answered with an error of its own.
    #[error("{0}")]
    Portal(WireError),
    #[error("The portal cannot be reached. Check the internet connection and try again.")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(
        "The portal's certificate is not trusted by this computer, so nothing was sent. Tell an admin of your organisation."
    )]
    Untrusted(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("What answers at that address is not a Deskside portal. Check the address.")]
    NotAPortal,
    #[error("This app and the portal do not fit together. Update the app.")]
    WrongProtocol,
    #[error("The portal gave an answer that this app does not understand. Update the app and try again.")]
    StrangeAnswer,
    #[error("That is not a portal's address. It looks like https://help.example.com.")]
    BadAddress,
    #[error("A portal's address begins with https://, so that nobody can listen in.")]
    NotEncrypted,
    #[error(
        "Only web pages with https:// and mail addresses are opened from here. Copy the link if you trust it."
    )]
    NotOpened,
    #[error("{0}")]
    BadLink(#[from] crate::links::LinkError),
    #[error("The app asked for something that the portal does not offer ({0}). Update the app.")]
    UnknownOperation(String),
    #[error("There is no portal yet. Enter its address first, or use the whole link.")]
    NoPortal,
    #[error("You are signed out. Sign in again to go on.")]
    SignedOut,
    #[error("{0}")]
    BadName(#[from] crate::names::NameProblem),
    #[error("That file is empty. Check it and choose it again.")]
    FileEmpty,
    #[error("That file is larger than this organisation allows ({} MB). Send a smaller one.", max / 1_000_000)]
    FileTooLarge {
        /// Bytes.
        max: u64,
    },
    #[error("That file changed while it was being sent. Choose it again.")]
    SourceChanged,
    #[error("That file cannot be read. Check that it is still there and choose it again.")]
    SourceUnreadable(#[source] io::Error),
    #[error(transparent)]
    Direct(#[from] deskside_direct::DirectError),
    #[error("That was cancelled.")]
    Cancelled,
    #[error("The file did not arrive as it was sent, so it was not kept. Try again.")]
    WrongDigest,
    #[error("The file cannot be saved there. Choose another folder, or make room on the disk.")]
    CannotSave {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("This computer gives no room to play that. Restart the app, or save the file and open it.")]
    NoListener(#[source] io::Error),
    #[error("The folder cannot be shown on this computer. Open it with your file manager.")]
    NotShown(#[source] io::Error),
    #[error(
        "This computer's disk does not take the message, so it was not sent. Make room and try again; your text is still here."
    )]
    NotKept(#[source] Box<ClientError>),
    #[error(
        "The app's own data cannot be read or written. Check the disk's free space and the folder's permissions."
    )]
    Journal(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("The secret store of this computer does not answer. Unlock it and try again.")]
    Vault(String),
    #[error("This computer gives no random numbers. Restart it and try again.")]
    NoRandomness,
    #[error("This session is closed. Open it again.")]
    Closed,
}

/// An error as a user interface gets it: the shape of [`WireError`], with this side's own codes beside the portal's.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ShownError {
    pub code: &'static str,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl ClientError {
    /// The stable code: the portal's, or one of this side's own.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Portal(error) => error.code.as_str(),
            Self::Unreachable(_) => ErrorCode::Unavailable.as_str(),
            Self::Untrusted(_) => "certificate_untrusted",
            Self::NotAPortal => "not_a_portal",
            Self::WrongProtocol | Self::StrangeAnswer | Self::UnknownOperation(_) => {
                ErrorCode::UnsupportedProtocol.as_str()
            }
            Self::BadAddress => "address_invalid",
            Self::NotEncrypted => "address_not_encrypted",
            Self::NotOpened => "link_not_opened",
            Self::BadLink(_) => "link_invalid",
            Self::NoPortal => "no_portal",
            Self::SignedOut => ErrorCode::NotSignedIn.as_str(),
            Self::BadName(_) => ErrorCode::FileNameInvalid.as_str(),
            Self::FileEmpty => ErrorCode::FileEmpty.as_str(),
            Self::FileTooLarge { .. } => ErrorCode::FileTooLarge.as_str(),
            Self::SourceChanged => "file_changed",
            Self::SourceUnreadable(_) => "file_unreadable",
            Self::Direct(problem) => problem.code(),
            Self::Cancelled => "cancelled",
            Self::WrongDigest => "digest_mismatch",
            Self::CannotSave { .. } => "cannot_save",
            Self::NoListener(_) => "no_listener",
            Self::NotShown(_) => "folder_not_shown",
            Self::NotKept(_) => "not_kept",
            Self::Journal(_) => "journal_failed",
            Self::Vault(_) => "vault_failed",
            Self::NoRandomness => "no_randomness",
            Self::Closed => "session_closed_here",
        }
    }

    /// The code and the sentence for a user interface.
    #[must_use]
    pub fn shown(&self) -> ShownError {
        let field = match self {
            Self::Portal(error) => error.field.clone(),
            Self::NotAPortal | Self::BadAddress | Self::NotEncrypted => Some("url".to_owned()),
            _ => None,
        };
        let message = match self {
            Self::Portal(error) => error.message.clone(),
            other => other.to_string(),
        };
        ShownError { code: self.code(), message, field }
    }

    /// Whether the same request may succeed a little later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Portal(error) => matches!(
                error.code,
                ErrorCode::Unavailable
                    | ErrorCode::Internal
                    | ErrorCode::TooManyRequests
                    | ErrorCode::UploadLocked
                    | ErrorCode::UploadOffsetMismatch
            ),
            _ => false,
        }
    }
}

impl From<sqlx::Error> for ClientError {
    fn from(error: sqlx::Error) -> Self {
        Self::Journal(Box::new(error))
    }
}

impl From<reqwest::Error> for ClientError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_decode() {
            return Self::StrangeAnswer;
        }
        if is_about_certificate(&error) {
            Self::Untrusted(Box::new(error))
        } else {
            Self::Unreachable(Box::new(error))
        }
    }
}

/// Looks for rustls' verdict below the layers of HTTP.
pub(crate) fn is_about_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // An io::Error hides what it wraps from `source`.
        if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            return is_about_certificate(inner);
        }
        next = error.source();
    }
    false
}
