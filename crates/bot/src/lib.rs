//! Flows of bots: what a flow must be to be published ([`check`]), and what a conversation does next ([`Machine`]).
//!
//! Invariants
//! - Pure: no I/O, clock or randomness. The portal does what [`Machine::step`] says and keeps the [`State`] that comes with it in the
//!   same commit; so a restart continues where it stood, and no effect happens twice ([`State::done`] counts and names them).
//! - A flow without problems waits for somebody at least once each time round: one event never gives more effects than there are steps.
//! - What customers typed reaches a request only percent-encoded in its path and query, or in values of headers without control
//!   characters ([`template`]).

mod answer;
mod check;
mod condition;
mod machine;
mod request;
mod template;

pub use answer::Answer;
pub use check::check;
pub use machine::{CUSTOMER, Effect, Event, FetchOrder, Machine, Move, Outcome, Place, State};
pub use request::{FillError, Request, sample};

/// `text` with the answers in it, as the bot says it.
#[must_use]
pub fn fill(text: &str, answers: &std::collections::BTreeMap<String, Answer>) -> String {
    template::fill(text, answers, str::to_owned)
}
