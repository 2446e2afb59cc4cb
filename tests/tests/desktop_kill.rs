//! The desktop app gets SIGKILL while a technician writes; what its window showed as written is sent, once, in order (row Z05).
//!
//! `DESKSIDE_CASES` sets how often it is killed at random points, `DESKSIDE_SEED` which ones.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_tests::desktop::{self, Bus, Desktop};
use deskside_tests::house::{CUSTOMER, House, TECHNICIAN};
use deskside_tests::page::{Page, id};
use deskside_tests::proxy::{Network, Proxy};
use deskside_tests::random::{self, Random};
use deskside_tests::stage::{self, Stage};
use deskside_tests::wire::WireClient;
use deskside_tests::{room, wait};

const LIMIT: Duration = Duration::from_secs(300);
/// Opening the app, reaching the session and losing a network takes seconds on two cores.
const PER_CASE: Duration = Duration::from_secs(60);

/// Written offline, then SIGKILL: after a restart the person is still signed in and the message goes out, once.
#[tokio::test]
async fn written_offline_and_killed_it_is_sent_once() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let house = House::open(stage).await?;
        let created = house.technician.create_session(house.org, "Outbox").await?;
        let (_, guest) = house.technician.join(&created.join.link, CUSTOMER).await?;
        let mut customer = WireClient::open(&guest, created.session.id);
        customer.until_online().await?;
        let (way, url) = house.portal.second_way().await?;
        let app = Desktop::install(stage, "app", &house.portal, Bus::Bare).await?;
        let page = app.open(stage).await?;
        desktop::sign_in(&page, &url, &TECHNICIAN).await?;
        page.click(&id("session-row")).await?;
        room::online(&page).await?;
        room::say(&page, "While online").await?;
        room::all_sent(&page).await?;

        way.set(Network::Reset);
        room::say(&page, "While offline").await?;
        let shown = room::messages(&page).await?;
        ensure!(shown.iter().any(|message| message.delivery == "pending"), "it waits: {shown:?}");
        page.kill();
        assert_eq!(customer.seen().times("While offline"), 0, "it cannot have left");

        way.set(Network::Up);
        let page = app.open(stage).await?;
        page.click(&id("session-row")).await.context("still signed in after the restart")?;
        room::online(&page).await?;
        room::all_sent(&page).await?;
        customer
            .until("the message from before the kill", wait::STEP, |seen| seen.times("While offline") > 0)
            .await?;
        room::say(&page, "After the restart").await?;
        let seen = customer
            .until("what comes after", wait::STEP, |seen| seen.times("After the restart") == 1)
            .await?;
        assert_eq!((seen.times("While online"), seen.times("While offline")), (1, 1), "each once");
        page.close().await
    })
    .await
}

/// Whatever the network does and wherever the kill falls: before the outbox has it, before it is sent, before it is confirmed.
#[tokio::test]
async fn killed_at_random_points_it_loses_and_doubles_nothing() -> Result<()> {
    let (seed, cases) = (random::seed()?, random::cases(4)?);
    println!("DESKSIDE_SEED={seed} DESKSIDE_CASES={cases}");
    stage::play_in_windows(LIMIT + PER_CASE * cases, async |stage| {
        let mut random = Random::from_seed(seed);
        let house = House::open(stage).await?;
        let created = house.technician.create_session(house.org, "Outbox").await?;
        let (_, guest) = house.technician.join(&created.join.link, CUSTOMER).await?;
        let mut customer = WireClient::open(&guest, created.session.id);
        let (way, url) = house.portal.second_way().await?;
        let app = Desktop::install(stage, "app", &house.portal, Bus::Bare).await?;
        let page = app.open(stage).await?;
        desktop::sign_in(&page, &url, &TECHNICIAN).await?;
        page.close().await?;
        let mut shown = Vec::new();
        for case in 0..cases {
            let seen = write_and_kill(stage, &app, &way, case, &mut random).await;
            shown.extend(seen.with_context(|| format!("kill {case}"))?);
            way.set(Network::Up);
        }
        ensure!(!shown.is_empty(), "the window showed what was written");
        let page = enter(stage, &app).await?;
        room::all_sent(&page).await?;
        room::say(&page, "The end").await?;
        let seen = customer.until("what comes last", wait::STEP, |seen| seen.times("The end") == 1).await?;
        for text in &shown {
            assert_eq!(seen.times(text), 1, "{text:?} was shown as written");
        }
        let texts: Vec<&str> = seen.texts().filter(|text| text.starts_with("kill ")).collect();
        let mut in_order = texts.clone();
        in_order.sort_unstable();
        in_order.dedup();
        assert_eq!(texts, in_order, "each once, in the order they were written");
        page.close().await
    })
    .await
}

async fn enter(stage: &Stage, app: &Desktop) -> Result<Page> {
    let page = app.open(stage).await?;
    page.click(&id("session-row")).await.context("still signed in after the kill")?;
    room::online(&page).await?;
    Ok(page)
}

/// Opens the app, writes a burst over a network that may fail within it, and kills the app there. What the window showed.
async fn write_and_kill(
    stage: &Stage,
    app: &Desktop,
    way: &Proxy,
    case: u32,
    random: &mut Random,
) -> Result<Vec<String>> {
    const FAILURES: [Network; 3] = [Network::Reset, Network::HalfOpen, Network::Stalled];
    let page = enter(stage, app).await?;
    page.run(BURST, vec![case.into(), random.between(5, 30).into()]).await?;
    // One time in four the network holds.
    if let Some(&network) = FAILURES.get(random.index(4)) {
        tokio::time::sleep(Duration::from_millis(random.between(0, 200))).await;
        way.set(network);
    }
    tokio::time::sleep(Duration::from_millis(random.between(0, 400))).await;
    let messages = room::messages(&page).await?;
    page.kill();
    let this = format!("kill {case:03} ");
    let shown = messages.iter().filter_map(|shown| shown.text.lines().find(|line| line.starts_with(&this)));
    Ok(shown.map(str::to_owned).collect())
}

/// Types and sends one message after another, a frame apart, and goes on while the test does.
const BURST: &str = r#"
    const [round, count] = arguments;
    const pad = (number) => String(number).padStart(3, '0');
    const field = document.querySelector('[data-testid="composer-input"]');
    let number = 0;
    const next = () => {
        field.value = `kill ${pad(round)} no. ${pad(number)}`;
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        requestAnimationFrame(() => {
            document.querySelector('[data-testid="send"]').click();
            number += 1;
            if (number < count) requestAnimationFrame(next);
        });
    };
    next();
"#;
