//! Who gets a file (rows N11, N12, N14); every route for every kind of caller: `routes_by_role`.

use deskside_proto::{Command, OrgRole};

use crate::harness::{Person, TestApp};

/// One session with everything in it, and everybody who might ask for it.
struct World {
    session: String,
    attachment: String,
    /// Row → token.
    callers: Vec<(&'static str, Option<String>)>,
}

/// People who stay the same for every session of the walk.
struct Cast {
    technician: Person,
    own: Person,
    admin: Person,
    foreign: Person,
    foreign_guest: String,
    /// Customer of another session of the same organisation.
    guest_elsewhere: String,
}

async fn cast(app: &TestApp) -> Cast {
    let technician = app.technician().await;
    let own = app.person(technician.org, OrgRole::TechnicianOwn, "Olaf").await;
    let admin = app.person(technician.org, OrgRole::Admin, "Ada").await;
    let other = app.org("Other").await;
    let foreign = app.person(other, OrgRole::SuperAdmin, "Fay").await;
    let (_, join) = app.session(&foreign).await;
    let (foreign_guest, _) = app.join(&join, "Gus").await;
    let (_, join) = app.session(&technician).await;
    let (guest_elsewhere, _) = app.join(&join, "Gil").await;
    Cast { technician, own, admin, foreign, foreign_guest, guest_elsewhere }
}

async fn world(app: &TestApp, cast: &Cast) -> World {
    let (session, join) = app.session(&cast.technician).await;
    let (guest, _) = app.join(&join, "Carl").await;
    let id = app.upload(session.id, &guest, "a.txt", b"0123456789").await;
    let offer = Command::PostMessage {
        text: String::new(),
        reply_to: None,
        attachments: vec![id],
        mentions: vec![],
        private: false,
    };
    app.enter(session.id, &guest).await.command(app.txn(), offer).await.unwrap();
    World {
        session: session.id.to_string(),
        attachment: id.to_string(),
        callers: vec![
            ("no token", None),
            ("guest", Some(guest)),
            ("foreign guest", Some(cast.foreign_guest.clone())),
            ("technician_own", Some(cast.own.token.clone())),
            ("technician", Some(cast.technician.token.clone())),
            ("admin", Some(cast.admin.token.clone())),
            ("foreign admin", Some(cast.foreign.token.clone())),
            ("guest elsewhere", Some(cast.guest_elsewhere.clone())),
        ],
    }
}

/// Row N14's table: attachment route × caller.
#[tokio::test]
async fn an_attachment_goes_to_its_session_and_its_organisation_only() {
    let app = TestApp::start().await;
    let cast = cast(&app).await;
    let world = world(&app, &cast).await;
    let path = format!("/api/v1/sessions/{}/attachments/{}", world.session, world.attachment);
    let expected = [401, 200, 403, 404, 200, 200, 404, 403];
    for ((who, token), status) in world.callers.iter().zip(expected) {
        let reply = app.get(&path, token.as_deref()).await;
        assert_eq!(reply.status.as_u16(), status, "{who}");
        assert_eq!(reply.body == b"0123456789", status == 200, "{who}");
    }
    // Row N12: not by any other path either.
    for path in [
        format!("/blobs/chat-attachments/{}/{}/{}", cast.technician.org, world.session, world.attachment),
        format!("/chat-attachments/{}/{}/{}", cast.technician.org, world.session, world.attachment),
        format!("/api/v1/sessions/{}/attachments", world.session),
    ] {
        assert_eq!(app.get(&path, None).await.status, 404, "{path}");
    }
    // Row N11: and it stands where the row says.
    let stored =
        format!("blobs/chat-attachments/{}/{}/{}", cast.technician.org, world.session, world.attachment);
    assert_eq!(std::fs::read(app.folder.path().join(stored)).unwrap(), b"0123456789");
}
