//! Extractors that answer bad input with a [`deskside_proto::WireError`].

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Json,
    extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Query},
    http::request::Parts,
};
use deskside_proto::{ErrorCode, limits::NAME_MAX_CHARS};
use serde::Deserialize;

use crate::{ApiError, App, error::ApiResult, file_name::is_bidi_control, net};

/// A JSON body.
#[derive(FromRequest)]
#[from_request(via(Json), rejection(ApiError))]
pub struct Body<T>(pub T);

/// Ids in the path; what is no id names nothing.
#[derive(FromRequestParts)]
#[from_request(via(Path), rejection(ApiError))]
pub struct PathOf<T>(pub T);

#[derive(FromRequestParts)]
#[from_request(via(Query), rejection(ApiError))]
pub struct QueryOf<T>(pub T);

/// Address of the caller, behind trusted proxies too.
pub struct ClientIp(pub IpAddr);

impl FromRequestParts<Arc<App>> for ClientIp {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> ApiResult<Self> {
        let ConnectInfo(peer) = ConnectInfo::<SocketAddr>::from_request_parts(parts, app)
            .await
            .map_err(|_| ApiError::internal("a request without the address of its peer"))?;
        Ok(Self(net::client_ip(peer, &parts.headers, &app.config.trusted_proxies)))
    }
}

/// A page of a list: at most `limit` entries (default 50, at most 100), after the entry `before`.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    #[param(value_type = Option<String>)]
    pub before: Option<deskside_proto::SessionId>,
    pub limit: Option<u32>,
}

impl Paging {
    #[must_use]
    pub fn limit(self) -> u32 {
        self.limit.unwrap_or(50).clamp(1, 100)
    }
}

/// A name as people give it: trimmed, not empty, not too long, on one line, and without what would turn the direction of the words
/// around it (research S17): pasted names carry such marks, and read the same without them.
pub fn checked_name(name: &str, field: &str) -> ApiResult<String> {
    let name: String = name.chars().filter(|c| !is_bidi_control(*c)).collect();
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= NAME_MAX_CHARS;
    if fits && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err(ApiError::about(ErrorCode::InvalidInput, field))
    }
}

/// An e-mail address, as far as a form can tell.
pub fn checked_email(email: &str) -> ApiResult<String> {
    let email = email.trim();
    let sound = email.len() <= 254
        && email
            .split_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.contains('@'))
        && !email.chars().any(|c| c.is_control() || c.is_whitespace());
    if sound { Ok(email.to_owned()) } else { Err(ApiError::about(ErrorCode::InvalidInput, "email")) }
}
