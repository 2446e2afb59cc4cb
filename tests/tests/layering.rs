//! The house keeps its floors: who may depend on whom (docs/ARCHITECTURE.md), and how large a file may grow.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use deskside_tests::workspace;

/// Every package of the workspace and what it may depend on of ours. A new package enters here, with its arrows.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "deskside",
        &["deskside-client", "deskside-session", "deskside-transfer", "deskside-timeline", "deskside-proto"],
    ),
    (
        "deskside-client",
        &["deskside-direct", "deskside-transfer", "deskside-session", "deskside-timeline", "deskside-proto"],
    ),
    ("deskside-direct", &["deskside-transfer", "deskside-proto"]),
    ("deskside-transfer", &["deskside-proto"]),
    ("deskside-session", &["deskside-timeline", "deskside-proto"]),
    ("deskside-timeline", &["deskside-proto"]),
    ("deskside-proto", &[]),
    ("deskside-web", &["deskside-session", "deskside-timeline", "deskside-transfer", "deskside-proto"]),
    ("deskside-extract", &["deskside-preview"]),
    ("deskside-fetch", &[]),
    ("deskside-preview", &[]),
    ("deskside-preview-text", &["deskside-preview"]),
    ("deskside-preview-wasm", &["deskside-preview"]),
    ("deskside-search", &["deskside-proto"]),
    ("deskside-bot", &["deskside-proto"]),
    ("deskside-store", &["deskside-proto"]),
    ("deskside-store-sqlite", &["deskside-store", "deskside-proto"]),
    ("deskside-store-postgres", &["deskside-store", "deskside-proto"]),
    ("deskside-scratch-postgres", &[]),
    ("deskside-scratch-s3", &[]),
    ("deskside-scratch-smtp", &["deskside-scratch-s3"]),
    (
        "deskside-portal",
        &[
            "deskside-bot",
            "deskside-fetch",
            "deskside-search",
            "deskside-store",
            "deskside-store-sqlite",
            "deskside-store-postgres",
            "deskside-timeline",
            "deskside-proto",
        ],
    ),
    (
        "deskside-tests",
        &[
            "deskside-client",
            "deskside-portal",
            "deskside-session",
            "deskside-timeline",
            "deskside-proto",
            "deskside-scratch-s3",
        ],
    ),
    // The load generator measures programs from outside: it knows the wire and nothing else.
    ("deskside-bench", &["deskside-proto"]),
    ("xtask", &["deskside-scratch-postgres", "deskside-scratch-s3"]),
];

/// Packages without I/O, clock or randomness: these come in as arguments.
const PURE: &[&str] = &[
    "deskside-proto",
    "deskside-timeline",
    "deskside-session",
    "deskside-transfer",
    "deskside-bot",
    "deskside-web",
    "deskside-preview",
    "deskside-preview-wasm",
];

/// What a pure package must not reach, at any depth.
const IMPURE: &[&str] = &[
    "axum",
    "getrandom",
    "hyper",
    "keyring",
    "mio",
    "rand",
    "reqwest",
    "rfd",
    "rusqlite",
    "rustls",
    "socket2",
    "sqlx",
    "sqlx-core",
    "tauri",
    "tokio",
    "tokio-tungstenite",
    "tungstenite",
    "webrtc",
    "wry",
];

/// What is reached and never used: `zip` names it for writing encrypted archives, which nothing here does.
const REACHED_IN_NAME_ONLY: &[(&str, &str)] =
    &[("deskside-preview", "getrandom"), ("deskside-preview-wasm", "getrandom")];

/// What a pure package must not write, outside its tests.
const IMPURE_WORDS: &[&str] =
    &["std::fs", "std::net", "std::env", "std::process", "std::thread", "SystemTime", "Instant::now"];

/// Who alone may depend on what.
const RESERVED: &[(&str, &[&str])] = &[
    ("tauri", &["deskside"]),
    ("rfd", &["deskside"]),
    ("sqlx", &["deskside-search", "deskside-store-sqlite", "deskside-store-postgres", "deskside-client"]),
    // The client's: a listener for the window's player (design §7).
    ("axum", &["deskside-portal", "deskside-client"]),
    ("keyring", &["deskside-client"]),
    ("webrtc", &["deskside-direct"]),
    ("cap-std", &["deskside-direct"]),
    // The desktop knows it for pictures of its own screen: those of strangers are opened by `extract` alone.
    ("image", &["deskside", "deskside-extract", "deskside-tests"]),
    // Not made for hostile files: only where a crash costs nothing.
    ("pdf-extract", &["deskside-extract"]),
];

