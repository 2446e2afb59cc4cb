//! What people do with files: a technician in the desktop window, a customer in Chromium, under the organisation's policy.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::api::CreatedSession;
use deskside_proto::{Consent, CustomerAttach, OrgSettings, SendMode};
use deskside_tests::desktop::{self, Bus, Desktop};
use deskside_tests::house::{CUSTOMER, House, TECHNICIAN};
use deskside_tests::page::{Page, id};
use deskside_tests::samples::{self, Sample};
use deskside_tests::stage::{self, Stage};
use deskside_tests::webdriver::{self, Look};
use deskside_tests::{room, wait};

const LIMIT: Duration = Duration::from_secs(300);

/// A technician in the desktop app, whose picker answers with files of its own, and a customer in Chromium.
struct Talk {
    created: CreatedSession,
    technician: Page,
    customer: Page,
    _house: House,
    _app: Desktop,
}

impl Talk {
    /// `picked`: what each opening of the technician's picker answers, in order.
    async fn begin(stage: &Stage, settings: &OrgSettings, picked: &[&[&str]]) -> Result<Self> {
        let house = House::open(stage).await?;
        house.admin.put_settings(house.org, settings).await?;
        let created = house.technician.create_session(house.org, "Files").await?;
        let mut app = Desktop::install(stage, "technician", &house.portal, Bus::Bare).await?;
        let folder = stage.subfolder("picks")?;
        for (turn, names) in picked.iter().enumerate() {
            let at_once = folder.join(format!("{turn:02}"));
            std::fs::create_dir(&at_once)?;
            for name in *names {
                Sample::write(&at_once, name, content(name)?)?;
            }
        }
        app.will_pick(&folder);
        let technician = app.open(stage).await?;
        desktop::sign_in(&technician, house.portal.url(), &TECHNICIAN).await?;
        technician.click(&id("session-row")).await?;
        room::online(&technician).await?;
        let customer =
            webdriver::chromium(stage, "customer", house.portal.ca.as_ref(), Look::Headless).await?;
        room::join_by_link(&customer, &created.join.link, CUSTOMER).await?;
        room::online(&customer).await?;
        Ok(Self { created, technician, customer, _house: house, _app: app })
    }

    async fn end(self) -> Result<()> {
        self.customer.close().await?;
        self.technician.close().await
    }
}

fn content(name: &str) -> Result<Vec<u8>> {
    Ok(match name.rsplit('.').next() {
        Some("png") => samples::picture()?,
        Some("wav") => samples::tone(),
        _ => samples::document(name),
    })
}

fn settings(change: impl FnOnce(&mut OrgSettings)) -> OrgSettings {
    let mut settings = OrgSettings::default();
    change(&mut settings);
    settings
}

/// The customer's own file, by the browser's field.
fn sample(stage: &Stage, name: &str) -> Result<Sample> {
    Sample::write(&stage.subfolder("customer")?, name, content(name)?)
}

/// Rows N08 N10: no paper-clip before the customer's first message, and the reason when files are dropped; then it is there.
#[tokio::test]
async fn the_customers_clip_comes_with_their_first_message() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let talk = Talk::begin(stage, &OrgSettings::default(), &[]).await?;
        let customer = &talk.customer;
        customer.gone(&id("attach")).await?;
        customer.gone(&id("file-input")).await?;
        ensure!(talk.technician.is_visible(&id("attach")).await?, "technicians may at once");
        room::say(customer, "Hello").await?;
        customer.see(&id("attach")).await?;
        room::attach_in_browser(customer, &sample(stage, "proof.pdf")?.path).await?;
        room::share(customer, "As promised").await?;
        room::see_file(&talk.technician, "proof.pdf", " B").await?;
        customer.reload().await?;
        customer.see(&id("attach")).await.context("after a reload too")?;
        talk.end().await
    })
    .await
}

/// Rows A02 A03 A10 A11 A12 A13 A04: offered, declined, accepted after all; nothing is drawn before it is accepted, and the sender
/// sees how it stands.
#[tokio::test]
async fn a_file_is_accepted_before_anything_of_it_is_there() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let settings = settings(|settings| settings.attachments.consent_stored = Consent::Ask);
        let talk = Talk::begin(stage, &settings, &[&["window.png"]]).await?;
        let (technician, customer) = (&talk.technician, &talk.customer);
        room::attach_in_app(technician).await?;
        room::share(technician, "Please look at this").await?;
        let offer = customer.see(&id("file-offer")).await.context("the customer is asked")?;
        drop(offer);
        customer.reads(&id("file-offer"), TECHNICIAN.name).await?;
        ensure!(customer.count(&id("image-thumb")).await? == 0, "no picture before it is accepted");
        stands(technician, "window.png", "pending").await?;

        customer.click(&id("file-decline")).await?;
        customer.reads(&id("file-offer"), "declined").await?;
        stands(technician, "window.png", "declined").await?;
        customer.click(&id("file-accept")).await?;
        room::look_at_picture(customer, "window.png", 960).await?;
        stands(technician, "window.png", "accepted").await?;
        talk.end().await
    })
    .await
}

