//! What `cargo xtask soak preview` runs, many of it at once: documents measured one a process, and accidents by the thousand.
#![expect(clippy::print_stdout, reason = "what it finds is for the program that started it")]

#[path = "../../preview/tests/documents/files.rs"]
mod files;
#[path = "../../preview/tests/documents/floods.rs"]
mod floods;
#[path = "../../preview/tests/documents/made.rs"]
mod made;
#[path = "../../preview/tests/documents/mutate.rs"]
mod mutate;
#[path = "../src/on_disk.rs"]
mod on_disk;
#[path = "../../preview/tests/documents/trial.rs"]
#[expect(dead_code, reason = "only the tests look at what was read")]
mod trial;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::{Parser, Subcommand};
use deskside_preview::reading::{Extent, read};
use deskside_preview::{Hint, Limits, PreviewError, Warning, open};
use mutate::{Random, mutate};
use on_disk::OnDisk;

/// Documents above this only make every accident slow.
const LARGEST: u64 = 2 * 1024 * 1024;
/// What no document may need, KiB.
const CAP_KIB: u64 = 512 * 1024;

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
    /// Read one document; its code, milliseconds of a processor, KiB that the process grew by at most, milliseconds that passed.
    Measure { file: PathBuf },
    /// The names of the hostile documents.
    Hostile,
    /// Make one of them in its full size.
    Make { name: String, file: PathBuf },
    /// Accidents by their seeds.
    Storm {
        #[arg(long)]
        seed: u64,
        #[arg(long)]
        count: u64,
        /// How far it has come is written there, for whoever waits and for when the process does not live to tell.
        #[arg(long)]
        note: PathBuf,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().what {
        What::List => list(),
        What::Measure { file } => measure(&file),
        What::Hostile => {
            made::hostile(made::LARGE).iter().for_each(|(name, _)| println!("{name}"));
            Ok(())
        }
        What::Make { name, file } => make(&name, &file),
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
    let memory = Memory::begin();
    let (began, busy) = (Instant::now(), busy_ms());
    let result = shown(path);
    let (passed, busy) = (began.elapsed().as_secs_f64() * 1000.0, busy_ms() - busy);
    let code = match result {
        Ok(false) => "ok",
        Ok(true) => "ok, cut",
        Err(error) => error.code(),
    };
    println!("{code}\t{busy:.3}\t{}\t{passed:.3}", memory.grown_kib());
    Ok(())
}

/// Reads all of it; whether it says that it is cut.
fn shown(path: &Path) -> Result<bool, PreviewError> {
    let source = OnDisk::open(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut document = open(&source, &Hint { name: &name }, &Limits::default())?;
    read(&mut document, Extent::Everything, &mut |_| ())?;
    Ok(document.warnings().contains(&Warning::Cut))
}

/// In a process of its own: what making it takes is nothing that reading it is to be blamed for.
fn make(name: &str, file: &Path) -> Result<(), String> {
    let all = made::hostile(made::LARGE);
    let (_, make) = all.into_iter().find(|(candidate, _)| *candidate == name).ok_or("no such document")?;
    fs::write(file, make()).map_err(|error| error.to_string())
}

/// How much memory the process has more than when it began, at most, by the kernel's own mark.
struct Memory {
    before: u64,
}

impl Memory {
    fn begin() -> Self {
        // The mark goes back to what there is now (proc(5)).
        drop(fs::write("/proc/self/clear_refs", "5"));
        Self { before: status("VmRSS:") }
    }

    fn grown_kib(&self) -> u64 {
        status("VmHWM:").saturating_sub(self.before)
    }
}

/// What this thread had of a processor, milliseconds; what else runs on the machine is nothing a document is to be blamed for.
fn busy_ms() -> f64 {
    let said = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    said.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

/// A line of /proc/self/status, KiB; 0 where there is none.
fn status(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// What there is to damage.
struct Sound {
    corpus: Vec<files::Document>,
    made: Vec<made::Made>,
}

impl Sound {
    fn gather() -> Self {
        let small = |path: &Path| fs::metadata(path).is_ok_and(|data| data.len() <= LARGEST);
        let mut corpus = files::documents().unwrap_or_default();
        corpus.retain(|document| small(&document.path));
        Self { corpus, made: made::small() }
    }

    fn draw(&self, random: &mut Random) -> Result<(&str, Vec<u8>), String> {
        match self.corpus.get(random.below(self.corpus.len())) {
            Some(document) => {
                let bytes = fs::read(&document.path).map_err(|error| error.to_string())?;
                Ok((document.name.as_str(), bytes))
            }
            None => {
                let (name, bytes) =
                    self.made.get(random.below(self.made.len())).ok_or("nothing to damage")?;
                Ok((name, bytes.clone()))
            }
        }
    }
}

/// The worst of a storm so far.
#[derive(Default)]
struct Worst {
    kib: u64,
    ms: u128,
    /// The seed that took longest.
    slowest: u64,
}

fn storm(first: u64, count: u64, note: &Path) -> Result<(), String> {
    let sound = Sound::gather();
    let mut worst = Worst::default();
    for seed in (0..count).map(|case| first.wrapping_add(case)) {
        let (name, bytes) = sound.draw(&mut Random::new(seed))?;
        let Worst { kib, ms, slowest } = worst;
        fs::write(note, format!("{seed}\t{kib}\t{ms}\t{slowest}\t{name}"))
            .map_err(|error| error.to_string())?;
        let bytes = Arc::new(mutate(&bytes, seed));
        let memory = Memory::begin();
        let outcome = trial::read_to_end(name, bytes).map_err(|fault| format!("seed {seed}: {fault}"))?;
        worst.kib = worst.kib.max(memory.grown_kib());
        if outcome.took.as_millis() > worst.ms {
            (worst.ms, worst.slowest) = (outcome.took.as_millis(), seed);
        }
        if memory.grown_kib() > CAP_KIB {
            return Err(format!("seed {seed}: {name}: {} KiB", memory.grown_kib()));
        }
    }
    println!("{}\t{}\t{}", worst.kib, worst.ms, worst.slowest);
    Ok(())
}
