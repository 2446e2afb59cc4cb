//! What goes, by time or by an admin's wish: rules and records for every backend.

use deskside_proto::{Millis, OrgId, OrgRole, SessionId, UserId, api::AuditAction};

use crate::AuditEntry;

/// Files that shall go: those of sessions of `org` that ended before `before` and are not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    pub org: OrgId,
    pub before: Millis,
    pub at: Millis,
    /// Files at most.
    pub limit: u32,
}

impl Expiry {
    /// What the audit log says of a session that lost files.
    #[must_use]
    pub fn note(&self, session: SessionId, title: String) -> AuditEntry {
        AuditEntry {
            org: self.org,
            at: self.at,
            actor: None,
            action: AuditAction::FilesExpired,
            session: Some(session),
            attachment: None,
            subject: title,
        }
    }
}

/// A session that shall go with everything of it: log, files, transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    pub org: OrgId,
    pub session: SessionId,
    /// Who wishes it; `None`: its time is over.
    pub by: Option<UserId>,
    pub at: Millis,
}

/// What a [`Deletion`] meets, read in the transaction that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeletionStanding {
    /// The session is one of the organisation's, and who wishes it, if anybody, may see it.
    pub is_visible: bool,
    /// Of who wishes it.
    pub role: Option<OrgRole>,
    /// Its transcript is sealed: nothing writes to it any more.
    pub is_sealed: bool,
    /// An admin holds it.
    pub is_held: bool,
}

/// What became of a [`Deletion`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionOutcome {
    Done,
    NotFound,
    Forbidden,
    /// It goes on, or its transcript is not written yet.
    NotOver,
    Held,
}

impl Deletion {
    #[must_use]
    pub fn outcome(&self, standing: DeletionStanding) -> DeletionOutcome {
        let may = self.by.is_none() || standing.role.is_some_and(OrgRole::manages);
        match standing {
            DeletionStanding { is_visible: false, .. } => DeletionOutcome::NotFound,
            _ if !may => DeletionOutcome::Forbidden,
            DeletionStanding { is_sealed: false, .. } => DeletionOutcome::NotOver,
            DeletionStanding { is_held: true, .. } => DeletionOutcome::Held,
            _ => DeletionOutcome::Done,
        }
    }
}

/// Which offered files of a session are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferedWhich {
    All,
    /// Somebody was asked, and nobody has accepted.
    Unaccepted,
}

#[cfg(test)]
mod tests {
    use super::*;
    use DeletionOutcome::{Done, Forbidden, Held, NotFound, NotOver};

    /// Research S21: who may delete what when.
    #[test]
    fn admins_and_time_delete_what_is_over() {
        let (org, session) = (OrgId([1; 16]), SessionId([2; 16]));
        let deletion = |by| Deletion { org, session, by, at: Millis(0) };
        let wished = deletion(Some(UserId([3; 16])));
        let standing =
            |is_visible, role, is_sealed| DeletionStanding { is_visible, role, is_sealed, is_held: false };
        let held = |standing| DeletionStanding { is_held: true, ..standing };
        for (deletion, standing, expected) in [
            (wished, standing(true, Some(OrgRole::SuperAdmin), true), Done),
            (wished, standing(true, Some(OrgRole::Admin), true), Done),
            (wished, standing(true, Some(OrgRole::Admin), false), NotOver),
            (wished, standing(true, Some(OrgRole::Technician), true), Forbidden),
            (wished, standing(true, Some(OrgRole::TechnicianOwn), false), Forbidden),
            (wished, standing(false, Some(OrgRole::Admin), true), NotFound),
            (wished, standing(false, None, true), NotFound),
            (wished, standing(true, None, true), Forbidden),
            (deletion(None), standing(true, None, true), Done),
            (deletion(None), standing(true, None, false), NotOver),
            (deletion(None), standing(false, None, true), NotFound),
            (wished, held(standing(true, Some(OrgRole::SuperAdmin), true)), Held),
            (wished, held(standing(true, Some(OrgRole::Technician), true)), Forbidden),
            (deletion(None), held(standing(true, None, true)), Held),
        ] {
            assert_eq!(deletion.outcome(standing), expected, "{:?} {standing:?}", deletion.by);
        }
    }
}
