//! What commits with an event. The caller undoes everything where one of them is refused.

use deskside_proto::{ErrorCode, Participant, ParticipantId, ParticipantState, Seq, api::JoinKind};
use deskside_store::{Append, Effect, SecretHash, change::message_for};
use sqlx::{PgConnection, query, query_scalar};

use crate::{
    archive,
    log::Failure,
    offers::offer_earlier,
    rows::{Row, Stored},
};

/// An append on its way into the log.
pub(crate) struct Draft {
    pub(crate) append: Append,
    pub(crate) seq: Seq,
    /// How many messages more the session has by the effects.
    pub(crate) message_count: i64,
}

pub(crate) type Outcome = Result<(), Failure>;

pub(crate) const fn refused(code: ErrorCode) -> Outcome {
    Err(Failure::Refused(code))
}

impl Draft {
    pub(crate) fn new(append: Append, seq: Seq) -> Self {
        Self { append, seq, message_count: 0 }
    }

    pub(crate) async fn apply_effects(&mut self, connection: &mut PgConnection) -> Outcome {
        for effect in std::mem::take(&mut self.append.effects) {
            match effect {
                Effect::UseJoinSecret { hash } => self.use_join_secret(connection, hash).await?,
                Effect::AddParticipant { participant, token } => {
                    self.add_participant(connection, &participant, token).await?;
                }
                Effect::SetParticipantState { participant, from, to } => {
                    self.set_state(connection, participant, from, to).await?;
                }
                Effect::OfferAttachments { attachments, rules } => {
                    self.offer(connection, &attachments, rules).await?;
                }
                Effect::AnswerOffer { target, by, attachments, answer } => {
                    self.answer(connection, target, by, &attachments, answer).await?;
                }
                Effect::WithdrawAttachments { target, attachments, reason } => {
                    self.withdraw(connection, target, &attachments, reason).await?;
                }
                Effect::ChangeMessage { target, by, change, keep_history } => {
                    self.change(connection, target, by, &change, keep_history).await?;
                }
                Effect::ReactTo { target, by } => {
                    let original = self.event(connection, target).await?;
                    self.append.visibility = message_for(original.as_ref(), by)?.0.visibility;
                }
                Effect::EndSession => self.end(connection).await?,
            }
        }
        Ok(())
    }

    async fn use_join_secret(&self, connection: &mut PgConnection, hash: SecretHash) -> Outcome {
        let (hash, session) = (hash.as_slice(), self.append.session.0.as_slice());
        let kind = query_scalar!(
            "SELECT kind FROM join_secret WHERE hash = $1 AND session_id = $2 AND expires_at > $3",
            hash,
            session,
            self.append.at.0
        );
        let Some(kind) = kind.fetch_optional(&mut *connection).await? else {
            return refused(ErrorCode::JoinCodeInvalid);
        };
        let row = Row { table: "join_secret", key: session };
        if row.stored::<JoinKind>("kind", &kind)? == JoinKind::Code {
            query!("DELETE FROM join_secret WHERE hash = $1", hash).execute(connection).await?;
        }
        Ok(())
    }

    async fn add_participant(
        &self,
        connection: &mut PgConnection,
        participant: &Participant,
        token: Option<SecretHash>,
    ) -> Outcome {
        let (id, session) = (participant.id.0.as_slice(), self.append.session.0.as_slice());
        let (role, state) = (participant.role.name(), participant.state.name());
        let user = participant.user_id.as_ref().map(|id| id.0.as_slice());
        let token = token.as_ref().map(<[u8; 32]>::as_slice);
        let is_in = participant.state == ParticipantState::Admitted;
        let done = query!(
            "INSERT INTO participant (id, session_id, name, role, state, user_id, token_hash, was_let_in, came_at, joined_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $8 THEN $9::bigint END) ON CONFLICT DO NOTHING",
            id,
            session,
            participant.name,
            role,
            state,
            user,
            token,
            is_in,
            self.append.at.0
        );
        if done.execute(&mut *connection).await?.rows_affected() == 0 {
            return refused(ErrorCode::InvalidInput);
        }
        offer_earlier(connection, participant.id).await
    }

    async fn set_state(
        &self,
        connection: &mut PgConnection,
        participant: ParticipantId,
        from: ParticipantState,
        to: ParticipantState,
    ) -> Outcome {
        let (id, session) = (participant.0.as_slice(), self.append.session.0.as_slice());
        let (is_in, is_gone) = (
            to == ParticipantState::Admitted,
            matches!(to, ParticipantState::Left | ParticipantState::Removed),
        );
        let (from, to) = (from.name(), to.name());
        let done = query!(
            "UPDATE participant SET state = $1, was_let_in = was_let_in OR $2,
                 joined_at = CASE WHEN $2 THEN coalesce(joined_at, $6) ELSE joined_at END,
                 left_at = CASE WHEN $7 THEN $6::bigint END
             WHERE id = $3 AND session_id = $4 AND state = $5",
            to,
            is_in,
            id,
            session,
            from,
            self.append.at.0,
            is_gone
        );
        if done.execute(&mut *connection).await?.rows_affected() == 0 {
            return refused(ErrorCode::NotFound);
        }
        offer_earlier(connection, participant).await
    }

    async fn end(&self, connection: &mut PgConnection) -> Outcome {
        let session = self.append.session.0.as_slice();
        let done = query!(
            "UPDATE session SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL",
            self.append.at.0,
            session
        );
        if done.execute(&mut *connection).await?.rows_affected() == 0 {
            return refused(ErrorCode::SessionEnded);
        }
        query!("DELETE FROM join_secret WHERE session_id = $1", session).execute(&mut *connection).await?;
        query!(
            "UPDATE attachment SET state = 'expired'
             WHERE session_id = $1 AND state = 'offered' AND capture IS NULL
                 AND EXISTS (SELECT 1 FROM attachment_recipient r WHERE r.attachment_id = attachment.id)
                 AND NOT EXISTS (
                     SELECT 1 FROM attachment_recipient r
                     WHERE r.attachment_id = attachment.id AND r.state NOT IN ('pending', 'declined')
                 )",
            session
        )
        .execute(&mut *connection)
        .await?;
        query!(
            "UPDATE attachment_recipient SET state = 'revoked', answered_at = $1
             WHERE state = 'pending' AND attachment_id IN (SELECT id FROM attachment WHERE session_id = $2)",
            self.append.at.0,
            session
        )
        .execute(&mut *connection)
        .await?;
        Ok(archive::enter(connection, self.append.session).await?)
    }
}
