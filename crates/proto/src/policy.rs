//! What an organisation decides: roles and settings.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A member's role in one organisation (rows Z17, Z22). Ordered: who comes first may do more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum OrgRole {
    SuperAdmin,
    Admin,
    Technician,
    /// A technician who sees only the sessions they took part in, live and in Files.
    TechnicianOwn,
}

impl OrgRole {
    /// May change the organisation's settings.
    #[must_use]
    pub fn manages(self) -> bool {
        matches!(self, Self::SuperAdmin | Self::Admin)
    }

    /// May see sessions, and their Files, in which they took no part.
    #[must_use]
    pub fn sees_all_sessions(self) -> bool {
        !matches!(self, Self::TechnicianOwn)
    }
}

/// Settings of an organisation. Missing fields take their default, so that old rows stay readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
#[ts(export)]
pub struct OrgSettings {
    /// Customers who come by a link wait until a technician lets them in.
    pub lobby_for_links: bool,
    /// Customers who come by a code wait until a technician lets them in: a code can be guessed, a link cannot.
    pub lobby_for_codes: bool,
    /// Bytes of one stored file, at most [`crate::limits::STORED_MAX_BYTES`].
    pub stored_max_bytes: u64,
}

impl Default for OrgSettings {
    fn default() -> Self {
        Self {
            lobby_for_links: false,
            lobby_for_codes: true,
            stored_max_bytes: crate::limits::STORED_MAX_BYTES,
        }
    }
}
