//! What survives a kill: one SQLite file in the data folder.

mod direct;
mod muted;
mod outbox;
mod uploads;

use std::{
    collections::HashSet,
    path::Path,
    sync::{Arc, Mutex},
};

use deskside_proto::{AttachmentId, Millis, SessionId};
use sqlx::{
    Row as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub(crate) use self::direct::DirectLedger;
use crate::ClientError;

/// Name of the file in the data folder.
pub const FILE: &str = "client.db";
const PORTAL: &str = "portal";
const CAPTURES: &str = "captures";
const USER: &str = "user:";

/// Whose rows: one account's in one session of one portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The portal's origin.
    pub portal: String,
    pub account: String,
    pub session: SessionId,
}

impl Place {
    /// Whether the account is a guest's: good for this session alone.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        self.account.starts_with(crate::account::GUEST)
    }
}

/// The journal of one data folder. Every change is on disk when its call returns (`synchronous=FULL`).
#[derive(Debug, Clone)]
pub struct Journal {
    pool: SqlitePool,
    /// Uploads that something in this process goes on with: a file that is chosen twice is two uploads.
    claimed: Arc<Mutex<HashSet<AttachmentId>>>,
}

impl Journal {
    /// # Errors
    /// [`ClientError::Journal`] where the folder cannot be written or the file is damaged.
    pub async fn open(data_dir: &Path) -> Result<Self, ClientError> {
        create_private(data_dir).map_err(|error| ClientError::Journal(Box::new(error)))?;
        let options = SqliteConnectOptions::new()
            .filename(data_dir.join(FILE))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        // One connection: writes are few, and their order is the order of the calls.
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        sqlx::migrate!("./migrations")
            .run(&pool)
            .await
            .map_err(|error| ClientError::Journal(Box::new(error)))?;
        Ok(Self { pool, claimed: Arc::default() })
    }

    /// Waits for what is under way and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The portal in use.
    ///
    /// # Errors
    /// [`ClientError::Journal`], as of every call here.
    pub async fn portal(&self) -> Result<Option<String>, ClientError> {
        self.setting(PORTAL).await
    }

    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn set_portal(&self, origin: &str) -> Result<(), ClientError> {
        self.set(PORTAL, Some(origin)).await
    }

    /// Who is signed in at a portal, as far as this computer knows.
    pub(crate) async fn user(&self, portal: &str) -> Result<Option<String>, ClientError> {
        self.setting(&format!("{USER}{portal}")).await
    }

    pub(crate) async fn set_user(&self, portal: &str, user: Option<&str>) -> Result<(), ClientError> {
        self.set(&format!("{USER}{portal}"), user).await
    }

    /// The folder in which the person's capture tool saves, where they have chosen one.
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn captures_folder(&self) -> Result<Option<String>, ClientError> {
        self.setting(CAPTURES).await
    }

    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn set_captures_folder(&self, folder: Option<&str>) -> Result<(), ClientError> {
        self.set(CAPTURES, folder).await
    }

    async fn setting(&self, name: &str) -> Result<Option<String>, ClientError> {
        let value = sqlx::query_scalar("SELECT value FROM settings WHERE name = ?").bind(name);
        Ok(value.fetch_optional(&self.pool).await?)
    }

    async fn set(&self, name: &str, value: Option<&str>) -> Result<(), ClientError> {
        let change = match value {
            Some(value) => {
                sqlx::query("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")
                    .bind(name)
                    .bind(value)
            }
            None => sqlx::query("DELETE FROM settings WHERE name = ?").bind(name),
        };
        change.execute(&self.pool).await?;
        Ok(())
    }

    /// What stands in the composer; empty where there is nothing.
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn draft(&self, place: &Place) -> Result<String, ClientError> {
        let text =
            sqlx::query_scalar("SELECT text FROM drafts WHERE portal = ? AND account = ? AND session = ?")
                .bind(&place.portal)
                .bind(&place.account)
                .bind(place.session.to_string());
        Ok(text.fetch_optional(&self.pool).await?.unwrap_or_default())
    }

    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn set_draft(&self, place: &Place, text: &str) -> Result<(), ClientError> {
        let change = if text.is_empty() {
            sqlx::query("DELETE FROM drafts WHERE portal = ? AND account = ? AND session = ?")
        } else {
            sqlx::query(
                "INSERT INTO drafts (portal, account, session, text) VALUES (?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET text = excluded.text",
            )
        };
        let change = change.bind(&place.portal).bind(&place.account).bind(place.session.to_string());
        let change = if text.is_empty() { change } else { change.bind(text) };
        change.execute(&self.pool).await?;
        Ok(())
    }

    /// The portal of a session that this computer is in as a customer.
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn guest_portal(&self, session: SessionId) -> Result<Option<String>, ClientError> {
        let portal =
            sqlx::query_scalar("SELECT portal FROM guests WHERE session = ?").bind(session.to_string());
        Ok(portal.fetch_optional(&self.pool).await?)
    }

    pub(crate) async fn add_guest(
        &self,
        session: SessionId,
        portal: &str,
        now: Millis,
    ) -> Result<(), ClientError> {
        sqlx::query("INSERT OR REPLACE INTO guests (session, portal, joined_at) VALUES (?, ?, ?)")
            .bind(session.to_string())
            .bind(portal)
            .bind(now.0)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    pub(crate) async fn remove_guest(&self, session: SessionId) -> Result<(), ClientError> {
        let change = sqlx::query("DELETE FROM guests WHERE session = ?").bind(session.to_string());
        change.execute(&self.pool).await?;
        Ok(())
    }

    /// Guest sessions, newest first, each with its portal.
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn guests(&self) -> Result<Vec<(SessionId, String)>, ClientError> {
        let rows = sqlx::query("SELECT session, portal FROM guests ORDER BY joined_at DESC");
        let rows = rows.fetch_all(&self.pool).await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let session: String = row.get(0);
            Some((session.parse().ok()?, row.get(1)))
        };
        Ok(rows.iter().filter_map(read).collect())
    }
}

/// Messages are for their owner only; SQLite gives its other files the mode of this one.
fn create_private(data_dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(data_dir)?;
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(data_dir.join(FILE)).map(drop)
}
