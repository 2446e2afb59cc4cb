//! Bots.

use std::collections::BTreeMap;

use async_trait::async_trait;
use deskside_proto::{
    BotId, ErrorCode, Flow, Millis, OrgId, SecretId, UserId,
    api::{BotSettings, BotVersion},
};

use super::{MemoryStore, state::State};
use crate::{
    AuditEntry, BotChange, BotDraft, BotRecord, BotStanding, BotStore, BotWish, PublishedFlow, SealedSecret,
    StoreError,
};

#[derive(Debug)]
pub(super) struct KeptBot {
    name: String,
    settings: BotSettings,
    draft: Flow,
    revision: u64,
    changed_at: Millis,
    /// In order.
    versions: Vec<(BotVersion, Flow)>,
    published: Option<PublishedFlow>,
    secrets: BTreeMap<SecretId, Vec<u8>>,
}

#[async_trait]
impl BotStore for MemoryStore {
    async fn bots(&self, user: UserId, org: OrgId) -> Result<Result<Vec<BotRecord>, ErrorCode>, StoreError> {
        let state = self.state();
        Ok(state.may_manage(user, org).map(|()| {
            let mut bots: Vec<_> = state.bots_of(org).map(|(id, bot)| bot.record(id)).collect();
            bots.sort_by_key(|bot| bot.name.to_lowercase());
            bots
        }))
    }

    async fn bot(
        &self,
        user: UserId,
        org: OrgId,
        bot: BotId,
    ) -> Result<Result<BotDraft, ErrorCode>, StoreError> {
        let state = self.state();
        Ok(state.managed_bot(user, org, bot).map(|kept| BotDraft {
            bot: kept.record(bot),
            draft: kept.draft.clone(),
            versions: kept.versions.iter().rev().map(|(version, _)| version.clone()).collect(),
            secrets: kept.secrets.keys().copied().collect(),
        }))
    }

    async fn bot_version(
        &self,
        user: UserId,
        org: OrgId,
        bot: BotId,
        version: u32,
    ) -> Result<Result<Flow, ErrorCode>, StoreError> {
        let state = self.state();
        Ok(state.managed_bot(user, org, bot).and_then(|kept| {
            let found = kept.versions.iter().find(|(known, _)| known.version == version);
            found.map(|(_, flow)| flow.clone()).ok_or(ErrorCode::NotFound)
        }))
    }

    async fn change_bot(&self, change: BotChange) -> Result<Result<(), ErrorCode>, StoreError> {
        Ok(self.state().change_bot(change))
    }

    async fn add_bot_secret(
        &self,
        user: UserId,
        secret: SealedSecret,
        _at: Millis,
    ) -> Result<Result<(), ErrorCode>, StoreError> {
        let mut state = self.state();
        let SealedSecret { org, bot, id, sealed } = secret;
        if let Err(refused) = state.managed_bot(user, org, bot) {
            return Ok(Err(refused));
        }
        if let Some(kept) = state.bots.get_mut(&(org, bot)) {
            kept.secrets.insert(id, sealed);
        }
        Ok(Ok(()))
    }

    async fn bot_secret(&self, bot: BotId, secret: SecretId) -> Result<Option<SealedSecret>, StoreError> {
        let mut all = self.state().all_secrets();
        all.retain(|kept| kept.bot == bot && kept.id == secret);
        Ok(all.pop())
    }

    async fn bot_secrets(
        &self,
        after: Option<SecretId>,
        limit: u32,
    ) -> Result<Vec<SealedSecret>, StoreError> {
        let mut all = self.state().all_secrets();
        all.retain(|kept| after.is_none_or(|after| kept.id > after));
        all.truncate(limit as usize);
        Ok(all)
    }

    async fn reseal_bot_secrets(&self, secrets: Vec<SealedSecret>) -> Result<(), StoreError> {
        let mut state = self.state();
        for SealedSecret { org, bot, id, sealed } in secrets {
            let kept = state.bots.get_mut(&(org, bot)).and_then(|bot| bot.secrets.get_mut(&id));
            if let Some(kept) = kept {
                *kept = sealed;
            }
        }
        Ok(())
    }
}

