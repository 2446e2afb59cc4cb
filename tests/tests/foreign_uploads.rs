//! Clients of tus 1.0 that we did not write send files to a real portal: in pieces, with checksums, going on after a cut and after
//! a kill, and given up (rows N01, N06).
//!
//! tuspy (Python) and tus-js-client (in Node, without our page) take the same jobs: tests/foreign.
#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{AttachmentId, SessionId};
use deskside_tests::house::House;
use deskside_tests::process::Process;
use deskside_tests::proxy::Network;
use deskside_tests::random::Random;
use deskside_tests::samples::Sample;
use deskside_tests::stage::{self, Stage};
use deskside_tests::wire::WireClient;
use deskside_tests::{python_tools, wait, workspace};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const LIMIT: Duration = Duration::from_secs(180);
const PIECE: u64 = 1 << 20;
/// Eleven whole pieces and a broken one.
const SIZE: usize = (11 << 20) + 12_345;
/// No ASCII, no extension of a known type.
const NAME: &str = "Größen & Maße 📐.deskside-sample";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Client {
    Tuspy,
    TusJs,
}

const CLIENTS: [Client; 2] = [Client::Tuspy, Client::TusJs];

/// A portal, a session, and a file that a technician sends there.
struct Desk {
    house: House,
    session: SessionId,
    sample: Sample,
}

impl Desk {
    async fn set_up(stage: &Stage) -> Result<Self> {
        let house = House::open_plain(stage).await?;
        let session = house.technician.create_session(house.org, "Foreign clients").await?.session.id;
        // Only who has come in sends files.
        WireClient::open(&house.technician, session).until_online().await?;
        let mut random = Random::from_seed(20_261_121);
        let bytes: Vec<u8> = (0..SIZE.div_ceil(16)).flat_map(|_| random.bytes()).take(SIZE).collect();
        let sample = Sample::write(&stage.subfolder("sender")?, NAME, bytes)?;
        Ok(Self { house, session, sample })
    }

    /// Starts a client; `extra` is added to its job. It remembers what it has begun from one start to the next.
    fn start(&self, stage: &Stage, client: Client, extra: &Value) -> Result<Process> {
        let folder = workspace::root()?;
        let mut job = json!({
            "endpoint": format!("{}/api/v1/sessions/{}/uploads", self.house.portal.url(), self.session),
            "token": self.house.technician.token(),
            "path": self.sample.path,
            "name": self.sample.name,
            "piece": PIECE,
            "places": stage.folder().join(format!("{client:?}.places")),
            "packages": folder.join("ui/package.json"),
        });
        if let (Some(job), Some(extra)) = (job.as_object_mut(), extra.as_object()) {
            job.extend(extra.clone());
        }
        let (program, script) = match client {
            Client::Tuspy => (python_tools::program("python")?, "tests/foreign/tuspy_upload.py"),
            Client::TusJs => (workspace::tool("node")?, "tests/foreign/tus_js_upload.cjs"),
        };
        let mut command = Command::new(program);
        command.arg(folder.join(script)).arg(job.to_string()).env("NO_PROXY", "*");
        stage.spawn(&format!("{client:?}"), command)
    }

    /// Starts a client and waits until it ends well.
    async fn run(&self, stage: &Stage, client: Client, extra: &Value) -> Result<Process> {
        let mut process = self.start(stage, client, extra)?;
        let status = process.end(wait::STEP).await?;
        ensure!(status.success(), "{client:?}: {status}\n{}", process.said());
        Ok(process)
    }

    /// What the portal gives out is what the sender has.
    async fn has_arrived(&self, attachment: AttachmentId) -> Result<()> {
        let path = format!("/sessions/{}/attachments/{attachment}", self.session);
        let got = self.house.technician.get_bytes(&path).await?;
        assert_eq!(hex::encode(Sha256::digest(&got)), self.sample.sha256(), "{} bytes", got.len());
        ensure!(self.staged()? == 0, "nothing is left in the staging folder");
        Ok(())
    }

    /// Files of unfinished uploads.
    fn staged(&self) -> Result<usize> {
        Ok(std::fs::read_dir(self.house.portal.data.join("staging"))?.count())
    }

    /// Status and offset of the upload at `url`.
    async fn look_up(&self, url: &str) -> Result<(u16, Option<u64>)> {
        let path = url.split_once("/api/v1").context("the portal's address")?.1;
        let request = self.house.technician.request(Method::HEAD, path).header("Tus-Resumable", "1.0.0");
        let answer = request.send().await?;
        let offset = answer.headers().get("upload-offset").map(|value| value.to_str().map(str::parse));
        Ok((answer.status().as_u16(), offset.transpose()?.transpose()?))
    }
}

/// What a client told last under this word.
fn told(process: &Process, word: &str) -> Option<String> {
    let said = process.said();
    let mut lines = said.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
    lines.next_back().map(str::to_owned)
}

