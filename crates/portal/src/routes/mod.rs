//! HTTP routes, one file per use case. Each route is one operation of the OpenAPI file.

pub mod archive;
pub mod attachments;
pub mod audit;
pub mod auth;
pub mod captures;
pub mod direct;
pub mod files;
pub mod finding;
pub mod info;
pub mod join;
pub mod listing;
pub mod replies;
pub mod reports;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod statistics;
pub mod uploads;
pub mod zips;
