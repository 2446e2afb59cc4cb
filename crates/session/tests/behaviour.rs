//! One behaviour a test: what comes in, what must be shown and sent.
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod harness;

use deskside_proto::{
    Attachment, AttachmentId, Consent, EndReason, ErrorCode, EventBody, LogEntry, MessagePosted, Millis,
    Offer, Participant, ParticipantRole, ParticipantState, RecipientState, ServerMessage, TxnId,
    api::SessionState, limits,
};
use deskside_session::{AlertKind, ConnectionState, Input, Intent, ViewUpdate};
use deskside_timeline::{ChangeKind, Delivery, ItemKind, Target};
use harness::{ME, OTHER, World, said, texts};

fn connection(world: &World) -> Option<&ConnectionState> {
    world.views.iter().rev().find_map(|view| match view {
        ViewUpdate::Connection { state } => Some(state),
        _ => None,
    })
}

fn unsent(world: &World) -> Option<usize> {
    world.views.iter().rev().find_map(|view| match view {
        ViewUpdate::Unsent { count } => Some(*count),
        _ => None,
    })
}

fn failed(world: &World) -> Vec<(TxnId, ErrorCode)> {
    let failure = |kind: &ItemKind| match kind {
        ItemKind::Message(message) => match &message.delivery {
            Delivery::Failed { txn_id, code, .. } => Some((*txn_id, *code)),
            Delivery::Pending { .. } | Delivery::Sent => None,
        },
        _ => None,
    };
    world.drawn.iter().filter_map(|item| failure(&item.kind)).collect()
}

#[test]
fn the_connection_tells_the_truth() {
    let mut world = World::new(1);
    assert_eq!(connection(&world), Some(&ConnectionState::Connecting { attempt: 1 }));
    world.settle();
    assert_eq!(connection(&world), Some(&ConnectionState::Online { delay_millis: None }));
    world.run(limits::PING_EVERY_MILLIS + 1, |_| false);
    assert_eq!(
        connection(&world),
        Some(&ConnectionState::Online { delay_millis: Some(0) }),
        "measured by ping"
    );
    world.reachable = false;
    world.cut();
    assert!(
        matches!(connection(&world), Some(ConnectionState::Offline { retry_at }) if *retry_at > world.now)
    );
}

#[test]
fn a_half_open_connection_is_noticed() {
    let mut world = World::new(2);
    world.settle();
    world.half_open = true;
    world.reachable = false;
    let since = world.now;
    world.run(60_000, |world| matches!(connection(world), Some(ConnectionState::Offline { .. })));
    let noticed = world.now.since(since);
    assert!(noticed <= limits::SILENCE_MAX_MILLIS + limits::PING_EVERY_MILLIS, "after {noticed} ms");
}

#[test]
fn messages_written_offline_go_out_once_and_in_order() {
    let mut world = World::new(3);
    world.settle();
    world.reachable = false;
    world.cut();
    for text in ["one", "two", "three"] {
        world.post(text);
    }
    assert_eq!((unsent(&world), world.client.pending()), (Some(3), 3));
    world.restart();
    assert_eq!(world.drawn.len(), 3, "shown again after a restart, before there is any connection");
    world.settle();
    assert_eq!(texts(&world.portal.log, ME), ["one", "two", "three"]);
    assert_eq!(unsent(&world), Some(0));
}

#[test]
fn a_refused_message_stays_until_it_is_taken_up_or_thrown_away() {
    let mut world = World::new(4);
    world.settle();
    world.post("refuse this");
    world.post("take this");
    world.run(3_000, |world| texts(&world.portal.log, ME).len() == 1);
    world.run(3_000, |world| !failed(world).is_empty());
    let (txn_id, code) = failed(&world)[0];
    assert_eq!(code, ErrorCode::MessageTooLong);
    assert_eq!(texts(&world.portal.log, ME), ["take this"], "the next one is not held up");

    world.input(Input::Intent { intent: Intent::Retry { txn_id } });
    world.run(3_000, |world| !failed(world).is_empty());
    assert_eq!(failed(&world), [(txn_id, code)], "asked again, refused again");
    world.intent(Intent::Discard { txn_id });
    assert!(failed(&world).is_empty() && world.disk.is_empty());
}

