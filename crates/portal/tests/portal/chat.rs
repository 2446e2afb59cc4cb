//! What people do with messages, over real sockets.

use deskside_proto::{
    ChangePolicy, ChatPolicy, ClientMessage, Command, EventBody, LogEntry, OrgRole, OrgSettings,
    PROTOCOL_VERSION, ReadMark, Seq, ServerMessage, Visibility, WhoMay,
    api::{CannedReplyList, SessionPage},
};
use reqwest::Method;
use serde_json::json;

use crate::harness::{Person, Socket, TestApp, post};

fn edit(target: Seq, text: &str) -> Command {
    Command::EditMessage { target, text: text.to_owned(), notify: true }
}

fn react(target: Seq, emoji: &str) -> Command {
    Command::React { target, emoji: emoji.to_owned() }
}

fn note(text: &str) -> Command {
    Command::PostMessage {
        text: text.to_owned(),
        reply_to: None,
        attachments: vec![],
        mentions: vec![],
        private: true,
    }
}

/// A technician and a customer in a room.
struct Room {
    app: TestApp,
    tess: Person,
    session: deskside_proto::SessionId,
    customer_token: String,
    technician: Socket,
    customer: Socket,
}

impl Room {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let tess = app.technician().await;
        let (session, join) = app.session(&tess).await;
        let (customer_token, _) = app.join(&join, "Carl").await;
        let technician = app.enter(session.id, &tess.token).await;
        let customer = app.enter(session.id, &customer_token).await;
        Self { session: session.id, app, tess, customer_token, technician, customer }
    }

    async fn by_customer(&mut self, command: Command) -> Result<Seq, &'static str> {
        self.customer.command(self.app.txn(), command).await
    }

    async fn by_technician(&mut self, command: Command) -> Result<Seq, &'static str> {
        self.technician.command(self.app.txn(), command).await
    }

    /// Everything that a newcomer with `token` is sent, as it travels.
    async fn as_sent(&self, token: &str, head: Seq) -> String {
        let mut reader = self.app.connect(self.session, token).await;
        reader.hello(0).await;
        serde_json::to_string(&reader.log_until(head).await).unwrap()
    }

    async fn set_chat(&self, chat: ChatPolicy) {
        let admin = self.app.person(self.tess.org, OrgRole::Admin, "Ada").await;
        let settings = OrgSettings { chat, ..OrgSettings::default() };
        let path = format!("/api/v1/orgs/{}/settings", self.tess.org);
        let request = self.app.request(Method::PUT, &path, Some(&admin.token)).json(&settings);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
}

/// Z10 Z13: after an edit and a deletion no byte that anybody is sent tells the earlier words; those who were there are told what
/// happened.
#[tokio::test]
async fn a_joiner_finds_nothing_of_the_earlier_words() {
    let mut room = Room::open().await;
    let first = room.by_customer(post("my PIN is 1234")).await.unwrap();
    let second = room.by_customer(post("my card is 4711")).await.unwrap();
    let edited = room.by_customer(edit(first, "my PIN is 12--")).await.unwrap();
    room.by_customer(edit(first, "my PIN is a secret")).await.unwrap();
    let deleted = room.by_customer(Command::DeleteMessage { target: second }).await.unwrap();
    let event = room.technician.event(edited).await;
    assert!(matches!(event.body, EventBody::MessageEdited { target, notify: true, .. } if target == first));
    assert!(
        matches!(room.technician.event(deleted).await.body, EventBody::MessageDeleted { target } if target == second)
    );

    for token in [room.tess.token.clone(), room.customer_token.clone()] {
        let sent = room.as_sent(&token, deleted).await;
        for secret in ["1234", "12--", "4711"] {
            assert!(!sent.contains(secret), "{secret} in {sent}");
        }
        assert!(sent.contains("my PIN is a secret"));
    }
    assert_eq!(room.by_customer(edit(second, "again")).await, Err("message_gone"));
    assert_eq!(room.by_technician(react(second, "👍")).await, Err("message_gone"));
}

/// Z09 Z12: who may change what, and for how long, is the organisation's decision, and it holds at once.
#[tokio::test]
async fn the_organisations_policy_holds_at_once() {
    let mut room = Room::open().await;
    let hers = room.by_technician(post("hello")).await.unwrap();
    let his = room.by_customer(post("hi")).await.unwrap();
    assert_eq!(room.by_customer(edit(hers, "x")).await, Err("not_your_message"));
    assert_eq!(room.by_technician(Command::DeleteMessage { target: his }).await, Err("not_your_message"));

    let technicians = ChangePolicy { by: WhoMay::Technicians, within_minutes: Some(5) };
    room.set_chat(ChatPolicy { edit: technicians, technicians_delete_all: true, ..ChatPolicy::default() })
        .await;
    assert_eq!(room.by_customer(edit(his, "x")).await, Err("change_not_allowed"));
    room.by_technician(edit(hers, "hello!")).await.unwrap();
    room.app.advance(5 * 60_000 + 1);
    assert_eq!(room.by_technician(edit(hers, "x")).await, Err("change_too_late"));
    room.by_technician(Command::DeleteMessage { target: his }).await.unwrap();
    // What is no message says so before any policy.
    assert_eq!(room.by_customer(edit(his, "x")).await, Err("message_gone"));
    assert_eq!(room.by_customer(edit(1, "x")).await, Err("message_gone"));
}

