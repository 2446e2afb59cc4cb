//! The task of one session: what the log says on one side, the endpoints that were met on the other.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use deskside_proto::{AttachmentId, ParticipantId, RecipientState, Signal, SignalBody};
use deskside_transfer::{
    Input, Side, TransferState, TransferView, Way,
    meeting::{Parties, Party},
};
use tokio::sync::{mpsc, oneshot};

use super::{
    Config, DirectError, DirectEvent, DirectFileState,
    business::{discard, finished, wants},
    sources::{Opened, Sources},
};
use crate::{
    disk::{Entry, Incoming, Key, Record, worker::Shared},
    peer::{PeerCommand, PeerEvent, PeerHandle, PeerSettings},
    stats::Board,
};

/// How often everything is looked at.
const TICK: Duration = Duration::from_millis(200);
/// Seeking begins with this pause and doubles it.
const SEEK_FIRST: Duration = Duration::from_millis(500);
const SEEK_MAX: Duration = Duration::from_secs(30);
/// An endpoint without business or without lanes is closed after so long.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// Endpoints at once: of everybody, and of one participant.
const PEERS_MAX: usize = 64;
const PEERS_OF_ONE_MAX: usize = 6;

pub(super) enum Command {
    Files(Vec<DirectFileState>),
    Signal {
        from: ParticipantId,
        signal: Signal,
    },
    Online {
        participant: ParticipantId,
        online: bool,
    },
    Portal(bool),
    Source {
        attachment: AttachmentId,
        path: PathBuf,
        again: bool,
        answer: oneshot::Sender<Result<(), DirectError>>,
    },
    Pause {
        attachment: AttachmentId,
        peer: Option<ParticipantId>,
    },
    Resume {
        attachment: AttachmentId,
        peer: Option<ParticipantId>,
    },
    Cancel {
        attachment: AttachmentId,
        peer: Option<ParticipantId>,
    },
    Mend {
        attachment: AttachmentId,
    },
    Close(oneshot::Sender<()>),
}

/// One attachment and the participant at its other end.
pub(super) type Pair = (AttachmentId, ParticipantId);

pub(super) struct Peer {
    pub(super) handle: PeerHandle,
    pub(super) met: bool,
    lanes: bool,
    pub(super) views: Vec<TransferView>,
    pub(super) started: HashSet<AttachmentId>,
    /// Since when it is of no use.
    idle_since: Option<Instant>,
}

#[derive(Default)]
pub(super) struct Person {
    pub(super) online: bool,
    seek_at: Option<Instant>,
    seeks: u32,
}

pub(super) struct Core {
    pub(super) config: Config,
    shared: Arc<Shared>,
    started: Instant,
    pub(super) events: mpsc::Sender<DirectEvent>,
    peer_events: mpsc::UnboundedSender<(Party, PeerEvent)>,
    pub(super) files: BTreeMap<AttachmentId, DirectFileState>,
    pub(super) sources: Sources,
    /// What the ledger has of what comes.
    pub(super) incoming: HashMap<AttachmentId, Incoming>,
    pub(super) peers: HashMap<Party, Peer>,
    pub(super) people: HashMap<ParticipantId, Person>,
    portal: bool,
    pub(super) paused: HashSet<Pair>,
    pub(super) over: HashMap<Pair, TransferState>,
    pub(super) told: Vec<TransferView>,
}

/// Until the handle is dropped or closed.
pub(super) async fn run(
    config: Config,
    entries: Vec<Entry>,
    mut inbox: mpsc::UnboundedReceiver<Command>,
    events: mpsc::Sender<DirectEvent>,
    board: Arc<Board>,
) {
    let (peer_events, mut from_peers) = mpsc::unbounded_channel();
    let (opened, mut from_disk) = mpsc::unbounded_channel();
    let mut core = Core::new(config, entries, events, peer_events, opened, board);
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            command = inbox.recv() => match command {
                Some(Command::Close(answer)) => {
                    core.close(&mut from_peers).await;
                    let _ = answer.send(());
                    return;
                }
                Some(command) => core.command(command).await,
                None => return,
            },
            Some((party, event)) = from_peers.recv() => core.peer_event(party, event).await,
            Some(opened) = from_disk.recv() => core.opened(opened).await,
            _ = tick.tick() => core.tick().await,
        }
    }
}

