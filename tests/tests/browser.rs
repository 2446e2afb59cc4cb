//! Customers and technicians in Chromium, without the desktop app.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::api::CreatedSession;
use deskside_proto::{EventBody, OrgSettings, ParticipantRole, ParticipantState};
use deskside_tests::house::{CUSTOMER, House, TECHNICIAN};
use deskside_tests::page::{Page, id};
use deskside_tests::proxy::Network;
use deskside_tests::samples::{self, Sample};
use deskside_tests::stage::{self, Stage};
use deskside_tests::webdriver::{self, Look};
use deskside_tests::wire::{Seen, WireClient};
use deskside_tests::{room, wait};

const LIMIT: Duration = Duration::from_secs(300);

async fn chromium(stage: &Stage, name: &str, house: &House) -> Result<Page> {
    webdriver::chromium(stage, name, house.portal.ca.as_ref(), Look::Headless).await
}

/// A session with a technician in it, and a customer in Chromium.
async fn with_customer(stage: &Stage) -> Result<(House, CreatedSession, WireClient, Page)> {
    let house = House::open(stage).await?;
    let created = house.technician.create_session(house.org, "Browser").await?;
    let mut technician = WireClient::open(&house.technician, created.session.id);
    technician.until_online().await?;
    let customer = chromium(stage, "customer", &house).await?;
    room::join_by_link(&customer, &created.join.link, CUSTOMER).await?;
    room::online(&customer).await?;
    Ok((house, created, technician, customer))
}

fn texts(seen: &Seen) -> Vec<&str> {
    seen.events()
        .filter_map(|event| match &event.body {
            EventBody::MessagePosted(message) => Some(message.text.as_str()),
            _ => None,
        })
        .collect()
}

/// A reload is the same participant, with the same messages and the draft; what was written while the connection was dead
/// outlives the reload and arrives once.
#[tokio::test]
async fn a_reload_loses_neither_person_nor_words() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let (house, created, mut technician, customer) = with_customer(stage).await?;
        room::say(&customer, "Before the reload").await?;
        room::all_sent(&customer).await?;
        customer.fill(&id("composer-input"), "Half a thought").await?;
        let draft = "return document.querySelector(arguments[0]).value";
        customer.reload().await?;
        room::online(&customer).await?;
        wait::until("the draft to come back", wait::STEP, async || {
            Ok(customer.run(draft, vec![id("composer-input").into()]).await? == "Half a thought")
        })
        .await?;
        // The badge says online with the welcome; the log follows it.
        wait::until("one's own message, still one's own", wait::STEP, async || {
            let shown = room::messages(&customer).await?;
            Ok(shown.len() == 1 && shown[0].own && shown[0].text.contains("Before the reload"))
        })
        .await?;

        // The page goes away with the message unsent: the portal cannot be reached, a reload finds nothing.
        let address = customer.client.current_url().await?;
        house.portal.proxy.set(Network::Reset);
        room::say(&customer, "Into the dark").await?;
        let shown = room::messages(&customer).await?;
        ensure!(shown.iter().any(|message| message.delivery == "pending"), "{shown:?}");
        // A browser may call its own error page a success.
        let _ = customer.reload().await;
        customer.gone(&id("timeline")).await.context("there is no network to load from")?;
        house.portal.proxy.set(Network::Up);
        customer.goto(address.as_str()).await?;
        room::online(&customer).await?;
        room::all_sent(&customer).await?;
        let seen = technician
            .until("the message from before the reload", room::RECONNECT, |seen| {
                texts(seen).contains(&"Into the dark")
            })
            .await?;
        assert_eq!(texts(&seen), ["Before the reload", "Into the dark"], "each once");
        let view = house.technician.session(created.session.id).await?;
        let customers = view.participants.iter().filter(|person| person.role == ParticipantRole::Customer);
        assert_eq!(customers.count(), 1, "the same participant");
        customer.close().await
    })
    .await
}

