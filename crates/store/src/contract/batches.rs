//! The log: order, batches, repeats, and who is heard.

use deskside_proto::{
    ChatPolicy, EndReason, ErrorCode, EventBody, MessagePosted, Millis, Participant, ParticipantId,
    ParticipantRole, ParticipantState, Seq, SessionId, Visibility, api::JoinKind,
};
use serde_json::json;

use super::world::{NOW, World};
use crate::{Append, AppendError, Appended, Caller, Effect, MessageChange, Store};

fn seqs(results: &[Result<Appended, AppendError>]) -> Vec<Result<Seq, ErrorCode>> {
    results
        .iter()
        .map(|result| result.as_ref().map(|done| done.event.seq).map_err(|refused| refused.0))
        .collect()
}

pub async fn seqs_have_no_gap(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let mut expected = 2;
    for size in [1, 7, 200, 3] {
        let batch: Vec<Append> =
            (0..size).map(|n| world.message(id, &cora, &format!("{size}/{n}"))).collect();
        let results = world.store.append(batch).await.unwrap();
        assert_eq!(seqs(&results), (expected..expected + size).map(Ok).collect::<Vec<_>>());
        expected += size;
    }
    let log = world.log(id).await;
    let logged: Vec<Seq> = log.iter().map(|event| event.seq).collect();
    assert_eq!(logged, (1..expected).collect::<Vec<_>>());
    assert_eq!(world.texts(id).await[8], "200/0", "in the order given");
    let head = world.store.session(Caller::User(world.admin), id).await.unwrap().unwrap().head;
    assert_eq!(head, expected - 1);
}

pub async fn a_refusal_leaves_the_others(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let stranger = world.person(ParticipantRole::Customer, ParticipantState::Admitted, "Mallory");
    let batch = vec![
        world.message(id, &cora, "one"),
        world.message(id, &stranger, "let me in"),
        world.message(SessionId(world.id()), &cora, "nowhere"),
        world.message(id, &cora, "two"),
    ];
    let results = world.store.append(batch).await.unwrap();
    let expected = [Ok(2), Err(ErrorCode::NotFound), Err(ErrorCode::NotFound), Ok(3)];
    assert_eq!(seqs(&results), expected);
    assert_eq!(world.texts(id).await, ["one", "two"]);
}

pub async fn a_refusal_leaves_no_trace_of_its_effects(store: impl Store) {
    let world = World::new(store).await;
    let code = world.secret(JoinKind::Code, NOW.plus(10));
    let id = world.session_with(world.technician, vec![code]).await;
    let cora = world.customer(id).await;
    let walt = world.person(ParticipantRole::Customer, ParticipantState::Admitted, "Walt");
    let token = world.hash();
    let attachment = world.uploaded(id, &cora).await;
    world.append(world.message(id, &cora, "before")).await;

    let mut refused = world.offer(id, &cora, &[attachment]);
    refused.effects.splice(
        0..0,
        [
            Effect::UseJoinSecret { hash: code.hash },
            Effect::AddParticipant { participant: walt.clone(), token: Some(token) },
            Effect::ChangeMessage {
                target: 2,
                by: ParticipantRole::Customer,
                change: MessageChange::Delete { chat: ChatPolicy::default() },
                keep_history: true,
            },
        ],
    );
    // The last one cannot be done.
    refused.effects.push(Effect::UseJoinSecret { hash: code.hash });
    let before = world.log(id).await;
    let batch = vec![refused, world.message(id, &cora, "after")];
    let results = world.store.append(batch).await.unwrap();
    assert_eq!(seqs(&results), [Err(ErrorCode::JoinCodeInvalid), Ok(3)]);

    assert_eq!(world.log(id).await[..2], before, "nothing rewritten");
    assert!(world.store.join_target(code.hash, NOW).await.unwrap().is_some(), "the code still works");
    assert_eq!(world.store.guest_by_token(token).await.unwrap(), None, "nobody came");
    let again = world.append(world.offer(id, &cora, &[attachment])).await;
    assert_eq!(again.event.seq, 4, "the file can still be offered");
    world.append(world.entry(id, &walt, Some(token))).await;
}

