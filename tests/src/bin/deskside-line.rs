//! An emulated line for programs that are no tests of ours (`cargo xtask bench transfer`).
//!
//! `deskside-line '{"delay_ms": 25, "bytes_per_second": 12500000, "loss": 0.01, "seed": 1}'`, the same in both directions, first says
//! `{"line": [A, B]}`, the names of its two network namespaces for ip-netns(8), or `"impossible"`. Then it carries out `cut` and `mend`, a line
//! each, and says the same word once it is done. It ends with its standard input.

use std::io::{self, BufRead as _, Write as _};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use deskside_tests::netem::{Line, LineSettings, Side, WaySettings};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Asked {
    /// One way.
    delay_ms: u64,
    bytes_per_second: u64,
    /// Part of all packets, 0 to 1.
    loss: f64,
    seed: u64,
}

fn main() -> Result<()> {
    let asked = std::env::args().nth(1).context("what the line is to be like, as JSON")?;
    let asked: Asked = serde_json::from_str(&asked).context("what the line is to be like")?;
    let way = WaySettings {
        delay: Duration::from_millis(asked.delay_ms),
        rate: Some(asked.bytes_per_second),
        loss: asked.loss,
        ..WaySettings::default()
    };
    let settings = LineSettings { seed: asked.seed, ..LineSettings::both_ways(way) };
    let Some(line) = Line::new(settings)? else {
        return say("\"impossible\"");
    };
    say(&json!({ "line": [line.name(Side::A), line.name(Side::B)] }).to_string())?;
    for order in io::stdin().lock().lines() {
        let order = order?;
        match order.trim() {
            "cut" => line.cut(),
            "mend" => line.mend(),
            "end" => break,
            other => bail!("a line can be cut and mended, but not {other}"),
        }
        say(order.trim())?;
    }
    Ok(())
}

fn say(word: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{word}")?;
    Ok(out.flush()?)
}
