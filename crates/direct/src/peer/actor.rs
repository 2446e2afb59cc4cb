//! The loop of one endpoint of a peer. It never waits for anything but its queues.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{Duration, SystemTime},
};

use deskside_proto::{PeerCapabilities, SignalBody};
use deskside_transfer::{
    CarrierId, Input, LaneKind, Link, LinkConfig, Output, RelayedWhy, TransferState, WINDOW_DEFAULT,
    meeting::{Meeting, Met, Party, Presentation, Step},
};
use tokio::{sync::mpsc, time::Instant};

use super::{
    PeerCommand, PeerEvent, PeerSettings,
    attempt::{Attempt, Event},
    carrier::{Carrier, MESSAGES_WAITING, Message},
    growth::Growth,
    nonce,
    routes::Routes,
    transfers::Transfers,
};
use crate::{disk::worker::Done, lane::webrtc::DESKTOP_MESSAGE_MAX};

/// Our commitment is said again until the other side has revealed.
const MEETING_RETRY_MS: u64 = 3_000;
const MEETING_RETRIES_MAX: u32 = 5;
/// Between two sets of views.
const VIEWS_MS: u64 = 150;
/// Between two looks at the lanes.
const LOOK_MS: u64 = 250;
/// A peer that has something to say, and says nothing for so long while another client of the same person came up, is gone.
const SILENT_MS: u64 = 2_000;
/// Taken from a queue before the clock is looked at again.
const BATCH: usize = 32;
/// Milliseconds between two records of what was received: at 200 MB/s, two blocks. Where they go is cheap ([`crate::disk`]).
const JOURNAL_EVERY_MS: u64 = 10;

pub(super) struct Actor {
    pub(super) settings: Arc<PeerSettings>,
    to_service: mpsc::UnboundedSender<(Party, PeerEvent)>,
    meeting: Meeting,
    /// When our commitment is said again, and how often it was.
    meeting_retry: (u64, u32),
    pub(super) met: Option<Met>,
    pub(super) incarnation: u64,
    pub(super) link: Link,
    todo: VecDeque<Input>,
    pub(super) routes: Option<Routes>,
    pub(super) growth: Growth,
    pub(super) attempts: BTreeMap<CarrierId, Attempt>,
    pub(super) carriers: BTreeMap<CarrierId, Carrier>,
    pub(super) next_slot: CarrierId,
    pub(super) next_link: u32,
    /// Candidates that came before their offer.
    pub(super) early: VecDeque<(u32, String)>,
    /// Bytes of WebRTC lanes that have ended.
    pub(super) past_bytes: u64,
    /// One of our sockets was seen from outside by a STUN server, or there is none to ask.
    pub(super) mapped: bool,
    pub(super) neighbour: bool,
    pub(super) portal: bool,
    transfers: Transfers,
    pub(super) events: (mpsc::UnboundedSender<Event>, mpsc::UnboundedReceiver<Event>),
    pub(super) messages: (mpsc::Sender<Message>, mpsc::Receiver<Message>),
    answers: mpsc::UnboundedReceiver<Done>,
    views_at: u64,
    views_due: bool,
    /// When lanes are looked after again; and what the transfers needed when they were last.
    look_at: u64,
    wanted: bool,
    pub(super) moving: bool,
    /// When the last message came.
    heard_at: u64,
    pub(super) broken: bool,
    over: bool,
}

impl Actor {
    pub(super) fn new(
        settings: PeerSettings,
        to_service: mpsc::UnboundedSender<(Party, PeerEvent)>,
    ) -> std::io::Result<Self> {
        let (config, peer) = (&settings.config, settings.peer);
        let ours = Presentation {
            identity: *config.identity.public(),
            capabilities: PeerCapabilities {
                quic: config.lanes.quic,
                relay: config.lanes.relay && config.relay.is_some(),
                message_max: DESKTOP_MESSAGE_MAX,
                browser: false,
            },
        };
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let incarnation = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let link = Link::new(LinkConfig {
            peer: peer.participant,
            incarnation,
            window_bytes: WINDOW_DEFAULT,
            journal_every: JOURNAL_EVERY_MS,
        });
        let (answers_tx, answers) = mpsc::unbounded_channel();
        let now = ms(settings.started);
        Ok(Self {
            meeting: Meeting::new(settings.parties, settings.role, ours, nonce()?),
            meeting_retry: (now + MEETING_RETRY_MS, 0),
            met: None,
            incarnation,
            link,
            todo: VecDeque::new(),
            routes: None,
            growth: Growth::default(),
            attempts: BTreeMap::new(),
            carriers: BTreeMap::new(),
            next_slot: 0,
            next_link: 0,
            early: VecDeque::new(),
            past_bytes: 0,
            mapped: false,
            neighbour: config.seams.loopback,
            portal: settings.portal,
            transfers: Transfers::new(settings.shared.clone(), peer.endpoint, answers_tx),
            events: mpsc::unbounded_channel(),
            messages: mpsc::channel(MESSAGES_WAITING),
            answers,
            views_at: 0,
            views_due: false,
            look_at: 0,
            wanted: false,
            moving: false,
            heard_at: now,
            broken: false,
            over: false,
            to_service,
            settings: Arc::new(settings),
        })
    }

