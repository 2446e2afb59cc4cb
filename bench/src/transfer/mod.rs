//! `cargo xtask bench transfer`: our direct transfer, file to file with disk and hash, beside what others make of the same machine.
//!
//! Every round plays every case once, each round beginning with another; the table has medians, and ratios of the same round. All
//! rates are 10⁶ bytes a second of content. CPU time and memory are the kernel's, of whole processes; in browsers, of all of
//! theirs while the transfer goes on.

mod arrival;
mod cases;
mod chromium;
mod copy;
mod iperf;
mod line;
mod ours;
mod product;
pub mod report;
mod run;
mod stage;
mod wormhole;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Parser, Subcommand};

use self::cases::{Case, Group};
use self::report::{Conditions, Report, Rounds, Sample};
use self::wormhole::Wormhole;
use crate::terminal::{self, say};

const MIB: u64 = 1024 * 1024;

/// Measures direct transfer beside its peers, in turn.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    role: Option<Role>,
    /// Our engine's two ends (`crates/direct/examples/direct-peer.rs`), built for release.
    #[arg(long, default_value = "direct-peer")]
    peer: PathBuf,
    /// The emulated line (`deskside-line` of the tests).
    #[arg(long, default_value = "deskside-line")]
    line: PathBuf,
    /// Python's environment with magic-wormhole.
    #[arg(long, default_value = "wormhole")]
    wormhole: PathBuf,
    /// Pages for Chromium without our engine (bench/peers/chromium).
    #[arg(long, default_value = "bench/peers/chromium")]
    pages: PathBuf,
    /// The page of ours with its engine, `direct.html`.
    #[arg(long, default_value = "ui/dist-bench")]
    product: PathBuf,
    /// Folder on the disk to measure [default: /var/tmp].
    #[arg(long, default_value = "/var/tmp")]
    work: PathBuf,
    /// Smaller files, three rounds, no slow lines: below four minutes.
    #[arg(long)]
    quick: bool,
    /// How often every case is played [default: 5, quick 3; at most 3 on slow lines].
    #[arg(long)]
    rounds: Option<usize>,
    /// Only these cases.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Write the result there as JSON, after every round.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Be one end of a copy by a library alone; for the bench itself.
    #[command(subcommand)]
    Copy(copy::End),
}

/// Runs the command of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.role {
        Some(Role::Copy(end)) => copy::play(end),
        None => tokio::runtime::Runtime::new()
            .context("no runtime")
            .and_then(|runtime| runtime.block_on(run(&cli))),
    };
    terminal::end("deskside-bench-transfer", done)
}

async fn run(cli: &Cli) -> Result<()> {
    let cases = chosen(cli)?;
    let rounds = cli.rounds.unwrap_or(if cli.quick { 3 } else { 5 });
    let folder = tempfile::Builder::new().prefix("deskside-bench-").tempdir_in(&cli.work)?;
    let mut bench = Bench::start(cli, folder.path(), &cases).await?;
    let mut all = Rounds::new(cases.iter().map(|case| case.name().to_owned()).collect());
    let mut conditions = bench.conditions(rounds);
    for number in 0..rounds {
        all.add(bench.round(number, &cases).await);
        conditions.load_after = load();
        write(cli, &all.report(conditions.clone(), bench.not_measured.clone()))?;
    }
    let report = all.report(conditions, bench.not_measured);
    say(format!("\n{}", report.table()));
    ensure!(!report.cases.is_empty(), "nothing could be measured");
    Ok(())
}

fn chosen(cli: &Cli) -> Result<Vec<Case>> {
    if let Some(unknown) =
        cli.only.iter().find(|name| Case::ALL.iter().all(|case| case.name() != name.as_str()))
    {
        let names: Vec<_> = Case::ALL.iter().map(|case| case.name()).collect();
        bail!("there is no case {unknown}; there are {}", names.join(", "));
    }
    let wanted = |case: &Case| match cli.only.is_empty() {
        true => !cli.quick || case.group() != Group::Line,
        false => cli.only.iter().any(|name| name == case.name()),
    };
    Ok(Case::ALL.into_iter().filter(wanted).collect())
}

