//! A small world to ask questions in: two organisations, a person for each role, and short ways to make things.

use std::sync::atomic::{AtomicU64, Ordering};

use deskside_proto::{
    AttachmentId, ChatPolicy, Consent, DeviceId, EndReason, ErrorCode, Event, EventBody, EventId,
    MessagePosted, Millis, OrgId, OrgRole, Participant, ParticipantId, ParticipantRole, ParticipantState,
    Seq, SessionId, TxnId, UploadId, UserId, Visibility,
    api::{ClientKind, FilesEntry, JoinKind, TranscriptFormat},
};

use crate::{
    Append, Appended, Caller, Effect, Expiry, FilesQuery, JoinSecret, MessageChange, NewManifest,
    NewMembership, NewOrg, NewSession, NewToken, NewUpload, NewUser, OfferRules, SecretHash, Store,
    TranscriptFile, UploadDigest, UploadLimits,
};

/// "Now", unless a case is about time.
pub(super) const NOW: Millis = Millis(1_000_000);

pub(super) struct World<S> {
    pub(super) store: S,
    pub(super) org: OrgId,
    pub(super) super_admin: UserId,
    pub(super) admin: UserId,
    pub(super) technician: UserId,
    /// A technician who sees only own sessions.
    pub(super) own: UserId,
    pub(super) foreign_org: OrgId,
    /// Super admin of the other organisation.
    pub(super) foreigner: UserId,
    /// Belongs nowhere.
    pub(super) nobody: UserId,
    numbers: AtomicU64,
}

impl<S: Store> World<S> {
    pub(super) async fn new(store: S) -> Self {
        let mut world = Self {
            store,
            org: OrgId::default(),
            super_admin: UserId::default(),
            admin: UserId::default(),
            technician: UserId::default(),
            own: UserId::default(),
            foreign_org: OrgId::default(),
            foreigner: UserId::default(),
            nobody: UserId::default(),
            numbers: AtomicU64::new(1),
        };
        world.org = world.make_org("Acme").await;
        world.foreign_org = world.make_org("Globex").await;
        world.super_admin = world.make_member("super@acme.test", world.org, OrgRole::SuperAdmin).await;
        world.admin = world.make_member("admin@acme.test", world.org, OrgRole::Admin).await;
        world.technician = world.make_member("tech@acme.test", world.org, OrgRole::Technician).await;
        world.own = world.make_member("own@acme.test", world.org, OrgRole::TechnicianOwn).await;
        world.foreigner = world.make_member("boss@globex.test", world.foreign_org, OrgRole::SuperAdmin).await;
        world.nobody = world.make_user("nobody@nowhere.test").await;
        world
    }

