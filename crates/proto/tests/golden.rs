//! Golden forms of everything on the wire: a change of any of them is a conscious choice, made in the snapshot.
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

use deskside_proto::{
    AnswerFormat, AnswerTest, Attachment, AttachmentId, AttachmentPolicy, ChangePolicy, ChatPolicy,
    ClientMessage, Command, Consent, Digest32, DirectFile, DirectKind, EditMark, EndReason, EndpointId,
    ErrorCode, Event, EventBody, EventId, FLOW_FORMAT, Flow, FlowAction, FlowHeader, FlowStep, LogEntry,
    MessagePosted, Millis, Offer, OrgId, OrgSettings, Participant, ParticipantId, ParticipantRole,
    ParticipantState, PeerCapabilities, PeerIdentity, ReadMark, SecretId, SendAttachment, ServerMessage,
    SessionId, Signal, SignalBody, StepKind, ThumbnailSize, TxnId, UserId, Visibility, WhoMay, WireError,
    WithdrawReason,
    api::{JoinInfo, SessionState, SessionView},
};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

fn id<T: From<Bytes>>(byte: u8) -> T {
    Bytes([byte; 16]).into()
}

struct Bytes([u8; 16]);
macro_rules! from_bytes { ($($id:ty),+) => { $(impl From<Bytes> for $id { fn from(b: Bytes) -> Self { Self(b.0) } })+ }; }
from_bytes!(AttachmentId, EndpointId, EventId, OrgId, ParticipantId, SessionId, TxnId, UserId);

fn participant() -> Participant {
    Participant {
        id: id(2),
        name: "Carl <b>".into(),
        role: ParticipantRole::Customer,
        state: ParticipantState::Admitted,
        user_id: None,
    }
}

fn event(body: EventBody) -> Event {
    Event {
        seq: 7,
        id: id(1),
        sender: Some(id(2)),
        at: Millis(1_700_000_000_123),
        visibility: Visibility::All,
        txn_id: Some(id(3)),
        body,
    }
}

fn session() -> SessionView {
    SessionView {
        id: id(4),
        org_id: id(5),
        org_name: "Acme".into(),
        title: "Printer".into(),
        state: SessionState::Open,
        created_at: Millis(1),
        ended_at: None,
        participants: vec![participant()],
        head: 7,
        attachments: AttachmentPolicy { stored_max_bytes: 1024, ..AttachmentPolicy::default() },
        chat: ChatPolicy {
            edit: ChangePolicy { by: WhoMay::Technicians, within_minutes: Some(15) },
            ..ChatPolicy::default()
        },
        unread: 3,
    }
}

/// The JSON of each value, and proof that it reads back as the same value.
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, values: Vec<T>) {
    for value in &values {
        let json = serde_json::to_string(value).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
    }
    insta::assert_json_snapshot!(name, values);
}

#[test]
fn event_bodies() {
    let message = MessagePosted {
        text: "Hello\nthere".into(),
        reply_to: Some(3),
        attachments: vec![Attachment {
            id: id(6),
            name: "a.png".into(),
            size: 1_258_291,
            media_type: "image/png".into(),
            sha256: "00".repeat(32),
            thumbnail: Some(ThumbnailSize { width: 480, height: 320 }),
            direct: None,
            capture: None,
        }],
        mentions: vec![id(2)],
        edited: Some(EditMark { seq: 9, at: Millis(9) }),
        offer: Some(Box::new(Offer {
            consent: Consent::AskOnce,
            accepted: vec![id(2)],
            pending: vec![id(3)],
        })),
    };
    let bodies = vec![
        EventBody::ParticipantWaiting { participant: participant() },
        EventBody::ParticipantJoined {
            participant: Participant {
                user_id: Some(id(8)),
                role: ParticipantRole::Technician,
                ..participant()
            },
        },
        EventBody::ParticipantLeft { participant_id: id(2) },
        EventBody::ParticipantRemoved { participant_id: id(2) },
        EventBody::AttachmentsAnswered { target: 3, attachments: vec![id(6)], accepted: true },
        EventBody::AttachmentsReceived { target: 3, attachments: vec![id(6)], blake3: None },
        EventBody::AttachmentsReceived { target: 3, attachments: vec![id(6)], blake3: Some(digest(7)) },
        EventBody::MessagePosted(MessagePosted {
            attachments: vec![Attachment {
                id: id(6),
                name: "backup".into(),
                size: 9_000_000_000_000,
                media_type: "inode/directory".into(),
                sha256: String::new(),
                thumbnail: None,
                direct: Some(DirectFile { kind: DirectKind::Folder, files: 12 }),
                capture: None,
            }],
            ..MessagePosted::default()
        }),
        EventBody::AttachmentsWithdrawn {
            target: 3,
            attachments: vec![id(6)],
            reason: WithdrawReason::DeclinedByAll,
        },
        EventBody::MessagePosted(message),
        EventBody::MessagePosted(MessagePosted { text: "Hi".into(), ..MessagePosted::default() }),
        EventBody::MessageEdited { target: 3, text: Some("Better".into()), notify: true },
        EventBody::MessageEdited { target: 3, text: None, notify: false },
        EventBody::ReactionAdded { target: 3, emoji: "👍".into() },
        EventBody::ReactionRemoved { target: 3, emoji: "👍".into() },
        EventBody::MessageDeleted { target: 3 },
        EventBody::Tombstone { deleted_by: Some(id(2)), deleted_at: Millis(10) },
        EventBody::SessionEnded { reason: EndReason::EndedByTechnician },
        EventBody::SessionEnded { reason: EndReason::Idle },
    ];
    check("event_bodies", bodies.into_iter().map(event).collect());
}

