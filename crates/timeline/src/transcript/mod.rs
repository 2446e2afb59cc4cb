//! The transcript: a second fold of the same log, written line by line so that its length does not matter.
//!
//! Plain text that opens in Notepad (rows Z14, Z16): UTF-8 with a byte order mark, lines ended by CR LF. Every text that came
//! from a person passes [`escape`]: a message cannot forge a line, a name cannot turn the reading direction.

pub mod escape;

use std::collections::BTreeMap;

use deskside_proto::{
    Attachment, AttachmentId, DirectKind, EndReason, Event, EventBody, MessagePosted, Millis, ParticipantId,
    ParticipantRole, Seq, SessionId, Visibility, WithdrawReason,
};
use jiff::Timestamp;

use escape::{block, line};

/// What stands above the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptHeader {
    pub org_name: String,
    pub session: SessionId,
    pub title: String,
    pub started_at: Millis,
    pub ended_at: Millis,
    /// Name and role of everybody who was let in.
    pub people: Vec<(String, ParticipantRole)>,
}

/// Writes one session's transcript as text: [`TranscriptWriter::head`], then [`TranscriptWriter::event`] for each event in
/// order, then [`TranscriptWriter::foot`].
#[derive(Debug, Default)]
pub struct TranscriptWriter {
    names: BTreeMap<ParticipantId, String>,
    /// Sender and time of every message, for the replies to it.
    posted: BTreeMap<Seq, (Option<ParticipantId>, Millis)>,
    /// As lines speak of them.
    names_of_files: BTreeMap<AttachmentId, String>,
    files: u64,
}

impl TranscriptWriter {
    /// The byte order mark and what is known of the session as a whole.
    #[must_use]
    pub fn head(header: &TranscriptHeader) -> String {
        let mut people: Vec<String> = Vec::new();
        for (name, role) in &header.people {
            let role = match role {
                ParticipantRole::Technician => "technician",
                ParticipantRole::Customer => "customer",
            };
            people.push(format!("{} ({role})", line(name)));
        }
        let title = if header.title.is_empty() { "(no title)".to_owned() } else { line(&header.title) };
        crlf(&format!(
            "\u{feff}Deskside session transcript\nOrganisation: {}\nTitle: {title}\nSession: {}\nStarted: {}\nEnded: {}\nPeople: {}\n{}\n",
            line(&header.org_name),
            header.session,
            time(header.started_at),
            time(header.ended_at),
            people.join(", "),
            "-".repeat(60),
        ))
    }

    /// The lines of one event; empty where it leaves no trace of its own (an edit shows at the message).
    pub fn event(&mut self, event: &Event) -> String {
        let what = match &event.body {
            EventBody::MessagePosted(message) => return self.message(event, message),
            EventBody::ParticipantWaiting { participant } => {
                self.names.insert(participant.id, participant.name.clone());
                format!("{} asked to come in", line(&participant.name))
            }
            EventBody::ParticipantJoined { participant } => {
                self.names.insert(participant.id, participant.name.clone());
                format!("{} joined", line(&participant.name))
            }
            EventBody::ParticipantLeft { participant_id } => {
                format!("{} left", self.name(Some(*participant_id)))
            }
            EventBody::ParticipantRemoved { participant_id } => {
                format!("{} was removed by {}", self.name(Some(*participant_id)), self.name(event.sender))
            }
            EventBody::Tombstone { deleted_by, deleted_at } => format!(
                "{} wrote a message that {} deleted at {}",
                self.name(event.sender),
                self.name(*deleted_by),
                time(*deleted_at)
            ),
            EventBody::SessionEnded { reason: EndReason::EndedByTechnician } => {
                format!("{} ended the session", self.name(event.sender))
            }
            EventBody::SessionEnded { reason: EndReason::Idle } => {
                "The session ended: nobody was there".to_owned()
            }
            EventBody::ReactionAdded { target, emoji } => {
                format!(
                    "{} reacted with {} to {}",
                    self.name(event.sender),
                    line(emoji),
                    self.message_of(*target)
                )
            }
            EventBody::ReactionRemoved { target, emoji } => {
                format!(
                    "{} took back {} from {}",
                    self.name(event.sender),
                    line(emoji),
                    self.message_of(*target)
                )
            }
            EventBody::AttachmentsAnswered { attachments, accepted, .. } => {
                let what = if *accepted { "accepted" } else { "declined" };
                format!("{} {what} {}", self.name(event.sender), self.files_of(attachments))
            }
            EventBody::AttachmentsReceived { attachments, blake3, .. } => {
                let digest = blake3.map(|digest| format!(" (BLAKE3 {digest})")).unwrap_or_default();
                format!("{} received {}{digest}", self.name(event.sender), self.files_of(attachments))
            }
            EventBody::AttachmentsWithdrawn { attachments, reason, .. } => {
                let files = self.files_of(attachments);
                match reason {
                    WithdrawReason::Revoked => format!("{} took back {files}", self.name(event.sender)),
                    WithdrawReason::DeclinedByAll => format!("Deleted, since nobody wanted it: {files}"),
                    WithdrawReason::SessionEnded => format!("Deleted at the end of the session: {files}"),
                    WithdrawReason::Expired => format!("Deleted, since its time was over: {files}"),
                }
            }
            EventBody::MessageEdited { .. } | EventBody::MessageDeleted { .. } => return String::new(),
            EventBody::Unknown(_) => "(something this version cannot show)".to_owned(),
        };
        crlf(&format!("[{}] * {what}{}\n", time(event.at), mark(event.visibility)))
    }

