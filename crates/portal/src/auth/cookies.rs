//! Cookies of browsers. `__Host-` binds them to this host, to https and to the whole path (RFC 6265bis §4.1.3.2).

use axum::http::{HeaderMap, HeaderValue, header};
use deskside_proto::SessionId;

/// Of a signed-in person.
pub const USER: &str = "__Host-deskside";
/// Of a customer in one session; the session's id follows.
pub const GUEST_PREFIX: &str = "__Host-deskside-guest-";

/// Seconds that a person stays signed in.
pub const USER_MAX_AGE: i64 = 30 * 24 * 3600;
/// Seconds that a customer's browser keeps its place.
pub const GUEST_MAX_AGE: i64 = 7 * 24 * 3600;

/// Value of a `Set-Cookie` header; an empty token takes the cookie away.
pub fn set(name: &str, token: &str, max_age: i64) -> Option<HeaderValue> {
    let max_age = if token.is_empty() { 0 } else { max_age };
    let text = format!("{name}={token}; Path=/; Max-Age={max_age}; HttpOnly; Secure; SameSite=Lax");
    HeaderValue::from_str(&text).ok()
}

#[must_use]
pub fn guest_name(session: SessionId) -> String {
    format!("{GUEST_PREFIX}{session}")
}

/// Name and value of every cookie of a request.
pub fn all(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='))
}
