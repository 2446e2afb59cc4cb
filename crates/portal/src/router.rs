//! All routes with their layers.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::Uri,
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use deskside_proto::{ErrorCode, limits::FLOW_MAX_BYTES};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, trace::TraceLayer};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt as _},
    routes,
};

use crate::{
    ApiError, App,
    auth::sign_ins,
    openapi, origin, refusals, relay,
    routes::{
        archive, attachments, audit, auth, bots, captures, copy, devices, direct, files, finding, health,
        info, join, listing, passwords, people, rehearsals, replies, reports, search, sessions, settings,
        statistics, transcript, uploads, vault, zips,
    },
    security_headers, socket, static_files,
};

/// Bytes of a JSON body. The largest is a form; messages travel on the socket, files by upload.
const JSON_MAX_BYTES: usize = 64 * 1024;

/// Routes of the API, each with its operation.
pub fn api() -> OpenApiRouter<Arc<App>> {
    let api = OpenApiRouter::new()
        .routes(routes!(info::get_info))
        .routes(routes!(health::get_health))
        .routes(routes!(auth::set_up))
        .routes(routes!(auth::sign_in))
        .routes(routes!(auth::sign_out))
        .routes(routes!(auth::get_me))
        .routes(routes!(sessions::list_sessions, sessions::create_session))
        .routes(routes!(sessions::get_session))
        .routes(routes!(sessions::end_session))
        .routes(routes!(sessions::renew_join))
        .routes(routes!(sessions::admit_participant))
        .routes(routes!(sessions::remove_participant))
        .routes(routes!(search::search_session))
        .routes(routes!(join::look_up_join))
        .routes(routes!(join::join_session))
        .routes(routes!(listing::list_files))
        .routes(routes!(files::get_files_session, files::delete_session))
        .routes(routes!(transcript::get_transcript))
        .routes(routes!(transcript::read_transcript))
        .routes(routes!(copy::get_transcript_copy))
        .routes(routes!(vault::get_session_vault))
        .routes(routes!(vault::list_file_activity))
        .routes(routes!(vault::hold_session, vault::release_session))
        .routes(routes!(reports::save_report))
        .routes(routes!(finding::search_files))
        .routes(routes!(statistics::get_statistics))
        .routes(routes!(zips::get_session_zip))
        .routes(routes!(zips::get_sessions_zip))
        .routes(routes!(captures::delete_capture))
        .routes(routes!(audit::list_audit))
        .routes(routes!(audit::export_audit))
        .routes(routes!(people::list_people))
        .routes(routes!(people::invite_person))
        .routes(routes!(people::withdraw_invitation))
        .routes(routes!(people::look_up_invitation))
        .routes(routes!(people::accept_invitation))
        .routes(routes!(people::change_person))
        .routes(routes!(passwords::make_password_reset))
        .routes(routes!(passwords::forgot_password))
        .routes(routes!(passwords::reset_password))
        .routes(routes!(passwords::change_password))
        .routes(routes!(devices::list_devices))
        .routes(routes!(devices::revoke_device))
        .routes(routes!(devices::list_own_devices))
        .routes(routes!(devices::revoke_own_device))
        .routes(routes!(settings::get_org_settings, settings::update_org_settings))
        .routes(routes!(bots::list_bots, bots::create_bot))
        .routes(routes!(bots::get_bot, bots::update_bot, bots::delete_bot))
        .routes(routes!(bots::save_bot_draft).layer(flows()))
        .routes(routes!(bots::publish_bot, bots::withdraw_bot))
        .routes(routes!(bots::get_bot_version))
        .routes(routes!(bots::create_bot_secret))
        .routes(routes!(rehearsals::try_bot_action))
        .routes(routes!(rehearsals::rehearse_bot).layer(flows()))
        .routes(routes!(replies::list_canned_replies, replies::create_canned_reply))
        .routes(routes!(replies::update_canned_reply, replies::delete_canned_reply))
        .routes(routes!(uploads::create_upload, uploads::describe_uploads))
        .routes(routes!(uploads::get_upload_offset, uploads::append_upload, uploads::delete_upload))
        .routes(routes!(archive::get_attachments_zip))
        .routes(routes!(attachments::get_attachment))
        .routes(routes!(attachments::get_thumbnail))
        .routes(routes!(direct::create_direct))
        .routes(routes!(direct::delete_direct))
        .routes(routes!(direct::get_ice_servers))
        .routes(routes!(relay::socket::relay_socket))
        .routes(routes!(socket::session_socket));
    OpenApiRouter::with_openapi(openapi::frame()).nest("/api/v1", api)
}

/// Flows are larger than forms.
fn flows() -> DefaultBodyLimit {
    DefaultBodyLimit::max(FLOW_MAX_BYTES)
}

/// The whole portal: API, pages and their layers.
pub fn router(app: Arc<App>) -> Router {
    let (api, description) = api().split_for_parts();
    let description: Arc<str> = openapi::to_json(&description).into();
    let api = api
        .route("/api/v1/openapi.json", get(move || serve_openapi(description)))
        .route("/api/{*rest}", axum::routing::any(unknown_operation))
        .layer(DefaultBodyLimit::max(JSON_MAX_BYTES))
        .layer(middleware::from_fn(sign_ins::guard));
    // Only what is public is compressed: lengths of secrets must not show (BREACH).
    let pages = Router::new().fallback(get(|uri: Uri| async move { static_files::serve(uri.path()) }));
    api.fallback_service(pages.layer(CompressionLayer::new()))
        .layer(middleware::from_fn_with_state(app.clone(), origin::guard))
        .layer(middleware::from_fn_with_state(app.clone(), refusals::log))
        .layer(middleware::map_response_with_state(app.clone(), security_headers::add))
        .layer(CatchPanicLayer::custom(|_| ApiError::internal("a route panicked").into_response()))
        .layer(TraceLayer::new_for_http())
        .with_state(app)
}

fn serve_openapi(description: Arc<str>) -> impl Future<Output = Response> {
    let headers = [("content-type", "application/json")];
    std::future::ready((headers, description.to_string()).into_response())
}

fn unknown_operation() -> impl Future<Output = Response> {
    std::future::ready(ApiError::from(ErrorCode::NotFound).into_response())
}
