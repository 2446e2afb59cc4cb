//! Direct transfer on a desktop: lanes, disk, and the driver of [`deskside_transfer`].
//!
//! [`Direct`] is what a client uses. Below it: one thread per endpoint of a peer runs its [`deskside_transfer::Link`], two more wait
//! for the disk; [lanes](lane) run on the tokio runtime.

pub mod disk;
pub mod identity;
pub mod lane;
mod peer;
mod service;
mod stats;

pub use service::{Config, Direct, DirectError, DirectEvent, DirectFileState, IceSource, Lanes, Recipient};
pub use stats::DirectStats;
