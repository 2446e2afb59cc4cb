//! A run from the command line to the table: which servers, which measurements, in which order.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use crate::crowd::Pace;
use crate::measure::ladder::Plan;
use crate::measure::uploads::{self, Uploads};
use crate::measure::{fsync, idle, ladder, low_load, resume};
use crate::random::Random;
use crate::report::{Conditions, Report, Row, WithUploads};
use crate::servers::{Kind, Places, Server};
use crate::terminal::say;
use anyhow::{Context as _, Result, bail};
use clap::Parser;

/// Messages a second.
const RATES: [u32; 11] = [100, 300, 700, 1000, 2000, 3000, 4500, 6000, 9000, 12_000, 15_000];
const QUICK_RATES: [u32; 2] = [700, 3000];
/// Where uploads go on beside: the ladder's upper part.
const UPLOAD_RATES: [u32; 6] = [1000, 3000, 4500, 6000, 9000, 12_000];

/// Measures the portal and its peers side by side: the same load, one clock, in turn.
#[derive(Debug, Parser)]
struct Cli {
    /// The portal's program, built for release.
    #[arg(long)]
    portal: PathBuf,
    /// Folder with the socket.io room server and its modules.
    #[arg(long)]
    socketio: PathBuf,
    /// Folder on the disk to measure; each server gets one below it [default: /var/tmp].
    #[arg(long, default_value = "/var/tmp")]
    work: PathBuf,
    /// Only these servers.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Messages a second, rising.
    #[arg(long, value_delimiter = ',')]
    rates: Vec<u32>,
    /// How often every server climbs.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    #[arg(long, default_value_t = 200)]
    rooms: usize,
    #[arg(long, default_value_t = 3)]
    members: usize,
    /// Idle connections, and clients that come back.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// Plays the phases of an earlier run again.
    #[arg(long)]
    seed: Option<u64>,
    /// Ours on SQLite, ejabberd on Mnesia and socket.io, two rates each, one round; fewer idle connections, no coming back.
    #[arg(long)]
    quick: bool,
    /// Write the result there as JSON, after every part of the run.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Runs the command of this process.
#[must_use]
pub fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format!("deskside-bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let cli = Cli::parse();
    // Ten thousand connections are twice as many open files: the servers inherit the limit.
    rlimit::increase_nofile_limit(u64::MAX).context("the limit of open files")?;
    tokio::runtime::Runtime::new()?.block_on(async {
        tokio::select! {
            done = Run::new(cli)?.all() => done,
            told = told_to_stop() => { told?; bail!("stopped") }
        }
    })
}

async fn told_to_stop() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

struct Run {
    cli: Cli,
    places: Places,
    // The servers' folders go with it.
    _work: tempfile::TempDir,
    kinds: Vec<Kind>,
    random: Random,
    report: Report,
}

impl Run {
    fn new(mut cli: Cli) -> Result<Self> {
        if cli.quick {
            cli.rounds = 1;
            cli.connections = cli.connections.min(1000);
        }
        let work = tempfile::Builder::new().prefix("deskside-bench-").tempdir_in(&cli.work)?;
        fs::set_permissions(work.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711))?;
        let places = Places {
            portal: fs::canonicalize(&cli.portal).with_context(|| format!("{}", cli.portal.display()))?,
            socketio: cli.socketio.clone(),
            work: work.path().to_owned(),
        };
        let kinds = choose(&cli, &places)?;
        let seed = cli.seed.unwrap_or_else(|| u64::from(std::process::id()) * 7919);
        let conditions = Conditions {
            seed,
            rounds: cli.rounds,
            rooms: cli.rooms,
            members: cli.members,
            cores: std::thread::available_parallelism()?.get(),
            kernel: read("/proc/sys/kernel/osrelease"),
            load_before: load(),
            idle_connections: cli.connections,
            ..Conditions::default()
        };
        say(format!("seed {seed}; servers: {}", names(&kinds)));
        let report = Report { conditions, ..Report::default() };
        Ok(Self { cli, places, _work: work, kinds, random: Random::new(seed), report })
    }

    async fn all(mut self) -> Result<()> {
        self.measure_fsync()?;
        self.ladder_and_low_load().await?;
        self.idle_and_resume().await?;
        if self.kinds.contains(&Kind::DesksideSqlite) {
            self.with_uploads().await?;
        }
        self.measure_fsync()?;
        self.report.conditions.load_after = load();
        self.write()?;
        say(format!("\n{}", self.report.table()));
        Ok(())
    }

    fn measure_fsync(&mut self) -> Result<()> {
        let millis = fsync::millis(&self.places.work)?;
        say(format!("a synced write of 4 KiB takes {millis:.2} ms"));
        self.report.conditions.fsync_ms.push(millis);
        Ok(())
    }

