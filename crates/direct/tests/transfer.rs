//! Whole transfers between services in one process, over real lanes on loopback (rows Z20, A02, A03, A10–A13).
#![expect(clippy::unwrap_used, reason = "a panic is a test's failure report")]

mod portal;

use std::{fs, path::Path, sync::Arc, time::Duration};

use deskside_direct::DirectEvent;
use deskside_proto::{Digest32, RecipientState};
use deskside_transfer::{LaneKind, PausedBy, Side, StallReason, TransferFailure, TransferState};
use portal::{Member, Portal, QUIC, RELAY, WEBRTC, pattern};

const MIB: usize = 1 << 20;

async fn pair(lanes: deskside_direct::Lanes) -> (Portal, Member, Member) {
    let portal = Portal::default();
    let (ada, bob) = (Member::new(&portal, 1, lanes).await, Member::new(&portal, 2, lanes).await);
    (portal, ada, bob)
}

fn write(member: &Member, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let folder = member.path("outbox");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn blake3(bytes: &[u8]) -> Digest32 {
    Digest32(*blake3::hash(bytes).as_bytes())
}

/// A file goes over `lanes`, and arrives as it was with the digest that `b3sum` gives.
async fn whole(lanes: deskside_direct::Lanes, kind: LaneKind, len: usize) {
    let (_portal, ada, bob) = pair(lanes).await;
    let bytes = pattern(len, 1);
    let path = write(&ada, "report.bin", &bytes);
    let file = ada.offer(1, &path, &[&bob]).await;
    let (at, digest) = bob.received(file).await;
    assert_eq!(at, bob.path("report.bin"));
    assert!(fs::read(&at).unwrap() == bytes);
    assert_eq!(digest, blake3(&bytes));
    tokio::time::sleep(Duration::from_millis(600)).await;
    let stats = bob.direct().stats();
    let carried = match kind {
        LaneKind::Webrtc => stats.webrtc,
        LaneKind::Quic => stats.quic,
        LaneKind::Relay => stats.relay,
    };
    assert!(stats.content_received >= len as u64, "{stats:?}");
    assert!(carried.bytes_received >= len as u64, "{stats:?}");
    assert_eq!(fs::read_dir(bob.home.path()).unwrap().count(), 1, "nothing but the file is left");
}

/// Z20, A12.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_by_quic() {
    whole(QUIC, LaneKind::Quic, 40 * MIB + 3).await;
}

/// Z20, A12.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_by_webrtc() {
    whole(WEBRTC, LaneKind::Webrtc, 20 * MIB + 3).await;
}

/// Z20: the last resort.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_by_the_relay() {
    whole(RELAY, LaneKind::Relay, 5 * MIB + 3).await;
}

/// Z20: both people see one code.
#[tokio::test(flavor = "multi_thread")]
async fn both_sides_show_one_code() {
    let (_portal, ada, bob) = pair(QUIC).await;
    let path = write(&ada, "big", &pattern(100 * MIB, 5));
    let file = ada.offer(1, &path, &[&bob]).await;
    let ours = ada.until(file, bob.id, "a code", |view| view.code.is_some()).await;
    let theirs = bob.until(file, ada.id, "a code", |view| view.code.is_some()).await;
    assert_eq!(ours.code, theirs.code);
    assert_eq!(ours.code.map(|code| code.len()), Some(6));
}

/// Z20: a folder as it was, with what is empty in it; a taken name is not overwritten (A13).
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_goes_to_two_people() {
    let (portal, ada, bob) = pair(QUIC).await;
    let eve = Member::new(&portal, 3, QUIC).await;
    let root = ada.path("outbox/photos");
    fs::create_dir_all(root.join("2026/empty")).unwrap();
    fs::write(root.join("2026/a.jpg"), pattern(3 * MIB + 1, 2)).unwrap();
    fs::write(root.join("Ü.txt"), "").unwrap();
    for n in 0..50 {
        fs::write(root.join(format!("{n:02}")), pattern(n * 100, n as u64)).unwrap();
    }
    fs::create_dir(bob.path("photos")).unwrap();
    let file = ada.offer(1, &root, &[&bob, &eve]).await;
    let ((bobs, first), (eves, second)) = tokio::join!(bob.received(file), eve.received(file));
    assert_eq!((bobs.clone(), eves.clone()), (bob.path("photos (2)"), eve.path("photos")));
    assert_eq!(first, second);
    for at in [bobs, eves] {
        assert!(same(&root, &at), "{at:?}");
        assert!(at.join("2026/empty").is_dir());
    }
}

