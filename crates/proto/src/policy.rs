//! What an organisation decides: roles and settings.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{AttachmentPolicy, ErrorCode, Millis, ParticipantRole, limits};

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
    /// As on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::Admin => "admin",
            Self::Technician => "technician",
            Self::TechnicianOwn => "technician_own",
        }
    }

    /// May change the organisation's settings.
    #[must_use]
    pub fn manages(self) -> bool {
        matches!(self, Self::SuperAdmin | Self::Admin)
    }

    /// May give `role` to somebody, and manage somebody who holds it: nobody grants or touches more than they hold.
    #[must_use]
    pub fn may_manage(self, role: Self) -> bool {
        self.manages() && (self == Self::SuperAdmin || role != Self::SuperAdmin)
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
    pub chat: ChatPolicy,
    pub attachments: AttachmentPolicy,
    pub quotas: StorageQuotas,
    /// Minutes without anybody connected after which a session ends by itself: [`limits::IDLE_MIN_MINUTES`] to
    /// [`limits::IDLE_MAX_MINUTES`].
    pub idle_minutes: u32,
    /// Hosts of the organisation's own network that bots may fetch from: exact names or addresses, with a port or without.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub fetch_hosts: Vec<String>,
}

impl OrgSettings {
    /// The first field of its own whose value is outside its limits, if there is one.
    #[must_use]
    pub fn invalid_field(&self) -> Option<&'static str> {
        let idle = limits::IDLE_MIN_MINUTES..=limits::IDLE_MAX_MINUTES;
        if !idle.contains(&self.idle_minutes) {
            return Some("idle_minutes");
        }
        (self.fetch_hosts.len() > limits::FETCH_HOSTS_MAX).then_some("fetch_hosts")
    }
}

/// Bytes of stored files, uploads on their way included; absent = as much as the disk takes (research S24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
#[ts(export)]
pub struct StorageQuotas {
    /// Of one session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub session_bytes: Option<u64>,
    /// Of one person in one session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub participant_bytes: Option<u64>,
    /// Of the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub org_bytes: Option<u64>,
}

/// Who may change what was said, and for how long (rows Z09, Z12). Told to every client, enforced by the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
#[ts(export)]
pub struct ChatPolicy {
    /// Editing own messages.
    pub edit: ChangePolicy,
    /// Deleting own messages.
    pub delete: ChangePolicy,
    /// Technicians may delete the messages of others, at any time.
    pub technicians_delete_all: bool,
    /// Earlier texts of edited and deleted messages are kept where only admins can see them.
    pub keep_history: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct ChangePolicy {
    pub by: WhoMay,
    /// Minutes after sending; absent = as long as the session is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub within_minutes: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum WhoMay {
    Everyone,
    Technicians,
    Nobody,
}

impl WhoMay {
    #[must_use]
    pub fn includes(self, role: ParticipantRole) -> bool {
        match self {
            Self::Everyone => true,
            Self::Technicians => role == ParticipantRole::Technician,
            Self::Nobody => false,
        }
    }
}

impl ChangePolicy {
    /// Until when somebody in `role` may change an own message of `posted_at`.
    ///
    /// # Errors
    /// `change_not_allowed`.
    pub fn until(self, role: ParticipantRole, posted_at: Millis) -> Result<Millis, ErrorCode> {
        if !self.by.includes(role) {
            return Err(ErrorCode::ChangeNotAllowed);
        }
        Ok(self.within_minutes.map_or(Millis::FOREVER, |minutes| posted_at.plus(i64::from(minutes) * 60_000)))
    }
}

impl ChatPolicy {
    /// Until when somebody in `role` may edit a message of `posted_at`.
    ///
    /// # Errors
    /// `not_your_message`, `change_not_allowed`.
    pub fn edit_until(
        self,
        role: ParticipantRole,
        own: bool,
        posted_at: Millis,
    ) -> Result<Millis, ErrorCode> {
        if own { self.edit.until(role, posted_at) } else { Err(ErrorCode::NotYourMessage) }
    }

    /// Until when somebody in `role` may delete a message of `posted_at`.
    ///
    /// # Errors
    /// `not_your_message`, `change_not_allowed`.
    pub fn delete_until(
        self,
        role: ParticipantRole,
        own: bool,
        posted_at: Millis,
    ) -> Result<Millis, ErrorCode> {
        if self.technicians_delete_all && role == ParticipantRole::Technician {
            Ok(Millis::FOREVER)
        } else if own {
            self.delete.until(role, posted_at)
        } else {
            Err(ErrorCode::NotYourMessage)
        }
    }
}

impl Default for ChatPolicy {
    fn default() -> Self {
        let everyone = ChangePolicy { by: WhoMay::Everyone, within_minutes: None };
        Self { edit: everyone, delete: everyone, technicians_delete_all: false, keep_history: false }
    }
}

impl Default for OrgSettings {
    fn default() -> Self {
        Self {
            lobby_for_links: false,
            lobby_for_codes: true,
            chat: ChatPolicy::default(),
            attachments: AttachmentPolicy::default(),
            quotas: StorageQuotas::default(),
            idle_minutes: 60,
            fetch_hosts: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ParticipantRole::{Customer, Technician};

    /// Z09 Z12: who may change whose message, and until when (minutes after it was sent; -1 = for ever).
    #[test]
    fn who_may_change_a_message_and_until_when() {
        let policy = |by, within_minutes, technicians_delete_all| ChatPolicy {
            edit: ChangePolicy { by, within_minutes },
            delete: ChangePolicy { by, within_minutes },
            technicians_delete_all,
            keep_history: false,
        };
        let minutes = |until: Result<Millis, ErrorCode>| {
            until.map(|at| if at == Millis::FOREVER { -1 } else { at.0 / 60_000 })
        };
        use ErrorCode::{ChangeNotAllowed as No, NotYourMessage as Foreign};
        for (policy, role, own, edit, delete) in [
            (ChatPolicy::default(), Customer, true, Ok(-1), Ok(-1)),
            (ChatPolicy::default(), Technician, false, Err(Foreign), Err(Foreign)),
            (policy(WhoMay::Everyone, Some(5), true), Customer, true, Ok(5), Ok(5)),
            (policy(WhoMay::Everyone, Some(5), true), Customer, false, Err(Foreign), Err(Foreign)),
            (policy(WhoMay::Everyone, Some(5), true), Technician, false, Err(Foreign), Ok(-1)),
            (policy(WhoMay::Technicians, None, false), Customer, true, Err(No), Err(No)),
            (policy(WhoMay::Technicians, None, false), Technician, true, Ok(-1), Ok(-1)),
            (policy(WhoMay::Nobody, None, false), Technician, true, Err(No), Err(No)),
            (policy(WhoMay::Nobody, None, true), Technician, true, Err(No), Ok(-1)),
        ] {
            assert_eq!(
                minutes(policy.edit_until(role, own, Millis(0))),
                edit,
                "{policy:?} {role:?} own {own}"
            );
            assert_eq!(
                minutes(policy.delete_until(role, own, Millis(0))),
                delete,
                "{policy:?} {role:?} own {own}"
            );
        }
    }
}
