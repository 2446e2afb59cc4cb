//! HTTP routes, one file per use case. Each route is one operation of the OpenAPI file.

pub mod archive;
pub mod attachments;
pub mod audit;
pub mod auth;
pub mod captures;
pub mod devices;
pub mod direct;
pub mod files;
pub mod health;
pub mod info;
pub mod join;
pub mod passwords;
pub mod people;
pub mod replies;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod uploads;
