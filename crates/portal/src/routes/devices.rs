//! Where people are signed in, and how that ends.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use deskside_proto::{DeviceId, ErrorCode, OrgId, UserId, WireError, api::DeviceList};
use deskside_store::DevicesOf;
use serde::Deserialize;

use super::sessions::refuse_foreign;
use crate::{
    App,
    auth::Credentials,
    error::ApiResult,
    request::{PathOf, QueryOf},
};

#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DevicesQuery {
    /// Only those of this person.
    #[param(value_type = Option<String>)]
    user: Option<UserId>,
}

/// Devices of the organisation's people; admins only.
#[utoipa::path(
    get, path = "/orgs/{org}/devices", operation_id = "list_devices", tag = "people",
    params(("org" = String, Path), DevicesQuery),
    responses((status = 200, body = DeviceList), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn list_devices(
    State(app): State<Arc<App>>,
    credentials: Credentials,
    PathOf(org): PathOf<OrgId>,
    QueryOf(query): QueryOf<DevicesQuery>,
) -> ApiResult<Json<DeviceList>> {
    list(&app, &credentials, DevicesOf::Org { org, user: query.user }).await
}

/// The own devices.
#[utoipa::path(
    get, path = "/me/devices", operation_id = "list_own_devices", tag = "auth",
    responses((status = 200, body = DeviceList), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn list_own_devices(
    State(app): State<Arc<App>>,
    credentials: Credentials,
) -> ApiResult<Json<DeviceList>> {
    list(&app, &credentials, DevicesOf::Own).await
}

async fn list(app: &App, credentials: &Credentials, whose: DevicesOf) -> ApiResult<Json<DeviceList>> {
    let user = credentials.signed_in()?;
    let Some(mut devices) = app.store.devices(user, whose, app.env.now()).await? else {
        if let DevicesOf::Org { org, .. } = whose {
            refuse_foreign(app, user, org).await?;
        }
        return Err(ErrorCode::Forbidden.into());
    };
    for device in &mut devices {
        device.current = credentials.sign_in.as_ref().is_some_and(|sign_in| sign_in.device == device.id);
    }
    Ok(Json(DeviceList { devices }))
}

/// Signs somebody's device out, at once; for admins who may manage that person.
#[utoipa::path(
    delete, path = "/orgs/{org}/devices/{device}", operation_id = "revoke_device", tag = "people",
    params(("org" = String, Path), ("device" = String, Path)),
    responses((status = 204), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn revoke_device(
    State(app): State<Arc<App>>,
    credentials: Credentials,
    PathOf(path): PathOf<(OrgId, DeviceId)>,
) -> ApiResult<StatusCode> {
    revoke(&app, &credentials, DevicesOf::Org { org: path.0, user: None }, path.1).await
}

/// Signs one of the own devices out, at once.
#[utoipa::path(
    delete, path = "/me/devices/{device}", operation_id = "revoke_own_device", tag = "auth",
    params(("device" = String, Path)),
    responses((status = 204), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn revoke_own_device(
    State(app): State<Arc<App>>,
    credentials: Credentials,
    PathOf(device): PathOf<DeviceId>,
) -> ApiResult<StatusCode> {
    revoke(&app, &credentials, DevicesOf::Own, device).await
}

async fn revoke(
    app: &App,
    credentials: &Credentials,
    whose: DevicesOf,
    device: DeviceId,
) -> ApiResult<StatusCode> {
    let user = credentials.signed_in()?;
    let token = app.store.revoke_device(user, whose, device, app.env.now()).await??;
    app.sign_ins.cut(&[token], ErrorCode::NotSignedIn);
    Ok(StatusCode::NO_CONTENT)
}
