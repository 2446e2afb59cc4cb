//! Who accepts what: offers that ask, answers, and what ends them (rows A02, A03, A10–A13).

use deskside_proto::{
    AttachmentId, Consent, ErrorCode, EventBody, Offer, Participant, Seq, SessionId, StorageQuotas,
    Visibility, WithdrawReason,
};

use super::world::{NOW, World, guest, rules};
use crate::{Append, Appended, AttachmentAccess, Caller, Effect, OfferAnswer, Store, UploadLimits};

impl<S: Store> World<S> {
    pub(super) fn asking(
        &self,
        session: SessionId,
        sender: &Participant,
        files: &[AttachmentId],
        consent: Consent,
    ) -> Append {
        let effects = vec![Effect::OfferAttachments { attachments: files.to_vec(), rules: rules(consent) }];
        Append { effects, ..self.message(session, sender, "see this") }
    }

    /// A file of `sender` in a message of its own, and how it was offered.
    async fn asked(
        &self,
        session: SessionId,
        sender: &Participant,
        consent: Consent,
    ) -> (AttachmentId, Seq, Offer) {
        let file = self.uploaded(session, sender).await;
        let Appended { event, .. } = self.append(self.asking(session, sender, &[file], consent)).await;
        let EventBody::MessagePosted(message) = event.body else { panic!("another kind of event") };
        (file, event.seq, *message.offer.unwrap())
    }

    pub(super) fn answers(
        &self,
        session: SessionId,
        who: &Participant,
        target: Seq,
        files: &[AttachmentId],
        answer: OfferAnswer,
    ) -> Append {
        let attachments = files.to_vec();
        let body = EventBody::AttachmentsAnswered {
            target,
            attachments: attachments.clone(),
            accepted: answer == OfferAnswer::Accept,
        };
        let effects = vec![Effect::AnswerOffer { target, by: who.role, attachments, answer }];
        Append { body, effects, ..self.message(session, who, "") }
    }

    pub(super) fn withdraws(
        &self,
        session: SessionId,
        sender: &Participant,
        target: Seq,
        files: &[AttachmentId],
    ) -> Append {
        let attachments = files.to_vec();
        let reason = WithdrawReason::Revoked;
        let body = EventBody::AttachmentsWithdrawn { target, attachments: attachments.clone(), reason };
        let effects = vec![Effect::WithdrawAttachments { target, attachments, reason }];
        Append { body, effects, ..self.message(session, sender, "") }
    }

    pub(super) async fn gets(&self, caller: Caller, session: SessionId, file: AttachmentId) -> bool {
        let access = self.store.attachment(caller, session, file).await.unwrap();
        matches!(access, AttachmentAccess::Granted(_))
    }
}

/// A02 A03: no byte before acceptance, for technicians in the room neither; who is outside goes by Files access.
pub async fn who_is_asked_gets_nothing_before_accepting(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let (file, seq, offer) = world.asked(id, &cora, Consent::Ask).await;
    assert_eq!(offer, Offer { consent: Consent::Ask, accepted: vec![], pending: vec![tess.id] });
    let technician = Caller::User(world.technician);
    assert!(world.gets(guest(id, &cora), id, file).await, "her own");
    assert!(!world.gets(technician, id, file).await);
    assert!(world.gets(Caller::User(world.admin), id, file).await, "not in the room");
    let (other, other_seq, _) = world.asked(id, &tess, Consent::Ask).await;
    assert!(!world.gets(guest(id, &cora), id, other).await);

    let declined = world.append(world.answers(id, &cora, other_seq, &[other], OfferAnswer::Decline)).await;
    assert_eq!(declined.event.sender, Some(cora.id));
    assert!(!world.gets(guest(id, &cora), id, other).await);
    world.append(world.answers(id, &cora, other_seq, &[other], OfferAnswer::Accept)).await;
    assert!(world.gets(guest(id, &cora), id, other).await, "she thought again");
    world.append(world.answers(id, &tess, seq, &[file], OfferAnswer::Accept)).await;
    assert!(world.gets(technician, id, file).await);
    world.append(world.answers(id, &tess, seq, &[file], OfferAnswer::Received)).await;
    assert!(world.gets(technician, id, file).await);
}