fn digest(byte: u8) -> Digest32 {
    Digest32([byte; 32])
}

#[test]
fn signals() {
    let bodies = vec![
        SignalBody::Seek,
        SignalBody::Commit { commitment: digest(1), answer: true },
        SignalBody::Reveal {
            identity: PeerIdentity { certificate: digest(2), noise: digest(3) },
            capabilities: PeerCapabilities { quic: true, relay: true, message_max: 262_144, browser: false },
            nonce: digest(4),
        },
        SignalBody::Offer { link: 1, sdp: "v=0".into() },
        SignalBody::Answer { link: 1, sdp: "v=0".into() },
        SignalBody::Candidate { link: 1, candidate: "{}".into() },
        SignalBody::Quic { addresses: vec!["192.0.2.1:4000".into(), "[2001:db8::1]:4000".into()] },
        SignalBody::Relay,
        SignalBody::Bye,
    ];
    let signal = |body| Signal { from: id(8), to: None, body };
    check("signals", bodies.into_iter().map(signal).collect());
    let to_one = Signal { from: id(8), to: Some(id(9)), body: SignalBody::Seek };
    check("signal_frames", vec![ClientMessage::Signal { to: id(2), signal: to_one.clone() }]);
    check("signal_frames_from_portal", vec![ServerMessage::Signal { from: id(2), signal: to_one }]);
}

#[test]
fn client_messages() {
    check(
        "client_messages",
        vec![
            ClientMessage::Hello { protocol: 1, resume_after: 41, tail: None },
            ClientMessage::Hello { protocol: 1, resume_after: 0, tail: Some(200) },
            ClientMessage::Send {
                txn_id: id(3),
                command: Command::PostMessage {
                    text: "Hi".into(),
                    reply_to: Some(2),
                    attachments: vec![id(6)],
                    mentions: vec![id(2)],
                    private: true,
                },
            },
            ClientMessage::Send {
                txn_id: id(3),
                command: Command::PostMessage {
                    text: "Hi".into(),
                    reply_to: None,
                    attachments: vec![],
                    mentions: vec![],
                    private: false,
                },
            },
            ClientMessage::Send {
                txn_id: id(3),
                command: Command::EditMessage { target: 3, text: "Better".into(), notify: true },
            },
            ClientMessage::Send { txn_id: id(3), command: Command::DeleteMessage { target: 3 } },
            ClientMessage::Send {
                txn_id: id(3), command: Command::React { target: 3, emoji: "👍".into() }
            },
            ClientMessage::Send {
                txn_id: id(3),
                command: Command::Unreact { target: 3, emoji: "👍".into() },
            },
            ClientMessage::Send {
                txn_id: id(3),
                command: Command::AnswerAttachments { target: 3, attachments: vec![id(6)], accept: false },
            },
            ClientMessage::Send {
                txn_id: id(3),
                command: Command::ConfirmAttachments { target: 3, attachments: vec![id(6)], blake3: None },
            },
            ClientMessage::Send {
                txn_id: id(3),
                command: Command::RevokeAttachments { target: 3, attachments: vec![id(6)] },
            },
            ClientMessage::Read { seq: 7 },
            ClientMessage::History { before: 40, limit: 200 },
            ClientMessage::Send { txn_id: id(3), command: Command::Leave },
            ClientMessage::Typing,
            ClientMessage::Ping { nonce: 5 },
        ],
    );
}

#[test]
fn server_messages() {
    check(
        "server_messages",
        vec![
            ServerMessage::Welcome {
                you: participant(),
                session: session(),
                head: 7,
                now: Millis(11),
                online: vec![id(2)],
                first: 1,
                read: vec![ReadMark { participant_id: id(2), seq: 6 }],
                has_written: true,
            },
            ServerMessage::Log {
                entries: vec![
                    LogEntry::Event(event(EventBody::MessageDeleted { target: 3 })),
                    LogEntry::Withheld { seq: 8 },
                ],
            },
            ServerMessage::Ack { txn_id: id(3), seq: 7, at: Millis(12) },
            ServerMessage::Rejected {
                txn_id: id(3),
                code: ErrorCode::SessionEnded,
                message: ErrorCode::SessionEnded.sentence().into(),
            },
            ServerMessage::Presence { participant_id: id(2), online: true },
            ServerMessage::Typing { participant_id: id(2) },
            ServerMessage::Read { marks: vec![ReadMark { participant_id: id(2), seq: 6 }] },
            ServerMessage::History { before: 3, entries: vec![LogEntry::Withheld { seq: 2 }] },
            ServerMessage::Sealed { at: Millis(13) },
            ServerMessage::Pong { nonce: 5, now: Millis(14) },
            ServerMessage::Error {
                code: ErrorCode::SlowConsumer,
                message: ErrorCode::SlowConsumer.sentence().into(),
            },
        ],
    );
}

