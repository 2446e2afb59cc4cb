//! Direct transfers that are not over: the ledger of [`deskside_direct`] in SQLite.

use async_trait::async_trait;
use deskside_direct::disk::ledger::{Entry, Key, Ledger, LedgerError, Record};
use deskside_proto::SessionId;
use deskside_transfer::Way;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{Journal, Place};
use crate::ClientError;

/// One account's transfers at one portal.
pub(crate) struct DirectLedger {
    journal: Journal,
    portal: String,
    account: String,
}

impl DirectLedger {
    pub(crate) fn new(journal: Journal, place: &Place) -> Self {
        Self { journal, portal: place.portal.clone(), account: place.account.clone() }
    }

    /// The row of an entry, if it is there.
    async fn row(
        &self,
        connection: &mut SqliteConnection,
        session: SessionId,
        key: Key,
    ) -> Result<Option<i64>, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT id FROM direct
             WHERE portal = ? AND account = ? AND session = ? AND attachment = ? AND sending = ?",
        )
        .bind(&self.portal)
        .bind(&self.account)
        .bind(session.to_string())
        .bind(key.attachment.to_string())
        .bind(key.way == Way::Sending)
        .fetch_optional(connection)
        .await
    }
}

fn failed(error: impl Into<ClientError>) -> LedgerError {
    LedgerError(error.into().to_string())
}

/// One that makes no sense (a later version's) is left out: its file is sent or received anew.
fn read(row: &SqliteRow) -> Option<(i64, Entry)> {
    let way = if row.get(2) { Way::Sending } else { Way::Receiving };
    let attachment = row.get::<&str, _>(1).parse().ok()?;
    let record = serde_json::from_str(row.get(3)).ok()?;
    Some((row.get(0), Entry { key: Key { attachment, way }, record, standing: Vec::new() }))
}

#[async_trait]
impl Ledger for DirectLedger {
    async fn load(&self, session: SessionId) -> Result<Vec<Entry>, LedgerError> {
        let mut connection = self.journal.pool.acquire().await.map_err(failed)?;
        let rows = sqlx::query(
            "SELECT id, attachment, sending, record FROM direct WHERE portal = ? AND account = ? AND session = ?",
        );
        let rows = rows.bind(&self.portal).bind(&self.account).bind(session.to_string());
        let rows = rows.fetch_all(&mut *connection).await.map_err(failed)?;
        let mut entries = Vec::new();
        for (row, mut entry) in rows.iter().filter_map(read) {
            let pieces = sqlx::query_scalar("SELECT piece FROM direct_standing WHERE direct = ? ORDER BY id");
            let pieces: Vec<Vec<u8>> = pieces.bind(row).fetch_all(&mut *connection).await.map_err(failed)?;
            entry.standing = pieces.concat();
            entries.push(entry);
        }
        Ok(entries)
    }

    async fn save(&self, session: SessionId, key: Key, record: &Record) -> Result<(), LedgerError> {
        let record = serde_json::to_string(record).map_err(|error| LedgerError(error.to_string()))?;
        sqlx::query(
            "INSERT INTO direct (portal, account, session, attachment, sending, record) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (portal, account, session, attachment, sending) DO UPDATE SET record = excluded.record",
        )
        .bind(&self.portal)
        .bind(&self.account)
        .bind(session.to_string())
        .bind(key.attachment.to_string())
        .bind(key.way == Way::Sending)
        .bind(record)
        .execute(&self.journal.pool)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn stand(
        &self,
        session: SessionId,
        key: Key,
        standing: &[u8],
        replace: bool,
    ) -> Result<(), LedgerError> {
        let mut change = self.journal.pool.begin().await.map_err(failed)?;
        let Some(row) = self.row(&mut change, session, key).await.map_err(failed)? else { return Ok(()) };
        if replace {
            let earlier = sqlx::query("DELETE FROM direct_standing WHERE direct = ?").bind(row);
            earlier.execute(&mut *change).await.map_err(failed)?;
        }
        let piece = sqlx::query("INSERT INTO direct_standing (direct, piece) VALUES (?, ?)");
        piece.bind(row).bind(standing).execute(&mut *change).await.map_err(failed)?;
        change.commit().await.map_err(failed)
    }

    async fn remove(&self, session: SessionId, key: Key) -> Result<(), LedgerError> {
        let mut change = self.journal.pool.begin().await.map_err(failed)?;
        if let Some(row) = self.row(&mut change, session, key).await.map_err(failed)? {
            let gone = sqlx::query("DELETE FROM direct WHERE id = ?").bind(row);
            gone.execute(&mut *change).await.map_err(failed)?;
        }
        change.commit().await.map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Z20 P01: what is noted of a transfer is there after a kill, on this journal as on the one in memory.
    #[tokio::test]
    async fn the_journal_keeps_the_ledgers_contract() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place {
            portal: "https://help.example".into(),
            account: "user".into(),
            session: SessionId([1; 16]),
        };
        let journal = Journal::open(folder.path()).await.unwrap();
        let ledger = DirectLedger::new(journal.clone(), &place);
        deskside_direct::disk::ledger::contract(&ledger, SessionId([1; 16]), SessionId([2; 16]))
            .await
            .unwrap();
        let before = ledger.load(SessionId([1; 16])).await.unwrap();
        journal.close().await;

        let journal = Journal::open(folder.path()).await.unwrap();
        let ledger = DirectLedger::new(journal.clone(), &place);
        assert_eq!(ledger.load(SessionId([1; 16])).await.unwrap(), before, "after another start");
        let other = Place { account: "guest:1".into(), ..place };
        let others = DirectLedger::new(journal, &other).load(SessionId([1; 16])).await.unwrap();
        assert_eq!(others, [], "another account on this computer sees nothing of it");
    }
}
