//! The audit log.

use async_trait::async_trait;
use deskside_proto::{Millis, OrgId, UserId, api::AuditItem};

use super::{MemoryStore, state::State};
use crate::{AuditEntry, AuditFilter, AuditStore, StoreError};

#[async_trait]
impl AuditStore for MemoryStore {
    async fn audit(&self, entry: AuditEntry, unless_since: Millis) -> Result<(), StoreError> {
        self.state().note(entry, unless_since);
        Ok(())
    }

    async fn audit_log(
        &self,
        user: UserId,
        org: OrgId,
        filter: AuditFilter,
        limit: u32,
    ) -> Result<Option<Vec<AuditItem>>, StoreError> {
        Ok(self.state().audit_log(user, org, filter, limit))
    }
}

impl State {
    fn note(&mut self, entry: AuditEntry, unless_since: Millis) {
        let same = |known: &AuditEntry| {
            (known.actor, known.action, known.session, known.attachment)
                == (entry.actor, entry.action, entry.session, entry.attachment)
        };
        let is_repeat = |known: &AuditEntry| same(known) && known.at >= unless_since;
        if entry.session.is_none() || !self.audit.iter().any(is_repeat) {
            self.audit.push(entry);
        }
    }

    fn audit_log(&self, user: UserId, org: OrgId, filter: AuditFilter, limit: u32) -> Option<Vec<AuditItem>> {
        self.memberships.get(&(org, user)).filter(|role| role.manages())?;
        let places = (1..=self.audit.len() as u64).rev();
        let placed = places.zip(self.audit.iter().rev());
        let wanted = placed.filter(|(place, entry)| entry.org == org && takes(&filter, *place, entry));
        let item = |(place, entry): (u64, &AuditEntry)| AuditItem {
            place,
            at: entry.at,
            actor: entry.actor.and_then(|user| Some(self.users.get(&user)?.name.clone())),
            actor_id: entry.actor,
            action: entry.action,
            session_id: entry.session,
            attachment_id: entry.attachment,
            subject: entry.subject.clone(),
        };
        Some(wanted.take(limit as usize).map(item).collect())
    }
}

fn takes(filter: &AuditFilter, place: u64, entry: &AuditEntry) -> bool {
    filter.before.is_none_or(|before| place < before)
        && filter.action.is_none_or(|action| entry.action == action)
        && filter.actor.is_none_or(|actor| entry.actor == Some(actor))
        && filter.session.is_none_or(|session| entry.session == Some(session))
        && filter.from.is_none_or(|from| entry.at >= from)
        && filter.to.is_none_or(|to| entry.at < to)
}
