//! Whole sessions as one ZIP: transcript, report, files, snapshots (row Z16).

use std::{collections::HashSet, fmt::Write as _, sync::Arc};

use axum::{extract::State, response::Response};
use deskside_proto::{
    Attachment, CaptureKind, ErrorCode, Millis, OrgId, SessionId, UserId, WireError,
    api::{AuditAction, FilesSession, Outcome, Report},
};
use deskside_store::AuditEntry;
use deskside_timeline::transcript::escape;
use serde::Deserialize;

use super::sessions::refuse_foreign;
use crate::{
    ApiError, App,
    auth::SignedIn,
    blobs::Key,
    error::ApiResult,
    file_name,
    request::{PathOf, QueryOf},
    zipped::{self, Member, MemberContent},
};

/// Sessions of one archive.
const SESSIONS_MAX: usize = 100;
/// Characters of a session's title in its folder's name.
const TITLE_CHARS: usize = 60;

#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SessionsQuery {
    /// Sessions, with commas between them; at most 100.
    sessions: String,
}

/// Everything that is kept of a session that is over.
#[utoipa::path(
    get, path = "/orgs/{org}/files/{session}/archive.zip", operation_id = "get_session_zip", tag = "files",
    params(("org" = String, Path), ("session" = String, Path)),
    responses((status = 200, content_type = "application/zip"), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn get_session_zip(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(path): PathOf<(OrgId, SessionId)>,
) -> ApiResult<Response> {
    let (org, session) = path;
    let found = app.store.files_session(user, org, session).await?.ok_or(ErrorCode::NotFound)?;
    let mut members = Vec::new();
    put_session(&app, &mut members, "", org, found.clone()).await?;
    note(&app, user, org, &found).await?;
    Ok(zipped::answer(app.blobs.clone(), "Deskside session.zip", members))
}

/// Everything that is kept of several sessions, a folder each. Refused as a whole where one of them is not the caller's to see.
#[utoipa::path(
    get, path = "/orgs/{org}/files.zip", operation_id = "get_sessions_zip", tag = "files",
    params(("org" = String, Path), SessionsQuery),
    responses((status = 200, content_type = "application/zip"), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn get_sessions_zip(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
    QueryOf(query): QueryOf<SessionsQuery>,
) -> ApiResult<Response> {
    refuse_foreign(&app, user, org).await?;
    let about = || ApiError::about(ErrorCode::InvalidInput, "sessions");
    let ids = query.sessions.split(',').map(str::parse);
    let mut ids: Vec<SessionId> = ids.collect::<Result<_, _>>().map_err(|_| about())?;
    let mut known = HashSet::new();
    ids.retain(|id| known.insert(*id));
    if ids.len() > SESSIONS_MAX {
        return Err(about());
    }
    let mut sessions = Vec::with_capacity(ids.len());
    for id in ids {
        sessions.push(app.store.files_session(user, org, id).await?.ok_or(ErrorCode::NotFound)?);
    }
    let (mut members, mut folders) = (Vec::new(), HashSet::new());
    for found in sessions {
        note(&app, user, org, &found).await?;
        let folder = free_folder(&mut folders, &found);
        put_session(&app, &mut members, &folder, org, found).await?;
    }
    Ok(zipped::answer(app.blobs.clone(), "Deskside sessions.zip", members))
}

/// Who took what with them is remembered.
async fn note(app: &App, user: UserId, org: OrgId, found: &FilesSession) -> ApiResult<()> {
    let (at, action) = (app.env.now(), AuditAction::ArchiveDownloaded);
    let (session, subject) = (Some(found.entry.session_id), found.entry.title.clone());
    let entry = AuditEntry { org, at, actor: Some(user), action, session, attachment: None, subject };
    Ok(app.store.audit(entry, at.plus(1)).await?)
}

/// A session by its day and title, and no two alike.
fn free_folder(taken: &mut HashSet<String>, found: &FilesSession) -> String {
    let title: String = found.entry.title.chars().take(TITLE_CHARS).collect();
    let name = file_name::plain(&format!("{} {title}", day(found.entry.started_at)));
    let mut free = name.clone();
    let mut n = 2;
    while !taken.insert(free.to_lowercase()) {
        free = format!("{name} ({n})");
        n += 1;
    }
    free + "/"
}

/// In UTC, as the transcript's times.
fn day(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |at| at.strftime("%F").to_string())
}

async fn put_session(
    app: &App,
    members: &mut Vec<Member>,
    folder: &str,
    org: OrgId,
    found: FilesSession,
) -> ApiResult<()> {
    let FilesSession { entry, attachments, report, .. } = found;
    let session = entry.session_id;
    // Nothing of the vault before the seal: what is there is still being written.
    if entry.transcript.is_some() {
        let transcripts = app.store.transcripts(session).await?;
        let transcripts =
            transcripts.into_iter().map(|file| (Key::transcript(org, session, file.format), file.size));
        let manifests = app.store.manifests(session).await?;
        let manifests =
            manifests.into_iter().map(|entry| (Key::manifest(org, session, entry.part), entry.size));
        for (key, size) in transcripts.chain(manifests) {
            let Some((_, name)) = key.session_and_name() else { continue };
            members.push(Member {
                folder: folder.to_owned(),
                name,
                content: MemberContent::Stored(key, size),
            });
        }
    }
    if let Some(report) = report {
        let content = MemberContent::Text(report_text(&report));
        members.push(Member { folder: folder.to_owned(), name: "report.txt".to_owned(), content });
    }
    for Attachment { id, name, size, capture, direct, .. } in attachments {
        // The portal never had it.
        if direct.is_some() {
            continue;
        }
        let kind = match capture {
            None => "files",
            Some(CaptureKind::Snapshot) => "snapshots",
            Some(CaptureKind::Recording) => "recordings",
        };
        let content = MemberContent::Stored(Key::attachment(org, session, id), size);
        members.push(Member { folder: format!("{folder}{kind}/"), name, content });
    }
    Ok(())
}

/// As the transcript's text: it opens in any editor.
fn report_text(report: &Report) -> String {
    let outcome = match report.outcome {
        Outcome::Solved => "Solved",
        Outcome::PartlySolved => "Partly solved",
        Outcome::NotSolved => "Not solved",
        Outcome::FollowUp => "To be followed up",
        Outcome::NoCase => "No case",
    };
    let at = jiff::Timestamp::from_millisecond(report.at.0).map(|at| at.strftime("%F %T UTC").to_string());
    let mut text = format!("Outcome: {outcome}\n");
    // Writing to a text cannot fail.
    let _ = writeln!(text, "By: {}, {}\n", escape::line(&report.by), at.unwrap_or_default());
    text.push_str("    ");
    text.push_str(&escape::block(&report.notes));
    text.push('\n');
    format!("\u{feff}{}", text.replace('\n', "\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_opens_in_any_editor_and_hides_nothing() {
        let report = Report {
            outcome: Outcome::FollowUp,
            notes: "one\ntwo\u{202e}".to_owned(),
            by: "Ada\r\nOutcome: Solved".to_owned(),
            at: Millis(0),
        };
        let text = report_text(&report);
        assert!(text.starts_with(
            "\u{feff}Outcome: To be followed up\r\nBy: Ada Outcome: Solved, 1970-01-01 00:00:00 UTC\r\n"
        ));
        assert!(text.contains("\r\n    one\r\n    two") && !text.contains('\u{202e}'), "{text:?}");
    }
}
