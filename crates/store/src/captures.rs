//! Snapshots and recordings (row Z02): what joins a session that is over, and who takes it back. Rules for every backend.

use async_trait::async_trait;
use deskside_proto::{
    AttachmentId, ChangePolicy, ErrorCode, Millis, OrgId, OrgRole, ParticipantRole, SessionId, UserId,
    limits::CAPTURE_AFTER_END_MILLIS,
};

use crate::{NewUpload, StoreError, UploadStanding};

/// Captures beside the log.
#[async_trait]
pub trait CaptureStore {
    /// Complete captures of a session that is over and that no message names: they join its Files where `keep`, and go
    /// otherwise, with those that are still on their way. How many there were; does nothing for an open session. Not on anybody's
    /// behalf.
    async fn settle_captures(&self, session: SessionId, keep: bool) -> Result<u32, StoreError>;
    /// Takes a capture of a session that is over back: its bytes have to go, a note stays in the audit log. Or says why not, as
    /// [`CaptureDeletion::check`].
    async fn delete_capture(&self, deletion: CaptureDeletion) -> Result<Result<(), ErrorCode>, StoreError>;
}

/// A capture that shall go after its session's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureDeletion {
    pub org: OrgId,
    pub session: SessionId,
    pub attachment: AttachmentId,
    pub by: UserId,
    pub at: Millis,
    /// The organisation's rule for own messages: it holds for own captures too.
    pub policy: ChangePolicy,
}

/// What a [`CaptureDeletion`] meets, read in the transaction that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureStanding {
    /// Of who wishes it, who may see the session; `None` for others.
    pub role: Option<OrgRole>,
    /// They took it.
    pub is_own: bool,
    /// When it was announced.
    pub begun_at: Millis,
    /// `None` while the session is open.
    pub ended_at: Option<Millis>,
}

impl CaptureDeletion {
    /// Admins may at any time; who took it as long as own messages may be deleted, and while captures still join.
    ///
    /// # Errors
    /// `not_found` (nothing there that they may see), `session_not_over` (the message that names it is to be deleted),
    /// `forbidden`, `change_not_allowed`, `capture_too_late`.
    pub fn check(&self, standing: Option<CaptureStanding>) -> Result<(), ErrorCode> {
        let standing = standing.ok_or(ErrorCode::NotFound)?;
        let role = standing.role.ok_or(ErrorCode::NotFound)?;
        let ended_at = standing.ended_at.ok_or(ErrorCode::SessionNotOver)?;
        if role.manages() {
            return Ok(());
        }
        if !standing.is_own {
            return Err(ErrorCode::Forbidden);
        }
        let until = self.policy.until(ParticipantRole::Technician, standing.begun_at)?;
        let in_time = self.at <= until && self.at.since(ended_at) <= CAPTURE_AFTER_END_MILLIS;
        if in_time { Ok(()) } else { Err(ErrorCode::CaptureTooLate) }
    }
}

impl NewUpload {
    /// Whether it may begin: as [`crate::UploadLimits::check`]; captures are a technician's, and may join for a while after the end.
    ///
    /// # Errors
    /// `captures_not_allowed`, and those of [`crate::UploadLimits::check`].
    pub fn check(&self, standing: UploadStanding) -> Result<(), ErrorCode> {
        if self.capture.is_some() && standing.is_in && !standing.is_technician {
            return Err(ErrorCode::CapturesNotAllowed);
        }
        let may_join = self.capture.is_some()
            && standing.is_technician
            && standing.ended_at.is_some_and(|ended| may_still_join(ended, self.at));
        self.limits.check(UploadStanding { is_in: standing.is_in || may_join, ..standing }, self.size)
    }
}

/// Whether a capture may join at `at` a session that ended at `ended`.
#[must_use]
pub fn may_still_join(ended: Millis, at: Millis) -> bool {
    at.since(ended) <= CAPTURE_AFTER_END_MILLIS
}

#[cfg(test)]
mod tests {
    use deskside_proto::{CaptureKind, ParticipantId, UploadId, WhoMay};

