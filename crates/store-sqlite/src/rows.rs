//! From columns to values and back. What this version never writes is [`StoreError::Inconsistent`], never a guess.

use std::str::FromStr;

use deskside_proto::{
    AttachmentState, CaptureKind, Consent, DirectKind, OrgRole, ParticipantRole, ParticipantState,
    RecipientState, Visibility,
    api::{AuditAction, ClientKind, JoinKind, Outcome, StorageKind, TranscriptFormat},
};
use deskside_store::{Caller, StoreError};
use serde::Deserialize;

/// The names under which an enum's values are stored: as on the wire.
pub(crate) trait Stored: Copy + 'static {
    const NAMES: &'static [(&'static str, Self)];
    fn name(self) -> &'static str;
}

macro_rules! stored {
    ($($kind:ident { $($value:ident = $name:literal),+ $(,)? })+) => {$(
        impl Stored for $kind {
            const NAMES: &'static [(&'static str, Self)] = &[$(($name, Self::$value)),+];

            fn name(self) -> &'static str {
                match self { $(Self::$value => $name),+ }
            }
        }
    )+};
}

stored! {
    OrgRole {
        SuperAdmin = "super_admin", Admin = "admin", Technician = "technician", TechnicianOwn = "technician_own",
    }
    AuditAction { FileRead = "file_read", TranscriptRead = "transcript_read", ArchiveDownloaded = "archive_downloaded", TranscriptCopied = "transcript_copied", SessionDeleted = "session_deleted", FilesExpired = "files_expired", CaptureDeleted = "capture_deleted", HoldSet = "hold_set", HoldReleased = "hold_released", ReportSaved = "report_saved", SettingsChanged = "settings_changed", BotCreated = "bot_created", BotChanged = "bot_changed", BotPublished = "bot_published", BotWithdrawn = "bot_withdrawn", BotDeleted = "bot_deleted", PersonInvited = "person_invited", InvitationWithdrawn = "invitation_withdrawn", InvitationAccepted = "invitation_accepted", RoleChanged = "role_changed", PersonDeactivated = "person_deactivated", PersonReactivated = "person_reactivated", PasswordResetMade = "password_reset_made", PasswordChanged = "password_changed", DeviceRevoked = "device_revoked", SignedIn = "signed_in", AuditExported = "audit_exported" }
    TranscriptFormat { Txt = "txt", Html = "html", Json = "json" }
    Outcome {
        Solved = "solved", PartlySolved = "partly_solved", NotSolved = "not_solved", FollowUp = "follow_up",
        NoCase = "no_case",
    }
    StorageKind {
        Pictures = "pictures", Videos = "videos", Sounds = "sounds", Documents = "documents", Other = "other",
        Snapshots = "snapshots", Recordings = "recordings", Transcripts = "transcripts",
    }
    JoinKind { Code = "code", Link = "link" }
    ClientKind { Browser = "browser", Desktop = "desktop" }
    ParticipantRole { Technician = "technician", Customer = "customer" }
    ParticipantState { Waiting = "waiting", Admitted = "admitted", Left = "left", Removed = "removed" }
    Visibility { All = "all", Technicians = "technicians" }
    Consent { Ask = "ask", AskOnce = "ask_once", Auto = "auto" }
    RecipientState {
        Pending = "pending", Accepted = "accepted", Declined = "declined", Transferring = "transferring",
        Paused = "paused", Received = "received", Failed = "failed", Revoked = "revoked",
    }
    CaptureKind { Snapshot = "snapshot", Recording = "recording" }
    DirectKind { File = "file", Folder = "folder" }
    AttachmentState {
        Uploading = "uploading", Uploaded = "uploaded", Offered = "offered", Withdrawn = "withdrawn",
        Expired = "expired",
    }
}

/// Where a value came from, for the error that says it makes no sense.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) table: &'static str,
    pub(crate) key: &'a [u8],
}

impl Row<'_> {
    pub(crate) fn inconsistent(self, column: &'static str) -> StoreError {
        let row = self.key.iter().map(|byte| format!("{byte:02x}")).collect();
        StoreError::Inconsistent { table: self.table, column, row }
    }

    pub(crate) fn stored<T: Stored>(self, column: &'static str, name: &str) -> Result<T, StoreError> {
        let found = T::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value).ok_or_else(|| self.inconsistent(column))
    }

    pub(crate) fn id(self, column: &'static str, bytes: &[u8]) -> Result<[u8; 16], StoreError> {
        bytes.try_into().map_err(|_| self.inconsistent(column))
    }

    /// An id that a query gave as hex.
    pub(crate) fn hex_id<T: FromStr>(self, column: &'static str, hex: &str) -> Result<T, StoreError> {
        hex.parse().map_err(|_| self.inconsistent(column))
    }

    pub(crate) fn count(self, column: &'static str, number: i64) -> Result<u64, StoreError> {
        number.try_into().map_err(|_| self.inconsistent(column))
    }

    pub(crate) fn json<'a, T: Deserialize<'a>>(
        self,
        column: &'static str,
        text: &'a str,
    ) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|_| self.inconsistent(column))
    }
}

pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Database(Box::new(error)))
}

/// SQLite's integers end at half of `u64`; nothing that is counted here gets near.
pub(crate) fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Greater than every id: the page before it is the first.
const AFTER_ALL: [u8; 17] = [0xff; 17];

pub(crate) fn before_or_all(before: Option<&deskside_proto::SessionId>) -> &[u8] {
    before.map_or(&AFTER_ALL, |id| &id.0)
}

/// A caller as three parameters of a query, of which those that do not apply equal no id.
pub(crate) struct CallerIds {
    pub(crate) user: Vec<u8>,
    pub(crate) session: Vec<u8>,
    pub(crate) participant: Vec<u8>,
}

impl From<Caller> for CallerIds {
    fn from(caller: Caller) -> Self {
        match caller {
            Caller::User(user) => Self { user: user.0.into(), session: vec![], participant: vec![] },
            Caller::Guest { session, participant } => {
                Self { user: vec![], session: session.0.into(), participant: participant.0.into() }
            }
        }
    }
}
