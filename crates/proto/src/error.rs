//! Errors on the wire: a stable code for machines and a sentence for people.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $sentence:literal;)+) => {
        /// What went wrong. The texts are stable: clients, logs and documents rely on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
        #[ts(export)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $text)] $name,)+
        }

        // Not derived: a derive that is called by a macro does not see the texts.
        impl utoipa::PartialSchema for ErrorCode {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let texts = Self::ALL.iter().map(|known| known.as_str());
                let schema = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::String);
                schema.enum_values(Some(texts)).into()
            }
        }

        impl ToSchema for ErrorCode {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed("ErrorCode")
            }
        }

        impl ErrorCode {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// HTTP status of an answer that carries it.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }

            /// Plain English: what happened and what to do next.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),+ }
            }
        }
    };
}

codes! {
    /// A frame or body that cannot be read.
    Malformed = "malformed", 400, "The portal could not read that request. Update the app and try again.";
    /// A field has a value outside its limits.
    InvalidInput = "invalid_input", 422, "Something in that form is not right. Check it and try again.";
    NotSignedIn = "not_signed_in", 401, "You are signed out. Sign in again to go on.";
    /// One answer for a wrong address and for a wrong password.
    WrongCredentials = "wrong_credentials", 401, "The e-mail address or the password is wrong. Check both and try again.";
    Forbidden = "forbidden", 403, "You may not do that here. Ask an admin of your organisation if you need it.";
    NotFound = "not_found", 404, "That is not here, or not any more. Go back and look again.";
    /// Join codes and links that were never given, are used up or are over: one answer for all.
    JoinCodeInvalid = "join_code_invalid", 404, "That code does not work, or not any more. Ask your technician for a new one.";
    WaitingForAdmission = "waiting_for_admission", 403, "Your technician has not let you in yet. Please wait a moment.";
    RemovedFromSession = "removed_from_session", 403, "You are no longer in this session. Ask your technician if you think this is a mistake.";
    SessionEnded = "session_ended", 409, "This session has ended. Your unsent text is kept, so that you can copy it.";
    /// Deleting what still goes on, or whose transcript is being written.
    SessionNotOver = "session_not_over", 409, "This session is not over yet. End it, and try again in a moment.";
    /// Deleting what an admin holds.
    SessionHeld = "session_held", 409, "This session is on hold and cannot be deleted. Release it first.";
    /// The organisation gives customers no copy.
    TranscriptNotGiven = "transcript_not_given", 403, "Your organisation does not give copies of conversations. Ask your technician if you need one.";
    TooManyRequests = "too_many_requests", 429, "That was too often. Wait a minute and try again.";
    /// Cross-site requests and sockets (research S23).
    WrongOrigin = "wrong_origin", 403, "That request came from another site and was refused.";
    FrameTooLarge = "frame_too_large", 413, "That message is too long. Send it in parts, or as a file.";
    MessageTooLong = "message_too_long", 422, "That message is too long. Send it in parts, or as a file.";
    MessageEmpty = "message_empty", 422, "There is nothing in that message. Write something or attach a file.";
    /// The message to change or react to was deleted, or is no message.
    MessageGone = "message_gone", 409, "That message was deleted. Nothing was changed.";
    NotYourMessage = "not_your_message", 403, "Only the person who wrote that message can change it.";
    ChangeNotAllowed = "change_not_allowed", 403, "Your organisation does not allow that. Write a new message instead.";
    ChangeTooLate = "change_too_late", 403, "That message is too old to be changed. Write a new message instead.";
    ShortcutTaken = "shortcut_taken", 409, "Another text has that shortcut. Choose a different one.";
    TooManyReplies = "too_many_replies", 409, "There are as many texts as there can be. Delete one you no longer need.";
    BotNameTaken = "bot_name_taken", 409, "Another bot has that name. Choose a different one.";
    TooManyBots = "too_many_bots", 409, "There are as many bots as there can be. Delete one you no longer need.";
    /// Somebody else saved the draft meanwhile.
    DraftChanged = "draft_changed", 409, "Somebody else has changed this draft. Load it again; your version can be exported first.";
    FlowNotReady = "flow_not_ready", 409, "This flow cannot be published yet. Look at the marked steps.";
    FileTooLarge = "file_too_large", 413, "That file is larger than this organisation allows. Send a smaller one.";
    FileNameInvalid = "file_name_invalid", 422, "That file's name cannot be used. Rename the file and try again.";
    FileEmpty = "file_empty", 422, "That file is empty. Check it and choose it again.";
    /// The organisation's list of types does not name it, or what is inside is something else than its name says.
    FileTypeNotAllowed = "file_type_not_allowed", 422, "Your organisation does not allow files of that type here. Send another one.";
    AttachNotAllowed = "attach_not_allowed", 403, "Customers cannot send files here. Ask your technician for another way.";
    /// Row N10.
    AttachAfterMessage = "attach_after_message", 403, "Write a message first. Then you can send files.";
    /// As many files of one person in one session as the organisation allows.
    TooManyFiles = "too_many_files", 409, "You have sent as many files as this organisation allows in one session.";
    /// The session's, person's or organisation's share of the storage is used up.
    QuotaExceeded = "quota_exceeded", 507, "There is no room left for files here. Ask an admin of your organisation to make some.";
    ChecksumMismatch = "checksum_mismatch", 460, "A piece of the file was damaged on its way. It is sent again by itself.";
    /// The organisation has switched direct files off.
    DirectNotAllowed = "direct_not_allowed", 403, "Your organisation does not allow files to be sent directly. Send a smaller file, or ask an admin.";
    /// The organisation or the portal has switched the relay off.
    RelayNotAllowed = "relay_not_allowed", 403, "There is no direct way to the other side, and this portal does not relay files. Try another network.";
    /// Row Z02.
    CapturesNotAllowed = "captures_not_allowed", 403, "Only technicians can add snapshots and recordings. Send it as a file instead.";
    CaptureTooLate = "capture_too_late", 403, "It is too late for you to take that back. Ask an admin of your organisation.";
    /// The recipient has answered, or the file is offered no longer.
    AnswerTooLate = "answer_too_late", 409, "That file is not offered to you any more.";
    UploadOffsetMismatch = "upload_offset_mismatch", 409, "The upload continues at another place. It goes on by itself.";
    UploadLocked = "upload_locked", 423, "That file is being uploaded already. Wait until it is done.";
    UploadIncomplete = "upload_incomplete", 409, "That file is not uploaded completely yet. Wait until it is done.";
    AttachmentUnknown = "attachment_unknown", 422, "One of the files is not here any more. Attach it again.";
    UnsupportedProtocol = "unsupported_protocol", 426, "This app and the portal do not fit together. Update the app.";
    /// The connection was too slow to take what it was sent; it resumes from its last seq.
    SlowConsumer = "slow_consumer", 408, "The connection was too slow and starts again. Nothing is lost.";
    HelloExpected = "hello_expected", 400, "The portal could not read that request. Update the app and try again.";
    /// Links of invitations that were never given, are used up, taken back or over: one answer for all.
    InvitationInvalid = "invitation_invalid", 404, "That invitation does not work, or not any more. Ask an admin of the organisation for a new one.";
    AlreadyMember = "already_member", 409, "That person belongs to this organisation already. Change their role, or reactivate them.";
    /// Links for a new password that were never given, are used up or over: one answer for all.
    ResetInvalid = "reset_invalid", 404, "That link does not work, or not any more. Ask for a new one.";
    AccountDeactivated = "account_deactivated", 403, "This account is deactivated. Ask an admin of your organisation to reactivate it.";
    /// Taking rights from oneself.
    NotToYourself = "not_to_yourself", 409, "You cannot do that to yourself. Ask another admin of your organisation.";
    LastSuperAdmin = "last_super_admin", 409, "That is the last super admin. Make somebody else super admin first.";
    /// The portal has no mail server.
    MailNotSetUp = "mail_not_set_up", 409, "This portal cannot send e-mail. Pass the link on yourself, or ask an admin for one.";
    SetUpClosed = "set_up_closed", 403, "This portal is set up already. Sign in instead.";
    EmailTaken = "email_taken", 409, "Somebody with that e-mail address is here already. Sign in instead.";
    PasswordTooWeak = "password_too_weak", 422, "That password is too easy to guess. Take at least 12 characters that are not your name.";
    StorageFull = "storage_full", 507, "The portal's disk is full. Tell an admin of your organisation.";
    TranscriptNotReady = "transcript_not_ready", 409, "The transcript is being written. Try again in a moment.";
    Unavailable = "unavailable", 503, "The portal is busy or restarting. It is tried again by itself.";
    Internal = "internal", 500, "Something went wrong in the portal. Try again; if it stays, tell an admin of your organisation.";
}

/// The body of every answer that is an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema, thiserror::Error)]
#[error("{message} [{}]", code.as_str())]
#[ts(export)]
pub struct WireError {
    pub code: ErrorCode,
    pub message: String,
    /// The field of the request it is about, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub field: Option<String>,
}

impl From<ErrorCode> for WireError {
    fn from(code: ErrorCode) -> Self {
        Self { code, message: code.sentence().to_owned(), field: None }
    }
}

impl WireError {
    /// `code`, about `field` of the request.
    #[must_use]
    pub fn about(code: ErrorCode, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..code.into() }
    }
}
