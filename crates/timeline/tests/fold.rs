//! Log in, rows out.
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod model;

use deskside_proto::{
    ChangePolicy, ChatPolicy, EditMark, EndReason, ErrorCode, Event, EventBody, EventId, LogEntry,
    MessagePosted, Millis, Participant, ParticipantId, ParticipantRole, ParticipantState, Seq, TxnId,
    Visibility, WhoMay,
};
use deskside_timeline::{
    Change, Delivery, ItemKind, LocalEcho, Target, Timeline, TimelineItem, TimelinePatch, Viewer,
};
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

fn edited(target: Seq, text: &str) -> EventBody {
    EventBody::MessageEdited { target, text: Some(text.into()), notify: false }
}

fn added(target: Seq, emoji: &str) -> EventBody {
    EventBody::ReactionAdded { target, emoji: emoji.into() }
}

fn removed(target: Seq, emoji: &str) -> EventBody {
    EventBody::ReactionRemoved { target, emoji: emoji.into() }
}

fn carl() -> Viewer {
    Viewer { id: CARL, role: ParticipantRole::Customer, chat: ChatPolicy::default() }
}

/// A row as one line: what a person would read.
fn show(item: &TimelineItem) -> String {
    match &item.kind {
        ItemKind::Message(message) => {
            let mut line =
                format!("{}{}: {}", if message.own { "me/" } else { "" }, message.sender_name, message.text);
            if message.private {
                line = format!("(private) {line}");
            }
            if let Some(reply) = &message.reply {
                let quote = if reply.deleted { Some("(deleted)") } else { reply.quote.as_deref() };
                line += &format!(" <- {}: {}", reply.sender_name, quote.unwrap_or("(not loaded)"));
            }
            if message.edited_at.is_some() {
                line += " (edited)";
            }
            for reaction in &message.reactions {
                let mine = if reaction.own { "me" } else { "" };
                line +=
                    &format!(" [{} {} {mine}{}]", reaction.emoji, reaction.count, reaction.names.join(","));
            }
            match &message.delivery {
                Delivery::Pending { .. } => line += " [pending]",
                Delivery::Failed { code, .. } => line += &format!(" [failed {}]", code.as_str()),
                Delivery::Sent => {}
            }
            if let Some(what) = message.pending_change {
                line += &format!(" [{what:?} pending]");
            }
            if let Some(failed) = &message.failed_change {
                line += &format!(" [{:?} failed {}]", failed.what, failed.code.as_str());
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

/// A timeline, and a list that only its patches change.
#[derive(Default)]
struct Screen {
    timeline: Timeline,
    drawn: Vec<TimelineItem>,
}

impl Screen {
    fn of_carl() -> Self {
        let mut screen = Self::default();
        screen.draw(|timeline| timeline.set_viewer(carl()));
        screen
    }

    #[track_caller]
    fn draw(&mut self, step: impl FnOnce(&mut Timeline) -> Vec<TimelinePatch>) -> Vec<String> {
        for patch in step(&mut self.timeline) {
            patch.apply(&mut self.drawn);
        }
        assert_eq!(self.drawn, self.timeline.items(), "patches and items tell the same");
        self.drawn.iter().map(show).collect()
    }

    #[track_caller]
    fn fold(&mut self, entry: LogEntry) -> Vec<String> {
        self.draw(|timeline| timeline.fold(entry))
    }
}

#[track_caller]
fn check(entries: Vec<LogEntry>, expected: &[&str]) {
    let mut screen = Screen::of_carl();
    for entry in entries {
        screen.fold(entry);
    }
    let lines: Vec<String> = screen.drawn.iter().map(show).collect();
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

/// Z07 Z10 Z13: a quote follows its original through an edit and survives its deletion.
#[test]
fn replies_edits_and_deletes() {
    let reply = EventBody::MessagePosted(MessagePosted {
        text: "Yes".into(),
        reply_to: Some(2),
        ..MessagePosted::default()
    });
    let mut screen = Screen::of_carl();
    screen.fold(event(1, TINA, joined(TINA, "Tina")));
    screen.fold(event(2, TINA, posted("Is it on?")));
    assert_eq!(screen.fold(event(3, CARL, reply))[2], "me/: Yes <- Tina: Is it on?");
    let after_edit = screen.fold(event(4, TINA, edited(2, "Is it plugged in?")));
    assert_eq!(after_edit[1..], ["Tina: Is it plugged in? (edited)", "me/: Yes <- Tina: Is it plugged in?"]);
    let after_delete = screen.fold(event(5, TINA, EventBody::MessageDeleted { target: 2 }));
    assert_eq!(after_delete[1..], ["Tina's message, deleted by Tina", "me/: Yes <- Tina: (deleted)"]);
}

/// The portal rewrites the original at once, so an older edit event must not bring its text back; one whose text was taken
/// out since changes nothing.
#[test]
fn an_older_edit_does_not_undo_a_newer_text() {
    let rewritten = EventBody::MessagePosted(MessagePosted {
        text: "third".into(),
        edited: Some(EditMark { seq: 9, at: Millis(9_000) }),
        ..MessagePosted::default()
    });
    let scrubbed = EventBody::MessageEdited { target: 1, text: None, notify: true };
    check(
        vec![event(1, TINA, rewritten), event(2, TINA, edited(1, "second")), event(3, TINA, scrubbed)],
        &[": third (edited)"],
    );
}

/// Z06: who reacts with what, in the order it came; again changes nothing, taken back it goes.
#[test]
fn reactions_are_counted_by_person() {
    let mut screen = Screen::of_carl();
    screen.fold(event(1, TINA, joined(TINA, "Tina")));
    screen.fold(event(2, TINA, posted("Fixed?")));
    screen.fold(event(3, CARL, added(2, "👍")));
    screen.fold(event(4, TINA, added(2, "🎉")));
    screen.fold(event(5, TINA, added(2, "👍")));
    let again = screen.fold(event(6, CARL, added(2, "👍")));
    assert_eq!(again[1], "Tina: Fixed? [🎉 1 Tina] [👍 2 meTina]", "in the order of the newest word of each");
    let back = screen.fold(event(7, CARL, removed(2, "👍")));
    assert_eq!(back[1], "Tina: Fixed? [🎉 1 Tina] [👍 1 Tina]");
    let gone = screen.fold(event(8, TINA, EventBody::MessageDeleted { target: 2 }));
    assert_eq!(gone[1], "Tina's message, deleted by Tina");
    assert_eq!(screen.fold(event(9, CARL, added(2, "👍"))), gone, "what is deleted takes no reaction");
}

#[test]
fn an_echo_becomes_the_message_it_announced() {
    let (first, second) = (TxnId([5; 16]), TxnId([6; 16]));
    let mut screen = Screen::of_carl();
    let echo =
        |txn_id, text: &str| LocalEcho { txn_id, at: Millis(1), text: text.into(), ..LocalEcho::default() };

    screen.draw(|timeline| timeline.echo(echo(first, "one")));
    screen.draw(|timeline| timeline.echo(echo(second, "two")));
    let again = screen.draw(|timeline| timeline.echo(echo(second, "two")));
    assert_eq!(again, ["me/: one [pending]", "me/: two [pending]"], "shown once");

    let code = ErrorCode::MessageTooLong;
    screen.draw(|timeline| timeline.fail(first, code, code.sentence().into()));
    screen.fold(event(1, TINA, posted("between")));
    screen.draw(|timeline| timeline.acknowledge(second, 2, Millis(7)));
    let shown = screen.fold(with_txn(event(2, CARL, posted("two")), second));
    assert_eq!(shown, [": between", "me/: two", "me/: one [failed message_too_long]"]);

    assert_eq!(screen.draw(|timeline| timeline.discard(first)), [": between", "me/: two"]);
    let keys: Vec<_> = screen.drawn.iter().map(|item| item.key.clone()).collect();
    assert_eq!(keys, ["e1".to_owned(), second.to_string()], "the row keeps its echo's key");
}

/// Somebody else's txn_id is theirs: it never touches an echo here.
#[test]
fn a_foreign_txn_id_takes_no_echo() {
    let txn_id = TxnId([5; 16]);
    let mut screen = Screen::of_carl();
    let echo = LocalEcho { txn_id, text: "mine".into(), ..LocalEcho::default() };
    screen.draw(|timeline| timeline.echo(echo));
    let lines = screen.fold(with_txn(event(1, TINA, posted("theirs")), txn_id));
    assert_eq!(lines, [": theirs", "me/: mine [pending]"]);
}

/// Z06 Z10 Z12: own changes show at once; confirmed they stay, refused they go back and say so, discarded they are forgotten.
#[test]
fn own_changes_show_before_the_log_has_them() {
    let [edit, react, delete] = [5, 6, 7].map(|byte| TxnId([byte; 16]));
    let mut screen = Screen::of_carl();
    screen.fold(event(1, CARL, posted("teh")));
    let text = |text: &str| Change::Edit { text: text.into() };
    let shown = screen.draw(|timeline| timeline.change(edit, Target::Seq(1), text("the")));
    assert_eq!(shown, ["me/: the [Edit pending]"]);
    let thumb = Change::React { emoji: "👍".into() };
    let shown = screen.draw(|timeline| timeline.change(react, Target::Seq(1), thumb));
    assert_eq!(shown, ["me/: the [👍 1 me] [React pending]"]);
    screen.draw(|timeline| timeline.acknowledge(edit, 2, Millis(2)));
    let shown = screen.fold(with_txn(event(2, CARL, edited(1, "the")), edit));
    assert_eq!(shown, ["me/: the (edited) [👍 1 me] [React pending]"]);
    let code = ErrorCode::ChangeNotAllowed;
    let shown = screen.draw(|timeline| timeline.fail(react, code, String::new()));
    assert_eq!(shown, ["me/: the (edited) [React failed change_not_allowed]"]);
    assert_eq!(screen.draw(|timeline| timeline.discard(react)), ["me/: the (edited)"]);
    let shown = screen.draw(|timeline| timeline.change(delete, Target::Seq(1), Change::Delete));
    assert_eq!(shown, ["me/: the (edited) [Delete pending]"], "it goes when the portal says so");
    let shown = screen.fold(with_txn(event(3, CARL, EventBody::MessageDeleted { target: 1 }), delete));
    assert_eq!(shown, ["'s message, deleted by "]);
}

/// What is asked of a message that has no place yet moves with it into the log.
#[test]
fn a_change_follows_its_echo_into_the_log() {
    let (post, react) = (TxnId([5; 16]), TxnId([6; 16]));
    let mut screen = Screen::of_carl();
    screen.draw(|timeline| {
        timeline.echo(LocalEcho { txn_id: post, text: "hi".into(), ..LocalEcho::default() })
    });
    let smile = Change::React { emoji: "🙂".into() };
    let shown = screen.draw(|timeline| timeline.change(react, Target::Own(post), smile));
    assert_eq!(shown, ["me/: hi [🙂 1 me] [pending] [React pending]"]);
    let shown = screen.draw(|timeline| timeline.acknowledge(post, 1, Millis(1)));
    assert_eq!(shown, ["me/: hi [🙂 1 me] [React pending]"]);
    let shown = screen.fold(with_txn(event(1, CARL, posted("hi")), post));
    assert_eq!(shown, ["me/: hi [🙂 1 me] [React pending]"]);
    let shown = screen.fold(with_txn(event(2, CARL, added(1, "🙂")), react));
    assert_eq!(shown, ["me/: hi [🙂 1 me]"]);
}

/// Z09 Z12: what one may still change follows from the organisation's policy, and is told with each row.
#[test]
fn rows_say_until_when_they_can_be_changed() {
    let five_minutes = ChangePolicy { by: WhoMay::Everyone, within_minutes: Some(5) };
    let nobody = ChangePolicy { by: WhoMay::Nobody, within_minutes: None };
    let chat = ChatPolicy { edit: five_minutes, delete: nobody, technicians_delete_all: false };
    let mut screen = Screen::of_carl();
    screen.fold(event(1, CARL, posted("mine")));
    screen.fold(event(2, TINA, posted("hers")));
    screen.draw(|timeline| timeline.set_viewer(Viewer { chat, ..carl() }));
    let until = screen.drawn.iter().map(|item| match &item.kind {
        ItemKind::Message(message) => (message.edit_until, message.delete_until),
        other => panic!("{other:?}"),
    });
    assert_eq!(until.collect::<Vec<_>>(), [(Some(Millis(301_000)), None), (None, None)]);
}

/// Only the page that ends where the loaded stretch begins joins it.
#[test]
fn pages_that_do_not_fit_change_nothing() {
    let page = |range: std::ops::RangeInclusive<Seq>| {
        range.map(|seq| event(seq, TINA, posted(&format!("m{seq}")))).collect::<Vec<_>>()
    };
    let mut screen = Screen::of_carl();
    screen.draw(|timeline| timeline.begin_at(10));
    screen.fold(event(10, TINA, posted("m10")));
    for misfit in [page(1..=8), page(9..=10), vec![page(7..=7), page(9..=9)].concat(), Vec::new()] {
        assert_eq!(screen.draw(|timeline| timeline.fold_older(misfit)), [": m10"]);
    }
    assert_eq!(screen.draw(|timeline| timeline.fold_older(page(8..=9))), [": m8", ": m9", ": m10"]);
    assert_eq!(screen.timeline.first(), 8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(256)))]

    /// Whatever the log holds, wherever reading begins and in whatever pages it goes on, backwards and forwards: the rows are
    /// those of the reference model, and patches alone draw them.
    #[test]
    fn any_way_of_reading_draws_the_models_rows(
        log in model::log(60),
        begin in 0..60_usize,
        pages in prop::collection::vec(1..12_usize, 1..40),
    ) {
        let begin = begin.min(log.len().saturating_sub(1));
        let mut screen = Screen::of_carl();
        screen.draw(|timeline| timeline.begin_at(begin as Seq + 1));
        let (mut first, mut next) = (begin, begin);
        let mut backwards = false;
        for page in pages.into_iter().chain([log.len(), log.len()]) {
            if backwards {
                let from = first.saturating_sub(page);
                let entries = model::stored(&log, next)[from..first].to_vec();
                screen.draw(|timeline| timeline.fold_older(entries));
                first = from;
            } else {
                let to = (next + page).min(log.len());
                for entry in &log[next..to] {
                    screen.fold(entry.clone());
                }
                next = to;
            }
            backwards = !backwards;
            let expected = model::rows(&log[..next], first);
            let lines: Vec<String> = screen.drawn.iter().map(show).collect();
            prop_assert_eq!(lines, expected);
        }
        prop_assert_eq!((first, next), (0, log.len()));
        let drawn = screen.drawn.clone();
        for entry in log {
            screen.fold(entry);
        }
        prop_assert_eq!(drawn, screen.drawn, "seen again, nothing changes");
    }
}

/// `DESKSIDE_CASES` scales the randomised tests (`cargo xtask soak`).
fn cases(default: u32) -> u32 {
    std::env::var("DESKSIDE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}
