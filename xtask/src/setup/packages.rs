//! System packages: installed on Debian and its kin, named everywhere else.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::Purpose;
use crate::command::{on_path, read, run, works};
use crate::steps::Steps;

/// Compilers, and the web view with its headers.
const BUILD: [&str; 3] = ["build-essential", "pkg-config", "libwebkit2gtk-4.1-dev"];

/// A database server; whoever needs one starts their own (crates/scratch-postgres).
const GENERATE: [&str; 1] = ["postgresql"];

/// Browsers and their drivers, a screen without a screen, a keyring, and letters to draw with; Python's environments for foreign programs;
/// network namespaces; a TURN server, which a test starts for itself.
const TEST: [&str; 12] = [
    "xvfb",
    "webkit2gtk-driver",
    "chromium",
    "chromium-driver",
    "firefox-esr",
    "dbus",
    "gnome-keyring",
    "fonts-noto-core",
    "fonts-noto-color-emoji",
    "python3-venv",
    "iproute2",
    "coturn",
];

/// Servers that people run today, and what they need to keep rooms in PostgreSQL.
const PEERS: [&str; 4] = ["ejabberd", "erlang-p1-pgsql", "prosody", "postgresql"];

/// What direct transfer is measured beside, of Debian's.
const TRANSFER_PEERS: [&str; 1] = ["iperf3"];

/// Packages whose servers would run for the whole machine.
const SERVICES: [&str; 3] = ["ejabberd", "prosody", "coturn"];

/// Programs the tests start, for systems whose packages we don't know by name.
const TEST_PROGRAMS: [&str; 5] = ["Xvfb", "WebKitWebDriver", "chromium", "chromedriver", "turnserver"];

pub(crate) fn ensure(steps: &mut Steps, purpose: Purpose) -> Result<()> {
    if cfg!(target_os = "linux") && Path::new("/etc/debian_version").exists() {
        return debian(steps, &wanted(purpose));
    }
    let missing = if cfg!(target_os = "macos") {
        missing_on_macos(purpose)
    } else if cfg!(windows) {
        missing_on_windows(purpose)
    } else {
        missing_on_other_linux(purpose)
    };
    if missing.is_empty() {
        return Ok(());
    }
    bail!("this machine lacks:\n  - {}\nInstall that, then run the command again.", missing.join("\n  - "))
}

fn wanted(purpose: Purpose) -> Vec<&'static str> {
    let mut packages = BUILD.to_vec();
    if purpose >= Purpose::Generate {
        packages.extend(GENERATE);
    }
    if purpose >= Purpose::Test {
        packages.extend(TEST);
    }
    packages
}

/// The servers that `bench chat` measures ours beside. Installed, not started: the bench runs its own.
pub(crate) fn ensure_peers(steps: &mut Steps) -> Result<()> {
    if !Path::new("/etc/debian_version").exists() {
        bail!("only Debian's packages are known here: install {} by hand", PEERS.join(", "));
    }
    debian(steps, &PEERS)
}

/// The programs that `bench transfer` measures ours beside. Elsewhere than on Debian it leaves out what is not installed.
pub(crate) fn ensure_transfer_peers(steps: &mut Steps) -> Result<()> {
    if !Path::new("/etc/debian_version").exists() {
        return Ok(());
    }
    debian(steps, &TRANSFER_PEERS)
}

/// What makes a clean root, for `soak package`.
pub(crate) fn ensure_mmdebstrap(steps: &mut Steps) -> Result<()> {
    if !Path::new("/etc/debian_version").exists() {
        bail!("a clean Debian is made on Debian: there, run `cargo xtask soak package`");
    }
    debian(steps, &["mmdebstrap"])
}

