//! Where the checkout and the programs under test are.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The checkout.
pub fn root() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    Ok(root.context("the tests lie one folder below the checkout's root")?.to_path_buf())
}

/// The folder of the profile this program was built in, such as `target/ci`.
pub fn profile() -> Result<PathBuf> {
    let own = env::current_exe().context("a program can tell where it lies")?;
    let folder = own.parent().context("a program lies in a folder")?;
    // Tests lie in `deps`, programs beside it.
    let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    Ok(folder.to_path_buf())
}

/// One of our programs, as it was built last in the same profile.
pub fn program(name: &str) -> Result<PathBuf> {
    let path = profile()?.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    if !path.is_file() {
        bail!(
            "{} is not there. `cargo xtask test` builds it before the tests; by hand: cargo build --profile ci \
             --workspace --bins",
            path.display()
        );
    }
    Ok(path)
}

/// A folder below `target` for what tests leave to be looked at.
pub fn leavings(name: &str) -> Result<PathBuf> {
    let target = profile()?.parent().context("a profile lies in the target folder")?.join(name);
    std::fs::create_dir_all(&target).with_context(|| format!("cannot create {}", target.display()))?;
    Ok(target)
}

/// A program of the system, by PATH or one of the usual places.
pub fn tool(name: &str) -> Result<PathBuf> {
    find_tool(name).with_context(|| {
        format!("{name} is not installed. `cargo xtask setup` installs everything the tests need")
    })
}

fn find_tool(name: &str) -> Option<PathBuf> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&inherited)
        .chain(["/usr/bin".into(), "/usr/local/bin".into()])
        .chain(cached_tools())
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// Folders of the tools that `cargo xtask` builds once per user.
fn cached_tools() -> Vec<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
    let Some(tools) = cache.map(|cache| cache.join("deskside/tools")) else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(tools) else { return Vec::new() };
    entries.flatten().map(|entry| entry.path().join("bin")).collect()
}
