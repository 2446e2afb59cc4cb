//! How far somebody has read, and which sessions they have muted.

use deskside_proto::Seq;
use sqlx::Row as _;

use super::{Journal, Place};
use crate::ClientError;

impl Journal {
    /// The newest place that was seen, 0 before any.
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn seen(&self, place: &Place) -> Result<Seq, ClientError> {
        Ok(self.attention(place).await?.0)
    }

    /// Whether the session is muted.
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn muted(&self, place: &Place) -> Result<bool, ClientError> {
        Ok(self.attention(place).await?.1)
    }

    async fn attention(&self, place: &Place) -> Result<(Seq, bool), ClientError> {
        let row =
            sqlx::query("SELECT seen, muted FROM attention WHERE portal = ? AND account = ? AND session = ?")
                .bind(&place.portal)
                .bind(&place.account)
                .bind(place.session.to_string())
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map_or((0, false), |row| (u64::try_from(row.get::<i64, _>(0)).unwrap_or(0), row.get(1))))
    }

    /// Everything up to `seq` was seen; a smaller one than is kept changes nothing.
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn set_seen(&self, place: &Place, seq: Seq) -> Result<(), ClientError> {
        sqlx::query(
            "INSERT INTO attention (portal, account, session, seen) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET seen = max(seen, excluded.seen)",
        )
        .bind(&place.portal)
        .bind(&place.account)
        .bind(place.session.to_string())
        .bind(i64::try_from(seq).unwrap_or(i64::MAX))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn set_muted(&self, place: &Place, muted: bool) -> Result<(), ClientError> {
        sqlx::query(
            "INSERT INTO attention (portal, account, session, muted) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET muted = excluded.muted",
        )
        .bind(&place.portal)
        .bind(&place.account)
        .bind(place.session.to_string())
        .bind(muted)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