#[test]
fn a_gap_is_fetched_again() {
    let mut world = World::new(5);
    world.settle();
    world.portal.append(OTHER, None, said("lost on the way"));
    world.hear(said("after it"));
    world.settle();
    assert_eq!(world.drawn.iter().map(|item| item.seq).collect::<Vec<_>>(), [Some(1), Some(2)]);
}

#[test]
fn a_duplicate_entry_is_shown_once() {
    let mut world = World::new(6);
    world.settle();
    world.hear(said("hello"));
    let again = LogEntry::Event(world.portal.log[0].clone());
    world.push_down(&ServerMessage::Log { entries: vec![again.clone(), again] });
    world.settle();
    assert_eq!(world.drawn.len(), 1);
}

#[test]
fn after_the_end_unsent_text_is_kept_and_nothing_is_sent() {
    let mut world = World::new(7);
    world.settle();
    world.reachable = false;
    world.cut();
    world.post("too late");
    world.portal.state = SessionState::Ended;
    world.portal.append(OTHER, None, EventBody::SessionEnded { reason: EndReason::EndedByTechnician });
    world.reachable = true;
    world.run(60_000, |world| !failed(world).is_empty());
    assert_eq!(failed(&world).iter().map(|(_, code)| *code).collect::<Vec<_>>(), [ErrorCode::SessionEnded]);
    assert_eq!(connection(&world), Some(&ConnectionState::Ended));
    assert_eq!(world.disk.len(), 1, "the text survives a restart, as unsent");
    world.post("even later");
    world.run(1_000, |_| false);
    assert!(texts(&world.portal.log, ME).is_empty());
    assert_eq!(failed(&world).len(), 2);
}

#[test]
fn somebody_who_waits_gets_nothing_before_they_are_let_in() {
    let mut world = World::new(8);
    world.portal.you.state = ParticipantState::Waiting;
    world.portal.append(OTHER, None, said("private talk"));
    world.post("let me in");
    world.run(2_000, |world| matches!(connection(world), Some(ConnectionState::Waiting)));
    world.run(20_000, |_| false);
    assert!(texts(&world.portal.log, ME).is_empty(), "nothing is sent either");
    assert_eq!(world.client.head(), 0);

    world.portal.you.state = ParticipantState::Admitted;
    world.cut();
    world.settle();
    assert_eq!(texts(&world.portal.log, ME), ["let me in"]);
}

#[test]
fn a_final_refusal_ends_the_attempts_and_a_passing_one_does_not() {
    for (code, last) in [
        (ErrorCode::RemovedFromSession, true),
        (ErrorCode::NotSignedIn, true),
        (ErrorCode::UnsupportedProtocol, true),
        (ErrorCode::SlowConsumer, false),
        (ErrorCode::Unavailable, false),
    ] {
        let mut world = World::new(9);
        world.settle();
        world.push_down(&ServerMessage::Error { code, message: code.sentence().into() });
        world.run(100, |world| !matches!(connection(world), Some(ConnectionState::Online { .. })));
        let closed =
            matches!(connection(&world), Some(ConnectionState::Closed { code: said, .. }) if *said == code);
        assert_eq!(closed, last, "{code:?}");
        assert_eq!(world.client.next_wake().is_none(), last, "{code:?}: another attempt is planned or not");
    }
}

