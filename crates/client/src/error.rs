//! What can go wrong on this side, and how it is told.

use std::{io, path::PathBuf};

use deskside_proto::{ErrorCode, WireError};

/// Every failure of this crate. People are told [`ClientError::to_wire`]; logs get the rest.
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

impl ClientError {
    /// The stable code; what only this side knows goes by the nearest one of the wire.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Portal(error) => error.code,
            Self::Unreachable(_) | Self::Untrusted(_) => ErrorCode::Unavailable,
            Self::NotAPortal | Self::BadAddress | Self::NotEncrypted | Self::NoPortal | Self::BadLink(_) => {
                ErrorCode::InvalidInput
            }
            Self::WrongProtocol | Self::StrangeAnswer => ErrorCode::UnsupportedProtocol,
            Self::UnknownOperation(_) => ErrorCode::NotFound,
            Self::SignedOut => ErrorCode::NotSignedIn,
            Self::BadName(_) => ErrorCode::FileNameInvalid,
            Self::FileEmpty => ErrorCode::FileEmpty,
            Self::FileTooLarge { .. } => ErrorCode::FileTooLarge,
            Self::NotKept(_) | Self::CannotSave { .. } => ErrorCode::StorageFull,
            Self::SourceChanged
            | Self::SourceUnreadable(_)
            | Self::Cancelled
            | Self::WrongDigest
            | Self::Journal(_)
            | Self::Vault(_)
            | Self::NoRandomness
            | Self::Closed => ErrorCode::Internal,
        }
    }

    /// The code and the sentence, as the portal's own errors look.
    #[must_use]
    pub fn to_wire(&self) -> WireError {
        match self {
            Self::Portal(error) => error.clone(),
            other => WireError { code: other.code(), message: other.to_string(), field: None },
        }
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
