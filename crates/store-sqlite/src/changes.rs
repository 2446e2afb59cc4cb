//! Changes of messages, as effects of the events that say so. The rule itself is `deskside_store::change`.

use deskside_proto::{AttachmentId, Event, EventBody, ParticipantRole, Seq};
use deskside_store::{
    Changer, MessageChange,
    change::{counts_as_unread, superseded},
};
use sqlx::{SqliteConnection, query, query_as};

use crate::{
    effects::{Draft, Outcome},
    log::{EventRow, Failure},
    rows::{to_i64, to_json},
};

impl Draft {
    /// An event of the session, as it is stored now.
    pub(crate) async fn event(
        &self,
        connection: &mut SqliteConnection,
        seq: Seq,
    ) -> Result<Option<Event>, Failure> {
        let (session, seq) = (self.append.session.0.as_slice(), to_i64(seq));
        let row = query_as!(
            EventRow,
            "SELECT seq, id, sender, at, visibility, txn_id, body FROM event WHERE session_id = ? AND seq = ?",
            session,
            seq
        );
        let row = row.fetch_optional(connection).await?;
        Ok(row.map(TryInto::try_into).transpose()?)
    }

    pub(crate) async fn change(
        &mut self,
        connection: &mut SqliteConnection,
        target: Seq,
        by: ParticipantRole,
        change: &MessageChange,
        keep_history: bool,
    ) -> Outcome {
        let original = self.event(connection, target).await?;
        let changer = Changer { sender: self.append.sender, role: by, seq: self.seq, at: self.append.at };
        let body = change.apply(original.as_ref(), changer)?;
        if let Some(original) = original {
            self.append.visibility = original.visibility;
        }
        if keep_history {
            self.keep_history(connection, target).await?;
        }
        if !matches!(body, EventBody::MessagePosted(_)) {
            self.message_count -= 1;
        }
        self.rewrite(connection, target, &body).await?;
        self.scrub_edits(connection, target).await?;
        self.withdraw_files(connection, target, &body).await
    }

    async fn keep_history(&self, connection: &mut SqliteConnection, seq: Seq) -> Outcome {
        let (session, seq) = (self.append.session.0.as_slice(), to_i64(seq));
        query!(
            "INSERT INTO event_history (session_id, seq, rewritten_at, body)
             SELECT session_id, seq, ?, body FROM event WHERE session_id = ? AND seq = ?",
            self.append.at.0,
            session,
            seq
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn rewrite(&self, connection: &mut SqliteConnection, seq: Seq, body: &EventBody) -> Outcome {
        let (session, seq) = (self.append.session.0.as_slice(), to_i64(seq));
        let is_news = counts_as_unread(body);
        let json = to_json(body)?;
        query!(
            "UPDATE event SET body = ?, is_news = ? WHERE session_id = ? AND seq = ?",
            json,
            is_news,
            session,
            seq
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Earlier edits of the same message no longer tell their text.
    async fn scrub_edits(&self, connection: &mut SqliteConnection, target: Seq) -> Outcome {
        let (session, about) = (self.append.session.0.as_slice(), to_i64(target));
        let rows = query_as!(
            EventRow,
            r#"SELECT seq AS "seq!: i64", id AS "id!: Vec<u8>", sender, at AS "at!: i64",
                   visibility AS "visibility!: String", txn_id, body AS "body!: String" FROM event
               WHERE session_id = ? AND target = ? AND json_extract(body, '$.text') IS NOT NULL"#,
            session,
            about
        );
        for row in rows.fetch_all(&mut *connection).await? {
            let event: Event = row.try_into()?;
            if let Some(body) = superseded(&event.body) {
                self.rewrite(connection, event.seq, &body).await?;
            }
        }
        Ok(())
    }

    async fn withdraw_files(
        &self,
        connection: &mut SqliteConnection,
        target: Seq,
        body: &EventBody,
    ) -> Outcome {
        let (session, seq) = (self.append.session.0.as_slice(), to_i64(target));
        let kept: Vec<AttachmentId> = match body {
            EventBody::MessagePosted(message) => message.attachments.iter().map(|kept| kept.id).collect(),
            _ => Vec::new(),
        };
        let kept = to_json(&kept)?;
        query!(
            "UPDATE attachment SET state = 'withdrawn'
             WHERE session_id = ? AND offered_seq = ? AND lower(hex(id)) NOT IN (SELECT value FROM json_each(?))",
            session,
            seq,
            kept
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}
