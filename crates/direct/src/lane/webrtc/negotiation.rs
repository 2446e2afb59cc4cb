//! From nothing to an open data channel: offer, answer and candidates, through whoever passes signals on.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deskside_proto::Digest32;
use deskside_proto::api::IceServer;
use rtc::peer_connection::configuration::RTCOfferOptions;
use tokio::sync::{Mutex, mpsc, watch};
use webrtc::data_channel::{DataChannel, DataChannelEvent, RTCDataChannelInit};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCCertificate,
    RTCConfigurationBuilder, RTCIceCandidateInit, RTCIceServer, RTCIceTransportPolicy,
    RTCPeerConnectionIceEvent, RTCPeerConnectionState, RTCSessionDescription, crypto,
};

use super::{CHANNEL, LABEL, State, WebRtcLane, ended, sdp, tuning};
use crate::identity::{Identity, fingerprint};
use crate::lane::LaneError;

/// Candidates taken from one peer for one connection: each costs checks to an address that the peer names.
const CANDIDATES_MAX: usize = 64;

/// Longest candidate, bytes.
const CANDIDATE_LENGTH_MAX: usize = 1024;

/// Only tests turn these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seams {
    /// `DESKSIDE_ICE_LOOPBACK=1`: addresses of this machine alone are offered too; to another desktop, only they.
    pub loopback: bool,
    /// `DESKSIDE_ICE_RELAY_ONLY=1`: only what a TURN server relays.
    pub relay_only: bool,
    /// Sockets and window as the stack has them unasked: what tuning is measured against.
    pub untuned: bool,
}

impl Seams {
    /// From the environment.
    #[must_use]
    pub fn from_env() -> Self {
        let on = |name| std::env::var_os(name).is_some_and(|value| value == "1");
        Self {
            loopback: on("DESKSIDE_ICE_LOOPBACK"),
            relay_only: on("DESKSIDE_ICE_RELAY_ONLY"),
            untuned: false,
        }
    }
}

/// What a connection needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Ours.
    pub identity: Identity,
    /// The peer's certificate, pinned at the meeting.
    pub peer_certificate: Digest32,
    /// The portal's STUN and TURN servers.
    pub ice_servers: Vec<IceServer>,
    /// The peer is a browser.
    pub browser: bool,
    /// Longest message the peer takes, bytes.
    pub peer_message_max: u32,
    /// The peer is a neighbour ([`same_network`](crate::lane::udp::same_network)): the path carries longer packets.
    pub neighbour: bool,
    /// For tests.
    pub seams: Seams,
}

/// What passes between the two sides of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// A session description. Another one later restarts ICE.
    Offer(String),
    /// The answer to it.
    Answer(String),
    /// An RTCIceCandidateInit, as JSON.
    Candidate(String),
}

/// A connection and its signals: also once it is open, for late candidates and for [restarts](Self::restart).
pub struct Negotiation {
    connection: Arc<dyn PeerConnection>,
    channel: Arc<dyn DataChannel>,
    signals: mpsc::UnboundedSender<Signal>,
    state: watch::Receiver<State>,
    heard: Mutex<Heard>,
    peer_certificate: Digest32,
    message_max: u32,
}

#[derive(Default)]
struct Heard {
    described: bool,
    candidates: usize,
    /// Before the description they belong to.
    early: Vec<RTCIceCandidateInit>,
}

impl Negotiation {
    /// Make an offer. The signals to pass on come out of the receiver, the offer first.
    pub async fn offer(settings: Settings) -> Result<(Self, mpsc::UnboundedReceiver<Signal>), LaneError> {
        let (negotiation, signals) = Self::prepare(settings).await?;
        negotiation.make_offer(None).await?;
        Ok((negotiation, signals))
    }

    /// Answer the peer's `offer`. The signals to pass on come out of the receiver, the answer first.
    pub async fn answer(
        settings: Settings,
        offer: String,
    ) -> Result<(Self, mpsc::UnboundedReceiver<Signal>), LaneError> {
        sdp::check_fingerprint(&offer, &settings.peer_certificate)?;
        let (negotiation, signals) = Self::prepare(settings).await?;
        negotiation.hear(Signal::Offer(offer)).await?;
        Ok((negotiation, signals))
    }

