//! Edits, deletions, reactions (rows Z06, Z09, Z12).

use deskside_proto::{
    ChangePolicy, ChatPolicy, EditMark, ErrorCode, Event, EventBody, MessagePosted, ParticipantRole, Seq,
    Visibility, WhoMay,
};

use super::world::{NOW, World};
use crate::{Append, Effect, MessageChange, Store};

pub async fn a_change_leaves_nothing_of_the_earlier_text(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let message = world.message(id, &cora, "my PIN is 1234");
    let posted = world.append(message.clone()).await.event;
    world.append(world.message(id, &cora, "next")).await;

    let edited = |text: &str, seq| {
        let edited = Some(EditMark { seq, at: NOW });
        EventBody::MessagePosted(MessagePosted { text: text.to_owned(), edited, ..Default::default() })
    };
    let tombstone = EventBody::Tombstone { deleted_by: Some(cora.id), deleted_at: NOW };
    for (append, body, secret) in [
        (world.edit(id, &cora, 2, "my PIN is 12.."), edited("my PIN is 12..", 4), "1234"),
        (world.edit(id, &cora, 2, "my PIN is secret"), edited("my PIN is secret", 5), "12.."),
        (world.delete(id, &cora, 2), tombstone, "PIN"),
    ] {
        world.append(append).await;
        let log = world.log(id).await;
        let stored = &log[1];
        assert_eq!(stored, &Event { body, ..posted.clone() }, "only the body changes");
        assert!(!serde_json::to_string(&log).unwrap().contains(secret), "nor does an earlier edit tell it");
        let repeat = world.append(message.clone()).await;
        assert!(repeat.duplicate);
        assert_eq!(&repeat.event, stored, "not by a repeat either");
    }
    assert_eq!(world.texts(id).await, ["next"]);
    assert_eq!(world.log(id).await.len(), 6);
}

pub async fn only_a_message_that_is_there_is_changed(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    world.append(world.message(id, &cora, "hello")).await;
    world.append(world.message(id, &cora, "bye")).await;
    world.append(world.delete(id, &cora, 3)).await;
    // 1 = she came in, 3 = deleted, 4 = the deletion, 5 = the change itself.
    for target in [0, 1, 3, 4, 5, u64::MAX] {
        for append in [
            world.edit(id, &cora, target, "x"),
            world.delete(id, &cora, target),
            world.react(id, &cora, target),
        ] {
            assert_eq!(world.try_append(append).await, Err(ErrorCode::MessageGone), "{target}");
        }
    }
    assert_eq!(world.log(id).await.len(), 4);
    let empty = world.edit(id, &cora, 2, "  ");
    assert_eq!(world.try_append(empty).await, Err(ErrorCode::MessageEmpty));
    let other = world.session_by(world.technician).await;
    let far = world.customer(other).await;
    let elsewhere = world.delete(other, &far, 2);
    assert_eq!(world.try_append(elsewhere).await, Err(ErrorCode::MessageGone), "of another session");
}

pub async fn a_message_is_changed_by_its_writer_within_the_time(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let seq = world.append(world.message(id, &cora, "hello")).await.event.seq;
    let with = |append: Append, chat: ChatPolicy| {
        let effects = append.effects.iter().cloned().map(|effect| match effect {
            Effect::ChangeMessage { target, by, change: MessageChange::Edit { text, .. }, .. } => {
                Effect::ChangeMessage {
                    target,
                    by,
                    change: MessageChange::Edit { text, chat },
                    keep_history: false,
                }
            }
            Effect::ChangeMessage { target, by, .. } => Effect::ChangeMessage {
                target,
                by,
                change: MessageChange::Delete { chat },
                keep_history: false,
            },
            other => other,
        });
        Append { effects: effects.collect(), ..append.clone() }
    };
    let by_tess = [world.edit(id, &tess, seq, "x"), world.delete(id, &tess, seq)];
    for append in by_tess {
        assert_eq!(world.try_append(append).await, Err(ErrorCode::NotYourMessage));
    }
    let nobody = ChangePolicy { by: WhoMay::Nobody, within_minutes: None };
    let chat = ChatPolicy { edit: nobody, delete: nobody, ..ChatPolicy::default() };
    let refused = world.try_append(with(world.edit(id, &cora, seq, "x"), chat)).await;
    assert_eq!(refused, Err(ErrorCode::ChangeNotAllowed));
    let minute = ChangePolicy { by: WhoMay::Everyone, within_minutes: Some(1) };
    let chat = ChatPolicy { edit: minute, delete: minute, ..ChatPolicy::default() };
    for (millis, expected) in [(60_000, None), (60_001, Some(ErrorCode::ChangeTooLate))] {
        let edit = Append { at: NOW.plus(millis), ..with(world.edit(id, &cora, seq, "x"), chat) };
        assert_eq!(world.try_append(edit).await.err(), expected, "{millis}");
    }
    let all = ChatPolicy { technicians_delete_all: true, ..chat };
    let by_cora = with(world.delete(id, &cora, 1), all);
    assert_eq!(world.try_append(by_cora).await, Err(ErrorCode::MessageGone), "technicians only");
    assert!(world.try_append(with(world.delete(id, &tess, seq), all)).await.is_ok());
    let body = EventBody::Tombstone { deleted_by: Some(tess.id), deleted_at: NOW };
    assert_eq!(world.log(id).await[seq as usize - 1].body, body);
}

/// What is said of a note for technicians is for technicians; a customer is not even told that there is one.
pub async fn changes_are_seen_by_who_sees_the_message(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let note = Append { visibility: Visibility::Technicians, ..world.message(id, &tess, "hm") };
    let seq = world.append(note).await.event.seq;
    for append in [world.react(id, &cora, seq), world.edit(id, &cora, seq, "x"), world.delete(id, &cora, seq)]
    {
        assert_eq!(world.try_append(append).await, Err(ErrorCode::MessageGone));
    }
    for append in
        [world.react(id, &tess, seq), world.edit(id, &tess, seq, "hmm"), world.delete(id, &tess, seq)]
    {
        let event = world.append(append).await.event;
        assert_eq!(event.visibility, Visibility::Technicians, "{:?}", event.body);
        assert!(!event.visibility.admits(ParticipantRole::Customer));
    }
}

pub async fn of_an_edit_and_a_deletion_at_once_the_first_counts(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let seq = world.append(world.message(id, &cora, "hello")).await.event.seq;
    let batch =
        vec![world.delete(id, &cora, seq), world.edit(id, &cora, seq, "x"), world.react(id, &cora, seq)];
    let results = world.store.append(batch).await.unwrap();
    let codes: Vec<_> =
        results.into_iter().map(|result| result.map_err(|refused| refused.0).map(|_| ())).collect();
    assert_eq!(codes, [Ok(()), Err(ErrorCode::MessageGone), Err(ErrorCode::MessageGone)]);
}

pub async fn the_log_is_read_backwards_in_pages(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    for text in ["a", "b", "c", "d"] {
        world.append(world.message(id, &cora, text)).await;
    }
    let page = async |before: Seq, limit| {
        let events = world.store.log_before(id, before, limit).await.unwrap();
        events.into_iter().map(|event| event.seq).collect::<Vec<_>>()
    };
    assert_eq!(page(6, 2).await, [4, 5]);
    assert_eq!(page(4, 2).await, [2, 3]);
    assert_eq!(page(2, 2).await, [1]);
    assert!(page(1, 2).await.is_empty() && page(0, 2).await.is_empty());
    assert_eq!(page(u64::MAX, 3).await, [3, 4, 5]);
    assert!(page(6, 0).await.is_empty());
}
