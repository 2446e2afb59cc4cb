//! Search inside a session.

use std::sync::Arc;

use axum::{Json, extract::State};
use deskside_proto::{
    ErrorCode, EventBody, Participant, Seq, WireError,
    api::{SearchHit, SearchPage},
    limits::SEARCH_MAX_CHARS,
};
use deskside_search::{Found, Query, Search};
use deskside_store::Caller;
use serde::Deserialize;

use crate::{
    ApiError, App,
    auth::SessionCaller,
    error::ApiResult,
    indexer::{message, version},
    participants,
    request::QueryOf,
};

/// Hits of a page, unless asked otherwise, and at most.
const LIMIT: u32 = 20;
const LIMIT_MAX: u32 = 50;

/// What is looked for.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words; all of them must be there, the last may be the beginning of one. At most 200 characters.
    #[serde(default)]
    #[param(required = false)]
    q: String,
    /// Only what is older than this place of the log: `next` of the page before.
    before: Option<Seq>,
    /// Default 20, at most 50.
    limit: Option<u32>,
}

/// Messages of a session that have all words of `q`, newest first. Only who is in the room may search it.
#[utoipa::path(
    get, path = "/sessions/{session}/search", operation_id = "search_session", tag = "sessions",
    params(("session" = String, Path), SearchQuery),
    responses((status = 200, body = SearchPage), (status = "4XX", body = WireError))
)]
pub async fn search_session(
    State(app): State<Arc<App>>,
    caller: SessionCaller,
    QueryOf(search): QueryOf<SearchQuery>,
) -> ApiResult<Json<SearchPage>> {
    let you = place(&app, &caller).await?;
    app.rates.search(you.id)?;
    if search.q.chars().count() > SEARCH_MAX_CHARS {
        return Err(ApiError::about(ErrorCode::InvalidInput, "q"));
    }
    let Some(query) = Query::parse(&search.q) else {
        let indexed_to = app.indexer.indexed_to(caller.session).await?;
        return Ok(Json(SearchPage { hits: Vec::new(), next: None, indexed_to }));
    };
    let limit = search.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let asked =
        Search { session: caller.session, role: you.role, query: &query, before: search.before, limit };
    let results = app.indexer.find(asked).await?;
    let next = results.found.last().filter(|_| results.more).map(|found| found.seq);
    let mut hits = Vec::with_capacity(results.found.len());
    for found in results.found {
        hits.extend(still_there(&app, &caller, found).await?);
    }
    Ok(Json(SearchPage { hits, next, indexed_to: results.indexed_to }))
}

/// The place of the caller, who is in the room: as for the log itself.
async fn place(app: &App, caller: &SessionCaller) -> ApiResult<Participant> {
    let record = app.store.session(caller.caller, caller.session).await?.ok_or(ErrorCode::NotFound)?;
    let place = match caller.caller {
        Caller::Guest { participant, .. } => {
            participants::refuse_late(app, &record)?;
            record.participants.into_iter().find(|other| other.id == participant)
        }
        Caller::User(user) => app.store.participant_of(user, caller.session).await?,
    };
    let place = place.ok_or(ErrorCode::Forbidden)?;
    participants::refuse_not_admitted(&place)?;
    Ok(place)
}

/// The hit, unless its text was changed or deleted since it was indexed: the index is a moment behind, and nobody is shown
/// earlier words after the change was acknowledged.
async fn still_there(app: &App, caller: &SessionCaller, found: Found) -> ApiResult<Option<SearchHit>> {
    let event = message(&*app.store, caller.session, found.seq).await?;
    Ok(event.and_then(|event| match &event.body {
        EventBody::MessagePosted(now) if version(now) == found.version => {
            Some(SearchHit { seq: event.seq, at: event.at, sender: event.sender, excerpt: found.excerpt })
        }
        _ => None,
    }))
}
