//! What people do with files that go from one to the other, and how those are shown to stand.

use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{AttachmentPolicy, CustomerAttach};

use crate::files;
use crate::page::{Page, id};
use crate::random::Random;
use crate::samples::Sample;
use crate::wait;

/// Everything beyond a mebibyte goes directly.
#[must_use]
pub fn policy() -> AttachmentPolicy {
    AttachmentPolicy {
        stored_max_bytes: 1 << 20,
        customer_attach: CustomerAttach::Always,
        ..AttachmentPolicy::default()
    }
}

/// A file so large that it is on its way for as long as one looks; it takes no room itself.
///
/// # Errors
/// Those of the file system.
pub fn endless_file(folder: &Path, name: &str) -> Result<Sample> {
    const SIZE: u64 = 16 << 30;
    let path = folder.join(name);
    File::create(&path)?.set_len(SIZE)?;
    Ok(Sample { path, name: name.to_owned(), bytes: Vec::new() })
}

/// A file of random bytes, no two blocks of it the same, that is never whole in memory.
pub fn random_file(folder: &Path, name: &str, size: u64, seed: u64) -> Result<Sample> {
    let path = folder.join(name);
    let mut random = Random::from_seed(seed);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&path)?);
    let mut left = size;
    while left > 0 {
        let bytes = random.bytes();
        let take = usize::try_from(left.min(16))?;
        file.write_all(&bytes[..take])?;
        left -= take as u64;
    }
    file.flush()?;
    Ok(Sample { path, name: name.to_owned(), bytes: Vec::new() })
}

/// Whether two files are the same to the byte, without holding either.
pub fn same(one: &Path, other: &Path) -> Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let read = one.read(&mut left)?;
        if read == 0 {
            return Ok(other.read(&mut right)? == 0);
        }
        if other.read_exact(&mut right[..read]).is_err() || left[..read] != right[..read] {
            return Ok(false);
        }
    }
}

/// The row of a transfer: of the only one of a file, or of the first of several.
#[must_use]
pub fn row(name: &str) -> String {
    format!("{} {}", files::card(name), id("direct-transfer"))
}

/// Presses a button of a transfer.
pub async fn press(page: &Page, name: &str, button: &str) -> Result<()> {
    page.click(&format!("{} {}", row(name), id(button))).await
}

/// Waits until a transfer stands as `state` (`moving`, `paused`, `done` …).
pub async fn stands(page: &Page, name: &str, state: &str, limit: Duration) -> Result<()> {
    let css = format!("{}[data-state=\"{state}\"]", row(name));
    page.see_within(&css, limit).await.map(drop)
}

/// Bytes that a transfer shows as verified.
pub async fn done(page: &Page, name: &str) -> Result<u64> {
    let script = "return Number(document.querySelector(arguments[0])?.dataset.done ?? 0)";
    let done = page.run(script, vec![row(name).into()]).await?;
    done.as_u64().context("a number of bytes")
}

/// Waits until at least `bytes` are shown as verified.
pub async fn reaches(page: &Page, name: &str, bytes: u64, limit: Duration) -> Result<()> {
    let what = format!("{bytes} bytes of {name} in {}", page.name);
    wait::until(&what, limit, async || {
        let over = page.is_visible(&format!("{}[data-state=done]", row(name))).await?;
        Ok(over || done(page, name).await? >= bytes)
    })
    .await
}

/// What a transfer moves over (`webrtc`, `quic`, `relay`), once it does.
pub async fn lane(page: &Page, name: &str) -> Result<String> {
    let css = format!("{}[data-lane]", row(name));
    page.see(&css).await?.attr("data-lane").await?.context("the lane in use")
}

/// A file that came has to be as it was sent.
pub fn arrived(sample: &Sample, folder: &Path) -> Result<()> {
    let came = folder.join(&sample.name);
    ensure!(same(&sample.path, &came)?, "{} is not what was sent", came.display());
    let left = std::fs::read_dir(folder)?.filter_map(Result::ok).map(|entry| entry.file_name());
    let parts: Vec<_> = left.filter(|name| name.to_string_lossy().ends_with(".part")).collect();
    ensure!(parts.is_empty(), "nothing half is left: {parts:?}");
    Ok(())
}
