//! A video in the room: begun, sought in and watched by what its element says.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::files;
use crate::page::{Page, id};
use crate::wait;

/// A player that waits for bytes over a busy machine's network.
const PLAY: Duration = Duration::from_secs(60);

/// What the page's one video says of itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Told {
    /// Seconds.
    pub duration: f64,
    /// Seconds from its beginning.
    pub at: f64,
    pub seeking: bool,
    pub ended: bool,
    /// Pixels; none before there is a picture.
    pub width: u64,
    pub error: Option<String>,
}

/// Begins to play a file in its place.
pub async fn begin(page: &Page, name: &str) -> Result<()> {
    page.click(&format!("{} {}", files::card(name), id("media-play"))).await
}

/// Waits until what the video says is `fact`.
pub async fn until(page: &Page, what: &str, fact: impl Fn(&Told) -> bool) -> Result<Told> {
    let script = "const video = document.querySelector('video');
        return video && { duration: Number.isFinite(video.duration) ? video.duration : 0, at: video.currentTime,
            seeking: video.seeking, ended: video.ended, width: video.videoWidth, error: video.error?.message };";
    let mut last = None;
    let found = wait::until_some(&format!("{what} in {}", page.name), PLAY, async || {
        let told: Option<Told> = serde_json::from_value(page.run(script, Vec::new()).await?)?;
        last = told.clone();
        Ok(told.filter(&fact))
    })
    .await;
    found.with_context(|| format!("the video says {last:?}"))
}

/// Goes to `seconds` from the beginning and waits until it plays on from there.
pub async fn seek(page: &Page, seconds: f64) -> Result<()> {
    page.run("document.querySelector('video').currentTime = arguments[0]", vec![seconds.into()]).await?;
    let there = |told: &Told| !told.seeking && (told.at > seconds || told.ended);
    until(page, &format!("a second after {seconds} s"), there).await.map(drop)
}
