//! A backup's view of a store: the database as it was at one moment, and the files that it named then.

use async_trait::async_trait;
use deskside_proto::{AttachmentId, OrgId, SessionId};

use crate::StoreError;

/// A file whose bytes the portal has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAttachment {
    pub org: OrgId,
    pub session: SessionId,
    pub id: AttachmentId,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    pub has_thumbnail: bool,
}

/// A sealed session's transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTranscript {
    pub org: OrgId,
    pub session: SessionId,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
}

/// The database as it was at one moment, whatever is written meanwhile. Lists come by pages in the order of their ids.
#[async_trait]
pub trait Snapshot: Send {
    async fn attachments(
        &mut self,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<KeptAttachment>, StoreError>;

    async fn transcripts(
        &mut self,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<KeptTranscript>, StoreError>;
}
