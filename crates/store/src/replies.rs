//! Canned replies: what may be changed, decided once for every backend.

use deskside_proto::{CannedReplyId, OrgRole, api::CannedReply, limits::CANNED_REPLIES_MAX};

/// What an admin wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyChange {
    /// A new one under a fresh id.
    Create(CannedReply),
    /// Other words for the one of this id. One that is gone stays gone.
    Update(CannedReply),
    Delete(CannedReplyId),
}

/// What became of a [`ReplyChange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyOutcome {
    Done,
    /// The caller is no member of the organisation, or it has no such reply.
    NotFound,
    /// The caller is a member and no admin.
    Forbidden,
    /// Another one has the shortcut.
    ShortcutTaken,
    /// The organisation has [`CANNED_REPLIES_MAX`] already.
    TooMany,
}

/// What a change meets, read in the transaction that makes it.
#[derive(Debug, Clone, Copy)]
pub struct ReplyStanding {
    /// The caller's role in the organisation; `None` for others.
    pub role: Option<OrgRole>,
    /// The organisation has a reply of the change's id.
    pub exists: bool,
    /// Another reply of the organisation has [`ReplyChange::shortcut_key`].
    pub is_taken: bool,
    /// The organisation's replies.
    pub count: u64,
}

impl ReplyChange {
    #[must_use]
    pub fn id(&self) -> CannedReplyId {
        match self {
            Self::Create(reply) | Self::Update(reply) => reply.id,
            Self::Delete(id) => *id,
        }
    }

    /// What shortcuts are compared by; empty, which no shortcut is, for a deletion.
    #[must_use]
    pub fn shortcut_key(&self) -> String {
        match self {
            Self::Create(reply) | Self::Update(reply) => reply.shortcut.to_lowercase(),
            Self::Delete(_) => String::new(),
        }
    }

    /// What becomes of it where it meets `standing`; only [`ReplyOutcome::Done`] changes anything.
    #[must_use]
    pub fn outcome(&self, standing: ReplyStanding) -> ReplyOutcome {
        let is_new = matches!(self, Self::Create(_));
        match standing.role {
            None => ReplyOutcome::NotFound,
            Some(role) if !role.manages() => ReplyOutcome::Forbidden,
            Some(_) if !is_new && !standing.exists => ReplyOutcome::NotFound,
            Some(_) if standing.is_taken => ReplyOutcome::ShortcutTaken,
            Some(_) if is_new && standing.count >= CANNED_REPLIES_MAX as u64 => ReplyOutcome::TooMany,
            Some(_) => ReplyOutcome::Done,
        }
    }
}
