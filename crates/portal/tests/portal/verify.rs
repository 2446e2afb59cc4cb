//! `deskside-portal verify`: what somebody changed afterwards is named, what went by right is not (row Z14; research S21).

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use deskside_portal::{
    database::Place,
    verify::{Problem, Report, Verifier},
};
use deskside_proto::{
    AttachmentId, AttachmentRetention, SessionId,
    api::{SessionState, SessionVault, VaultKind},
};
use deskside_store::Store;
use reqwest::Method;
use serde_json::Value;

use crate::{
    captures::{begun, complete},
    faulty::Faulty,
    harness::TestApp,
    process::run,
    vault::{Room, until},
};

/// Three sealed sessions of one organisation, each with a file.
struct Vaults {
    room: Room,
    store: Arc<Faulty>,
    sealed: Vec<(SessionId, AttachmentId)>,
}

impl Vaults {
    async fn make() -> Self {
        let store = Arc::new(Faulty::new());
        let mut room = Room::open(store.clone()).await;
        let mut sealed = Vec::new();
        for n in 0..3 {
            if n > 0 {
                let (session, join) = room.app.session(&room.tess).await;
                (room.session, room.carl) = (session.id, room.app.join(&join, "Carl").await.0);
            }
            let file = room.talk().await;
            room.end().await;
            sealed.push((room.session, file));
        }
        Self { room, store, sealed }
    }

    async fn verify(&self, only: Option<SessionId>) -> Report {
        let app = &self.room.app.app;
        let verifier = Verifier { ledger: self.store.clone(), blobs: app.blobs.clone() };
        verifier.verify(self.room.tess.org, "Acme".to_owned(), only, |_| {}).await.unwrap()
    }

    async fn problems(&self) -> Vec<(String, Problem)> {
        let found = self.verify(None).await.findings;
        found.into_iter().map(|finding| (finding.file, finding.problem)).collect()
    }

    fn blobs(&self) -> PathBuf {
        self.room.app.folder.path().join("blobs")
    }

    fn transcripts(&self, n: usize, name: &str) -> String {
        format!("transcripts/{}/{}/{name}", self.room.tess.org, self.sealed[n].0)
    }

    fn attachment(&self, n: usize) -> String {
        let (session, file) = self.sealed[n];
        format!("chat-attachments/{}/{session}/{file}", self.room.tess.org)
    }
}

/// Turns the last bit of the byte in the middle.
fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// Z14: one byte of each kind, a removed file, a stranger: each is named, and nothing else.
#[tokio::test]
async fn every_change_is_named() {
    let vaults = Vaults::make().await;
    assert_eq!(vaults.problems().await, []);
    let whole = vaults.verify(None).await;
    assert_eq!((whole.manifests, whole.files, whole.erased, whole.deleted), (3, 12, 0, 0));
    let mut touched: Vec<String> = ["transcript.txt", "transcript.html", "transcript.json", "manifest.json"]
        .map(|name| vaults.transcripts(1, name))
        .into();
    touched.push(vaults.attachment(1));
    for file in &touched {
        let path = vaults.blobs().join(file);
        let before = std::fs::read(&path).unwrap();
        flip(&path);
        assert_eq!(vaults.problems().await, [(file.clone(), Problem::Changed)], "flipped");
        std::fs::write(&path, [&before[..], b"x"].concat()).unwrap();
        assert_eq!(vaults.problems().await, [(file.clone(), Problem::Changed)], "longer");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(vaults.problems().await, [(file.clone(), Problem::Missing)], "removed");
        let only = vaults.verify(Some(vaults.sealed[0].0)).await;
        assert_eq!((only.manifests, only.findings.len()), (1, 0), "another session is not asked about");
        std::fs::write(&path, before).unwrap();
    }
    assert_eq!(vaults.problems().await, [], "as it was");

    let stranger = AttachmentId([7; 16]);
    for file in [
        vaults.transcripts(1, "transcript.doc"),
        vaults.transcripts(1, "manifest-9.json"),
        format!("transcripts/{}/{}/transcript.txt", vaults.room.tess.org, SessionId([9; 16])),
        vaults.attachment(1).replace(&vaults.sealed[1].1.to_string(), &stranger.to_string()),
        vaults.attachment(1).replace(&vaults.sealed[1].1.to_string(), "readme"),
    ] {
        let path = vaults.blobs().join(&file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, b"planted").unwrap();
        assert_eq!(vaults.problems().await, [(file, Problem::Unexpected)]);
        std::fs::remove_file(&path).unwrap();
    }
}

