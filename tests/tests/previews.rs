//! Documents in place (row Z21): in the desktop window and in Chromium, stored and direct, friendly and hostile.

use std::time::Duration;

use anyhow::{Result, ensure};
use deskside_proto::AttachmentPolicy;
use deskside_tests::crew::Crew;
use deskside_tests::documents::{self, DOCUMENTS};
use deskside_tests::house::TECHNICIAN;
use deskside_tests::page::id;
use deskside_tests::samples::{self, Sample};
use deskside_tests::stage::{self, Stage};
use deskside_tests::{axe, direct, files, golden, room, workspace};

const LIMIT: Duration = Duration::from_secs(600);
/// A small file from one to the other.
const CARRY: Duration = Duration::from_secs(60);
/// Files of one message that it shows at once.
const AT_ONCE: usize = 6;

fn all(stage: &Stage) -> Result<Vec<Sample>> {
    let folder = stage.subfolder("documents")?;
    DOCUMENTS.iter().map(|document| document.sample(&folder)).collect()
}

/// Row Z21: every format opens, shows its first words and its next page, sheet or slide, and closes; for who sent it from the
/// desktop window, and for who got it with nothing installed.
#[tokio::test]
async fn every_format_is_read_in_the_window_and_in_the_browser() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let samples = all(stage)?;
        let crew = Crew::gather(stage, AttachmentPolicy::default()).await?;
        let picked: Vec<Vec<&Sample>> = samples.chunks(AT_ONCE).map(|some| some.iter().collect()).collect();
        let picked: Vec<&[&Sample]> = picked.iter().map(Vec::as_slice).collect();
        let seat = crew.technician(stage, &picked).await?;
        let guest = crew.guest(stage).await?;
        let (technician, customer) = (&seat.page, &guest.page);
        for documents in DOCUMENTS.chunks(AT_ONCE) {
            room::attach_in_app(technician).await?;
            room::share(technician, &format!("Beginning with {}", documents[0].name)).await?;
            for document in documents {
                documents::read(technician, document).await?;
                documents::read(customer, document).await?;
            }
        }
        Ok(())
    })
    .await
}

/// Row Z21: axe finds nothing in the viewer, whatever it shows; pictures are left to look at.
#[tokio::test]
async fn the_viewer_is_accessible() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let samples = all(stage)?;
        let crew = Crew::gather(stage, direct::policy()).await?;
        let customer = crew.guest(stage).await?.page;
        let pictures = workspace::leavings("screenshots/previews")?;
        let mut kinds = Vec::new();
        let mut findings = Vec::new();
        for (document, sample) in DOCUMENTS.iter().zip(&samples) {
            if kinds.contains(&document.kind) {
                continue;
            }
            kinds.push(document.kind);
            room::attach_in_browser(&customer, &sample.path).await?;
            room::share(&customer, document.name).await?;
            documents::open(&customer, document.name).await?;
            documents::shows(&customer, document.kind, document.first).await?;
            for (width, height) in [(1280, 900), (390, 844)] {
                customer.viewport(width, height).await?;
                customer.shoot(&pictures.join(format!("{}-{width}.png", document.kind))).await?;
                if let Err(found) = axe::check(&customer, &format!("{}, {width} px", document.name)).await {
                    findings.push(format!("{found:#}"));
                }
            }
            documents::close(&customer).await?;
        }
        ensure!(kinds.len() == 6, "every kind of content was looked at: {kinds:?}");
        ensure!(findings.is_empty(), "axe found:\n{}", findings.join("\n\n"));
        Ok(())
    })
    .await
}

/// Rows Z20 Z21: a file that went from peer to peer is read in place too, by both, and the portal never had it.
#[tokio::test]
async fn direct_documents_are_read_in_place() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let policy = AttachmentPolicy { stored_max_bytes: 1, ..direct::policy() };
        let crew = Crew::gather(stage, policy).await?;
        let folder = stage.subfolder("documents")?;
        let (letter, budget) = (&DOCUMENTS[0], &DOCUMENTS[6]);
        let (sent, answered) = (letter.sample(&folder)?, budget.sample(&folder)?);
        let technician = crew.direct_seat(stage, &TECHNICIAN, &[&[&sent]], |_| {}).await?;
        let customer = crew.guest(stage).await?;
        // Nobody can press the buttons of Chromium's own dialogs: without them it saves as Firefox and Safari do.
        let script = "delete window.showSaveFilePicker; delete window.showDirectoryPicker;";
        customer.page.run(script, Vec::new()).await?;

        room::attach_in_app(&technician.page).await?;
        room::share(&technician.page, "Straight to you").await?;
        files::answer(&customer.page, letter.name, true).await?;
        direct::stands(&customer.page, letter.name, "done", CARRY).await?;
        direct::stands(&technician.page, letter.name, "done", CARRY).await?;
        documents::read(&customer.page, letter).await?;
        documents::read(&technician.page, letter).await?;

        room::attach_in_browser(&customer.page, &answered.path).await?;
        room::share(&customer.page, "And back").await?;
        files::answer(&technician.page, budget.name, true).await?;
        direct::stands(&technician.page, budget.name, "done", CARRY).await?;
        documents::read(&technician.page, budget).await?;
        documents::read(&customer.page, budget).await?;

        let picture = Sample::write(&folder, "window.png", samples::picture()?)?;
        room::attach_in_browser(&customer.page, &picture.path).await?;
        room::share(&customer.page, "And what I see").await?;
        files::answer(&technician.page, &picture.name, true).await?;
        direct::stands(&technician.page, &picture.name, "done", CARRY).await?;
        for page in [&technician.page, &customer.page] {
            documents::open(page, &picture.name).await?;
            room::picture_loaded(page, &format!("{} img", id("viewer")), 960).await?;
            documents::close(page).await?;
        }
        Ok(())
    })
    .await
}

