//! Endings by time, sealing, holds.

use async_trait::async_trait;
use deskside_proto::{
    AttachmentId, AttachmentState, Event, EventBody, Millis, OrgId, ParticipantId, ParticipantRole, Seq,
    SessionId, UserId,
    api::{
        self, AuditAction, FileActivity, FileRecipient, SessionState, SessionVault, TranscriptPerson,
        VaultFile,
    },
};

use super::{
    MemoryStore,
    state::{Hold, Room, Sealed, Session, State, StoredFile},
};
use crate::{
    BlobStanding, ChainEntry, HoldChange, HoldOutcome, IdleSession, Ledger, ListedFile, NewManifest,
    StoreError, TranscriptFile, VaultStore,
    change::target_of,
    vault::{self, WithdrawReasons, manifest_info, note_withdrawn, still_names},
};

impl StoredFile {
    /// It is one that a vault keeps, or has kept.
    fn is_of_vault(&self) -> bool {
        self.direct.is_none() && matches!(self.state, AttachmentState::Offered | AttachmentState::Expired)
    }

    fn listed(&self) -> Option<ListedFile> {
        Some(ListedFile {
            attachment: self.attachment,
            kind: vault::kind_of(self.capture),
            name: self.name.clone(),
            size: self.size,
            sha256: self.digest.as_ref()?.sha256.clone(),
            erased: self.state != AttachmentState::Offered,
        })
    }
}

impl Session {
    /// Since when nobody was there and nothing happened.
    fn last_at(&self) -> Millis {
        let room = &self.room;
        let last_event = self.events.last().map(|event| event.at).unwrap_or_default();
        room.created_at.max(room.last_present_at).max(last_event)
    }

    fn customer_came(&self) -> bool {
        self.room.places.iter().any(|place| place.participant.role == ParticipantRole::Customer)
    }

    fn something_said(&self) -> bool {
        let is_said = |event: &Event| {
            matches!(event.body, EventBody::MessagePosted(_)) || target_of(&event.body).is_some()
        };
        !self.room.files.is_empty() || self.events.iter().any(is_said)
    }

    fn is_idle(&self, before: Millis, now: Millis) -> bool {
        let closed = self.room.secrets.iter().all(|secret| secret.expires_at <= now);
        self.room.ended_at.is_none() && self.last_at() < before && (self.customer_came() || closed)
    }

    fn is_unused(&self) -> bool {
        !self.customer_came() && !self.something_said()
    }
}

impl State {
    fn chain_of(&self, wanted: impl Fn(OrgId, &ChainEntry) -> bool) -> Vec<ChainEntry> {
        let found = self.manifests.iter().filter(|(org, entry)| wanted(*org, entry));
        let noted = |entry: &ChainEntry| {
            let deleted = |note: &crate::AuditEntry| {
                note.action == AuditAction::SessionDeleted && note.session == Some(entry.session)
            };
            ChainEntry { deletion_noted: self.audit.iter().any(deleted), ..entry.clone() }
        };
        found.map(|(_, entry)| noted(entry)).collect()
    }

    fn seal(&mut self, new: NewManifest) -> bool {
        let place = self.chain_of(|org, _| org == new.org).len() as u64 + 1;
        let part = self.chain_of(|_, entry| entry.session == new.session).len() as u64 + 1;
        let Some(kept) = self.sessions.get_mut(&new.session).filter(|kept| kept.room.org == new.org) else {
            return false;
        };
        let ready = match new.part {
            1 => kept.room.state() == SessionState::Ended,
            _ => kept.room.state() == SessionState::Sealed,
        };
        if !ready || new.place != place || u64::from(new.part) != part {
            return false;
        }
        if new.part == 1 {
            let mut transcripts = new.transcripts;
            transcripts.sort_by_key(|file| file.format);
            kept.room.sealed = Some(Sealed { at: new.sealed_at, transcripts });
        }
        for file in kept.room.files.iter_mut().filter(|file| file.manifest_part == Some(new.part)) {
            file.listed = true;
        }
        let NewManifest { org, session, part, place, size, sha256, sealed_at, .. } = new;
        let entry = ChainEntry {
            place,
            session,
            part,
            size,
            sha256,
            sealed_at,
            erased: false,
            deletion_noted: false,
        };
        self.manifests.push((org, entry));
        true
    }

