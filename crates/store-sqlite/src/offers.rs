//! Offers of files, as effects of the events that say so. The rules themselves are `deskside_store::offers`.

use deskside_proto::{
    Attachment, AttachmentId, AttachmentState, Consent, ErrorCode, EventBody, Offer, ParticipantId,
    ParticipantRole, RecipientState, Seq, WithdrawReason,
};
use deskside_store::{
    change::message_for,
    offers::{OfferAnswer, OfferRules, OfferedKinds, at_offer, withdrawn},
};
use sqlx::{SqliteConnection, query, query_as};

use crate::{
    attachments::{AttachmentRow, described},
    effects::{Draft, Outcome, refused},
    log::Failure,
    rows::{Row, Stored, to_i64},
};

/// Somebody to whom files are offered.
struct Recipient {
    id: Vec<u8>,
    trusts: bool,
}

impl Draft {
    /// Puts complete uploads and direct files of the sender into the message, and offers them.
    pub(crate) async fn offer(
        &mut self,
        connection: &mut SqliteConnection,
        attachments: &[AttachmentId],
        rules: OfferRules,
    ) -> Outcome {
        if !matches!(self.append.body, EventBody::MessagePosted(_)) {
            return refused(ErrorCode::InvalidInput);
        }
        let (kinds, files) = self.offerable(connection, attachments).await?;
        let consent = rules.consent(kinds)?;
        let (seq, visibility, asked) = (to_i64(self.seq), self.append.visibility.name(), consent.name());
        for (position, file) in files.iter().enumerate() {
            let (id, position) = (file.id.0.as_slice(), to_i64(position as u64));
            let done = query!(
                "UPDATE attachment SET state = 'offered', offered_seq = ?, offered_position = ?, visibility = ?,
                     consent = ?
                 WHERE id = ? AND state = 'uploaded'",
                seq,
                position,
                visibility,
                asked,
                id
            );
            if done.execute(&mut *connection).await?.rows_affected() == 0 {
                // Named twice.
                return refused(ErrorCode::AttachmentUnknown);
            }
        }
        if let EventBody::MessagePosted(message) = &mut self.append.body {
            message.attachments.extend(files);
        }
        self.offer_to_the_room(connection, attachments, consent, kinds.trusting()).await
    }

    /// The files of a message, as they are before; refused where one cannot be offered.
    async fn offerable(
        &self,
        connection: &mut SqliteConnection,
        attachments: &[AttachmentId],
    ) -> Result<(OfferedKinds, Vec<Attachment>), Failure> {
        let session = self.append.session.0.as_slice();
        let sender = self.append.sender.as_ref().map(|id| id.0.as_slice());
        let (mut kinds, mut files) = (OfferedKinds::default(), Vec::with_capacity(attachments.len()));
        for attachment in attachments {
            let id = attachment.0.as_slice();
            let found = query_as!(
                AttachmentRow,
                "SELECT id, name, size, state, media_type, sha256, thumbnail_width, thumbnail_height,
                     direct_kind, direct_files, capture
                 FROM attachment WHERE id = ? AND session_id = ? AND sender = ?",
                id,
                session,
                sender
            );
            let found = found.fetch_optional(&mut *connection).await?;
            let found = found.ok_or(Failure::Refused(ErrorCode::AttachmentUnknown))?;
            match (Row { table: "attachment", key: id }).stored("state", &found.state)? {
                AttachmentState::Uploaded => {}
                AttachmentState::Uploading => return Err(Failure::Refused(ErrorCode::UploadIncomplete)),
                _ => return Err(Failure::Refused(ErrorCode::AttachmentUnknown)),
            }
            let file = described(found)?;
            kinds.add(file.direct.is_some());
            files.push(file);
        }
        Ok((kinds, files))
    }

    async fn offer_to_the_room(
        &mut self,
        connection: &mut SqliteConnection,
        attachments: &[AttachmentId],
        consent: Consent,
        trusting: Option<bool>,
    ) -> Outcome {
        let mut offer = Offer { consent, accepted: Vec::new(), pending: Vec::new() };
        for Recipient { id, trusts } in self.recipients(connection, attachments, trusting).await? {
            let who = ParticipantId(Row { table: "participant", key: &id }.id("id", &id)?);
            let state = at_offer(consent, trusts);
            for attachment in attachments {
                put_state(connection, *attachment, who, state).await?;
            }
            if state == RecipientState::Accepted {
                offer.accepted.push(who);
            } else {
                offer.pending.push(who);
            }
        }
        if let EventBody::MessagePosted(message) = &mut self.append.body {
            message.offer = (!attachments.is_empty()).then(|| Box::new(offer));
        }
        Ok(())
    }

