//! Captures beside the log.

use async_trait::async_trait;
use deskside_proto::{
    AttachmentState, ErrorCode, Participant, ParticipantId, ParticipantRole, ParticipantState, SessionId,
    api::AuditAction,
};

use super::{MemoryStore, state::State};
use crate::{AuditEntry, Caller, CaptureDeletion, CaptureStanding, CaptureStore, StoreError};

#[async_trait]
impl CaptureStore for MemoryStore {
    async fn settle_captures(&self, session: SessionId, keep: bool) -> Result<u32, StoreError> {
        Ok(self.state().settle_captures(session, keep))
    }

    async fn delete_capture(&self, deletion: CaptureDeletion) -> Result<Result<(), ErrorCode>, StoreError> {
        Ok(self.state().delete_capture(deletion))
    }
}

impl State {
    /// Whether `caller` is the technician `sender` of `session`, who is there or was.
    pub(super) fn took_part(&self, caller: Caller, session: SessionId, sender: ParticipantId) -> bool {
        let Caller::User(user) = caller else { return false };
        let place = self.visible(user, session).and_then(|found| found.room.place(sender));
        place.is_some_and(|place| place.participant.user_id == Some(user) && took_part(&place.participant))
    }

    fn settle_captures(&mut self, session: SessionId, keep: bool) -> u32 {
        let over = self.sessions.get_mut(&session).filter(|found| found.room.ended_at.is_some());
        let files = over.into_iter().flat_map(|found| &mut found.room.files);
        let captures = files.filter(|file| {
            file.capture.is_some()
                && (file.state == AttachmentState::Uploaded
                    || file.state == AttachmentState::Uploading && !keep)
        });
        captures.fold(0, |count, file| {
            file.state = if keep { AttachmentState::Offered } else { AttachmentState::Withdrawn };
            count + 1
        })
    }

    fn delete_capture(&mut self, deletion: CaptureDeletion) -> Result<(), ErrorCode> {
        let CaptureDeletion { org, session, attachment, by, at, .. } = deletion;
        let room = self.sessions.get(&session).map(|found| &found.room).filter(|room| room.org == org);
        let file = room.and_then(|room| {
            room.files.iter().find(|file| {
                file.attachment == attachment
                    && file.capture.is_some()
                    && file.state == AttachmentState::Offered
            })
        });
        let standing = room.zip(file).map(|(room, file)| CaptureStanding {
            role: self.visible(by, session).and_then(|_| self.memberships.get(&(org, by)).copied()),
            is_own: room.place(file.sender).is_some_and(|place| place.participant.user_id == Some(by)),
            begun_at: file.begun_at,
            ended_at: room.ended_at,
        });
        deletion.check(standing)?;
        let files = self.sessions.get_mut(&session).into_iter().flat_map(|found| &mut found.room.files);
        let mut subject = String::new();
        for file in files.filter(|file| file.attachment == attachment) {
            file.state = AttachmentState::Withdrawn;
            subject.clone_from(&file.name);
        }
        let (actor, action, attachment) = (Some(by), AuditAction::CaptureDeleted, Some(attachment));
        self.audit.push(AuditEntry { org, at, actor, action, session: Some(session), attachment, subject });
        Ok(())
    }
}

/// A technician who is there or was.
pub(super) fn took_part(participant: &Participant) -> bool {
    participant.role == ParticipantRole::Technician
        && matches!(participant.state, ParticipantState::Admitted | ParticipantState::Left)
}
