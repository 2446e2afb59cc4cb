//! The transcript for programs: one JSON object, written item by item. Its schema is `docs/transcript.schema.json`.

use deskside_proto::{
    Millis, SessionId,
    api::{TranscriptItem, TranscriptPerson},
};
use serde::Serialize;

use super::{Count, TranscriptHeader, TranscriptWriter};

/// `format` of every such file.
pub const FORMAT: &str = "deskside-transcript";
/// `version`: grows when a reader of this one could not read the next.
pub const VERSION: u32 = 1;

/// Writes `transcript.json`.
#[derive(Debug, Default)]
pub struct JsonWriter {
    count: Count,
    /// An item stands before the next.
    begun: bool,
}

#[derive(Serialize)]
struct Session<'a> {
    id: SessionId,
    organisation: &'a str,
    title: &'a str,
    started_at: Millis,
    ended_at: Millis,
    people: &'a [TranscriptPerson],
}

impl TranscriptWriter for JsonWriter {
    fn head(&mut self, header: &TranscriptHeader) -> String {
        let session = Session {
            id: header.session,
            organisation: &header.org_name,
            title: &header.title,
            started_at: header.started_at,
            ended_at: header.ended_at,
            people: &header.people,
        };
        format!(
            "{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\n\"session\":{},\n\"items\":[",
            json(&session)
        )
    }

    fn item(&mut self, item: &TranscriptItem) -> String {
        self.count.add(item);
        let comma = if std::mem::replace(&mut self.begun, true) { "," } else { "" };
        format!("{comma}\n{}", json(item))
    }

    fn foot(&mut self) -> String {
        let Count { messages, files } = self.count;
        format!("\n],\n\"messages\":{messages},\"files\":{files}}}\n")
    }
}

/// What these types hold can always be written: no maps with odd keys, no numbers out of range.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
