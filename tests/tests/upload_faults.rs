//! Files on their way while the client, the portal and the network between them fail at random points: every file arrives whole and
//! is posted once, nothing else is left of it (rows N01, N03, Z05, Z18).
//!
//! `DESKSIDE_CASES` sets how often files of four sizes are sent, `DESKSIDE_SEED` what happens to them.
#![expect(clippy::print_stdout, reason = "the seed plays a failure again")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{Attachment, EventBody, SessionId};
use deskside_tests::api::Api;
use deskside_tests::house::House;
use deskside_tests::process::Process;
use deskside_tests::proxy::Network;
use deskside_tests::random::{self, Random};
use deskside_tests::samples::Sample;
use deskside_tests::stage::{self, Stage};
use deskside_tests::wire::WireClient;
use deskside_tests::{wait, workspace};
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// A case takes about ten seconds; a connection that goes silent may take the client half a minute to give up.
const PER_CASE: Duration = Duration::from_secs(120);
const BLOCK: usize = 1 << 20;

/// Everybody in the play.
struct Play<'a> {
    stage: &'a Stage,
    house: House,
    session: SessionId,
    random: Random,
    /// Ids of what was posted so far: the names of their objects.
    posted: BTreeSet<String>,
}

/// Nothing, one byte, some pieces, many pieces: 0 B, 1 B, 5 MB and 60 MB.
#[tokio::test]
async fn files_arrive_whatever_fails() -> Result<()> {
    let (seed, cases) = (random::seed()?, random::cases(3)?);
    println!("DESKSIDE_SEED={seed} DESKSIDE_CASES={cases}");
    stage::play(PER_CASE * (cases + 1), async |stage| {
        let house = House::open_plain(stage).await?;
        let session = house.technician.create_session(house.org, "Files").await?.session.id;
        let random = Random::from_seed(seed);
        let mut play = Play { stage, house, session, random, posted: BTreeSet::new() };
        for case in 0..cases {
            play.case(case).await.with_context(|| format!("case {case}"))?;
        }
        Ok(())
    })
    .await
}

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Client,
    Portal,
    Network(Network),
}

const FAULTS: [Fault; 5] = [
    Fault::Client,
    Fault::Portal,
    Fault::Network(Network::Reset),
    Fault::Network(Network::HalfOpen),
    Fault::Network(Network::Stalled),
];

