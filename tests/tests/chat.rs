//! What people do with messages: a technician in the desktop window by mouse, a customer in Chromium by keys.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::api::CreatedSession;
use deskside_proto::{ChangePolicy, EventBody, OrgSettings, WhoMay};
use deskside_tests::desktop::{self, Bus, Desktop};
use deskside_tests::house::{CUSTOMER, House, TECHNICIAN};
use deskside_tests::messages;
use deskside_tests::page::{Page, id};
use deskside_tests::portal::ADMIN;
use deskside_tests::proxy::Network;
use deskside_tests::samples::{self, Sample};
use deskside_tests::stage::{self, Stage};
use deskside_tests::webdriver::{self, Look};
use deskside_tests::wire::{Seen, WireClient};
use deskside_tests::{room, wait};
use fantoccini::key::Key;

const LIMIT: Duration = Duration::from_secs(300);

/// A technician in the desktop app and a customer in Chromium, in one session.
struct Talk {
    house: House,
    created: CreatedSession,
    technician: Page,
    customer: Page,
    _app: Desktop,
}

impl Talk {
    async fn begin(stage: &Stage) -> Result<Self> {
        let house = House::open(stage).await?;
        let created = house.technician.create_session(house.org, "Chat").await?;
        let mut app = Desktop::install(stage, "technician", &house.portal, Bus::Bare).await?;
        let sample = Sample::write(stage.folder(), "window.png", samples::picture()?)?;
        app.will_pick(&sample.path);
        let technician = app.open(stage).await?;
        desktop::sign_in(&technician, house.portal.url(), &TECHNICIAN).await?;
        technician.click(&id("session-row")).await?;
        room::online(&technician).await?;
        let customer = chromium(stage, "customer", &house).await?;
        room::join_by_link(&customer, &created.join.link, CUSTOMER).await?;
        room::online(&customer).await?;
        Ok(Self { house, created, technician, customer, _app: app })
    }

    /// Somebody without a window who writes down all there is.
    async fn witness(&self) -> Result<WireClient> {
        let mut witness = WireClient::open(&self.house.technician, self.created.session.id);
        witness.until_online().await?;
        Ok(witness)
    }

    async fn end(self) -> Result<()> {
        self.customer.close().await?;
        self.technician.close().await
    }
}

async fn chromium(stage: &Stage, name: &str, house: &House) -> Result<Page> {
    webdriver::chromium(stage, name, house.portal.ca.as_ref(), Look::Headless).await
}

async fn told(page: &Page, text: &str, by: &Page) -> Result<()> {
    room::say(by, text).await?;
    room::hear(page, text).await
}

/// Rows Z06 Z07 Z08: hover → react (offered first, or any by its name), see who, take it back; reply with a quote that leads
/// to the original and outlives it; copy the text.
#[tokio::test]
async fn the_technician_reacts_replies_and_copies_by_mouse() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let talk = Talk::begin(stage).await?;
        let (technician, customer) = (&talk.technician, &talk.customer);
        told(technician, "My printer is on fire", customer).await?;

        let quick = messages::quick_reaction(technician, "My printer is on fire").await?;
        messages::reacted(customer, "My printer is on fire", &[(&quick, 1, false)]).await?;
        messages::toggle(customer, "My printer is on fire", &quick).await?;
        messages::reacted(technician, "My printer is on fire", &[(&quick, 2, true)]).await?;
        let chip = technician.see(&id("reaction")).await?.attr("title").await?.unwrap_or_default();
        ensure!(chip.contains("You") && chip.contains(CUSTOMER), "{chip:?} says who reacted");
        messages::searched_reaction(technician, "My printer is on fire", "rocket").await?;
        messages::reacted(customer, "My printer is on fire", &[(&quick, 2, true), ("🚀", 1, false)]).await?;
        messages::toggle(technician, "My printer is on fire", &quick).await?;
        messages::toggle(customer, "My printer is on fire", &quick).await?;
        messages::reacted(customer, "My printer is on fire", &[("🚀", 1, false)]).await?;
        messages::reacted(technician, "My printer is on fire", &[("🚀", 1, true)]).await?;

        messages::reply(technician, "My printer is on fire", "Which colour are the flames?").await?;
        let quoting = |quote: &'static str| {
            move |all: &[messages::Chat]| {
                all.iter().any(|chat| {
                    chat.text == "Which colour are the flames?" && chat.quote.as_deref() == Some(quote)
                })
            }
        };
        messages::until(customer, "the quote", quoting("My printer is on fire")).await?;
        customer.click(&id("quote")).await?;
        customer.see(".flashed").await.context("a click on the quote leads to the original")?;

        messages::from_menu(technician, "My printer is on fire", "copy-text").await?;
        technician.click(&id("composer-input")).await?;
        paste(technician).await?;
        wait::until("the copied text in the composer", wait::STEP, async || {
            Ok(technician.value(&id("composer-input")).await? == "My printer is on fire")
        })
        .await?;
        technician.fill(&id("composer-input"), "").await?;

        messages::delete(customer, "My printer is on fire").await?;
        messages::until(technician, "the quote of a deleted message", quoting("This message was deleted"))
            .await?;
        talk.end().await
    })
    .await
}

