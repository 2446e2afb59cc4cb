//! Videos in place (row Z01): played and sought in by ranges in the desktop window and in Chromium; and one that cannot be played.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{AttachmentPolicy, CustomerAttach};
use deskside_tests::crew::Crew;
use deskside_tests::page::{Page, id};
use deskside_tests::proxy::Proxy;
use deskside_tests::samples::Sample;
use deskside_tests::stage;
use deskside_tests::{files, player, room, video, wait};

const LIMIT: Duration = Duration::from_secs(300);
/// Seconds and bytes of the video.
const SECONDS: u64 = 600;
const BYTES: u64 = 192 << 20;
/// Bytes a second of the network that it is watched over: three times what its play takes, and all of it would take 192 seconds.
/// Players read ahead as much as comes.
const RATE: u64 = 1 << 20;

/// Begins, plays, goes to the last seconds and plays to the end, with less than half of the bytes over `way`.
async fn plays_by_ranges(page: &Page, name: &str, way: &Proxy) -> Result<()> {
    ensure!(page.count("video").await? == 0, "nothing is loaded before it is asked for");
    way.slow_down(RATE);
    let before = way.bytes();
    player::begin(page, name).await?;
    let told = player::until(page, "a second of play", |told| told.at > 1.0).await?;
    ensure!((599.0..=601.0).contains(&told.duration) && told.width == 160, "{told:?}");
    player::seek(page, 597.0).await.context("by its cues, near the end")?;
    player::until(page, "the end", |told| told.ended && told.at > 599.0).await?;
    let way = way.bytes() - before;
    ensure!(way < BYTES / 2, "{way} of {BYTES} bytes came for six seconds");
    Ok(())
}

/// Row Z01: a customer's video plays in the desktop window from its own listener and in Chromium from the portal; the file is far
/// larger than what comes over the network for what is watched.
#[tokio::test]
async fn a_video_plays_in_place_by_ranges() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let policy =
            AttachmentPolicy { customer_attach: CustomerAttach::Always, ..AttachmentPolicy::default() };
        let crew = Crew::gather(stage, policy).await?;
        let technician = crew.technician(stage, &[]).await?;
        let customer = crew.guest(stage).await?;
        let film = stage.folder().join("film.webm");
        video::write_webm(&film, SECONDS, BYTES)?;
        room::attach_in_browser(&customer.page, &film).await?;
        room::share(&customer.page, "This is what it does").await?;

        plays_by_ranges(&technician.page, "film.webm", &technician.way)
            .await
            .context("in the desktop window")?;
        let public = &crew.house.portal.proxy;
        plays_by_ranges(&customer.page, "film.webm", public).await.context("in Chromium")
    })
    .await
}

/// Row Z01: what the web view has no decoder for says so, and offers to be saved.
#[tokio::test]
async fn a_video_that_cannot_be_played_says_so() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let policy =
            AttachmentPolicy { customer_attach: CustomerAttach::Always, ..AttachmentPolicy::default() };
        let crew = Crew::gather(stage, policy).await?;
        let technician = crew.technician(stage, &[]).await?;
        let customer = crew.guest(stage).await?;
        let phone = Sample::write(stage.folder(), "phone.mp4", video::h264())?;
        room::attach_in_browser(&customer.page, &phone.path).await?;
        room::share(&customer.page, "From my phone").await?;

        let page = &technician.page;
        player::begin(page, "phone.mp4").await?;
        page.reads(&id("media-problem"), "can't be played here").await?;
        page.click(&id("media-save")).await?;
        let saved = files::saved(page, "phone.mp4", &technician.saves, wait::STEP).await?;
        ensure!(std::fs::read(saved)? == phone.bytes, "what is saved is what was sent");
        Ok(())
    })
    .await
}
