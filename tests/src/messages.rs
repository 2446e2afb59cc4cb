//! What people do with a message that stands in the room: by the bar and menu beside it, and by keys.

use anyhow::{Context as _, Result, ensure};
use fantoccini::key::Key;
use serde::Deserialize;

use crate::page::{Page, id};
use crate::wait;

/// A message as it is shown, by what people can see of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Chat {
    /// Without names, times and marks; empty for a deleted one.
    pub text: String,
    pub deleted: bool,
    pub edited: bool,
    /// The words of the message it answers.
    pub quote: Option<String>,
    /// Each emoji with how many gave it, and whether oneself did.
    pub reactions: Vec<(String, u32, bool)>,
}

/// Every message, in the order shown.
pub async fn shown(page: &Page) -> Result<Vec<Chat>> {
    let script = r#"return [...document.querySelectorAll('[data-testid="message"]')].map((message) => ({
        text: message.querySelector('.bubble')?.innerText.trim() ?? '',
        deleted: message.dataset.delivery === 'deleted',
        edited: message.querySelector('[data-testid="edited"]') !== null,
        quote: message.querySelector('[data-testid="quote"] .words')?.innerText.trim() ?? null,
        reactions: [...message.querySelectorAll('[data-testid="reaction"]')].map((chip) =>
            [chip.dataset.emoji, Number(chip.innerText.replace(/\D/g, '')), chip.ariaPressed === 'true']),
    }));"#;
    Ok(serde_json::from_value(page.run(script, Vec::new()).await?)?)
}

/// Waits until what is shown of all messages is `fact`.
pub async fn until(page: &Page, what: &str, fact: impl Fn(&[Chat]) -> bool) -> Result<()> {
    let seen =
        wait::until(&format!("{what} in {}", page.name), wait::STEP, async || Ok(fact(&shown(page).await?)))
            .await;
    match seen {
        Ok(()) => Ok(()),
        Err(error) => Err(error.context(format!("{:#?}", shown(page).await?))),
    }
}

/// Waits until a message with exactly this text is there, edited or not.
pub async fn reads(page: &Page, text: &str, edited: bool) -> Result<()> {
    until(page, text, |all| all.iter().any(|chat| chat.text == text && chat.edited == edited)).await
}

/// Waits until the message with `text` has exactly these reactions.
pub async fn reacted(page: &Page, text: &str, reactions: &[(&str, u32, bool)]) -> Result<()> {
    let expected: Vec<_> =
        reactions.iter().map(|(emoji, count, own)| ((*emoji).to_owned(), *count, *own)).collect();
    until(page, &format!("{expected:?} on {text:?}"), |all| {
        all.iter().any(|chat| chat.text == text && chat.reactions == expected)
    })
    .await
}

/// The selector of the message whose words hold `text`, as soon as it is there.
pub async fn find(page: &Page, text: &str) -> Result<String> {
    let script = r#"const all = [...document.querySelectorAll('[data-testid="message"]')];
        return all.find((message) => message.querySelector('.bubble')?.innerText.includes(arguments[0]))?.dataset.key;"#;
    let key = wait::until_some(&format!("{text:?} in {}", page.name), wait::STEP, async || {
        Ok(page.run(script, vec![text.into()]).await?.as_str().map(str::to_owned))
    })
    .await?;
    Ok(format!("[data-key=\"{key}\"]"))
}

/// Brings the pointer over the message: its bar comes up.
async fn point_at(page: &Page, text: &str) -> Result<String> {
    let message = find(page, text).await?;
    page.point_at(&id("composer-input")).await?;
    page.point_at(&message).await?;
    page.see(&format!("{message} {}", id("message-bar"))).await.context("the pointer brings the bar")?;
    Ok(message)
}

/// An action of the bar beside the message (a test id).
pub async fn from_bar(page: &Page, text: &str, action: &str) -> Result<()> {
    let message = point_at(page, text).await?;
    page.click(&format!("{message} {}", id(action))).await
}

/// An action of *More* (a test id).
pub async fn from_menu(page: &Page, text: &str, action: &str) -> Result<()> {
    from_bar(page, text, "message-menu").await?;
    page.click(&id(action)).await
}

/// One of the emoji that are offered first.
pub async fn quick_reaction(page: &Page, text: &str) -> Result<String> {
    from_bar(page, text, "react").await?;
    let first = page.see(&id("quick-reaction")).await?;
    let emoji = first.text().await?;
    page.click(&id("quick-reaction")).await?;
    Ok(emoji)
}

/// Any emoji, by what it is called.
pub async fn searched_reaction(page: &Page, text: &str, name: &str) -> Result<()> {
    from_bar(page, text, "react").await?;
    page.click(&id("more-reactions")).await?;
    page.fill(&id("emoji-search"), name).await?;
    page.press(Key::Enter).await?;
    page.gone(&id("emoji-picker")).await
}

/// Gives a reaction, or takes it back, by its chip below the message.
pub async fn toggle(page: &Page, text: &str, emoji: &str) -> Result<()> {
    let message = find(page, text).await?;
    page.click(&format!("{message} {}[data-emoji=\"{emoji}\"]", id("reaction"))).await
}

/// Replies by the bar.
pub async fn reply(page: &Page, to: &str, text: &str) -> Result<()> {
    from_bar(page, to, "reply").await?;
    page.see(&id("reply-banner")).await?;
    page.fill(&id("composer-input"), text).await?;
    page.press(Key::Enter).await?;
    page.gone(&id("reply-banner")).await
}

/// Opens the edit of a message; its words stand in the composer.
pub async fn begin_edit(page: &Page, text: &str) -> Result<()> {
    from_menu(page, text, "edit-message").await?;
    page.see(&id("edit-banner")).await.map(drop)
}

/// Edits a message to its end: Enter sends it.
pub async fn edit(page: &Page, text: &str, changed: &str, notify: bool) -> Result<()> {
    begin_edit(page, text).await?;
    if notify {
        page.click(&id("edit-notify")).await?;
    }
    page.fill(&id("composer-input"), changed).await?;
    page.press(Key::Enter).await?;
    page.gone(&id("edit-banner")).await
}

/// *Delete*, confirmed by *Yes, go ahead*.
pub async fn delete(page: &Page, text: &str) -> Result<()> {
    from_menu(page, text, "delete-message").await?;
    asked(page).await?;
    // WebKit's driver gives no text for what is cut off by an ellipsis, should it be too long.
    let words =
        page.run("return document.querySelector(arguments[0]).innerText", vec![id("delete-confirm").into()]);
    ensure!(words.await? == "Yes, go ahead", "the button says so");
    page.click(&id("delete-confirm")).await?;
    page.gone(&id("delete-confirm")).await
}

/// Waits until the question before a deletion stands there and has the focus.
pub async fn asked(page: &Page) -> Result<()> {
    let script = "return document.activeElement?.closest('[role=dialog], [role=alertdialog]') !== null";
    wait::until(&format!("the question in {}", page.name), wait::STEP, async || {
        Ok(page.run(script, Vec::new()).await? == true)
    })
    .await?;
    page.see(&id("delete-confirm")).await.map(drop)
}
