//! `cargo xtask soak preview`: the whole corpus, hostile documents in their full size, and accidents by the thousand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, read, run};
use crate::house::House;
use crate::lifeline;
use crate::steps::Steps;
use crate::test;

/// What 99 of 100 documents may need (research/preview.md §7), MiB.
const MEMORY_P99: f64 = 64.0;
/// What a hostile document may take, ms.
const HOSTILE: f64 = 2000.0;
/// Address space of a process that reads damaged documents, KiB.
const ADDRESS_SPACE: u32 = 2 * 1024 * 1024;
/// Faults of one process after which going on teaches nothing.
const ENOUGH: usize = 10;

/// What one document took.
struct Measured {
    name: String,
    code: String,
    ms: f64,
    mib: f64,
}

pub(crate) fn soak(house: &House, steps: &mut Steps, seed: &str, accidents: u64) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("soak preview limits memory by ulimit and reads its peaks from /proc: run it on Linux");
    }
    steps.step("what reads documents (cargo build --release)", || {
        let build = ["build", "--release", "-p", "deskside-preview-text", "--bins", "--examples"];
        run(cargo(&house.root).args(build))
    })?;
    let program = house.root.join("target/release/examples/preview-soak");
    let mut complaints = Vec::new();
    steps.step("soak preview, the whole corpus against its floors", || {
        let mut command = cargo(&house.root);
        command.args(["test", "--release", "-p", "deskside-preview", "--test", "documents"]);
        command.args(["--", "--nocapture", "corpus", "hostile"]).env("DESKSIDE_PREVIEW_WHOLE", "1");
        test::seed(&mut command, seed);
        lifeline::run_guarded(&mut command)
    })?;
    lifeline::go_on()?;
    let corpus = steps.step("soak preview, memory and time of each document", || measure_corpus(&program))?;
    report_corpus(&corpus, &mut complaints);
    let hostile = steps.step("soak preview, hostile documents", || measure_hostile(&program))?;
    report_hostile(&hostile, &mut complaints);
    lifeline::go_on()?;
    let first = seed.parse().context("the seed is a number")?;
    let faults =
        steps.step(&format!("soak preview, {accidents} accidents"), || storms(&program, first, accidents))?;
    println!("    accidents: {accidents}, faults: {}", faults.len());
    complaints.extend(faults);
    if complaints.is_empty() {
        return Ok(());
    }
    bail!("document previews:\n    {}", complaints.join("\n    "))
}

fn measure_corpus(program: &Path) -> Result<Vec<Measured>> {
    let list = read(Command::new(program).arg("list"))?;
    let mut measured = Vec::new();
    for path in list.lines().filter_map(|line| line.split('\t').nth(2)) {
        lifeline::go_on()?;
        measured.push(measured_by(Command::new(program).arg("measure").arg(path), path));
    }
    Ok(measured)
}

fn measure_hostile(program: &Path) -> Result<Vec<Measured>> {
    let names = read(Command::new(program).arg("hostile"))?;
    Ok(names.lines().map(|name| measured_by(Command::new(program).arg("hostile").arg(name), name)).collect())
}

/// A process that says `code ms KiB`; one that does not is a fault and has its complaint as its code.
fn measured_by(command: &mut Command, name: &str) -> Measured {
    let name = Path::new(name).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let failed =
        |why: String| Measured { name: name.clone(), code: format!("FAULT {why}"), ms: 0.0, mib: 0.0 };
    let said = match read(command) {
        Ok(said) => said,
        Err(error) => return failed(format!("{error:#}")),
    };
    let fields: Vec<&str> = said.trim().split('\t').collect();
    let number = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok());
    match (fields.first(), number(1), number(2)) {
        (Some(code), Some(ms), Some(kib)) => {
            Measured { name: name.clone(), code: (*code).to_owned(), ms, mib: kib / 1024.0 }
        }
        _ => failed(said.trim().to_owned()),
    }
}

fn faults<'a>(measured: &'a [Measured]) -> impl Iterator<Item = String> + 'a {
    measured
        .iter()
        .filter(|one| one.code.starts_with("FAULT"))
        .map(|one| format!("{}: {}", one.name, one.code))
}

