//! What an organisation decides about files: one policy, told to every client, enforced by the portal (rows N04–N06, N10,
//! Z03, Z04, Z14–Z20, A02, A06, C09, C13–C15).

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{DirectKind, ErrorCode, ParticipantRole, limits};

/// Missing fields take their default, so that old rows stay readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
#[ts(export)]
pub struct AttachmentPolicy {
    /// Whether recipients are asked before they get a stored file.
    pub consent_stored: Consent,
    /// The same for files that go from one to the other.
    pub consent_direct: Consent,
    pub send: SendMode,
    /// Bytes of one stored file, at most [`limits::STORED_MAX_BYTES`].
    pub stored_max_bytes: u64,
    /// Files of one participant in one session; absent = any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_files: Option<u32>,
    pub direct: DirectFiles,
    pub relay: RelayFiles,
    pub customer_attach: CustomerAttach,
    /// Extensions in lower case without the dot; absent = any file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub allowed_types: Option<Vec<String>>,
    pub retention: AttachmentRetention,
    /// Days that a transcript is kept; absent = for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub transcript_retention_days: Option<u32>,
    pub customer_transcript: CustomerTranscript,
}

/// How a recipient comes to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Consent {
    /// Accept or decline each offer.
    Ask,
    /// Accepting one offer accepts that sender for this session.
    AskOnce,
    /// Offered is accepted.
    Auto,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SendMode {
    /// Files wait in a tray until *Share*.
    Tray,
    /// A file goes the moment it is uploaded.
    Quick,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum DirectFiles {
    Allowed,
    Off,
}

/// Whether direct files may take the way through the portal, encrypted from end to end, where there is no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum RelayFiles {
    Allowed,
    Off,
}

/// When customers may send files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum CustomerAttach {
    /// Once they have written something.
    AfterFirstMessage,
    Always,
    Never,
}

/// How long files stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum AttachmentRetention {
    /// For so many days, or for ever.
    Keep {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        days: Option<u32>,
    },
    /// Until the session ends.
    SessionOnly,
}

/// Whether customers get the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum CustomerTranscript {
    No,
    OnRequest,
}

impl Default for AttachmentPolicy {
    /// The defaults of the product's rows.
    fn default() -> Self {
        Self {
            consent_stored: Consent::Auto,
            consent_direct: Consent::Ask,
            send: SendMode::Tray,
            stored_max_bytes: limits::STORED_MAX_BYTES,
            max_files: None,
            direct: DirectFiles::Allowed,
            relay: RelayFiles::Allowed,
            customer_attach: CustomerAttach::AfterFirstMessage,
            allowed_types: None,
            retention: AttachmentRetention::Keep { days: None },
            transcript_retention_days: None,
            customer_transcript: CustomerTranscript::No,
        }
    }
}

impl AttachmentPolicy {
    /// Whether somebody in `role` may send files; `has_written` is whether they wrote a message in the session.
    ///
    /// # Errors
    /// `attach_not_allowed`, `attach_after_message`.
    pub fn may_attach(&self, role: ParticipantRole, has_written: bool) -> Result<(), ErrorCode> {
        match (role, self.customer_attach) {
            (ParticipantRole::Technician, _) | (_, CustomerAttach::Always) => Ok(()),
            (_, CustomerAttach::Never) => Err(ErrorCode::AttachNotAllowed),
            (_, CustomerAttach::AfterFirstMessage) if has_written => Ok(()),
            (_, CustomerAttach::AfterFirstMessage) => Err(ErrorCode::AttachAfterMessage),
        }
    }

    /// Whether a stored file of `size` bytes called `name` may be sent. What it is called can lie; the portal looks inside as
    /// well.
    ///
    /// # Errors
    /// `file_empty`, `file_too_large`, `file_type_not_allowed`.
    pub fn accepts(&self, name: &str, size: u64) -> Result<(), ErrorCode> {
        if size == 0 {
            return Err(ErrorCode::FileEmpty);
        }
        if size > self.stored_max_bytes.min(limits::STORED_MAX_BYTES) {
            return Err(ErrorCode::FileTooLarge);
        }
        if self.allows(&extension(name)) { Ok(()) } else { Err(ErrorCode::FileTypeNotAllowed) }
    }

    /// Whether a direct file or folder called `name` may be sent. A folder has no type.
    ///
    /// # Errors
    /// `direct_not_allowed`, `file_type_not_allowed`.
    pub fn accepts_direct(&self, name: &str, kind: DirectKind) -> Result<(), ErrorCode> {
        if self.direct == DirectFiles::Off {
            return Err(ErrorCode::DirectNotAllowed);
        }
        let fits = kind == DirectKind::Folder || self.allows(&extension(name));
        if fits { Ok(()) } else { Err(ErrorCode::FileTypeNotAllowed) }
    }

    /// Whether files with this extension, in lower case, may be sent.
    #[must_use]
    pub fn allows(&self, extension: &str) -> bool {
        self.allowed_types.as_ref().is_none_or(|types| types.iter().any(|allowed| allowed == extension))
    }

