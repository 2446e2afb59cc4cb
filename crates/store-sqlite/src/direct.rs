//! Files that go from one participant to the other: the portal keeps their names and never has their bytes.

use deskside_proto::{AttachmentId, ErrorCode, SessionId};
use deskside_store::{Caller, NewDirect, StoreError};
use sqlx::query;

use crate::{
    attachments::standing,
    database::Database,
    error::database,
    rows::{CallerIds, Stored, to_i64},
};

impl Database {
    pub(crate) async fn create_direct(&self, new: NewDirect) -> Result<Result<(), ErrorCode>, StoreError> {
        let mut tx = self.write().await?;
        let standing = standing(&mut tx.connection, new.session, new.participant, &new.limits).await?;
        if let Err(refused) = new.limits.check(standing, new.size) {
            return Ok(Err(refused));
        }
        let (id, session, sender) =
            (new.attachment.0.as_slice(), new.session.0.as_slice(), new.participant.0.as_slice());
        let (size, media_type, kind) = (to_i64(new.size), new.media_type(), new.direct.kind.name());
        let files = i64::from(new.direct.files);
        // Erased from the beginning: there are no bytes, none in a quota and none to go.
        query!(
            "INSERT INTO attachment (id, upload_id, session_id, sender, name, size, state, created_at, touched_at,
                 media_type, sha256, direct_kind, direct_files, erased)
             VALUES (?1, ?1, ?2, ?3, ?4, ?5, 'uploaded', ?6, ?6, ?7, '', ?8, ?9, 1)",
            id,
            session,
            sender,
            new.name,
            size,
            new.at.0,
            media_type,
            kind,
            files
        )
        .execute(&mut tx.connection)
        .await
        .map_err(database)?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    pub(crate) async fn delete_direct(
        &self,
        caller: Caller,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let (id, in_session) = (attachment.0.as_slice(), session.0.as_slice());
        let CallerIds { user, session: own, participant } = caller.into();
        let done = query!(
            "UPDATE attachment SET state = 'withdrawn'
             WHERE id = ?1 AND session_id = ?2 AND direct_kind IS NOT NULL AND state = 'uploaded' AND EXISTS (
                 SELECT 1 FROM participant p
                 WHERE p.id = attachment.sender AND p.state = 'admitted' AND (
                     p.id = ?3 AND p.session_id = ?4
                     OR p.user_id = ?5 AND EXISTS (
                         SELECT 1 FROM session_access v
                         WHERE v.session_id = attachment.session_id AND v.user_id = ?5
                     )
                 )
             )",
            id,
            in_session,
            participant,
            own,
            user
        );
        let done = done.execute(&mut tx.connection).await.map_err(database)?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}
