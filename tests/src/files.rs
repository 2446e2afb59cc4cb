//! What people do with files that stand in the room, and how those are shown to stand.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::SessionId;
use serde::Deserialize;

use crate::api::Api;
use crate::page::{Page, id};
use crate::samples::Sample;
use crate::wait;

/// Where the outlines of two icons begin (Lucide's *arrow-up* and *paperclip*), as the sender sees them (rows A10, A12).
const UP_ARROW: &str = "m5 12 7-7 7 7";
const PAPER_CLIP: &str = "m16 6-8.414";

/// The card of a file in the timeline, by its name.
#[must_use]
pub fn card(name: &str) -> String {
    format!("{} [data-file][aria-label*=\"{name}\"]", id("message"))
}

/// The id of a file that stands in the room, as the address of its bytes has it.
pub async fn id_of(page: &Page, name: &str) -> Result<String> {
    let card = page.see(&card(name)).await?;
    card.attr("data-file").await?.context("a file has its id")
}

/// Answers an offer: green check or red cross (rows A02, A03).
pub async fn answer(page: &Page, name: &str, accept: bool) -> Result<()> {
    let button = if accept { "file-accept" } else { "file-decline" };
    page.click(&format!("{} {}", card(name), id(button))).await
}

/// Waits until one is asked about a file, as `from` offers it.
pub async fn offered(page: &Page, name: &str, from: &str) -> Result<()> {
    page.reads(&format!("{} {}", card(name), id("file-offer")), from).await
}

/// Waits until a file stands there as accepted: nothing is asked any more.
pub async fn open(page: &Page, name: &str) -> Result<()> {
    page.see(&card(name)).await?;
    page.gone(&format!("{} {}", card(name), id("file-offer"))).await
}

/// Saves by *Save* of the file's menu; comes back when the file lies in `folder`, written to its end.
pub async fn save(page: &Page, name: &str, folder: &Path, limit: Duration) -> Result<PathBuf> {
    let card = card(name);
    // A picture shows the button of its menu while the pointer is over it.
    page.point_at(&card).await?;
    page.click(&format!("{card} {}", id("file-menu"))).await?;
    page.click(&id("file-menu-save")).await?;
    saved(page, name, folder, limit).await
}

/// Waits for a file that is being saved. App and browser write under another name and rename at the end; the browser holds its
/// place with an empty file.
pub async fn saved(page: &Page, name: &str, folder: &Path, limit: Duration) -> Result<PathBuf> {
    let path = folder.join(name);
    wait::until(&format!("{name} saved by {}", page.name), limit, async || {
        Ok(std::fs::metadata(&path).is_ok_and(|about| about.len() > 0))
    })
    .await?;
    Ok(path)
}

/// [`save`], of a file that has to arrive with the very bytes it was sent with.
pub async fn save_whole(page: &Page, sample: &Sample, folder: &Path) -> Result<()> {
    let path = save(page, &sample.name, folder, wait::STEP).await?;
    ensure!(std::fs::read(path)? == sample.bytes, "{} arrives as it was sent", sample.name);
    Ok(())
}

/// Waits until the recipient is told that they have it (row A13).
pub async fn received(page: &Page, name: &str) -> Result<()> {
    page.see(&format!("{} {}", card(name), id("file-received"))).await.map(drop)
}

/// How one's own file stands, as the row shows and says it.
#[derive(Debug, Deserialize)]
struct Standing {
    words: String,
    /// The outline of each icon.
    icons: Vec<String>,
}

/// Waits until a sender reads exactly `expected` of their file, such as "accepted by Carl Customer" (rows A10, A12, A13); answers
/// the icons beside it, "up" and "clip" by their names.
pub async fn stands(page: &Page, name: &str, expected: &[&str]) -> Result<Vec<String>> {
    let script = "const row = document.querySelector(arguments[0]);
        return row && {
            words: row.querySelector('.visually-hidden').textContent,
            icons: [...row.querySelectorAll('path')].map((path) => path.getAttribute('d')),
        };";
    let css = format!("{} {}", card(name), id("file-recipients"));
    let wanted: BTreeSet<String> = expected.iter().map(|&part| part.to_owned()).collect();
    let what = format!("{name} {expected:?} in {}", page.name);
    wait::until_some(&what, wait::STEP, async || {
        let standing: Option<Standing> =
            serde_json::from_value(page.run(script, vec![css.clone().into()]).await?)?;
        let standing = standing.context("no row of recipients")?;
        ensure!(each_of(&standing.words) == wanted, "{:?}", standing.words);
        Ok(Some(standing.icons.iter().map(|outline| icon(outline)).collect()))
    })
    .await
}

/// "accepted by Ann and Bob, declined by Eve. Show who" as one entry for each person; "sent, not accepted yet" loses its "sent".
fn each_of(words: &str) -> BTreeSet<String> {
    let words = words.trim().trim_end_matches(". Show who").replace("sent, not", "not");
    let states = words.split(", ");
    let people = |state: &str| -> Vec<String> {
        let Some((what, names)) = state.rsplit_once(" by ") else { return vec![state.to_owned()] };
        names.split(" and ").map(|name| format!("{what} by {name}")).collect()
    };
    states.flat_map(people).collect()
}

fn icon(outline: &str) -> String {
    let known = [(UP_ARROW, "up"), (PAPER_CLIP, "clip")];
    let name = known.iter().find(|(start, _)| outline.starts_with(start)).map_or("other", |(_, name)| name);
    name.to_owned()
}

/// The portal gives somebody not a byte of a file, original or thumbnail (row A11).
pub async fn refused(api: &Api, session: SessionId, file: &str) -> Result<()> {
    for path in ["", "/thumbnail"] {
        let (status, code) = api.status(&format!("/sessions/{session}/attachments/{file}{path}")).await?;
        ensure!(status == 403, "{path:?} of a file that is not accepted: {status} {code}");
    }
    Ok(())
}

/// [`refused`], asked by a page of the browser with its own cookies.
pub async fn refused_in_browser(page: &Page, session: SessionId, file: &str) -> Result<()> {
    let script = "const done = arguments[arguments.length - 1];
        Promise.all(['', '/thumbnail'].map((path) => fetch(arguments[0] + path).then((answer) => answer.status)))
            .then(done, (error) => done(`${error}`));";
    let address = format!("/api/v1/sessions/{session}/attachments/{file}");
    let statuses = page.client.execute_async(script, vec![address.into()]).await?;
    ensure!(statuses == serde_json::json!([403, 403]), "of a file that is not accepted: {statuses}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_by_themselves() {
        let said = each_of("accepted by Ann and Bob, declined by Eve. Show who");
        let expected = ["accepted by Ann", "accepted by Bob", "declined by Eve"];
        assert_eq!(said, expected.map(str::to_owned).into());
    }
}