async fn paste(page: &Page) -> Result<()> {
    use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
    let control = char::from(Key::Control);
    let keys = KeyActions::new("keys".to_owned())
        .then(KeyAction::Down { value: control })
        .then(KeyAction::Down { value: 'v' })
        .then(KeyAction::Up { value: 'v' })
        .then(KeyAction::Up { value: control });
    Ok(page.client.perform_actions(keys).await?)
}

/// Rows Z09 Z10 Z11: Enter sends the edit to the participants; *Close* and Esc go back without change; *Notify others about
/// this change* calls them, and nothing does when it is not checked.
#[tokio::test]
async fn an_edit_reaches_everybody_and_calls_them_only_when_asked() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let talk = Talk::begin(stage).await?;
        let (technician, customer) = (&talk.technician, &talk.customer);
        let mut witness = talk.witness().await?;
        told(technician, "Restart in five minutes", customer).await?;
        told(customer, "Pull the plug", technician).await?;

        messages::begin_edit(technician, "Pull the plug").await?;
        assert_eq!(technician.value(&id("composer-input")).await?, "Pull the plug");
        technician.fill(&id("composer-input"), "Do something else").await?;
        technician.click(&id("edit-close")).await?;
        technician.gone(&id("edit-banner")).await?;
        messages::begin_edit(technician, "Pull the plug").await?;
        technician.press(Key::Escape).await?;
        technician.gone(&id("edit-banner")).await?;
        assert_eq!(technician.value(&id("composer-input")).await?, "", "the draft is what it was");
        messages::reads(technician, "Pull the plug", false).await?;

        messages::edit(technician, "Pull the plug", "Pull the plug gently", false).await?;
        messages::reads(customer, "Pull the plug gently", true).await?;
        messages::edit(technician, "Pull the plug gently", "Push the plug back in", true).await?;
        messages::reads(customer, "Push the plug back in", true).await?;
        let edits = edits(&mut witness, 2).await?;
        assert_eq!(
            edits,
            [("Pull the plug gently".to_owned(), false), ("Push the plug back in".to_owned(), true)]
        );
        talk.end().await
    })
    .await
}

/// The edits of the log, as soon as there are so many: the new text, and whether the others are told.
async fn edits(witness: &mut WireClient, count: usize) -> Result<Vec<(String, bool)>> {
    let of = |seen: &Seen| -> Vec<(String, bool)> {
        let edit = |event: &deskside_proto::Event| match &event.body {
            EventBody::MessageEdited { text, notify, .. } => {
                Some((text.clone().unwrap_or_default(), *notify))
            }
            _ => None,
        };
        seen.events().filter_map(edit).collect()
    };
    Ok(of(&witness.until("the edits", wait::STEP, |seen| of(seen).len() >= count).await?))
}

