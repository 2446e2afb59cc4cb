//! A Debian in which nothing is installed but the packages and a screen: what they forgot to depend on is missing there.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Packages;
use crate::command::{on_path, read, run};
use crate::house::House;
use crate::setup::packages as system;
use crate::steps::Steps;

/// A screen, and something that asks it for its windows.
const INCLUDED: &str = "xvfb,x11-utils,dbus,procps";

/// Installs both packages into a new root, starts the app there until its window is up and the portal until it says that it is well.
pub(crate) fn start_in_clean_root(house: &House, steps: &mut Steps, packages: &Packages) -> Result<()> {
    if read(Command::new("id").arg("-u"))?.trim() != "0" {
        bail!("a root of its own is made by root: run `sudo cargo xtask soak package`");
    }
    system::ensure_mmdebstrap(steps)?;
    let root = house.root.join("target/packages/root");
    remove(&root)?;
    steps.step("a clean Debian with the packages (mmdebstrap)", || {
        let mut command = Command::new("mmdebstrap");
        command.args(["--variant=minbase", "--mode=root", "--include", INCLUDED]);
        for package in [&packages.desktop, &packages.portal] {
            command.arg("--include").arg(package);
            // It opens them inside.
            command.arg("--hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount");
        }
        command.arg(codename()?).arg(&root);
        run(&mut command)
    })?;
    let played = steps.step("the app and the portal in there", || {
        let script = root.join("play.sh");
        fs::write(&script, include_str!("play.sh"))?;
        // Processes of its own: they end with the script.
        let mut command = Command::new("unshare");
        command.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c"]).arg(
            "mount -t proc proc \"$1/proc\" && mount -t tmpfs -o mode=1777 tmpfs \"$1/tmp\" && \
             mount --rbind /dev \"$1/dev\" && exec chroot \"$1\" sh /play.sh",
        );
        run(command.arg("play").arg(&root).env_remove("DISPLAY").env("LC_ALL", "C.UTF-8"))
    });
    remove(&root)?;
    played
}

/// The release that this machine runs, or that `DESKSIDE_DEBIAN` names.
fn codename() -> Result<String> {
    if let Ok(name) = env::var("DESKSIDE_DEBIAN") {
        return Ok(name);
    }
    let release = fs::read_to_string("/etc/os-release")?;
    let name = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    name.map(str::to_owned).context("name a release of Debian in DESKSIDE_DEBIAN")
}

fn remove(root: &Path) -> Result<()> {
    if !root.exists() {
        return Ok(());
    }
    debug_assert!(on_path("rm"), "`remove_dir_all` stops at what is mounted as well, and says less");
    run(Command::new("rm").args(["-rf", "--one-file-system"]).arg(root))
}
