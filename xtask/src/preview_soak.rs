//! `cargo xtask soak preview`: the whole corpus, hostile documents in their full size, and accidents by the thousand.

mod storm;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::command::{cargo, read, run};
use crate::house::House;
use crate::lifeline;
use crate::steps::Steps;
use crate::test;

/// What 99 of 100 documents may need, MiB.
const MEMORY_P99: f64 = 64.0;
/// What no document may need, MiB.
const MEMORY_CAP: f64 = 512.0;
/// What a hostile document may take of a processor, ms.
const HOSTILE: f64 = 2000.0;
/// Seconds after which one is ended.
const WITHIN: &str = "30";
/// How often whoever waits hears how far it is.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// What one document took.
struct Measured {
    name: String,
    code: String,
    /// Of a processor.
    ms: f64,
    mib: f64,
    /// Milliseconds that passed, whatever else ran on the machine.
    passed: f64,
}

pub(crate) fn soak(house: &House, steps: &mut Steps, seed: &str, accidents: u64) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("soak preview limits memory by ulimit and reads its peaks from /proc: run it on Linux");
    }
    steps.step("what reads documents (cargo build --release)", || {
        let build = ["build", "--release", "-p", "deskside-preview-text", "--example", "preview-soak"];
        run(cargo(&house.root).args(build))
    })?;
    let program = house.root.join("target/release/examples/preview-soak");
    let mut complaints = Vec::new();
    let corpus = steps.step("soak preview, memory and time of each document", || measure_corpus(&program))?;
    report_corpus(&corpus, &mut complaints);
    let hostile = steps.step("soak preview, hostile documents", || measure_hostile(&program))?;
    report_hostile(&hostile, &mut complaints);
    let whole = steps.step("soak preview, the whole corpus against its floors", || floors(house, seed));
    complaints.extend(whole.err().map(|error| format!("{error:#}")));
    lifeline::go_on()?;
    let storms = steps
        .step(&format!("soak preview, {accidents} accidents"), || storm::play(&program, seed, accidents))?;
    summarise(house, seed, &corpus, &hostile, &storms);
    complaints.extend(storms.faults);
    if complaints.is_empty() {
        return Ok(());
    }
    bail!("document previews:\n    {}", complaints.join("\n    "))
}

fn floors(house: &House, seed: &str) -> Result<()> {
    let mut command = cargo(&house.root);
    command.args(["test", "--release", "-p", "deskside-preview", "--test", "documents"]);
    command.args(["--", "--nocapture", "corpus", "hostile"]).env("DESKSIDE_PREVIEW_WHOLE", "1");
    test::seed(&mut command, seed);
    lifeline::run_guarded(&mut command)
}

/// A line for the records.
fn summarise(house: &House, seed: &str, corpus: &[Measured], hostile: &[Measured], storms: &storm::Storms) {
    let commit = read(Command::new("git").current_dir(&house.root).args(["rev-parse", "--short", "HEAD"]));
    let [p99, most] = [0.99, 1.0].map(|share| quantile(corpus, share, |one| one.mib));
    let slowest = quantile(hostile, 1.0, |one| one.ms);
    println!("\n    commit {}, seed {seed}", commit.unwrap_or_default().trim());
    println!("    {} documents: memory p99 {p99:.1} MiB, most {most:.1} MiB", corpus.len());
    println!("    {} hostile documents: slowest {slowest:.0} ms of a processor", hostile.len());
    println!(
        "    {} accidents: {} faults, slowest {} ms (seed {}), most memory {} MiB",
        storms.played,
        storms.faults.len(),
        storms.ms,
        storms.slowest,
        storms.kib / 1024
    );
}

fn measure_corpus(program: &Path) -> Result<Vec<Measured>> {
    let list = read(Command::new(program).arg("list"))?;
    let paths: Vec<&str> = list.lines().filter_map(|line| line.split('\t').nth(2)).collect();
    let mut measured = Vec::new();
    let mut told = Instant::now();
    for path in &paths {
        lifeline::go_on()?;
        measured.push(measure(program, Path::new(path)));
        if told.elapsed() > TELL_EVERY {
            told = Instant::now();
            println!("    {} of {} documents", measured.len(), paths.len());
        }
    }
    Ok(measured)
}

