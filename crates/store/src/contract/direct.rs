//! Files that go from one participant to the other (row Z20).

use deskside_proto::{
    Attachment, AttachmentId, Consent, Digest32, DirectFile, DirectKind, ErrorCode, EventBody, MessagePosted,
    Offer, Participant, Seq, SessionId, StorageQuotas, UploadId,
};

use super::world::{NOW, World, guest, rules};
use crate::{
    Append, AttachmentAccess, Caller, Deletion, DeletionOutcome, Effect, NewDirect, OfferAnswer, OfferRules,
    Store, UploadLimits,
};

/// Greater than any quota.
const HUGE: u64 = (1 << 53) - 1;

impl<S: Store> World<S> {
    fn new_direct(&self, session: SessionId, sender: &Participant, kind: DirectKind) -> NewDirect {
        NewDirect {
            attachment: AttachmentId(self.id()),
            session,
            participant: sender.id,
            name: "movie.mkv".to_owned(),
            size: HUGE,
            direct: DirectFile { kind, files: if kind == DirectKind::File { 1 } else { 40 } },
            at: NOW,
            limits: UploadLimits::default(),
        }
    }

    async fn direct(&self, session: SessionId, sender: &Participant) -> AttachmentId {
        let new = self.new_direct(session, sender, DirectKind::File);
        assert_eq!(self.store.create_direct(new.clone()).await.unwrap(), Ok(()));
        new.attachment
    }

    /// A message with such files.
    fn offers(
        &self,
        session: SessionId,
        sender: &Participant,
        files: &[AttachmentId],
        rules: OfferRules,
    ) -> Append {
        let effects = vec![Effect::OfferAttachments { attachments: files.to_vec(), rules }];
        Append { effects, ..self.message(session, sender, "see this") }
    }

    async fn posted(&self, append: Append) -> (Seq, MessagePosted) {
        let event = self.append(append).await.event;
        let EventBody::MessagePosted(message) = event.body else { panic!("another kind of event") };
        (event.seq, message)
    }
}

pub async fn a_direct_file_is_a_name_and_no_bytes(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let folder = world.new_direct(id, &cora, DirectKind::Folder);
    assert_eq!(world.store.create_direct(folder.clone()).await.unwrap(), Ok(()));
    let file = world.direct(id, &cora).await;
    let everybody = [
        guest(id, &cora),
        Caller::User(world.technician),
        Caller::User(world.admin),
        Caller::User(world.foreigner),
    ];
    for caller in everybody {
        assert!(!world.gets(caller, id, file).await, "not before the message");
        let upload = world.store.upload(caller, UploadId(file.0)).await.unwrap();
        assert!(upload.is_none(), "nor is anything to be uploaded");
    }
    let (seq, message) =
        world.posted(world.offers(id, &cora, &[folder.attachment, file], rules(Consent::Auto))).await;
    let expected = |id, media_type: &str, kind, files| Attachment {
        id,
        name: "movie.mkv".to_owned(),
        size: HUGE,
        media_type: media_type.to_owned(),
        sha256: String::new(),
        thumbnail: None,
        direct: Some(DirectFile { kind, files }),
        capture: None,
    };
    let described = [
        expected(folder.attachment, "inode/directory", DirectKind::Folder, 40),
        expected(file, "application/octet-stream", DirectKind::File, 1),
    ];
    assert_eq!(message.attachments, described);
    assert_eq!(message.offer.unwrap().accepted, [tess.id]);
    let EventBody::MessagePosted(stored) = &world.log(id).await[seq as usize - 1].body else {
        panic!("no message")
    };
    assert_eq!(stored.attachments, described, "as in the log");
    for caller in everybody {
        let access = world.store.attachment(caller, id, file).await.unwrap();
        assert_eq!(access, AttachmentAccess::NotFound, "accepted, and still not here");
    }
    world.ends(id).await;
    let found = world.store.files_session(world.admin, world.org, id).await.unwrap().unwrap();
    assert_eq!(
        (found.attachments.as_slice(), found.entry.attachment_count),
        (&described[..], 2),
        "it is told"
    );
}

