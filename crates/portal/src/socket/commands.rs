//! Commands of participants, as appends.

use deskside_proto::{
    Command, ErrorCode, EventBody, MessagePosted, Participant, ParticipantState, Seq, SessionId, TxnId,
    limits::{MESSAGE_MAX_ATTACHMENTS, MESSAGE_MAX_CHARS},
};
use deskside_store::{Append, Effect};

use crate::{App, participants};

/// The append that `command` asks for.
pub(super) fn to_append(
    app: &App,
    session: SessionId,
    you: &Participant,
    txn_id: TxnId,
    command: Command,
) -> Result<Append, ErrorCode> {
    participants::refuse_not_admitted(you)?;
    let (body, effects) = match command {
        Command::PostMessage { text, reply_to, attachments } => {
            check_text(&text, !attachments.is_empty())?;
            check_reply(reply_to)?;
            if attachments.len() > MESSAGE_MAX_ATTACHMENTS {
                return Err(ErrorCode::InvalidInput);
            }
            let offer = (!attachments.is_empty()).then_some(Effect::OfferAttachments { attachments });
            let message = MessagePosted { text, reply_to, ..MessagePosted::default() };
            (EventBody::MessagePosted(message), offer.into_iter().collect())
        }
        Command::Leave => {
            let gone = Effect::SetParticipantState {
                participant: you.id,
                from: ParticipantState::Admitted,
                to: ParticipantState::Left,
            };
            (EventBody::ParticipantLeft { participant_id: you.id }, vec![gone])
        }
    };
    let append = participants::append(app, session, you.id, body);
    Ok(Append { txn_id: Some(txn_id), effects, ..append })
}

fn check_text(text: &str, has_attachments: bool) -> Result<(), ErrorCode> {
    if text.trim().is_empty() && !has_attachments {
        Err(ErrorCode::MessageEmpty)
    } else if text.chars().count() > MESSAGE_MAX_CHARS {
        Err(ErrorCode::MessageTooLong)
    } else {
        Ok(())
    }
}

/// Places of a log begin at 1 and stay far below what the database can count to.
fn check_reply(reply_to: Option<Seq>) -> Result<(), ErrorCode> {
    match reply_to {
        Some(seq) if seq == 0 || i64::try_from(seq).is_err() => Err(ErrorCode::InvalidInput),
        _ => Ok(()),
    }
}