/// Rows Z12 Z13: *Delete*, confirmed by *Yes, go ahead*; everybody sees that it was deleted and by whom, and nothing of it
/// can be had any more: neither words nor picture.
#[tokio::test]
async fn a_deleted_message_is_gone_with_its_picture() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let talk = Talk::begin(stage).await?;
        let (technician, customer) = (&talk.technician, &talk.customer);
        room::attach_in_app(technician).await?;
        room::share(technician, "A secret window").await?;
        room::look_at_picture(customer, "window.png", 960).await?;
        let files = talk.house.admin.session(talk.created.session.id).await?;
        let seen = talk
            .witness()
            .await?
            .until("the picture", wait::STEP, |seen| seen.times("A secret window") == 1)
            .await?;
        let attachment = seen
            .events()
            .find_map(|event| match &event.body {
                EventBody::MessagePosted(message) => message.attachments.first().map(|file| file.id),
                _ => None,
            })
            .context("the message has its picture")?;
        let route = format!("/sessions/{}/attachments/{attachment}", files.id);
        assert_eq!(talk.house.technician.status(&route).await?.0, 200);

        messages::from_menu(technician, "A secret window", "delete-message").await?;
        messages::asked(technician).await?;
        technician.press(Key::Escape).await?;
        technician.gone(&id("delete-confirm")).await?;
        messages::reads(technician, "A secret window", false).await.context("Esc keeps it")?;
        messages::delete(technician, "A secret window").await?;
        let mark = format!("{} deleted a message", TECHNICIAN.name);
        customer.reads(&id("timeline"), &mark).await?;
        technician.reads(&id("timeline"), "You deleted a message").await?;
        assert_eq!(customer.count(&id("image-thumb")).await?, 0);
        wait::until("no word of it to be left", wait::STEP, async || {
            Ok(!customer.everything().await.contains("A secret window"))
        })
        .await?;
        wait::until("the picture's bytes to go", wait::STEP, async || {
            Ok(matches!(talk.house.technician.status(&route).await?.0, 404 | 410))
        })
        .await?;
        customer.reload().await?;
        customer.reads(&id("timeline"), &mark).await.context("who comes later sees it too")?;
        talk.end().await
    })
    .await
}

/// Rows Z06 to Z13 without a mouse: ↑ in an empty composer edits the last own message, arrow keys go from message to message,
/// a letter acts on the one that has the focus, and the focus comes back to it.
#[tokio::test]
async fn the_customer_needs_no_mouse() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let talk = Talk::begin(stage).await?;
        let (technician, customer) = (&talk.technician, &talk.customer);
        told(customer, "Which version do you have?", technician).await?;
        told(technician, "Version tree", customer).await?;

        customer.fill(&id("composer-input"), "").await?;
        customer.press(Key::Up).await?;
        customer.see(&id("edit-banner")).await?;
        assert_eq!(customer.value(&id("composer-input")).await?, "Version tree");
        customer.fill(&id("composer-input"), "Version three").await?;
        customer.press(Key::Enter).await?;
        messages::reads(technician, "Version three", true).await?;

        let question = messages::find(customer, "Which version").await?;
        let newest = messages::find(customer, "Version three").await?;
        focus(customer, &newest).await?;
        customer.press(Key::Up).await?;
        assert!(has_focus(customer, &question).await?, "one message up");
        customer.press('+').await?;
        customer.see(&id("quick-reaction")).await?;
        customer.press(Key::Enter).await?;
        messages::until(technician, "the reaction", |all| {
            all.iter().any(|chat| chat.text == "Which version do you have?" && chat.reactions.len() == 1)
        })
        .await?;
        assert!(has_focus(customer, &question).await?, "the message has the focus again");

        customer.press('r').await?;
        customer.see(&id("reply-banner")).await?;
        wait::until("the composer to have the focus", wait::STEP, async || {
            has_focus(customer, &id("composer-input")).await
        })
        .await?;
        customer.press(Key::Escape).await?;
        customer.gone(&id("reply-banner")).await?;

        focus(customer, &newest).await?;
        customer.press(Key::Enter).await?;
        customer.see(&id("message-menu-list")).await?;
        customer.press(Key::Escape).await?;
        customer.gone(&id("message-menu-list")).await?;
        assert!(has_focus(customer, &newest).await?, "Esc gives the focus back");
        customer.press(Key::Delete).await?;
        customer.see(&id("delete-confirm")).await?;
        focus(customer, &id("delete-confirm")).await?;
        customer.press(Key::Enter).await?;
        technician.reads(&id("timeline"), &format!("{CUSTOMER} deleted a message")).await?;
        talk.end().await
    })
    .await
}

async fn focus(page: &Page, css: &str) -> Result<()> {
    page.run("document.querySelector(arguments[0]).focus()", vec![css.into()]).await.map(drop)
}

async fn has_focus(page: &Page, css: &str) -> Result<bool> {
    let script = "return document.activeElement?.matches(arguments[0]) ?? false";
    Ok(page.run(script, vec![css.into()]).await? == true)
}

