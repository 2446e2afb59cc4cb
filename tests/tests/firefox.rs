//! A customer in Debian's Firefox ESR.

use std::time::Duration;

use anyhow::{Context as _, Result};
use deskside_tests::house::{CUSTOMER, House};
use deskside_tests::samples::{self, Sample};
use deskside_tests::wire::WireClient;
use deskside_tests::{room, stage, wait, webdriver};

/// Join by link, one message each way, one file. Rows N01, N08.
#[tokio::test]
async fn joins_talks_and_shares_a_file() -> Result<()> {
    stage::play_in_windows(Duration::from_secs(300), async |stage| {
        let house = House::open(stage).await?;
        let created = house.technician.create_session(house.org, "Firefox").await?;
        let session = created.session.id;
        let mut technician = WireClient::open(&house.technician, session);
        technician.until_online().await?;

        let customer = webdriver::firefox(stage, "firefox").await?;
        room::join_by_link(&customer, &created.join.link, CUSTOMER).await?;
        room::online(&customer).await?;
        technician.post("Hello from the technician")?;
        room::hear(&customer, "Hello from the technician").await?;

        room::say(&customer, "Hello from Firefox").await?;
        let sample = Sample::write(stage.folder(), "window.png", samples::picture()?)?;
        room::attach_in_browser(&customer, &sample.path).await?;
        room::share(&customer, "Here it is").await?;
        let seen = technician
            .until("the customer's file", wait::STEP, |seen| {
                seen.events().any(|event| match &event.body {
                    deskside_proto::EventBody::MessagePosted(message) => {
                        message.text == "Here it is" && message.attachments.len() == 1
                    }
                    _ => false,
                })
            })
            .await?;
        let file = seen
            .events()
            .find_map(|event| match &event.body {
                deskside_proto::EventBody::MessagePosted(message) => message.attachments.first().cloned(),
                _ => None,
            })
            .context("the file")?;
        assert_eq!((file.name.as_str(), file.sha256), ("window.png", sample.sha256()));
        room::look_at_picture(&customer, "window.png", 960).await?;
        customer.close().await
    })
    .await
}
