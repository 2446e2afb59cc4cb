//! Snapshots, recordings and the captures folder in the real window (rows Z02, Z15): who sees what, and what stays in Files.

use std::{io::Read as _, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{AttachmentPolicy, CaptureKind, SessionId};
use deskside_tests::crew::Crew;
use deskside_tests::house::TECHNICIAN;
use deskside_tests::page::{Page, id};
use deskside_tests::samples::{self, Sample};
use deskside_tests::stage::{self, Stage};
use deskside_tests::{files, player, room, video, wait};

const LIMIT: Duration = Duration::from_secs(300);
/// Of the recording: seconds and bytes.
const LENGTH: (u64, u64) = (60, 2 << 20);

/// The row of a capture whose name holds `part`.
const ROW: &str = r#"const row = [...document.querySelectorAll('[data-testid="capture"]')]
    .find((one) => one.textContent.includes(arguments[0]));"#;

async fn choose_folder(page: &Page) -> Result<()> {
    page.click(r#"[aria-label="Back to sessions"]"#).await?;
    page.click(r#"a[href="/settings"]"#).await?;
    page.reads(&id("captures-state"), "Off").await?;
    page.click(&id("captures-choose")).await?;
    page.see(&id("captures-path")).await?;
    page.click(r#"a[href="/"]"#).await?;
    page.click(&id("session-row")).await?;
    room::online(page).await?;
    if !page.is_visible(&id("captures")).await? {
        page.click(r#"[aria-label="People, files and details"]"#).await?;
    }
    page.see(&id("captures")).await.map(drop)
}

/// Waits until the capture whose name holds `part` stands as `state`.
async fn stands(page: &Page, part: &str, state: &str) -> Result<()> {
    let script = format!("{ROW} return row?.dataset.state ?? 'nothing';");
    wait::until(&format!("{part} to be {state}"), wait::STEP, async || {
        Ok(page.run(&script, vec![part.into()]).await? == state)
    })
    .await
}

async fn undo(page: &Page, part: &str) -> Result<()> {
    let script = format!(r#"{ROW} row.querySelector('[data-testid="capture-undo"]').click();"#);
    page.run(&script, vec![part.into()]).await?;
    stands(page, part, "nothing").await
}

/// Takes the whole screen; stops at the question where it should go.
async fn snapshot(page: &Page) -> Result<()> {
    page.click(&id("snapshot")).await?;
    page.click(&id("screen-screen")).await?;
    page.see(&id("snapshot-review")).await.map(drop)
}

/// A capture tool: writes slowly, under another name first.
async fn save_slowly(stage: &Stage, sample: &Sample, folder: &Path) -> Result<()> {
    let mut tool = Command::new("sh");
    let script = r#"for part in 0 1 2 3; do
            dd if="$1" of="$2.part" bs=64 skip=$part seek=$part count=$([ $part = 3 ] && echo 100000 || echo 1) 2>/dev/null
            sleep 0.4
        done
        mv "$2.part" "$2""#;
    tool.args(["-c", script, "tool"]).arg(&sample.path).arg(folder.join(&sample.name));
    let mut tool = stage.spawn("capture-tool", tool)?;
    let ended = tool.end(wait::STEP).await?;
    ensure!(ended.success(), "the tool says {}", tool.said());
    Ok(())
}

/// A film that a technician's tool made, under the name it would give it.
fn recording(stage: &Stage) -> Result<Sample> {
    let (name, path) = ("Screencast.webm".to_owned(), stage.folder().join("Screencast.webm"));
    video::write_webm(&path, LENGTH.0, LENGTH.1)?;
    Ok(Sample { bytes: std::fs::read(&path)?, path, name })
}

/// In Files, beside the transcript: begun, and sought in by its range.
async fn plays_in_files(page: &Page) -> Result<()> {
    page.click(&id("open-in-files")).await?;
    page.click(&id("recording-play")).await?;
    player::until(page, "a second of play", |told| told.at > 1.0).await?;
    player::seek(page, 55.0).await
}

/// Everything of the session as one archive, saved by the app: the transcript in every form, and what was captured.
async fn saves_all(page: &Page, saves: &Path, film: &Sample) -> Result<()> {
    page.click(&id("session-download")).await?;
    page.click(&id("download-zip")).await?;
    let saved = files::saved(page, "Files.zip", saves, wait::STEP).await?;
    let mut archive = zip::ZipArchive::new(std::fs::File::open(saved)?)?;
    for name in ["transcript.txt", "transcript.html", "transcript.json", "manifest.json"] {
        archive.by_name(name).with_context(|| name.to_owned())?;
    }
    let mut bytes = Vec::new();
    archive.by_name(&format!("recordings/{}", film.name))?.read_to_end(&mut bytes)?;
    ensure!(bytes == film.bytes, "the recording is what the tool saved");
    Ok(())
}

async fn file_ids(crew: &Crew, session: SessionId) -> Result<Vec<(String, Option<CaptureKind>)>> {
    let found = crew.house.admin.files_session(crew.house.org, session).await?;
    Ok(found.attachments.into_iter().map(|file| (file.name, file.capture)).collect())
}

#[tokio::test]
async fn snapshots_and_what_a_tool_saves_go_where_the_technician_says() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let captures = stage.subfolder("captures")?;
        Sample::write(&captures, "from before.png", samples::picture()?)?;
        let shot = Sample::write(stage.folder(), "tool shot.png", samples::picture()?)?;
        let film = recording(stage)?;
        let program = Sample::write(stage.folder(), "no picture.png", b"MZ not a picture at all".repeat(40))?;
        let crew = Crew::gather(stage, AttachmentPolicy::default()).await?;
        let session = crew.created.session.id;
        let technician =
            crew.direct_seat(stage, &TECHNICIAN, &[], |app| app.will_pick_folder(&captures)).await?;
        let customer = crew.guest(stage).await?;
        let page = &technician.page;
        choose_folder(page).await.context("the captures folder")?;

        // Into the room: the customer sees the picture of the whole screen.
        snapshot(page).await?;
        page.fill(&format!("{} input", id("snapshot-review")), "This is what I see").await?;
        page.click(&id("snapshot-room")).await?;
        room::hear(&customer.page, "This is what I see").await?;
        room::picture_loaded(&customer.page, &format!("{} img", id("image-thumb")), 1).await?;
        stands(page, "Snapshot 2", "posted").await?;

        // Only to Files: nothing of it reaches the customer.
        let before = room::messages(&customer.page).await?.len();
        snapshot(page).await?;
        page.click(&id("snapshot-files")).await?;
        wait::until("two captures", wait::STEP, async || Ok(page.count(&id("capture")).await? == 2)).await?;
        stands(page, "Only in Files", "posted").await?;

        // Another tool saves into the folder: a picture counts once it is whole, other things never.
        save_slowly(stage, &program, &captures).await?;
        save_slowly(stage, &shot, &captures).await?;
        stands(page, &shot.name, "posted").await.context("what the tool saved")?;
        let private = files::id_of(page, &shot.name).await?;
        files::refused_in_browser(&customer.page, session, &private).await?;
        ensure!(
            room::messages(&customer.page).await?.len() == before,
            "the customer was told of private ones"
        );
        undo(page, &shot.name).await.context("undo")?;
        ensure!(page.count(&id("capture")).await? == 2, "neither the old file nor the program");
        save_slowly(stage, &film, &captures).await?;
        stands(page, &film.name, "posted").await.context("a recording")?;

        // What stays: two pictures of the screen and the recording.
        room::end(page).await?;
        wait::until("the session in Files", wait::STEP, async || Ok(file_ids(&crew, session).await.is_ok()))
            .await?;
        let mut found = file_ids(&crew, session).await?;
        let recorded = found.iter().position(|(_, capture)| *capture == Some(CaptureKind::Recording));
        let (name, _) = found.remove(recorded.context("no recording")?);
        ensure!(name == film.name, "{name}");
        ensure!(found.len() == 2, "{found:?}");
        for (name, capture) in &found {
            ensure!(name.starts_with("Snapshot 2") && name.ends_with(".png"), "{name}");
            ensure!(*capture == Some(CaptureKind::Snapshot), "{name}: {capture:?}");
        }
        let kept = crew.house.admin.files_session(crew.house.org, session).await?.attachments;
        let shot =
            kept.iter().find(|file| file.capture == Some(CaptureKind::Snapshot)).context("no snapshot")?;
        let bytes =
            crew.house.admin.get_bytes(&format!("/sessions/{session}/attachments/{}", shot.id)).await?;
        let picture = image::load_from_memory(&bytes)?;
        let screen: (u32, u32) =
            serde_json::from_value(page.run("return [screen.width, screen.height];", vec![]).await?)?;
        ensure!(
            (picture.width(), picture.height()) == screen,
            "{}x{} of {screen:?}",
            picture.width(),
            picture.height()
        );
        ensure!(picture.to_rgb8().pixels().any(|pixel| pixel.0 != [0, 0, 0]), "the window is on it");
        plays_in_files(page).await.context("the recording in Files")?;
        saves_all(page, &technician.saves, &film).await.context("all of it as one zip")
    })
    .await
}
