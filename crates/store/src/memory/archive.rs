//! Looking through Files.

use std::collections::BTreeMap;

use async_trait::async_trait;
use deskside_proto::{
    Attachment, AttachmentId, AttachmentState, CaptureKind, OrgId, ParticipantRole, Seq, SessionId, UserId,
    api::{AuditAction, FilesEntry, FilesHas, FilesPerson, FilesSort, Report, StorageKind, StorageShare},
};

use super::{
    MemoryStore,
    state::{Room, State},
};
use crate::{
    AuditEntry, Documents, FilesPlace, FilesQuery, Folded, NewReport, RawDay, RawFrees, RawStatistics,
    ReportOutcome, ReportStanding, SeenSession, StatisticsQuery, StoreError, StoredDocument,
    archive::{ArchiveStore, frees_by_day, kind_of, may_have_text, search_key},
};

#[async_trait]
impl ArchiveStore for MemoryStore {
    async fn list_files(
        &self,
        user: UserId,
        org: OrgId,
        query: FilesQuery,
    ) -> Result<Vec<FilesEntry>, StoreError> {
        Ok(self.state().list_files(user, org, &query))
    }

    async fn save_report(&self, report: NewReport) -> Result<ReportOutcome, StoreError> {
        Ok(self.state().save_report(report))
    }

    async fn seen_in_files(
        &self,
        user: UserId,
        org: OrgId,
        sessions: &[SessionId],
    ) -> Result<Vec<SeenSession>, StoreError> {
        Ok(self.state().seen_in_files(user, org, sessions))
    }

    async fn only_sessions(&self, user: UserId, org: OrgId) -> Result<Option<Vec<SessionId>>, StoreError> {
        let state = self.state();
        let role = state.memberships.get(&(org, user));
        let sees_all = role.is_some_and(|role| role.sees_all_sessions());
        Ok((!sees_all).then(|| state.visible_ids(user, org, false, None).collect()))
    }

    async fn offered_file(
        &self,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<Option<(Attachment, Option<Seq>)>, StoreError> {
        let state = self.state();
        let files = state.sessions.get(&session).map_or(&[][..], |found| &found.room.files);
        let mut offered = files.iter().filter(|file| file.state == AttachmentState::Offered);
        let found = offered.find(|file| file.attachment == attachment);
        Ok(found.and_then(|file| Some((file.described()?, file.offer.map(|offer| offer.seq)))))
    }

    async fn documents(&self, which: Documents, limit: u32) -> Result<Vec<StoredDocument>, StoreError> {
        let state = self.state();
        let mut found: Vec<StoredDocument> = state
            .sessions
            .iter()
            .filter(|(id, _)| !matches!(which, Documents::Of(session) if session != **id))
            .flat_map(|(id, session)| session.room.documents(*id))
            .filter(|file| match which {
                Documents::Before(before) => before.is_none_or(|before| file.attachment < before),
                Documents::Of(_) => true,
            })
            .collect();
        found.sort_by_key(|file| std::cmp::Reverse(file.attachment));
        found.truncate(limit as usize);
        Ok(found)
    }

    async fn org_of(&self, session: SessionId) -> Result<Option<OrgId>, StoreError> {
        Ok(self.state().sessions.get(&session).map(|found| found.room.org))
    }

    async fn statistics(
        &self,
        user: UserId,
        org: OrgId,
        query: StatisticsQuery,
    ) -> Result<Option<RawStatistics>, StoreError> {
        Ok(self.state().statistics(user, org, query))
    }
}

impl State {
    fn list_files(&self, user: UserId, org: OrgId, query: &FilesQuery) -> Vec<FilesEntry> {
        let is_rising = query.sort == FilesSort::Oldest;
        let seen = self.visible_ids(user, org, false, None).filter_map(|id| self.files_entry(id));
        let fitting = seen.filter(|entry| self.fits(entry, query)).map(|entry| {
            let place = FilesPlace::of(&entry, query.sort);
            (place, entry)
        });
        let follows = |place: FilesPlace| {
            query.after.is_none_or(|after| if is_rising { place > after } else { place < after })
        };
        let mut found: Vec<_> = fitting.filter(|(place, _)| follows(*place)).collect();
        found.sort_by_key(|(place, _)| *place);
        if !is_rising {
            found.reverse();
        }
        found.into_iter().take(query.limit as usize).map(|(_, entry)| entry).collect()
    }

