//! Uploads: the one rule of what may begin, used by every backend inside its transaction.

use deskside_proto::{AttachmentPolicy, CustomerAttach, ErrorCode, Millis, ParticipantRole, StorageQuotas};

/// What an upload must keep within; absent = no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UploadLimits {
    /// The sender must have written a message in the session (row N10).
    pub needs_message: bool,
    /// Files of the sender in the session.
    pub max_files: Option<u32>,
    pub quotas: StorageQuotas,
}

/// What an upload meets, read in the transaction that begins it. Bytes are those that are stored, or announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UploadStanding {
    /// The sender is admitted, and the session is not over.
    pub is_in: bool,
    /// The sender is a technician who is in the session, or was and left.
    pub is_technician: bool,
    /// When the session was over.
    pub ended_at: Option<Millis>,
    pub has_written: bool,
    pub files: u64,
    pub session_bytes: u64,
    pub participant_bytes: u64,
    /// Read only where there is a limit.
    pub org_bytes: u64,
}

impl UploadLimits {
    /// What a policy means for somebody in `role`.
    #[must_use]
    pub fn of(policy: &AttachmentPolicy, quotas: StorageQuotas, role: ParticipantRole) -> Self {
        let needs_message =
            role == ParticipantRole::Customer && policy.customer_attach == CustomerAttach::AfterFirstMessage;
        Self { needs_message, max_files: policy.max_files, quotas }
    }

    /// The same for a direct file, which takes no room.
    #[must_use]
    pub fn of_direct(policy: &AttachmentPolicy, role: ParticipantRole) -> Self {
        Self::of(policy, StorageQuotas::default(), role)
    }

    /// Whether a file of `size` bytes may begin.
    ///
    /// # Errors
    /// `session_ended`, `attach_after_message`, `too_many_files`, `quota_exceeded`.
    pub fn check(&self, standing: UploadStanding, size: u64) -> Result<(), ErrorCode> {
        let fits = |limit: Option<u64>, used: u64| limit.is_none_or(|most| used.saturating_add(size) <= most);
        if !standing.is_in {
            Err(ErrorCode::SessionEnded)
        } else if self.needs_message && !standing.has_written {
            Err(ErrorCode::AttachAfterMessage)
        } else if self.max_files.is_some_and(|most| standing.files >= u64::from(most)) {
            Err(ErrorCode::TooManyFiles)
        } else if fits(self.quotas.session_bytes, standing.session_bytes)
            && fits(self.quotas.participant_bytes, standing.participant_bytes)
            && fits(self.quotas.org_bytes, standing.org_bytes)
        {
            Ok(())
        } else {
            Err(ErrorCode::QuotaExceeded)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// N10 Z19 and research S24: what stands in the way, the nearest reason first.
    #[test]
    fn what_may_begin() {
        let free = UploadLimits::default();
        let quota = |session, participant, org| UploadLimits {
            quotas: StorageQuotas { session_bytes: session, participant_bytes: participant, org_bytes: org },
            ..free
        };
        let asks = UploadLimits { needs_message: true, max_files: Some(2), ..free };
        let here = UploadStanding { is_in: true, ..UploadStanding::default() };
        let wrote = UploadStanding { has_written: true, ..here };
        let used = UploadStanding { session_bytes: 90, participant_bytes: 50, org_bytes: 200, ..here };
        for (limits, standing, size, expected) in [
            (free, UploadStanding::default(), 1, Err(ErrorCode::SessionEnded)),
            (free, here, u64::MAX, Ok(())),
            (asks, here, 1, Err(ErrorCode::AttachAfterMessage)),
            (asks, wrote, 1, Ok(())),
            (asks, UploadStanding { files: 1, ..wrote }, 1, Ok(())),
            (asks, UploadStanding { files: 2, ..wrote }, 1, Err(ErrorCode::TooManyFiles)),
            (quota(Some(100), None, None), used, 10, Ok(())),
            (quota(Some(100), None, None), used, 11, Err(ErrorCode::QuotaExceeded)),
            (quota(None, Some(60), None), used, 11, Err(ErrorCode::QuotaExceeded)),
            (quota(None, Some(61), None), used, 11, Ok(())),
            (quota(None, None, Some(200)), used, 1, Err(ErrorCode::QuotaExceeded)),
            (quota(None, None, Some(u64::MAX)), used, u64::MAX, Ok(())),
        ] {
            assert_eq!(limits.check(standing, size), expected, "{limits:?} {standing:?} {size}");
        }
    }
}
