//! Node and the UI's packages.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{npm, read, run};
use crate::house::House;
use crate::stamp::{self, Inputs};
use crate::steps::Steps;

/// The oldest Node that Vite 8 runs on.
const OLDEST: (u32, u32) = (20, 19);

pub(crate) fn ensure(house: &House, steps: &mut Steps) -> Result<()> {
    check_version()?;
    let ui = house.ui();
    let digest = Inputs::default().path(&ui.join("package-lock.json"))?.digest();
    // Inside node_modules: whoever deletes that folder deletes the note.
    let stamp = ui.join("node_modules/.deskside-lock");
    if stamp::fresh(&stamp, &digest) {
        return Ok(());
    }
    steps.step("npm ci (the UI's packages)", || {
        run(npm(&ui).args(["ci", "--no-audit", "--no-fund"]))?;
        stamp::note(&stamp, &digest)
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
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(version("v20.19.2\n"), Some((20, 19)));
        assert!(version("v20.9.0") < Some(OLDEST));
        assert!(version("v22.0.0") > Some(OLDEST));
        assert_eq!(version("20.19.2"), None);
        assert_eq!(version("vx.y"), None);
    }
}
