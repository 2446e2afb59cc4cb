//! The organisation's server: sign-in, sessions and their sockets, stored files, transcripts.
//!
//! - [`app`]: everything that runs, put together once.
//! - [`router`]: HTTP routes; [`socket`]: the session socket; [`hub`]: who is connected, each with a [`mailbox`];
//!   [`writer`]: the one place that adds to a log.
//! - [`seal`]: transcripts of sessions that are over. [`eraser`]: bytes of deleted files. [`sweeper`]: what nobody comes back for. [`indexer`]: the search index, behind the log. [`uploads`], [`blobs`], [`extract`]: stored files.
//! - [`bots`]: what bots fetch, and rehearsals of them. [`secrets`]: values that are kept encrypted.
//! - [`ice`], [`relay`]: how two participants find each other, and the way through the portal where there is no other.
//! - [`auth`]: who is asking, and what ends with a sign-in. [`seen`]: when devices were there. [`mail`]: letters to people.
//! - [`database`]: which store. [`backup`]: all of it in a folder, and back. [`serve`], [`cli`], [`doctor`], [`tls`]: the process around it.
//!
//! Invariants
//! - Nothing is acknowledged or shown to anybody before it is committed.
//! - Ownership is part of the store's query; a route never filters afterwards.
//! - Only hashes of secrets reach the store, or, of what the portal itself needs again, ciphertexts; no secret is logged.
//! - No document or picture from outside is parsed in this process.

pub mod app;
pub mod auth;
pub mod backup;
pub mod blobs;
pub mod bots;
pub mod checksum;
pub mod cli;
pub mod config;
pub mod csv;
pub mod database;
pub mod device_label;
pub mod doctor;
pub mod documents;
pub mod endings;
pub mod env;
pub mod eraser;
pub mod error;
pub mod extract;
mod faults;
pub mod file_name;
pub mod hashed_file;
pub mod hub;
pub mod ice;
pub mod idle;
pub mod indexer;
pub mod mail;
pub mod mailbox;
pub mod manifest;
pub mod net;
pub mod openapi;
pub mod origin;
pub mod participants;
pub mod rate;
pub mod refusals;
pub mod relay;
pub mod request;
mod rescue;
pub mod router;
pub mod routes;
pub mod seal;
pub mod secret;
pub mod secrets;
pub mod security_headers;
pub mod seen;
pub mod serve;
pub mod sniff;
pub mod socket;
pub mod staging;
pub mod static_files;
pub mod sweeper;
pub mod tls;
pub mod transcript;
pub mod uploads;
pub mod verify;
pub mod writer;
pub mod zipped;

pub use app::App;
pub use config::Config;
pub use env::Env;
pub use error::ApiError;
