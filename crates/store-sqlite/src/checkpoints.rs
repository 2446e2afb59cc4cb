//! Copies the write-ahead log into the database beside the writer, so that no commit waits for it.
//!
//! SQLite would do it inside of every so manieth commit. What is committed is synced in the log either way.

use std::{sync::Arc, time::Duration};

use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    sync::{Mutex, Notify},
    task::JoinHandle,
};

/// Between a commit and its copy; what comes in that time is copied in one go.
const EVERY: Duration = Duration::from_millis(500);
/// Pages: 16 MB. From here on the writer is held for a moment, so that the log can begin anew: while commits follow each other
/// without a pause there is always something that is not copied yet, and the log would grow for ever.
const LONG: i64 = 4000;

pub(crate) type Writer = Arc<Mutex<Option<SqliteConnection>>>;

/// The task that does it; ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    written: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Checkpoints {
    pub(crate) fn start(options: SqliteConnectOptions, writer: Writer) -> Self {
        let written = Arc::new(Notify::new());
        let task = tokio::spawn(run(options, writer, written.clone()));
        Self { written, task }
    }

    /// There is something to copy.
    pub(crate) fn written(&self) {
        self.written.notify_one();
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(options: SqliteConnectOptions, writer: Writer, written: Arc<Notify>) {
    let mut connection = None;
    loop {
        written.notified().await;
        tokio::time::sleep(EVERY).await;
        // What is not copied (a full disk) stays in the log, where readers find it, until the next commit brings the next try.
        if copy(&options, &mut connection, &writer).await.is_err() {
            connection = None;
        }
    }
}

async fn copy(
    options: &SqliteConnectOptions,
    slot: &mut Option<SqliteConnection>,
    writer: &Writer,
) -> Result<(), sqlx::Error> {
    let connection = match slot {
        Some(connection) => connection,
        None => slot.insert(options.connect().await?),
    };
    if checkpoint(connection).await? >= LONG {
        let _held = writer.lock().await;
        checkpoint(connection).await?;
    }
    Ok(())
}

/// Pages in the log, copied ones included.
async fn checkpoint(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let (_busy, log, _copied): (i64, i64, i64) =
        sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(connection).await?;
    Ok(log)
}

#[cfg(all(test, not(feature = "schema-only")))]
mod tests {
    use super::*;
    use sqlx::sqlite::SqliteJournalMode;

    /// While one commit follows the other the log begins anew all the same: of 60 MB no more than its limit and what came since.
    #[tokio::test]
    async fn a_long_log_begins_anew_under_steady_commits() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("test.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("wal_autocheckpoint", "0");
        let mut connection = options.connect().await.unwrap();
        sqlx::query("CREATE TABLE filler (bytes BLOB)").execute(&mut connection).await.unwrap();
        let writer = Arc::new(Mutex::new(Some(connection)));
        let filling = tokio::spawn({
            let writer = writer.clone();
            async move {
                for _ in 0..60 {
                    let mut slot = writer.lock().await;
                    let insert = sqlx::query("INSERT INTO filler VALUES (zeroblob(1048576))");
                    insert.execute(slot.as_mut().unwrap()).await.unwrap();
                }
            }
        });
        let mut own = None;
        while !filling.is_finished() {
            copy(&options, &mut own, &writer).await.unwrap();
        }
        filling.await.unwrap();
        let log = std::fs::metadata(folder.path().join("test.db-wal")).unwrap().len();
        assert!(log < 40 << 20, "{log} bytes");
    }
}
