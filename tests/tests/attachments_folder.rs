//! Whole folders, dropped on the room as the system drops them: in Chromium and on the desktop window.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{AttachmentPolicy, CustomerAttach};
use deskside_tests::crew::Crew;
use deskside_tests::page::{Page, id};
use deskside_tests::stage;
use deskside_tests::{files, room, samples, wait, xdnd};
use serde_json::json;

const LIMIT: Duration = Duration::from_secs(300);
/// More than one reading of a folder gives (100), and more than one message takes.
const PAGES: usize = 103;

/// Why files are refused under [`policy`].
const EMPTY: &str = "This file is empty. Check it and choose it again.";
const NO_PROGRAM: &str = "Files of this type are not allowed here. Allowed: txt and pdf.";

fn policy() -> AttachmentPolicy {
    AttachmentPolicy {
        customer_attach: CustomerAttach::Always,
        allowed_types: Some(vec!["txt".to_owned(), "pdf".to_owned()]),
        ..AttachmentPolicy::default()
    }
}

/// Waits until exactly these stand in the tray as refused: name, folder and why.
async fn refused(page: &Page, expected: &[(&str, &str, &str)]) -> Result<()> {
    let script =
        "return [...document.querySelectorAll('[data-testid=\"upload-tray\"] li[data-state=refused]')]
        .map((row) => [row.querySelector('bdi').title, row.querySelector('bdi.secondary')?.textContent ?? '',
            row.querySelector('.figures').textContent]).sort();";
    wait::until(&format!("what is refused, with why, in {}", page.name), wait::STEP, async || {
        let shown = page.run(script, Vec::new()).await?;
        ensure!(shown == json!(expected), "{shown}");
        Ok(true)
    })
    .await
}

/// Drops files or folders of the disk onto the middle of the page, as the system would.
async fn drop_on(page: &Page, paths: &[&Path]) -> Result<()> {
    for kind in ["dragEnter", "dragOver", "drop"] {
        let data = json!({ "items": [], "files": paths, "dragOperationsMask": 1 });
        let event = json!({ "type": kind, "x": 600, "y": 400, "data": data });
        page.devtools("Input.dispatchDragEvent", event).await?;
    }
    Ok(())
}

/// Row N18: a folder with folders in it: what may be sent arrives, all of it; what may not says why, and where it lay.
#[tokio::test]
async fn a_folder_is_dropped_in_the_browser() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let folder = stage.subfolder("manual")?;
        let deep = stage.subfolder("manual/chapter/more")?;
        for number in 0..PAGES {
            std::fs::write(folder.join(format!("page {number:03}.txt")), format!("Page {number}"))?;
        }
        std::fs::write(deep.join("last.pdf"), samples::document("Last"))?;
        std::fs::write(deep.join("tool.exe"), "MZ")?;
        std::fs::write(deep.join("nothing.txt"), "")?;
        let crew = Crew::gather(stage, policy()).await?;
        let technician = crew.technician(stage, &[]).await?;
        let customer = crew.guest(stage).await?;
        let page = &customer.page;
        page.see(&id("attach")).await?;
        drop_on(page, &[&folder]).await?;

        page.click(&id("upload-all")).await?;
        let folder = "manual/chapter/more";
        let refusals = [("nothing.txt", folder, EMPTY), ("tool.exe", folder, NO_PROGRAM)];
        refused(page, &refusals).await?;
        let done = format!("{} li[data-state=done]", id("upload-tray"));
        wait::until("every other file to be uploaded", room::RECONNECT, async || {
            Ok(page.count(&done).await? == PAGES + 1)
        })
        .await?;
        room::say(page, "The whole manual").await?;
        room::all_sent(page).await?;

        room::hear(&technician.page, "The whole manual").await?;
        let activity = format!("{} [role=status]", id("activity"));
        let all = format!("{} files", PAGES + 1);
        technician
            .page
            .reads_within(&activity, &all, room::RECONNECT)
            .await
            .context("all that may be sent")?;
        for name in ["page 000.txt", "page 102.txt", "last.pdf"] {
            technician.page.fill(&id("activity-search"), name).await?;
            technician.page.reads(&activity, "1 file,").await.with_context(|| name.to_owned())?;
        }
        technician.page.fill(&id("activity-search"), "tool.exe").await?;
        technician.page.reads(&activity, "No file").await.context("refused")?;
        Ok(())
    })
    .await
}

/// Row N18: a file and a folder are dropped on the desktop window, as a file manager drops them.
#[tokio::test]
async fn a_folder_is_dropped_on_the_desktop_window() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let folder = stage.subfolder("visit")?;
        let notes = stage.subfolder("visit/my notes")?;
        let invoice = stage.folder().join("invoice.pdf");
        std::fs::write(&invoice, samples::document("Invoice"))?;
        for name in ["plan.txt", "list.txt"] {
            std::fs::write(folder.join(name), name)?;
        }
        std::fs::write(notes.join("deep.txt"), "deep")?;
        std::fs::write(notes.join("tool.exe"), "MZ")?;
        let crew = Crew::gather(stage, policy()).await?;
        let technician = crew.technician(stage, &[]).await?;
        let customer = crew.guest(stage).await?;
        let page = &technician.page;
        page.see(&id("attach")).await?;
        xdnd::drop_files(stage.display().await?, vec![invoice, folder]).await?;

        refused(page, &[("tool.exe", "visit/my notes", NO_PROGRAM)]).await?;
        let done = format!("{} li[data-state=done]", id("upload-tray"));
        wait::until("every other file to be uploaded", room::RECONNECT, async || {
            Ok(page.count(&done).await? == 4)
        })
        .await?;
        room::say(page, "All of my visit").await?;
        room::all_sent(page).await?;
        for name in ["invoice.pdf", "plan.txt", "list.txt", "deep.txt"] {
            room::see_file(&customer.page, name, " B").await?;
        }
        ensure!(customer.page.count(&files::card("tool.exe")).await? == 0, "what is refused does not go");
        Ok(())
    })
    .await
}
