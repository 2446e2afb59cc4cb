//! Endings and Files.

use deskside_proto::{
    AttachmentState, CaptureKind, EventBody, Millis, OrgId, ParticipantRole, SessionId, UserId,
    api::{FilesEntry, FilesSession, SessionState, TranscriptFormat, TranscriptInfo},
};

use super::state::{Room, Sealed, State};

impl State {
    pub(super) fn unsealed(&self) -> Vec<SessionId> {
        let mut ended: Vec<(Option<Millis>, SessionId)> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.room.state() == SessionState::Ended)
            .map(|(id, session)| (session.room.ended_at, *id))
            .collect();
        ended.sort();
        ended.into_iter().map(|(_, id)| id).collect()
    }

    pub(super) fn files_session(&self, user: UserId, org: OrgId, id: SessionId) -> Option<FilesSession> {
        let room = &self.visible(user, id).filter(|found| found.room.org == org)?.room;
        Some(FilesSession {
            entry: self.files_entry(id)?,
            attachments: room.offered(AttachmentState::Offered),
            expired: room.offered(AttachmentState::Expired),
            people: room.people(),
            report: self.report(id),
            hold: self.hold(id),
        })
    }

    /// `None` for a session that is not over.
    pub(super) fn files_entry(&self, id: SessionId) -> Option<FilesEntry> {
        let session = self.sessions.get(&id)?;
        let room = &session.room;
        let is_message = |body: &EventBody| matches!(body, EventBody::MessagePosted(_));
        Some(FilesEntry {
            session_id: id,
            title: room.title.clone(),
            technicians: room.names_of(ParticipantRole::Technician),
            customers: room.names_of(ParticipantRole::Customer),
            started_at: room.created_at,
            ended_at: room.ended_at?,
            message_count: session.events.iter().filter(|event| is_message(&event.body)).count() as u64,
            attachment_count: room.offered(AttachmentState::Offered).len() as u64,
            stored_bytes: room.stored_bytes(),
            snapshot_count: room.captures(CaptureKind::Snapshot),
            recording_count: room.captures(CaptureKind::Recording),
            held: room.hold.is_some(),
            outcome: self.reports.get(&id).map(|report| report.outcome),
            transcript: room.sealed.as_ref().and_then(Sealed::text),
        })
    }
}

impl Sealed {
    fn text(&self) -> Option<TranscriptInfo> {
        let text = self.transcripts.iter().find(|file| file.format == TranscriptFormat::Txt)?;
        Some(TranscriptInfo { size: text.size, sha256: text.sha256.clone(), sealed_at: self.at })
    }
}

impl Room {
    /// Of those who were let in, in the order they came.
    pub(super) fn names_of(&self, role: ParticipantRole) -> Vec<String> {
        self.places
            .iter()
            .filter(|place| place.was_let_in && place.participant.role == role)
            .map(|place| place.participant.name.clone())
            .collect()
    }
}