/// The value below which `share` of them lie.
fn quantile(measured: &[Measured], share: f64, of: impl Fn(&Measured) -> f64) -> f64 {
    let mut values: Vec<f64> = measured.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    let place = (values.len() as f64 * share) as usize;
    values.get(place.min(values.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

fn report_corpus(corpus: &[Measured], complaints: &mut Vec<String>) {
    let opened = corpus.iter().filter(|one| one.code == "ok").count();
    println!("\n    {:<28}{:>10}{:>10}{:>10}{:>10}", "whole documents", "p50", "p95", "p99", "most");
    for (what, of) in [("time, ms", (|one| one.ms) as fn(&Measured) -> f64), ("memory, MiB", |one| one.mib)] {
        let [p50, p95, p99, most] = [0.5, 0.95, 0.99, 1.0].map(|share| quantile(corpus, share, of));
        println!("    {what:<28}{p50:>10.1}{p95:>10.1}{p99:>10.1}{most:>10.1}");
    }
    println!("    {} documents, {opened} opened, {} faults", corpus.len(), faults(corpus).count());
    let mut largest: Vec<&Measured> = corpus.iter().collect();
    largest.sort_by(|one, other| other.mib.total_cmp(&one.mib));
    for one in largest.iter().take(5) {
        println!("    {:>8.1} MiB {:>8.0} ms {} ({})", one.mib, one.ms, one.name, one.code);
    }
    complaints.extend(faults(corpus));
    let p99 = quantile(corpus, 0.99, |one| one.mib);
    if p99 > MEMORY_P99 {
        complaints.push(format!("memory of 99 of 100 documents: {p99:.1} MiB > {MEMORY_P99}"));
    }
}

fn report_hostile(hostile: &[Measured], complaints: &mut Vec<String>) {
    println!("\n    {:<20}{:<18}{:>10}{:>10}", "hostile", "ends", "ms", "MiB");
    for one in hostile {
        println!("    {:<20}{:<18}{:>10.0}{:>10.1}", one.name, one.code, one.ms, one.mib);
        if one.ms > HOSTILE {
            complaints.push(format!("{}: {:.0} ms > {HOSTILE}", one.name, one.ms));
        }
    }
    complaints.extend(faults(hostile));
}

/// Shares the seeds among as many processes as there are cores; what was wrong.
fn storms(program: &Path, first: u64, accidents: u64) -> Result<Vec<String>> {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let share = accidents.div_ceil(cores);
    let notes = std::env::temp_dir().join(format!("deskside-preview-soak-{}", std::process::id()));
    fs::create_dir_all(&notes)?;
    let faults: Result<Vec<Vec<String>>> = thread::scope(|scope| {
        let running: Vec<_> = (0..cores)
            .map(|core| {
                let note = notes.join(core.to_string());
                let seeds = (first + core * share, first + ((core + 1) * share).min(accidents));
                scope.spawn(move || storm(program, seeds, &note))
            })
            .collect();
        running.into_iter().map(|one| one.join().unwrap_or_else(|_| bail!("a storm panicked"))).collect()
    });
    fs::remove_dir_all(&notes)?;
    Ok(faults?.into_iter().flatten().collect())
}

/// Plays the seeds; a process ends with its first fault, and the next one goes on behind it.
fn storm(program: &Path, (mut from, to): (u64, u64), note: &PathBuf) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    while from < to && faults.len() < ENOUGH {
        lifeline::go_on()?;
        let script = format!("ulimit -v {ADDRESS_SPACE}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg(program).arg("storm");
        command.args(["--seed", &from.to_string(), "--count", &(to - from).to_string(), "--note"]).arg(note);
        let output = command.stdin(Stdio::null()).output().context("cannot start sh")?;
        if output.status.success() {
            break;
        }
        // Stopped, not failed.
        lifeline::go_on()?;
        let at = fs::read_to_string(note).context("a storm left no note")?;
        let said = String::from_utf8_lossy(&output.stdout);
        let said = said.lines().find_map(|line| line.strip_prefix("FAULT ")).unwrap_or_default();
        faults.push(format!("seed and document {at}: {} {said}", output.status));
        let seed: u64 = at.split(' ').next().unwrap_or_default().parse().context("the note has a seed")?;
        from = seed + 1;
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occur() {
        let measured: Vec<Measured> = (1..=100)
            .map(|ms| Measured { name: String::new(), code: "ok".to_owned(), ms: f64::from(ms), mib: 0.0 })
            .collect();
        assert!((quantile(&measured, 0.5, |one| one.ms) - 51.0).abs() < 1e-9);
        assert!((quantile(&measured, 1.0, |one| one.ms) - 100.0).abs() < 1e-9);
        assert!(quantile(&[], 0.5, |one| one.ms).abs() < 1e-9);
    }

    #[test]
    fn a_process_that_says_nothing_is_a_fault() {
        let measured = measured_by(Command::new("sh").args(["-c", "exit 3"]), "a.docx");
        assert!(measured.code.starts_with("FAULT"), "{}", measured.code);
    }
}
