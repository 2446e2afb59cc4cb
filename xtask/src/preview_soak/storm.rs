//! Accidents, shared among as many processes as there are cores.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{Scratch, TELL_EVERY};
use crate::lifeline;

/// Address space of a process that reads damaged documents, KiB.
const ADDRESS_SPACE: u32 = 2 * 1024 * 1024;
/// Faults of one process after which going on teaches nothing.
const ENOUGH: usize = 10;

/// What came of them.
#[derive(Debug, Default)]
pub(super) struct Storms {
    pub(super) played: u64,
    pub(super) faults: Vec<String>,
    /// The worst of one accident: KiB, milliseconds, and its seed.
    pub(super) kib: u64,
    pub(super) ms: u64,
    pub(super) slowest: u64,
}

impl Storms {
    fn worsen(&mut self, kib: u64, ms: u64, slowest: u64) {
        self.kib = self.kib.max(kib);
        if ms > self.ms {
            (self.ms, self.slowest) = (ms, slowest);
        }
    }
}

/// Where a process is: the seed at work, the worst so far, and the document.
struct Note {
    seed: u64,
    kib: u64,
    ms: u64,
    slowest: u64,
    document: String,
}

impl Note {
    fn read(file: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(file).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.splitn(5, '\t');
        let mut number = || fields.next()?.parse().ok();
        let (seed, kib, ms, slowest) = (number()?, number()?, number()?, number()?);
        Some(Self { seed, kib, ms, slowest, document: fields.next()?.to_owned() })
    }
}

pub(super) fn play(program: &Path, seed: &str, accidents: u64) -> Result<Storms> {
    let first: u64 = seed.parse().context("the seed is a number")?;
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let share = accidents.div_ceil(cores);
    let notes = Scratch::new("notes")?;
    let shares: Vec<_> = (0..cores)
        .map(|core| {
            let ends = ((core * share).min(accidents), ((core + 1) * share).min(accidents));
            (notes.0.join(core.to_string()), first + ends.0, first + ends.1)
        })
        .collect();
    let going = AtomicUsize::new(shares.len());
    let storms: Result<Vec<Storms>> = thread::scope(|scope| {
        let spawn = |(note, from, to): &(_, u64, u64)| {
            let (note, from, to, going) = (Path::new(note).to_owned(), *from, *to, &going);
            scope.spawn(move || {
                let outcome = storm(program, from, to, &note);
                going.fetch_sub(1, Ordering::SeqCst);
                outcome
            })
        };
        let running: Vec<_> = shares.iter().map(spawn).collect();
        let starts: Vec<_> = shares.iter().map(|(note, from, _)| (note.as_path(), *from)).collect();
        watch(&starts, accidents, &going);
        running.into_iter().map(|one| one.join().unwrap_or_else(|_| bail!("a storm panicked"))).collect()
    });
    let mut all = Storms::default();
    for one in storms? {
        all.played += one.played;
        all.worsen(one.kib, one.ms, one.slowest);
        all.faults.extend(one.faults);
    }
    Ok(all)
}

/// Says how far they are, until none is `going` any more.
fn watch(starts: &[(&Path, u64)], accidents: u64, going: &AtomicUsize) {
    let (began, mut told) = (Instant::now(), Instant::now());
    while going.load(Ordering::SeqCst) > 0 {
        thread::sleep(Duration::from_millis(200));
        if told.elapsed() < TELL_EVERY {
            continue;
        }
        told = Instant::now();
        let at = |(note, from): &(&Path, u64)| Note::read(note).map(|note| note.seed.saturating_sub(*from));
        let done: u64 = starts.iter().filter_map(at).sum();
        println!("    {:>5} s  {done} of {accidents} accidents", began.elapsed().as_secs());
    }
}

/// Plays the seeds; a process ends with its first fault, and the next one goes on behind it.
fn storm(program: &Path, first: u64, to: u64, note: &Path) -> Result<Storms> {
    let mut storms = Storms::default();
    let mut from = first;
    while from < to && storms.faults.len() < ENOUGH {
        lifeline::go_on()?;
        let output = limited(program)
            .args(["--seed", &from.to_string(), "--count", &(to - from).to_string(), "--note"])
            .arg(note)
            .stdin(Stdio::null())
            .output()
            .context("cannot start sh")?;
        // Stopped, not failed.
        lifeline::go_on()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let at = Note::read(note).context("a storm left no note")?;
        storms.worsen(at.kib, at.ms, at.slowest);
        if output.status.success() {
            let mut worst = said.lines().last().unwrap_or_default().split('\t').map(str::parse);
            if let (Some(Ok(kib)), Some(Ok(ms)), Some(Ok(slowest))) =
                (worst.next(), worst.next(), worst.next())
            {
                storms.worsen(kib, ms, slowest);
            }
            from = to;
            break;
        }
        let fault = said.lines().find_map(|line| line.strip_prefix("FAULT ")).unwrap_or_default();
        println!("    FAULT seed {} {}: {} {fault}", at.seed, at.document, output.status);
        storms.faults.push(format!("seed {} {}: {} {fault}", at.seed, at.document, output.status));
        from = at.seed + 1;
    }
    storms.played = from - first;
    Ok(storms)
}

fn limited(program: &Path) -> Command {
    let script = format!("ulimit -v {ADDRESS_SPACE}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(program).arg("storm");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_whole_or_not_at_all() {
        let note = Note::parse("7\t1024\t12\t5\tdocx/a b.docx").unwrap();
        assert_eq!((note.seed, note.kib, note.ms, note.slowest), (7, 1024, 12, 5));
        assert_eq!(note.document, "docx/a b.docx");
        for half in ["", "7", "7\t1024\t12\t5", "x\t1\t1\t1\ta"] {
            assert!(Note::parse(half).is_none(), "{half}");
        }
    }

    /// A program that plays three seeds and dies at the fourth, then plays the rest.
    #[test]
    fn a_storm_goes_on_behind_a_fault() {
        let folder = Scratch::new("test").unwrap();
        let (program, note) = (folder.0.join("program"), folder.0.join("note"));
        let script = "#!/bin/sh\n\
            if [ \"$3\" = 100 ]; then printf '103\\t9\\t9\\t101\\ta.doc' > \"$7\"; echo FAULT bad; exit 1; fi\n\
            printf '110\\t0\\t0\\t0\\tb.doc' > \"$7\"; printf '5\\t20\\t105\\n'\n";
        fs::write(&program, script).unwrap();
        assert!(Command::new("chmod").arg("+x").arg(&program).status().unwrap().success());
        let storms = storm(&program, 100, 110, &note).unwrap();
        assert_eq!((storms.played, storms.kib, storms.ms, storms.slowest), (10, 9, 20, 105));
        assert_eq!(storms.faults.len(), 1);
        assert!(storms.faults[0].starts_with("seed 103 a.doc"), "{:?}", storms.faults);
    }
}
