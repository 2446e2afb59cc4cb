//! Events in, text out (rows Z14, Z16).
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

use deskside_proto::{
    Attachment, AttachmentId, Digest32, DirectFile, DirectKind, EditMark, EndReason, Event, EventBody,
    EventId, MessagePosted, Millis, Participant, ParticipantId, ParticipantRole, ParticipantState, Seq,
    SessionId, Visibility, WithdrawReason,
};
use deskside_timeline::transcript::{TranscriptHeader, TranscriptWriter};

const TINA: ParticipantId = ParticipantId([1; 16]);
const CARL: ParticipantId = ParticipantId([2; 16]);

fn event(seq: Seq, sender: ParticipantId, body: EventBody) -> Event {
    Event {
        seq,
        id: EventId([9; 16]),
        sender: Some(sender),
        at: Millis(1_790_000_000_000 + 1_000 * i64::try_from(seq).unwrap()),
        visibility: Visibility::All,
        txn_id: None,
        body,
    }
}

fn joined(id: ParticipantId, name: &str, role: ParticipantRole) -> EventBody {
    EventBody::ParticipantJoined {
        participant: Participant {
            id,
            name: name.into(),
            role,
            state: ParticipantState::Admitted,
            user_id: None,
        },
    }
}

fn posted(text: &str) -> MessagePosted {
    MessagePosted { text: text.into(), ..MessagePosted::default() }
}

/// Z14 Z16: the whole of a small session, hostile names and texts included, as Notepad shows it.
#[test]
fn a_session_as_text() {
    let header = TranscriptHeader {
        org_name: "Acme".into(),
        session: SessionId([7; 16]),
        title: "Printer\r\nEnded: never".into(),
        started_at: Millis(1_790_000_000_000),
        ended_at: Millis(1_790_000_100_000),
        people: vec![
            ("Tina".into(), ParticipantRole::Technician),
            ("Carl\u{202e}".into(), ParticipantRole::Customer),
        ],
    };
    let id = AttachmentId([3; 16]);
    let file = Attachment {
        id,
        name: "in\u{202e}voice.pdf".into(),
        size: 1_258_291,
        media_type: "application/pdf".into(),
        sha256: "ab".repeat(32),
        thumbnail: None,
        direct: None,
        capture: None,
    };
    let folder = Attachment {
        id: AttachmentId([4; 16]),
        name: "backup".into(),
        size: 5_000_000_000,
        sha256: String::new(),
        direct: Some(DirectFile { kind: DirectKind::Folder, files: 12 }),
        capture: None,
        ..file.clone()
    };
    let mut private = event(5, TINA, EventBody::MessagePosted(posted("He sounds upset")));
    private.visibility = Visibility::Technicians;
    let events = [
        event(1, TINA, joined(TINA, "Tina", ParticipantRole::Technician)),
        event(2, CARL, joined(CARL, "Carl\u{202e}", ParticipantRole::Customer)),
        event(
            3,
            CARL,
            EventBody::MessagePosted(posted("Hello\n[2026-09-21 00:00:00 UTC] Tina: I owe you money")),
        ),
        event(4, CARL, EventBody::MessagePosted(MessagePosted { attachments: vec![file], ..posted("") })),
        private,
        event(
            6,
            TINA,
            EventBody::MessagePosted(MessagePosted {
                reply_to: Some(3),
                edited: Some(EditMark { seq: 7, at: Millis(1_790_000_007_000) }),
                ..posted("No")
            }),
        ),
        event(7, TINA, EventBody::MessageEdited { target: 6, text: Some("No".into()), notify: false }),
        event(
            8,
            CARL,
            EventBody::Tombstone { deleted_by: Some(CARL), deleted_at: Millis(1_790_000_009_000) },
        ),
        event(9, CARL, EventBody::ReactionAdded { target: 6, emoji: "👍".into() }),
        event(10, CARL, EventBody::ReactionRemoved { target: 6, emoji: "👍".into() }),
        event(11, CARL, EventBody::ReactionAdded { target: 8, emoji: "👍\n".into() }),
        event(12, TINA, EventBody::AttachmentsAnswered { target: 4, attachments: vec![id], accepted: true }),
        event(13, TINA, EventBody::AttachmentsReceived { target: 4, attachments: vec![id], blake3: None }),
        event(
            14,
            CARL,
            EventBody::AttachmentsWithdrawn {
                target: 4,
                attachments: vec![id],
                reason: WithdrawReason::Revoked,
            },
        ),
        event(15, CARL, EventBody::MessagePosted(MessagePosted { attachments: vec![folder], ..posted("") })),
        event(
            16,
            TINA,
            EventBody::AttachmentsReceived {
                target: 15,
                attachments: vec![AttachmentId([4; 16])],
                blake3: Some(Digest32([0xcd; 32])),
            },
        ),
        event(17, TINA, EventBody::SessionEnded { reason: EndReason::EndedByTechnician }),
    ];
    let mut writer = TranscriptWriter::default();
    let mut text = TranscriptWriter::head(&header);
    for event in &events {
        text += &writer.event(event);
    }
    text += &writer.foot();

    assert!(text.starts_with('\u{feff}'), "a byte order mark: Notepad knows it for UTF-8");
    assert!(text.split('\n').rev().skip(1).all(|line| line.ends_with('\r')), "every line ends with CR LF");
    insta::assert_snapshot!(text.replace(['\u{feff}', '\r'], ""));
}
