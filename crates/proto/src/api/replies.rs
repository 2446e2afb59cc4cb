//! Texts that technicians keep ready, one set for each organisation.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::CannedReplyId;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct CannedReply {
    pub id: CannedReplyId,
    /// Typed after `/`; one word, unique in the organisation in any case of letters.
    pub shortcut: String,
    pub text: String,
}

/// A canned reply as it is made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct CannedReplyInput {
    pub shortcut: String,
    pub text: String,
}

/// By shortcut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct CannedReplyList {
    pub replies: Vec<CannedReply>,
}