fn write(cli: &Cli, report: &Report) -> Result<()> {
    let Some(file) = &cli.json else { return Ok(()) };
    fs::write(file, serde_json::to_vec_pretty(report)?).with_context(|| file.display().to_string())
}

/// What all cases share.
struct Bench<'a> {
    cli: &'a Cli,
    folder: &'a Path,
    /// Files to send, by MiB.
    files: BTreeMap<u64, PathBuf>,
    wormhole: Option<Wormhole>,
    /// Cases that failed or were left out, and why.
    not_measured: Vec<String>,
}

impl<'a> Bench<'a> {
    async fn start(cli: &'a Cli, folder: &'a Path, cases: &[Case]) -> Result<Self> {
        let mut files = BTreeMap::new();
        for mib in cases.iter().map(|case| case.mib(cli.quick)) {
            if let std::collections::btree_map::Entry::Vacant(entry) = files.entry(mib) {
                let path = folder.join(format!("{mib}-mib.bin"));
                random_file(&path, mib)?;
                entry.insert(path);
            }
        }
        let mut bench = Self { cli, folder, files, wormhole: None, not_measured: Vec::new() };
        if cases.contains(&Case::Wormhole) {
            match Wormhole::start(&cli.wormhole, folder).await {
                Ok(wormhole) => bench.wormhole = Some(wormhole),
                Err(error) => bench.leave_out(Case::Wormhole, &error),
            }
        }
        Ok(bench)
    }

    fn conditions(&self, rounds: usize) -> Conditions {
        let quick = self.cli.quick;
        let said = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let processor = said("/proc/cpuinfo");
        let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let versions =
            [iperf::version(), self.wormhole.as_ref().and_then(Wormhole::version), chromium::version()];
        Conditions {
            quick,
            rounds,
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            processor: model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, model)| model.to_owned()),
            kernel: said("/proc/sys/kernel/osrelease"),
            load_before: load(),
            load_after: 0.0,
            programs: versions.into_iter().flatten().collect(),
            mib: Group::ALL
                .into_iter()
                .filter(|group| !quick || !matches!(group, Group::Line | Group::SlowOnLine))
                .map(|group| (group.name().to_owned(), group.mib(quick)))
                .collect(),
        }
    }

    /// Every case once; who goes first changes.
    async fn round(&mut self, number: usize, cases: &[Case]) -> BTreeMap<String, Sample> {
        let mut samples = BTreeMap::new();
        let first = number * 3 % cases.len().max(1);
        for case in cases[first..].iter().chain(&cases[..first]) {
            if number >= case.most_rounds() || self.is_left_out(*case) {
                continue;
            }
            match self.play(*case, number).await {
                Ok(sample) => {
                    say(format!(
                        "round {}: {} {:.1} MB/s, CPU {:.2} + {:.2} s/GB, {:.0} MiB",
                        number + 1,
                        case.name(),
                        sample.mb_s,
                        sample.cpu_tx,
                        sample.cpu_rx,
                        sample.rss_mib
                    ));
                    samples.insert(case.name().to_owned(), sample);
                }
                Err(error) => self.leave_out(*case, &error),
            }
        }
        samples
    }

    /// In a folder of its own, in which every byte that arrived is looked at.
    async fn play(&self, case: Case, number: usize) -> Result<Sample> {
        let folder = self.folder.join(format!("{}-{number}", case.name()));
        let target = folder.join("target");
        fs::create_dir_all(&target)?;
        let file = self.files.get(&case.mib(self.cli.quick)).context("a file to send")?;
        let sample = case.play(self, &folder, file, &target, number).await?;
        if case.leaves_a_file() {
            ensure!(same(file, &only_file(&target)?)?, "what arrived is not what was sent");
        }
        fs::remove_dir_all(&folder)?;
        Ok(sample)
    }

    fn is_left_out(&self, case: Case) -> bool {
        self.not_measured.iter().any(|line| line.starts_with(&format!("{}: ", case.name())))
    }

    /// From now on; once is enough, as a case that fails mostly waits before it does.
    fn leave_out(&mut self, case: Case, error: &anyhow::Error) {
        let line = format!("{}: {error:#}", case.name());
        say(&line);
        self.not_measured.push(line);
    }
}