/// A02: accepting one accepts its sender, and nobody else.
pub async fn asked_once_is_enough(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (cora, carl) = (world.customer(id).await, world.customer(id).await);
    let tess = world.technician(id, world.technician).await;
    let (file, seq, offer) = world.asked(id, &tess, Consent::AskOnce).await;
    assert_eq!((offer.accepted, offer.pending), (vec![], vec![cora.id, carl.id]));
    world.append(world.answers(id, &cora, seq, &[file], OfferAnswer::Accept)).await;
    let (_, _, offer) = world.asked(id, &tess, Consent::AskOnce).await;
    assert_eq!((offer.accepted, offer.pending), (vec![cora.id], vec![carl.id]));
    let (_, _, offer) = world.asked(id, &tess, Consent::Ask).await;
    assert_eq!((offer.accepted, offer.pending), (vec![], vec![cora.id, carl.id]), "asked each time");
    let (_, _, offer) = world.asked(id, &carl, Consent::AskOnce).await;
    assert_eq!((offer.accepted, offer.pending), (vec![], vec![cora.id, tess.id]), "another sender");
    let (_, _, offer) = world.asked(id, &tess, Consent::Auto).await;
    assert_eq!((offer.accepted, offer.pending), (vec![cora.id, carl.id], vec![]));
}

pub async fn who_comes_later_is_asked(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let (asked, seq, _) = world.asked(id, &cora, Consent::Ask).await;
    let (sent, _, _) = world.asked(id, &cora, Consent::Auto).await;
    let late = world.customer(id).await;
    assert!(!world.gets(guest(id, &late), id, asked).await);
    assert!(world.gets(guest(id, &late), id, sent).await);
    world.append(world.answers(id, &late, seq, &[asked], OfferAnswer::Accept)).await;
    assert!(world.gets(guest(id, &late), id, asked).await);
}

/// A foreign file, a private one, one's own: nobody answers what was not offered to them.
pub async fn only_what_was_offered_is_answered(store: impl Store) {
    let world = World::new(store).await;
    let (id, other) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (cora, carl) = (world.customer(id).await, world.customer(other).await);
    let tess = world.technician(id, world.technician).await;
    let (file, seq, _) = world.asked(id, &tess, Consent::Ask).await;
    let (second, second_seq, _) = world.asked(id, &tess, Consent::Ask).await;
    let hidden = world.uploaded(id, &tess).await;
    let whisper = world.asking(id, &tess, &[hidden], Consent::Ask);
    let whisper = world.append(Append { visibility: Visibility::Technicians, ..whisper }).await.event.seq;
    let plain = world.append(world.message(id, &cora, "no files")).await.event.seq;
    let unknown = ErrorCode::AttachmentUnknown;
    for (session, who, target, files, expected, why) in [
        (id, &cora, second_seq, vec![file], unknown, "another message's"),
        (id, &cora, seq, vec![file, second], unknown, "one of them another message's"),
        (id, &cora, seq, vec![], unknown, "none"),
        (id, &cora, seq, vec![AttachmentId(world.id())], unknown, "never seen"),
        (id, &tess, seq, vec![file], unknown, "one's own"),
        (id, &cora, plain, vec![file], unknown, "a message without files"),
        (id, &cora, whisper, vec![hidden], ErrorCode::MessageGone, "for technicians only"),
        (id, &cora, 999, vec![file], ErrorCode::MessageGone, "no message"),
        (other, &carl, seq, vec![file], ErrorCode::MessageGone, "of another session"),
    ] {
        let answer = world.answers(session, who, target, &files, OfferAnswer::Accept);
        assert_eq!(world.try_append(answer).await.map(|_| ()), Err(expected), "{why}");
    }
    let early = world.answers(id, &cora, seq, &[file], OfferAnswer::Received);
    assert_eq!(world.try_append(early).await.map(|_| ()), Err(ErrorCode::AnswerTooLate), "not accepted");
    assert!(!world.gets(guest(id, &cora), id, file).await, "nothing of it had an effect");
}

