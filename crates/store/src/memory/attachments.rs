//! Uploads and who gets a file's bytes.

use std::collections::BTreeMap;

use deskside_proto::{
    AttachmentId, AttachmentState, ErrorCode, Event, EventBody, Millis, ParticipantId, ParticipantState, Seq,
    SessionId, UploadId, api::SessionState,
};

use super::{
    captures::took_part,
    state::{Place, Room, State, StoredFile},
};
use crate::{
    AttachmentAccess, AttachmentRecord, Caller, NewDirect, NewUpload, OfferedFiles, UploadDigest,
    UploadRecord, UploadStanding, WithdrawnFile,
};

impl State {
    pub(super) fn create_upload(&mut self, new: NewUpload) -> Result<(), ErrorCode> {
        let standing = self.upload_standing(new.session, new.participant);
        new.check(standing)?;
        let Some(session) = self.sessions.get_mut(&new.session) else { return Err(ErrorCode::SessionEnded) };
        session.room.files.push(StoredFile {
            upload: new.id,
            attachment: new.attachment,
            sender: new.participant,
            name: new.name,
            size: new.size,
            offset: 0,
            begun_at: new.at,
            touched_at: new.at,
            state: AttachmentState::Uploading,
            digest: None,
            direct: None,
            capture: new.capture,
            offer: None,
            erased: false,
            recipients: Default::default(),
        });
        Ok(())
    }

    pub(super) fn create_direct(&mut self, new: NewDirect) -> Result<(), ErrorCode> {
        let standing = self.upload_standing(new.session, new.participant);
        new.limits.check(standing, new.size)?;
        let Some(session) = self.sessions.get_mut(&new.session) else { return Err(ErrorCode::SessionEnded) };
        let media_type = new.media_type().to_owned();
        session.room.files.push(StoredFile {
            upload: UploadId(new.attachment.0),
            attachment: new.attachment,
            sender: new.participant,
            name: new.name,
            size: new.size,
            offset: 0,
            begun_at: new.at,
            touched_at: new.at,
            state: AttachmentState::Uploaded,
            digest: Some(UploadDigest { sha256: String::new(), media_type, thumbnail: None }),
            direct: Some(new.direct),
            capture: None,
            offer: None,
            // There are no bytes: none in a quota, none to go.
            erased: true,
            recipients: Default::default(),
        });
        Ok(())
    }

    pub(super) fn delete_direct(
        &mut self,
        caller: Caller,
        session: SessionId,
        attachment: AttachmentId,
    ) -> bool {
        let is_meant = |file: &StoredFile| {
            file.attachment == attachment && file.direct.is_some() && file.state == AttachmentState::Uploaded
        };
        let found =
            self.sessions.get(&session).and_then(|found| found.room.files.iter().find(|f| is_meant(f)));
        let Some(sender) = found.map(|file| file.sender) else { return false };
        if !self.speaks_for(caller, session, sender) {
            return false;
        }
        let files = self.sessions.get_mut(&session).into_iter().flat_map(|found| &mut found.room.files);
        files.filter(|file| is_meant(file)).for_each(StoredFile::withdraw);
        true
    }

    fn upload_standing(&self, session_id: SessionId, participant: ParticipantId) -> UploadStanding {
        let Some(session) = self.sessions.get(&session_id) else { return UploadStanding::default() };
        let room = &session.room;
        let kept = |room: &Room, of: Option<ParticipantId>| -> u64 {
            let files = room.files.iter().filter(|file| !file.erased);
            files.filter(|file| of.is_none_or(|of| file.sender == of)).map(|file| file.size).sum()
        };
        let found = room.place(participant).map(|place| &place.participant);
        let place = found.map(|found| found.state);
        let counts =
            |file: &&StoredFile| file.sender == participant && file.state != AttachmentState::Withdrawn;
        UploadStanding {
            is_in: place == Some(ParticipantState::Admitted) && room.state() == SessionState::Open,
            is_technician: found.is_some_and(took_part),
            ended_at: room.ended_at,
            has_written: self.has_written(session_id, participant),
            files: room.files.iter().filter(counts).count() as u64,
            session_bytes: kept(room, None),
            participant_bytes: kept(room, Some(participant)),
            org_bytes: self
                .sessions
                .values()
                .filter(|other| other.room.org == room.org)
                .map(|other| kept(&other.room, None))
                .sum(),
        }
    }

    pub(super) fn has_written(&self, session: SessionId, participant: ParticipantId) -> bool {
        let wrote = |event: &Event| {
            event.sender == Some(participant) && matches!(event.body, EventBody::MessagePosted(_))
        };
        self.sessions.get(&session).is_some_and(|session| session.events.iter().any(wrote))
    }

    pub(super) fn withdrawn(&self, limit: u32) -> Vec<WithdrawnFile> {
        let files = self.sessions.iter().flat_map(|(session, found)| {
            let gone = found.room.files.iter().filter(|file| file.is_withdrawn());
            gone.map(|file| WithdrawnFile {
                org: found.room.org,
                session: *session,
                attachment: file.attachment,
                upload: file.upload,
            })
        });
        files.chain(self.files_to_erase.iter().copied()).take(limit as usize).collect()
    }

    pub(super) fn bytes_are_gone(&mut self, attachment: AttachmentId) {
        self.files_to_erase.retain(|file| file.attachment != attachment);
        let files = self.sessions.values_mut().flat_map(|session| &mut session.room.files);
        for file in files.filter(|file| file.attachment == attachment && file.is_withdrawn()) {
            file.erased = true;
        }
    }

