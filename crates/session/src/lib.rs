//! The client's side of one session, without any I/O: what comes in is an [`Input`] with the time and some randomness, what
//! is to be done is a list of [`Output`]s.
//!
//! One contract: after every [`Session::handle`] do the outputs in their order, each completely before the next (a message is
//! on disk before it is on the wire), and call again with [`Input::Tick`] at [`Session::next_wake`]. Where the disk does not take
//! something, the step's later `Persist`s are left out, so that nothing is forgotten before its successor is kept; where the step
//! was an intent, its `Transmit`s are left out too, and [`Input::NotKept`] follows.
//!
//! Invariants
//! - An action that was persisted is sent until the portal acknowledges or refuses it, in the order it was asked for, under the
//!   same `TxnId`: it has effect at most once. What changes a message that has no place in the log yet waits for that place.
//! - The log is folded without a gap: a missing seq drops the connection, and the next one resumes after the last folded seq.
//! - No clock, no randomness, no transport. The same crate runs in the desktop app and, as wasm, in the browser.

mod alert;
mod backoff;
mod connection;
mod history;
mod incoming;
mod outbox;
mod queue;
mod reads;
mod roster;
mod session;
mod undo;
mod view;

pub use alert::{Alert, AlertKind};
pub use queue::{Action, QueuedMessage, Refusal};
pub use session::{Context, Input, Output, PersistOp, Session};
pub use view::{ConnectionState, Intent, RosterEntry, ViewUpdate};
