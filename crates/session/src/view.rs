//! What a session shows: updates for a user interface, and what a person can ask of it.

use deskside_proto::{
    AttachmentId, Digest32, ErrorCode, Millis, Participant, ParticipantId, ReadMark, Seq, Signal, TxnId,
    api::SessionView,
};
use deskside_timeline::{Target, TimelinePatch};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Alert;

/// One change of what is to be shown; the same bytes cross the desktop's channel and the wasm boundary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
#[expect(clippy::large_enum_variant, reason = "an update lives for the moment between fold and window")]
pub enum ViewUpdate {
    Timeline {
        patches: Vec<TimelinePatch>,
    },
    Roster {
        entries: Vec<RosterEntry>,
    },
    Connection {
        state: ConnectionState,
    },
    /// Title, state and people of the session, and who one is oneself.
    Session {
        session: SessionView,
        you: Participant,
        /// Why one may not send files now (row N10); absent where one may.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        no_files: Option<ErrorCode>,
    },
    /// The transcript stands in Files (technicians only).
    Sealed {
        at: Millis,
    },
    /// Actions that wait to be sent.
    Unsent {
        count: usize,
    },
    /// How far the others have read, how far one has oneself, and how much of what is loaded one has not.
    Read {
        marks: Vec<ReadMark>,
        own: Seq,
        unread: usize,
    },
    /// Whether all older rows are loaded, and whether some are being fetched.
    History {
        complete: bool,
        loading: bool,
        /// What stood in the log when one came in is all here: what comes from now on is news.
        caught_up: bool,
    },
    /// What others did since the last such update, for whoever tells a person who looks elsewhere.
    Alerts {
        alerts: Vec<Alert>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RosterEntry {
    pub participant: Participant,
    pub online: bool,
    pub typing: bool,
    pub own: bool,
}

/// The truth about the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
#[ts(export)]
pub enum ConnectionState {
    /// The first attempt, or one after a pause, is under way.
    Connecting { attempt: u32 },
    /// Connected; `delay_millis` is the newest round trip.
    Online {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        delay_millis: Option<u32>,
    },
    /// In the lobby until a technician lets one in.
    Waiting,
    /// No connection; the next attempt comes at `retry_at` by itself.
    Offline { retry_at: Millis },
    /// The session is over: nothing more can be sent.
    Ended,
    /// Put out of the session, or signed out: no further attempt is made.
    Closed { code: ErrorCode, message: String },
}

/// What a person asks of the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum Intent {
    Post {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        reply_to: Option<Seq>,
        #[serde(default)]
        attachments: Vec<AttachmentId>,
        #[serde(default)]
        mentions: Vec<ParticipantId>,
        /// A note that only technicians see.
        #[serde(default)]
        private: bool,
    },
    /// Put another text in the place of an own message's.
    Edit {
        target: Target,
        text: String,
        /// Tell the others of it as of something new (row Z10).
        notify: bool,
    },
    Delete {
        target: Target,
    },
    React {
        target: Target,
        emoji: String,
    },
    Unreact {
        target: Target,
        emoji: String,
    },
    /// Accept or decline files that were offered to one (rows A02, A03).
    Answer {
        target: Seq,
        attachments: Vec<AttachmentId>,
        accept: bool,
    },
    /// Accepted files are here whole: their digests matched (row A13).
    Confirm {
        target: Seq,
        attachments: Vec<AttachmentId>,
        /// Digest of a direct file, which is confirmed alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        blake3: Option<Digest32>,
    },
    /// Take own files back from all who have not received them.
    Revoke {
        target: Seq,
        attachments: Vec<AttachmentId>,
    },
    /// Everything up to `seq` was seen.
    Read {
        seq: Seq,
    },
    /// Load one page of older rows.
    Older,
    /// Load older rows until the one at `seq` is there.
    Reach {
        seq: Seq,
    },
    /// Send what the portal refused again.
    Retry {
        txn_id: TxnId,
    },
    /// Throw something failed or waiting away.
    Discard {
        txn_id: TxnId,
    },
    Typing,
    /// Say something to another participant's clients; lost where there is no connection.
    Signal {
        to: ParticipantId,
        signal: Signal,
    },
    Leave,
    /// Try to connect now instead of at `retry_at`.
    Reconnect,
}