/// The one file that a transfer left.
fn only_file(folder: &Path) -> Result<PathBuf> {
    let files: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    match files.as_slice() {
        [file] => Ok(file.path()),
        others => bail!("{} files arrived instead of one", others.len()),
    }
}

/// Whether two files have the same bytes.
fn same(one: &Path, other: &Path) -> Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let size = usize::try_from(MIB)?;
    let (mut first, mut second) = (Vec::with_capacity(size), Vec::with_capacity(size));
    loop {
        first.clear();
        second.clear();
        (&mut one).take(MIB).read_to_end(&mut first)?;
        (&mut other).take(MIB).read_to_end(&mut second)?;
        if first != second || first.is_empty() {
            return Ok(first == second);
        }
    }
}

/// Bytes that nobody can compress, on the disk.
fn random_file(path: &Path, mib: u64) -> Result<()> {
    let mut file = File::create(path)?;
    std::io::copy(&mut File::open("/dev/urandom")?.take(mib * MIB), &mut file)?;
    file.flush()?;
    Ok(file.sync_all()?)
}

/// Load average of the last minute.
fn load() -> f64 {
    let said = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    said.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or_default()
}

/// The first line of what `program --version` says.
fn version(program: impl AsRef<OsStr>) -> Option<String> {
    let done = Command::new(program).arg("--version").output().ok()?;
    String::from_utf8_lossy(&done.stdout).lines().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cli(args: &[&str]) -> Cli {
        Cli::parse_from([&["bench"], args].concat())
    }

    #[test]
    fn quick_leaves_the_slow_lines_out_and_only_takes_what_was_named() {
        let names = |args: &[&str]| -> Vec<&str> {
            chosen(&cli(args)).unwrap().iter().map(|case| case.name()).collect()
        };
        let all = names(&[]);
        for name in ["webrtc", "quic", "relay", "rustls", "quinn", "iperf3", "magic-wormhole"] {
            assert!(all.contains(&name) && names(&["--quick"]).contains(&name), "{name}");
        }
        for name in ["line-0", "line-0.5", "line-1", "line-1-webrtc", "outage-4", "outage-35"] {
            assert!(all.contains(&name) && !names(&["--quick"]).contains(&name), "{name}");
        }
        assert_eq!(names(&["--quick", "--only", "line-1,webrtc"]), ["webrtc", "line-1"]);
        assert!(chosen(&cli(&["--only", "carrier-pigeon"])).is_err());
    }

    #[test]
    fn a_byte_that_differs_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        random_file(&path("a"), 3).unwrap();
        fs::copy(path("a"), path("b")).unwrap();
        assert!(same(&path("a"), &path("b")).unwrap());
        let mut bytes = fs::read(path("b")).unwrap();
        bytes[2_500_000] ^= 1;
        fs::write(path("b"), &bytes).unwrap();
        assert!(!same(&path("a"), &path("b")).unwrap());
        fs::write(path("b"), &bytes[..1_000_000]).unwrap();
        assert!(!same(&path("a"), &path("b")).unwrap());
    }

    #[test]
    fn one_file_is_to_arrive() {
        let folder = tempfile::tempdir().unwrap();
        assert!(only_file(folder.path()).is_err());
        fs::write(folder.path().join("a"), "").unwrap();
        assert_eq!(only_file(folder.path()).unwrap(), folder.path().join("a"));
        fs::write(folder.path().join("b"), "").unwrap();
        assert!(only_file(folder.path()).is_err());
    }
}