    async fn prepare(settings: Settings) -> Result<(Self, mpsc::UnboundedReceiver<Signal>), LaneError> {
        let (signals, outgoing) = mpsc::unbounded_channel();
        let (state_tx, state) = watch::channel(State::Connecting);
        let events = Arc::new(Events { signals: signals.clone(), state: state_tx });
        let most = if settings.browser { tuning::BROWSER_MESSAGE_MAX } else { tuning::DESKTOP_MESSAGE_MAX };
        // Only a browser hides its addresses behind multicast names. Where nothing routes multicast (a machine on
        // its own, a network without a way out) that fails, and all else does not need it.
        let connection = if settings.browser {
            match build(&settings, most, events.clone(), true).await {
                Ok(connection) => connection,
                Err(error) => {
                    tracing::info!(%error, "no multicast DNS here: going on without");
                    build(&settings, most, events, false).await?
                }
            }
        } else {
            build(&settings, most, events, false).await?
        };
        let init = RTCDataChannelInit { negotiated: Some(CHANNEL), ..Default::default() };
        let channel = connection.create_data_channel(LABEL, Some(init)).await.map_err(LaneError::setup)?;
        let negotiation = Self {
            connection,
            channel,
            signals,
            state,
            heard: Mutex::default(),
            peer_certificate: settings.peer_certificate,
            message_max: most.min(settings.peer_message_max),
        };
        Ok((negotiation, outgoing))
    }

    /// Take a signal of the peer. An error ends this connection, not others.
    pub async fn hear(&self, signal: Signal) -> Result<(), LaneError> {
        let mut heard = self.heard.lock().await;
        match signal {
            Signal::Candidate(json) => return self.candidate(&mut heard, &json).await,
            Signal::Offer(offer) => {
                self.describe(RTCSessionDescription::offer, offer).await?;
                let answer = self.connection.create_answer(None).await.map_err(LaneError::setup)?;
                // Ahead of the candidates that the next call finds.
                let _ = self.signals.send(Signal::Answer(answer.sdp.clone()));
                self.connection.set_local_description(answer).await.map_err(LaneError::setup)?;
            }
            Signal::Answer(answer) => self.describe(RTCSessionDescription::answer, answer).await?,
        }
        heard.described = true;
        for candidate in std::mem::take(&mut heard.early) {
            self.add(candidate).await;
        }
        Ok(())
    }

    /// Look for paths anew: after the network changed, or when nothing arrives. Only the side that offered.
    ///
    /// An attempt, no promise: with webrtc 0.21.1 about half of the restarts under load find no path again, though
    /// nothing is in the way, and the connection ends 15 seconds later. Open another in its place soon after.
    pub async fn restart(&self) -> Result<(), LaneError> {
        {
            let mut heard = self.heard.lock().await;
            heard.described = false;
            heard.candidates = 0;
        }
        // Not `restart_ice`: its candidates would overtake the offer they belong to.
        self.make_offer(Some(RTCOfferOptions { ice_restart: true })).await
    }

    /// How the connection is, now and later.
    #[must_use]
    pub fn states(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Wait until the channel is open, and make sure of the peer once more.
    pub async fn open(&self, patience: Duration) -> Result<WebRtcLane, LaneError> {
        let opened = tokio::select! {
            opened = tokio::time::timeout(patience, self.opened()) => opened.map_err(|_| LaneError::NoPath)?,
            () = ended(self.state.clone()) => Err(LaneError::NoPath),
        };
        let made_sure = match opened {
            Ok(()) => self.certificate_is_pinned().await,
            Err(error) => Err(error),
        };
        if let Err(error) = made_sure {
            self.close().await;
            return Err(error);
        }
        let negotiated = match self.connection.sctp().await {
            Some(sctp) => sctp.max_message_size().await.unwrap_or(tuning::BROWSER_MESSAGE_MAX),
            None => tuning::BROWSER_MESSAGE_MAX,
        };
        let max_message = self.message_max.min(negotiated) as usize;
        Ok(WebRtcLane::new(self.connection.clone(), self.channel.clone(), self.state.clone(), max_message)
            .await)
    }

    /// Give it up.
    pub async fn close(&self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "closing a peer connection");
        }
    }

    async fn opened(&self) -> Result<(), LaneError> {
        loop {
            match self.channel.poll().await {
                Some(DataChannelEvent::OnOpen) => return Ok(()),
                Some(DataChannelEvent::OnClose) | None => return Err(LaneError::Closed),
                Some(_) => {}
            }
        }
    }

    /// The stack compares the peer's certificate with its description, and we that with what was pinned: here the
    /// certificate itself, so that nothing depends on both being right.
    async fn certificate_is_pinned(&self) -> Result<(), LaneError> {
        let sctp = self.connection.sctp().await.ok_or(LaneError::Closed)?;
        let shown = sctp.transport().get_remote_certificates().await.map_err(|_| LaneError::Closed)?;
        match shown.first() {
            Some(certificate) if fingerprint(certificate) == self.peer_certificate => Ok(()),
            _ => Err(LaneError::WrongPeer("the handshake showed another certificate".into())),
        }
    }

    async fn make_offer(&self, options: Option<RTCOfferOptions>) -> Result<(), LaneError> {
        let offer = self.connection.create_offer(options).await.map_err(LaneError::setup)?;
        // Ahead of the candidates that the next call finds.
        let _ = self.signals.send(Signal::Offer(offer.sdp.clone()));
        self.connection.set_local_description(offer).await.map_err(LaneError::setup)
    }

    async fn describe(
        &self,
        read: fn(String) -> webrtc::error::Result<RTCSessionDescription>,
        text: String,
    ) -> Result<(), LaneError> {
        sdp::check_fingerprint(&text, &self.peer_certificate)?;
        let rules = |error: webrtc::error::Error| LaneError::Rules(error.to_string());
        self.connection.set_remote_description(read(text).map_err(rules)?).await.map_err(rules)
    }

    async fn candidate(&self, heard: &mut Heard, json: &str) -> Result<(), LaneError> {
        heard.candidates += 1;
        if heard.candidates > CANDIDATES_MAX || json.len() > CANDIDATE_LENGTH_MAX {
            return Ok(());
        }
        let Ok(candidate) = serde_json::from_str::<RTCIceCandidateInit>(json) else {
            return Err(LaneError::Rules("a candidate that cannot be read".into()));
        };
        if heard.described {
            self.add(candidate).await;
        } else {
            heard.early.push(candidate);
        }
        Ok(())
    }

    /// A candidate of a kind we cannot use is no reason to end: others follow.
    async fn add(&self, candidate: RTCIceCandidateInit) {
        if let Err(error) = self.connection.add_ice_candidate(candidate).await {
            tracing::debug!(%error, "a candidate of the peer cannot be used");
        }
    }
}