/// Z06: a reaction is an emoji on a message that one can see.
#[tokio::test]
async fn reactions_are_emoji_on_messages() {
    let mut room = Room::open().await;
    let seq = room.by_technician(post("fixed?")).await.unwrap();
    let added = room.by_customer(react(seq, "👍🏽")).await.unwrap();
    let event = room.technician.event(added).await;
    assert!(
        matches!(&event.body, EventBody::ReactionAdded { target, emoji } if *target == seq && emoji == "👍🏽")
    );
    let unreact = Command::Unreact { target: seq, emoji: "👍🏽".to_owned() };
    let removed = room.by_customer(unreact).await.unwrap();
    assert!(matches!(room.technician.event(removed).await.body, EventBody::ReactionRemoved { .. }));
    for text in ["", "yes", "👍 buy now", "<b>"] {
        assert_eq!(room.by_customer(react(seq, text)).await, Err("invalid_input"), "{text:?}");
    }
    for target in [1, 0, 99, u64::MAX] {
        assert_eq!(room.by_customer(react(target, "👍")).await, Err("message_gone"), "{target}");
    }
}

/// A note of the technicians reaches a customer as a number: live, on resume, and in older pages.
#[tokio::test]
async fn a_private_note_is_a_number_to_customers() {
    let mut room = Room::open().await;
    assert_eq!(room.by_customer(note("I am a technician")).await, Err("forbidden"));
    let seq = room.by_technician(note("he sounds upset")).await.unwrap();
    let event = room.technician.event(seq).await;
    assert_eq!(event.visibility, Visibility::Technicians);
    for command in [react(seq, "👍"), edit(seq, "x"), Command::DeleteMessage { target: seq }] {
        assert_eq!(room.by_customer(command).await, Err("message_gone"));
    }
    let reacted = room.by_technician(react(seq, "👍")).await.unwrap();
    let edited = room.by_technician(edit(seq, "he is upset")).await.unwrap();
    let last = room.by_technician(Command::DeleteMessage { target: seq }).await.unwrap();
    let live = room.customer.log_until(last).await;
    for place in [seq, reacted, edited, last] {
        assert!(live.contains(&LogEntry::Withheld { seq: place }), "{place}: {live:?}");
    }
    room.customer.send(&ClientMessage::History { before: last + 1, limit: 800 }).await;
    let page = room.customer.until(|message| match message {
        ServerMessage::History { entries, .. } => Some(entries),
        _ => None,
    });
    let page = serde_json::to_string(&page.await).unwrap();
    let sent = room.as_sent(&room.customer_token, last).await;
    assert!(!page.contains("upset") && !sent.contains("upset") && !sent.contains("👍"), "{page} {sent}");
}

/// A first connection may begin at the newest entries; older ones come in pages, in order, to the very first.
#[tokio::test]
async fn the_log_opens_at_its_end_and_goes_back_in_pages() {
    let mut room = Room::open().await;
    let mut head = 0;
    for number in 0..30 {
        head = room.by_technician(post(&number.to_string())).await.unwrap();
    }
    let mut reader = room.app.connect(room.session, &room.customer_token).await;
    reader.send(&ClientMessage::Hello { protocol: PROTOCOL_VERSION, resume_after: 0, tail: Some(10) }).await;
    let first = reader.until(|message| match message {
        ServerMessage::Welcome { first, .. } => Some(first),
        _ => None,
    });
    assert_eq!(first.await, head - 9);
    let entries = reader.log_until(head).await;
    assert_eq!(entries.iter().map(LogEntry::seq).collect::<Vec<_>>(), (head - 9..=head).collect::<Vec<_>>());
    let mut before = head - 9;
    while before > 1 {
        reader.send(&ClientMessage::History { before, limit: 8 }).await;
        let page = reader.until(|message| match message {
            ServerMessage::History { before, entries } => Some((before, entries)),
            _ => None,
        });
        let (of, entries) = page.await;
        let expected: Vec<Seq> = (before.saturating_sub(8).max(1)..before).collect();
        assert_eq!((of, entries.iter().map(LogEntry::seq).collect::<Vec<_>>()), (before, expected));
        before = entries[0].seq();
    }
}