/// Without a network everything typed, edited, reacted and deleted is queued and shown as waiting; it outlives a restart of
/// the browser's page and goes out once, in order.
#[tokio::test]
async fn what_was_done_offline_arrives_once_and_in_order() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let talk = Talk::begin(stage).await?;
        let (technician, customer) = (&talk.technician, &talk.customer);
        let mut witness = talk.witness().await?;
        told(customer, "Keep this", technician).await?;
        for text in ["First", "Second"] {
            told(technician, text, customer).await?;
        }
        let before = witness.seen().head();
        let address = customer.client.current_url().await?;

        talk.house.portal.proxy.set(Network::Reset);
        room::connection(customer, "offline").await?;
        messages::edit(customer, "First", "First, corrected", false).await?;
        messages::quick_reaction(customer, "Keep this").await?;
        room::say(customer, "Third").await?;
        messages::delete(customer, "Second").await?;
        customer.see(&id("pending-change")).await.context("what waits is marked")?;
        // A browser may call its own error page a success.
        let _ = customer.reload().await;
        customer.gone(&id("timeline")).await?;
        talk.house.portal.proxy.set(Network::Up);
        customer.goto(address.as_str()).await?;
        room::online(customer).await?;
        room::all_sent(customer).await?;
        customer.gone(&id("pending-change")).await?;

        let seen =
            witness.until("all four", room::RECONNECT, |seen| done_since(seen, before).len() >= 4).await?;
        assert_eq!(done_since(&seen, before), ["edited", "reacted", "posted", "deleted"]);
        messages::reads(technician, "First, corrected", true).await?;
        messages::until(technician, "the others", |all| {
            all.iter().filter(|chat| chat.text == "Third").count() == 1
                && all.iter().filter(|chat| chat.deleted).count() == 1
        })
        .await?;
        talk.end().await
    })
    .await
}

/// What was done with messages after `place`.
fn done_since(seen: &Seen, place: u64) -> Vec<&'static str> {
    let done = |event: &deskside_proto::Event| match &event.body {
        EventBody::MessagePosted(_) => Some("posted"),
        EventBody::MessageEdited { .. } => Some("edited"),
        EventBody::MessageDeleted { .. } => Some("deleted"),
        EventBody::ReactionAdded { .. } => Some("reacted"),
        _ => None,
    };
    seen.events().filter(|event| event.seq > place).filter_map(done).collect()
}

/// The organisation says who may edit; what was done before one knew is refused by the portal, shown on the message, and goes
/// away by *Discard*.
#[tokio::test]
async fn a_change_that_is_refused_stands_on_its_message() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let talk = Talk::begin(stage).await?;
        let (technician, customer) = (&talk.technician, &talk.customer);
        told(technician, "Nothing to change", customer).await?;
        talk.house.portal.proxy.set(Network::Reset);
        room::connection(customer, "offline").await?;
        messages::edit(customer, "Nothing to change", "Something else", false).await?;
        customer.see(&id("pending-change")).await?;

        let mut settings = OrgSettings::default();
        settings.chat.edit = ChangePolicy { by: WhoMay::Nobody, ..settings.chat.edit };
        let (_way, address) = talk.house.portal.second_way().await?;
        let mut admin = talk.house.portal.api_by(&address)?;
        admin.sign_in(&ADMIN).await?;
        admin.put_settings(talk.house.org, &settings).await?;
        talk.house.portal.proxy.set(Network::Up);
        let failed = id("failed-change");
        customer.see_within(&failed, room::RECONNECT).await?;
        messages::reads(technician, "Nothing to change", false).await?;
        customer.click(&format!("{failed} button:last-of-type")).await.context("Discard")?;
        customer.gone(&failed).await?;
        messages::reads(customer, "Nothing to change", false).await?;
        talk.end().await
    })
    .await
}

/// A note among technicians (design §3): the customer's window has no trace of it.
#[tokio::test]
async fn a_private_note_is_no_business_of_the_customer() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let talk = Talk::begin(stage).await?;
        let (technician, customer) = (&talk.technician, &talk.customer);
        let mut witness = talk.witness().await?;
        technician.click(&id("private-note")).await?;
        technician.fill(&id("composer-input"), "They never reboot").await?;
        technician.press(Key::Enter).await?;
        witness.until("the note", wait::STEP, |seen| seen.times("They never reboot") == 1).await?;
        technician.click(&id("private-note")).await?;
        told(customer, "Please reboot", technician).await?;
        let shown = messages::shown(customer).await?;
        assert_eq!(shown.iter().map(|chat| chat.text.as_str()).collect::<Vec<_>>(), ["Please reboot"]);
        let held = customer.run("return document.documentElement.outerHTML", Vec::new()).await?;
        ensure!(!held.as_str().unwrap_or_default().contains("They never reboot"), "not in the page either");
        ensure!(!customer.is_visible(&id("private-note")).await?, "and a customer writes none");
        talk.end().await
    })
    .await
}
