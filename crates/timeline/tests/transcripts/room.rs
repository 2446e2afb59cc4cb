//! A small session in which everything happens that a transcript tells of, and how it is written.

use deskside_proto::{
    Attachment, AttachmentId, Digest32, DirectFile, DirectKind, EditMark, EndReason, Event, EventBody,
    EventId, MessagePosted, Millis, Participant, ParticipantId, ParticipantRole, ParticipantState, Seq,
    SessionId, Visibility, WithdrawReason,
    api::{TranscriptFormat, TranscriptItem, TranscriptPerson},
};
use deskside_timeline::transcript::{Audience, Survey, TranscriptFold, TranscriptHeader, writer};

pub(crate) const TINA: ParticipantId = ParticipantId([1; 16]);
pub(crate) const CARL: ParticipantId = ParticipantId([2; 16]);
const TOM: ParticipantId = ParticipantId([5; 16]);

/// 21 September 2026, 14:13:20 UTC.
const STARTED: i64 = 1_790_000_000_000;

pub(crate) fn event(seq: Seq, sender: ParticipantId, body: EventBody) -> Event {
    Event {
        seq,
        id: EventId([9; 16]),
        sender: Some(sender),
        at: Millis(STARTED + 1_000 * i64::try_from(seq).unwrap()),
        visibility: Visibility::All,
        txn_id: None,
        body,
    }
}

fn person(id: ParticipantId, name: &str, role: ParticipantRole) -> Participant {
    Participant { id, name: name.into(), role, state: ParticipantState::Admitted, user_id: None }
}

pub(crate) fn joined(id: ParticipantId, name: &str, role: ParticipantRole) -> EventBody {
    EventBody::ParticipantJoined { participant: person(id, name, role) }
}

pub(crate) fn posted(text: &str) -> MessagePosted {
    MessagePosted { text: text.into(), ..MessagePosted::default() }
}

pub(crate) fn file(id: u8, name: &str) -> Attachment {
    Attachment {
        id: AttachmentId([id; 16]),
        name: name.into(),
        size: 1_258_291,
        media_type: "application/pdf".into(),
        sha256: "ab".repeat(32),
        thumbnail: None,
        direct: None,
        capture: None,
    }
}

fn direct(id: u8, name: &str, kind: DirectKind, files: u32) -> Attachment {
    Attachment {
        size: 5_000_000_000,
        media_type: "application/octet-stream".into(),
        sha256: String::new(),
        direct: Some(DirectFile { kind, files }),
        ..file(id, name)
    }
}

fn with_files(text: &str, attachments: Vec<Attachment>) -> EventBody {
    EventBody::MessagePosted(MessagePosted { attachments, ..posted(text) })
}

fn reply(text: &str, to: Seq) -> EventBody {
    EventBody::MessagePosted(MessagePosted { reply_to: Some(to), ..posted(text) })
}

pub(crate) fn header() -> TranscriptHeader {
    let person = |name: &str, role| TranscriptPerson { name: name.into(), role };
    TranscriptHeader {
        org_name: "Acme & Sons".into(),
        session: SessionId([7; 16]),
        title: "Printer\r\nEnded: never".into(),
        started_at: Millis(STARTED),
        ended_at: Millis(STARTED + 40_000_000),
        people: vec![
            person("Tina", ParticipantRole::Technician),
            person("Carl\u{202e}", ParticipantRole::Customer),
            person("Tom <b>", ParticipantRole::Technician),
        ],
    }
}

