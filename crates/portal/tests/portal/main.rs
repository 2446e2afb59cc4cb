//! The portal from outside: real requests and sockets against the real router on a free port of this machine.
#![expect(clippy::unwrap_used, reason = "a panic is the failure report of a test")]

mod access;
mod archive;
mod attachments;
mod audit;
mod auth;
mod blobs;
mod captures;
mod chat;
mod databases;
mod direct;
mod endings;
mod faults;
mod faulty;
mod files;
mod finding;
mod harness;
mod hostile_files;
mod joining;
mod postgres;
mod process;
mod relay;
mod retention;
mod room;
mod search;
mod signals;
mod sockets;
mod uploads;
mod web;
