//! A portal in memory: it passes signals on, keeps the log of direct files, and pairs relayed connections.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use deskside_direct::{
    Config, Direct, DirectEvent, DirectFileState, IceSource, Lanes, Recipient,
    disk::{self, Entry, FreeSpace, Ledger as _, MemoryLedger},
    identity::Identity,
    lane::{
        LaneError,
        relay::{RelayConnection, RelayConnector},
        webrtc::Seams,
    },
};
use deskside_proto::{
    AttachmentId, Digest32, DirectKind, EndpointId, ParticipantId, RecipientState, SessionId, api::IceServers,
};
use deskside_transfer::{
    TransferState, TransferView,
    meeting::{Parties, Role},
};
use futures_util::SinkExt as _;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::PollSender;

pub(crate) const SESSION: SessionId = SessionId([7; 16]);
pub(crate) const QUIC: Lanes = Lanes { webrtc: false, quic: true, relay: false };
pub(crate) const WEBRTC: Lanes = Lanes { webrtc: true, quic: false, relay: false };
pub(crate) const RELAY: Lanes = Lanes { webrtc: false, quic: false, relay: true };

/// Longest wait for anything, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub(crate) struct Logged {
    pub(crate) attachment: AttachmentId,
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) kind: DirectKind,
    pub(crate) files: u32,
    pub(crate) sender: ParticipantId,
    pub(crate) withdrawn: bool,
    pub(crate) recipients: Vec<Recipient>,
}

#[derive(Default)]
struct State {
    online: HashMap<ParticipantId, Direct>,
    log: Vec<Logged>,
    relay: HashMap<String, tokio::sync::oneshot::Sender<Pipe>>,
}

type Pipe = (mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>);

#[derive(Clone, Default)]
pub(crate) struct Portal(Arc<Mutex<State>>);

impl Portal {
    fn with<R>(&self, job: impl FnOnce(&mut State) -> R) -> R {
        job(&mut self.0.lock().unwrap())
    }

    fn publish(&self) {
        let (online, log) = self.with(|state| (state.online.clone(), state.log.clone()));
        for (me, direct) in online {
            direct.files(log.iter().map(|file| seen_by(me, file)).collect());
        }
    }

    pub(crate) fn change(&self, attachment: AttachmentId, change: impl FnOnce(&mut Logged)) {
        self.with(|state| change(state.log.iter_mut().find(|file| file.attachment == attachment).unwrap()));
        self.publish();
    }

    fn received(&self, attachment: AttachmentId, by: ParticipantId, digest: Digest32) {
        self.change(attachment, |file| {
            for recipient in file.recipients.iter_mut().filter(|recipient| recipient.id == by) {
                (recipient.state, recipient.digest) = (RecipientState::Received, Some(digest));
            }
        });
    }

    fn presence(&self, who: ParticipantId, online: bool) {
        let all = self.with(|state| state.online.clone());
        for (me, direct) in &all {
            if *me != who {
                direct.online(who, online);
                if let (true, Some(new)) = (online, all.get(&who)) {
                    new.online(*me, true);
                }
            }
        }
    }
}

fn seen_by(me: ParticipantId, file: &Logged) -> DirectFileState {
    let own = file.sender == me;
    DirectFileState {
        attachment: file.attachment,
        target: 1,
        name: file.name.clone(),
        size: file.size,
        kind: file.kind,
        files: file.files,
        own,
        sender: file.sender,
        withdrawn: file.withdrawn,
        recipients: file.recipients.iter().copied().filter(|recipient| recipient.id != me).collect(),
        yours: file.recipients.iter().find(|recipient| recipient.id == me).map(|recipient| recipient.state),
    }
}

struct NoServers;

#[async_trait]
impl IceSource for NoServers {
    async fn servers(&self) -> Option<IceServers> {
        None
    }
}

