//! What calls a technician back to the app: notifications, tray icon and badge, on a session bus that writes everything down.

use std::time::Duration;

use anyhow::{Context as _, Result};
use deskside_proto::{Event, EventBody, SessionId, api::CreatedSession};
use deskside_tests::desktop::{self, Bus, Desktop};
use deskside_tests::house::{CUSTOMER, House, TECHNICIAN};
use deskside_tests::page::{Page, id};
use deskside_tests::recorder::{Notified, Recorder};
use deskside_tests::stage::{self, Stage};
use deskside_tests::wire::{Seen, WireClient};
use deskside_tests::{room, wait};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(300);

/// A technician's app on a desktop that writes everything down; sessions that were made before are known to it.
async fn desk(stage: &Stage, house: &House) -> Result<(Desktop, Recorder, Page)> {
    let app = Desktop::install(stage, "app", &house.portal, Bus::Bare).await?;
    let recorder = Recorder::start(&app).await?;
    let page = app.open(stage).await?;
    desktop::sign_in(&page, house.portal.url(), &TECHNICIAN).await?;
    Ok((app, recorder, page))
}

/// A session in which the technician and the customer have met, each by a client of their own.
struct Talk {
    created: CreatedSession,
    technician: WireClient,
    customer: WireClient,
}

impl Talk {
    async fn begin(house: &House, title: &str) -> Result<Self> {
        let created = house.technician.create_session(house.org, title).await?;
        let (_, guest) = house.technician.join(&created.join.link, CUSTOMER).await?;
        let mut technician = WireClient::open(&house.technician, created.session.id);
        technician.until_online().await?;
        let mut customer = WireClient::open(&guest, created.session.id);
        customer.until_online().await?;
        Ok(Self { created, technician, customer })
    }

    fn id(&self) -> SessionId {
        self.created.session.id
    }
}

/// Says something; answers with its place in the log.
async fn say(speaker: &mut WireClient, text: &str) -> Result<u64> {
    speaker.post(text)?;
    let place = |seen: &Seen| {
        let said =
            |event: &&Event| matches!(&event.body, EventBody::MessagePosted(message) if message.text == text);
        seen.events().find(said).map(|event| event.seq)
    };
    let seen = speaker.until("the message is in the log", wait::STEP, |seen| place(seen).is_some()).await?;
    place(&seen).context("it is in the log")
}

/// A command of the app, as its window gives it.
async fn command(page: &Page, name: &str, arguments: Value) -> Result<Value> {
    page.run(
        "return window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1])",
        vec![name.into(), arguments],
    )
    .await
    .with_context(|| format!("the app's command {name}"))
}

/// Reads up to a place, as the room tells when it was scrolled there.
async fn read_up_to(page: &Page, session: SessionId, seq: u64) -> Result<()> {
    let read = json!({ "type": "read", "seq": seq });
    command(page, "session_intent", json!({ "session": session, "intent": read })).await.map(drop)
}

/// Waits until the app is connected to `sessions`: what is said from then on is news.
async fn attended(page: &Page, sessions: usize) -> Result<()> {
    wait::until("the app listens to its sessions", wait::STEP, async || {
        let state = command(page, "attention_state", json!({})).await?;
        Ok(state["sessions"].as_array().is_some_and(|known| known.len() == sessions))
    })
    .await
}

/// What `attention_state` says: all in all, and of each session what is unread and whether it is muted.
fn attention(unread: usize, sessions: [(SessionId, usize, bool); 2]) -> Value {
    let mut sessions = sessions;
    sessions.sort_by_key(|(session, ..)| session.to_string());
    let sessions = sessions
        .map(|(session, unread, muted)| json!({ "session": session, "unread": unread, "muted": muted }));
    json!({ "unread": unread, "sessions": sessions })
}

/// Leaves the room by the way back that every page has.
async fn home(page: &Page) -> Result<()> {
    page.run("history.back()", Vec::new()).await?;
    page.see(&id("new-session")).await.map(drop)
}

fn told(recorder: &Recorder) -> Vec<(String, String)> {
    recorder.notified().into_iter().map(|notified| (notified.title, notified.body)).collect()
}

fn pair(title: &str, body: &str) -> (String, String) {
    (title.to_owned(), body.to_owned())
}

/// The technician looks at another page: a message is a notification, a number on the dock's icon, and a dot in the tray.
/// A click brings its room; what was read goes from the desktop.
#[tokio::test]
async fn a_message_calls_the_technician_who_looks_elsewhere() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let house = House::open_plain(stage).await?;
        let mut talk = Talk::begin(&house, "Call").await?;
        let (_app, desktop, page) = desk(stage, &house).await?;
        attended(&page, 1).await?;
        let before = desktop.tray_says(0).await?;

        say(&mut talk.customer, "My <b>printer</b>\nis on fire").await?;
        let expected = Notified {
            id: 1,
            replaces: 0,
            title: CUSTOMER.into(),
            body: "My &lt;b&gt;printer&lt;/b&gt; is on fire".into(),
            actions: vec!["default".into(), "Open".into()],
            silent: false,
            desktop_entry: "Deskside".into(),
        };
        assert_eq!(desktop.notification(1).await?, expected);
        desktop.badge(1).await?;
        let item = desktop.tray_says(1).await?;
        assert_eq!(item.status, "NeedsAttention");
        assert_ne!(item.icon, before.icon, "the icon has its dot");

        let newest = say(&mut talk.customer, "Still burning").await?;
        let second = desktop.notification(2).await?;
        assert_eq!((second.replaces, second.body.as_str()), (1, "Still burning"), "one for each session");
        desktop.badge(2).await?;

        desktop.click(second.id).await?;
        room::hear(&page, "Still burning").await.context("a click brings the room")?;
        read_up_to(&page, talk.id(), newest).await?;
        desktop.badge(0).await?;
        assert_eq!(desktop.tray_says(0).await?, before);
        page.close().await
    })
    .await
}

