//! The reference: a log is replayed from its beginning into a plain map, and read off. Slow, and too simple to be wrong.

use std::collections::BTreeMap;

use deskside_proto::{
    EditMark, Event, EventBody, EventId, LogEntry, MessagePosted, Millis, ParticipantId, Seq, Visibility,
};
use proptest::prelude::*;

const PEOPLE: [ParticipantId; 2] = [ParticipantId([1; 16]), ParticipantId([2; 16])];
const CARL: ParticipantId = PEOPLE[1];
const EMOJI: [&str; 2] = ["👍", "🎉"];

#[derive(Debug, Clone)]
enum Step {
    Post { by: usize, reply: Option<usize>, private: bool },
    Edit { target: usize },
    Delete { by: usize, target: usize },
    React { by: usize, target: usize, emoji: usize, given: bool },
    Withheld,
}

fn step() -> impl Strategy<Value = Step> {
    let person = 0..2_usize;
    let place = 0..60_usize;
    prop_oneof![
        4 => (person.clone(), prop::option::of(place.clone()), any::<bool>())
            .prop_map(|(by, reply, private)| Step::Post { by, reply, private }),
        2 => place.clone().prop_map(|target| Step::Edit { target }),
        1 => (person.clone(), place.clone()).prop_map(|(by, target)| Step::Delete { by, target }),
        3 => (person, place, 0..2_usize, any::<bool>())
            .prop_map(|(by, target, emoji, given)| Step::React { by, target, emoji, given }),
        1 => Just(Step::Withheld),
    ]
}

/// A log as it came live. As the portal's rules want it, changes are about earlier messages only, and deleted ones are left alone.
pub(crate) fn log(most: usize) -> impl Strategy<Value = Vec<LogEntry>> {
    prop::collection::vec(step(), 1..most).prop_map(|steps| {
        let mut log = Vec::new();
        let mut messages: Vec<Seq> = Vec::new();
        for step in steps {
            let seq = log.len() as Seq + 1;
            let earlier = |index: usize| messages.get(index % messages.len().max(1)).copied();
            let (by, private, body) = match step {
                Step::Withheld => {
                    log.push(LogEntry::Withheld { seq });
                    continue;
                }
                Step::Post { by, reply, private } => {
                    let reply_to = reply.and_then(earlier);
                    (
                        by,
                        private,
                        EventBody::MessagePosted(MessagePosted {
                            text: format!("m{seq}"),
                            reply_to,
                            ..MessagePosted::default()
                        }),
                    )
                }
                Step::Edit { target } => match earlier(target) {
                    Some(target) => (
                        0,
                        false,
                        EventBody::MessageEdited { target, text: Some(format!("e{seq}")), notify: true },
                    ),
                    None => continue,
                },
                Step::Delete { by, target } => match earlier(target) {
                    Some(target) => (by, false, EventBody::MessageDeleted { target }),
                    None => continue,
                },
                Step::React { by, target, emoji, given } => match earlier(target) {
                    Some(target) if given => {
                        (by, false, EventBody::ReactionAdded { target, emoji: EMOJI[emoji].into() })
                    }
                    Some(target) => {
                        (by, false, EventBody::ReactionRemoved { target, emoji: EMOJI[emoji].into() })
                    }
                    None => continue,
                },
            };
            match body {
                EventBody::MessagePosted(_) => messages.push(seq),
                EventBody::MessageDeleted { target } => messages.retain(|message| *message != target),
                _ => {}
            }
            log.push(LogEntry::Event(Event {
                seq,
                id: EventId([9; 16]),
                sender: Some(PEOPLE[by]),
                at: Millis(seq.cast_signed()),
                visibility: if private { Visibility::Technicians } else { Visibility::All },
                txn_id: None,
                body,
            }));
        }
        log
    })
}