    /// A session that is over, as `user` may see it in Files of `org`.
    fn in_files(&self, user: UserId, org: OrgId, session: SessionId) -> Option<&Session> {
        let found = self.visible(user, session)?;
        (found.room.org == org && found.room.ended_at.is_some()).then_some(found)
    }

    fn session_vault(&self, user: UserId, org: OrgId, session: SessionId) -> Option<SessionVault> {
        let found = self.in_files(user, org, session)?;
        let transcripts = found.room.sealed.iter().flat_map(|sealed| sealed.transcripts.clone());
        let mut listed: Vec<_> = found.room.files.iter().filter(|file| file.listed).collect();
        listed.sort_by_key(|file| (file.manifest_part, file.attachment));
        let listed = listed.into_iter().filter_map(StoredFile::listed);
        Some(SessionVault {
            manifest: manifest_info(&self.chain_of(|_, entry| entry.session == session)),
            files: transcripts.map(VaultFile::from).chain(listed.map(VaultFile::from)).collect(),
        })
    }

    pub(super) fn hold(&self, session: SessionId) -> Option<api::Hold> {
        let Hold { reason, by, at } = self.sessions.get(&session)?.room.hold.clone()?;
        Some(api::Hold { reason, by: self.users.get(&by)?.name.clone(), at })
    }

    fn file_activity(&self, user: UserId, org: OrgId, session: SessionId) -> Option<Vec<FileActivity>> {
        let found = self.in_files(user, org, session)?;
        let mut reasons = WithdrawReasons::new();
        found.events.iter().for_each(|event| note_withdrawn(&mut reasons, &event.body));
        let mut files: Vec<_> = found.room.files.iter().collect();
        files.sort_by_key(|file| {
            let place = file.offer.map(|offer| (offer.seq, offer.position));
            (place.is_none(), place, file.attachment)
        });
        Some(files.into_iter().filter_map(|file| found.activity(file, &reasons)).collect())
    }

    fn change_hold(&mut self, change: HoldChange) -> HoldOutcome {
        let role = self.memberships.get(&(change.org, change.user)).copied();
        let is_visible = self.in_files(change.user, change.org, change.session).is_some();
        let outcome = HoldChange::outcome(is_visible, role);
        let Some(kept) = self.sessions.get_mut(&change.session).filter(|_| outcome == HoldOutcome::Done)
        else {
            return outcome;
        };
        if change.reason.is_none() && kept.room.hold.is_none() {
            return outcome;
        }
        let note = change.note(kept.room.title.clone());
        kept.room.hold = change.reason.map(|reason| Hold { reason, by: change.user, at: change.at });
        self.audit.push(note);
        outcome
    }
}

impl Session {
    fn activity(&self, file: &StoredFile, reasons: &WithdrawReasons) -> Option<FileActivity> {
        let event = file.offer.and_then(|offer| self.events.get(usize::try_from(offer.seq).ok()? - 1));
        match file.state {
            AttachmentState::Offered | AttachmentState::Expired => {}
            AttachmentState::Withdrawn if still_names(&event?.body, file.attachment) => {}
            _ => return None,
        }
        let attachment = file.described()?;
        let places = self.room.places.iter();
        let recipients = places.filter_map(|place| {
            let state = file.recipients.get(&place.participant.id)?.state;
            Some(FileRecipient { person: self.room.person(place.participant.id)?, state })
        });
        Some(FileActivity {
            sender: self.room.person(file.sender)?,
            seq: file.offer.map(|offer| offer.seq),
            at: event.map_or(file.touched_at, |event| event.at),
            fate: vault::fate(&attachment, file.state, reasons),
            recipients: recipients.collect(),
            attachment,
        })
    }
}

