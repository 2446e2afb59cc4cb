//! The one way to addresses that people typed: files of bots by GET, webhooks by POST. A server that fetches what strangers name
//! is a way into its own network (SSRF); here is what keeps it shut.
//!
//! For every hop from the start: `http` or `https`, port 80 or 443, no password in the address. The host's name is looked up once, all
//! its addresses must be public ([`is_public`]), and the connection goes to one of those that were checked, over no proxy. There is no
//! resolver, cookie jar or pool below that could decide otherwise: a connection is opened here by its address, serves one request and
//! is closed. Redirects are hops like the first, and secrets stay with the first origin. An [`AllowList`] opens single hosts.

mod addresses;
mod allow;
mod answer;
mod connection;
mod error;
mod fetcher;
#[cfg(debug_assertions)]
mod mapped;
mod network;
mod request;
mod target;

pub use addresses::is_public;
pub use allow::{AllowError, AllowList};
pub use error::FetchError;
pub use fetcher::{Fetched, Fetcher, Rules};
#[cfg(debug_assertions)]
pub use mapped::{Asked, Map};
pub use network::Network;
pub use request::{Method, Request, Secret};
pub use target::check;