impl Core {
    fn new(
        config: Config,
        entries: Vec<Entry>,
        events: mpsc::Sender<DirectEvent>,
        peer_events: mpsc::UnboundedSender<(Party, PeerEvent)>,
        opened: mpsc::UnboundedSender<Opened>,
        board: Arc<Board>,
    ) -> Self {
        let shared = Arc::new(Shared {
            session: config.session,
            ledger: config.ledger.clone(),
            mark: config.mark.clone(),
            free_space: config.free_space.clone(),
            board,
            claims: std::sync::Mutex::default(),
        });
        let (mut sources, mut incoming) = (Sources::new(opened), HashMap::new());
        for Entry { key, record, .. } in entries {
            match record {
                Record::Outgoing(outgoing) => sources.remember(key.attachment, outgoing),
                Record::Incoming(record) => drop(incoming.insert(key.attachment, record)),
            }
        }
        Self {
            config,
            shared,
            started: Instant::now(),
            events,
            peer_events,
            files: BTreeMap::new(),
            sources,
            incoming,
            peers: HashMap::new(),
            people: HashMap::new(),
            portal: true,
            paused: HashSet::new(),
            over: HashMap::new(),
            told: Vec::new(),
        }
    }

    async fn command(&mut self, command: Command) {
        match command {
            Command::Files(files) => self.take_files(files).await,
            Command::Signal { from, signal } => self.signal(from, signal),
            Command::Online { participant, online } => {
                let person = self.people.entry(participant).or_default();
                if online && !person.online {
                    (person.seek_at, person.seeks) = (None, 0);
                }
                person.online = online;
            }
            Command::Portal(reachable) => {
                self.portal = reachable;
                for peer in self.peers.values() {
                    peer.handle.tell(PeerCommand::Portal(reachable));
                }
                for person in self.people.values_mut() {
                    (person.seek_at, person.seeks) = (None, 0);
                }
            }
            Command::Source { attachment, path, again, answer } => {
                let name = self.files.get(&attachment).map(|file| file.name.clone());
                self.sources.open(attachment, path, name, again, Some(answer));
            }
            Command::Pause { attachment, peer } => self.steer(attachment, peer, true),
            Command::Resume { attachment, peer } => {
                self.steer(attachment, peer, false);
                self.reconcile().await;
            }
            Command::Cancel { attachment, peer } => self.cancel(attachment, peer).await,
            Command::Mend { attachment } => {
                self.sources.retry(attachment);
                self.link_all(attachment, None, &|| Input::Mend { attachment });
            }
            Command::Close(_) => {}
        }
    }

    async fn take_files(&mut self, files: Vec<DirectFileState>) {
        self.files = files.into_iter().map(|file| (file.attachment, file)).collect();
        self.confirm();
        self.reconcile().await;
        let ended: Vec<_> =
            self.incoming.keys().copied().filter(|attachment| self.is_settled(*attachment)).collect();
        for attachment in ended {
            self.forget_incoming(attachment).await;
        }
        let withdrawn: Vec<_> = self
            .files
            .values()
            .filter(|file| file.own && file.withdrawn)
            .map(|file| file.attachment)
            .collect();
        for attachment in withdrawn {
            if self.sources.forget(attachment) {
                self.remove_entry(Key::sending(attachment)).await;
            }
        }
    }

    /// The log says that nothing more of it will come to us.
    fn is_settled(&self, attachment: AttachmentId) -> bool {
        let file = self.files.get(&attachment);
        file.is_some_and(|file| file.withdrawn || file.yours.is_some_and(|yours| !wants(yours)))
            && !self.peers.values().any(|peer| peer.started.contains(&attachment))
    }

    async fn forget_incoming(&mut self, attachment: AttachmentId) {
        let Some(record) = self.incoming.remove(&attachment) else { return };
        let received =
            self.files.get(&attachment).and_then(|file| file.yours) == Some(RecipientState::Received);
        if !received && finished(&record).await.is_none() {
            discard(record).await;
        }
        self.remove_entry(Key::receiving(attachment)).await;
    }

    pub(super) async fn remove_entry(&self, key: Key) {
        if let Err(error) = self.config.ledger.remove(self.config.session, key).await {
            tracing::warn!(%error, "an ended transfer stays in the ledger");
        }
    }

    /// What the log says of those who have it all.
    fn confirm(&self) {
        for file in self.files.values().filter(|file| file.own) {
            let attachment = file.attachment;
            for recipient in &file.recipients {
                if let Some(digest) = recipient.digest.filter(|_| recipient.state == RecipientState::Received)
                {
                    let confirmed = || Input::Confirmed { attachment, digest: digest.0 };
                    self.link_all(attachment, Some(recipient.id), &confirmed);
                }
            }
        }
    }

