//! Files in messages: how they are offered, and who has accepted them.

use deskside_proto::{
    AttachmentId, AttachmentState, ErrorCode, EventBody, ParticipantRole, ParticipantState, Visibility,
};

use super::world::{World, guest};
use crate::{Append, AttachmentAccess, Caller, Store};

fn is_granted(access: &AttachmentAccess) -> bool {
    matches!(access, AttachmentAccess::Granted(_))
}

pub async fn an_offer_fills_the_message(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let (first, second) = (world.uploaded(id, &cora).await, world.uploaded(id, &cora).await);
    let appended = world.append(world.offer(id, &cora, &[second, first])).await;

    assert_eq!(world.log(id).await[1], appended.event, "in the log as in the answer");
    let EventBody::MessagePosted(message) = appended.event.body else { panic!("another kind of event") };
    assert_eq!(message.text, "see this");
    let ids: Vec<AttachmentId> = message.attachments.iter().map(|attachment| attachment.id).collect();
    assert_eq!(ids, [second, first], "in the order of the request");
    let attachment = &message.attachments[0];
    assert_eq!((attachment.name.as_str(), attachment.size), ("fire.png", 4_096));
    assert_eq!((attachment.media_type.as_str(), attachment.thumbnail), ("image/png", None));
    assert_eq!(attachment.sha256, "ab".repeat(32));

    let access = world.store.attachment(Caller::User(world.technician), id, first).await.unwrap();
    let AttachmentAccess::Granted(record) = access else { panic!("{access:?}") };
    assert_eq!((record.session, record.sender, record.state), (id, cora.id, AttachmentState::Offered));
    assert_eq!(record.attachment, message.attachments[1]);
}

pub async fn only_own_complete_new_uploads_are_offered(store: impl Store) {
    let world = World::new(store).await;
    let (id, other) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (cora, tess) = (world.customer(id).await, world.technician(id, world.technician).await);
    let carl = world.customer(other).await;
    let (sent, _) = world.offered(id, &cora).await;
    let begun = world.upload(id, &cora).await.attachment;
    let unknown = Err(ErrorCode::AttachmentUnknown);
    for (attachment, expected, why) in [
        (AttachmentId(world.id()), unknown, "never seen"),
        (world.uploaded(id, &tess).await, unknown, "somebody else's"),
        (world.uploaded(other, &carl).await, unknown, "of another session"),
        (sent, unknown, "offered before"),
        (begun, Err(ErrorCode::UploadIncomplete), "still uploading"),
    ] {
        let got = world.try_append(world.offer(id, &cora, &[attachment])).await.map(|_| ());
        assert_eq!(got, expected, "{why}");
    }
    let twice = world.uploaded(id, &cora).await;
    let got = world.try_append(world.offer(id, &cora, &[twice, twice])).await.map(|_| ());
    assert_eq!(got, unknown, "twice in one message");
    let portals = Append { sender: None, ..world.offer(id, &cora, &[twice]) };
    assert_eq!(world.try_append(portals).await.map(|_| ()), unknown, "the portal has no files");
}

pub async fn an_offer_belongs_to_a_message(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let attachment = world.uploaded(id, &cora).await;
    let body = EventBody::ParticipantLeft { participant_id: cora.id };
    let append = Append { body, ..world.offer(id, &cora, &[attachment]) };
    assert_eq!(world.try_append(append).await, Err(ErrorCode::InvalidInput));
}

pub async fn a_refused_offer_can_be_sent_again(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let done = world.uploaded(id, &cora).await;
    let begun = world.upload(id, &cora).await;
    let offer = world.offer(id, &cora, &[done, begun.attachment]);
    assert_eq!(world.try_append(offer.clone()).await, Err(ErrorCode::UploadIncomplete));
    world.store.complete_upload(begun.id, super::world::digest()).await.unwrap();
    let appended = world.append(offer).await;
    assert!(!appended.duplicate, "a refusal is not remembered");
}