/// One control takes back what one still offers; who has received it keeps nothing on the portal either.
pub async fn senders_take_back_what_they_offer(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let (file, seq, _) = world.asked(id, &tess, Consent::Auto).await;
    let (kept, _, _) = world.asked(id, &tess, Consent::Auto).await;
    let foreign = world.try_append(world.withdraws(id, &cora, seq, &[file])).await.map(|_| ());
    assert_eq!(foreign, Err(ErrorCode::NotYourMessage));
    world.append(world.withdraws(id, &tess, seq, &[file])).await;
    for caller in [guest(id, &cora), Caller::User(world.technician), Caller::User(world.admin)] {
        let access = world.store.attachment(caller, id, file).await.unwrap();
        assert_eq!(access, AttachmentAccess::NotFound);
        assert!(world.gets(caller, id, kept).await);
    }
    let withdrawn = world.store.withdrawn(9).await.unwrap();
    assert_eq!(withdrawn.iter().map(|file| file.attachment).collect::<Vec<_>>(), [file]);
    let late = world.answers(id, &cora, seq, &[file], OfferAnswer::Accept);
    assert_eq!(world.try_append(late).await.map(|_| ()), Err(ErrorCode::AttachmentUnknown));
    let again = world.try_append(world.withdraws(id, &tess, seq, &[file])).await.map(|_| ());
    assert_eq!(again, Err(ErrorCode::AttachmentUnknown));
}

/// Declined by all, and a day has passed; at the end of the session at once.
pub async fn what_nobody_wants_goes(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora, carl) =
        (world.technician(id, world.technician).await, world.customer(id).await, world.customer(id).await);
    let (file, seq, _) = world.asked(id, &tess, Consent::Ask).await;
    let (open, open_seq, _) = world.asked(id, &tess, Consent::Ask).await;
    let unwanted = async |before| world.store.unwanted(before, 9).await.unwrap();
    world.append(world.answers(id, &cora, seq, &[file], OfferAnswer::Decline)).await;
    world.append(world.answers(id, &cora, open_seq, &[open], OfferAnswer::Decline)).await;
    assert_eq!(unwanted(NOW.plus(1)).await, [], "one is still asked");
    world.append(world.answers(id, &carl, seq, &[file], OfferAnswer::Decline)).await;
    assert_eq!(unwanted(NOW).await, [], "too new");
    let found = unwanted(NOW.plus(1)).await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].session, found[0].seq, found[0].attachments.as_slice()), (id, seq, &[file][..]));
    let by_portal = Append { sender: None, ..world.withdraws(id, &tess, seq, &[file]) };
    world.append(by_portal).await;
    assert_eq!(unwanted(NOW.plus(1)).await, []);

    let (other, other_seq, _) = world.asked(id, &cora, Consent::Ask).await;
    for who in [&tess, &carl] {
        world.append(world.answers(id, who, other_seq, &[other], OfferAnswer::Decline)).await;
    }
    world.ends(id).await;
    assert_eq!(unwanted(NOW.plus(1)).await, [], "of open sessions");
    let mut gone: Vec<_> =
        world.store.withdrawn(9).await.unwrap().iter().map(|file| file.attachment).collect();
    gone.sort_unstable();
    assert_eq!(gone, [file, open, other], "nor what nobody has accepted by then");
    assert!(!world.gets(Caller::User(world.admin), id, open).await);
}

