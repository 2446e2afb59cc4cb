//! What an organisation decides.

use std::sync::Arc;

use axum::{Json, extract::State};
use deskside_fetch::AllowList;
use deskside_proto::{
    ErrorCode, OrgId, OrgSettings, WireError, api::AuditAction, limits::CHANGE_WITHIN_MAX_MINUTES,
};
use serde_json::Value;

use super::audit;
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
    let before = app.store.org_settings(user, org).await?.ok_or(ErrorCode::NotFound)?;
    if let Some(field) = settings.invalid_field().or(settings.attachments.invalid_field()) {
        return Err(ApiError::about(ErrorCode::InvalidInput, field));
    }
    if AllowList::parse(settings.fetch_hosts.iter().map(String::as_str)).is_err() {
        return Err(ApiError::about(ErrorCode::InvalidInput, "fetch_hosts"));
    }
    for (field, policy) in [("chat.edit", settings.chat.edit), ("chat.delete", settings.chat.delete)] {
        if policy.within_minutes.is_some_and(|minutes| !(1..=CHANGE_WITHIN_MAX_MINUTES).contains(&minutes)) {
            return Err(ApiError::about(ErrorCode::InvalidInput, field));
        }
    }
    if app.store.set_org_settings(user, org, settings.clone()).await? {
        let changed = changed_fields(&before, &settings);
        if !changed.is_empty() {
            audit::note(&app, org, user, AuditAction::SettingsChanged, &changed.join(", ")).await?;
        }
        Ok(Json(settings))
    } else {
        Err(ErrorCode::Forbidden.into())
    }
}

/// Names of the settings that differ, as the API calls them.
fn changed_fields(before: &OrgSettings, after: &OrgSettings) -> Vec<String> {
    let mut changed = Vec::new();
    // Plain data: it always serialises, and what could not would only be told as changed.
    let json = |settings: &OrgSettings| serde_json::to_value(settings).unwrap_or_default();
    add_changed("", &json(before), &json(after), &mut changed);
    changed
}

fn add_changed(path: &str, before: &Value, after: &Value, changed: &mut Vec<String>) {
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        if before != after {
            changed.push(path.to_owned());
        }
        return;
    };
    let gone = old.keys().filter(|key| !new.contains_key(*key));
    for key in new.keys().chain(gone) {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let of = |object: &serde_json::Map<String, Value>| object.get(key).cloned().unwrap_or_default();
        add_changed(&path, &of(old), &of(new), changed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_settings_are_named() {
        let before = OrgSettings::default();
        assert_eq!(changed_fields(&before, &before), Vec::<String>::new());
        let mut after = before.clone();
        after.lobby_for_links = !before.lobby_for_links;
        after.attachments.stored_max_bytes = 7;
        after.quotas.session_bytes = Some(9);
        let changed = changed_fields(&before, &after);
        assert_eq!(changed, ["attachments.stored_max_bytes", "lobby_for_links", "quotas.session_bytes"]);
    }
}