    fn fits(&self, entry: &FilesEntry, query: &FilesQuery) -> bool {
        let names = entry.technicians.iter().chain(&entry.customers).map(String::as_str);
        let key = search_key(&entry.title, names);
        let customers = search_key("", entry.customers.iter().map(String::as_str));
        let has = |what: &FilesHas| match what {
            FilesHas::Files => entry.attachment_count > 0,
            FilesHas::Snapshots => entry.snapshot_count > 0,
            FilesHas::Recordings => entry.recording_count > 0,
            FilesHas::Report => entry.outcome.is_some(),
            FilesHas::Hold => entry.held,
        };
        query.words.iter().all(|word| key.contains(word.as_str()))
            && query.customer.as_ref().map(Folded::as_str).is_none_or(|name| customers.contains(name))
            && query.from.is_none_or(|from| entry.started_at >= from)
            && query.to.is_none_or(|to| entry.started_at < to)
            && query.min_bytes.is_none_or(|least| entry.stored_bytes >= least)
            && query.max_bytes.is_none_or(|most| entry.stored_bytes <= most)
            && query.has.iter().all(has)
            && query.technician.is_none_or(|user| self.helped(user, entry.session_id))
    }

    fn helped(&self, user: UserId, session: SessionId) -> bool {
        let places = self.sessions.get(&session).map_or(&[][..], |found| &found.room.places);
        places.iter().any(|place| {
            let is_technician = place.participant.role == ParticipantRole::Technician;
            place.was_let_in && is_technician && place.participant.user_id == Some(user)
        })
    }

    fn save_report(&mut self, report: NewReport) -> ReportOutcome {
        let NewReport { org, session, by, at, .. } = report;
        let seen = self.visible(by, session).filter(|found| found.room.org == org);
        let standing = ReportStanding {
            is_visible: seen.is_some(),
            role: self.memberships.get(&(org, by)).copied(),
            took_part: self.helped(by, session),
        };
        let subject = seen.map(|found| found.room.title.clone()).unwrap_or_default();
        if standing.outcome() == ReportOutcome::Saved {
            self.reports.insert(session, report);
            let (actor, action) = (Some(by), AuditAction::ReportSaved);
            let session = Some(session);
            self.audit.push(AuditEntry { org, at, actor, action, session, attachment: None, subject });
        }
        standing.outcome()
    }

    pub(super) fn report(&self, session: SessionId) -> Option<Report> {
        let NewReport { outcome, notes, by, at, .. } = self.reports.get(&session)?;
        let by = self.users.get(by)?.name.clone();
        Some(Report { outcome: *outcome, notes: notes.clone(), by, at: *at })
    }
}

impl Room {
    pub(super) fn stored_bytes(&self) -> u64 {
        self.stored().map(|file| file.size).sum()
    }

    /// Of that kind, in Files.
    pub(super) fn captures(&self, kind: CaptureKind) -> u64 {
        self.stored().filter(|file| file.capture == Some(kind)).count() as u64
    }

    /// In the order they came.
    pub(super) fn people(&self) -> Vec<FilesPerson> {
        let person = |place: &super::state::Place| FilesPerson {
            name: place.participant.name.clone(),
            role: place.participant.role,
            state: place.participant.state,
            user_id: place.participant.user_id,
            came_at: place.came_at,
            joined_at: place.joined_at,
            left_at: place.left_at,
        };
        self.places.iter().map(person).collect()
    }
}

impl State {
    fn seen_in_files(&self, user: UserId, org: OrgId, sessions: &[SessionId]) -> Vec<SeenSession> {
        let seen = sessions.iter().filter_map(|id| {
            let room = &self.visible(user, *id)?.room;
            (room.org == org && room.ended_at.is_some()).then(|| SeenSession {
                id: *id,
                title: room.title.clone(),
                started_at: room.created_at,
                people: room.places.iter().map(|place| place.participant.clone()).collect(),
            })
        });
        seen.collect()
    }

