//! Files that go from one participant to the other (row Z20): real windows, real lanes, and a portal that never has a byte of them.
//!
//! `DESKSIDE_CASES` is set by `cargo xtask soak transfer`: then files are as large, and kills as many, as the issue asks.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_tests::crew::{COLLEAGUE, Crew, Seat};
use deskside_tests::desktop::Desktop;
use deskside_tests::direct::{self, arrived, endless_file, press, random_file, reaches, stands};
use deskside_tests::house::TECHNICIAN;
use deskside_tests::netem::{Line, LineSettings, Side, WaySettings};
use deskside_tests::page::id;
use deskside_tests::process::Memory;
use deskside_tests::proxy::Network;
use deskside_tests::random::{self, Random};
use deskside_tests::samples::Sample;
use deskside_tests::stage::{self, Stage};
use deskside_tests::{files, room, workspace};

const LIMIT: Duration = Duration::from_secs(600);
/// For a file to arrive, on two cores that do everything else as well.
const CARRY: Duration = Duration::from_secs(240);
const MIB: u64 = 1 << 20;
/// Bytes that an app may grow by, whatever the size of the file (research §9).
const GROWTH: u64 = 64 * MIB;
/// What the portal may carry of a transfer that does not need it: signals, the log, and the pages.
const TALK: u64 = 4 * MIB;

fn is_soak() -> bool {
    env::var_os("DESKSIDE_CASES").is_some()
}

/// Two technicians in a session, the first with a file to pick.
async fn two_desktops(stage: &Stage, sample: &Sample) -> Result<(Crew, Seat, Seat)> {
    two_desktops_at(stage, &[&[sample]], None).await
}

/// The same with a file for each time something is picked, and at the ends of `line`, where there is one: then nothing goes another way.
async fn two_desktops_at(
    stage: &Stage,
    picks: &[&[&Sample]],
    line: Option<&Arc<Line>>,
) -> Result<(Crew, Seat, Seat)> {
    let at = |side| {
        move |app: &mut Desktop| {
            if let Some(line) = line {
                app.move_to(line, side);
                app.without("RELAY");
            }
        }
    };
    let crew = Crew::gather(stage, direct::policy()).await?;
    let sender = crew.direct_seat(stage, &TECHNICIAN, picks, at(Side::A)).await?;
    let colleague = crew.direct_seat(stage, &COLLEAGUE, &[], at(Side::B)).await?;
    Ok((crew, sender, colleague))
}

/// The sender attaches and shares, the colleague accepts.
async fn offer_and_accept(sender: &Seat, colleague: &Seat, name: &str) -> Result<()> {
    room::attach_in_app(&sender.page).await?;
    room::share(&sender.page, "Too large for the portal").await?;
    files::offered(&colleague.page, name, TECHNICIAN.name).await?;
    files::answer(&colleague.page, name, true).await
}

async fn done_on_both(sender: &Seat, colleague: &Seat, name: &str) -> Result<()> {
    stands(&colleague.page, name, "done", CARRY).await?;
    stands(&sender.page, name, "done", CARRY).await.context("the sender is told that it is verified there")
}

/// Rows Z20 A02 A03 A10 A11 A12 A13: offered, accepted, carried from window to window without the portal, verified on both sides, by
/// apps that stay small; the dock shows how far it is.
#[tokio::test]
async fn a_file_beyond_every_limit_goes_from_desktop_to_desktop() -> Result<()> {
    let size = if is_soak() { 2048 * MIB } else { 256 * MIB };
    stage::play_in_windows(LIMIT, async |stage| {
        let sample = random_file(stage.folder(), "disk image.bin", size, 1)?;
        let first = random_file(stage.folder(), "first.bin", 4 * MIB, 4)?;
        let (_crew, sender, colleague) = two_desktops_at(stage, &[&[&first], &[&sample]], None).await?;
        // Code and buffers that any transfer needs are there before the large one is measured.
        offer_and_accept(&sender, &colleague, &first.name).await?;
        done_on_both(&sender, &colleague, &first.name).await?;
        let before = [sender.way.bytes(), colleague.way.bytes()];
        let apps = [Memory::of_app(sender.page.driver_pid())?, Memory::of_app(colleague.page.driver_pid())?];
        let mut resident = Vec::new();
        for app in apps {
            resident.push(app.resident()?);
            app.forget_peak()?;
        }
        offer_and_accept(&sender, &colleague, &sample.name).await?;
        let lane = direct::lane(&colleague.page, &sample.name).await?;
        ensure!(lane == "webrtc" || lane == "quic", "a direct way: {lane}");
        done_on_both(&sender, &colleague, &sample.name).await?;

        arrived(&sample, &colleague.app.downloads)?;
        for (app, resident) in apps.into_iter().zip(resident) {
            let growth = app.peak()?.saturating_sub(resident);
            ensure!(growth <= GROWTH, "an app grew by {growth} bytes");
        }
        for (seat, before) in [&sender, &colleague].into_iter().zip(before) {
            let carried = seat.way.bytes() - before;
            ensure!(carried < TALK, "{carried} bytes of it went by the portal");
        }
        Ok(())
    })
    .await
}

