//! What a pass over a long log keeps. A process of its own: the peak that the system tells is of everything in it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

use std::fs;

use deskside_proto::{
    Event, EventBody, EventId, MessagePosted, Millis, Participant, ParticipantId, ParticipantRole,
    ParticipantState, Seq, SessionId, Visibility, api::TranscriptFormat,
};
use deskside_timeline::transcript::{Audience, Survey, TranscriptFold, TranscriptHeader, writer};

const EVENTS: Seq = 100_000;
/// Each message's text: 90 MB in all, had somebody kept them.
const TEXT_BYTES: usize = 1024;
/// Every tenth message is answered, every tenth event reacts: 20,000 facts of less than a kilobyte each.
const MOST_BYTES: u64 = 24 * 1024 * 1024;

const WHO: ParticipantId = ParticipantId([1; 16]);

fn event(seq: Seq) -> Event {
    let body = match seq {
        1 => EventBody::ParticipantJoined {
            participant: Participant {
                id: WHO,
                name: "Tina".into(),
                role: ParticipantRole::Technician,
                state: ParticipantState::Admitted,
                user_id: None,
            },
        },
        seq if seq % 10 == 0 => EventBody::ReactionAdded { target: seq - 1, emoji: "👍".into() },
        seq => EventBody::MessagePosted(MessagePosted {
            text: "ü".repeat(TEXT_BYTES / 2),
            reply_to: (seq % 10 == 9).then(|| seq - 7),
            ..MessagePosted::default()
        }),
    };
    Event {
        seq,
        id: EventId([9; 16]),
        sender: Some(WHO),
        at: Millis(seq.cast_signed() * 1000),
        visibility: Visibility::All,
        txn_id: None,
        body,
    }
}

/// The most memory that this process ever had, bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Z14: 100,000 events in all three formats at once, in memory that knows nothing of their texts.
#[test]
fn a_hundred_thousand_events_are_written_in_bounded_memory() {
    let header = TranscriptHeader {
        org_name: "Acme".into(),
        session: SessionId([7; 16]),
        title: String::new(),
        started_at: Millis(0),
        ended_at: Millis(EVENTS.cast_signed() * 1000),
        people: Vec::new(),
    };
    let before = peak();
    let mut survey = Survey::new(Audience::Organisation);
    for seq in 1..=EVENTS {
        survey.see(&event(seq));
    }
    let mut fold = TranscriptFold::new(survey);
    let mut writers = [TranscriptFormat::Txt, TranscriptFormat::Html, TranscriptFormat::Json].map(writer);
    let mut written = writers.each_mut().map(|writer| writer.head(&header).len() as u64);
    for seq in 1..=EVENTS {
        if let Some(item) = fold.item(&event(seq)) {
            for (writer, bytes) in writers.iter_mut().zip(&mut written) {
                *bytes += writer.item(&item).len() as u64;
            }
        }
    }
    let kept = peak() - before;
    println!("{EVENTS} events: {written:?} bytes written, {kept} kept at most");

    assert!(written.iter().all(|bytes| *bytes > 90_000 * TEXT_BYTES as u64 * 9 / 10), "{written:?}");
    assert!(kept < MOST_BYTES, "{kept} bytes");
}
