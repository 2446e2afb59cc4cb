//! The memory twin passes the suite, and the suite is whole.

use deskside_store::{Store, memory::MemoryStore};

#[expect(clippy::unused_async, reason = "the suite makes its stores asynchronously")]
async fn make() -> (impl Store, ()) {
    (MemoryStore::new(), ())
}

deskside_store::contract_suite!(make);

/// A case that is written but not listed would never run.
#[test]
fn every_case_is_in_the_suite() {
    let suite = include_str!("../src/contract/mod.rs");
    let modules = [
        ("identity", include_str!("../src/contract/identity.rs")),
        ("sessions", include_str!("../src/contract/sessions.rs")),
        ("roles", include_str!("../src/contract/roles.rs")),
        ("batches", include_str!("../src/contract/batches.rs")),
        ("effects", include_str!("../src/contract/effects.rs")),
        ("offers", include_str!("../src/contract/offers.rs")),
        ("attachments", include_str!("../src/contract/attachments.rs")),
        ("text", include_str!("../src/contract/text.rs")),
        ("files", include_str!("../src/contract/files.rs")),
    ];
    for (module, source) in modules {
        for case in source.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
            let name = case.split('(').next().unwrap_or_default();
            assert!(suite.contains(&format!("{module}::{name};")), "{module}::{name} is not listed");
        }
    }
}
