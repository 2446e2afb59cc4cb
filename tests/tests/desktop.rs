//! The desktop app in its real window: as a customer's app, across crashes, with and without a keyring.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::ParticipantState;
use deskside_tests::desktop::{self, Bus, Desktop};
use deskside_tests::house::{CUSTOMER, House, TECHNICIAN};
use deskside_tests::page::{Page, id};
use deskside_tests::stage;
use deskside_tests::wire::WireClient;
use deskside_tests::{room, wait, workspace};

const LIMIT: Duration = Duration::from_secs(300);

/// A customer types the code in the app, waits, and is let in.
#[tokio::test]
async fn a_customer_joins_by_code_in_the_app() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let house = House::open(stage).await?;
        let created = house.technician.create_session(house.org, "App").await?;
        let session = created.session.id;
        let mut technician = WireClient::open(&house.technician, session);
        let app = Desktop::install(stage, "app", &house.portal, Bus::Bare).await?;
        let page = app.open(stage).await?;
        page.see(&id("portal-address")).await?;
        page.click("a[href=\"/join\"]").await?;
        page.fill(&id("portal-address"), house.portal.url()).await?;
        page.fill(&id("join-code-input"), &created.join.code).await?;
        page.fill(&id("join-name"), CUSTOMER).await?;
        page.click(&id("join-submit")).await?;
        page.see(&id("waiting-banner")).await?;

        let waiting = wait::until_some("the customer in the lobby", wait::STEP, async || {
            let view = house.technician.session(session).await?;
            Ok(view.participants.into_iter().find(|person| person.state == ParticipantState::Waiting))
        })
        .await?;
        let path = format!("/sessions/{session}/participants/{}/admit", waiting.id);
        let answer = house.technician.request(reqwest::Method::POST, &path).send().await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        room::online(&page).await?;
        room::say(&page, "Hello from the app").await?;
        technician.until("the message", wait::STEP, |seen| seen.times("Hello from the app") == 1).await?;
        page.close().await
    })
    .await
}

/// The system opens a `deskside://` link by starting the program again: the first window takes it, the second start ends.
#[tokio::test]
async fn a_link_opens_in_the_window_that_is_there() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let house = House::open(stage).await?;
        let created = house.technician.create_session(house.org, "Link").await?;
        let app = Desktop::install(stage, "app", &house.portal, Bus::Bare).await?;
        let page = app.open(stage).await?;
        page.see(&id("sign-in-email")).await?;
        let secret = created.join.link.rsplit('/').next().unwrap_or_default();
        let host = house.portal.url().trim_start_matches("https://");
        let mut second = app.start_again(stage, &[&format!("deskside://join/{host}/{secret}")]).await?;
        let status = second.end(wait::STEP).await?;
        assert!(status.success(), "the second start hands over and ends: {status}\n{}", second.said());
        page.fill(&id("join-name"), CUSTOMER).await?;
        page.click(&id("join-submit")).await?;
        room::online(&page).await?;
        page.close().await
    })
    .await
}

/// Two starts over one data folder are one app: the second ends by itself, the first stays.
#[tokio::test]
async fn one_instance_for_each_data_folder() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let house = House::open(stage).await?;
        let app = Desktop::install(stage, "app", &house.portal, Bus::Bare).await?;
        let page = app.open(stage).await?;
        page.see(&id("sign-in-email")).await?;
        let mut second = app.start_again(stage, &[]).await?;
        second.end(wait::STEP).await.context("the second start ends by itself")?;
        assert!(!second.said().contains("panicked"), "{}", second.said());
        page.see(&id("sign-in-email")).await.context("the first goes on")?;
        let other = Desktop::install(stage, "other", &house.portal, Bus::Bare).await?;
        let beside = other.open(stage).await?;
        beside.see(&id("sign-in-email")).await.context("another data folder is another app")?;
        beside.close().await?;
        page.close().await
    })
    .await
}

/// Without a display, or with one that does not answer, the app ends with a sentence, not with GTK's panic.
#[tokio::test]
async fn without_a_display_it_says_so() -> Result<()> {
    stage::play(wait::STEP, async |stage| {
        for (display, sentence) in
            [(None, "there is no display here"), (Some(":4711"), ":4711 does not answer")]
        {
            let mut command = Command::new(workspace::program("deskside")?);
            command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
            command
                .env("DESKSIDE_DATA_DIR", stage.subfolder("data")?)
                .envs(display.map(|name| ("DISPLAY", name)));
            let output = command.output()?;
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains(sentence) && !said.contains("panicked"), "{said}");
        }
        Ok(())
    })
    .await
}

/// Where the sign-in is kept is said in the settings, and it is true: nothing below the data folder holds the token.
#[tokio::test]
async fn the_keyring_keeps_the_token() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let house = House::open(stage).await?;
        let app = Desktop::install(stage, "app", &house.portal, Bus::Keyring).await?;
        let page = app.open(stage).await?;
        desktop::sign_in(&page, house.portal.url(), &TECHNICIAN).await?;
        settings_say(&page, "keyring").await?;
        page.close().await?;
        let page = app.open(stage).await?;
        page.see(&id("new-session")).await.context("the keyring gave the sign-in back")?;
        page.close().await
    })
    .await
}

/// Without a bus there is no keyring: an encrypted file that only its owner can read, and the person is told.
#[tokio::test]
async fn without_a_keyring_a_file_is_used_and_told() -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    stage::play_in_windows(LIMIT, async |stage| {
        let house = House::open(stage).await?;
        let app = Desktop::install(stage, "app", &house.portal, Bus::Absent).await?;
        let page = app.open(stage).await?;
        desktop::sign_in(&page, house.portal.url(), &TECHNICIAN).await?;
        settings_say(&page, "an encrypted file").await?;
        page.close().await?;
        for file in files(&app.data)? {
            let bytes = std::fs::read(&file)?;
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.contains("vault") || name.contains("secret") {
                let mode = std::fs::metadata(&file)?.permissions().mode() & 0o777;
                assert_eq!(mode & 0o077, 0, "{name}: only its owner may read it");
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert!(!text.contains("\"token\""), "{name} holds a token in the clear");
        }
        let page = app.open(stage).await?;
        page.see(&id("new-session")).await.context("the file gave the sign-in back")?;
        page.close().await
    })
    .await
}

async fn settings_say(page: &Page, kind: &str) -> Result<()> {
    page.click("a[href=\"/settings\"]").await?;
    page.reads("main", kind).await
}

/// Files in `folder` itself and one level below: WebKit's caches lie deeper.
fn files(folder: &std::path::Path) -> Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            found.push(path);
        } else if path.is_dir() {
            found.extend(
                std::fs::read_dir(&path)?.flatten().map(|entry| entry.path()).filter(|path| path.is_file()),
            );
        }
    }
    Ok(found)
}
