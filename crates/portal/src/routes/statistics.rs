//! Numbers for pictures: sessions per day, time to join, storage by kind, what goes by itself and when (row Z16).

use std::{collections::HashMap, sync::Arc};

use axum::{Json, extract::State};
use deskside_proto::{
    AttachmentRetention, ErrorCode, Millis, OrgId, WireError,
    api::{DayFrees, DayStatistics, Statistics},
};
use deskside_store::{RawDay, StatisticsQuery, archive::DAY};
use serde::Deserialize;

use super::sessions::refuse_foreign;
use crate::{
    ApiError, App,
    auth::SignedIn,
    error::ApiResult,
    request::{PathOf, QueryOf},
};

/// Days shown, unless asked otherwise, and at most: a month; two years.
const DAYS: i64 = 30;
const DAYS_MAX: i64 = 731;
/// Days ahead that are told of.
const AHEAD: i64 = 90;
/// The end of the year 9999: beyond it days cannot be counted on.
const TIME_MAX: i64 = 253_402_300_799_999;
/// Minutes that a clock may be ahead of UTC, or behind.
const OFFSET_MAX: i64 = 18 * 60;

#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatisticsAsked {
    /// First moment, milliseconds since 1970; thirty days ago without it. The whole day is told.
    from: Option<i64>,
    /// Last moment; now without it. At most two years later.
    to: Option<i64>,
    /// Minutes that the caller's clock is ahead of UTC: days begin at their midnight.
    offset_minutes: Option<i64>,
}

/// Numbers of the organisation; admins only.
#[utoipa::path(
    get, path = "/orgs/{org}/statistics", operation_id = "get_statistics", tag = "files",
    params(("org" = String, Path), StatisticsAsked),
    responses((status = 200, body = Statistics), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn get_statistics(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
    QueryOf(asked): QueryOf<StatisticsAsked>,
) -> ApiResult<Json<Statistics>> {
    refuse_foreign(&app, user, org).await?;
    let settings = app.store.org_settings(user, org).await?.ok_or(ErrorCode::NotFound)?;
    let offset = asked.offset_minutes.unwrap_or(0);
    if offset.abs() > OFFSET_MAX {
        return Err(ApiError::about(ErrorCode::InvalidInput, "offset_minutes"));
    }
    let (now, offset) = (app.env.now(), offset * 60_000);
    let to = asked.to.unwrap_or(now.0);
    let from = asked.from.unwrap_or(to.saturating_sub((DAYS - 1) * DAY));
    let day = |at: i64| at.saturating_add(offset).div_euclid(DAY);
    if from < 0 || from > to || to > TIME_MAX || day(to) - day(from) >= DAYS_MAX {
        return Err(ApiError::about(ErrorCode::InvalidInput, "from"));
    }
    let begins = |day: i64| Millis(day * DAY - offset);
    let life = |days: u32| i64::from(days) * DAY;
    let attachments = &settings.attachments;
    let query = StatisticsQuery {
        from: begins(day(from)),
        to: begins(day(to) + 1),
        offset,
        now,
        until: now.plus(AHEAD * DAY),
        files_life: match attachments.retention {
            AttachmentRetention::SessionOnly => Some(0),
            AttachmentRetention::Keep { days } => days.map(life),
        },
        session_life: attachments.transcript_retention_days.map(life),
    };
    let found = app.store.statistics(user, org, query).await?.ok_or(ErrorCode::Forbidden)?;
    let mut counted: HashMap<i64, RawDay> = found.days.into_iter().map(|raw| (raw.day, raw)).collect();
    let days = (day(from)..=day(to)).map(|number| told(begins(number), counted.remove(&number))).collect();
    let frees = found.frees.into_iter().map(|raw| DayFrees {
        at: begins(raw.day),
        bytes: raw.bytes,
        sessions: raw.sessions,
        files: raw.files,
    });
    Ok(Json(Statistics { days, storage: found.storage, frees: frees.collect() }))
}

fn told(at: Millis, raw: Option<RawDay>) -> DayStatistics {
    let (sessions, mut joins) = raw.map_or((0, Vec::new()), |raw| (raw.sessions, raw.joins));
    joins.sort_unstable();
    DayStatistics { at, sessions, join_median: rank(&joins, 50), join_p90: rank(&joins, 90) }
}

/// The least of `sorted` that so many of a hundred do not exceed (nearest rank).
fn rank(sorted: &[i64], percent: usize) -> Option<i64> {
    let place = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(place - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_values_that_occurred() {
        for (sorted, median, most) in [
            (vec![], None, None),
            (vec![7], Some(7), Some(7)),
            (vec![1, 2], Some(1), Some(2)),
            (vec![1, 2, 3], Some(2), Some(3)),
            ((1..=10).collect(), Some(5), Some(9)),
            ((1..=100).collect(), Some(50), Some(90)),
        ] {
            assert_eq!((rank(&sorted, 50), rank(&sorted, 90)), (median, most), "{sorted:?}");
        }
    }
}
