//! Refuses what another site makes a browser send: unsafe methods and sockets (research S23).

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use deskside_proto::ErrorCode;

use crate::{ApiError, App};

/// The layer: passes safe requests, and unsafe ones that come from the portal's own pages or from no browser.
pub async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if needs_check(request.method(), headers) && !is_own(headers, &app.own_origins) {
        return ApiError::from(ErrorCode::WrongOrigin).into_response();
    }
    next.run(request).await
}

fn needs_check(method: &Method, headers: &HeaderMap) -> bool {
    let upgrade = headers.contains_key(header::UPGRADE) || headers.contains_key("sec-websocket-key");
    upgrade || !(method.is_safe())
}

/// Browsers name the origin of every unsafe request and socket. One that names none is no browser, and then cookies have no
/// business in it.
fn is_own(headers: &HeaderMap, own: &[String]) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site_is_own = text("sec-fetch-site").map(|site| site == "same-origin");
    match (text("origin"), site_is_own) {
        (_, Some(false)) => false,
        (Some(origin), _) => own.iter().any(|o| o == origin),
        (None, Some(true)) => true,
        (None, None) => !headers.contains_key(header::COOKIE),
    }
}

/// Origins of the portal's own pages: the public one and, for a portal on this machine only, its other names.
#[must_use]
pub fn own_origins(public_url: &url::Url) -> Vec<String> {
    let mut origins = vec![public_url.origin().ascii_serialization()];
    if is_loopback(public_url) {
        let port = public_url.port().map(|port| format!(":{port}")).unwrap_or_default();
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            origins.push(format!("{}://{host}{port}", public_url.scheme()));
        }
    }
    origins
}

#[must_use]
pub fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_and_programs_pass() {
        let own = own_origins(&"https://help.example".parse().unwrap());
        let cases: [(&[(&str, &str)], bool); 9] = [
            (&[("origin", "https://help.example")], true),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
            (&[("origin", "https://help.example.evil.example")], false),
            (&[("origin", "https://help.example"), ("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-origin"), ("cookie", "a=b")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("cookie", "a=b")], false),
            (&[("authorization", "Bearer x")], true),
        ];
        for (headers, passes) in cases {
            let map = headers.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
            assert_eq!(is_own(&map, &own), passes, "{headers:?}");
        }
    }

    #[test]
    fn a_portal_on_this_machine_has_all_its_names() {
        let own = own_origins(&"http://127.0.0.1:7300".parse().unwrap());
        assert!(own.contains(&"http://localhost:7300".to_owned()));
        assert_eq!(own_origins(&"https://help.example".parse().unwrap()).len(), 1);
    }
}
