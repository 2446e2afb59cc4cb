//! Snapshots and recordings (row Z02).

use deskside_proto::{
    CaptureKind, ChangePolicy, Consent, ErrorCode, EventBody, Millis, Participant, ParticipantState,
    SessionId, Visibility, WhoMay,
    api::{AuditAction, FilesSession},
    limits::CAPTURE_AFTER_END_MILLIS,
};

use super::world::{NOW, World, digest, guest, rules};
use crate::{
    Append, AttachmentAccess, AuditFilter, Caller, CaptureDeletion, Effect, NewUpload, OfferAnswer,
    OfferedWhich, Store,
};

const SNAPSHOT: Option<CaptureKind> = Some(CaptureKind::Snapshot);
const LAST: Millis = Millis(NOW.0 + CAPTURE_AFTER_END_MILLIS);

fn capture<S: Store>(world: &World<S>, session: SessionId, by: &Participant, at: Millis) -> NewUpload {
    NewUpload { capture: SNAPSHOT, at, ..world.new_upload(session, by.id) }
}

/// A complete one that no message names.
async fn taken<S: Store>(world: &World<S>, session: SessionId, by: &Participant) -> NewUpload {
    let upload = capture(world, session, by, NOW);
    assert_eq!(world.store.create_upload(upload.clone()).await.unwrap(), Ok(()));
    assert!(!world.store.complete_upload(upload.id, digest()).await.unwrap(), "the session is open");
    upload
}

async fn files<S: Store>(world: &World<S>, session: SessionId) -> FilesSession {
    world.store.files_session(world.admin, world.org, session).await.unwrap().unwrap()
}

pub async fn a_capture_is_known_wherever_it_is_described(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let tess = world.technician(id, world.technician).await;
    let upload = taken(&world, id, &tess).await;
    let caller = Caller::User(world.technician);
    let record = world.store.upload(caller, upload.id).await.unwrap().unwrap();
    assert_eq!(record.capture, SNAPSHOT);
    let appended = world.append(world.offer(id, &tess, &[upload.attachment])).await;
    let EventBody::MessagePosted(message) = appended.event.body else { panic!("{appended:?}") };
    assert_eq!(message.attachments[0].capture, SNAPSHOT);
    let (plain, _) = world.offered(id, &tess).await;
    for (attachment, expected) in [(upload.attachment, SNAPSHOT), (plain, None)] {
        let access = world.store.attachment(caller, id, attachment).await.unwrap();
        let AttachmentAccess::Granted(record) = access else { panic!("{access:?}") };
        assert_eq!(record.attachment.capture, expected);
    }
    world.ends(id).await;
    let kinds = files(&world, id).await.attachments.into_iter().map(|file| file.capture);
    assert_eq!(kinds.collect::<Vec<_>>(), [SNAPSHOT, None]);
}

pub async fn captures_are_begun_by_technicians(store: impl Store) {
    let world = World::new(store).await;
    let (id, other) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (cora, tess) = (world.customer(id).await, world.technician(id, world.technician).await);
    let away = world.technician(id, world.admin).await;
    world.append(world.moves(id, away.id, ParticipantState::Admitted, ParticipantState::Left)).await;
    let begin = async |session, by: &Participant, at| {
        world.store.create_upload(capture(&world, session, by, at)).await.unwrap()
    };
    for (session, by, expected) in [
        (id, &tess, Ok(())),
        (id, &cora, Err(ErrorCode::CapturesNotAllowed)),
        (id, &away, Err(ErrorCode::SessionEnded)),
        (other, &tess, Err(ErrorCode::SessionEnded)),
    ] {
        assert_eq!(begin(session, by, NOW).await, expected);
    }
    world.ends(id).await;
    for (by, at, expected) in [
        (&tess, LAST, Ok(())),
        (&away, LAST, Ok(())),
        (&tess, LAST.plus(1), Err(ErrorCode::SessionEnded)),
        (&cora, NOW, Err(ErrorCode::SessionEnded)),
    ] {
        assert_eq!(begin(id, by, at).await, expected);
    }
    let file = NewUpload { capture: None, ..capture(&world, id, &tess, NOW) };
    assert_eq!(world.store.create_upload(file).await.unwrap(), Err(ErrorCode::SessionEnded));
}