/// Row Z01: with all participants; row N14.
pub async fn everybody_in_the_room_has_accepted(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (cora, carl) = (world.customer(id).await, world.customer(id).await);
    let waiting = world.waiting(id).await;
    let gone = world.customer(id).await;
    world.append(world.moves(id, gone.id, ParticipantState::Admitted, ParticipantState::Left)).await;
    let (attachment, _) = world.offered(id, &cora).await;
    for (person, expected) in [(&cora, true), (&carl, true), (&waiting, false), (&gone, false)] {
        let access = world.store.attachment(guest(id, person), id, attachment).await.unwrap();
        assert_eq!(is_granted(&access), expected, "{}", person.name);
        assert!(expected || access == AttachmentAccess::Forbidden);
    }
}

pub async fn who_comes_later_has_accepted(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let walt = world.waiting(id).await;
    let (attachment, _) = world.offered(id, &cora).await;
    let late = world.customer(id).await;
    let sees =
        async |person| is_granted(&world.store.attachment(guest(id, person), id, attachment).await.unwrap());
    assert!(sees(&late).await, "added as admitted");
    assert!(!sees(&walt).await);
    world.append(world.moves(id, walt.id, ParticipantState::Waiting, ParticipantState::Admitted)).await;
    assert!(sees(&walt).await, "let in from the lobby");
}

pub async fn customers_get_nothing_that_only_technicians_see(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let attachment = world.uploaded(id, &tess).await;
    let whisper = Append { visibility: Visibility::Technicians, ..world.offer(id, &tess, &[attachment]) };
    world.append(whisper).await;
    let late = world.customer(id).await;
    for customer in [&cora, &late] {
        let access = world.store.attachment(guest(id, customer), id, attachment).await.unwrap();
        assert_eq!(access, AttachmentAccess::Forbidden);
    }
    let helper = world.person(ParticipantRole::Technician, ParticipantState::Admitted, "Guest technician");
    world.append(world.entry(id, &helper, Some(world.hash()))).await;
    let access = world.store.attachment(guest(id, &helper), id, attachment).await.unwrap();
    assert!(is_granted(&access), "a technician who came by a link");
}

/// Rows Z12, Z13: nobody gets the bytes of what was deleted.
pub async fn a_deleted_message_withdraws_its_files(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let (attachment, seq) = world.offered(id, &cora).await;
    let (kept, kept_seq) = world.offered(id, &cora).await;
    world.append(world.delete(id, &cora, seq)).await;
    world.append(world.edit(id, &cora, kept_seq, "edited")).await;
    for caller in [Caller::User(world.admin), guest(id, &cora)] {
        let access = world.store.attachment(caller, id, attachment).await.unwrap();
        assert_eq!(access, AttachmentAccess::NotFound);
        assert!(is_granted(&world.store.attachment(caller, id, kept).await.unwrap()), "still named");
    }
    let offer = world.try_append(world.offer(id, &cora, &[attachment])).await.map(|_| ());
    assert_eq!(offer, Err(ErrorCode::AttachmentUnknown), "gone for good");
}

/// S21: what has no message any more is named until its bytes are gone, whoever comes and goes meanwhile.
pub async fn withdrawn_files_wait_for_their_bytes_to_go(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let (attachment, seq) = world.offered(id, &cora).await;
    let (kept, _) = world.offered(id, &cora).await;
    assert_eq!(world.store.withdrawn(9).await.unwrap(), []);
    world.store.bytes_are_gone(kept).await.unwrap();
    world.append(world.delete(id, &cora, seq)).await;
    let withdrawn = async |limit| {
        let files = world.store.withdrawn(limit).await.unwrap();
        files.iter().map(|file| (file.org, file.session, file.attachment)).collect::<Vec<_>>()
    };
    let waiting = [(world.org, id, attachment)];
    assert_eq!(withdrawn(9).await, waiting, "one that is offered is never named");
    assert_eq!(world.store.withdrawn(0).await.unwrap(), []);
    world.ends(id).await;
    assert_eq!(withdrawn(9).await, waiting);
    world.store.bytes_are_gone(attachment).await.unwrap();
    assert_eq!(world.store.withdrawn(9).await.unwrap(), []);
}
