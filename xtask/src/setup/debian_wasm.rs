//! A compiler for the browser out of Debian's packages: Debian's `rustc-web` knows wasm32-unknown-unknown, and
//! `rust-web-src` has std's sources. Unpacked into the cache, never installed: the packages conflict with rustup.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::packages;
use super::wasm_std::{TARGET, Toolchain};
use crate::command::{cargo, on_path, read, run};
use crate::house::House;
use crate::steps::Steps;

/// Written last: a folder without it is half made.
const COMPLETE: &str = "complete";

/// The toolchain an earlier call left in the cache; the newest, if there are several.
pub(crate) fn ready(house: &House) -> Result<Option<Toolchain>> {
    let Ok(entries) = fs::read_dir(shelf(house)) else {
        return Ok(None);
    };
    let newest =
        entries.flatten().map(|entry| entry.path()).filter(|folder| folder.join(COMPLETE).is_file()).max();
    newest.map(|folder| toolchain(&folder)).transpose()
}

/// Download, unpack, and build std once.
pub(crate) fn make(house: &House, steps: &mut Steps) -> Result<Toolchain> {
    if !on_path("apt-get") || !on_path("dpkg") {
        bail!("this is no Debian-like system");
    }
    let offer = match Offer::discover() {
        Ok(offer) => offer,
        Err(_) => {
            steps.step("Debian's package lists", packages::update_lists)?;
            Offer::discover()?
        }
    };
    let folder = shelf(house).join(&offer.version);
    let title = format!("Debian's rustc-web {}, into the cache", offer.version);
    steps.step(&title, || {
        println!("    unpacked, not installed: {}", offer.packages.join(" "));
        // What an interrupted attempt left behind is not to be trusted.
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        unpack(&folder, &offer.packages)
    })?;
    steps.step("Rust's std for the browser", || build_std(&folder))?;
    toolchain(&folder)
}

fn shelf(house: &House) -> PathBuf {
    house.cache.join("wasm-std")
}

/// What apt offers now.
struct Offer {
    version: String,
    packages: Vec<String>,
}

impl Offer {
    fn discover() -> Result<Self> {
        let show =
            |package: &str| read(Command::new("apt-cache").args(["show", "--no-all-versions", package]));
        let compiler =
            show("rustc-web").context("apt offers no rustc-web (Debian 12 has it in bookworm-security)")?;
        let version = field(&compiler, "Version").context("rustc-web has no version")?;
        let headers = show("libstd-rust-web-dev")?;
        let library = dependency(&headers, "libstd-rust-web-")
            .context("libstd-rust-web-dev names no libstd-rust-web")?;
        let llvm = dependency(&show(&library)?, "libllvm").context("the compiler names no LLVM")?;
        // The linker of the same LLVM.
        let linker = llvm.replace("libllvm", "lld-");
        Ok(Self {
            version: version.to_owned(),
            packages: ["rustc-web", "rust-web-src", "libstd-rust-web-dev"]
                .map(str::to_owned)
                .into_iter()
                .chain([library, linker, llvm])
                .collect(),
        })
    }
}

/// A field of `apt-cache show`.
fn field<'a>(shown: &'a str, name: &str) -> Option<&'a str> {
    shown.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        (key == name).then(|| value.trim())
    })
}

/// The first package in `Depends` whose name is `prefix` and a number.
fn dependency(shown: &str, prefix: &str) -> Option<String> {
    field(shown, "Depends")?
        .split([',', '|'])
        .filter_map(|entry| entry.split_whitespace().next())
        .find(|name| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
        })
        .map(str::to_owned)
}

fn unpack(folder: &Path, packages: &[String]) -> Result<()> {
    let downloads = folder.join("packages");
    fs::create_dir_all(&downloads)?;
    run(Command::new("apt-get").args(["download", "--quiet"]).args(packages).current_dir(&downloads))?;
    for entry in fs::read_dir(&downloads)? {
        run(Command::new("dpkg").arg("-x").arg(entry?.path()).arg(folder.join("root")))?;
    }
    fs::remove_dir_all(&downloads)?;
    Ok(())
}

/// Compile std from its sources and lay it where the compiler looks for it: from then on the toolchain is used as
/// any other, without unstable flags.
fn build_std(folder: &Path) -> Result<()> {
    let seed = folder.join("seed");
    fs::create_dir_all(seed.join("src"))?;
    fs::write(seed.join("src/lib.rs"), "")?;
    fs::write(
        seed.join("Cargo.toml"),
        "[package]\nname = \"seed\"\nedition = \"2024\"\n[workspace]\n[profile.release]\nopt-level = \"s\"\n",
    )?;
    let mut command = cargo(&seed);
    command
        .args(["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort"])
        .env("RUSTC_BOOTSTRAP", "1")
        // cargo leaves bitcode out when the profile has no LTO; ours needs it in std.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", seed.join("target"))
        .envs(environment(folder)?);
    run(&mut command)?;

    let library = folder.join("root/usr/lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&library)?;
    let built = seed.join("target").join(TARGET).join("release/deps");
    for entry in fs::read_dir(&built)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libseed-") {
            fs::copy(&path, library.join(&name))?;
        }
    }
    fs::remove_dir_all(&seed)?;
    // The sources, more than 400 MB, have done their work.
    fs::remove_dir_all(folder.join("root/usr/src"))?;
    fs::write(folder.join(COMPLETE), "")?;
    Ok(())
}

fn toolchain(folder: &Path) -> Result<Toolchain> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    Ok(Toolchain::debian(format!("Debian {name}"), environment(folder)?))
}

fn environment(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let usr = folder.join("root/usr");
    let linker = fs::read_dir(usr.join("bin"))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("wasm-ld")))
        .context("Debian's lld package holds no wasm-ld")?;
    // Debian's folder for the libraries of one architecture, whichever it is.
    let libraries = fs::read_dir(usr.join("lib"))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().ends_with("-linux-gnu"))
        .context("Debian's packages hold no libraries for this machine")?;
    Ok(vec![
        ("RUSTC".to_owned(), usr.join("bin/rustc")),
        ("LD_LIBRARY_PATH".to_owned(), libraries),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER".to_owned(), linker),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = "Package: libstd-rust-web-dev\nVersion: 1.96.0+dfsg1-1~deb12u2\n\
        Depends: libc6, libstd-rust-web-1.96 (= 1.96.0+dfsg1-1~deb12u2), libllvm22 (>= 1:22~) | x\n";

    #[test]
    fn apt_tells_version_and_the_numbered_packages() {
        assert_eq!(field(SHOWN, "Version"), Some("1.96.0+dfsg1-1~deb12u2"));
        assert_eq!(dependency(SHOWN, "libstd-rust-web-").as_deref(), Some("libstd-rust-web-1.96"));
        assert_eq!(dependency(SHOWN, "libllvm").as_deref(), Some("libllvm22"));
        assert_eq!(dependency(SHOWN, "lld-"), None);
        assert_eq!(field("", "Version"), None);
    }
}
