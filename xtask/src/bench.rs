//! `cargo xtask bench`: builds for release, installs what is asked for, and starts the programs that measure.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

use crate::command::{cargo, npm, run};
use crate::house::House;
use crate::lifeline;
use crate::setup::{self, Purpose, packages, python};
use crate::stamp;
use crate::steps::Steps;
use crate::wasm;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// The portal under load, beside the chat servers people run today.
    Chat(Chat),
    /// A file of 1 GiB to the portal and back, beside curl with a bare file server.
    Upload(Upload),
    /// Looking through the Files of 100,000 sessions, on SQLite and PostgreSQL, beside plain SQL.
    Files(Files),
    /// A file directly from one program to another, beside TLS, QUIC, iperf3, magic-wormhole and Chromium.
    Transfer(Transfer),
    /// Documents to their first screen in Chromium, beside LibreOffice, docx-preview, mammoth and SheetJS.
    Preview(Preview),
    /// The timeline with 100,000 messages, in Chromium (Debian: chromium, chromium-driver).
    Ui(Ui),
}

#[derive(Args)]
pub(crate) struct Upload {
    /// Write the result there as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// For the program that measures (`-- --help` lists what it takes).
    #[arg(last = true)]
    more: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Files {
    /// Write the result there as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// For the program that measures (`-- --help` lists what it takes).
    #[arg(last = true)]
    more: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Transfer {
    /// Smaller files, three rounds, no slow lines: below four minutes.
    #[arg(long)]
    quick: bool,
    /// Write the result there as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// For the program that measures (`-- --help` lists what it takes).
    #[arg(last = true)]
    more: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Preview {
    /// The documents: INDEX.csv and what it names. `DESKSIDE_PREVIEW_CORPUS`, or shared/corpus beside the checkout, without it.
    #[arg(long)]
    corpus: Option<PathBuf>,
    /// How many of them, the same ones each time; 0 for all.
    #[arg(long, default_value_t = 320)]
    documents: u32,
    /// Stop measuring after so long.
    #[arg(long, default_value_t = 9)]
    minutes: u32,
    /// Write the result there as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Ui {
    /// Write the result there as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Chat {
    /// Ours on SQLite, ejabberd on Mnesia and socket.io, two rates each.
    #[arg(long)]
    quick: bool,
    /// Install the peers first: ejabberd, Prosody, PostgreSQL (Debian's), and socket.io with better-sqlite3 below the user's cache.
    #[arg(long)]
    install_peers: bool,
    /// Write the result there as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// For the load generator (`-- --help` lists what it takes).
    #[arg(last = true)]
    more: Vec<String>,
}

pub(crate) fn bench(house: &House, steps: &mut Steps, what: &Bench) -> Result<()> {
    match what {
        Bench::Chat(chat) => bench_chat(house, steps, chat),
        Bench::Upload(upload) => bench_upload(house, steps, upload),
        Bench::Files(files) => bench_files(house, steps, files),
        Bench::Transfer(transfer) => bench_transfer(house, steps, transfer),
        Bench::Preview(preview) => bench_preview(house, steps, preview),
        Bench::Ui(ui) => bench_ui(house, steps, ui),
    }
}

/// Measures the demo as it is built for people, under the portal's Content-Security-Policy.
fn bench_ui(house: &House, steps: &mut Steps, what: &Ui) -> Result<()> {
    setup::ui_packages(house, steps)?;
    let ui = house.ui();
    steps.step("the demo (vite build --mode demo)", || {
        run(npm(&ui).args(["run", "build", "--", "--mode", "demo"]))
    })?;
    let mut command = npm(&ui);
    command.args(["run", "--silent", "bench"]);
    if let Some(file) = &what.json {
        // npm starts its scripts in the package's folder.
        command.args(["--", "--json"]).arg(std::path::absolute(file)?);
    }
    lifeline::go_on()?;
    steps.step("bench ui", || lifeline::run_guarded(&mut command))
}

/// Measures the page that opens documents, with the module and the worker that the app has.
fn bench_preview(house: &House, steps: &mut Steps, what: &Preview) -> Result<()> {
    let named = what.corpus.clone().or_else(|| env::var_os("DESKSIDE_PREVIEW_CORPUS").map(PathBuf::from));
    let corpus = named.or_else(|| house.root.parent().map(|beside| beside.join("shared/corpus")));
    let corpus = corpus.filter(|folder| folder.join("INDEX.csv").is_file());
    let corpus = corpus.context("no documents: --corpus names the folder with their INDEX.csv")?;
    let tools = setup::setup(house, steps, Purpose::Wasm)?;
    wasm::build(house, steps, &tools)?;
    let ui = house.ui();
    steps.step("the page that opens documents (vite build --mode bench)", || {
        run(npm(&ui).args(["run", "build", "--", "--mode", "bench"]))
    })?;
    let peers = house.cache.join("bench/documents");
    steps.step("docx-preview, mammoth and SheetJS (npm)", || install_documents(house, &peers))?;
    lifeline::go_on()?;
    let mut command = Command::new("node");
    command.current_dir(&ui).arg("bench/preview.js").arg("--corpus").arg(std::path::absolute(corpus)?);
    command.arg("--peers").arg(&peers).args(["--documents", &what.documents.to_string()]);
    command.args(["--minutes", &what.minutes.to_string()]);
    if let Some(file) = &what.json {
        command.arg("--json").arg(std::path::absolute(file)?);
    }
    steps.step("bench preview", || lifeline::run_guarded(&mut command))
}

fn bench_upload(house: &House, steps: &mut Steps, what: &Upload) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("bench upload reads peaks of memory from /proc: run it on Linux");
    }
    steps.step("portal, client and what measures (cargo build --profile bench)", || {
        let mut build = cargo(&house.root);
        build.args([
            "build",
            "--profile",
            "bench",
            "-p",
            "deskside-portal",
            "-p",
            "deskside-bench",
            "--bins",
        ]);
        run(&mut build)?;
        let mut build = cargo(&house.root);
        run(build.args(["build", "--profile", "bench", "-p", "deskside-client", "--example", "transfer"]))
    })?;
    lifeline::go_on()?;
    // The bench profile's folder is that of release.
    let built = house.root.join("target/release");
    let mut command = Command::new(built.join("deskside-bench-upload"));
    command.arg("--portal").arg(built.join("deskside-portal"));
    command.arg("--client").arg(built.join("examples/transfer"));
    if let Some(file) = &what.json {
        command.arg("--json").arg(file);
    }
    command.args(&what.more);
    steps.step("bench upload", || lifeline::run_guarded(&mut command))
}

fn bench_files(house: &House, steps: &mut Steps, what: &Files) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("bench files starts PostgreSQL as Debian installs it: run it on Linux");
    }
    steps.step("the portal and what measures (cargo build --profile bench)", || {
        let build =
            ["build", "--profile", "bench", "-p", "deskside-portal", "-p", "deskside-bench", "--bins"];
        run(cargo(&house.root).args(build))
    })?;
    lifeline::go_on()?;
    // The bench profile's folder is that of release.
    let built = house.root.join("target/release");
    let mut command = Command::new(built.join("deskside-bench-files"));
    command.arg("--portal").arg(built.join("deskside-portal"));
    command.arg("--fill").arg(house.root.join("bench/peers/files/fill.py"));
    if let Some(file) = &what.json {
        command.arg("--json").arg(std::path::absolute(file)?);
    }
    command.args(&what.more);
    steps.step("bench files", || lifeline::run_guarded(&mut command))
}

