//! The account of a journey: each step with its time, a numbered picture, and what it leaves.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::page::Page;

/// Writes down what happened.
#[derive(Debug)]
pub struct Diary {
    folder: PathBuf,
    started: Instant,
    steps: usize,
}

impl Diary {
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, started: Instant::now(), steps: 0 }
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A step, with its time since the beginning.
    #[expect(clippy::print_stdout, reason = "telling the steps is what a diary is for")]
    pub fn note(&mut self, step: &str) {
        self.steps += 1;
        println!("{:7.1} s  {:2}. {step}", self.started.elapsed().as_secs_f64(), self.steps);
    }

    /// A step with a picture of each window.
    pub async fn picture(&mut self, step: &str, pages: &[&Page]) -> Result<()> {
        self.note(step);
        for page in pages {
            let file = self.folder.join(format!("{:02}-{}-{}.png", self.steps, slug(step), page.name));
            page.shoot(&file).await?;
        }
        Ok(())
    }

    /// Leaves a file.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    }
}

fn slug(step: &str) -> String {
    let words = step.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.take(6).map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}
