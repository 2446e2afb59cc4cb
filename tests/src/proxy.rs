//! A TCP proxy between a client and the portal that does to the network what networks do.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Bytes carried at a time.
const BUFFER: usize = 16 * 1024;
/// Before each of them on a slow network.
const PAUSE: Duration = Duration::from_millis(4);

/// What the network does just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Everything gets through.
    Up,
    /// Everything gets through, at about 4 MB/s a direction: what takes a moment on the loopback takes seconds.
    Slow,
    /// Connections are reset, new ones too: a cable that is pulled, noticed at once.
    Reset,
    /// Nothing gets through and nobody is told. Connections of this time are dead for good, as when a router forgot them:
    /// they stay open and silent, and who speaks on one after the network is back gets a reset.
    HalfOpen,
    /// Bytes are held back in both directions and all come later.
    Stalled,
}

/// How a connection ends here.
enum Verdict {
    Closed,
    Reset,
    Forgotten,
}

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    bytes: AtomicU64,
    /// Bytes a second that a connection carries each way; 0 = as fast as it goes.
    rate: AtomicU64,
}

/// A listening proxy; ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    network: watch::Sender<Network>,
    upstream: watch::Sender<Option<SocketAddr>>,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port; connections wait until [`Proxy::lead_to`] names the portal.
    pub async fn open() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for a proxy")?;
        let address = listener.local_addr()?;
        let (network, network_seen) = watch::channel(Network::Up);
        let (upstream, upstream_seen) = watch::channel(None);
        let counts = Arc::new(Counts::default());
        let task = tokio::spawn(accept(listener, network_seen, upstream_seen, Arc::clone(&counts)));
        Ok(Self { address, network, upstream, counts, task })
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn lead_to(&self, portal: SocketAddr) {
        self.upstream.send_replace(Some(portal));
    }

    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
    }

    /// From now on each connection carries at most so many bytes a second, each way.
    pub fn slow_down(&self, rate: u64) {
        self.counts.rate.store(rate, Relaxed);
    }

    /// Connections taken so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.counts.connections.load(Relaxed)
    }

    /// Bytes that went through so far, both ways.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.counts.bytes.load(Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    network: watch::Receiver<Network>,
    upstream: watch::Receiver<Option<SocketAddr>>,
    counts: Arc<Counts>,
) {
    // Dropped with this task: every connection ends with the proxy.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        counts.connections.fetch_add(1, Relaxed);
        connections.spawn(connection(client, network.clone(), upstream.clone(), Arc::clone(&counts)));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(
    mut client: TcpStream,
    mut network: watch::Receiver<Network>,
    mut upstream: watch::Receiver<Option<SocketAddr>>,
    counts: Arc<Counts>,
) {
    let now = *network.borrow_and_update();
    if now == Network::HalfOpen {
        return forgotten(network, &client, None).await;
    }
    if now == Network::Reset {
        return reset(&client);
    }
    let Ok(portal) = upstream.wait_for(Option::is_some).await.map(|portal| *portal) else { return };
    let Some(Ok(mut server)) = (match portal {
        Some(portal) => Some(TcpStream::connect(portal).await),
        None => None,
    }) else {
        return reset(&client);
    };
    let verdict = {
        let (client_in, client_out) = client.split();
        let (server_in, server_out) = server.split();
        tokio::select! {
            verdict = pump(client_in, server_out, network.clone(), &counts) => verdict,
            verdict = pump(server_in, client_out, network.clone(), &counts) => verdict,
        }
    };
    match verdict {
        Verdict::Closed => {}
        Verdict::Reset => {
            reset(&client);
            reset(&server);
        }
        Verdict::Forgotten => forgotten(network, &client, Some(&server)).await,
    }
}

/// Carries one direction until it closes or the network decides otherwise.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut network: watch::Receiver<Network>,
    counts: &Counts,
) -> Verdict {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = tokio::select! {
            verdict = broken(network.clone()) => return verdict,
            read = from.read(&mut buffer) => read,
        };
        let Ok(length) = read else { return Verdict::Reset };
        if let Some(verdict) = held_back(&mut network).await {
            return verdict;
        }
        if *network.borrow() == Network::Slow {
            tokio::time::sleep(PAUSE).await;
        }
        if length == 0 {
            return Verdict::Closed;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return Verdict::Reset;
        }
        let length = length as u64;
        counts.bytes.fetch_add(length, Relaxed);
        if let Some(pause) = (length * 1_000_000).checked_div(counts.rate.load(Relaxed)) {
            tokio::time::sleep(Duration::from_micros(pause)).await;
        }
    }
}

