//! Canned replies.

use deskside_proto::{CannedReplyId, OrgId, OrgRole, UserId, api::CannedReply, limits::CANNED_REPLIES_MAX};

use super::state::State;
use crate::PutReply;

impl State {
    pub(super) fn canned_replies(&self, user: UserId, org: OrgId) -> Option<Vec<CannedReply>> {
        self.memberships.get(&(org, user))?;
        let mut replies: Vec<CannedReply> = self.replies_of(org).cloned().collect();
        replies.sort_by_key(|reply| reply.shortcut.to_lowercase());
        Some(replies)
    }

    pub(super) fn put_canned_reply(&mut self, user: UserId, org: OrgId, reply: CannedReply) -> PutReply {
        if !self.manages(user, org) {
            return PutReply::Forbidden;
        }
        let key = reply.shortcut.to_lowercase();
        if self.replies_of(org).any(|other| other.id != reply.id && other.shortcut.to_lowercase() == key) {
            return PutReply::ShortcutTaken;
        }
        let is_new = !self.replies.contains_key(&(org, reply.id));
        if is_new && self.replies_of(org).count() >= CANNED_REPLIES_MAX {
            return PutReply::TooMany;
        }
        self.replies.insert((org, reply.id), reply);
        PutReply::Done
    }

    pub(super) fn delete_canned_reply(&mut self, user: UserId, org: OrgId, reply: CannedReplyId) -> bool {
        self.manages(user, org) && self.replies.remove(&(org, reply)).is_some()
    }

    fn replies_of(&self, org: OrgId) -> impl Iterator<Item = &CannedReply> {
        self.replies.iter().filter(move |((of, _), _)| *of == org).map(|(_, reply)| reply)
    }

    fn manages(&self, user: UserId, org: OrgId) -> bool {
        self.memberships.get(&(org, user)).copied().is_some_and(OrgRole::manages)
    }
}