#[test]
fn a_technician_learns_that_the_transcript_is_kept_even_over_a_break() {
    let mut world = World::new(10);
    world.settle();
    world.portal.state = SessionState::Ended;
    world.hear(EventBody::SessionEnded { reason: EndReason::EndedByTechnician });
    world.settle();
    world.cut();
    world.portal.state = SessionState::Sealed;
    world.run(60_000, |world| world.views.iter().any(|view| matches!(view, ViewUpdate::Sealed { .. })));
    assert!(world.views.iter().any(|view| matches!(view, ViewUpdate::Sealed { .. })));
}

#[test]
fn people_come_type_and_go() {
    let mut world = World::new(11);
    world.settle();
    let tina = Participant {
        id: OTHER,
        name: "Tina".into(),
        role: ParticipantRole::Technician,
        state: ParticipantState::Admitted,
        user_id: None,
    };
    world.hear(EventBody::ParticipantJoined { participant: tina });
    world.push_down(&ServerMessage::Presence { participant_id: OTHER, online: true });
    world.push_down(&ServerMessage::Typing { participant_id: OTHER });
    let roster = |world: &World| {
        world.views.iter().rev().find_map(|view| match view {
            ViewUpdate::Roster { entries } => {
                entries.iter().find(|entry| entry.participant.id == OTHER).cloned()
            }
            _ => None,
        })
    };
    world.run(1_000, |world| roster(world).is_some_and(|entry| entry.typing));
    assert!(roster(&world).is_some_and(|entry| entry.online && entry.typing && !entry.own));
    world.run(6_000, |world| roster(world).is_some_and(|entry| !entry.typing));
    assert!(roster(&world).is_some_and(|entry| !entry.typing), "typing fades by itself");

    world.push_down(&ServerMessage::Typing { participant_id: OTHER });
    world.run(1_000, |world| roster(world).is_some_and(|entry| entry.typing));
    world.hear(said("what was typed"));
    world.settle();
    assert!(roster(&world).is_some_and(|entry| !entry.typing), "it is over when it is said");

    world.hear(EventBody::ParticipantLeft { participant_id: OTHER });
    world.settle();
    assert!(
        roster(&world)
            .is_some_and(|entry| entry.participant.state == ParticipantState::Left && !entry.online)
    );
}

#[test]
fn own_typing_is_told_at_most_every_two_seconds() {
    let mut world = World::new(12);
    world.settle();
    let before = world.steps;
    for now in [0, 500, 1_999, 2_000, 2_100] {
        world.now = Millis(1_000_000 + now);
        world.input(Input::Intent { intent: Intent::Typing });
    }
    assert_eq!(world.steps - before, 5);
    assert_eq!(world.typing_frames(), 2);
}

#[test]
fn garbage_from_the_portal_costs_a_reconnect_and_nothing_else() {
    let mut world = World::new(13);
    world.settle();
    world.post("kept");
    world.input(Input::Received { text: "<html>captive portal</html>".into() });
    assert!(matches!(connection(&world), Some(ConnectionState::Offline { .. })));
    world.settle();
    assert_eq!(texts(&world.portal.log, ME), ["kept"]);
}

