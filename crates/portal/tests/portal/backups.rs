//! Backup of a portal that runs, and what is made from it elsewhere (row Z14; research S21).

use std::{
    collections::BTreeMap,
    fs,
    num::NonZeroU32,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use deskside_portal::{
    backup::{self, BackupError, Source, Taken, manifest},
    blobs::{Blobs, Key},
    database::Place,
    verify::{Problem, Verifier},
};
use deskside_proto::{
    Command, SessionId,
    api::{FilesPage, FilesSession},
};

use crate::{
    blobs::bucket,
    harness::{Person, TestApp, post},
    process::run,
};

fn source(folder: &Path, database: &Place) -> Source {
    let blobs = Blobs::folder(&folder.join("blobs")).unwrap();
    Source { database: database.clone(), blobs, data_dir: folder.to_owned() }
}

async fn take(app: &TestApp, database: &Place, to: &Path) -> Result<Taken, BackupError> {
    backup::take(&source(app.folder.path(), database), to, app.now(), false).await
}

/// A session with messages and a file, ended and sealed; its id and the file's words.
async fn case(app: &TestApp, by: &Person, number: usize) -> (SessionId, String) {
    let (session, join) = app.session(by).await;
    let (token, _) = app.join(&join, "Carl").await;
    let mut socket = app.enter(session.id, &token).await;
    let words = format!("smoke of case {number}");
    let id = app.upload(session.id, &token, "smoke.txt", words.as_bytes()).await;
    let attachments = vec![id];
    let offer = Command::PostMessage {
        text: words.clone(),
        reply_to: None,
        attachments,
        mentions: vec![],
        private: false,
    };
    socket.command(app.txn(), offer).await.unwrap();
    assert_eq!(app.end(by, session.id).await.status, 200);
    let path = format!("/api/v1/orgs/{}/files/{}/transcript", by.org, session.id);
    while app.get(&path, Some(&by.token)).await.status != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    (session.id, words)
}

/// Files below a folder with their bytes.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_portal_is_backed_up_and_reads_elsewhere_on_sqlite() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let database = Place::new(folder.path(), None).unwrap();
    let elsewhere = Arc::new(tempfile::tempdir().unwrap());
    let restored = Place::new(elsewhere.path(), None).unwrap();
    backed_up_and_restored(folder, database, elsewhere, restored).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_portal_is_backed_up_and_reads_elsewhere_on_postgres() {
    let server = deskside_scratch_postgres::Server::shared();
    let (old, new) = (server.database().unwrap(), server.database().unwrap());
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let elsewhere = Arc::new(tempfile::tempdir().unwrap());
    let place = |folder: &Path, url: String| Place::new(folder, Some(&url.parse().unwrap())).unwrap();
    let (database, restored) = (place(folder.path(), old.url()), place(elsewhere.path(), new.url()));
    backed_up_and_restored(folder, database, elsewhere, restored).await;
}

async fn backed_up_and_restored(
    folder: Arc<tempfile::TempDir>,
    database: Place,
    elsewhere: Arc<tempfile::TempDir>,
    restored: Place,
) {
    let app = TestApp::start_in(folder.clone(), database.open().await.unwrap(), |config| {
        // One customer after the other, from one address.
        config.rates.join_per_address = NonZeroU32::MAX;
    })
    .await;
    let tess = app.technician().await;
    let admin = app.person(tess.org, deskside_proto::OrgRole::Admin, "Ada").await;
    fs::write(folder.path().join("secrets.key"), "key").unwrap();
    let mut kept = Vec::new();
    for number in 0..10 {
        kept.push(case(&app, &tess, number).await);
    }
    let unfinished = open_upload(&app, &tess).await;

    // Sessions come, end and are deleted while the backup is taken.
    let stop = AtomicBool::new(false);
    let shelf = tempfile::tempdir().unwrap();
    let load = async {
        let mut number = 100;
        while !stop.load(Ordering::SeqCst) {
            let (session, _) = case(&app, &tess, number).await;
            let path = format!("/api/v1/orgs/{}/files/{session}", tess.org);
            let gone = app.request(reqwest::Method::DELETE, &path, Some(&admin.token)).send().await.unwrap();
            assert_eq!(gone.status(), 204);
            number += 1;
        }
    };
    let take = async {
        let mut taken = Vec::new();
        for _ in 0..5 {
            taken.push(take(&app, &database, shelf.path()).await.unwrap());
            app.advance(1000);
        }
        stop.store(true, Ordering::SeqCst);
        taken
    };
    let (taken, ()) = tokio::join!(take, load);
    app.stop().await;

    for taken in &taken {
        assert_eq!(taken.lost, Vec::<String>::new(), "whatever was deleted meanwhile");
        backup::restore::check(&taken.folder, false).await.unwrap();
    }
    let backup = taken[2].folder.clone();
    only_its_owner_reads(&backup);
    backup::restore::restore(&backup, &source(elsewhere.path(), &restored), false).await.unwrap();
    assert_eq!(fs::read(elsewhere.path().join("secrets.key")).unwrap(), b"key");

    let app = TestApp::start_in(elsewhere, restored.open().await.unwrap(), |_| {}).await;
    for (session, words) in &kept {
        everything_reads(&app, &tess, *session, words).await;
    }
    // Nothing but what its database names came along.
    let files: FilesPage =
        app.get(&format!("/api/v1/orgs/{}/files?limit=100", tess.org), Some(&tess.token)).await.json();
    for entry in &files.entries {
        assert!(entry.transcript.is_some() || entry.title == "Printer", "{entry:?}");
    }
    let (path, token) = unfinished;
    assert_eq!(app.patch(&path, &token, 0, b"0123456789".to_vec()).await.status, 204, "begun anew");
    let again = backup::restore::restore(&backup, &source(app.folder.path(), &restored), false).await;
    assert!(again.unwrap_err().to_string().contains("a database already"));
}

/// Row Z14: the bytes in buckets. Backed up from one, restored into another, verified there; a changed byte is named.
#[tokio::test(flavor = "multi_thread")]
async fn a_portal_on_buckets_is_backed_up_and_verified() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let database = Place::new(folder.path(), None).unwrap();
    let app = TestApp::start_in(folder.clone(), database.open().await.unwrap(), |_| {}).await;
    let tess = app.technician().await;
    let (session, _) = case(&app, &tess, 1).await;
    let blobs = bucket("/deskside");
    for (path, bytes) in tree(&folder.path().join("blobs")) {
        let key = Key::from_path(path.to_str().unwrap()).unwrap();
        blobs.put(&key, bytes.into()).await.unwrap();
    }
    let (shelf, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let source = Source { database, blobs, data_dir: folder.path().to_owned() };
    let taken = backup::take(&source, shelf.path(), app.now(), false).await.unwrap();
    assert_eq!(taken.lost, Vec::<String>::new());

    let database = Place::new(elsewhere.path(), None).unwrap();
    let target = Source { database, blobs: bucket(""), data_dir: elsewhere.path().to_owned() };
    backup::restore::restore(&taken.folder, &target, false).await.unwrap();
    let ledger = target.database.ledger().await.unwrap();
    let verifier = Verifier { ledger, blobs: target.blobs.clone() };
    let verify = async || verifier.verify(tess.org, "Acme".to_owned(), None, |_| {}).await.unwrap();
    let whole = verify().await;
    assert_eq!((whole.manifests, whole.files, whole.findings), (1, 4, vec![]));
    let key = Key::from_path(&format!("transcripts/{}/{session}/transcript.html", tess.org)).unwrap();
    target.blobs.put(&key, "changed".into()).await.unwrap();
    let found = verify().await.findings;
    let told: Vec<_> = found.iter().map(|finding| (finding.file.as_str(), &finding.problem)).collect();
    assert_eq!(told, [(key.as_path(), &Problem::Changed)]);
}

/// An upload that is half way: its path and its sender.
async fn open_upload(app: &TestApp, by: &Person) -> (String, String) {
    let (session, join) = app.session(by).await;
    let (token, _) = app.join(&join, "Cora").await;
    let created = app.create_upload(session.id, &token, "half.bin", 20).await;
    let path = created.header("location").to_owned();
    assert_eq!(app.patch(&path, &token, 0, b"0123456789".to_vec()).await.status, 204);
    (path, token)
}

async fn everything_reads(app: &TestApp, by: &Person, session: SessionId, words: &str) {
    let path = format!("/api/v1/orgs/{}/files/{session}", by.org);
    let found: FilesSession = app.get(&path, Some(&by.token)).await.json();
    let file = format!("/api/v1/sessions/{session}/attachments/{}", found.attachments[0].id);
    assert_eq!(app.get(&file, Some(&by.token)).await.body, words.as_bytes());
    let transcript = app.get(&format!("{path}/transcript"), Some(&by.token)).await;
    assert!(String::from_utf8_lossy(&transcript.body).contains(words));
}

fn only_its_owner_reads(folder: &Path) {
    let mut paths = vec![folder.to_owned()];
    while let Some(path) = paths.pop() {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        if path.is_dir() {
            paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
}

/// Of a portal at rest every object is in the backup, and nothing else: a new kind of file cannot be forgotten.
#[tokio::test]
async fn a_backup_holds_every_object_and_nothing_that_was_deleted() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let database = Place::new(folder.path(), None).unwrap();
    let app = TestApp::start_in(folder.clone(), database.open().await.unwrap(), |_| {}).await;
    let tess = app.technician().await;
    for number in 0..3 {
        case(&app, &tess, number).await;
    }
    let shelf = tempfile::tempdir().unwrap();
    let to = shelf.path().join("monday");
    // An attempt that broke off: a file that was deleted since, half a file, one that is damaged, and an old list.
    let part = shelf.path().join("monday.part");
    let objects = tree(&folder.path().join("blobs"));
    let some = objects.keys().next().unwrap();
    fs::create_dir_all(part.join("blobs").join(some).parent().unwrap()).unwrap();
    fs::write(part.join("blobs").join(some), vec![b'!'; objects[some].len()]).unwrap();
    let gone = "01a203d6b100789fac862b017aedea9d";
    for stray in [
        format!("chat-attachments/{gone}/{gone}/{gone}"),
        format!("transcripts/{gone}/{gone}/transcript.txt"),
    ] {
        let stray = part.join("blobs").join(stray);
        fs::create_dir_all(stray.parent().unwrap()).unwrap();
        fs::write(stray, "deleted").unwrap();
    }
    fs::write(part.join(manifest::NAME), "{").unwrap();

    let taken = take(&app, &database, &to).await.unwrap();
    assert_eq!((taken.folder.as_path(), part.exists()), (to.as_path(), false));
    assert_eq!(tree(&to.join("blobs")), objects);
    let again = take(&app, &database, &to).await.unwrap_err();
    assert!(again.to_string().contains("a backup already"), "{again}");

    // What the portal itself has lost is said, and does not keep the rest from being backed up.
    fs::remove_file(folder.path().join("blobs").join(some)).unwrap();
    let other = objects.keys().nth(1).unwrap();
    fs::write(folder.path().join("blobs").join(other), "flipped").unwrap();
    let taken = take(&app, &database, &shelf.path().join("tuesday")).await.unwrap();
    let named = |path: &PathBuf| taken.lost.contains(&format!("blobs/{}", path.display()));
    assert!(taken.lost.len() == 2 && named(some) && named(other), "{:?}", taken.lost);
    let lost = backup::restore::check(&taken.folder, false).await.unwrap().lost;
    assert_eq!(lost.len(), 2, "{lost:?}");
}

/// A backup in which one byte is another, in each kind of file, and one that broke off, are told by the program, by name.
#[tokio::test]
async fn a_damaged_backup_is_not_taken_for_a_whole_one() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let database = Place::new(folder.path(), None).unwrap();
    let app = TestApp::start_in(folder.clone(), database.open().await.unwrap(), |_| {}).await;
    let tess = app.technician().await;
    case(&app, &tess, 1).await;
    app.enter(app.session(&tess).await.0.id, &tess.token)
        .await
        .command(app.txn(), post("hello"))
        .await
        .unwrap();
    let shelf = tempfile::tempdir().unwrap();
    let backup = shelf.path().join("backup");
    let to = backup.to_str().unwrap();
    let taken = run(folder.path(), &["backup", "--to", to]);
    let said = String::from_utf8_lossy(&taken.stdout);
    assert!(taken.status.success() && said.contains("The backup is whole"), "{said}");

    let check = || {
        let done = run(shelf.path(), &["restore", "--check", "--from", to]);
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    assert_eq!(check().0, Some(0));
    for (path, bytes) in tree(&backup) {
        let file = backup.join(&path);
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        fs::write(&file, flipped).unwrap();
        let (code, said) = check();
        // Of the list itself, a file that it names wrongly is told.
        let named = path.ends_with(manifest::NAME) || said.contains(path.to_str().unwrap());
        assert!(code == Some(1) && named, "{}: {said}", path.display());
        fs::remove_file(&file).unwrap();
        assert_eq!(check().0, Some(1), "{}", path.display());
        fs::write(&file, bytes).unwrap();
    }
    let list = fs::read(backup.join(manifest::NAME)).unwrap();
    fs::write(backup.join(manifest::NAME), &list[..list.len() - 80]).unwrap();
    assert_eq!(check().0, Some(1), "without its end");
    fs::write(backup.join(manifest::NAME), &list).unwrap();

    let elsewhere = tempfile::tempdir().unwrap();
    let restored = run(elsewhere.path(), &["restore", "--from", to]);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    assert_eq!(tree(&elsewhere.path().join("blobs")), tree(&folder.path().join("blobs")));
}
