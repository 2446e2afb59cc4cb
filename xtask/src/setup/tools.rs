//! Programs from crates.io, built once per user and version.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, run};
use crate::house::House;
use crate::steps::Steps;

/// `cargo deny`: licences, bans, sources, advisories.
const CARGO_DENY: &str = "0.20.2";
/// Firefox's driver.
const GECKODRIVER: &str = "0.37.1";

/// wasm-bindgen-cli's test runner would bring a TLS stack; we don't use it.
const NO_TLS: [&str; 1] = ["--no-default-features"];

/// The tool must be of exactly the version of the crate: they share an unstable format.
pub(crate) fn wasm_bindgen(house: &House, steps: &mut Steps) -> Result<PathBuf> {
    let lock = fs::read_to_string(house.root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let version = locked_version(&lock, "wasm-bindgen").context("Cargo.lock names no wasm-bindgen")?;
    let tool = Tool { package: "wasm-bindgen-cli", version, program: "wasm-bindgen", features: &NO_TLS };
    install(house, steps, &tool)
}

pub(crate) fn cargo_deny(house: &House, steps: &mut Steps) -> Result<PathBuf> {
    let tool = Tool { package: "cargo-deny", version: CARGO_DENY, program: "cargo-deny", features: &[] };
    install(house, steps, &tool)
}

pub(crate) fn geckodriver(house: &House, steps: &mut Steps) -> Result<PathBuf> {
    let tool = Tool { package: "geckodriver", version: GECKODRIVER, program: "geckodriver", features: &[] };
    install(house, steps, &tool)
}

/// The version a lock file holds of a package.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

struct Tool<'a> {
    package: &'a str,
    version: &'a str,
    program: &'a str,
    features: &'a [&'a str],
}

fn install(house: &House, steps: &mut Steps, tool: &Tool<'_>) -> Result<PathBuf> {
    let Tool { package, version, program, features } = tool;
    let root = house.cache.join("tools").join(format!("{package}-{version}"));
    let binary = root.join("bin").join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    if binary.is_file() {
        return Ok(binary);
    }
    let build = house.cache.join(format!("build-{package}-{version}"));
    steps.step(&format!("{package} {version}, once per user"), || {
        // Without --locked: wasm-bindgen-cli's lock file names versions that are no longer to be had. Compiled for a
        // short build, not for speed: each works for seconds at most.
        run(cargo(&house.root)
            .args(["install", package, "--version", &format!("={version}"), "--root"])
            .arg(&root)
            .args(*features)
            .env("CARGO_TARGET_DIR", &build)
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0"))?;
        fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))
    })?;
    if !binary.is_file() {
        bail!("{package} {version} was installed without {}", binary.display());
    }
    Ok(binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_files_version_is_found_by_the_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
            [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
