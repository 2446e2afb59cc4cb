//! HTTP routes, one file per use case. Each route is one operation of the OpenAPI file.

pub mod archive;
pub mod attachments;
pub mod audit;
pub mod auth;
pub mod captures;
pub mod copy;
pub mod devices;
pub mod direct;
pub mod files;
pub mod finding;
pub mod health;
pub mod info;
pub mod join;
pub mod listing;
pub mod passwords;
pub mod people;
pub mod replies;
pub mod reports;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod statistics;
pub mod transcript;
pub mod uploads;
pub mod vault;
pub mod zips;
