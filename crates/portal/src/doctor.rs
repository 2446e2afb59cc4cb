//! `deskside-portal doctor`: what is wrong, and what to do about it.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use rustls::{ClientConnection, pki_types::ServerName};

use crate::{
    blobs::Blobs,
    cli::{ServeArgs, say},
    net::Cidr,
    tls::{self, TlsFiles},
    uploads,
};

/// Below this there is no room for a day's files.
const FREE_WANTED: u64 = 2 * 1024 * 1024 * 1024;
/// When this version was made: a clock before it is wrong (2026-01-01).
const CLOCK_EARLIEST: u64 = 1_767_225_600;
/// A century later: so is one after it.
const CLOCK_LATEST: u64 = CLOCK_EARLIEST + 100 * 365 * 24 * 3600;
const ANSWER_TIME: Duration = Duration::from_secs(2);

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub what: &'static str,
    /// What is right, or what is wrong and what to do.
    pub verdict: Result<String, String>,
}

/// Prints every finding; fails where one is a problem.
pub(crate) async fn main(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    let findings = examine(args).await?;
    let mut healthy = true;
    for Finding { what, verdict } in &findings {
        match verdict {
            Ok(text) => say(&format!("ok       {what}: {text}"))?,
            Err(text) => {
                healthy = false;
                say(&format!("problem  {what}: {text}"))?;
            }
        }
    }
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn examine(args: &ServeArgs) -> anyhow::Result<Vec<Finding>> {
    let folder = args.folder()?;
    Ok(vec![
        data_folder(&folder),
        Finding { what: "database", verdict: database(args).await },
        disk_space(&folder),
        Finding { what: "files", verdict: files(args).await },
        port(args.listen, args.tls_files().as_ref()),
        clock(SystemTime::now()),
        Finding { what: "TLS", verdict: tls_files(args).await },
        Finding { what: "address", verdict: address(args) },
        proxies(&args.trusted_proxies, args.public_url.is_some()),
        Finding { what: "e-mail", verdict: mail(args).await },
    ])
}

/// Whether the folder can be written.
#[must_use]
pub fn data_folder(folder: &Path) -> Finding {
    let probe = folder.join(".doctor");
    let tried = fs::create_dir_all(folder)
        .and_then(|()| fs::File::create(&probe)?.write_all(b"ok"))
        .and_then(|()| fs::remove_file(&probe));
    let verdict = match tried {
        Ok(()) => Ok(folder.display().to_string()),
        Err(error) => Err(format!(
            "{} cannot be written ({error}). Make it writable for this user or give another with --data-dir",
            folder.display()
        )),
    };
    Finding { what: "data folder", verdict }
}

async fn database(args: &ServeArgs) -> Result<String, String> {
    args.database().map_err(|error| error.to_string())?.examine().await
}

/// Whether bytes of files can be written where they shall be.
async fn files(args: &ServeArgs) -> Result<String, String> {
    let Some(bucket) = &args.blobs else { return Ok(args.blob_place()) };
    let tried = async { Blobs::bucket(bucket)?.check().await };
    match tried.await {
        Ok(()) => Ok(args.blob_place()),
        Err(error) => Err(format!(
            "nothing can be written {} ({error}). See that the bucket exists and that AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, \
             AWS_REGION and AWS_ENDPOINT are right",
            args.blob_place()
        )),
    }
}

/// Whether the mail server lets the portal in.
async fn mail(args: &ServeArgs) -> Result<String, String> {
    let Some(config) = args.mail.config() else {
        return Ok("not set up; invitations are links only".to_owned());
    };
    match config.check().await {
        Ok(()) => Ok(format!("{} takes it from {}", config.server, config.from)),
        Err(error) => Err(format!(
            "{} does not take any ({error:#}). See that DESKSIDE_SMTP_URL names it with user and password, and that its certificate is for \
             that name",
            config.server
        )),
    }
}

fn disk_space(folder: &Path) -> Finding {
    let existing = folder.ancestors().find(|path| path.exists()).unwrap_or(folder);
    let verdict = match uploads::free_bytes(existing) {
        None => Ok("this system does not say how much is free".to_owned()),
        Some(free) if free < FREE_WANTED => {
            Err(format!("{} MiB free. Make room or move the data folder to a larger disk", free >> 20))
        }
        Some(free) => Ok(format!("{} GiB free", free >> 30)),
    };
    Finding { what: "disk space", verdict }
}

/// Whether the port is free, or this portal is there already.
#[must_use]
pub fn port(listen: SocketAddr, tls: Option<&TlsFiles>) -> Finding {
    let verdict = match TcpListener::bind(listen) {
        Ok(_) => Ok(format!("{listen} is free")),
        Err(_) if is_portal(listen, tls) => Ok(format!("a portal answers on {listen}")),
        Err(error) => {
            Err(format!("{listen} cannot be used ({error}). Stop what uses it or give another with --listen"))
        }
    };
    Finding { what: "port", verdict }
}

/// Asks as the portal would be spoken to with these settings; with TLS, whoever answers must hold its certificate's key.
fn is_portal(address: SocketAddr, tls: Option<&TlsFiles>) -> bool {
    let ask = || -> anyhow::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, ANSWER_TIME)?;
        stream.set_read_timeout(Some(ANSWER_TIME))?;
        stream.set_write_timeout(Some(ANSWER_TIME))?;
        let Some(files) = tls else { return product_info(stream, address) };
        let certificate = tls::own_certificate(&fs::read(&files.cert)?).context("no certificate")?;
        let name = ServerName::IpAddress(address.ip().into());
        let mut connection = ClientConnection::new(Arc::new(tls::pin::client(certificate)?), name)?;
        product_info(rustls::Stream::new(&mut connection, &mut stream), address)
    };
    ask().is_ok_and(|answer| answer.contains("\"product\":\"deskside\""))
}

