//! The harness of the end-to-end tests: it starts the real programs as processes, drives real windows and browsers, and
//! stands between them and the portal with a proxy that can cut the network.
//!
//! Everything a test starts belongs to its [`stage::Stage`]: own folder, own ports, own process groups, own screen; all of it
//! ends with the stage, and what the programs said is printed when the test fails.

pub mod api;
pub mod axe;
pub mod ca;
pub mod checker;
pub mod crew;
pub mod crowd;
pub mod desktop;
pub mod diary;
pub mod direct;
pub mod documents;
pub mod ending;
pub mod files;
pub mod golden;
pub mod house;
pub mod journey;
pub mod messages;
pub mod netem;
pub mod page;
pub mod player;
pub mod portal;
pub mod ports;
pub mod process;
pub mod proxy;
pub mod random;
pub mod recorder;
pub mod room;
pub mod samples;
pub mod stage;
pub mod vault;
pub mod video;
pub mod wait;
pub mod webdriver;
pub mod wire;
pub mod workspace;
pub mod xdnd;
pub mod xvfb;

pub use deskside_scratch_s3::python_tools;
