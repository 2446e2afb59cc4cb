//! Files of any size between two participants, as a state machine: no I/O, no clock, no randomness.
//!
//! - [`Link`]: everything between this endpoint and one endpoint of a peer; [`io`] is what goes in and comes out.
//! - [`Manifest`]: what a transfer holds; [`Layout`]: how it is cut into blocks that verify one by one.
//! - [`frame`]: what travels on a carrier.
//! - [`view`]: how a transfer stands, for people.
//!
//! Invariants
//! - A block is written only if it is what the sender said of it, and never twice in one run; a transfer is done only once both sides
//!   computed the same digest.
//! - A source that changes on the way fails the transfer; two versions are never spliced.
//! - Nothing a peer sends can make it panic, or hold more memory than three windows, the manifests and a fixed rest.
//! - Losing all carriers loses no state: whichever comes next goes on where it stopped.

mod carrier;
mod codec;
mod common;
mod control;
pub mod frame;
mod incoming;
pub mod io;
mod journal;
mod lanes;
mod layout;
mod link;
mod manifest;
pub mod meeting;
mod message;
pub mod noise;
mod outgoing;
mod ranges;
mod rate;
mod values;
pub mod view;

pub use codec::Broken;
pub use io::{BrokenRule, CarrierId, Expected, Input, LinkConfig, Output, ReadFailure, WriteFailure};
pub use journal::{EVERY_DEFAULT as JOURNAL_EVERY_DEFAULT, confirm};
pub use layout::{BLOCK_LEN, Digest, Layout, Place};
pub use link::{Link, MESSAGE_MIN, Stats, WINDOW_DEFAULT};
pub use manifest::{
    CONTENT_MAX, DEPTH_MAX, ENTRIES_MAX, Entry, Kind, MANIFEST_MAX, Manifest, ManifestProblem, What,
};
pub use ranges::{RANGES_MAX, Ranges};
pub use view::{
    LaneKind, PausedBy, RelayedWhy, Side, StallReason, TransferFailure, TransferState, TransferView, Way,
};
