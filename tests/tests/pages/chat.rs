//! The states of a conversation: what is open over it, beside it and in it.

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{ChangePolicy, OrgSettings, Seq, SessionId, WhoMay};
use deskside_session::Intent;
use deskside_tests::house::{CUSTOMER, House, TECHNICIAN};
use deskside_tests::page::{Page, id};
use deskside_tests::portal::{ADMIN, Person};
use deskside_tests::stage::{self, Stage};
use deskside_tests::wire::WireClient;
use deskside_tests::{messages, room, samples, wait};
use deskside_timeline::Target;
use fantoccini::key::Key;
use serde_json::json;

use crate::{LIMIT, SIZES, chromium, look, look_when};

const OWN: &str = "Please do this";
const LAST: &str = "Is that mail from you?";

/// Accessibility of the chat in all its states, by axe: no violation.
#[tokio::test]
async fn every_state_of_the_chat_is_accessible_and_drawn() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let house = House::open(stage).await?;
        let created = house.technician.create_session(house.org, "Printer prints blank pages").await?;
        let session = created.session.id;
        let customer = chromium(stage, "customer", &house.portal).await?;
        room::join_by_link(&customer, &created.join.link, "Mia Chen").await?;
        room::online(&customer).await?;
        converse(&house, session, &created.join.link).await?;
        let technician = technician_in(stage, &house, session).await?;
        for page in [&technician, &customer] {
            messages::find(page, LAST).await?;
            nothing_is_covered(page).await?;
        }
        let mut findings = Vec::new();
        pickers(&technician, &mut findings).await?;
        panels(&technician, &mut findings).await?;
        writing(&technician, &house, &mut findings).await?;
        look(&customer, "chat-customer", &mut findings).await?;
        canned_replies(stage, &house, &technician, &mut findings).await?;
        technician.close().await?;
        customer.close().await?;
        ensure!(findings.is_empty(), "axe found:\n{}", findings.join("\n\n"));
        Ok(())
    })
    .await
}

/// A window of `person`, signed in.
async fn signed_in(stage: &Stage, house: &House, person: &Person) -> Result<Page> {
    let page = chromium(stage, person.name, &house.portal).await?;
    page.goto(house.portal.url()).await?;
    page.fill(&id("sign-in-email"), person.email).await?;
    page.fill(&id("sign-in-password"), person.password).await?;
    page.click(&id("sign-in-submit")).await?;
    page.see(&id("new-session")).await?;
    Ok(page)
}

async fn technician_in(stage: &Stage, house: &House, session: SessionId) -> Result<Page> {
    let page = signed_in(stage, house, &TECHNICIAN).await?;
    page.goto(&format!("{}/s/{session}", house.portal.url())).await?;
    room::online(&page).await?;
    Ok(page)
}