    /// Grows by one with each call, so that ids sort in the order they were made.
    pub(super) fn id(&self) -> [u8; 16] {
        let mut id = [0x5a; 16];
        id[..8].copy_from_slice(&self.numbers.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        id
    }

    pub(super) fn hash(&self) -> SecretHash {
        let mut hash = [0xa5; 32];
        hash[..16].copy_from_slice(&self.id());
        hash
    }

    pub(super) fn txn(&self) -> Option<TxnId> {
        Some(TxnId(self.id()))
    }

    async fn make_org(&self, name: &str) -> OrgId {
        let id = OrgId(self.id());
        self.store.create_org(NewOrg { id, name: name.to_owned(), at: NOW }).await.unwrap();
        id
    }

    pub(super) async fn make_user(&self, email: &str) -> UserId {
        let user = new_user(self.id(), email);
        let id = user.id;
        assert!(self.store.create_user(user).await.unwrap());
        id
    }

    async fn make_member(&self, email: &str, org: OrgId, role: OrgRole) -> UserId {
        let user = self.make_user(email).await;
        self.store.put_membership(NewMembership { org, user, role }).await.unwrap();
        user
    }

    /// `user` signs in on a new device, until `expires_at`.
    pub(super) async fn signs_in_with(&self, user: UserId, hash: SecretHash, expires_at: Millis) -> DeviceId {
        let token = NewToken {
            hash,
            user,
            device: DeviceId(self.id()),
            client: ClientKind::Desktop,
            label: "Deskside on Linux".to_owned(),
            address: Some("192.0.2.7".to_owned()),
            created_at: NOW,
            expires_at,
        };
        let device = token.device;
        self.store.create_token(token).await.unwrap();
        device
    }

    pub(super) fn secret(&self, kind: JoinKind, expires_at: Millis) -> JoinSecret {
        JoinSecret { hash: self.hash(), kind, expires_at }
    }

    /// A new session of `created_by` in the first organisation.
    pub(super) async fn session_by(&self, created_by: UserId) -> SessionId {
        self.session_with(created_by, Vec::new()).await
    }

    pub(super) async fn session_with(&self, created_by: UserId, secrets: Vec<JoinSecret>) -> SessionId {
        let session = self.new_session(self.org, created_by, secrets);
        let id = session.id;
        assert!(self.store.create_session(session).await.unwrap());
        id
    }

    pub(super) fn new_session(&self, org: OrgId, created_by: UserId, secrets: Vec<JoinSecret>) -> NewSession {
        let title = "Printer is on fire".to_owned();
        NewSession { id: SessionId(self.id()), org, created_by, title, at: NOW, secrets }
    }

    /// Appends one, which must go through.
    pub(super) async fn append(&self, append: Append) -> Appended {
        self.try_append(append).await.unwrap()
    }

    pub(super) async fn try_append(&self, append: Append) -> Result<Appended, ErrorCode> {
        let mut results = self.store.append(vec![append]).await.unwrap();
        assert_eq!(results.len(), 1, "an answer for each append");
        results.remove(0).map_err(|refused| refused.0)
    }

    /// An event by `sender` with nothing beside it.
    pub(super) fn event(&self, session: SessionId, sender: Option<ParticipantId>, body: EventBody) -> Append {
        let id = EventId(self.id());
        Append {
            session,
            id,
            sender,
            txn_id: None,
            at: NOW,
            visibility: Visibility::All,
            body,
            effects: vec![],
        }
    }

    pub(super) fn message(&self, session: SessionId, sender: &Participant, text: &str) -> Append {
        let body = EventBody::MessagePosted(MessagePosted { text: text.to_owned(), ..Default::default() });
        Append { txn_id: self.txn(), ..self.event(session, Some(sender.id), body) }
    }

    pub(super) fn person(&self, role: ParticipantRole, state: ParticipantState, name: &str) -> Participant {
        let id = ParticipantId(self.id());
        Participant { id, name: name.to_owned(), role, state, user_id: None }
    }

    pub(super) fn entry(
        &self,
        session: SessionId,
        participant: &Participant,
        token: Option<SecretHash>,
    ) -> Append {
        let body = match participant.state {
            ParticipantState::Waiting => EventBody::ParticipantWaiting { participant: participant.clone() },
            _ => EventBody::ParticipantJoined { participant: participant.clone() },
        };
        let effects = vec![Effect::AddParticipant { participant: participant.clone(), token }];
        Append { effects, ..self.event(session, Some(participant.id), body) }
    }

    pub(super) fn edit(&self, session: SessionId, sender: &Participant, target: Seq, text: &str) -> Append {
        let change = MessageChange::Edit { text: text.to_owned(), chat: ChatPolicy::default() };
        let body = EventBody::MessageEdited { target, text: Some(text.to_owned()), notify: false };
        self.change(session, sender, target, change, body)
    }

    pub(super) fn delete(&self, session: SessionId, sender: &Participant, target: Seq) -> Append {
        let change = MessageChange::Delete { chat: ChatPolicy::default() };
        self.change(session, sender, target, change, EventBody::MessageDeleted { target })
    }

    fn change(
        &self,
        session: SessionId,
        sender: &Participant,
        target: Seq,
        change: MessageChange,
        body: EventBody,
    ) -> Append {
        let effect = Effect::ChangeMessage { target, by: sender.role, change, keep_history: true };
        Append { txn_id: self.txn(), effects: vec![effect], ..self.event(session, Some(sender.id), body) }
    }

    pub(super) fn react(&self, session: SessionId, sender: &Participant, target: Seq) -> Append {
        let body = EventBody::ReactionAdded { target, emoji: "👍".to_owned() };
        let effects = vec![Effect::ReactTo { target, by: sender.role }];
        Append { txn_id: self.txn(), effects, ..self.event(session, Some(sender.id), body) }
    }

    /// A customer in the room.
    pub(super) async fn customer(&self, session: SessionId) -> Participant {
        self.comes(session, self.person(ParticipantRole::Customer, ParticipantState::Admitted, "Cora")).await
    }

    /// A customer in the lobby.
    pub(super) async fn waiting(&self, session: SessionId) -> Participant {
        self.comes(session, self.person(ParticipantRole::Customer, ParticipantState::Waiting, "Walt")).await
    }

    /// `user` as a technician in the room.
    pub(super) async fn technician(&self, session: SessionId, user: UserId) -> Participant {
        let person = self.person(ParticipantRole::Technician, ParticipantState::Admitted, "Tess");
        self.comes(session, Participant { user_id: Some(user), ..person }).await
    }

    async fn comes(&self, session: SessionId, participant: Participant) -> Participant {
        self.append(self.entry(session, &participant, Some(self.hash()))).await;
        participant
    }

    pub(super) fn moves(
        &self,
        session: SessionId,
        participant: ParticipantId,
        from: ParticipantState,
        to: ParticipantState,
    ) -> Append {
        let body = EventBody::ParticipantLeft { participant_id: participant };
        let effects = vec![Effect::SetParticipantState { participant, from, to }];
        Append { effects, ..self.event(session, None, body) }
    }

    pub(super) async fn removes(&self, session: SessionId, participant: ParticipantId) {
        let (from, to) = (ParticipantState::Admitted, ParticipantState::Removed);
        self.append(self.moves(session, participant, from, to)).await;
    }

    pub(super) fn end(&self, session: SessionId, at: Millis) -> Append {
        let body = EventBody::SessionEnded { reason: EndReason::EndedByTechnician };
        Append { at, effects: vec![Effect::EndSession], ..self.event(session, None, body) }
    }

    pub(super) async fn ends(&self, session: SessionId) {
        self.append(self.end(session, NOW)).await;
    }

    /// A manifest of `session` that fits the end of the chain; as part 1, with a text of `size` bytes.
    pub(super) async fn manifest(&self, session: SessionId, part: u32, size: u64) -> NewManifest {
        let head = self.store.chain_head(self.org).await.unwrap();
        let file = |format| TranscriptFile { format, size, sha256: "cd".repeat(32) };
        let formats = [TranscriptFormat::Txt, TranscriptFormat::Html, TranscriptFormat::Json];
        NewManifest {
            org: self.org,
            session,
            part,
            place: head.map_or(0, |head| head.place) + 1,
            size: 300,
            sha256: "ef".repeat(32),
            sealed_at: NOW.plus(5),
            transcripts: if part == 1 { formats.map(file).to_vec() } else { vec![] },
        }
    }

    /// Seals a session, if it can be sealed now.
    pub(super) async fn seal(&self, session: SessionId, size: u64) -> bool {
        self.store.claim_files(session, 1).await.unwrap();
        self.store.seal(self.manifest(session, 1, size).await).await.unwrap()
    }

    /// Files of sessions that ended before `before` are over; how many.
    pub(super) async fn expire(&self, org: OrgId, before: Millis, limit: u32) -> u32 {
        self.store.expire_files(Expiry { org, before, at: NOW.plus(500), limit }).await.unwrap()
    }

    /// The newest of Files.
    pub(super) async fn files(&self, user: UserId, org: OrgId) -> Vec<FilesEntry> {
        self.store.list_files(user, org, FilesQuery { limit: 10, ..FilesQuery::default() }).await.unwrap()
    }

    pub(super) async fn log(&self, session: SessionId) -> Vec<Event> {
        self.store.log(session, 0, 10_000).await.unwrap()
    }

    /// Texts of the messages in the log, in order.
    pub(super) async fn texts(&self, session: SessionId) -> Vec<String> {
        let texts = self.log(session).await.into_iter().filter_map(|event| match event.body {
            EventBody::MessagePosted(message) => Some(message.text),
            _ => None,
        });
        texts.collect()
    }

    pub(super) fn new_upload(&self, session: SessionId, participant: ParticipantId) -> NewUpload {
        NewUpload {
            id: UploadId(self.id()),
            attachment: AttachmentId(self.id()),
            session,
            participant,
            name: "fire.png".to_owned(),
            size: 4_096,
            at: NOW,
            limits: UploadLimits::default(),
            capture: None,
        }
    }

    /// An upload that has just begun.
    pub(super) async fn upload(&self, session: SessionId, sender: &Participant) -> NewUpload {
        let upload = self.new_upload(session, sender.id);
        assert_eq!(self.store.create_upload(upload.clone()).await.unwrap(), Ok(()));
        upload
    }

    /// A complete upload, ready to be offered.
    pub(super) async fn uploaded(&self, session: SessionId, sender: &Participant) -> AttachmentId {
        let upload = self.upload(session, sender).await;
        self.store.complete_upload(upload.id, digest()).await.unwrap();
        upload.attachment
    }

    pub(super) fn offer(
        &self,
        session: SessionId,
        sender: &Participant,
        attachments: &[AttachmentId],
    ) -> Append {
        let (attachments, rules) = (attachments.to_vec(), rules(Consent::Auto));
        let effects = vec![Effect::OfferAttachments { attachments, rules }];
        Append { effects, ..self.message(session, sender, "see this") }
    }

    /// A file offered to all in the room, with the seq of its message.
    pub(super) async fn offered(&self, session: SessionId, sender: &Participant) -> (AttachmentId, Seq) {
        let attachment = self.uploaded(session, sender).await;
        let appended = self.append(self.offer(session, sender, &[attachment])).await;
        (attachment, appended.event.seq)
    }
}

pub(super) fn new_user(id: [u8; 16], email: &str) -> NewUser {
    let (name, password_hash) = (format!("{email}'s name"), format!("$argon2id${email}"));
    NewUser { id: UserId(id), email: email.to_owned(), name, password_hash, at: NOW }
}

/// One rule for files of both kinds.
pub(super) fn rules(consent: Consent) -> OfferRules {
    OfferRules { stored: consent, direct: Some(consent) }
}

pub(super) fn digest() -> UploadDigest {
    UploadDigest { sha256: "ab".repeat(32), media_type: "image/png".to_owned(), thumbnail: None }
}

pub(super) fn guest(session: SessionId, participant: &Participant) -> Caller {
    Caller::Guest { session, participant: participant.id }
}
