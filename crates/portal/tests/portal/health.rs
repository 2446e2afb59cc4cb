//! What monitors ask.

use std::sync::Arc;

use deskside_portal::routes::health::Health;
use deskside_store::memory::MemoryStore;

use crate::{harness::TestApp, process::start};

#[tokio::test]
async fn a_full_disk_is_told_to_whoever_asks() {
    for (keep_free_bytes, status) in [(0, 200), (u64::MAX, 503)] {
        let app = TestApp::start_with(Arc::new(MemoryStore::new()), |config| {
            config.keep_free_bytes = keep_free_bytes;
        });
        let app = app.await;
        let reply = app.get("/api/v1/health", None).await;
        assert_eq!(reply.status, status);
        let health: Health = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(health, Health { database: true, room: status == 200 });
    }
}

#[test]
fn the_program_asks_for_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let portal = start(folder.path(), &[]);
    let url = portal.told["public_url"].as_str().unwrap().to_owned();
    let ask = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_deskside-portal"));
        command.args(["health", "--url", &url]).output().unwrap()
    };
    assert!(ask().status.success());
    drop(portal);
    let gone = ask();
    assert_eq!(gone.status.code(), Some(1), "{}", String::from_utf8_lossy(&gone.stderr));
}
