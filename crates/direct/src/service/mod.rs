//! Direct transfers of one session: whoever holds the session's log and socket tells it what they say, and gets back what to say and
//! how every transfer stands.
//!
//! Who has business with whom: the sender of a direct file with everybody who accepted it and does not have it yet, and they with the
//! sender. While there is business and the other is online, both seek each other; everything else follows.

mod business;
mod core;
mod sources;
mod views;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use deskside_proto::{
    AttachmentId, Digest32, DirectKind, EndpointId, ParticipantId, RecipientState, Seq, SessionId, Signal,
    api::IceServers,
};
use deskside_transfer::{Side, TransferFailure, TransferView};
use tokio::sync::{mpsc, oneshot};

use self::core::Command;
use crate::{
    disk::{FreeSpace, Ledger, LedgerError, MarkOrigin, Source, SourceError},
    identity::Identity,
    lane::{relay::RelayConnector, webrtc::Seams},
    stats::{Board, DirectStats},
};

/// Events that wait for a slow listener, at most; then the service waits as well.
const EVENTS_WAITING: usize = 256;

/// Gives the portal's STUN and TURN servers, fresh enough to be used now.
#[async_trait]
pub trait IceSource: Send + Sync + 'static {
    /// `None` where the portal cannot be asked: transfers then go on without, in one network.
    async fn servers(&self) -> Option<IceServers>;
}

/// Which lanes may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lanes {
    pub webrtc: bool,
    pub quic: bool,
    pub relay: bool,
}

impl Lanes {
    /// All, except those that `DESKSIDE_NO_WEBRTC=1`, `DESKSIDE_NO_QUIC=1` and `DESKSIDE_NO_RELAY=1` turn off.
    #[must_use]
    pub fn from_env() -> Self {
        let on = |name| std::env::var_os(name).is_none_or(|value| value != "1");
        Self {
            webrtc: on("DESKSIDE_NO_WEBRTC"),
            quic: on("DESKSIDE_NO_QUIC"),
            relay: on("DESKSIDE_NO_RELAY"),
        }
    }
}

/// Everything a session's direct transfers need from outside.
#[derive(Clone)]
pub struct Config {
    pub session: SessionId,
    pub me: ParticipantId,
    /// This run of this client: 16 fresh random bytes.
    pub endpoint: EndpointId,
    pub identity: Identity,
    pub ledger: Arc<dyn Ledger>,
    pub ice: Arc<dyn IceSource>,
    /// `None` where there is no portal that relays.
    pub relay: Option<Arc<dyn RelayConnector>>,
    /// Where received files go.
    pub downloads: PathBuf,
    /// Marks each received file before it gets its name.
    pub mark: MarkOrigin,
    /// [`crate::disk::free_space`], except in tests.
    pub free_space: FreeSpace,
    pub lanes: Lanes,
    pub seams: Seams,
}

/// What the log says of a direct file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectFileState {
    pub attachment: AttachmentId,
    /// Place of its message.
    pub target: Seq,
    pub name: String,
    /// Bytes.
    pub size: u64,
    pub kind: DirectKind,
    pub files: u32,
    pub own: bool,
    pub sender: ParticipantId,
    pub withdrawn: bool,
    /// Everybody it was offered to, except oneself.
    pub recipients: Vec<Recipient>,
    /// How it stands for oneself; `None` for its sender.
    pub yours: Option<RecipientState>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient {
    pub id: ParticipantId,
    pub state: RecipientState,
    /// As they confirmed it.
    pub digest: Option<Digest32>,
}

/// What the service says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirectEvent {
    /// All transfers, as they stand now; at most five times a second.
    Views(Vec<TransferView>),
    /// Pass it to the portal. It may be lost.
    Signal { to: ParticipantId, signal: Signal },
    /// It is whole, has its name and is safe on the disk: confirm it in the log. Comes again after a restart, until
    /// [`Direct::files`] says that the log has it.
    Received { attachment: AttachmentId, target: Seq, digest: Digest32, path: PathBuf },
    /// Somebody ended it; the log may have to know. `peer` is the other side.
    Cancelled { attachment: AttachmentId, target: Seq, peer: ParticipantId, by: Side },
    /// It cannot go on.
    Failed { attachment: AttachmentId, target: Seq, peer: ParticipantId, failure: TransferFailure },
}

