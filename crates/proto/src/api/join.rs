//! How a customer comes in.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::{ClientKind, SessionView};
use crate::{Millis, Participant};

/// Asks what a code or link leads to, without using it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct JoinLookup {
    /// A code as typed (any case, with or without dashes) or the secret part of a link.
    pub secret: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct JoinPreview {
    pub org_name: String,
    /// Whether a technician has to let the customer in.
    pub lobby: bool,
    pub kind: JoinKind,
    pub expires_at: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum JoinKind {
    Code,
    Link,
}

/// Comes in. A code is used up by it; a link serves until it expires or the session ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct JoinRequest {
    pub secret: String,
    /// What the others call them.
    pub name: String,
    pub client: ClientKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct JoinResponse {
    pub session: SessionView,
    /// `waiting` or `admitted`.
    pub you: Participant,
    /// For `desktop` only; good for this session and nothing else. A browser gets a cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub token: Option<String>,
}