/// How the first recipient of one's own file stands, as the row says to machines.
async fn stands(page: &Page, name: &str, state: &str) -> Result<()> {
    let css = format!("{}[data-steps~=\"{state}\"]", id("file-recipients"));
    page.see(&css).await.with_context(|| format!("{name} {state}")).map(drop)
}

/// Row N04: with quick-send each file goes as soon as it is uploaded.
#[tokio::test]
async fn quick_send_needs_no_further_step() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let settings = settings(|settings| {
            settings.attachments.send = SendMode::Quick;
            settings.attachments.customer_attach = CustomerAttach::Always;
        });
        let talk = Talk::begin(stage, &settings, &[&["one.pdf", "two.pdf"]]).await?;
        talk.technician.click(&id("attach")).await?;
        for name in ["one.pdf", "two.pdf"] {
            room::see_file(&talk.customer, name, " B").await?;
        }
        talk.end().await
    })
    .await
}

/// Rows N19 Z19 Z03 Z04: many at once, one removed before they go, one message with a caption; row A05: all of them in Activity.
#[tokio::test]
async fn many_files_go_in_one_message() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let names: Vec<String> = (0..12).map(|n| format!("page {n:02}.pdf")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let talk = Talk::begin(stage, &OrgSettings::default(), &[&names]).await?;
        let (technician, customer) = (&talk.technician, &talk.customer);
        room::attach_in_app(technician).await?;
        technician.click(&id("upload-remove")).await?;
        room::share(technician, "The whole manual").await?;
        room::hear(customer, "The whole manual").await?;
        customer.click(&id("show-all-files")).await?;
        wait::until("eleven files", wait::STEP, async || {
            Ok(customer.count(&format!("{} {}", id("message"), id("file-card"))).await? == 11)
        })
        .await?;
        ensure!(talk.created.session.title == "Files", "one session");
        wait::until("eleven rows of Activity", wait::STEP, async || {
            Ok(technician.count(&id("activity-row")).await? == 11)
        })
        .await?;
        talk.end().await
    })
    .await
}

/// Row Z01: a sound plays in place, in Chromium from the portal and in the desktop window from its own listener; nothing of it is
/// asked for before somebody plays it.
#[tokio::test]
async fn a_sound_plays_in_place_on_both_sides() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let talk = Talk::begin(stage, &OrgSettings::default(), &[&["from tina.wav"]]).await?;
        let (technician, customer) = (&talk.technician, &talk.customer);
        room::say(customer, "What does it sound like?").await?;
        room::attach_in_app(technician).await?;
        room::share(technician, "Like this").await?;
        plays(customer, "from tina.wav").await.context("in Chromium")?;
        room::attach_in_browser(customer, &sample(stage, "from carl.wav")?.path).await?;
        room::share(customer, "Mine is the same").await?;
        plays(technician, "from carl.wav").await.context("in the desktop window")?;
        talk.end().await
    })
    .await
}

async fn plays(page: &Page, name: &str) -> Result<()> {
    let play = format!("{}[aria-label*=\"{name}\"]", id("media-play"));
    page.see(&play).await?;
    ensure!(page.count("audio").await? == 0, "nothing is loaded before it is asked for");
    page.click(&play).await?;
    let script = "const audio = document.querySelector('audio');
        return audio && !audio.error ? [audio.duration || 0, audio.currentTime] : [0, 0];";
    wait::until(&format!("{name} to play in {}", page.name), wait::STEP, async || {
        let told: (f64, f64) = serde_json::from_value(page.run(script, Vec::new()).await?)?;
        Ok((0.9..1.1).contains(&told.0) && told.1 > 0.0)
    })
    .await
}