    fn statistics(&self, user: UserId, org: OrgId, query: StatisticsQuery) -> Option<RawStatistics> {
        self.memberships.get(&(org, user)).filter(|role| role.manages())?;
        let rooms = || self.sessions.values().map(|session| &session.room).filter(|room| room.org == org);
        let mut days = BTreeMap::<i64, RawDay>::new();
        for room in rooms().filter(|room| room.created_at >= query.from && room.created_at < query.to) {
            let day = query.day(room.created_at);
            let kept = days.entry(day).or_insert(RawDay { day, sessions: 0, joins: Vec::new() });
            kept.sessions += 1;
            kept.joins.extend(room.joined_after());
        }
        let mut storage = BTreeMap::new();
        for (kind, size) in rooms().flat_map(Room::shares) {
            let share = storage.entry(kind).or_insert(StorageShare { kind, files: 0, bytes: 0 });
            share.files += 1;
            share.bytes += size;
        }
        let frees =
            frees_by_day(rooms().filter(|room| room.hold.is_none()).flat_map(|room| room.frees(&query)));
        Some(RawStatistics {
            days: days.into_values().collect(),
            storage: storage.into_values().collect(),
            frees,
        })
    }
}

impl Room {
    fn joined_after(&self) -> Option<i64> {
        let customers =
            self.places.iter().filter(|place| place.participant.role == ParticipantRole::Customer);
        let first = customers.filter_map(|place| place.joined_at).min()?;
        Some(first.0 - self.created_at.0)
    }

    fn stored(&self) -> impl Iterator<Item = &super::state::StoredFile> {
        self.files.iter().filter(|file| file.state == AttachmentState::Offered && file.direct.is_none())
    }

    fn documents(&self, session: SessionId) -> Vec<StoredDocument> {
        let documents = self.stored().filter_map(|file| {
            let media_type = file.digest.as_ref()?.media_type.clone();
            may_have_text(&media_type).then(|| StoredDocument {
                org: self.org,
                session,
                attachment: file.attachment,
                name: file.name.clone(),
                media_type,
                size: file.size,
            })
        });
        documents.collect()
    }

    /// Bytes of the transcript's forms.
    fn transcripts(&self) -> impl Iterator<Item = u64> {
        self.sealed.iter().flat_map(|sealed| &sealed.transcripts).map(|file| file.size)
    }

    /// Each stored file, and the transcript's forms.
    fn shares(&self) -> Vec<(StorageKind, u64)> {
        let files = self
            .stored()
            .filter_map(|file| Some((kind_of(&file.digest.as_ref()?.media_type, file.capture), file.size)));
        let transcripts = self.transcripts().map(|size| (StorageKind::Transcripts, size));
        files.chain(transcripts).collect()
    }

    fn frees(&self, query: &StatisticsQuery) -> Vec<RawFrees> {
        let Some(ended) = self.ended_at else { return Vec::new() };
        let goes = |life: Option<i64>| {
            let at = ended.plus(life?);
            (at < query.until).then(|| query.day(at.max(query.now)))
        };
        let files = self.stored().count();
        let mut all = Vec::new();
        if let Some(day) = goes(query.files_life).filter(|_| files > 0 && query.files_go_first()) {
            let files = u32::try_from(files).unwrap_or(u32::MAX);
            all.push(RawFrees { day, bytes: self.stored_bytes(), sessions: 0, files });
        }
        if let Some(day) = goes(query.session_life) {
            let with_files = !query.files_go_first();
            let bytes = self.transcripts().sum::<u64>() + if with_files { self.stored_bytes() } else { 0 };
            let files = if with_files { u32::try_from(files).unwrap_or(u32::MAX) } else { 0 };
            all.push(RawFrees { day, bytes, sessions: 1, files });
        }
        all
    }
}
