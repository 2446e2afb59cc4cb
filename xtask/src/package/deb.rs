//! One Debian package: a tree of files, what it says of itself, and `dpkg-deb`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{read, run};
use crate::house::House;

pub(super) struct Deb {
    name: &'static str,
    version: String,
    architecture: String,
    short: &'static str,
    pub(super) long: String,
    pub(super) section: &'static str,
    /// Beside the libraries that its programs are linked with.
    pub(super) depends: Vec<String>,
    pub(super) recommends: &'static str,
    pub(super) conffiles: Vec<&'static str>,
    pub(super) scripts: Vec<PathBuf>,
    programs: Vec<PathBuf>,
    /// The packages' folder; the tree is made beside the package.
    folder: PathBuf,
}

/// A file of the package.
pub(super) struct File {
    pub(super) source: PathBuf,
    /// Below the root.
    pub(super) place: String,
    pub(super) mode: u32,
}

impl File {
    pub(super) fn of(source: PathBuf, place: &str) -> Self {
        Self { source, place: place.to_owned(), mode: 0o644 }
    }
}

impl Deb {
    pub(super) fn new(house: &House, name: &'static str, short: &'static str) -> Result<Self> {
        let folder = house.root.join("target/packages");
        let tree = folder.join(name);
        if tree.exists() {
            fs::remove_dir_all(&tree)?;
        }
        let architecture = read(Command::new("dpkg").arg("--print-architecture"))?.trim().to_owned();
        let deb = Self {
            name,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            architecture,
            short,
            long: String::new(),
            section: "misc",
            depends: Vec::new(),
            recommends: "",
            conffiles: Vec::new(),
            scripts: Vec::new(),
            programs: Vec::new(),
            folder,
        };
        // Debian looks for the licence there.
        let licence = File::of(house.root.join("LICENSE"), &format!("usr/share/doc/{name}/copyright"));
        deb.add(licence)?;
        Ok(deb)
    }

    fn tree(&self) -> PathBuf {
        self.folder.join(self.name)
    }

    pub(super) fn add(&self, file: File) -> Result<()> {
        let target = self.tree().join(&file.place);
        make_folder(target.parent().context("a file lies in a folder")?, &self.tree())?;
        fs::copy(&file.source, &target).with_context(|| format!("cannot copy {}", file.source.display()))?;
        set_mode(&target, file.mode)
    }

    /// A program without its symbols.
    pub(super) fn program(&mut self, source: &Path) -> Result<()> {
        let name = source.file_name().and_then(|name| name.to_str()).context("a program has a name")?;
        let place = format!("usr/bin/{name}");
        self.add(File { source: source.to_owned(), place: place.clone(), mode: 0o755 })?;
        run(Command::new("strip").arg(self.tree().join(&place)))?;
        self.programs.push(self.tree().join(place));
        Ok(())
    }

    /// Libraries that the programs are linked with, as Debian's packages with their least versions.
    fn libraries(&self) -> Result<String> {
        let work = self.folder.join(format!("{}.work", self.name));
        make_folder(&work.join("debian"), &self.folder)?;
        // All it looks for there.
        fs::write(
            work.join("debian/control"),
            format!("Source: {0}\n\nPackage: {0}\nArchitecture: any\n", self.name),
        )?;
        let mut command = Command::new("dpkg-shlibdeps");
        command.current_dir(&work).arg("-O").args(&self.programs);
        let told = read(&mut command).context("dpkg-shlibdeps comes with Debian's dpkg-dev")?;
        fs::remove_dir_all(&work)?;
        let libraries = told.trim().strip_prefix("shlibs:Depends=").unwrap_or_default().to_owned();
        Ok(libraries)
    }

    fn control(&self) -> Result<String> {
        let mut depends = vec![self.libraries()?];
        depends.extend(self.depends.iter().cloned());
        let mut size = 0;
        for file in files(&self.tree())? {
            size += fs::metadata(file)?.len();
        }
        Ok(format!(
            "Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: Deskside <packages@deskside.app>\nInstalled-Size: {}\n\
             Depends: {}\nRecommends: {}\nSection: {}\nPriority: optional\nDescription: {}\n {}\n",
            self.name,
            self.version,
            self.architecture,
            size.div_ceil(1024),
            depends.join(", "),
            self.recommends,
            self.section,
            self.short,
            self.long
        ))
    }

    /// Writes the package; its path.
    pub(super) fn build(self) -> Result<PathBuf> {
        let tree = self.tree();
        let control = self.control()?;
        let about = tree.join("DEBIAN");
        make_folder(&about, &tree)?;
        fs::write(about.join("control"), control)?;
        if !self.conffiles.is_empty() {
            fs::write(about.join("conffiles"), self.conffiles.join("\n") + "\n")?;
        }
        for script in &self.scripts {
            let target = about.join(script.file_name().context("a script has a name")?);
            fs::copy(script, &target)?;
            set_mode(&target, 0o755)?;
        }
        let package = self.folder.join(format!("{}_{}_{}.deb", self.name, self.version, self.architecture));
        // Not zstd, which Debian 11 does not know; a low level, as it is most of the time.
        let mut command = Command::new("dpkg-deb");
        command.args(["--root-owner-group", "-Zxz", "-z1", "--build"]).arg(&tree).arg(&package);
        run(&mut command)?;
        fs::remove_dir_all(&tree)?;
        Ok(package)
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

/// With its parents below `root`, whatever this user's umask is.
fn make_folder(folder: &Path, root: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for made in folder.ancestors().take_while(|made| made.starts_with(root)) {
        set_mode(made, 0o755)?;
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<()> {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(path, mode).with_context(|| format!("cannot set the mode of {}", path.display()))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> Result<()> {
    Ok(())
}
