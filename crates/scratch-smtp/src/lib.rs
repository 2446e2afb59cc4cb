//! A mail server that lives as long as the process that asked for it, for tests.
//!
//! It is aiosmtpd (tests/foreign/requirements.txt), on free ports of the loopback: with STARTTLS, with TLS from the beginning, and
//! plain. The encrypted ones ask for a password. It refuses `…@refused.example`, and lets `…@later.example` come three times.
//!
//! Invariants
//! - Nothing is left over: the server ends when our end of a pipe is closed, which the system does for us however we end.

use std::{
    fs,
    io::{self, BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use deskside_scratch_s3::python_tools;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde::Deserialize;
use tempfile::TempDir;

pub const USER: &str = "help@example.org";
/// With what has to be escaped in an address.
pub const PASSWORD: &str = "p@ss:w/rd";
/// Time for a mail to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mail as the server took it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Mail {
    /// Of the envelope.
    pub from: String,
    /// Of the envelope.
    pub to: Vec<String>,
    pub encrypted: bool,
    /// Decoded.
    pub headers: Vec<(String, String)>,
    /// Decoded.
    pub text: String,
    /// Decoded.
    pub html: String,
}

impl Mail {
    /// Every value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Vec<&str> {
        let found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).collect()
    }

    /// The line of the text that is a link.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.text.lines().map(str::trim).find(|line| line.starts_with("http"))
    }
}

/// A running server; dropping it ends it.
#[derive(Debug)]
pub struct ScratchSmtp {
    pub starttls_port: u16,
    pub tls_port: u16,
    pub plain_port: u16,
    /// Authority (PEM) of the server's certificate, which is for `localhost` and `127.0.0.1`.
    pub authority: PathBuf,
    folder: TempDir,
    server: Child,
    line: Option<ChildStdin>,
}

impl ScratchSmtp {
    /// Makes a server and waits until it listens: about a second.
    ///
    /// # Errors
    /// Where the Python tools are not installed, or it does not start.
    pub fn start() -> io::Result<Self> {
        let python = python_tools::program("python").map_err(io::Error::other)?;
        let folder = tempfile::tempdir()?;
        let (authority, certificate, key) = certificates(&folder)?;
        fs::create_dir(folder.path().join("mails"))?;
        let mut command = Command::new(python);
        command
            .args(["-c", include_str!("server.py")])
            .arg(folder.path().join("mails"))
            .args([&certificate, &key])
            .args([USER, PASSWORD])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        // In a group of its own, so that Ctrl-C does not reach it before its time.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut server = command.spawn()?;
        let line = server.stdin.take();
        let answers = server.stdout.take().ok_or_else(|| io::Error::other("it was started without pipes"))?;
        let mut answer = String::new();
        BufReader::new(answers).read_line(&mut answer)?;
        let ports: Result<Vec<u16>, _> = answer.split_whitespace().map(str::parse).collect();
        let &[starttls_port, tls_port, plain_port] = ports.map_err(io::Error::other)?.as_slice() else {
            return Err(io::Error::other("it ended; the reason stands on standard error"));
        };
        Ok(Self { starttls_port, tls_port, plain_port, authority, folder, server, line })
    }

    /// Everything that arrived, in order.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn mails(&self) -> io::Result<Vec<Mail>> {
        let entries: io::Result<Vec<_>> = fs::read_dir(self.folder.path().join("mails"))?.collect();
        let mut paths: Vec<PathBuf> = entries?.into_iter().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        paths.iter().map(|path| Ok(serde_json::from_slice(&fs::read(path)?)?)).collect()
    }

    /// Waits until `count` mails have arrived, and returns them all.
    ///
    /// # Errors
    /// Where they do not arrive.
    pub fn wait_for(&self, count: usize) -> io::Result<Vec<Mail>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mails = self.mails()?;
            if mails.len() >= count {
                return Ok(mails);
            }
            if Instant::now() > deadline {
                return Err(io::Error::other(format!("{} of {count} mails arrived: {mails:?}", mails.len())));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// An authority and a certificate of it for this machine: paths of both, and of the key.
fn certificates(folder: &TempDir) -> io::Result<(PathBuf, PathBuf, PathBuf)> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "Deskside test authority");
    let authority_key = KeyPair::generate().map_err(io::Error::other)?;
    let root = authority.self_signed(&authority_key).map_err(io::Error::other)?;
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names).map_err(io::Error::other)?;
    let certificate = certificate.signed_by(&key, &issuer).map_err(io::Error::other)?;
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).map(|()| path)
    };
    Ok((
        write("authority.pem", root.pem())?,
        write("certificate.pem", certificate.pem())?,
        write("key.pem", key.serialize_pem())?,
    ))
}

impl Drop for ScratchSmtp {
    fn drop(&mut self) {
        self.line = None;
        // Nothing in there outlives it, so nothing has to be put in order first.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}
