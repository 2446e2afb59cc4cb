//! Files of messages, and how they stand for those they were offered to.

use std::collections::BTreeMap;

use deskside_proto::{
    Attachment, AttachmentId, Consent, Digest32, Offer, ParticipantId, RecipientState, Seq, WithdrawReason,
};

use crate::{
    AttachmentItem, DirectFileItem, RecipientItem, Timeline,
    row::{MessageRow, Row, RowKind},
};

/// What the log says of a message's files after it was posted.
#[derive(Debug, Default, Clone)]
pub(crate) struct FileFacts {
    said: BTreeMap<(AttachmentId, ParticipantId), (Seq, RecipientState)>,
    withdrawn: BTreeMap<AttachmentId, WithdrawReason>,
    digests: BTreeMap<(AttachmentId, ParticipantId), Digest32>,
}

impl FileFacts {
    /// The newest word counts, in whatever order the log is read.
    pub(crate) fn said(
        &mut self,
        seq: Seq,
        files: &[AttachmentId],
        by: ParticipantId,
        state: RecipientState,
    ) {
        for file in files {
            let known = self.said.entry((*file, by)).or_insert((seq, state));
            if known.0 < seq {
                *known = (seq, state);
            }
        }
    }

    /// Somebody has a direct file whole, with this digest.
    pub(crate) fn verified(&mut self, file: AttachmentId, by: ParticipantId, digest: Digest32) {
        self.digests.insert((file, by), digest);
    }

    pub(crate) fn withdrawn(&mut self, files: &[AttachmentId], reason: WithdrawReason) {
        self.withdrawn.extend(files.iter().map(|file| (*file, reason)));
    }

    fn state(&self, file: AttachmentId, who: ParticipantId, offer: &Offer) -> RecipientState {
        let said = self.said.get(&(file, who)).map(|(_, state)| *state);
        let state = said.unwrap_or_else(|| at_offer(offer, who));
        let is_open = matches!(state, RecipientState::Pending | RecipientState::Accepted);
        if is_open && self.withdrawn.contains_key(&file) { RecipientState::Revoked } else { state }
    }

    /// Those who were offered a file when it was posted, then those who came later and answered.
    fn recipients(&self, file: AttachmentId, offer: &Offer) -> Vec<ParticipantId> {
        let mut recipients: Vec<_> = offer.accepted.iter().chain(&offer.pending).copied().collect();
        let answered = self.said.keys().filter(|(about, _)| *about == file).map(|(_, who)| *who);
        let late: Vec<_> = answered.filter(|who| !recipients.contains(who)).collect();
        recipients.extend(late);
        recipients
    }
}

/// Without a word of theirs since.
fn at_offer(offer: &Offer, who: ParticipantId) -> RecipientState {
    let accepted =
        offer.accepted.contains(&who) || offer.consent == Consent::Auto && !offer.pending.contains(&who);
    if accepted { RecipientState::Accepted } else { RecipientState::Pending }
}

impl Timeline {
    /// The direct files of all confirmed messages that are loaded, in the order of the log.
    #[must_use]
    pub fn direct_files(&self) -> Vec<DirectFileItem> {
        let rows = self.direct.iter().filter_map(|seq| self.confirmed_at(*seq));
        rows.flat_map(|row| self.direct_files_of(row)).collect()
    }

    fn direct_files_of(&self, row: &Row) -> Vec<DirectFileItem> {
        let (RowKind::Message(message), Some(target), Some(sender)) = (&row.kind, row.seq, row.sender) else {
            return Vec::new();
        };
        let deleted = self.facts.get(&target).is_some_and(|facts| facts.deletion.is_some());
        if deleted {
            return Vec::new();
        }
        let own = self.own() == Some(sender);
        let files = self.files(row, message, &BTreeMap::new()).into_iter();
        files
            .filter(|item| item.file.direct.is_some())
            .map(|file| DirectFileItem { target, sender, own, file })
            .collect()
    }

    /// The files of a message as they stand; `answers` are own ones that the log has not brought yet.
    pub(crate) fn files(
        &self,
        row: &Row,
        message: &MessageRow,
        answers: &BTreeMap<AttachmentId, RecipientState>,
    ) -> Vec<AttachmentItem> {
        let nothing_said = FileFacts::default();
        let facts = row.seq.and_then(|seq| self.facts.get(&seq)).map_or(&nothing_said, |facts| &facts.files);
        let file = |file: &Attachment| {
            let mut item = self.file(row, message, facts, file);
            if let (Some(yours), Some(answer)) = (&mut item.yours, answers.get(&file.id)) {
                item.unconfirmed = *yours != *answer;
                *yours = *answer;
            }
            item
        };
        message.attachments.iter().map(file).collect()
    }

    fn file(&self, row: &Row, message: &MessageRow, facts: &FileFacts, file: &Attachment) -> AttachmentItem {
        let withdrawn = facts.withdrawn.get(&file.id).copied();
        let everybody = Offer { consent: Consent::Auto, accepted: Vec::new(), pending: Vec::new() };
        let offer = message.offer.as_deref().unwrap_or(&everybody);
        let own = self.own().filter(|own| row.sender != Some(*own));
        let others = facts.recipients(file.id, offer).into_iter().filter(|who| Some(*who) != self.own());
        AttachmentItem {
            file: file.clone(),
            withdrawn,
            yours: own.map(|own| facts.state(file.id, own, offer)),
            unconfirmed: false,
            recipients: others
                .map(|who| RecipientItem {
                    id: who,
                    name: self.name(Some(who)),
                    state: facts.state(file.id, who, offer),
                    blake3: facts.digests.get(&(file.id, who)).copied(),
                })
                .collect(),
        }
    }
}
