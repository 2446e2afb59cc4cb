//! The main job from end to end, step by step: the same for the end-to-end test and for `deskside-scripted`.
//!
//! Set-up in a browser → a technician signs in in the desktop app → a customer opens the link in Chromium → 20 messages
//! each way → a picture and a document → the network goes and comes back in three ways → the end → the transcript in Files.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{OrgId, SessionId};

use crate::api::Api;
use crate::desktop::{self, Bus, Desktop};
use crate::diary::Diary;
use crate::house::{CUSTOMER, TECHNICIAN};
use crate::page::{Page, id};
use crate::portal::{ADMIN, ORG, Portal};
use crate::proxy::{Network, Proxy};
use crate::room;
use crate::samples::{self, Sample};
use crate::stage::Stage;
use crate::wait;
use crate::webdriver::{self, Look};

/// Messages each way.
const TALK: usize = 20;
pub const PICTURE_TEXT: &str = "This is the window I mean.";
pub const DOCUMENT_TEXT: &str = "And here is the invoice.";

/// What stands at the end.
#[derive(Debug)]
pub struct Outcome {
    pub portal: Portal,
    pub admin: Api,
    pub org: OrgId,
    pub session: SessionId,
    pub join_link: String,
    pub picture: Sample,
    pub document: Sample,
    /// Everything that was said, in the order both windows show: who and what.
    pub talk: Vec<(String, String)>,
    /// The sealed transcript, as the portal serves it.
    pub transcript: Vec<u8>,
    pub customer: Page,
    pub admin_page: Page,
    pub technician: Page,
    /// The technician's installation: its session bus lives as long as it.
    pub app: Desktop,
}

struct Journey<'a> {
    stage: &'a Stage,
    diary: &'a mut Diary,
    look: Look,
    portal: Portal,
    /// The desktop app's own way to the portal; browsers come by the portal's public address.
    app_way: (Proxy, String),
}

/// Plays everything; `look` is how the browsers show themselves.
pub async fn play(stage: &Stage, diary: &mut Diary, look: Look) -> Result<Outcome> {
    let mut portal = Portal::start(stage).await?;
    diary.note("The portal runs over TLS, with a fresh data folder");
    let admin_page = webdriver::chromium(stage, "admin", portal.ca.as_ref(), look).await?;
    set_up(&portal, &admin_page).await?;
    diary.picture("The admin sets the portal up in Chromium", &[&admin_page]).await?;
    let technician_api = portal.add_user(stage, ORG, "technician", &TECHNICIAN).await?;
    let org = technician_api.me().await?.memberships.first().context("a technician belongs to it")?.org_id;
    let mut admin = portal.api()?;
    admin.sign_in(&ADMIN).await?;

    let picture = Sample::write(stage.folder(), "window.png", samples::picture()?)?;
    let document = Sample::write(stage.folder(), "invoice 17.pdf", samples::document("Invoice 17"))?;
    let app_way = portal.second_way().await?;
    let mut journey = Journey { stage, diary, look, portal, app_way };

    let (app, technician) = journey.technician(&picture).await?;
    let join_link = room::new_session(&technician).await?;
    journey.diary.picture("The technician opens a session", &[&technician]).await?;
    let customer = journey.customer(&join_link).await?;
    let pages = (&technician, &customer);
    journey.talk(pages).await?;
    journey.files(pages, &picture, &document).await?;
    journey.network(pages).await?;
    let talk = journey.compare(pages).await?;
    journey.end(pages).await?;

    let session = newest_session(&admin, org).await?;
    let transcript = journey.files_page(&admin_page, &admin, org, session).await?;
    Ok(Outcome {
        portal: journey.portal,
        admin,
        org,
        session,
        join_link,
        picture,
        document,
        talk,
        transcript,
        customer,
        admin_page,
        technician,
        app,
    })
}

/// The one-time link of the first start, in a browser.
async fn set_up(portal: &Portal, page: &Page) -> Result<()> {
    page.goto(portal.set_up_link()?).await?;
    page.fill(&id("set-up-org"), ORG).await?;
    page.fill(&id("set-up-name"), ADMIN.name).await?;
    page.fill(&id("set-up-email"), ADMIN.email).await?;
    page.fill(&id("set-up-password"), ADMIN.password).await?;
    page.click(&id("set-up-submit")).await?;
    page.see(&id("new-session")).await.context("after set-up the admin is signed in").map(drop)
}

