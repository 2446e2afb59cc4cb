//! Every page, in light and dark, at the width of a desk and of a phone: axe finds nothing, and a picture is left to look at.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::SessionId;
use deskside_tests::house::{CUSTOMER, House, TECHNICIAN};
use deskside_tests::page::{Page, id};
use deskside_tests::portal::Portal;
use deskside_tests::stage::{self, Stage};
use deskside_tests::webdriver::{self, Look};
use deskside_tests::wire::WireClient;
use deskside_tests::{axe, room, samples, wait, workspace};

#[path = "pages/chat.rs"]
mod chat;

const SIZES: [(u32, u32); 2] = [(1280, 800), (390, 844)];
const THEMES: [&str; 2] = ["light", "dark"];
/// Pages, themes, widths, and axe on each.
const LIMIT: Duration = Duration::from_secs(900);

/// Shows the page in both themes and at both widths; all of axe's findings come at once.
async fn look(page: &Page, name: &str, findings: &mut Vec<String>) -> Result<()> {
    look_when(page, name, findings, async || Ok(())).await
}

/// [`look`] at what has to be made `ready` at each width.
async fn look_when(
    page: &Page,
    name: &str,
    findings: &mut Vec<String>,
    ready: impl AsyncFn() -> Result<()>,
) -> Result<()> {
    let folder: PathBuf = workspace::leavings("screenshots/pages")?;
    for theme in THEMES {
        page.emulate("prefers-color-scheme", theme).await?;
        let css = format!("html[data-theme=\"{theme}\"]");
        wait::until(&format!("{theme} on {name}"), wait::STEP, async || Ok(page.count(&css).await? == 1))
            .await?;
        for (width, height) in SIZES {
            page.viewport(width, height).await?;
            ready().await?;
            page.shoot(&folder.join(format!("{name}-{theme}-{width}.png"))).await?;
            if let Err(found) = axe::check(page, &format!("{name}, {theme}, {width} px")).await {
                findings.push(format!("{found:#}"));
            }
        }
    }
    page.viewport(1280, 800).await
}

async fn chromium(stage: &Stage, name: &str, portal: &Portal) -> Result<Page> {
    webdriver::chromium(stage, name, portal.ca.as_ref(), Look::Headless).await
}

/// Accessibility of every page, by axe: no violation.
#[tokio::test]
async fn every_page_is_accessible_and_drawn() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let mut findings = Vec::new();
        fresh_portal(stage, &mut findings).await?;
        let house = House::open(stage).await?;
        let page = chromium(stage, "technician", &house.portal).await?;
        let session = technician_pages(&house, &page, &mut findings).await?;
        customer_pages(stage, &house, &page, session, &mut findings).await?;
        ensure!(findings.is_empty(), "axe found:\n{}", findings.join("\n\n"));
        Ok(())
    })
    .await
}

/// Before anybody set the portal up.
async fn fresh_portal(stage: &Stage, findings: &mut Vec<String>) -> Result<()> {
    let portal = Portal::start_plain(&Stage::new()?).await?;
    let page = chromium(stage, "first", &portal).await?;
    page.goto(portal.set_up_link()?).await?;
    page.see(&id("set-up-org")).await?;
    look(&page, "set-up", findings).await?;
    axe_would_notice(&page).await?;
    page.close().await
}

/// The check itself is checked: a picture without a name is found.
async fn axe_would_notice(page: &Page) -> Result<()> {
    page.run("document.querySelector('main').append(document.createElement('img'))", Vec::new()).await?;
    let found = axe::check(page, "a nameless picture").await.err().context("axe finds it")?;
    ensure!(format!("{found:#}").contains("image-alt"), "{found:#}");
    Ok(())
}

