//! One task per session that keeps its transfers going, whether a room is shown or not.

use std::{path::PathBuf, sync::Arc};

use deskside_direct::{
    Config, Direct, DirectEvent, DirectFileState, Lanes, Recipient, disk, identity::Identity,
    lane::webrtc::Seams,
};
use deskside_proto::{AttachmentId, DirectFile, DirectKind, EndpointId, ParticipantId, SessionId, Signal};
use deskside_timeline::{DirectFileItem, RecipientItem};
use deskside_transfer::TransferView;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::{Landed, Order, SetUp, Wish, ice::PortalIce, relay::PortalRelay};
use crate::{
    ClientError,
    account::Access,
    journal::{DirectLedger, Journal},
    quarantine,
};

/// Wishes that wait for the session's driver: signals come in bursts of a dozen candidates.
const WISHES_MAX: usize = 64;
/// Landings that nobody took; the shell does at once.
const LANDED_MAX: usize = 64;

/// What the desk hears of the session.
#[derive(Debug)]
pub(crate) enum Told {
    Me(ParticipantId),
    Files(Vec<DirectFileItem>),
    Signal {
        from: ParticipantId,
        signal: Signal,
    },
    /// Who is connected to the portal.
    Online(Vec<ParticipantId>),
    /// Whether the portal can be reached.
    Reachable(bool),
    Order(Order),
    /// What an attachment of one's own is made of; `again`: where it is now.
    Source {
        attachment: AttachmentId,
        path: PathBuf,
        again: bool,
        answer: Answer,
    },
}

type Answer = oneshot::Sender<Result<(), ClientError>>;

/// The driver's end.
pub(crate) struct Desk {
    pub(crate) tell: mpsc::UnboundedSender<Told>,
    pub(crate) wishes: mpsc::Receiver<Wish>,
    pub(crate) views: watch::Receiver<Vec<TransferView>>,
    pub(crate) landed: broadcast::Sender<Landed>,
}

impl Desk {
    /// Starts the task; it ends when the driver's end is dropped.
    pub(crate) fn start(access: Access, session: SessionId, journal: Journal, set_up: SetUp) -> Self {
        // Unbounded: the portal limits signals, and the log's files come at the pace of people.
        let (tell, told) = mpsc::unbounded_channel();
        let (wish, wishes) = mpsc::channel(WISHES_MAX);
        let (show, views) = watch::channel(Vec::new());
        let (landed, _) = broadcast::channel(LANDED_MAX);
        let worker = Worker {
            access,
            session,
            journal,
            set_up,
            wish,
            show,
            landed: landed.clone(),
            me: None,
            online: Vec::new(),
            reachable: false,
            files: Vec::new(),
            open: None,
        };
        tokio::spawn(worker.run(told));
        Self { tell, wishes, views, landed }
    }
}

struct Worker {
    access: Access,
    session: SessionId,
    journal: Journal,
    set_up: SetUp,
    wish: mpsc::Sender<Wish>,
    show: watch::Sender<Vec<TransferView>>,
    landed: broadcast::Sender<Landed>,
    me: Option<ParticipantId>,
    online: Vec<ParticipantId>,
    reachable: bool,
    files: Vec<DirectFileItem>,
    /// Opened when there is something to do: most sessions have no direct files.
    open: Option<(Direct, mpsc::Receiver<DirectEvent>)>,
}

