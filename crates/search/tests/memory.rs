//! The memory twin passes the suite.

use deskside_search::{MemoryIndex, SearchIndex};

#[expect(clippy::unused_async, reason = "the suite makes its indexes asynchronously")]
async fn make() -> (impl SearchIndex, ()) {
    (MemoryIndex::default(), ())
}

deskside_search::contract_suite!(make);
