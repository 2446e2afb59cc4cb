//! Opening lanes. Each attempt is a task; a WebRTC one stays while its connection lives, for late candidates and restarts.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use deskside_proto::{SignalBody, api::IceServer};
use deskside_transfer::{CarrierId, meeting::Presentation};
use tokio::{runtime::Handle, sync::mpsc};
use tokio_util::sync::CancellationToken;

use super::PeerSettings;
use crate::lane::{
    Lane, LaneError,
    quic::{QuicPort, QuicSettings},
    relay::RelayLane,
    webrtc::{Negotiation, Settings, Signal, State},
};

/// Between a channel's opening and its first message: `rtc` drops what arrives in the moment before the channel is known to it, which
/// comes together with what opens it. Longer than a loaded machine needs for one turn of its loop.
const SETTLE: Duration = Duration::from_millis(150);
/// Until a path must have been found. A relayed path through TURN needs two or three seconds.
const PATIENCE: Duration = Duration::from_secs(15);
/// For the other side to come to the relay as well.
const RELAY_PATIENCE: Duration = Duration::from_secs(20);
/// For the portal to say which servers there are; without them, one network is still possible.
const SERVERS_PATIENCE: Duration = Duration::from_secs(3);

/// What tasks tell the actor. A *slot* is an attempt and then its carrier.
pub(super) enum Event {
    Signal(SignalBody),
    Up {
        slot: CarrierId,
        lane: Arc<dyn Lane>,
    },
    /// No sign of life on this connection for a while.
    Silent {
        slot: CarrierId,
    },
    /// Nobody can tell us how our sockets look from outside.
    NoServers,
    /// There is room again.
    Room {
        slot: CarrierId,
    },
    Ended {
        slot: CarrierId,
        error: LaneError,
    },
}

/// What the actor tells the task of an attempt.
pub(super) enum Control {
    Hear(Signal),
    Restart,
    Addresses(Vec<SocketAddr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Webrtc { link: u32 },
    Quic,
    Relay,
}

/// Dropping it gives the attempt up, or closes its connection.
pub(super) struct Attempt {
    pub(super) way: Way,
    control: mpsc::UnboundedSender<Control>,
    stop: CancellationToken,
}

impl Attempt {
    pub(super) fn tell(&self, control: Control) {
        let _ = self.control.send(control);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Everything an attempt needs of its actor.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) settings: Arc<PeerSettings>,
    /// As the meeting showed it.
    pub(super) peer: Presentation,
    /// It is in one of our networks.
    pub(super) neighbour: bool,
    pub(super) events: mpsc::UnboundedSender<Event>,
}

impl Context {
    /// Offers a connection, or with `offer` answers one.
    pub(super) fn webrtc(self, slot: CarrierId, link: u32, offer: Option<String>) -> Attempt {
        self.start(Way::Webrtc { link }, |context, control, stop| async move {
            let events = context.events.clone();
            if let Err(error) = context.run_webrtc(slot, link, offer, control, stop).await {
                let _ = events.send(Event::Ended { slot, error });
            }
        })
    }

    /// Binds a port and tells the peer of it; dials or listens once its addresses are there.
    pub(super) fn quic(self, slot: CarrierId) -> Attempt {
        self.start(Way::Quic, |context, control, stop| async move {
            let events = context.events.clone();
            let opened = stop.run_until_cancelled(context.run_quic(control)).await;
            report(slot, opened, &events);
        })
    }

    pub(super) fn relay(self, slot: CarrierId) -> Attempt {
        self.start(Way::Relay, |context, _, stop| async move {
            let opened = stop.run_until_cancelled(context.run_relay()).await;
            report(slot, opened, &context.events);
        })
    }

    fn start<F: Future<Output = ()> + Send + 'static>(
        self,
        way: Way,
        task: impl FnOnce(Self, mpsc::UnboundedReceiver<Control>, CancellationToken) -> F,
    ) -> Attempt {
        let (control, controls) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        Handle::current().spawn(task(self, controls, stop.clone()));
        Attempt { way, control, stop }
    }

    async fn servers(&self) -> Vec<IceServer> {
        let asked = tokio::time::timeout(SERVERS_PATIENCE, self.settings.config.ice.servers()).await;
        let servers = asked.ok().flatten().map(|ice| ice.servers).unwrap_or_default();
        if servers.is_empty() {
            let _ = self.events.send(Event::NoServers);
        }
        servers
    }

