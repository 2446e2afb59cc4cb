//! What ours is measured against: a file through one connection into a file, by the library alone. Two processes, TLS 1.3 with
//! `ring`, the libraries' defaults, no hash, no sync.
//!
//! The receiver listens and leaves its certificate beside the file, by which alone the sender knows it.

mod quic;
mod tls;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Subcommand, ValueEnum};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};

use super::report::Sample;
use super::run::Run;
use crate::terminal::say;

/// Bytes read and written at a time.
const BUFFER: usize = 256 * 1024;
/// The name in the certificate.
const HOST: &str = "localhost";
const LIMIT: Duration = Duration::from_secs(120);

/// A library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Library {
    /// TLS over TCP.
    Rustls,
    /// QUIC.
    Quinn,
}

impl Library {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rustls => "rustls",
            Self::Quinn => "quinn",
        }
    }
}

/// One end of a copy, as a process of its own.
#[derive(Debug, Subcommand)]
pub(super) enum End {
    /// Take one file and end.
    Receive { library: Library, certificate: PathBuf, file: PathBuf },
    /// Send one file to `port` of loopback and end once it is there.
    Send { library: Library, certificate: PathBuf, port: u16, file: PathBuf },
}

/// What the receiver says at its end.
#[derive(Debug, Serialize, Deserialize)]
struct Done {
    bytes: u64,
    /// From the connection until everything was written.
    seconds: f64,
}

/// Plays `end`: the port first, then how it went.
pub(super) fn play(end: End) -> Result<()> {
    match end {
        End::Receive { library, certificate, file } => {
            let config = server(&certificate)?;
            let done = match library {
                Library::Rustls => tls::receive(config, &file)?,
                Library::Quinn => quic::receive(config, &file)?,
            };
            say(serde_json::to_string(&done)?);
            Ok(())
        }
        End::Send { library, certificate, port, file } => {
            let config = client(&certificate)?;
            match library {
                Library::Rustls => tls::send(config, port, &file),
                Library::Quinn => quic::send(config, port, &file),
            }
        }
    }
}

/// Sends `file` to `target` in two processes.
pub(super) async fn measure(library: Library, folder: &Path, file: &Path, target: &Path) -> Result<Sample> {
    let certificate = folder.join(format!("{}.der", library.name()));
    let own = std::env::current_exe()?;
    let command = |end: &str| {
        let mut command = Command::new(&own);
        command.args(["copy", end, library.name()]).arg(&certificate);
        command
    };
    let name = |end: &str| format!("{}-{end}", library.name());
    let mut receiver = Run::start(&name("receive"), folder, command("receive").arg(target))?;
    let port: u16 = receiver.until(LIMIT, |said| said.lines().next()?.parse().ok()).await?;
    let sender = Run::start(&name("send"), folder, command("send").arg(port.to_string()).arg(file))?;
    let (_, sent) = sender.end(LIMIT).await?;
    let (said, received) = receiver.end(LIMIT).await?;
    let done: Done = serde_json::from_str(said.lines().last().context("the receiver said nothing")?)?;
    Ok(Sample {
        mb_s: done.bytes as f64 / done.seconds / 1e6,
        cpu_tx: sent.per_gb(done.bytes),
        cpu_rx: received.per_gb(done.bytes),
        rss_mib: sent.peak_mib.max(received.peak_mib),
        ..Sample::default()
    })
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// With a certificate made for this one copy, which lies at `certificate` from now on.
fn server(certificate: &Path) -> Result<rustls::ServerConfig> {
    let made = rcgen::generate_simple_self_signed([HOST.to_owned()])?;
    fs::write(certificate, made.cert.der())?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    Ok(config)
}

fn client(certificate: &Path) -> Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from(fs::read(certificate)?))?;
    let config = rustls::ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
