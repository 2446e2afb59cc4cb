//! Commands of participants, as appends.

use deskside_proto::{
    AttachmentId, ChatPolicy, Command, ErrorCode, EventBody, MessagePosted, Participant, ParticipantId,
    ParticipantRole, ParticipantState, Seq, TxnId, Visibility, WithdrawReason,
    limits::{EMOJI_MAX_BYTES, MESSAGE_MAX_ATTACHMENTS, MESSAGE_MAX_CHARS, MESSAGE_MAX_MENTIONS},
};
use deskside_store::{Append, Effect, MessageChange, OfferAnswer, OfferRules, SessionRecord};

use super::Seat;
use crate::{App, error::ApiResult, participants};

/// What a command becomes.
struct Asked {
    body: EventBody,
    visibility: Visibility,
    effects: Vec<Effect>,
}

impl From<(EventBody, Effect)> for Asked {
    fn from((body, effect): (EventBody, Effect)) -> Self {
        Self { body, visibility: Visibility::All, effects: vec![effect] }
    }
}

/// The append that `command` asks for.
pub(super) async fn to_append(
    app: &App,
    seat: &Seat,
    you: &Participant,
    txn_id: TxnId,
    command: Command,
) -> Result<Append, ErrorCode> {
    participants::refuse_not_admitted(you)?;
    let Asked { body, visibility, effects } = match command {
        Command::PostMessage { .. } => post(app, seat, you, command).await?,
        Command::EditMessage { target, text, notify } => {
            check_length(&text)?;
            let chat = chat_policy(app, seat).await?;
            let change = MessageChange::Edit { text: text.clone(), chat };
            let body = EventBody::MessageEdited { target, text: Some(text), notify };
            (body, change_message(you, target, change, chat)).into()
        }
        Command::DeleteMessage { target } => {
            let chat = chat_policy(app, seat).await?;
            let effect = change_message(you, target, MessageChange::Delete { chat }, chat);
            (EventBody::MessageDeleted { target }, effect).into()
        }
        Command::React { target, emoji } => {
            check_emoji(&emoji)?;
            (EventBody::ReactionAdded { target, emoji }, Effect::ReactTo { target, by: you.role }).into()
        }
        Command::Unreact { target, emoji } => {
            check_emoji(&emoji)?;
            (EventBody::ReactionRemoved { target, emoji }, Effect::ReactTo { target, by: you.role }).into()
        }
        Command::AnswerAttachments { target, attachments, accept } => {
            let answer = if accept { OfferAnswer::Accept } else { OfferAnswer::Decline };
            let effect = answer_offer(you, target, &attachments, answer)?;
            (EventBody::AttachmentsAnswered { target, attachments, accepted: accept }, effect).into()
        }
        Command::ConfirmAttachments { target, attachments, blake3 } => {
            // A digest is that of one file.
            if blake3.is_some() && attachments.len() != 1 {
                return Err(ErrorCode::InvalidInput);
            }
            let answer = if blake3.is_some() { OfferAnswer::ReceivedDirect } else { OfferAnswer::Received };
            let effect = answer_offer(you, target, &attachments, answer)?;
            (EventBody::AttachmentsReceived { target, attachments, blake3 }, effect).into()
        }
        Command::RevokeAttachments { target, attachments } => {
            check_files(&attachments)?;
            let reason = WithdrawReason::Revoked;
            let effect = Effect::WithdrawAttachments { target, attachments: attachments.clone(), reason };
            (EventBody::AttachmentsWithdrawn { target, attachments, reason }, effect).into()
        }
        Command::Leave => {
            let (from, to) = (ParticipantState::Admitted, ParticipantState::Left);
            let gone = Effect::SetParticipantState { participant: you.id, from, to };
            (EventBody::ParticipantLeft { participant_id: you.id }, gone).into()
        }
    };
    let append = participants::append(app, seat.session, you.id, body);
    Ok(Append { txn_id: Some(txn_id), visibility, effects, ..append })
}