    async fn run_webrtc(
        self,
        slot: CarrierId,
        link: u32,
        offer: Option<String>,
        mut control: mpsc::UnboundedReceiver<Control>,
        stop: CancellationToken,
    ) -> Result<(), LaneError> {
        let settings = Settings {
            identity: self.settings.config.identity.clone(),
            peer_certificate: self.peer.identity.certificate,
            ice_servers: self.servers().await,
            browser: self.peer.capabilities.browser,
            peer_message_max: self.peer.capabilities.message_max,
            neighbour: self.neighbour,
            seams: self.settings.config.seams,
        };
        let (negotiation, mut signals) = match offer {
            None => Negotiation::offer(settings).await?,
            Some(offer) => Negotiation::answer(settings, offer).await?,
        };
        let mut opened = false;
        let mut states = negotiation.states();
        let open = negotiation.open(PATIENCE);
        tokio::pin!(open);
        let ended = loop {
            tokio::select! {
                () = stop.cancelled() => break Ok(()),
                Some(signal) = signals.recv() => {
                    let _ = self.events.send(Event::Signal(outgoing(link, signal)));
                }
                control = control.recv() => match control {
                    Some(control) => steer(&negotiation, control).await?,
                    None => break Ok(()),
                },
                // An end shows in the lane.
                Ok(()) = states.changed(), if opened => {
                    if *states.borrow_and_update() == State::Disconnected {
                        let _ = self.events.send(Event::Silent { slot });
                    }
                }
                lane = &mut open, if !opened => match lane {
                    Ok(lane) => {
                        opened = true;
                        tokio::time::sleep(SETTLE).await;
                        let _ = self.events.send(Event::Up { slot, lane: Arc::new(lane) });
                    }
                    Err(error) => break Err(error),
                },
            }
        };
        negotiation.close().await;
        ended
    }

    async fn run_quic(
        &self,
        mut control: mpsc::UnboundedReceiver<Control>,
    ) -> Result<Arc<dyn Lane>, LaneError> {
        let config = &self.settings.config;
        let port = QuicPort::bind(QuicSettings {
            identity: config.identity.clone(),
            peer_certificate: self.peer.identity.certificate,
            ice_servers: self.servers().await,
            ice_addresses: Vec::new(),
            loopback: config.seams.loopback,
        });
        let port = port.await?;
        let addresses = port.addresses().iter().map(ToString::to_string).collect();
        let _ = self.events.send(Event::Signal(SignalBody::Quic { addresses }));
        let theirs = async {
            loop {
                match control.recv().await {
                    Some(Control::Addresses(theirs)) => return Ok(theirs),
                    Some(_) => {}
                    None => return Err(LaneError::Closed),
                }
            }
        };
        let theirs = tokio::time::timeout(PATIENCE, theirs).await.map_err(|_| LaneError::NoPath)??;
        Ok(Arc::new(port.open(&self.settings.parties, self.settings.role, &theirs, PATIENCE).await?))
    }

    async fn run_relay(&self) -> Result<Arc<dyn Lane>, LaneError> {
        let config = &self.settings.config;
        let connector = config.relay.as_deref().ok_or(LaneError::NoPath)?;
        let lane = RelayLane::open(
            connector,
            &self.settings.parties,
            self.settings.role,
            &config.identity,
            &self.peer.identity.noise,
            RELAY_PATIENCE,
        );
        Ok(Arc::new(lane.await?))
    }
}

fn report(
    slot: CarrierId,
    opened: Option<Result<Arc<dyn Lane>, LaneError>>,
    events: &mpsc::UnboundedSender<Event>,
) {
    match opened {
        Some(Ok(lane)) => drop(events.send(Event::Up { slot, lane })),
        Some(Err(error)) => drop(events.send(Event::Ended { slot, error })),
        // Given up: nobody waits for it.
        None => {}
    }
}

async fn steer(negotiation: &Negotiation, control: Control) -> Result<(), LaneError> {
    match control {
        Control::Hear(signal) => negotiation.hear(signal).await,
        // A lossy line falls silent as well, and a restart would only take its sockets away.
        Control::Restart if *negotiation.states().borrow() == State::Disconnected => {
            negotiation.restart().await
        }
        Control::Restart => Ok(()),
        Control::Addresses(_) => Ok(()),
    }
}

fn outgoing(link: u32, signal: Signal) -> SignalBody {
    match signal {
        Signal::Offer(sdp) => SignalBody::Offer { link, sdp },
        Signal::Answer(sdp) => SignalBody::Answer { link, sdp },
        Signal::Candidate(candidate) => SignalBody::Candidate { link, candidate },
    }
}