/// Z14: swapped manifests, and a changed entry of the chain.
#[tokio::test]
async fn the_chain_shows_what_was_swapped() {
    let vaults = Vaults::make().await;
    let [first, second] = [0, 1].map(|n| vaults.transcripts(n, "manifest.json"));
    let [one, two] = [&first, &second].map(|file| vaults.blobs().join(file));
    let (left, right) = (std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());
    std::fs::write(&one, &right).unwrap();
    std::fs::write(&two, &left).unwrap();
    assert_eq!(vaults.problems().await, [(first, Problem::Changed), (second.clone(), Problem::Changed)]);
    std::fs::write(&one, &left).unwrap();
    std::fs::write(&two, &right).unwrap();
    assert_eq!(vaults.problems().await, []);

    vaults.store.changed_places.lock().unwrap().insert(2);
    let third = vaults.transcripts(2, "manifest.json");
    assert_eq!(vaults.problems().await, [(second, Problem::Changed), (third, Problem::Unlinked)]);
}

/// Z02, design §3: a snapshot that finishes after the end joins the chain; it is watched like the others, and may be taken back.
#[tokio::test]
async fn a_late_snapshot_stands_in_an_addendum() {
    let vaults = Vaults::make().await;
    let (room, org) = (&vaults.room, vaults.room.tess.org);
    let (session, _) = room.app.session(&room.tess).await;
    room.app.enter(session.id, &room.tess.token).await.say(room.app.txn(), "hello").await;
    let (upload, snapshot) = begun(&room.app, session.id, &room.tess.token, "shot.png").await;
    assert_eq!(room.app.end(&room.tess, session.id).await.status, 200);
    until(async || vaults.store.manifests_of(session.id).await == 1).await;
    assert_eq!(complete(&room.app, &upload, &room.tess.token).await, 204);
    until(async || vaults.store.manifests_of(session.id).await == 2).await;
    let path = format!("/api/v1/orgs/{org}/files/{}/vault", session.id);
    let vault: SessionVault = room.app.get(&path, Some(&room.ada.token)).await.json();
    let last = vault.files.last().unwrap();
    assert_eq!((last.kind, last.attachment_id, last.erased), (VaultKind::Snapshot, Some(snapshot), false));
    assert_eq!(vault.manifest.unwrap().addenda, 1);
    assert_eq!(vaults.problems().await, []);

    let file = format!("chat-attachments/{org}/{}/{snapshot}", session.id);
    let addendum = format!("transcripts/{org}/{}/manifest-2.json", session.id);
    for file in [file.clone(), addendum] {
        flip(&vaults.blobs().join(&file));
        assert_eq!(vaults.problems().await, [(file.clone(), Problem::Changed)]);
        flip(&vaults.blobs().join(&file));
    }
    let capture = format!("/api/v1/orgs/{org}/files/{}/captures/{snapshot}", session.id);
    let gone = room.app.request(Method::DELETE, &capture, Some(&room.tess.token)).send().await.unwrap();
    assert_eq!(gone.status(), 204);
    until(async || !vaults.blobs().join(&file).exists()).await;
    let report = vaults.verify(None).await;
    assert_eq!((report.findings, report.erased), (vec![], 1));
}