fn bench_transfer(house: &House, steps: &mut Steps, what: &Transfer) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("bench transfer reads CPU time and memory from /proc: run it on Linux");
    }
    let tools = setup::setup(house, steps, Purpose::Test)?;
    packages::ensure_transfer_peers(steps)?;
    let wormhole = python::ensure_wormhole(house, steps)?;
    wasm::build(house, steps, &tools)?;
    let ui = house.ui();
    steps.step("the page with the engine (vite build --mode bench)", || {
        run(npm(&ui).args(["run", "build", "--", "--mode", "bench"]))
    })?;
    steps.step("our engine and what measures (cargo build --profile bench)", || {
        let build = ["build", "--profile", "bench", "-p"];
        run(cargo(&house.root).args(build).args(["deskside-bench", "--bin", "deskside-bench-transfer"]))?;
        run(cargo(&house.root).args(build).args(["deskside-direct", "--example", "direct-peer"]))
    })?;
    // Not for release: what it forwards is far below what it could, and everybody has it built.
    steps.step("the emulated line (cargo build)", || {
        let line = ["build", "--profile", "ci", "-p", "deskside-tests", "--bin", "deskside-line"];
        run(cargo(&house.root).args(line))
    })?;
    lifeline::go_on()?;
    steps.step("bench transfer", || lifeline::run_guarded(&mut transfers(house, &wormhole, what)))
}