fn debian(steps: &mut Steps, wanted: &[&'static str]) -> Result<()> {
    // dpkg-query ends with 1 when it knows nothing of one of them, and still lists the others.
    let listed = Command::new("dpkg-query")
        .args(["-W", "-f", "${Package} ${db:Status-Status}\n"])
        .args(wanted)
        .output()?;
    let missing = missing_packages(wanted, &String::from_utf8_lossy(&listed.stdout));
    if missing.is_empty() {
        return Ok(());
    }
    steps.step("Debian packages", || install(&missing))
}

/// Those of `wanted` that `dpkg-query -W` does not list as installed.
fn missing_packages<'a>(wanted: &[&'a str], listed: &str) -> Vec<&'a str> {
    wanted
        .iter()
        .copied()
        .filter(|package| !listed.lines().any(|line| line.split_once(' ') == Some((package, "installed"))))
        .collect()
}

fn install(missing: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get install --no-install-recommends {}", missing.join(" "));
    let root = may_install(&by_hand)?;
    println!("    {}{by_hand}", if root { "" } else { "sudo " });
    run(apt_get(root).arg("update"))?;
    let mut install = apt_get(root);
    install.args(["install", "--yes", "--no-install-recommends"]).args(missing);
    let mut install = || match missing.contains(&"postgresql") {
        true => without_main_cluster(root, &mut install),
        false => run(&mut install),
    };
    let services: Vec<&str> = SERVICES.into_iter().filter(|service| missing.contains(service)).collect();
    if services.is_empty() { install() } else { without_services(root, &services, install) }
}

/// Packages of servers start them, now and at every boot. Nobody here asked for that: Debian's `policy-rc.d` forbids the one
/// for as long as the installation takes, and the other is taken back.
fn without_services(root: bool, services: &[&str], install: impl FnOnce() -> Result<()>) -> Result<()> {
    const POLICY: &str = "/usr/sbin/policy-rc.d";
    println!("    without starting {}", services.join(" and "));
    let forbidden = Path::new(POLICY).exists();
    if !forbidden {
        run(&mut shell(root, &format!("printf '#!/bin/sh\\nexit 101\\n' >{POLICY} && chmod 755 {POLICY}")))?;
    }
    let installed = install();
    if !forbidden {
        run(&mut shell(root, &format!("rm -f {POLICY}")))?;
    }
    let units = services.join(" ");
    // A machine without systemd starts nothing by itself.
    run(&mut shell(
        root,
        &format!("! command -v systemctl >/dev/null || systemctl disable {units} || true"),
    ))?;
    installed
}

fn shell(root: bool, script: &str) -> Command {
    let mut command = Command::new(if root { "sh" } else { "sudo" });
    command.args(if root { &[][..] } else { &["sh"] }).args(["-c", script]);
    command
}

/// Debian's package makes and starts a server for the whole machine when it is first installed. Nobody here asked for one: a
/// file in the folder that its script reads says so, for as long as the installation takes.
fn without_main_cluster(root: bool, install: &mut Command) -> Result<()> {
    const FOLDER: &str = "/etc/postgresql-common/createcluster.d";
    const FILE: &str = "/etc/postgresql-common/createcluster.d/deskside-setup.conf";
    let shell = |script: String| shell(root, &script);
    println!("    without the server that the package would start for the whole machine");
    run(&mut shell(format!("mkdir -p {FOLDER} && echo 'create_main_cluster = false' >{FILE}")))?;
    let installed = run(install);
    // The folder stays where the package owns it or others use it.
    run(&mut shell(format!("rm -f {FILE}; rmdir --ignore-fail-on-non-empty {FOLDER}")))?;
    installed
}

/// PostgreSQL, for systems whose packages we don't know by name.
fn missing_postgres(purpose: Purpose) -> Option<String> {
    let is_needed = purpose >= Purpose::Generate && !deskside_scratch_postgres::is_installed();
    is_needed.then(|| "PostgreSQL 15 or later, its programs in PATH".to_owned())
}

/// Fetch the lists of what Debian offers; a fresh machine has none.
pub(super) fn update_lists() -> Result<()> {
    let root = may_install("apt-get update")?;
    run(apt_get(root).arg("update"))
}

