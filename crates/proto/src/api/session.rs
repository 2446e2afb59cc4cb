//! Sessions as technicians list and open them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{AttachmentPolicy, ChatPolicy, Millis, OrgId, Participant, Seq, SessionId};

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct CreateSession {
    /// What it is about; may be empty.
    #[serde(default)]
    pub title: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct CreatedSession {
    pub session: SessionView,
    pub join: JoinInfo,
}

/// How a customer comes in; shown to technicians only, and only when made: the portal keeps hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct JoinInfo {
    /// Nine symbols, ungrouped; shown as `XXX-XXX-XXX`.
    pub code: String,
    pub code_expires_at: Millis,
    /// Carries 128 bits.
    pub link: String,
    pub link_expires_at: Millis,
    /// The link as an SVG picture of a QR code.
    pub qr_svg: String,
}

/// `open → ended → sealed` (the transcript is written), never back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SessionState {
    Open,
    Ended,
    Sealed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct SessionView {
    pub id: SessionId,
    pub org_id: OrgId,
    pub org_name: String,
    pub title: String,
    pub state: SessionState,
    pub created_at: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ended_at: Option<Millis>,
    /// Everybody who ever asked to come in, in the order they came.
    pub participants: Vec<Participant>,
    /// Seq of the newest event.
    pub head: Seq,
    pub chat: ChatPolicy,
    pub attachments: AttachmentPolicy,
    /// In lists: messages of others after what the caller has read, counted up to [`UNREAD_MAX`].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unread: u32,
}

/// Beyond it a list says "99+".
pub const UNREAD_MAX: u32 = 100;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A page of sessions, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct SessionPage {
    pub sessions: Vec<SessionView>,
    /// Pass it as `before` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub next: Option<SessionId>,
}
