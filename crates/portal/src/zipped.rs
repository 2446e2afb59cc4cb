//! A ZIP made while it is sent: nothing of it lies on a disk or whole in memory.

use std::{
    collections::HashSet,
    io::{self, Write},
};

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::{runtime::Handle, sync::mpsc};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    blobs::{Blobs, Key},
    file_name,
};

/// Pieces that wait for a slow reader.
const WAITING: usize = 8;
/// Bytes of a piece: few switches between the threads, little memory.
const PIECE: usize = 128 * 1024;
/// From here on a member needs ZIP64.
const LARGE: u64 = u32::MAX as u64;

/// Something in an archive.
#[derive(Debug, Clone)]
pub struct Member {
    /// Ends with `/`, or is empty: made by the caller, not by people.
    pub folder: String,
    /// As people named it; made safe and unique in its folder here.
    pub name: String,
    pub content: MemberContent,
}

#[derive(Debug, Clone)]
pub enum MemberContent {
    /// Stored bytes, so many. An object that went meanwhile is left out.
    Stored(Key, u64),
    Text(String),
}

/// The archive as an answer, to be saved as `name`, which is ours.
pub fn answer(blobs: Blobs, name: &str, members: Vec<Member>) -> Response {
    let (to, pieces) = mpsc::channel(WAITING);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut out = Out { to, piece: Vec::with_capacity(PIECE) };
        if let Err(error) = write(&blobs, &runtime, members, &mut out) {
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
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "private, no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

fn write(blobs: &Blobs, runtime: &Handle, members: Vec<Member>, out: &mut Out) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(&mut *out);
    let mut taken = HashSet::new();
    for Member { folder, name, content } in members {
        let size = if let MemberContent::Stored(_, size) = &content { *size } else { 0 };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(size >= LARGE);
        match content {
            MemberContent::Text(text) => {
                zip.start_file(free_name(&mut taken, &folder, &name), options)?;
                zip.write_all(text.as_bytes())?;
            }
            MemberContent::Stored(key, _) => {
                let Some(found) = runtime.block_on(blobs.get(&key, None))? else { continue };
                zip.start_file(free_name(&mut taken, &folder, &name), options)?;
                let mut pieces = found.stream;
                while let Some(piece) = runtime.block_on(pieces.next()) {
                    zip.write_all(&piece.map_err(io::Error::other)?)?;
                }
            }
        }
    }
    zip.finish()?;
    out.flush()
}

/// `name` as a plain name, or the first of `name (2)`, `name (3)` … that no member of `folder` has; systems that do not tell case
/// apart are thought of.
fn free_name(taken: &mut HashSet<String>, folder: &str, name: &str) -> String {
    let name = file_name::plain(name);
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem.to_owned(), format!(".{extension}")),
        _ => (name.clone(), String::new()),
    };
    let mut free = format!("{folder}{name}");
    let mut n = 2;
    while !taken.insert(free.to_lowercase()) {
        free = format!("{folder}{stem} ({n}){extension}");
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
        let names = ["a.txt", "A.TXT", "a.txt", ".b", ".b", "../a.txt", "c\u{202e}:?.exe"];
        let told: Vec<_> = names.map(|name| free_name(&mut taken, "files/", name)).into();
        let expected = [
            "files/a.txt",
            "files/A (2).TXT",
            "files/a (3).txt",
            "files/.b",
            "files/.b (2)",
            "files/.._a.txt",
            "files/c___.exe",
        ];
        assert_eq!(told, expected);
        assert_eq!(free_name(&mut taken, "", "a.txt"), "a.txt", "another folder");
    }
}