/// Are we root? An error if we are not and can't become it either.
fn may_install(by_hand: &str) -> Result<bool> {
    let root = read(Command::new("id").arg("-u"))?.trim() == "0";
    if !root && !on_path("sudo") {
        bail!("you are not root and there is no sudo: as root, run `{by_hand}`");
    }
    Ok(root)
}

fn apt_get(root: bool) -> Command {
    let mut command = Command::new(if root { "env" } else { "sudo" });
    if !root {
        command.arg("env");
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]);
    command
}

fn missing_on_other_linux(purpose: Purpose) -> Vec<String> {
    let mut missing = Vec::new();
    if !on_path("cc") {
        missing.push("a C compiler (`cc`)".to_owned());
    }
    if !on_path("pkg-config") {
        missing.push("pkg-config".to_owned());
    } else if !works(Command::new("pkg-config").args(["--exists", "webkit2gtk-4.1"])) {
        missing.push(
            "the development files of webkit2gtk-4.1 (Fedora: webkit2gtk4.1-devel, Arch: webkit2gtk-4.1)"
                .to_owned(),
        );
    }
    missing.extend(missing_postgres(purpose));
    if purpose >= Purpose::Test {
        let absent = TEST_PROGRAMS.iter().filter(|program| !on_path(program));
        missing.extend(absent.map(|program| format!("the program `{program}`, for the tests")));
        if !on_path("firefox-esr") && !on_path("firefox") {
            missing.push("Firefox, for the tests".to_owned());
        }
    }
    missing
}

fn missing_on_macos(purpose: Purpose) -> Vec<String> {
    let mut missing = Vec::new();
    if !works(Command::new("xcode-select").arg("-p")) {
        missing.push("Xcode's command line tools: run `xcode-select --install`".to_owned());
    }
    missing.extend(missing_postgres(purpose));
    if purpose >= Purpose::Test {
        missing.push(no_window_driver("macOS has no WebDriver for WKWebView"));
    }
    missing
}

fn missing_on_windows(purpose: Purpose) -> Vec<String> {
    /// The key under which Edge's updater notes an installed WebView2 runtime (Microsoft's documentation).
    const WEBVIEW2: &str =
        r"SOFTWARE\WOW6432Node\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";
    let mut missing = Vec::new();
    let noted = ["HKLM", "HKCU"]
        .iter()
        .any(|hive| works(Command::new("reg").args(["query", &format!(r"{hive}\{WEBVIEW2}"), "/v", "pv"])));
    if !noted {
        missing.push("the WebView2 runtime (Evergreen) from Microsoft".to_owned());
    }
    if purpose >= Purpose::Test {
        missing.push(no_window_driver("the window tests drive WebKitWebDriver"));
    }
    missing
}

fn no_window_driver(why: &str) -> String {
    format!(
        "a Linux machine for the tests in real windows ({why}); here run `cargo test --profile ci --workspace --exclude deskside-tests`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_dpkg_calls_installed_is_there() {
        let listed = "xvfb installed\nchromium config-files\nfonts-noto-core not-installed\n";
        let wanted = ["xvfb", "chromium", "fonts-noto-core", "dbus"];
        assert_eq!(missing_packages(&wanted, listed), ["chromium", "fonts-noto-core", "dbus"]);
        assert!(missing_packages(&["xvfb"], listed).is_empty());
    }

    #[test]
    fn running_asks_for_no_browser_and_testing_does() {
        assert!(!wanted(Purpose::Run).contains(&"chromium"));
        assert!(wanted(Purpose::Run).contains(&"libwebkit2gtk-4.1-dev"));
        assert!(wanted(Purpose::Test).contains(&"chromium"));
        assert!(!wanted(Purpose::Run).contains(&"postgresql"));
        assert!(wanted(Purpose::Generate).contains(&"postgresql"));
        assert!(!wanted(Purpose::Generate).contains(&"chromium"));
        assert!(wanted(Purpose::Ci).contains(&"firefox-esr"));
    }
}