/// Everything, hostile names and texts included.
pub(crate) fn log() -> Vec<Event> {
    let bodies = [
        (TINA, joined(TINA, "Tina", ParticipantRole::Technician)),
        (
            CARL,
            EventBody::ParticipantWaiting {
                participant: person(CARL, "Carl\u{202e}", ParticipantRole::Customer),
            },
        ),
        (TINA, joined(CARL, "Carl\u{202e}", ParticipantRole::Customer)),
        (
            CARL,
            EventBody::MessagePosted(posted(
                "Hello,\n[2026-09-21 00:00:00 UTC] Tina (technician):\n    I owe you <b>money</b>",
            )),
        ),
        (CARL, with_files("The invoice", vec![file(3, "in\u{202e}fdp.exe"), file(6, "draft.pdf")])),
        (TINA, EventBody::MessagePosted(posted("He sounds upset"))),
        (TOM, joined(TOM, "Tom <b>", ParticipantRole::Technician)),
        (TOM, reply("Be kind", 6)),
        (TINA, reply("No, you don’t", 4)),
        (TINA, EventBody::MessageEdited { target: 9, text: Some("No, you don’t".into()), notify: false }),
        (CARL, EventBody::Tombstone { deleted_by: Some(CARL), deleted_at: Millis(STARTED + 12_000) }),
        (CARL, EventBody::MessageDeleted { target: 11 }),
        (CARL, reply("Sorry for that", 11)),
        (CARL, EventBody::ReactionAdded { target: 9, emoji: "👍".into() }),
        (TOM, EventBody::ReactionAdded { target: 9, emoji: "🎉".into() }),
        (TINA, EventBody::ReactionAdded { target: 13, emoji: "👍\n".into() }),
        (TOM, EventBody::ReactionRemoved { target: 9, emoji: "🎉".into() }),
        (
            TINA,
            EventBody::AttachmentsAnswered {
                target: 5,
                attachments: vec![AttachmentId([3; 16])],
                accepted: true,
            },
        ),
        (
            TINA,
            EventBody::AttachmentsReceived {
                target: 5,
                attachments: vec![AttachmentId([3; 16])],
                blake3: None,
            },
        ),
        (
            TINA,
            EventBody::AttachmentsAnswered {
                target: 5,
                attachments: vec![AttachmentId([6; 16])],
                accepted: false,
            },
        ),
        (
            CARL,
            EventBody::AttachmentsWithdrawn {
                target: 5,
                attachments: vec![AttachmentId([6; 16])],
                reason: WithdrawReason::Revoked,
            },
        ),
        (
            CARL,
            with_files(
                "",
                vec![direct(4, "backup", DirectKind::Folder, 12), direct(8, "disk.img", DirectKind::File, 1)],
            ),
        ),
        (
            TINA,
            EventBody::AttachmentsReceived {
                target: 22,
                attachments: vec![AttachmentId([8; 16])],
                blake3: Some(Digest32([0xcd; 32])),
            },
        ),
        (TINA, with_files("Log of his machine", vec![file(10, "dmesg.txt")])),
        (
            TOM,
            EventBody::AttachmentsReceived {
                target: 24,
                attachments: vec![AttachmentId([10; 16])],
                blake3: None,
            },
        ),
        (TINA, EventBody::ParticipantRemoved { participant_id: TOM }),
        (CARL, EventBody::MessagePosted(posted("תודה רבה! Danke, спасибо, ありがとう 🙏🏽"))),
        (CARL, EventBody::ParticipantLeft { participant_id: CARL }),
        (TINA, EventBody::Unknown(serde_json::json!({"type": "hologram"}))),
        (
            TINA,
            EventBody::AttachmentsReceived {
                target: 11,
                attachments: vec![AttachmentId([11; 16])],
                blake3: None,
            },
        ),
        (TINA, EventBody::SessionEnded { reason: EndReason::EndedByTechnician }),
    ];
    let mut log: Vec<Event> =
        bodies.into_iter().zip(1..).map(|((sender, body), seq)| event(seq, sender, body)).collect();
    for private in [6, 8, 24, 25] {
        log[private - 1].visibility = Visibility::Technicians;
    }
    if let EventBody::MessagePosted(message) = &mut log[8].body {
        message.edited = Some(EditMark { seq: 10, at: Millis(STARTED + 10_000) });
    }
    // The day after.
    for event in &mut log[26..] {
        event.at = Millis(event.at.0 + 39_900_000);
    }
    log
}

pub(crate) fn items(log: &[Event], audience: Audience) -> Vec<TranscriptItem> {
    let mut survey = Survey::new(audience);
    log.iter().for_each(|event| survey.see(event));
    let mut fold = TranscriptFold::new(survey);
    log.iter().filter_map(|event| fold.item(event)).collect()
}

pub(crate) fn write(format: TranscriptFormat, header: &TranscriptHeader, items: &[TranscriptItem]) -> String {
    let mut writer = writer(format);
    let mut text = writer.head(header);
    for item in items {
        text += &writer.item(item);
    }
    text + &writer.foot()
}
