//! Bots, for those who manage the organisation (rows C01–C08, C13–C15).

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use deskside_proto::{
    BotId, ErrorCode, Flow, FlowAction, FlowProblem, OrgId, SecretId, StepKind, UserId, WireError,
    api::{
        BotDetail, BotInput, BotList, BotSecretCreated, BotSecretInput, BotView, DraftInput, DraftSaved,
        PublishInput,
    },
    limits::{FLOW_FIELD_MAX_CHARS, FLOW_MAX_STEPS},
};
use deskside_store::{BotChange, BotDraft, BotRecord, BotWish};

use crate::{
    ApiError, App,
    auth::SignedIn,
    bots::endpoint,
    error::ApiResult,
    request::{Body, PathOf, checked_email, checked_name},
};

/// The field of an action in which its server stands.
const ENDPOINT: &str = "action.endpoint";

/// The organisation's bots, by name.
#[utoipa::path(
    get, path = "/orgs/{org}/bots", operation_id = "list_bots", tag = "bots", params(("org" = String, Path)),
    responses((status = 200, body = BotList), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn list_bots(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
) -> ApiResult<Json<BotList>> {
    let bots = app.store.bots(user, org).await??;
    Ok(Json(BotList { bots: bots.into_iter().map(view).collect() }))
}

/// Adds a bot with an empty draft.
#[utoipa::path(
    post, path = "/orgs/{org}/bots", operation_id = "create_bot", tag = "bots", params(("org" = String, Path)),
    request_body = BotInput,
    responses((status = 201, body = BotView), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn create_bot(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
    Body(input): Body<BotInput>,
) -> ApiResult<(StatusCode, Json<BotView>)> {
    let BotInput { name, settings } = checked(input)?;
    let bot = BotId::new(app.env.now(), app.env.random());
    change(&app, user, org, bot, BotWish::Create { name, settings }).await?;
    Ok((StatusCode::CREATED, Json(read(&app, user, org, bot).await?)))
}

/// A bot with its draft and what is wrong with it.
#[utoipa::path(
    get, path = "/orgs/{org}/bots/{bot}", operation_id = "get_bot", tag = "bots",
    params(("org" = String, Path), ("bot" = String, Path)),
    responses((status = 200, body = BotDetail), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn get_bot(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, bot)): PathOf<(OrgId, BotId)>,
) -> ApiResult<Json<BotDetail>> {
    let found = app.store.bot(user, org, bot).await??;
    let problems = problems(&app, user, org, &found.draft, &found.secrets).await?;
    let BotDraft { bot, draft, versions, .. } = found;
    let revision = bot.revision;
    Ok(Json(BotDetail { bot: view(bot), draft, revision, problems, versions }))
}

/// Gives a bot another name, limits or address.
#[utoipa::path(
    put, path = "/orgs/{org}/bots/{bot}", operation_id = "update_bot", tag = "bots",
    params(("org" = String, Path), ("bot" = String, Path)), request_body = BotInput,
    responses((status = 200, body = BotView), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn update_bot(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, bot)): PathOf<(OrgId, BotId)>,
    Body(input): Body<BotInput>,
) -> ApiResult<Json<BotView>> {
    let BotInput { name, settings } = checked(input)?;
    change(&app, user, org, bot, BotWish::Update { name, settings }).await?;
    Ok(Json(read(&app, user, org, bot).await?))
}

/// Deletes a bot with its flows and secrets.
#[utoipa::path(
    delete, path = "/orgs/{org}/bots/{bot}", operation_id = "delete_bot", tag = "bots",
    params(("org" = String, Path), ("bot" = String, Path)),
    responses((status = 204), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn delete_bot(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, bot)): PathOf<(OrgId, BotId)>,
) -> ApiResult<StatusCode> {
    change(&app, user, org, bot, BotWish::Delete).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Saves the draft, with problems or without, over the revision that was edited.
#[utoipa::path(
    put, path = "/orgs/{org}/bots/{bot}/draft", operation_id = "save_bot_draft", tag = "bots",
    params(("org" = String, Path), ("bot" = String, Path)), request_body = DraftInput,
    responses((status = 200, body = DraftSaved), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn save_bot_draft(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, bot)): PathOf<(OrgId, BotId)>,
    Body(DraftInput { flow, revision }): Body<DraftInput>,
) -> ApiResult<Json<DraftSaved>> {
    if flow.steps.len() > FLOW_MAX_STEPS {
        return Err(ApiError::about(ErrorCode::InvalidInput, "flow.steps"));
    }
    let secrets = app.store.bot(user, org, bot).await??.secrets;
    let problems = problems(&app, user, org, &flow, &secrets).await?;
    change(&app, user, org, bot, BotWish::SaveDraft { flow, revision }).await?;
    Ok(Json(DraftSaved { revision: revision + 1, problems }))
}

