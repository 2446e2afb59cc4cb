//! From the driver's errors to the store's.

use deskside_store::StoreError;

/// SQLSTATE of a write that found no space (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).
const DISK_FULL: &str = "53100";

pub(crate) fn database(error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(|error| error.code());
    if code.is_some_and(|code| code == DISK_FULL) {
        return StoreError::Full;
    }
    StoreError::Database(Box::new(error))
}