    /// Tells every link that has the attachment, of one participant or of all.
    fn link_all(
        &self,
        attachment: AttachmentId,
        of: Option<ParticipantId>,
        input: &dyn Fn() -> Input,
    ) -> bool {
        let mut any = false;
        for (party, peer) in &self.peers {
            if of.is_none_or(|of| of == party.participant) && peer.started.contains(&attachment) {
                peer.handle.tell(PeerCommand::Link(input()));
                any = true;
            }
        }
        any
    }

    fn pairs_of(&self, attachment: AttachmentId, peer: Option<ParticipantId>) -> Vec<Pair> {
        let business = self.business().into_iter().map(|(pair, _)| pair);
        business.filter(|pair| pair.0 == attachment && peer.is_none_or(|peer| peer == pair.1)).collect()
    }

    fn steer(&mut self, attachment: AttachmentId, peer: Option<ParticipantId>, pause: bool) {
        for pair in self.pairs_of(attachment, peer) {
            if pause {
                self.paused.insert(pair);
            } else {
                self.paused.remove(&pair);
                // What has failed is tried once more.
                if matches!(self.over.get(&pair), Some(TransferState::Failed { .. })) {
                    self.over.remove(&pair);
                    for (_, peer) in self.peers.iter_mut().filter(|(party, _)| party.participant == pair.1) {
                        peer.started.remove(&attachment);
                    }
                }
            }
            let input = || if pause { Input::Pause { attachment } } else { Input::Resume { attachment } };
            self.link_all(attachment, Some(pair.1), &input);
        }
    }

    async fn cancel(&mut self, attachment: AttachmentId, peer: Option<ParticipantId>) {
        for pair in self.pairs_of(attachment, peer) {
            self.link_all(attachment, Some(pair.1), &|| Input::Cancel { attachment });
            self.end(pair, TransferState::Cancelled { by: Side::You }).await;
        }
    }

    /// It is over: said once, and not begun again in this run.
    async fn end(&mut self, pair: Pair, state: TransferState) {
        if self.over.get(&pair).is_some_and(|known| *known != TransferState::Waiting) {
            return;
        }
        self.over.insert(pair, state);
        let (attachment, peer) = pair;
        let Some(target) = self.files.get(&attachment).map(|file| file.target) else { return };
        let event = match state {
            TransferState::Cancelled { by } => DirectEvent::Cancelled { attachment, target, peer, by },
            TransferState::Failed { failure } => DirectEvent::Failed { attachment, target, peer, failure },
            _ => return,
        };
        if !self.peers.values().any(|peer| peer.started.contains(&attachment)) {
            self.forget_incoming(attachment).await;
        }
        let _ = self.events.send(event).await;
    }

    fn signal(&mut self, from: ParticipantId, signal: Signal) {
        let party = Party { participant: from, endpoint: signal.from };
        let ours = self.config.endpoint;
        if signal.to.is_some_and(|to| to != ours) || signal.from == ours {
            return;
        }
        if !self.peers.contains_key(&party) {
            let begins = matches!(signal.body, SignalBody::Seek | SignalBody::Commit { .. });
            if !begins || !self.open_business_with(from) || !self.meet(party) {
                return;
            }
        }
        if let Some(peer) = self.peers.get(&party) {
            peer.handle.tell(PeerCommand::Signal(signal.body));
        }
    }