#[async_trait]
impl RelayConnector for Portal {
    async fn connect(&self, parties: &Parties, role: Role) -> Result<RelayConnection, LaneError> {
        let key = format!("{parties:?}");
        let waiting = self.with(|state| match role {
            Role::Initiator => {
                let (pair, paired) = tokio::sync::oneshot::channel();
                state.relay.insert(key.clone(), pair);
                Err(paired)
            }
            Role::Responder => Ok(()),
        });
        let (sender, receiver) = match waiting {
            Err(paired) => paired.await.map_err(|_| LaneError::Closed)?,
            Ok(()) => {
                let pair = loop {
                    if let Some(pair) = self.with(|state| state.relay.remove(&key)) {
                        break pair;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                };
                let (to_us, from_them) = mpsc::channel(4);
                let (to_them, from_us) = mpsc::channel(4);
                pair.send((to_us, from_us)).map_err(|_| LaneError::Closed)?;
                (to_them, from_them)
            }
        };
        Ok(RelayConnection {
            sender: Box::pin(
                PollSender::new(sender).sink_map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe)),
            ),
            receiver: Box::pin(futures_util::stream::unfold(receiver, |mut receiver| async move {
                // Slow enough that a test can come between: 32 MB/s at most.
                tokio::time::sleep(Duration::from_millis(1)).await;
                Some((Ok(receiver.recv().await?), receiver))
            })),
        })
    }
}

/// One participant with one client.
pub(crate) struct Member {
    pub(crate) id: ParticipantId,
    portal: Portal,
    lanes: Lanes,
    pub(crate) home: tempfile::TempDir,
    pub(crate) ledger: Arc<MemoryLedger>,
    identity: Identity,
    pub(crate) free_space: FreeSpace,
    runs: u8,
    direct: Option<Direct>,
    views: watch::Sender<Vec<TransferView>>,
    pub(crate) events: Arc<Mutex<Vec<DirectEvent>>>,
}

impl Member {
    pub(crate) async fn new(portal: &Portal, n: u8, lanes: Lanes) -> Self {
        let mut member = Self {
            id: ParticipantId([n; 16]),
            portal: portal.clone(),
            lanes,
            home: tempfile::tempdir().unwrap(),
            ledger: Arc::default(),
            identity: Identity::generate().unwrap(),
            free_space: Arc::new(disk::free_space),
            runs: 0,
            direct: None,
            views: watch::Sender::default(),
            events: Arc::default(),
        };
        member.open().await;
        member
    }