#[test]
fn answers() {
    check("settings", vec![OrgSettings::default()]);
    check("error", vec![WireError::about(ErrorCode::PasswordTooWeak, "password")]);
    check("session", vec![session()]);
    check(
        "join_info",
        vec![JoinInfo {
            code: "ABC123XYZ".into(),
            code_expires_at: Millis(1),
            link: "https://desk.example/join/s".into(),
            link_expires_at: Millis(2),
            qr_svg: "<svg/>".into(),
        }],
    );
}

/// Error codes are a promise to other people's programs.
#[test]
fn error_codes_with_their_status_and_sentence() {
    let table: Vec<_> =
        ErrorCode::ALL.iter().map(|code| (code.as_str(), code.status(), code.sentence())).collect();
    insta::assert_json_snapshot!("error_codes", table);
    for code in ErrorCode::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
    }
}

/// What a later version says is kept as it came, in events and in frames.
#[test]
fn unknown_kinds_are_kept() {
    let json = serde_json::json!({
        "seq": 9, "id": "01".repeat(16), "at": 5, "visibility": "all",
        "body": {"type": "hologram_shared", "depth": 3}
    });
    let event: Event = serde_json::from_value(json.clone()).unwrap();
    assert!(matches!(&event.body, EventBody::Unknown(kept) if kept["depth"] == 3));
    assert_eq!(serde_json::to_value(&event).unwrap(), json);

    let frame = serde_json::json!({"type": "weather", "sunny": true});
    let message: ServerMessage = serde_json::from_value(frame.clone()).unwrap();
    assert_eq!(serde_json::to_value(&message).unwrap(), frame);
}

/// A technicians' event reaches a customer as its number only.
#[test]
fn a_withheld_event_is_only_a_number() {
    let mut private =
        event(EventBody::MessageEdited { target: 1, text: Some("secret".into()), notify: false });
    private.visibility = Visibility::Technicians;
    let seen = LogEntry::for_role(private.clone(), ParticipantRole::Customer);
    assert_eq!(serde_json::to_value(&seen).unwrap(), serde_json::json!({"withheld": {"seq": 7}}));
    assert_eq!(LogEntry::for_role(private.clone(), ParticipantRole::Technician), LogEntry::Event(private));
}

/// C01–C08: a flow as it is exported.
#[test]
fn flows() {
    let next = || Some("end".to_owned());
    let step = |id: &str, kind| FlowStep { id: id.into(), name: String::new(), kind };
    let question = |id: &str, answer| {
        let (text, variable, retry_text) = ("What?".into(), id.into(), String::new());
        step(
            id,
            StepKind::Question {
                text,
                answer,
                variable,
                retry_text,
                tries: None,
                otherwise: None,
                next: None,
            },
        )
    };
    let condition = |id: &str, test| {
        step(id, StepKind::Condition { variable: "any".into(), test, then: None, otherwise: next() })
    };
    let action = SendAttachment {
        text: "Here:".into(),
        file_name: "Invoice {{number}}.pdf".into(),
        endpoint: "https://files.example/{{number}}".into(),
        authorization: Some(SecretId([6; 16])),
        content_type: "application/pdf".into(),
        headers: vec![FlowHeader { name: "X-Case".into(), value: "{{number}}".into() }],
    };
    let steps = vec![
        FlowStep {
            name: "Greeting".into(),
            ..step("hello", StepKind::Message { text: "Hello {{customer}}!".into(), next: None })
        },
        question("any", AnswerFormat::Any),
        question("choice", AnswerFormat::Choice { options: vec!["Yes".into(), "No".into()] }),
        question("number", AnswerFormat::Number { min: Some(1), max: None, whole: true }),
        question("email", AnswerFormat::Email),
        question("date", AnswerFormat::Date),
        condition("is", AnswerTest::Is { value: "yes".into() }),
        condition("contains", AnswerTest::Contains { value: "printer".into() }),
        condition("least", AnswerTest::AtLeast { value: 2 }),
        condition("most", AnswerTest::AtMost { value: 9 }),
        condition("before", AnswerTest::Before { day: "2026-11-22".into() }),
        condition("after", AnswerTest::After { day: "2026-11-22".into() }),
        condition("files", AnswerTest::HasFiles),
        condition("empty", AnswerTest::IsEmpty),
        step(
            "send",
            StepKind::Action {
                action: FlowAction::SendAttachment(action),
                failure_text: "That did not work.".into(),
                on_failure: next(),
                next: None,
            },
        ),
        step("person", StepKind::AskTechnician { text: "One moment.".into(), if_nobody: next(), next: None }),
        step("end", StepKind::End { text: "Goodbye.".into() }),
    ];
    check("flow", vec![Flow { format: FLOW_FORMAT, steps }]);
}