impl Room {
    fn person(&self, id: ParticipantId) -> Option<TranscriptPerson> {
        let participant = &self.place(id)?.participant;
        Some(TranscriptPerson { name: participant.name.clone(), role: participant.role })
    }
}

#[async_trait]
impl Ledger for MemoryStore {
    async fn chains(&self) -> Result<Vec<(OrgId, String)>, StoreError> {
        Ok(self.state().all_orgs().into_iter().map(|org| (org.id, org.name)).collect())
    }

    async fn chain(&self, org: OrgId, after: u64, limit: u32) -> Result<Vec<ChainEntry>, StoreError> {
        let chain = self.state().chain_of(|of, entry| of == org && entry.place > after);
        Ok(chain.into_iter().take(limit as usize).collect())
    }

    async fn manifests(&self, session: SessionId) -> Result<Vec<ChainEntry>, StoreError> {
        Ok(self.state().chain_of(|_, entry| entry.session == session))
    }

    async fn transcripts(&self, session: SessionId) -> Result<Vec<TranscriptFile>, StoreError> {
        let state = self.state();
        let sealed = state.sessions.get(&session).and_then(|kept| kept.room.sealed.as_ref());
        Ok(sealed.map(|sealed| sealed.transcripts.clone()).unwrap_or_default())
    }

