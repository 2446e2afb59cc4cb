//! How names become addresses, and addresses connections: by the system, or in tests by a map.

use std::io;
use std::net::{IpAddr, SocketAddr};

/// The way out. It decides nothing: the guard checks what it answers.
#[derive(Clone, Debug)]
pub struct Network(Way);

#[derive(Clone, Debug)]
enum Way {
    System,
    #[cfg(debug_assertions)]
    Mapped(std::sync::Arc<crate::mapped::Map>),
}

impl Network {
    /// Names by the system's resolver, addresses as they are.
    #[must_use]
    pub fn system() -> Self {
        Self(Way::System)
    }

    /// As [`Network::system`]; in builds with debug assertions as `DESKSIDE_FETCH_MAP` says, where it is set (see [`crate::Map`]).
    ///
    /// # Errors
    /// A map that cannot be read: the part that is wrong.
    #[cfg(debug_assertions)]
    pub fn from_env() -> Result<Self, String> {
        match std::env::var("DESKSIDE_FETCH_MAP") {
            Ok(text) => text.parse().map(Self::mapped),
            Err(_) => Ok(Self::system()),
        }
    }

    /// As [`Network::system`].
    ///
    /// # Errors
    /// None.
    #[cfg(not(debug_assertions))]
    pub fn from_env() -> Result<Self, String> {
        Ok(Self::system())
    }

    /// Names and addresses by a map, for tests.
    #[cfg(debug_assertions)]
    #[must_use]
    pub fn mapped(map: crate::Map) -> Self {
        Self(Way::Mapped(std::sync::Arc::new(map)))
    }

    /// What was asked of the map so far.
    #[cfg(debug_assertions)]
    #[must_use]
    pub fn asked(&self) -> crate::Asked {
        match &self.0 {
            Way::System => crate::Asked::default(),
            Way::Mapped(map) => map.asked(),
        }
    }

    pub(crate) async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        match &self.0 {
            // The port means nothing here: addresses alone are taken.
            Way::System => {
                Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
            }
            #[cfg(debug_assertions)]
            Way::Mapped(map) => Ok(map.look_up(name)),
        }
    }

    /// Where a connection to a checked address really goes.
    pub(crate) fn lead(&self, checked: SocketAddr) -> SocketAddr {
        match &self.0 {
            Way::System => checked,
            #[cfg(debug_assertions)]
            Way::Mapped(map) => map.lead(checked),
        }
    }
}
