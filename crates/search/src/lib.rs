//! What was said, findable by its words: the [`SearchIndex`] beside the log.
//!
//! - [`SqliteIndex`]: one file (`search.db`) of SQLite's FTS5, whatever database the log itself is in.
//! - [`MemoryIndex`]: a twin that looks at every text, as the reference of what an index must find.
//! - [`contract`]: the one suite that both pass.
//!
//! Invariants
//! - The index can be lost: everything in it comes from the log, and [`SearchIndex::indexed_to`] says how far it has come.
//! - Who searches is part of the query: what their role may not see is neither found nor counted, and never filtered afterwards.
//! - A text that was rewritten or removed is gone from the file when [`SearchIndex::apply`] returns.
//! - What people type is words, never an expression: see [`Query`].

pub mod contract;
mod excerpt;
mod index;
mod matching;
mod memory;
mod passages;
mod places;
mod sqlite;
mod words;

pub use index::{
    Change, Document, FileText, Found, FoundWhat, IndexError, OrgFound, OrgResults, OrgSearch, Page, Place,
    Results, Search, SearchIndex,
};
pub use matching::matching;
pub use memory::MemoryIndex;
pub use sqlite::SqliteIndex;
pub use words::Query;