    pub(crate) fn direct(&self) -> &Direct {
        self.direct.as_ref().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Starts the client: another run, the same person.
    pub(crate) async fn open(&mut self) {
        self.runs += 1;
        let mut endpoint = [self.id.0[0]; 16];
        endpoint[15] = self.runs;
        let config = Config {
            session: SESSION,
            me: self.id,
            endpoint: EndpointId(endpoint),
            identity: self.identity.clone(),
            ledger: self.ledger.clone(),
            ice: Arc::new(NoServers),
            relay: Some(Arc::new(self.portal.clone())),
            downloads: self.home.path().to_owned(),
            mark: Arc::new(|_: &Path| Ok(())),
            free_space: self.free_space.clone(),
            lanes: self.lanes,
            seams: Seams { loopback: true, ..Seams::default() },
        };
        let (direct, mut outbox) = Direct::open(config).await.unwrap();
        self.portal.with(|state| state.online.insert(self.id, direct.clone()));
        self.direct = Some(direct);
        self.views.send_replace(Vec::new());
        let (portal, me, views, events) =
            (self.portal.clone(), self.id, self.views.clone(), self.events.clone());
        tokio::spawn(async move {
            while let Some(event) = outbox.recv().await {
                match &event {
                    DirectEvent::Signal { to, signal } => {
                        if let Some(peer) = portal.with(|state| state.online.get(to).cloned()) {
                            peer.signal(me, signal.clone());
                        }
                        continue;
                    }
                    DirectEvent::Views(now) => {
                        views.send_replace(now.clone());
                        continue;
                    }
                    DirectEvent::Received { attachment, digest, .. } => {
                        portal.received(*attachment, me, *digest)
                    }
                    _ => {}
                }
                events.lock().unwrap().push(event);
            }
        });
        self.portal.publish();
        self.portal.presence(self.id, true);
    }

    /// A copy of the ledger, which knows no more than this from now on.
    pub(crate) async fn ledger_as_it_is(&self) -> Arc<MemoryLedger> {
        let copy = Arc::new(MemoryLedger::default());
        for Entry { key, record, standing } in self.ledger.load(SESSION).await.unwrap() {
            copy.save(SESSION, key, &record).await.unwrap();
            copy.stand(SESSION, key, &standing, true).await.unwrap();
        }
        copy
    }

    /// The client is gone from one moment to the next.
    pub(crate) fn kill(&mut self) {
        self.portal.with(|state| state.online.remove(&self.id));
        self.portal.presence(self.id, false);
        self.direct = None;
    }

    /// Offers `path` to everybody in `to`, who have accepted it.
    pub(crate) async fn offer(&self, n: u8, path: &Path, to: &[&Member]) -> AttachmentId {
        let chosen = Direct::choose(path).await.unwrap();
        let attachment = AttachmentId([n; 16]);
        let manifest = chosen.manifest();
        let kind = if path.is_dir() { DirectKind::Folder } else { DirectKind::File };
        let recipient =
            |member: &&Member| Recipient { id: member.id, state: RecipientState::Accepted, digest: None };
        let file = Logged {
            attachment,
            name: path.file_name().unwrap().to_str().unwrap().to_owned(),
            size: manifest.size(),
            kind,
            files: manifest.files(),
            sender: self.id,
            withdrawn: false,
            recipients: to.iter().map(recipient).collect(),
        };
        self.direct().add_source(attachment, path).await.unwrap();
        self.portal.with(|state| state.log.push(file));
        self.portal.publish();
        attachment
    }

    /// Waits until the view of one transfer is as asked for.
    pub(crate) async fn until(
        &self,
        attachment: AttachmentId,
        peer: ParticipantId,
        what: &str,
        is: impl Fn(&TransferView) -> bool,
    ) -> TransferView {
        let mut views = self.views.subscribe();
        let found = views.wait_for(|views| {
            views.iter().any(|view| view.attachment == attachment && view.peer == peer && is(view))
        });
        let found = tokio::time::timeout(PATIENCE, found).await;
        let Ok(found) = found else { panic!("never {what}: {:#?}", self.views.borrow()) };
        let found = found.unwrap();
        found.iter().find(|view| view.attachment == attachment && view.peer == peer).unwrap().clone()
    }

    pub(crate) async fn until_state(
        &self,
        attachment: AttachmentId,
        peer: ParticipantId,
        state: TransferState,
    ) {
        self.until(attachment, peer, &format!("{state:?}"), |view| view.state == state).await;
    }

    /// Waits for an event; those before it are passed over.
    pub(crate) async fn event<R>(&self, what: &str, find: impl Fn(&DirectEvent) -> Option<R>) -> R {
        let found = async {
            loop {
                if let Some(found) = self.events.lock().unwrap().iter().find_map(&find) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, found).await;
        found.unwrap_or_else(|_| {
            panic!("never {what}: {:?} {:#?}", self.events.lock().unwrap(), self.views.borrow())
        })
    }

    /// Waits until it is whole, and says where.
    pub(crate) async fn received(&self, attachment: AttachmentId) -> (PathBuf, Digest32) {
        self.event("received", |event| match event {
            DirectEvent::Received { attachment: of, path, digest, .. } if *of == attachment => {
                Some((path.clone(), *digest))
            }
            _ => None,
        })
        .await
    }
}

/// Bytes that no two places of a file share.
pub(crate) fn pattern(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}
