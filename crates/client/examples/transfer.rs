//! `transfer`: sends one file to a session and saves it again, with the core of the desktop app and without its window; for
//! `cargo xtask bench upload`, which looks at this process from outside.
//!
//! The argument is a job in JSON. Each step begins with a line on standard input, and its milliseconds are the answer.
#![expect(clippy::print_stdout, reason = "what it says is what it is for")]

use std::io::BufRead as _;
use std::path::PathBuf;
use std::time::Instant;

use deskside_client::Tls;
use deskside_client::account::Access;
use deskside_client::download::save_attachment;
use deskside_client::journal::Journal;
use deskside_client::portal::PortalClient;
use deskside_client::upload::{Control, LocalFile, Upload};
use deskside_proto::{Attachment, AttachmentPolicy, SessionId};
use serde::Deserialize;

#[derive(Deserialize)]
struct Job {
    portal: String,
    token: String,
    session: SessionId,
    /// Where the journal is kept, and the file is saved.
    folder: PathBuf,
    file: PathBuf,
    /// Lower-case hex.
    sha256: String,
}

type Anyhow = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Anyhow> {
    let job: Job = serde_json::from_str(&std::env::args().nth(1).ok_or("a job")?)?;
    let journal = Journal::open(&job.folder).await?;
    let access = Access::new(PortalClient::new(&job.portal, &Tls::platform()?)?, job.token, "user:transfer");
    let file = LocalFile::choose(&job.file)?;
    let policy = AttachmentPolicy::default();

    let mut lines = std::io::stdin().lock().lines();
    lines.next().ok_or("told to stop")??;
    let begun = Instant::now();
    let upload = Upload {
        access: &access,
        journal: &journal,
        session: job.session,
        file: &file,
        policy: &policy,
        capture: None,
    };
    let id = upload.run(|_| {}, &Control::default()).await?;
    println!("{}", begun.elapsed().as_millis());

    lines.next().ok_or("told to stop")??;
    let begun = Instant::now();
    let (name, size, sha256) = (file.name().to_owned(), file.size(), job.sha256);
    let attachment = Attachment {
        id,
        name,
        size,
        media_type: String::new(),
        sha256,
        thumbnail: None,
        direct: None,
        capture: None,
    };
    let saved = save_attachment(&access, job.session, &attachment, &job.folder.join("saved"), |_| {}).await?;
    println!("{}", begun.elapsed().as_millis());

    // The peak of this process is read before it ends.
    lines.next().ok_or("told to stop")??;
    std::fs::remove_file(saved)?;
    Ok(())
}
