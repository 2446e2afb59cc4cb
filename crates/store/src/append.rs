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
    /// `waiting_for_admission`, `removed_from_session` (removed or left), `not_found` (no place in the session).
    pub fn may_be_sent(&self, sender: Option<Option<ParticipantState>>) -> Result<(), AppendError> {
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
