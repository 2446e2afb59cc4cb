//! From the driver's errors to the store's.

use deskside_store::StoreError;

/// Primary result code of a write that found no space (<https://www.sqlite.org/rescode.html#full>).
const SQLITE_FULL: i32 = 13;

pub(crate) fn database(error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
    match code {
        // The low byte is the primary code of an extended one.
        Some(code) if code & 0xff == SQLITE_FULL => StoreError::Full,
        _ => StoreError::Database(Box::new(error)),
    }
}
