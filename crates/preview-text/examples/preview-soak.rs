//! What `cargo xtask soak preview` runs, many of it at once: documents measured one a process, and accidents by the thousand.
#![expect(clippy::print_stdout, reason = "what it finds is for the program that started it")]

#[path = "../../preview/tests/documents/files.rs"]
mod files;
#[path = "../../preview/tests/documents/made.rs"]
mod made;
#[path = "../../preview/tests/documents/mutate.rs"]
mod mutate;
#[path = "../src/on_disk.rs"]
mod on_disk;
#[path = "../../preview/tests/documents/trial.rs"]
mod trial;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::{Parser, Subcommand};
use deskside_preview::reading::{Extent, read};
use deskside_preview::{Hint, Limits, PreviewError, open};
use mutate::{Random, mutate};
use on_disk::OnDisk;

/// Documents above this only make every accident slow.
const LARGEST: u64 = 2 * 1024 * 1024;

/// Measure documents, and damage them
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The corpus: format, whether LibreOffice opens it, path.
    List,
    /// Read one document; its code, milliseconds, KiB of memory at most.
    Measure { file: PathBuf },
    /// Make one hostile document in its full size and read it; the same, without a name all their names.
    Hostile { name: Option<String> },
    /// Accidents by their seeds.
    Storm {
        #[arg(long)]
        seed: u64,
        #[arg(long)]
        count: u64,
        /// The seed at work is written there, for when the process does not live to tell.
        #[arg(long)]
        note: PathBuf,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().what {
        What::List => list(),
        What::Measure { file } => measure(&file),
        What::Hostile { name: None } => {
            made::hostile(made::LARGE).iter().for_each(|(name, _)| println!("{name}"));
            Ok(())
        }
        What::Hostile { name: Some(name) } => hostile(&name),
        What::Storm { seed, count, note } => storm(seed, count, &note),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            println!("FAULT {fault}");
            ExitCode::FAILURE
        }
    }
}

fn list() -> Result<(), String> {
    for document in files::documents().ok_or("there is no corpus")? {
        let opened = if document.reference.is_some() { "yes" } else { "no" };
        println!("{}\t{opened}\t{}", document.format, document.path.display());
    }
    Ok(())
}

fn measure(path: &Path) -> Result<(), String> {
    let began = Instant::now();
    let result = shown(path);
    let code = result.as_ref().map_or_else(PreviewError::code, |()| "ok");
    println!("{code}\t{:.3}\t{}", began.elapsed().as_secs_f64() * 1000.0, peak_kib());
    Ok(())
}

fn shown(path: &Path) -> Result<(), PreviewError> {
    let source = OnDisk::open(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut document = open(&source, &Hint { name: &name }, &Limits::default())?;
    read(&mut document, Extent::Everything, &mut |_| ())
}

fn hostile(name: &str) -> Result<(), String> {
    let all = made::hostile(made::LARGE);
    let (name, make) = all.into_iter().find(|(candidate, _)| *candidate == name).ok_or("no such document")?;
    let bytes = Arc::new(make());
    // From here on the peak is the reader's; making it took more.
    drop(fs::write("/proc/self/clear_refs", "5"));
    let outcome = trial::read_to_end(name, bytes)?;
    let cut = if outcome.cut { ", cut" } else { "" };
    println!("{}{cut}\t{:.3}\t{}", outcome.code, outcome.took.as_secs_f64() * 1000.0, peak_kib());
    Ok(())
}

/// The kernel's own mark of how much memory this process had at most; 0 where there is none.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn storm(seed: u64, count: u64, note: &Path) -> Result<(), String> {
    let small = |path: &Path| fs::metadata(path).is_ok_and(|data| data.len() <= LARGEST);
    let mut corpus = files::documents().unwrap_or_default();
    corpus.retain(|document| small(&document.path));
    let made = made::small();
    let mut read = 0;
    for seed in (0..count).map(|case| seed.wrapping_add(case)) {
        let mut random = Random::new(seed);
        let (name, bytes) = match corpus.get(random.below(corpus.len())) {
            Some(document) => {
                let bytes = fs::read(&document.path).map_err(|error| error.to_string())?;
                (document.name.as_str(), bytes)
            }
            None => made.get(random.below(made.len())).cloned().ok_or("nothing to damage")?,
        };
        fs::write(note, format!("{seed} {name}")).map_err(|error| error.to_string())?;
        let outcome = trial::read_to_end(name, Arc::new(mutate(&bytes, seed)));
        read += outcome.map_err(|fault| format!("seed {seed}: {fault}"))?.text.len();
    }
    println!("{count} accidents, {read} bytes of text");
    Ok(())
}