/// Row Z20, A03: what is declined never moves, and what is cancelled leaves nothing behind.
#[tokio::test]
async fn a_transfer_is_paused_resumed_and_cancelled_from_both_sides() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let sample = endless_file(stage.folder(), "backup.tar")?;
        let (_crew, sender, colleague) = two_desktops(stage, &sample).await?;
        offer_and_accept(&sender, &colleague, &sample.name).await?;
        reaches(&colleague.page, &sample.name, 4 * MIB, CARRY).await?;

        press(&colleague.page, &sample.name, "direct-pause").await?;
        stands(&colleague.page, &sample.name, "paused", CARRY).await?;
        stands(&sender.page, &sample.name, "paused", CARRY).await.context("the other side is told")?;
        let at = direct::done(&colleague.page, &sample.name).await?;
        press(&colleague.page, &sample.name, "direct-resume").await?;
        reaches(&colleague.page, &sample.name, at + 4 * MIB, CARRY).await.context("it goes on")?;

        press(&sender.page, &sample.name, "direct-cancel").await?;
        sender.page.click(&id("direct-cancel-confirm")).await?;
        stands(&sender.page, &sample.name, "cancelled", CARRY).await?;
        stands(&colleague.page, &sample.name, "cancelled", CARRY).await?;
        let left = std::fs::read_dir(&colleague.app.downloads)?.count();
        ensure!(left == 0, "{left} files of a cancelled transfer are left");
        Ok(())
    })
    .await
}

/// Row Z20: neither direct way can be had, and the portal carries what it cannot read.
#[tokio::test]
async fn without_a_direct_way_the_portal_relays() -> Result<()> {
    // Long enough on its way that one can look.
    let size = 256 * MIB;
    stage::play_in_windows(LIMIT, async |stage| {
        let sample = random_file(stage.folder(), "logs.zip", size, 3)?;
        let crew = Crew::gather(stage, direct::policy()).await?;
        let blocked = |app: &mut Desktop| {
            app.without("WEBRTC");
            app.without("QUIC");
        };
        let sender = crew.direct_seat(stage, &TECHNICIAN, &[&[&sample]], blocked).await?;
        let colleague = crew.direct_seat(stage, &COLLEAGUE, &[], |_| {}).await?;
        let before = sender.way.bytes();
        offer_and_accept(&sender, &colleague, &sample.name).await?;
        let lane = direct::lane(&colleague.page, &sample.name).await?;
        ensure!(lane == "relay", "the last way is left: {lane}");
        done_on_both(&sender, &colleague, &sample.name).await?;
        arrived(&sample, &colleague.app.downloads)?;
        let carried = sender.way.bytes() - before;
        ensure!(carried >= size, "the portal carried it: {carried} bytes");
        Ok(())
    })
    .await
}

/// What happens to a transfer on its way.
#[derive(Debug, Clone, Copy)]
enum Blow {
    KillSender,
    KillReceiver,
    CutSender,
    /// Between the two; the portal stays.
    CutLine,
    RestartPortal,
}

const BLOWS: [Blow; 5] =
    [Blow::KillSender, Blow::KillReceiver, Blow::CutSender, Blow::CutLine, Blow::RestartPortal];

