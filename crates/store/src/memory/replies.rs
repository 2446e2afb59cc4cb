//! Canned replies.

use deskside_proto::{OrgId, UserId, api::CannedReply};

use super::state::State;
use crate::{ReplyChange, ReplyOutcome, ReplyStanding};

impl State {
    pub(super) fn canned_replies(&self, user: UserId, org: OrgId) -> Option<Vec<CannedReply>> {
        self.memberships.get(&(org, user))?;
        let mut replies: Vec<CannedReply> = self.replies_of(org).cloned().collect();
        replies.sort_by_key(|reply| reply.shortcut.to_lowercase());
        Some(replies)
    }

    pub(super) fn change_canned_reply(
        &mut self,
        user: UserId,
        org: OrgId,
        change: ReplyChange,
    ) -> ReplyOutcome {
        let (id, key) = (change.id(), change.shortcut_key());
        let outcome = change.outcome(ReplyStanding {
            role: self.memberships.get(&(org, user)).copied(),
            exists: self.replies.contains_key(&(org, id)),
            is_taken: self
                .replies_of(org)
                .any(|other| other.id != id && other.shortcut.to_lowercase() == key),
            count: self.replies_of(org).count() as u64,
        });
        if outcome == ReplyOutcome::Done {
            match change {
                ReplyChange::Create(reply) | ReplyChange::Update(reply) => {
                    self.replies.insert((org, id), reply)
                }
                ReplyChange::Delete(_) => self.replies.remove(&(org, id)),
            };
        }
        outcome
    }

    fn replies_of(&self, org: OrgId) -> impl Iterator<Item = &CannedReply> {
        self.replies.iter().filter(move |((of, _), _)| *of == org).map(|(_, reply)| reply)
    }
}