impl Worker {
    async fn run(mut self, mut told: mpsc::UnboundedReceiver<Told>) {
        loop {
            let event = async {
                match &mut self.open {
                    Some((_, events)) => events.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                next = told.recv() => match next {
                    Some(told) => self.hear(told).await,
                    None => break,
                },
                event = event => match event {
                    Some(event) => self.pass_on(event).await,
                    // It ended by itself: opened again when there is something to do.
                    None => self.open = None,
                },
            }
        }
        if let Some((direct, _)) = self.open.take() {
            direct.close().await;
        }
    }

    async fn hear(&mut self, told: Told) {
        let has_work = match &told {
            Told::Me(me) => {
                self.me = Some(*me);
                !self.files.is_empty()
            }
            Told::Files(files) => {
                self.files.clone_from(files);
                !files.is_empty()
            }
            Told::Signal { .. } | Told::Order(_) | Told::Source { .. } => true,
            Told::Online(_) => false,
            Told::Reachable(reachable) => {
                self.reachable = *reachable;
                false
            }
        };
        let was_open = self.open.is_some();
        if has_work
            && !was_open
            && let Err(error) = self.open().await
        {
            tracing::warn!(session = %self.session, "no direct transfers: {error}");
        }
        if let Told::Online(online) = told {
            return self.follow(online);
        }
        // Who waits for an answer is told by its end.
        let Some((direct, _)) = &self.open else { return };
        match told {
            // A service that was opened just now has heard of these already.
            Told::Me(_) | Told::Online(_) => {}
            Told::Files(_) | Told::Reachable(_) if !was_open => {}
            Told::Files(files) => direct.files(files.iter().map(state).collect()),
            Told::Signal { from, signal } => direct.signal(from, signal),
            Told::Reachable(reachable) => direct.portal_reachable(reachable),
            Told::Order(order) => obey(direct, order),
            Told::Source { attachment, path, again, answer } => {
                let direct = direct.clone();
                // It reads the disk: a large folder holds nothing else up.
                tokio::spawn(async move {
                    let outcome = if again {
                        direct.source_again(attachment, &path).await
                    } else {
                        direct.add_source(attachment, &path).await
                    };
                    let _ = answer.send(outcome.map_err(ClientError::from));
                });
            }
        }
    }

    /// Tells of those who came and went.
    fn follow(&mut self, online: Vec<ParticipantId>) {
        if let Some((direct, _)) = &self.open {
            for gone in self.online.iter().filter(|one| !online.contains(one)) {
                direct.online(*gone, false);
            }
            for come in online.iter().filter(|one| !self.online.contains(one)) {
                direct.online(*come, true);
            }
        }
        self.online = online;
    }

    async fn open(&mut self) -> Result<(), ClientError> {
        let Some(me) = self.me else { return Ok(()) };
        let place = self.access.place(self.session);
        let identity = self.identity().await?;
        let ice = PortalIce { access: self.access.clone(), session: self.session };
        let origin = place.portal.clone();
        let config = Config {
            session: self.session,
            me,
            endpoint: EndpointId(crate::random()?),
            identity,
            ledger: Arc::new(DirectLedger::new(self.journal.clone(), &place)),
            ice: Arc::new(ice),
            relay: Some(Arc::new(PortalRelay(self.access.clone()))),
            downloads: self.set_up.downloads.clone(),
            mark: Arc::new(move |path| {
                let mark = quarantine::mark(quarantine::System::this(), &origin, crate::now());
                quarantine::apply(path, &mark)
            }),
            free_space: Arc::new(disk::free_space),
            lanes: Lanes::from_env(),
            seams: Seams::from_env(),
        };
        let (direct, events) = Direct::open(config).await?;
        direct.portal_reachable(self.reachable);
        for online in &self.online {
            direct.online(*online, true);
        }
        direct.files(self.files.iter().map(state).collect());
        self.open = Some((direct, events));
        Ok(())
    }

    /// The keys of this account in this session: the same after every start, so that the other side knows us again.
    async fn identity(&self) -> Result<Identity, ClientError> {
        // Two accounts of one computer in one session are two people to the other side.
        let name = format!("direct:{}:{}", self.access.account, self.session);
        let origin = self.access.portal.origin();
        if let Some(kept) = self.set_up.vault.secret(&origin, &name).await?
            && let Ok(identity) = Identity::from_secret(&kept)
        {
            return Ok(identity);
        }
        let identity = Identity::generate().map_err(|_| ClientError::NoRandomness)?;
        if let Err(error) = self.set_up.vault.keep_secret(&origin, &name, identity.to_secret()).await {
            tracing::warn!("the keys for direct transfers are not kept: {error}");
        }
        Ok(identity)
    }

    async fn pass_on(&mut self, event: DirectEvent) {
        let wish = match event {
            DirectEvent::Views(views) => {
                self.show.send_replace(views);
                return;
            }
            DirectEvent::Signal { to, signal } => Wish::Signal { to, signal },
            DirectEvent::Received { attachment, target, digest, path } => {
                let _ = self.landed.send(Landed { attachment, path });
                Wish::Confirm { target, attachment, digest }
            }
            // The views say so; the log keeps what was accepted and what was received, and nothing of how it ended otherwise.
            DirectEvent::Cancelled { .. } | DirectEvent::Failed { .. } => return,
        };
        // A driver that is gone ends this task as well.
        let _ = self.wish.send(wish).await;
    }
}

/// What of the log's word on a file concerns its transfer.
fn state(item: &DirectFileItem) -> DirectFileState {
    let file = &item.file;
    let direct = file.file.direct.unwrap_or(DirectFile { kind: DirectKind::File, files: 1 });
    let recipient = |one: &RecipientItem| Recipient { id: one.id, state: one.state, digest: one.blake3 };
    DirectFileState {
        attachment: file.file.id,
        target: item.target,
        name: file.file.name.clone(),
        size: file.file.size,
        kind: direct.kind,
        files: direct.files,
        own: item.own,
        sender: item.sender,
        withdrawn: file.withdrawn.is_some(),
        recipients: file.recipients.iter().map(recipient).collect(),
        yours: file.yours,
    }
}

fn obey(direct: &Direct, order: Order) {
    match order {
        Order::Pause { attachment, peer } => direct.pause(attachment, peer),
        Order::Resume { attachment, peer } => {
            direct.resume(attachment, peer);
            // Somebody made room, or plugged the disk in again.
            direct.mend(attachment);
        }
        Order::Cancel { attachment, peer } => direct.cancel(attachment, peer),
    }
}
