//! Uploads and who gets a file's bytes.

use deskside_proto::{
    AttachmentId, AttachmentState, ParticipantState, RecipientState, SessionId, UploadId, api::SessionState,
};

use super::state::{Room, State, StoredFile};
use crate::{
    AttachmentAccess, AttachmentRecord, Caller, NewUpload, UploadDigest, UploadRecord, WithdrawnFile,
};

impl State {
    pub(super) fn create_upload(&mut self, new: NewUpload) -> bool {
        let Some(session) = self.sessions.get_mut(&new.session) else { return false };
        let room = &mut session.room;
        let is_in = room
            .place(new.participant)
            .is_some_and(|place| place.participant.state == ParticipantState::Admitted);
        if !is_in || room.state() != SessionState::Open {
            return false;
        }
        room.files.push(StoredFile {
            upload: new.id,
            attachment: new.attachment,
            sender: new.participant,
            name: new.name,
            size: new.size,
            offset: 0,
            state: AttachmentState::Uploading,
            digest: None,
            offer: None,
            erased: false,
            recipients: Default::default(),
        });
        true
    }

    pub(super) fn withdrawn(&self, limit: u32) -> Vec<WithdrawnFile> {
        let files = self.sessions.iter().flat_map(|(session, found)| {
            let gone = found
                .room
                .files
                .iter()
                .filter(|file| file.state == AttachmentState::Withdrawn && !file.erased);
            gone.map(|file| WithdrawnFile {
                org: found.room.org,
                session: *session,
                attachment: file.attachment,
            })
        });
        files.take(limit as usize).collect()
    }

    pub(super) fn bytes_are_gone(&mut self, attachment: AttachmentId) {
        let files = self.sessions.values_mut().flat_map(|session| &mut session.room.files);
        for file in
            files.filter(|file| file.attachment == attachment && file.state == AttachmentState::Withdrawn)
        {
            file.erased = true;
        }
    }

    pub(super) fn upload(&self, caller: Caller, id: UploadId) -> Option<UploadRecord> {
        let (session, room, file) = self.sessions.iter().find_map(|(session, found)| {
            let file = found.room.files.iter().find(|file| file.upload == id)?;
            Some((*session, &found.room, file))
        })?;
        let is_open = matches!(file.state, AttachmentState::Uploading | AttachmentState::Uploaded);
        (is_open && self.speaks_for(caller, session, file.sender)).then(|| UploadRecord {
            id,
            attachment: file.attachment,
            session,
            org: room.org,
            participant: file.sender,
            name: file.name.clone(),
            size: file.size,
            offset: file.offset,
            state: file.state,
        })
    }

    fn uploading(&mut self, id: UploadId) -> Option<&mut StoredFile> {
        let mut files = self.sessions.values_mut().flat_map(|session| &mut session.room.files);
        files.find(|file| file.upload == id && file.state == AttachmentState::Uploading)
    }

    pub(super) fn set_upload_offset(&mut self, id: UploadId, offset: u64) {
        if let Some(file) = self.uploading(id).filter(|file| offset <= file.size) {
            file.offset = offset;
        }
    }

    pub(super) fn complete_upload(&mut self, id: UploadId, digest: UploadDigest) {
        if let Some(file) = self.uploading(id) {
            file.offset = file.size;
            file.state = AttachmentState::Uploaded;
            file.digest = Some(digest);
        }
    }

    pub(super) fn attachment(
        &self,
        caller: Caller,
        session: SessionId,
        attachment: AttachmentId,
    ) -> AttachmentAccess {
        let Some(room) = self.sessions.get(&session).map(|found| &found.room) else {
            return AttachmentAccess::NotFound;
        };
        let Some(file) = room.files.iter().find(|file| file.attachment == attachment) else {
            return AttachmentAccess::NotFound;
        };
        let Some(record) = record(room, session, file) else { return AttachmentAccess::NotFound };
        let is_own = self.speaks_for(caller, session, file.sender);
        match (file.state, caller) {
            (AttachmentState::Uploaded, _) if is_own => AttachmentAccess::Granted(record),
            (AttachmentState::Offered, Caller::User(user)) if self.visible(user, session).is_some() => {
                AttachmentAccess::Granted(record)
            }
            (AttachmentState::Offered, Caller::Guest { session: own, participant }) => {
                let is_in = own == session
                    && room
                        .place(participant)
                        .is_some_and(|place| place.participant.state == ParticipantState::Admitted);
                let has_accepted = matches!(
                    file.recipients.get(&participant),
                    Some(RecipientState::Accepted | RecipientState::Received)
                );
                if is_own || (is_in && has_accepted) {
                    AttachmentAccess::Granted(record)
                } else {
                    AttachmentAccess::Forbidden
                }
            }
            _ => AttachmentAccess::NotFound,
        }
    }
}

fn record(room: &Room, session: SessionId, file: &StoredFile) -> Option<AttachmentRecord> {
    Some(AttachmentRecord {
        org: room.org,
        session,
        sender: file.sender,
        state: file.state,
        attachment: file.described()?,
    })
}
