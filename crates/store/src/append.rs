//! Whether an append may be sent: the one rule, used by every backend.

use deskside_proto::{ErrorCode, ParticipantState};

use crate::{Append, AppendError, Effect};

impl Append {
    /// Whether its sender may speak. `sender` is where the sender stands now: `None` for the portal itself, `Some(None)` for
    /// somebody who has no place in the session.
    ///
    /// Only those who are admitted may, but for an event by which the sender comes in (is added, or comes back after leaving)
    /// or, still waiting, goes.
    ///
    /// # Errors
    /// `waiting_for_admission`, `removed_from_session` (removed or left), `not_found` (no place in the session);
    /// `invalid_input` for a new participant whose name holds a NUL, which not every backend can keep.
    pub fn may_be_sent(&self, sender: Option<Option<ParticipantState>>) -> Result<(), AppendError> {
        if self.effects.iter().any(names_with_nul) {
            return Err(AppendError(ErrorCode::InvalidInput));
        }
        let Some(state) = sender else { return Ok(()) };
        if state == Some(ParticipantState::Admitted)
            || self.effects.iter().any(|effect| self.moves_sender(effect))
        {
            return Ok(());
        }
        Err(AppendError(match state {
            Some(ParticipantState::Waiting) => ErrorCode::WaitingForAdmission,
            Some(_) => ErrorCode::RemovedFromSession,
            None => ErrorCode::NotFound,
        }))
    }

    /// By their own choice: nobody lets themselves in from the lobby or back in after being put out.
    fn moves_sender(&self, effect: &Effect) -> bool {
        use ParticipantState::{Admitted, Left, Waiting};
        match effect {
            Effect::AddParticipant { participant, .. } => Some(participant.id) == self.sender,
            Effect::SetParticipantState { participant, from, to } => {
                Some(*participant) == self.sender && matches!((from, to), (Left, Admitted) | (Waiting, Left))
            }
            _ => false,
        }
    }
}

fn names_with_nul(effect: &Effect) -> bool {
    matches!(effect, Effect::AddParticipant { participant, .. } if participant.name.contains('\0'))
}
