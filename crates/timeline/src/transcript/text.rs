//! Plain text that opens in Notepad: UTF-8 with a byte order mark, lines ended by CR LF.
//!
//! The first column tells who speaks: `[` begins what the portal says of an event, `  -` and `  >` what it says of a message, and
//! four spaces what a person wrote. So no text of a person can pass for another line.

use std::fmt::Write as _;

use deskside_proto::{
    DirectKind,
    api::{TranscriptFile, TranscriptItem, TranscriptMessage, TranscriptPerson, TranscriptWhat},
};

use super::{
    Count, TranscriptHeader, TranscriptWriter,
    escape::{block, line},
    words::{self, Piece, duration, human_size, time},
};

const RULE: &str = "------------------------------------------------------------";

/// Writes `transcript.txt`.
#[derive(Debug, Default)]
pub struct TextWriter {
    count: Count,
}

impl TranscriptWriter for TextWriter {
    fn head(&mut self, header: &TranscriptHeader) -> String {
        let title = if header.title.is_empty() { "(no title)".to_owned() } else { line(&header.title) };
        let mut text = format!(
            "\u{feff}Deskside session transcript\nOrganisation: {}\nTitle: {title}\nSession: {}\nStarted: {}\nEnded: {} (after {})\n",
            line(&header.org_name),
            header.session,
            time(header.started_at),
            time(header.ended_at),
            duration(header.started_at, header.ended_at),
        );
        for person in &header.people {
            text += &format!("Person: {}\n", speaker(Some(person)));
        }
        crlf(&format!("{text}{RULE}\n"))
    }

    fn item(&mut self, item: &TranscriptItem) -> String {
        self.count.add(item);
        let mark = if item.technicians_only { " (technicians only)" } else { "" };
        let text = match &item.what {
            TranscriptWhat::Message(message) => {
                format!("[{}] {}{mark}:\n{}", time(item.at), speaker(item.by.as_ref()), body(message))
            }
            _ => format!("[{}] * {}{mark}\n", time(item.at), said(&words::sentence(item))),
        };
        crlf(&text)
    }

    fn foot(&mut self) -> String {
        let Count { messages, files } = self.count;
        crlf(&format!("{RULE}\nMessages: {messages}   Files: {files}\nEnd of transcript\n"))
    }
}

/// `Carl (customer)`: the role comes last, so that nobody is called a technician.
fn speaker(person: Option<&TranscriptPerson>) -> String {
    let name = said(&[words::name(person)]);
    match person {
        Some(person) if !person.name.is_empty() => format!("{name} ({})", words::role(person.role)),
        _ => name,
    }
}

fn said(pieces: &[Piece<'_>]) -> String {
    let text = |piece: &Piece<'_>| match piece {
        Piece::Words(words) => (*words).to_owned(),
        Piece::Theirs(text) | Piece::Name(text) | Piece::Code(text) => line(text),
        Piece::Time(at) => time(*at),
    };
    pieces.iter().map(text).collect()
}

fn body(message: &TranscriptMessage) -> String {
    let mut text = String::new();
    if let Some(quote) = &message.reply_to {
        let original = quote.text.as_deref().map_or_else(|| "(deleted)".to_owned(), line);
        text += &format!("  > {}, {}: {original}\n", speaker(quote.by.as_ref()), time(quote.at));
    }
    if !message.text.is_empty() {
        text += &format!("    {}\n", block(&message.text));
    }
    if let Some(at) = message.edited_at {
        text += &format!("  - Edited: {}\n", time(at));
    }
    for reaction in &message.reactions {
        let people: Vec<String> = reaction.people.iter().map(|name| line(name)).collect();
        text += &format!("  - Reaction: {} by {}\n", line(&reaction.emoji), people.join(", "));
    }
    for entry in &message.files {
        file(entry, &mut text);
    }
    text
}

fn file(TranscriptFile { attachment, blake3, fate }: &TranscriptFile, text: &mut String) {
    let what = match attachment.direct.map(|direct| (direct.kind, direct.files)) {
        Some((DirectKind::Folder, files)) => format!("Folder of {files} files"),
        Some((DirectKind::File, _)) | None => "File".to_owned(),
    };
    let mut lines = vec![
        format!("{what}: {}", line(&attachment.name)),
        format!("  Size: {} ({} bytes)", human_size(attachment.size), attachment.size),
    ];
    if !attachment.sha256.is_empty() {
        lines.push(format!("  SHA-256: {}", line(&attachment.sha256)));
    }
    lines.extend(blake3.iter().map(|digest| format!("  BLAKE3: {}", line(digest))));
    lines.push(format!("  {}", words::fate(*fate)));
    for line in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  - {line}");
    }
}

fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}
