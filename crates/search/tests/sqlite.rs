//! The index on disk passes the suite, keeps no erased text, and begins anew where its file is of no use.
#![expect(clippy::unwrap_used, reason = "a panic is the failure report of a test")]

use std::path::Path;

use deskside_proto::{OrgId, ParticipantRole, SessionId, Visibility};
use deskside_search::{Change, Document, IndexError, Page, Query, Search, SearchIndex, SqliteIndex};

const SESSION: SessionId = SessionId([7; 16]);

async fn make() -> (impl SearchIndex, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (SqliteIndex::open(&folder.path().join("search.db")).await.unwrap(), folder)
}

deskside_search::contract_suite!(make);

fn put(seq: u64, version: u64, text: &str) -> Change {
    Change::Put(Document { seq, visibility: Visibility::All, version, text: text.to_owned() })
}

async fn apply(index: &SqliteIndex, indexed_to: u64, changes: Vec<Change>) {
    index.apply(vec![Page { org: OrgId([7; 16]), session: SESSION, changes, indexed_to }]).await.unwrap();
}

async fn count(index: &SqliteIndex, typed: &str) -> usize {
    let query = Query::parse(typed).unwrap();
    let search =
        Search { session: SESSION, role: ParticipantRole::Customer, query: &query, before: None, limit: 100 };
    index.find(search).await.unwrap().found.len()
}

/// Everything in the folder, as one text.
fn bytes(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.map(|bytes| String::from_utf8_lossy(&bytes).to_lowercase()).collect()
}

/// Z10 Z13: not one byte of an earlier text stays in the files.
#[tokio::test]
async fn rewritten_and_removed_texts_leave_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let index = SqliteIndex::open(&folder.path().join("search.db")).await.unwrap();
    apply(&index, 40, (1..=40).map(|seq| put(seq, 0, &format!("xylophone{seq} quagmire"))).collect()).await;
    assert!(bytes(folder.path()).contains("xylophone7 "));
    apply(&index, 80, (1..=20).map(|seq| put(seq, seq + 40, "calm")).collect()).await;
    apply(&index, 100, (21..=40).map(Change::Remove).collect()).await;
    let left = bytes(folder.path());
    for gone in ["xylophone", "quagmire", "ylopho"] {
        assert!(!left.contains(gone), "{gone}");
    }
    assert!(left.contains("calm"));
}

#[tokio::test]
async fn what_is_written_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search.db");
    let index = SqliteIndex::open(&path).await.unwrap();
    apply(&index, 3, vec![put(3, 0, "printer")]).await;
    index.close().await;
    let index = SqliteIndex::open(&path).await.unwrap();
    assert_eq!((index.indexed_to(SESSION).await.unwrap(), count(&index, "printer").await), (3, 1));
}

#[tokio::test]
async fn a_file_of_no_use_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search.db");
    let index = SqliteIndex::open(&path).await.unwrap();
    apply(&index, 3, vec![put(3, 0, "printer")]).await;
    index.close().await;
    let sound = std::fs::read(&path).unwrap();
    let mut newer = sound.clone();
    // The user version: https://www.sqlite.org/fileformat.html#user_version_number
    newer[60..64].copy_from_slice(&3_u32.to_be_bytes());
    let mut torn = sound.clone();
    torn[4096..].fill(0xff);
    for (name, file) in
        [("newer", newer), ("no database", b"not a database at all".repeat(300)), ("torn", torn)]
    {
        std::fs::write(&path, file).unwrap();
        let index = SqliteIndex::open(&path).await.unwrap();
        assert_eq!(index.indexed_to(SESSION).await.unwrap(), 0, "{name}");
        apply(&index, 1, vec![put(1, 0, "printer")]).await;
        assert_eq!(count(&index, "printer").await, 1, "{name}");
        index.close().await;
    }
}

#[tokio::test]
async fn a_file_that_is_damaged_while_it_is_open_is_told_and_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search.db");
    let index = SqliteIndex::open(&path).await.unwrap();
    // More than a page cache holds.
    let long = |seq| put(seq, 0, &format!("printer {}", format!("word{seq} ").repeat(2_000)));
    apply(&index, 400, (1..=400).map(long).collect()).await;
    apply(&index, 401, vec![put(1, 401, "printer")]).await;
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let size = file.metadata().unwrap().len();
    std::io::Write::write_all(&mut &file, &vec![0xff; usize::try_from(size).unwrap()]).unwrap();
    let query = Query::parse("printer word7").unwrap();
    let search =
        Search { session: SESSION, role: ParticipantRole::Customer, query: &query, before: None, limit: 9 };
    let found = index.find(search).await;
    assert!(matches!(found, Err(IndexError::Damaged(_))), "{found:?}");
    index.begin_anew().await.unwrap();
    assert_eq!(index.indexed_to(SESSION).await.unwrap(), 0);
    apply(&index, 1, vec![put(1, 0, "printer")]).await;
    assert_eq!(count(&index, "printer").await, 1);
}
