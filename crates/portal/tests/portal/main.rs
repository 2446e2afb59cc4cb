//! The portal from outside: real requests and sockets against the real router on a free port of this machine.
#![expect(clippy::unwrap_used, reason = "a panic is the failure report of a test")]

mod access;
mod archive;
mod attachments;
mod audit;
mod auth;
#[cfg(unix)]
mod backups;
mod blobs;
mod bots;
mod captures;
mod chat;
mod databases;
mod devices;
mod direct;
mod endings;
mod faults;
mod faulty;
mod files;
mod finding;
mod harness;
mod health;
mod hostile_files;
mod joining;
mod mail;
mod old_data;
mod people;
mod postgres;
mod process;
mod relay;
mod retention;
mod room;
mod routes_by_role;
mod schemathesis;
mod search;
mod signals;
mod sockets;
mod uploads;
mod vault;
mod verify;
mod web;
