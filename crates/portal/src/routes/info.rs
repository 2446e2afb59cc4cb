//! What anybody may know.

use std::sync::Arc;

use axum::{Json, extract::State};
use deskside_proto::{PROTOCOL_VERSION, WireError, api::PortalInfo};

use crate::{App, error::ApiResult};

/// What this portal is.
#[utoipa::path(
    get, path = "/info", operation_id = "get_info", tag = "portal",
    responses((status = 200, body = PortalInfo), (status = "5XX", body = WireError)),
    security(())
)]
pub async fn get_info(State(app): State<Arc<App>>) -> ApiResult<Json<PortalInfo>> {
    Ok(Json(PortalInfo {
        product: "deskside".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: PROTOCOL_VERSION,
        needs_set_up: app.store.needs_set_up().await?,
        mail: app.mailer.is_some(),
    }))
}
