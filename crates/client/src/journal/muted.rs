//! Which sessions somebody has muted.

use super::{Journal, Place};
use crate::ClientError;

impl Journal {
    /// Whether the session is muted.
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn muted(&self, place: &Place) -> Result<bool, ClientError> {
        let muted = sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM muted WHERE portal = ? AND account = ? AND session = ?",
        );
        let muted = muted.bind(&place.portal).bind(&place.account).bind(place.session.to_string());
        Ok(muted.fetch_one(&self.pool).await? > 0)
    }

    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn set_muted(&self, place: &Place, muted: bool) -> Result<(), ClientError> {
        let change = if muted {
            sqlx::query("INSERT OR IGNORE INTO muted (portal, account, session) VALUES (?, ?, ?)")
        } else {
            sqlx::query("DELETE FROM muted WHERE portal = ? AND account = ? AND session = ?")
        };
        let change = change.bind(&place.portal).bind(&place.account).bind(place.session.to_string());
        change.execute(&self.pool).await?;
        Ok(())
    }
}
