//! One document read to its end as nobody vouches for it: in a thread of its own, with a deadline.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use deskside_preview::reading::{Extent, read};
use deskside_preview::{Hint, Limits, PreviewError, Warning, open};

/// No document may take longer, on any machine that builds this.
pub(crate) const DEADLINE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 20 });

/// What the thread has for its stack. The worker in a browser has 1 MiB; without optimisation frames are several times as large.
const STACK: usize = if cfg!(debug_assertions) { 8 } else { 1 } * 1024 * 1024;

/// How it ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The text, as far as it was read.
    pub(crate) text: String,
    /// `ok`, or the code of what kept it from being read to its end.
    pub(crate) code: &'static str,
    /// It says that it is cut.
    pub(crate) cut: bool,
    pub(crate) took: Duration,
}

/// Reads `bytes` to their end.
///
/// # Errors
/// A fault: a panic, no end before the deadline, or an error that bytes in memory cannot have.
pub(crate) fn read_to_end(name: &str, bytes: Arc<Vec<u8>>) -> Result<Outcome, String> {
    let (say, heard) = mpsc::channel();
    let file = name.to_owned();
    let work = move || {
        let result = std::panic::catch_unwind(AssertUnwindSafe(|| outcome(&file, &bytes)));
        drop(say.send(result));
    };
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(work)
        .map_err(|error| format!("{name}: no thread: {error}"))?;
    match heard.recv_timeout(DEADLINE) {
        Ok(Ok(outcome)) if matches!(outcome.code, "waiting" | "read") => {
            Err(format!("{name}: `{}` of bytes that are all there", outcome.code))
        }
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(panic)) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let said = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
            Err(format!("{name}: it panicked: {said}"))
        }
        Err(_) => Err(format!("{name}: no end after {DEADLINE:?}")),
    }
}

fn outcome(name: &str, bytes: &Vec<u8>) -> Outcome {
    let began = Instant::now();
    let mut text = String::new();
    let mut cut = false;
    let result = attempt(name, bytes, &mut text, &mut cut);
    let code = result.as_ref().map_or_else(PreviewError::code, |()| "ok");
    Outcome { text, code, cut, took: began.elapsed() }
}

#[expect(clippy::ptr_arg, reason = "a slice of no known size cannot stand for any source")]
fn attempt(name: &str, bytes: &Vec<u8>, text: &mut String, cut: &mut bool) -> Result<(), PreviewError> {
    let mut document = open(bytes, &Hint { name }, &Limits::default())?;
    let result = read(&mut document, Extent::Everything, &mut |piece| text.push_str(piece));
    *cut = document.warnings().contains(&Warning::Cut);
    result
}
