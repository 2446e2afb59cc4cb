//! The outbox: commands that the portal has not acknowledged.

use deskside_session::{PersistOp, QueuedMessage};
use sqlx::Row as _;

use super::{Journal, Place};
use crate::ClientError;

impl Journal {
    /// What waits or was refused, in its order.
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn outbox(&self, place: &Place) -> Result<Vec<QueuedMessage>, ClientError> {
        let rows = sqlx::query(
            "SELECT txn_id, message FROM outbox WHERE portal = ? AND account = ? AND session = ? ORDER BY place, txn_id",
        )
        .bind(&place.portal)
        .bind(&place.account)
        .bind(place.session.to_string())
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let message = serde_json::from_str(row.get(1));
            if message.is_err() {
                // Of a later version: it stays where it is.
                tracing::warn!(txn_id = row.get::<&str, _>(0), "a message of the outbox cannot be read");
            }
            message.ok()
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Does what the session asks for; it is on disk afterwards.
    ///
    /// # Errors
    /// [`ClientError::Journal`]; nothing was changed then.
    pub async fn persist(&self, place: &Place, op: &PersistOp) -> Result<(), ClientError> {
        let change = match op {
            PersistOp::Put { message } => {
                let text =
                    serde_json::to_string(message).map_err(|error| ClientError::Journal(Box::new(error)))?;
                sqlx::query(
                    "INSERT INTO outbox (portal, account, session, txn_id, place, message) VALUES (?, ?, ?, ?, ?, ?)
                     ON CONFLICT DO UPDATE SET message = excluded.message",
                )
                .bind(&place.portal)
                .bind(&place.account)
                .bind(place.session.to_string())
                .bind(message.txn_id.to_string())
                .bind(i64::try_from(message.order).unwrap_or(i64::MAX))
                .bind(text)
            }
            PersistOp::Remove { txn_id } => sqlx::query(
                "DELETE FROM outbox WHERE portal = ? AND account = ? AND session = ? AND txn_id = ?",
            )
            .bind(&place.portal)
            .bind(&place.account)
            .bind(place.session.to_string())
            .bind(txn_id.to_string()),
        };
        change.execute(&self.pool).await?;
        Ok(())
    }
}
