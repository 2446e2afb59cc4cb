//! What deserves a person's attention while they look elsewhere.
//!
//! - [`rule`]: whether one thing that happened becomes a notification, and whether it counts as unread. Pure.
//! - [`line`]: strangers' text as one harmless line.
//! - [`notice`], [`unread`]: what of a session's log the rule looks at, and what of it was not seen yet.
//! - [`roll`]: in which open sessions the signed-in person takes part.
//!
//! How it is shown (notification, tray, badge) is the shell's business.

pub mod line;
pub mod notice;
pub mod roll;
pub mod rule;
pub mod unread;
mod words;

pub use self::{
    notice::{Notice, NoticeKind},
    rule::{Notification, Situation, Verdict, judge},
    unread::Unread,
    words::Words,
};