/// Comes back when connections break.
async fn broken(mut network: watch::Receiver<Network>) -> Verdict {
    loop {
        match *network.borrow_and_update() {
            Network::Reset => return Verdict::Reset,
            Network::HalfOpen => return Verdict::Forgotten,
            Network::Up | Network::Slow | Network::Stalled => {}
        }
        if network.changed().await.is_err() {
            return Verdict::Closed;
        }
    }
}

/// Holds bytes while the network stalls; `None` = they go through now.
async fn held_back(network: &mut watch::Receiver<Network>) -> Option<Verdict> {
    loop {
        match *network.borrow_and_update() {
            Network::Up | Network::Slow => return None,
            Network::Reset => return Some(Verdict::Reset),
            Network::HalfOpen => return Some(Verdict::Forgotten),
            Network::Stalled => {}
        }
        if network.changed().await.is_err() {
            return Some(Verdict::Closed);
        }
    }
}

/// Keeps both ends open and silent. Once the network is back, whoever still speaks is told that nobody knows the connection.
async fn forgotten(mut network: watch::Receiver<Network>, client: &TcpStream, server: Option<&TcpStream>) {
    let back = |now: &Network| matches!(now, Network::Up | Network::Slow | Network::Reset);
    let Ok(now) = network.wait_for(back).await.map(|now| *now) else { return };
    if now != Network::Reset {
        let server_speaks = async {
            match server {
                Some(server) => server.readable().await,
                None => std::future::pending().await,
            }
        };
        // Bytes, or the end of the stream: either way the connection is over.
        let _ = tokio::select! { spoken = client.readable() => spoken, spoken = server_speaks => spoken };
    }
    reset(client);
    if let Some(server) = server {
        reset(server);
    }
}

/// Closing with a zero linger sends RST.
fn reset(stream: &TcpStream) {
    // Fails only where the peer reset it first: then there is nothing to do.
    let _ = stream.set_zero_linger();
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const SHORT: Duration = Duration::from_millis(200);
    const LONG: Duration = Duration::from_secs(5);

    async fn echo() -> Result<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        Ok(address)
    }

    async fn say(stream: &mut TcpStream, word: &[u8]) -> std::io::Result<Vec<u8>> {
        stream.write_all(word).await?;
        let mut answer = vec![0; word.len()];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    }

    #[tokio::test]
    async fn each_state_does_what_it_says() -> Result<()> {
        let proxy = Proxy::open().await?;
        proxy.lead_to(echo().await?);
        let mut client = TcpStream::connect(proxy.address).await?;
        assert_eq!(say(&mut client, b"one").await?, b"one");
        assert_eq!((proxy.connections(), proxy.bytes()), (1, 6));

        proxy.set(Network::Stalled);
        client.write_all(b"late").await?;
        let mut late = [0; 4];
        assert!(timeout(SHORT, client.read_exact(&mut late)).await.is_err(), "held back");
        proxy.set(Network::Up);
        timeout(LONG, client.read_exact(&mut late)).await??;
        assert_eq!(&late, b"late");

        proxy.set(Network::HalfOpen);
        assert!(timeout(SHORT, say(&mut client, b"lost")).await.is_err(), "nobody answers");
        proxy.set(Network::Up);
        assert!(
            timeout(LONG, say(&mut client, b"more")).await?.is_err(),
            "dead for good: who speaks is told"
        );
        let mut second = TcpStream::connect(proxy.address).await?;
        assert_eq!(timeout(LONG, say(&mut second, b"two")).await??, b"two");

        proxy.set(Network::Reset);
        assert!(timeout(LONG, second.read_u8()).await?.is_err(), "reset");
        Ok(())
    }
}