/// Messages of every kind, by a technician and a customer without windows.
async fn converse(house: &House, session: SessionId, link: &str) -> Result<()> {
    let mut tina = WireClient::open(&house.technician, session);
    tina.until_online().await?;
    let (_, guest) = house.technician.join(link, CUSTOMER).await?;
    let mut carl = WireClient::open(&guest, session);
    carl.until_online().await?;
    carl.post("Hello! Since this morning our printer in the front office only prints **blank pages**. It did that once before, in March, and then a colleague of yours came by with a new drum and it was over within the hour.")?;
    let hello = place(&mut tina, "Hello!").await?;
    carl.post("Any idea?")?;
    let picture = house.technician.upload(session, "window.png", &samples::picture()?).await?;
    let document =
        house.technician.upload(session, "service 17.pdf", &samples::document("Service 17")).await?;
    let post = |text: &str, reply_to, attachments, private| Intent::Post {
        text: text.to_owned(),
        reply_to,
        attachments,
        mentions: Vec::new(),
        private,
    };
    tina.intend(post("It looks like the *imaging drum*:", Some(hello), vec![picture, document], false))?;
    tina.intend(post("Drum was due in March, see ticket 4211.", None, Vec::new(), true))?;
    tina.intend(post(
        &format!("{OWN}:\n\n1. Open the **front cover**\n2. Shake the cartridge, _five or six_ times\n\n```sh\nGet-PrintJob -PrinterName \"Front office\" | Remove-PrintJob\n```\nand print https://example.org/test"),
        None,
        Vec::new(),
        false,
    ))?;
    let steps = place(&mut carl, OWN).await?;
    tina.intend(post("Then tell me what it prnts.", None, Vec::new(), false))?;
    let typo = place(&mut carl, "prnts").await?;
    let text = "Then tell me what it prints.".to_owned();
    tina.intend(Intent::Edit { target: Target::Seq(typo), text, notify: false })?;
    carl.post("My password is swordfish")?;
    let secret = place(&mut tina, "swordfish").await?;
    carl.intend(Intent::Delete { target: Target::Seq(secret) })?;
    for (wire, emoji) in [(&carl, "👍"), (&carl, "🎉"), (&tina, "👍")] {
        wire.intend(Intent::React { target: Target::Seq(steps), emoji: emoji.to_owned() })?;
    }
    carl.post("Done!")?;
    carl.post(LAST)?;
    place(&mut tina, LAST).await.map(drop)
}

/// Where the message that begins with, or holds, `text` stands.
async fn place(wire: &mut WireClient, text: &str) -> Result<Seq> {
    let find = |seen: &deskside_tests::wire::Seen| {
        seen.events().find_map(|event| match &event.body {
            deskside_proto::EventBody::MessagePosted(message) if message.text.contains(text) => {
                Some(event.seq)
            }
            _ => None,
        })
    };
    let seen = wire.until(text, wait::STEP, |seen| find(seen).is_some()).await?;
    find(&seen).context("it was seen")
}

/// The bar beside a message lies over no words, is whole on the screen, and its buttons are large enough to hit.
async fn nothing_is_covered(page: &Page) -> Result<()> {
    let script = r#"const done = arguments[arguments.length - 1];
        const timeline = document.querySelector('[data-testid="timeline"]');
        const frame = timeline.parentElement.getBoundingClientRect();
        const found = [];
        let bars = 0;
        const drawn = () => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
        (async () => {
            // The rows of another width are measured anew until their list stays as high as it is.
            for (let height = -1; height !== timeline.offsetHeight; await drawn()) height = timeline.offsetHeight;
            const words = [];
            const texts = document.createTreeWalker(timeline, NodeFilter.SHOW_TEXT);
            for (let node = texts.nextNode(); node; node = texts.nextNode()) {
                if (node.parentElement.closest('.visually-hidden')) continue;
                const range = document.createRange();
                range.selectNodeContents(node);
                for (const rect of range.getClientRects()) if (rect.width > 2) words.push([node.data.trim(), rect]);
            }
            for (const message of timeline.querySelectorAll('[data-testid="message"]')) {
                message.focus({ preventScroll: true });
                await drawn();
                const bar = message.querySelector('[data-testid="message-bar"]');
                if (!bar) continue;
                bars += 1;
                const one = bar.getBoundingClientRect();
                if (one.left < frame.left || one.right > frame.right) found.push(`${message.ariaLabel}: out of sight`);
                for (const [text, { left, right, top, bottom }] of words)
                    if (left < one.right && right > one.left && top < one.bottom && bottom > one.top)
                        found.push(`${message.ariaLabel}: over ${text}`);
                for (const button of bar.querySelectorAll('button')) {
                    const { width, height } = button.getBoundingClientRect();
                    if (width < 24 || height < 24) found.push(`${button.ariaLabel}: ${width} x ${height}`);
                }
            }
            done({ bars, found });
        })().catch((error) => done({ bars: 0, found: [String(error)] }));"#;
    for (width, height) in SIZES.into_iter().chain([(760, 800)]) {
        page.viewport(width, height).await?;
        messages::find(page, LAST).await?;
        let answer = page.client.execute_async(script, Vec::new()).await?;
        ensure!(answer["found"] == json!([]), "{}, {width} px: {answer:#}", page.name);
        ensure!(answer["bars"].as_u64() >= Some(4), "{}, {width} px: {answer}", page.name);
    }
    page.viewport(1280, 800).await
}

