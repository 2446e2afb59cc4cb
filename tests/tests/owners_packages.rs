//! The packages that the owner asked for are direct dependencies and really used.

use std::path::Path;

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use deskside_tests::workspace;

/// What must be there by now. `webrtc` comes with direct transfer, `notify` with the captures folder, `zip` with previews:
/// each is added here by the change that brings it.
const NOW: &[&str] = &["tauri", "tokio", "serde", "sqlx", "rfd", "image", "keyring"];

#[test]
fn the_owners_packages_are_direct_dependencies_and_used() -> Result<()> {
    let manifest = workspace::root()?.join("Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()?;
    for wanted in NOW {
        let users = users(&metadata, wanted)?;
        assert!(!users.is_empty(), "no package of the workspace depends on {wanted} and uses it");
    }
    Ok(())
}

/// Packages that name `wanted` in their manifest and in their source.
fn users(metadata: &Metadata, wanted: &str) -> Result<Vec<String>> {
    let mut users = Vec::new();
    for package in metadata.workspace_packages() {
        let direct = package
            .dependencies
            .iter()
            .any(|dependency| dependency.name == wanted && dependency.kind == DependencyKind::Normal);
        if !direct || package.name == "deskside-tests" {
            continue;
        }
        for target in &package.targets {
            let folder = target.src_path.parent().context("a source file lies in a folder")?;
            if is_used(folder.as_std_path(), wanted)? {
                users.push(package.name.to_string());
            }
        }
    }
    Ok(users)
}

fn is_used(folder: &Path, wanted: &str) -> Result<bool> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if is_used(&path, wanted)? {
                return Ok(true);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path)?;
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            if code.into_iter().any(|line| names(line, wanted)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether `line` has a path that starts with the package's name.
fn names(line: &str, wanted: &str) -> bool {
    line.match_indices(&format!("{wanted}::")).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

#[test]
fn a_longer_name_is_not_the_package() {
    assert!(names("use tokio::time;", "tokio"));
    assert!(names("    #[tauri::command]", "tauri"));
    assert!(!names("use crate_tokio::time;", "tokio"));
    assert!(!names("use crate::tokio::time;", "tokio"));
}
