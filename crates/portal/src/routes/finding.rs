//! Search in everything of the organisation's Files: messages, names of files, text in documents (row Z16).

use std::{collections::HashMap, sync::Arc};

use axum::{Json, extract::State};
use deskside_proto::{
    ErrorCode, EventBody, OrgId, Participant, ParticipantRole, SessionId, UserId, WireError,
    api::{FilesHit, FilesHitPlace, FilesSearchPage},
    limits::SEARCH_MAX_CHARS,
};
use deskside_search::{FoundWhat, OrgFound, OrgSearch, Place, Query, matching};
use deskside_store::SeenSession;
use serde::Deserialize;

use super::sessions::refuse_foreign;
use crate::{
    ApiError, App,
    auth::SignedIn,
    error::ApiResult,
    indexer::{message, version},
    request::{PathOf, QueryOf},
};

/// Hits of a page, unless asked otherwise, and at most.
const LIMIT: u32 = 20;
const LIMIT_MAX: u32 = 50;
/// What is asked of the index at once.
const BATCH: u32 = 50;
/// So often for one page: where almost nothing of what is found may be seen, the page is short and says where to go on.
const BATCHES_MAX: u32 = 40;

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FindQuery {
    /// Words; all of them must be there, the last may be the beginning of one. At most 200 characters.
    #[serde(default)]
    #[param(required = false)]
    q: String,
    /// `next` of the page before.
    after: Option<String>,
    /// Default 20, at most 50.
    limit: Option<u32>,
}

/// Where all words of `q` stand in what the caller may see in Files: the newest session first.
#[utoipa::path(
    get, path = "/orgs/{org}/search", operation_id = "search_files", tag = "files",
    params(("org" = String, Path), FindQuery),
    responses((status = 200, body = FilesSearchPage), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn search_files(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
    QueryOf(asked): QueryOf<FindQuery>,
) -> ApiResult<Json<FilesSearchPage>> {
    refuse_foreign(&app, user, org).await?;
    app.rates.search_files(user)?;
    if asked.q.chars().count() > SEARCH_MAX_CHARS {
        return Err(ApiError::about(ErrorCode::InvalidInput, "q"));
    }
    let after = asked.after.as_deref().filter(|after| !after.is_empty());
    let after = after.map(str::parse::<i64>).transpose();
    let after = after.map_err(|_| ApiError::about(ErrorCode::InvalidInput, "after"))?.map(Place);
    let waiting = app.indexer.is_behind() || app.documents.is_behind();
    let Some(query) = Query::parse(&asked.q) else {
        return Ok(Json(FilesSearchPage { hits: Vec::new(), next: None, waiting }));
    };
    let limit = asked.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX) as usize;
    let only = app.store.only_sessions(user, org).await?;
    let finder = Finder { app: &app, user, org, query, only };
    let (hits, next) = finder.page(after, limit).await?;
    let next = next.map(|place| place.0.to_string());
    Ok(Json(FilesSearchPage { hits, next, waiting }))
}

struct Finder<'a> {
    app: &'a App,
    user: UserId,
    org: OrgId,
    query: Query,
    /// For somebody who sees only these.
    only: Option<Vec<SessionId>>,
}

impl Finder<'_> {
    /// Hits, and where the next page begins.
    async fn page(&self, after: Option<Place>, limit: usize) -> ApiResult<(Vec<FilesHit>, Option<Place>)> {
        let (mut after, mut hits) = (after, Vec::new());
        for _ in 0..BATCHES_MAX {
            let (query, only) = (&self.query, self.only.as_deref());
            let search = OrgSearch { org: self.org, only, query, after, limit: BATCH };
            let results = self.app.indexer.find_in_org(search).await?;
            let seen = self.seen(&results.found).await?;
            let count = results.found.len();
            for (number, found) in results.found.into_iter().enumerate() {
                after = Some(found.place);
                if let Some(session) = seen.get(&found.session) {
                    hits.extend(self.hit(session, found).await?);
                }
                if hits.len() == limit {
                    let is_last = number + 1 == count && !results.more;
                    return Ok((hits, after.filter(|_| !is_last)));
                }
            }
            if !results.more {
                return Ok((hits, None));
            }
        }
        Ok((hits, after))
    }

    /// Those of the sessions that the caller may see in Files, as the store says now.
    async fn seen(&self, found: &[OrgFound]) -> ApiResult<HashMap<SessionId, SeenSession>> {
        let mut ids: Vec<SessionId> = found.iter().map(|found| found.session).collect();
        ids.dedup();
        let seen = self.app.store.seen_in_files(self.user, self.org, &ids).await?;
        Ok(seen.into_iter().map(|session| (session.id, session)).collect())
    }

    /// The hit as it is told, unless what was found was changed, deleted or withdrawn since it was indexed: the same rule as in
    /// the room.
    async fn hit(&self, session: &SeenSession, found: OrgFound) -> ApiResult<Option<FilesHit>> {
        let place = match found.what {
            FoundWhat::File(attachment) => {
                let file = self.app.store.offered_file(session.id, attachment).await?;
                let place =
                    file.map(|(attachment, seq)| FilesHitPlace::File { attachment, seq, inside: true });
                place.map(|place| (place, found.excerpt))
            }
            FoundWhat::Message { seq, version: indexed } => {
                let event = message(&*self.app.store, session.id, seq).await?;
                let Some(event) = event else { return Ok(None) };
                let EventBody::MessagePosted(now) = event.body else { return Ok(None) };
                if version(&now) != indexed {
                    return Ok(None);
                }
                let by = event.sender.and_then(|sender| session.people.iter().find(|who| who.id == sender));
                let by = by.map(|who| who.name.clone());
                let said = FilesHitPlace::Message { seq, at: event.at, by };
                let named =
                    now.attachments.iter().find_map(|file| Some((file, matching(&file.name, &self.query)?)));
                match (matching(&now.text, &self.query), named) {
                    // Found by the name of a file alone.
                    (None, Some((file, excerpt))) => {
                        let attachment = file.clone();
                        Some((FilesHitPlace::File { attachment, seq: Some(seq), inside: false }, excerpt))
                    }
                    (Some(excerpt), _) => Some((said, excerpt)),
                    (None, None) => Some((said, found.excerpt)),
                }
            }
        };
        Ok(place.map(|(place, excerpt)| FilesHit {
            session_id: session.id,
            title: title(session),
            started_at: session.started_at,
            place,
            excerpt,
        }))
    }
}

fn title(session: &SeenSession) -> String {
    if !session.title.is_empty() {
        return session.title.clone();
    }
    let customers = |who: &&Participant| who.role == ParticipantRole::Customer;
    let names: Vec<&str> = session.people.iter().filter(customers).map(|who| who.name.as_str()).collect();
    names.join(", ")
}
