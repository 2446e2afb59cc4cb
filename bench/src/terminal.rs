//! Lines for the person in front of the terminal.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Prints a line; a reader that went away is no reason to stop measuring.
pub fn say(line: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", line.as_ref());
    let _ = out.flush();
}

/// How a measuring program ends; what went wrong stands on the terminal after its name.
#[must_use]
pub fn end(program: &str, done: anyhow::Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format!("{program}: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Counts towards `total` in place, where somebody watches.
pub fn counter(what: String, total: usize) -> impl Fn(usize) {
    let watched = std::io::stdout().is_terminal();
    let last = AtomicUsize::new(0);
    move |count| {
        let percent = count * 100 / total.max(1);
        if watched && last.swap(percent, Ordering::Relaxed) != percent {
            let mut out = std::io::stdout().lock();
            let end = if count == total { "\r\x1b[K" } else { "" };
            let _ = write!(out, "\r{what}: {count} of {total}{end}");
            let _ = out.flush();
        }
    }
}
