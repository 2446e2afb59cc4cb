//! Log in, rows out.
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

use deskside_proto::{
    EndReason, ErrorCode, Event, EventBody, EventId, LogEntry, MessagePosted, Millis, Participant,
    ParticipantId, ParticipantRole, ParticipantState, Seq, TxnId, Visibility,
};
use deskside_timeline::{Delivery, ItemKind, LocalEcho, Timeline, TimelineItem, TimelinePatch};
use proptest::prelude::*;

const TINA: ParticipantId = ParticipantId([1; 16]);
const CARL: ParticipantId = ParticipantId([2; 16]);

fn event(seq: Seq, sender: ParticipantId, body: EventBody) -> LogEntry {
    LogEntry::Event(Event {
        seq,
        id: EventId([9; 16]),
        sender: Some(sender),
        at: Millis(1_000 * i64::try_from(seq).unwrap()),
        visibility: Visibility::All,
        txn_id: None,
        body,
    })
}

fn joined(id: ParticipantId, name: &str) -> EventBody {
    EventBody::ParticipantJoined {
        participant: Participant {
            id,
            name: name.into(),
            role: ParticipantRole::Technician,
            state: ParticipantState::Admitted,
            user_id: None,
        },
    }
}

fn posted(text: &str) -> EventBody {
    EventBody::MessagePosted(MessagePosted { text: text.into(), ..MessagePosted::default() })
}

fn with_txn(entry: LogEntry, txn_id: TxnId) -> LogEntry {
    match entry {
        LogEntry::Event(event) => LogEntry::Event(Event { txn_id: Some(txn_id), ..event }),
        LogEntry::Withheld { .. } => entry,
    }
}

/// A row as one line: what a person would read.
fn show(item: &TimelineItem) -> String {
    match &item.kind {
        ItemKind::Message { sender_name, text, own, reply, edited_at, delivery, .. } => {
            let mut line = format!("{}{sender_name}: {text}", if *own { "me/" } else { "" });
            if let Some(reply) = reply {
                line += &format!(" <- {}: {}", reply.sender_name, reply.quote.as_deref().unwrap_or("(gone)"));
            }
            if edited_at.is_some() {
                line += " (edited)";
            }
            match delivery {
                Delivery::Pending { .. } => line += " [pending]",
                Delivery::Failed { code, .. } => line += &format!(" [failed {}]", code.as_str()),
                Delivery::Sent => {}
            }
            line
        }
        ItemKind::Deleted { sender_name, deleted_by_name, .. } => {
            format!("{sender_name}'s message, deleted by {deleted_by_name}")
        }
        ItemKind::Notice { notice } => format!("* {notice:?}"),
        ItemKind::Unknown => "?".into(),
    }
}

#[track_caller]
fn check(entries: Vec<LogEntry>, expected: &[&str]) {
    let mut timeline = Timeline::default();
    timeline.set_own(CARL);
    let mut drawn = Vec::new();
    for entry in entries {
        for patch in timeline.fold(entry) {
            patch.apply(&mut drawn);
        }
    }
    assert_eq!(drawn, timeline.items(), "patches and items tell the same");
    let lines: Vec<String> = drawn.iter().map(show).collect();
    assert_eq!(lines, expected);
}

#[test]
fn people_messages_and_the_end() {
    check(
        vec![
            event(1, TINA, joined(TINA, "Tina")),
            event(2, CARL, joined(CARL, "Carl")),
            event(3, TINA, posted("Hello")),
            LogEntry::Withheld { seq: 4 },
            event(5, CARL, posted("Hi")),
            event(6, TINA, EventBody::Unknown(serde_json::json!({"type": "x"}))),
            event(7, TINA, EventBody::SessionEnded { reason: EndReason::EndedByTechnician }),
        ],
        &[
            "* Joined { name: \"Tina\" }",
            "* Joined { name: \"Carl\" }",
            "Tina: Hello",
            "me/Carl: Hi",
            "?",
            "* Ended { by: \"Tina\" }",
        ],
    );
}

#[test]
fn replies_edits_and_deletes() {
    let reply = EventBody::MessagePosted(MessagePosted {
        text: "Yes".into(),
        reply_to: Some(2),
        ..MessagePosted::default()
    });
    check(
        vec![
            event(1, TINA, joined(TINA, "Tina")),
            event(2, TINA, posted("Is it on?")),
            event(3, CARL, reply.clone()),
            event(
                4,
                TINA,
                EventBody::MessageEdited { target: 2, text: "Is it plugged in?".into(), notify: false },
            ),
            event(5, TINA, EventBody::MessageDeleted { target: 2 }),
            event(6, CARL, reply),
        ],
        &[
            "* Joined { name: \"Tina\" }",
            "Tina's message, deleted by Tina",
            "me/: Yes <- Tina: Is it on?",
            "me/: Yes <- Tina: (gone)",
        ],
    );
}

/// The portal rewrites the original at once, so an older edit event must not bring its text back.
#[test]
fn an_older_edit_does_not_undo_a_newer_text() {
    let rewritten = EventBody::MessagePosted(MessagePosted {
        text: "third".into(),
        edited_at: Some(Millis(9_000)),
        ..MessagePosted::default()
    });
    check(
        vec![
            event(1, TINA, rewritten),
            event(2, TINA, EventBody::MessageEdited { target: 1, text: "second".into(), notify: false }),
        ],
        &[": third (edited)"],
    );
}