    /// Until told to end, or the peer says goodbye.
    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<PeerCommand>) {
        while !self.over {
            let wake = self.settings.started + Duration::from_millis(self.deadline());
            tokio::select! {
                biased;
                command = inbox.recv() => match command {
                    Some(PeerCommand::Close) => {
                        self.say(SignalBody::Bye);
                        break;
                    }
                    Some(command) => self.command(command),
                    None => break,
                },
                Some(event) = self.events.1.recv() => self.event(event),
                Some(done) = self.answers.recv() => self.answer(done),
                Some(message) = self.messages.1.recv() => self.message(message),
                () = tokio::time::sleep_until(Instant::from_std(wake)) => {}
            }
            self.batch();
            self.tick();
        }
        self.write_up();
        self.send(PeerEvent::Gone);
    }

    /// What has queued up meanwhile, without going to sleep for each.
    fn batch(&mut self) {
        for _ in 0..BATCH {
            let message = self.messages.1.try_recv();
            let done = self.answers.try_recv();
            if message.is_err() && done.is_err() {
                return;
            }
            if let Ok(done) = done {
                self.answer(done);
            }
            if let Ok(message) = message {
                self.message(message);
            }
        }
    }

    pub(super) fn now(&self) -> u64 {
        ms(self.settings.started)
    }

    fn deadline(&self) -> u64 {
        let meeting = self.met.is_none().then_some(self.meeting_retry.0);
        let views = self.views_due.then_some(self.views_at + VIEWS_MS);
        let look = (self.met.is_some() && self.wanted).then_some(self.look_at);
        let times = [self.link.next_deadline(), meeting, views, look];
        let now = self.now();
        // Never at once: whatever is due now was done just before.
        times.into_iter().flatten().min().map_or(now + 60_000, |at| at.max(now + 1))
    }

    fn tick(&mut self) {
        let now = self.now();
        if self.link.next_deadline().is_some_and(|at| at <= now) {
            self.feed(Input::Tick);
        }
        if self.met.is_none() && now >= self.meeting_retry.0 {
            self.retry_meeting(now);
        }
        if now >= self.look_at {
            self.look(now);
        }
        if self.views_due && now >= self.views_at + VIEWS_MS {
            self.views_due = false;
            self.views_at = now;
            self.send(PeerEvent::Views(self.link.views()));
        }
    }

    /// Whether the lanes are what the transfers need.
    fn look(&mut self, now: u64) {
        self.look_at = now + LOOK_MS;
        let views = self.link.views();
        self.wanted = views.iter().any(|view| !view.state.is_over());
        self.moving = views.iter().any(|view| view.state == TransferState::Moving);
        self.write_up();
        self.open_what_is_due(now);
        self.grow(now);
    }

    fn write_up(&self) {
        let board = &self.settings.shared.board;
        board.link(self.settings.peer, self.incarnation, self.link.stats());
        for (slot, carrier) in &self.carriers {
            board.lane(self.settings.peer, self.incarnation, *slot, carrier.kind, carrier.stats());
        }
    }

    fn retry_meeting(&mut self, now: u64) {
        let (_, retries) = self.meeting_retry;
        if retries >= MEETING_RETRIES_MAX {
            self.over = true;
            return;
        }
        self.meeting_retry = (now + MEETING_RETRY_MS, retries + 1);
        let commit = self.meeting.begin();
        self.say(commit);
    }

    fn command(&mut self, command: PeerCommand) {
        match command {
            PeerCommand::Signal(body) => self.signal(body),
            PeerCommand::Send { attachment, source, manifest, standing } => {
                self.transfers.send(attachment, source);
                self.feed(Input::Offer { attachment, manifest, standing });
            }
            PeerCommand::Receive { attachment, expected, record, name, standing } => {
                self.transfers.receive(attachment, record, name, standing.is_some());
                self.feed(Input::Accept { attachment, expected, standing });
            }
            PeerCommand::Source { attachment, source } => {
                self.transfers.set_source(attachment, source);
                self.feed(Input::Mend { attachment });
            }
            PeerCommand::Link(input) => self.feed(input),
            PeerCommand::Portal(reachable) => {
                let back = reachable && !self.portal;
                self.portal = reachable;
                let now = self.now();
                if back && let Some(routes) = &mut self.routes {
                    routes.hurry(now);
                }
            }
            PeerCommand::CloseIfSilent => {
                let silent = self.now().saturating_sub(self.heard_at) > SILENT_MS;
                self.over |= silent && (self.moving || self.carriers.is_empty());
            }
            PeerCommand::Close => self.over = true,
        }
        self.views_due = true;
        self.look_at = self.now();
        self.wanted = true;
    }

    fn signal(&mut self, body: SignalBody) {
        match body {
            SignalBody::Seek | SignalBody::Commit { .. } | SignalBody::Reveal { .. } => self.meet(&body),
            SignalBody::Bye => self.over = true,
            SignalBody::Unknown(_) => {}
            _ if self.broken => {}
            body => self.route_signal(body),
        }
    }

    fn meet(&mut self, body: &SignalBody) {
        let Ok(fresh) = nonce() else { return };
        match self.meeting.receive(body, fresh) {
            Ok(steps) => {
                for step in steps {
                    match step {
                        Step::Send(body) => self.say(body),
                        Step::Met(met) => self.have_met(met),
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a meeting has failed");
                self.over = true;
            }
        }
    }

    fn have_met(&mut self, met: Met) {
        let now = self.now();
        let known = self.met.as_ref().map(|met| met.peer.identity);
        if known.is_some_and(|known| known != met.peer.identity) {
            tracing::warn!("an endpoint came back with other keys");
            self.over = true;
            return;
        }
        match &mut self.routes {
            Some(routes) => routes.hurry(now),
            None => self.routes = Some(Routes::new(self.possible(&met.peer.capabilities), now)),
        }
        self.met = Some(met);
        self.tell_facts();
        self.send(PeerEvent::Met);
    }

    /// What views shall tell beside the link's own.
    pub(super) fn tell_facts(&mut self) {
        let relayed = self.carriers.values().any(|carrier| carrier.kind == LaneKind::Relay)
            && self.carriers.values().all(|carrier| carrier.kind == LaneKind::Relay);
        let why = if self.mapped { RelayedWhy::NoPath } else { RelayedWhy::UdpBlocked };
        self.send(PeerEvent::Lanes(!self.carriers.is_empty()));
        let code = self.met.as_ref().map(|met| met.code.clone());
        self.feed(Input::Facts { code, relayed_why: relayed.then_some(why) });
    }

    fn answer(&mut self, done: Done) {
        match done {
            Done::Input(input) => self.feed(input),
            Done::Finished { attachment, finished } => {
                let (digest, path) = (finished.digest, finished.path);
                self.send(PeerEvent::Received { attachment, digest, path });
            }
        }
    }

    fn message(&mut self, Message { carrier, bytes }: Message) {
        // What a lane brought before it was taken down may still queue.
        if self.carriers.contains_key(&carrier) {
            self.heard_at = self.now();
            self.feed(Input::Received { carrier, bytes });
        }
    }

    /// Gives the link an input and does what it asks for, and what follows from that.
    pub(super) fn feed(&mut self, input: Input) {
        self.todo.push_back(input);
        while let Some(input) = self.todo.pop_front() {
            let now = self.now();
            self.link.handle(now, input);
            while let Some(output) = self.link.poll_output() {
                let answer = self.output(output);
                self.todo.extend(answer);
            }
        }
    }

    fn output(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Send { carrier, bytes } => {
                if let Some(carrier) = self.carriers.get(&carrier) {
                    carrier.send(bytes);
                }
                None
            }
            Output::Read { attachment, block, place } => self.transfers.read(attachment, block, place),
            Output::Prepare { attachment } => {
                let manifest = self.link.manifest(attachment).cloned();
                self.transfers.prepare(attachment, manifest)
            }
            Output::Write { attachment, block, place, bytes } => {
                self.transfers.write_block(attachment, block, place, bytes)
            }
            Output::Persist { attachment, record, replace } => {
                self.transfers.persist(attachment, record, replace);
                None
            }
            Output::Finish { attachment, digest } => self.transfers.finish(attachment, digest),
            Output::Changed { .. } => {
                self.views_due = true;
                None
            }
            Output::Ended { attachment } => {
                self.ended(attachment);
                None
            }
            Output::Stalled { carrier } => {
                self.mend_lane(carrier);
                None
            }
            Output::Replace { carrier } => self.replace_lane(carrier),
            Output::Broken { rule } => {
                tracing::warn!(%rule, "a peer broke the rules");
                self.broken = true;
                self.attempts.clear();
                self.carriers.clear();
                self.views_due = true;
                None
            }
        }
    }

    fn ended(&mut self, attachment: deskside_proto::AttachmentId) {
        let state = self.link.view(attachment).map_or(TransferState::Waiting, |view| view.state);
        self.transfers.ended(attachment, state);
        if let Some(way) = self.transfers.way(attachment) {
            self.send(PeerEvent::Ended { attachment, way, state });
        }
        self.views_due = true;
    }

    /// Whether there is anything to open a lane for, and a way to speak of it.
    pub(super) fn may_try(&self) -> bool {
        self.portal && !self.broken && self.wanted
    }

    pub(super) fn say(&self, body: SignalBody) {
        self.send(PeerEvent::Signal(body));
    }

    fn send(&self, event: PeerEvent) {
        let _ = self.to_service.send((self.settings.peer, event));
    }
}

fn ms(started: std::time::Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}