/// Waits until all of it is on the screen.
async fn whole(page: &Page, css: &str) -> Result<()> {
    let script =
        "const { left, right, top, bottom } = document.querySelector(arguments[0]).getBoundingClientRect();
        return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && right > left;";
    wait::until(&format!("all of {css}"), wait::STEP, async || {
        Ok(page.run(script, vec![css.into()]).await? == true)
    })
    .await
}

/// What opens beside a message.
async fn pickers(page: &Page, findings: &mut Vec<String>) -> Result<()> {
    let message = messages::find(page, OWN).await?;
    page.run("document.querySelector(arguments[0]).focus()", vec![message.as_str().into()]).await?;
    page.see(&id("message-bar")).await?;
    look(page, "chat", findings).await?;
    page.click(&format!("{message} {}", id("message-menu"))).await?;
    page.see(&id("message-menu-list")).await?;
    look_when(page, "chat-menu", findings, async || whole(page, &id("message-menu-list")).await).await?;
    page.press(Key::Escape).await?;
    page.gone(&id("message-menu-list")).await?;
    messages::from_bar(page, OWN, "react").await?;
    page.see(&id("quick-reaction")).await?;
    look_when(page, "chat-react", findings, async || whole(page, &id("quick-reaction")).await).await?;
    page.click(&id("more-reactions")).await?;
    page.see(&id("emoji-picker")).await?;
    look_when(page, "chat-emoji", findings, async || whole(page, &id("emoji-picker")).await).await?;
    page.fill(&id("emoji-search"), "hand").await?;
    page.see("[data-testid=\"emoji-picker\"] [data-cell]").await?;
    // A skin tone, as the list gives it.
    let tone = "const list = document.querySelector('[data-testid=\"emoji-picker\"] select');
        list.value = '3'; list.dispatchEvent(new Event('change', { bubbles: true })); list.focus();";
    page.run(tone, Vec::new()).await?;
    wait::until("hands of that tone", wait::STEP, async || {
        let cells = "return [...document.querySelectorAll('[data-cell]')].some((cell) => cell.innerText.includes('🏽'))";
        Ok(page.run(cells, Vec::new()).await? == true)
    })
    .await?;
    look_when(page, "chat-emoji-found", findings, async || whole(page, &id("emoji-picker")).await).await?;
    page.fill(&id("emoji-search"), "xyzzy").await?;
    page.see("[data-testid=\"emoji-picker\"] [role=status]").await?;
    look_when(page, "chat-emoji-none", findings, async || whole(page, &id("emoji-picker")).await).await?;
    page.press(Key::Escape).await?;
    page.gone(&id("emoji-picker")).await
}

/// What opens beside the conversation.
async fn panels(page: &Page, findings: &mut Vec<String>) -> Result<()> {
    page.click(&id("search")).await?;
    page.see(&id("search-panel")).await?;
    look(page, "chat-search", findings).await?;
    page.fill(&id("search-field"), "cover").await?;
    page.reads(&id("search-hit"), "Open the front cover").await?;
    ensure!(!page.text(&id("search-hit")).await?.contains("**"), "as people read it");
    look(page, "chat-search-found", findings).await?;
    page.fill(&id("search-field"), "xyzzy").await?;
    page.gone(&id("search-hit")).await?;
    look(page, "chat-search-none", findings).await?;
    page.press(Key::Escape).await?;
    page.gone(&id("search-panel")).await?;
    open_panel(page).await?;
    page.click(MUTE).await?;
    look_when(page, "chat-muted", findings, async || open_panel(page).await).await?;
    open_panel(page).await?;
    page.click(MUTE).await
}

