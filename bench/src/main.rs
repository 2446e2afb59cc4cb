//! `deskside-bench`: what `cargo xtask bench chat` runs.

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    deskside_bench::run::main()
}

/// The servers' costs are read from `/proc`, and their processes are ended by group.
#[cfg(not(unix))]
fn main() -> ExitCode {
    ExitCode::FAILURE
}