/// A session goes on after its room was left. What is read in it, here or elsewhere, is taken back from the desktop; who looks
/// at the room is not called. Own messages, from whatever device, are no news.
#[tokio::test]
async fn what_is_read_is_taken_back() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let house = House::open_plain(stage).await?;
        let mut talk = Talk::begin(&house, "Read").await?;
        let (_app, desktop, page) = desk(stage, &house).await?;
        attended(&page, 1).await?;
        page.click(&id("session-row")).await?;
        room::online(&page).await?;
        say(&mut talk.customer, "Seen at once").await?;
        room::hear(&page, "Seen at once").await?;
        let seq = say(&mut talk.technician, "From my other desk").await?;
        read_up_to(&page, talk.id(), seq).await?;
        desktop.badge(0).await?;

        home(&page).await?;
        say(&mut talk.technician, "From my other desk again").await?;
        let seq = say(&mut talk.customer, "Are you there?").await?;
        let called = desktop.notification(1).await?;
        assert_eq!(told(&desktop), [pair(CUSTOMER, "Are you there?")], "and of nothing before it");
        desktop.badge(1).await?;

        page.click(&id("session-row")).await?;
        room::hear(&page, "Are you there?").await?;
        assert_eq!(room::messages(&page).await?.len(), 4, "all of it, though most came while nobody looked");
        read_up_to(&page, talk.id(), seq).await?;
        desktop.withdrawn(called.id).await?;
        desktop.badge(0).await?;

        home(&page).await?;
        say(&mut talk.customer, "Until tomorrow").await?;
        let last = desktop.notification(2).await?;
        command(&page, "sign_out", json!({})).await?;
        desktop.withdrawn(last.id).await.context("nothing stays for whoever comes next")?;
        desktop.badge(0).await?;
        let state = command(&page, "attention_state", json!({})).await?;
        assert_eq!(state, json!({ "unread": 0, "sessions": [] }));
        page.close().await
    })
    .await
}

/// A muted session calls nobody with messages, and says so after a restart; who waits in its lobby is told of even so.
#[tokio::test]
async fn a_muted_session_is_silent() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let house = House::open_plain(stage).await?;
        let mut muted = Talk::begin(&house, "Muted").await?;
        let mut other = Talk::begin(&house, "Other").await?;
        let (app, desktop, page) = desk(stage, &house).await?;
        attended(&page, 2).await?;
        command(&page, "set_mute", json!({ "session": muted.id(), "muted": true })).await?;
        say(&mut muted.customer, "Pst").await?;
        say(&mut other.customer, "Hello").await?;
        desktop.notification(1).await?;
        desktop.badge(1).await?;
        assert_eq!(told(&desktop), [pair(CUSTOMER, "Hello")]);
        let state = command(&page, "attention_state", json!({})).await?;
        assert_eq!(state, attention(1, [(muted.id(), 1, true), (other.id(), 1, false)]), "counted, not told");

        let waiting = house.technician.join(&muted.created.join.code, "Wanda\u{202E} Waiting\n").await;
        let (_, _guest) = waiting.context("a customer with the code")?;
        let lobby = desktop.notification(2).await?;
        assert_eq!((lobby.title.as_str(), lobby.silent), ("Wanda Waiting is waiting to come in", false));
        page.close().await?;

        let page = app.open(stage).await?;
        attended(&page, 2).await?;
        desktop.badge(1).await.context("what was unread still is")?;
        let state = command(&page, "attention_state", json!({})).await?;
        assert_eq!(state, attention(1, [(muted.id(), 1, true), (other.id(), 1, false)]), "as before");
        say(&mut muted.customer, "Pst again").await?;
        say(&mut other.customer, "Hello again").await?;
        desktop.notification(3).await?;
        assert_eq!(
            told(&desktop)[2..],
            [pair(CUSTOMER, "Hello again")],
            "old messages are no news, muted ones neither"
        );
        page.close().await
    })
    .await
}

/// The desktop's services come after the app, or never: it works without, and uses them from then on. Its tray menu ends it.
#[tokio::test]
async fn services_may_come_late() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let house = House::open_plain(stage).await?;
        let mut talk = Talk::begin(&house, "Late").await?;
        let app = Desktop::install(stage, "app", &house.portal, Bus::Bare).await?;
        let page = app.open(stage).await?;
        desktop::sign_in(&page, house.portal.url(), &TECHNICIAN).await?;
        attended(&page, 1).await?;
        say(&mut talk.customer, "Nobody can show this").await?;
        wait::until("it is unread", wait::STEP, async || {
            Ok(command(&page, "attention_state", json!({})).await?["unread"] == 1)
        })
        .await?;

        let desktop = Recorder::start(&app).await?;
        desktop.tray_says(1).await.context("the tray icon comes with its panel")?;
        say(&mut talk.customer, "But this").await?;
        desktop.notification(1).await?;
        assert_eq!(told(&desktop), [pair(CUSTOMER, "But this")]);
        desktop.badge(2).await?;

        let labels: Vec<String> = desktop.menu().await?.into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["Open Deskside", "Quit"]);
        desktop.choose("Open Deskside").await?;
        desktop.choose("Quit").await?;
        desktop.withdrawn(1).await.context("what was told goes with the app")?;
        desktop.badge(0).await?;
        page.kill();
        Ok(())
    })
    .await
}
