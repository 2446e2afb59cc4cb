//! Files, and ranges of their bytes (rows Z15, Z16, Z17, Z22).

use deskside_proto::{
    Command, OrgRole, SessionId,
    api::{FilesPage, FilesSession, SessionPage},
};

use crate::harness::{Person, Reply, TestApp};

/// A session of `by` with one offered file; its route.
async fn offered(app: &TestApp, by: &Person, name: &str, bytes: &[u8]) -> (SessionId, String) {
    let (session, _) = app.session(by).await;
    let mut socket = app.enter(session.id, &by.token).await;
    let id = app.upload(session.id, &by.token, name, bytes).await;
    let offer = Command::PostMessage {
        text: String::new(),
        reply_to: None,
        attachments: vec![id],
        mentions: vec![],
        private: false,
    };
    socket.command(app.txn(), offer).await.unwrap();
    (session.id, format!("/api/v1/sessions/{}/attachments/{id}", session.id))
}

/// Rows Z15, Z16: listed, opened, downloaded.
#[tokio::test]
async fn ended_sessions_stand_in_files() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, _) = offered(&app, &tess, "a.txt", b"abc").await;
    let list = format!("/api/v1/orgs/{}/files", tess.org);
    let before: FilesPage = app.get(&list, Some(&tess.token)).await.json();
    assert!(before.entries.is_empty(), "not before the end");
    app.end(&tess, session).await;
    let after: FilesPage = app.get(&list, Some(&tess.token)).await.json();
    assert_eq!((after.entries.len(), after.entries[0].attachment_count), (1, 1));
    let one: FilesSession = app.get(&format!("{list}/{session}"), Some(&tess.token)).await.json();
    assert_eq!(one.attachments[0].name, "a.txt");
}

/// Rows Z17, Z22: customers 403, strangers 401, other organisations 404, technicians of own sessions only theirs.
#[tokio::test]
async fn files_are_for_members_only() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let olaf = app.person(tess.org, OrgRole::TechnicianOwn, "Olaf").await;
    let foreign = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (guest, _) = app.join(&join, "Carl").await;
    let (own, _) = app.session(&olaf).await;
    app.end(&tess, session.id).await;
    app.end(&olaf, own.id).await;
    let list = format!("/api/v1/orgs/{}/files", tess.org);
    for path in [list.clone(), format!("{list}/{}", session.id), format!("{list}/{}/transcript", session.id)]
    {
        assert_eq!(app.get(&path, None).await.status, 401, "{path}");
        assert_eq!(app.get(&path, Some(&guest)).await.status, 403, "{path}");
        assert_eq!(app.get(&path, Some(&foreign.token)).await.status, 404, "{path}");
    }
    assert_eq!(app.get(&format!("{list}/{}", session.id), Some(&olaf.token)).await.status, 404);
    let his: FilesPage = app.get(&list, Some(&olaf.token)).await.json();
    assert_eq!(his.entries.iter().map(|entry| entry.session_id).collect::<Vec<_>>(), [own.id]);
    let hers: FilesPage = app.get(&list, Some(&tess.token)).await.json();
    assert_eq!(hers.entries.len(), 2);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        app.advance(1000);
        made.push(app.session(&tess).await.0.id);
    }
    made.reverse();
    let (mut found, mut query) = (Vec::new(), "?state=open&limit=2".to_owned());
    loop {
        let page: SessionPage =
            app.get(&format!("/api/v1/orgs/{}/sessions{query}", tess.org), Some(&tess.token)).await.json();
        found.extend(page.sessions.iter().map(|session| session.id));
        let Some(next) = page.next else { break };
        query = format!("?state=open&limit=2&before={next}");
    }
    assert_eq!(found, made);
}

#[tokio::test]
async fn ranges_are_answered_right() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (_, path) = offered(&app, &tess, "a.txt", b"0123456789").await;
    let cases = [
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-2", 206, "89", "bytes 8-9/10"),
        ("bytes=0-99", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=4-2", 200, "0123456789", ""),
        ("nonsense", 200, "0123456789", ""),
    ];
    for (range, status, body, content_range) in cases {
        let request = app.request(reqwest::Method::GET, &path, Some(&tess.token)).header("range", range);
        let reply = Reply::of(request.send().await.unwrap()).await;
        assert_eq!(
            (reply.status.as_u16(), String::from_utf8_lossy(&reply.body).as_ref()),
            (status, body),
            "{range}"
        );
        assert_eq!(reply.header("content-range"), content_range, "{range}");
    }
    let request = app.request(reqwest::Method::GET, &path, Some(&tess.token)).header("range", "bytes=10-");
    let outside = Reply::of(request.send().await.unwrap()).await;
    assert_eq!((outside.status.as_u16(), outside.header("content-range")), (416, "bytes */10"));
}
