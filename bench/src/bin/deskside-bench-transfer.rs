//! `deskside-bench-transfer`: what `cargo xtask bench transfer` runs.

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    deskside_bench::transfer::main()
}

/// CPU time and memory are read from `/proc`.
#[cfg(not(unix))]
fn main() -> ExitCode {
    ExitCode::FAILURE
}