impl KeptBot {
    fn record(&self, id: BotId) -> BotRecord {
        BotRecord {
            id,
            name: self.name.clone(),
            settings: self.settings.clone(),
            steps: u32::try_from(self.draft.steps.len()).unwrap_or(u32::MAX),
            revision: self.revision,
            changed_at: self.changed_at,
            published: self.published.clone(),
        }
    }

    fn publish(&mut self, by: String, at: Millis) {
        let newest = self.versions.last().map_or(0, |(version, _)| version.version);
        let version = BotVersion { version: newest + 1, at, by };
        self.versions.push((version.clone(), self.draft.clone()));
        self.published = Some(PublishedFlow { version, revision: self.revision });
    }
}

impl State {
    fn may_manage(&self, user: UserId, org: OrgId) -> Result<(), ErrorCode> {
        match self.memberships.get(&(org, user)) {
            Some(role) if role.manages() => Ok(()),
            Some(_) => Err(ErrorCode::Forbidden),
            None => Err(ErrorCode::NotFound),
        }
    }

    fn managed_bot(&self, user: UserId, org: OrgId, bot: BotId) -> Result<&KeptBot, ErrorCode> {
        self.may_manage(user, org)?;
        self.bots.get(&(org, bot)).ok_or(ErrorCode::NotFound)
    }

    fn bots_of(&self, org: OrgId) -> impl Iterator<Item = (BotId, &KeptBot)> {
        self.bots.iter().filter(move |((of, _), _)| *of == org).map(|((_, id), bot)| (*id, bot))
    }

    fn all_secrets(&self) -> Vec<SealedSecret> {
        let mut all = Vec::new();
        for ((org, bot), kept) in &self.bots {
            let secret = |(id, sealed): (&SecretId, &Vec<u8>)| SealedSecret {
                org: *org,
                bot: *bot,
                id: *id,
                sealed: sealed.clone(),
            };
            all.extend(kept.secrets.iter().map(secret));
        }
        all.sort_by_key(|secret| secret.id);
        all
    }

    fn change_bot(&mut self, change: BotChange) -> Result<(), ErrorCode> {
        let BotChange { org, bot, by, at, .. } = change;
        let key = change.name_key();
        let standing = BotStanding {
            role: self.memberships.get(&(org, by)).copied(),
            found: self.bots.get(&(org, bot)).map(|kept| (kept.name.clone(), kept.revision)),
            is_taken: self.bots_of(org).any(|(id, other)| id != bot && other.name.to_lowercase() == key),
            count: self.bots_of(org).count() as u64,
        };
        change.check(&standing)?;
        if let Some((action, subject)) = change.note(&standing) {
            let (actor, session, attachment) = (Some(by), None, None);
            self.audit.push(AuditEntry { org, at, actor, action, session, attachment, subject });
        }
        let name = self.users.get(&by).map(|user| user.name.clone()).unwrap_or_default();
        self.make_change(change, name);
        Ok(())
    }

    fn make_change(&mut self, change: BotChange, by: String) {
        let (at, key) = (change.at, (change.org, change.bot));
        if let BotWish::Create { name, settings } = change.wish {
            let draft = Flow::default();
            let (revision, changed_at, published) = (0, at, None);
            let (versions, secrets) = (Vec::new(), BTreeMap::new());
            let kept = KeptBot { name, settings, draft, revision, changed_at, versions, published, secrets };
            self.bots.insert(key, kept);
            return;
        }
        let Some(kept) = self.bots.get_mut(&key) else { return };
        match change.wish {
            BotWish::Create { .. } => {}
            BotWish::Update { name, settings } => {
                (kept.name, kept.settings, kept.changed_at) = (name, settings, at);
            }
            BotWish::SaveDraft { flow, .. } => {
                (kept.draft, kept.changed_at) = (flow, at);
                kept.revision += 1;
            }
            BotWish::Publish { .. } => kept.publish(by, at),
            BotWish::Withdraw => kept.published = None,
            BotWish::Delete => {
                self.bots.remove(&key);
            }
        }
    }
}
