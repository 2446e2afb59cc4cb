//! The list of Files: search as one types, filters, orders, pages (row Z16).

use std::sync::Arc;

use axum::{Json, extract::State};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use deskside_proto::{
    ErrorCode, Millis, OrgId, UserId, WireError,
    api::{FilesEntry, FilesHas, FilesPage, FilesSort},
    limits::SEARCH_MAX_CHARS,
};
use deskside_store::{FilesPlace, FilesQuery, Folded, archive::words_of};
use serde::{Deserialize, de::DeserializeOwned};

use super::sessions::refuse_foreign;
use crate::{
    ApiError, App,
    auth::SignedIn,
    error::ApiResult,
    request::{PathOf, QueryOf},
};

/// Sessions of a page, unless asked otherwise, and at most.
const LIMIT: u32 = 50;
const LIMIT_MAX: u32 = 100;

/// Which sessions, in which order.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Text in the title or in the names of those who took part, in any case; words in any order. At most 200 characters.
    q: Option<String>,
    /// Sessions that began at or after this time; milliseconds since 1970.
    from: Option<i64>,
    /// Sessions that began before this time; milliseconds since 1970.
    to: Option<i64>,
    /// Who took part as a technician.
    #[param(value_type = Option<String>)]
    technician: Option<UserId>,
    /// Text in the name of a customer. At most 200 characters.
    customer: Option<String>,
    /// Any of `files`, `snapshots`, `recordings`, `report`, `hold`, with commas between them; all of them must be there.
    has: Option<String>,
    /// Bytes of stored files, at least.
    min_bytes: Option<u64>,
    /// Bytes of stored files, at most.
    max_bytes: Option<u64>,
    /// `newest` (default), `oldest`, `longest` or `largest`.
    sort: Option<String>,
    /// `next` of the page before, which had the same `sort`.
    after: Option<String>,
    /// Default 50, at most 100.
    limit: Option<u32>,
}

/// Ended sessions that the caller may see.
#[utoipa::path(
    get, path = "/orgs/{org}/files", operation_id = "list_files", tag = "files",
    params(("org" = String, Path), ListQuery),
    responses((status = 200, body = FilesPage), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn list_files(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
    QueryOf(asked): QueryOf<ListQuery>,
) -> ApiResult<Json<FilesPage>> {
    refuse_foreign(&app, user, org).await?;
    let query = asked.read()?;
    let (sort, limit) = (query.sort, query.limit as usize);
    // One more, to know whether there are more.
    let asked = FilesQuery { limit: query.limit + 1, ..query };
    let mut entries = app.store.list_files(user, org, asked).await?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more).map(|last| cursor(last, sort));
    Ok(Json(FilesPage { entries, next }))
}

impl ListQuery {
    fn read(self) -> ApiResult<FilesQuery> {
        let about = |field| ApiError::about(ErrorCode::InvalidInput, field);
        for (field, text) in [("q", &self.q), ("customer", &self.customer)] {
            if text.as_ref().is_some_and(|text| text.chars().count() > SEARCH_MAX_CHARS) {
                return Err(about(field));
            }
        }
        let sort: FilesSort = match self.sort.as_deref() {
            None | Some("") => FilesSort::default(),
            Some(name) => named(name).ok_or_else(|| about("sort"))?,
        };
        let has = self.has.as_deref().unwrap_or_default().split(',').filter(|name| !name.is_empty());
        let has: Option<Vec<FilesHas>> = has.map(named).collect();
        let after = self.after.as_deref().filter(|after| !after.is_empty());
        let customer = self.customer.as_deref().map(str::trim).filter(|customer| !customer.is_empty());
        Ok(FilesQuery {
            words: words_of(self.q.as_deref().unwrap_or_default()),
            from: self.from.map(Millis),
            to: self.to.map(Millis),
            technician: self.technician,
            customer: customer.map(Folded::new),
            has: has.ok_or_else(|| about("has"))?,
            min_bytes: self.min_bytes,
            max_bytes: self.max_bytes,
            sort,
            after: after.map(|after| place(after, sort).ok_or_else(|| about("after"))).transpose()?,
            limit: self.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX),
        })
    }
}

/// A value by its name on the wire.
fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(name.into()).ok()
}

/// Where the next page begins. It says for which order, and is of use with any filter.
fn cursor(last: &FilesEntry, sort: FilesSort) -> String {
    let FilesPlace { value, session } = FilesPlace::of(last, sort);
    URL_SAFE_NO_PAD.encode(format!("{sort:?} {value} {session}"))
}

fn place(cursor: &str, sort: FilesSort) -> Option<FilesPlace> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let mut parts = text.split(' ');
    let (of, value, session) = (parts.next()?, parts.next()?, parts.next()?);
    let is_whole = of == format!("{sort:?}") && parts.next().is_none();
    is_whole.then_some(FilesPlace { value: value.parse().ok()?, session: session.parse().ok()? })
}
