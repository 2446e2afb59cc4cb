//! What goes, and the audit log.

use deskside_proto::{
    AttachmentState, Millis, OrgId, SessionId, UploadId, UserId,
    api::{AuditAction, AuditItem, SessionState},
};

use super::{attachments::by_message, state::State};
use crate::{
    AuditEntry, Deletion, DeletionOutcome, DeletionStanding, OfferedFiles, OfferedWhich, WithdrawnFile,
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

    pub(super) fn expire_files(&mut self, org: OrgId, before: Millis, limit: u32) -> u32 {
        let over = self.sessions.values_mut().filter(|session| {
            session.room.org == org && session.room.ended_at.is_some_and(|ended| ended < before)
        });
        let files = over.flat_map(|session| &mut session.room.files);
        let offered = files.filter(|file| file.state == AttachmentState::Offered);
        offered.take(limit as usize).fold(0, |count, file| {
            file.state = AttachmentState::Expired;
            count + 1
        })
    }

    pub(super) fn over_since(&self, org: OrgId, before: Millis, limit: u32) -> Vec<SessionId> {
        let sealed = self.sessions.iter().filter(|(_, session)| session.room.state() == SessionState::Sealed);
        let mut over: Vec<_> = sealed
            .filter(|(_, session)| session.room.org == org)
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
        });
        if outcome != DeletionOutcome::Done {
            return outcome;
        }
        if let Some(kept) = self.sessions.remove(&session) {
            let bytes = kept.room.files.iter().filter(|file| !file.erased);
            self.files_to_erase.extend(bytes.map(|file| WithdrawnFile {
                org,
                session,
                attachment: file.attachment,
                upload: file.upload,
            }));
            self.reports.remove(&session);
            self.sessions_to_erase.push((org, session));
            let subject = kept.room.title;
            let action = AuditAction::SessionDeleted;
            self.audit.push(AuditEntry { org, at, actor: by, action, session, attachment: None, subject });
        }
        outcome
    }

    pub(super) fn deleted_sessions(&self, limit: u32) -> Vec<(OrgId, SessionId)> {
        self.sessions_to_erase.iter().copied().take(limit as usize).collect()
    }

    pub(super) fn session_is_gone(&mut self, session: SessionId) {
        self.sessions_to_erase.retain(|(_, gone)| *gone != session);
    }

    pub(super) fn audit(&mut self, entry: AuditEntry, unless_since: Millis) {
        let same = |known: &AuditEntry| {
            (known.actor, known.action, known.session, known.attachment)
                == (entry.actor, entry.action, entry.session, entry.attachment)
        };
        if !self.audit.iter().any(|known| same(known) && known.at >= unless_since) {
            self.audit.push(entry);
        }
    }

    pub(super) fn audit_log(
        &self,
        user: UserId,
        org: OrgId,
        before: Option<u64>,
        limit: u32,
    ) -> Option<Vec<AuditItem>> {
        self.memberships.get(&(org, user)).filter(|role| role.manages())?;
        let places = (1..=self.audit.len() as u64).rev();
        let placed = places.zip(self.audit.iter().rev());
        let wanted =
            placed.filter(|(place, entry)| entry.org == org && before.is_none_or(|before| *place < before));
        let item = |(place, entry): (u64, &AuditEntry)| AuditItem {
            place,
            at: entry.at,
            actor: entry.actor.and_then(|user| Some(self.users.get(&user)?.name.clone())),
            action: entry.action,
            session_id: Some(entry.session),
            attachment_id: entry.attachment,
            subject: entry.subject.clone(),
        };
        Some(wanted.take(limit as usize).map(item).collect())
    }
}