fn message(world: &World, index: usize) -> &deskside_timeline::MessageItem {
    match &world.drawn[index].kind {
        ItemKind::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

/// A02 A11: what one accepts shows at once, and says that the portal does not know yet: it would still refuse the bytes.
#[test]
fn an_answer_is_unconfirmed_until_the_log_has_it() {
    let file = Attachment {
        id: AttachmentId([6; 16]),
        name: "a.pdf".into(),
        size: 5,
        media_type: "application/pdf".into(),
        sha256: "00".repeat(32),
        thumbnail: None,
        direct: None,
        capture: None,
    };
    let offer = Offer { consent: Consent::Ask, accepted: vec![], pending: vec![ME] };
    let mut world = World::new(25);
    world.settle();
    world.hear(EventBody::MessagePosted(MessagePosted {
        attachments: vec![file.clone()],
        offer: Some(Box::new(offer)),
        ..MessagePosted::default()
    }));
    world.settle();
    let target = world.portal.head();
    let stands = |world: &World| {
        let file = message(world, world.drawn.len() - 1).attachments[0].clone();
        (file.yours, file.unconfirmed)
    };
    assert_eq!(stands(&world), (Some(RecipientState::Pending), false));
    world.intent(Intent::Answer { target, attachments: vec![file.id], accept: true });
    assert_eq!(stands(&world), (Some(RecipientState::Accepted), true));
    world.settle();
    assert_eq!(stands(&world), (Some(RecipientState::Accepted), false));
}

/// Z09 Z12: a message that has not left yet is edited and deleted where it waits; the portal never hears of the first text.
#[test]
fn what_has_not_left_is_changed_where_it_is() {
    let mut world = World::new(20);
    world.settle();
    world.reachable = false;
    world.cut();
    world.post("teh first");
    world.post("a mistake");
    let keys: Vec<TxnId> = world.drawn.iter().map(|item| item.key.parse().unwrap()).collect();
    world.intent(Intent::Edit { target: Target::Own(keys[0]), text: "the first".into(), notify: true });
    world.intent(Intent::Delete { target: Target::Own(keys[1]) });
    assert_eq!((message(&world, 0).text.as_str(), world.drawn.len()), ("the first", 1));
    world.settle();
    assert_eq!(texts(&world.portal.log, ME), ["the first"]);
    assert_eq!(world.portal.log.len(), 1, "nothing was edited or deleted there");
}

/// Z06 Z09 Z12: everything done offline waits, shows as pending, and goes out once and in order, after a restart too.
#[test]
fn changes_made_offline_go_out_once_and_in_order() {
    let mut world = World::new(21);
    world.hear(said("hers"));
    world.settle();
    world.post("mine");
    world.settle();
    world.reachable = false;
    world.cut();
    world.intent(Intent::React { target: Target::Seq(1), emoji: "👍".into() });
    world.intent(Intent::Edit { target: Target::Seq(2), text: "mine!".into(), notify: false });
    world.post("and this");
    assert_eq!(message(&world, 0).pending_change, Some(ChangeKind::React));
    assert_eq!((message(&world, 0).reactions[0].own, message(&world, 1).text.as_str()), (true, "mine!"));
    assert_eq!(unsent(&world), Some(3));
    world.restart();
    world.settle();
    let bodies: Vec<_> = world.portal.log[2..].iter().map(|event| &event.body).collect();
    assert!(matches!(
        bodies[..],
        [
            EventBody::ReactionAdded { target: 1, .. },
            EventBody::MessageEdited { target: 2, notify: false, .. },
            EventBody::MessagePosted(_)
        ]
    ));
    assert!(world.disk.is_empty() && world.drawn.iter().all(|item| item.seq.is_some()));
}

/// A refused change goes back on the screen and says why; it is tried again or thrown away by the person.
#[test]
fn a_refused_change_can_be_discarded_and_what_lost_its_object_goes_by_itself() {
    let mut world = World::new(22);
    world.hear(said("hers"));
    world.settle();
    world.intent(Intent::Edit { target: Target::Seq(1), text: "mine now".into(), notify: true });
    assert_eq!(message(&world, 0).text, "mine now", "at once");
    world.settle();
    let failed = message(&world, 0).failed_change.clone().unwrap();
    assert_eq!((message(&world, 0).text.as_str(), failed.code), ("hers", ErrorCode::NotYourMessage));
    world.intent(Intent::Discard { txn_id: failed.txn_id });
    assert_eq!((message(&world, 0).failed_change.clone(), world.disk.len()), (None, 0));

    world.reachable = false;
    world.cut();
    world.intent(Intent::React { target: Target::Seq(1), emoji: "👍".into() });
    let tombstone = EventBody::Tombstone { deleted_by: Some(OTHER), deleted_at: Millis(2) };
    world.portal.log[0].body = tombstone;
    world.portal.append(OTHER, None, EventBody::MessageDeleted { target: 1 });
    world.settle();
    assert!(world.disk.is_empty(), "there is nothing left to react to");
}

/// A disk that takes nothing: the intent is undone as a whole, and nothing of it is sent.
#[test]
fn what_is_not_kept_did_not_happen() {
    let mut world = World::new(23);
    world.settle();
    world.post("kept");
    world.settle();
    world.disk_full = true;
    world.post("not kept");
    world.intent(Intent::Edit { target: Target::Seq(1), text: "not kept".into(), notify: true });
    assert_eq!((world.drawn.len(), message(&world, 0).text.as_str()), (1, "kept"));
    world.disk_full = false;
    world.settle();
    assert_eq!(world.portal.log.len(), 1);
}

/// The refused message, what is asked of it, and what stands behind that.
fn refused_and_followed(world: &mut World) -> TxnId {
    world.settle();
    world.post("refuse this");
    world.run(3_000, |world| !failed(world).is_empty());
    let (refused, _) = failed(world)[0];
    world.intent(Intent::React { target: Target::Own(refused), emoji: "👍".into() });
    world.post("stands behind it");
    world.run(3_000, |_| false);
    assert_eq!(texts(&world.portal.log, ME).len(), 0, "in the order asked for");
    refused
}

/// N14: what waited behind something that is thrown away goes at once.
#[test]
fn what_stands_behind_something_discarded_goes_out() {
    let mut world = World::new(31);
    let refused = refused_and_followed(&mut world);
    world.intent(Intent::Discard { txn_id: refused });
    world.run(3_000, |world| world.disk.is_empty());
    assert_eq!(texts(&world.portal.log, ME), ["stands behind it"]);
}

/// N14: a discard that the disk does not take did not happen, and what it would have let go is not taken for sent.
#[test]
fn a_discard_that_is_not_kept_is_undone() {
    let mut world = World::new(32);
    let refused = refused_and_followed(&mut world);
    let before = (world.drawn.clone(), world.disk.clone());
    world.disk_dead = true;
    world.intent(Intent::Discard { txn_id: refused });
    assert_eq!((&world.drawn, &world.disk), (&before.0, &before.1), "as if nothing had been asked");
    world.disk_dead = false;
    world.intent(Intent::Discard { txn_id: refused });
    world.run(3_000, |world| world.disk.is_empty());
    assert_eq!(texts(&world.portal.log, ME), ["stands behind it"], "on the same connection");
    assert!(world.disk.is_empty(), "{:?}", world.disk);
}

/// N14: an intent of which the disk took a part leaves nothing there.
#[test]
fn what_is_kept_in_part_is_taken_off_the_disk() {
    let mut world = World::new(33);
    world.portal.state = SessionState::Ended;
    world.portal.append(OTHER, None, EventBody::SessionEnded { reason: EndReason::EndedByTechnician });
    world.settle();
    let shown = world.drawn.len();
    // After the end a message is kept, and kept again as refused.
    world.room = Some(1);
    world.post("too late");
    assert_eq!((world.drawn.len(), world.disk.len(), world.room), (shown, 0, Some(0)));
}

/// N14: what comes back on the screen comes back to its place.
#[test]
fn an_edit_that_is_not_kept_leaves_the_order() {
    let mut world = World::new(34);
    world.settle();
    world.reachable = false;
    world.cut();
    world.post("one");
    world.post("two");
    let before = world.drawn.clone();
    let first = *world.disk.keys().next().unwrap();
    world.disk_full = true;
    world.intent(Intent::Edit { target: Target::Own(first), text: "uno".into(), notify: true });
    assert_eq!(world.drawn, before);
}

fn unread(world: &World) -> Option<(u64, usize)> {
    world.views.iter().rev().find_map(|view| match view {
        ViewUpdate::Read { own, unread, .. } => Some((*own, *unread)),
        _ => None,
    })
}

fn alerts(world: &World) -> Vec<(AlertKind, String)> {
    let all = world.views.iter().filter_map(|view| match view {
        ViewUpdate::Alerts { alerts } => Some(alerts),
        _ => None,
    });
    all.flatten().map(|alert| (alert.kind, alert.text.clone())).collect()
}

/// Z10 Z11: what others say is unread and news until it is seen; an edit only where its writer wants it noticed.
#[test]
fn others_words_are_unread_until_they_are_seen() {
    let mut world = World::new(24);
    world.hear(said("before"));
    world.settle();
    assert_eq!((unread(&world), alerts(&world)), (Some((0, 1)), vec![]), "unread, but no news");
    world.hear(said("now"));
    world.post("mine");
    world.settle();
    assert_eq!(unread(&world), Some((0, 2)), "one's own words are read");
    assert_eq!(alerts(&world), [(AlertKind::Message, "now".to_owned())]);
    world.intent(Intent::Read { seq: 3 });
    world.settle();
    assert_eq!(unread(&world), Some((3, 0)));
    let edited = |text: &str, notify| EventBody::MessageEdited { target: 2, text: Some(text.into()), notify };
    world.hear(edited("quietly", false));
    world.hear(edited("aloud", true));
    world.settle();
    assert_eq!(unread(&world), Some((3, 1)));
    assert_eq!(alerts(&world).last(), Some(&(AlertKind::Edited, "aloud".to_owned())));
    world.run(3_000, |_| false);
    assert_eq!(world.portal.read.iter().map(|mark| mark.seq).collect::<Vec<_>>(), [3], "the portal knows");
}

/// Read marks go out at most once a second, and the newest is not lost.
#[test]
fn read_marks_are_coalesced() {
    let mut world = World::new(25);
    for number in 0..5 {
        world.hear(said(&number.to_string()));
    }
    world.settle();
    let reads = |world: &World| world.read_frames;
    for seq in 1..=5 {
        world.intent(Intent::Read { seq });
    }
    world.run(3_000, |_| false);
    assert_eq!(reads(&world), 2, "the first at once, the last a second later");
    assert_eq!(world.portal.read[0].seq, 5);
}

/// A long log opens at its end; older pages come when they are asked for, down to a message that somebody points at.
#[test]
fn older_pages_come_on_demand() {
    let mut world = World::new(26);
    for number in 1..=30 {
        world.hear(said(&number.to_string()));
    }
    world.settle();
    let shown = |world: &World| world.drawn.first().and_then(|item| item.seq);
    assert_eq!(shown(&world), Some(26), "the harness's portal sends five at first");
    world.intent(Intent::Older);
    world.settle();
    world.run(1_000, |_| false);
    assert_eq!(shown(&world), Some(1));
    let complete = world.views.iter().rev().find_map(|view| match view {
        ViewUpdate::History { complete, loading, .. } => Some((*complete, *loading)),
        _ => None,
    });
    assert_eq!(complete, Some((true, false)));
}

/// Reading up ends, and news begins, where the log ended when one came in; a lost connection changes nothing about that.
#[test]
fn what_was_there_when_one_came_is_no_news() {
    let mut world = World::new(27);
    for number in 1..=4 {
        world.hear(said(&number.to_string()));
    }
    let caught_up = |world: &World| {
        let newest = world.views.iter().rev().find_map(|view| match view {
            ViewUpdate::History { caught_up, .. } => Some(*caught_up),
            _ => None,
        });
        newest == Some(true)
    };
    world.run(1_000, |world| {
        connection(world).is_some_and(|state| matches!(state, ConnectionState::Online { .. }))
    });
    assert!(!caught_up(&world), "welcome, and nothing has come");
    world.run(1_000, caught_up);
    assert_eq!(world.drawn.len(), 4);
    world.cut();
    world.hear(said("missed"));
    world.run(60_000, |world| world.drawn.len() == 5 || !caught_up(world));
    assert!(caught_up(&world) && world.drawn.len() == 5);
}
