//! Two folds of a session's log: the [`Timeline`] that people see, and the [`transcript`] that stays.
//!
//! Invariants: pure (no I/O, clock or randomness); folding the same entries in any number of steps gives the same timeline;
//! an entry folded twice changes nothing.

mod fold;
mod item;
mod patch;
pub mod transcript;

pub use fold::{LocalEcho, Timeline};
pub use item::{Delivery, ItemKind, Notice, Reply, TimelineItem};
pub use patch::TimelinePatch;
