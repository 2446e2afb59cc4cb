//! Randomness that can be had again: a seed that is printed, and SplitMix64 (Steele et al. 2014) over it.

use std::env;

use anyhow::{Context as _, Result};

/// A stream of numbers that its seed decides.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.draw() % (high - low + 1)
    }

    /// A place in a list of `length` things, which is at least one.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.draw() % length as u64).unwrap_or_default()
    }

    /// True with this probability, 0 to 1.
    pub fn chance(&mut self, probability: f64) -> bool {
        // 53 bits are what a double holds exactly.
        ((self.draw() >> 11) as f64) < probability * (1_u64 << 53) as f64
    }

    pub fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.draw().to_le_bytes());
        bytes[8..].copy_from_slice(&self.draw().to_le_bytes());
        bytes
    }
}

/// The seed of this run: `DESKSIDE_SEED`, or a fresh one.
pub fn seed() -> Result<u64> {
    match env::var("DESKSIDE_SEED") {
        Ok(text) => text.parse().context("DESKSIDE_SEED is a number"),
        Err(_) => Ok(getrandom::u64()?),
    }
}

/// Cases of one randomised test: `DESKSIDE_CASES`, or `usual`.
pub fn cases(usual: u32) -> Result<u32> {
    match env::var("DESKSIDE_CASES") {
        Ok(text) => text.parse().context("DESKSIDE_CASES is a number"),
        Err(_) => Ok(usual),
    }
}

/// 16 fresh random bytes.
pub fn fresh() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