    /// The first field whose value is outside its limits, if there is one.
    #[must_use]
    pub fn invalid_field(&self) -> Option<&'static str> {
        let days_fit = |days: Option<u32>| days.is_none_or(|d| (1..=limits::RETENTION_MAX_DAYS).contains(&d));
        let kept = match self.retention {
            AttachmentRetention::Keep { days } => days,
            AttachmentRetention::SessionOnly => None,
        };
        let types_fit = self.allowed_types.as_ref().is_none_or(|types| {
            (1..=limits::ALLOWED_TYPES_MAX).contains(&types.len()) && types.iter().all(|t| is_extension(t))
        });
        [
            ((1..=limits::STORED_MAX_BYTES).contains(&self.stored_max_bytes), "attachments.stored_max_bytes"),
            (self.max_files != Some(0), "attachments.max_files"),
            (types_fit, "attachments.allowed_types"),
            (days_fit(kept), "attachments.retention"),
            (days_fit(self.transcript_retention_days), "attachments.transcript_retention_days"),
        ]
        .into_iter()
        .find_map(|(fits, field)| (!fits).then_some(field))
    }
}

/// What stands behind the last dot of a file's name, in lower case; empty where there is none, or nothing before it.
#[must_use]
pub fn extension(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension.to_lowercase(),
        _ => String::new(),
    }
}

fn is_extension(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() && c.to_lowercase().eq([c]) || matches!(c, '-' | '_' | '+');
    (1..=limits::EXTENSION_MAX_CHARS).contains(&text.chars().count()) && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ParticipantRole::{Customer, Technician};

    /// N10: customers attach nothing before their first message, unless the organisation says otherwise.
    #[test]
    fn who_may_attach() {
        use CustomerAttach::{AfterFirstMessage, Always, Never};
        for (customer_attach, role, has_written, expected) in [
            (AfterFirstMessage, Customer, false, Err(ErrorCode::AttachAfterMessage)),
            (AfterFirstMessage, Customer, true, Ok(())),
            (AfterFirstMessage, Technician, false, Ok(())),
            (Always, Customer, false, Ok(())),
            (Never, Customer, true, Err(ErrorCode::AttachNotAllowed)),
            (Never, Technician, false, Ok(())),
        ] {
            let policy = AttachmentPolicy { customer_attach, ..AttachmentPolicy::default() };
            let outcome = policy.may_attach(role, has_written);
            assert_eq!(outcome, expected, "{customer_attach:?} {role:?} {has_written}");
        }
    }

    /// N05 N06 Z18: size and type, told by name and length alone.
    #[test]
    fn which_files_are_accepted() {
        let all = AttachmentPolicy { stored_max_bytes: 100, ..AttachmentPolicy::default() };
        let some = AttachmentPolicy {
            allowed_types: Some(vec!["pdf".into(), "gz".into()]),
            ..AttachmentPolicy::default()
        };
        for (policy, name, size, expected) in [
            (&all, "anything.exe", 100, Ok(())),
            (&all, "no extension", 1, Ok(())),
            (&all, "a.pdf", 101, Err(ErrorCode::FileTooLarge)),
            (&all, "a.pdf", 0, Err(ErrorCode::FileEmpty)),
            (&some, "Report.PDF", 1, Ok(())),
            (&some, "a.tar.gz", 1, Ok(())),
            (&some, "a.pdf.exe", 1, Err(ErrorCode::FileTypeNotAllowed)),
            (&some, "pdf", 1, Err(ErrorCode::FileTypeNotAllowed)),
            (&some, ".pdf", 1, Err(ErrorCode::FileTypeNotAllowed)),
            (&some, "a.pdf", limits::STORED_MAX_BYTES + 1, Err(ErrorCode::FileTooLarge)),
        ] {
            assert_eq!(policy.accepts(name, size), expected, "{name} {size}");
        }
    }

    #[test]
    fn policies_are_checked() {
        let fine = AttachmentPolicy::default;
        let types = |types: &[&str]| Some(types.iter().map(|t| (*t).to_owned()).collect());
        let days = |days| AttachmentRetention::Keep { days: Some(days) };
        for (policy, field) in [
            (fine(), None),
            (AttachmentPolicy { allowed_types: types(&["pdf", "c++", "7z"]), ..fine() }, None),
            (AttachmentPolicy { stored_max_bytes: 0, ..fine() }, Some("attachments.stored_max_bytes")),
            (
                AttachmentPolicy { stored_max_bytes: limits::STORED_MAX_BYTES + 1, ..fine() },
                Some("attachments.stored_max_bytes"),
            ),
            (AttachmentPolicy { max_files: Some(0), ..fine() }, Some("attachments.max_files")),
            (AttachmentPolicy { allowed_types: types(&[]), ..fine() }, Some("attachments.allowed_types")),
            (
                AttachmentPolicy { allowed_types: types(&[".pdf"]), ..fine() },
                Some("attachments.allowed_types"),
            ),
            (
                AttachmentPolicy { allowed_types: types(&["PDF"]), ..fine() },
                Some("attachments.allowed_types"),
            ),
            (AttachmentPolicy { allowed_types: types(&[""]), ..fine() }, Some("attachments.allowed_types")),
            (AttachmentPolicy { retention: days(0), ..fine() }, Some("attachments.retention")),
            (AttachmentPolicy { retention: days(1), ..fine() }, None),
            (
                AttachmentPolicy { transcript_retention_days: Some(u32::MAX), ..fine() },
                Some("attachments.transcript_retention_days"),
            ),
        ] {
            assert_eq!(policy.invalid_field(), field, "{policy:?}");
        }
    }
}
