//! What a member of a room says and hears, by protocol.

pub mod deskside;
pub mod socketio;
pub mod xmpp;

use anyhow::Result;
use async_trait::async_trait;

use crate::link::Link;
use crate::stamp::Stamp;

/// What one received text says.
#[derive(Debug, Default)]
pub struct Heard {
    pub stamps: Vec<Stamp>,
    /// To be sent back at once.
    pub replies: Vec<String>,
}

/// What only a protocol with numbered events can tell; all zero for the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Findings {
    /// Places of the log that were skipped.
    pub gaps: u64,
    /// Places that came again.
    pub repeats: u64,
    /// Commands that were refused.
    pub refused: u64,
    /// Connections that had to be made again.
    pub reconnects: u64,
}

impl Findings {
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            gaps: self.gaps + other.gaps,
            repeats: self.repeats + other.repeats,
            refused: self.refused + other.refused,
            reconnects: self.reconnects + other.reconnects,
        }
    }
}

/// One member of one room.
#[async_trait]
pub trait Client: Send {
    /// Connects and comes in; comes back once everything said from now on will be heard. What was said while it was away is in
    /// `heard`, where the protocol has that.
    async fn connect(&mut self, heard: &mut Heard) -> Result<Link>;

    /// The text that says `body` in the room.
    fn say(&mut self, body: &str) -> String;

    fn hear(&mut self, text: &str, heard: &mut Heard) -> Result<()>;

    /// Messages without an answer, where the protocol has answers.
    fn waiting(&self) -> usize {
        0
    }

    /// Whether the next message may go out already.
    fn may_say(&self) -> bool {
        true
    }

    /// What is sent every five seconds.
    fn keep_alive(&mut self) -> Option<String> {
        None
    }

    /// Where the protocol resumes a cut connection: what was said and not yet answered, in order.
    fn unanswered(&self) -> Option<Vec<String>> {
        None
    }

    /// How far it has heard, and going back to there: as somebody who heard nothing since.
    fn mark(&self) -> u64 {
        0
    }

    fn rewind(&mut self, _mark: u64) {}

    fn findings(&self) -> Findings {
        Findings::default()
    }
}

/// Members by room.
pub type Rooms = Vec<Vec<Box<dyn Client>>>;
