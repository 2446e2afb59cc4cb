//! Searches of a whole organisation.

use deskside_proto::{AttachmentId, SessionId};
use futures_util::TryStreamExt as _;
use sqlx::{Row as _, SqlitePool, query, sqlite::SqliteRow};

use super::{SCOPES, scope_of, to_seq, words};
use crate::{FoundWhat, OrgFound, OrgResults, OrgSearch, Place, excerpt::excerpt, places};

/// So many sessions are named in the expression itself, so that only theirs is walked; of more, everything found is looked at.
const NAMED_MAX: usize = 50;

pub(super) async fn find(readers: &SqlitePool, search: &OrgSearch<'_>) -> Result<OrgResults, sqlx::Error> {
    let limit = search.limit as usize;
    let only = search.only.map(|only| only.iter().map(SessionId::to_string).collect::<Vec<_>>());
    let listed = only.map(|only| serde_json::to_string(&only).unwrap_or_default());
    // CROSS JOIN: the words come first. The bits below 2^22 are the row's place in its session.
    let rows = query(
        "SELECT words.rowid, s.id, m.version, f.attachment, f.first, highlight(words, 1, char(2), char(3))
         FROM words
         CROSS JOIN session s ON s.base = words.rowid - (words.rowid & 4194303)
         LEFT JOIN message m ON m.id = words.rowid
         LEFT JOIN file f ON m.id IS NULL AND f.first = (
             SELECT max(g.first) FROM file g WHERE g.first <= words.rowid
         )
         WHERE words MATCH ?1 AND words.rowid < ?2
             AND (?3 IS NULL OR s.id IN (SELECT unhex(only.value) FROM json_each(?3) only))
         ORDER BY words.rowid DESC",
    )
    .bind(expression(search))
    .bind(search.after.map_or(i64::MAX, |after| after.0))
    .bind(listed);
    let mut rows = rows.fetch(readers);
    let mut found: Vec<OrgFound> = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let Some(next) = read(&row)? else { continue };
        // A file is told once, by its first passage that has the words; its others follow.
        if found.last().is_some_and(|last| last.place == next.place) {
            continue;
        }
        if found.len() == limit {
            return Ok(OrgResults { found, more: true });
        }
        found.push(next);
    }
    Ok(OrgResults { found, more: false })
}

fn read(row: &SqliteRow) -> Result<Option<OrgFound>, sqlx::Error> {
    let number: i64 = row.try_get(0)?;
    let session: Vec<u8> = row.try_get(1)?;
    let version: Option<i64> = row.try_get(2)?;
    let attachment: Option<Vec<u8>> = row.try_get(3)?;
    let (place, what) = match (places::of(number).1, version, attachment) {
        (Some(seq), Some(version), _) => (number, FoundWhat::Message { seq, version: to_seq(version) }),
        (None, _, Some(attachment)) => {
            let Ok(id) = attachment.try_into() else { return Ok(None) };
            (row.try_get(4)?, FoundWhat::File(AttachmentId(id)))
        }
        _ => return Ok(None),
    };
    let Ok(session) = session.try_into() else { return Ok(None) };
    let excerpt = excerpt(row.try_get(5)?);
    Ok(Some(OrgFound { place: Place(place), session: SessionId(session), what, excerpt }))
}

fn expression(search: &OrgSearch<'_>) -> String {
    let mut scope = format!("\"{}\"", scope_of(search.org));
    if let Some(only) = search.only.filter(|only| (1..=NAMED_MAX).contains(&only.len())) {
        let named = |id: &SessionId| SCOPES.map(|end| format!("\"{id}{end}\"")).join(" OR ");
        let named: Vec<String> = only.iter().map(named).collect();
        scope = format!("{scope} AND scope : ({})", named.join(" OR "));
    }
    format!("scope : {scope} AND text : ({})", words(search.query))
}
