//! Bad input that only the whole program can show: a portal that dies within an upload, and processes that are starved of
//! what they expect. The rest stands with the portal's own tests.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use deskside_proto::EventBody;
use deskside_proto::api::UploadCreated;
use deskside_session::Intent;
use deskside_tests::api::Api;
use deskside_tests::house::House;
use deskside_tests::wire::WireClient;
use deskside_tests::{portal, stage, wait};
use reqwest::{Method, Response};
use sha2::{Digest as _, Sha256};

async fn patch(api: &Api, path: &str, offset: usize, bytes: &[u8]) -> Result<Response> {
    let request = api
        .request(Method::PATCH, path)
        .header("Tus-Resumable", "1.0.0")
        .header("Upload-Offset", offset)
        .header("Content-Type", "application/offset+octet-stream")
        .body(bytes.to_vec());
    Ok(request.send().await?)
}

/// SIGKILL in the middle of an upload: what was confirmed is kept, the rest follows, the whole is right (rows N01, N03).
#[tokio::test]
async fn an_upload_goes_on_after_the_portal_was_killed() -> Result<()> {
    stage::play(Duration::from_secs(240), async |stage| {
        let mut house = House::open_plain(stage).await?;
        let session = house.technician.create_session(house.org, "Upload").await?.session.id;
        let mut technician = WireClient::open(&house.technician, session);
        technician.until_online().await?;
        let bytes: Vec<u8> = (0..3_000_000_u32).flat_map(|word| (word % 251).to_le_bytes()).collect();
        let (first, rest) = bytes.split_at(5_000_000);
        let name = base64::engine::general_purpose::STANDARD.encode("dump.bin");
        let creation = house
            .technician
            .request(Method::POST, &format!("/sessions/{session}/uploads"))
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Length", bytes.len())
            .header("Upload-Metadata", format!("filename {name}"));
        let created: UploadCreated = creation.send().await?.json().await?;
        let path = format!("/uploads/{}", created.upload_id);
        let answer = patch(&house.technician, &path, 0, first).await?;
        ensure!(answer.status() == 204, "{}", answer.status());

        house.portal.kill();
        house.portal.restart(stage).await?;
        let wrong = patch(&house.technician, &path, first.len() + 1, &rest[..1000]).await?;
        assert_eq!(wrong.status().as_u16(), 409, "a gap is refused");
        let head =
            house.technician.request(Method::HEAD, &path).header("Tus-Resumable", "1.0.0").send().await?;
        let offset = head.headers().get("Upload-Offset").context("an offset")?.to_str()?.to_owned();
        assert_eq!(offset, first.len().to_string(), "what was confirmed is there");
        let answer = patch(&house.technician, &path, first.len(), rest).await?;
        ensure!(answer.status() == 204, "{}", answer.status());
        let attachments = vec![created.attachment_id];
        technician.intend(Intent::Post {
            text: String::new(),
            reply_to: None,
            attachments,
            mentions: Vec::new(),
            private: false,
        })?;
        let seen = technician
            .until("the file", wait::STEP, |seen| {
                seen.events().any(|event| matches!(&event.body, EventBody::MessagePosted(_)))
            })
            .await?;
        let file = seen
            .events()
            .find_map(|event| match &event.body {
                EventBody::MessagePosted(message) => message.attachments.first(),
                _ => None,
            })
            .context("the file")?;
        assert_eq!(file.sha256, hex::encode(Sha256::digest(&bytes)));
        let route = format!("/sessions/{session}/attachments/{}", file.id);
        ensure!(house.technician.get_bytes(&route).await? == bytes, "byte for byte");
        Ok(())
    })
    .await
}

/// Commands that cannot be done say why, and change nothing.
#[tokio::test]
async fn commands_say_what_is_wrong() -> Result<()> {
    stage::play(Duration::from_secs(120), async |stage| {
        let data = stage.subfolder("data")?;
        let org = ["org", "create", "--name", "One", "--admin-email", "a@example.org", "--admin-name", "A"];
        let weak = portal::command(&data, &org, "short").err().context("a weak password is refused")?;
        ensure!(format!("{weak:?}").contains("password"), "{weak:?}");
        portal::command(&data, &org, "a long enough secret")?;
        let user = |org: &'static str, role: &'static str| {
            ["user", "create", "--org", org, "--role", role, "--email", "b@example.org", "--name", "B"]
        };
        let unknown = portal::command(&data, &user("Two", "admin"), "a long enough secret");
        ensure!(format!("{:?}", unknown.err().context("no such organisation")?).contains("Two"));
        let role = portal::command(&data, &user("One", "king"), "a long enough secret");
        ensure!(
            format!("{:?}", role.err().context("no such role")?).contains("technician"),
            "it names the roles"
        );
        portal::command(&data, &user("One", "technician"), "a long enough secret").map(drop)
    })
    .await
}
