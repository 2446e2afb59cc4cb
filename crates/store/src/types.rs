//! Records and requests of the [`Store`](crate::Store).

use deskside_proto::{
    Attachment, AttachmentId, AttachmentState, CaptureKind, ChatPolicy, DeviceId, DirectFile, DirectKind,
    Event, EventBody, EventId, Millis, OrgId, OrgRole, OrgSettings, Participant, ParticipantId,
    ParticipantRole, ParticipantState, ReadMark, Seq, SessionId, ThumbnailSize, TxnId, UploadId, UserId,
    Visibility, WithdrawReason,
    api::{ClientKind, JoinKind, SessionState},
};

use crate::{OfferAnswer, OfferRules, UploadLimits};

/// SHA-256 of a secret: tokens, codes and links are kept only like this.
pub type SecretHash = [u8; 32];

/// On whose behalf something is read or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A signed-in person; what they may see follows from their membership in the session's organisation.
    User(UserId),
    /// A customer, whose token is good for one session.
    Guest { session: SessionId, participant: ParticipantId },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrg {
    pub id: OrgId,
    pub name: String,
    pub at: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    pub id: UserId,
    /// As typed; compared in lower case.
    pub email: String,
    pub name: String,
    /// PHC string (argon2id).
    pub password_hash: String,
    pub at: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
}

/// A sign-in on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    pub hash: SecretHash,
    pub user: UserId,
    pub device: DeviceId,
    pub client: ClientKind,
    /// What it says it is, on one line. Empty: it is told when it is seen next.
    pub label: String,
    /// An IP address.
    pub address: Option<String>,
    pub created_at: Millis,
    pub expires_at: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgRecord {
    pub id: OrgId,
    pub name: String,
    pub settings: OrgSettings,
}

/// A code or link that leads into a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinSecret {
    pub hash: SecretHash,
    pub kind: JoinKind,
    pub expires_at: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    pub id: SessionId,
    pub org: OrgId,
    pub created_by: UserId,
    pub title: String,
    pub at: Millis,
    pub secrets: Vec<JoinSecret>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    pub id: SessionId,
    pub org: OrgId,
    pub org_name: String,
    pub settings: OrgSettings,
    pub title: String,
    pub state: SessionState,
    pub created_at: Millis,
    pub ended_at: Option<Millis>,
    pub participants: Vec<Participant>,
    pub head: Seq,
    /// How far those have read who have read anything, in the order of `participants`.
    pub read: Vec<ReadMark>,
    /// In lists: what others said after the caller's own mark, at most [`deskside_proto::api::UNREAD_MAX`].
    pub unread: u32,
}

/// Which sessions of an organisation to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionFilter {
    Open,
    /// Ended or sealed.
    Closed,
}

/// Where a code or link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinTarget {
    pub session: SessionId,
    pub org_name: String,
    pub settings: OrgSettings,
    pub kind: JoinKind,
    pub expires_at: Millis,
}

/// One event to be added to a session's log, with everything that must happen in the same commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    pub session: SessionId,
    pub id: EventId,
    /// `None` = the portal itself.
    pub sender: Option<ParticipantId>,
    /// The sender's name for it: the same `(session, sender, txn_id)` again changes nothing and returns the first seq.
    pub txn_id: Option<TxnId>,
    pub at: Millis,
    pub visibility: Visibility,
    pub body: EventBody,
    pub effects: Vec<Effect>,
}

