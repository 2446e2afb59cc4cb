//! Looking through Files.

use async_trait::async_trait;
use deskside_proto::{
    AttachmentState, OrgId, ParticipantRole, SessionId, UserId,
    api::{AuditAction, FilesEntry, FilesHas, FilesPerson, FilesSort, Report},
};

use super::{
    MemoryStore,
    state::{Room, State},
};
use crate::{
    AuditEntry, FilesPlace, FilesQuery, Folded, NewReport, ReportOutcome, ReportStanding, StoreError,
    archive::{ArchiveStore, search_key},
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
            && query.technician.is_none_or(|user| self.took_part(user, entry.session_id))
    }

    fn took_part(&self, user: UserId, session: SessionId) -> bool {
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
            took_part: self.took_part(by, session),
        };
        let subject = seen.map(|found| found.room.title.clone()).unwrap_or_default();
        if standing.outcome() == ReportOutcome::Saved {
            self.reports.insert(session, report);
            let (actor, action) = (Some(by), AuditAction::ReportSaved);
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
        let stored =
            self.files.iter().filter(|file| file.state == AttachmentState::Offered && file.direct.is_none());
        stored.map(|file| file.size).sum()
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
