//! Frames of the session socket: JSON texts, one message each.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    AttachmentId, Digest32, ErrorCode, LogEntry, Millis, Participant, ParticipantId, ReadMark, Seq, Signal,
    TxnId, api::SessionView,
};

/// Spoken in `hello`; the portal answers another number with `unsupported_protocol`.
pub const PROTOCOL_VERSION: u32 = 1;

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum ClientMessage {
    /// The first frame of every connection: "send me everything after `resume_after`", or where that is more than `tail`
    /// entries, the newest `tail` of them; earlier ones can be had by `history`.
    Hello {
        protocol: u32,
        resume_after: Seq,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        tail: Option<u32>,
    },
    /// A durable command. It is answered by `ack` or `rejected` with the same `txn_id`; sent again, it has effect once.
    Send { txn_id: TxnId, command: Command },
    /// The sender is typing now (at most one each two seconds; shown for five).
    Typing,
    /// The sender has seen everything up to `seq` (at most one each second).
    Read { seq: Seq },
    /// Answered by `history`: the `limit` entries before `before` (at most [`crate::limits::HISTORY_MAX_ENTRIES`]).
    History { before: Seq, limit: u32 },
    /// Passed on to every connection of `to`, if both are admitted; at most [`crate::limits::SIGNAL_MAX_BYTES`].
    Signal { to: ParticipantId, signal: Signal },
    /// Answered by `pong`: measures the path and notices a half-open connection.
    Ping { nonce: u32 },
}

/// What a participant can ask the log for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum Command {
    PostMessage {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        reply_to: Option<Seq>,
        /// Uploads of this participant that are complete.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<AttachmentId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<ParticipantId>,
        /// A note that only technicians see; refused to customers.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        private: bool,
    },
    /// Puts `text` in the place of an own message's text. Refused with `not_your_message`, `change_not_allowed`,
    /// `change_too_late`, `message_gone`.
    EditMessage {
        target: Seq,
        text: String,
        /// Tell the others of it as of something new.
        notify: bool,
    },
    /// Deletes a message and its files; refused as an edit is.
    DeleteMessage {
        target: Seq,
    },
    /// One emoji of the sender on a message.
    React {
        target: Seq,
        emoji: String,
    },
    Unreact {
        target: Seq,
        emoji: String,
    },
    /// Accepts or declines files of the message at `target`. Refused with `message_gone`, `attachment_unknown`,
    /// `answer_too_late`.
    AnswerAttachments {
        target: Seq,
        attachments: Vec<AttachmentId>,
        accept: bool,
    },
    /// Accepted files of the message at `target` are here whole; refused as an answer is.
    ConfirmAttachments {
        target: Seq,
        attachments: Vec<AttachmentId>,
        /// Digest of a direct file, which is confirmed alone; absent for stored ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        blake3: Option<Digest32>,
    },
    /// Takes own files of the message at `target` back from all who have not received them. Refused with `not_your_message`,
    /// `message_gone`, `attachment_unknown`.
    RevokeAttachments {
        target: Seq,
        attachments: Vec<AttachmentId>,
    },
    /// Leave for good.
    Leave,
}

/// What the portal says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
#[expect(clippy::large_enum_variant, reason = "a frame lives for the moment between socket and fold")]
pub enum ServerMessage {
    /// Answer to `hello`, and again when a waiting participant is admitted. `log` frames follow, from
    /// `resume_after + 1` to `head` and then live, without a gap. A waiting participant gets no `log`.
    Welcome {
        you: Participant,
        session: SessionView,
        head: Seq,
        now: Millis,
        /// Who is connected now.
        online: Vec<ParticipantId>,
        /// Place of the first entry that follows; more than `resume_after + 1` where `tail` left some out.
        first: Seq,
        /// How far each participant has read; those who read nothing yet are left out.
        read: Vec<ReadMark>,
        /// Whether a message of one's own stands in the log, however far back; asked where files wait for it (row N10), `false`
        /// elsewhere.
        has_written: bool,
    },
    /// The next places of the log, in order.
    Log {
        entries: Vec<LogEntry>,
    },
    /// The command stands in the log at `seq`.
    Ack {
        txn_id: TxnId,
        seq: Seq,
        at: Millis,
    },
    /// The command was refused and will be refused again.
    Rejected {
        txn_id: TxnId,
        code: ErrorCode,
        message: String,
    },
    Presence {
        participant_id: ParticipantId,
        online: bool,
    },
    Typing {
        participant_id: ParticipantId,
    },
    /// Somebody read on.
    Read {
        marks: Vec<ReadMark>,
    },
    /// Answer to `history`: the entries right before the asked place, in order; none at the beginning of the log.
    History {
        before: Seq,
        entries: Vec<LogEntry>,
    },
    /// What another participant's client says to this one's.
    Signal {
        from: ParticipantId,
        signal: Signal,
    },
    /// The transcript is in Files. Technicians only.
    Sealed {
        at: Millis,
    },
    Pong {
        nonce: u32,
        now: Millis,
    },
    /// Something is wrong with the connection itself; the portal closes it after this.
    Error {
        code: ErrorCode,
        message: String,
    },
    /// A kind of a later version.
    #[serde(untagged)]
    Unknown(#[ts(type = "Record<string, unknown>")] serde_json::Value),
}
