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
    Ok(if name.ends_with(".png") { samples::picture()? } else { samples::document(name) })
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