impl Journey<'_> {
    async fn technician(&mut self, will_pick: &Sample) -> Result<(Desktop, Page)> {
        let mut app = Desktop::install(self.stage, "technician", &self.portal, Bus::Bare).await?;
        app.will_pick(&will_pick.path);
        let page = app.open(self.stage).await?;
        desktop::sign_in(&page, &self.app_way.1, &TECHNICIAN).await?;
        self.diary.picture("The technician signs in in the desktop app", &[&page]).await?;
        Ok((app, page))
    }

    async fn customer(&mut self, link: &str) -> Result<Page> {
        let page = webdriver::chromium(self.stage, "customer", self.portal.ca.as_ref(), self.look).await?;
        room::join_by_link(&page, link, CUSTOMER).await?;
        room::online(&page).await?;
        self.diary.picture("The customer opens the link in Chromium and is in", &[&page]).await?;
        Ok(page)
    }

    /// 20 messages each way; the technician's next one does not wait for the customer's answer to be seen.
    async fn talk(&mut self, (technician, customer): (&Page, &Page)) -> Result<()> {
        for number in 1..=TALK {
            room::say(technician, &question(number)).await?;
            room::hear(customer, &question(number)).await?;
            room::say(customer, &answer(number)).await?;
            room::hear(technician, &answer(number)).await?;
        }
        self.diary.picture("20 messages each way", &[technician, customer]).await
    }

    async fn files(
        &mut self,
        (technician, customer): (&Page, &Page),
        picture: &Sample,
        document: &Sample,
    ) -> Result<()> {
        room::attach_in_app(technician).await?;
        room::share(technician, PICTURE_TEXT).await?;
        room::hear(customer, PICTURE_TEXT).await?;
        room::look_at_picture(customer, &picture.name, 960).await?;
        self.diary.picture("A picture from the desktop app, seen in Chromium", &[customer]).await?;
        room::attach_in_browser(customer, &document.path).await?;
        room::share(customer, DOCUMENT_TEXT).await?;
        room::hear(technician, DOCUMENT_TEXT).await?;
        let size = format!("{} B", document.bytes.len());
        room::see_file(technician, &document.name, &size).await?;
        self.diary.picture("A PDF from Chromium, seen in the desktop app", &[technician]).await
    }

    /// Cuts both ways to the portal and heals them; what was written meanwhile arrives, once.
    async fn network(&mut self, (technician, customer): (&Page, &Page)) -> Result<()> {
        for (network, word) in
            [(Network::Reset, "cut"), (Network::HalfOpen, "half-open"), (Network::Stalled, "stalled")]
        {
            let set = |now| {
                self.portal.proxy.set(now);
                self.app_way.0.set(now);
            };
            set(network);
            room::say(technician, &from_technician(word)).await?;
            room::say(customer, &from_customer(word)).await?;
            if network != Network::Stalled {
                // Nobody is told that a half-open connection is dead: the rule of silence finds out.
                room::connection(technician, "offline").await?;
                room::connection(customer, "offline").await?;
            }
            self.diary
                .picture(&format!("The network is {word}: the rooms say so"), &[technician, customer])
                .await?;
            set(Network::Up);
            room::hear(technician, &from_customer(word)).await?;
            room::hear(customer, &from_technician(word)).await?;
            room::all_sent(technician).await?;
            room::all_sent(customer).await?;
            self.diary.note(&format!("The network is back after {word}: everything arrived"));
        }
        Ok(())
    }

    /// Both windows show the same, in the same order, each message once.
    async fn compare(&mut self, (technician, customer): (&Page, &Page)) -> Result<Vec<(String, String)>> {
        let first = talk_of(technician, TECHNICIAN.name, CUSTOMER).await?;
        let second = talk_of(customer, CUSTOMER, TECHNICIAN.name).await?;
        ensure!(first == second, "the windows differ:\n{first:#?}\n{second:#?}");
        let mut expected = everything_said();
        let mut said = first.clone();
        ensure!(said[..2 * TALK] == expected[..2 * TALK], "the talk is in the order it was held: {said:#?}");
        expected.sort();
        said.sort();
        ensure!(said == expected, "each message once: {said:#?}");
        self.diary.note("Both windows show the same messages in the same order, each once");
        Ok(first)
    }

    async fn end(&mut self, (technician, customer): (&Page, &Page)) -> Result<()> {
        room::end(technician).await?;
        technician.see(&id("sealed")).await?;
        customer.see(&id("after")).await?;
        self.diary
            .picture("The technician ends the session: the transcript is backed up", &[technician, customer])
            .await
    }

    /// The admin finds and reads the transcript in Files, in Chromium (rows Z14–Z17).
    async fn files_page(
        &mut self,
        page: &Page,
        admin: &Api,
        org: OrgId,
        session: SessionId,
    ) -> Result<Vec<u8>> {
        page.goto(&format!("{}/files", self.portal.url())).await?;
        self.diary.picture("The session stands in Files", &[page]).await?;
        page.click(&format!("{}[data-session=\"{session}\"]", id("files-row"))).await?;
        page.reads(&id("transcript-text"), &answer(TALK)).await?;
        let shown = page.text(&id("transcript-text")).await?;
        for number in 1..=TALK {
            ensure!(shown.contains(&question(number)), "question {number} stands in Files:\n{shown}");
            ensure!(shown.contains(&answer(number)), "answer {number} stands in Files:\n{shown}");
        }
        let bytes = admin.transcript(org, session).await?;
        ensure!(page.count(&id("files-attachment")).await? == 2, "both files stand beside the transcript");
        self.diary.picture("The admin reads the transcript in Files", &[page]).await?;
        self.diary.keep("transcript.txt", &bytes)?;
        Ok(bytes)
    }
}