/// Rows N10, Z19: who may send files at all, and how many; bytes that are not stored are in no quota.
pub async fn direct_files_begin_as_uploads_do(store: impl Store) {
    let world = World::new(store).await;
    let (id, other) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (cora, walt) = (world.customer(id).await, world.waiting(id).await);
    let tries = async |session, who: &Participant, limits| {
        let new = NewDirect { limits, ..world.new_direct(session, who, DirectKind::File) };
        world.store.create_direct(new).await.unwrap()
    };
    let free = UploadLimits::default();
    for (session, who) in [(id, &walt), (other, &cora), (SessionId(world.id()), &cora)] {
        assert_eq!(tries(session, who, free).await, Err(ErrorCode::SessionEnded));
    }
    let asks = UploadLimits { needs_message: true, ..free };
    assert_eq!(tries(id, &cora, asks).await, Err(ErrorCode::AttachAfterMessage));
    world.append(world.message(id, &cora, "hello")).await;
    assert_eq!(tries(id, &cora, asks).await, Ok(()));
    let few = UploadLimits { max_files: Some(2), ..free };
    assert_eq!(tries(id, &cora, few).await, Ok(()));
    assert_eq!(tries(id, &cora, few).await, Err(ErrorCode::TooManyFiles));
    // Two files beyond every quota are there.
    let quotas =
        StorageQuotas { session_bytes: Some(4_096), participant_bytes: Some(4_096), org_bytes: Some(4_096) };
    let upload = world.new_upload(id, cora.id);
    let upload = crate::NewUpload { limits: UploadLimits { quotas, ..free }, ..upload };
    assert_eq!(world.store.create_upload(upload).await.unwrap(), Ok(()), "none of it is stored");
    world.ends(id).await;
    assert_eq!(tries(id, &cora, free).await, Err(ErrorCode::SessionEnded));
}

pub async fn a_direct_file_is_its_senders_own(store: impl Store) {
    let world = World::new(store).await;
    let (id, other) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (cora, carl) = (world.customer(id).await, world.customer(id).await);
    let tess = world.technician(id, world.technician).await;
    let (hers, his, sent) =
        (world.direct(id, &cora).await, world.direct(id, &tess).await, world.direct(id, &cora).await);
    let stored = world.uploaded(id, &cora).await;
    let foreign = world.try_append(world.offers(id, &carl, &[hers], rules(Consent::Auto))).await;
    assert_eq!(foreign.map(|_| ()), Err(ErrorCode::AttachmentUnknown));
    world.append(world.offers(id, &cora, &[sent], rules(Consent::Auto))).await;
    let again = world.try_append(world.offers(id, &cora, &[sent], rules(Consent::Auto))).await;
    assert_eq!(again.map(|_| ()), Err(ErrorCode::AttachmentUnknown), "offered before");
    let twice = world.try_append(world.offers(id, &cora, &[hers, hers], rules(Consent::Auto))).await;
    assert_eq!(twice.map(|_| ()), Err(ErrorCode::AttachmentUnknown));
    let (customer, technician) = (guest(id, &cora), Caller::User(world.technician));
    for (caller, session, file, expected) in [
        (guest(id, &carl), id, hers, false),
        (technician, id, hers, false),
        (Caller::User(world.admin), id, his, false),
        (Caller::User(world.foreigner), id, his, false),
        (customer, other, hers, false),
        (guest(other, &cora), id, hers, false),
        (customer, id, sent, false),
        (customer, id, stored, false),
        (customer, id, AttachmentId(world.id()), false),
        (customer, id, hers, true),
        (customer, id, hers, false),
        (technician, id, his, true),
    ] {
        let done = world.store.delete_direct(caller, session, file).await.unwrap();
        assert_eq!(done, expected, "{caller:?} {file}");
    }
    let gone = world.try_append(world.offers(id, &cora, &[hers], rules(Consent::Auto))).await;
    assert_eq!(gone.map(|_| ()), Err(ErrorCode::AttachmentUnknown));
    assert_eq!(world.store.withdrawn(9).await.unwrap(), [], "there is nothing to erase");
}

/// A02: of two rules in one message the stricter one counts; where direct is off nothing of the message stands.
pub async fn direct_files_are_asked_about_by_their_own_rule(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let by_rule = OfferRules { stored: Consent::Auto, direct: Some(Consent::Ask) };
    let (file, stored) = (world.direct(id, &cora).await, world.uploaded(id, &cora).await);
    let off = OfferRules { stored: Consent::Auto, direct: None };
    let before = world.log(id).await.len();
    for files in [vec![file], vec![stored, file]] {
        let refused = world.try_append(world.offers(id, &cora, &files, off)).await;
        assert_eq!(refused.map(|_| ()), Err(ErrorCode::DirectNotAllowed));
    }
    assert_eq!(world.log(id).await.len(), before);
    for (files, consent) in [
        (vec![world.uploaded(id, &cora).await], Consent::Auto),
        (vec![world.direct(id, &cora).await], Consent::Ask),
        (vec![stored, file], Consent::Ask),
    ] {
        let (_, message) = world.posted(world.offers(id, &cora, &files, by_rule)).await;
        let (accepted, pending) =
            if consent == Consent::Auto { (vec![tess.id], vec![]) } else { (vec![], vec![tess.id]) };
        assert_eq!(*message.offer.unwrap(), Offer { consent, accepted, pending });
    }
    assert!(!world.gets(Caller::User(world.technician), id, stored).await, "asked about, with the other");
}

