//! What goes.

use std::collections::BTreeMap;

use deskside_proto::{
    AttachmentState, Millis, OrgId, SessionId, UploadId,
    api::{AuditAction, SessionState},
};

use super::{
    attachments::by_message,
    state::{Room, State},
};
use crate::{
    AuditEntry, Deletion, DeletionOutcome, DeletionStanding, Expiry, OfferedFiles, OfferedWhich,
    WithdrawnFile,
};

impl State {
    pub(super) fn offered_files(&self, session: SessionId, which: OfferedWhich) -> Vec<OfferedFiles> {
        let open = self.sessions.get(&session).filter(|kept| kept.room.state() == SessionState::Open);
        let Some(kept) = open else { return Vec::new() };
        by_message(session, &kept.room, |file| which == OfferedWhich::All || file.is_unaccepted())
    }

    pub(super) fn is_uploading(&self, upload: UploadId) -> bool {
        let mut files = self.sessions.values().flat_map(|session| &session.room.files);
        files.any(|file| file.upload == upload && file.state == AttachmentState::Uploading)
    }

    pub(super) fn expire_files(&mut self, expiry: Expiry) -> u32 {
        let Expiry { org, before, limit, .. } = expiry;
        let over = self.sessions.iter_mut().filter(|(_, session)| {
            let room = &session.room;
            room.org == org && room.hold.is_none() && room.ended_at.is_some_and(|ended| ended < before)
        });
        let files = over.flat_map(|(id, session)| {
            let Room { title, files, .. } = &mut session.room;
            let title = &*title;
            files.iter_mut().map(move |file| (*id, title, file))
        });
        let offered = files.filter(|(.., file)| file.state == AttachmentState::Offered);
        let (mut gone, mut notes) = (0, BTreeMap::new());
        for (id, title, file) in offered.take(limit as usize) {
            file.state = AttachmentState::Expired;
            notes.entry(id).or_insert_with(|| expiry.note(id, title.clone()));
            gone += 1;
        }
        self.audit.extend(notes.into_values());
        gone
    }

    pub(super) fn over_since(&self, org: OrgId, before: Millis, limit: u32) -> Vec<SessionId> {
        let sealed = self.sessions.iter().filter(|(_, session)| session.room.state() == SessionState::Sealed);
        let mut over: Vec<_> = sealed
            .filter(|(_, session)| session.room.org == org && session.room.hold.is_none())
            .filter_map(|(id, session)| Some((session.room.ended_at.filter(|ended| *ended < before)?, *id)))
            .collect();
        over.sort();
        over.into_iter().map(|(_, id)| id).take(limit as usize).collect()
    }

    pub(super) fn delete_session(&mut self, deletion: Deletion) -> DeletionOutcome {
        let Deletion { org, session, by, at } = deletion;
        let room = self.sessions.get(&session).map(|kept| &kept.room).filter(|room| room.org == org);
        let outcome = deletion.outcome(DeletionStanding {
            is_visible: room.is_some() && by.is_none_or(|user| self.visible(user, session).is_some()),
            role: by.and_then(|user| self.memberships.get(&(org, user)).copied()),
            is_sealed: room.is_some_and(|room| room.state() == SessionState::Sealed),
            is_held: room.is_some_and(|room| room.hold.is_some()),
        });
        if outcome != DeletionOutcome::Done {
            return outcome;
        }
        if let Some(subject) = self.erase(session) {
            let action = AuditAction::SessionDeleted;
            let session = Some(session);
            self.audit.push(AuditEntry { org, at, actor: by, action, session, attachment: None, subject });
        }
        outcome
    }

    /// Everything of a session; its title, where there was one.
    pub(super) fn erase(&mut self, session: SessionId) -> Option<String> {
        let kept = self.sessions.remove(&session)?;
        let org = kept.room.org;
        let bytes = kept.room.files.iter().filter(|file| !file.erased);
        self.files_to_erase.extend(bytes.map(|file| WithdrawnFile {
            org,
            session,
            attachment: file.attachment,
            upload: file.upload,
        }));
        self.reports.remove(&session);
        self.sessions_to_erase.push((org, session));
        for (_, manifest) in self.manifests.iter_mut().filter(|(_, manifest)| manifest.session == session) {
            manifest.erased = true;
        }
        Some(kept.room.title)
    }

    pub(super) fn deleted_sessions(&self, limit: u32) -> Vec<(OrgId, SessionId)> {
        self.sessions_to_erase.iter().copied().take(limit as usize).collect()
    }

    pub(super) fn session_is_gone(&mut self, session: SessionId) {
        self.sessions_to_erase.retain(|(_, gone)| *gone != session);
    }
}
