//! What a technician's own capture tool saves (row Z02): a folder is watched while somebody takes captures from it.
//!
//! - [`rule`]: when a file counts, as a pure state machine: sights of the folder in, verdicts out.
//! - [`kind`]: whether a name and the bytes behind it are a picture or a video.
//! - [`folder`]: the folder itself, by `notify` and by looks at it.

pub mod folder;
pub mod kind;
pub mod rule;

pub use folder::{Found, Watcher, watch};
