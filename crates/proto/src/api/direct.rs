//! Direct files and the way to the other side, over HTTP.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{Attachment, DirectKind, Millis};

/// A file or folder that is to go directly. The portal takes its name and size and never its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct CreateDirect {
    /// One plain component.
    pub name: String,
    /// Bytes of all files together; at most [`crate::limits::DIRECT_MAX_BYTES`].
    pub size: u64,
    pub kind: DirectKind,
    /// 1 for a file; at most [`crate::limits::DIRECT_FOLDER_MAX_FILES`] for a folder, which may have none.
    pub files: u32,
}

/// A message can name it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct DirectCreated {
    pub attachment: Attachment,
}

/// How to find a way to the other participants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct IceServers {
    /// As `RTCConfiguration.iceServers` takes them.
    pub servers: Vec<IceServer>,
    /// When the credentials end; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub expires_at: Option<Millis>,
    /// Whether the portal relays what finds no direct way.
    pub relay: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct IceServer {
    /// `stun:`, `turn:` or `turns:` (RFC 7064, RFC 7065).
    pub urls: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub credential: Option<String>,
}
