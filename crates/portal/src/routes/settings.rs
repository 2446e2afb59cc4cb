//! What an organisation decides.

use std::sync::Arc;

use axum::{Json, extract::State};
use deskside_proto::{ErrorCode, OrgId, OrgSettings, WireError, limits::CHANGE_WITHIN_MAX_MINUTES};

use crate::{
    ApiError, App,
    auth::SignedIn,
    error::ApiResult,
    request::{Body, PathOf},
};

/// Settings, for members.
#[utoipa::path(
    get, path = "/orgs/{org}/settings", operation_id = "get_org_settings", tag = "settings",
    params(("org" = String, Path)),
    responses((status = 200, body = OrgSettings), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn get_org_settings(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
) -> ApiResult<Json<OrgSettings>> {
    app.store.org_settings(user, org).await?.map(Json).ok_or_else(|| ErrorCode::NotFound.into())
}

/// Changes settings; admins only.
#[utoipa::path(
    put, path = "/orgs/{org}/settings", operation_id = "update_org_settings", tag = "settings",
    params(("org" = String, Path)), request_body = OrgSettings,
    responses((status = 200, body = OrgSettings), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn update_org_settings(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
    Body(settings): Body<OrgSettings>,
) -> ApiResult<Json<OrgSettings>> {
    if app.store.org_settings(user, org).await?.is_none() {
        return Err(ErrorCode::NotFound.into());
    }
    if let Some(field) = settings.invalid_field().or(settings.attachments.invalid_field()) {
        return Err(ApiError::about(ErrorCode::InvalidInput, field));
    }
    for (field, policy) in [("chat.edit", settings.chat.edit), ("chat.delete", settings.chat.delete)] {
        if policy.within_minutes.is_some_and(|minutes| !(1..=CHANGE_WITHIN_MAX_MINUTES).contains(&minutes)) {
            return Err(ApiError::about(ErrorCode::InvalidInput, field));
        }
    }
    if app.store.set_org_settings(user, org, settings.clone()).await? {
        Ok(Json(settings))
    } else {
        Err(ErrorCode::Forbidden.into())
    }
}
