//! One endpoint of a peer: the meeting, the lanes to it, and the link over them. Each runs on a thread of its own, as the link hashes
//! everything that passes: neither the runtime nor other peers wait for that.

mod actor;
mod attempt;
mod carrier;
mod growth;
mod lanes;
mod routes;
mod transfers;

use std::{path::PathBuf, sync::Arc, time::Instant};

use bytes::Bytes;
use deskside_proto::{AttachmentId, Digest32, SignalBody};
use deskside_transfer::{
    Expected, Input, Manifest, TransferState, TransferView, Way,
    meeting::{Parties, Party, Role},
};
use tokio::{runtime::Handle, sync::mpsc};

use crate::{
    disk::{Incoming, Source, worker::Shared},
    service::Config,
};

/// What an actor works with.
pub(crate) struct PeerSettings {
    pub(crate) config: Config,
    pub(crate) shared: Arc<Shared>,
    pub(crate) peer: Party,
    pub(crate) parties: Parties,
    pub(crate) role: Role,
    /// Where the clock of all links starts.
    pub(crate) started: Instant,
    pub(crate) portal: bool,
}

/// What the service tells an actor.
pub(crate) enum PeerCommand {
    Signal(SignalBody),
    /// Offer it. Without a source (it is gone): stalls until there is one.
    Send {
        attachment: AttachmentId,
        source: Arc<Source>,
        manifest: Arc<Manifest>,
        standing: Option<Bytes>,
    },
    Receive {
        attachment: AttachmentId,
        expected: Expected,
        record: Incoming,
        name: String,
        standing: Option<Bytes>,
    },
    /// It is there now.
    Source {
        attachment: AttachmentId,
        source: Arc<Source>,
    },
    Link(Input),
    Portal(bool),
    /// Another client of the same person has come: end if this one seems to be gone.
    CloseIfSilent,
    /// Say goodbye and end.
    Close,
}

/// What an actor tells the service.
#[derive(Debug)]
pub(crate) enum PeerEvent {
    Signal(SignalBody),
    /// Both have revealed.
    Met,
    /// Whether any lane is up.
    Lanes(bool),
    Views(Vec<TransferView>),
    Received {
        attachment: AttachmentId,
        digest: Digest32,
        path: PathBuf,
    },
    /// Comes once for each transfer.
    Ended {
        attachment: AttachmentId,
        way: Way,
        state: TransferState,
    },
    /// The actor has ended; nothing comes after this.
    Gone,
}

/// An actor, as the service holds it. Dropping it ends the actor without a goodbye.
#[derive(Debug)]
pub(crate) struct PeerHandle {
    commands: mpsc::UnboundedSender<PeerCommand>,
}

impl PeerHandle {
    /// Starts the thread of an actor; what it says goes to `events`, with the peer's name.
    ///
    /// # Errors
    /// Where the system has no more threads or no randomness.
    pub(crate) fn start(
        settings: PeerSettings,
        events: mpsc::UnboundedSender<(Party, PeerEvent)>,
    ) -> std::io::Result<Self> {
        let (commands, inbox) = mpsc::unbounded_channel();
        let actor = actor::Actor::new(settings, events)?;
        let runtime = Handle::current();
        let run = move || runtime.block_on(actor.run(inbox));
        std::thread::Builder::new().name("direct-peer".into()).spawn(run)?;
        Ok(Self { commands })
    }

    pub(crate) fn tell(&self, command: PeerCommand) {
        // Fails only once the actor has gone, which it says itself.
        let _ = self.commands.send(command);
    }
}

/// 32 bytes of the system's randomness.
fn nonce() -> std::io::Result<[u8; 32]> {
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(std::io::Error::other)?;
    Ok(nonce)
}
