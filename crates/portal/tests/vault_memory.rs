//! What sealing a long session takes in memory: as much as a short one (rows Z14, Z15). In a process of its own, whose peak is its own.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a panic is the failure report of a test")]

#[expect(dead_code, reason = "only the long log is used here")]
#[path = "portal/faulty.rs"]
mod faulty;

use std::sync::{Arc, atomic::Ordering};

use deskside_portal::{
    Env,
    blobs::Blobs,
    hub::Hub,
    seal::{Desk, SealJob},
};
use deskside_proto::{EndReason, EventBody, EventId, Millis, OrgId, OrgRole, SessionId, UserId, Visibility};
use deskside_store::{Append, Effect, Ledger, NewMembership, NewOrg, NewSession, NewUser, Store, VaultStore};

use crate::faulty::Faulty;

const ORG: OrgId = OrgId([1; 16]);
const USER: UserId = UserId([2; 16]);
const EVENTS: u64 = 100_000;
/// Bytes more than for a hundredth of the events: pages of the log, and what the fold keeps of 10,000 answered messages.
const MORE: u64 = 24 * 1024 * 1024;

/// The most this process ever took, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

async fn people(store: &Faulty) {
    let at = Millis(0);
    store.create_org(NewOrg { id: ORG, name: "Acme".to_owned(), at }).await.unwrap();
    let (email, name, password_hash) = ("ada@acme.test".to_owned(), "Ada".to_owned(), String::new());
    assert!(store.create_user(NewUser { id: USER, email, name, password_hash, at }).await.unwrap());
    store.put_membership(NewMembership { org: ORG, user: USER, role: OrgRole::Admin }).await.unwrap();
}

async fn ended(store: &Faulty, session: SessionId) {
    let at = Millis(1);
    let new =
        NewSession { id: session, org: ORG, created_by: USER, title: String::new(), at, secrets: vec![] };
    assert!(store.create_session(new).await.unwrap());
    let end = Append {
        session,
        id: EventId(session.0),
        sender: None,
        txn_id: None,
        at,
        visibility: Visibility::All,
        body: EventBody::SessionEnded { reason: EndReason::Idle },
        effects: vec![Effect::EndSession],
    };
    assert!(store.append(vec![end]).await.unwrap()[0].is_ok());
}

/// Z14: 100,000 events and 10 GB of files: their hashes come from the store, and neither log nor transcript is ever whole in memory.
#[tokio::test]
async fn a_long_session_takes_no_more_memory_than_a_short_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Faulty::new());
    people(&store).await;
    let job = SealJob {
        store: store.clone(),
        blobs: Blobs::folder(&folder.path().join("blobs")).unwrap(),
        hub: Arc::new(Hub::default()),
        env: Env::system(),
        desk: Desk::open(&folder.path().join("sealing")).unwrap(),
    };
    let mut peaks = Vec::new();
    for (n, events) in [(3, EVENTS / 100), (4, EVENTS)] {
        let session = SessionId([n; 16]);
        ended(&store, session).await;
        store.long_log.store(events, Ordering::SeqCst);
        let begun = std::time::Instant::now();
        job.seal(session).await.unwrap();
        let transcripts = store.transcripts(session).await.unwrap();
        peaks.push(peak());
        let bytes: u64 = transcripts.iter().map(|file| file.size).sum();
        assert!(bytes > events * 900, "three forms of {events} messages: {bytes}");
        println!("{events} events: {bytes} bytes written, peak {} KiB, {:?}", peak() / 1024, begun.elapsed());
    }
    assert_eq!(store.chain_head(ORG).await.unwrap().unwrap().place, 2);
    assert!(peaks[1] - peaks[0] < MORE, "{peaks:?}");
}
