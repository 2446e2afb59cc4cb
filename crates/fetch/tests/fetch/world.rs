//! A fetcher in a small internet, and what comes of asking it.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use deskside_fetch::{AllowList, FetchError, Fetched, Fetcher, Network, Request, Rules};
use url::Url;

/// Public addresses of the small internet.
pub(crate) const ONE: &str = "93.184.215.14";
pub(crate) const TWO: &str = "93.184.215.15";
/// Reserved for nobody's use: what is led there has no answer.
pub(crate) const NOBODY: &str = "93.184.215.99";

pub(crate) struct World {
    pub(crate) fetcher: Fetcher,
    pub(crate) network: Network,
}

impl World {
    /// As [`deskside_fetch::Map`] reads it.
    pub(crate) fn new(map: &str) -> Self {
        Self::with(map, 16)
    }

    pub(crate) fn with(map: &str, at_once: usize) -> Self {
        let network = Network::mapped(map.parse().unwrap());
        let fetcher = Fetcher::new(Vec::new(), network.clone(), at_once).unwrap();
        Self { fetcher, network }
    }

    /// `files.example` and `other.example` on port 80 of one server, each with an address of its own.
    pub(crate) fn of(server: SocketAddr) -> Self {
        Self::new(&two_hosts(server))
    }

    pub(crate) async fn get(&self, address: &str) -> Came {
        self.ask(get(address), &rules()).await
    }

    pub(crate) async fn ask(&self, request: Request, rules: &Rules) -> Came {
        let mut bytes = Vec::new();
        let result = self.fetcher.fetch(request, rules, &mut bytes).await;
        Came { result, bytes }
    }
}

pub(crate) fn two_hosts(server: SocketAddr) -> String {
    let mut map = String::new();
    for (name, address) in [("files.example", ONE), ("other.example", TWO)] {
        write!(map, "{name}={address};{address}:80={server};").unwrap();
    }
    map
}

/// Short: nothing here takes long by itself.
pub(crate) fn rules() -> Rules {
    Rules { total_timeout: Duration::from_secs(20), max_bytes: 1000, ..Rules::default() }
}

pub(crate) fn allowing(entries: &[&str]) -> Rules {
    Rules { allow: AllowList::parse(entries.iter().copied()).unwrap(), ..rules() }
}

pub(crate) fn get(address: &str) -> Request {
    Request::get(Url::parse(address).unwrap())
}

#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) result: Result<Fetched, FetchError>,
    pub(crate) bytes: Vec<u8>,
}

impl Came {
    /// The body, or the code of what went wrong, with its number where it has one.
    pub(crate) fn said(&self) -> String {
        match &self.result {
            Ok(fetched) => {
                assert_eq!(fetched.size, u64::try_from(self.bytes.len()).unwrap());
                String::from_utf8(self.bytes.clone()).unwrap()
            }
            Err(FetchError::Status(status)) => format!("status {status}"),
            Err(error) => error.code().to_owned(),
        }
    }
}