    /// What was asked for, or this measurement's own.
    fn rates(&self, full: &[u32]) -> Vec<u32> {
        match (&self.cli.rates[..], self.cli.quick) {
            ([], false) => full.to_vec(),
            ([], true) => QUICK_RATES.to_vec(),
            (chosen, _) => chosen.to_vec(),
        }
    }

    fn plan(&self, rates: &[u32], rounds: usize) -> Plan {
        let Cli { rooms, members, .. } = self.cli;
        Plan { rates: self.rates(rates), rounds, rooms, members, pace: Pace::default() }
    }

    async fn ladder_and_low_load(&mut self) -> Result<()> {
        let mut servers: Vec<Box<dyn Server>> = Vec::new();
        for kind in self.kinds.clone() {
            match kind.start(&self.places, "ladder").await {
                Ok(server) => servers.push(server),
                Err(error) if kind.is_ours() => return Err(error),
                Err(error) => say(format!("left out: {error:#}")),
            }
        }
        let plan = self.plan(&RATES, self.cli.rounds);
        let climbs = ladder::climb(&mut servers, &plan, &mut self.random).await?;
        self.measure_fsync()?;
        let window = Duration::from_secs(if self.cli.quick { 5 } else { 10 });
        let low = low_load::measure(&mut servers, self.cli.rounds, window, &mut self.random).await?;
        let rows = servers.iter().zip(&climbs).zip(low);
        self.report.servers = rows
            .map(|((server, climb), low)| Row::of(server.name(), climb, plan.rounds).with(low, None))
            .collect();
        self.write()
    }

    /// Each server fresh and alone.
    async fn idle_and_resume(&mut self) -> Result<()> {
        for place in 0..self.report.servers.len() {
            let name = self.report.servers[place].name.clone();
            let Some(kind) = self.kinds.iter().copied().find(|kind| kind.name() == name) else { continue };
            let mut server = kind.start(&self.places, "idle").await?;
            let crowd = match idle::fill(server.as_mut(), self.cli.connections).await {
                Ok((kib, crowd)) => {
                    self.report.servers[place].idle_kb = Some(kib);
                    crowd
                }
                Err(error) if kind.is_ours() => return Err(error),
                Err(error) => {
                    say(format!("{name:18} no idle memory: {error:#}"));
                    continue;
                }
            };
            if kind == Kind::DesksideSqlite && !self.cli.quick {
                let seconds = resume::measure(crowd).await?;
                // The name says how many.
                self.report.resume_10k_s = (self.cli.connections >= 10_000).then_some(seconds);
            }
            self.write()?;
        }
        Ok(())
    }

    async fn with_uploads(&mut self) -> Result<()> {
        let server = Kind::DesksideSqlite.start(&self.places, "uploads").await?;
        let running = Uploads::start(server.portal().context("ours is a portal")?).await?;
        say(format!("once more, with {} uploads", uploads::FILES));
        let rounds = self.cli.rounds.min(2);
        let plan = self.plan(&UPLOAD_RATES, rounds);
        let mut servers = [server];
        let climbs = ladder::climb(&mut servers, &plan, &mut self.random).await?;
        let uploaded_mib = running.stop().await.context("an upload failed beside the chat")?;
        let climb = climbs.first().context("one server climbed")?;
        let server = Row::of(servers[0].name(), climb, rounds);
        self.report.with_uploads = Some(WithUploads { files_at_once: uploads::FILES, uploaded_mib, server });
        self.write()
    }

    fn write(&self) -> Result<()> {
        let Some(file) = &self.cli.json else { return Ok(()) };
        let json = serde_json::to_string_pretty(&self.report)?;
        fs::write(file, json + "\n").with_context(|| format!("cannot write {}", file.display()))
    }
}

/// The wanted servers that are installed; the others are named and left out.
fn choose(cli: &Cli, places: &Places) -> Result<Vec<Kind>> {
    let wanted: Vec<Kind> = if !cli.only.is_empty() {
        let kind = |name: &String| Kind::ALL.into_iter().find(|kind| kind.name() == name);
        let found = cli.only.iter().map(|name| kind(name).with_context(|| format!("no server {name:?}")));
        found.collect::<Result<_>>()?
    } else if cli.quick {
        Kind::QUICK.to_vec()
    } else {
        Kind::ALL.to_vec()
    };
    let (there, absent): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|kind| kind.available(places));
    if !absent.is_empty() {
        say(format!("not here, left out: {} (--install-peers installs the peers)", names(&absent)));
    }
    if there.is_empty() { bail!("none of the servers is installed") } else { Ok(there) }
}

fn names(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// Load average of the last minute.
fn load() -> f64 {
    read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default()
}