    async fn listed_files(
        &self,
        session: SessionId,
        part: u32,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<ListedFile>, StoreError> {
        let state = self.state();
        let files = state.sessions.get(&session).into_iter().flat_map(|kept| &kept.room.files);
        let mut listed: Vec<_> = files
            .filter(|file| {
                file.manifest_part == Some(part) && after.is_none_or(|after| file.attachment > after)
            })
            .filter_map(StoredFile::listed)
            .collect();
        listed.sort_by_key(|file| file.attachment);
        listed.truncate(limit as usize);
        Ok(listed)
    }

    async fn unsealed_since(&self, before: Millis) -> Result<u64, StoreError> {
        let state = self.state();
        let waits = |kept: &&Session| {
            kept.room.sealed.is_none() && kept.room.ended_at.is_some_and(|ended| ended < before)
        };
        Ok(state.sessions.values().filter(waits).count() as u64)
    }

    async fn sealed_outside(&self, org: OrgId, limit: u32) -> Result<Vec<SessionId>, StoreError> {
        let state = self.state();
        let sealed = state
            .sessions
            .iter()
            .filter(|(_, kept)| kept.room.org == org && kept.room.state() == SessionState::Sealed);
        let outside = sealed
            .map(|(id, _)| *id)
            .filter(|id| !state.manifests.iter().any(|(_, entry)| entry.session == *id && entry.part == 1));
        Ok(outside.take(limit as usize).collect())
    }

    async fn attachment_standing(
        &self,
        org: OrgId,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<BlobStanding, StoreError> {
        let state = self.state();
        let kept = state.sessions.get(&session).filter(|kept| kept.room.org == org);
        let mut files = kept.into_iter().flat_map(|kept| &kept.room.files);
        if let Some(file) = files.find(|file| file.attachment == attachment && file.direct.is_none()) {
            return Ok(match (file.erased, file.is_withdrawn()) {
                (true, _) => BlobStanding::Unknown,
                (false, true) => BlobStanding::Going,
                (false, false) => BlobStanding::Kept,
            });
        }
        let is_going = state
            .files_to_erase
            .iter()
            .any(|file| (file.org, file.session, file.attachment) == (org, session, attachment));
        Ok(if is_going { BlobStanding::Going } else { BlobStanding::Unknown })
    }

    async fn session_standing(&self, org: OrgId, session: SessionId) -> Result<BlobStanding, StoreError> {
        let state = self.state();
        if state.sessions.get(&session).is_some_and(|kept| kept.room.org == org) {
            return Ok(BlobStanding::Kept);
        }
        let is_going = state.sessions_to_erase.contains(&(org, session));
        Ok(if is_going { BlobStanding::Going } else { BlobStanding::Unknown })
    }
}

#[async_trait]
impl VaultStore for MemoryStore {
    async fn chain_head(&self, org: OrgId) -> Result<Option<ChainEntry>, StoreError> {
        Ok(self.state().chain_of(|of, _| of == org).pop())
    }

    async fn note_present(&self, sessions: Vec<SessionId>, at: Millis) -> Result<(), StoreError> {
        let mut state = self.state();
        for session in sessions {
            if let Some(kept) = state.sessions.get_mut(&session).filter(|kept| kept.room.ended_at.is_none()) {
                kept.room.last_present_at = kept.room.last_present_at.max(at);
            }
        }
        Ok(())
    }

    async fn idle_sessions(
        &self,
        org: OrgId,
        before: Millis,
        now: Millis,
        limit: u32,
    ) -> Result<Vec<IdleSession>, StoreError> {
        let state = self.state();
        let idle =
            state.sessions.iter().filter(|(_, kept)| kept.room.org == org && kept.is_idle(before, now));
        let mut idle: Vec<_> = idle.collect();
        idle.sort_by_key(|(id, kept)| (kept.last_at(), **id));
        let found = idle.into_iter().map(|(id, kept)| IdleSession { session: *id, unused: kept.is_unused() });
        Ok(found.take(limit as usize).collect())
    }

    async fn discard_unused(
        &self,
        session: SessionId,
        before: Millis,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let kept = state.sessions.get(&session);
        let unused = kept.is_some_and(|kept| kept.is_idle(before, now) && kept.is_unused());
        if unused {
            state.erase(session);
        }
        Ok(unused)
    }

    async fn claim_files(&self, session: SessionId, part: u32) -> Result<(), StoreError> {
        let mut state = self.state();
        let files = state.sessions.get_mut(&session).into_iter().flat_map(|kept| &mut kept.room.files);
        for file in files.filter(|file| file.manifest_part.is_none() && file.is_of_vault()) {
            file.manifest_part = Some(part);
        }
        Ok(())
    }

    async fn seal(&self, manifest: NewManifest) -> Result<bool, StoreError> {
        Ok(self.state().seal(manifest))
    }

    async fn to_amend(&self, limit: u32) -> Result<Vec<SessionId>, StoreError> {
        let state = self.state();
        let waits = |kept: &Session| {
            kept.room.sealed.is_some()
                && kept.room.files.iter().any(|file| !file.listed && file.is_of_vault())
        };
        let waiting = state.sessions.iter().filter(|(_, kept)| waits(kept));
        Ok(waiting.map(|(id, _)| *id).take(limit as usize).collect())
    }

    async fn events_about(
        &self,
        session: SessionId,
        first: Seq,
        last: Seq,
        with_files: bool,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let state = self.state();
        let events = state.sessions.get(&session).map_or(&[][..], |kept| &kept.events);
        let among = |target: Option<Seq>| target.is_some_and(|target| (first..=last).contains(&target));
        let said = events.iter().filter(|event| among(target_of(&event.body))).take(limit as usize);
        let of_files = events.iter().filter(|event| with_files && among(vault::files_target(&event.body)));
        let mut about: Vec<_> = said.chain(of_files.take(limit as usize)).cloned().collect();
        about.sort_by_key(|event| event.seq);
        Ok(about)
    }

    async fn session_vault(
        &self,
        user: UserId,
        org: OrgId,
        session: SessionId,
    ) -> Result<Option<SessionVault>, StoreError> {
        Ok(self.state().session_vault(user, org, session))
    }

    async fn file_activity(
        &self,
        user: UserId,
        org: OrgId,
        session: SessionId,
    ) -> Result<Option<Vec<FileActivity>>, StoreError> {
        Ok(self.state().file_activity(user, org, session))
    }

    async fn change_hold(&self, change: HoldChange) -> Result<HoldOutcome, StoreError> {
        Ok(self.state().change_hold(change))
    }
}
