//! The guard against real servers on this computer. Names and addresses are those of a small internet ([`deskside_fetch::Map`]): what the
//! guard permits is led here, what it refuses never is.
#![cfg(debug_assertions)]
#![expect(clippy::unwrap_used, reason = "a panic is the failure report of a test")]

mod addresses;
mod allowed;
mod bodies;
mod environment;
mod headers;
mod limits;
mod names;
mod redirects;
mod resolving;
mod server;
mod tls;
mod typed;
mod world;
