//! One hop: an address that was checked, and where it leads.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Position, Url};

use crate::addresses::{Reach, is_localhost_name, is_metadata_name, reach};
use crate::{AllowList, FetchError, Network};

/// Bytes of the longest address: as long as many servers take.
const MAX_URL: usize = 8 * 1024;

/// How many addresses of one name are tried. All of them are checked.
const MAX_TRIED: usize = 8;

/// An address about which everything is known that needs no network.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) host: Host<String>,
    pub(crate) port: u16,
    pub(crate) tls: bool,
    /// Named by the allow-list.
    opened: bool,
}

/// What can be said of an address when it is typed, without asking the network: the form in which it will be fetched.
///
/// # Errors
/// [`FetchError::BadUrl`], [`FetchError::SchemeNotAllowed`], [`FetchError::CredentialsInUrl`], [`FetchError::PortNotAllowed`], and
/// [`FetchError::AddressNotAllowed`] where the host is an address or a name that needs no looking up.
pub fn check(text: &str, allow: &AllowList) -> Result<Url, FetchError> {
    let url = Url::parse(text.trim()).map_err(|_| FetchError::BadUrl)?;
    Target::check(url, allow).map(|target| target.url)
}

impl Target {
    pub(crate) fn check(mut url: Url, allow: &AllowList) -> Result<Self, FetchError> {
        let tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(FetchError::SchemeNotAllowed),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::CredentialsInUrl);
        }
        url.set_fragment(None);
        if let Some(Host::Domain(written)) = url.host() {
            // Name, `Host` header and certificate then all mean the same.
            let name = plain_name(written).ok_or(FetchError::BadUrl)?;
            url.set_host(Some(&name)).map_err(|_| FetchError::BadUrl)?;
        }
        if url.as_str().len() > MAX_URL {
            return Err(FetchError::BadUrl);
        }
        let host = url.host().ok_or(FetchError::BadUrl)?.to_owned();
        let port = url.port_or_known_default().ok_or(FetchError::BadUrl)?;
        let opened = allow.opens(&host, port);
        if !opened && port != 80 && port != 443 {
            return Err(FetchError::PortNotAllowed);
        }
        let target = Self { url, host, port, tls, opened };
        target.check_host()?;
        Ok(target)
    }

    /// Names that need no looking up, and addresses in the place of a name: no resolver ever sees those.
    fn check_host(&self) -> Result<(), FetchError> {
        match &self.host {
            Host::Domain(name) if is_metadata_name(name) => Err(FetchError::AddressNotAllowed),
            Host::Domain(name) if is_localhost_name(name) && !self.opened => {
                Err(FetchError::AddressNotAllowed)
            }
            Host::Domain(_) => Ok(()),
            Host::Ipv4(address) => self.judge(&[(*address).into()]),
            Host::Ipv6(address) => self.judge(&[(*address).into()]),
        }
    }

    /// All of them or none: one private answer among public ones is how rebinding begins.
    fn judge(&self, addresses: &[IpAddr]) -> Result<(), FetchError> {
        let most = if self.opened { Reach::Private } else { Reach::Public };
        let fits = addresses.iter().all(|address| reach(*address) <= most);
        if fits { Ok(()) } else { Err(FetchError::AddressNotAllowed) }
    }

    /// Asks for the host's addresses, once; what is connected to afterwards is one of these and nothing else.
    pub(crate) async fn addresses(&self, network: &Network) -> Result<Vec<SocketAddr>, FetchError> {
        let found = match &self.host {
            Host::Ipv4(address) => vec![(*address).into()],
            Host::Ipv6(address) => vec![(*address).into()],
            Host::Domain(name) => network.look_up(name).await.map_err(|_| FetchError::NameNotFound)?,
        };
        if found.is_empty() {
            return Err(FetchError::NameNotFound);
        }
        self.judge(&found)?;
        Ok(found.into_iter().take(MAX_TRIED).map(|address| SocketAddr::new(address, self.port)).collect())
    }

    /// Host, and the port where it is not the scheme's own: the `Host` header.
    pub(crate) fn authority(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }

    /// Path and query.
    pub(crate) fn path(&self) -> &str {
        &self.url[Position::BeforePath..Position::AfterQuery]
    }

    /// RFC 6454: what may know the same secrets.
    pub(crate) fn same_origin(&self, other: &Self) -> bool {
        (self.tls, &self.host, self.port) == (other.tls, &other.host, other.port)
    }
}

/// A host's name as it is compared and looked up: one trailing dot less, and nothing in it that no host's name has. `name` is what the
/// `url` crate made of it: lower case, IDNA.
pub(crate) fn plain_name(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(legal);
    (name.len() <= 253 && name.split('.').all(label)).then(|| name.to_owned())
}