fn number(process: &Process, word: &str) -> u64 {
    told(process, word).and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn attachment(process: &Process) -> Result<AttachmentId> {
    Ok(told(process, "attachment").context("an upload was created")?.parse()?)
}

/// Creation and pieces; a client that has nothing to go on with begins anew.
#[tokio::test]
async fn a_file_comes_in_pieces_and_whole() -> Result<()> {
    stage::play(LIMIT, async |stage| {
        let desk = Desk::set_up(stage).await?;
        for client in CLIENTS {
            let process = desk.run(stage, client, &json!({})).await?;
            let pieces: Vec<String> =
                process.said().lines().filter(|line| line.starts_with("at ")).map(str::to_owned).collect();
            let expected: Vec<String> =
                (1..=12).map(|piece| format!("at {}", (piece * PIECE).min(SIZE as u64))).collect();
            assert_eq!(pieces, expected, "{client:?}");
            desk.has_arrived(attachment(&process)?).await?;
        }
        Ok(())
    })
    .await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Accident {
    /// The connection is reset in the middle of a piece.
    Cut,
    /// SIGKILL for the portal, which comes back.
    PortalKilled,
    /// SIGKILL for the client.
    ClientKilled,
}

/// After each accident a new process goes on from the address it kept; nothing that the portal had confirmed is sent again.
#[tokio::test]
async fn an_upload_goes_on_from_a_kept_address() -> Result<()> {
    stage::play(LIMIT * 2, async |stage| {
        let mut desk = Desk::set_up(stage).await?;
        for client in CLIENTS {
            for accident in [Accident::Cut, Accident::PortalKilled, Accident::ClientKilled] {
                interrupted(stage, &mut desk, client, accident)
                    .await
                    .with_context(|| format!("{client:?}, {accident:?}"))?;
            }
        }
        Ok(())
    })
    .await
}

async fn interrupted(stage: &Stage, desk: &mut Desk, client: Client, accident: Accident) -> Result<()> {
    // Seconds for the whole, so that the accident falls into the middle.
    desk.house.portal.proxy.set(Network::Slow);
    let places = json!({ "places": stage.folder().join(format!("{client:?}-{accident:?}.places")) });
    let mut first = desk.start(stage, client, &places)?;
    wait::until("three pieces", wait::STEP, async || Ok(number(&first, "at") >= 3 * PIECE)).await?;
    match accident {
        Accident::Cut => desk.house.portal.proxy.set(Network::Reset),
        Accident::PortalKilled => desk.house.portal.kill(),
        Accident::ClientKilled => first.kill(),
    }
    if accident != Accident::ClientKilled {
        let status = first.end(wait::STEP).await?;
        ensure!(!status.success(), "it was interrupted in the middle: {}", first.said());
    }
    let confirmed = number(&first, "at");
    if accident == Accident::PortalKilled {
        desk.house.portal.restart(stage).await?;
    }
    desk.house.portal.proxy.set(Network::Up);

    let mut again = places;
    // The portal may still be busy with the end of the broken piece (409, 423).
    again["retries"] = json!(5);
    let second = desk.run(stage, client, &again).await?;
    ensure!(told(&second, "attachment").is_none(), "it creates no other upload: {}", second.said());
    let from = number(&second, "from");
    ensure!((confirmed..SIZE as u64).contains(&from), "it goes on at {from}, of {confirmed} confirmed");
    desk.has_arrived(attachment(&first)?).await
}

/// Pieces with a right checksum are kept, one with a wrong checksum is answered 460 and leaves nothing behind.
#[tokio::test]
async fn checksums_are_held_against_the_pieces() -> Result<()> {
    stage::play(LIMIT, async |stage| {
        let desk = Desk::set_up(stage).await?;
        let mut liar = desk.start(stage, Client::Tuspy, &json!({ "checksum": true, "lies": true }))?;
        let status = liar.end(wait::STEP).await?;
        assert_eq!((status.code(), told(&liar, "failed").as_deref()), (Some(3), Some("460")));

        let honest = desk.run(stage, Client::Tuspy, &json!({ "checksum": true })).await?;
        assert_eq!(
            (told(&honest, "attachment"), number(&honest, "from")),
            (None, 0),
            "of the same upload nothing is there"
        );
        desk.has_arrived(attachment(&liar)?).await
    })
    .await
}

/// Termination: what is given up is known no more, and its bytes are gone.
#[tokio::test]
async fn what_is_given_up_is_gone() -> Result<()> {
    stage::play(LIMIT, async |stage| {
        let desk = Desk::set_up(stage).await?;
        let process = desk.run(stage, Client::TusJs, &json!({ "give_up_at": 2 * PIECE })).await?;
        ensure!(process.said().contains("given up"), "{}", process.said());
        let url = told(&process, "url").context("the address of what was given up")?;
        assert_eq!(desk.look_up(&url).await?, (404, None));
        wait::until("its bytes are gone", wait::STEP, async || Ok(desk.staged()? == 0)).await?;

        let anew = desk.run(stage, Client::TusJs, &json!({})).await?;
        assert_ne!(attachment(&anew)?, attachment(&process)?, "the next one is another upload");
        desk.has_arrived(attachment(&anew)?).await
    })
    .await
}