/// Begun before the end, by one who left since; complete after it.
pub async fn a_capture_joins_after_the_end(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (cora, tess) = (world.customer(id).await, world.technician(id, world.technician).await);
    let (late, file) = (capture(&world, id, &tess, NOW), world.upload(id, &tess).await);
    assert_eq!(world.store.create_upload(late.clone()).await.unwrap(), Ok(()));
    let (shown, _) = world.offered(id, &tess).await;
    world.append(world.moves(id, tess.id, ParticipantState::Admitted, ParticipantState::Left)).await;
    world.ends(id).await;
    let caller = Caller::User(world.technician);
    for (caller, expected) in [(caller, true), (Caller::User(world.admin), false), (guest(id, &tess), false)]
    {
        assert_eq!(world.store.upload(caller, late.id).await.unwrap().is_some(), expected, "{caller:?}");
    }
    assert!(
        world.store.upload(caller, file.id).await.unwrap().is_none(),
        "an ordinary file is its sender's in the room"
    );
    assert_eq!(world.store.end_stale_uploads(NOW, 10).await.unwrap(), 1, "the ordinary file alone");
    assert_eq!(world.store.settle_captures(id, true).await.unwrap(), 0, "not complete");
    assert!(world.store.complete_upload(late.id, digest()).await.unwrap());
    assert!(!world.store.complete_upload(late.id, digest()).await.unwrap(), "once");

    let listed = files(&world, id).await;
    let ids: Vec<_> = listed.attachments.iter().map(|file| file.id).collect();
    assert_eq!(ids, [shown, late.attachment], "last, whatever came first");
    assert_eq!(listed.entry.attachment_count, 2);
    for (caller, expected) in [
        (caller, true),
        (Caller::User(world.admin), true),
        (Caller::User(world.own), false),
        (Caller::User(world.foreigner), false),
        (guest(id, &cora), false),
    ] {
        let access = world.store.attachment(caller, id, late.attachment).await.unwrap();
        assert_eq!(matches!(access, AttachmentAccess::Granted(_)), expected, "{caller:?}: {access:?}");
    }
    assert!(world.store.upload(caller, late.id).await.unwrap().is_none(), "nothing to go on with");
    assert!(!world.store.end_upload(caller, late.id).await.unwrap());
    assert_eq!(world.store.end_stale_uploads(LAST.plus(1), 10).await.unwrap(), 0);
    assert_eq!(world.expire(world.org, NOW.plus(1), 10).await, 2);
    assert_eq!(files(&world, id).await.expired.len(), 2);
}

pub async fn what_no_message_names_is_settled_at_the_end(store: impl Store) {
    let world = World::new(store).await;
    for keep in [true, false] {
        let id = world.session_by(world.technician).await;
        let tess = world.technician(id, world.technician).await;
        let upload = taken(&world, id, &tess).await;
        let begun = capture(&world, id, &tess, NOW);
        assert_eq!(world.store.create_upload(begun.clone()).await.unwrap(), Ok(()));
        assert_eq!(world.store.settle_captures(id, keep).await.unwrap(), 0, "open");
        world.ends(id).await;
        assert_eq!(world.store.settle_captures(id, keep).await.unwrap(), if keep { 1 } else { 2 });
        assert_eq!(world.store.settle_captures(id, keep).await.unwrap(), 0, "once");
        let listed = files(&world, id).await.attachments.into_iter().map(|file| file.id);
        assert_eq!(listed.collect::<Vec<_>>(), if keep { vec![upload.attachment] } else { vec![] });
        assert_eq!(world.store.complete_upload(begun.id, digest()).await.unwrap(), keep);
    }
}

