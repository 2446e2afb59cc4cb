//! `cargo xtask package`: Debian packages of the desktop app and the portal, and what they are worth in a clean root.

mod clean_root;
mod deb;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::ValueEnum;

use crate::build;
use crate::command::{cargo, read, run};
use crate::house::House;
use crate::setup::{self, Purpose};
use crate::steps::Steps;
use deb::{Deb, File};

pub(crate) use clean_root::start_in_clean_root;

/// How the programs are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// As users run them; minutes.
    Release,
    /// As the tests run them.
    Ci,
}

/// Files of the packages, below target/packages.
pub(crate) struct Packages {
    pub(crate) desktop: PathBuf,
    pub(crate) portal: PathBuf,
}

pub(crate) fn package(house: &House, steps: &mut Steps, profile: Profile) -> Result<Packages> {
    if !cfg!(target_os = "linux") {
        bail!("Debian packages are built on Linux");
    }
    let tools = setup::setup(house, steps, Purpose::Run)?;
    build::build(house, steps, &tools)?;
    if profile == Profile::Release {
        steps.step("the programs as users run them (cargo build --release)", || {
            let packages = ["-p", "deskside", "-p", "deskside-portal", "-p", "deskside-extract"];
            run(cargo(&house.root).args(["build", "--release", "--bins"]).args(packages))
        })?;
    }
    built(house, steps, profile)
}

/// Of programs that are built.
pub(crate) fn built(house: &House, steps: &mut Steps, profile: Profile) -> Result<Packages> {
    steps.step("Debian packages", || {
        let packages =
            Packages { desktop: desktop(house, profile)?.build()?, portal: portal(house, profile)?.build()? };
        check(&packages)?;
        println!("    {}\n    {}", packages.desktop.display(), packages.portal.display());
        Ok(packages)
    })
}

fn program(house: &House, profile: Profile, name: &str) -> PathBuf {
    match profile {
        Profile::Ci => house.program(name),
        Profile::Release => house.root.join("target/release").join(name),
    }
}

fn desktop(house: &House, profile: Profile) -> Result<Deb> {
    let mut deb = Deb::new(house, "deskside", "Help people at their computers")?;
    deb.long = "Remote assistance that an organisation hosts itself: this is the app of technicians, and of customers who\n \
                prefer an app to their browser. It talks to the organisation's Deskside portal."
        .to_owned();
    deb.section = "net";
    // Certificates of authorities are the system's.
    // And so is the list of which program opens which links.
    deb.depends = vec!["ca-certificates".to_owned(), "desktop-file-utils".to_owned()];
    deb.recommends = "gnome-keyring | libsecret-1-0, gstreamer1.0-plugins-good, xdg-utils";
    deb.program(&program(house, profile, "deskside"))?;
    let packaging = house.root.join("packaging/desktop");
    deb.add(File::of(packaging.join("deskside.desktop"), "usr/share/applications/deskside.desktop"))?;
    for (icon, size) in [("32x32", 32), ("128x128", 128), ("128x128@2x", 256), ("icon", 512)] {
        let place = format!("usr/share/icons/hicolor/{size}x{size}/apps/deskside.png");
        deb.add(File::of(house.root.join(format!("icons/{icon}.png")), &place))?;
    }
    Ok(deb)
}

fn portal(house: &House, profile: Profile) -> Result<Deb> {
    let mut deb = Deb::new(house, "deskside-portal", "Server of an organisation for Deskside")?;
    deb.long = "Sign-in, sessions, stored files and transcripts of an organisation that helps people at their computers\n \
                with Deskside. Settings are in /etc/deskside/portal.env, data in /var/lib/deskside-portal."
        .to_owned();
    deb.section = "net";
    deb.depends = vec!["ca-certificates".to_owned(), "systemd | passwd".to_owned()];
    deb.recommends = "postgresql-client";
    deb.program(&program(house, profile, "deskside-portal"))?;
    deb.program(&program(house, profile, "deskside-extract"))?;
    let packaging = house.root.join("packaging/portal");
    for unit in ["deskside-portal.service", "deskside-portal-backup.service", "deskside-portal-backup.timer"]
    {
        deb.add(File::of(packaging.join(unit), &format!("usr/lib/systemd/system/{unit}")))?;
    }
    deb.add(File::of(packaging.join("sysusers.conf"), "usr/lib/sysusers.d/deskside-portal.conf"))?;
    deb.add(File { mode: 0o640, ..File::of(packaging.join("portal.env"), "etc/deskside/portal.env") })?;
    for page in ["OPERATIONS.md", "SECURITY.md", "coturn.conf.example"] {
        let place = format!("usr/share/doc/deskside-portal/{page}");
        deb.add(File::of(house.root.join("docs").join(page), &place))?;
    }
    deb.conffiles = vec!["/etc/deskside/portal.env"];
    deb.scripts = vec![packaging.join("postinst"), packaging.join("prerm")];
    Ok(deb)
}

/// What dpkg and systemd read out of them.
fn check(packages: &Packages) -> Result<()> {
    let field = |package: &PathBuf, name: &str| {
        read(std::process::Command::new("dpkg-deb").arg("--field").arg(package).arg(name))
    };
    let depends = field(&packages.desktop, "Depends")?;
    ensure!(depends.contains("libwebkit2gtk-4.1-0"), "the desktop app depends on its web view: {depends}");
    let listed = read(std::process::Command::new("dpkg-deb").arg("--contents").arg(&packages.portal))?;
    for place in ["./usr/bin/deskside-portal", "./usr/bin/deskside-extract", "/deskside-portal.service"] {
        ensure!(listed.contains(place), "{place} is not in the portal's package");
    }
    ensure!(!listed.lines().any(|line| !line.contains(" root/root ")), "everything is root's: {listed}");
    Ok(())
}