/// What the portal stores when the log has come to `length`: rewritten by every edit and delete up to there.
pub(crate) fn stored(log: &[LogEntry], length: usize) -> Vec<LogEntry> {
    let mut stored = log[..length].to_vec();
    for index in 0..length {
        let LogEntry::Event(event) = stored[index].clone() else { continue };
        let place = |target: Seq| usize::try_from(target).unwrap_or_default() - 1;
        match event.body {
            EventBody::MessageEdited { target, text, .. } => {
                scrub(&mut stored[..index], target);
                if let LogEntry::Event(Event { body: EventBody::MessagePosted(message), .. }) =
                    &mut stored[place(target)]
                {
                    message.text = text.unwrap_or_default();
                    message.edited = Some(EditMark { seq: event.seq, at: event.at });
                }
            }
            EventBody::MessageDeleted { target } => {
                scrub(&mut stored[..index], target);
                if let LogEntry::Event(original) = &mut stored[place(target)] {
                    original.body = EventBody::Tombstone { deleted_by: event.sender, deleted_at: event.at };
                }
            }
            _ => {}
        }
    }
    stored
}

/// Earlier texts do not stay in the log.
fn scrub(earlier: &mut [LogEntry], of: Seq) {
    for entry in earlier {
        if let LogEntry::Event(Event { body: EventBody::MessageEdited { target, text, .. }, .. }) = entry
            && *target == of
        {
            *text = None;
        }
    }
}

#[derive(Debug)]
struct Message {
    event: Event,
    posted: MessagePosted,
    edited: bool,
    deleted: bool,
    reactions: Vec<(String, ParticipantId)>,
}

/// The rows of the places after `first`, as a person reads them.
pub(crate) fn rows(log: &[LogEntry], first: usize) -> Vec<String> {
    let mut messages: BTreeMap<Seq, Message> = BTreeMap::new();
    for entry in log {
        let LogEntry::Event(event) = entry else { continue };
        let sender = event.sender.unwrap_or_default();
        match &event.body {
            EventBody::MessagePosted(posted) => {
                let message = Message {
                    event: event.clone(),
                    posted: posted.clone(),
                    edited: false,
                    deleted: false,
                    reactions: Vec::new(),
                };
                messages.insert(event.seq, message);
            }
            EventBody::MessageEdited { target, text: Some(text), .. } => {
                if let Some(message) = messages.get_mut(target) {
                    message.posted.text.clone_from(text);
                    message.edited = true;
                }
            }
            EventBody::MessageDeleted { target } => {
                if let Some(message) = messages.get_mut(target) {
                    message.deleted = true;
                }
            }
            EventBody::ReactionAdded { target, emoji } | EventBody::ReactionRemoved { target, emoji } => {
                if let Some(message) = messages.get_mut(target) {
                    message.reactions.retain(|(known, by)| (known, *by) != (emoji, sender));
                    if matches!(event.body, EventBody::ReactionAdded { .. }) {
                        message.reactions.push((emoji.clone(), sender));
                    }
                }
            }
            _ => {}
        }
    }
    let loaded = |seq: Seq| usize::try_from(seq).is_ok_and(|seq| seq > first);
    messages
        .values()
        .filter(|message| loaded(message.event.seq))
        .map(|message| line(message, &messages, first))
        .collect()
}

fn line(message: &Message, messages: &BTreeMap<Seq, Message>, first: usize) -> String {
    if message.deleted {
        return "'s message, deleted by ".into();
    }
    let own = if message.event.sender == Some(CARL) { "me/" } else { "" };
    let mut line = format!("{own}: {}", message.posted.text);
    if message.event.visibility == Visibility::Technicians {
        line = format!("(private) {line}");
    }
    if let Some(target) = message.posted.reply_to {
        let original = messages.get(&target).filter(|_| usize::try_from(target).is_ok_and(|seq| seq > first));
        let quote = match original {
            None => "(not loaded)".into(),
            Some(original) if original.deleted => "(deleted)".into(),
            Some(original) => original.posted.text.clone(),
        };
        line += &format!(" <- : {quote}");
    }
    if message.edited {
        line += " (edited)";
    }
    let mut emoji: Vec<&String> = Vec::new();
    for (given, _) in &message.reactions {
        if !emoji.contains(&given) {
            emoji.push(given);
        }
    }
    for emoji in emoji {
        let by: Vec<_> =
            message.reactions.iter().filter(|(given, _)| given == emoji).map(|(_, by)| *by).collect();
        let own = if by.contains(&CARL) { "me" } else { "" };
        line += &format!(" [{emoji} {} {own}]", by.len());
    }
    line
}
