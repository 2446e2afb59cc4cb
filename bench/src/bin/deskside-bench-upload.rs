//! `deskside-bench-upload`: what `cargo xtask bench upload` runs.

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    deskside_bench::files::main()
}

/// Memory is read from `/proc`.
#[cfg(not(unix))]
fn main() -> ExitCode {
    ExitCode::FAILURE
}
