//! `cargo xtask bench upload`: a file to the portal and back, beside `curl` with a bare file server, in turn.
//!
//! Both servers hash and sync what they take. Ours is sent and saved by the core of the desktop app, which hashes and syncs what it
//! saves as well; `curl` does neither, so it is measured once more with `sync` and `sha256sum` behind it. Peaks of memory are the kernel's own (`VmHWM`), above what the process had before each way.

mod bare;
mod client;

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, Subcommand};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use self::client::Transfer;
use crate::procfs::Peak;
use crate::servers::Server as _;
use crate::servers::portal::Portal;
use crate::servers::process::Process;
use crate::terminal::{self, say};

const MIB: u64 = 1024 * 1024;

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    role: Option<Role>,
    /// The portal's program, built for release.
    #[arg(long, default_value = "deskside-portal")]
    portal: PathBuf,
    /// The desktop app's core without its window (`crates/client/examples/transfer.rs`).
    #[arg(long, default_value = "transfer")]
    client: PathBuf,
    /// Folder on the disk to measure [default: /var/tmp].
    #[arg(long, default_value = "/var/tmp")]
    work: PathBuf,
    #[arg(long, default_value_t = 1024)]
    mib: u64,
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Write the result there as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Be the bare file server; for the bench itself.
    Bare { file: PathBuf },
}

/// One round: MiB a second, and MiB of memory above what was there before.
#[derive(Debug, Clone, Serialize)]
struct Round {
    curl_up: f64,
    ours_up: f64,
    curl_down: f64,
    /// With `sync` and `sha256sum` behind it.
    curl_down_safe: f64,
    ours_down: f64,
    portal_up_mib: f64,
    portal_down_mib: f64,
    client_up_mib: f64,
    client_down_mib: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    mib: u64,
    cores: usize,
    rounds: Vec<Round>,
    /// Medians of ours through curl's, round by round.
    up_ratio: f64,
    down_ratio: f64,
    down_safe_ratio: f64,
    portal_peak_mib: f64,
    client_peak_mib: f64,
}

/// Runs the command of this process.
#[must_use]
pub fn main() -> ExitCode {
    let done = tokio::runtime::Runtime::new()
        .context("no runtime")
        .and_then(|runtime| runtime.block_on(run(Cli::parse())));
    terminal::end("deskside-bench-upload", done)
}

async fn run(cli: Cli) -> Result<()> {
    if let Some(Role::Bare { file }) = cli.role {
        return bare::serve(file, |address| say(format!("http://{address}/"))).await;
    }
    ensure!(Command::new("curl").arg("--version").output().is_ok(), "curl is not installed");
    let folder = tempfile::Builder::new().prefix("deskside-bench-").tempdir_in(&cli.work)?;
    let bench = Bench::start(&cli, folder.path()).await?;
    say(format!(
        "{} MiB, {} rounds; MiB/s up and down, memory above the beginning in MiB",
        cli.mib, cli.rounds
    ));
    let mut rounds = Vec::new();
    for number in 0..cli.rounds {
        let round = bench.round(number).await?;
        say(format!(
            "round {}: up {:.0} (curl {:.0}), down {:.0} (curl {:.0}); portal +{:.1} +{:.1}, client +{:.1} +{:.1}",
            number + 1,
            round.ours_up,
            round.curl_up,
            round.ours_down,
            round.curl_down,
            round.portal_up_mib,
            round.portal_down_mib,
            round.client_up_mib,
            round.client_down_mib,
        ));
        rounds.push(round);
    }
    let report = report(cli.mib, rounds);
    say(format!(
        "ours / curl: up {:.2}, down {:.2} ({:.2} where curl syncs and hashes); peaks: portal +{:.1} MiB, client +{:.1} MiB",
        report.up_ratio,
        report.down_ratio,
        report.down_safe_ratio,
        report.portal_peak_mib,
        report.client_peak_mib
    ));
    if let Some(file) = cli.json {
        fs::write(&file, serde_json::to_vec_pretty(&report)?).with_context(|| file.display().to_string())?;
    }
    Ok(())
}

