//! Search inside a session, over real requests, behind a real index.

use std::sync::Arc;

use deskside_proto::{Command, OrgRole, Seq, SessionId, api::SearchPage};
use deskside_store::{Store, memory::MemoryStore};

use crate::harness::{PATIENCE, Person, Reply, Socket, TestApp, post};

const NOTHING: [Seq; 0] = [];

/// A technician and a customer in a room.
struct Room {
    app: TestApp,
    tess: Person,
    session: SessionId,
    customer_token: String,
    technician: Socket,
    customer: Socket,
}

/// As it is typed, for the query of an address.
fn escaped(typed: &str) -> String {
    typed.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn ask(app: &TestApp, session: SessionId, token: Option<&str>, typed: &str, more: &str) -> Reply {
    let path = format!("/api/v1/sessions/{session}/search?q={}{more}", escaped(typed));
    app.get(&path, token).await
}

/// The page, once the index has come to `head`.
async fn page(app: &TestApp, session: SessionId, token: &str, typed: &str, head: Seq) -> SearchPage {
    let wait = async {
        loop {
            let page: SearchPage = ask(app, session, Some(token), typed, "").await.json();
            if page.indexed_to >= head {
                return page;
            }
            tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the index does not come to the head")
}

fn seqs(page: &SearchPage) -> Vec<Seq> {
    page.hits.iter().map(|hit| hit.seq).collect()
}

fn note(text: &str) -> Command {
    match post(text) {
        Command::PostMessage { text, reply_to, attachments, mentions, .. } => {
            Command::PostMessage { text, reply_to, attachments, mentions, private: true }
        }
        other => other,
    }
}

fn edit(target: Seq, text: &str) -> Command {
    Command::EditMessage { target, text: text.to_owned(), notify: false }
}

impl Room {
    async fn open() -> Self {
        Self::open_on(TestApp::start().await).await
    }

    async fn open_on(app: TestApp) -> Self {
        let tess = app.technician().await;
        let (session, join) = app.session(&tess).await;
        let (customer_token, _) = app.join(&join, "Carl").await;
        let technician = app.enter(session.id, &tess.token).await;
        let customer = app.enter(session.id, &customer_token).await;
        Self { session: session.id, app, tess, customer_token, technician, customer }
    }

    async fn by_customer(&mut self, command: Command) -> Seq {
        self.customer.command(self.app.txn(), command).await.unwrap()
    }

    async fn by_technician(&mut self, command: Command) -> Seq {
        self.technician.command(self.app.txn(), command).await.unwrap()
    }

    async fn find(&self, token: &str, typed: &str, head: Seq) -> Vec<Seq> {
        seqs(&page(&self.app, self.session, token, typed, head).await)
    }

    /// What a search finds at once, however far the index has come.
    async fn find_now(&self, typed: &str) -> Vec<Seq> {
        seqs(&ask(&self.app, self.session, Some(&self.tess.token), typed, "").await.json())
    }
}

#[tokio::test]
async fn what_was_said_is_found_with_the_words_around_it() {
    let mut room = Room::open().await;
    let said = room.by_customer(post("my Printer is on fire")).await;
    let other = room.by_technician(post("東京都のプリンター")).await;
    let found = page(&room.app, room.session, &room.tess.token, "print fire", other).await;
    assert_eq!(seqs(&found), NOTHING, "the beginning of a word only at the end");
    let found = page(&room.app, room.session, &room.tess.token, "fire print", other).await;
    assert_eq!((seqs(&found), found.next, found.indexed_to), (vec![said], None, other));
    let parts: Vec<(&str, bool)> =
        found.hits[0].excerpt.iter().map(|part| (part.text.as_str(), part.hit)).collect();
    assert_eq!(parts, [("my ", false), ("Printer", true), (" is on ", false), ("fire", true)]);
    let event = room.technician.event(said).await;
    assert_eq!((found.hits[0].sender, found.hits[0].at), (event.sender, event.at));
    assert_eq!(room.find(&room.customer_token, "京都", other).await, [other]);
}

#[tokio::test]
async fn pages_follow_each_other_newest_first() {
    let mut room = Room::open().await;
    let mut all = Vec::new();
    for round in 0..25 {
        all.push(room.by_customer(post(&format!("again {round}"))).await);
    }
    let head = all[24];
    all.reverse();
    let first = page(&room.app, room.session, &room.tess.token, "again", head).await;
    assert_eq!((seqs(&first), first.next), (all[..20].to_vec(), Some(all[19])));
    for (query, expected, next) in [
        (format!("&before={}", all[19]), &all[20..], None),
        ("&limit=2".to_owned(), &all[..2], Some(all[1])),
        ("&limit=0".to_owned(), &all[..1], Some(all[0])),
        ("&limit=1000".to_owned(), &all[..], None),
        (format!("&before={}", u64::MAX), &all[..20], Some(all[19])),
        ("&before=0".to_owned(), &all[..0], None),
    ] {
        let page: SearchPage =
            ask(&room.app, room.session, Some(&room.tess.token), "again", &query).await.json();
        assert_eq!((seqs(&page).as_slice(), page.next), (expected, next), "{query}");
    }
}

/// Z10 Z13: earlier words are not found, from the moment the change is acknowledged.
#[tokio::test]
async fn edited_and_deleted_words_are_not_found() {
    let mut room = Room::open().await;
    let first = room.by_customer(post("my PIN is 1234")).await;
    let second = room.by_customer(post("my card is 4711")).await;
    assert_eq!(room.find(&room.tess.token, "my", second).await, [second, first]);
    room.by_customer(edit(first, "my PIN is 12--")).await;
    assert_eq!(room.find_now("1234").await, NOTHING);
    room.by_customer(edit(first, "my PIN is a secret")).await;
    assert_eq!(room.find_now("1234").await, NOTHING);
    let head = room.by_customer(Command::DeleteMessage { target: second }).await;
    assert_eq!(room.find_now("4711").await, NOTHING);
    for (typed, expected) in
        [("secret", vec![first]), ("1234", vec![]), ("4711", vec![]), ("my", vec![first])]
    {
        assert_eq!(room.find(&room.tess.token, typed, head).await, expected, "{typed}");
    }
}

/// Private notes: technicians find them, customers learn nothing of them.
#[tokio::test]
async fn customers_find_nothing_of_private_notes() {
    let mut room = Room::open().await;
    let open = room.by_customer(post("is this fraud")).await;
    let private = room.by_technician(note("looks like fraud")).await;
    let edited = room.by_technician(edit(private, "certainly fraud")).await;
    assert_eq!(room.find(&room.tess.token, "fraud", edited).await, [private, open]);
    let theirs = page(&room.app, room.session, &room.customer_token, "fraud", edited).await;
    assert_eq!((seqs(&theirs), theirs.next), (vec![open], None));
    let reply = ask(&room.app, room.session, Some(&room.customer_token), "fraud", "&limit=1").await;
    let theirs: SearchPage = reply.json();
    assert_eq!((seqs(&theirs), theirs.next), (vec![open], None), "nor counted");
    assert_eq!(room.find(&room.customer_token, "certainly", edited).await, NOTHING);
}

#[tokio::test]
async fn only_who_is_in_the_room_searches_it() {
    let mut room = Room::open().await;
    let head = room.by_customer(post("printer")).await;
    assert_eq!(room.find(&room.tess.token, "printer", head).await, [head]);
    let app = &room.app;
    let beside = app.person(room.tess.org, OrgRole::Technician, "Tom").await;
    let other_org = app.org("Other").await;
    let foreign = app.person(other_org, OrgRole::SuperAdmin, "Fay").await;
    let (other_session, join) = app.session(&foreign).await;
    let (foreign_guest, _) = app.join(&join, "Gus").await;
    for (who, token, session, expected) in [
        ("nobody", None, room.session, 401),
        ("a token that is none", Some("dsg_xyz"), room.session, 401),
        ("another organisation's", Some(foreign.token.as_str()), room.session, 404),
        ("another session's customer", Some(foreign_guest.as_str()), room.session, 403),
        ("a colleague who has not come in", Some(beside.token.as_str()), room.session, 403),
        ("the customer, elsewhere", Some(room.customer_token.as_str()), other_session.id, 403),
        ("the technician, elsewhere", Some(room.tess.token.as_str()), other_session.id, 404),
        ("the customer", Some(room.customer_token.as_str()), room.session, 200),
    ] {
        let reply = ask(app, session, token, "printer", "").await;
        assert_eq!(reply.status.as_u16(), expected, "{who}");
    }
    room.by_customer(Command::Leave).await;
    let reply = ask(&room.app, room.session, Some(&room.customer_token), "printer", "").await;
    assert_eq!(reply.code(), "removed_from_session");
}

#[tokio::test]
async fn a_customer_in_the_lobby_searches_nothing() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (waiting, _) = app.join_by(&join.code, "Walt").await;
    let reply = ask(&app, session.id, Some(&waiting), "printer", "").await;
    assert_eq!(reply.code(), "waiting_for_admission");
}

/// Whatever is typed, it is words: an answer or a clear refusal, never a failure.
#[tokio::test]
async fn hostile_queries_are_words() {
    let mut room = Room::open().await;
    let head = room.by_customer(post("harmless NEAR words")).await;
    assert_eq!(room.find(&room.tess.token, "harmless", head).await, [head]);
    for (typed, expected) in [
        ("", vec![]),
        ("   ", vec![]),
        ("\0", vec![]),
        ("\"", vec![]),
        ("*", vec![]),
        ("()[]{}:^-+~!'\"", vec![]),
        ("harmless OR", vec![]),
        ("\"harmless", vec![head]),
        ("harm*", vec![head]),
        ("harmless\0words", vec![head]),
        ("harmless AND words", vec![]),
        ("NEAR(harmless words)", vec![]),
        ("text:harmless", vec![]),
        ("harmless') --", vec![head]),
        ("\u{202e}harmless", vec![head]),
    ] {
        assert_eq!(room.find_now(typed).await, expected, "{typed:?}");
    }
    let long = "x".repeat(10_000);
    for typed in [long.as_str(), &"漢".repeat(201)] {
        let reply = ask(&room.app, room.session, Some(&room.tess.token), typed, "").await;
        assert_eq!(reply.code(), "invalid_input");
    }
    assert_eq!(room.find_now(&"\"(漢".repeat(66)).await, NOTHING);
    for query in ["&before=x", "&before=-1", "&limit=x"] {
        let reply = ask(&room.app, room.session, Some(&room.tess.token), "x", query).await;
        assert_eq!(reply.code(), "malformed", "{query}");
    }
    let path = format!("/api/v1/sessions/{}/search?q=%FF%FE", room.session);
    let status = room.app.get(&path, Some(&room.tess.token)).await.status.as_u16();
    assert!(status < 500, "{status}");
}

#[tokio::test]
async fn searches_are_counted_by_who_asks() {
    let start = TestApp::start_with(Arc::new(MemoryStore::new()), |config| {
        config.rates.search_per_participant = std::num::NonZeroU32::new(2).unwrap();
    });
    let room = Room::open_on(start.await).await;
    for expected in [200, 200, 429] {
        let reply = ask(&room.app, room.session, Some(&room.tess.token), "x", "").await;
        assert_eq!(reply.status.as_u16(), expected);
    }
    let reply = ask(&room.app, room.session, Some(&room.customer_token), "x", "").await;
    assert_eq!(reply.status, 200, "the other one's searches are their own");
}

/// Nobody has to stop the portal for it.
#[tokio::test]
async fn an_index_that_is_damaged_is_made_again_from_the_log() {
    let mut room = Room::open().await;
    // More than a page cache holds, and all of it in the file: a rewritten message empties the write-ahead log.
    for number in 0..300 {
        room.by_customer(post(&format!("printer {}", format!("word{number} ").repeat(1_500)))).await;
    }
    let target = room.by_customer(post("scanner")).await;
    assert_eq!(room.find(&room.tess.token, "scanner", target).await, [target]);
    let head = room.by_customer(edit(target, "scanner again")).await;
    assert_eq!(room.find(&room.tess.token, "again", head).await, [target]);
    let path = room.app.folder.path().join("search.db");
    let size = std::fs::metadata(&path).unwrap().len();
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    std::io::Write::write_all(&mut &file, &vec![0xff; usize::try_from(size).unwrap()]).unwrap();
    let refused = ask(&room.app, room.session, Some(&room.tess.token), "printer word7", "").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (503, "unavailable"));
    let healed = async {
        while ask(&room.app, room.session, Some(&room.tess.token), "scanner", "").await.status != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        }
    };
    tokio::time::timeout(PATIENCE, healed).await.expect("the index stays damaged");
    assert_eq!(room.find(&room.tess.token, "scanner", head).await, [target]);
}

