//! `deskside-portal verify`.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use clap::Args;
use deskside_proto::{OrgId, SessionId};
use url::Url;

use super::{Report, Verifier};
use crate::{
    blobs::Blobs,
    cli::{DataArgs, bucket, say},
};

/// Between two lines of progress.
const EVERY: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Id or name of one organisation [default: all].
    #[arg(long)]
    org: Option<String>,
    /// One session.
    #[arg(long)]
    session: Option<SessionId>,
    /// Say what was found as JSON, one organisation on each line.
    #[arg(long)]
    json: bool,
    /// The bucket in which files and transcripts are, as the portal is told: <s3://bucket/prefix>.
    #[arg(long, env = "DESKSIDE_BLOBS", value_parser = bucket)]
    blobs: Option<Url>,
    #[command(flatten)]
    data: DataArgs,
}

/// Looks at everything that is asked for; fails where anything is wrong.
pub(crate) async fn main(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let verifier = open(args).await?;
    let mut all = verifier.ledger.chains().await?;
    if let Some(wanted) = &args.org {
        all.retain(|(id, name)| name == wanted || id.to_string() == *wanted);
        if all.is_empty() {
            bail!("there is no organisation {wanted:?}");
        }
    }
    let (mut is_sound, mut manifests) = (true, 0);
    for (org, name) in all {
        let report = verify(&verifier, org, name, args).await?;
        is_sound &= report.findings.is_empty();
        manifests += report.manifests;
        tell(&report, args.json)?;
    }
    if args.session.is_some() && manifests == 0 && is_sound {
        bail!("no manifest names that session: it is not sealed yet, or not of this portal");
    }
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn open(args: &VerifyArgs) -> anyhow::Result<Verifier> {
    let ledger = args.data.database()?.ledger().await.context("the database cannot be read")?;
    let blobs = match &args.blobs {
        Some(bucket) => Blobs::bucket(bucket)?,
        None => Blobs::folder(&args.data.folder()?.join("blobs"))?,
    };
    Ok(Verifier { ledger, blobs })
}

async fn verify(verifier: &Verifier, org: OrgId, name: String, args: &VerifyArgs) -> anyhow::Result<Report> {
    let is_watched = std::io::stderr().is_terminal();
    let mut told = Instant::now();
    let progress = |report: &Report| {
        if is_watched && told.elapsed() >= EVERY {
            told = Instant::now();
            let Report { manifests, files, bytes, .. } = report;
            // Only for the eye: where it cannot be written, nothing is lost.
            drop(write!(std::io::stderr(), "\r{manifests} manifests, {files} files, {} MiB … ", bytes >> 20));
        }
    };
    let report = verifier.verify(org, name, args.session, progress).await?;
    if is_watched {
        drop(write!(std::io::stderr(), "\r\x1b[K"));
    }
    Ok(report)
}

fn tell(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        return Ok(say(&serde_json::to_string(report)?)?);
    }
    for finding in &report.findings {
        let name = finding.name.as_ref().map(|name| format!(" ({name:?})")).unwrap_or_default();
        say(&format!("problem  {}{name} {}", finding.file, finding.problem.sentence()))?;
    }
    let verdict = if report.findings.is_empty() { "ok      " } else { "problem " };
    let Report { name, manifests, files, erased, deleted, findings, .. } = report;
    let head = report.head.as_deref().unwrap_or("none");
    say(&format!(
        "{verdict} {name}: {manifests} manifests, {files} files ({erased} erased), {deleted} deleted, {} problems, last \
         manifest {head}",
        findings.len()
    ))?;
    Ok(())
}