async fn technician_pages(house: &House, page: &Page, findings: &mut Vec<String>) -> Result<SessionId> {
    let url = house.portal.url();
    page.goto(url).await?;
    page.see(&id("sign-in-email")).await?;
    look(page, "sign-in", findings).await?;
    page.fill(&id("sign-in-email"), TECHNICIAN.email).await?;
    page.fill(&id("sign-in-password"), TECHNICIAN.password).await?;
    page.click(&id("sign-in-submit")).await?;
    page.see(&id("new-session")).await?;
    look(page, "home-empty", findings).await?;
    page.goto(&format!("{url}/files")).await?;
    page.see("h1").await?;
    look(page, "files-empty", findings).await?;
    page.goto(&format!("{url}/settings")).await?;
    page.see("fieldset").await?;
    look(page, "settings", findings).await?;
    page.goto(&format!("{url}/no-such-page")).await?;
    page.see("h1").await?;
    look(page, "not-found", findings).await?;
    page.goto(url).await?;
    room::new_session(page).await?;
    look(page, "room-empty", findings).await?;
    let address = page.client.current_url().await?;
    address
        .path()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .parse()
        .context("the room's address names the session")
}

async fn customer_pages(
    stage: &Stage,
    house: &House,
    technician: &Page,
    session: SessionId,
    findings: &mut Vec<String>,
) -> Result<()> {
    let url = house.portal.url();
    let customer = chromium(stage, "customer", &house.portal).await?;
    customer.goto(&format!("{url}/join")).await?;
    customer.see(&id("join-code-input")).await?;
    look(&customer, "join", findings).await?;
    let join: deskside_proto::api::JoinInfo =
        house.technician.post(&format!("/sessions/{session}/join"), &serde_json::json!({})).await?;
    customer.goto(&join.link).await?;
    customer.see(&id("join-name")).await?;
    look(&customer, "join-link", findings).await?;
    customer.goto(&format!("{url}/join")).await?;
    customer.fill(&id("join-code-input"), &join.code).await?;
    customer.fill(&id("join-name"), CUSTOMER).await?;
    customer.click(&id("join-submit")).await?;
    customer.see(&id("waiting-banner")).await?;
    look(&customer, "lobby", findings).await?;
    technician.see(&id("admit")).await?;
    look(technician, "room-waiting", findings).await?;
    technician.click(&id("admit")).await?;
    room::online(&customer).await?;
    fill_room(house, technician, &customer, session).await?;
    look(technician, "room", findings).await?;
    look(&customer, "room-customer", findings).await?;
    technician.goto(url).await?;
    technician.see(&id("session-row")).await?;
    look(technician, "home", findings).await?;
    technician.goto(&format!("{url}/s/{session}")).await?;
    technician.click(&id("end-session")).await?;
    technician.see(&id("end-confirm")).await?;
    look(technician, "room-ending", findings).await?;
    technician.click(&id("end-confirm")).await?;
    technician.see(&id("sealed")).await?;
    look(technician, "room-ended", findings).await?;
    customer.see(&id("after")).await?;
    look(&customer, "after", findings).await?;
    technician.goto(&format!("{url}/files")).await?;
    technician.see(&id("files-row")).await?;
    look(technician, "files", findings).await?;
    technician.click(&id("files-row")).await?;
    technician.see(&id("transcript-text")).await?;
    look(technician, "files-session", findings).await?;
    customer.close().await
}

/// A conversation with a picture and a document in it.
async fn fill_room(house: &House, technician: &Page, customer: &Page, session: SessionId) -> Result<()> {
    room::say(customer, "Hello, since this morning the app shows a warning.").await?;
    room::say(technician, "Good morning! Could you send me a picture of it?").await?;
    let mut wire = WireClient::open(&house.technician, session);
    wire.until_online().await?;
    let picture = house.technician.upload(session, "window.png", &samples::picture()?).await?;
    let document =
        house.technician.upload(session, "invoice 17.pdf", &samples::document("Invoice 17")).await?;
    wire.intend(deskside_session::Intent::Post {
        text: "It should look like this:".to_owned(),
        reply_to: None,
        attachments: vec![picture, document],
        mentions: Vec::new(),
        private: false,
    })?;
    room::look_at_picture(customer, "window.png", 960).await?;
    room::see_file(customer, "invoice 17.pdf", " B").await?;
    room::say(customer, "Yes! That is the one.").await?;
    room::hear(technician, "That is the one.").await
}
