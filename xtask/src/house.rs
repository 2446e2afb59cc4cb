//! Where things are: the checkout and the per-user folders.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use deskside_scratch_s3::python_tools;

/// The folders every task works in.
pub(crate) struct House {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Tools and toolchains, per user and keyed by version, so that a fresh clone finds them ready.
    pub(crate) cache: PathBuf,
}

impl House {
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask lies one folder below the checkout's root")?
            .to_path_buf();
        let cache = python_tools::cache_folder().context("HOME is not set: where should tools be cached?")?;
        Ok(Self { root, cache })
    }

    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// A program of ours in the one profile that everything is built with.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.root.join("target/ci").join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// Notes on what was built from what; gone with `target`, as the builds are.
    pub(crate) fn stamps(&self) -> PathBuf {
        self.root.join("target/xtask/stamps")
    }
}

/// The folder for what people keep: the portal's database and files live below it.
pub(crate) fn data_folder() -> Result<PathBuf> {
    if cfg!(windows) {
        let local = non_empty("LOCALAPPDATA").context("LOCALAPPDATA is not set")?;
        return Ok(local.join("deskside"));
    }
    if let Some(folder) = non_empty("XDG_DATA_HOME") {
        return Ok(folder.join("deskside"));
    }
    let home = non_empty("HOME").context("HOME is not set: where should the portal keep data?")?;
    Ok(if cfg!(target_os = "macos") {
        home.join("Library/Application Support/deskside")
    } else {
        home.join(".local/share/deskside")
    })
}

fn non_empty(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}