fn transfers(house: &House, wormhole: &Path, what: &Transfer) -> Command {
    // The bench profile's folder is that of release.
    let built = house.root.join("target/release");
    let mut command = Command::new(built.join("deskside-bench-transfer"));
    command.arg("--peer").arg(built.join("examples/direct-peer"));
    command.arg("--line").arg(house.program("deskside-line"));
    command.arg("--wormhole").arg(wormhole);
    command.arg("--pages").arg(house.root.join("bench/peers/chromium"));
    command.arg("--product").arg(house.ui().join("dist-bench"));
    if what.quick {
        command.arg("--quick");
    }
    if let Some(file) = &what.json {
        command.arg("--json").arg(file);
    }
    command.args(&what.more);
    command
}

fn bench_chat(house: &House, steps: &mut Steps, chat: &Chat) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("bench chat reads the servers' costs from /proc: run it on Linux");
    }
    let socketio = house.cache.join("bench/socketio");
    if chat.install_peers {
        packages::ensure_peers(steps)?;
        steps.step("socket.io and better-sqlite3 (npm)", || install_socketio(house, &socketio))?;
    }
    steps.step("the portal and the load generator (cargo build --profile bench)", || {
        run(cargo(&house.root).args(["build", "--profile", "bench"]).args([
            "-p",
            "deskside-portal",
            "-p",
            "deskside-bench",
        ]))
    })?;
    lifeline::go_on()?;
    if socketio.join("node_modules").is_dir() {
        copy_server(house, &socketio)?;
    }
    steps.step("bench chat", || lifeline::run_guarded(&mut generator(house, &socketio, chat)))
}

fn generator(house: &House, socketio: &Path, chat: &Chat) -> Command {
    // The bench profile's folder is that of release.
    let program = |name: &str| house.root.join("target/release").join(name);
    let mut command = Command::new(program("deskside-bench"));
    command.arg("--portal").arg(program("deskside-portal")).arg("--socketio").arg(socketio);
    if chat.quick {
        command.arg("--quick");
    }
    if let Some(file) = &chat.json {
        command.arg("--json").arg(file);
    }
    command.args(&chat.more);
    command
}

fn install_socketio(house: &House, folder: &Path) -> Result<()> {
    copy_server(house, folder)?;
    // The package's lock file lies beside it, so that everybody measures the same versions.
    run(npm(folder).args(["ci", "--no-audit", "--no-fund"]))
}

/// The server finds its modules beside itself.
fn copy_server(house: &House, folder: &Path) -> Result<()> {
    copy_peer(house, "socketio", &["server.js", "package.json", "package-lock.json"], folder)
}

/// What is installed stays as long as the lock file says the same: the bench then runs without a network.
fn install_documents(house: &House, folder: &Path) -> Result<()> {
    let lock = fs::read_to_string(house.root.join("bench/peers/documents/package-lock.json"))?;
    let stamp = folder.join("installed");
    if stamp::fresh(&stamp, &lock) {
        return Ok(());
    }
    copy_peer(house, "documents", &["package.json", "package-lock.json", ".npmrc"], folder)?;
    // Nothing of theirs runs but in the page.
    run(npm(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    stamp::note(&stamp, &lock)
}

fn copy_peer(house: &House, peer: &str, names: &[&str], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for name in names {
        let from = house.root.join("bench/peers").join(peer).join(name);
        fs::copy(&from, folder.join(name)).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}
