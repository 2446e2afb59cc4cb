//! Files under consent `ask` among three people: two technicians in desktop windows and a customer in Chromium.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{AttachmentPolicy, Consent, CustomerAttach};
use deskside_tests::crew::{COLLEAGUE, Crew};
use deskside_tests::house::{CUSTOMER, TECHNICIAN};
use deskside_tests::page::{Page, id};
use deskside_tests::samples::{self, Sample};
use deskside_tests::stage::{self, Stage};
use deskside_tests::{files, room};

const LIMIT: Duration = Duration::from_secs(300);
/// Bytes of the document: far more than everything else that three people say to the portal meanwhile.
const DOCUMENT: usize = 4 << 20;

fn policy() -> AttachmentPolicy {
    AttachmentPolicy {
        consent_stored: Consent::Ask,
        customer_attach: CustomerAttach::Always,
        ..AttachmentPolicy::default()
    }
}

fn picture(stage: &Stage) -> Result<Sample> {
    Sample::write(stage.folder(), "window.png", samples::picture()?)
}

/// A PDF with an embedded nothing of some size behind it.
fn manual(stage: &Stage) -> Result<Sample> {
    let mut bytes = samples::document("Manual");
    bytes.resize(DOCUMENT, b' ');
    Sample::write(stage.folder(), "manual.pdf", bytes)
}

async fn no_pictures(pages: &[&Page]) -> Result<()> {
    for page in pages {
        let count = page.count(&id("image-thumb")).await?;
        ensure!(count == 0, "{} shows a picture that it has not accepted", page.name);
    }
    Ok(())
}

/// Rows A02 A03 A04 A10 A11 A12 A13, from a technician: each recipient answers for themselves, nothing reaches them before, and the
/// sender sees for each one how it stands.
#[tokio::test]
async fn what_a_technician_sends_is_answered_by_each_one() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let (picture, manual) = (picture(stage)?, manual(stage)?);
        let crew = Crew::gather(stage, policy()).await?;
        let session = crew.created.session.id;
        let sender = crew.technician(stage, &[&[&manual, &picture]]).await?;
        let colleague = crew.seat(stage, &COLLEAGUE, &[]).await?;
        let customer = crew.guest(stage).await?;
        let before = colleague.way.bytes();
        room::attach_in_app(&sender.page).await?;
        room::share(&sender.page, "Both of you, please").await?;

        for page in [&colleague.page, &customer.page] {
            for sample in [&picture, &manual] {
                files::offered(page, &sample.name, TECHNICIAN.name).await?;
            }
        }
        no_pictures(&[&colleague.page, &customer.page]).await?;
        for sample in [&picture, &manual] {
            let file = files::id_of(&sender.page, &sample.name).await?;
            files::refused(&crew.colleague, session, &file).await?;
            files::refused_in_browser(&customer.page, session, &file).await?;
        }
        let nobody = ["not accepted yet by Carl Customer", "not accepted yet by Colin Colleague"];
        let icons = files::stands(&sender.page, "window.png", &nobody).await?;
        ensure!(icons == ["up"], "sent, not accepted: {icons:?}");

        files::answer(&customer.page, "window.png", true).await?;
        room::look_at_picture(&customer.page, "window.png", 960).await?;
        let one = ["accepted by Carl Customer", "not accepted yet by Colin Colleague"];
        let icons = files::stands(&sender.page, "window.png", &one).await?;
        ensure!(icons == ["up", "clip"], "a paper-clip for who has accepted: {icons:?}");
        files::answer(&colleague.page, "window.png", false).await?;
        let both = ["accepted by Carl Customer", "declined by Colin Colleague"];
        files::stands(&sender.page, "window.png", &both).await?;
        let way = colleague.way.bytes() - before;
        ensure!(way < DOCUMENT as u64 / 4, "{way} bytes reached who has accepted nothing");

        files::answer(&customer.page, "manual.pdf", false).await?;
        files::answer(&colleague.page, "manual.pdf", true).await?;
        let answered = ["accepted by Colin Colleague", "declined by Carl Customer"];
        files::stands(&sender.page, "manual.pdf", &answered).await?;
        files::save_whole(&colleague.page, &manual, &colleague.saves).await?;
        files::received(&colleague.page, "manual.pdf").await?;
        let there = ["received by Colin Colleague", "declined by Carl Customer"];
        files::stands(&sender.page, "manual.pdf", &there).await.context("after a save in the desktop")?;
        files::save_whole(&customer.page, &picture, &customer.downloads).await?;
        files::received(&customer.page, "window.png").await?;
        let there = ["received by Carl Customer", "declined by Colin Colleague"];
        files::stands(&sender.page, "window.png", &there).await.context("after a save in the browser")?;
        no_pictures(&[&colleague.page]).await?;
        let file = files::id_of(&sender.page, "window.png").await?;
        files::refused(&crew.colleague, session, &file).await.context("declined stays declined")
    })
    .await
}

/// The same rows, from the customer in Chromium to two desktop windows; who declined thinks again.
#[tokio::test]
async fn what_a_customer_sends_is_answered_by_each_one() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let (picture, manual) = (picture(stage)?, manual(stage)?);
        let crew = Crew::gather(stage, policy()).await?;
        let session = crew.created.session.id;
        let technician = crew.technician(stage, &[]).await?;
        let colleague = crew.seat(stage, &COLLEAGUE, &[]).await?;
        let customer = crew.guest(stage).await?;
        let before = [technician.way.bytes(), colleague.way.bytes()];
        room::attach_in_browser(&customer.page, &manual.path).await?;
        room::attach_in_browser(&customer.page, &picture.path).await?;
        room::share(&customer.page, "It looks like this").await?;

        for page in [&technician.page, &colleague.page] {
            for sample in [&picture, &manual] {
                files::offered(page, &sample.name, CUSTOMER).await?;
            }
        }
        no_pictures(&[&technician.page, &colleague.page]).await?;
        for sample in [&picture, &manual] {
            let file = files::id_of(&customer.page, &sample.name).await?;
            files::refused(&crew.house.technician, session, &file).await?;
            files::refused(&crew.colleague, session, &file).await?;
        }
        let after = [technician.way.bytes(), colleague.way.bytes()];
        for (before, after) in before.into_iter().zip(after) {
            ensure!(after - before < DOCUMENT as u64 / 4, "{} bytes reached a window", after - before);
        }

        files::answer(&technician.page, "window.png", true).await?;
        room::look_at_picture(&technician.page, "window.png", 960).await.context("in the desktop window")?;
        files::answer(&colleague.page, "window.png", false).await?;
        let one = ["accepted by Tina Technician", "declined by Colin Colleague"];
        let icons = files::stands(&customer.page, "window.png", &one).await?;
        ensure!(icons == ["clip", "other"], "a paper-clip, and the cross of who declined: {icons:?}");
        files::answer(&technician.page, "manual.pdf", true).await?;
        let one = ["accepted by Tina Technician", "not accepted yet by Colin Colleague"];
        files::stands(&customer.page, "manual.pdf", &one).await?;
        files::save_whole(&technician.page, &manual, &technician.saves).await?;
        let one = ["received by Tina Technician", "not accepted yet by Colin Colleague"];
        files::stands(&customer.page, "manual.pdf", &one).await?;

        files::answer(&colleague.page, "window.png", true).await.context("thinks again")?;
        files::save_whole(&colleague.page, &picture, &colleague.saves).await?;
        files::received(&colleague.page, "window.png").await?;
        let both = ["accepted by Tina Technician", "received by Colin Colleague"];
        files::stands(&customer.page, "window.png", &both).await.map(drop)
    })
    .await
}
