//! What a running portal is told: plain values, already checked.

use std::{path::PathBuf, time::Duration};

use deskside_fetch::Network;
use url::Url;

use crate::{ice::IceConfig, mail::MailConfig, net::Cidr, rate::Rates, relay::RelayConfig};

#[derive(Debug, Clone)]
pub struct Config {
    /// Holds `blobs/`, `staging/`, `sealing/` and `search.db`; the database is the store's own.
    pub data_dir: PathBuf,
    /// Holds the keys of secrets at rest; made when the first one is kept.
    pub secrets_key: PathBuf,
    /// How bots reach the endpoints that admins typed.
    pub network: Network,
    /// Bucket for the bytes of files and transcripts instead of `blobs/`: `s3://bucket/prefix`.
    pub bucket: Option<Url>,
    /// Where people reach the portal; join links begin with it and other origins are refused.
    pub public_url: Url,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Cidr>,
    pub rates: Rates,
    pub socket: SocketConfig,
    pub extract: ExtractConfig,
    /// Which server takes e-mail to people.
    pub mail: Option<MailConfig>,
    /// How clients find each other.
    pub ice: IceConfig,
    /// Passing on what finds no other way.
    pub relay: RelayConfig,
    /// Silence on an upload's body after which what came is kept and its lock is freed.
    pub upload_idle: Duration,
    /// How long an upload that nobody goes on with is kept.
    pub upload_life: Duration,
    /// Bytes that must stay free on the data folder's disk when an upload is accepted.
    pub keep_free_bytes: u64,
}

#[derive(Debug, Clone)]
pub struct SocketConfig {
    /// Time for the first frame.
    pub hello_timeout: Duration,
    /// Silence after which a connection counts as dead: the client pings every 10 s.
    pub idle_timeout: Duration,
    /// Frames that may wait for one connection; one more and it is dropped (it resumes).
    pub queue: usize,
    /// How long after the end a customer who was away may still read the rest, in milliseconds.
    pub ended_grace_millis: i64,
}

#[derive(Debug, Clone)]
pub struct ExtractConfig {
    /// `deskside-extract`; without it there are no thumbnails.
    pub program: Option<PathBuf>,
    /// After this the child is killed.
    pub deadline: Duration,
}

impl Config {
    /// Everything by its default.
    #[must_use]
    pub fn new(data_dir: PathBuf, public_url: Url) -> Self {
        Self {
            secrets_key: data_dir.join("secrets.key"),
            network: Network::system(),
            data_dir,
            bucket: None,
            public_url,
            trusted_proxies: Vec::new(),
            rates: Rates::default(),
            socket: SocketConfig {
                hello_timeout: Duration::from_secs(10),
                idle_timeout: Duration::from_secs(60),
                queue: 1024,
                ended_grace_millis: 10 * 60 * 1000,
            },
            extract: ExtractConfig { program: None, deadline: Duration::from_secs(10) },
            mail: None,
            ice: IceConfig::default(),
            relay: RelayConfig::default(),
            upload_idle: Duration::from_secs(15),
            upload_life: Duration::from_secs(24 * 60 * 60),
            keep_free_bytes: 256 * 1024 * 1024,
        }
    }

    /// Scheme, host and port of the public address, as browsers send it in `Origin`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Host and port for `deskside://` links.
    #[must_use]
    pub fn link_to(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}
