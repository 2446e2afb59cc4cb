//! A load generator: the portal and the servers people run today, measured in one run, by one clock.
//!
//! `crowd` fills rooms with members and offers them messages open-loop; `tally` says what became of them; `protocol` speaks to
//! each server in its own words; `servers` starts each fresh; `measure` has the measurements and `report` their table.
#![cfg(unix)]

pub mod archive;
pub mod crowd;
pub mod files;
pub mod http;
pub mod link;
pub mod measure;
pub mod member;
pub mod procfs;
pub mod protocol;
pub mod random;
pub mod report;
pub mod run;
pub mod servers;
pub mod stamp;
pub mod tally;
pub mod terminal;
pub mod transfer;
