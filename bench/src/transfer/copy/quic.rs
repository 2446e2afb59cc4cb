//! QUIC: one stream of one connection.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ConnectionError, Endpoint};

use super::{BUFFER, Done, HOST};
use crate::terminal::say;

/// What the receiver closes the connection with once everything is written.
const DONE: u32 = 7;

#[tokio::main]
pub(super) async fn receive(mut config: rustls::ServerConfig, target: &Path) -> Result<Done> {
    config.alpn_protocols = vec![b"copy".to_vec()];
    let config = quinn::ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(config)?));
    let endpoint = Endpoint::server(config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    say(endpoint.local_addr()?.port().to_string());
    let incoming = endpoint.accept().await.context("the endpoint was closed")?;
    let begun = Instant::now();
    let connection = incoming.await?;
    let mut stream = connection.accept_uni().await?;
    let mut file = File::create(target)?;
    let mut bytes = 0;
    while let Some(chunk) = stream.read_chunk(BUFFER, true).await? {
        file.write_all(&chunk.bytes)?;
        bytes += chunk.bytes.len() as u64;
    }
    let seconds = begun.elapsed().as_secs_f64();
    connection.close(DONE.into(), b"");
    endpoint.wait_idle().await;
    Ok(Done { bytes, seconds })
}

#[tokio::main]
pub(super) async fn send(mut config: rustls::ClientConfig, port: u16, file: &Path) -> Result<()> {
    config.alpn_protocols = vec![b"copy".to_vec()];
    let config = quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(config)?));
    let endpoint = Endpoint::client(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let connection = endpoint.connect_with(config, to, HOST)?.await?;
    let mut stream = connection.open_uni().await?;
    let mut file = File::open(file)?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        stream.write_all(&buffer[..read]).await?;
    }
    stream.finish()?;
    let closed = connection.closed().await;
    let done =
        matches!(&closed, ConnectionError::ApplicationClosed(close) if close.error_code == DONE.into());
    ensure!(done, "the receiver did not take all of it: {closed}");
    Ok(())
}
