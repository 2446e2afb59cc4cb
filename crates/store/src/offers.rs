//! Offers of files: the one rule of who stands where, used by every backend inside its transaction.

use deskside_proto::{AttachmentPolicy, Consent, DirectFiles, ErrorCode, RecipientState};

use crate::AppendError;

/// What a recipient says of a file that was offered to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferAnswer {
    Accept,
    Decline,
    /// A stored file is there whole: the digest matched.
    Received,
    /// The same of a direct file; the event names its digest.
    ReceivedDirect,
}

/// How the organisation lets files be offered, at the moment of the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferRules {
    pub stored: Consent,
    /// `None`: nothing goes directly.
    pub direct: Option<Consent>,
}

/// What kinds of files a message names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OfferedKinds {
    pub stored: bool,
    pub direct: bool,
}

impl OfferedKinds {
    /// One more file.
    pub fn add(&mut self, is_direct: bool) {
        *(if is_direct { &mut self.direct } else { &mut self.stored }) = true;
    }

    /// Files that make their sender trusted here ([`Consent::AskOnce`]): direct ones or stored ones. What was accepted of one kind
    /// says nothing of the other, which may have been accepted by rule; a message of both is asked about anew (`None`).
    #[must_use]
    pub fn trusting(self) -> Option<bool> {
        (self.direct != self.stored).then_some(self.direct)
    }
}

impl OfferRules {
    #[must_use]
    pub fn of(policy: &AttachmentPolicy) -> Self {
        let direct = (policy.direct == DirectFiles::Allowed).then_some(policy.consent_direct);
        Self { stored: policy.consent_stored, direct }
    }

    /// How the recipients of a message with such files are asked: of two rules by the stricter one.
    ///
    /// # Errors
    /// `direct_not_allowed`.
    pub fn consent(self, kinds: OfferedKinds) -> Result<Consent, AppendError> {
        let strictness = |consent: &Consent| match consent {
            Consent::Auto => 0,
            Consent::AskOnce => 1,
            Consent::Ask => 2,
        };
        let direct = match self.direct {
            None if kinds.direct => return Err(AppendError(ErrorCode::DirectNotAllowed)),
            direct => direct.filter(|_| kinds.direct),
        };
        let stored = kinds.stored.then_some(self.stored);
        Ok(stored.into_iter().chain(direct).max_by_key(strictness).unwrap_or(self.stored))
    }
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
            (Self::Received | Self::ReceivedDirect, Accepted | Received) => Ok(Received),
            _ => Err(AppendError(ErrorCode::AnswerTooLate)),
        }
    }

    /// Whether that can be said of a direct or of a stored file.
    ///
    /// # Errors
    /// `invalid_input`: a direct file is confirmed with its digest, a stored one without.
    pub fn fits(self, is_direct: bool) -> Result<(), AppendError> {
        match (self, is_direct) {
            (Self::Received, true) | (Self::ReceivedDirect, false) => {
                Err(AppendError(ErrorCode::InvalidInput))
            }
            _ => Ok(()),
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
    use OfferAnswer::{Accept, Decline, Received as Have, ReceivedDirect as HaveDirect};
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
            (Pending, HaveDirect, None),
            (Accepted, HaveDirect, Some(Received)),
            (Received, HaveDirect, Some(Received)),
            (Revoked, HaveDirect, None),
        ] {
            assert_eq!(answer.apply(now).ok(), then, "{now:?} {answer:?}");
        }
    }
    /// Z20: a digest belongs to a direct file, and to no stored one.
    #[test]
    fn what_may_be_said_of_which_file() {
        for (answer, is_direct, expected) in [
            (Accept, true, true),
            (Decline, true, true),
            (Have, true, false),
            (HaveDirect, true, true),
            (Accept, false, true),
            (Have, false, true),
            (HaveDirect, false, false),
        ] {
            assert_eq!(answer.fits(is_direct).is_ok(), expected, "{answer:?} {is_direct}");
        }
    }

    /// Z20 A02: direct files have a rule of their own; of two the stricter one counts.
    #[test]
    fn how_is_asked_for_what() {
        use Consent::{Ask, AskOnce, Auto};
        let kinds = |stored, direct| OfferedKinds { stored, direct };
        for (stored, direct, of, expected) in [
            (Auto, Some(Ask), kinds(true, false), Ok(Auto)),
            (Auto, Some(Ask), kinds(false, true), Ok(Ask)),
            (Auto, Some(Ask), kinds(true, true), Ok(Ask)),
            (Ask, Some(Auto), kinds(true, true), Ok(Ask)),
            (AskOnce, Some(Auto), kinds(true, true), Ok(AskOnce)),
            (Ask, Some(Auto), kinds(false, true), Ok(Auto)),
            (Ask, None, kinds(true, false), Ok(Ask)),
            (Auto, None, kinds(false, true), Err(AppendError(ErrorCode::DirectNotAllowed))),
            (Auto, None, kinds(true, true), Err(AppendError(ErrorCode::DirectNotAllowed))),
            (Auto, Some(Ask), kinds(false, false), Ok(Auto)),
        ] {
            assert_eq!(OfferRules { stored, direct }.consent(of), expected, "{stored:?} {direct:?} {of:?}");
        }
        assert_eq!(kinds(true, true).trusting(), None);
        assert_eq!((kinds(true, false).trusting(), kinds(false, true).trusting()), (Some(false), Some(true)));
    }
}
