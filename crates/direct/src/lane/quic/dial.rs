//! Who calls whom, until one connection is left.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use deskside_transfer::meeting::{Parties, Party};
use quinn::{Connection, ConnectionError, Endpoint, EndpointConfig, RecvStream, SendStream};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{QuicLane, QuicPort, for_socket, tls};
use crate::lane::LaneError;

/// Between the dials of two addresses: the first need not win, and none waits for another to fail.
const STAGGER: Duration = Duration::from_millis(50);

/// An address that has not answered for so long is called anew: QUIC's own waits double, past the end of an outage.
const REDIAL_AFTER: Duration = Duration::from_secs(2);

/// Between two packets that open the listener's NAT.
const PROBE_EVERY: Duration = Duration::from_millis(200);

/// What opens a NAT: QUIC drops a packet without its fixed bit.
const PROBE: [u8; 1] = [0];

/// How long a connected peer may take to name itself.
const HELLO_WAIT: Duration = Duration::from_secs(5);

/// Connections that a listener looks at in one attempt.
const CALLERS_MAX: usize = 64;

/// What quinn calls us; nobody looks: certificates are pinned by their digest.
const SERVER_NAME: &str = "deskside";

/// Session, participant, endpoint.
type Hello = [u8; 48];

fn hello(parties: &Parties, party: &Party) -> Hello {
    let mut hello = [0; 48];
    hello[..16].copy_from_slice(&parties.session.0);
    hello[16..32].copy_from_slice(&party.participant.0);
    hello[32..].copy_from_slice(&party.endpoint.0);
    hello
}

pub(super) async fn dial(
    port: QuicPort,
    parties: &Parties,
    theirs: &[SocketAddr],
    patience: Duration,
) -> Result<QuicLane, LaneError> {
    let client = tls::client(&port.identity, port.pinned)?;
    let endpoint = endpoint(port.socket, None)?;
    let mut calls = JoinSet::new();
    for (place, address) in theirs.iter().copied().enumerate() {
        let (endpoint, client, parties) = (endpoint.clone(), client.clone(), *parties);
        calls.spawn(async move {
            tokio::time::sleep(STAGGER.saturating_mul(u32::try_from(place).unwrap_or(u32::MAX))).await;
            // Until somebody answers, or the caller has no more patience.
            loop {
                let call = call(&endpoint, client.clone(), address, &parties);
                match tokio::time::timeout(REDIAL_AFTER, call).await {
                    Ok(Err(LaneError::NoPath)) | Err(_) => {}
                    Ok(ended) => return ended,
                }
            }
        });
    }
    let (connection, send, receive) = first(&mut calls, patience).await?;
    Ok(QuicLane::new(endpoint, connection, send, receive))
}

async fn call(
    endpoint: &Endpoint,
    client: quinn::ClientConfig,
    address: SocketAddr,
    parties: &Parties,
) -> Result<Opened, LaneError> {
    let connection = endpoint.connect_with(client, address, SERVER_NAME).map_err(LaneError::setup)?;
    let connection = connection.await.map_err(refused)?;
    let (send, receive) = introduce(&connection, parties).await?;
    Ok((connection, send, receive))
}

pub(super) async fn listen(
    port: QuicPort,
    parties: &Parties,
    theirs: &[SocketAddr],
    patience: Duration,
) -> Result<QuicLane, LaneError> {
    let server = tls::server(&port.identity, port.pinned)?;
    let probing = port.socket.try_clone().map_err(LaneError::setup)?;
    let endpoint = endpoint(port.socket, Some(server))?;
    let probes = tokio::spawn(probe(probing, theirs.to_vec()));
    let found = tokio::time::timeout(patience, answer(&endpoint, parties)).await;
    probes.abort();
    let (connection, send, receive) = found.map_err(|_| LaneError::NoPath)??;
    Ok(QuicLane::new(endpoint, connection, send, receive))
}

fn endpoint(socket: UdpSocket, server: Option<quinn::ServerConfig>) -> Result<Endpoint, LaneError> {
    Endpoint::new(EndpointConfig::default(), server, socket, Arc::new(quinn::TokioRuntime))
        .map_err(LaneError::setup)
}

type Opened = (Connection, SendStream, RecvStream);

