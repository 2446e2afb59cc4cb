//! What deserves a person's attention while they look elsewhere.
//!
//! - [`rule`]: whether an alert of a session becomes a notification. Pure.
//! - [`line`]: strangers' text as one harmless line.
//! - [`roll`]: in which open sessions the signed-in person takes part.
//!
//! What is an alert at all, and what counts as unread, `deskside-session` tells; how it is shown (notification, tray, badge) is the shell's business.

pub mod line;
pub mod roll;
pub mod rule;
mod words;

pub use self::{
    rule::{Notification, Situation, judge},
    words::Words,
};
