//! What is kept, and the one rule of who may see a session.

use std::collections::{BTreeMap, HashMap};

use deskside_proto::{
    Attachment, AttachmentId, AttachmentState, CannedReplyId, Event, EventBody, Millis, OrgId, OrgRole,
    OrgSettings, Participant, ParticipantId, ParticipantState, ReadMark, RecipientState, Seq, SessionId,
    UploadId, UserId, Visibility,
    api::{CannedReply, SessionState},
};

use crate::{Caller, JoinSecret, NewToken, SecretHash, TranscriptRecord, UploadDigest, UserRecord};

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) set_up: Option<SecretHash>,
    pub(super) orgs: BTreeMap<OrgId, Org>,
    pub(super) users: HashMap<UserId, UserRecord>,
    pub(super) tokens: HashMap<SecretHash, NewToken>,
    pub(super) memberships: BTreeMap<(OrgId, UserId), OrgRole>,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    pub(super) replies: BTreeMap<(OrgId, CannedReplyId), CannedReply>,
}

#[derive(Debug)]
pub(super) struct Org {
    pub(super) name: String,
    pub(super) settings: OrgSettings,
    pub(super) created_at: Millis,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) room: Room,
    /// The event with seq N stands at N - 1.
    pub(super) events: Vec<Event>,
    /// Earlier bodies of rewritten events.
    pub(super) history: Vec<(Seq, EventBody)>,
}

/// Everything of a session but its log: small enough to be copied, so that a refused append leaves no trace.
#[derive(Debug, Clone)]
pub(super) struct Room {
    pub(super) org: OrgId,
    pub(super) created_by: UserId,
    pub(super) title: String,
    pub(super) created_at: Millis,
    pub(super) ended_at: Option<Millis>,
    pub(super) transcript: Option<TranscriptRecord>,
    pub(super) secrets: Vec<JoinSecret>,
    /// In the order they came.
    pub(super) places: Vec<Place>,
    pub(super) files: Vec<StoredFile>,
}

#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) participant: Participant,
    pub(super) token: Option<SecretHash>,
    /// Was admitted at some time, whatever came later.
    pub(super) was_let_in: bool,
    /// Everything up to here was read.
    pub(super) read: Seq,
}

/// An upload and what becomes of it.
#[derive(Debug, Clone)]
pub(super) struct StoredFile {
    pub(super) upload: UploadId,
    pub(super) attachment: AttachmentId,
    pub(super) sender: ParticipantId,
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) offset: u64,
    pub(super) state: AttachmentState,
    pub(super) digest: Option<UploadDigest>,
    pub(super) offer: Option<Offer>,
    /// Withdrawn, and its bytes are gone.
    pub(super) erased: bool,
    pub(super) recipients: HashMap<ParticipantId, RecipientState>,
}

/// The message that offers a file, and the file's place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Offer {
    pub(super) seq: Seq,
    pub(super) position: usize,
    pub(super) to_customers: bool,
}

impl State {
    /// The session as `user` may see it: members of its organisation; those limited to own sessions only where they created
    /// it or were let in.
    pub(super) fn visible(&self, user: UserId, session: SessionId) -> Option<&Session> {
        let found = self.sessions.get(&session)?;
        let role = self.memberships.get(&(found.room.org, user))?;
        (role.sees_all_sessions() || found.room.is_own(user)).then_some(found)
    }

    /// Whether `caller` is the participant `sender` of `session`, and admitted.
    pub(super) fn speaks_for(&self, caller: Caller, session: SessionId, sender: ParticipantId) -> bool {
        let Some(place) = self.sessions.get(&session).and_then(|found| found.room.place(sender)) else {
            return false;
        };
        let is_caller = match caller {
            Caller::User(user) => {
                place.participant.user_id == Some(user) && self.visible(user, session).is_some()
            }
            Caller::Guest { session: own, participant } => own == session && participant == sender,
        };
        is_caller && place.participant.state == ParticipantState::Admitted
    }
}

impl Room {
    fn is_own(&self, user: UserId) -> bool {
        self.created_by == user
            || self.places.iter().any(|place| {
                place.participant.user_id == Some(user)
                    && matches!(place.participant.state, ParticipantState::Admitted | ParticipantState::Left)
            })
    }

    pub(super) fn state(&self) -> SessionState {
        match (self.ended_at, &self.transcript) {
            (None, _) => SessionState::Open,
            (Some(_), None) => SessionState::Ended,
            (Some(_), Some(_)) => SessionState::Sealed,
        }
    }

    /// How far those have read who have read anything.
    pub(super) fn reads(&self) -> Vec<ReadMark> {
        let read = self.places.iter().filter(|place| place.read > 0);
        read.map(|place| ReadMark { participant_id: place.participant.id, seq: place.read }).collect()
    }

    pub(super) fn place(&self, participant: ParticipantId) -> Option<&Place> {
        self.places.iter().find(|place| place.participant.id == participant)
    }

    pub(super) fn file(&mut self, attachment: AttachmentId) -> Option<&mut StoredFile> {
        self.files.iter_mut().find(|file| file.attachment == attachment)
    }

    /// What is offered, in the order of the log.
    pub(super) fn offered(&self) -> Vec<Attachment> {
        let mut files: Vec<&StoredFile> =
            self.files.iter().filter(|file| file.state == AttachmentState::Offered).collect();
        files.sort_by_key(|file| file.offer);
        files.into_iter().filter_map(StoredFile::described).collect()
    }
}

impl StoredFile {
    /// As everybody sees it; `None` while it is not complete.
    pub(super) fn described(&self) -> Option<Attachment> {
        let digest = self.digest.as_ref()?;
        Some(Attachment {
            id: self.attachment,
            name: self.name.clone(),
            size: self.size,
            media_type: digest.media_type.clone(),
            sha256: digest.sha256.clone(),
            thumbnail: digest.thumbnail,
        })
    }

    /// Consent `auto`: `participant`, who is in the room, has accepted what they may see.
    pub(super) fn accept_for(&mut self, participant: &Participant) {
        let Some(offer) = self.offer.filter(|_| self.state == AttachmentState::Offered) else {
            return;
        };
        let visibility = if offer.to_customers { Visibility::All } else { Visibility::Technicians };
        if participant.state == ParticipantState::Admitted
            && participant.id != self.sender
            && visibility.admits(participant.role)
        {
            self.recipients.entry(participant.id).or_insert(RecipientState::Accepted);
        }
    }
}
