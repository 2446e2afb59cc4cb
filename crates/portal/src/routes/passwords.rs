//! New passwords: by who knows the old one, or by a link.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use deskside_proto::{
    ErrorCode, OrgId, UserId, WireError,
    api::{ChangePassword, ForgotPassword, ResetPassword, SecretLink},
    limits::PASSWORD_RESET_LIFE_MILLIS,
};
use deskside_store::{NewPassword, NewPasswordReset, PasswordProof, UserRecord};

use super::people::link_token;
use crate::{
    ApiError, App,
    auth::{Credentials, SignedIn, password},
    error::ApiResult,
    mail::texts,
    request::{Body, ClientIp, PathOf, checked_email},
    secret,
};

const MINUTE_MILLIS: i64 = 60 * 1000;

/// Makes a link for a new password of somebody in the organisation, told only now; for admins who may manage that person in every
/// organisation they are in.
#[utoipa::path(
    post, path = "/orgs/{org}/people/{user}/password-reset", operation_id = "make_password_reset", tag = "people",
    params(("org" = String, Path), ("user" = String, Path)),
    responses((status = 201, body = SecretLink), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn make_password_reset(
    State(app): State<Arc<App>>,
    SignedIn(caller): SignedIn,
    PathOf(path): PathOf<(OrgId, UserId)>,
) -> ApiResult<(StatusCode, Json<SecretLink>)> {
    app.rates.invite(caller)?;
    let (org, user) = path;
    let (at, token) = (app.env.now(), secret::token(&app.env));
    let expires_at = at.plus(PASSWORD_RESET_LIFE_MILLIS);
    let reset = NewPasswordReset { token: secret::hash(&token), org, user, by: Some(caller), at, expires_at };
    app.store.make_password_reset(reset).await??;
    let link = reset_link(&app, &token);
    Ok((StatusCode::CREATED, Json(SecretLink { link, expires_at, mailed: false })))
}

fn reset_link(app: &App, token: &str) -> String {
    app.config.link_to(&format!("/reset-password#{token}"))
}

/// Sends a link for a new password by e-mail. The answer is the same, and comes as fast, whether somebody has that address or not.
#[utoipa::path(
    post, path = "/auth/forgot-password", operation_id = "forgot_password", tag = "auth", request_body = ForgotPassword,
    responses((status = 204, description = "Sent, if somebody has that address"), (status = "4XX", body = WireError)),
    security(())
)]
pub async fn forgot_password(
    State(app): State<Arc<App>>,
    ClientIp(from): ClientIp,
    Body(request): Body<ForgotPassword>,
) -> ApiResult<StatusCode> {
    if app.mailer.is_none() {
        return Err(ErrorCode::MailNotSetUp.into());
    }
    let email = checked_email(&request.email)?;
    app.rates.forgot(from, &email)?;
    // Beside the answer: its time tells nothing. How many run at once is bounded by the rate.
    let working = app.clone();
    app.sockets.spawn(async move {
        if let Err(error) = send_reset(&working, &email).await {
            tracing::warn!(%error, "a link for a new password is not sent");
        }
    });
    Ok(StatusCode::NO_CONTENT)
}

async fn send_reset(app: &App, email: &str) -> ApiResult<()> {
    let (at, token) = (app.env.now(), secret::token(&app.env));
    let expires_at = at.plus(PASSWORD_RESET_LIFE_MILLIS);
    let found = app.store.forgot_password(email, secret::hash(&token), at, expires_at).await?;
    if let (Some(user), Some(mailer)) = (found, &app.mailer) {
        let minutes = PASSWORD_RESET_LIFE_MILLIS / MINUTE_MILLIS;
        mailer.post(texts::password_reset(&user.email, &user.name, &reset_link(app, &token), minutes));
    }
    Ok(())
}

/// Sets a new password by a link, once. Every sign-in of that person ends.
#[utoipa::path(
    post, path = "/auth/reset-password", operation_id = "reset_password", tag = "auth", request_body = ResetPassword,
    responses((status = 204), (status = "4XX", body = WireError)), security(())
)]
pub async fn reset_password(
    State(app): State<Arc<App>>,
    ClientIp(from): ClientIp,
    Body(request): Body<ResetPassword>,
) -> ApiResult<StatusCode> {
    app.rates.link(from)?;
    let token = link_token(&request.token).ok_or(ErrorCode::ResetInvalid)?;
    let user = app.store.password_reset(token, app.env.now()).await?.ok_or(ErrorCode::ResetInvalid)?;
    set(&app, user, request.password, PasswordProof::Link(token)).await
}

/// Changes the own password. Other devices are signed out.
#[utoipa::path(
    post, path = "/me/password", operation_id = "change_password", tag = "auth", request_body = ChangePassword,
    responses((status = 204), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn change_password(
    State(app): State<Arc<App>>,
    ClientIp(from): ClientIp,
    SignedIn(user): SignedIn,
    credentials: Credentials,
    Body(request): Body<ChangePassword>,
) -> ApiResult<StatusCode> {
    let user = app.store.user(user).await?.ok_or(ErrorCode::NotSignedIn)?;
    let sign_in = credentials.sign_in.ok_or(ErrorCode::NotSignedIn)?;
    app.rates.sign_in(from, &user.email)?;
    if !app.passwords.verify(request.current, Some(user.password_hash.clone())).await? {
        return Err(ApiError::about(ErrorCode::WrongCredentials, "current"));
    }
    set(&app, user, request.password, PasswordProof::Known { keep: sign_in.token }).await
}

async fn set(app: &App, user: UserRecord, password: String, by: PasswordProof) -> ApiResult<StatusCode> {
    password::check_strength(&password, &user.name, &user.email)
        .map_err(|code| ApiError::about(code, "password"))?;
    let password_hash = app.passwords.hash(password).await?;
    let new = NewPassword { user: user.id, password_hash, by, at: app.env.now() };
    let ended = app.store.set_password(new).await?.ok_or(ErrorCode::ResetInvalid)?;
    app.sign_ins.cut(&ended, ErrorCode::NotSignedIn);
    if let Some(mailer) = &app.mailer {
        mailer.post(texts::password_changed(&user.email, &user.name, &app.config.link_to("/")));
    }
    Ok(StatusCode::NO_CONTENT)
}