    pub(super) fn upload(&self, caller: Caller, id: UploadId) -> Option<UploadRecord> {
        let (session, room, file) = self.sessions.iter().find_map(|(session, found)| {
            let file = found.room.files.iter().find(|file| file.upload == id && file.direct.is_none())?;
            Some((*session, &found.room, file))
        })?;
        let is_open = matches!(file.state, AttachmentState::Uploading | AttachmentState::Uploaded);
        let may = self.speaks_for(caller, session, file.sender)
            || file.capture.is_some() && self.took_part(caller, session, file.sender);
        (is_open && may).then(|| UploadRecord {
            id,
            attachment: file.attachment,
            session,
            org: room.org,
            participant: file.sender,
            name: file.name.clone(),
            size: file.size,
            offset: file.offset,
            state: file.state,
            capture: file.capture,
        })
    }

    fn uploading(&mut self, id: UploadId) -> Option<&mut StoredFile> {
        let mut files = self.sessions.values_mut().flat_map(|session| &mut session.room.files);
        files.find(|file| file.upload == id && file.state == AttachmentState::Uploading)
    }

    pub(super) fn set_upload_offset(&mut self, id: UploadId, offset: u64, at: Millis) {
        if let Some(file) = self.uploading(id).filter(|file| offset <= file.size) {
            file.offset = offset;
            file.touched_at = at;
        }
    }

    pub(super) fn end_upload(&mut self, caller: Caller, id: UploadId) -> bool {
        if self.upload(caller, id).is_none() {
            return false;
        }
        let mut files = self.sessions.values_mut().flat_map(|session| &mut session.room.files);
        files.find(|file| file.upload == id).into_iter().for_each(StoredFile::withdraw);
        true
    }

    pub(super) fn end_stale_uploads(&mut self, before: Millis, limit: u32) -> u32 {
        let files = self.sessions.values_mut().flat_map(|session| {
            let ended = session.room.ended_at;
            session.room.files.iter_mut().filter(move |file| {
                let is_over = ended.is_some_and(|ended| file.capture.is_none() || ended < before);
                matches!(file.state, AttachmentState::Uploading | AttachmentState::Uploaded)
                    && (is_over || file.touched_at < before)
            })
        });
        files.take(limit as usize).map(StoredFile::withdraw).fold(0, |count, ()| count + 1)
    }

    pub(super) fn unwanted(&self, before: Millis, limit: u32) -> Vec<OfferedFiles> {
        let mut found = Vec::new();
        let open = self.sessions.iter().filter(|(_, kept)| kept.room.state() == SessionState::Open);
        for (session, kept) in open {
            found.extend(by_message(*session, &kept.room, |file| file.is_unwanted(before)));
        }
        found.truncate(limit as usize);
        found
    }

    pub(super) fn complete_upload(&mut self, id: UploadId, digest: UploadDigest) -> bool {
        if let Some(file) = self.uploading(id) {
            file.offset = file.size;
            file.state = AttachmentState::Uploaded;
            file.digest = Some(digest);
        }
        let over = self.sessions.values_mut().filter(|session| session.room.ended_at.is_some());
        let mut files = over.flat_map(|session| &mut session.room.files);
        let joining = files.find(|file| {
            file.upload == id && file.capture.is_some() && file.state == AttachmentState::Uploaded
        });
        let joins = joining.is_some();
        joining.into_iter().for_each(|file| file.state = AttachmentState::Offered);
        joins
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
        let stored = |file: &&StoredFile| file.attachment == attachment && file.direct.is_none();
        let Some(file) = room.files.iter().find(stored) else {
            return AttachmentAccess::NotFound;
        };
        let Some(record) = record(room, session, file) else { return AttachmentAccess::NotFound };
        let is_own = self.speaks_for(caller, session, file.sender);
        let outside = AttachmentRecord { from_outside: true, ..record.clone() };
        match (file.state, caller) {
            (AttachmentState::Uploaded, _) if is_own => AttachmentAccess::Granted(record),
            (AttachmentState::Offered, Caller::User(user)) if self.visible(user, session).is_some() => {
                let place = room.places.iter().find(|place| place.participant.user_id == Some(user));
                let in_room = place
                    .filter(|place| place.participant.state == ParticipantState::Admitted)
                    .filter(|_| room.state() == SessionState::Open);
                let is_served = |place: &Place| file.serves(place.participant.id);
                match in_room {
                    None => AttachmentAccess::Granted(outside),
                    Some(place) if is_own || is_served(place) => AttachmentAccess::Granted(record),
                    Some(_) => AttachmentAccess::Forbidden,
                }
            }
            (AttachmentState::Offered, Caller::Guest { session: own, participant }) => {
                let is_in = own == session
                    && room
                        .place(participant)
                        .is_some_and(|place| place.participant.state == ParticipantState::Admitted);
                if is_own || (is_in && file.serves(participant)) {
                    AttachmentAccess::Granted(record)
                } else {
                    AttachmentAccess::Forbidden
                }
            }
            _ => AttachmentAccess::NotFound,
        }
    }
}

/// Offered files of a session, by message, that are `meant`.
pub(super) fn by_message(
    session: SessionId,
    room: &Room,
    meant: impl Fn(&StoredFile) -> bool,
) -> Vec<OfferedFiles> {
    let mut messages: BTreeMap<Seq, Vec<AttachmentId>> = BTreeMap::new();
    for file in room.files.iter().filter(|file| file.state == AttachmentState::Offered && meant(file)) {
        if let Some(offer) = file.offer {
            messages.entry(offer.seq).or_default().push(file.attachment);
        }
    }
    messages.into_iter().map(|(seq, attachments)| OfferedFiles { session, seq, attachments }).collect()
}

fn record(room: &Room, session: SessionId, file: &StoredFile) -> Option<AttachmentRecord> {
    Some(AttachmentRecord {
        org: room.org,
        from_outside: false,
        session,
        sender: file.sender,
        state: file.state,
        attachment: file.described()?,
    })
}