    use super::*;
    use crate::UploadLimits;

    const END: Millis = Millis(1_000_000);
    const LAST: Millis = Millis(END.0 + CAPTURE_AFTER_END_MILLIS);

    /// Z02: who begins a capture when.
    #[test]
    fn captures_are_technicians_and_join_for_a_day() {
        let open = UploadStanding { is_in: true, ..UploadStanding::default() };
        let technician = UploadStanding { is_technician: true, ..open };
        let over = UploadStanding { is_in: false, ended_at: Some(END), ..technician };
        let stranger = UploadStanding { ended_at: Some(END), ..UploadStanding::default() };
        let (snapshot, file) = (Some(CaptureKind::Snapshot), None);
        for (capture, standing, at, expected) in [
            (snapshot, technician, END, Ok(())),
            (Some(CaptureKind::Recording), technician, END, Ok(())),
            (snapshot, open, END, Err(ErrorCode::CapturesNotAllowed)),
            (file, open, END, Ok(())),
            (snapshot, over, END.plus(1), Ok(())),
            (snapshot, over, LAST, Ok(())),
            (snapshot, over, LAST.plus(1), Err(ErrorCode::SessionEnded)),
            (file, over, END.plus(1), Err(ErrorCode::SessionEnded)),
            (snapshot, stranger, END, Err(ErrorCode::SessionEnded)),
            (snapshot, UploadStanding::default(), END, Err(ErrorCode::SessionEnded)),
        ] {
            let upload = NewUpload {
                id: UploadId([1; 16]),
                attachment: AttachmentId([2; 16]),
                session: SessionId([3; 16]),
                participant: ParticipantId([4; 16]),
                name: "Snapshot.png".to_owned(),
                size: 1,
                at,
                limits: UploadLimits::default(),
                capture,
            };
            assert_eq!(upload.check(standing), expected, "{capture:?} {standing:?} {at:?}");
        }
    }

    /// Z02: who takes a capture back after the end.
    #[test]
    fn admins_and_who_took_it_take_it_back() {
        use ErrorCode::{CaptureTooLate, ChangeNotAllowed, Forbidden, NotFound, SessionNotOver};
        let rule = |by, within_minutes| ChangePolicy { by, within_minutes };
        let always = rule(WhoMay::Everyone, None);
        let standing = |role, is_own, ended_at| CaptureStanding { role, is_own, begun_at: END, ended_at };
        let technician = Some(OrgRole::Technician);
        let own = standing(technician, true, Some(END));
        for (policy, standing, at, expected) in [
            (always, Some(own), LAST, Ok(())),
            (always, Some(own), LAST.plus(1), Err(CaptureTooLate)),
            (rule(WhoMay::Technicians, Some(10)), Some(own), END.plus(600_000), Ok(())),
            (rule(WhoMay::Technicians, Some(10)), Some(own), END.plus(600_001), Err(CaptureTooLate)),
            (rule(WhoMay::Nobody, None), Some(own), END, Err(ChangeNotAllowed)),
            (always, Some(standing(Some(OrgRole::TechnicianOwn), true, Some(END))), END, Ok(())),
            (always, Some(standing(technician, false, Some(END))), END, Err(Forbidden)),
            (always, Some(standing(technician, true, None)), END, Err(SessionNotOver)),
            (always, Some(standing(None, true, Some(END))), END, Err(NotFound)),
            (always, None, END, Err(NotFound)),
            (
                rule(WhoMay::Nobody, None),
                Some(standing(Some(OrgRole::Admin), false, Some(END))),
                LAST.plus(1),
                Ok(()),
            ),
            (always, Some(standing(Some(OrgRole::SuperAdmin), false, None)), END, Err(SessionNotOver)),
        ] {
            let (org, session, attachment) = (OrgId([1; 16]), SessionId([2; 16]), AttachmentId([3; 16]));
            let deletion = CaptureDeletion { org, session, attachment, by: UserId([4; 16]), at, policy };
            assert_eq!(deletion.check(standing), expected, "{policy:?} {standing:?} {at:?}");
        }
    }
}
