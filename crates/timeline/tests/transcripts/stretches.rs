//! A stretch of a transcript without reading the whole log, and what a pass over a long one keeps.

use deskside_proto::{Event, EventBody, Seq};
use deskside_timeline::transcript::{Audience, Survey, TranscriptFold};

use crate::room::{items, log};

fn about(event: &Event) -> Option<Seq> {
    match event.body {
        EventBody::ReactionAdded { target, .. }
        | EventBody::ReactionRemoved { target, .. }
        | EventBody::AttachmentsAnswered { target, .. }
        | EventBody::AttachmentsReceived { target, .. }
        | EventBody::AttachmentsWithdrawn { target, .. } => Some(target),
        _ => None,
    }
}

/// What a page of the portal asks the log for: participants, the stretch, what is about its messages, and what it speaks of.
#[test]
fn every_stretch_reads_as_in_the_whole() {
    let log = log();
    let whole = items(&log, Audience::Organisation);
    for first in 0..log.len() {
        for last in first + 1..=log.len() {
            let stretch = &log[first..last];
            let mut survey = Survey::new(Audience::Organisation);
            let is_here = |seq: Seq| stretch.iter().any(|event| event.seq == seq);
            for event in &log {
                if let EventBody::ParticipantJoined { participant } = &event.body {
                    survey.person(participant.id, &participant.name, participant.role);
                }
            }
            stretch.iter().for_each(|event| survey.see(event));
            log.iter().filter(|event| about(event).is_some_and(is_here)).for_each(|event| survey.see(event));
            for seq in survey.missing() {
                survey.see(&log[usize::try_from(seq).unwrap() - 1]);
            }
            let mut fold = TranscriptFold::new(survey);
            let read: Vec<_> = stretch.iter().filter_map(|event| fold.item(event)).collect();
            let expected: Vec<_> = whole.iter().filter(|item| is_here(item.seq)).cloned().collect();
            assert_eq!(read, expected, "{first}..{last}");
        }
    }
}