/// N10 Z19 and research S24: what stands in the way of an upload is asked in the transaction that begins it.
pub async fn uploads_keep_within_their_limits(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let other = world.session_by(world.technician).await;
    let (cora, carl, dora) =
        (world.customer(id).await, world.customer(id).await, world.customer(other).await);
    let size = world.new_upload(id, cora.id).size;
    let tries = async |session, who: &Participant, limits| {
        let upload = crate::NewUpload { limits, ..world.new_upload(session, who.id) };
        world.store.create_upload(upload).await.unwrap()
    };
    let free = UploadLimits::default();
    let asks = UploadLimits { needs_message: true, ..free };
    assert_eq!(tries(id, &cora, asks).await, Err(ErrorCode::AttachAfterMessage));
    world.append(world.message(id, &carl, "hello")).await;
    assert_eq!(tries(id, &cora, asks).await, Err(ErrorCode::AttachAfterMessage), "he wrote, not she");
    world.append(world.message(id, &cora, "hello")).await;
    assert_eq!(tries(id, &cora, asks).await, Ok(()));
    let few = UploadLimits { max_files: Some(2), ..free };
    assert_eq!(tries(id, &cora, few).await, Ok(()));
    assert_eq!(tries(id, &cora, few).await, Err(ErrorCode::TooManyFiles));
    assert_eq!(tries(id, &carl, few).await, Ok(()), "each their own");

    // Three files are there.
    let quota = |session, participant, org| UploadLimits {
        quotas: StorageQuotas { session_bytes: session, participant_bytes: participant, org_bytes: org },
        ..free
    };
    for (session, who, limits, expected) in [
        (id, &cora, quota(Some(4 * size - 1), None, None), Err(ErrorCode::QuotaExceeded)),
        (id, &cora, quota(None, Some(3 * size - 1), None), Err(ErrorCode::QuotaExceeded)),
        (other, &dora, quota(None, None, Some(4 * size - 1)), Err(ErrorCode::QuotaExceeded)),
        (other, &dora, quota(Some(size), Some(size), Some(4 * size)), Ok(())),
        (id, &cora, quota(Some(4 * size), Some(3 * size), Some(5 * size)), Ok(())),
    ] {
        assert_eq!(tries(session, who, limits).await, expected, "{limits:?}");
    }
}

/// Their bytes go, and their place in the quota with them.
pub async fn uploads_end_by_wish_and_by_time(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (cora, carl) = (world.customer(id).await, world.customer(id).await);
    let (ended, old, fresh) =
        (world.upload(id, &cora).await, world.upload(id, &cora).await, world.upload(id, &cora).await);
    let (sent, _) = world.offered(id, &cora).await;
    assert!(!world.store.end_upload(guest(id, &carl), ended.id).await.unwrap(), "somebody else's");
    assert!(world.store.end_upload(guest(id, &cora), ended.id).await.unwrap());
    assert!(!world.store.end_upload(guest(id, &cora), ended.id).await.unwrap(), "over");
    world.store.set_upload_offset(fresh.id, 5, NOW.plus(50)).await.unwrap();
    assert_eq!(world.store.end_stale_uploads(NOW, 9).await.unwrap(), 0);
    assert_eq!(world.store.end_stale_uploads(NOW.plus(50), 9).await.unwrap(), 1);
    assert!(world.store.upload(guest(id, &cora), old.id).await.unwrap().is_none());
    assert!(world.store.upload(guest(id, &cora), fresh.id).await.unwrap().is_some());
    let mut gone: Vec<_> =
        world.store.withdrawn(9).await.unwrap().iter().map(|file| (file.attachment, file.upload)).collect();
    gone.sort_unstable();
    assert_eq!(gone, [(ended.attachment, ended.id), (old.attachment, old.id)]);
    world.ends(id).await;
    assert_eq!(world.store.end_stale_uploads(NOW, 9).await.unwrap(), 1, "nobody can name it any more");
    assert!(world.gets(Caller::User(world.admin), id, sent).await);
}