/// Row N18: files and folders dropped on the room and pictures that are pasted stand in the tray.
#[tokio::test]
async fn files_are_dropped_and_pasted() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let settings = settings(|settings| settings.attachments.customer_attach = CustomerAttach::Always);
        let talk = Talk::begin(stage, &settings, &[]).await?;
        let customer = &talk.customer;
        customer.see(&id("attach")).await?;
        // What the page gets of a person's hand, but for the hand.
        let drop = "const carried = new DataTransfer();
            carried.items.add(new File(['dropped'], 'dropped.txt', { type: 'text/plain' }));
            const event = (type) => new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true });
            const main = document.querySelector('#main');
            for (const type of ['dragenter', 'dragover', 'drop']) main.dispatchEvent(event(type));";
        customer.run(drop, Vec::new()).await?;
        customer.see(&in_tray("dropped.txt")).await?;
        let paste = "const carried = new DataTransfer();
            carried.items.add(new File(['pasted'], 'pasted.log', { type: 'text/plain' }));
            const input = document.querySelector('[data-testid=\"composer-input\"]');
            input.dispatchEvent(new ClipboardEvent('paste', { clipboardData: carried, bubbles: true, cancelable: true }));";
        customer.run(paste, Vec::new()).await?;
        customer.see(&in_tray("pasted.log")).await?;
        room::share(customer, "Two ways in").await?;
        for name in ["dropped.txt", "pasted.log"] {
            room::see_file(&talk.technician, name, " B").await?;
        }
        talk.end().await
    })
    .await
}

fn in_tray(name: &str) -> String {
    format!("{}[aria-label*=\"{name}\"]", id("upload-remove"))
}

/// Row N20: a picture is turned on the device before it goes; what arrives is the turned one.
#[tokio::test]
async fn a_picture_is_changed_before_it_goes() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let settings = settings(|settings| settings.attachments.customer_attach = CustomerAttach::Always);
        let talk = Talk::begin(stage, &settings, &[]).await?;
        let customer = &talk.customer;
        room::attach_in_browser(customer, &sample(stage, "window.png")?.path).await?;
        customer.click(&id("upload-more")).await?;
        customer.click(&id("upload-edit")).await?;
        customer.click(&id("picture-crop")).await?;
        customer.see(&id("picture-canvas")).await?;
        // Width, then height: the fields of a rectangle.
        let set = "const fields = [...document.querySelectorAll('[role=dialog] form input[type=number]')];
            for (const [at, value] of [[0, 100], [1, 100], [2, 320], [3, 200]]) {
                fields[at].value = value;
                fields[at].dispatchEvent(new Event('input', { bubbles: true }));
            }
            return fields.length;";
        ensure!(customer.run(set, Vec::new()).await? == 4, "x, y, width and height");
        customer.click(&id("picture-apply")).await?;
        customer.click(&id("picture-rotate")).await?;
        customer.click(&id("picture-save")).await?;
        customer.gone(&id("picture-canvas")).await?;
        room::share(customer, "Only what matters").await?;
        let size = "const image = document.querySelector('[data-testid=\"viewer\"] img');
            return image && image.complete ? [image.naturalWidth, image.naturalHeight] : [0, 0];";
        let thumb = format!("{}[title=\"window.png\"]", id("image-thumb"));
        talk.technician.click(&thumb).await?;
        wait::until("the cropped and turned picture", wait::STEP, async || {
            Ok(talk.technician.run(size, Vec::new()).await? == serde_json::json!([200, 320]))
        })
        .await?;
        talk.end().await
    })
    .await
}

/// Rows A06 A07 A08: More options → Attachment: browse, change, delete, send.
#[tokio::test]
async fn the_attachment_window_browses_changes_deletes_and_sends() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let picked: [&[&str]; 3] = [&["first.pdf", "second.pdf"], &["better.pdf"], &[]];
        let talk = Talk::begin(stage, &OrgSettings::default(), &picked).await?;
        let technician = &talk.technician;
        technician.click(&id("more-options")).await?;
        technician.click(&id("attachment-window")).await?;
        technician.click(&id("attachment-browse")).await?;
        technician.see("[role=dialog] button[aria-label*=\"second.pdf\"]").await?;
        technician
            .click("[role=dialog] li:first-child .change button:first-child")
            .await
            .context("Change")?;
        technician.see("[role=dialog] button[aria-label*=\"better.pdf\"]").await?;
        technician.click("[role=dialog] li:last-child .change button:last-child").await.context("Delete")?;
        technician.gone("[role=dialog] button[aria-label*=\"second.pdf\"]").await?;
        technician.click(&id("attachment-send")).await?;
        room::see_file(&talk.customer, "better.pdf", " B").await?;
        let others = format!("{}[aria-label*=\"first.pdf\"]", id("file-card"));
        ensure!(talk.customer.count(&others).await? == 0, "what was changed is not sent");
        talk.end().await
    })
    .await
}