async fn build(
    settings: &Settings,
    message_max: u32,
    events: Arc<Events>,
    mdns: bool,
) -> Result<Arc<dyn PeerConnection>, LaneError> {
    let Seams { loopback, relay_only, untuned } = settings.seams;
    let policy = if relay_only { RTCIceTransportPolicy::Relay } else { RTCIceTransportPolicy::All };
    let configuration = RTCConfigurationBuilder::new()
        .with_certificates(vec![certificate(&settings.identity)?])
        .with_ice_servers(settings.ice_servers.iter().map(ice_server).collect())
        .with_ice_transport_policy(policy)
        .build();
    let window = if untuned { 1 << 20 } else { tuning::window() };
    let mut builder = PeerConnectionBuilder::new()
        .with_configuration(configuration)
        .with_setting_engine(tuning::settings(window, message_max, settings.neighbour, loopback, mdns))
        .with_handler(events)
        .with_runtime(tuning::Roomy::shared(!untuned))
        .with_data_channel_send_buffer_limit(tuning::send_limit(settings.browser, settings.neighbour, window))
        .with_udp_addrs(addresses(loopback, settings.browser));
    if !untuned {
        builder = builder.with_dedicated_reactor_pool_size(tuning::REACTORS);
    }
    Ok(Arc::new(builder.build().await.map_err(LaneError::setup)?))
}

/// Every interface; a browser on this machine does not send from its other addresses to 127.0.0.1.
fn addresses(loopback: bool, browser: bool) -> Vec<&'static str> {
    match (loopback, browser) {
        (true, false) => vec!["127.0.0.1:0"],
        (true, true) => vec!["0.0.0.0:0", "127.0.0.1:0"],
        (false, _) => vec!["0.0.0.0:0", "[::]:0"],
    }
}

fn certificate(identity: &Identity) -> Result<RTCCertificate, LaneError> {
    let provider = crypto::default_provider().map_err(LaneError::setup)?;
    // Nobody looks at the date: the certificate is pinned, and replaced with the session.
    let expires = std::time::SystemTime::now() + Duration::from_secs(10 * 365 * 86_400);
    RTCCertificate::from_pkcs8(
        provider.crypto(),
        crypto::SignatureScheme::EcdsaP256Sha256,
        vec![identity.certificate().clone()],
        identity.key_pkcs8(),
        expires,
    )
    .map_err(LaneError::setup)
}

fn ice_server(server: &IceServer) -> RTCIceServer {
    RTCIceServer {
        urls: server.urls.clone(),
        username: server.username.clone().unwrap_or_default(),
        credential: server.credential.clone().unwrap_or_default(),
    }
}

struct Events {
    signals: mpsc::UnboundedSender<Signal>,
    state: watch::Sender<State>,
}

#[async_trait]
impl PeerConnectionEventHandler for Events {
    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        match event.candidate.to_json().map(|candidate| serde_json::to_string(&candidate)) {
            // Nobody listens any more: the negotiation was dropped.
            Ok(Ok(json)) => drop(self.signals.send(Signal::Candidate(json))),
            Ok(Err(error)) => tracing::debug!(%error, "a candidate of ours cannot be written"),
            Err(error) => tracing::debug!(%error, "a candidate of ours cannot be written"),
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let state = match state {
            RTCPeerConnectionState::Connected => State::Connected,
            RTCPeerConnectionState::Disconnected => State::Disconnected,
            RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed => State::Ended,
            _ => return,
        };
        self.state.send_replace(state);
    }
}
