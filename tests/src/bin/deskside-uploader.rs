//! `deskside-uploader`: the desktop app's client core without a window, for tests that kill it. It sends files to a session and
//! posts a message for each, under the file's name; started again it goes on where it was, as the app does.
//!
//! The argument is a job in JSON. It ends when every message is in the log; what could not be sent at all it tells.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that tells a test what it does")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use deskside_client::account::Access;
use deskside_client::direct::SetUp;
use deskside_client::driver::{self, SessionHandle};
use deskside_client::journal::Journal;
use deskside_client::portal::PortalClient;
use deskside_client::upload::{Control, LocalFile, Upload};
use deskside_client::{ClientError, Tls};
use deskside_proto::SessionId;
use deskside_session::{Intent, ViewUpdate};
use deskside_timeline::{Delivery, ItemKind, TimelineItem, TimelinePatch};
use futures_util::future::try_join_all;
use serde::Deserialize;

/// Between two looks at the session.
const LOOK: Duration = Duration::from_millis(100);

#[derive(Deserialize)]
struct Job {
    portal: String,
    token: String,
    session: SessionId,
    /// Where the journal is kept.
    data: PathBuf,
    files: Vec<PathBuf>,
}

/// What every upload needs.
struct Desk {
    access: Access,
    journal: Journal,
    id: SessionId,
    session: SessionHandle,
}

#[tokio::main]
async fn main() -> ExitCode {
    match work().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}

async fn work() -> Result<()> {
    let job: Job = serde_json::from_str(&std::env::args().nth(1).context("a job")?)?;
    let journal = Journal::open(&job.data).await?;
    let portal = PortalClient::new(&job.portal, &Tls::platform()?)?;
    let access = Access::new(portal, job.token, "user:uploader");
    let (session, view) =
        driver::open(access.clone(), job.session, journal.clone(), SetUp::fresh(&job.data)).await?;
    drop(view);
    let desk = Desk { access, journal, id: job.session, session };

    let posted = desk.until(|_| true).await?;
    let begun = job.files.iter().filter(|path| !posted.contains_key(name(path)));
    let sent = try_join_all(begun.map(|path| desk.send(path))).await?;
    let expected: Vec<&str> = posted.keys().map(String::as_str).chain(sent.into_iter().flatten()).collect();
    desk.until(|posted| expected.iter().all(|name| posted.get(*name) == Some(&Delivery::Sent))).await?;
    for path in desk.journal.files_on_their_way().await? {
        println!("still noted {path}");
    }
    Ok(())
}

impl Desk {
    /// Sends one file and hands its message to the outbox; nothing where the file cannot be sent.
    async fn send<'a>(&self, path: &'a Path) -> Result<Option<&'a str>> {
        let file = match LocalFile::choose(path) {
            Err(error @ ClientError::FileEmpty) => {
                println!("refused {} {}", name(path), error.code());
                return Ok(None);
            }
            chosen => chosen?,
        };
        let upload = Upload {
            access: &self.access,
            journal: &self.journal,
            session: self.id,
            file: &file,
            policy: &self.session.attachments(),
            capture: None,
        };
        let attachment = upload.run(|_| {}, &Control::default()).await?;
        let (text, attachments) = (name(path).to_owned(), vec![attachment]);
        let post = Intent::Post { text, reply_to: None, attachments, mentions: Vec::new(), private: false };
        self.session.intent(post).await?;
        Ok(Some(name(path)))
    }

    /// Looks until everything that stood in the log is here and `is_it` so; own messages by their text.
    async fn until(
        &self,
        is_it: impl Fn(&BTreeMap<String, Delivery>) -> bool,
    ) -> Result<BTreeMap<String, Delivery>> {
        loop {
            let mut view = self.session.look().await?;
            let updates = view.recv().await.context("the session goes on")?;
            let is_here = |update: &ViewUpdate| matches!(update, ViewUpdate::History { caught_up: true, .. });
            let posted = posted(&updates);
            if updates.iter().any(is_here) && is_it(&posted) {
                return Ok(posted);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn posted(updates: &[ViewUpdate]) -> BTreeMap<String, Delivery> {
    let patches = updates.iter().filter_map(|update| match update {
        ViewUpdate::Timeline { patches } => Some(patches),
        _ => None,
    });
    // Who begins to look gets everything at once.
    let items = patches.flatten().filter_map(|patch| match patch {
        TimelinePatch::Reset { items } => Some(items),
        _ => None,
    });
    let own = items.flatten().filter_map(|TimelineItem { kind, .. }| match kind {
        ItemKind::Message(message) if message.own => Some((message.text.clone(), message.delivery.clone())),
        _ => None,
    });
    own.collect()
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}
