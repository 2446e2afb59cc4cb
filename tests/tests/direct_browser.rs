//! Direct files between a desktop window and Chromium, which is where WebRTC has to fit a foreign one (row Z20).

use std::env;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_tests::crew::{Crew, Guest, Seat};
use deskside_tests::direct::{self, random_file, same, stands};
use deskside_tests::house::{CUSTOMER, TECHNICIAN};
use deskside_tests::page::{Page, id};
use deskside_tests::process::Memory;
use deskside_tests::samples::Sample;
use deskside_tests::stage::{self, Stage};
use deskside_tests::{files, room, wait};
use fantoccini::Locator;

const LIMIT: Duration = Duration::from_secs(900);
/// Chromium's share of two cores is a few megabytes a second when it has no GPU and three other programs beside it (research §2).
const CARRY: Duration = Duration::from_secs(400);
const MIB: u64 = 1 << 20;
/// Bytes that the app may grow by (research §9).
const GROWTH: u64 = 64 * MIB;

/// Bytes of a file: 300 MiB by `cargo xtask soak transfer`, less in everyday runs, which have no minutes for it.
fn size() -> u64 {
    if env::var_os("DESKSIDE_CASES").is_some() { 300 * MIB } else { 48 * MIB }
}

async fn gather(stage: &Stage, picked: &[&Sample]) -> Result<(Crew, Seat, Guest)> {
    let crew = Crew::gather(stage, direct::policy()).await?;
    let technician = crew.direct_seat(stage, &TECHNICIAN, &[picked], |_| {}).await?;
    let customer = crew.guest(stage).await?;
    // Nobody can press the buttons of Chromium's own dialogs: without them it saves as Firefox and Safari do.
    let script = "delete window.showSaveFilePicker; delete window.showDirectoryPicker;";
    customer.page.run(script, Vec::new()).await?;
    Ok((crew, technician, customer))
}

fn carried_by(seat: &Seat, before: u64, size: u64) -> Result<()> {
    let carried = seat.way.bytes() - before;
    ensure!(carried < size / 4, "{carried} of {size} bytes went by the portal");
    Ok(())
}

/// Rows Z20 A02 A11 A13: from the desktop app to a customer with nothing installed.
#[tokio::test]
async fn a_file_goes_from_desktop_to_browser() -> Result<()> {
    let size = size();
    stage::play_in_windows(LIMIT, async |stage| {
        let sample = random_file(stage.folder(), "update.bin", size, 21)?;
        let (_crew, technician, customer) = gather(stage, &[&sample]).await?;
        let app = Memory::of_app(technician.page.driver_pid())?;
        let resident = app.resident()?;
        app.forget_peak()?;
        let before = technician.way.bytes();
        room::attach_in_app(&technician.page).await?;
        room::share(&technician.page, "Please install this").await?;
        files::offered(&customer.page, &sample.name, TECHNICIAN.name).await?;
        files::answer(&customer.page, &sample.name, true).await?;
        stands(&customer.page, &sample.name, "done", CARRY).await?;
        stands(&technician.page, &sample.name, "done", CARRY).await.context("the sender is told")?;
        let came = customer.downloads.join(&sample.name);
        wait::until("the browser to save it", CARRY, async || {
            Ok(std::fs::metadata(&came).is_ok_and(|about| about.len() == size))
        })
        .await?;
        ensure!(same(&sample.path, &came)?, "the browser saves what was sent");
        let growth = app.peak()?.saturating_sub(resident);
        ensure!(growth <= GROWTH, "the app grew by {growth} bytes");
        carried_by(&technician, before, size)
    })
    .await
}

/// Rows Z20 A02 A11 A13, the other way round.
#[tokio::test]
async fn a_file_goes_from_browser_to_desktop() -> Result<()> {
    let size = size();
    stage::play_in_windows(LIMIT, async |stage| {
        let sample = random_file(stage.folder(), "recording.webm", size, 22)?;
        let (_crew, technician, customer) = gather(stage, &[]).await?;
        let app = Memory::of_app(technician.page.driver_pid())?;
        let resident = app.resident()?;
        app.forget_peak()?;
        let before = technician.way.bytes();
        room::attach_in_browser(&customer.page, &sample.path).await?;
        room::share(&customer.page, "This is what happens").await?;
        files::offered(&technician.page, &sample.name, CUSTOMER).await?;
        files::answer(&technician.page, &sample.name, true).await?;
        stands(&technician.page, &sample.name, "done", CARRY).await?;
        stands(&customer.page, &sample.name, "done", CARRY).await.context("the sender is told")?;
        direct::arrived(&sample, &technician.app.downloads)?;
        let growth = app.peak()?.saturating_sub(resident);
        ensure!(growth <= GROWTH, "the app grew by {growth} bytes");
        carried_by(&technician, before, size)
    })
    .await
}

/// Answers the file dialog that `button` opens, which no driver can: the field behind it gets the path instead.
async fn pick_again(page: &Page, button: &str, path: &Path) -> Result<()> {
    let script = "HTMLInputElement.prototype.click = function () {
        this.dataset.asked = 'true';
        if (!this.isConnected) document.body.append(this);
    };";
    page.run(script, Vec::new()).await?;
    page.click(button).await?;
    let css = "input[type=file][data-asked]";
    let field = wait::until_some("the field behind the dialog", wait::STEP, async || {
        Ok(page.client.find(Locator::Css(css)).await.ok())
    })
    .await?;
    Ok(field.send_keys(&path.display().to_string()).await?)
}

/// Row Z20, pain P03: the customer's page is loaded again while it sends. It asks for the same file, checks it, and goes on.
#[tokio::test]
async fn a_browser_that_sends_goes_on_after_a_reload() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let sample = random_file(stage.folder(), "capture.pcap", 96 * MIB, 23)?;
        let (_crew, technician, customer) = gather(stage, &[]).await?;
        room::attach_in_browser(&customer.page, &sample.path).await?;
        room::share(&customer.page, "The whole capture").await?;
        files::offered(&technician.page, &sample.name, CUSTOMER).await?;
        files::answer(&technician.page, &sample.name, true).await?;
        direct::reaches(&technician.page, &sample.name, 8 * MIB, CARRY).await?;
        customer.page.reload().await?;
        room::online(&customer.page).await?;
        let picker = format!("{} {}", direct::row(&sample.name), id("direct-source"));
        customer.page.see(&picker).await.context("it asks for the file again")?;
        pick_again(&customer.page, &picker, &sample.path).await?;
        stands(&technician.page, &sample.name, "done", CARRY).await?;
        stands(&customer.page, &sample.name, "done", CARRY).await?;
        direct::arrived(&sample, &technician.app.downloads)
    })
    .await
}
