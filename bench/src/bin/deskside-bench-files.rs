//! `deskside-bench-files`: what `cargo xtask bench files` runs.

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    deskside_bench::archive::main()
}

/// The servers' processes are ended by group.
#[cfg(not(unix))]
fn main() -> ExitCode {
    ExitCode::FAILURE
}
