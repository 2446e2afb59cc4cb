//! Uploads and who gets a file's bytes.

use deskside_proto::{
    AttachmentId, AttachmentState, ErrorCode, Participant, ParticipantState, SessionId, ThumbnailSize,
    UploadId,
};

use super::world::{NOW, World, digest, guest};
use crate::{AttachmentAccess, Caller, Store, UploadDigest};

pub async fn uploads_need_an_admitted_participant_and_an_open_session(store: impl Store) {
    let world = World::new(store).await;
    let (id, other) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (cora, walt) = (world.customer(id).await, world.waiting(id).await);
    let gone = world.customer(id).await;
    world.removes(id, gone.id).await;
    let stranger = Participant { id: deskside_proto::ParticipantId(world.id()), ..cora.clone() };
    for (session, person, expected) in [
        (id, &cora, true),
        (id, &walt, false),
        (id, &gone, false),
        (id, &stranger, false),
        (other, &cora, false),
        (SessionId(world.id()), &cora, false),
    ] {
        let upload = world.new_upload(session, person.id);
        let created = world.store.create_upload(upload.clone()).await.unwrap();
        assert_eq!(created, if expected { Ok(()) } else { Err(ErrorCode::SessionEnded) });
        let found = world.store.upload(guest(session, person), upload.id).await.unwrap();
        assert_eq!(found.is_some(), expected);
    }
    world.ends(id).await;
    let over = world.store.create_upload(world.new_upload(id, cora.id)).await.unwrap();
    assert_eq!(over, Err(ErrorCode::SessionEnded));
}

/// Row N14.
pub async fn an_upload_is_its_senders_own(store: impl Store) {
    let world = World::new(store).await;
    let (id, other) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (cora, carl) = (world.customer(id).await, world.customer(id).await);
    let tess = world.technician(id, world.technician).await;
    let (hers, his) = (world.upload(id, &cora).await, world.upload(id, &tess).await);
    let (customer, technician) = (guest(id, &cora), Caller::User(world.technician));
    for (caller, upload, expected) in [
        (customer, &hers, true),
        (customer, &his, false),
        (guest(id, &carl), &hers, false),
        (guest(other, &cora), &hers, false),
        (technician, &his, true),
        (technician, &hers, false),
        (Caller::User(world.admin), &his, false),
        (Caller::User(world.foreigner), &his, false),
    ] {
        let found = world.store.upload(caller, upload.id).await.unwrap();
        assert_eq!(found.is_some(), expected, "{caller:?}");
    }
    assert!(world.store.upload(customer, UploadId(world.id())).await.unwrap().is_none());
    world.removes(id, cora.id).await;
    assert!(world.store.upload(customer, hers.id).await.unwrap().is_none(), "no longer in the room");
}

pub async fn an_upload_remembers_its_offset(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let upload = world.upload(id, &cora).await;
    let read = async || world.store.upload(guest(id, &cora), upload.id).await.unwrap();
    let fresh = read().await.unwrap();
    assert_eq!((fresh.id, fresh.attachment, fresh.session), (upload.id, upload.attachment, id));
    assert_eq!((fresh.org, fresh.participant, fresh.size), (world.org, cora.id, upload.size));
    assert_eq!((fresh.name.as_str(), fresh.offset), ("fire.png", 0));
    assert_eq!(fresh.state, AttachmentState::Uploading);

    for (offset, expected) in [(1_000, 1_000), (upload.size, upload.size), (10, 10), (upload.size + 1, 10)] {
        world.store.set_upload_offset(upload.id, offset, NOW).await.unwrap();
        assert_eq!(read().await.unwrap().offset, expected);
    }
    let thumbnail = Some(ThumbnailSize { width: 480, height: 270 });
    world.store.complete_upload(upload.id, UploadDigest { thumbnail, ..digest() }).await.unwrap();
    world.store.complete_upload(upload.id, digest()).await.unwrap();
    world.store.set_upload_offset(upload.id, 5, NOW).await.unwrap();
    let complete = read().await.unwrap();
    assert_eq!((complete.state, complete.offset), (AttachmentState::Uploaded, upload.size), "for good");

    world.append(world.offer(id, &cora, &[upload.attachment])).await;
    assert!(read().await.is_none(), "part of a message");
    let access = world.store.attachment(guest(id, &cora), id, upload.attachment).await.unwrap();
    let AttachmentAccess::Granted(record) = access else { panic!("{access:?}") };
    assert_eq!(record.attachment.thumbnail, thumbnail, "the first completion stands");
    world.store.set_upload_offset(UploadId(world.id()), 5, NOW).await.unwrap();
}

/// Row N14: a token of another session is refused, and told so.
pub async fn a_foreign_token_gets_no_bytes(store: impl Store) {
    let world = World::new(store).await;
    let (id, other) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (cora, carl) = (world.customer(id).await, world.customer(other).await);
    let (attachment, _) = world.offered(id, &cora).await;
    let access = async |caller, session, attachment| {
        world.store.attachment(caller, session, attachment).await.unwrap()
    };
    let foreign = guest(other, &carl);
    assert_eq!(access(foreign, id, attachment).await, AttachmentAccess::Forbidden);
    assert_eq!(access(guest(other, &cora), id, attachment).await, AttachmentAccess::Forbidden);
    assert_eq!(access(foreign, other, attachment).await, AttachmentAccess::NotFound, "not in that session");
    assert_eq!(access(guest(id, &cora), id, AttachmentId(world.id())).await, AttachmentAccess::NotFound);
    assert_eq!(access(guest(id, &cora), SessionId(world.id()), attachment).await, AttachmentAccess::NotFound);
}

/// Row N14.
pub async fn who_is_not_in_the_room_gets_no_bytes(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (cora, carl) = (world.customer(id).await, world.customer(id).await);
    let (attachment, _) = world.offered(id, &cora).await;
    world.append(world.moves(id, carl.id, ParticipantState::Admitted, ParticipantState::Left)).await;
    world.removes(id, cora.id).await;
    for person in [&cora, &carl] {
        let access = world.store.attachment(guest(id, person), id, attachment).await.unwrap();
        assert_eq!(access, AttachmentAccess::Forbidden, "sent or accepted, but gone");
    }
}

pub async fn unsent_files_are_their_senders_own(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (cora, carl) = (world.customer(id).await, world.customer(id).await);
    let tess = world.technician(id, world.technician).await;
    let begun = world.upload(id, &cora).await.attachment;
    let (hers, his) = (world.uploaded(id, &cora).await, world.uploaded(id, &tess).await);
    let (customer, technician) = (guest(id, &cora), Caller::User(world.technician));
    for (caller, attachment, expected) in [
        (customer, begun, false),
        (customer, hers, true),
        (customer, his, false),
        (guest(id, &carl), hers, false),
        (technician, hers, false),
        (technician, his, true),
        (Caller::User(world.admin), his, false),
    ] {
        match world.store.attachment(caller, id, attachment).await.unwrap() {
            AttachmentAccess::Granted(record) => {
                assert!(expected, "{caller:?}");
                assert_eq!(record.state, AttachmentState::Uploaded);
            }
            other => assert!(!expected && other == AttachmentAccess::NotFound, "{caller:?}: {other:?}"),
        }
    }
}