    fn meet(&mut self, party: Party) -> bool {
        let of_one = self.peers.keys().filter(|other| other.participant == party.participant).count();
        if self.peers.len() >= PEERS_MAX || of_one >= PEERS_OF_ONE_MAX {
            tracing::warn!("too many clients want to meet at once");
            return false;
        }
        let Config { session, me, endpoint, .. } = self.config;
        let us = Party { participant: me, endpoint };
        let Some((parties, role)) = Parties::new(session, us, party) else { return false };
        let settings = PeerSettings {
            config: self.config.clone(),
            shared: self.shared.clone(),
            peer: party,
            parties,
            role,
            started: self.started,
            portal: self.portal,
        };
        match PeerHandle::start(settings, self.peer_events.clone()) {
            Ok(handle) => {
                let peer = Peer {
                    handle,
                    met: false,
                    lanes: false,
                    views: Vec::new(),
                    started: HashSet::new(),
                    idle_since: None,
                };
                self.peers.insert(party, peer);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "no thread for a peer");
                false
            }
        }
    }

    async fn peer_event(&mut self, party: Party, event: PeerEvent) {
        if !self.peers.contains_key(&party) {
            return;
        }
        match event {
            PeerEvent::Signal(body) => {
                let signal = Signal { from: self.config.endpoint, to: Some(party.endpoint), body };
                let _ = self.events.send(DirectEvent::Signal { to: party.participant, signal }).await;
            }
            PeerEvent::Met => {
                self.with_peer(party, |peer| peer.met = true);
                self.reconcile().await;
            }
            PeerEvent::Lanes(up) => self.with_peer(party, |peer| peer.lanes = up),
            PeerEvent::Views(views) => self.with_peer(party, |peer| peer.views = views),
            PeerEvent::Received { attachment, digest, path } => {
                let pair = (attachment, party.participant);
                self.over.insert(pair, TransferState::Done);
                let Some(target) = self.files.get(&attachment).map(|file| file.target) else { return };
                let _ = self.events.send(DirectEvent::Received { attachment, target, digest, path }).await;
            }
            PeerEvent::Ended { attachment, way, state } => {
                if way == Way::Receiving && state != TransferState::Done {
                    self.incoming.remove(&attachment);
                }
                self.end((attachment, party.participant), state).await;
            }
            PeerEvent::Gone => {
                self.peers.remove(&party);
                if let Some(person) = self.people.get_mut(&party.participant) {
                    (person.seek_at, person.seeks) = (None, 0);
                }
                self.reconcile().await;
            }
        }
    }

    fn with_peer(&mut self, party: Party, change: impl FnOnce(&mut Peer)) {
        if let Some(peer) = self.peers.get_mut(&party) {
            change(peer);
        }
    }

    async fn opened(&mut self, opened: Opened) {
        let attachment = opened.attachment;
        let session = self.config.session;
        if let Some(source) = self.sources.take(opened, &*self.config.ledger, session).await {
            for peer in self.peers.values().filter(|peer| peer.started.contains(&attachment)) {
                peer.handle.tell(PeerCommand::Source { attachment, source: source.clone() });
            }
        }
        self.reconcile().await;
    }

    async fn tick(&mut self) {
        let names: HashMap<_, _> = self
            .files
            .values()
            .filter(|file| file.own)
            .map(|file| (file.attachment, file.name.clone()))
            .collect();
        self.sources.look(&names);
        self.seek().await;
        self.close_idle();
        self.tell_views().await;
    }

    async fn seek(&mut self) {
        if !self.portal {
            return;
        }
        let now = Instant::now();
        let with: HashSet<_> = self
            .business()
            .into_iter()
            .filter(|(pair, _)| !self.over.contains_key(pair))
            .map(|(pair, _)| pair.1)
            .collect();
        for to in with {
            let here = self.peers.keys().any(|party| party.participant == to);
            let person = self.people.entry(to).or_default();
            if here || !person.online || person.seek_at.is_some_and(|at| now < at) {
                continue;
            }
            let pause = SEEK_FIRST.saturating_mul(1 << person.seeks.min(16)).min(SEEK_MAX);
            person.seek_at = Some(now + pause);
            person.seeks += 1;
            let signal = Signal { from: self.config.endpoint, to: None, body: SignalBody::Seek };
            let _ = self.events.send(DirectEvent::Signal { to, signal }).await;
        }
    }

    fn close_idle(&mut self) {
        let now = Instant::now();
        let business = self.business();
        let open = |of: ParticipantId| {
            business.iter().any(|(pair, _)| pair.1 == of && !self.over.contains_key(pair))
        };
        let mut clients: HashMap<ParticipantId, usize> = HashMap::new();
        for party in self.peers.keys() {
            *clients.entry(party.participant).or_default() += 1;
        }
        for (party, peer) in &mut self.peers {
            if peer.met && clients.get(&party.participant).is_some_and(|clients| *clients > 1) {
                peer.handle.tell(PeerCommand::CloseIfSilent);
            }
            if peer.lanes && open(party.participant) {
                peer.idle_since = None;
            } else if now.duration_since(*peer.idle_since.get_or_insert(now)) > IDLE_MAX {
                peer.handle.tell(PeerCommand::Close);
            }
        }
    }

    async fn close(&mut self, from_peers: &mut mpsc::UnboundedReceiver<(Party, PeerEvent)>) {
        for peer in self.peers.values() {
            peer.handle.tell(PeerCommand::Close);
        }
        let gone = async {
            while !self.peers.is_empty() {
                match from_peers.recv().await {
                    Some((party, event)) => self.peer_event(party, event).await,
                    None => return,
                }
            }
        };
        // A disk that hangs must not keep an app from closing.
        let _ = tokio::time::timeout(Duration::from_secs(3), gone).await;
    }
}