fn question(number: usize) -> String {
    format!("Question no. {number:02}: what does it show?")
}

fn answer(number: usize) -> String {
    format!("Answer no. {number:02}: the same – “0x{number:02x}” again ☂.")
}

fn from_technician(word: &str) -> String {
    format!("Technician, while the network is {word}.")
}

fn from_customer(word: &str) -> String {
    format!("Customer, while the network is {word}.")
}

/// Who says what; the order of what is said while the network is away is the portal's to decide.
fn everything_said() -> Vec<(String, String)> {
    let technician = |text: String| (TECHNICIAN.name.to_owned(), text);
    let customer = |text: String| (CUSTOMER.to_owned(), text);
    let talk = (1..=TALK).flat_map(|number| [technician(question(number)), customer(answer(number))]);
    let files = [technician(PICTURE_TEXT.to_owned()), customer(DOCUMENT_TEXT.to_owned())];
    let network = ["cut", "half-open", "stalled"]
        .into_iter()
        .flat_map(|word| [technician(from_technician(word)), customer(from_customer(word))]);
    talk.chain(files).chain(network).collect()
}

/// The messages of a window as who and what: the first line of each is its text.
async fn talk_of(page: &Page, own: &str, other: &str) -> Result<Vec<(String, String)>> {
    let messages = room::messages(page).await?;
    let who = |own_message: bool| if own_message { own } else { other }.to_owned();
    let text = |text: &str| text.lines().next().unwrap_or_default().trim().to_owned();
    Ok(messages.iter().map(|message| (who(message.own), text(&message.text))).collect())
}

async fn newest_session(admin: &Api, org: OrgId) -> Result<SessionId> {
    let entry = wait::until_some("the session in Files", wait::STEP, async || {
        let page = admin.files(org).await?;
        Ok(page.entries.into_iter().find(|entry| entry.transcript.is_some()))
    })
    .await?;
    Ok(entry.session_id)
}

/// Where `deskside-scripted` and the test leave their pictures.
pub fn folder(name: &str) -> Result<PathBuf> {
    let folder = crate::workspace::leavings(name)?;
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.is_file() {
            std::fs::remove_file(path)?;
        }
    }
    Ok(folder)
}
