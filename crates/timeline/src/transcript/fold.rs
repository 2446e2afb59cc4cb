//! Events in, items out: one fold for every format of a transcript, and for what Files shows in place.

use deskside_proto::{
    Attachment, AttachmentId, Event, EventBody, MessagePosted, ParticipantId, ParticipantRole, Seq,
    api::{FileFate, TranscriptFile, TranscriptItem, TranscriptMessage, TranscriptQuote, TranscriptWhat},
};

use super::survey::{Audience, Survey};

/// The second pass over a log, or over a stretch of it: what a [`Survey`] knows, put beside each event in order.
#[derive(Debug, Clone)]
pub struct TranscriptFold {
    survey: Survey,
    /// Items so far.
    items: u64,
}

impl TranscriptFold {
    /// The survey has seen what this fold will see.
    #[must_use]
    pub fn new(survey: Survey) -> Self {
        Self { survey, items: 0 }
    }

    /// What stands in the transcript for an event. Nothing where the audience may not see it, and where it shows at another one:
    /// edits, deletions and reactions at their message.
    pub fn item(&mut self, event: &Event) -> Option<TranscriptItem> {
        if !self.survey.audience().admits(event) {
            return None;
        }
        let number = match self.survey.audience() {
            Audience::Organisation => event.seq,
            Audience::Customer => self.items + 1,
        };
        self.survey.recall(event, number);
        let what = self.what(event)?;
        self.items += 1;
        Some(TranscriptItem {
            seq: number,
            at: event.at,
            by: self.survey.who(actor(event)),
            technicians_only: !event.visibility.admits(ParticipantRole::Customer),
            what,
        })
    }

    fn what(&self, event: &Event) -> Option<TranscriptWhat> {
        Some(match &event.body {
            EventBody::MessagePosted(message) => TranscriptWhat::Message(self.message(event.seq, message)),
            EventBody::Tombstone { deleted_by, deleted_at } => {
                TranscriptWhat::Deleted { by: self.survey.who(*deleted_by), at: *deleted_at }
            }
            EventBody::ParticipantWaiting { .. } => TranscriptWhat::Waiting,
            EventBody::ParticipantJoined { .. } => TranscriptWhat::Joined,
            EventBody::ParticipantLeft { .. } => TranscriptWhat::Left,
            EventBody::ParticipantRemoved { participant_id } => {
                TranscriptWhat::Removed { who: self.survey.who(Some(*participant_id))? }
            }
            EventBody::AttachmentsAnswered { target, attachments, accepted } => {
                TranscriptWhat::Answered { files: self.files(*target, attachments)?, accepted: *accepted }
            }
            EventBody::AttachmentsReceived { target, attachments, blake3 } => TranscriptWhat::Received {
                files: self.files(*target, attachments)?,
                blake3: blake3.map(|digest| digest.to_string()),
            },
            EventBody::AttachmentsWithdrawn { target, attachments, reason } => {
                TranscriptWhat::Withdrawn { files: self.files(*target, attachments)?, reason: *reason }
            }
            EventBody::SessionEnded { reason } => TranscriptWhat::Ended { reason: *reason },
            EventBody::Unknown(_) => TranscriptWhat::Unknown,
            EventBody::MessageEdited { .. }
            | EventBody::MessageDeleted { .. }
            | EventBody::ReactionAdded { .. }
            | EventBody::ReactionRemoved { .. } => return None,
        })
    }

    fn message(&self, seq: Seq, message: &MessagePosted) -> TranscriptMessage {
        TranscriptMessage {
            text: message.text.clone(),
            edited_at: message.edited.map(|edit| edit.at),
            reply_to: message.reply_to.and_then(|original| self.quote(original)),
            files: message.attachments.iter().map(|file| self.file(file)).collect(),
            reactions: self.survey.reactions(seq),
        }
    }

    fn quote(&self, seq: Seq) -> Option<TranscriptQuote> {
        let original = self.survey.original(seq)?;
        Some(TranscriptQuote {
            seq: original.number,
            by: self.survey.who(original.by),
            at: original.at,
            text: original.text.clone(),
        })
    }

    fn file(&self, file: &Attachment) -> TranscriptFile {
        let fate = match self.survey.withdrawn(file.id) {
            Some(reason) => FileFate::Gone { reason },
            None if file.direct.is_some() => FileFate::Direct,
            None => FileFate::Kept,
        };
        let blake3 = self.survey.blake3(file.id).map(|digest| digest.to_string());
        TranscriptFile { attachment: file.clone(), blake3, fate }
    }

    /// Names of files of the message at `target`; a customer's copy says nothing about what it does not show.
    fn files(&self, target: Seq, files: &[AttachmentId]) -> Option<Vec<String>> {
        let hidden = self.survey.audience() == Audience::Customer && self.survey.original(target).is_none();
        (!hidden).then(|| self.survey.names_of(files))
    }
}

/// Whom an item is about: who joins was not the one who let them in.
fn actor(event: &Event) -> Option<ParticipantId> {
    match &event.body {
        EventBody::ParticipantWaiting { participant } | EventBody::ParticipantJoined { participant } => {
            Some(participant.id)
        }
        EventBody::ParticipantLeft { participant_id } => Some(*participant_id),
        _ => event.sender,
    }
}
