//! What is kept, and the one rule of who may see a session.

use std::collections::{BTreeMap, HashMap};

use deskside_proto::{
    Attachment, AttachmentId, AttachmentState, BotId, CannedReplyId, CaptureKind, Consent, DirectFile, Event,
    EventBody, InvitationId, Millis, OrgId, OrgRole, OrgSettings, Participant, ParticipantId,
    ParticipantState, ReadMark, RecipientState, Seq, SessionId, UploadId, UserId, Visibility,
    api::{CannedReply, SessionState},
};

use super::bots::KeptBot;
use crate::{
    AuditEntry, Caller, ChainEntry, JoinSecret, NewInvitation, NewReport, NewToken, SecretHash,
    TranscriptFile, UploadDigest, UserRecord, WithdrawnFile,
    offers::{at_offer, is_served, withdrawn},
};

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) set_up: Option<SecretHash>,
    pub(super) orgs: BTreeMap<OrgId, Org>,
    pub(super) users: HashMap<UserId, UserRecord>,
    pub(super) created: HashMap<UserId, Millis>,
    pub(super) devices: HashMap<SecretHash, KeptDevice>,
    /// Of those who may come in.
    pub(super) memberships: BTreeMap<(OrgId, UserId), OrgRole>,
    /// What those held who were deactivated.
    pub(super) deactivated: BTreeMap<(OrgId, UserId), OrgRole>,
    pub(super) since: HashMap<(OrgId, UserId), Millis>,
    pub(super) invitations: BTreeMap<InvitationId, NewInvitation>,
    pub(super) resets: HashMap<SecretHash, (UserId, Millis)>,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    /// What technicians wrote of their sessions, and who they are.
    pub(super) reports: BTreeMap<SessionId, NewReport>,
    pub(super) bots: BTreeMap<(OrgId, BotId), KeptBot>,
    pub(super) replies: BTreeMap<(OrgId, CannedReplyId), CannedReply>,
    /// Of deleted sessions: bytes, and everything else, that has to go.
    pub(super) files_to_erase: Vec<WithdrawnFile>,
    pub(super) sessions_to_erase: Vec<(OrgId, SessionId)>,
    /// In order; the place counts from 1.
    pub(super) audit: Vec<AuditEntry>,
    /// Each organisation's in order.
    pub(super) manifests: Vec<(OrgId, ChainEntry)>,
}

#[derive(Debug)]
pub(super) struct KeptDevice {
    pub(super) token: NewToken,
    pub(super) last_seen_at: Millis,
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
    pub(super) sealed: Option<Sealed>,
    /// When somebody was last connected.
    pub(super) last_present_at: Millis,
    pub(super) hold: Option<Hold>,
    pub(super) secrets: Vec<JoinSecret>,
    /// In the order they came.
    pub(super) places: Vec<Place>,
    pub(super) files: Vec<StoredFile>,
}

/// Since when a session is sealed, with every form of its transcript.
#[derive(Debug, Clone)]
pub(super) struct Sealed {
    pub(super) at: Millis,
    pub(super) transcripts: Vec<TranscriptFile>,
}

/// Why, by whom and when a session is held.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    pub(super) reason: String,
    pub(super) by: UserId,
    pub(super) at: Millis,
}

#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) participant: Participant,
    pub(super) token: Option<SecretHash>,
    /// Was admitted at some time, whatever came later.
    pub(super) was_let_in: bool,
    /// Everything up to here was read.
    pub(super) read: Seq,
    /// First asked to come in, was first let in, went for good.
    pub(super) came_at: Millis,
    pub(super) joined_at: Option<Millis>,
    pub(super) left_at: Option<Millis>,
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
    pub(super) begun_at: Millis,
    /// When somebody last went on with it.
    pub(super) touched_at: Millis,
    pub(super) state: AttachmentState,
    pub(super) digest: Option<UploadDigest>,
    /// Goes without the portal.
    pub(super) direct: Option<DirectFile>,
    pub(super) capture: Option<CaptureKind>,
    pub(super) offer: Option<Offered>,
    /// Its bytes are gone, or there never were any.
    pub(super) erased: bool,
    pub(super) recipients: HashMap<ParticipantId, Standing>,
    /// The manifest that names it, once it is being written.
    pub(super) manifest_part: Option<u32>,
    /// That manifest stands in the chain.
    pub(super) listed: bool,
}

