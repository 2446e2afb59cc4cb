//! `cargo xtask bench files`: how long somebody waits who looks for something in the Files of 100,000 sessions.
//!
//! The sessions are written into the database of a portal that was stopped (`bench/peers/files/fill.py`); the next start fills in
//! their words and indexes what was said, which is measured too. Then every list, filter, order, search and chart is asked for
//! over HTTP, in turn, as often as there are rounds; what has a fair peer in plain PostgreSQL, without our tables, is asked there in
//! the same round.

mod peers;
mod questions;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use clap::Parser;
use http::Method;
use serde::Serialize;
use serde_json::Value;

use crate::http::text;
use crate::servers::portal::Portal;
use crate::servers::postgres::Postgres;
use crate::terminal::{self, say};

use self::questions::Question;

/// The index follows a second behind; at the first start it has everything to read.
const INDEX_PATIENCE: Duration = Duration::from_secs(1_800);
/// What a person takes for "at once" (the bar).
const BAR: Duration = Duration::from_millis(200);

#[derive(Debug, Parser)]
struct Cli {
    /// The portal's program, built for release.
    #[arg(long, default_value = "deskside-portal")]
    portal: PathBuf,
    /// Makes the sessions.
    #[arg(long, default_value = "bench/peers/files/fill.py")]
    fill: PathBuf,
    /// Folder on the disk to measure [default: /var/tmp].
    #[arg(long, default_value = "/var/tmp")]
    work: PathBuf,
    #[arg(long, default_value_t = 100_000)]
    sessions: u32,
    /// How often everything is asked.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Only on this database; both without it.
    #[arg(long, value_parser = ["sqlite", "postgres"])]
    only: Option<String>,
    /// Write the result there as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// A whole run.
#[derive(Debug, Serialize)]
struct Report {
    sessions: u32,
    rounds: usize,
    cores: usize,
    databases: Vec<Measured>,
}

#[derive(Debug, Serialize)]
struct Measured {
    database: String,
    /// Seconds: writing the sessions; the portal's first start over them; until everything that was said is found.
    fill_s: f64,
    first_start_s: f64,
    index_s: f64,
    /// By question; peers have names of their own.
    answers: BTreeMap<String, Times>,
}

/// Milliseconds until the whole first page is here.
#[derive(Debug, Serialize)]
struct Times {
    p50: f64,
    p95: f64,
    max: f64,
}

/// Runs the command of this process.
#[must_use]
pub fn main() -> ExitCode {
    let done = tokio::runtime::Runtime::new()
        .context("no runtime")
        .and_then(|runtime| runtime.block_on(run(Cli::parse())));
    terminal::end("deskside-bench-files", done)
}

async fn run(cli: Cli) -> Result<()> {
    let mut databases = Vec::new();
    for name in ["sqlite", "postgres"] {
        if cli.only.as_ref().is_none_or(|only| only == name) {
            databases.push(measure(&cli, name).await?);
        }
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let report = Report { sessions: cli.sessions, rounds: cli.rounds, cores, databases };
    if let Some(file) = &cli.json {
        let json = serde_json::to_vec_pretty(&report)?;
        std::fs::write(file, json).with_context(|| file.display().to_string())?;
    }
    Ok(())
}

async fn measure(cli: &Cli, name: &str) -> Result<Measured> {
    let folder = tempfile::Builder::new().prefix("deskside-bench-").tempdir_in(&cli.work)?;
    let portal = Portal::start(&cli.portal, folder.path(), name == "postgres").await?;
    let (org, user) = (portal.org().to_owned(), user_of(&portal).await?);
    let mut fill_s = 0.0;
    let begun = Instant::now();
    let portal = portal
        .restarted(&cli.portal, folder.path(), |postgres| {
            fill(cli, folder.path(), postgres, &org, &user)?;
            fill_s = begun.elapsed().as_secs_f64();
            Ok(())
        })
        .await?;
    let first_start_s = begun.elapsed().as_secs_f64() - fill_s;
    say(format!(
        "{name}: {} sessions written in {fill_s:.0} s, first start {first_start_s:.1} s",
        cli.sessions
    ));
    let begun = Instant::now();
    until_indexed(&portal).await?;
    let index_s = begun.elapsed().as_secs_f64();
    say(format!("{name}: everything that was said is in the index after {index_s:.0} s"));
    let times = ask_all(cli, &portal, &user).await?;
    let mut answers = BTreeMap::new();
    for (question, millis) in times {
        let times = Times::of(millis);
        let over = if times.p95 > BAR.as_secs_f64() * 1000.0 && !question.starts_with("peer") {
            "  over 200 ms"
        } else {
            ""
        };
        say(format!("{name}: {question:<34} p50 {:>7.1} ms, p95 {:>7.1} ms{over}", times.p50, times.p95));
        answers.insert(question, times);
    }
    Ok(Measured { database: name.to_owned(), fill_s, first_start_s, index_s, answers })
}

impl Times {
    fn of(mut millis: Vec<f64>) -> Self {
        millis.sort_by(f64::total_cmp);
        let rank = |percent: usize| {
            let place = (millis.len() * percent).div_ceil(100).max(1);
            millis.get(place - 1).copied().unwrap_or_default()
        };
        Self { p50: rank(50), p95: rank(95), max: rank(100) }
    }
}

async fn get(portal: &Portal, path: &str) -> Result<Value> {
    let answer = portal.technician().send(Method::GET, path, &[], Bytes::new()).await?;
    serde_json::from_slice(answer.body()).with_context(|| format!("the answer of {path}"))
}

async fn user_of(portal: &Portal) -> Result<String> {
    let me = get(portal, "/me").await?;
    Ok(text(&me, "/user/id")?.to_owned())
}

fn fill(cli: &Cli, folder: &Path, postgres: Option<&Postgres>, org: &str, user: &str) -> Result<()> {
    let sessions = cli.sessions.to_string();
    let mut command = Command::new("python3");
    command.arg(&cli.fill);
    let Some(postgres) = postgres else {
        command.arg("sqlite").arg(folder.join("data/deskside.db")).args([org, user, &sessions]);
        return done(&mut command);
    };
    let file = folder.join("fill.sql");
    command.arg("postgres").arg(&file).args([org, user, &sessions]);
    done(&mut command)?;
    postgres.load("deskside", &file)?;
    std::fs::remove_file(&file).context("the statements cannot be removed")
}

fn done(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    ensure!(status.success(), "{command:?} failed: {status}");
    Ok(())
}

/// A search says so itself.
async fn until_indexed(portal: &Portal) -> Result<()> {
    let begun = Instant::now();
    let path = format!("/orgs/{}/search?q=printer&limit=1", portal.org());
    loop {
        let page = get(portal, &path).await?;
        if page.get("waiting") == Some(&Value::Bool(false)) {
            return Ok(());
        }
        ensure!(begun.elapsed() < INDEX_PATIENCE, "the index does not come to its end");
        tokio::time::sleep(Duration::from_millis(1_000)).await;
    }
}

/// Milliseconds by question. One round asks each once, so that what disturbs the machine disturbs all.
async fn ask_all(cli: &Cli, portal: &Portal, user: &str) -> Result<BTreeMap<String, Vec<f64>>> {
    let questions = questions::all(user);
    let mut times: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for round in 0..cli.rounds {
        for Question { name, path, at_least } in &questions {
            // The portal counts searches of one person: a round may have to wait, no answer does.
            let path = format!("/orgs/{}{}", portal.org(), path(round));
            let begun = Instant::now();
            let answer = portal.technician().send(Method::GET, &path, &[], Bytes::new()).await?;
            let millis = begun.elapsed().as_secs_f64() * 1000.0;
            let found: Value = serde_json::from_slice(answer.body())?;
            let entries = found.get("entries").or_else(|| found.get("hits")).or_else(|| found.get("days"));
            let count = entries.and_then(Value::as_array).map_or(0, Vec::len);
            ensure!(count >= *at_least, "{name}: {count} answers of {path}");
            times.entry((*name).to_owned()).or_default().push(millis);
        }
        if let Some(postgres) = portal.postgres() {
            for (name, millis) in peers::ask(postgres, round)? {
                times.entry(name).or_default().push(millis);
            }
        }
        tokio::time::sleep(questions::REST).await;
    }
    Ok(times)
}
