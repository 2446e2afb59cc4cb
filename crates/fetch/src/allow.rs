//! The hosts of an organisation's own network that may be fetched from, each by name.

use url::Host;

use crate::addresses::{Reach, is_metadata_name, reach};
use crate::target::plain_name;

/// Hosts that may lie in a private network, or listen on another port than 80 and 443. Each entry is one exact host:
/// `files.intern`, `files.intern:8443`, `10.1.2.3`, `10.1.2.3:8080`, `[fd00::7]:443`. Without a port it opens 80 and 443.
///
/// An entry opens its host's private and loopback addresses. What [`crate::is_public`] refuses for another reason stays refused even
/// then: link-local and metadata addresses, multicast, unspecified, documentation, and the tunnels of IPv6. A name that is allowed
/// does not allow the addresses behind it, nor the other way round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    host: Host<String>,
    /// `None`: 80 and 443.
    port: Option<u16>,
}

/// Why an entry is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowError {
    /// Not one exact host name or address: a pattern, a path, a scheme, nothing.
    #[error("An allowed host is one exact name or address, like files.intern or 10.1.2.3:8080")]
    BadHost,
    /// Not a number of 1 to 65535.
    #[error("A port is a number of 1 to 65535")]
    BadPort,
    /// No entry opens that: a metadata service, link-local, multicast and the like.
    #[error("This host is never fetched from, even if it is allowed")]
    NeverAllowed,
}

impl AllowList {
    /// Reads entries as people write them: case, a trailing dot, and spaces around do not count.
    ///
    /// # Errors
    /// The first entry that is none, by its index, and why.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, (usize, AllowError)> {
        let entries = entries.into_iter().enumerate();
        let read = entries.map(|(at, text)| Entry::parse(text.trim()).map_err(|error| (at, error)));
        read.collect::<Result<_, _>>().map(Self)
    }

    /// Whether an entry names this host with this port.
    pub(crate) fn opens(&self, host: &Host<String>, port: u16) -> bool {
        let port_fits = |entry: &Entry| entry.port.map_or(port == 80 || port == 443, |only| only == port);
        self.0.iter().any(|entry| entry.host == *host && port_fits(entry))
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self, AllowError> {
        // An address of a page was pasted: what is wrong is not its port.
        if text.contains(['/', '\\', '?', '#', '@']) {
            return Err(AllowError::BadHost);
        }
        let (host, port) = split(text);
        let port = port.map(|digits| match digits.parse() {
            Ok(port) if port > 0 && digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(port),
            _ => Err(AllowError::BadPort),
        });
        let host = match Host::parse(host).map_err(|_| AllowError::BadHost)? {
            Host::Domain(name) => Host::Domain(plain_name(&name).ok_or(AllowError::BadHost)?),
            address => address,
        };
        let never = match &host {
            Host::Domain(name) => is_metadata_name(name),
            Host::Ipv4(address) => reach((*address).into()) == Reach::Never,
            Host::Ipv6(address) => reach((*address).into()) == Reach::Never,
        };
        if never { Err(AllowError::NeverAllowed) } else { Ok(Self { host, port: port.transpose()? }) }
    }
}

/// Host and port; the colons within brackets belong to the host.
fn split(text: &str) -> (&str, Option<&str>) {
    let end = text.rfind(']').unwrap_or(0);
    match text.rfind(':').filter(|colon| *colon > end) {
        Some(colon) => (&text[..colon], Some(&text[colon + 1..])),
        None => (text, None),
    }
}
