//! Trying a bot out before customers meet it: one action, or a whole flow. Nothing of it is kept.

use std::{sync::Arc, time::Instant};

use axum::{Json, extract::State};
use deskside_bot::Answer;
use deskside_proto::{
    BotId, ErrorCode, OrgId, OrgSettings, UserId, WireError,
    api::{RehearseInput, Rehearsed, Tried, TryAction},
    limits::{FLOW_MAX_STEPS, MESSAGE_MAX_CHARS},
};

use crate::{
    ApiError, App,
    auth::SignedIn,
    bots::{endpoint, rehearsal},
    error::ApiResult,
    request::{Body, PathOf},
};

/// Fetches what an action names, now, and says what came.
#[utoipa::path(
    post, path = "/orgs/{org}/bots/{bot}/try", operation_id = "try_bot_action", tag = "bots",
    params(("org" = String, Path), ("bot" = String, Path)), request_body = TryAction,
    responses((status = 200, body = Tried), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn try_bot_action(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, bot)): PathOf<(OrgId, BotId)>,
    Body(TryAction { action, answers }): Body<TryAction>,
) -> ApiResult<Json<Tried>> {
    let settings = narrowed(&app, user, org, bot).await?;
    let answers = answers.into_iter().map(|(name, text)| (name, Answer::text(text))).collect();
    let mut nowhere = tokio::io::sink();
    let started = Instant::now();
    let got =
        endpoint::fetch(&app.outside, &*app.store, &settings, bot, &action, &answers, &mut nowhere).await;
    let took_millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Json(match got {
        Ok(got) => Tried { file: Some(got.file), status: Some(got.status), problem: None, took_millis },
        Err(error) => {
            Tried { file: None, status: error.status(), problem: Some(error.problem()), took_millis }
        }
    }))
}

/// Takes one event of a rehearsal in, with the flow as it is being edited.
#[utoipa::path(
    post, path = "/orgs/{org}/bots/{bot}/rehearse", operation_id = "rehearse_bot", tag = "bots",
    params(("org" = String, Path), ("bot" = String, Path)), request_body = RehearseInput,
    responses((status = 200, body = Rehearsed), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn rehearse_bot(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, bot)): PathOf<(OrgId, BotId)>,
    Body(input): Body<RehearseInput>,
) -> ApiResult<Json<Rehearsed>> {
    if input.flow.steps.len() > FLOW_MAX_STEPS {
        return Err(ApiError::about(ErrorCode::InvalidInput, "flow.steps"));
    }
    if let deskside_proto::api::RehearsedEvent::Said { text, .. } = &input.event
        && text.chars().count() > MESSAGE_MAX_CHARS
    {
        return Err(ErrorCode::MessageTooLong.into());
    }
    let settings = narrowed(&app, user, org, bot).await?;
    let done = rehearsal::rehearse(&app.outside, &*app.store, &settings, bot, input).await;
    done.map(Json).map_err(|code| ApiError::about(code, "state"))
}

/// The organisation's settings with the bot's limits in them, for somebody who manages both and does not try too often.
async fn narrowed(app: &App, user: UserId, org: OrgId, bot: BotId) -> ApiResult<OrgSettings> {
    app.rates.rehearsal(user)?;
    let limits = app.store.bot(user, org, bot).await??.bot.settings.limits;
    let settings = app.store.org_settings(user, org).await?.ok_or(ErrorCode::NotFound)?;
    Ok(OrgSettings { attachments: limits.narrow(settings.attachments), ..settings })
}