pub async fn two_sessions_in_one_batch(store: impl Store) {
    let world = World::new(store).await;
    let (first, second) =
        (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (cora, carl) = (world.customer(first).await, world.customer(second).await);
    let batch = vec![
        world.message(first, &cora, "a"),
        world.message(second, &carl, "x"),
        world.message(second, &carl, "y"),
        world.message(first, &cora, "b"),
        world.message(first, &carl, "not my room"),
    ];
    let results = world.store.append(batch).await.unwrap();
    assert_eq!(seqs(&results), [Ok(2), Ok(2), Ok(3), Ok(3), Err(ErrorCode::NotFound)]);
    assert_eq!(world.texts(first).await, ["a", "b"]);
    assert_eq!(world.texts(second).await, ["x", "y"]);
}

pub async fn the_same_transaction_has_effect_once(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let message = world.message(id, &cora, "once");
    let again = Append { id: world.message(id, &cora, "").id, at: NOW.plus(9), ..message.clone() };

    let batch = vec![message.clone(), again.clone(), world.message(id, &cora, "next")];
    let results = world.store.append(batch).await.unwrap();
    assert_eq!(seqs(&results), [Ok(2), Ok(2), Ok(3)]);
    let first = results[0].clone().unwrap();
    assert!(!first.duplicate);
    let expected = Appended { event: first.event, duplicate: true };
    assert_eq!(results[1], Ok(expected.clone()), "within one batch");
    assert_eq!(world.append(again).await, expected, "in a later batch");
    assert_eq!(world.texts(id).await, ["once", "next"]);
}

pub async fn a_transaction_is_the_senders_own(store: impl Store) {
    let world = World::new(store).await;
    let (id, other) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (cora, tess) = (world.customer(id).await, world.technician(id, world.technician).await);
    let carl = world.customer(other).await;
    let txn_id = world.txn();
    for (session, sender, seq) in [(id, &cora, 3), (id, &tess, 4), (other, &carl, 2)] {
        let message = Append { txn_id, ..world.message(session, sender, "same name for it") };
        let done = world.append(message).await;
        assert_eq!((done.event.seq, done.duplicate), (seq, false));
    }
    let portals = Append { sender: None, txn_id, ..world.message(id, &cora, "by the portal") };
    assert_eq!(world.append(portals.clone()).await.event.seq, 5);
    assert!(world.append(portals).await.duplicate, "the portal's own repeats count too");
    for text in ["no name", "no name"] {
        let unnamed = Append { txn_id: None, ..world.message(id, &cora, text) };
        assert!(!world.append(unnamed).await.duplicate);
    }
}

pub async fn a_repeat_is_known_after_the_end(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let message = world.message(id, &cora, "heard");
    let first = world.append(message.clone()).await;
    world.removes(id, cora.id).await;
    assert!(world.append(message.clone()).await.duplicate, "also when its sender was removed");
    world.ends(id).await;
    assert_eq!(world.append(message).await, Appended { duplicate: true, ..first });
}

pub async fn a_repeat_of_the_end_is_known(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let tess = world.technician(id, world.technician).await;
    let end = Append { sender: Some(tess.id), txn_id: world.txn(), ..world.end(id, NOW) };
    let results = world.store.append(vec![end.clone(), end]).await.unwrap();
    assert_eq!(seqs(&results), [Ok(2), Ok(2)]);
    assert!(results[1].as_ref().unwrap().duplicate);
}

pub async fn the_log_is_read_in_pages(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    world.store.append((0..9).map(|n| world.message(id, &cora, &n.to_string())).collect()).await.unwrap();
    let page = async |after, limit| {
        let events = world.store.log(id, after, limit).await.unwrap();
        events.into_iter().map(|event| event.seq).collect::<Vec<_>>()
    };
    assert_eq!(page(0, 4).await, [1, 2, 3, 4]);
    assert_eq!(page(4, 4).await, [5, 6, 7, 8]);
    assert_eq!(page(8, 4).await, [9, 10]);
    assert!(page(10, 4).await.is_empty());
    assert!(page(u64::MAX, 4).await.is_empty());
    assert!(page(0, 0).await.is_empty());
    assert!(world.store.log(SessionId(world.id()), 0, 4).await.unwrap().is_empty());
}

pub async fn events_come_back_as_written(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let tess = world.technician(id, world.technician).await;
    let message =
        MessagePosted { text: "ünïcode \0 \" \\ 🔥".to_owned(), reply_to: Some(1), ..Default::default() };
    let bodies = [
        EventBody::MessagePosted(message),
        EventBody::MessageEdited { target: 2, text: Some(String::new()), notify: true },
        EventBody::Tombstone { deleted_by: Some(tess.id), deleted_at: Millis(-1) },
        EventBody::Unknown(json!({"type": "hologram", "size": {"x": 1.5}})),
        EventBody::SessionEnded { reason: EndReason::Idle },
    ];
    let mut expected = world.log(id).await;
    for (n, body) in bodies.into_iter().enumerate() {
        let sender = (n % 2 == 0).then_some(tess.id);
        let visibility = if n == 1 { Visibility::Technicians } else { Visibility::All };
        let txn_id = if n == 3 { None } else { world.txn() };
        let append = Append { visibility, txn_id, at: Millis(n as i64), ..world.event(id, sender, body) };
        let event = world.append(append.clone()).await.event;
        assert_eq!((event.id, event.sender, event.at), (append.id, append.sender, append.at));
        assert_eq!((event.visibility, event.txn_id, &event.body), (visibility, txn_id, &append.body));
        expected.push(event);
    }
    assert_eq!(world.log(id).await, expected);
}

pub async fn an_empty_batch_is_fine(store: impl Store) {
    assert!(store.append(Vec::new()).await.unwrap().is_empty());
}

pub async fn unknown_and_ended_sessions_refuse(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let nowhere = SessionId(world.id());
    assert_eq!(world.try_append(world.message(nowhere, &cora, "hello?")).await, Err(ErrorCode::NotFound));
    let batch = vec![world.end(id, NOW), world.message(id, &cora, "too late")];
    assert_eq!(seqs(&world.store.append(batch).await.unwrap()), [Ok(2), Err(ErrorCode::SessionEnded)]);
    let entry = world.person(ParticipantRole::Customer, ParticipantState::Admitted, "Late");
    assert_eq!(world.try_append(world.entry(id, &entry, None)).await, Err(ErrorCode::SessionEnded));
    assert_eq!(world.log(id).await.len(), 2);
}

pub async fn who_is_not_admitted_is_not_heard(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let person = world.waiting(id).await;
    let says =
        async || world.try_append(world.message(id, &person, "hello")).await.map(|done| done.event.seq);
    use ParticipantState::{Admitted, Left, Removed, Waiting};
    assert_eq!(says().await, Err(ErrorCode::WaitingForAdmission));
    for (from, to, expected) in [
        (Waiting, Admitted, Ok(3)),
        (Admitted, Left, Err(ErrorCode::RemovedFromSession)),
        (Left, Admitted, Ok(6)),
        (Admitted, Removed, Err(ErrorCode::RemovedFromSession)),
    ] {
        world.append(world.moves(id, person.id, from, to)).await;
        assert_eq!(says().await, expected, "{to:?}");
    }
    let stranger = Participant { id: ParticipantId(world.id()), ..person };
    assert_eq!(world.try_append(world.message(id, &stranger, "psst")).await, Err(ErrorCode::NotFound));
}

pub async fn what_a_sender_does_takes_hold_within_the_batch(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.person(ParticipantRole::Customer, ParticipantState::Admitted, "Cora");
    let leaves = Append {
        sender: Some(cora.id),
        ..world.moves(id, cora.id, ParticipantState::Admitted, ParticipantState::Left)
    };
    let batch = vec![
        world.message(id, &cora, "too early"),
        world.entry(id, &cora, None),
        world.message(id, &cora, "hello"),
        leaves,
        world.message(id, &cora, "one more thing"),
    ];
    let results = world.store.append(batch).await.unwrap();
    let expected = [Err(ErrorCode::NotFound), Ok(1), Ok(2), Ok(3), Err(ErrorCode::RemovedFromSession)];
    assert_eq!(seqs(&results), expected);
}

pub async fn heads_are_paged_newest_first(store: impl Store) {
    let world = World::new(store).await;
    let (first, second) = (world.session_by(world.technician).await, world.session_by(world.own).await);
    let third = world.session_by(world.admin).await;
    world.customer(first).await;
    let cora = world.customer(third).await;
    world.append(world.message(third, &cora, "hi")).await;
    world.ends(third).await;
    let heads = async |before, limit| world.store.heads(before, limit).await.unwrap();
    assert_eq!(heads(None, 2).await, [(third, 3), (second, 0)]);
    assert_eq!(heads(Some(second), 2).await, [(first, 1)]);
    assert!(heads(Some(first), 2).await.is_empty());
}