const MUTE: &str = ".side-panel [role=switch]";

/// A window that becomes narrow closes the panel, which would lie over what one is writing.
async fn open_panel(page: &Page) -> Result<()> {
    if !page.is_visible(".side-panel").await? {
        page.click("button[aria-label=\"People, files and details\"]").await?;
    }
    page.see(MUTE).await?;
    page.run("document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })", vec![MUTE.into()])
        .await
        .map(drop)
}

/// What the composer is about to do, and what the portal refused.
async fn writing(page: &Page, house: &House, findings: &mut Vec<String>) -> Result<()> {
    page.click(&id("private-note")).await?;
    page.fill(&id("composer-input"), "They never reboot.").await?;
    look(page, "chat-private", findings).await?;
    // Emptied as people do: the driver's own way tells the page nothing.
    page.fill(&id("composer-input"), ".").await?;
    page.press(Key::Backspace).await?;
    page.click(&id("private-note")).await?;
    messages::from_bar(page, LAST, "reply").await?;
    page.see(&id("reply-banner")).await?;
    look(page, "chat-reply", findings).await?;
    page.press(Key::Escape).await?;
    messages::from_menu(page, OWN, "delete-message").await?;
    messages::asked(page).await?;
    look(page, "chat-delete", findings).await?;
    page.press(Key::Escape).await?;
    page.gone(&id("delete-confirm")).await?;
    messages::begin_edit(page, "Then tell me").await?;
    look(page, "chat-edit", findings).await?;
    let mut settings = OrgSettings::default();
    settings.chat.edit = ChangePolicy { by: WhoMay::Nobody, ..settings.chat.edit };
    house.admin.put_settings(house.org, &settings).await?;
    page.fill(&id("composer-input"), "Tell me what it prints, please.").await?;
    page.press(Key::Enter).await?;
    page.see(&id("failed-change")).await?;
    look(page, "chat-refused", findings).await?;
    page.click(&format!("{} button:last-of-type", id("failed-change"))).await.context("Discard")?;
    page.gone(&id("failed-change")).await
}

/// Replies that admins keep ready in Settings, offered after a slash.
async fn canned_replies(stage: &Stage, house: &House, page: &Page, findings: &mut Vec<String>) -> Result<()> {
    let admin = signed_in(stage, house, &ADMIN).await?;
    admin.goto(&format!("{}/settings", house.portal.url())).await?;
    for (shortcut, text) in [
        ("thanks", "Thank you for waiting. Can you read me the **number** at the bottom of the window?"),
        ("wait", "One moment, please."),
    ] {
        admin.click(&id("reply-new")).await?;
        admin.fill(&id("reply-shortcut"), shortcut).await?;
        admin.fill(&id("reply-text"), text).await?;
        admin.click(&id("reply-save")).await?;
        admin.reads("#main", &format!("/{shortcut}")).await?;
    }
    let bring = async |css: &str| {
        let script = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })";
        admin.run(script, vec![css.into()]).await.map(drop)
    };
    look_when(&admin, "settings-replies", findings, async || bring(&id("reply-new")).await).await?;
    admin.click(&id("reply-new")).await?;
    admin.click(&id("reply-save")).await?;
    admin.see("[aria-invalid=true]").await?;
    look_when(&admin, "settings-reply-wrong", findings, async || bring(&id("reply-text")).await).await?;
    admin.close().await?;

    page.reload().await?;
    room::online(page).await?;
    messages::find(page, LAST).await?;
    // The replies come a moment after the room.
    wait::until("the list after a slash", wait::STEP, async || {
        page.fill(&id("composer-input"), "/").await?;
        page.is_visible(&id("suggestions")).await
    })
    .await?;
    look(page, "chat-replies", findings).await?;
    page.fill(&id("composer-input"), "@").await?;
    page.see(&id("suggestions")).await?;
    look(page, "chat-people", findings).await
}