/// A line with room enough for everything, on which every byte is counted.
fn counted_line() -> Result<Option<Arc<Line>>> {
    let way = WaySettings { delay: Duration::from_millis(1), rate: Some(60_000_000), queue: None, loss: 0.0 };
    Ok(Line::new(LineSettings::both_ways(way))?.map(Arc::new))
}

/// Bytes that crossed from the sender to the receiver.
fn crossed(line: Option<&Arc<Line>>) -> u64 {
    line.map_or(0, |line| line.counters().a_to_b.udp.bytes)
}

/// Row Z20, pains P01 P03: either app killed, a side's way to the portal or to the other side cut, the portal started anew, at random
/// points: it finishes by itself, verified, and nearly nothing is sent twice. What a byte costs on the line anyway is measured
/// with a file that nothing happens to.
#[tokio::test]
async fn kills_cuts_and_a_restart_of_the_portal_are_survived() -> Result<()> {
    let (seed, soak) = (random::seed()?, is_soak());
    let (size, blows) = if soak { (2048 * MIB, 20) } else { (192 * MIB, 3) };
    println!("DESKSIDE_SEED={seed}");
    stage::play_in_windows(LIMIT * if soak { 4 } else { 1 }, async |stage| {
        let mut random = Random::from_seed(seed);
        let calm = random_file(stage.folder(), "calm.bin", 64 * MIB, seed + 1)?;
        let sample = random_file(stage.folder(), "archive.bin", size, seed)?;
        let line = counted_line()?;
        let line = line.as_ref();
        let (mut crew, mut sender, mut colleague) =
            two_desktops_at(stage, &[&[&calm], &[&sample]], line).await?;
        offer_and_accept(&sender, &colleague, &calm.name).await?;
        done_on_both(&sender, &colleague, &calm.name).await?;
        let for_calm = crossed(line);
        offer_and_accept(&sender, &colleague, &sample.name).await?;
        for number in 0..blows {
            let goal = size * (number + 1) / (blows + 1);
            reaches(&colleague.page, &sample.name, goal, CARRY).await?;
            let blow = BLOWS[random.index(BLOWS.len())];
            println!("blow {number} at {goal}: {blow:?}");
            match blow {
                Blow::KillSender => sender = restart(stage, sender).await?,
                Blow::KillReceiver => colleague = restart(stage, colleague).await?,
                Blow::CutSender => {
                    sender.way.set(Network::Reset);
                    tokio::time::sleep(Duration::from_secs(3)).await;
                    sender.way.set(Network::Up);
                }
                Blow::CutLine => {
                    let Some(line) = line else { continue };
                    line.cut();
                    tokio::time::sleep(Duration::from_secs(3)).await;
                    line.mend();
                }
                Blow::RestartPortal => {
                    crew.house.portal.kill();
                    comes_back(stage, &mut crew, [&sender, &colleague]).await?;
                }
            }
        }
        done_on_both(&sender, &colleague, &sample.name).await?;
        arrived(&sample, &colleague.app.downloads)?;
        let dear = for_calm as f64 / (64 * MIB) as f64;
        let twice = (crossed(line) - for_calm) as f64 / dear / size as f64 - 1.0;
        println!("{:.2} % of {size} bytes crossed twice; a byte took {dear:.3} on the line", twice * 100.0);
        // One in a hundred of what the issue asks for; a small file has as many blows and as much on its way.
        let most = if soak { 0.01 } else { 0.05 };
        ensure!(line.is_none() || twice < most, "{:.2} % crossed twice", twice * 100.0);
        Ok(())
    })
    .await
}

/// The portal starts anew, on another port, and the ways of both lead there.
async fn comes_back(stage: &Stage, crew: &mut Crew, seats: [&Seat; 2]) -> Result<()> {
    crew.house.portal.restart(stage).await?;
    for seat in seats {
        seat.way.lead_to(crew.house.portal.listen());
    }
    Ok(())
}

/// SIGKILL, and the app is opened again in the session's room.
async fn restart(stage: &Stage, seat: Seat) -> Result<Seat> {
    let Seat { page, app, way, saves } = seat;
    page.kill();
    let page = app.open(stage).await?;
    page.click(&id("session-row")).await.context("still signed in after the kill")?;
    room::online(&page).await?;
    Ok(Seat { page, app, way, saves })
}

