//! Two folds of a session's log: the [`Timeline`] that people see, and the [`transcript`] that stays.
//!
//! Invariants
//! - Pure: no I/O, clock or randomness.
//! - Folding the same stretch of the log in any number of steps, forwards from its end and backwards from its beginning, gives
//!   the same timeline; an entry folded twice changes nothing.
//! - Applying the patches to the old items gives the new ones.

mod change;
mod facts;
mod files;
mod fold;
mod item;
mod patch;
mod row;
mod show;
pub mod transcript;

pub use change::{Change, Target};
pub use fold::{Timeline, Viewer};
pub use item::{
    AttachmentItem, ChangeKind, Delivery, DirectFileItem, FailedChange, ItemKind, MessageItem, Notice,
    Reaction, RecipientItem, Reply, TimelineItem,
};
pub use patch::TimelinePatch;
pub use row::LocalEcho;
