//! `deskside-extract`: a picture on standard input, its thumbnail on standard output. `deskside-extract --text NAME`: a document
//! on standard input, its text on standard output; the name only decides between kinds of text.
//!
//! A child process of the portal, with nothing to lose: it first takes away its own means (memory, time, files), and is killed by
//! its parent at a deadline (research S11). A thumbnail is one line of JSON, then the bytes of a PNG or JPEG; a text is UTF-8.

mod limits;
mod text;
mod thumbnail;

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

use text::TextError;
use thumbnail::{ExtractError, Thumbnail};

/// Bytes of a picture.
const PICTURE_MAX: u64 = 64 * 1024 * 1024;
/// Bytes of a document: as the viewer's containers.
const DOCUMENT_MAX: u64 = 100 * 1024 * 1024;
/// Bytes of a name that is looked at.
const NAME_MAX: usize = 255;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let done = match (arguments.next(), arguments.next()) {
        (None, _) => thumbnail().map_err(|error| error.to_string()),
        (Some(mode), name) if mode == "--text" => {
            let name = name.unwrap_or_default().to_string_lossy().chars().take(NAME_MAX).collect::<String>();
            text(&name).map_err(|error| error.to_string())
        }
        _ => Err("usage: deskside-extract [--text NAME]".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent may not listen.
            drop(writeln!(io::stderr(), "deskside-extract: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn thumbnail() -> Result<(), ExtractError> {
    limits::apply(&limits::PICTURE)?;
    let picture = input(PICTURE_MAX)?.ok_or(ExtractError::TooLarge)?;
    let Thumbnail { width, height, media_type, bytes } = thumbnail::make(&picture)?;
    let mut out = io::stdout().lock();
    writeln!(out, r#"{{"width":{width},"height":{height},"media_type":"{media_type}"}}"#)?;
    out.write_all(&bytes)?;
    out.flush()?;
    Ok(())
}

fn text(name: &str) -> Result<(), TextError> {
    limits::apply(&limits::DOCUMENT)?;
    let document = input(DOCUMENT_MAX)?.ok_or(TextError::TooLarge)?;
    let text = text::text_of(document, name)?;
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Everything on standard input; `None` where it is more than `most` bytes.
fn input(most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}