pub async fn captures_stay_for_files_whoever_declined(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (cora, tess) = (world.customer(id).await, world.technician(id, world.technician).await);
    let (snapshot, file) = (taken(&world, id, &tess).await.attachment, world.uploaded(id, &tess).await);
    let ask = Effect::OfferAttachments { attachments: vec![snapshot, file], rules: rules(Consent::Ask) };
    let offered = world.append(Append { effects: vec![ask], ..world.message(id, &tess, "both") }).await;
    let target = offered.event.seq;
    let (attachments, answer) = (vec![snapshot, file], OfferAnswer::Decline);
    let body = EventBody::AttachmentsAnswered { target, attachments: attachments.clone(), accepted: false };
    let effects = vec![Effect::AnswerOffer { target, by: cora.role, attachments, answer }];
    world.append(Append { effects, ..world.event(id, Some(cora.id), body) }).await;
    for found in [
        world.store.unwanted(NOW.plus(1), 10).await.unwrap(),
        world.store.offered_files(id, OfferedWhich::Unaccepted).await.unwrap(),
    ] {
        assert_eq!(found.into_iter().flat_map(|files| files.attachments).collect::<Vec<_>>(), [file]);
    }
    world.ends(id).await;
    assert_eq!(
        files(&world, id).await.attachments.iter().map(|file| file.id).collect::<Vec<_>>(),
        [snapshot]
    );
}

pub async fn a_capture_is_taken_back_after_the_end(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let tess = world.technician(id, world.technician).await;
    let (posted, unsent) = (taken(&world, id, &tess).await, taken(&world, id, &tess).await);
    let private = world.offer(id, &tess, &[posted.attachment]);
    world.append(Append { visibility: Visibility::Technicians, ..private }).await;
    let (file, _) = world.offered(id, &tess).await;
    let policy = ChangePolicy { by: WhoMay::Everyone, within_minutes: None };
    let delete = async |by, org, session, attachment| {
        let deletion = CaptureDeletion { org, session, attachment, by, at: NOW.plus(9), policy };
        world.store.delete_capture(deletion).await.unwrap()
    };
    let (org, mine) = (world.org, world.technician);
    assert_eq!(delete(mine, org, id, posted.attachment).await, Err(ErrorCode::SessionNotOver));
    world.ends(id).await;
    assert_eq!(world.store.settle_captures(id, true).await.unwrap(), 1);
    let other = world.session_by(world.technician).await;
    for (by, org, session, attachment) in [
        (world.foreigner, org, id, posted.attachment),
        (world.foreigner, world.foreign_org, id, posted.attachment),
        (world.own, org, id, posted.attachment),
        (world.nobody, org, id, posted.attachment),
        (mine, world.foreign_org, id, posted.attachment),
        (mine, org, other, posted.attachment),
        (mine, org, id, file),
    ] {
        assert_eq!(delete(by, org, session, attachment).await, Err(ErrorCode::NotFound));
    }
    assert_eq!(delete(mine, org, id, posted.attachment).await, Ok(()));
    assert_eq!(delete(mine, org, id, posted.attachment).await, Err(ErrorCode::NotFound), "gone");
    assert_eq!(delete(world.admin, org, id, unsent.attachment).await, Ok(()));
    assert_eq!(files(&world, id).await.attachments.iter().map(|f| f.id).collect::<Vec<_>>(), [file]);
    let gone = world.store.withdrawn(10).await.unwrap().into_iter().map(|file| file.attachment);
    assert_eq!(gone.collect::<Vec<_>>(), [posted.attachment, unsent.attachment]);
    let notes = world.store.audit_log(world.admin, org, AuditFilter::default(), 10).await.unwrap().unwrap();
    let notes = notes.into_iter().map(|note| (note.action, note.attachment_id, note.at, note.subject));
    let note = |id| (AuditAction::CaptureDeleted, Some(id), NOW.plus(9), "fire.png".to_owned());
    assert_eq!(notes.collect::<Vec<_>>(), [note(unsent.attachment), note(posted.attachment)]);
}
