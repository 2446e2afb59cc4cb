//! Changes of messages, as effects of the events that say so. The rule itself is `deskside_store::change`.

use deskside_proto::{Event, EventBody, ParticipantRole, Seq};
use deskside_store::{
    Changer, MessageChange,
    change::{counts_as_unread, superseded},
};
use sqlx::{PgConnection, query, query_as};

use crate::{
    effects::{Draft, Outcome},
    log::{EventRow, Failure},
    rows::{to_i64, to_json},
};

impl Draft {
    /// An event of the session, as it is stored now.
    pub(crate) async fn event(
        &self,
        connection: &mut PgConnection,
        seq: Seq,
    ) -> Result<Option<Event>, Failure> {
        let (session, seq) = (self.append.session.0.as_slice(), to_i64(seq));
        let row = query_as!(
            EventRow,
            "SELECT seq, id, sender, at, visibility, txn_id, body FROM event WHERE session_id = $1 AND seq = $2",
            session,
            seq
        );
        let row = row.fetch_optional(connection).await?;
        Ok(row.map(TryInto::try_into).transpose()?)
    }

    pub(crate) async fn change(
        &mut self,
        connection: &mut PgConnection,
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

    async fn keep_history(&self, connection: &mut PgConnection, seq: Seq) -> Outcome {
        let (session, seq) = (self.append.session.0.as_slice(), to_i64(seq));
        query!(
            "INSERT INTO event_history (session_id, seq, rewritten_at, body)
             SELECT session_id, seq, $1, body FROM event WHERE session_id = $2 AND seq = $3",
            self.append.at.0,
            session,
            seq
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn rewrite(&self, connection: &mut PgConnection, seq: Seq, body: &EventBody) -> Outcome {
        let (session, seq) = (self.append.session.0.as_slice(), to_i64(seq));
        let is_news = counts_as_unread(body);
        let json = to_json(body)?;
        query!(
            "UPDATE event SET body = $1, is_news = $2 WHERE session_id = $3 AND seq = $4",
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
    async fn scrub_edits(&self, connection: &mut PgConnection, target: Seq) -> Outcome {
        let (session, about) = (self.append.session.0.as_slice(), to_i64(target));
        // The name of the type stands in every such body; what else has it in its text is told apart below.
        let rows = query_as!(
            EventRow,
            "SELECT seq, id, sender, at, visibility, txn_id, body FROM event
             WHERE session_id = $1 AND target = $2 AND body LIKE '%message_edited%'",
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

    async fn withdraw_files(&self, connection: &mut PgConnection, target: Seq, body: &EventBody) -> Outcome {
        let (session, seq) = (self.append.session.0.as_slice(), to_i64(target));
        let kept: Vec<Vec<u8>> = match body {
            EventBody::MessagePosted(message) => {
                message.attachments.iter().map(|kept| kept.id.0.to_vec()).collect()
            }
            _ => Vec::new(),
        };
        query!(
            "UPDATE attachment SET state = 'withdrawn'
             WHERE session_id = $1 AND offered_seq = $2 AND NOT id = ANY ($3)",
            session,
            seq,
            &kept
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}