#[test]
fn an_echo_becomes_the_message_it_announced() {
    let (first, second) = (TxnId([5; 16]), TxnId([6; 16]));
    let mut timeline = Timeline::default();
    timeline.set_own(CARL);
    let mut drawn = Vec::new();
    let mut draw = |patches: Vec<TimelinePatch>| {
        patches.into_iter().for_each(|patch| patch.apply(&mut drawn));
        drawn.iter().map(show).collect::<Vec<_>>()
    };
    let echo = |txn_id, text: &str| LocalEcho { txn_id, at: Millis(1), text: text.into(), reply_to: None };

    draw(timeline.echo(echo(first, "one")));
    draw(timeline.echo(echo(second, "two")));
    assert_eq!(
        draw(timeline.echo(echo(second, "two"))),
        ["me/: one [pending]", "me/: two [pending]"],
        "shown once"
    );

    let code = ErrorCode::MessageTooLong;
    draw(timeline.fail(first, code, code.sentence().into()));
    draw(timeline.fold(event(1, TINA, posted("between"))));
    draw(timeline.acknowledge(second, 2, Millis(7)));
    let shown = draw(timeline.fold(with_txn(event(2, CARL, posted("two")), second)));
    assert_eq!(shown, [": between", "me/: two", "me/: one [failed message_too_long]"]);

    assert_eq!(draw(timeline.discard(first)), [": between", "me/: two"]);
    let keys: Vec<_> = timeline.items().iter().map(|item| item.key.clone()).collect();
    assert_eq!(keys, ["e1".to_owned(), second.to_string()], "the row keeps its echo's key");
}

/// Somebody else's txn_id is theirs: it never touches an echo here.
#[test]
fn a_foreign_txn_id_takes_no_echo() {
    let txn_id = TxnId([5; 16]);
    let mut timeline = Timeline::default();
    timeline.set_own(CARL);
    timeline.echo(LocalEcho { txn_id, at: Millis(1), text: "mine".into(), reply_to: None });
    timeline.fold(with_txn(event(1, TINA, posted("theirs")), txn_id));
    let lines: Vec<String> = timeline.items().iter().map(show).collect();
    assert_eq!(lines, [": theirs", "me/: mine [pending]"]);
}

#[derive(Debug, Clone)]
enum Step {
    Post(bool),
    Edit(Seq),
    Delete(Seq),
    Echo,
    Confirm,
    Again(Seq),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(Step::Post),
        (1..40u64).prop_map(Step::Edit),
        (1..40u64).prop_map(Step::Delete),
        Just(Step::Echo),
        Just(Step::Confirm),
        (1..40u64).prop_map(Step::Again),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(256)))]

    /// Whatever comes: patches applied to a list give the fold's own items; entries seen twice change nothing; confirmed
    /// rows stand in the log's order and before every echo; folding it all at once gives the same rows.
    #[test]
    fn any_schedule_draws_the_same_rows(steps in prop::collection::vec(step(), 1..60)) {
        let mut timeline = Timeline::default();
        timeline.set_own(CARL);
        let mut drawn = Vec::new();
        let mut log: Vec<LogEntry> = Vec::new();
        let mut echoes: Vec<TxnId> = Vec::new();
        let mut made = 0_u8;
        for step in steps {
            let seq = log.len() as Seq + 1;
            let patches = match step {
                Step::Post(own) => { log.push(event(seq, if own { CARL } else { TINA }, posted(&format!("m{seq}")))); timeline.fold(log[log.len() - 1].clone()) }
                Step::Edit(target) => { log.push(event(seq, TINA, EventBody::MessageEdited { target, text: format!("e{seq}"), notify: true })); timeline.fold(log[log.len() - 1].clone()) }
                Step::Delete(target) => { log.push(event(seq, TINA, EventBody::MessageDeleted { target })); timeline.fold(log[log.len() - 1].clone()) }
                Step::Echo => { made += 1; echoes.push(TxnId([made; 16])); timeline.echo(LocalEcho { txn_id: TxnId([made; 16]), at: Millis(0), text: format!("m{made}"), reply_to: None }) }
                Step::Confirm => match echoes.pop() {
                    Some(txn) => { log.push(with_txn(event(seq, CARL, posted("mine")), txn)); timeline.fold(log[log.len() - 1].clone()) }
                    None => Vec::new(),
                },
                Step::Again(which) => match log.get(usize::try_from(which).unwrap() - 1) {
                    Some(entry) => { let again = timeline.fold(entry.clone()); prop_assert!(again.is_empty()); again }
                    None => Vec::new(),
                },
            };
            for patch in patches { patch.apply(&mut drawn); }
            prop_assert_eq!(drawn.as_slice(), timeline.items());
        }
        let (confirmed, waiting): (Vec<_>, Vec<_>) = timeline.items().iter().partition(|item| item.seq.is_some());
        prop_assert!(confirmed.windows(2).all(|pair| pair[0].seq < pair[1].seq));
        prop_assert_eq!(waiting.len(), echoes.len());
        prop_assert!(timeline.items()[..confirmed.len()].iter().all(|item| item.seq.is_some()));

        let mut again = Timeline::default();
        again.set_own(CARL);
        for entry in log { again.fold(entry); }
        prop_assert_eq!(again.items(), &timeline.items()[..confirmed.len()]);
    }
}

/// `DESKSIDE_CASES` scales the randomised tests (`cargo xtask soak`).
fn cases(default: u32) -> u32 {
    std::env::var("DESKSIDE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}