/// How far somebody read is told to the others after it is kept, goes forward only, and counts in the list of sessions (Z10 Z11).
#[tokio::test]
async fn read_marks_are_kept_and_told() {
    let mut room = Room::open().await;
    let first = room.by_customer(post("one")).await.unwrap();
    let last = room.by_customer(post("two")).await.unwrap();
    let unread = async |room: &Room| {
        let path = format!("/api/v1/orgs/{}/sessions", room.tess.org);
        room.app.get(&path, Some(&room.tess.token)).await.json::<SessionPage>().sessions[0].unread
    };
    assert_eq!(unread(&room).await, 2);
    room.technician.log_until(last).await;
    for seq in [first, last, first, 9_999] {
        room.technician.send(&ClientMessage::Read { seq }).await;
    }
    let mut told: Vec<ReadMark> = Vec::new();
    while told.last().is_none_or(|mark| mark.seq < last) {
        let marks = room.customer.until(|message| match message {
            ServerMessage::Read { marks } => Some(marks),
            _ => None,
        });
        told.extend(marks.await);
    }
    assert!(
        told.len() <= 2 && told.iter().all(|mark| mark.seq <= last),
        "coalesced, and not beyond the log: {told:?}"
    );
    assert_eq!(unread(&room).await, 0);
    let mut again = room.app.connect(room.session, &room.tess.token).await;
    again.send(&ClientMessage::Hello { protocol: PROTOCOL_VERSION, resume_after: 0, tail: None }).await;
    let marks = again.until(|message| match message {
        ServerMessage::Welcome { read, .. } => Some(read),
        _ => None,
    });
    assert_eq!(marks.await, [ReadMark { seq: last, ..told[0] }]);
    let quiet = Command::EditMessage { target: first, text: "uno".to_owned(), notify: false };
    room.by_customer(quiet).await.unwrap();
    assert_eq!(unread(&room).await, 0);
    room.by_customer(edit(first, "UNO")).await.unwrap();
    assert_eq!(unread(&room).await, 1);
}

/// S21: a deleted message takes its file with it: at once for everybody, and from the disk.
#[tokio::test]
async fn a_deleted_files_bytes_are_gone() {
    let mut room = Room::open().await;
    let file = room.app.upload(room.session, &room.customer_token, "a.txt", b"my secrets").await;
    let offer = Command::PostMessage {
        text: String::new(),
        reply_to: None,
        attachments: vec![file],
        mentions: vec![],
        private: false,
    };
    let seq = room.by_customer(offer).await.unwrap();
    let path = format!("/api/v1/sessions/{}/attachments/{file}", room.session);
    assert_eq!(room.app.get(&path, Some(&room.tess.token)).await.status, 200);
    room.by_customer(Command::DeleteMessage { target: seq }).await.unwrap();
    for path in [path.clone(), format!("{path}/thumbnail")] {
        assert_eq!(room.app.get(&path, Some(&room.tess.token)).await.status, 404, "{path}");
    }
    let name = file.to_string();
    let left =
        || walk(room.app.folder.path()).into_iter().filter(|path| path.contains(&name)).collect::<Vec<_>>();
    for _ in 0..200 {
        if left().is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("still there: {:?}", left());
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(walk(&entry.path()));
        } else {
            found.push(entry.path().display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn canned_replies_are_checked_and_kept() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let admin = app.person(tess.org, OrgRole::Admin, "Ada").await;
    let path = format!("/api/v1/orgs/{}/canned-replies", tess.org);
    let reply = json!({ "shortcut": "hello", "text": "Hello, how can I help?" });
    assert_eq!(app.post(&path, Some(&tess.token), reply.clone()).await.status, 403);
    let made = app.post(&path, Some(&admin.token), reply.clone()).await;
    assert_eq!(made.status, 201);
    assert_eq!(app.post(&path, Some(&admin.token), reply).await.code(), "shortcut_taken");
    for (shortcut, text) in
        [("", "x"), ("two words", "x"), ("a/b", "x"), (&"x".repeat(33), "x"), ("ok", " "), ("ok", "a\0b")]
    {
        let refused =
            app.post(&path, Some(&admin.token), json!({ "shortcut": shortcut, "text": text })).await;
        assert_eq!(refused.code(), "invalid_input", "{shortcut:?} {text:?}");
    }
    let listed = app.get(&path, Some(&tess.token)).await.json::<CannedReplyList>().replies;
    assert_eq!(listed.len(), 1);
    let one = format!("{path}/{}", listed[0].id);
    let change = json!({ "shortcut": "hi", "text": "Hi!" });
    let put = async |token: &str| {
        app.request(Method::PUT, &one, Some(token)).json(&change).send().await.unwrap().status().as_u16()
    };
    assert_eq!((put(&tess.token).await, put(&admin.token).await), (403, 200));
    let delete = async |token: &str| {
        app.request(Method::DELETE, &one, Some(token)).send().await.unwrap().status().as_u16()
    };
    assert_eq!((delete(&tess.token).await, delete(&admin.token).await), (403, 204));
    assert_eq!((put(&admin.token).await, delete(&admin.token).await), (404, 404));
}
