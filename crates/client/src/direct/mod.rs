//! Direct transfers of an open session: joins [`deskside_direct`] to the session's driver, the portal, the vault and the journal.
//!
//! - [`desk`]: one task per session, beside its driver; opens the service when there is something to do.
//! - [`offer`]: names a file or folder to the portal, so that a message can offer it.
//! - [`relay`], [`ice`]: what the service asks of the portal.

mod desk;
mod ice;
mod offer;
mod relay;

use std::path::{Path, PathBuf};

use deskside_proto::{AttachmentId, Digest32, ParticipantId, Seq, Signal};

pub(crate) use self::desk::{Desk, Told};
pub use self::offer::{Look, look, offer, take_back};
use crate::vault::Vault;

/// What direct transfers need of this computer.
#[derive(Clone)]
pub struct SetUp {
    /// Keeps the keys that one proves oneself with to the other side.
    pub vault: Vault,
    /// Folder that received files go into.
    pub downloads: PathBuf,
}

impl SetUp {
    /// Keys for this run alone.
    #[must_use]
    pub fn fresh(downloads: &Path) -> Self {
        Self { vault: Vault::in_memory(), downloads: downloads.to_owned() }
    }
}

/// What a person asks of the transfers of a session. Without a peer: towards everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    Pause {
        attachment: AttachmentId,
        peer: Option<ParticipantId>,
    },
    Resume {
        attachment: AttachmentId,
        peer: Option<ParticipantId>,
    },
    /// For good; what has come of it is deleted.
    Cancel {
        attachment: AttachmentId,
        peer: Option<ParticipantId>,
    },
}

/// What the transfers ask of the session's driver.
#[derive(Debug)]
pub(crate) enum Wish {
    Signal {
        to: ParticipantId,
        signal: Signal,
    },
    /// A file is here whole.
    Confirm {
        target: Seq,
        attachment: AttachmentId,
        digest: Digest32,
    },
}

/// A file that came, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    pub attachment: AttachmentId,
    pub path: PathBuf,
}
