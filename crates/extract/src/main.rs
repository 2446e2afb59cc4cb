//! `deskside-extract`: a picture on standard input, its thumbnail on standard output.
//!
//! A child process of the portal, with nothing to lose: it first takes away its own means (memory, time, files), and is killed by
//! its parent at a deadline (research S11). The answer is one line of JSON, then the bytes of a PNG or JPEG.

mod limits;
mod thumbnail;

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

use thumbnail::{ExtractError, Thumbnail};

/// Bytes of a picture.
const INPUT_MAX: u64 = 64 * 1024 * 1024;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent may not listen.
            drop(writeln!(io::stderr(), "deskside-extract: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), ExtractError> {
    limits::apply()?;
    let mut picture = Vec::new();
    io::stdin().lock().take(INPUT_MAX + 1).read_to_end(&mut picture)?;
    if picture.len() as u64 > INPUT_MAX {
        return Err(ExtractError::TooLarge);
    }
    let Thumbnail { width, height, media_type, bytes } = thumbnail::make(&picture)?;
    let mut out = io::stdout().lock();
    writeln!(out, r#"{{"width":{width},"height":{height},"media_type":"{media_type}"}}"#)?;
    out.write_all(&bytes)?;
    out.flush()?;
    Ok(())
}
