//! Node and the UI's packages.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use crate::command::{npm, read, run};
use crate::house::House;
use crate::steps::Steps;

/// The oldest Node that Vite 8 runs on.
const OLDEST: (u32, u32) = (20, 19);

pub(crate) fn ensure(house: &House, steps: &mut Steps) -> Result<()> {
    check_version()?;
    let ui = house.ui();
    let wanted = lock(&ui.join("package-lock.json"))?;
    // npm notes what it installed; whoever deletes node_modules deletes the note.
    let installed = lock(&ui.join("node_modules/.package-lock.json"));
    if installed.is_ok_and(|installed| matches(&wanted, &installed)) {
        return Ok(());
    }
    steps.step("npm ci (the UI's packages)", || run(npm(&ui).args(["ci", "--no-audit", "--no-fund"])))
}

/// A lock file's packages, by their folder; the UI itself, under the empty name, is none.
fn lock(file: &Path) -> Result<Map<String, Value>> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut lock: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
    let Value::Object(mut packages) = lock["packages"].take() else {
        bail!("{} names no packages", file.display());
    };
    packages.remove("");
    Ok(packages)
}

/// Is everything wanted installed, and nothing else? What is optional (other systems' binaries) may be absent.
fn matches(wanted: &Map<String, Value>, installed: &Map<String, Value>) -> bool {
    let whole =
        wanted.iter().all(|(folder, package)| package["optional"] == true || installed.contains_key(folder));
    whole
        && installed.iter().all(|(folder, package)| {
            wanted.get(folder).is_some_and(|locked| locked["version"] == package["version"])
        })
}

fn check_version() -> Result<()> {
    let (major, minor) = OLDEST;
    let advice = format!("install Node {major}.{minor} or newer (https://nodejs.org), npm included");
    let printed = read(Command::new("node").arg("--version")).with_context(|| advice.clone())?;
    let found = version(&printed).with_context(|| format!("`node --version` printed `{printed}`"))?;
    if found < OLDEST {
        bail!("Node {} is too old: {advice}", printed.trim());
    }
    Ok(())
}

/// `v20.19.2` → (20, 19).
fn version(printed: &str) -> Option<(u32, u32)> {
    let mut parts = printed.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(version("v20.19.2\n"), Some((20, 19)));
        assert!(version("v20.9.0") < Some(OLDEST));
        assert!(version("v22.0.0") > Some(OLDEST));
        assert_eq!(version("20.19.2"), None);
        assert_eq!(version("vx.y"), None);
    }

    fn packages(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn only_optional_packages_may_be_absent() {
        let wanted = packages(json!({
            "node_modules/a": { "version": "1.0.0" },
            "node_modules/other-system": { "version": "1.0.0", "optional": true },
        }));
        let a = |version: &str| packages(json!({ "node_modules/a": { "version": version } }));
        assert!(matches(&wanted, &a("1.0.0")));
        assert!(!matches(&wanted, &a("0.9.0")));
        assert!(!matches(&wanted, &packages(json!({}))));
        let mut more = a("1.0.0");
        more.insert("node_modules/left-over".to_owned(), json!({ "version": "1.0.0" }));
        assert!(!matches(&wanted, &more));
    }
}
