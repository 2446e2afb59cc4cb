//! Limits of size and type: told beforehand, and said of each file that is over them, before the portal is asked anything.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{AttachmentPolicy, CustomerAttach, DirectFiles};
use deskside_tests::crew::Crew;
use deskside_tests::page::{Page, id};
use deskside_tests::samples::{self, Sample};
use deskside_tests::stage::{self, Stage};
use deskside_tests::{files, room, wait};
use fantoccini::Locator;

const LIMIT: Duration = Duration::from_secs(300);
const LIMITS_TOLD: &str = "Up to 2.0 MB each. Allowed: pdf and png.";
/// What stands beside the files that are refused, sorted by name.
const REFUSALS: [(&str, &str); 2] = [
    (
        "large.pdf",
        "This file has 3.0 MB; 2.0 MB is the limit here, and your organisation does not allow sending larger ones directly. Send a smaller one, or ask an admin.",
    ),
    ("tool.exe", "Files of this type are not allowed here. Allowed: pdf and png."),
];

fn policy() -> AttachmentPolicy {
    AttachmentPolicy {
        stored_max_bytes: 2 << 20,
        allowed_types: Some(vec!["pdf".to_owned(), "png".to_owned()]),
        customer_attach: CustomerAttach::Always,
        // Else what is too large for the portal goes without it.
        direct: DirectFiles::Off,
        ..AttachmentPolicy::default()
    }
}

fn large(stage: &Stage) -> Result<Sample> {
    let mut bytes = samples::document("Large");
    bytes.resize(3 << 20, b' ');
    Sample::write(stage.folder(), "large.pdf", bytes)
}

/// The head of a Windows program, small enough to be sent.
fn program(stage: &Stage, name: &str) -> Result<Sample> {
    let mut bytes = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff".to_vec();
    bytes.resize(1 << 20, 0);
    Sample::write(stage.folder(), name, bytes)
}

/// A crew whose portal writes down what it is asked.
async fn gather(stage: &Stage) -> Result<Crew> {
    let mut crew = Crew::gather(stage, policy()).await?;
    let mut talkative = Command::new("sh");
    talkative.args(["-c", "RUST_LOG=info,tower_http=debug exec \"$@\"", "sh"]);
    crew.house.portal.restart_within(stage, talkative).await?;
    Ok(crew)
}

/// How often the portal was asked for anything about uploads.
fn asked_for_uploads(crew: &Crew) -> Result<usize> {
    let said = crew.house.portal.process()?.said();
    ensure!(said.contains("/socket"), "the portal writes down what it is asked: {said}");
    Ok(said.lines().filter(|line| line.contains("started processing") && line.contains("/uploads")).count())
}

/// What the paper-clip says to the pointer and to a screen reader.
async fn told_at_the_clip(page: &Page) -> Result<()> {
    let clip = page.see(&id("attach")).await?;
    let tip = clip.attr("title").await?.unwrap_or_default();
    ensure!(tip == format!("Attach file. {LIMITS_TOLD}"), "the tip: {tip:?}");
    let script = "const clip = document.querySelector(arguments[0]);
        return document.getElementById(clip.getAttribute('aria-describedby')).textContent;";
    let description = page.run(script, vec![id("attach").into()]).await?;
    ensure!(description == LIMITS_TOLD, "the description: {description}");
    Ok(())
}

/// Waits until both files stand in the tray as refused, with why.
async fn refused(page: &Page) -> Result<()> {
    let script =
        "return [...document.querySelectorAll('[data-testid=\"upload-tray\"] li[data-state=refused]')]
        .map((row) => [row.querySelector('bdi').title, row.querySelector('.figures').textContent]).sort();";
    wait::until(&format!("both refusals in {}", page.name), wait::STEP, async || {
        let shown = page.run(script, Vec::new()).await?;
        ensure!(shown == serde_json::json!(REFUSALS), "{shown}");
        Ok(true)
    })
    .await?;
    page.reads(&id("upload-limits"), LIMITS_TOLD).await?;
    ensure!(!page.is_visible(&id("share")).await?, "there is nothing to share");
    Ok(())
}

/// Picks in the browser, without waiting for anything to be uploaded.
async fn pick_in_browser(page: &Page, samples: &[&Sample]) -> Result<()> {
    page.see(&id("attach")).await?;
    let field = page.client.find(Locator::Css(&id("file-input"))).await?;
    let paths: Vec<String> = samples.iter().map(|sample| sample.path.display().to_string()).collect();
    Ok(field.send_keys(&paths.join("\n")).await?)
}

/// Rows N05 N06 in the desktop window: limits at the paper-clip, in the attachment window and in the tray; a file that is too large
/// and one of another type are refused with their reasons, and the portal hears of neither.
#[tokio::test]
async fn limits_are_told_in_the_desktop_window() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let (large, program) = (large(stage)?, program(stage, "tool.exe")?);
        let fine = Sample::write(stage.folder(), "fine.pdf", samples::document("Fine"))?;
        let crew = gather(stage).await?;
        let customer = crew.guest(stage).await?;
        let seat = crew.technician(stage, &[&[&large, &program], &[&fine]]).await?;
        let page = &seat.page;
        told_at_the_clip(page).await?;
        page.click(&id("more-options")).await?;
        page.click(&id("attachment-window")).await?;
        page.reads("[role=dialog]", LIMITS_TOLD).await.context("in the attachment window")?;
        page.press(fantoccini::key::Key::Escape).await?;
        page.gone("[role=dialog]").await?;

        page.click(&id("attach")).await?;
        refused(page).await?;
        ensure!(asked_for_uploads(&crew)? == 0, "the portal was asked for an upload");

        room::attach_in_app(page).await?;
        room::say(page, "This one is fine").await?;
        room::all_sent(page).await?;
        files::open(&customer.page, "fine.pdf").await?;
        ensure!(asked_for_uploads(&crew)? > 0, "uploads are written down");
        Ok(())
    })
    .await
}

/// The same rows in Chromium; and a program that calls itself a PDF is found out by what is in it.
#[tokio::test]
async fn limits_are_told_in_the_browser() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let (large, program, lying) =
            (large(stage)?, program(stage, "tool.exe")?, program(stage, "lying.pdf")?);
        let fine = Sample::write(stage.folder(), "fine.pdf", samples::document("Fine"))?;
        let crew = gather(stage).await?;
        let customer = crew.guest(stage).await?;
        let page = &customer.page;
        told_at_the_clip(page).await?;
        pick_in_browser(page, &[&large, &program]).await?;
        refused(page).await?;
        ensure!(asked_for_uploads(&crew)? == 0, "the portal was asked for an upload");

        pick_in_browser(page, &[&lying]).await?;
        let failed = format!("{} li[data-state=failed] .figures", id("upload-tray"));
        page.reads(&failed, "type").await.context("a program is none of the allowed types")?;
        ensure!(asked_for_uploads(&crew)? > 0, "uploads are written down");
        page.click(&id("upload-cancel-all")).await?;
        room::attach_in_browser(page, &fine.path).await?;
        room::share(page, "This one is fine").await?;
        let session = crew.house.technician.session(crew.created.session.id).await?;
        ensure!(session.participants.len() == 1, "nobody but the customer: {session:?}");
        let stored = crew.house.portal.data.join("staging");
        wait::until("nothing to be left of what was refused", wait::STEP, async || {
            Ok(std::fs::read_dir(&stored)?.next().is_none())
        })
        .await
    })
    .await
}