/// A02: what came by rule was nobody's word.
pub async fn trust_in_one_kind_of_file_is_none_in_the_other(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    world.offered(id, &cora).await;
    let once = OfferRules { stored: Consent::Auto, direct: Some(Consent::AskOnce) };
    let file = world.direct(id, &cora).await;
    let (seq, message) = world.posted(world.offers(id, &cora, &[file], once)).await;
    assert_eq!(message.offer.unwrap().pending, [tess.id], "a stored one was accepted by rule");
    world.append(world.answers(id, &tess, seq, &[file], OfferAnswer::Accept)).await;
    let (file, mixed) = (world.direct(id, &cora).await, world.direct(id, &cora).await);
    let (_, message) = world.posted(world.offers(id, &cora, &[file], once)).await;
    assert_eq!(message.offer.unwrap().accepted, [tess.id], "accepted once");
    let stored = world.uploaded(id, &cora).await;
    let (_, message) = world.posted(world.offers(id, &cora, &[stored, mixed], once)).await;
    assert_eq!(message.offer.unwrap().pending, [tess.id], "both kinds at once are asked about anew");
}

pub async fn a_direct_file_is_confirmed_with_its_digest(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let (file, stored) = (world.direct(id, &cora).await, world.uploaded(id, &cora).await);
    let asks = rules(Consent::Ask);
    let (seq, _) = world.posted(world.offers(id, &cora, &[file], asks)).await;
    let (stored_seq, _) = world.posted(world.offers(id, &cora, &[stored], asks)).await;
    let says = async |target, file, answer| {
        world.try_append(world.answers(id, &tess, target, &[file], answer)).await.map(|_| ())
    };
    assert_eq!(
        says(seq, file, OfferAnswer::ReceivedDirect).await,
        Err(ErrorCode::AnswerTooLate),
        "not accepted"
    );
    assert_eq!(says(seq, file, OfferAnswer::Accept).await, Ok(()));
    assert_eq!(says(stored_seq, stored, OfferAnswer::Accept).await, Ok(()));
    assert_eq!(
        says(seq, file, OfferAnswer::Received).await,
        Err(ErrorCode::InvalidInput),
        "without a digest"
    );
    let wrong = says(stored_seq, stored, OfferAnswer::ReceivedDirect).await;
    assert_eq!(wrong, Err(ErrorCode::InvalidInput), "the portal knows the stored one's");
    let body = EventBody::AttachmentsReceived {
        target: seq,
        attachments: vec![file],
        blake3: Some(Digest32([9; 32])),
    };
    let received = world.answers(id, &tess, seq, &[file], OfferAnswer::ReceivedDirect);
    let event = world.append(Append { body: body.clone(), ..received }).await.event;
    assert_eq!(event.body, body);
    assert_eq!(world.log(id).await.last().map(|event| event.body.clone()), Some(body), "the log keeps it");
}

/// Taken back, given up, not accepted by the end, beyond its time: as stored ones, and never a byte to erase.
pub async fn a_direct_file_ends_as_others_do(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let post = async |consent| {
        let file = world.direct(id, &cora).await;
        (file, world.posted(world.offers(id, &cora, &[file], rules(consent))).await.0)
    };
    let (revoked, seq) = post(Consent::Auto).await;
    world.append(world.withdraws(id, &cora, seq, &[revoked])).await;
    let late = world.answers(id, &tess, seq, &[revoked], OfferAnswer::ReceivedDirect);
    assert_eq!(world.try_append(late).await.map(|_| ()), Err(ErrorCode::AttachmentUnknown));
    world.direct(id, &cora).await;
    assert_eq!(world.store.end_stale_uploads(NOW.plus(1), 9).await.unwrap(), 1, "no message named it");
    let (kept, _) = post(Consent::Auto).await;
    let (open, _) = post(Consent::Ask).await;
    world.ends(id).await;
    let listed = async || {
        let found = world.store.files_session(world.admin, world.org, id).await.unwrap().unwrap();
        let ids = |files: Vec<Attachment>| files.into_iter().map(|file| file.id).collect::<Vec<_>>();
        (ids(found.attachments), ids(found.expired))
    };
    assert_eq!(listed().await, (vec![kept], vec![open]));
    assert_eq!(world.expire(world.org, NOW.plus(1), 9).await, 1);
    assert_eq!(listed().await, (vec![], vec![kept, open]));
    assert_eq!(world.store.withdrawn(9).await.unwrap(), []);
    assert!(world.seal(id, 1).await);
    let deletion = Deletion { org: world.org, session: id, by: Some(world.admin), at: NOW };
    assert_eq!(world.store.delete_session(deletion).await.unwrap(), DeletionOutcome::Done);
    assert_eq!(world.store.withdrawn(9).await.unwrap(), [], "nor of a deleted session");
}
