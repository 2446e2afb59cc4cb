//! Accidents drawn from a seed: no panic, and an end in time. `DESKSIDE_PREVIEW_MUTATIONS` sets how many, `DESKSIDE_SEED`
//! which; `cargo xtask soak preview` plays many more, in processes whose memory is limited.

use std::env;
use std::fs;
use std::sync::Arc;

use crate::files;
use crate::made;
use crate::mutate::{Random, mutate};
use crate::trial;

/// Larger documents wait for the soak.
const LARGEST: usize = 256 * 1024;

fn number(variable: &str, usual: u64) -> u64 {
    env::var(variable).map_or(usual, |text| text.parse().unwrap())
}

/// A document drawn from the corpus or from those made here.
fn drawn(random: &mut Random, corpus: &[files::Document]) -> (String, Vec<u8>) {
    for _ in 0..20 {
        let Some(document) = corpus.get(random.below(corpus.len())) else { break };
        let bytes = fs::read(&document.path).unwrap();
        if bytes.len() <= LARGEST {
            return (document.name.clone(), bytes);
        }
    }
    let mut small = made::small();
    let (name, bytes) = small.swap_remove(random.below(small.len()));
    (name.to_owned(), bytes)
}

#[test]
fn accidents_are_survived() {
    let (seed, count) = (number("DESKSIDE_SEED", 20_261_121), number("DESKSIDE_PREVIEW_MUTATIONS", 300));
    let corpus = files::documents().unwrap_or_default();
    let mut faults = Vec::new();
    for case in 0..count {
        let seed = seed.wrapping_add(case);
        let (name, bytes) = drawn(&mut Random::new(seed), &corpus);
        let mutated = mutate(&bytes, seed);
        if let Err(fault) = trial::read_to_end(&name, Arc::new(mutated)) {
            faults.push(format!("DESKSIDE_SEED={seed} DESKSIDE_PREVIEW_MUTATIONS=1: {fault}"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
