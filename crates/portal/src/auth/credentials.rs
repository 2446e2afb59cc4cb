//! The caller of a request, as extractors that refuse by default.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Path},
    http::{HeaderMap, header, request::Parts},
};
use deskside_proto::{ErrorCode, Participant, SessionId, UserId, api::ClientKind};
use deskside_store::{Caller, SecretHash};

use super::{
    cookies,
    sign_ins::{End, SignIn, Slot},
};
use crate::{ApiError, App, device_label, error::ApiResult, net, secret};

/// Marks tokens by their kind, so that one is never looked up as the other.
pub const USER_TOKEN: &str = "dsu_";
pub const GUEST_TOKEN: &str = "dsg_";
/// Guest cookies that one request is looked through for.
const MAX_GUESTS: usize = 8;

/// A customer, let in or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    pub session: SessionId,
    pub participant: Participant,
}

impl Guest {
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller::Guest { session: self.session, participant: self.participant.id }
    }
}

/// Everything valid that a request brought. A program brings one bearer token; a browser may be signed in and a customer in
/// several sessions at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    pub user: Option<UserId>,
    /// Where that person is signed in.
    pub sign_in: Option<SignIn>,
    pub guests: Vec<Guest>,
}

impl Credentials {
    async fn of(app: &App, parts: &Parts) -> ApiResult<Self> {
        let mut found = Self::default();
        let headers = &parts.headers;
        if headers.contains_key(header::AUTHORIZATION) {
            if let Some(token) = bearer(headers) {
                found.add(app, parts, token).await?;
            }
            return Ok(found);
        }
        let mut guests = 0;
        for (name, token) in cookies::all(headers) {
            if name == cookies::USER && token.starts_with(USER_TOKEN) {
                found.add(app, parts, token).await?;
            } else if name.starts_with(cookies::GUEST_PREFIX)
                && token.starts_with(GUEST_TOKEN)
                && guests < MAX_GUESTS
            {
                guests += 1;
                found.add(app, parts, token).await?;
            }
        }
        Ok(found)
    }

    async fn add(&mut self, app: &App, parts: &Parts, token: &str) -> ApiResult<()> {
        if token.starts_with(USER_TOKEN) {
            self.add_user(app, parts, secret::hash(token)).await?;
        } else if token.starts_with(GUEST_TOKEN)
            && let Some((session, participant)) = app.store.guest_by_token(secret::hash(token)).await?
        {
            self.guests.push(Guest { session, participant });
        }
        Ok(())
    }

    async fn add_user(&mut self, app: &App, parts: &Parts, token: SecretHash) -> ApiResult<()> {
        // Before the store is asked: what ends in between is not overlooked.
        let end = app.sign_ins.watch(token);
        let now = app.env.now();
        let Some(found) = app.store.signed_in(token, now).await? else { return Ok(()) };
        if let Some(slot) = parts.extensions.get::<Slot>() {
            slot.fill(end.clone());
        }
        if let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() {
            let from = net::client_ip(*peer, &parts.headers, &app.config.trusted_proxies);
            app.seen.note(&found, from, now, || is(&parts.headers));
        }
        self.user = Some(found.user);
        self.sign_in = Some(SignIn { token, device: found.device, end });
        Ok(())
    }

    /// The signed-in person. Customers are told that this is not for them.
    pub fn signed_in(&self) -> ApiResult<UserId> {
        match self.user {
            Some(user) => Ok(user),
            None if self.guests.is_empty() => Err(ErrorCode::NotSignedIn.into()),
            None => Err(ErrorCode::Forbidden.into()),
        }
    }

    /// On whose behalf a request about `session` is done: its customer before the person signed in beside, both before a
    /// customer of another session (who will be refused by the store).
    pub fn in_session(&self, session: SessionId) -> ApiResult<Caller> {
        let own = self.guests.iter().find(|guest| guest.session == session);
        if let Some(guest) = own {
            return Ok(guest.caller());
        }
        let other = || self.guests.first().map(Guest::caller);
        self.user.map(Caller::User).or_else(other).ok_or_else(|| ErrorCode::NotSignedIn.into())
    }

    /// Everybody that the request could be on behalf of; refused where there is nobody.
    pub fn callers(&self) -> ApiResult<Vec<Caller>> {
        let guests = self.guests.iter().map(Guest::caller);
        let all: Vec<Caller> = guests.chain(self.user.map(Caller::User)).collect();
        if all.is_empty() { Err(ErrorCode::NotSignedIn.into()) } else { Ok(all) }
    }
}

/// What a device is, by its request: programs bring bearer tokens, browsers cookies.
fn is(headers: &HeaderMap) -> (ClientKind, String) {
    let by_bearer = headers.contains_key(header::AUTHORIZATION);
    let client = if by_bearer { ClientKind::Desktop } else { ClientKind::Browser };
    (client, device_label::of(headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok())))
}

/// The bearer token of a request.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

impl FromRequestParts<Arc<App>> for Credentials {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> ApiResult<Self> {
        Self::of(app, parts).await
    }
}

/// A signed-in person; everybody else is refused before the request's body is looked at.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn(pub UserId);

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> ApiResult<Self> {
        Ok(Self(Credentials::of(app, parts).await?.signed_in()?))
    }
}

/// The caller of a route below `/sessions/{session}`: let in or not, but never removed.
#[derive(Debug, Clone)]
pub struct SessionCaller {
    pub session: SessionId,
    pub caller: Caller,
    pub credentials: Credentials,
}

impl SessionCaller {
    /// The customer, where the caller is one of this session.
    #[must_use]
    pub fn guest(&self) -> Option<&Guest> {
        self.credentials.guests.iter().find(|guest| guest.caller() == self.caller)
    }

    /// The end of the sign-in that this is on behalf of; a customer has none.
    #[must_use]
    pub fn sign_in(&self) -> Option<Arc<End>> {
        let is_person = matches!(self.caller, Caller::User(_));
        self.credentials.sign_in.as_ref().filter(|_| is_person).map(|sign_in| sign_in.end.clone())
    }
}

impl FromRequestParts<Arc<App>> for SessionCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> ApiResult<Self> {
        let credentials = Credentials::of(app, parts).await?;
        // Strangers learn nothing, not even whether a path makes sense.
        credentials.callers()?;
        let Path(path) = Path::<HashMap<String, String>>::from_request_parts(parts, app).await?;
        let session = path.get("session").and_then(|id| id.parse().ok()).ok_or(ErrorCode::NotFound)?;
        let caller = credentials.in_session(session)?;
        let found = Self { session, caller, credentials };
        if let Some(guest) = found.guest() {
            if guest.session != session {
                // Row N14: a customer's token is good for its own session.
                return Err(ErrorCode::Forbidden.into());
            }
            crate::participants::refuse_gone(&guest.participant)?;
        }
        Ok(found)
    }
}
