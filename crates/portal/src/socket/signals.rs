//! What two participants say to each other before they can speak directly: passed on, kept nowhere, logged nowhere.

use deskside_proto::{
    DirectFiles, ErrorCode, Participant, ParticipantId, ServerMessage, Signal, SignalBody,
    api::SessionState,
    limits::{QUIC_ADDRESSES_MAX, SIGNAL_MAX_BYTES},
};

use super::{Seat, greeting};
use crate::{App, error::ApiResult, hub, participants};

/// Passes `signal` on to every connection of `to`. Who is not in the room, or not here at all, gets nothing, and the sender is not
/// told so: presence says who is there. The same where the organisation lets nothing go directly.
///
/// # Errors
/// `waiting_for_admission`, `removed_from_session`, `frame_too_large`, `malformed`: the connection ends.
pub(super) async fn pass_on(
    app: &App,
    seat: &Seat,
    you: &Participant,
    to: ParticipantId,
    signal: Signal,
) -> ApiResult<()> {
    participants::refuse_not_admitted(you)?;
    if matches!(&signal.body, SignalBody::Quic { addresses } if addresses.len() > QUIC_ADDRESSES_MAX) {
        return Err(ErrorCode::Malformed.into());
    }
    let text = hub::to_text(&ServerMessage::Signal { from: you.id, signal });
    if text.len() > SIGNAL_MAX_BYTES {
        return Err(ErrorCode::FrameTooLarge.into());
    }
    // As the organisation has it now, like every other rule.
    let record = greeting::record(app, seat).await?;
    let is_open = record.state == SessionState::Open;
    if is_open && record.settings.attachments.direct == DirectFiles::Allowed && to != you.id {
        app.hub.signal(seat.session, to, text);
    }
    Ok(())
}
