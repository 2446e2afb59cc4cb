//! The first pass over a log: what later lines need of earlier ones, and what reading forward cannot know.
//!
//! Memory: a fixed amount per participant, per message that somebody answers, reacts to or whose files are spoken of, and per
//! file that something became of; a quoted beginning has at most [`QUOTE_MAX_CHARS`] characters, and no other text is kept.

use std::collections::BTreeMap;

use deskside_proto::{
    AttachmentId, Digest32, Event, EventBody, MessagePosted, Millis, Participant, ParticipantId,
    ParticipantRole, Seq, Visibility, WithdrawReason,
    api::{TranscriptPerson, TranscriptReaction},
};

use crate::{facts::Reactions, show::excerpt};

/// Characters of a quoted original; the rest is one look away.
pub const QUOTE_MAX_CHARS: usize = 120;

/// Who reads a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Audience {
    /// Those with access to Files: everything.
    #[default]
    Organisation,
    /// The customer: what technicians said among themselves leaves no trace, not even a gap in the numbers.
    Customer,
}

impl Audience {
    pub(super) fn admits(self, event: &Event) -> bool {
        match self {
            Self::Organisation => true,
            Self::Customer => event.visibility == Visibility::All,
        }
    }
}

/// What the log says of its people, messages and files. Feed it every event before the first line is written; or, for a stretch
/// of the log: the participants, the stretch, all events that are about its messages, and then [`Survey::missing`].
#[derive(Debug, Default, Clone)]
pub struct Survey {
    audience: Audience,
    people: BTreeMap<ParticipantId, TranscriptPerson>,
    messages: BTreeMap<Seq, About>,
    files: BTreeMap<AttachmentId, FileSaid>,
}

/// What was said of one message.
#[derive(Debug, Default, Clone)]
struct About {
    /// Somebody answers it, or speaks of its files.
    wanted: bool,
    original: Option<Original>,
    reactions: Reactions,
}

/// A message as those that follow speak of it.
#[derive(Debug, Clone)]
pub(super) struct Original {
    /// As its item is numbered.
    pub(super) number: Seq,
    pub(super) by: Option<ParticipantId>,
    pub(super) at: Millis,
    /// Its beginning; absent where it was deleted.
    pub(super) text: Option<String>,
}

/// What was said of one file.
#[derive(Debug, Default, Clone)]
struct FileSaid {
    name: Option<String>,
    withdrawn: Option<WithdrawReason>,
    blake3: Option<Digest32>,
}

impl Survey {
    #[must_use]
    pub fn new(audience: Audience) -> Self {
        Self { audience, ..Self::default() }
    }

    /// Somebody who takes part, where the events that tell of them are not all seen.
    pub fn person(&mut self, id: ParticipantId, name: &str, role: ParticipantRole) {
        self.people.insert(id, TranscriptPerson { name: name.to_owned(), role });
    }

    /// An event of the log. In any order, and any number of times.
    pub fn see(&mut self, event: &Event) {
        if !self.audience.admits(event) {
            return;
        }
        match &event.body {
            EventBody::ParticipantWaiting { participant } | EventBody::ParticipantJoined { participant } => {
                let Participant { id, name, role, .. } = participant;
                self.person(*id, name, *role);
            }
            EventBody::MessagePosted(message) => {
                if let Some(original) = message.reply_to {
                    self.messages.entry(original).or_default().wanted = true;
                }
            }
            EventBody::ReactionAdded { target, emoji } => self.reacted(event, *target, emoji, true),
            EventBody::ReactionRemoved { target, emoji } => self.reacted(event, *target, emoji, false),
            EventBody::AttachmentsAnswered { target, attachments, .. } => {
                self.speaks_of(*target, attachments, |_| {});
            }
            EventBody::AttachmentsReceived { target, attachments, blake3 } => {
                self.speaks_of(*target, attachments, |file| file.blake3 = file.blake3.or(*blake3));
            }
            EventBody::AttachmentsWithdrawn { target, attachments, reason } => {
                self.speaks_of(*target, attachments, |file| file.withdrawn = Some(*reason));
            }
            _ => {}
        }
        self.recall(event, event.seq);
    }

    /// Messages that others speak of and that were not seen since: a stretch of the log needs them from beyond its edges.
    #[must_use]
    pub fn missing(&self) -> Vec<Seq> {
        let missing = |(_, about): &(&Seq, &About)| about.wanted && about.original.is_none();
        self.messages.iter().filter(missing).map(|(seq, _)| *seq).collect()
    }

    /// Keeps what others want to know of a message that stands in the transcript as `number`.
    pub(super) fn recall(&mut self, event: &Event, number: Seq) {
        let text = match &event.body {
            EventBody::MessagePosted(message) => {
                self.name_files(message);
                Some(message)
            }
            EventBody::Tombstone { .. } => None,
            _ => return,
        };
        if let Some(about) = self.messages.get_mut(&event.seq).filter(|about| about.wanted) {
            let text = text.map(|message| excerpt(&message.text, &message.attachments, QUOTE_MAX_CHARS));
            about.original = Some(Original { number, by: event.sender, at: event.at, text });
        }
    }

    pub(super) fn audience(&self) -> Audience {
        self.audience
    }

    pub(super) fn original(&self, seq: Seq) -> Option<&Original> {
        self.messages.get(&seq)?.original.as_ref()
    }

    pub(super) fn who(&self, id: Option<ParticipantId>) -> Option<TranscriptPerson> {
        let somebody = || TranscriptPerson { name: String::new(), role: ParticipantRole::Customer };
        id.map(|id| self.people.get(&id).cloned().unwrap_or_else(somebody))
    }

    pub(super) fn reactions(&self, seq: Seq) -> Vec<TranscriptReaction> {
        let given = self.messages.get(&seq).map(|about| about.reactions.given()).unwrap_or_default();
        let name = |id: ParticipantId| self.people.get(&id).map(|who| who.name.clone()).unwrap_or_default();
        given
            .into_iter()
            .map(|(emoji, by)| TranscriptReaction { emoji, people: by.into_iter().map(name).collect() })
            .collect()
    }

    pub(super) fn withdrawn(&self, file: AttachmentId) -> Option<WithdrawReason> {
        self.files.get(&file)?.withdrawn
    }

    pub(super) fn blake3(&self, file: AttachmentId) -> Option<Digest32> {
        self.files.get(&file)?.blake3
    }

    /// As lines speak of files; those of a deleted message have no name.
    pub(super) fn names_of(&self, files: &[AttachmentId]) -> Vec<String> {
        files.iter().filter_map(|file| self.files.get(file)?.name.clone()).collect()
    }

    fn reacted(&mut self, event: &Event, target: Seq, emoji: &str, given: bool) {
        if let Some(by) = event.sender {
            let about = self.messages.entry(target).or_default();
            about.reactions.said(event.seq, emoji.to_owned(), by, given);
        }
    }

    fn speaks_of(&mut self, target: Seq, files: &[AttachmentId], learn: impl Fn(&mut FileSaid)) {
        self.messages.entry(target).or_default().wanted = true;
        for file in files {
            learn(self.files.entry(*file).or_default());
        }
    }

    fn name_files(&mut self, message: &MessagePosted) {
        for file in &message.attachments {
            if let Some(said) = self.files.get_mut(&file.id) {
                said.name = Some(file.name.clone());
            }
        }
    }
}