async fn post(app: &App, seat: &Seat, you: &Participant, command: Command) -> Result<Asked, ErrorCode> {
    let Command::PostMessage { text, reply_to, attachments, mentions, private } = command else {
        return Err(ErrorCode::Malformed);
    };
    if text.trim().is_empty() && attachments.is_empty() {
        return Err(ErrorCode::MessageEmpty);
    }
    check_length(&text)?;
    check_reply(reply_to)?;
    if attachments.len() > MESSAGE_MAX_ATTACHMENTS || mentions.len() > MESSAGE_MAX_MENTIONS {
        return Err(ErrorCode::InvalidInput);
    }
    if private && you.role != ParticipantRole::Technician {
        return Err(ErrorCode::Forbidden);
    }
    let mentions = known_people(app, seat, mentions).await?;
    let message = MessagePosted { text, reply_to, mentions, ..MessagePosted::default() };
    let mut effects = Vec::new();
    if !attachments.is_empty() {
        let rules = OfferRules::of(&record(app, seat).await?.settings.attachments);
        effects.push(Effect::OfferAttachments { attachments, rules });
    }
    Ok(Asked {
        body: EventBody::MessagePosted(message),
        visibility: if private { Visibility::Technicians } else { Visibility::All },
        effects,
    })
}

fn answer_offer(
    you: &Participant,
    target: Seq,
    attachments: &[AttachmentId],
    answer: OfferAnswer,
) -> Result<Effect, ErrorCode> {
    check_files(attachments)?;
    Ok(Effect::AnswerOffer { target, by: you.role, attachments: attachments.to_vec(), answer })
}

fn check_files(attachments: &[AttachmentId]) -> Result<(), ErrorCode> {
    let fits = (1..=MESSAGE_MAX_ATTACHMENTS).contains(&attachments.len());
    if fits { Ok(()) } else { Err(ErrorCode::InvalidInput) }
}

fn change_message(you: &Participant, target: Seq, change: MessageChange, chat: ChatPolicy) -> Effect {
    Effect::ChangeMessage { target, by: you.role, change, keep_history: chat.keep_history }
}

/// As the organisation has it now: a change of the settings holds at once.
async fn chat_policy(app: &App, seat: &Seat) -> Result<ChatPolicy, ErrorCode> {
    Ok(record(app, seat).await?.settings.chat)
}

/// Mentions of people of this session, each once; others are nobody here.
async fn known_people(
    app: &App,
    seat: &Seat,
    mut mentions: Vec<ParticipantId>,
) -> Result<Vec<ParticipantId>, ErrorCode> {
    if mentions.is_empty() {
        return Ok(mentions);
    }
    let people = record(app, seat).await?.participants;
    mentions.sort_unstable();
    mentions.dedup();
    mentions.retain(|id| people.iter().any(|person| person.id == *id));
    Ok(mentions)
}

async fn record(app: &App, seat: &Seat) -> Result<SessionRecord, ErrorCode> {
    let read = async || -> ApiResult<SessionRecord> {
        Ok(app.store.session(seat.caller, seat.session).await?.ok_or(ErrorCode::NotFound)?)
    };
    read().await.map_err(|error| error.code())
}

fn check_length(text: &str) -> Result<(), ErrorCode> {
    if text.chars().count() > MESSAGE_MAX_CHARS { Err(ErrorCode::MessageTooLong) } else { Ok(()) }
}

/// Places of a log begin at 1 and stay far below what the database can count to.
fn check_reply(reply_to: Option<Seq>) -> Result<(), ErrorCode> {
    match reply_to {
        Some(seq) if seq == 0 || i64::try_from(seq).is_err() => Err(ErrorCode::InvalidInput),
        _ => Ok(()),
    }
}

/// A reaction is an emoji and nothing else: no text gets past the message's rules as one.
fn check_emoji(emoji: &str) -> Result<(), ErrorCode> {
    let known = emoji.len() <= EMOJI_MAX_BYTES && emojis::get(emoji).is_some();
    if known { Ok(()) } else { Err(ErrorCode::InvalidInput) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Z06: what may be given as a reaction.
    #[test]
    fn a_reaction_is_an_emoji() {
        for (text, expected) in [
            ("👍", true),
            ("👍🏽", true),
            ("❤️", true),
            ("👩‍👩‍👧‍👦", true),
            ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", true),
            ("", false),
            ("a", false),
            ("👍👍", false),
            ("👍 buy now", false),
            ("\u{202e}", false),
        ] {
            assert_eq!(check_emoji(text).is_ok(), expected, "{text:?}");
        }
    }
}