/// One request; what came before the end, or before the other side stopped without one.
fn product_info(mut stream: impl Read + Write, address: SocketAddr) -> anyhow::Result<String> {
    write!(stream, "GET /api/v1/info HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    stream.flush()?;
    let mut answer = Vec::new();
    // TLS without a farewell is an error after all that matters.
    let _ended = stream.take(16 * 1024).read_to_end(&mut answer);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Whether the clock can be right.
#[must_use]
pub fn clock(now: SystemTime) -> Finding {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let verdict = if (CLOCK_EARLIEST..CLOCK_LATEST).contains(&seconds) {
        Ok("plausible".to_owned())
    } else {
        Err("the date cannot be right; codes and sign-ins expire by it. Set the clock, best by NTP"
            .to_owned())
    };
    Finding { what: "clock", verdict }
}

async fn tls_files(args: &ServeArgs) -> Result<String, String> {
    let Some(files) = args.tls_files() else { return Ok("not served by the portal itself".to_owned()) };
    let pem = fs::read(&files.cert)
        .map_err(|error| format!("{}: {error}. Check the path", files.cert.display()))?;
    tls::load(&files).await.map_err(|error| error.to_string())?;
    let host = args.public_url.as_ref().and_then(|url| url.host_str()).map(str::to_owned);
    tls::check_certificate(&pem, host.as_deref(), SystemTime::now())
}

fn address(args: &ServeArgs) -> Result<String, String> {
    let tls = args.tls_files().is_some();
    let url = tls::public_url(args.public_url.as_ref(), args.listen, tls, &args.trusted_proxies);
    url.map(|url| url.to_string()).map_err(|error| error.to_string())
}

fn proxies(trusted: &[Cidr], public_url: bool) -> Finding {
    let everybody = trusted.iter().any(Cidr::is_everybody);
    let verdict = match (everybody, trusted.len(), public_url) {
        (true, ..) => Err("--trusted-proxies names every address, so that anybody can pretend to be anybody. Name your proxies only".to_owned()),
        (_, 0, true) => Ok("none; X-Forwarded-For is not believed".to_owned()),
        (_, 0, false) => Ok("none".to_owned()),
        (_, count, _) => Ok(format!("{count} named; each must set X-Forwarded-For and pass Upgrade and Origin")),
    };
    Finding { what: "proxy headers", verdict }
}