/// Lines of one source file: beyond it nobody sees the whole.
const MAX_LINES: usize = 600;

fn metadata() -> Result<Metadata> {
    let manifest = workspace::root()?.join("Cargo.toml");
    MetadataCommand::new()
        .manifest_path(manifest)
        .other_options(["--offline".to_owned()])
        .exec()
        .context("cargo metadata")
}

fn normal(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Normal)
        .map(|dependency| dependency.name.as_str())
}

#[test]
fn arrows_point_down_only() -> Result<()> {
    let metadata = metadata()?;
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let ours: BTreeSet<&str> =
        metadata.workspace_packages().iter().map(|package| package.name.as_str()).collect();
    assert_eq!(ours, allowed.keys().copied().collect(), "the table names every package of the workspace");
    for package in metadata.workspace_packages() {
        for dependency in normal(package).filter(|name| ours.contains(name)) {
            let arrows = allowed[package.name.as_str()];
            assert!(arrows.contains(&dependency), "{} must not depend on {dependency}", package.name);
        }
    }
    Ok(())
}

/// By `cargo tree`, which resolves features for one package alone: of the whole workspace's, some are switched on by others.
#[test]
fn pure_packages_reach_nothing_impure() -> Result<()> {
    for pure in PURE {
        let tree = Command::new(env!("CARGO"))
            .current_dir(workspace::root()?)
            .args(["tree", "--offline", "--package", pure, "--edges", "normal", "--prefix", "none"])
            .output()
            .context("cargo tree")?;
        let text = String::from_utf8(tree.stdout)?;
        let reached: BTreeSet<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
        assert!(reached.contains(pure), "cargo tree lists {pure}: {}", String::from_utf8_lossy(&tree.stderr));
        for impure in IMPURE.iter().filter(|impure| !REACHED_IN_NAME_ONLY.contains(&(pure, impure))) {
            assert!(!reached.contains(impure), "{pure} reaches {impure}: cargo tree -p {pure} -i {impure}");
        }
    }
    Ok(())
}

#[test]
fn pure_packages_ask_the_system_for_nothing() -> Result<()> {
    for pure in PURE {
        let folder = workspace::root()?.join("crates").join(pure.trim_start_matches("deskside-")).join("src");
        for file in sources(&folder, &["rs"])? {
            let text = std::fs::read_to_string(&file)?;
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in IMPURE_WORDS {
                assert!(!code.contains(word), "{} uses {word}", file.display());
            }
        }
    }
    Ok(())
}

#[test]
fn only_the_named_packages_know_tauri_sql_http_and_keyrings() -> Result<()> {
    for package in metadata()?.workspace_packages() {
        for dependency in normal(package) {
            for (reserved, owners) in RESERVED {
                let taken = dependency == *reserved || dependency.starts_with(&format!("{reserved}-plugin-"));
                assert!(
                    !taken || owners.contains(&package.name.as_str()),
                    "{} must not depend on {dependency}",
                    package.name
                );
            }
        }
    }
    Ok(())
}

#[test]
fn no_file_outgrows_its_reader() -> Result<()> {
    let mut too_long = Vec::new();
    for folder in ["crates", "src-tauri", "tests", "bench", "xtask", "ui/src"] {
        for file in sources(&workspace::root()?.join(folder), &["rs", "ts", "svelte", "css"])? {
            let lines = std::fs::read_to_string(&file)?.lines().count();
            if lines > MAX_LINES {
                too_long.push(format!("{}: {lines} lines", file.display()));
            }
        }
    }
    assert!(too_long.is_empty(), "at most {MAX_LINES} lines:\n{}", too_long.join("\n"));
    Ok(())
}

#[test]
fn every_rust_file_says_what_it_is_for() -> Result<()> {
    let mut silent = Vec::new();
    for folder in ["crates", "src-tauri", "tests", "bench", "xtask"] {
        for file in sources(&workspace::root()?.join(folder), &["rs"])? {
            if !std::fs::read_to_string(&file)?.starts_with("//!") {
                silent.push(file.display().to_string());
            }
        }
    }
    assert!(silent.is_empty(), "no `//!` at the top of:\n{}", silent.join("\n"));
    Ok(())
}

/// Source files below `folder`, without what tools wrote.
fn sources(folder: &Path, kinds: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            let generated = ["target", "node_modules", "wasm", "proto"].contains(&name.as_str())
                && !path.starts_with(workspace::root()?.join("crates"));
            if !generated {
                found.extend(sources(&path, kinds)?);
            }
        } else if kinds.iter().any(|kind| path.extension().is_some_and(|extension| extension == *kind)) {
            found.push(path);
        }
    }
    Ok(found)
}
