//! The people of an organisation and how they come to it (row Z22).

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use deskside_proto::{
    ErrorCode, InvitationId, Millis, OrgId, UserId, WireError,
    api::{
        AcceptInvitation, InvitationInput, InvitationLookup, InvitationPreview, PeopleList, Person,
        PersonChange, SecretLink,
    },
    limits::INVITATION_LIFE_MILLIS,
};
use deskside_store::{Acceptance, ChangeOfPerson, InvitationRecord, NewInvitation, Newcomer, SecretHash};

use super::{auth, sessions::refuse_foreign};
use crate::{
    ApiError, App,
    auth::SignedIn,
    error::ApiResult,
    mail::texts,
    request::{Body, ClientIp, PathOf, checked_email},
    secret,
};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Longer than any token: not worth hashing.
const TOKEN_MAX_BYTES: usize = 128;

/// Everybody in the organisation, and who was asked to come; admins only.
#[utoipa::path(
    get, path = "/orgs/{org}/people", operation_id = "list_people", tag = "people",
    params(("org" = String, Path)),
    responses((status = 200, body = PeopleList), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn list_people(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
) -> ApiResult<Json<PeopleList>> {
    Ok(Json(people(&app, user, org).await?))
}

async fn people(app: &App, user: UserId, org: OrgId) -> ApiResult<PeopleList> {
    if let Some((people, invitations)) = app.store.people(user, org, app.env.now()).await? {
        return Ok(PeopleList { people, invitations, mail: app.mailer.is_some() });
    }
    refuse_foreign(app, user, org).await?;
    Err(ErrorCode::Forbidden.into())
}

/// Asks somebody to join, by a link that works once and, where it is wished, by e-mail as well. An earlier link to the same address
/// is worth nothing afterwards. Admins only, and at most with the role they hold.
#[utoipa::path(
    post, path = "/orgs/{org}/invitations", operation_id = "invite_person", tag = "people",
    params(("org" = String, Path)), request_body = InvitationInput,
    responses((status = 201, body = SecretLink), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn invite_person(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
    Body(input): Body<InvitationInput>,
) -> ApiResult<(StatusCode, Json<SecretLink>)> {
    app.rates.invite(user)?;
    let email = checked_email(&input.email)?;
    if input.mail && app.mailer.is_none() {
        // Only members learn what the portal can.
        people(&app, user, org).await?;
        return Err(ApiError::about(ErrorCode::MailNotSetUp, "mail"));
    }
    let (now, token) = (app.env.now(), secret::token(&app.env));
    let invitation = NewInvitation {
        id: InvitationId::new(now, app.env.random()),
        token: secret::hash(&token),
        org,
        email: email.clone(),
        role: input.role,
        by: user,
        at: now,
        expires_at: now.plus(INVITATION_LIFE_MILLIS),
    };
    let expires_at = invitation.expires_at;
    app.store.invite(invitation).await??;
    let link = app.config.link_to(&format!("/invite#{token}"));
    let mailed = input.mail && mail(&app, user, org, &email, &link).await?;
    Ok((StatusCode::CREATED, Json(SecretLink { link, expires_at, mailed })))
}

/// Whether the invitation went out.
async fn mail(app: &App, by: UserId, org: OrgId, to: &str, link: &str) -> ApiResult<bool> {
    let (Some(mailer), Some(by), Some(org)) =
        (&app.mailer, app.store.user(by).await?, app.store.org(org).await?)
    else {
        return Ok(false);
    };
    let letter = texts::invitation(to, &by.name, &org.name, link, INVITATION_LIFE_MILLIS / DAY_MILLIS);
    Ok(mailer.send(letter).await.is_ok())
}

/// Takes an invitation back: its link is worth nothing.
#[utoipa::path(
    delete, path = "/orgs/{org}/invitations/{invitation}", operation_id = "withdraw_invitation", tag = "people",
    params(("org" = String, Path), ("invitation" = String, Path)),
    responses((status = 204), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn withdraw_invitation(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(path): PathOf<(OrgId, InvitationId)>,
) -> ApiResult<StatusCode> {
    app.store.withdraw_invitation(user, path.0, path.1, app.env.now()).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks where an invitation's link leads, without using it.
#[utoipa::path(
    post, path = "/invitations/look-up", operation_id = "look_up_invitation", tag = "people",
    request_body = InvitationLookup,
    responses((status = 200, body = InvitationPreview), (status = "4XX", body = WireError)), security(())
)]
pub async fn look_up_invitation(
    State(app): State<Arc<App>>,
    ClientIp(from): ClientIp,
    Body(request): Body<InvitationLookup>,
) -> ApiResult<Json<InvitationPreview>> {
    app.rates.link(from)?;
    let (_, found) = invitation(&app, &request.token).await?;
    Ok(Json(InvitationPreview {
        org_name: found.org_name,
        email: found.email,
        role: found.role,
        expires_at: found.expires_at,
        known: found.known.is_some(),
    }))
}

/// Hash of a token from a link; `None` for what can be none.
pub(super) fn link_token(token: &str) -> Option<SecretHash> {
    let token = token.trim();
    (token.len() <= TOKEN_MAX_BYTES).then(|| secret::hash(token))
}

async fn invitation(app: &App, token: &str) -> ApiResult<(SecretHash, InvitationRecord)> {
    let hash = link_token(token).ok_or(ErrorCode::InvitationInvalid)?;
    let found = app.store.invitation(hash, app.env.now()).await?;
    Ok((hash, found.ok_or(ErrorCode::InvitationInvalid)?))
}

/// Joins by an invitation, as somebody new or as somebody known, and signs in.
#[utoipa::path(
    post, path = "/invitations/accept", operation_id = "accept_invitation", tag = "people",
    request_body = AcceptInvitation,
    responses((status = 200, body = deskside_proto::api::SignInResponse), (status = "4XX", body = WireError)),
    security(())
)]
pub async fn accept_invitation(
    State(app): State<Arc<App>>,
    ClientIp(from): ClientIp,
    headers: HeaderMap,
    Body(request): Body<AcceptInvitation>,
) -> ApiResult<Response> {
    app.rates.link(from)?;
    let (token, found) = invitation(&app, &request.token).await?;
    let who = match found.known {
        Some(known) => {
            // A link must not be a way to guess passwords faster than the front door.
            app.rates.sign_in(from, &known.email)?;
            if !app.passwords.verify(request.password, Some(known.password_hash)).await? {
                return Err(ApiError::about(ErrorCode::WrongCredentials, "password"));
            }
            Newcomer::Known(known.id)
        }
        None => {
            let new = auth::new_user(&app.passwords, &app.env, &request.name, &found.email, request.password)
                .await?;
            Newcomer::New(new)
        }
    };
    let user = app.store.accept_invitation(Acceptance { token, who, at: app.env.now() }).await??;
    auth::signed_in(&app, user, request.client, from, &headers).await
}

/// Changes somebody's role, deactivates or reactivates them; admins only. Nobody grants or touches more than they hold, and nobody takes
/// from themselves. Who is deactivated is signed out everywhere at once.
#[utoipa::path(
    put, path = "/orgs/{org}/people/{user}", operation_id = "change_person", tag = "people",
    params(("org" = String, Path), ("user" = String, Path)), request_body = PersonChange,
    responses((status = 200, body = Person), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn change_person(
    State(app): State<Arc<App>>,
    SignedIn(caller): SignedIn,
    PathOf(path): PathOf<(OrgId, UserId)>,
    Body(change): Body<PersonChange>,
) -> ApiResult<Json<Person>> {
    let (org, user) = path;
    let at: Millis = app.env.now();
    let touched =
        app.store.change_person(ChangeOfPerson { org, user, by: Some(caller), change, at }).await??;
    app.sign_ins.cut(&touched.ended, ErrorCode::NotSignedIn);
    // They come again, and find what they may see now.
    app.sign_ins.cut(&touched.changed, ErrorCode::Unavailable);
    let found = people(&app, caller, org).await?.people.into_iter().find(|person| person.user.id == user);
    found.map(Json).ok_or_else(|| ErrorCode::NotFound.into())
}