fn report(mib: u64, rounds: Vec<Round>) -> Report {
    let most = |of: fn(&Round) -> f64| rounds.iter().map(of).fold(0.0, f64::max);
    Report {
        mib,
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        up_ratio: median(rounds.iter().map(|round| round.ours_up / round.curl_up)),
        down_ratio: median(rounds.iter().map(|round| round.ours_down / round.curl_down)),
        down_safe_ratio: median(rounds.iter().map(|round| round.ours_down / round.curl_down_safe)),
        portal_peak_mib: most(|round| round.portal_up_mib.max(round.portal_down_mib)),
        client_peak_mib: most(|round| round.client_up_mib.max(round.client_down_mib)),
        rounds,
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

struct Bench<'a> {
    cli: &'a Cli,
    folder: &'a Path,
    file: PathBuf,
    sha256: String,
    portal: Portal,
    bare: Process,
    bare_url: String,
}

impl<'a> Bench<'a> {
    async fn start(cli: &'a Cli, folder: &'a Path) -> Result<Self> {
        let file = folder.join("file.bin");
        let sha256 = random_file(&file, cli.mib)?;
        let portal = Portal::start(&cli.portal, folder, false).await?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare").arg(folder.join("bare.bin"));
        let mut bare = Process::spawn("bare", folder, &mut command)?;
        let bare_url = bare.until(|process| process.said().lines().next().map(str::to_owned)).await?;
        Ok(Self { cli, folder, file, sha256, portal, bare, bare_url })
    }

    /// Every way once; who goes first changes.
    async fn round(&self, number: usize) -> Result<Round> {
        let session = self.portal.upload_session().await?;
        let job = client::Job {
            portal: self.portal.url(),
            token: self.portal.token().to_owned(),
            session,
            folder: self.folder.join(format!("client-{number}")),
            file: self.file.clone(),
            sha256: self.sha256.clone(),
        };
        fs::create_dir(&job.folder)?;
        let mut client = Transfer::start(&self.cli.client, &job)?;
        let (curl_up, up, curl_down, down);
        if number.is_multiple_of(2) {
            curl_up = self.curl_up()?;
            up = self.ours(&mut client)?;
            curl_down = self.curl_down()?;
            down = self.ours(&mut client)?;
        } else {
            up = self.ours(&mut client)?;
            curl_up = self.curl_up()?;
            down = self.ours(&mut client)?;
            curl_down = self.curl_down()?;
        }
        client.end()?;
        fs::remove_dir_all(&job.folder)?;
        let (curl_down, curl_down_safe) = curl_down;
        Ok(Round {
            curl_up,
            ours_up: up.rate,
            curl_down,
            curl_down_safe,
            ours_down: down.rate,
            portal_up_mib: up.portal_mib,
            portal_down_mib: down.portal_mib,
            client_up_mib: up.client_mib,
            client_down_mib: down.client_mib,
        })
    }

    fn ours(&self, client: &mut Transfer) -> Result<Way> {
        let portal = self.portal.roots()[0];
        let (before, own) = (Peak::begin(portal)?, Peak::begin(client.pid())?);
        let millis = client.step()?;
        Ok(Way {
            rate: self.cli.mib as f64 * 1000.0 / millis,
            portal_mib: before.growth_mib()?,
            client_mib: own.growth_mib()?,
        })
    }

    fn curl_up(&self) -> Result<f64> {
        let (rate, said) = self.curl(&["-T", &self.file.display().to_string()])?;
        ensure!(said == self.sha256, "the bare server took something else: {said}");
        Ok(rate)
    }

    /// As `curl` leaves it, and as ours does: synced and hashed.
    fn curl_down(&self) -> Result<(f64, f64)> {
        let target = self.folder.join("curl.bin");
        let begun = Instant::now();
        let (plain, _) = self.curl(&["-o", &target.display().to_string()])?;
        for program in ["sync", "sha256sum"] {
            let done = Command::new(program).arg(&target).output()?;
            ensure!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
        }
        let safe = self.cli.mib as f64 / begun.elapsed().as_secs_f64();
        ensure!(fs::metadata(&target)?.len() == self.cli.mib * MIB, "curl saved another length");
        fs::remove_file(target)?;
        Ok((plain, safe))
    }

    /// MiB a second, and what the server said.
    fn curl(&self, more: &[&str]) -> Result<(f64, String)> {
        let begun = Instant::now();
        let done = Command::new("curl")
            .args(["--silent", "--show-error", "--fail"])
            .args(more)
            .arg(&self.bare_url)
            .output()?;
        let seconds = begun.elapsed().as_secs_f64();
        ensure!(
            done.status.success(),
            "curl: {} {}",
            String::from_utf8_lossy(&done.stderr),
            self.bare.said()
        );
        Ok((self.cli.mib as f64 / seconds, String::from_utf8_lossy(&done.stdout).into_owned()))
    }
}

/// One way of one file.
struct Way {
    rate: f64,
    portal_mib: f64,
    client_mib: f64,
}

/// Bytes that nobody can compress, on the disk; their SHA-256.
fn random_file(path: &Path, mib: u64) -> Result<String> {
    let (mut source, mut file) = (File::open("/dev/urandom")?, File::create(path)?);
    let mut block = vec![0; usize::try_from(MIB)?];
    let mut digest = Sha256::new();
    for _ in 0..mib {
        source.read_exact(&mut block)?;
        digest.update(&block);
        file.write_all(&block)?;
    }
    file.sync_all()?;
    Ok(hex::encode(digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_the_same_round_and_peaks_the_highest() {
        let round = |ours_up, curl_up, portal_up_mib, client_down_mib| Round {
            curl_up,
            ours_up,
            curl_down: 100.0,
            curl_down_safe: 40.0,
            ours_down: 50.0,
            portal_up_mib,
            portal_down_mib: 1.0,
            client_up_mib: 2.0,
            client_down_mib,
        };
        let report = report(
            1,
            vec![round(90.0, 100.0, 3.0, 1.0), round(10.0, 5.0, 0.5, 9.0), round(8.0, 10.0, 2.0, 0.0)],
        );
        assert_eq!((report.up_ratio, report.down_ratio, report.down_safe_ratio), (0.9, 0.5, 1.25));
        assert_eq!((report.portal_peak_mib, report.client_peak_mib), (3.0, 9.0));
    }
}
