//! The user interface, embedded: one binary is the whole portal.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../ui/dist/"]
struct Dist;

const INDEX: &str = "index.html";
/// Paths of pages; the user interface finds out which one it is.
const PAGES: [&str; 10] =
    ["set-up", "join", "s", "files", "settings", "admin", "invite", "forgot-password", "reset-password", ""];
/// Files below it carry a hash of their content in their names.
const HASHED: &str = "assets/";

/// The file at `path`, or the user interface where it is a page.
#[must_use]
pub fn serve(path: &str) -> Response {
    let path = path.trim_start_matches('/');
    if let Some(file) = Dist::get(path).filter(|_| !path.is_empty() && path != INDEX) {
        return answer(file, StatusCode::OK, path.starts_with(HASHED));
    }
    let status = if is_page(path) { StatusCode::OK } else { StatusCode::NOT_FOUND };
    match Dist::get(INDEX) {
        // A missing script must not look like a page.
        Some(index) if status == StatusCode::OK || !path.contains('.') => answer(index, status, false),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn is_page(path: &str) -> bool {
    let mut parts = path.trim_end_matches('/').split('/');
    let page = parts.next().unwrap_or_default();
    // The admin's pages are one level deeper: `/admin/devices/ID`.
    let deepest = if page == "admin" { 2 } else { 1 };
    PAGES.contains(&page) && parts.count() <= deepest
}

fn answer(file: EmbeddedFile, status: StatusCode, immutable: bool) -> Response {
    let media_type = HeaderValue::from_str(file.metadata.mimetype());
    let etag = HeaderValue::from_str(&format!("\"{}\"", hex::encode(file.metadata.sha256_hash())));
    let caching = if immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = (status, file.data).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(media_type) = media_type {
        headers.insert(header::CONTENT_TYPE, media_type);
    }
    if let Ok(etag) = etag {
        headers.insert(header::ETAG, etag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_the_user_interface_and_nothing_else_is() {
        for page in [
            "/",
            "/join",
            "/join/abc",
            "/s/0192",
            "/files",
            "/files/0192",
            "/settings",
            "/settings/policies",
            "/set-up",
            "/admin",
            "/admin/audit",
            "/admin/devices/0192",
            "/invite",
            "/forgot-password",
            "/reset-password",
        ] {
            assert_eq!(serve(page).status(), StatusCode::OK, "{page}");
            assert_eq!(serve(page).headers()[header::CACHE_CONTROL], "no-cache", "{page}");
        }
        for other in ["/etc/passwd", "/../Cargo.toml", "/assets/missing.js", "/join/a/b", "/admin/a/b/c"] {
            assert_eq!(serve(other).status(), StatusCode::NOT_FOUND, "{other}");
        }
    }
}