    /// Who is in the room and may see the event, but its sender; in the order they came. `trusting`: by which files somebody trusts
    /// the sender, direct ones or stored ones; by none where it is absent.
    async fn recipients(
        &self,
        connection: &mut SqliteConnection,
        attachments: &[AttachmentId],
        trusting: Option<bool>,
    ) -> Result<Vec<Recipient>, Failure> {
        if attachments.is_empty() {
            return Ok(Vec::new());
        }
        let session = self.append.session.0.as_slice();
        let sender = self.append.sender.as_ref().map(|id| id.0.as_slice());
        let visibility = self.append.visibility.name();
        let rows = query_as!(
            Recipient,
            r#"SELECT p.id AS "id!: Vec<u8>", EXISTS (
                   SELECT 1 FROM attachment_recipient r JOIN attachment a ON a.id = r.attachment_id
                   WHERE r.participant_id = p.id AND a.session_id = p.session_id AND a.sender = ?2
                       AND r.state IN ('accepted', 'received') AND (a.direct_kind IS NOT NULL) = ?4
               ) AS "trusts!: bool"
               FROM participant p
               WHERE p.session_id = ?1 AND p.state = 'admitted' AND p.id <> ?2
                   AND (?3 = 'all' OR p.role = 'technician')
               ORDER BY p.place"#,
            session,
            sender,
            visibility,
            trusting
        );
        Ok(rows.fetch_all(connection).await?)
    }

    /// What the sender says of files that were offered to them.
    pub(crate) async fn answer(
        &mut self,
        connection: &mut SqliteConnection,
        target: Seq,
        by: ParticipantRole,
        attachments: &[AttachmentId],
        answer: OfferAnswer,
    ) -> Outcome {
        let original = self.event(connection, target).await?;
        self.append.visibility = message_for(original.as_ref(), by)?.0.visibility;
        let (Some(recipient), false) = (self.append.sender, attachments.is_empty()) else {
            return refused(ErrorCode::AttachmentUnknown);
        };
        let (session, seq) = (self.append.session.0.as_slice(), to_i64(target));
        for attachment in attachments {
            let (id, who) = (attachment.0.as_slice(), recipient.0.as_slice());
            let found = query!(
                r#"SELECT r.state, a.direct_kind IS NOT NULL AS "is_direct!: bool"
                 FROM attachment_recipient r JOIN attachment a ON a.id = r.attachment_id
                 WHERE a.id = ? AND a.session_id = ? AND a.offered_seq = ? AND a.state = 'offered'
                     AND r.participant_id = ?"#,
                id,
                session,
                seq,
                who
            );
            let Some(found) = found.fetch_optional(&mut *connection).await? else {
                return refused(ErrorCode::AttachmentUnknown);
            };
            let now = Row { table: "attachment_recipient", key: id }.stored("state", &found.state)?;
            answer.fits(found.is_direct)?;
            let state = answer.apply(now)?;
            set_state(connection, *attachment, recipient, state, self.append.at.0).await?;
        }
        Ok(())
    }

    /// Takes files of a message back; by its sender, or by the portal.
    pub(crate) async fn withdraw(
        &mut self,
        connection: &mut SqliteConnection,
        target: Seq,
        attachments: &[AttachmentId],
        reason: WithdrawReason,
    ) -> Outcome {
        let original = self.event(connection, target).await?;
        let (event, _) = message_for(original.as_ref(), ParticipantRole::Technician)?;
        if self.append.sender.is_some() && self.append.sender != event.sender {
            return refused(ErrorCode::NotYourMessage);
        }
        self.append.visibility = event.visibility;
        if attachments.is_empty() {
            return refused(ErrorCode::AttachmentUnknown);
        }
        let (session, seq) = (self.append.session.0.as_slice(), to_i64(target));
        let state = reason.state().name();
        for attachment in attachments {
            let id = attachment.0.as_slice();
            let done = query!(
                "UPDATE attachment SET state = ?
                 WHERE id = ? AND session_id = ? AND offered_seq = ? AND state = 'offered'",
                state,
                id,
                session,
                seq
            );
            if done.execute(&mut *connection).await?.rows_affected() == 0 {
                return refused(ErrorCode::AttachmentUnknown);
            }
            revoke(connection, *attachment, self.append.at.0).await?;
        }
        Ok(())
    }
}

async fn put_state(
    connection: &mut SqliteConnection,
    attachment: AttachmentId,
    recipient: ParticipantId,
    state: RecipientState,
) -> Outcome {
    let (id, who, state) = (attachment.0.as_slice(), recipient.0.as_slice(), state.name());
    query!(
        "INSERT INTO attachment_recipient (attachment_id, participant_id, state) VALUES (?, ?, ?)
         ON CONFLICT DO NOTHING",
        id,
        who,
        state
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn set_state(
    connection: &mut SqliteConnection,
    attachment: AttachmentId,
    recipient: ParticipantId,
    state: RecipientState,
    at: i64,
) -> Outcome {
    let (id, who, state) = (attachment.0.as_slice(), recipient.0.as_slice(), state.name());
    query!(
        "UPDATE attachment_recipient SET state = ?, answered_at = ?
         WHERE attachment_id = ? AND participant_id = ?",
        state,
        at,
        id,
        who
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Nobody gets a file any more but who has it.
pub(crate) async fn revoke(connection: &mut SqliteConnection, attachment: AttachmentId, at: i64) -> Outcome {
    let id = attachment.0.as_slice();
    let rows = query!("SELECT participant_id, state FROM attachment_recipient WHERE attachment_id = ?", id);
    for found in rows.fetch_all(&mut *connection).await? {
        let row = Row { table: "attachment_recipient", key: id };
        let who = ParticipantId(row.id("participant_id", &found.participant_id)?);
        let now = row.stored("state", &found.state)?;
        if withdrawn(now) != now {
            set_state(connection, attachment, who, withdrawn(now), at).await?;
        }
    }
    Ok(())
}

/// What was offered before somebody came in: they trust nobody yet ([`at_offer`]).
pub(crate) async fn offer_earlier(connection: &mut SqliteConnection, participant: ParticipantId) -> Outcome {
    let id = participant.0.as_slice();
    query!(
        "INSERT INTO attachment_recipient (attachment_id, participant_id, state)
         SELECT a.id, p.id, CASE a.consent WHEN 'auto' THEN 'accepted' ELSE 'pending' END
         FROM participant p JOIN attachment a ON a.session_id = p.session_id
         WHERE p.id = ? AND p.state = 'admitted' AND a.state = 'offered' AND a.sender <> p.id
             AND (a.visibility = 'all' OR p.role = 'technician')
         ON CONFLICT DO NOTHING",
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}
