//! First run, sign-in and sign-out.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use deskside_proto::{
    DeviceId, ErrorCode, OrgId, UserId, WireError,
    api::{AuditAction, ClientKind, Me, SetUpRequest, SignInRequest, SignInResponse, UserView},
};
use deskside_store::{NewOrg, NewToken, NewUser, UserRecord};

use super::audit;
use crate::{
    ApiError, App, Env,
    auth::{Passwords, SignedIn, cookies, credentials, password},
    device_label,
    error::ApiResult,
    request::{Body, ClientIp, checked_email, checked_name},
    secret,
};

/// Creates the first organisation and its super admin, and signs them in. Possible once.
#[utoipa::path(
    post, path = "/set-up", operation_id = "set_up", tag = "portal", request_body = SetUpRequest,
    responses((status = 200, body = SignInResponse), (status = "4XX", body = WireError)), security(())
)]
pub async fn set_up(
    State(app): State<Arc<App>>,
    ClientIp(from): ClientIp,
    headers: HeaderMap,
    Body(request): Body<SetUpRequest>,
) -> ApiResult<Response> {
    app.rates.sign_in(from, &request.email)?;
    if !app.store.needs_set_up().await? {
        return Err(ErrorCode::SetUpClosed.into());
    }
    let org = NewOrg {
        id: OrgId::new(app.env.now(), app.env.random()),
        name: checked_name(&request.org_name, "org_name")?,
        at: app.env.now(),
    };
    let admin = new_user(&app.passwords, &app.env, &request.name, &request.email, request.password).await?;
    let user = admin.id;
    if !app.store.complete_set_up(secret::hash(&request.token), org, admin).await? {
        return Err(ErrorCode::SetUpClosed.into());
    }
    signed_in(&app, user, request.client, from, &headers).await
}

/// A person as the store takes it, checked and with the password hashed.
pub async fn new_user(
    passwords: &Passwords,
    env: &Env,
    name: &str,
    email: &str,
    password: String,
) -> ApiResult<NewUser> {
    let name = checked_name(name, "name")?;
    let email = checked_email(email)?;
    password::check_strength(&password, &name, &email).map_err(|code| ApiError::about(code, "password"))?;
    let password_hash = passwords.hash(password).await?;
    let at = env.now();
    Ok(NewUser { id: UserId::new(at, env.random()), email, name, password_hash, at })
}

/// Signs in with e-mail address and password.
#[utoipa::path(
    post, path = "/auth/sign-in", operation_id = "sign_in", tag = "auth", request_body = SignInRequest,
    responses((status = 200, body = SignInResponse), (status = "4XX", body = WireError)), security(())
)]
pub async fn sign_in(
    State(app): State<Arc<App>>,
    ClientIp(from): ClientIp,
    headers: HeaderMap,
    Body(request): Body<SignInRequest>,
) -> ApiResult<Response> {
    app.rates.sign_in(from, &request.email)?;
    let found = app.store.user_by_email(request.email.trim()).await?;
    let stored = found.as_ref().map(|user| user.password_hash.clone());
    let right = app.passwords.verify(request.password, stored).await?;
    match found {
        Some(user) if right => signed_in(&app, user.id, request.client, from, &headers).await,
        _ => Err(ErrorCode::WrongCredentials.into()),
    }
}

/// Gives `user` a new token; the one this browser had is over.
pub(super) async fn signed_in(
    app: &App,
    user: UserId,
    client: ClientKind,
    from: IpAddr,
    headers: &HeaderMap,
) -> ApiResult<Response> {
    forget(app, headers).await?;
    let token = format!("{}{}", credentials::USER_TOKEN, secret::token(&app.env));
    let now = app.env.now();
    let label = device_label::of(headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()));
    let record = NewToken {
        hash: secret::hash(&token),
        user,
        device: DeviceId::new(now, app.env.random()),
        client,
        label: label.clone(),
        address: Some(from.to_string()),
        created_at: now,
        expires_at: now.plus(cookies::USER_MAX_AGE * 1000),
    };
    app.store.create_token(record).await?;
    let me = me(app, user).await?;
    for membership in &me.memberships {
        let subject = format!("{label}, {from}");
        audit::note(app, membership.org_id, user, AuditAction::SignedIn, &subject).await?;
    }
    Ok(match client {
        ClientKind::Desktop => Json(SignInResponse { me, token: Some(token) }).into_response(),
        ClientKind::Browser => with_cookie(
            Json(SignInResponse { me, token: None }).into_response(),
            cookies::USER,
            &token,
            cookies::USER_MAX_AGE,
        )?,
    })
}

/// `response` with a cookie; an empty token takes it away.
pub fn with_cookie(mut response: Response, name: &str, token: &str, max_age: i64) -> ApiResult<Response> {
    let cookie =
        cookies::set(name, token, max_age).ok_or_else(|| ApiError::internal("a cookie cannot be written"))?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Takes back the tokens that a request carries.
async fn forget(app: &App, headers: &HeaderMap) -> ApiResult<()> {
    let cookie = cookies::all(headers).find(|(name, _)| *name == cookies::USER).map(|(_, token)| token);
    for token in credentials::bearer(headers).into_iter().chain(cookie) {
        if token.starts_with(credentials::USER_TOKEN) {
            app.store.delete_token(secret::hash(token)).await?;
        }
    }
    Ok(())
}

/// Ends this sign-in; the token is worth nothing afterwards.
#[utoipa::path(
    post, path = "/auth/sign-out", operation_id = "sign_out", tag = "auth",
    responses((status = 204, description = "Signed out"), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn sign_out(
    State(app): State<Arc<App>>,
    _user: SignedIn,
    headers: HeaderMap,
) -> ApiResult<Response> {
    forget(&app, &headers).await?;
    with_cookie(StatusCode::NO_CONTENT.into_response(), cookies::USER, "", 0)
}

/// Who is signed in, and where they belong.
#[utoipa::path(
    get, path = "/me", operation_id = "get_me", tag = "auth",
    responses((status = 200, body = Me), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn get_me(State(app): State<Arc<App>>, SignedIn(user): SignedIn) -> ApiResult<Json<Me>> {
    Ok(Json(me(&app, user).await?))
}

async fn me(app: &App, user: UserId) -> ApiResult<Me> {
    let UserRecord { id, email, name, .. } = app.store.user(user).await?.ok_or(ErrorCode::NotSignedIn)?;
    Ok(Me { user: UserView { id, email, name }, memberships: app.store.memberships(user).await? })
}
