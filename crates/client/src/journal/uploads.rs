//! Files on their way: what was begun at the portal and no message names yet.

use std::{
    collections::HashSet,
    path::Path,
    sync::{MutexGuard, PoisonError},
};

use deskside_proto::{AttachmentId, CaptureKind, UploadId, api::UploadCreated};
use sqlx::{Row as _, sqlite::SqliteRow};

use super::{Journal, Place};
use crate::{ClientError, source::LocalFile, upload::name_of};

/// A row of what was begun.
struct Begun {
    path: String,
    size: u64,
    modified: i64,
    capture: Option<CaptureKind>,
    created: UploadCreated,
}

impl Journal {
    /// Notes an upload that the portal has begun. A path that is no text is not noted: it starts over after a kill.
    pub(crate) async fn add_upload(
        &self,
        place: &Place,
        file: &LocalFile,
        capture: Option<CaptureKind>,
        created: &UploadCreated,
    ) -> Result<(), ClientError> {
        self.claims().insert(created.attachment_id);
        let Some(path) = file.path().to_str() else { return Ok(()) };
        sqlx::query(
            "INSERT OR REPLACE INTO uploads (portal, account, session, attachment, upload, path, size, modified, capture)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&place.portal)
        .bind(&place.account)
        .bind(place.session.to_string())
        .bind(created.attachment_id.to_string())
        .bind(created.upload_id.to_string())
        .bind(path)
        .bind(i64::try_from(file.size()).unwrap_or(i64::MAX))
        .bind(file.modified_nanos())
        .bind(capture.map(name_of))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What was begun for this very version of the file, as the same kind of capture or as none, and nobody goes on with yet; from now on the caller does, until
    /// [`Journal::release_upload`].
    pub(crate) async fn claim_upload(
        &self,
        place: &Place,
        file: &LocalFile,
        capture: Option<CaptureKind>,
    ) -> Result<Option<UploadCreated>, ClientError> {
        let rows = self.uploads(place).await?;
        let same = |begun: &Begun| {
            Path::new(&begun.path) == file.path()
                && (begun.size, begun.modified) == (file.size(), file.modified_nanos())
                && begun.capture == capture
        };
        let mut claims = self.claims();
        let found = rows.into_iter().filter(same).map(|begun| begun.created);
        Ok(found.into_iter().find(|created| claims.insert(created.attachment_id)))
    }

    /// The upload may be gone on with by somebody else.
    pub(crate) fn release_upload(&self, attachment: AttachmentId) {
        self.claims().remove(&attachment);
    }

    fn claims(&self) -> MutexGuard<'_, HashSet<AttachmentId>> {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was begun for `attachment`.
    pub(crate) async fn upload_to(
        &self,
        place: &Place,
        attachment: AttachmentId,
    ) -> Result<Option<UploadCreated>, ClientError> {
        let mut rows = self.uploads(place).await?.into_iter();
        Ok(rows.find(|begun| begun.created.attachment_id == attachment).map(|begun| begun.created))
    }

    /// Files that were on their way when the app ended, as they are now. One that is gone or was changed is left out, and not
    /// asked for again.
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn unfinished_uploads(
        &self,
        place: &Place,
    ) -> Result<Vec<(LocalFile, Option<CaptureKind>)>, ClientError> {
        let mut files = Vec::new();
        for Begun { path, size, modified, capture, created } in self.uploads(place).await? {
            match LocalFile::choose(Path::new(&path)) {
                Ok(file) if file.size() == size && file.modified_nanos() == modified => {
                    files.push((file, capture));
                }
                _ => self.end_uploads(place, &[created.attachment_id]).await?,
            }
        }
        Ok(files)
    }

    /// Messages name them now, or nobody wants them any more.
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn end_uploads(&self, place: &Place, attachments: &[AttachmentId]) -> Result<(), ClientError> {
        for attachment in attachments {
            self.release_upload(*attachment);
            sqlx::query(
                "DELETE FROM uploads WHERE portal = ? AND account = ? AND session = ? AND attachment = ?",
            )
            .bind(&place.portal)
            .bind(&place.account)
            .bind(place.session.to_string())
            .bind(attachment.to_string())
            .execute(&self.pool)
            .await?;
        }
        Ok(())
    }

    /// Every file that some upload needs.
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn files_on_their_way(&self) -> Result<Vec<String>, ClientError> {
        Ok(sqlx::query_scalar("SELECT path FROM uploads").fetch_all(&self.pool).await?)
    }

    async fn uploads(&self, place: &Place) -> Result<Vec<Begun>, ClientError> {
        let rows = sqlx::query(
            "SELECT path, size, modified, upload, attachment, capture FROM uploads
             WHERE portal = ? AND account = ? AND session = ? ORDER BY attachment",
        );
        let rows = rows.bind(&place.portal).bind(&place.account).bind(place.session.to_string());
        let rows = rows.fetch_all(&self.pool).await?;
        Ok(rows.iter().filter_map(read).collect())
    }
}

/// A row that makes no sense is left out: the file can be chosen again.
fn read(row: &SqliteRow) -> Option<Begun> {
    let (upload, attachment): (String, String) = (row.get(3), row.get(4));
    let (upload_id, attachment_id): (UploadId, AttachmentId) =
        (upload.parse().ok()?, attachment.parse().ok()?);
    let size: i64 = row.get(1);
    let capture = match row.get::<Option<&str>, _>(5) {
        None => None,
        Some("snapshot") => Some(CaptureKind::Snapshot),
        Some("recording") => Some(CaptureKind::Recording),
        Some(_) => return None,
    };
    let created = UploadCreated { upload_id, attachment_id };
    Some(Begun { path: row.get(0), size: size.try_into().ok()?, modified: row.get(2), capture, created })
}
