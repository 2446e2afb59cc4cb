//! Foreign programs written in Python that tests measure ours against: `cargo xtask` installs them once per user and list, below
//! the folder where it keeps its other tools, and tests find them there.

use std::{
    env, fmt,
    hash::{DefaultHasher, Hasher as _},
    path::PathBuf,
};

/// Every package with its version and hashes, as pip takes them.
pub const REQUIREMENTS: &str = include_str!("../../../tests/foreign/requirements.txt");

/// Written last: an environment without it is half made.
const COMPLETE: &str = "complete";

/// A program that is not there.
#[derive(Debug)]
pub struct Missing {
    program: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the tests' Python tools are not installed (`{}` is missing): run `cargo xtask setup`, and with the same HOME \
             and XDG_CACHE_HOME run the test again",
            self.program
        )
    }
}

impl std::error::Error for Missing {}

/// A program of the environment: `python`, which has the packages, or one that a package brought, such as `moto_server`.
///
/// # Errors
/// Where the environment was not made for this list of packages, or has no such program.
pub fn program(name: &str) -> Result<PathBuf, Missing> {
    let missing = || Missing { program: name.to_owned() };
    let environment = Environment::new(&cache_folder().ok_or_else(missing)?);
    let program = environment.program(name);
    if environment.is_complete() && program.is_file() { Ok(program) } else { Err(missing()) }
}

/// The virtual environment of one list of packages.
#[derive(Debug)]
pub struct Environment {
    /// Where it is, or is to be made.
    pub folder: PathBuf,
}

impl Environment {
    /// That of [`REQUIREMENTS`] below the folder of all tools.
    #[must_use]
    pub fn new(cache: &std::path::Path) -> Self {
        // It only has to notice change: with another Rust version the hash may be another, which costs one installation.
        let mut hasher = DefaultHasher::new();
        hasher.write(REQUIREMENTS.as_bytes());
        Self { folder: cache.join(format!("python-tools-{:016x}", hasher.finish())) }
    }

    /// Where a program of that name lies, if it is there at all.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        let programs = self.folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
        programs.join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// The file that says that everything is installed.
    #[must_use]
    pub fn completion_note(&self) -> PathBuf {
        self.folder.join(COMPLETE)
    }

    /// Whether everything is installed, and the Python it was made with still there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.completion_note().is_file() && self.program("python").is_file()
    }
}

/// The folder where `cargo xtask` keeps tools, per user and keyed by version, so that a fresh clone finds them ready. `None` where
/// the variables that name it (HOME, on Windows LOCALAPPDATA) are not set.
#[must_use]
pub fn cache_folder() -> Option<PathBuf> {
    let non_empty =
        |variable: &str| env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = non_empty("XDG_CACHE_HOME") {
        return Some(folder.join("deskside"));
    }
    if cfg!(windows) {
        return Some(non_empty("LOCALAPPDATA")?.join("deskside").join("cache"));
    }
    let below_home = if cfg!(target_os = "macos") { "Library/Caches/deskside" } else { ".cache/deskside" };
    Some(non_empty("HOME")?.join(below_home))
}
