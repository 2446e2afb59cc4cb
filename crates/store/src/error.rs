//! What can go wrong.

use deskside_proto::ErrorCode;

/// The store itself does not work: the caller may try again later, nothing of the request took effect.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database driver failed.
    #[error("the database failed: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row holds what this version never writes.
    #[error("inconsistent data in {table}.{column}, row {row}")]
    Inconsistent { table: &'static str, column: &'static str, row: String },
    /// No space left for the database.
    #[error("the disk that holds the database is full: make room there")]
    Full,
    /// The database server does not answer, or lets nobody in.
    #[error(
        "the database {place} cannot be used: {reason}. Check that its server runs and that --database-url names it, a user, \
         the password and a database that exists"
    )]
    Unreachable { place: String, reason: Box<dyn std::error::Error + Send + Sync> },
    /// Another process has the database open.
    #[error("another portal is running on {path}: stop it first, or choose another data folder or database")]
    InUse { path: String },
    /// The database was written by a later version, which may mean things this one does not know.
    #[error("{path} was written by a newer version of Deskside: start that version, or restore a backup")]
    Newer { path: String },
    /// It is not this version's, and is only read.
    #[error(
        "{path} is not a database of this version of Deskside: use the program that belongs to it, or start this version's \
         portal on it once"
    )]
    OtherVersion { path: String },
}

/// One append of a batch was refused; the others of its batch are not touched by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("refused: {}", .0.as_str())]
pub struct AppendError(pub ErrorCode);