/// Why a call was refused.
#[derive(Debug, thiserror::Error)]
pub enum DirectError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("Direct transfers have ended. Open the session again.")]
    Closed,
}

impl DirectError {
    /// Stable, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::Ledger(_) => "ledger_failed",
            Self::Closed => "direct_closed",
        }
    }
}

/// The handle of a session's transfers. They end when the last clone is dropped; what the ledger holds goes on next time.
#[derive(Clone)]
pub struct Direct {
    commands: mpsc::UnboundedSender<Command>,
    board: Arc<Board>,
}

impl Direct {
    /// Starts the service on the current tokio runtime.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub async fn open(config: Config) -> Result<(Self, mpsc::Receiver<DirectEvent>), DirectError> {
        let entries = config.ledger.load(config.session).await?;
        let (commands, inbox) = mpsc::unbounded_channel();
        let (events, outbox) = mpsc::channel(EVENTS_WAITING);
        let board = Arc::<Board>::default();
        tokio::spawn(core::run(config, entries, inbox, events, board.clone()));
        Ok((Self { commands, board }, outbox))
    }

    /// What the log says of all direct files of the session, each time that changes.
    pub fn files(&self, files: Vec<DirectFileState>) {
        self.tell(Command::Files(files));
    }

    /// A signal that the portal passed on.
    pub fn signal(&self, from: ParticipantId, signal: Signal) {
        self.tell(Command::Signal { from, signal });
    }

    /// Whether a participant is online, as the session's presence says.
    pub fn online(&self, participant: ParticipantId, online: bool) {
        self.tell(Command::Online { participant, online });
    }

    /// Whether signals reach the portal now. Lanes that are up stay up without it.
    pub fn portal_reachable(&self, reachable: bool) {
        self.tell(Command::Portal(reachable));
    }

    /// What `path` holds, to be offered: its name, size and number of files are for the portal.
    ///
    /// # Errors
    /// Why it cannot be sent.
    pub async fn choose(path: &Path) -> Result<Source, DirectError> {
        let path = path.to_owned();
        let job = tokio::task::spawn_blocking(move || Source::open(&path));
        Ok(job.await.map_err(|_| DirectError::Closed)??)
    }

    /// Says what an attachment of ours holds, once the portal knows it. Comes back when the ledger has it.
    ///
    /// # Errors
    /// The source's, the ledger's.
    pub async fn add_source(&self, attachment: AttachmentId, path: &Path) -> Result<(), DirectError> {
        self.source(attachment, path, false).await
    }

    /// Says where it is now: it was moved or renamed since. Only the same content is taken: sizes, names in a folder and times.
    ///
    /// # Errors
    /// [`SourceError::Changed`], the source's, the ledger's.
    pub async fn source_again(&self, attachment: AttachmentId, path: &Path) -> Result<(), DirectError> {
        self.source(attachment, path, true).await
    }

    async fn source(&self, attachment: AttachmentId, path: &Path, again: bool) -> Result<(), DirectError> {
        let (answer, answered) = oneshot::channel();
        self.tell(Command::Source { attachment, path: path.to_owned(), again, answer });
        answered.await.map_err(|_| DirectError::Closed)?
    }

    /// Pauses a transfer, with everybody or with one of its recipients.
    pub fn pause(&self, attachment: AttachmentId, peer: Option<ParticipantId>) {
        self.tell(Command::Pause { attachment, peer });
    }

    /// Ends our pause; the other side may still hold its own.
    pub fn resume(&self, attachment: AttachmentId, peer: Option<ParticipantId>) {
        self.tell(Command::Resume { attachment, peer });
    }

    /// Ends a transfer for good, and throws away what a receiver has of it.
    pub fn cancel(&self, attachment: AttachmentId, peer: Option<ParticipantId>) {
        self.tell(Command::Cancel { attachment, peer });
    }

    /// What stalled it may be mended: try now.
    pub fn mend(&self, attachment: AttachmentId) {
        self.tell(Command::Mend { attachment });
    }

    /// What it has cost so far; up to a quarter of a second old.
    #[must_use]
    pub fn stats(&self) -> DirectStats {
        self.board.sum()
    }

    /// Says goodbye to everybody and comes back when all is closed.
    pub async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        self.tell(Command::Close(answer));
        let _ = answered.await;
    }

    fn tell(&self, command: Command) {
        // Fails only after `close`, when nothing is left to be told.
        let _ = self.commands.send(command);
    }
}