/// S21: what retention and admins took leaves hash and place; nothing readable stays, no name either.
#[tokio::test]
async fn what_went_by_right_verifies() {
    let vaults = Vaults::make().await;
    let (room, org) = (&vaults.room, vaults.room.tess.org);
    let keep = |days| AttachmentRetention::Keep { days: Some(days) };
    room.app.policy(org, |settings| settings.attachments.retention = keep(1)).await;
    let delete = format!("/api/v1/orgs/{org}/files/{}", vaults.sealed[0].0);
    let deleted = room.app.request(Method::DELETE, &delete, Some(&room.ada.token)).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    until(async || vaults.store.deleted_sessions(9).await.unwrap().is_empty()).await;
    room.app.advance(2 * 24 * 60 * 60 * 1000);
    room.app.app.sweeper.sweep().await.unwrap();
    until(async || !vaults.blobs().join(vaults.attachment(2)).exists()).await;
    let report = vaults.verify(None).await;
    assert_eq!(report.findings, []);
    assert_eq!((report.manifests, report.erased, report.deleted), (3, 2, 1));
    let session = vaults.sealed[0].0.to_string();
    let mut left = Vec::new();
    walk(room.app.folder.path(), &mut left);
    assert!(left.iter().all(|path| !path.contains(&session)), "{left:?}");
    // Somebody puts the erased bytes back.
    let file = vaults.attachment(2);
    std::fs::create_dir_all(vaults.blobs().join(&file).parent().unwrap()).unwrap();
    std::fs::write(vaults.blobs().join(&file), b"smoke.txt").unwrap();
    until(async || vaults.problems().await == [(file.clone(), Problem::Unexpected)]).await;
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, found) } else { found.push(path.display().to_string()) }
    }
}

/// The command, beside a running portal: a sentence for each file, exit code, JSON.
async fn command(folder: Arc<tempfile::TempDir>, database: Place, args: &[&str]) {
    let app = TestApp::start_in(folder.clone(), database.open().await.unwrap(), |_| {}).await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    app.enter(session.id, &tess.token).await.say(app.txn(), "hello").await;
    assert_eq!(app.end(&tess, session.id).await.status, 200);
    until(async || {
        let record = app.app.store.session_to_seal(session.id).await.unwrap();
        record.is_some_and(|record| record.state == SessionState::Sealed)
    })
    .await;
    let verify = |more: &[&str]| {
        let found = run(folder.path(), &[&["verify"], args, more].concat());
        (
            found.status.code(),
            String::from_utf8(found.stdout).unwrap(),
            String::from_utf8(found.stderr).unwrap(),
        )
    };
    let (code, said, complaint) = verify(&[]);
    assert_eq!(code, Some(0), "{said}{complaint}");
    assert!(said.starts_with("ok") && said.contains("1 manifests, 3 files"), "{said}");
    let org = tess.org.to_string();
    assert_eq!(verify(&["--org", "Acme Support"]).0, Some(0));
    assert_eq!(verify(&["--org", &org, "--session", &session.id.to_string()]).0, Some(0));
    assert_eq!(verify(&["--org", "Globex"]).0, Some(1));
    assert_eq!(verify(&["--session", &SessionId([1; 16]).to_string()]).0, Some(1));

    let file = format!("transcripts/{org}/{}/transcript.html", session.id);
    flip(&folder.path().join("blobs").join(&file));
    let (code, said, _) = verify(&[]);
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("problem  {file} was changed since it was sealed")), "{said}");
    let (code, said, _) = verify(&["--json"]);
    let report: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!(
        (code, &report["findings"][0]["file"], &report["findings"][0]["problem"]),
        (Some(1), &file.into(), &"changed".into())
    );
    let doctor = run(folder.path(), &[&["doctor", "--listen", "127.0.0.1:0"], args].concat());
    let text = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(text.contains("ok       transcripts: every session that is over has one"), "{text}");
    app.stop().await;
}

#[tokio::test]
async fn the_command_names_files_beside_a_running_portal() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    command(folder.clone(), Place::new(folder.path(), None).unwrap(), &[]).await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_command_names_files_on_postgres() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let scratch = deskside_scratch_postgres::Server::shared().database().unwrap();
    let url = scratch.url();
    let place = Place::new(folder.path(), Some(&url.parse().unwrap())).unwrap();
    command(folder.clone(), place, &["--database-url", &url]).await;
}