/// The first that succeeds; if none does, the reason that says most.
async fn first(
    calls: &mut JoinSet<Result<Opened, LaneError>>,
    patience: Duration,
) -> Result<Opened, LaneError> {
    let deadline = Instant::now() + patience;
    let mut reason = LaneError::NoPath;
    while let Ok(Some(call)) = tokio::time::timeout_at(deadline, calls.join_next()).await {
        match call {
            Ok(Ok(opened)) => return Ok(opened),
            Ok(Err(error @ (LaneError::WrongPeer(_) | LaneError::Rules(_)))) => reason = error,
            Ok(Err(error)) => tracing::debug!(%error, "an address of the peer"),
            Err(error) => tracing::debug!(%error, "dialling"),
        }
    }
    Err(reason)
}

/// Answer callers until one is the peer. Ends by its caller's patience, or with the endpoint.
async fn answer(endpoint: &Endpoint, parties: &Parties) -> Result<Opened, LaneError> {
    let mut callers = JoinSet::new();
    let mut seen = 0;
    loop {
        tokio::select! {
            caller = endpoint.accept(), if seen < CALLERS_MAX => {
                let Some(caller) = caller else { return Err(LaneError::Closed) };
                seen += 1;
                let parties = *parties;
                callers.spawn(async move {
                    let connection = caller.await.map_err(refused)?;
                    let (send, receive) = recognise(&connection, &parties).await?;
                    Ok::<Opened, LaneError>((connection, send, receive))
                });
            }
            Some(caller) = callers.join_next() => match caller {
                Ok(Ok(opened)) => return Ok(opened),
                Ok(Err(error)) => tracing::info!(%error, "a caller was refused"),
                Err(error) => tracing::debug!(%error, "answering"),
            },
            else => return Err(LaneError::NoPath),
        }
    }
}

/// The dialler's side of the hello. Only the answer says that the listener accepted our certificate.
async fn introduce(
    connection: &Connection,
    parties: &Parties,
) -> Result<(SendStream, RecvStream), LaneError> {
    let (mut send, mut receive) = connection.open_bi().await.map_err(refused)?;
    let said = send.write_all(&hello(parties, &parties.initiator)).await;
    said.map_err(|_| lost(connection))?;
    expect(connection, &mut receive, &hello(parties, &parties.responder)).await?;
    Ok((send, receive))
}

async fn recognise(
    connection: &Connection,
    parties: &Parties,
) -> Result<(SendStream, RecvStream), LaneError> {
    let stream = tokio::time::timeout(HELLO_WAIT, connection.accept_bi()).await;
    let (mut send, mut receive) = stream.map_err(|_| LaneError::NoPath)?.map_err(refused)?;
    expect(connection, &mut receive, &hello(parties, &parties.initiator)).await?;
    send.write_all(&hello(parties, &parties.responder)).await.map_err(|_| lost(connection))?;
    Ok((send, receive))
}

async fn expect(
    connection: &Connection,
    receive: &mut RecvStream,
    expected: &Hello,
) -> Result<(), LaneError> {
    let mut said: Hello = [0; 48];
    let heard = tokio::time::timeout(HELLO_WAIT, receive.read_exact(&mut said)).await;
    heard.map_err(|_| LaneError::NoPath)?.map_err(|_| lost(connection))?;
    match said == *expected {
        true => Ok(()),
        false => Err(LaneError::WrongPeer("it is another client of the other side".into())),
    }
}

fn lost(connection: &Connection) -> LaneError {
    connection.close_reason().map_or(LaneError::Closed, refused)
}

/// Alerts of TLS travel as 0x100 and their number (RFC 9001 §4.8).
fn refused(error: ConnectionError) -> LaneError {
    let code = match &error {
        ConnectionError::TransportError(error) => Some(error.code),
        ConnectionError::ConnectionClosed(close) => Some(close.error_code),
        _ => None,
    };
    match code {
        Some(code) if (0x100..0x200).contains(&u64::from(code)) => LaneError::WrongPeer(error.to_string()),
        _ if error == ConnectionError::TimedOut => LaneError::NoPath,
        _ => LaneError::Closed,
    }
}

/// Until aborted.
async fn probe(socket: UdpSocket, theirs: Vec<SocketAddr>) {
    let Ok(local) = socket.local_addr() else { return };
    let mut every = tokio::time::interval(PROBE_EVERY);
    loop {
        every.tick().await;
        for address in &theirs {
            // Unreachable ones are expected among them.
            let _ = socket.send_to(&PROBE, for_socket(*address, local));
        }
    }
}
