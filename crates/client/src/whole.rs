//! What the portal writes while it is sent, saved: transcripts, whole sessions as one ZIP, the audit log as a table.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokio::{
    fs,
    io::{AsyncWriteExt as _, BufWriter},
};

use crate::{
    ClientError,
    account::Access,
    download::{self, Part, cannot_save},
    portal::{Call, accepted},
};

/// Operations that are saved, and nothing else is.
const SAVED: &[&str] =
    &["get_transcript", "get_transcript_copy", "get_session_zip", "get_sessions_zip", "export_audit"];
/// Bytes that are held before they are written.
const WRITE_BUFFER: usize = 256 * 1024;

/// One of them, as a page asks for it.
#[derive(Debug, Deserialize)]
pub struct Whole {
    pub operation: String,
    #[serde(flatten)]
    pub call: Call,
}

/// Saves it at `target`, or beside it where that name is taken; where it stands in the end. Its length is not known before: an answer
/// that is cut is an error, and nothing is kept.
///
/// # Errors
/// [`ClientError::UnknownOperation`], [`ClientError::CannotSave`], the portal's own.
pub async fn save(access: &Access, whole: &Whole, target: &Path) -> Result<PathBuf, ClientError> {
    if !SAVED.contains(&whole.operation.as_str()) {
        return Err(ClientError::UnknownOperation(whole.operation.clone()));
    }
    let part = Part::create(target).await?;
    let outcome = match fill(access, whole, &part).await {
        Ok(()) => download::finish(access, &part, target).await,
        Err(error) => Err(error),
    };
    if outcome.is_err() {
        part.remove().await;
    }
    outcome
}

async fn fill(access: &Access, whole: &Whole, part: &Part) -> Result<(), ClientError> {
    let disk = |source| cannot_save(part.path(), source);
    let request = access.portal.operation(Some(access.token()?), &whole.operation, &whole.call)?;
    let mut response = accepted(request.send().await?).await?;
    let file = fs::OpenOptions::new().write(true).open(part.path()).await.map_err(disk)?;
    let mut file = BufWriter::with_capacity(WRITE_BUFFER, file);
    while let Some(bytes) = response.chunk().await? {
        file.write_all(&bytes).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)?;
    file.get_ref().sync_all().await.map_err(disk)
}
