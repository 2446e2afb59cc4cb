//! What is remembered of what people did.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{AttachmentId, Millis, SessionId, UserId};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        /// What people do that is remembered. The texts are stable: the log and its exports rely on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
        #[ts(export)]
        pub enum AuditAction {
            $($(#[$doc])* #[serde(rename = $text)] $name,)+
        }

        // Not derived: a derive that is called by a macro does not see the texts.
        impl utoipa::PartialSchema for AuditAction {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let texts = Self::ALL.iter().map(|known| known.as_str());
                let schema = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::String);
                schema.enum_values(Some(texts)).into()
            }
        }

        impl ToSchema for AuditAction {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed("AuditAction")
            }
        }

        impl AuditAction {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

actions! {
    /// Somebody looked at a file of a session that they were not in, or that was over.
    FileRead = "file_read";
    TranscriptRead = "transcript_read";
    /// Several files, or whole sessions, as one archive.
    ArchiveDownloaded = "archive_downloaded";
    /// A customer took the copy that the organisation allows.
    TranscriptCopied = "transcript_copied";
    SessionDeleted = "session_deleted";
    /// Files of a session went because their time was over.
    FilesExpired = "files_expired";
    /// A snapshot or recording was taken back.
    CaptureDeleted = "capture_deleted";
    HoldSet = "hold_set";
    HoldReleased = "hold_released";
    ReportSaved = "report_saved";
    SettingsChanged = "settings_changed";
    BotCreated = "bot_created";
    /// Its name, its limits or its address.
    BotChanged = "bot_changed";
    BotPublished = "bot_published";
    /// Customers meet it no longer.
    BotWithdrawn = "bot_withdrawn";
    BotDeleted = "bot_deleted";
    PersonInvited = "person_invited";
    InvitationWithdrawn = "invitation_withdrawn";
    InvitationAccepted = "invitation_accepted";
    RoleChanged = "role_changed";
    PersonDeactivated = "person_deactivated";
    PersonReactivated = "person_reactivated";
    PasswordResetMade = "password_reset_made";
    PasswordChanged = "password_changed";
    DeviceRevoked = "device_revoked";
    SignedIn = "signed_in";
    AuditExported = "audit_exported";
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct AuditItem {
    /// Goes up by time; what a page begins before.
    #[ts(type = "number")]
    pub place: u64,
    pub at: Millis,
    /// Absent where the portal did it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub actor: Option<String>,
    /// For the filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub actor_id: Option<UserId>,
    pub action: AuditAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub session_id: Option<SessionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub attachment_id: Option<AttachmentId>,
    /// What it is called: the file's name, the session's title, the person's name.
    pub subject: String,
}

/// Newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct AuditPage {
    pub items: Vec<AuditItem>,
    /// Whether older ones follow.
    pub more: bool,
}
