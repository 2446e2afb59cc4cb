//! `transcript.json` is what its schema says, which is what programs are written against.

use boon::{Compiler, Schemas};
use deskside_proto::{
    CaptureKind, EndReason, Millis, ThumbnailSize, WithdrawReason,
    api::{FileFate, TranscriptFile, TranscriptFormat, TranscriptItem, TranscriptMessage, TranscriptWhat},
};
use deskside_timeline::transcript::{Audience, FORMAT, VERSION};
use serde_json::{Value, json};

use crate::room::{file, header, items, log, write};

const SCHEMA: &str = include_str!("../../../../docs/transcript.schema.json");

/// What is wrong with a transcript, as the schema sees it.
fn complaints(transcript: &Value) -> Option<String> {
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.add_resource("transcript.schema.json", serde_json::from_str(SCHEMA).unwrap()).unwrap();
    let schema = compiler.compile("transcript.schema.json", &mut schemas).unwrap();
    schemas.validate(transcript, schema).err().map(|error| error.to_string())
}

fn written(items: &[TranscriptItem]) -> Value {
    serde_json::from_str(&write(TranscriptFormat::Json, &header(), items)).unwrap()
}

#[test]
fn the_schema_names_what_is_written() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(schema["properties"]["format"]["const"], FORMAT);
    assert_eq!(schema["properties"]["version"]["const"], VERSION);
}

/// Z14: everything that happens in a session, for the organisation and for the customer.
#[test]
fn a_rich_session_is_valid() {
    for audience in [Audience::Organisation, Audience::Customer] {
        assert_eq!(complaints(&written(&items(&log(), audience))), None, "{audience:?}");
    }
}

/// What the rich session has no room for.
#[test]
fn every_value_of_every_choice_is_valid() {
    let mut picture = file(1, "a.png");
    picture.thumbnail = Some(ThumbnailSize { width: 320, height: 200 });
    let captures = [Some(CaptureKind::Snapshot), Some(CaptureKind::Recording)];
    let reasons = [
        WithdrawReason::Revoked,
        WithdrawReason::DeclinedByAll,
        WithdrawReason::SessionEnded,
        WithdrawReason::Expired,
    ];
    let gone = reasons.iter().zip(captures.iter().cycle()).map(|(reason, capture)| {
        let mut attachment = picture.clone();
        attachment.capture = *capture;
        TranscriptFile { attachment, blake3: None, fate: FileFate::Gone { reason: *reason } }
    });
    let message = TranscriptMessage {
        text: String::new(),
        edited_at: None,
        reply_to: None,
        files: gone.collect(),
        reactions: Vec::new(),
    };
    let whats = reasons
        .iter()
        .map(|reason| TranscriptWhat::Withdrawn { files: Vec::new(), reason: *reason })
        .chain([EndReason::Idle, EndReason::EndedByTechnician].map(|reason| TranscriptWhat::Ended { reason }))
        .chain([TranscriptWhat::Message(message), TranscriptWhat::Deleted { by: None, at: Millis(-1) }]);
    let items: Vec<_> = whats
        .zip(1..)
        .map(|(what, seq)| TranscriptItem { seq, at: Millis(0), by: None, technicians_only: false, what })
        .collect();

    assert_eq!(complaints(&written(&items)), None);
}

/// A schema that admits anything would prove nothing.
#[test]
fn what_is_not_a_transcript_is_refused() {
    let whole = written(&items(&log(), Audience::Organisation));
    for (pointer, value) in [
        ("/format", json!("something")),
        ("/version", json!(2)),
        ("/session/id", json!("7")),
        ("/items/0/seq", json!(0)),
        ("/items/0/what/type", json!("hologram")),
        ("/items/3/what/text", Value::Null),
        ("/items/4/what/files/0/fate", json!({"type": "gone"})),
        ("/items/4/what/files/0/attachment/extra", json!(1)),
        ("/items/9/what/at", json!("yesterday")),
    ] {
        let mut changed = whole.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[key] = value;
        assert_ne!(complaints(&changed), None, "{pointer}");
    }
}
