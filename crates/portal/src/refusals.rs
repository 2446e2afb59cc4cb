//! A line in the log for every request that was refused for who asks, or for how often: failed sign-ins and attempts at what is others'.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};

use crate::{App, net};

/// The layer.
pub async fn log(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let address = peer.map(|peer| net::client_ip(peer, request.headers(), &app.config.trusted_proxies));
    // Secrets travel in headers and bodies; queries are left out, as people type into them.
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let status = response.status();
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) {
        // As debug text: no line breaks and no control characters of others.
        tracing::info!(status = status.as_u16(), %method, ?path, ?address, "refused");
    }
    response
}