impl Play<'_> {
    async fn case(&mut self, case: u32) -> Result<()> {
        let folder = self.stage.subfolder(&format!("case-{case:03}"))?;
        let files = self.files(case, &folder)?;
        let mut client = self.start(&folder, &files)?;
        // The large file takes longer than all faults, which therefore meet it on its way.
        self.house.portal.proxy.set(Network::Slow);
        for _ in 0..self.random.between(2, 5) {
            self.pause(800).await;
            let fault = FAULTS[self.random.index(FAULTS.len())];
            println!("case {case}: {fault:?} after {} MB", self.house.portal.proxy.bytes() / 1_000_000);
            ensure!(
                client.ended()?.is_none(),
                "the client ended before its files can have arrived\n{}",
                client.said()
            );
            self.suffer(fault, &mut client, &folder, &files).await.with_context(|| format!("{fault:?}"))?;
        }
        self.house.portal.proxy.set(Network::Up);
        let status = client.end(PER_CASE).await.with_context(|| client.said())?;
        ensure!(status.success(), "the client ended with {status}\n{}", client.said());
        self.check(&files, &client).await?;
        // Sixty megabytes a case add up.
        Ok(std::fs::remove_dir_all(folder)?)
    }

    /// One fault, and its end.
    async fn suffer(
        &mut self,
        fault: Fault,
        client: &mut Process,
        folder: &Path,
        files: &[Sample],
    ) -> Result<()> {
        match fault {
            Fault::Client => {
                client.kill();
                self.pause(200).await;
                *client = self.start(folder, files)?;
            }
            Fault::Portal => {
                self.house.portal.kill();
                self.pause(200).await;
                self.house.portal.restart(self.stage).await?;
            }
            Fault::Network(network) => {
                self.house.portal.proxy.set(network);
                self.pause(1_000).await;
                self.house.portal.proxy.set(Network::Slow);
            }
        }
        Ok(())
    }

    /// At most so many milliseconds.
    async fn pause(&mut self, most: u64) {
        tokio::time::sleep(Duration::from_micros(self.random.between(0, most * 1_000))).await;
    }

    fn files(&mut self, case: u32, folder: &Path) -> Result<Vec<Sample>> {
        let around = |random: &mut Random, size: u64| random.between(size - 100_000, size + 100_000);
        let sizes = [0, 1, around(&mut self.random, 5_000_000), around(&mut self.random, 60_000_000)];
        let mut files = Vec::new();
        for (number, size) in sizes.into_iter().enumerate() {
            let name = format!("case {case:03}, file {number}.bin");
            files.push(Sample::write(folder, &name, self.content(usize::try_from(size)?))?);
        }
        Ok(files)
    }

    /// Bytes that no other file has, and no two blocks of which are the same.
    fn content(&mut self, size: usize) -> Vec<u8> {
        let block: Vec<u8> = (0..BLOCK / 16).flat_map(|_| self.random.bytes()).collect();
        let mut bytes = Vec::with_capacity(size + BLOCK);
        for number in 0_u64.. {
            if bytes.len() >= size {
                break;
            }
            bytes.extend_from_slice(&block[8..]);
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.truncate(size);
        bytes
    }

    fn start(&self, folder: &Path, files: &[Sample]) -> Result<Process> {
        let job = json!({
            "portal": self.house.portal.url(),
            "token": self.house.technician.token(),
            "session": self.session,
            "data": folder.join("data"),
            "files": files.iter().map(|file| &file.path).collect::<Vec<_>>(),
        });
        let mut command = Command::new(workspace::program("deskside-uploader")?);
        command.arg(job.to_string());
        self.stage.spawn("uploader", command)
    }

    /// Each file is posted once and comes back as it was; the portal's folders hold these files and nothing else.
    async fn check(&mut self, files: &[Sample], client: &Process) -> Result<()> {
        let (empty, whole) = files.split_first().context("there are files")?;
        let told: Vec<String> = client.said().lines().map(str::to_owned).collect();
        assert_eq!(
            told,
            [format!("refused {} file_empty", empty.name)],
            "and nothing is on its way any more"
        );
        // With connections of its own: those that were kept open may have died in a fault.
        let token = self.house.technician.token().map(str::to_owned);
        let reader = self.house.portal.api()?.with_token(token);
        for (sample, posted) in whole.iter().zip(self.posted_files(&reader, whole).await?) {
            assert_eq!(
                (posted.name.as_str(), posted.size),
                (sample.name.as_str(), sample.bytes.len() as u64)
            );
            assert_eq!(posted.sha256, sample.sha256(), "{}", sample.name);
            let path = format!("/sessions/{}/attachments/{}", self.session, posted.id);
            let got = reader.get_bytes(&path).await?;
            assert_eq!(hex::encode(Sha256::digest(&got)), sample.sha256(), "{}", sample.name);
            self.posted.insert(posted.id.to_string());
        }
        let data = &self.house.portal.data;
        wait::until("nothing is staged", wait::STEP, async || {
            Ok(files_below(&data.join("staging"))?.is_empty())
        })
        .await?;
        let objects: Vec<String> = files_below(&data.join("blobs"))?;
        assert_eq!(objects.len(), self.posted.len(), "one object for each attachment");
        assert_eq!(objects.into_iter().collect::<BTreeSet<_>>(), self.posted);
        Ok(())
    }

    /// The one attachment of the one message for each of `files`, as the log has it.
    async fn posted_files(&self, reader: &Api, files: &[Sample]) -> Result<Vec<Attachment>> {
        let mut socket = WireClient::open(reader, self.session);
        let is_there = |file: &Sample, text: &str| file.name == text;
        let seen = socket
            .until("every file is posted", wait::STEP, |seen| {
                files.iter().all(|file| seen.texts().any(|text| is_there(file, text)))
            })
            .await?;
        files
            .iter()
            .map(|file| {
                let messages = seen.events().filter_map(|event| match &event.body {
                    EventBody::MessagePosted(message) if is_there(file, &message.text) => Some(message),
                    _ => None,
                });
                let mut attachments: Vec<Attachment> =
                    messages.flat_map(|message| message.attachments.clone()).collect();
                assert_eq!(
                    (seen.times(&file.name), attachments.len()),
                    (1, 1),
                    "{} is posted once",
                    file.name
                );
                attachments.pop().context("one attachment")
            })
            .collect()
    }
}

/// Names of all files below a folder.
fn files_below(folder: &PathBuf) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.extend(files_below(&entry.path())?);
        } else {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}