    /// The last lines.
    #[must_use]
    pub fn foot(&self) -> String {
        let rule = "-".repeat(60);
        crlf(&format!("{rule}\nMessages: {}   Files: {}\nEnd of transcript\n", self.posted.len(), self.files))
    }

    fn message(&mut self, event: &Event, message: &MessagePosted) -> String {
        self.posted.insert(event.seq, (event.sender, event.at));
        self.files += message.attachments.len() as u64;
        let mut text = format!("[{}] {}{}:", time(event.at), self.name(event.sender), mark(event.visibility));
        if let Some((sender, at)) = message.reply_to.and_then(|seq| self.posted.get(&seq)) {
            text.push_str(&format!(" (in reply to {}, {})", self.name(*sender), time(*at)));
        }
        if !message.text.is_empty() {
            text.push(' ');
            text.push_str(&block(&message.text));
        }
        if let Some(edited) = message.edited {
            text.push_str(&format!(" (edited {})", time(edited.at)));
        }
        text.push('\n');
        for file in &message.attachments {
            text.push_str(&attachment(file));
            self.names_of_files.insert(file.id, line(&file.name));
        }
        crlf(&text)
    }

    /// Files as a line speaks of them.
    fn files_of(&self, attachments: &[AttachmentId]) -> String {
        let name = |id: &AttachmentId| self.names_of_files.get(id).map_or("a file", String::as_str);
        attachments.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    /// A message as a line speaks of it.
    fn message_of(&self, target: Seq) -> String {
        match self.posted.get(&target) {
            Some((sender, at)) => format!("the message of {}, {}", self.name(*sender), time(*at)),
            None => "a message that was deleted".to_owned(),
        }
    }

    fn name(&self, participant: Option<ParticipantId>) -> String {
        match participant {
            Some(id) => self.names.get(&id).map_or_else(|| "Somebody".to_owned(), |name| line(name)),
            None => "The portal".to_owned(),
        }
    }
}

fn attachment(file: &Attachment) -> String {
    let (name, size) = (line(&file.name), human_size(file.size));
    let bytes = file.size;
    match file.direct {
        None => format!("    File: {name} ({size}, {bytes} bytes)\n    SHA-256: {}\n", file.sha256),
        Some(direct) => {
            let what = match direct.kind {
                DirectKind::File => "File".to_owned(),
                DirectKind::Folder => format!("Folder of {} files", direct.files),
            };
            format!(
                "    {what}: {name} ({size}, {bytes} bytes)\n    Sent directly: its content is not kept here.\n"
            )
        }
    }
}

fn mark(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::All => "",
        Visibility::Technicians => " (technicians only)",
    }
}

/// `2026-11-20 14:03:22 UTC`; a time that no calendar holds stays a number.
fn time(at: Millis) -> String {
    match Timestamp::from_millisecond(at.0) {
        Ok(stamp) => stamp.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => format!("{} ms", at.0),
    }
}

/// Sizes for people (row N17): B, KB, MB, GB by powers of 1024, one decimal from KB on.
#[must_use]
pub fn human_size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = u128::from(bytes) * 10;
    let mut unit = 0;
    loop {
        tenths = (tenths + 512) / 1024;
        if tenths < 10_240 || unit + 1 == UNITS.len() {
            return format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit]);
        }
        unit += 1;
    }
}

fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

#[cfg(test)]
mod tests {
    use super::human_size;

    #[test]
    fn sizes_read_as_people_say_them() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KB"),
            (1_258_291, "1.2 MB"),
            (1024 * 1024 * 1024, "1.0 GB"),
            (u64::MAX, "16777216.0 TB"),
        ] {
            assert_eq!(human_size(bytes), text, "{bytes}");
        }
    }
}
