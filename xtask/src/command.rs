//! Running other programs: checked, with errors that name the program and what to do.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

/// Clippy in place of the compiler, for the crates of this workspace.
static LINTER: OnceLock<PathBuf> = OnceLock::new();

/// From now on whatever cargo compiles of this workspace is linted as well, and a warning is an error. `cargo clippy` would do the same
/// in a pass of its own, which compiles every dependency once more only to throw it away.
pub(crate) fn lint_what_is_compiled() -> Result<()> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let sysroot = read(Command::new(rustc).args(["--print", "sysroot"]))?;
    let beside =
        Path::new(sysroot.trim()).join("bin").join(format!("clippy-driver{}", env::consts::EXE_SUFFIX));
    // Distributions keep it elsewhere.
    let driver = if beside.is_file() { beside } else { "clippy-driver".into() };
    read(Command::new(&driver).arg("--version"))
        .context("clippy is missing: `rustup component add clippy`")?;
    LINTER.get_or_init(|| driver);
    Ok(())
}

/// The cargo that started us, so that no other toolchain slips in.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    if let Some(driver) = LINTER.get() {
        // As `cargo clippy -- -Dwarnings` tells its driver.
        command.env("RUSTC_WORKSPACE_WRAPPER", driver).env("CLIPPY_ARGS", "-Dwarnings__CLIPPY_HACKERY__");
    }
    command
}

/// npm; a batch file on Windows, which must be named in full.
pub(crate) fn npm(ui: &Path) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(ui);
    command
}

/// Run to the end with the terminal inherited; a failure is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    if status.success() {
        return Ok(());
    }
    bail!("`{shown}` failed ({status})")
}

/// Run quietly and return what it printed; a failure is an error that carries its complaint.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` failed ({}): {}", output.status, complaint.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Run quietly; only whether it worked matters.
pub(crate) fn works(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Is there such a program in PATH?
pub(crate) fn on_path(program: &str) -> bool {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(&file).is_file()))
}

/// A command as a person would have typed it, its end left out when it is long.
pub(crate) fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(OsStr::new("?"));
    let mut shown = name.to_string_lossy().into_owned();
    for argument in command.get_args().take(8) {
        shown.push(' ');
        shown.push_str(&argument.to_string_lossy());
    }
    shown
}