/// Makes the draft what customers meet; it must have no problems.
#[utoipa::path(
    put, path = "/orgs/{org}/bots/{bot}/published", operation_id = "publish_bot", tag = "bots",
    params(("org" = String, Path), ("bot" = String, Path)), request_body = PublishInput,
    responses((status = 200, body = BotView), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn publish_bot(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, bot)): PathOf<(OrgId, BotId)>,
    Body(PublishInput { revision }): Body<PublishInput>,
) -> ApiResult<Json<BotView>> {
    let found = app.store.bot(user, org, bot).await??;
    let problems = problems(&app, user, org, &found.draft, &found.secrets).await?;
    if found.bot.revision == revision && !problems.is_empty() {
        return Err(ErrorCode::FlowNotReady.into());
    }
    // A draft that was saved meanwhile is refused by its revision.
    change(&app, user, org, bot, BotWish::Publish { revision }).await?;
    Ok(Json(read(&app, user, org, bot).await?))
}

/// Customers meet the bot no longer.
#[utoipa::path(
    delete, path = "/orgs/{org}/bots/{bot}/published", operation_id = "withdraw_bot", tag = "bots",
    params(("org" = String, Path), ("bot" = String, Path)),
    responses((status = 200, body = BotView), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn withdraw_bot(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, bot)): PathOf<(OrgId, BotId)>,
) -> ApiResult<Json<BotView>> {
    change(&app, user, org, bot, BotWish::Withdraw).await?;
    Ok(Json(read(&app, user, org, bot).await?))
}

/// The flow as it was published.
#[utoipa::path(
    get, path = "/orgs/{org}/bots/{bot}/versions/{version}", operation_id = "get_bot_version", tag = "bots",
    params(("org" = String, Path), ("bot" = String, Path), ("version" = u32, Path)),
    responses((status = 200, body = Flow), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn get_bot_version(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, bot, version)): PathOf<(OrgId, BotId, u32)>,
) -> ApiResult<Json<Flow>> {
    Ok(Json(app.store.bot_version(user, org, bot, version).await??))
}

/// Keeps an authorization, encrypted; it is never shown again.
#[utoipa::path(
    post, path = "/orgs/{org}/bots/{bot}/secrets", operation_id = "create_bot_secret", tag = "bots",
    params(("org" = String, Path), ("bot" = String, Path)), request_body = BotSecretInput,
    responses((status = 201, body = BotSecretCreated), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn create_bot_secret(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, bot)): PathOf<(OrgId, BotId)>,
    Body(BotSecretInput { value }): Body<BotSecretInput>,
) -> ApiResult<(StatusCode, Json<BotSecretCreated>)> {
    let value = value.trim();
    // What a header may hold (RFC 9110 §5.5), in characters that every server reads alike.
    let fits = value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if value.is_empty() || value.len() > FLOW_FIELD_MAX_CHARS || !fits {
        return Err(ApiError::about(ErrorCode::InvalidInput, "value"));
    }
    let id = SecretId::new(app.env.now(), app.env.random());
    let sealed = app.outside.keys.seal(org, bot, id, value).map_err(ApiError::internal)?;
    app.store.add_bot_secret(user, sealed, app.env.now()).await??;
    Ok((StatusCode::CREATED, Json(BotSecretCreated { id })))
}

/// What keeps a flow of a bot that has `secrets` from being published: what is wrong with it, and servers that are not fetched from.
async fn problems(
    app: &App,
    user: UserId,
    org: OrgId,
    flow: &Flow,
    secrets: &[SecretId],
) -> ApiResult<Vec<FlowProblem>> {
    let mut problems = deskside_bot::check(flow, |secret| secrets.contains(&secret));
    let settings = app.store.org_settings(user, org).await?.ok_or(ErrorCode::NotFound)?;
    let allow = endpoint::allow_list(&settings);
    for step in &flow.steps {
        let StepKind::Action { action: FlowAction::SendAttachment(action), .. } = &step.kind else {
            continue;
        };
        let known = |problem: &FlowProblem| {
            problem.step.as_ref() == Some(&step.id) && problem.field.as_deref() == Some(ENDPOINT)
        };
        if let Some(code) = endpoint::refusal(&action.endpoint, &allow)
            && !problems.iter().any(known)
        {
            problems.push(FlowProblem {
                step: Some(step.id.clone()),
                field: Some(ENDPOINT.to_owned()),
                code,
            });
        }
    }
    Ok(problems)
}

fn checked(BotInput { name, mut settings }: BotInput) -> ApiResult<BotInput> {
    let name = checked_name(&name, "name")?;
    if let Some(field) = settings.limits.invalid_field() {
        return Err(ApiError::about(ErrorCode::InvalidInput, field));
    }
    if let Some(email) = &settings.email {
        let email =
            checked_email(email).map_err(|_| ApiError::about(ErrorCode::InvalidInput, "settings.email"))?;
        settings.email = Some(email);
    }
    Ok(BotInput { name, settings })
}

async fn change(app: &App, by: UserId, org: OrgId, bot: BotId, wish: BotWish) -> ApiResult<()> {
    let change = BotChange { org, bot, by, at: app.env.now(), wish };
    Ok(app.store.change_bot(change).await??)
}

async fn read(app: &App, user: UserId, org: OrgId, bot: BotId) -> ApiResult<BotView> {
    Ok(view(app.store.bot(user, org, bot).await??.bot))
}

fn view(bot: BotRecord) -> BotView {
    let BotRecord { id, name, settings, steps, revision, changed_at, published } = bot;
    let is_changed = published.as_ref().is_none_or(|published| published.revision != revision);
    let published = published.map(|published| published.version);
    BotView { id, name, settings, steps, changed_at, published, is_changed }
}
