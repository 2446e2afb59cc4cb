//! What people do in a session's room, the same in a browser and in the desktop app.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use fantoccini::Locator;
use serde::Deserialize;

use crate::page::{Page, id};
use crate::wait;

/// One message as the window shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Shown {
    pub own: bool,
    pub delivery: String,
    pub text: String,
}

/// Long enough for the rule of silence (12 s) and the longest pause between two attempts.
pub const RECONNECT: Duration = Duration::from_secs(60);

/// The technician's *New session*; the join link it shows.
pub async fn new_session(page: &Page) -> Result<String> {
    page.click(&id("new-session")).await?;
    let link = page.see(&id("join-link")).await?;
    let link = link.prop("value").await?.context("the link stands in a field")?;
    ensure!(link.contains("/join/"), "{link:?} is a join link");
    online(page).await?;
    Ok(link)
}

/// The code beside it, without dashes.
pub async fn join_code(page: &Page) -> Result<String> {
    let code = page.see(&id("join-code")).await?;
    code.attr("data-code").await?.context("the code as data")
}

/// A customer opens a link, says their name and comes in.
pub async fn join_by_link(page: &Page, link: &str, name: &str) -> Result<()> {
    page.goto(link).await?;
    page.fill(&id("join-name"), name).await?;
    page.click(&id("join-submit")).await
}

/// Waits until the connection's badge says so.
pub async fn connection(page: &Page, state: &str) -> Result<()> {
    let css = format!("{}[data-state=\"{state}\"]", id("connection"));
    page.see_within(&css, RECONNECT).await.map(drop)
}

pub async fn online(page: &Page) -> Result<()> {
    connection(page, "online").await
}

/// Writes and sends; comes back as soon as the message shows as one's own.
pub async fn say(page: &Page, text: &str) -> Result<()> {
    page.fill(&id("composer-input"), text).await?;
    page.click(&id("send")).await?;
    let what = format!("{text:?} as own message in {}", page.name);
    wait::until(&what, wait::STEP, async || {
        Ok(messages(page).await?.iter().any(|shown| shown.own && shown.text.contains(text)))
    })
    .await
}

/// Waits until a message of somebody else with this text is there.
pub async fn hear(page: &Page, text: &str) -> Result<()> {
    let what = format!("{text:?} from somebody else in {}", page.name);
    wait::until(&what, RECONNECT, async || {
        Ok(messages(page).await?.iter().any(|shown| !shown.own && shown.text.contains(text)))
    })
    .await
}

/// Waits until the portal has confirmed every own message.
pub async fn all_sent(page: &Page) -> Result<()> {
    let what = format!("every own message of {} to be sent", page.name);
    wait::until(&what, RECONNECT, async || {
        let shown = messages(page).await?;
        let settled = |message: &Shown| matches!(message.delivery.as_str(), "sent" | "deleted");
        Ok(shown.iter().filter(|message| message.own).all(settled))
    })
    .await
}

/// Every message, in the order shown.
pub async fn messages(page: &Page) -> Result<Vec<Shown>> {
    let script = r#"return [...document.querySelectorAll('[data-testid="message"]')].map((message) => ({
        own: message.dataset.own === 'true', delivery: message.dataset.delivery ?? '', text: message.innerText }));"#;
    Ok(serde_json::from_value(page.run(script, Vec::new()).await?)?)
}

/// Attaches by the desktop app's native dialog (its seam answers).
pub async fn attach_in_app(page: &Page) -> Result<()> {
    page.click(&id("attach")).await?;
    uploaded(page).await
}

/// Attaches by the browser's file field, as its dialog would.
pub async fn attach_in_browser(page: &Page, file: &Path) -> Result<()> {
    page.see(&id("attach")).await?;
    let picker = page.client.find(Locator::Css(&id("file-input"))).await?;
    picker.send_keys(&file.display().to_string()).await?;
    uploaded(page).await
}

/// Waits until the tray holds a file and none of its files is still on its way.
async fn uploaded(page: &Page) -> Result<()> {
    page.see(&id("upload-tray")).await?;
    let running = format!("{} [role=progressbar]", id("upload-tray"));
    page.gone(&running).await
}

/// Sends what stands in the tray, with `caption`; comes back when the portal has confirmed it.
pub async fn share(page: &Page, caption: &str) -> Result<()> {
    say(page, caption).await?;
    page.gone(&id("upload-tray")).await?;
    all_sent(page).await
}

/// A picture of somebody else shows as a thumbnail (rows N07, N15); a click opens it in full.
pub async fn look_at_picture(page: &Page, name: &str, width: u64) -> Result<()> {
    let thumb = format!("{}[title=\"{name}\"]", id("image-thumb"));
    picture_loaded(page, &format!("{thumb} img"), 1).await?;
    page.click(&thumb).await?;
    picture_loaded(page, &format!("{} img", id("viewer")), width).await?;
    page.see(&id("viewer")).await?;
    page.run("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))", Vec::new())
        .await?;
    page.gone(&id("viewer")).await
}

/// Waits until an image has come, at least `width` pixels wide of itself.
pub async fn picture_loaded(page: &Page, css: &str, width: u64) -> Result<()> {
    let script = "const image = document.querySelector(arguments[0]);
        return image && image.complete ? image.naturalWidth : 0;";
    wait::until(&format!("the picture {css} in {}", page.name), wait::STEP, async || {
        let natural = page.run(script, vec![css.into()]).await?;
        Ok(natural.as_u64().unwrap_or(0) >= width)
    })
    .await
}

/// Anything else shows with its name and size (rows N16, N17).
pub async fn see_file(page: &Page, name: &str, size: &str) -> Result<()> {
    let script = r#"return [...document.querySelectorAll('[data-testid="file-card"]')]
        .map((card) => card.getAttribute('aria-label') + ' ' + card.innerText);"#;
    wait::until(&format!("{name} ({size}) in {}", page.name), RECONNECT, async || {
        let cards: Vec<String> = serde_json::from_value(page.run(script, Vec::new()).await?)?;
        Ok(cards.iter().any(|card| card.contains(name) && card.contains(size)))
    })
    .await
}

/// *End session*, confirmed.
pub async fn end(page: &Page) -> Result<()> {
    page.click(&id("end-session")).await?;
    page.click(&id("end-confirm")).await
}
