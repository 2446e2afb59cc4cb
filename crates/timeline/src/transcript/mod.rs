//! The transcript: a second fold of the same log, in memory that its length does not change (rows Z14, Z16).
//!
//! Two passes over the log. A [`Survey`] sees every event and keeps what later lines need; then a [`TranscriptFold`] turns each
//! event into a [`TranscriptItem`], which every [`TranscriptWriter`] writes in its format: text for Notepad, a page for browsers and
//! paper, data for programs. Writers never hold the whole.
//!
//! Every text that came from a person passes the one helper of its format in [`escape`] (JSON: serde): a message cannot forge a
//! line or leave its element, a name cannot turn the reading direction.

pub mod escape;
mod fold;
mod html;
mod json;
mod survey;
mod text;
mod words;

use deskside_proto::{
    Millis, SessionId,
    api::{TranscriptFormat, TranscriptItem, TranscriptPerson},
};

pub use fold::TranscriptFold;
pub use html::HtmlWriter;
pub use json::{FORMAT, JsonWriter, VERSION};
pub use survey::{Audience, QUOTE_MAX_CHARS, Survey};
pub use text::TextWriter;
pub use words::human_size;

/// What stands above the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptHeader {
    pub org_name: String,
    pub session: SessionId,
    pub title: String,
    pub started_at: Millis,
    pub ended_at: Millis,
    /// Everybody who was let in.
    pub people: Vec<TranscriptPerson>,
}

/// One format of a transcript: [`TranscriptWriter::head`], then [`TranscriptWriter::item`] for each item in order, then
/// [`TranscriptWriter::foot`]. What they return, one after the other, is the file.
pub trait TranscriptWriter: Send {
    /// What is known of the session as a whole.
    fn head(&mut self, header: &TranscriptHeader) -> String;
    /// What an item reads like.
    fn item(&mut self, item: &TranscriptItem) -> String;
    /// The end.
    fn foot(&mut self) -> String;
}

/// A writer that has written nothing yet.
#[must_use]
pub fn writer(format: TranscriptFormat) -> Box<dyn TranscriptWriter> {
    match format {
        TranscriptFormat::Txt => Box::new(TextWriter::default()),
        TranscriptFormat::Html => Box::new(HtmlWriter::default()),
        TranscriptFormat::Json => Box::new(JsonWriter::default()),
    }
}

/// How much stands in a transcript.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    messages: u64,
    files: u64,
}

impl Count {
    fn add(&mut self, item: &TranscriptItem) {
        if let deskside_proto::api::TranscriptWhat::Message(message) = &item.what {
            self.messages += 1;
            self.files += message.files.len() as u64;
        }
    }
}
