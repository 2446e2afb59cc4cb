//! Events in, transcripts out (rows Z14, Z16).
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod formats;
mod room;

mod stretches;
