//! Errors of routes: always a [`WireError`] with the status of its code.

use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use deskside_proto::{ErrorCode, WireError};
use deskside_store::StoreError;

pub type ApiResult<T> = Result<T, ApiError>;

/// What a route answers instead of its result.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ApiError(pub WireError);

impl ApiError {
    /// `code`, about `field` of the request.
    #[must_use]
    pub fn about(code: ErrorCode, field: &str) -> Self {
        Self(WireError::about(code, field))
    }

    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// Something that should not happen: logged with its reason, told without it.
    pub fn internal(reason: impl std::fmt::Display) -> Self {
        tracing::error!(%reason, "internal error");
        ErrorCode::Internal.into()
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self(code.into())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        store_code(&error).into()
    }
}

/// What is told of a store that does not work: whether it is worth trying again.
#[must_use]
pub fn store_code(error: &StoreError) -> ErrorCode {
    match error {
        StoreError::Full => ErrorCode::StorageFull,
        StoreError::Database(_) | StoreError::Unreachable { .. } | StoreError::InUse { .. } => {
            ErrorCode::Unavailable
        }
        _ => ErrorCode::Internal,
    }
}

/// The index is behind the log, never in its way: what does not work now is tried again.
impl From<deskside_search::IndexError> for ApiError {
    fn from(error: deskside_search::IndexError) -> Self {
        tracing::error!(%error, "the search index failed");
        match error {
            deskside_search::IndexError::Full => ErrorCode::StorageFull.into(),
            deskside_search::IndexError::Damaged(_) | deskside_search::IndexError::Failed(_) => {
                ErrorCode::Unavailable.into()
            }
        }
    }
}

/// What is told of a file system that does not work.
impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "the data folder failed");
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                ErrorCode::StorageFull.into()
            }
            _ => ErrorCode::Internal.into(),
        }
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::FrameTooLarge.into(),
            _ => ErrorCode::Malformed.into(),
        }
    }
}

/// A path with something that is no id names nothing.
impl From<PathRejection> for ApiError {
    fn from(_: PathRejection) -> Self {
        ErrorCode::NotFound.into()
    }
}

impl From<QueryRejection> for ApiError {
    fn from(_: QueryRejection) -> Self {
        ErrorCode::Malformed.into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.0)).into_response();
        // Errors depend on who asks and when.
        response.headers_mut().insert("cache-control", axum::http::HeaderValue::from_static("no-store"));
        response
    }
}
