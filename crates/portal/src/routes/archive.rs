//! Several stored files as one ZIP, made while it is sent: nothing of it lies on a disk or whole in memory.

use std::{
    collections::HashSet,
    io::{self, Write},
    sync::Arc,
};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use deskside_proto::{AttachmentId, ErrorCode, SessionId, WireError};
use deskside_store::AttachmentRecord;
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use tokio::{runtime::Handle, sync::mpsc};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    ApiError, App,
    auth::SessionCaller,
    blobs::{Blobs, Key},
    error::ApiResult,
    request::{PathOf, QueryOf},
    routes::attachments::granted,
};

/// Files of one archive.
const FILES_MAX: usize = 500;
/// Pieces that wait for a slow reader.
const WAITING: usize = 8;
/// Bytes of a piece: few switches between the threads, little memory.
const PIECE: usize = 128 * 1024;
/// From here on a member needs ZIP64.
const LARGE: u64 = u32::MAX as u64;

#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ArchiveQuery {
    /// Attachments of the session, with commas between them; at most 500.
    ids: String,
}

/// Files as one ZIP, stored as they are. Refused as a whole where one of them is not the caller's to have.
#[utoipa::path(
    get, path = "/sessions/{session}/attachments.zip", operation_id = "get_attachments_zip", tag = "attachments",
    params(("session" = String, Path), ArchiveQuery),
    responses((status = 200, content_type = "application/zip"), (status = "4XX", body = WireError))
)]
pub async fn get_attachments_zip(
    State(app): State<Arc<App>>,
    caller: SessionCaller,
    PathOf(_session): PathOf<SessionId>,
    QueryOf(query): QueryOf<ArchiveQuery>,
) -> ApiResult<Response> {
    let about = || ApiError::about(ErrorCode::InvalidInput, "ids");
    let ids: Vec<AttachmentId> =
        query.ids.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| about())?;
    if ids.len() > FILES_MAX {
        return Err(about());
    }
    let mut files = Vec::with_capacity(ids.len());
    for id in ids {
        files.push(granted(&app, &caller, id).await?);
    }
    let (to, pieces) = mpsc::channel(WAITING);
    let (blobs, runtime) = (app.blobs.clone(), Handle::current());
    tokio::task::spawn_blocking(move || {
        let mut out = Out { to, piece: Vec::with_capacity(PIECE) };
        if let Err(error) = write(&blobs, &runtime, &files, &mut out) {
            tracing::info!(%error, "an archive was not sent whole");
            // Cut, so that nobody takes it for a whole one; whoever hung up does not hear it.
            drop(out.to.blocking_send(Err(error)));
        }
    });
    let body =
        stream::unfold(pieces, |mut pieces| async { pieces.recv().await.map(|piece| (piece, pieces)) });
    let mut response = Body::from_stream(body).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/zip"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"Deskside files.zip\""),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "private, no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

fn write(blobs: &Blobs, runtime: &Handle, files: &[AttachmentRecord], out: &mut Out) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(&mut *out);
    let mut taken = HashSet::new();
    for AttachmentRecord { org, session, attachment, .. } in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(attachment.size >= LARGE);
        zip.start_file(free_name(&mut taken, &attachment.name), options)?;
        let key = Key::attachment(*org, *session, attachment.id);
        let found = runtime.block_on(blobs.get(&key, None))?.ok_or(io::ErrorKind::NotFound)?;
        let mut pieces = found.stream;
        while let Some(piece) = runtime.block_on(pieces.next()) {
            zip.write_all(&piece.map_err(io::Error::other)?)?;
        }
    }
    zip.finish()?;
    out.flush()
}

/// `name`, or the first of `name (2)`, `name (3)` … that no member has; systems that do not tell case apart are thought of.
fn free_name(taken: &mut HashSet<String>, name: &str) -> String {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let mut free = name.to_owned();
    let mut n = 2;
    while !taken.insert(free.to_lowercase()) {
        free = format!("{stem} ({n}){extension}");
        n += 1;
    }
    free
}

/// Hands what is written to the response, in pieces.
struct Out {
    to: mpsc::Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == PIECE {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.to.blocking_send(Ok(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_names_of_their_own() {
        let mut taken = HashSet::new();
        let told: Vec<_> =
            ["a.txt", "A.TXT", "a.txt", ".b", ".b"].map(|name| free_name(&mut taken, name)).into();
        assert_eq!(told, ["a.txt", "A (2).TXT", "a (3).txt", ".b", ".b (2)"]);
    }
}