fn measure_hostile(program: &Path) -> Result<Vec<Measured>> {
    let names = read(Command::new(program).arg("hostile"))?;
    let folder = Scratch::new("hostile")?;
    println!("    {:<20}{:<18}{:>10}{:>10}{:>10}", "hostile", "ends", "CPU ms", "MiB", "passed ms");
    let mut measured = Vec::new();
    for name in names.lines() {
        lifeline::go_on()?;
        let file = folder.0.join(name);
        run(Command::new(program).arg("make").arg(name).arg(&file))?;
        let one = measure(program, &file);
        fs::remove_file(&file)?;
        let Measured { name, code, ms, mib, passed } = &one;
        println!("    {name:<20}{code:<18}{ms:>10.0}{mib:>10.1}{passed:>10.0}");
        measured.push(one);
    }
    Ok(measured)
}

/// A folder that goes with its owner.
struct Scratch(PathBuf);

impl Scratch {
    fn new(what: &str) -> Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("deskside-preview-soak-{what}-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn measure(program: &Path, file: &Path) -> Measured {
    measured_by(Command::new("timeout").arg(WITHIN).arg(program).arg("measure").arg(file), file)
}

/// A process that says `code ms KiB ms`; one that does not is a fault and has its complaint as its code.
fn measured_by(command: &mut Command, file: &Path) -> Measured {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let failed = |why: String| Measured {
        name: name.clone(),
        code: format!("FAULT {why}"),
        ms: 0.0,
        mib: 0.0,
        passed: 0.0,
    };
    let said = match read(command) {
        Ok(said) => said,
        Err(error) => return failed(format!("{error:#}")),
    };
    let fields: Vec<&str> = said.trim().split('\t').collect();
    let number = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok());
    match (fields.first(), number(1), number(2), number(3)) {
        (Some(code), Some(ms), Some(kib), Some(passed)) => {
            Measured { name: name.clone(), code: (*code).to_owned(), ms, mib: kib / 1024.0, passed }
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
    let opened = corpus.iter().filter(|one| one.code.starts_with("ok")).count();
    println!("\n    {:<28}{:>10}{:>10}{:>10}{:>10}", "whole documents", "p50", "p95", "p99", "most");
    for (what, of) in
        [("time, CPU ms", (|one| one.ms) as fn(&Measured) -> f64), ("memory, MiB", |one| one.mib)]
    {
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
    complaints.extend(too_large(corpus));
}

fn report_hostile(hostile: &[Measured], complaints: &mut Vec<String>) {
    let slow = hostile.iter().filter(|one| one.ms > HOSTILE);
    complaints.extend(slow.map(|one| format!("{}: {:.0} ms > {HOSTILE}", one.name, one.ms)));
    complaints.extend(too_large(hostile));
    complaints.extend(faults(hostile));
}

fn too_large<'a>(measured: &'a [Measured]) -> impl Iterator<Item = String> + 'a {
    let beyond = measured.iter().filter(|one| one.mib > MEMORY_CAP);
    beyond.map(|one| format!("{}: {:.0} MiB > {MEMORY_CAP}", one.name, one.mib))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occur() {
        let measured: Vec<Measured> = (1..=100)
            .map(|ms| Measured {
                name: String::new(),
                code: "ok".to_owned(),
                ms: f64::from(ms),
                mib: 0.0,
                passed: 0.0,
            })
            .collect();
        assert!((quantile(&measured, 0.5, |one| one.ms) - 51.0).abs() < 1e-9);
        assert!((quantile(&measured, 1.0, |one| one.ms) - 100.0).abs() < 1e-9);
        assert!(quantile(&[], 0.5, |one| one.ms).abs() < 1e-9);
    }

    #[test]
    fn what_was_said_of_a_document_is_read_or_is_a_fault() {
        for (script, code, mib) in [
            ("printf 'ok, cut\\t12.5\\t2048\\t20'", "ok, cut", 2.0),
            ("echo nothing", "FAULT nothing", 0.0),
            ("exit 3", "FAULT", 0.0),
        ] {
            let measured = measured_by(Command::new("sh").args(["-c", script]), Path::new("/x/a.docx"));
            assert!(measured.code.starts_with(code), "{script}: {}", measured.code);
            assert_eq!((measured.name.as_str(), measured.mib), ("a.docx", mib), "{script}");
        }
    }

    #[test]
    fn hostile_documents_have_their_limits() {
        let one = |ms, mib| Measured { name: "a".to_owned(), code: "ok".to_owned(), ms, mib, passed: ms };
        let mut complaints = Vec::new();
        report_hostile(&[one(1999.0, 511.0), one(2001.0, 1.0), one(1.0, 513.0)], &mut complaints);
        assert_eq!(complaints, ["a: 2001 ms > 2000", "a: 513 MiB > 512"]);
    }
}
