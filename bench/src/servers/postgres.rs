//! A PostgreSQL of the measurement's own: its defaults, so every commit is synced.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::process::{Process, free_port, is_root};

/// PostgreSQL refuses to run as root; Debian's package makes this user.
const USER: &str = "postgres";
const PROGRAMS: &str = "/usr/lib/postgresql";

pub struct Postgres {
    process: Process,
    port: u16,
    programs: PathBuf,
}

/// Folder of the newest installed version's programs.
#[must_use]
pub fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(PROGRAMS).ok()?.flatten();
    let folder = |entry: std::fs::DirEntry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let bin = entry.path().join("bin");
        bin.join("postgres").is_file().then_some((version, bin))
    };
    versions.filter_map(folder).max().map(|(_, bin)| bin)
}

impl Postgres {
    /// Makes a cluster in `folder` and starts it on a free port of loopback.
    pub async fn start(folder: &Path) -> Result<Self> {
        let programs = programs().context("PostgreSQL is not installed")?;
        let data = folder.join("pgdata");
        std::fs::create_dir_all(&data)?;
        if is_root() {
            run(Command::new("chown").arg(USER).arg(&data))?;
        }
        let mut initdb = as_user(&programs.join("initdb"));
        run(initdb.arg("-D").arg(&data).args(["-U", USER, "-A", "trust", "-E", "UTF8", "--locale", "C"]))?;
        let port = free_port()?;
        let mut postgres = as_user(&programs.join("postgres"));
        postgres.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        postgres.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        let process = Process::spawn("postgres", folder, &mut postgres)?;
        let mut started = Self { process, port, programs };
        started
            .process
            .until(|process| process.said().contains("ready to accept connections").then_some(()))
            .await?;
        Ok(started)
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    #[must_use]
    pub fn user(&self) -> &'static str {
        USER
    }

    pub fn create_database(&self, name: &str) -> Result<()> {
        run(self.psql("postgres").args(["-c", &format!("CREATE DATABASE {name}")]))
    }

    /// Runs the statements of `file`.
    pub fn load(&self, database: &str, file: &Path) -> Result<()> {
        run(self.psql(database).arg("-f").arg(file))
    }

    /// What one statement answers.
    pub fn query(&self, database: &str, statement: &str) -> Result<String> {
        let output =
            self.psql(database).args(["-At", "-c", statement]).output().context("cannot start psql")?;
        ensure!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", USER]);
        psql.args(["-p", &self.port.to_string(), "-d", database]);
        psql
    }
}

fn as_user(program: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]).arg(program);
        command.current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed ({}): {complaint}", output.status);
    Ok(())
}
