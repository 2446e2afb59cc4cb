//! The corpus, where it is present: every document is read to its end or has a named reason, and as much is read as before.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::fs;
use std::sync::{Arc, Mutex};

use unicode_normalization::UnicodeNormalization as _;

use crate::files::{self, Document};
use crate::mutate::Random;
use crate::trial;

/// What must not be fallen below, of what LibreOffice reads: the share opened, and the share of which 95 % of its words are
/// read as well. Sheets are lower: much of the reference has raw values where a person sees formatted ones.
const FLOORS: &[(&str, f64, f64)] = &[
    ("csv", 1.0, 0.97),
    ("doc", 0.98, 0.94),
    ("docx", 1.0, 0.94),
    ("dotx", 1.0, 1.0),
    ("ods", 1.0, 0.78),
    ("ppt", 1.0, 0.84),
    ("pptx", 1.0, 0.74),
    ("rtf", 1.0, 0.95),
    ("sxc", 1.0, 1.0),
    ("tsv", 1.0, 1.0),
    ("txt", 1.0, 1.0),
    ("xls", 0.95, 0.71),
    ("xlsb", 1.0, 0.78),
    ("xlsm", 1.0, 0.59),
    ("xlsx", 1.0, 0.76),
    ("xml", 1.0, 0.62),
];

/// Everyday runs take every so manieth document.
const SAMPLE: usize = 4;

#[derive(Default)]
struct Score {
    /// Documents that LibreOffice opens, and of those the ones that open here.
    theirs: usize,
    opened: usize,
    /// Of those with words, the ones whose words are read.
    with_words: usize,
    read: usize,
}

/// How often each word occurs, as `preview_score.py` counts: runs of letters and digits, in lower case.
fn words(text: &str) -> HashMap<String, usize> {
    let normal: String = text.nfkc().collect();
    let mut counts = HashMap::new();
    for word in normal.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    counts
}

/// Which share of the reference's words was read; `None` where it has none.
fn recall(reference: &str, text: &str) -> Option<f64> {
    let (expected, got) = (words(reference), words(text));
    let all: usize = expected.values().sum();
    let same: usize = expected.iter().map(|(word, count)| *count.min(got.get(word).unwrap_or(&0))).sum();
    (all > 0).then(|| same as f64 / all as f64)
}

fn judge(document: &Document, scores: &Mutex<BTreeMap<String, Score>>) -> Result<(), String> {
    let bytes = fs::read(&document.path).map_err(|error| format!("{}: {error}", document.name))?;
    let outcome = trial::read_to_end(&document.name, Arc::new(bytes))?;
    let Some(reference) = &document.reference else { return Ok(()) };
    let reference = fs::read(reference).map_err(|error| format!("{}: {error}", document.name))?;
    let opened = outcome.code == "ok";
    let text = if opened { outcome.text.as_str() } else { "" };
    let share = recall(&String::from_utf8_lossy(&reference), text);
    let mut scores = scores.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let score = scores.entry(document.format.clone()).or_default();
    score.theirs += 1;
    score.opened += usize::from(opened);
    score.with_words += usize::from(share.is_some());
    score.read += usize::from(share.is_some_and(|share| share >= 0.95));
    Ok(())
}

/// `floor` for so many documents: a sample may lie three standard errors and one document beside the whole.
fn allowed(floor: f64, of: usize, whole: bool) -> f64 {
    let count = of as f64;
    let slack = if whole { 0.0 } else { 3.0 * (floor * (1.0 - floor) / count).sqrt() + 1.0 / count };
    floor - slack
}

fn below(scores: &BTreeMap<String, Score>, whole: bool) -> Vec<String> {
    let mut complaints = Vec::new();
    for (format, opened, read) in FLOORS {
        let Some(score) = scores.get(*format) else { continue };
        let shares =
            [("opened", score.opened, score.theirs, opened), ("read", score.read, score.with_words, read)];
        for (what, got, of, floor) in shares {
            let share = got as f64 / of.max(1) as f64;
            println!("{format:5} {what:6} {got:3} of {of:3}: {share:.3}, floor {floor:.3}");
            if of > 0 && share < allowed(*floor, of, whole) {
                complaints.push(format!("{format}: {what} {got} of {of}, {share:.3} < {floor:.3}"));
            }
        }
    }
    complaints
}

/// Everything in soaks (`DESKSIDE_PREVIEW_WHOLE`), a sample that the seed decides otherwise.
#[test]
fn the_corpus_is_read_as_well_as_before() {
    let Some(mut documents) = files::documents() else { return };
    let whole = env::var_os("DESKSIDE_PREVIEW_WHOLE").is_some();
    if !whole {
        let seed = env::var("DESKSIDE_SEED").map_or(20_261_121, |text| text.parse().unwrap());
        let first = Random::new(seed).below(SAMPLE);
        documents.sort_by(|one, other| one.name.cmp(&other.name));
        documents = documents.into_iter().skip(first).step_by(SAMPLE).collect();
    }
    let (scores, faults) = (&Mutex::default(), &Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for half in documents.chunks(documents.len().div_ceil(2).max(1)) {
            scope.spawn(move || {
                for document in half {
                    if let Err(fault) = judge(document, scores) {
                        faults.lock().unwrap().push(fault);
                    }
                }
            });
        }
    });
    let mut faults = std::mem::take(&mut *faults.lock().unwrap());
    faults.extend(below(&scores.lock().unwrap(), whole));
    assert!(faults.is_empty(), "{faults:#?}");
}