/// Row Z21: a document that attacks, that is broken or that is not what its name says ends in a sentence or in what can be read;
/// window and browser go on.
#[tokio::test]
async fn hostile_documents_leave_the_app_alone() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let folder = stage.subfolder("documents")?;
        let write = |name, bytes| Sample::write(&folder, name, bytes);
        let hostile = [
            write("bomb.docx", documents::bomb(200)?)?,
            write("abyss.docx", documents::abyss(100_000)?)?,
            write("broken.xlsx", b"PK\x03\x04 and nothing else that a workbook has".repeat(40))?,
            write("lies.pptx", b"{\\rtf1 Not a \\b talk\\b0\\par}".to_vec())?,
        ];
        let fine = DOCUMENTS[0].sample(&folder)?;
        let mut picked: Vec<&Sample> = hostile.iter().collect();
        picked.push(&fine);
        let crew = Crew::gather(stage, AttachmentPolicy::default()).await?;
        let seat = crew.technician(stage, &[&picked]).await?;
        let guest = crew.guest(stage).await?;
        let (technician, customer) = (&seat.page, &guest.page);
        room::attach_in_app(technician).await?;
        room::share(technician, "What is this?").await?;
        for page in [technician, customer] {
            documents::open(page, "bomb.docx").await?;
            documents::shows(page, "flow", "x").await?;
            documents::close(page).await?;
            documents::open(page, "abyss.docx").await?;
            page.see(&format!("{}, {}", id("preview"), id("preview-failed"))).await?;
            documents::close(page).await?;
            documents::open(page, "broken.xlsx").await?;
            page.reads(&id("preview-failed"), "This file is damaged and cannot be shown").await?;
            documents::close(page).await?;
            documents::open(page, "lies.pptx").await?;
            documents::shows(page, "flow", "Not a talk").await?;
            page.reads(&id("viewer"), "Its name says otherwise, but this is a rich text").await?;
            documents::close(page).await?;
            documents::read(page, &DOCUMENTS[0]).await?;
            room::say(page, "Still here").await?;
            room::all_sent(page).await?;
        }
        Ok(())
    })
    .await
}

/// Row Z21: pages, grid and slides are drawn as they were when somebody last looked at them, and none of them as another one.
#[tokio::test]
async fn documents_look_as_they_did() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let folder = stage.subfolder("documents")?;
        let crew = Crew::gather(stage, direct::policy()).await?;
        let customer = crew.guest(stage).await?.page;
        customer.viewport(1280, 900).await?;
        let mut shots = Vec::new();
        for (document, name) in [(0, "letter"), (6, "budget"), (12, "talk")] {
            let document = &DOCUMENTS[document];
            room::attach_in_browser(&customer, &document.sample(&folder)?.path).await?;
            room::share(&customer, document.name).await?;
            documents::open(&customer, document.name).await?;
            documents::shows(&customer, document.kind, document.first).await?;
            // Pictures and fonts have come.
            let drawn = "const done = arguments[arguments.length - 1];
                const pictures = [...document.querySelectorAll('[data-testid=preview] img')];
                Promise.all([document.fonts.ready, ...pictures.map((picture) => picture.decode())])
                    .then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));";
            customer.client.execute_async(drawn, Vec::new()).await?;
            let shot = customer.see(&id("preview")).await?.screenshot().await?;
            golden::compare(&format!("preview-{name}"), &shot)?;
            shots.push(shot);
            documents::close(&customer).await?;
        }
        ensure!(golden::differs("preview-letter", &shots[2])?, "a talk does not pass for a letter");
        Ok(())
    })
    .await
}