fn same(left: &Path, right: &Path) -> bool {
    let names = |folder: &Path| {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    names(left) == names(right)
        && names(left).iter().all(|name| {
            let (left, right) = (left.join(name), right.join(name));
            if left.is_dir() {
                same(&left, &right)
            } else {
                fs::read(left).unwrap() == fs::read(right).unwrap()
            }
        })
}

/// Z20: paused by both, it needs both to go on.
#[tokio::test(flavor = "multi_thread")]
async fn pause_and_resume_on_both_sides() {
    let (_portal, ada, bob) = pair(RELAY).await;
    let bytes = pattern(60 * MIB, 3);
    let path = write(&ada, "big", &bytes);
    let file = ada.offer(1, &path, &[&bob]).await;
    bob.until(file, ada.id, "some bytes", |view| view.done > 0).await;
    bob.direct().pause(file, None);
    ada.until_state(file, bob.id, TransferState::Paused { by: PausedBy::Peer }).await;
    ada.direct().pause(file, Some(bob.id));
    bob.until_state(file, ada.id, TransferState::Paused { by: PausedBy::Both }).await;
    bob.direct().resume(file, None);
    bob.until_state(file, ada.id, TransferState::Paused { by: PausedBy::Peer }).await;
    ada.direct().resume(file, None);
    let (at, _) = bob.received(file).await;
    assert!(fs::read(at).unwrap() == bytes);
}

/// Z20: who cancels is told to both, and nothing of it stays.
#[tokio::test(flavor = "multi_thread")]
async fn cancel_from_either_side() {
    for by_sender in [true, false] {
        let (_portal, ada, bob) = pair(RELAY).await;
        let path = write(&ada, "big", &pattern(60 * MIB, 4));
        let file = ada.offer(1, &path, &[&bob]).await;
        bob.until(file, ada.id, "some bytes", |view| view.done > 0).await;
        if by_sender {
            ada.direct().cancel(file, None)
        } else {
            bob.direct().cancel(file, None)
        }
        for (member, yours) in [(&ada, by_sender), (&bob, !by_sender)] {
            let by = if yours { Side::You } else { Side::Peer };
            let said = member.event("cancelled", |event| match event {
                DirectEvent::Cancelled { attachment, by, .. } if *attachment == file => Some(*by),
                _ => None,
            });
            assert_eq!(said.await, by);
        }
        let mut left = 1;
        for _ in 0..100 {
            left = fs::read_dir(bob.home.path()).unwrap().count();
            if left == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(left, 0, "the part is gone");
    }
}

/// Z20, P-pains: a client that is killed goes on where it was; less than 1 % beyond what was in flight comes twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_on_either_side_loses_nothing() {
    for sender in [true, false] {
        let (_portal, mut ada, mut bob) = pair(RELAY).await;
        let len = 96 * MIB;
        let bytes = pattern(len, 6);
        let path = write(&ada, "big", &bytes);
        let file = ada.offer(1, &path, &[&bob]).await;
        bob.until(file, ada.id, "some bytes", |view| view.done > 0).await;
        // A ledger that is far behind: a receiver that is killed knows what it wrote all the same.
        let behind = bob.ledger_as_it_is().await;
        let had = bob.until(file, ada.id, "a third", |view| view.done > len as u64 / 3).await.done;
        if sender {
            ada.kill()
        } else {
            bob.kill();
            bob.ledger = behind;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let first = if sender { bob.direct().stats().content_received } else { 0 };
        if sender {
            ada.open().await
        } else {
            bob.open().await
        }
        let (at, digest) = bob.received(file).await;
        assert!(fs::read(at).unwrap() == bytes);
        assert_eq!(digest, blake3(&bytes));
        tokio::time::sleep(Duration::from_millis(600)).await;
        let second = bob.direct().stats().content_received - first;
        let missing = len as u64 - had;
        assert!(
            second <= missing + len as u64 / 100 + 3 * MIB as u64,
            "{second} came, {missing} were missing"
        );
    }
}

/// A10: a source that changed while its client was gone fails on both sides; two states are never spliced.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_source_fails() {
    let (_portal, mut ada, bob) = pair(RELAY).await;
    let path = write(&ada, "big", &pattern(60 * MIB, 7));
    let file = ada.offer(1, &path, &[&bob]).await;
    bob.until(file, ada.id, "some bytes", |view| view.done > 0).await;
    ada.kill();
    fs::write(&path, pattern(60 * MIB, 8)).unwrap();
    ada.open().await;
    for member in [&ada, &bob] {
        let failure = member.event("failed", |event| match event {
            DirectEvent::Failed { failure, .. } => Some(*failure),
            _ => None,
        });
        assert_eq!(failure.await, TransferFailure::SourceChanged);
    }
}

/// A source that is gone stalls its transfer until it is shown again.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_was_moved_is_shown_again() {
    let (_portal, mut ada, bob) = pair(RELAY).await;
    let bytes = pattern(60 * MIB, 9);
    let path = write(&ada, "big", &bytes);
    let file = ada.offer(1, &path, &[&bob]).await;
    bob.until(file, ada.id, "some bytes", |view| view.done > 0).await;
    ada.kill();
    let moved = path.with_file_name("moved");
    fs::rename(&path, &moved).unwrap();
    ada.open().await;
    ada.until_state(file, bob.id, TransferState::Stalled { why: StallReason::NeedsSource }).await;
    let other = write(&ada, "other", &bytes);
    let refused = ada.direct().source_again(file, &other).await.unwrap_err();
    assert_eq!(refused.code(), "source_changed");
    ada.direct().source_again(file, &moved).await.unwrap();
    let (at, _) = bob.received(file).await;
    assert!(fs::read(at).unwrap() == bytes);
}