/// The index goes on where it stopped; where its file is gone, it is made again from the log.
#[tokio::test]
async fn what_was_said_is_found_after_a_restart_and_without_the_file() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let app = TestApp::start_in(folder.clone(), store.clone(), |_| {}).await;
    let mut room = Room::open_on(app).await;
    let said = room.by_customer(post("printer")).await;
    let gone = room.by_customer(post("printer 4711")).await;
    assert_eq!(room.find(&room.tess.token, "printer", gone).await, [gone, said]);
    let head = room.by_customer(Command::DeleteMessage { target: gone }).await;
    let (tess, session) = (room.tess.clone(), room.session);
    room.app.stop().await;

    let app = TestApp::start_in(folder.clone(), store.clone(), |_| {}).await;
    assert_eq!(seqs(&page(&app, session, &tess.token, "printer", head).await), [said]);
    let mut technician = app.enter(session, &tess.token).await;
    let next = technician.say(app.txn(), "printer again").await;
    assert_eq!(seqs(&page(&app, session, &tess.token, "printer", next).await), [next, said]);
    app.stop().await;

    for file in ["search.db", "search.db-wal", "search.db-shm"] {
        drop(std::fs::remove_file(folder.path().join(file)));
    }
    let app = TestApp::start_in(folder, store, |_| {}).await;
    assert_eq!(seqs(&page(&app, session, &tess.token, "printer", next).await), [next, said]);
    assert_eq!(seqs(&page(&app, session, &tess.token, "4711", next).await), NOTHING);
}