/// What commits with an event. Each is checked in the transaction; where one cannot be done the whole append is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Uses up a join secret: a code goes, a link stays. Refused (`join_code_invalid`) where it is unknown, expired at
    /// `Append::at`, or of another session.
    UseJoinSecret { hash: SecretHash },
    /// Adds a participant; `token` is a customer's narrow token. Refused for a user who is in the session already, and for an
    /// id or token that is taken (`invalid_input`). Who is admitted by it has accepted (consent `auto`) or is
    /// asked (any other) what was offered before.
    AddParticipant { participant: Participant, token: Option<SecretHash> },
    /// Moves a participant. Refused (`not_found`) where there is no such participant in the session or `from` differs. Who is
    /// admitted by it has accepted (consent `auto`) what was offered before.
    SetParticipantState { participant: ParticipantId, from: ParticipantState, to: ParticipantState },
    /// Turns complete uploads and direct files of `Append::sender` in this session into offered attachments, in this order, and
    /// puts them into the message (`attachments` and `offer` of `EventBody::MessagePosted` are filled by the store). Every other
    /// participant who is admitted and may see the event gets the state of [`crate::offers::at_offer`]. Refused with
    /// `attachment_unknown` (not there, not the sender's, offered before), `upload_incomplete`, as [`OfferRules::consent`] says, or,
    /// for another kind of event, `invalid_input`.
    OfferAttachments { attachments: Vec<AttachmentId>, rules: OfferRules },
    /// Puts down what `Append::sender`, in role `by`, says of files of the message at `target`; the event gets its visibility. Refused
    /// with `message_gone`, `attachment_unknown` (not of that message, or not offered to the sender), or as
    /// [`crate::offers::OfferAnswer::apply`] says.
    AnswerOffer { target: Seq, by: ParticipantRole, attachments: Vec<AttachmentId>, answer: OfferAnswer },
    /// Takes offered files of the message at `target` back from all who have not received them: the bytes have to go. The event gets
    /// the message's visibility. Refused with `message_gone`, `not_your_message` (`Append::sender` is somebody else than the
    /// message's; the portal itself may) or `attachment_unknown`.
    WithdrawAttachments { target: Seq, attachments: Vec<AttachmentId>, reason: WithdrawReason },
    /// Changes an earlier message as [`MessageChange::apply`] says. In the same commit the stored message is rewritten, the texts
    /// of its earlier edits are taken out of the log, and files that it no longer names are withdrawn; where `keep_history`, the
    /// earlier body goes to the history that only admins see. The event gets the message's visibility. Refused as `apply` says.
    ChangeMessage { target: Seq, by: ParticipantRole, change: MessageChange, keep_history: bool },
    /// Checks that there is a message to react to, which `by` may see; the event gets its visibility. Refused (`message_gone`)
    /// otherwise.
    ReactTo { target: Seq, by: ParticipantRole },
    /// Ends the session: state `ended`, codes and links gone, what was not answered is offered no longer,
    /// what all have declined is withdrawn. Refused (`session_ended`) where it is over already.
    EndSession,
}

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageChange {
    Edit { text: String, chat: ChatPolicy },
    Delete { chat: ChatPolicy },
}

/// Somebody has read everything up to `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadPosition {
    pub session: SessionId,
    pub participant: ParticipantId,
    pub seq: Seq,
}

/// What one commit writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    pub appends: Vec<Append>,
    pub reads: Vec<ReadPosition>,
}

/// An attachment whose bytes have to go, wherever they are: staged, stored, as a thumbnail. Its session may be gone already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WithdrawnFile {
    pub org: OrgId,
    pub session: SessionId,
    pub attachment: AttachmentId,
    pub upload: UploadId,
}

/// Files of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedFiles {
    pub session: SessionId,
    pub seq: Seq,
    pub attachments: Vec<AttachmentId>,
}

/// An append that is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    pub event: Event,
    /// It was in the log before: the sender is told again, nobody else is.
    pub duplicate: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUpload {
    pub id: UploadId,
    pub attachment: AttachmentId,
    pub session: SessionId,
    pub participant: ParticipantId,
    pub name: String,
    /// Bytes, as announced.
    pub size: u64,
    pub at: Millis,
    pub limits: UploadLimits,
    /// A technician made it of the screen.
    pub capture: Option<CaptureKind>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRecord {
    pub id: UploadId,
    pub attachment: AttachmentId,
    pub session: SessionId,
    pub org: OrgId,
    pub participant: ParticipantId,
    pub name: String,
    pub size: u64,
    /// Bytes known to be safe on disk.
    pub offset: u64,
    pub state: AttachmentState,
    pub capture: Option<CaptureKind>,
}

/// A file or folder that is to go from its sender to others without the portal: its name, and no bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDirect {
    pub attachment: AttachmentId,
    pub session: SessionId,
    pub participant: ParticipantId,
    pub name: String,
    /// Bytes, as announced.
    pub size: u64,
    pub direct: DirectFile,
    pub at: Millis,
    /// Its quotas do not count: nothing is stored.
    pub limits: UploadLimits,
}

impl NewDirect {
    /// What its attachment is called in place of a type that nobody has looked at.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        match self.direct.kind {
            DirectKind::File => "application/octet-stream",
            DirectKind::Folder => "inode/directory",
        }
    }
}

/// What the portal found out about a complete upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadDigest {
    /// Lower-case hex.
    pub sha256: String,
    pub media_type: String,
    pub thumbnail: Option<ThumbnailSize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentRecord {
    pub org: OrgId,
    /// A member of the organisation reads it who is not in the room: that is remembered.
    pub from_outside: bool,
    pub session: SessionId,
    pub sender: ParticipantId,
    pub state: AttachmentState,
    pub attachment: Attachment,
}

/// Whether a caller gets an attachment's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachmentAccess {
    Granted(AttachmentRecord),
    /// It exists, and the caller's token is for another session, or the caller has not accepted it (row N14).
    Forbidden,
    /// Not there (not yet, not any more), or in a session that the signed-in caller may not see.
    NotFound,
}

/// A sealed transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptRecord {
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    pub sealed_at: Millis,
}

/// A membership to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewMembership {
    pub org: OrgId,
    pub user: UserId,
    pub role: OrgRole,
}