/// Z20: no room stalls, and passes by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_goes_on_when_there_is_room() {
    let portal = Portal::default();
    let ada = Member::new(&portal, 1, QUIC).await;
    let mut bob = Member::new(&portal, 2, QUIC).await;
    bob.kill();
    let room = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let free = room.clone();
    bob.free_space = Arc::new(move |_| Some(free.load(std::sync::atomic::Ordering::SeqCst)));
    bob.open().await;
    let path = write(&ada, "big", &pattern(10 * MIB, 10));
    let file = ada.offer(1, &path, &[&bob]).await;
    bob.until_state(file, ada.id, TransferState::Stalled { why: StallReason::DiskFull }).await;
    room.store(1 << 40, std::sync::atomic::Ordering::SeqCst);
    bob.received(file).await;
}

/// A03, A11: whose offer was withdrawn gets nothing more of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_file_ends() {
    let (portal, ada, bob) = pair(RELAY).await;
    let path = write(&ada, "big", &pattern(60 * MIB, 11));
    let file = ada.offer(1, &path, &[&bob]).await;
    bob.until(file, ada.id, "some bytes", |view| view.done > 0).await;
    portal.change(file, |file| {
        file.withdrawn = true;
        file.recipients.iter_mut().for_each(|recipient| recipient.state = RecipientState::Revoked);
    });
    let mut left = 1;
    for _ in 0..200 {
        left = fs::read_dir(bob.home.path()).unwrap().count();
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(left, 0, "the part is gone");
}

/// A02: nobody gets a byte who has not accepted.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_before_consent() {
    let (portal, ada, bob) = pair(QUIC).await;
    let path = write(&ada, "x", &pattern(MIB, 12));
    let file = ada.offer(1, &path, &[]).await;
    portal.change(file, |file| {
        file.recipients =
            vec![deskside_direct::Recipient { id: bob.id, state: RecipientState::Pending, digest: None }];
    });
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(bob.direct().stats().connections, 0);
    portal.change(file, |file| file.recipients[0].state = RecipientState::Accepted);
    bob.received(file).await;
}