/// Where a recipient stands, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) state: RecipientState,
    /// Their answer's time; that of the offer is not kept.
    pub(super) answered_at: Millis,
}

/// The message that offers a file, and the file's place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offered {
    pub(super) seq: Seq,
    pub(super) position: usize,
    pub(super) to_customers: bool,
    pub(super) consent: Consent,
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
        match (self.ended_at, &self.sealed) {
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

    /// Whether `recipient` has accepted a direct, or stored, file of `sender`.
    pub(super) fn trusts(&self, recipient: ParticipantId, sender: ParticipantId, direct: bool) -> bool {
        let from = self.files.iter().filter(|file| file.sender == sender && file.direct.is_some() == direct);
        from.into_iter().any(|file| file.serves(recipient))
    }

    pub(super) fn file(&mut self, attachment: AttachmentId) -> Option<&mut StoredFile> {
        self.files.iter_mut().find(|file| file.attachment == attachment)
    }

    /// What was offered and stands in `state`, in the order of the log.
    pub(super) fn offered(&self, state: AttachmentState) -> Vec<Attachment> {
        let mut files: Vec<&StoredFile> = self.files.iter().filter(|file| file.state == state).collect();
        // What joined after the end stands last.
        files.sort_by_key(|file| {
            (file.offer.is_none(), file.offer.map(|offer| (offer.seq, offer.position)), file.attachment)
        });
        files.into_iter().filter_map(StoredFile::described).collect()
    }
}

impl StoredFile {
    /// Nobody gets it any more but who has it.
    pub(super) fn withdraw(&mut self) {
        self.state = AttachmentState::Withdrawn;
        for standing in self.recipients.values_mut() {
            standing.state = withdrawn(standing.state);
        }
    }

    /// Its bytes have to go.
    pub(super) fn is_withdrawn(&self) -> bool {
        matches!(self.state, AttachmentState::Withdrawn | AttachmentState::Expired) && !self.erased
    }

    /// Somebody was asked, and nobody has accepted. A capture is kept for Files, whoever is asked.
    pub(super) fn is_unaccepted(&self) -> bool {
        let waits = |standing: &Standing| {
            matches!(
                standing.state,
                RecipientState::Pending | RecipientState::Declined | RecipientState::Revoked
            )
        };
        self.capture.is_none() && !self.recipients.is_empty() && self.recipients.values().all(waits)
    }

    /// Whether `recipient` gets the bytes.
    pub(super) fn serves(&self, recipient: ParticipantId) -> bool {
        self.recipients.get(&recipient).is_some_and(|standing| is_served(standing.state))
    }

    /// Everybody declined it, the last one before `before`.
    pub(super) fn is_unwanted(&self, before: Millis) -> bool {
        let declined =
            |standing: &Standing| standing.state == RecipientState::Declined && standing.answered_at < before;
        self.state == AttachmentState::Offered
            && self.capture.is_none()
            && !self.recipients.is_empty()
            && self.recipients.values().all(declined)
    }

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
            direct: self.direct,
            capture: self.capture,
        })
    }

    /// Offers it to `participant`, if they are in the room and may see it.
    pub(super) fn offer_to(&mut self, participant: &Participant, trusts: bool) {
        let Some(offer) = self.offer.filter(|_| self.state == AttachmentState::Offered) else {
            return;
        };
        let visibility = if offer.to_customers { Visibility::All } else { Visibility::Technicians };
        if participant.state == ParticipantState::Admitted
            && participant.id != self.sender
            && visibility.admits(participant.role)
        {
            let state = at_offer(offer.consent, trusts);
            let standing = Standing { state, answered_at: Millis::default() };
            self.recipients.entry(participant.id).or_insert(standing);
        }
    }
}
