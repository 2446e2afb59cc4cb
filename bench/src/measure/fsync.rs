//! What one synced write costs on the disk the servers write to: the floor of every durable answer.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::tally::median;

const WRITES: usize = 50;
/// A page of SQLite's and half a page of PostgreSQL's.
const BYTES: usize = 4096;

/// Median milliseconds of a write of 4 KiB with fdatasync, in `folder`.
pub fn millis(folder: &Path) -> Result<f64> {
    let path = folder.join("fsync");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        let begun = Instant::now();
        file.write_all(&[1; BYTES])?;
        file.sync_data()?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_file(path)?;
    median(times).context("there are times")
}
