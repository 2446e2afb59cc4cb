//! Bots of an organisation: their drafts, what is published of them, and their secrets. The rules for every backend.

use async_trait::async_trait;
use deskside_proto::{
    BotId, ErrorCode, Flow, Millis, OrgId, OrgRole, SecretId, UserId,
    api::{AuditAction, BotSettings, BotVersion},
    limits::BOTS_MAX,
};

use crate::StoreError;

/// A bot without its flows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotRecord {
    pub id: BotId,
    pub name: String,
    pub settings: BotSettings,
    /// Steps of the draft.
    pub steps: u32,
    /// Counts the saves of the draft, from 0 on.
    pub revision: u64,
    pub changed_at: Millis,
    pub published: Option<PublishedFlow>,
}

/// What customers meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedFlow {
    pub version: BotVersion,
    /// Of the draft that it was.
    pub revision: u64,
}

/// A bot as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotDraft {
    pub bot: BotRecord,
    pub draft: Flow,
    /// Newest first.
    pub versions: Vec<BotVersion>,
    pub secrets: Vec<SecretId>,
}

/// A value that only the portal's key opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    pub org: OrgId,
    pub bot: BotId,
    pub id: SecretId,
    pub sealed: Vec<u8>,
}

/// Something that somebody wishes to be done with a bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotChange {
    pub org: OrgId,
    pub bot: BotId,
    pub by: UserId,
    pub at: Millis,
    pub wish: BotWish,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BotWish {
    /// A new one with an empty draft, under a fresh id.
    Create {
        name: String,
        settings: BotSettings,
    },
    Update {
        name: String,
        settings: BotSettings,
    },
    /// Puts `flow` in the place of the draft of `revision`.
    SaveDraft {
        flow: Flow,
        revision: u64,
    },
    /// The draft of `revision` becomes the next version, and what customers meet. Whether it has problems has been asked.
    Publish {
        revision: u64,
    },
    /// Customers meet it no longer; nothing happens where they do not.
    Withdraw,
    /// With its flows and secrets.
    Delete,
}

/// What a [`BotChange`] meets, read in the transaction that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotStanding {
    /// The caller's role in the organisation; `None` for others.
    pub role: Option<OrgRole>,
    /// Name and revision, where the organisation has the bot.
    pub found: Option<(String, u64)>,
    /// Another bot of the organisation has [`BotChange::name_key`].
    pub is_taken: bool,
    /// The organisation's bots.
    pub count: u64,
}

impl BotChange {
    /// What names are compared by; empty, which no name is, where the change gives none.
    #[must_use]
    pub fn name_key(&self) -> String {
        match &self.wish {
            BotWish::Create { name, .. } | BotWish::Update { name, .. } => name.to_lowercase(),
            _ => String::new(),
        }
    }

    /// Whether it may be made.
    ///
    /// # Errors
    /// `not_found` (no member, or no such bot), `forbidden` (no admin), `bot_name_taken`, `too_many_bots`, `draft_changed`.
    pub fn check(&self, standing: &BotStanding) -> Result<(), ErrorCode> {
        if !standing.role.ok_or(ErrorCode::NotFound)?.manages() {
            return Err(ErrorCode::Forbidden);
        }
        let revision = match (&self.wish, &standing.found) {
            (BotWish::Create { .. }, _) => {
                let full = standing.count >= BOTS_MAX as u64;
                return match standing.is_taken {
                    true => Err(ErrorCode::BotNameTaken),
                    false if full => Err(ErrorCode::TooManyBots),
                    false => Ok(()),
                };
            }
            (_, None) => return Err(ErrorCode::NotFound),
            (_, Some((_, revision))) => *revision,
        };
        match self.wish {
            BotWish::SaveDraft { revision: of, .. } | BotWish::Publish { revision: of } if of != revision => {
                Err(ErrorCode::DraftChanged)
            }
            _ if standing.is_taken => Err(ErrorCode::BotNameTaken),
            _ => Ok(()),
        }
    }

    /// What the audit log says of it, and of what; saving a draft is no news.
    #[must_use]
    pub fn note(&self, standing: &BotStanding) -> Option<(AuditAction, String)> {
        let known = || standing.found.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
        Some(match &self.wish {
            BotWish::Create { name, .. } => (AuditAction::BotCreated, name.clone()),
            BotWish::Update { name, .. } => (AuditAction::BotChanged, name.clone()),
            BotWish::SaveDraft { .. } => return None,
            BotWish::Publish { .. } => (AuditAction::BotPublished, known()),
            BotWish::Withdraw => (AuditAction::BotWithdrawn, known()),
            BotWish::Delete => (AuditAction::BotDeleted, known()),
        })
    }
}

/// The bots' part of the store. What is asked on somebody's behalf is for those who manage the organisation: `forbidden` for other
/// members, `not_found` for everybody else and for what is not there.
#[async_trait]
pub trait BotStore: Send + Sync + 'static {
    /// By name.
    async fn bots(&self, user: UserId, org: OrgId) -> Result<Result<Vec<BotRecord>, ErrorCode>, StoreError>;
    async fn bot(
        &self,
        user: UserId,
        org: OrgId,
        bot: BotId,
    ) -> Result<Result<BotDraft, ErrorCode>, StoreError>;
    /// The flow as it was published.
    async fn bot_version(
        &self,
        user: UserId,
        org: OrgId,
        bot: BotId,
        version: u32,
    ) -> Result<Result<Flow, ErrorCode>, StoreError>;
    /// Does what [`BotChange::check`] allows, with its note in the audit log, in one transaction.
    async fn change_bot(&self, change: BotChange) -> Result<Result<(), ErrorCode>, StoreError>;
    /// Keeps a secret of a bot.
    async fn add_bot_secret(
        &self,
        user: UserId,
        secret: SealedSecret,
        at: Millis,
    ) -> Result<Result<(), ErrorCode>, StoreError>;
    /// A secret of a bot; not on anybody's behalf.
    async fn bot_secret(&self, bot: BotId, secret: SecretId) -> Result<Option<SealedSecret>, StoreError>;
    /// Every secret after `after`, by id, at most `limit`; not on anybody's behalf.
    async fn bot_secrets(&self, after: Option<SecretId>, limit: u32)
    -> Result<Vec<SealedSecret>, StoreError>;
    /// The same secrets under another key, in one transaction; those that are gone by now stay gone.
    async fn reseal_bot_secrets(&self, secrets: Vec<SealedSecret>) -> Result<(), StoreError>;
}