/// Row Z20: with the portal gone from the moment it moves, it still finishes; the log has it when the portal is back.
#[tokio::test]
async fn it_finishes_without_the_portal() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let sample = random_file(stage.folder(), "video.mkv", 256 * MIB, 5)?;
        let (mut crew, sender, colleague) = two_desktops(stage, &sample).await?;
        offer_and_accept(&sender, &colleague, &sample.name).await?;
        reaches(&colleague.page, &sample.name, MIB, CARRY).await?;
        crew.house.portal.kill();
        stands(&colleague.page, &sample.name, "done", CARRY).await?;
        arrived(&sample, &colleague.app.downloads)?;
        comes_back(stage, &mut crew, [&sender, &colleague]).await?;
        stands(&sender.page, &sample.name, "done", CARRY).await
    })
    .await
}

/// Row Z20: a whole folder goes as one, with its tree, and links in it are left out.
#[tokio::test]
async fn a_folder_arrives_as_a_tree() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let folder = stage.subfolder("Photos 2026")?;
        std::fs::create_dir_all(folder.join("summer/beach"))?;
        std::fs::create_dir(folder.join("empty"))?;
        random_file(&folder, "cover.jpg", 3 * MIB + 17, 6)?;
        random_file(&folder.join("summer/beach"), "wide.raw", 9 * MIB, 7)?;
        random_file(&folder.join("summer"), "nothing.txt", 0, 8)?;
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc", folder.join("summer/link"))?;
        let crew = Crew::gather(stage, direct::policy()).await?;
        let picked = |app: &mut Desktop| app.will_pick_folder(&folder);
        let sender = crew.direct_seat(stage, &TECHNICIAN, &[], picked).await?;
        let colleague = crew.direct_seat(stage, &COLLEAGUE, &[], |_| {}).await?;
        open_folder_picker(&sender).await?;
        room::share(&sender.page, "All of them").await?;
        let name = "Photos 2026";
        files::offered(&colleague.page, name, TECHNICIAN.name).await?;
        files::answer(&colleague.page, name, true).await?;
        done_on_both(&sender, &colleague, name).await?;
        let came = colleague.app.downloads.join(name);
        for file in ["cover.jpg", "summer/beach/wide.raw", "summer/nothing.txt"] {
            ensure!(direct::same(&folder.join(file), &came.join(file))?, "{file}");
        }
        ensure!(came.join("empty").is_dir(), "a folder without files is there as well");
        ensure!(std::fs::symlink_metadata(came.join("summer/link")).is_err(), "links are not followed");
        Ok(())
    })
    .await
}

async fn open_folder_picker(seat: &Seat) -> Result<()> {
    seat.page.click(&id("more-options")).await?;
    // The item goes with its menu while WebKitGTK's driver is still about its click, which then fails without a word: the tray tells.
    let clicked = seat.page.click(&id("attach-folder")).await;
    let shown = seat.page.see(&id("upload-tray")).await.map(drop);
    shown.with_context(|| format!("the click: {clicked:?}"))
}

/// Row Z20: what the person sees in a window while it goes, in both windows, as pictures to look at.
#[tokio::test]
async fn what_it_looks_like() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let sample = random_file(stage.folder(), "disk image.bin", 1024 * MIB, 9)?;
        let (_crew, sender, colleague) = two_desktops(stage, &sample).await?;
        offer_and_accept(&sender, &colleague, &sample.name).await?;
        reaches(&colleague.page, &sample.name, 64 * MIB, CARRY).await?;
        let leavings = workspace::leavings("direct")?;
        press(&sender.page, &sample.name, "direct-check").await?;
        let code = sender.page.see(&id("direct-code")).await?.attr("data-code").await?;
        press(&colleague.page, &sample.name, "direct-check").await?;
        let theirs = colleague.page.see(&id("direct-code")).await?.attr("data-code").await?;
        ensure!(code.is_some() && code == theirs, "both read the same code: {code:?} and {theirs:?}");
        ensure!(code.as_deref().is_some_and(|code| code.len() >= 6), "six symbols: {code:?}");
        sender.page.shoot(&leavings.join("sender.png")).await?;
        colleague.page.shoot(&leavings.join("receiver.png")).await
    })
    .await
}
