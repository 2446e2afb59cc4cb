//! Offers of files: the one rule of who stands where, used by every backend inside its transaction.

use deskside_proto::{Consent, ErrorCode, RecipientState};

use crate::AppendError;

/// What a recipient says of a file that was offered to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferAnswer {
    Accept,
    Decline,
    /// It is there whole: the digest matched.
    Received,
}

impl OfferAnswer {
    /// Where the recipient stands afterwards. Who declined may think again; who accepted has had the bytes.
    ///
    /// # Errors
    /// `answer_too_late` where that can be said no longer.
    pub fn apply(self, now: RecipientState) -> Result<RecipientState, AppendError> {
        use RecipientState::{Accepted, Declined, Pending, Received};
        match (self, now) {
            (Self::Accept, Pending | Declined) => Ok(Accepted),
            (Self::Accept, Accepted | Received) => Ok(now),
            (Self::Decline, Pending | Declined) => Ok(Declined),
            (Self::Received, Accepted | Received) => Ok(Received),
            _ => Err(AppendError(ErrorCode::AnswerTooLate)),
        }
    }
}

/// Where a recipient stands when something is offered to them; `trusts` is whether they have accepted a file of the same sender
/// in this session.
#[must_use]
pub fn at_offer(consent: Consent, trusts: bool) -> RecipientState {
    match consent {
        Consent::Auto => RecipientState::Accepted,
        Consent::AskOnce if trusts => RecipientState::Accepted,
        Consent::AskOnce | Consent::Ask => RecipientState::Pending,
    }
}

/// Where a recipient stands once a file is withdrawn: who has it keeps it.
#[must_use]
pub fn withdrawn(now: RecipientState) -> RecipientState {
    match now {
        RecipientState::Received | RecipientState::Declined => now,
        _ => RecipientState::Revoked,
    }
}

/// Whether the portal gives somebody who stands so the bytes.
#[must_use]
pub fn is_served(state: RecipientState) -> bool {
    matches!(state, RecipientState::Accepted | RecipientState::Received)
}

#[cfg(test)]
mod tests {
    use super::*;
    use OfferAnswer::{Accept, Decline, Received as Have};
    use RecipientState::{Accepted, Declined, Pending, Received, Revoked};

    /// A02 A03 A13: what may be answered when.
    #[test]
    fn what_may_be_said_when() {
        for (now, answer, then) in [
            (Pending, Accept, Some(Accepted)),
            (Pending, Decline, Some(Declined)),
            (Pending, Have, None),
            (Declined, Accept, Some(Accepted)),
            (Declined, Decline, Some(Declined)),
            (Declined, Have, None),
            (Accepted, Accept, Some(Accepted)),
            (Accepted, Decline, None),
            (Accepted, Have, Some(Received)),
            (Received, Accept, Some(Received)),
            (Received, Decline, None),
            (Received, Have, Some(Received)),
            (Revoked, Accept, None),
            (Revoked, Decline, None),
            (Revoked, Have, None),
        ] {
            assert_eq!(answer.apply(now).ok(), then, "{now:?} {answer:?}");
        }
    }
}
