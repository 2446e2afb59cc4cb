//! Where a photo was taken stays with who took it, unless they say otherwise.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{AttachmentPolicy, CustomerAttach};
use deskside_tests::crew::Crew;
use deskside_tests::page::{Page, id};
use deskside_tests::samples::{self, Sample};
use deskside_tests::stage;
use deskside_tests::{files, room, wait};

const LIMIT: Duration = Duration::from_secs(300);

/// Ticks *Keep the picture's details*, on purpose.
async fn keep_details(page: &Page) -> Result<()> {
    page.click(&id("keep-details")).await?;
    let script = "return document.querySelector('[data-testid=\"keep-details\"]').checked";
    ensure!(page.run(script, Vec::new()).await? == true, "the box is ticked");
    Ok(())
}

/// Saves both photos: the first one came without its place and is a picture all the same, the other one as it was.
async fn compare(page: &Page, folder: &std::path::Path, plain: &Sample, kept: &Sample) -> Result<()> {
    let saved = std::fs::read(files::save(page, &plain.name, folder, wait::STEP).await?)?;
    ensure!(!samples::tells_place(&saved), "{} came with its place", plain.name);
    ensure!(!saved.windows(4).any(|part| part == b"Exif"), "{} came with other details", plain.name);
    let picture = image::load_from_memory(&saved).context("it is still a picture")?;
    ensure!((picture.width(), picture.height()) == (320, 200), "as large as it was");
    files::save_whole(page, kept, folder).await
}

/// Issue 4, *Sending*: a JPEG with GPS in its Exif goes from the browser and from the desktop; what the other side saves has it only
/// where the sender kept it on purpose.
#[tokio::test]
async fn a_photo_loses_its_place_unless_it_is_kept_on_purpose() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let photo = |name: &str| Sample::write(stage.folder(), name, samples::photo()?);
        let (carls, carls_kept) = (photo("street.jpg")?, photo("street with place.jpg")?);
        let (tinas, tinas_kept) = (photo("roof.jpg")?, photo("roof with place.jpg")?);
        ensure!(samples::tells_place(&carls.bytes), "there is something to lose");
        let policy =
            AttachmentPolicy { customer_attach: CustomerAttach::Always, ..AttachmentPolicy::default() };
        let crew = Crew::gather(stage, policy).await?;
        let technician = crew.technician(stage, &[&[&tinas], &[&tinas_kept]]).await?;
        let customer = crew.guest(stage).await?;

        room::attach_in_browser(&customer.page, &carls.path).await?;
        room::share(&customer.page, "The street").await?;
        room::attach_in_browser(&customer.page, &carls_kept.path).await?;
        keep_details(&customer.page).await?;
        room::share(&customer.page, "And where it is").await?;
        compare(&technician.page, &technician.saves, &carls, &carls_kept)
            .await
            .context("from the browser")?;

        room::attach_in_app(&technician.page).await?;
        room::share(&technician.page, "The roof").await?;
        room::attach_in_app(&technician.page).await?;
        keep_details(&technician.page).await?;
        room::share(&technician.page, "And where it is").await?;
        compare(&customer.page, &customer.downloads, &tinas, &tinas_kept).await.context("from the desktop")
    })
    .await
}