/// By code: a waiting room, then in; another is turned away. The link lets in at once (the defaults of `OrgSettings`).
#[tokio::test]
async fn a_code_leads_to_the_waiting_room() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let house = House::open(stage).await?;
        assert!(OrgSettings::default().lobby_for_codes && !OrgSettings::default().lobby_for_links);
        let technician = chromium(stage, "technician", &house).await?;
        technician.goto(house.portal.url()).await?;
        technician.fill(&id("sign-in-email"), TECHNICIAN.email).await?;
        technician.fill(&id("sign-in-password"), TECHNICIAN.password).await?;
        technician.click(&id("sign-in-submit")).await?;
        let link = room::new_session(&technician).await?;
        let code = room::join_code(&technician).await?;

        let customer = chromium(stage, "customer", &house).await?;
        customer.goto(&format!("{}/join", house.portal.url())).await?;
        // As it is read out: in groups, in any case.
        let spoken = format!("{}-{} {}", &code[..3], &code[3..6], &code[6..]).to_lowercase();
        customer.fill(&id("join-code-input"), &spoken).await?;
        customer.fill(&id("join-name"), CUSTOMER).await?;
        customer.click(&id("join-submit")).await?;
        customer.see(&id("waiting-banner")).await.context("the customer waits")?;
        ensure!(!customer.is_visible(&id("composer-input")).await?, "nothing to write into while waiting");

        technician.reads(&id("waiting-banner"), CUSTOMER).await?;
        technician.click(&id("admit")).await?;
        room::online(&customer).await?;
        room::say(&customer, "Thank you for letting me in").await?;
        room::hear(&technician, "Thank you for letting me in").await?;
        code_is_used_up(&house, &code).await?;

        let second = chromium(stage, "second", &house).await?;
        room::join_by_link(&second, &link, "Second Customer").await?;
        room::online(&second).await?;
        removed_by_a_technician(&house, &second, "Second Customer").await
    })
    .await
}

/// A code serves once; afterwards it is as unknown as any other.
async fn code_is_used_up(house: &House, code: &str) -> Result<()> {
    let again = house.admin.join(code, "Eve").await.err().context("used up")?;
    ensure!(format!("{again:?}").contains("join_code_invalid"), "{again:?}");
    Ok(())
}

async fn removed_by_a_technician(house: &House, page: &Page, name: &str) -> Result<()> {
    let sessions: deskside_proto::api::SessionPage =
        house.technician.get(&format!("/orgs/{}/sessions?state=open", house.org)).await?;
    let session = sessions.sessions.first().context("one open session")?;
    let person = session.participants.iter().find(|person| person.name == name).context("they came in")?;
    assert_eq!(person.state, ParticipantState::Admitted);
    let path = format!("/sessions/{}/participants/{}/remove", session.id, person.id);
    let answer = house.technician.request(reqwest::Method::POST, &path).send().await?;
    ensure!(answer.status().is_success(), "{}", answer.status());
    page.reads("main", "no longer in this session").await?;
    ensure!(!page.is_visible(&id("composer-input")).await?, "nothing more to write into");
    page.reload().await?;
    page.reads("main", "no longer in this session").await.context("a reload does not bring them back in")
}

/// At the width of a small phone nothing is cut off and everything works (files too).
#[tokio::test]
async fn a_phone_is_wide_enough() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let (_house, _created, technician, customer) = with_customer(stage).await?;
        // Narrowed while the panel of people is open beside the talk, as when a tablet is turned.
        customer.viewport(360, 640).await?;
        room::say(&customer, "From a phone").await?;
        technician.post(&format!("https://example.org/{}", "long".repeat(60)))?;
        room::hear(&customer, "longlong").await?;
        let sample = Sample::write(stage.folder(), "window.png", samples::picture()?)?;
        room::attach_in_browser(&customer, &sample.path).await?;
        room::share(&customer, "A picture").await?;
        let overflow = customer
            .run(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth",
                Vec::new(),
            )
            .await?;
        assert_eq!(overflow, 0, "no sideways scrolling");
        customer.see(&id("send")).await?;
        customer.close().await
    })
    .await
}

/// Nothing of a credential is within reach of a script (research S22: cookies are `HttpOnly`, storage holds no token).
#[tokio::test]
async fn scripts_see_no_credential() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let (_house, _created, _technician, customer) = with_customer(stage).await?;
        let seen = customer
            .run(
                "return document.cookie + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage })",
                Vec::new(),
            )
            .await?;
        let seen = seen.as_str().unwrap_or_default().to_owned();
        assert!(!seen.contains("__Host-") && !seen.to_lowercase().contains("token"), "{seen}");
        let cookies = customer.client.get_all_cookies().await?;
        assert!(!cookies.is_empty(), "there is a cookie");
        for cookie in cookies {
            assert!(cookie.name().starts_with("__Host-deskside"), "{}", cookie.name());
            assert_eq!((cookie.http_only(), cookie.secure()), (Some(true), Some(true)), "{}", cookie.name());
        }
        customer.close().await
    })
    .await
}
