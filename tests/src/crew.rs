//! The people of tests with files: technicians of one organisation in desktop windows, each by a network of their own, and a
//! customer in Chromium, all in one session.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use deskside_proto::api::CreatedSession;
use deskside_proto::{AttachmentPolicy, OrgSettings};
use serde_json::json;

use crate::api::Api;
use crate::desktop::{self, Bus, Desktop};
use crate::house::{CUSTOMER, House, TECHNICIAN};
use crate::page::{Page, id};
use crate::portal::{ORG, Person};
use crate::proxy::Proxy;
use crate::room;
use crate::samples::Sample;
use crate::stage::Stage;
use crate::webdriver::{self, Look};

pub const COLLEAGUE: Person =
    Person { name: "Colin Colleague", email: "colin@example.org", password: "another long secret" };

/// A portal with two technicians, and an open session nobody has entered yet.
#[derive(Debug)]
pub struct Crew {
    pub house: House,
    pub created: CreatedSession,
    /// The colleague without a window.
    pub colleague: Api,
}

/// A technician in the session's room, in the desktop app.
#[derive(Debug)]
pub struct Seat {
    pub page: Page,
    pub app: Desktop,
    /// The app's own way to the portal, which counts what goes over it.
    pub way: Proxy,
    /// Where the save dialog points.
    pub saves: PathBuf,
}

/// A customer in the session's room, in Chromium.
#[derive(Debug)]
pub struct Guest {
    pub page: Page,
    pub downloads: PathBuf,
}

impl Crew {
    pub async fn gather(stage: &Stage, attachments: AttachmentPolicy) -> Result<Self> {
        let mut house = House::open(stage).await?;
        let colleague = house.portal.add_user(stage, ORG, "technician", &COLLEAGUE).await?;
        let settings = OrgSettings { attachments, ..OrgSettings::default() };
        house.admin.put_settings(house.org, &settings).await?;
        let created = house.technician.create_session(house.org, "Files").await?;
        Ok(Self { house, created, colleague })
    }

    /// Opens the app, signs in and enters the session; each of `picked` is what one opening of the picker answers.
    pub async fn seat(&self, stage: &Stage, person: &Person, picked: &[&[&Sample]]) -> Result<Seat> {
        self.seat_as(stage, person, picked, |_| Ok(())).await
    }

    /// The same, with a folder for downloads, where direct files go, and an app that is prepared further.
    pub async fn direct_seat(
        &self,
        stage: &Stage,
        person: &Person,
        picked: &[&[&Sample]],
        prepare: impl FnOnce(&mut Desktop),
    ) -> Result<Seat> {
        let prepare = |app: &mut Desktop| {
            app.on_loopback();
            prepare(app);
            app.give_downloads()
        };
        self.seat_as(stage, person, picked, prepare).await
    }

    async fn seat_as(
        &self,
        stage: &Stage,
        person: &Person,
        picked: &[&[&Sample]],
        prepare: impl FnOnce(&mut Desktop) -> Result<()>,
    ) -> Result<Seat> {
        let name = person.email.split('@').next().unwrap_or("technician");
        let mut app = Desktop::install(stage, name, &self.house.portal, Bus::Bare).await?;
        let picks = stage.subfolder(&format!("{name}-picks"))?;
        for (turn, samples) in picked.iter().enumerate() {
            let at_once = picks.join(format!("{turn:02}"));
            std::fs::create_dir(&at_once)?;
            for sample in *samples {
                std::fs::hard_link(&sample.path, at_once.join(&sample.name))?;
            }
        }
        let saves = stage.subfolder(&format!("{name}-saves"))?;
        app.will_pick(&picks);
        app.will_save_to(&saves);
        // Tests drop files on the window by the protocol of X.
        app.on_x11();
        prepare(&mut app)?;
        let (way, address) = self.house.portal.second_way().await?;
        app.reaches(way.port())?;
        let page = app.open(stage).await?;
        desktop::sign_in(&page, &address, person).await?;
        page.click(&id("session-row")).await?;
        room::online(&page).await.with_context(|| format!("{} enters the session", person.name))?;
        Ok(Seat { page, app, way, saves })
    }

    /// [`Crew::seat`] of the technician who opened the session.
    pub async fn technician(&self, stage: &Stage, picked: &[&[&Sample]]) -> Result<Seat> {
        self.seat(stage, &TECHNICIAN, picked).await
    }

    /// The customer comes in by the link.
    pub async fn guest(&self, stage: &Stage) -> Result<Guest> {
        let ca = self.house.portal.ca.as_ref();
        let page = webdriver::chromium(stage, "customer", ca, Look::Headless).await?;
        let downloads = stage.subfolder("customer-downloads")?;
        let behaviour = json!({ "behavior": "allow", "downloadPath": downloads });
        page.devtools("Browser.setDownloadBehavior", behaviour).await?;
        room::join_by_link(&page, &self.created.join.link, CUSTOMER).await?;
        room::online(&page).await?;
        Ok(Guest { page, downloads })
    }
}
